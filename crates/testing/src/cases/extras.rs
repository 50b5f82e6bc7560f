//! The port `Extras`: what surfaces keep with things.
//!
//! Who may keep something with what is decided in core.

use std::collections::BTreeMap;

use causerie_core::{Bearer, Extra, ParticipantId, WorkspaceId};

use super::filters::delete;
use super::setting::{Setting, at, shuffled};
use crate::subject::Subject;

fn extra(surface: &str, object: &str) -> Extra {
    Extra::from_stored(surface, object)
}

/// What two surfaces keep with things of every sort.
fn kept(set: &Setting, subject: &Subject) -> Vec<(Bearer, Extra)> {
    let said = set.say(subject, 1).remove(0);
    let bearers = [
        Bearer::Message(said.id),
        Bearer::Conversation(set.room.id),
        Bearer::Participant(set.ann.id),
        Bearer::Member(set.room.id, set.ann.id),
        Bearer::Channel(set.unknown()),
    ];
    let both = |bearer: Bearer| {
        let object = r#"{"b": 1.50, "a": ["ä\u0000", 12345678901234567890]}"#;
        [
            (bearer, extra("bird", object)),
            (bearer, extra("doto", "{}")),
        ]
    };
    bearers.into_iter().flat_map(both).collect()
}

fn put(subject: &Subject, workspace: WorkspaceId, extras: &[(Bearer, Extra)]) {
    let extras = extras.to_vec();
    subject.write(move |unit| unit.extras_mut().put(workspace, &extras));
}

fn erase(subject: &Subject, workspace: WorkspaceId, of: &[Bearer]) {
    let of = of.to_vec();
    subject.write(move |unit| unit.extras_mut().erase(workspace, &of));
}

fn find(
    subject: &Subject,
    workspace: WorkspaceId,
    surface: &'static str,
    of: &[Bearer],
) -> BTreeMap<Bearer, Extra> {
    let of = of.to_vec();
    let found = subject.read(move |snapshot| {
        let found = snapshot.extras().find_many(workspace, surface, &of)?;
        Ok((found.len(), found.into_iter().collect::<BTreeMap<_, _>>()))
    });
    assert_eq!(found.0, found.1.len(), "each thing once");
    found.1
}

fn of_surface(kept: &[(Bearer, Extra)], surface: &str) -> BTreeMap<Bearer, Extra> {
    let own = kept.iter().filter(|(_, one)| one.surface() == surface);
    own.cloned().collect()
}

fn bearers(kept: &[(Bearer, Extra)]) -> Vec<Bearer> {
    kept.iter().map(|(bearer, _)| *bearer).collect()
}

pub(super) fn what_a_surface_keeps_is_found_as_it_was_put(subject: &mut Subject) {
    let set = Setting::new(subject);
    let kept = kept(&set, subject);
    put(subject, set.here, &shuffled(&kept));
    let mut all = bearers(&kept);
    all.push(Bearer::Message(set.unknown()));
    all.push(Bearer::Member(set.room.id, set.bob.id));
    for surface in ["bird", "doto"] {
        let expected = of_surface(&kept, surface);
        assert_eq!(find(subject, set.here, surface, &all), expected);
    }
    let none = BTreeMap::new();
    assert_eq!(find(subject, set.here, "staffchat", &all), none);
    assert_eq!(find(subject, set.here, "bird", &[]), none);
    assert_eq!(find(subject, set.elsewhere, "bird", &all), none);
}

pub(super) fn what_a_surface_keeps_is_replaced_by_itself_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut kept = kept(&set, subject);
    put(subject, set.here, &kept);
    put(subject, set.here, &[]);
    kept[0].1 = extra("bird", r#"{"later":true}"#);
    put(subject, set.here, &kept[..1]);
    put(subject, set.elsewhere, &[(kept[0].0, extra("bird", "{}"))]);
    for surface in ["bird", "doto"] {
        let expected = of_surface(&kept, surface);
        let found = find(subject, set.here, surface, &bearers(&kept));
        assert_eq!(found, expected);
    }
}

