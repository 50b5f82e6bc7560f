//! The port `Receipts`: marks of members and the ways of messages to their recipients.
//!
//! What they say of a message is worked out in core.

use causerie_core::delivery::{Delivery, DeliveryStatus, Recipient};
use causerie_core::outbound::ReceiverRole;
use causerie_core::port::MARKS_AHEAD;
use causerie_core::receipt::{Mark, ReceiptKind};
use causerie_core::{ConversationId, Participant, ParticipantId, Seq};

use super::drafts::failure;
use super::setting::{Setting, at, shuffled, sorted, spread_ids};
use crate::subject::Subject;

use ReceiptKind::{Delivered, Read};

/// Marks of three people in the order of seq, participant and kind; some do not lead.
fn marks(set: &Setting, subject: &Subject) -> (Vec<ParticipantId>, Vec<Mark>) {
    let ids = spread_ids();
    let people: Vec<Participant> = [ids[0], ids[3], ids[5]]
        .map(|id| {
            set.fixture
                .participant_with(set.here, |state| state.id = ParticipantId::from_bytes(id))
        })
        .into();
    subject.put_all(&people);
    let mark = |who: usize, kind, seq, leads| Mark {
        workspace: set.here,
        conversation: set.room.id,
        participant: people[who].id,
        kind,
        seq: Seq::new(seq),
        at: set.fixture.tick(),
        leads,
    };
    let made = vec![
        mark(0, Delivered, 2, true),
        mark(0, Read, 2, true),
        mark(1, Read, 2, false),
        mark(2, Delivered, 2, true),
        mark(1, Delivered, 3, true),
        mark(2, Read, 3, false),
        mark(0, Read, 7, true),
        mark(1, Read, 7, true),
        mark(2, Delivered, 9, false),
        mark(1, Read, u64::MAX, true),
    ];
    let mut stored = made.clone();
    // Another conversation's and another workspace's.
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    stored.push(Mark {
        conversation: other.id,
        ..made[6].clone()
    });
    stored.push(set.fixture.mark(&set.eve_in, Read, 5));
    subject.put_all(&shuffled(&stored));
    (people.iter().map(|one| one.id).collect(), made)
}

pub(super) fn leading_marks_are_read_in_order_from_a_place(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (_, made) = marks(&set, subject);
    let (here, room) = (set.here, set.room.id);
    let leading: Vec<Mark> = made.into_iter().filter(|one| one.leads).collect();
    let page = |from, limit| {
        let from = Seq::new(from);
        subject.read(move |snapshot| snapshot.receipts().leading_marks(here, room, from, limit))
    };
    assert_eq!(page(0, 100), leading);
    assert_eq!(page(2, 2), leading[..2]);
    assert_eq!(page(3, 100), leading[3..]);
    assert_eq!(page(4, 2), leading[4..6]);
    assert_eq!(page(8, 9), leading[6..]);
}

pub(super) fn the_first_mark_of_each_kind_is_found_for_each(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (people, made) = marks(&set, subject);
    let (here, room) = (set.here, set.room.id);
    let first = |from, who: Vec<ParticipantId>| {
        let from = Seq::new(from);
        let found =
            subject.read(move |snapshot| snapshot.receipts().first_marks(here, room, from, &who));
        sorted(found, |one| (one.participant, one.kind))
    };
    let picked = |which: &[usize]| which.iter().map(|at| made[*at].clone()).collect::<Vec<_>>();
    assert_eq!(first(0, people.clone()), picked(&[0, 1, 4, 2, 3, 5]));
    assert_eq!(first(3, people.clone()), picked(&[6, 4, 7, 8, 5]));
    assert_eq!(first(4, people.clone()), picked(&[6, 7, 8]));
    assert_eq!(first(8, people.clone()), picked(&[9, 8]));
    assert_eq!(first(0, vec![people[1], set.unknown()]), picked(&[4, 2]));
    assert_eq!(first(0, vec![]), []);
}

pub(super) fn those_ahead_are_looked_for_among_so_many_marks(subject: &mut Subject) {
    let set = Setting::new(subject);
    let most = u64::try_from(MARKS_AHEAD).expect("a count");
    let step = |of, seq| set.fixture.mark(of, Read, seq);
    let steps: Vec<Mark> = (1..most).map(|seq| step(&set.ann_in, seq)).collect();
    subject.put_all(&steps);
    let far = [step(&set.ann_in, most), step(&set.bob_in, most + 1)];
    subject.put(&far[1]);
    let (here, room, nobody) = (set.here, set.room.id, set.eve.id);
    let ahead = || {
        let from = Seq::new(1);
        subject.read(move |snapshot| snapshot.receipts().ahead(here, room, Read, from, nobody))
    };
    assert_eq!(ahead(), 2, "the last of them is somebody else's");
    subject.put(&far[0]);
    assert_eq!(ahead(), 1, "somebody's steps fill them");
}

