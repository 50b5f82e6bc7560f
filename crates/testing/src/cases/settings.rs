//! Settings and plans in the port `Workspaces`.
//!
//! Who may change them is decided in core.

use std::thread;

use causerie_core::balance::Prices;
use causerie_core::template::Locale;
use causerie_core::{Plan, Prefix, Rate, Settings, Workspace, WorkspaceState};

use super::setting::{Setting, at};
use crate::fixture::name;
use crate::subject::Subject;

/// Settings and a plan of which everything differs from the default.
fn others() -> (Settings, Plan) {
    let rate = |per_second, burst| Rate { per_second, burst };
    let settings = Settings {
        text_chars_max: 1,
        metadata_bytes_max: 2,
        members_max: 3,
        title_chars_max: 4,
        description_chars_max: 5,
        display_name_chars_max: 6,
        reactions: false,
        retention_days: Some(36_500),
        edit_window_s: Some(315_360_000),
        conversation_number_prefix: Prefix::parse("A_9").expect("a prefix"),
        default_locale: Locale::from_stored("zh-Hant-TW"),
    };
    let plan = Plan {
        read: Some(rate(1_000_000, 1)),
        write: Some(rate(1, 1_000_000)),
        metered: true,
        prices: Prices {
            send: u32::MAX,
            edit: 0,
            react: 1,
        },
        file_bytes_max: 0,
        storage_bytes_max: u64::MAX,
    };
    (settings, plan)
}

fn find(subject: &Subject, of: &Workspace) -> Option<Workspace> {
    let id = of.id;
    subject.read(move |snapshot| snapshot.workspaces().find(id))
}

pub(super) fn saving_a_workspace_stores_settings_and_plan_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.fixture.workspace("as it was");
    subject.put(&made);
    let (settings, plan) = others();
    let half = Plan {
        write: None,
        metered: false,
        ..plan
    };
    for (settings, plan) in [
        (settings.clone(), plan),
        (settings.clone(), half),
        (Settings::default(), Plan::default()),
        (Settings::default(), plan),
        (settings, Plan::default()),
    ] {
        let expected = Workspace::restore(WorkspaceState {
            settings: settings.clone(),
            plan,
            ..(*made).clone()
        });
        let forged = Workspace::restore(WorkspaceState {
            name: name("forged"),
            root: true,
            created_at: at(1),
            ..(*expected).clone()
        });
        let id = made.id;
        let locked = subject.write(move |unit| {
            let locked = unit.workspaces_mut().lock(id)?;
            unit.workspaces_mut().save(&forged)?;
            Ok(locked)
        });
        assert!(locked.is_some());
        assert_eq!(find(subject, &made), Some(expected));
    }
    let here = set.here;
    let bystander = subject.read(move |snapshot| snapshot.workspaces().find(here));
    assert_eq!(bystander.expect("it exists").settings, Settings::default());
}

pub(super) fn a_workspace_may_begin_with_any_settings_and_plan(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (settings, plan) = others();
    let made = Workspace::restore(WorkspaceState {
        settings,
        plan,
        ..(*set.fixture.workspace("new")).clone()
    });
    subject.put(&made);
    assert_eq!(find(subject, &made), Some(made));
}

pub(super) fn an_unknown_workspace_is_not_locked_nor_saved(subject: &mut Subject) {
    let set = Setting::new(subject);
    let unknown = set.fixture.workspace("unknown");
    let id = unknown.id;
    let locked = subject.write(move |unit| unit.workspaces_mut().lock(id));
    assert_eq!(locked, None);
    let saved = unknown.clone();
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.workspaces_mut().save(&saved)?));
    drop(pending.wait());
    assert_eq!(find(subject, &unknown), None);
}

pub(super) fn no_change_to_a_locked_workspace_is_lost(subject: &mut Subject) {
    let set = Setting::new(subject);
    let here = set.here;
    let subject = &*subject;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..25 {
                    subject.write(move |unit| {
                        let found = unit.workspaces_mut().lock(here)?;
                        let mut state = (*found.expect("it exists")).clone();
                        state.settings.members_max += 1;
                        unit.workspaces_mut().save(&Workspace::restore(state))
                    });
                }
            });
        }
    });
    let found = subject.read(move |snapshot| snapshot.workspaces().find(here));
    let default = Settings::default().members_max;
    assert_eq!(
        found.expect("it exists").settings.members_max,
        default + 100
    );
}
