//! The port `Tags`.
//!
//! Finding messages by tag is in `filters`.

use causerie_core::tag::{Tag, TagName};

use super::setting::{Setting, shuffled, sorted};
use crate::fixture::tags;
use crate::subject::Subject;

/// In the order of their bytes, which is that of no dictionary.
const NAMES: &[&str] = &[
    "- -", "-a", "0", "10", "9", "_", "_a", "a", "a b", "a-b", "a0", "a_b", "aa", "b", "zz",
];

fn made(set: &Setting, subject: &Subject) -> Vec<Tag> {
    let made: Vec<Tag> = NAMES
        .iter()
        .map(|name| set.fixture.tag(set.here, name))
        .collect();
    subject.put_all(&shuffled(&made));
    made
}

fn name(name: &str) -> TagName {
    TagName::from_stored(name)
}

pub(super) fn tags_are_found_by_name_and_by_id(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = made(&set, subject);
    let names = [name("zz"), name("unknown"), name("a b"), name("A")];
    let ids = [made[3].id, set.unknown(), made[0].id];
    let here = set.here;
    let (by_name, by_id, none, nothing) = subject.read(move |snapshot| {
        let port = snapshot.tags();
        Ok((
            port.find_many(here, &names)?,
            port.find_ids(here, &ids)?,
            port.find_many(here, &[])?,
            port.find_ids(here, &[])?,
        ))
    });
    let key = |tag: &Tag| tag.name.clone();
    assert_eq!(sorted(by_name, key), [made[8].clone(), made[14].clone()]);
    assert_eq!(sorted(by_id, key), [made[0].clone(), made[3].clone()]);
    assert_eq!((none, nothing), (vec![], vec![]));
}

pub(super) fn tags_are_listed_by_the_bytes_of_their_names(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = made(&set, subject);
    subject.put(&set.fixture.tag(set.elsewhere, "aaa"));
    let here = set.here;
    let page = |after: Option<TagName>, limit| {
        subject.read(move |snapshot| snapshot.tags().page(here, after.as_ref(), limit))
    };
    assert_eq!(page(None, 100), made);
    assert_eq!(page(None, 3), made[..3]);
    for (index, one) in made.iter().enumerate() {
        let end = made.len().min(index + 3);
        assert_eq!(page(Some(one.name.clone()), 2), made[index + 1..end]);
    }
    assert_eq!(page(Some(name("a-")), 1), made[9..10], "between two names");
}

pub(super) fn each_workspace_has_tags_of_its_own(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (mine, theirs) = (
        set.fixture.tag(set.here, "vip"),
        set.fixture.tag(set.elsewhere, "vip"),
    );
    subject.put(&mine);
    subject.put(&theirs);
    let (elsewhere, id) = (set.elsewhere, mine.id);
    let (by_name, by_id, listed) = subject.read(move |snapshot| {
        let port = snapshot.tags();
        Ok((
            port.find_many(elsewhere, &[name("vip")])?,
            port.find_ids(elsewhere, &[id])?,
            port.page(elsewhere, None, 9)?,
        ))
    });
    assert_eq!((by_name, by_id), (vec![theirs.clone()], vec![]));
    assert_eq!(listed, [theirs]);
}

pub(super) fn a_tag_is_added_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let first = set.fixture.tag(set.here, "vip");
    subject.put(&first);
    let again = [
        set.fixture.tag(set.here, "new"),
        set.fixture.tag(set.here, "vip"),
    ];
    subject.contended(move |unit| unit.tags_mut().add(&again));
    let here = set.here;
    let found = subject.read(move |snapshot| snapshot.tags().page(here, None, 9));
    assert_eq!(found, [first]);
}

pub(super) fn messages_may_have_tags_that_nobody_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.fixture.message_with(&set.room, &set.ann, 1, |state| {
        state.tags = tags(&["loose", "b"]);
    });
    subject.put(&made);
    assert_eq!(subject.message(&made), Some(made));
}
