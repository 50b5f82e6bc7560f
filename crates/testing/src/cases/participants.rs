//! The port `Participants`.
//!
//! Who may create or change one is decided, and tested, in core.

use std::slice;

use causerie_core::port::ParticipantFilter;
use causerie_core::{Participant, ParticipantId, ParticipantKind, ParticipantState};

use super::setting::{Setting, at, shuffled, sorted, spread_ids};
use crate::fixture::{display_name, external_id, metadata};
use crate::subject::Subject;

fn full(set: &Setting) -> Participant {
    set.fixture.participant_with(set.here, |state| {
        state.external_id = Some(external_id("crm-1"));
        state.kind = ParticipantKind::Bot;
        state.display_name = display_name("Robo 🤖");
        state.metadata = metadata(r#"{"b":1, "a":2.50}"#);
        state.archived_at = Some(at(-1));
    })
}

pub(super) fn a_participant_is_found_as_it_was_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = full(&set);
    subject.put(&made);
    let (here, id) = (set.here, made.id);
    assert_eq!(subject.participant(&made), Some(made.clone()));
    assert_eq!(subject.participant(&set.ann), Some(set.ann));
    let (many, external, locked) = subject.write(move |unit| {
        let port = unit.participants_mut();
        Ok((
            port.find_many(here, &[id])?,
            port.find_external(here, &external_id("crm-1"))?,
            port.lock(here, id)?,
        ))
    });
    assert_eq!(many, slice::from_ref(&made));
    assert_eq!((external, locked), (Some(made.clone()), Some(made)));
}

pub(super) fn every_kind_of_participant_is_kept(subject: &mut Subject) {
    let set = Setting::new(subject);
    for kind in ParticipantKind::ALL {
        let made = set
            .fixture
            .participant_with(set.here, |state| state.kind = *kind);
        subject.put(&made);
        assert_eq!(subject.participant(&made), Some(made));
    }
}

pub(super) fn another_workspaces_participant_is_found_by_no_method(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = full(&set);
    subject.put(&made);
    let (elsewhere, id, eve) = (set.elsewhere, made.id, set.eve.clone());
    let filter = ParticipantFilter::default();
    let (found, many, external, locked, listed) = subject.write(move |unit| {
        let port = unit.participants_mut();
        Ok((
            port.find(elsewhere, id)?,
            port.find_many(elsewhere, &[id])?,
            port.find_external(elsewhere, &external_id("crm-1"))?,
            port.lock(elsewhere, id)?,
            port.page(elsewhere, &filter, None, 9)?,
        ))
    });
    assert_eq!((found, many, external, locked), (None, vec![], None, None));
    assert_eq!(listed, [eve]);
}

pub(super) fn those_of_many_that_exist_are_found(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (here, ids) = (
        set.here,
        [set.bob.id, set.unknown(), set.eve.id, set.ann.id],
    );
    let found = subject.read(move |snapshot| snapshot.participants().find_many(here, &ids));
    assert_eq!(sorted(found, |one| one.id), [set.ann, set.bob]);
    let none = subject.read(move |snapshot| snapshot.participants().find_many(here, &[]));
    assert_eq!(none, []);
}

pub(super) fn external_ids_are_compared_byte_by_byte(subject: &mut Subject) {
    let set = Setting::new(subject);
    let alike = [
        "rene",
        "Rene",
        "RENE",
        "ren\u{e9}",
        "rene\u{301}",
        "rene ",
        " rene",
        "re\u{3b7}e",
        "\u{ff52}ene",
        "stra\u{df}e",
        "strasse",
        "1",
        "01",
        "1.0",
        "r%",
        "r_ne",
    ];
    let made: Vec<Participant> = alike
        .iter()
        .map(|id| {
            set.fixture
                .participant_with(set.here, |state| state.external_id = Some(external_id(id)))
        })
        .collect();
    subject.put_all(&made);
    let here = set.here;
    for (id, one) in alike.into_iter().zip(&made) {
        let filter = ParticipantFilter {
            external_id: Some(external_id(id)),
            ..ParticipantFilter::default()
        };
        let (found, listed) = subject.read(move |snapshot| {
            let port = snapshot.participants();
            Ok((
                port.find_external(here, &external_id(id))?,
                port.page(here, &filter, None, 9)?,
            ))
        });
        assert_eq!(found.as_ref(), Some(one), "{id:?}");
        assert_eq!(listed, slice::from_ref(one), "{id:?}");
    }
    let none = subject.read(move |snapshot| {
        snapshot
            .participants()
            .find_external(here, &external_id("rENE"))
    });
    assert_eq!(none, None);
}

