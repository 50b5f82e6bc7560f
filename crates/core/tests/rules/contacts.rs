//! Contacts: what they are reached by, who sees it, and what becomes of two that are one.

use causerie_core::act::*;
use causerie_core::contact::{Identifier, Identifiers, Profile, ProfileChange};
use causerie_core::page::Limit;
use causerie_core::port::{ConversationFilter, ParticipantFilter};
use causerie_core::text::*;
use causerie_core::*;

use crate::world::{World, told};

pub(crate) fn identifier(key: &str, value: &str) -> Identifier {
    Identifier::parse_at("", key, value).expect("an identifier")
}

pub(crate) fn identifiers(all: &[(&str, &str)]) -> Identifiers {
    let all = all.iter().map(|(key, value)| identifier(key, value));
    Identifiers::parse(all.collect()).expect("few")
}

fn contact(name: &str, by: &[(&str, &str)]) -> CreateParticipant {
    CreateParticipant {
        external_id: None,
        kind: ParticipantKind::Contact,
        display_name: DisplayName::from_stored(name),
        identifiers: identifiers(by),
        profile: Profile::default(),
        metadata: Metadata::default(),
    }
}

/// A contact who is reached by something.
pub(crate) fn reached(world: &World, name: &str, by: &[(&str, &str)]) -> ParticipantId {
    let cmd = contact(name, by);
    world
        .done(move |unit, cx| create_participant(unit, cx, &cmd))
        .id
}

fn find(world: &World, id: ParticipantId) -> Participant {
    let found = world.read(move |snapshot, cx| find_participant(snapshot, cx, id));
    found.expect("a participant")
}

fn values(of: &Participant) -> Vec<&str> {
    of.identifiers.iter().map(Identifier::value).collect()
}

fn change(
    world: &World,
    caller: &Caller,
    id: ParticipantId,
    change: ParticipantChange,
) -> Result<Participant, Error> {
    world.act(caller, move |unit, cx| {
        change_participant(unit, cx, id, &change)
    })
}

fn merge(world: &World, gone: ParticipantId, into: ParticipantId) -> Result<Participant, Error> {
    world.act(&world.caller, move |unit, cx| {
        merge_participants(unit, cx, gone, into)
    })
}

const MAIL: (&str, &str) = ("emailaddress", "cy@x.org");
const PHONE: (&str, &str) = ("phonenumber", "+31 6 1234 5678");

#[test]
fn an_identifier_belongs_to_one_participant() {
    let world = World::new();
    let cy = reached(&world, "Cy", &[MAIL, ("crm", "47")]);
    let twin = contact("Twin", &[("EmailAddress", "cy@X.ORG")]);
    let create = |cmd: CreateParticipant| {
        world.act(&world.caller, move |unit, cx| {
            create_participant(unit, cx, &cmd)
        })
    };
    assert_eq!(told(create(twin)), "identifier_taken");
    assert!(create(contact("Other case", &[("emailaddress", "Cy@x.org")])).is_ok());
    let other = reached(&world, "Other", &[PHONE]);
    let taking = || ParticipantChange {
        identifiers: Some(identifiers(&[("crm", "47"), PHONE])),
        ..ParticipantChange::default()
    };
    let refused = change(&world, &world.caller, other, taking());
    assert_eq!(told(refused), "identifier_taken");
    let upsert = UpsertParticipant {
        external_id: ExternalId::from_stored("x"),
        kind: None,
        display_name: None,
        identifiers: Some(identifiers(&[MAIL])),
        profile: ProfileChange::default(),
        metadata: None,
    };
    let refused = world.act(&world.caller, move |unit, cx| {
        upsert_participant(unit, cx, &upsert)
    });
    assert_eq!(told(refused), "identifier_taken");
    let own = change(
        &world,
        &world.caller,
        cy,
        ParticipantChange {
            identifiers: Some(identifiers(&[MAIL])),
            ..ParticipantChange::default()
        },
    );
    assert_eq!(values(&own.expect("its own")), ["cy@x.org"]);
    let taken = change(&world, &world.caller, other, taking()).expect("it is free");
    assert_eq!(values(&taken), ["47", "+31612345678"]);
}

