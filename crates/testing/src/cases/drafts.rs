//! Everything a message can carry in the port `Messages`: each member set and not set, and what saving a
//! message stores of it.
//!
//! The order of messages is in `places`, lists of a workspace in `filters`.

use causerie_core::delivery::{Delivery, DeliveryStatus, Failure, FailureStage};
use causerie_core::media::Attachments;
use causerie_core::page::Order;
use causerie_core::port::{MessageFilter, Milestone};
use causerie_core::reaction::Tallies;
use causerie_core::tag::Tags;
use causerie_core::text::Text;
use causerie_core::{
    ContentType, DeleteMode, Direction, Message, MessageState, Seq, Sight, Visibility,
};

use super::setting::{Setting, at, range};
use super::text::DIFFICULT;
use crate::fixture::{attachments, content, metadata, reference, tags, text};
use crate::subject::Subject;

/// A failure with everything said that can be.
pub(super) fn failure() -> Failure {
    Failure {
        stage: FailureStage::Deliver,
        reason: "no “route”, '\\' 👋🏽".to_owned(),
        detail: Some("line\nline\t\"x\"".to_owned()),
    }
}

/// Sets every optional member of a message.
fn fill(set: &Setting, state: &mut MessageState) {
    let draft = set.fixture.draft(Some(set.unknown()));
    state.kind = draft.kind;
    state.direction = Direction::Internal;
    state.visibility = Visibility::Private;
    state.public_count = 41;
    state.text = draft.text;
    state.content_type = draft.content_type;
    state.content = draft.content;
    state.attachments = draft.attachments;
    state.reply_to = draft.reply_to;
    state.metadata = draft.metadata;
    state.tags = draft.tags;
    state.reference = draft.reference;
    state.source_id = draft.source_id;
    state.echo_id = draft.echo_id;
    state.template = draft.template;
    state.delivery = Delivery {
        status: DeliveryStatus::Failed,
        failure: Some(failure()),
        at: at(-7),
    };
    state.reply_count = 2_147_483_647;
    state.public_reply_count = 3;
    state.reactions = Tallies::from_stored("2 👍🏽 1 wow 4294967295 it's,\"x\"").expect("tallies");
    state.revision_count = 5;
    state.edited_at = Some(at(8));
    state.deleted_at = Some(at(9));
    state.delete_mode = Some(DeleteMode::Redact);
}

/// Each takes one optional member away again.
const TAKE: &[fn(&mut MessageState)] = &[
    |_| {},
    |state| state.text = Text::empty(),
    |state| {
        state.content_type = ContentType::Text;
        state.content = None;
    },
    |state| state.attachments = Attachments::default(),
    |state| state.reply_to = None,
    |state| state.metadata = metadata("{}"),
    |state| state.tags = Tags::default(),
    |state| state.reference = None,
    |state| state.source_id = None,
    |state| state.echo_id = None,
    |state| state.template = None,
    |state| state.delivery = Delivery::begin(DeliveryStatus::Skipped, at(i64::MIN)),
    |state| {
        if let Some(failure) = &mut state.delivery.failure {
            failure.detail = None;
        }
    },
    |state| (state.reply_count, state.public_reply_count) = (0, 0),
    |state| state.reactions = Tallies::default(),
    |state| state.edited_at = None,
    |state| (state.deleted_at, state.delete_mode) = (None, None),
    |state| state.visibility = Visibility::Public,
    |state| state.public_count = 0,
];

/// A message for each way to leave one member out, and for each to leave out all but one.
fn variants(set: &Setting) -> Vec<Message> {
    let mut made = Vec::new();
    for take in TAKE {
        let seq = u64::try_from(made.len()).expect("few") + 1;
        made.push(set.fixture.message_with(&set.room, &set.ann, seq, |state| {
            fill(set, state);
            take(state);
        }));
    }
    for keep in 1..TAKE.len() {
        let seq = u64::try_from(made.len()).expect("few") + 1;
        made.push(set.fixture.message_with(&set.room, &set.ann, seq, |state| {
            fill(set, state);
            for (_, take) in TAKE.iter().enumerate().filter(|(at, _)| *at != keep) {
                take(state);
            }
        }));
    }
    made
}

