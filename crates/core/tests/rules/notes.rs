//! Private notes: who writes them, and that whoever a workspace serves never learns of one.

use causerie_core::act::*;
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint};
use causerie_core::delivery::DeliveryStatus;
use causerie_core::page::{Limit, Order};
use causerie_core::port::{ConversationFilter, MessageFilter};
use causerie_core::reaction::ReactionName;
use causerie_core::receipt::{ReceiptKind, Seen};
use causerie_core::search::SearchQuery;
use causerie_core::text::*;
use causerie_core::*;

use crate::world::{World, refused};

/// An agent and a contact in a group: a question, a note in answer to it, an answer, a last note.
struct Desk {
    world: World,
    agent: ParticipantId,
    contact: ParticipantId,
    group: ConversationId,
    said: Vec<Message>,
    /// A key bound to the contact.
    outside: Caller,
    /// A key bound to the agent.
    inside: Caller,
}

fn desk() -> Desk {
    let world = World::new();
    let agent = world.participant("ada");
    let contact = world.participant_of(ParticipantKind::Contact, "cy");
    let group = world.group(&[(agent, Role::Owner), (contact, Role::Owner)]);
    let question = world.send(group, contact, "public question").expect("sent");
    let mut note = SendMessage::text(group, agent, Text::from_stored("secret order 47"));
    note.draft.visibility = Visibility::Private;
    note.draft.reply_to = Some(question.id);
    let said = vec![
        question,
        world.send_cmd(world.cx(), note).expect("a note"),
        world.send(group, agent, "public answer").expect("sent"),
        world.note(group, agent, "secret again").expect("a note"),
    ];
    Desk {
        outside: world.bound(contact, "*"),
        inside: world.bound(agent, "messaging:*"),
        world,
        agent,
        contact,
        group,
        said,
    }
}

impl Desk {
    /// The places that a list of the group shows.
    fn listed(&self, caller: &Caller) -> Vec<u64> {
        places(&self.world.seen(caller, self.group))
    }

    fn all_seen(&self, caller: &Caller, filter: MessageFilter) -> Vec<Seen> {
        let found = self.world.read_as(caller, move |snapshot, cx| {
            list_all_messages(
                snapshot,
                cx,
                &filter,
                Order::Descending,
                None,
                Limit::default(),
            )
        });
        found.expect("a page").items
    }

    fn all(&self, caller: &Caller, filter: MessageFilter) -> Vec<u64> {
        places(&self.all_seen(caller, filter))
    }

    fn search(&self, caller: &Caller, query: &str, filter: MessageFilter) -> Vec<u64> {
        let query = SearchQuery::parse(query).expect("a query");
        let found = self.world.read_as(caller, move |snapshot, cx| {
            search_messages(snapshot, cx, &query, &filter, None, Limit::default())
        });
        let found = found.expect("a page").items;
        found.iter().map(|one| one.seen.message.seq.get()).collect()
    }

    fn inbox(&self, caller: &Caller) -> InboxEntry {
        let contact = self.contact;
        let found = self.world.read_as(caller, move |snapshot, cx| {
            let filter = ConversationFilter::default();
            list_inbox(snapshot, cx, contact, &filter, None, Limit::default())
        });
        found.expect("an inbox").items.remove(0)
    }
}

fn places(seen: &[Seen]) -> Vec<u64> {
    seen.iter().map(|one| one.message.seq.get()).collect()
}

fn of(member: ParticipantId) -> MessageFilter {
    MessageFilter {
        member: Some(member),
        ..MessageFilter::everything()
    }
}

