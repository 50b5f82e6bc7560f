//! Different acts on the same message or conversation at the same moment: none undoes what another did.
//!
//! The same act by many at once is in `once_only` and `races`.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use causerie_core::act::{
    AddReaction, ChangeScheduled, DeleteMessage, Dispatched, EditMessage, ScheduleMessage,
    SendMessage, SetDelivery, add_reaction, cancel_scheduled, change_scheduled, delete_message,
    dispatch_due, edit_message, mark, schedule_message, set_delivery,
};
use causerie_core::claim::{Answer, Once};
use causerie_core::delivery::DeliveryStatus;
use causerie_core::port::Unit;
use causerie_core::reaction::ReactionName;
use causerie_core::receipt::ReceiptKind;
use causerie_core::{
    Context, DeleteMode, Draft, Error, Fault, Message, MessageChange, MessageId, MessageState,
    ParticipantKind, Refusal, Seq, Workspace,
};

use super::setting::{Setting, saying};
use crate::fixture::text;
use crate::subject::Subject;

fn workspace(set: &Setting, subject: &Subject) -> Workspace {
    let here = set.here;
    let found = subject.read(move |snapshot| snapshot.workspaces().find(here));
    found.expect("it was added")
}

/// Does it, again if the storage gave it up among too many others: then it left nothing.
fn act<T: Send + 'static>(
    subject: &Subject,
    cx: &Context,
    work: impl Fn(&mut dyn Unit, &Context) -> Result<T, Error> + Clone + Send + 'static,
) -> Result<T, Refusal> {
    for _ in 0..100 {
        let (cx, work) = (cx.clone(), work.clone());
        match subject.store().write(move |unit| work(unit, &cx)).wait() {
            Ok(done) => return Ok(done),
            Err(Error::Refusal(refusal)) => return Err(refusal),
            Err(Error::Fault(Fault::Unavailable(_) | Fault::Contended(_))) => {}
            Err(other) => panic!("expected no other fault, found {other:?}"),
        }
    }
    panic!("acts do not stop each other for ever");
}

fn send(subject: &Subject, cx: Context, cmd: SendMessage) -> Result<Message, Refusal> {
    match subject.store().send(cx, cmd).wait() {
        Ok(Once::Done(sent)) => Ok(sent.message),
        Err(Error::Refusal(refusal)) => Err(refusal),
        other => panic!("expected a message or a refusal, found {other:?}"),
    }
}

pub(super) fn answers_reactions_edits_and_deliveries_lose_nothing_of_each_other(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let said = set.say(subject, 1).remove(0);
    let home = workspace(&set, subject);
    let (subject, set, home) = (&*subject, &set, &home);
    let (of, message, ann, bob) = (set.room.id, said.id, set.ann.id, set.bob.id);
    thread::scope(|scope| {
        for number in 0..2 {
            scope.spawn(move || {
                for turn in 0..15 {
                    let mut cmd = SendMessage::text(of, bob, text("answer"));
                    cmd.draft.reply_to = Some(message);
                    let cx = set.fixture.context(home);
                    send(subject, cx, cmd).expect("sent");
                    let cmd = AddReaction {
                        conversation: of,
                        message,
                        participant: Some(if number == 0 { ann } else { bob }),
                        name: ReactionName::from_stored(format!("sign{}", turn % 8 + number * 20)),
                    };
                    let cx = set.fixture.context(home);
                    let added = act(subject, &cx, move |unit, cx| add_reaction(unit, cx, &cmd));
                    assert_eq!(added.is_ok(), turn < 8, "{added:?}");
                }
            });
        }
        scope.spawn(move || {
            for turn in 1..=15 {
                let cmd = EditMessage {
                    conversation: of,
                    message,
                    acting_as: None,
                    change: saying(&format!("edit {turn}")),
                };
                let cx = set.fixture.context(home);
                let edited = act(subject, &cx, move |unit, cx| edit_message(unit, cx, &cmd));
                edited.expect("edited");
            }
        });
        scope.spawn(move || {
            for status in [DeliveryStatus::Delivered, DeliveryStatus::Read] {
                let cmd = SetDelivery {
                    conversation: of,
                    message,
                    recipient: None,
                    status,
                    failure: None,
                };
                let cx = set.fixture.context(home);
                let moved = act(subject, &cx, move |unit, cx| set_delivery(unit, cx, &cmd));
                moved.expect("moved");
            }
        });
    });
    let found = subject.message(&said).expect("it exists");
    assert_eq!((found.reply_count, found.public_reply_count), (30, 30));
    assert_eq!((found.text.as_str(), found.revision_count), ("edit 15", 15));
    assert_eq!(found.delivery.status, DeliveryStatus::Read);
    let counted: u32 = found.reactions.iter().map(|(_, count)| count).sum();
    let (here, id) = (set.here, said.id);
    let (kept, revisions) = subject.read(move |snapshot| {
        let kept = snapshot.reactions().page(here, id, None, 99)?.len();
        Ok((kept, snapshot.messages().revisions(here, id)?.len()))
    });
    assert_eq!((counted, kept, revisions), (16, 16, 15));
}

