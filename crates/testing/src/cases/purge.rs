//! What redacting and purging take along in the port `Messages`, and what the erasure of a conversation does.
//!
//! That no byte is left in any file is for the adapters to test.

use causerie_core::delivery::{Delivery, DeliveryStatus};
use causerie_core::page::Order;
use causerie_core::port::MessageFilter;
use causerie_core::receipt::ReceiptKind;
use causerie_core::search::SearchQuery;
use causerie_core::tag::TagName;
use causerie_core::{
    ConversationId, DeleteMode, Message, MessageId, MessageState, Seq, Sight, WorkspaceId,
};

use super::drafts::failure;
use super::filters::delete;
use super::setting::{Setting, at, saying};
use crate::fixture::{tags, text};
use crate::subject::Subject;

/// How much there is of a message, each by the method that would show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Traces {
    found: bool,
    revisions: usize,
    tagged: usize,
    words: usize,
    reactions: usize,
    recipients: usize,
    replies: usize,
}

const NOTHING: Traces = Traces {
    found: false,
    revisions: 0,
    tagged: 0,
    words: 0,
    reactions: 0,
    recipients: 0,
    replies: 0,
};

const ALL: Traces = Traces {
    found: true,
    revisions: 2,
    tagged: 1,
    words: 1,
    reactions: 2,
    recipients: 1,
    replies: 2,
};

/// A message with everything that can hang on one, its answers, and where it stands.
fn laden(set: &Setting, subject: &Subject, first: u64) -> (Message, [Message; 2]) {
    let mut message = set
        .fixture
        .message_with(&set.room, &set.ann, first, |state| {
            state.tags = tags(&[&format!("tag {first}"), "common"]);
            state.text = text(&format!("begun{first}"));
        });
    subject.put(&message);
    for round in 1..=2 {
        let change = saying(&format!("unique{first} round{round}"));
        let earlier = message.edit(&change, at(round));
        let now = message.clone();
        subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
    }
    let reactions = [
        set.fixture.reaction(&message, &set.ann, "👍"),
        set.fixture.reaction(&message, &set.bob, "👍"),
    ];
    subject.put_all(&reactions);
    subject.put(
        &set.fixture
            .recipient(&message, &set.bob, DeliveryStatus::Sent),
    );
    let answers = [first + 1, first + 2].map(|seq| {
        set.fixture.message_with(&set.room, &set.bob, seq, |state| {
            state.reply_to = Some(message.id);
        })
    });
    subject.put_all(&answers);
    (message, answers)
}

fn traces(subject: &Subject, of: &Message) -> Traces {
    let (here, room, id, first) = (of.workspace, of.conversation, of.id, of.seq.get());
    let tagged = MessageFilter {
        tag: Some(TagName::from_stored(format!("tag {first}"))),
        ..MessageFilter::everything()
    };
    let query = SearchQuery::parse(&format!("unique{first}")).expect("a query");
    subject.read(move |snapshot| {
        let port = snapshot.messages();
        let everything = MessageFilter::everything();
        let (found, revisions) = (port.find(here, room, id)?, port.revisions(here, id)?);
        let tagged = port
            .page_of_all(here, &tagged, Order::Descending, None, 9, 9)?
            .items;
        let words = port.search(here, &query, &everything, None, 9, 9)?.items;
        let replies = port.page_of_replies(here, id, Seq::ZERO, Sight::Everything, 9)?;
        Ok(Traces {
            found: found.is_some(),
            revisions: revisions.len(),
            tagged: tagged.len(),
            words: words.len(),
            replies: replies.len(),
            reactions: snapshot.reactions().page(here, id, None, 9)?.len(),
            recipients: snapshot.receipts().recipients(here, id)?.len(),
        })
    })
}

fn purge(subject: &Subject, workspace: WorkspaceId, messages: Vec<Message>) -> usize {
    subject.write(move |unit| unit.messages_mut().purge(workspace, &messages))
}

pub(super) fn i11_a_purge_takes_along_all_that_hangs_on_a_message(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (doomed, answers) = laden(&set, subject, 1);
    let (kept, _) = laden(&set, subject, 4);
    assert_eq!(
        (traces(subject, &doomed), traces(subject, &kept)),
        (ALL, ALL)
    );
    assert_eq!(purge(subject, set.here, vec![doomed.clone()]), 1);
    assert_eq!(
        (traces(subject, &doomed), traces(subject, &kept)),
        (NOTHING, ALL)
    );
    for answer in answers {
        let unlinked = Message::restore(MessageState {
            reply_to: None,
            ..(*answer).clone()
        });
        assert_eq!(subject.message(&answer), Some(unlinked), "the rest stays");
    }
    assert_eq!(purge(subject, set.here, vec![doomed.clone()]), 0);
    let again = set.fixture.message_with(&set.room, &set.ann, 100, |state| {
        state.id = doomed.id;
    });
    subject.put(&again);
    let back = Traces {
        found: true,
        ..NOTHING
    };
    assert_eq!(
        traces(subject, &again),
        back,
        "nothing comes back with the id"
    );
}

