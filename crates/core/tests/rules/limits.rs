//! What a workspace decides for itself, what it is granted, and what it pays.

use std::sync::Arc;

use causerie_core::act::*;
use causerie_core::balance::{Balance, LedgerEntry, Operation, Prices, TOKENS_MAX};
use causerie_core::page::{LedgerPlace, Limit};
use causerie_core::reaction::ReactionName;
use causerie_core::text::*;
use causerie_core::*;

use crate::world::{World, refused, workspace};

/// The operator of the installation.
fn operator() -> Caller {
    Caller::embedding(Arc::new(workspace("root").into_root()))
}

impl World {
    /// Its own caller, with settings and plan as they stand.
    pub(crate) fn now(&self) -> Caller {
        let now = self.read(|snapshot, cx| find_settings(snapshot, cx));
        Caller::embedding(Arc::new(now.expect("its own")))
    }

    pub(crate) fn grant(&self, plan: Plan) -> Result<Workspace, String> {
        let id = self.caller.workspace().id;
        self.write_as(&operator(), move |unit, cx| grant_plan(unit, cx, id, plan))
    }

    pub(crate) fn top_up(&self, tokens: u64) -> Result<(Balance, LedgerEntry), String> {
        let id = self.caller.workspace().id;
        self.write_as(&operator(), move |unit, cx| {
            top_up(unit, cx, id, tokens, Name::parse("march").ok())
        })
    }

    pub(crate) fn tokens(&self) -> Option<u64> {
        let found = self.read(|snapshot, cx| find_balance(snapshot, cx));
        found.expect("no refusal").map(|balance| balance.tokens)
    }

    fn react(&self, caller: &Caller, to: &Message, name: &str) -> Result<(), String> {
        let cmd = AddReaction {
            conversation: to.conversation,
            message: to.id,
            participant: Some(to.sender),
            name: ReactionName::parse(name).expect("a name"),
        };
        self.write_as(caller, move |unit, cx| {
            add_reaction(unit, cx, &cmd).map(|_| ())
        })
    }
}

pub(crate) fn prices(send: u32, edit: u32, react: u32) -> Plan {
    let prices = Prices { send, edit, react };
    Plan {
        prices,
        ..Plan::default()
    }
}

#[test]
fn settings_are_changed_by_admins_whole_or_not_at_all() {
    let world = World::new();
    let change = |caller: &Caller, members_max, edit_window_s| {
        let change = SettingsChange {
            members_max: Some(members_max),
            edit_window_s: Some(Some(edit_window_s)),
            ..SettingsChange::default()
        };
        world.write_as(caller, move |unit, cx| change_settings(unit, cx, &change))
    };
    let ada = world.participant("ada");
    let bound = world.bound(ada, "messaging:*");
    assert_eq!(refused(change(&bound, 3, 60)), "scope_missing");
    assert_eq!(refused(change(&world.caller, 3, 0)), "validation_failed");
    let unchanged = world.now();
    assert_eq!(unchanged.limits(), &Settings::default());
    change(&world.caller, 3, 60).expect("in range");
    change(&world.caller, 3, 60).expect("the same");
    let now = world.now();
    let (members_max, window) = (now.limits().members_max, now.limits().edit_window_s);
    assert_eq!((members_max, window), (3, Some(60)));
    let topics = world.topics(0);
    let changes = topics.iter().filter(|one| **one == "settings.updated");
    assert_eq!(changes.count(), 1);
}

#[test]
fn an_edit_comes_before_its_window_closes() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let change = SettingsChange {
        edit_window_s: Some(Some(5)),
        ..SettingsChange::default()
    };
    world
        .write(move |unit, cx| change_settings(unit, cx, &change))
        .expect("in range");
    let caller = world.now();
    let message = world.send(group, ada, "hello").expect("sent").id;
    let edit = || {
        let cmd = EditMessage {
            conversation: group,
            message,
            acting_as: None,
            change: MessageChange {
                text: Some(Text::from_stored("again")),
                ..MessageChange::default()
            },
        };
        world.write_as(&caller, move |unit, cx| edit_message(unit, cx, &cmd))
    };
    // The clock moves a second at each act.
    for _ in 0..5 {
        edit().expect("in time");
    }
    assert_eq!(refused(edit()), "edit_window_closed");
}

