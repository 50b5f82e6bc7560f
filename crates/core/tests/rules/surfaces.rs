//! What surfaces need: numbers for things, a place for what only they know, a voice for keys, lists as they show them.

use std::collections::HashSet;
use std::sync::Arc;

use causerie_core::act::*;
use causerie_core::page::{Limit, Order};
use causerie_core::port::{
    ConversationFilter, Ids, MessageFilter, OwnFilter, RandomIds, Tombstones,
};
use causerie_core::text::*;
use causerie_core::*;

use crate::world::{World, list_of, refused, told};

pub(crate) fn talk() -> (World, ParticipantId, ConversationId) {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    (world, ada, group)
}

fn limit(number: u64) -> Limit {
    Limit::new(number).expect("a limit")
}

#[test]
fn a_thing_is_numbered_by_where_it_came_into_being() {
    let (world, ada, group) = talk();
    let first = world.send(group, ada, "one").expect("sent");
    let cx = world.cx();
    let cmd = SendMessage::text(group, ada, Text::from_stored("two"));
    let sent = world.store.send(cx, cmd).wait().expect("sent");
    let claim::Once::Done(second) = sent else {
        panic!("no claim was made");
    };
    let ids = [
        ada.to_bytes(),
        group.to_bytes(),
        first.id.to_bytes(),
        second.message.id.to_bytes(),
        [9; 16],
    ];
    let found = world.read(move |snapshot, cx| find_positions(snapshot, cx, &ids));
    let found = found.expect("no refusal");
    let of = |id: [u8; 16]| found.get(&id).copied();
    let numbers: Vec<Option<Position>> = ids.iter().map(|id| of(*id)).collect();
    assert_eq!(numbers[4], None);
    assert!(numbers[..4].is_sorted(), "{numbers:?}");
    let distinct: HashSet<_> = numbers.iter().collect();
    assert_eq!(distinct.len(), 5);
    assert_eq!(second.placed.position(), numbers[3]);

    let wanted: Vec<Position> = numbers.iter().flatten().copied().collect();
    let all = wanted.clone();
    let placed = world.read(move |snapshot, cx| find_placed(snapshot, cx, &all));
    let placed = placed.expect("no refusal");
    assert_eq!(placed[&wanted[0]], Subject::Participant(ada));
    let seq = second.message.seq;
    assert_eq!(
        placed[&wanted[3]],
        Subject::Message(group, second.message.id, seq)
    );
    // Where nothing came into being, there is nothing.
    let joined = Position::new(wanted[1].get() + 1);
    let none = world.read(move |snapshot, cx| find_placed(snapshot, cx, &[joined, Position::ZERO]));
    assert!(none.expect("no refusal").is_empty());
}

#[test]
fn a_conversation_is_found_by_its_number_by_who_may_see_it() {
    let (world, ada, group) = talk();
    let cy = world.participant("cy");
    let other = world.group(&[(cy, Role::Owner)]);
    let by = |caller: &Caller, number| {
        let found = world.read_as(caller, move |snapshot, cx| {
            find_numbered_conversation(snapshot, cx, number)
        });
        found.map(|one| one.id)
    };
    assert_eq!(by(&world.caller, 1), Ok(group));
    assert_eq!(by(&world.caller, 2), Ok(other));
    let bound = world.bound(ada, "messaging:*");
    assert_eq!(refused(by(&bound, 2)), "conversation_not_found");
    assert_eq!(refused(by(&world.caller, 3)), "conversation_not_found");
}

/// A key of the workspace that is not bound to anybody.
fn unbound(world: &World) -> Caller {
    let id: KeyId = RandomIds.fresh(Timestamp::default()).into();
    let key = ApiKey::restore(ApiKeyState {
        id,
        workspace: world.caller.workspace().id,
        name: Name::from_stored("Support desk"),
        hash: SecretHash::from_stored(""),
        scopes: Scopes::parse(["messaging:*"]).expect("known"),
        participant: None,
        created_at: Timestamp::default(),
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    });
    let stored = key.clone();
    world.done(move |unit, _| Ok(unit.keys_mut().add(&stored)?));
    Caller::of_key(&Credentials {
        key,
        workspace: Arc::new(world.caller.workspace().clone()),
        participant: None,
    })
}

#[test]
fn a_key_that_is_not_bound_speaks_with_a_voice_of_its_own() {
    let (world, ada, group) = talk();
    let caller = unbound(&world);
    let none = world.read_as(&caller, find_voice).expect("no refusal");
    assert_eq!(none, None);
    let voice = world.write_as(&caller, take_voice).expect("a voice");
    assert_eq!(voice.display_name.as_str(), "Support desk");
    assert_eq!(voice.kind, ParticipantKind::Agent);
    let again = world.write_as(&caller, take_voice).expect("a voice");
    assert_eq!(again.id, voice.id);
    let bound = world.bound(ada, "messaging:*");
    let own = world.write_as(&bound, take_voice).expect("a voice");
    assert_eq!(own.id, ada);
    assert_eq!((voice.is_voice(), own.is_voice()), (true, false));
    assert_eq!(voice.given_external_id(), None);
    assert_eq!(own.given_external_id().map(ExternalId::as_str), Some("ada"));
    assert_eq!(told(world.act(&world.caller, take_voice)), "participant_id");

    // With no more than its voice's rights it sees no conversation of others.
    let confined = caller.confined_to(&voice);
    let look = move |snapshot: &mut dyn port::Snapshot, cx: &Context| {
        find_conversation(snapshot, cx, group).map(drop)
    };
    assert_eq!(world.read_as(&caller, look), Ok(()));
    assert_eq!(
        refused(world.read_as(&confined, look)),
        "conversation_not_found"
    );
    let root = world.caller.confined_to(&voice);
    assert!(root.require(Scope::Admin).is_err());
    assert!(root.require(Scope::MessagingWrite).is_ok());
}

