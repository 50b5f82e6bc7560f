//! Identifiers and profiles in the port `Participants`: what somebody is reached by leads to one participant.
//!
//! How identifiers are written is decided in core.

use std::slice;

use causerie_core::contact::{Identifier, Identifiers, Profile};
use causerie_core::port::ParticipantFilter;
use causerie_core::{Participant, ParticipantState, WorkspaceId};

use super::setting::{Setting, at, sorted};
use super::text::DIFFICULT;
use crate::fixture::{identifier, identifiers, profile};
use crate::subject::Subject;

const ADA: (&str, &str) = ("emailaddress", "ada@x.org");

fn reached(set: &Setting, workspace: WorkspaceId, by: &[(&str, &str)]) -> Participant {
    set.fixture
        .participant_with(workspace, |state| state.identifiers = identifiers(by))
}

fn with(of: &Participant, by: &[(&str, &str)]) -> Participant {
    Participant::restore(ParticipantState {
        identifiers: identifiers(by),
        ..(**of).clone()
    })
}

fn save(subject: &Subject, one: &Participant) {
    let one = one.clone();
    subject.write(move |unit| unit.participants_mut().save(&one));
}

fn led(subject: &Subject, workspace: WorkspaceId, by: &[(&str, &str)]) -> Vec<Participant> {
    let all: Vec<Identifier> = by
        .iter()
        .map(|(key, value)| identifier(key, value))
        .collect();
    let found =
        subject.read(move |snapshot| snapshot.participants().find_identified(workspace, &all));
    sorted(found, |one| one.id)
}

pub(super) fn identifiers_and_profile_are_kept_set_and_not_set(subject: &mut Subject) {
    let set = Setting::new(subject);
    let full = |word: &str| {
        set.fixture.participant_with(set.here, |state| {
            let email = format!("{word}@x.org");
            state.identifiers = identifiers(&[
                ("phonenumber", word),
                ("emailaddress", &email),
                ("own-key_1", word),
            ]);
            state.profile = profile(word);
            state.merged_into = Some(set.ann.id);
        })
    };
    let mut made: Vec<Participant> = DIFFICULT.iter().map(|word| full(word)).collect();
    let take: [fn(&mut Profile); 7] = [
        |profile| profile.username = None,
        |profile| profile.first_name = None,
        |profile| profile.last_name = None,
        |profile| profile.title = None,
        |profile| profile.department = None,
        |profile| profile.unit = None,
        |profile| profile.avatar_url = None,
    ];
    for (number, take) in take.into_iter().enumerate() {
        let mut state = (*full(&format!("{number}"))).clone();
        take(&mut state.profile);
        state.merged_into = None;
        made.push(Participant::restore(state));
    }
    subject.put_all(&made);
    for one in &made {
        assert_eq!(subject.participant(one).as_ref(), Some(one));
    }
    let bare = Participant::restore(ParticipantState {
        identifiers: Identifiers::default(),
        profile: Profile::default(),
        merged_into: None,
        ..(*made[0]).clone()
    });
    for one in [&bare, &made[0]] {
        save(subject, one);
        assert_eq!(subject.participant(one).as_ref(), Some(one));
    }
}

pub(super) fn a_participant_is_found_once_by_whatever_leads_to_it(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = [
        reached(&set, set.here, &[ADA, ("phonenumber", "+31612345678")]),
        set.fixture.participant_with(set.here, |state| {
            state.identifiers = identifiers(&[("crm", "47")]);
            state.archived_at = Some(at(1));
        }),
    ];
    subject.put_all(&made);
    let found = |by: &[(&str, &str)]| led(subject, set.here, by);
    assert_eq!(found(&[ADA]), made[..1]);
    assert_eq!(found(&[ADA, ("phonenumber", "+31612345678")]), made[..1]);
    assert_eq!(found(&[("crm", "47"), ("crm", "48"), ADA]), made);
    assert_eq!(found(&[("phonenumber", "ada@x.org"), ("x", "47")]), []);
    assert_eq!(found(&[]), []);
    assert_eq!(led(subject, set.elsewhere, &[ADA]), []);
}

pub(super) fn identifiers_are_compared_byte_by_byte(subject: &mut Subject) {
    let set = Setting::new(subject);
    let alike = [
        "rene",
        "Rene",
        "ren\u{e9}",
        "rene\u{301}",
        "rene ",
        " rene",
        "1",
        "01",
        "r%",
        "r_ne",
        "",
    ];
    let mut made = Vec::new();
    for key in ["a", "b"] {
        for value in alike {
            made.push(((key, value), reached(&set, set.here, &[(key, value)])));
        }
    }
    let people: Vec<Participant> = made.iter().map(|(_, one)| one.clone()).collect();
    subject.put_all(&people);
    for (by, one) in &made {
        let (here, filter) = (set.here, filter(*by));
        let listed =
            subject.read(move |snapshot| snapshot.participants().page(here, &filter, None, 9));
        assert_eq!(led(subject, here, &[*by]), slice::from_ref(one), "{by:?}");
        assert_eq!(listed, slice::from_ref(one), "{by:?}");
    }
    assert_eq!(led(subject, set.here, &[("a", "RENE"), ("A", "rene")]), []);
}