#[test]
fn a_contact_sees_no_note_in_any_list_search_or_inbox() {
    let desk = desk();
    let everything = MessageFilter::everything;
    for caller in [&desk.inside, &desk.world.caller] {
        assert_eq!(desk.listed(caller), [1, 2, 3, 4]);
        assert_eq!(desk.all(caller, everything()), [4, 3, 2, 1]);
        assert_eq!(desk.search(caller, "secret", everything()), [4, 2]);
    }
    assert_eq!(desk.listed(&desk.outside), [1, 3]);
    assert_eq!(desk.all(&desk.outside, everything()), [3, 1]);
    assert_eq!(desk.all(&desk.outside, of(desk.contact)), [3, 1]);
    assert_eq!(desk.search(&desk.outside, "secret", everything()), [0; 0]);
    assert_eq!(desk.search(&desk.outside, "public", everything()), [3, 1]);
    // A key of a contact with every scope is no administrator of what is hidden from it.
    let tagged = MessageFilter {
        conversation: Some(desk.group),
        ..everything()
    };
    assert_eq!(desk.search(&desk.outside, "order", tagged), [0; 0]);
    // Whoever asks on behalf of the contact is shown the same.
    let workspace = &desk.world.caller;
    assert_eq!(desk.search(workspace, "secret", of(desk.contact)), [0; 0]);
    assert_eq!(desk.all(workspace, of(desk.contact)), [3, 1]);
    let shown = desk.all_seen(workspace, of(desk.contact));
    assert_eq!(shown[1].message.reply_count, 0, "its answer is a note");
    assert_eq!(shown, desk.all_seen(&desk.outside, of(desk.contact)));
    assert_eq!(desk.all(workspace, of(desk.agent)), [4, 3, 2, 1]);
    for caller in [&desk.outside, workspace] {
        let entry = desk.inbox(caller);
        let newest = entry.last_message.expect("something was said");
        assert_eq!(
            (newest.seq.get(), newest.text.as_str()),
            (3, "public answer")
        );
        let (shown, member) = (&entry.conversation, &entry.member);
        assert_eq!(shown.last_seq, Seq::new(3));
        assert_eq!(shown.last_message_at, Some(newest.created_at));
        assert_eq!(shown.message_count(member.sight), 2);
        assert_eq!(member.member.unread_count(shown, member.sight), 1);
    }
}

#[test]
fn a_contact_finds_no_count_and_no_watermark_that_tells_of_a_note() {
    let desk = desk();
    let group = desk.group;
    let read_all = desk.world.write_as(&desk.inside, move |unit, cx| {
        let agent = cx.caller.participant().expect("bound");
        mark(unit, cx, group, agent, ReceiptKind::Read, Seq::new(4))
    });
    read_all.expect("the agent reads its own note");
    let found = desk.world.read_as(&desk.outside, move |snapshot, cx| {
        let (conversation, page) = list_members(snapshot, cx, group, None, Limit::default())?;
        Ok((conversation, page.items))
    });
    let (conversation, members) = found.expect("a list");
    assert_eq!(conversation.last_seq, Seq::new(3));
    for one in members {
        let member = &one.member;
        assert!(member.read_seq <= Seq::new(3) && member.delivered_seq <= Seq::new(3));
        assert!(one.member.unread_count(&conversation, one.sight) <= 1);
    }
    let question = desk.said[0].id;
    let replies = |caller: &Caller| {
        let shown = desk.world.read_as(caller, move |snapshot, cx| {
            let seen = find_message(snapshot, cx, group, question)?;
            let page = list_replies(snapshot, cx, group, question, None, Limit::default())?;
            Ok((seen.message.reply_count, page.items.len()))
        });
        shown.expect("the question")
    };
    assert_eq!(replies(&desk.inside), (1, 1));
    assert_eq!(replies(&desk.outside), (0, 0));
}

#[test]
fn a_watermark_at_a_note_stands_at_the_public_message_before_for_a_contact() {
    let world = World::new();
    let [ada, eve] = ["ada", "eve"].map(|name| world.participant(name));
    let contact = world.participant_of(ParticipantKind::Contact, "cy");
    let group = world.group(&[ada, eve, contact].map(|one| (one, Role::Member)));
    world.send(group, contact, "question").expect("sent");
    world.note(group, ada, "between us").expect("a note");
    let kind = ReceiptKind::Read;
    world
        .write(move |unit, cx| mark(unit, cx, group, eve, kind, Seq::new(2)))
        .expect("marked");
    world.send(group, contact, "hello?").expect("sent");
    let outside = world.bound(contact, "messaging:*");
    let stands = |caller: &Caller, who| {
        let found = world.read_as(caller, move |snapshot, cx| {
            find_member(snapshot, cx, group, who)
        });
        let member = found.expect("a member").1.member;
        (member.read_seq.get(), member.read_at.is_some())
    };
    assert_eq!(stands(&world.caller, eve), (2, true));
    assert_eq!(stands(&outside, eve), (1, false));
    assert_eq!(stands(&outside, ada), (1, false), "who wrote the note");
    assert_eq!(stands(&outside, contact), (3, true));
}