pub(super) fn a_purge_leaves_a_gap_that_stays(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 5);
    let gone = vec![said[4].clone(), said[1].clone(), said[2].clone()];
    assert_eq!(purge(subject, set.here, gone), 3);
    assert_eq!(
        subject.messages(&set.room),
        [said[0].clone(), said[3].clone()]
    );
    let room = subject.conversation(&set.room).expect("it exists");
    assert_eq!(
        room.last_seq,
        Seq::new(5),
        "what was given is not given again"
    );
    let (here, id) = (set.here, set.room.id);
    let first = subject
        .read(move |snapshot| snapshot.messages().first_from(here, id, Seq::new(2)))
        .expect("a later one");
    assert_eq!((first.seq, first.public_count), (Seq::new(4), 4));
}

pub(super) fn messages_and_their_answers_are_purged_together(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (doomed, answers) = laden(&set, subject, 1);
    let all = vec![answers[0].clone(), doomed.clone(), answers[1].clone()];
    assert_eq!(purge(subject, set.here, all), 3);
    assert_eq!(traces(subject, &doomed), NOTHING);
    assert_eq!(subject.messages(&set.room), []);
    assert_eq!(purge(subject, set.here, vec![]), 0);
}

pub(super) fn hundreds_are_purged_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said: Vec<Message> = (1..=700)
        .map(|seq| {
            set.fixture.message_with(&set.room, &set.ann, seq, |state| {
                state.tags = tags(&["a", "b", "c"]);
            })
        })
        .collect();
    subject.put_all(&said);
    assert_eq!(purge(subject, set.here, said[..690].to_vec()), 690);
    assert_eq!(subject.messages(&set.room), said[690..]);
}

pub(super) fn another_workspace_purges_and_redacts_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (kept, _) = laden(&set, subject, 1);
    let before = subject.messages(&set.room);
    let elsewhere = set.elsewhere;
    let mut forged = (*kept).clone();
    forged.workspace = elsewhere;
    let mut forged = Message::restore(forged);
    for messages in [vec![kept.clone()], vec![forged.clone()]] {
        // Whether that is a fault is up to the adapter.
        let pending = subject
            .store()
            .write(move |unit| Ok(unit.messages_mut().purge(elsewhere, &messages)?));
        drop(pending.wait());
    }
    let _ = forged.delete(DeleteMode::Redact, at(5));
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.messages_mut().redact(&forged)?));
    drop(pending.wait());
    assert_eq!(traces(subject, &kept), ALL);
    assert_eq!(subject.messages(&set.room), before);
}

pub(super) fn i11_redacting_erases_what_was_said_and_keeps_the_place(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (doomed, _) = laden(&set, subject, 1);
    let (kept, _) = laden(&set, subject, 4);
    let mut failed = (*doomed).clone();
    failed.delivery = Delivery {
        status: DeliveryStatus::Failed,
        failure: Some(failure()),
        at: at(3),
    };
    let failed = Message::restore(failed);
    let saved = failed.clone();
    subject.write(move |unit| unit.messages_mut().save(&saved));
    let mut redacted = failed;
    let _ = redacted.delete(DeleteMode::Redact, at(50));
    let (now, here, room) = (redacted.clone(), set.here, set.room.id);
    subject.write(move |unit| {
        unit.messages_mut().lock(here, room, now.id)?;
        unit.messages_mut().redact(&now)
    });
    assert_eq!(subject.message(&redacted), Some(redacted.clone()));
    assert_eq!(redacted.delivery.failure, None, "its reason may quote");
    let left = Traces {
        found: true,
        replies: 2,
        ..NOTHING
    };
    assert_eq!(traces(subject, &redacted), left);
    assert_eq!(traces(subject, &kept), ALL);
}

pub(super) fn i11_a_deleted_conversation_takes_along_all_that_hangs_on_it(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (doomed, _) = laden(&set, subject, 1);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let stays = set.fixture.message_with(&other, &set.ann, 1, |state| {
        state.tags = tags(&["common"]);
    });
    subject.put(&stays);
    let in_other = set.fixture.member(&other, &set.ann);
    subject.put(&in_other);
    let marks = [
        set.fixture.mark(&set.ann_in, ReceiptKind::Read, 1),
        set.fixture.mark(&set.bob_in, ReceiptKind::Delivered, 2),
        set.fixture.mark(&in_other, ReceiptKind::Read, 1),
    ];
    subject.put_all(&marks);
    let waiting = [
        set.fixture.scheduled(&set.room, &set.ann, at(5)),
        set.fixture.scheduled(&other, &set.ann, at(6)),
    ];
    subject.put_all(&waiting);
    delete(&set, subject, &set.room);
    let here = set.here;
    let found = waiting[0].id;
    let waits = |id: MessageId| {
        subject
            .read(move |snapshot| snapshot.schedule().find(here, id))
            .is_some()
    };
    assert!(waits(found), "they are found until they are due or erased");
    let mut steps = 0;
    while subject.write(|unit| unit.conversations_mut().erase_deleted(at(1), 2)) > 0 {
        steps += 1;
        assert!(steps < 50, "erasing comes to an end");
    }
    assert_eq!(traces(subject, &doomed), NOTHING);
    assert!(!waits(found) && waits(waiting[1].id));
    let leading = |of: ConversationId| {
        subject.read(move |snapshot| snapshot.receipts().leading_marks(here, of, Seq::ZERO, 9))
    };
    assert_eq!(leading(set.room.id), []);
    assert_eq!(leading(other.id), marks[2..]);
    let everything = MessageFilter::everything();
    let left = subject.read(move |snapshot| {
        let port = snapshot.messages();
        port.page_of_all(here, &everything, Order::Descending, None, 9, 9)
    });
    assert_eq!(left.items, [stays]);
}