pub(super) fn what_surfaces_keep_is_handed_down_where_they_keep_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let [gone, into] = [set.ann.id, set.bob.id].map(Bearer::Participant);
    let member = Bearer::Member(set.room.id, set.ann.id);
    let kept = [
        (gone, extra("bird", r#"{"of":"gone"}"#)),
        (gone, extra("doto", r#"{"of":"gone"}"#)),
        (into, extra("doto", r#"{"of":"into"}"#)),
        (member, extra("bird", "{}")),
    ];
    put(subject, set.here, &kept);
    put(subject, set.elsewhere, &kept[..1]);
    let here = set.here;
    subject.write(move |unit| unit.extras_mut().hand_down(here, gone, into));
    let all = [gone, into, member];
    let bird = find(subject, here, "bird", &all);
    let expected = [(into, kept[0].1.clone()), kept[3].clone()];
    assert_eq!(bird, BTreeMap::from(expected));
    let doto = find(subject, here, "doto", &all);
    assert_eq!(doto, BTreeMap::from([kept[2].clone()]));
    let other = find(subject, set.elsewhere, "bird", &all);
    assert_eq!(other, BTreeMap::from([kept[0].clone()]));
}

pub(super) fn what_all_surfaces_keep_is_erased_with_these_things_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let kept = kept(&set, subject);
    put(subject, set.here, &kept);
    erase(subject, set.elsewhere, &bearers(&kept));
    erase(subject, set.here, &[]);
    erase(subject, set.here, &[kept[0].0, kept[2].0, set_aside(&set)]);
    for surface in ["bird", "doto"] {
        let expected = of_surface(&kept[4..], surface);
        let found = find(subject, set.here, surface, &bearers(&kept));
        assert_eq!(found, expected);
    }
}

/// Something with which nothing is kept.
fn set_aside(set: &Setting) -> Bearer {
    Bearer::Participant(set.unknown())
}

pub(super) fn what_is_kept_in_an_erased_conversation_goes_with_it(subject: &mut Subject) {
    let set = Setting::new(subject);
    let kept = kept(&set, subject);
    let (edges, other) = ([[0; 16], [0xFF; 16]], set.fixture.conversation(set.here));
    let edges = edges.map(|id| Bearer::Member(set.room.id, ParticipantId::from_bytes(id)));
    let neighbour = Bearer::Member(other.id, set.ann.id);
    let more = [edges[0], edges[1], neighbour].map(|one| (one, extra("bird", "{}")));
    subject.put(&other);
    put(subject, set.here, &kept);
    put(subject, set.here, &more);
    delete(&set, subject, &set.room);
    while subject.write(|unit| unit.conversations_mut().erase_deleted(at(1), 1)) > 0 {}
    let left = [kept[4].clone(), kept[8].clone(), more[2].clone()];
    let all = [bearers(&kept), bearers(&more)].concat();
    let found = find(subject, set.here, "bird", &all);
    assert_eq!(found, of_surface(&left, "bird"));
}

pub(super) fn hundreds_are_put_found_and_erased_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let kept: Vec<(Bearer, Extra)> = (0..700)
        .map(|number| {
            let object = format!("{{\"number\":{number}}}");
            let bearer = Bearer::Message(set.unknown());
            (bearer, extra("protocol", &object))
        })
        .collect();
    put(subject, set.here, &shuffled(&kept));
    let expected = of_surface(&kept, "protocol");
    let found = find(subject, set.here, "protocol", &bearers(&kept));
    assert_eq!(found, expected);
    erase(subject, set.here, &bearers(&kept[..600]));
    let found = find(subject, set.here, "protocol", &bearers(&kept));
    assert_eq!(found, of_surface(&kept[600..], "protocol"));
}