#[test]
fn what_hangs_on_a_note_does_not_exist_for_a_contact() {
    let desk = desk();
    let (group, note) = (desk.group, desk.said[1].id);
    let agent = desk.agent;
    let react = AddReaction {
        conversation: group,
        message: note,
        participant: Some(agent),
        name: ReactionName::parse("👍").expect("a name"),
    };
    let own = react.clone();
    desk.world
        .write(move |unit, cx| add_reaction(unit, cx, &own))
        .expect("an agent reacts");
    let look = |which: usize| {
        desk.world.read_as(&desk.outside, move |snapshot, cx| {
            let limit = Limit::default();
            match which {
                0 => find_message(snapshot, cx, group, note).map(|_| ()),
                1 => list_revisions(snapshot, cx, group, note).map(|_| ()),
                2 => list_reactions(snapshot, cx, group, note, None, limit).map(|_| ()),
                3 => list_receipts(snapshot, cx, group, note, None, limit).map(|_| ()),
                4 => list_recipients(snapshot, cx, group, note).map(|_| ()),
                _ => list_replies(snapshot, cx, group, note, None, limit).map(|_| ()),
            }
        })
    };
    for which in 0..6 {
        assert_eq!(refused(look(which)), "message_not_found", "{which}");
    }
    let change = |which: usize| {
        let react = AddReaction {
            participant: None,
            ..react.clone()
        };
        desk.world
            .write_as(&desk.outside, move |unit, cx| match which {
                0 => add_reaction(unit, cx, &react).map(|_| ()),
                1 => edit_message(unit, cx, &edit(group, note)).map(|_| ()),
                2 => delete_message(unit, cx, &delete(group, note, DeleteMode::Soft)).map(|_| ()),
                3 => delete_message(unit, cx, &delete(group, note, DeleteMode::Purge)).map(|_| ()),
                _ => lock_message(unit, cx, group, note).map(|_| ()),
            })
    };
    for which in 0..5 {
        assert_eq!(refused(change(which)), "message_not_found", "{which}");
    }
    let delivered = desk.world.write_as(&desk.outside, move |unit, cx| {
        let cmd = SetDelivery {
            conversation: group,
            message: note,
            recipient: None,
            status: DeliveryStatus::Delivered,
            failure: None,
        };
        set_delivery(unit, cx, &cmd)
    });
    assert_eq!(refused(delivered), "not_allowed");
    let beyond = desk.world.write_as(&desk.outside, move |unit, cx| {
        let own = cx.caller.participant().expect("bound");
        mark(unit, cx, group, own, ReceiptKind::Read, Seq::new(4))
    });
    assert_eq!(refused(beyond), "validation_failed");
    let events = desk.world.read_as(&desk.outside, |snapshot, cx| {
        read_events(snapshot, cx, Position::ZERO, Limit::default())
    });
    assert_eq!(refused(events), "not_allowed");
}

fn edit(conversation: ConversationId, message: MessageId) -> EditMessage {
    EditMessage {
        conversation,
        message,
        acting_as: None,
        change: MessageChange {
            text: Some(Text::from_stored("mine")),
            ..MessageChange::default()
        },
    }
}

fn delete(conversation: ConversationId, message: MessageId, mode: DeleteMode) -> DeleteMessage {
    DeleteMessage {
        conversation,
        message,
        mode,
        acting_as: None,
    }
}

