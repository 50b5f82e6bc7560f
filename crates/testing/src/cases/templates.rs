//! The port `Templates`.
//!
//! Which language stands in for which, and what a template says, is decided in core.

use causerie_core::ContentType;
use causerie_core::template::{Locale, Slug, Source, Template};

use super::setting::{Setting, sorted};
use crate::fixture::{content, name};
use crate::subject::Subject;

pub(super) fn a_template_is_found_as_it_was_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let full = set.fixture.template_with(set.here, |state| {
        state.name = Some(name("Grüße “an” '\\' 👋🏽"));
        state.text = Some(Source::parse("a\n{{ x }} \"b\" '\\' 👋🏽 ").expect("a source"));
        state.content_type = ContentType::Carousel;
        state.content = Some(content(r#"{ "b":"{{ y }}", "a":2.50}"#));
    });
    let bare = set.fixture.template(set.here, "bare", "1", "en");
    let silent = set.fixture.template_with(set.here, |state| {
        state.project = Slug::from_stored("silent");
        state.text = None;
        state.content = Some(content("{}"));
    });
    let made = [full, bare, silent];
    subject.put_all(&made);
    for one in &made {
        let (here, wanted) = (set.here, one.clone());
        let (found, many, exact, latest) = subject.read(move |snapshot| {
            let port = snapshot.templates();
            let (project, locale) = (&wanted.project, &wanted.locale);
            Ok((
                port.find(here, wanted.id)?,
                port.find_many(here, &[wanted.id])?.pop(),
                port.find_exact(here, project, &wanted.version, locale)?,
                port.find_latest(here, project, locale)?,
            ))
        });
        for found in [found, many, exact, latest] {
            assert_eq!(found.as_ref(), Some(one));
        }
    }
    let (here, ids) = (set.here, [made[2].id, set.unknown(), made[0].id]);
    let (many, none) = subject.read(move |snapshot| {
        let port = snapshot.templates();
        Ok((port.find_many(here, &ids)?, port.find_many(here, &[])?))
    });
    assert_eq!(
        sorted(many, |one| one.id),
        [made[0].clone(), made[2].clone()]
    );
    assert_eq!(none, []);
}

pub(super) fn the_newest_version_is_that_of_the_highest_id(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made: Vec<Template> = [
        ("welcome", "9", "en"),
        ("welcome", "10", "en"),
        ("welcome", "1", "de"),
        ("Welcome", "2", "en"),
        ("welcome", "2", "en-GB"),
        ("welcome", "a", "en"),
    ]
    .iter()
    .map(|(project, version, locale)| set.fixture.template(set.here, project, version, locale))
    .collect();
    let mut turned = made.clone();
    turned.reverse();
    subject.put_all(&turned);
    let here = set.here;
    let latest = |project: &'static str, locale: &'static str| {
        subject.read(move |snapshot| {
            let (project, locale) = (Slug::from_stored(project), Locale::from_stored(locale));
            snapshot.templates().find_latest(here, &project, &locale)
        })
    };
    let exact = |project: &'static str, version: &'static str, locale: &'static str| {
        subject.read(move |snapshot| {
            let [project, version] = [project, version].map(Slug::from_stored);
            let locale = Locale::from_stored(locale);
            let port = snapshot.templates();
            port.find_exact(here, &project, &version, &locale)
        })
    };
    assert_eq!(latest("welcome", "en").as_ref(), Some(&made[5]));
    assert_eq!(latest("welcome", "de").as_ref(), Some(&made[2]));
    assert_eq!(latest("Welcome", "en").as_ref(), Some(&made[3]));
    assert_eq!(latest("welcome", "EN"), None);
    assert_eq!(latest("welcom", "en"), None);
    assert_eq!(exact("welcome", "9", "en").as_ref(), Some(&made[0]));
    assert_eq!(exact("welcome", "A", "en"), None);
    assert_eq!(exact("welcome", "9", "de"), None);
}

pub(super) fn templates_are_listed_newest_first_of_a_project_or_all(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made: Vec<Template> = (0..6)
        .map(|number| {
            let project = if number % 2 == 0 { "even" } else { "odd" };
            let version = number.to_string();
            set.fixture.template(set.here, project, &version, "en")
        })
        .collect();
    subject.put_all(&made);
    subject.put(&set.fixture.template(set.elsewhere, "even", "1", "en"));
    made.reverse();
    let here = set.here;
    for project in [None, Some("even"), Some("odd"), Some("Even")] {
        let own = |one: &&Template| project.is_none_or(|name| one.project.as_str() == name);
        for start in 0..=made.len() {
            let before = start.checked_sub(1).map(|last| made[last].id);
            let expected: Vec<Template> = made[start..].iter().filter(own).cloned().collect();
            let slug = project.map(Slug::from_stored);
            let (all, two) = subject.read(move |snapshot| {
                let port = snapshot.templates();
                Ok((
                    port.page(here, slug.as_ref(), before, 100)?,
                    port.page(here, slug.as_ref(), before, 2)?,
                ))
            });
            assert_eq!(all, expected);
            assert_eq!(two, expected[..expected.len().min(2)]);
        }
    }
}

pub(super) fn project_version_and_locale_are_taken_once_in_each_workspace(subject: &mut Subject) {
    let set = Setting::new(subject);
    let first = set.fixture.template(set.here, "welcome", "1", "en");
    subject.put(&first);
    subject.put(&set.fixture.template(set.here, "welcome", "1", "de"));
    subject.put(&set.fixture.template(set.here, "welcome", "2", "en"));
    subject.put(&set.fixture.template(set.here, "Welcome", "1", "en"));
    subject.put(&set.fixture.template(set.elsewhere, "welcome", "1", "en"));
    let again = set.fixture.template(set.here, "welcome", "1", "en");
    let twin = again.clone();
    subject.contended(move |unit| unit.templates_mut().add(&twin));
    let (here, id) = (set.here, first.id);
    assert!(subject.write(move |unit| unit.templates_mut().erase(here, id)));
    subject.put(&again);
}

pub(super) fn an_erased_template_is_gone_and_another_workspaces_is_not(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = [
        set.fixture.template(set.here, "welcome", "1", "en"),
        set.fixture.template(set.here, "welcome", "2", "en"),
    ];
    subject.put_all(&made);
    let (here, elsewhere, id) = (set.here, set.elsewhere, made[1].id);
    let erase = |workspace| subject.write(move |unit| unit.templates_mut().erase(workspace, id));
    assert!(!erase(elsewhere));
    let (found, many, exact, latest, listed) = subject.read(move |snapshot| {
        let port = snapshot.templates();
        let (project, version) = (Slug::from_stored("welcome"), Slug::from_stored("2"));
        let locale = Locale::from_stored("en");
        Ok((
            port.find(elsewhere, id)?,
            port.find_many(elsewhere, &[id])?,
            port.find_exact(elsewhere, &project, &version, &locale)?,
            port.find_latest(elsewhere, &project, &locale)?,
            port.page(elsewhere, None, None, 9)?,
        ))
    });
    assert_eq!((found, many, exact), (None, vec![], None));
    assert_eq!((latest, listed), (None, vec![]));
    assert!(erase(here) && !erase(here));
    let left = subject.read(move |snapshot| snapshot.templates().page(here, None, None, 9));
    assert_eq!(left, made[..1]);
}