pub(super) fn every_member_of_a_message_is_kept_set_and_not_set(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = variants(&set);
    subject.put_all(&made);
    assert_eq!(subject.messages(&set.room), made);
    let (here, room) = (set.here, set.room.id);
    for one in &made {
        let (id, seq) = (one.id, one.seq);
        let (found, many, placed, locked) = subject.write(move |unit| {
            let port = unit.messages_mut();
            Ok((
                port.find(here, room, id)?,
                port.find_many(here, &[id])?.pop(),
                port.find_at(here, &[(room, seq)])?.pop(),
                port.lock(here, room, id)?,
            ))
        });
        for found in [found, many, placed, locked] {
            assert_eq!(found.as_ref(), Some(one));
        }
    }
    let everything = MessageFilter::everything();
    let mut all = subject.read(move |snapshot| {
        snapshot
            .messages()
            .page_of_all(here, &everything, Order::Descending, None, 100, 100)
    });
    all.items.reverse();
    assert_eq!(all.items, made);
}

pub(super) fn every_word_of_every_list_is_kept(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made: Vec<Message> = Vec::new();
    let mut add = |with: &dyn Fn(&mut MessageState)| {
        let seq = u64::try_from(made.len()).expect("few") + 1;
        made.push(set.fixture.message_with(&set.room, &set.ann, seq, with));
    };
    for direction in Direction::ALL {
        add(&|state| state.direction = *direction);
    }
    for content_type in ContentType::ALL {
        add(&|state| {
            state.content_type = *content_type;
            state.content = Some(content("{}"));
        });
    }
    for status in DeliveryStatus::ALL {
        add(&|state| state.delivery.status = *status);
    }
    for stage in FailureStage::ALL {
        add(&|state| {
            state.delivery.failure = Some(Failure {
                stage: *stage,
                ..failure()
            });
        });
    }
    for mode in DeleteMode::ALL {
        add(&|state| state.delete_mode = Some(*mode));
    }
    subject.put_all(&made);
    assert_eq!(subject.messages(&set.room), made);
}