#[test]
fn a_profile_changes_member_by_member_and_names_what_is_wrong() {
    let world = World::new();
    let cy = reached(&world, "Cy", &[]);
    let profile = |title: Option<&str>, unit: Option<&str>| ParticipantChange {
        profile: ProfileChange {
            title: title.map(|text| (!text.is_empty()).then(|| text.into())),
            unit: unit.map(|text| Some(text.into())),
            ..ProfileChange::default()
        },
        ..ParticipantChange::default()
    };
    let own = world.bound(cy, "messaging:*");
    let changed = change(&world, &own, cy, profile(Some("Manager"), Some("North")));
    assert_eq!(
        changed.expect("its own").profile.title.as_deref(),
        Some("Manager")
    );
    let changed = change(&world, &own, cy, profile(Some(""), None)).expect("its own");
    assert_eq!(
        (
            changed.profile.title.as_deref(),
            changed.profile.unit.as_deref()
        ),
        (None, Some("North"))
    );
    let wrong = profile(Some("two\nlines"), Some(" "));
    let refused = change(&world, &own, cy, wrong);
    assert_eq!(told(refused), "profile/title profile/unit");
    let reaching = ParticipantChange {
        identifiers: Some(identifiers(&[MAIL])),
        ..ParticipantChange::default()
    };
    let refused = change(&world, &own, cy, reaching);
    assert_eq!(
        told(refused),
        "not_allowed",
        "what one is reached by is not one's own to say"
    );
}