pub(super) fn nobody_answers_what_was_purged_meanwhile(subject: &mut Subject) {
    let set = Setting::new(subject);
    let home = workspace(&set, subject);
    let (subject, set, home) = (&*subject, &set, &home);
    for round in 0..6 {
        let cx = set.fixture.context(home);
        let question = SendMessage::text(set.room.id, set.ann.id, text("question"));
        let question = send(subject, cx, question).expect("sent").id;
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(move || {
                    for _ in 0..4 {
                        let mut cmd = SendMessage::text(set.room.id, set.bob.id, text("answer"));
                        cmd.draft.reply_to = Some(question);
                        let answered = send(subject, set.fixture.context(home), cmd);
                        // Afterwards there is nothing to answer.
                        assert!(matches!(answered, Ok(_) | Err(Refusal::Invalid { .. })));
                    }
                });
            }
            scope.spawn(move || {
                let cmd = DeleteMessage {
                    conversation: set.room.id,
                    message: question,
                    mode: DeleteMode::Purge,
                    acting_as: None,
                };
                let cx = set.fixture.context(home);
                let purged = act(subject, &cx, move |unit, cx| delete_message(unit, cx, &cmd));
                purged.expect("purged");
            });
        });
        let left = subject.messages(&set.room);
        assert!(
            left.iter().all(|one| one.reply_to.is_none()),
            "round {round}: somebody answers what is gone"
        );
    }
}

pub(super) fn what_is_canceled_or_changed_while_it_is_sent_is_one_or_the_other(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let home = workspace(&set, subject);
    let mut ids: Vec<MessageId> = Vec::new();
    for _ in 0..60 {
        let cx = set.fixture.context(&home);
        let cmd = ScheduleMessage {
            send: SendMessage::text(set.room.id, set.ann.id, text("later")),
            scheduled_for: cx.now.plus(Duration::from_mins(1)),
            render: |_| Answer(Vec::new()),
        };
        ids.push(cx.fresh.into());
        act(subject, &cx, move |unit, cx| {
            schedule_message(unit, cx, &cmd)
        })
        .expect("scheduled");
    }
    set.fixture.clock.advance(Duration::from_mins(10));
    let (subject, set, home, ids) = (&*subject, &set, &home, &ids);
    let over = &AtomicBool::new(false);
    let (canceled, changed): (BTreeSet<MessageId>, BTreeSet<MessageId>) = thread::scope(|scope| {
        let dispatcher = scope.spawn(move || {
            while !over.load(Ordering::SeqCst) {
                let cx = set.fixture.context(home);
                let done = act(subject, &cx, |unit, cx| dispatch_due(unit, [1; 16], cx.now));
                let done = done.expect("no refusal");
                assert!(matches!(done, Dispatched::Here { refused: 0, .. }));
            }
        });
        let canceler = scope.spawn(move || {
            let mut canceled = BTreeSet::new();
            for id in ids.iter().rev().step_by(2).copied() {
                let cx = set.fixture.context(home);
                match act(subject, &cx, move |unit, cx| cancel_scheduled(unit, cx, id)) {
                    Ok(()) => assert!(canceled.insert(id)),
                    Err(Refusal::AlreadySent) => {}
                    Err(other) => panic!("expected it to be sent, found {other:?}"),
                }
            }
            canceled
        });
        let changer = scope.spawn(move || {
            let mut changed = BTreeSet::new();
            for id in ids.iter().step_by(2).copied() {
                let cx = set.fixture.context(home);
                let cmd = ChangeScheduled {
                    message: id,
                    scheduled_for: None,
                    draft: Some(Draft::text(text("changed"))),
                };
                match act(subject, &cx, move |unit, cx| {
                    change_scheduled(unit, cx, &cmd)
                }) {
                    Ok(_) => assert!(changed.insert(id)),
                    Err(Refusal::AlreadySent) => {}
                    Err(other) => panic!("expected it to be sent, found {other:?}"),
                }
            }
            changed
        });
        let join = |one: ScopedJoinHandle<'_, BTreeSet<MessageId>>| one.join();
        let ended = (join(canceler), join(changer));
        over.store(true, Ordering::SeqCst);
        dispatcher.join().expect("the dispatcher does not panic");
        (
            ended.0.expect("nobody panics"),
            ended.1.expect("nobody panics"),
        )
    });
    let cx = set.fixture.context(home);
    act(subject, &cx, |unit, cx| dispatch_due(unit, [1; 16], cx.now)).expect("the rest");
    let said = subject.messages(&set.room);
    let told: BTreeSet<MessageId> = said.iter().map(|one| one.id).collect();
    assert_eq!(told.len(), said.len(), "nothing is sent twice");
    let all: BTreeSet<MessageId> = ids.iter().copied().collect();
    assert_eq!(&told | &canceled, all);
    assert!(told.is_disjoint(&canceled));
    for one in &said {
        let expected = if changed.contains(&one.id) {
            "changed"
        } else {
            "later"
        };
        assert_eq!(one.text.as_str(), expected);
    }
}