pub(super) fn an_external_id_is_taken_once_in_each_workspace(subject: &mut Subject) {
    let set = Setting::new(subject);
    let holder = |workspace| {
        set.fixture.participant_with(workspace, |state| {
            state.external_id = Some(external_id("x"));
        })
    };
    let (first, second, other) = (holder(set.here), holder(set.here), holder(set.elsewhere));
    subject.put(&first);
    subject.put(&other);
    let late = second.clone();
    subject.contended(move |unit| unit.participants_mut().add(&late));
    assert_eq!(subject.participant(&second), None);
    let mut ann = (*set.ann).clone();
    ann.external_id = Some(external_id("x"));
    let ann = Participant::restore(ann);
    subject.contended(move |unit| unit.participants_mut().save(&ann));
    assert_eq!(subject.participant(&set.ann), Some(set.ann));
    let mut freed = (*first).clone();
    freed.external_id = None;
    let freed = Participant::restore(freed);
    subject.write(move |unit| unit.participants_mut().save(&freed));
    subject.put(&second);
    let here = set.here;
    let found = subject.read(move |snapshot| {
        snapshot
            .participants()
            .find_external(here, &external_id("x"))
    });
    assert_eq!(found, Some(second));
    assert_eq!(subject.participant(&other), Some(other));
}

pub(super) fn saving_stores_all_but_id_workspace_and_creation(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = full(&set);
    subject.put(&made);
    let changed = ParticipantState {
        external_id: Some(external_id("crm-2")),
        kind: ParticipantKind::Agent,
        display_name: display_name("Rob"),
        metadata: metadata(r#"{"c":[]}"#),
        archived_at: None,
        updated_at: at(99),
        ..(*made).clone()
    };
    let mut saved = changed.clone();
    saved.created_at = at(1);
    let (saved, expected) = (Participant::restore(saved), Participant::restore(changed));
    subject.write(move |unit| unit.participants_mut().save(&saved));
    assert_eq!(subject.participant(&made), Some(expected));
    assert_eq!(subject.participant(&set.ann), Some(set.ann));
}

pub(super) fn saving_under_another_workspace_changes_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut forged = (*set.ann).clone();
    forged.workspace = set.elsewhere;
    forged.display_name = display_name("Mallory");
    let forged = Participant::restore(forged);
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.participants_mut().save(&forged)?));
    drop(pending.wait());
    assert_eq!(subject.participant(&set.ann), Some(set.ann));
}

pub(super) fn participants_are_listed_newest_first_below_a_place(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (home, full) = (set.fixture.workspace("empty"), spread_ids());
    subject.put(&home);
    let mut made: Vec<Participant> = full
        .into_iter()
        .map(|id| {
            set.fixture
                .participant_with(home.id, |state| state.id = ParticipantId::from_bytes(id))
        })
        .collect();
    subject.put_all(&shuffled(&made));
    made.reverse();
    let page = |before: Option<ParticipantId>, limit| {
        let filter = ParticipantFilter::default();
        let home = home.id;
        subject.read(move |snapshot| snapshot.participants().page(home, &filter, before, limit))
    };
    assert_eq!(page(None, 100), made);
    assert_eq!(page(None, 2), made[..2]);
    assert_eq!(page(Some(made[1].id), 3), made[2..5]);
    assert_eq!(page(Some(made[5].id), 3), []);
}

pub(super) fn a_list_shows_what_passes_every_part_of_its_filter(subject: &mut Subject) {
    let set = Setting::new(subject);
    let home = set.fixture.workspace("filtered");
    subject.put(&home);
    let mut made = Vec::new();
    for kind in ParticipantKind::ALL {
        for archived_at in [None, Some(at(5))] {
            made.push(set.fixture.participant_with(home.id, |state| {
                let word = if archived_at.is_some() { "old" } else { "new" };
                state.kind = *kind;
                state.archived_at = archived_at;
                state.external_id = Some(external_id(&format!("{word} {}", kind.as_str())));
            }));
        }
    }
    subject.put_all(&made);
    made.reverse();
    let kinds = ParticipantKind::ALL.iter().copied().map(Some).chain([None]);
    for kind in kinds {
        for archived in [None, Some(true), Some(false)] {
            for external in [None, Some(external_id("old bot"))] {
                let filter = ParticipantFilter {
                    kind,
                    archived,
                    external_id: external,
                    ..ParticipantFilter::default()
                };
                let passes = |one: &&Participant| {
                    filter.kind.is_none_or(|kind| kind == one.kind)
                        && filter
                            .archived
                            .is_none_or(|wanted| wanted == one.archived_at.is_some())
                        && (filter.external_id.is_none() || filter.external_id == one.external_id)
                };
                let all: Vec<_> = made.iter().filter(passes).cloned().collect();
                let (home, wanted) = (home.id, filter.clone());
                let (whole, rest) = subject.read(move |snapshot| {
                    let port = snapshot.participants();
                    let whole = port.page(home, &wanted, None, 100)?;
                    let first = whole.first().map(|one| one.id);
                    Ok((whole, port.page(home, &wanted, first, 1)?))
                });
                assert_eq!(whole, all, "{filter:?}");
                assert_eq!(rest, all.get(1..2).unwrap_or(&[]), "{filter:?}");
            }
        }
    }
}