#[test]
fn a_note_moves_no_conversation_to_the_front() {
    let desk = desk();
    let newer = desk
        .world
        .group(&[(desk.agent, Role::Owner), (desk.contact, Role::Member)]);
    let order = |caller: &Caller| {
        let page = desk.world.read_as(caller, |snapshot, cx| {
            let filter = ConversationFilter::default();
            list_conversations(snapshot, cx, None, &filter, None, Limit::default())
        });
        let items = page.expect("a page").items;
        items.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    desk.world
        .note(desk.group, desk.agent, "psst")
        .expect("a note");
    for caller in [&desk.outside, &desk.inside, &desk.world.caller] {
        assert_eq!(order(caller), [newer, desk.group]);
    }
    desk.world
        .send(desk.group, desk.agent, "aloud")
        .expect("sent");
    assert_eq!(order(&desk.outside), [desk.group, newer]);
}

#[test]
fn an_answer_to_a_note_is_a_note_and_contacts_answer_none() {
    let desk = desk();
    let reply = |caller: &Caller, from, to: &Message, visibility| {
        let mut cmd = SendMessage::text(desk.group, from, Text::from_stored("answer"));
        cmd.draft.reply_to = Some(to.id);
        cmd.draft.visibility = visibility;
        desk.world.send_cmd(desk.world.cx_of(caller), cmd)
    };
    let (workspace, note, public) = (&desk.world.caller, &desk.said[1], &desk.said[2]);
    let aloud = reply(workspace, desk.agent, note, Visibility::Public);
    assert_eq!(refused(aloud), "validation_failed");
    reply(workspace, desk.agent, note, Visibility::Private).expect("among agents");
    reply(workspace, desk.agent, public, Visibility::Private).expect("a remark");
    for caller in [&desk.outside, workspace] {
        let learned = reply(caller, desk.contact, note, Visibility::Public);
        assert_eq!(refused(learned), "validation_failed");
    }
    reply(&desk.outside, desk.contact, public, Visibility::Public).expect("in public");
}

#[test]
fn a_claim_on_a_note_tells_a_contact_nothing_of_it() {
    let desk = desk();
    let send = |caller: &Caller, from: ParticipantId, text: &str, visibility| {
        let parts = [&from.to_bytes()[..], text.as_bytes()];
        let claim = Claim::new(ClaimSource::Reference, &[b"r"], Fingerprint::of(&parts));
        let mut cmd = SendMessage::text(desk.group, from, Text::from_stored(text));
        cmd.draft.visibility = visibility;
        cmd.once = Some(SendOnce {
            claims: vec![claim],
            render: |message| Answer(message.text.as_str().as_bytes().to_vec()),
        });
        desk.world.send_cmd(desk.world.cx_of(caller), cmd)
    };
    let (workspace, text) = (&desk.world.caller, "secret again");
    send(workspace, desk.agent, text, Visibility::Private).expect("a note");
    let again = send(workspace, desk.agent, text, Visibility::Private);
    assert_eq!(refused(again), "replayed");
    let guessed = send(&desk.outside, desk.contact, text, Visibility::Public);
    assert_eq!(refused(guessed), "reference_reused");
    let forged = send(&desk.outside, desk.agent, text, Visibility::Private);
    assert_eq!(refused(forged), "bound_elsewhere");
}

#[test]
fn which_way_a_message_goes_follows_from_its_sender() {
    use Direction::{Incoming, Internal, Outgoing};
    use MessageKind::{Activity, System, Text as Plain};
    use Visibility::{Private, Public};
    let desk = desk();
    let bot = desk.world.participant_of(ParticipantKind::Bot, "bot");
    let product = desk
        .world
        .participant_of(ParticipantKind::System, "product");
    let people = [desk.agent, bot, product, desk.contact];
    let group = desk.world.group(&people.map(|one| (one, Role::Member)));
    let send = |from, kind, visibility, direction| {
        let mut cmd = SendMessage::text(group, from, Text::from_stored("hello"));
        cmd.draft.kind = kind;
        cmd.draft.visibility = visibility;
        cmd.draft.direction = direction;
        let sent = desk.world.send_cmd(desk.world.cx(), cmd);
        sent.map(|message| message.direction)
    };
    for from in [desk.agent, bot, product] {
        assert_eq!(send(from, Plain, Public, None), Ok(Outgoing));
        assert_eq!(send(from, Plain, Private, None), Ok(Internal));
        assert_eq!(send(from, Activity, Public, None), Ok(Internal));
        assert_eq!(send(from, System, Public, None), Ok(Internal));
        assert_eq!(send(from, System, Public, Some(Outgoing)), Ok(Outgoing));
        assert_eq!(send(from, Plain, Public, Some(Internal)), Ok(Internal));
        let wrong = send(from, Plain, Public, Some(Incoming));
        assert_eq!(refused(wrong), "validation_failed");
    }
    let contact = desk.contact;
    assert_eq!(send(contact, Plain, Public, None), Ok(Incoming));
    assert_eq!(send(contact, Plain, Public, Some(Incoming)), Ok(Incoming));
    for direction in [Outgoing, Internal] {
        let wrong = send(contact, Plain, Public, Some(direction));
        assert_eq!(refused(wrong), "validation_failed");
    }
    // A notice of a contact is the workspace's to give, not the contact's.
    let bound = desk.world.bound(contact, "messaging:*");
    for kind in [System, Activity] {
        assert_eq!(send(contact, kind, Public, None), Ok(Internal));
        let wrong = send(contact, kind, Public, Some(Outgoing));
        assert_eq!(refused(wrong), "validation_failed");
        let mut cmd = SendMessage::text(group, contact, Text::from_stored("hello"));
        cmd.draft.kind = kind;
        let own = desk.world.send_cmd(desk.world.cx_of(&bound), cmd);
        assert_eq!(refused(own), "validation_failed");
    }
    assert_eq!(refused(send(contact, Plain, Private, None)), "not_allowed");
}

#[test]
fn a_reference_of_a_note_says_nothing_to_who_uses_the_same_for_a_message() {
    let desk = desk();
    let claim = |visibility, text: &str| {
        let mut send = SendMessage::text(desk.group, desk.agent, Text::from_stored(text));
        send.draft.reference = Some(Reference::from_stored("order-47"));
        send.draft.visibility = visibility;
        send.reference_claim(&desk.inside, None)
            .expect("a reference")
    };
    let public = claim(Visibility::Public, "hello");
    assert_eq!(public, claim(Visibility::Public, "hello"));
    assert_eq!(public.key, claim(Visibility::Public, "other").key);
    assert_ne!(
        public.fingerprint,
        claim(Visibility::Public, "other").fingerprint
    );
    assert_ne!(public.key, claim(Visibility::Private, "hello").key);
}