pub(super) fn watermarks_of_many_go_forward_while_others_send(subject: &mut Subject) {
    let set = Setting::new(subject);
    let home = workspace(&set, subject);
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let one = set.fixture.participant_with(set.here, |state| {
                state.kind = ParticipantKind::Agent;
            });
            subject.put(&one);
            subject.put(&set.fixture.member(&set.room, &one));
            one.id
        })
        .collect();
    let (subject, set, home) = (&*subject, &set, &home);
    let of = set.room.id;
    thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..30 {
                let cmd = SendMessage::text(of, set.ann.id, text("hello"));
                send(subject, set.fixture.context(home), cmd).expect("sent");
            }
        });
        for reader in &readers {
            scope.spawn(move || {
                let mut last = 0;
                for turn in 0..30 {
                    let room = subject.conversation(&set.room).expect("it exists");
                    let (reader, seq) = (*reader, room.last_seq);
                    let kind = if turn % 2 == 0 {
                        ReceiptKind::Read
                    } else {
                        ReceiptKind::Delivered
                    };
                    let cx = set.fixture.context(home);
                    let (_, now) = act(subject, &cx, move |unit, cx| {
                        mark(unit, cx, of, reader, kind, seq)
                    })
                    .expect("marked");
                    let member = now.member;
                    assert!(member.delivered_seq >= seq && member.delivered_seq.get() >= last);
                    assert!(member.delivered_seq >= member.read_seq);
                    last = member.delivered_seq.get();
                }
            });
        }
    });
    let newest = Seq::new(30);
    for reader in readers.iter().copied() {
        let cx = set.fixture.context(home);
        let marked = act(subject, &cx, move |unit, cx| {
            mark(unit, cx, of, reader, ReceiptKind::Read, newest)
        });
        let member = marked.expect("marked").1.member;
        assert_eq!((member.read_seq, member.read_public), (newest, 30));
    }
    let room = subject.conversation(&set.room).expect("it exists");
    assert_eq!((room.last_seq, room.marked_seq), (newest, newest));
    assert_eq!((room.public_seq, room.public_count), (newest, 30));
    let here = set.here;
    let leading = subject.read(move |snapshot| {
        let port = snapshot.receipts();
        port.leading_marks(here, of, newest, 9)
    });
    assert!(!leading.is_empty(), "who comes first leads");
}

pub(super) fn saving_a_message_loses_no_answer_that_was_counted_meanwhile(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 1).remove(0);
    let old = said.clone();
    let (here, room) = (set.here, set.room.id);
    let count = causerie_core::port::ReplyCount {
        message: said.id,
        replies: 2,
        public: 1,
    };
    subject.write(move |unit| {
        unit.conversations_mut().lock_many(here, &[room])?;
        unit.messages_mut().count_replies(here, &[count])
    });
    // Who holds an older state stores none of the counts in it.
    let mut edited = old.clone();
    let change: MessageChange = saying("edited");
    let earlier = edited.edit(&change, set.fixture.tick());
    subject.write(move |unit| {
        unit.messages_mut().save(&old)?;
        unit.messages_mut().revise(&edited, &earlier)
    });
    let found = subject.message(&said).expect("it exists");
    let counted = Message::restore(MessageState {
        reply_count: 2,
        public_reply_count: 1,
        ..(*found).clone()
    });
    assert_eq!(found, counted);
}