#[test]
fn only_the_operator_grants_and_tops_up() {
    let world = World::new();
    let id = world.caller.workspace().id;
    let plan = prices(1, 1, 1);
    let grant = world.write(move |unit, cx| grant_plan(unit, cx, id, plan));
    assert_eq!(refused(grant), "not_allowed");
    let give = world.write(move |unit, cx| top_up(unit, cx, id, 5, None));
    assert_eq!(refused(give), "not_allowed");
    let nowhere = operator().workspace().id;
    let grant = world.write_as(&operator(), move |unit, cx| {
        grant_plan(unit, cx, nowhere, plan)
    });
    assert_eq!(refused(grant), "workspace_not_found");
    assert_eq!(refused(world.top_up(0)), "validation_failed");
    assert_eq!(refused(world.top_up(TOKENS_MAX + 1)), "balance_full");
    assert_eq!(world.tokens(), None);
    world.grant(plan).expect("granted");
    world.grant(plan).expect("the same");
    world.top_up(5).expect("room");
    world.top_up(5).expect("room");
    let topics = world.topics(1);
    let (granted, given) = ("plan.updated", "balance.topped_up");
    assert_eq!(topics, [granted, given, granted, given]);
}

#[test]
fn the_first_tokens_make_a_workspace_pay_and_the_operator_may_change_that() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let message = world.send(group, ada, "hello").expect("sent");
    world.grant(prices(0, 0, 2)).expect("granted");
    world
        .react(&world.now(), &message, "a")
        .expect("no balance, no price");
    world.top_up(5).expect("room");
    assert!(world.now().workspace().plan.metered);
    world.react(&world.now(), &message, "b").expect("paid");
    assert_eq!(world.tokens(), Some(3));
    world.grant(prices(0, 0, 2)).expect("granted");
    world.top_up(5).expect("room");
    assert!(
        !world.now().workspace().plan.metered,
        "only the first ones do"
    );
    world.react(&world.now(), &message, "c").expect("free");
    assert_eq!(world.tokens(), Some(8));
}

#[test]
fn what_cannot_be_paid_is_not_done_and_what_is_refused_costs_nothing() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let message = world.send(group, ada, "hello").expect("sent");
    world.grant(prices(1, 1, 2)).expect("granted");
    world.top_up(5).expect("room");
    let caller = world.now();
    world.react(&caller, &message, "a").expect("paid");
    assert_eq!(
        refused(world.react(&caller, &message, "a")),
        "already_reacted"
    );
    assert_eq!(world.tokens(), Some(3));
    world.react(&caller, &message, "b").expect("paid");
    let poor = world.react(&caller, &message, "c");
    assert_eq!(refused(poor), "insufficient_tokens");
    assert_eq!(world.tokens(), Some(1));
    assert_eq!(world.list(group)[0].reactions.to_stored(), "1 a 1 b");

    let send = |text| {
        let cmd = SendMessage::text(group, ada, Text::from_stored(text));
        world.send_cmd(world.cx_of(&caller), cmd)
    };
    send("the last").expect("paid");
    assert_eq!(refused(send("too much")), "insufficient_tokens");
    // What cannot be paid is said before what is missing.
    let nowhere = ConversationId::from_bytes([9; 16]);
    let cmd = SendMessage::text(nowhere, ada, Text::from_stored("too much"));
    let poor = world.send_cmd(world.cx_of(&caller), cmd);
    assert_eq!(refused(poor), "insufficient_tokens");
    assert_eq!((world.tokens(), world.list(group).len()), (Some(0), 2));
}

#[test]
fn the_ledger_tells_every_token() {
    let world = World::new();
    let ada = world.participant("ada");
    let customer = world.participant_of(ParticipantKind::Contact, "customer");
    let group = world.group(&[(ada, Role::Owner)]);
    let message = world.send(group, ada, "hello").expect("sent");
    world.grant(prices(0, 0, 2)).expect("granted");
    world.top_up(5).expect("room");
    let caller = world.now();
    world.react(&caller, &message, "a").expect("paid");
    world.react(&caller, &message, "b").expect("paid");
    let list = |cursor| {
        let limit = Limit::new(2).expect("within bounds");
        world
            .read(move |snapshot, cx| list_ledger(snapshot, cx, cursor, limit))
            .expect("a page")
    };
    let first = list(None);
    assert_eq!(first.next, Some(LedgerPlace(2)));
    let second = list(first.next);
    assert_eq!(second.next, None);
    let all = first.items.iter().chain(&second.items);
    let told: Vec<_> = all
        .map(|one| {
            (
                one.number,
                one.delta,
                one.tokens,
                one.operation,
                one.message,
            )
        })
        .collect();
    let (react, id) = (Some(Operation::React), Some(message.id));
    assert_eq!(
        told,
        [
            (3, -2, 1, react, id),
            (2, -2, 3, react, id),
            (1, 5, 5, None, None)
        ]
    );
    assert_eq!(second.items[0].note, Name::parse("march").ok());

    let bound = world.bound(customer, "messaging:*");
    let looked = world.read_as(&bound, |snapshot, cx| find_balance(snapshot, cx));
    assert_eq!(refused(looked), "not_allowed");
    let looked = world.read_as(&bound, |snapshot, cx| {
        list_ledger(snapshot, cx, None, Limit::default())
    });
    assert_eq!(refused(looked), "not_allowed");
}
