//! The port `Reactions`.
//!
//! Who may react, and the counts on messages, are matters of core.

use causerie_core::Message;
use causerie_core::reaction::{Reaction, ReactionName};

use super::setting::{Setting, sorted};
use crate::subject::Subject;

/// Reactions to the first of two messages, oldest first; Bob's names differ by little.
fn made(set: &Setting, subject: &Subject) -> (Vec<Message>, Vec<Reaction>) {
    let said = set.say(subject, 2);
    let of = &said[0];
    let mut made: Vec<Reaction> = ["👍", "👍🏽", "wow", "Wow", "it's", "\"", "e\u{301}", "\u{e9}"]
        .iter()
        .map(|name| set.fixture.reaction(of, &set.bob, name))
        .collect();
    made.push(set.fixture.reaction(of, &set.ann, "👍"));
    subject.put_all(&made);
    subject.put(&set.fixture.reaction(&said[1], &set.bob, "👍"));
    (said, made)
}

pub(super) fn a_reaction_is_found_as_it_was_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (said, made) = made(&set, subject);
    let (here, of, other) = (set.here, said[0].id, said[1].id);
    for one in &made {
        let (id, who, name) = (one.id, one.participant, one.name.clone());
        let (found, own, elsewhere) = subject.read(move |snapshot| {
            let port = snapshot.reactions();
            Ok((
                port.find(here, of, id)?,
                port.find_own(here, of, who, &name)?,
                port.find(here, other, id)?,
            ))
        });
        assert_eq!((found.as_ref(), own.as_ref()), (Some(one), Some(one)));
        assert_eq!(elsewhere, None, "it belongs to another message");
    }
    let (ann, unknown) = (set.ann.id, set.unknown());
    let ids = [made[8].id, unknown, made[2].id];
    let (own, nothing, many, none) = subject.read(move |snapshot| {
        let port = snapshot.reactions();
        Ok((
            port.find_own(here, of, ann, &ReactionName::from_stored("wow"))?,
            port.find(here, of, unknown)?,
            port.find_many(here, &ids)?,
            port.find_many(here, &[])?,
        ))
    });
    assert_eq!((own, nothing, none), (None, None, vec![]));
    let expected = [made[2].clone(), made[8].clone()];
    assert_eq!(sorted(many, |one| one.id), expected);
}

pub(super) fn reactions_are_listed_oldest_first_above_a_place(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (said, made) = made(&set, subject);
    let (here, of) = (set.here, said[0].id);
    let page = |after, limit| {
        subject.read(move |snapshot| snapshot.reactions().page(here, of, after, limit))
    };
    assert_eq!(page(None, 100), made);
    assert_eq!(page(None, 2), made[..2]);
    assert_eq!(page(Some(made[1].id), 3), made[2..5]);
    assert_eq!(page(Some(made[8].id), 3), []);
}

pub(super) fn reactions_are_erased_one_by_one_or_all_of_a_message(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (said, mut made) = made(&set, subject);
    let (here, of, other) = (set.here, said[0].id, said[1].id);
    let all = |of| subject.read(move |snapshot| snapshot.reactions().page(here, of, None, 99));
    let gone = made.remove(1);
    let again = gone.clone();
    subject.write(move |unit| unit.reactions_mut().erase(&gone));
    assert_eq!(all(of), made);
    subject.put(&Reaction {
        id: set.unknown(),
        ..again
    });
    assert_eq!(all(of).len(), 9, "what was taken back may be added again");
    subject.write(move |unit| unit.reactions_mut().erase_all(here, of));
    assert_eq!(all(of), []);
    assert_eq!(all(other).len(), 1);
}

pub(super) fn another_workspaces_reaction_is_found_and_erased_by_no_method(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (said, made) = made(&set, subject);
    let (elsewhere, of, id, bob) = (set.elsewhere, said[0].id, made[0].id, set.bob.id);
    let name = made[0].name.clone();
    let (found, many, own, listed) = subject.write(move |unit| {
        unit.reactions_mut().erase_all(elsewhere, of)?;
        let port = unit.reactions();
        Ok((
            port.find(elsewhere, of, id)?,
            port.find_many(elsewhere, &[id])?,
            port.find_own(elsewhere, of, bob, &name)?,
            port.page(elsewhere, of, None, 9)?,
        ))
    });
    assert_eq!((found, many, own, listed), (None, vec![], None, vec![]));
    let here = set.here;
    let kept = subject.read(move |snapshot| snapshot.reactions().page(here, of, None, 99));
    assert_eq!(kept, made);
}