#[test]
fn a_contact_learns_of_nobody_else_how_they_are_reached() {
    let world = World::new();
    let cy = reached(&world, "Cy", &[MAIL]);
    let di = reached(&world, "Di", &[PHONE]);
    let agent = world.participant("ada");
    let (outside, inside) = (world.bound(cy, "*"), world.bound(agent, "messaging:*"));
    let seen = |caller: &Caller, id| {
        let found = world.read_as(caller, move |snapshot, cx| {
            find_participant(snapshot, cx, id)
        });
        values(&found.expect("somebody")).len()
    };
    assert_eq!((seen(&outside, cy), seen(&outside, di)), (1, 0));
    assert_eq!((seen(&inside, cy), seen(&world.caller, di)), (1, 1));
    let list = |caller: &Caller, by: Option<(&str, &str)>| {
        let filter = ParticipantFilter {
            identifier: by.map(|(key, value)| identifier(key, value)),
            ..ParticipantFilter::default()
        };
        let page = world.read_as(caller, move |snapshot, cx| {
            list_participants(snapshot, cx, &filter, None, Limit::default())
        });
        let items = page.expect("a page").items;
        items
            .iter()
            .map(|one| (one.id, values(one).len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(list(&outside, None), [(agent, 0), (di, 0), (cy, 1)]);
    assert_eq!(list(&outside, Some(PHONE)), [], "nobody is found by it");
    assert_eq!(list(&outside, Some(MAIL)), [(cy, 1)]);
    assert_eq!(list(&inside, Some(PHONE)), [(di, 1)]);
}

#[test]
fn whoever_is_reached_by_something_is_found_or_created_once() {
    let world = World::new();
    let resolve = |caller: &Caller, by: (&str, &str), name: Option<&str>| {
        let by = identifier(by.0, by.1);
        let name = name.map(DisplayName::from_stored);
        world.act(caller, move |unit, cx| {
            resolve_contact(unit, cx, &by, name.as_ref())
        })
    };
    let Ok(Resolved::Created(cy)) = resolve(&world.caller, MAIL, Some("Cy")) else {
        panic!("nobody has it")
    };
    assert_eq!(
        (cy.kind, cy.display_name.as_str()),
        (ParticipantKind::Contact, "Cy")
    );
    assert_eq!(values(&cy), ["cy@x.org"]);
    let again = resolve(&world.caller, MAIL, Some("Somebody else")).expect("found");
    assert_eq!(again, Resolved::Existing(cy.clone()));
    let Ok(Resolved::Created(nameless)) = resolve(&world.caller, PHONE, None) else {
        panic!("nobody has it")
    };
    assert_eq!(nameless.display_name.as_str(), "+31612345678");
    let bound = world.bound(cy.id, "messaging:*");
    assert_eq!(told(resolve(&bound, MAIL, None)), "not_allowed");
    let agent = world.bound(world.participant("ada"), "messaging:read");
    assert_eq!(told(resolve(&agent, MAIL, None)), "scope_missing");
}

#[test]
fn who_turns_out_to_be_another_gives_everything_to_them() {
    let world = World::new();
    let agent = world.participant("ada");
    let gone = world.participant_of(ParticipantKind::Contact, "old");
    let into = reached(&world, "New", &[PHONE]);
    let given = ParticipantChange {
        identifiers: Some(identifiers(&[MAIL])),
        profile: ProfileChange {
            title: Some(Some("Manager".into())),
            ..ProfileChange::default()
        },
        ..ParticipantChange::default()
    };
    change(&world, &world.caller, gone, given).expect("changed");
    let group = world.group(&[(agent, Role::Owner), (gone, Role::Admin)]);
    let shared = world.group(&[(gone, Role::Member), (into, Role::Owner)]);
    let said = world.send(group, gone, "mine").expect("sent");
    world.send(group, agent, "read by nobody").expect("sent");
    let before = world.topics(0).len();
    let merged = merge(&world, gone, into).expect("merged");
    assert_eq!(values(&merged), ["+31612345678", "cy@x.org"]);
    assert_eq!(merged.external_id, Some(ExternalId::from_stored("old")));
    assert_eq!(merged.profile.title.as_deref(), Some("Manager"));
    assert_eq!(merged.display_name.as_str(), "New");
    let left = find(&world, gone);
    assert_eq!(
        (left.merged_into, left.archived_at.is_some()),
        (Some(into), true)
    );
    assert_eq!((values(&left), &left.external_id), (vec![], &None));
    let standing = |of, who| {
        let found = world.read(move |snapshot, cx| find_member(snapshot, cx, of, who));
        found.map(|(conversation, now)| (conversation.member_count, now.member.role))
    };
    assert_eq!(standing(group, into), Ok((2, Role::Admin)));
    assert_eq!(standing(shared, into), Ok((1, Role::Owner)));
    let now = world.read(move |snapshot, cx| find_member(snapshot, cx, group, into));
    assert_eq!(now.expect("a member").1.member.read_seq, said.seq);
    assert_eq!(
        world.list(group)[0].sender,
        gone,
        "what was said keeps its sender"
    );
    assert!(world.send(group, into, "I am the same").is_ok());
    let refused = world.send(group, gone, "no more");
    assert!(refused.is_err());
    let log = world.topics(before.try_into().expect("few"));
    let count = |topic| log.iter().filter(|one| **one == topic).count();
    assert_eq!(
        [
            "member.removed",
            "member.added",
            "participant.updated",
            "participant.merged"
        ]
        .map(count),
        [2, 1, 1, 1]
    );
}

#[test]
fn a_pair_keeps_one_direct_conversation_when_two_become_one() {
    let world = World::new();
    let agent = world.participant("ada");
    let [gone, into, third] =
        ["a", "b", "c"].map(|name| world.participant_of(ParticipantKind::Contact, name));
    let direct = |one, other| {
        let members = [(one, Role::Member), (other, Role::Member)];
        let made = world.conversation(ConversationKind::Direct, &members);
        let (CreatedConversation::Created(one) | CreatedConversation::Existing(one)) =
            made.expect("a direct one");
        one.id
    };
    let moving = direct(gone, agent);
    let (first, second) = (direct(into, third), direct(gone, third));
    let own = direct(gone, into);
    merge(&world, gone, into).expect("merged");
    assert_eq!(direct(into, agent), moving, "it is theirs now");
    assert_eq!(direct(into, third), first, "the first one stays the one");
    let inbox = world.read(move |snapshot, cx| {
        let filter = ConversationFilter::default();
        list_inbox(snapshot, cx, into, &filter, None, Limit::default())
    });
    let mut listed: Vec<_> = inbox
        .expect("an inbox")
        .items
        .iter()
        .map(|one| one.conversation.id)
        .collect();
    listed.sort_unstable();
    let mut all = vec![moving, first, second, own];
    all.sort_unstable();
    assert_eq!(listed, all);
}

#[test]
fn who_becomes_one_keeps_what_either_was_and_had_read() {
    let world = World::new();
    let agent = world.participant("ada");
    let [gone, into] = ["a", "b"].map(|name| world.participant_of(ParticipantKind::Contact, name));
    let members = [
        (gone, Role::Owner),
        (into, Role::Member),
        (agent, Role::Member),
    ];
    let made = world.conversation(ConversationKind::Group, &members);
    let Ok(CreatedConversation::Created(group)) = made else {
        panic!("expected a new one")
    };
    let of = group.id;
    world.send(of, agent, "hello").expect("sent");
    let read = receipt::ReceiptKind::Read;
    world.done(move |unit, cx| mark(unit, cx, of, gone, read, Seq::ZERO.next()));
    merge(&world, gone, into).expect("merged");
    let found = world.read(move |snapshot, cx| find_member(snapshot, cx, of, into));
    let (now, stays) = found.expect("a member");
    assert_eq!((now.member_count, stays.member.role), (2, Role::Owner));
    assert_eq!(stays.member.unread_count(&now, Sight::Public), 0);
}

#[test]
fn only_two_living_participants_of_a_kind_become_one() {
    let world = World::new();
    let agent = world.participant("ada");
    let [a, b, c] = ["a", "b", "c"].map(|name| reached(&world, name, &[("crm", name)]));
    assert_eq!(told(merge(&world, a, a)), "into");
    assert_eq!(told(merge(&world, a, agent)), "into");
    let unknown = world.cx().fresh.into();
    assert_eq!(told(merge(&world, a, unknown)), "participant_not_found");
    assert_eq!(told(merge(&world, unknown, a)), "participant_not_found");
    merge(&world, a, b).expect("merged");
    assert_eq!(told(merge(&world, a, c)), "participant_archived");
    assert_eq!(told(merge(&world, c, a)), "participant_archived");
    world.done(move |unit, cx| archive_participant(unit, cx, c));
    let more = ParticipantChange {
        identifiers: Some(identifiers(&[("crm", "1")])),
        ..ParticipantChange::default()
    };
    let taken_back = change(&world, &world.caller, a, more);
    assert_eq!(told(taken_back), "participant_archived");
    merge(&world, c, b).expect("an archived one may turn out to be another");
    assert_eq!(values(&find(&world, b)), ["b", "a", "c"]);
    for (who, scopes, code) in [
        (agent, "messaging:*", "not_allowed"),
        (agent, "messaging:read", "scope_missing"),
    ] {
        let caller = world.bound(who, scopes);
        let refused = world.act(&caller, move |unit, cx| merge_participants(unit, cx, a, b));
        assert_eq!(told(refused), code);
    }
    let many: Vec<String> = (0..20).map(|number| format!("{number}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|one| ("many", one.as_str())).collect();
    let full = reached(&world, "full", &many);
    assert_eq!(told(merge(&world, full, b)), "identifiers");
    assert_eq!(values(&find(&world, b)).len(), 3, "nothing was changed");
}

#[test]
fn what_an_agent_took_care_of_is_the_business_of_who_they_are() {
    let world = World::new();
    let [gone, into] = ["Eve", "Ada"].map(|name| world.participant(name));
    let group = world.group(&[(gone, Role::Owner)]);
    let change = ConversationChange {
        assignee: Some(Some(gone)),
        ..ConversationChange::default()
    };
    world.done(move |unit, cx| change_conversation(unit, cx, group, &change));
    merge(&world, gone, into).expect("merged");
    let talk = world.read(move |snapshot, cx| find_conversation(snapshot, cx, group));
    assert_eq!(talk.expect("it exists").assignee, Some(into));
}

#[test]
fn i7_who_is_in_too_many_conversations_is_not_merged_at_once() {
    let world = World::new();
    let [busy, calm] = ["a", "b"].map(|name| world.participant_of(ParticipantKind::Contact, name));
    for _ in 0..=MERGE_CONVERSATIONS_MAX {
        world.group(&[(busy, Role::Member)]);
    }
    assert_eq!(told(merge(&world, busy, calm)), "merge_too_large");
    merge(&world, calm, busy).expect("the other way round");
}