pub(super) fn those_ahead_are_counted_up_to_two(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (people, _) = marks(&set, subject);
    let (here, room, nobody) = (set.here, set.room.id, set.unknown());
    let ahead = |kind, from, but| {
        let from = Seq::new(from);
        subject.read(move |snapshot| snapshot.receipts().ahead(here, room, kind, from, but))
    };
    assert_eq!(ahead(Delivered, 0, nobody), 2, "three of them");
    assert_eq!(ahead(Delivered, 2, people[0]), 2);
    assert_eq!(ahead(Read, 2, people[0]), 1, "one of the two leads nobody");
    assert_eq!(ahead(Read, 2, people[2]), 2);
    assert_eq!(ahead(Delivered, 4, people[0]), 1, "a reading is a delivery");
    assert_eq!(ahead(Delivered, 7, nobody), 2);
    assert_eq!(ahead(Read, 8, nobody), 1);
    assert_eq!(ahead(Read, 8, people[1]), 0);
    assert_eq!(ahead(Delivered, 3, people[1]), 1);
}

pub(super) fn another_workspaces_marks_are_found_by_no_method(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (people, _) = marks(&set, subject);
    let (elsewhere, room) = (set.elsewhere, set.room.id);
    let (leading, first, ahead) = subject.read(move |snapshot| {
        let port = snapshot.receipts();
        Ok((
            port.leading_marks(elsewhere, room, Seq::ZERO, 9)?,
            port.first_marks(elsewhere, room, Seq::ZERO, &people)?,
            port.ahead(elsewhere, room, Delivered, Seq::ZERO, set.eve.id)?,
        ))
    });
    assert_eq!((leading, first, ahead), (vec![], vec![], 0));
}

pub(super) fn a_unit_sees_the_marks_that_it_made(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mark = set.fixture.mark(&set.ann_in, Delivered, 4);
    let (here, room, bob): (_, ConversationId, _) = (set.here, set.room.id, set.bob.id);
    let own = mark.clone();
    let (seen, ahead) = subject.write(move |unit| {
        unit.receipts_mut().mark(&own)?;
        let port = unit.receipts();
        Ok((
            port.leading_marks(here, room, Seq::new(4), 9)?,
            port.ahead(here, room, Delivered, Seq::new(4), bob)?,
        ))
    });
    assert_eq!((seen, ahead), (vec![mark], 1));
}

pub(super) fn recipients_are_kept_and_listed_in_the_order_of_their_ids(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 2);
    let made: Vec<Recipient> = spread_ids()
        .into_iter()
        .zip(DeliveryStatus::ALL)
        .map(|(id, status)| {
            let someone = set
                .fixture
                .participant_with(set.here, |state| state.id = ParticipantId::from_bytes(id));
            subject.put(&someone);
            let role = ReceiverRole::ALL[usize::from(id[0]) % 3];
            Recipient {
                role,
                ..set.fixture.recipient(&said[0], &someone, *status)
            }
        })
        .collect();
    subject.put_all(&shuffled(&made));
    let other = set
        .fixture
        .recipient(&said[1], &set.bob, DeliveryStatus::Read);
    subject.put(&other);
    let list =
        |workspace, of| subject.read(move |snapshot| snapshot.receipts().recipients(workspace, of));
    assert_eq!(list(set.here, said[0].id), made);
    assert_eq!(list(set.here, said[1].id), [other]);
    assert_eq!(list(set.here, set.unknown()), []);
    assert_eq!(list(set.elsewhere, said[0].id), []);
}

pub(super) fn what_is_known_of_a_recipient_is_replaced(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 1).remove(0);
    let begun = set
        .fixture
        .recipient(&said, &set.bob, DeliveryStatus::Accepted);
    let bystander = set
        .fixture
        .recipient(&said, &set.ann, DeliveryStatus::Delivered);
    subject.put_all(&[begun.clone(), bystander.clone()]);
    let failed = Recipient {
        delivery: Delivery {
            status: DeliveryStatus::Failed,
            failure: Some(failure()),
            at: at(i64::MAX),
        },
        ..begun.clone()
    };
    let (here, of) = (set.here, said.id);
    for state in [failed, begun] {
        subject.put(&state);
        let found = subject.read(move |snapshot| snapshot.receipts().recipients(here, of));
        assert_eq!(found, [bystander.clone(), state]);
    }
}