#[test]
fn a_list_that_hides_tombstones_goes_on_until_it_is_full() {
    let (world, ada, group) = talk();
    let sent: Vec<Message> = (0..7)
        .map(|number| world.send(group, ada, &number.to_string()).expect("sent"))
        .collect();
    for message in &sent[1..6] {
        let cmd = DeleteMessage {
            conversation: group,
            message: message.id,
            mode: DeleteMode::Soft,
            acting_as: None,
        };
        world.done(move |unit, cx| delete_message(unit, cx, &cmd));
    }
    for order in [Order::Ascending, Order::Descending] {
        let cmd = ListMessages {
            limit: limit(1),
            order,
            tombstones: Tombstones::Hidden,
            ..list_of(group)
        };
        let first = world.read(move |snapshot, cx| list_messages(snapshot, cx, &cmd));
        let first = first.expect("a page");
        let rest = ListMessages {
            cursor: first.next,
            limit: limit(2),
            ..cmd
        };
        let rest = world.read(move |snapshot, cx| list_messages(snapshot, cx, &rest));
        let rest = rest.expect("a page");
        let mut texts: Vec<&str> = [&first, &rest]
            .iter()
            .flat_map(|page| page.items.iter().map(|one| one.text.as_str()))
            .collect();
        if order == Order::Descending {
            texts.reverse();
        }
        assert_eq!(texts, ["0", "6"]);
        assert!(first.next.is_some() && rest.next.is_none());
    }
    let filter = MessageFilter {
        tombstones: Tombstones::Hidden,
        ..MessageFilter::everything()
    };
    let all = world.read(move |snapshot, cx| {
        list_all_messages(snapshot, cx, &filter, Order::Ascending, None, limit(9))
    });
    let all = all.expect("a page").items;
    let texts: Vec<&str> = all.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["0", "6"]);
}

#[test]
fn a_member_pins_and_puts_away_for_themselves() {
    let (world, ada, group) = talk();
    let other = world.group(&[(ada, Role::Owner)]);
    let bo = world.participant("bo");
    world.send(other, ada, "hi").expect("sent");
    let change = MemberChange {
        pin: Some(Pin::Pinned),
        stow: Some(Stow::Archived),
        ..MemberChange::default()
    };
    let bound = world.bound(ada, "messaging:*");
    let changed = world.act(&bound, move |unit, cx| {
        change_member(unit, cx, group, ada, &change)
    });
    let (_, now) = changed.expect("it is their own");
    assert!(now.member.pinned_at.is_some() && now.member.archived_at.is_some());
    let listed = |own: OwnFilter| {
        let filter = ConversationFilter {
            own,
            ..ConversationFilter::default()
        };
        let count = filter.clone();
        let page = world.read(move |snapshot, cx| {
            list_inbox(snapshot, cx, ada, &filter, None, Limit::default())
        });
        let ids: Vec<ConversationId> = page
            .expect("a page")
            .items
            .iter()
            .map(|one| one.conversation.id)
            .collect();
        let counted =
            world.read(move |snapshot, cx| count_conversations(snapshot, cx, Some(ada), &count));
        assert_eq!(counted, Ok(ids.len()));
        ids
    };
    let own = OwnFilter::default();
    assert_eq!(listed(own).len(), 2);
    assert_eq!(
        listed(OwnFilter {
            pinned: Some(true),
            ..own
        }),
        [group]
    );
    assert_eq!(
        listed(OwnFilter {
            archived: Some(false),
            ..own
        }),
        [other]
    );
    assert_eq!(
        listed(OwnFilter {
            unread: Some(true),
            ..own
        }),
        []
    );
    assert_eq!(
        listed(OwnFilter {
            muted: Some(false),
            ..own
        })
        .len(),
        2
    );
    assert_eq!(
        world.read(move |snapshot, cx| count_conversations(
            snapshot,
            cx,
            Some(bo),
            &ConversationFilter::default()
        )),
        Ok(0)
    );
}

