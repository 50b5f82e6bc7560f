//! Answers in the port `Messages`: their lists and their counts.
//!
//! Who may answer what is decided in core; what a purge does to answers is in `purge`.

use causerie_core::port::ReplyCount;
use causerie_core::{DeleteMode, Message, MessageId, MessageState, Seq, Sight, Visibility};

use super::setting::{Setting, at, shuffled};
use crate::subject::Subject;

/// A question, and answers to it at the places 3 to 8, every other one private.
fn answered(set: &Setting, subject: &Subject) -> (Message, Vec<Message>) {
    let said = set.fixture.messages(&set.room, &set.ann, 1, 2);
    let answers: Vec<Message> = (3..=8)
        .map(|seq| {
            set.fixture.message_with(&set.room, &set.bob, seq, |state| {
                state.reply_to = Some(said[0].id);
                if seq % 2 == 0 {
                    state.visibility = Visibility::Private;
                }
            })
        })
        .collect();
    let other = set.fixture.message_with(&set.room, &set.bob, 9, |state| {
        state.reply_to = Some(said[1].id);
    });
    subject.put_all(&said);
    subject.put_all(&shuffled(&answers));
    subject.put(&other);
    (said[0].clone(), answers)
}

pub(super) fn answers_are_listed_oldest_first_above_a_place(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (question, answers) = answered(&set, subject);
    let (here, id) = (set.here, question.id);
    let page = |above: u64, sight, limit| {
        let above = Seq::new(above);
        subject.read(move |snapshot| {
            snapshot
                .messages()
                .page_of_replies(here, id, above, sight, limit)
        })
    };
    assert_eq!(page(0, Sight::Everything, 100), answers);
    assert_eq!(page(0, Sight::Everything, 2), answers[..2]);
    assert_eq!(page(4, Sight::Everything, 3), answers[2..5]);
    assert_eq!(page(8, Sight::Everything, 3), []);
    let public: Vec<Message> = answers.iter().step_by(2).cloned().collect();
    assert_eq!(page(0, Sight::Public, 100), public);
    assert_eq!(page(0, Sight::Public, 2), public[..2]);
    assert_eq!(page(3, Sight::Public, 1), public[1..2]);
}

pub(super) fn answers_keep_their_place_when_they_are_deleted(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (question, mut answers) = answered(&set, subject);
    let earlier = answers[2].delete(DeleteMode::Soft, at(9));
    let now = answers[2].clone();
    subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
    let (here, id) = (set.here, question.id);
    let found = subject.read(move |snapshot| {
        let port = snapshot.messages();
        port.page_of_replies(here, id, Seq::ZERO, Sight::Everything, 9)
    });
    assert_eq!(found, answers);
}

pub(super) fn another_workspaces_answers_are_not_listed_nor_counted(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (question, _) = answered(&set, subject);
    let (elsewhere, id) = (set.elsewhere, question.id);
    let found = subject.read(move |snapshot| {
        let port = snapshot.messages();
        port.page_of_replies(elsewhere, id, Seq::ZERO, Sight::Everything, 9)
    });
    assert_eq!(found, []);
    let more = count(id, 1, 1);
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.messages_mut().count_replies(elsewhere, &[more])?));
    drop(pending.wait());
    assert_eq!(subject.message(&question), Some(question));
}

fn count(message: MessageId, replies: i32, public: i32) -> ReplyCount {
    ReplyCount {
        message,
        replies,
        public,
    }
}

pub(super) fn answers_are_counted_up_and_down_for_many_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 3);
    let (here, room) = (set.here, set.room.id);
    let step = |counts: Vec<ReplyCount>| {
        subject.write(move |unit| {
            unit.conversations_mut().lock_many(here, &[room])?;
            unit.messages_mut().count_replies(here, &counts)
        });
    };
    step(vec![]);
    let unknown = set.unknown();
    step(vec![
        count(said[2].id, 5, 2),
        count(unknown, 1, 1),
        count(said[0].id, 1, 0),
    ]);
    step(vec![count(said[0].id, 2, 2), count(said[2].id, -3, -1)]);
    let counted = |of: &Message, replies, public| {
        Message::restore(MessageState {
            reply_count: replies,
            public_reply_count: public,
            ..(**of).clone()
        })
    };
    let expected = [
        counted(&said[0], 3, 2),
        said[1].clone(),
        counted(&said[2], 2, 1),
    ];
    assert_eq!(subject.messages(&set.room), expected);
}