fn filter((key, value): (&str, &str)) -> ParticipantFilter {
    ParticipantFilter {
        identifier: Some(identifier(key, value)),
        ..ParticipantFilter::default()
    }
}

pub(super) fn a_list_by_identifier_passes_every_part_of_its_filter(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = reached(&set, set.here, &[("crm", "1"), ADA]);
    subject.put(&made);
    let page = |workspace, filter: ParticipantFilter, before| {
        subject.read(move |snapshot| snapshot.participants().page(workspace, &filter, before, 9))
    };
    assert_eq!(page(set.here, filter(ADA), None), slice::from_ref(&made));
    assert_eq!(page(set.elsewhere, filter(ADA), None), []);
    assert_eq!(page(set.here, filter(ADA), Some(made.id)), []);
    let archived = ParticipantFilter {
        archived: Some(true),
        ..filter(ADA)
    };
    assert_eq!(page(set.here, archived, None), []);
}

pub(super) fn an_identifier_leads_to_one_participant_of_each_workspace(subject: &mut Subject) {
    let set = Setting::new(subject);
    let holder = reached(&set, set.here, &[("crm", "1"), ADA]);
    let other = reached(&set, set.elsewhere, &[ADA]);
    subject.put_all(&[holder.clone(), other.clone()]);
    let late = reached(&set, set.here, &[("crm", "2"), ADA]);
    let added = late.clone();
    subject.contended(move |unit| unit.participants_mut().add(&added));
    assert_eq!(subject.participant(&late), None);
    assert_eq!(led(subject, set.here, &[("crm", "2")]), []);
    let saved = with(&set.ann, &[("crm", "2"), ADA]);
    subject.contended(move |unit| unit.participants_mut().save(&saved));
    assert_eq!(subject.participant(&set.ann), Some(set.ann.clone()));
    save(subject, &with(&holder, &[("crm", "1")]));
    assert_eq!(led(subject, set.here, &[ADA]), []);
    subject.put(&late);
    assert_eq!(led(subject, set.here, &[ADA, ("crm", "2")]), [late]);
    assert_eq!(led(subject, set.elsewhere, &[ADA]), [other]);
    let everything = with(&set.bob, &[("crm", "1"), ("crm", "3")]);
    subject.contended(move |unit| unit.participants_mut().save(&everything));
}

pub(super) fn what_one_gives_away_another_takes_in_the_same_unit(subject: &mut Subject) {
    let set = Setting::new(subject);
    let giver = reached(&set, set.here, &[ADA, ("crm", "1")]);
    subject.put(&giver);
    let (left, taken) = (with(&giver, &[]), with(&set.ann, &[("crm", "9"), ADA]));
    let expected = taken.clone();
    subject.write(move |unit| {
        unit.participants_mut().save(&left)?;
        unit.participants_mut().save(&taken)
    });
    let all = [ADA, ("crm", "1"), ("crm", "9")];
    assert_eq!(led(subject, set.here, &all), [expected]);
}

pub(super) fn saving_replaces_all_identifiers_of_its_own_workspace_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = reached(&set, set.here, &[ADA, ("crm", "1"), ("crm", "2")]);
    subject.put(&made);
    let changed = with(&made, &[("crm", "2"), ("crm", "3")]);
    save(subject, &changed);
    assert_eq!(led(subject, set.here, &[ADA, ("crm", "1")]), []);
    for kept in [("crm", "2"), ("crm", "3")] {
        assert_eq!(led(subject, set.here, &[kept]), slice::from_ref(&changed));
    }
    let forged = Participant::restore(ParticipantState {
        workspace: set.elsewhere,
        identifiers: identifiers(&[("crm", "4")]),
        ..(*changed).clone()
    });
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.participants_mut().save(&forged)?));
    drop(pending.wait());
    for home in [set.here, set.elsewhere] {
        assert_eq!(led(subject, home, &[("crm", "4")]), []);
    }
    assert_eq!(led(subject, set.here, &[("crm", "3")]), [changed]);
}

pub(super) fn hundreds_of_identifiers_are_looked_up_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made: Vec<Participant> = (0..300)
        .map(|number| {
            let (one, other) = (number.to_string(), format!("{number}@x.org"));
            reached(&set, set.here, &[("crm", &one), ("emailaddress", &other)])
        })
        .collect();
    subject.put_all(&made);
    let values: Vec<String> = (0..400).map(|number| number.to_string()).collect();
    let all: Vec<(&str, &str)> = values.iter().map(|one| ("crm", one.as_str())).collect();
    assert_eq!(led(subject, set.here, &all), made);
}