#[test]
fn a_direct_conversation_may_be_filled_one_by_one() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let empty = CreateConversation {
        kind: ConversationKind::Direct,
        title: None,
        description: None,
        metadata: Metadata::default(),
        avatar_url: None,
        members: Vec::new(),
    };
    let strict = empty.clone();
    let refusal = world.act(&world.caller, move |unit, cx| {
        create_conversation(unit, cx, &strict)
    });
    assert_eq!(told(refusal), "members");
    let begin = || {
        let empty = empty.clone();
        match world.done(move |unit, cx| begin_conversation(unit, cx, &empty)) {
            CreatedConversation::Created(one) | CreatedConversation::Existing(one) => one.id,
        }
    };
    let join = |of, participant| {
        let add = AddMember {
            conversation: of,
            participant,
            role: Role::Member,
            display_name: None,
        };
        world.write(move |unit, cx| add_member(unit, cx, &add).map(|(now, _)| now.direct))
    };
    let first = begin();
    assert_eq!(join(first, ada), Ok(None));
    let pair = DirectKey::new(ada, bo);
    assert_eq!(join(first, bo), Ok(Some(pair)));
    assert_eq!(refused(join(first, cy)), "direct_members_fixed");
    // A second one of the same two is nobody's.
    let second = begin();
    assert_eq!((join(second, bo), join(second, ada)), (Ok(None), Ok(None)));
    let found = world.read(move |snapshot, cx| find_directs(snapshot, cx, ada, &[cy, bo, ada]));
    let found = found.expect("no refusal");
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [bo]);
    assert_eq!(found[&bo].id, first);
    let bound = world.bound(cy, "messaging:*");
    let other = world.read_as(&bound, move |snapshot, cx| {
        find_directs(snapshot, cx, ada, &[bo])
    });
    assert_eq!(refused(other), "bound_elsewhere");
}

#[test]
fn a_page_is_told_at_once_who_is_where_and_what_is_answered() {
    let (world, ada, group) = talk();
    let bo = world.participant_of(ParticipantKind::Contact, "bo");
    let other = world.group(&[(bo, Role::Member), (ada, Role::Owner)]);
    let outside = world.bound(bo, "messaging:*");
    let found = world.read_as(&outside, move |snapshot, cx| {
        find_conversations(snapshot, cx, &[group, other])
    });
    assert_eq!(
        found
            .expect("no refusal")
            .keys()
            .copied()
            .collect::<Vec<_>>(),
        [other]
    );
    let places = [(group, ada), (other, bo), (group, bo)];
    let members = world.read(move |snapshot, cx| find_memberships(snapshot, cx, &places));
    let members = members.expect("no refusal");
    assert_eq!(members.len(), 2);
    assert_eq!(members[&(other, bo)].role, Role::Member);
    let first =
        world.read(move |snapshot, cx| find_first_members(snapshot, cx, &[group, other], limit(1)));
    let first = first.expect("no refusal");
    assert_eq!((first[&group].len(), first[&other].len()), (1, 1));
    assert_eq!(first[&other][0].participant, ada);

    let question = world.note(other, ada, "who?").expect("a note");
    let mut cmd = SendMessage::text(other, ada, Text::from_stored("me"));
    cmd.draft.reply_to = Some(question.id);
    cmd.draft.visibility = Visibility::Private;
    let answer = world.send_cmd(world.cx(), cmd).expect("sent");
    let of = answer.clone();
    let answered = world.read(move |snapshot, cx| find_answered(snapshot, cx, [&of]));
    assert_eq!(
        answered.expect("no refusal")[&question.id].text.as_str(),
        "who?"
    );
    let hidden = world.read_as(&outside, move |snapshot, cx| {
        find_answered(snapshot, cx, [&answer])
    });
    assert!(hidden.expect("no refusal").is_empty());

    let anywhere = |caller: &Caller, id| {
        let found = world.read_as(caller, move |snapshot, cx| {
            find_message_anywhere(snapshot, cx, id)
        });
        found.map(|seen| seen.message.id)
    };
    assert_eq!(anywhere(&world.caller, question.id), Ok(question.id));
    assert_eq!(
        refused(anywhere(&outside, question.id)),
        "message_not_found"
    );
    let away = world.send(group, ada, "hi").expect("sent").id;
    assert_eq!(refused(anywhere(&outside, away)), "message_not_found");
    let public = world.caller.seeing_public();
    assert_eq!(refused(anywhere(&public, question.id)), "message_not_found");
    let home = world.read(move |snapshot, cx| find_home(snapshot, cx, away));
    assert_eq!(home, Ok(group));
}

#[test]
fn messages_live_for_those_who_see_them_until_they_are_deleted() {
    let (world, ada, group) = talk();
    let said = world.send(group, ada, "said").expect("sent").id;
    let noted = world.note(group, ada, "noted").expect("sent").id;
    let gone = world.send(group, ada, "gone").expect("sent").id;
    let cmd = DeleteMessage {
        conversation: group,
        message: gone,
        mode: DeleteMode::Soft,
        acting_as: None,
    };
    world
        .write(move |unit, cx| delete_message(unit, cx, &cmd))
        .expect("deleted");
    let living = |caller: &Caller| {
        let found = world.read_as(caller, move |snapshot, cx| {
            find_living(snapshot, cx, &[said, noted, gone])
        });
        found.expect("no refusal")
    };
    assert_eq!(living(&world.caller), HashSet::from([said, noted]));
    let public = world.caller.seeing_public();
    assert_eq!(living(&public), HashSet::from([said]));
}
