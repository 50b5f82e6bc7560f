//! Direct conversations in the port `Conversations`: one for each pair.
//!
//! That they have two members is a rule of core.

use causerie_core::{Conversation, ConversationKind, DirectKey, Participant, WorkspaceId};

use super::setting::Setting;
use crate::subject::Subject;

fn direct(
    set: &Setting,
    workspace: WorkspaceId,
    one: &Participant,
    other: &Participant,
) -> Conversation {
    set.fixture.conversation_with(workspace, |state| {
        state.kind = ConversationKind::Direct;
        state.direct = Some(DirectKey::new(one.id, other.id));
    })
}

fn found(subject: &Subject, workspace: WorkspaceId, pair: DirectKey) -> Option<Conversation> {
    subject.read(move |snapshot| snapshot.conversations().find_direct(workspace, pair))
}

pub(super) fn a_direct_conversation_is_found_by_its_pair_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let cleo = set.fixture.participant(set.here, "Cleo");
    subject.put(&cleo);
    let made = direct(&set, set.here, &set.ann, &set.bob);
    let other = direct(&set, set.here, &cleo, &set.bob);
    subject.put_all(&[made.clone(), other.clone()]);
    let pair = |one: &Participant, other: &Participant| DirectKey::new(one.id, other.id);
    assert_eq!(
        found(subject, set.here, pair(&set.bob, &set.ann)),
        Some(made)
    );
    assert_eq!(found(subject, set.here, pair(&set.bob, &cleo)), Some(other));
    assert_eq!(found(subject, set.here, pair(&set.ann, &cleo)), None);
    assert_eq!(
        found(subject, set.elsewhere, pair(&set.ann, &set.bob)),
        None
    );
}

pub(super) fn a_pair_has_one_direct_conversation(subject: &mut Subject) {
    let set = Setting::new(subject);
    let first = direct(&set, set.here, &set.ann, &set.bob);
    let second = direct(&set, set.here, &set.bob, &set.ann);
    subject.put(&first);
    let late = second.clone();
    subject.contended(move |unit| unit.conversations_mut().add(&late));
    assert_eq!(subject.conversation(&second), None);
    let pair = DirectKey::new(set.ann.id, set.bob.id);
    assert_eq!(found(subject, set.here, pair), Some(first));
}

pub(super) fn a_pair_may_begin_anew_after_a_deletion(subject: &mut Subject) {
    let set = Setting::new(subject);
    let pair = DirectKey::new(set.ann.id, set.bob.id);
    for _ in 0..3 {
        let made = direct(&set, set.here, &set.ann, &set.bob);
        subject.put(&made);
        assert_eq!(found(subject, set.here, pair), Some(made.clone()));
        let mut gone = made;
        gone.delete(set.fixture.tick());
        subject.write(move |unit| unit.conversations_mut().save(&gone));
        assert_eq!(found(subject, set.here, pair), None);
    }
}