pub(super) fn what_a_message_carries_is_kept_to_the_byte(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made = Vec::new();
    for (seq, wanted) in (1..).zip(DIFFICULT) {
        made.push(set.fixture.message_with(&set.room, &set.ann, seq, |state| {
            state.content = Some(content(&format!(" {{\"x\": {wanted} }}\n\t")));
            state.source_id = Some(reference(wanted));
            state.echo_id = Some(reference(wanted));
            state.delivery.failure = Some(Failure {
                stage: FailureStage::Send,
                reason: (*wanted).to_owned(),
                detail: Some((*wanted).to_owned()),
            });
            let mut used = set.fixture.draft(None).template.expect("a template");
            let own = ((*wanted).to_owned(), (*wanted).to_owned());
            used.parameters = [own].into();
            state.template = Some(used);
        }));
    }
    let large = format!(r#"{{"x":"{}"}}"#, "𝄞".repeat(16_000));
    made.push(set.fixture.message_with(&set.room, &set.ann, 100, |state| {
        state.content = Some(content(&large));
        state.tags = tags(&["zz", "a", "10", "-", "_", "a b"]);
    }));
    subject.put_all(&made);
    assert_eq!(subject.messages(&set.room), made);
}

/// Three public messages and three notes in turn, the first of them public.
fn mixed(set: &Setting, subject: &Subject) -> Vec<Message> {
    let made: Vec<Message> = (1..=6)
        .map(|seq| {
            set.fixture.message_with(&set.room, &set.ann, seq, |state| {
                state.public_count = seq.div_ceil(2);
                if seq % 2 == 0 {
                    state.visibility = Visibility::Private;
                }
            })
        })
        .collect();
    subject.put_all(&made);
    made
}

pub(super) fn a_page_holds_what_is_covered_up_to_its_limit(subject: &mut Subject) {
    let set = Setting::new(subject);
    mixed(&set, subject);
    let (here, room) = (set.here, set.room.id);
    let page = |sight, order, above, below, limit| -> Vec<u64> {
        let range = range(above, below);
        let found = subject.read(move |snapshot| {
            snapshot
                .messages()
                .page(here, room, range, sight, order, limit)
        });
        found.iter().map(|one| one.seq.get()).collect()
    };
    let (asc, desc) = (Order::Ascending, Order::Descending);
    assert_eq!(page(Sight::Public, asc, 0, None, 9), [1, 3, 5]);
    assert_eq!(page(Sight::Public, desc, 0, None, 9), [5, 3, 1]);
    assert_eq!(page(Sight::Public, asc, 0, None, 2), [1, 3]);
    assert_eq!(page(Sight::Public, desc, 1, None, 2), [5, 3]);
    assert_eq!(page(Sight::Public, asc, 1, Some(5), 9), [3]);
    assert_eq!(page(Sight::Public, desc, 1, Some(3), 9), [0; 0]);
    assert_eq!(page(Sight::Everything, desc, 0, None, 3), [6, 5, 4]);
}

pub(super) fn a_milestone_tells_who_it_is_for_and_how_many_were_public(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = mixed(&set, subject);
    let (here, room) = (set.here, set.room.id);
    for one in &made {
        let from = one.seq;
        let found = subject.read(move |snapshot| snapshot.messages().first_from(here, room, from));
        let expected = Milestone {
            seq: one.seq,
            at: one.created_at,
            visibility: one.visibility,
            public_count: one.public_count,
        };
        assert_eq!(found, Some(expected));
    }
}

pub(super) fn saving_a_message_stores_its_delivery_reactions_and_files_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 2);
    let delivery = Delivery {
        status: DeliveryStatus::Failed,
        failure: Some(failure()),
        at: at(77),
    };
    let reactions = Tallies::from_stored("3 👍 1 no").expect("tallies");
    let expected = Message::restore(MessageState {
        delivery: delivery.clone(),
        reactions: reactions.clone(),
        attachments: attachments(&[set.unknown()]),
        ..(*said[0]).clone()
    });
    let forged = Message::restore(MessageState {
        text: text("forged"),
        metadata: metadata(r#"{"forged":1}"#),
        tags: tags(&["forged"]),
        reply_count: 9,
        revision_count: 9,
        edited_at: Some(at(9)),
        deleted_at: Some(at(9)),
        delete_mode: Some(DeleteMode::Soft),
        direction: Direction::Internal,
        visibility: Visibility::Private,
        ..(*expected).clone()
    });
    let (here, room, id) = (set.here, set.room.id, said[0].id);
    subject.write(move |unit| {
        unit.messages_mut().lock(here, room, id)?;
        unit.messages_mut().save(&forged)
    });
    assert_eq!(subject.messages(&set.room), [expected, said[1].clone()]);
    let back = said[0].clone();
    subject.write(move |unit| unit.messages_mut().save(&back));
    assert_eq!(subject.messages(&set.room), said);
}

pub(super) fn saving_a_message_under_another_workspace_changes_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 1).remove(0);
    let forged = Message::restore(MessageState {
        workspace: set.elsewhere,
        delivery: Delivery::begin(DeliveryStatus::Skipped, at(3)),
        ..(*said).clone()
    });
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.messages_mut().save(&forged)?));
    drop(pending.wait());
    assert_eq!(subject.message(&said), Some(said));
}

pub(super) fn an_edit_keeps_what_the_content_was(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut message = set.fixture.message_with(&set.room, &set.ann, 1, |state| {
        fill(&set, state);
        (state.deleted_at, state.delete_mode) = (None, None);
        state.revision_count = 0;
    });
    subject.put(&message);
    let contents = [
        Some((ContentType::Form, content(r#"{"n":1e400,"a":"👋🏽"}"#))),
        None,
        Some((ContentType::Text, content("{}"))),
    ];
    let mut expected = Vec::new();
    for (round, new) in (1..).zip(contents) {
        let change = causerie_core::MessageChange {
            content: Some(new),
            ..super::setting::saying(&format!("round {round}"))
        };
        let earlier = message.edit(&change, at(round));
        expected.push(earlier.clone());
        let now = message.clone();
        subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
        assert_eq!(subject.message(&message).as_ref(), Some(&message));
    }
    let (here, id) = (set.here, message.id);
    let kept = subject.read(move |snapshot| snapshot.messages().revisions(here, id));
    assert_eq!(kept, expected);
    assert_eq!(message.seq, Seq::new(1));
}
