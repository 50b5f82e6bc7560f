//! Lists of a participant's conversations in the port `Conversations`.
//!
//! Their filters are tested beside those of the whole workspace, in `conversations`.

use causerie_core::page::Activity;
use causerie_core::port::ConversationFilter;
use causerie_core::{Conversation, Member, Participant, Seq};

use super::conversations::by_activity;
use super::setting::{Setting, at};
use crate::fixture::display_name;
use crate::subject::Subject;

fn page(
    subject: &Subject,
    of: &Participant,
    after: Option<&Conversation>,
    limit: usize,
) -> Vec<(Conversation, Member)> {
    let before = after.map(|one| Activity {
        at: one.activity_at(),
        id: one.id,
    });
    let (workspace, id) = (of.workspace, of.id);
    let filter = ConversationFilter::default();
    subject.read(move |snapshot| {
        snapshot
            .conversations()
            .page_of(workspace, id, &filter, before, limit)
    })
}

pub(super) fn a_participants_conversations_come_with_the_membership(subject: &mut Subject) {
    let set = Setting::new(subject);
    let second = set.fixture.conversation(set.here);
    subject.put(&second);
    let bobs = set.fixture.member_with(&second, &set.bob, |state| {
        state.display_name = Some(display_name("Bobby"));
        state.read_seq = Seq::new(3);
        state.read_at = Some(at(33));
        state.muted_at = Some(at(34));
    });
    subject.put(&bobs);
    assert_eq!(
        page(subject, &set.bob, None, 9),
        [(second, bobs), (set.room.clone(), set.bob_in)]
    );
    assert_eq!(page(subject, &set.ann, None, 9), [(set.room, set.ann_in)]);
    assert_eq!(page(subject, &set.eve, None, 9), [(set.lobby, set.eve_in)]);
}

pub(super) fn whoever_left_sees_the_conversation_no_more_until_they_return(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut member = set.ann_in.clone();
    member.leave(set.fixture.tick());
    let left = member.clone();
    subject.write(move |unit| unit.members_mut().save(&left));
    assert_eq!(page(subject, &set.ann, None, 9), []);
    assert_eq!(page(subject, &set.bob, None, 9).len(), 1);
    let back = set.ann_in.clone();
    subject.write(move |unit| unit.members_mut().save(&back));
    assert_eq!(page(subject, &set.ann, None, 9), [(set.room, set.ann_in)]);
}

pub(super) fn walking_by_activity_visits_each_once_also_among_ties(subject: &mut Subject) {
    let set = Setting::new(subject);
    let cleo = set.fixture.participant(set.here, "Cleo");
    subject.put(&cleo);
    let made = by_activity(&set, subject);
    let members: Vec<Member> = made
        .iter()
        .map(|one| set.fixture.member(one, &cleo))
        .collect();
    subject.put_all(&members);
    for limit in [1, 2, 3, 100] {
        let mut walked = Vec::new();
        loop {
            let next = page(subject, &cleo, walked.last(), limit);
            assert!(next.len() <= limit);
            if next.is_empty() {
                break;
            }
            walked.extend(next.into_iter().map(|(one, _)| one));
            assert!(walked.len() <= made.len(), "some were visited twice");
        }
        assert_eq!(walked, made);
    }
}
