//! The port `Workspaces`.
//!
//! What the rules say of workspaces is tested in core.

use causerie_core::{Plan, Position, Settings, Workspace, WorkspaceId, WorkspaceState};

use super::setting::{shuffled, spread_ids};
use crate::fixture::{Fixture, START, name};
use crate::subject::Subject;

pub(super) fn a_workspace_is_found_as_it_was_added(subject: &mut Subject) {
    let fixture = Fixture::default();
    let settings = Settings {
        members_max: 3,
        text_chars_max: 5_000_000,
        ..Settings::default()
    };
    let made = Workspace::restore(WorkspaceState {
        id: fixture.id(),
        name: name("Café “Æther” 🫖"),
        root: false,
        settings,
        plan: Plan::default(),
        created_at: START,
    });
    subject.put(&made);
    let id = made.id;
    let found = subject.read(move |snapshot| snapshot.workspaces().find(id));
    let found = found.expect("the workspace was added");
    assert_eq!(found, made);
    assert_eq!(found.name.as_str(), made.name.as_str());
}

pub(super) fn an_unknown_workspace_is_not_found(subject: &mut Subject) {
    let fixture = Fixture::default();
    subject.put(&fixture.workspace("one"));
    let id = fixture.id();
    assert_eq!(
        subject.read(move |snapshot| snapshot.workspaces().find(id)),
        None
    );
}

pub(super) fn the_root_is_found_once_there_is_one(subject: &mut Subject) {
    let fixture = Fixture::default();
    let root = fixture.workspace("root").into_root();
    subject.put(&fixture.workspace("one"));
    let find_root = |subject: &Subject| subject.read(|snapshot| snapshot.workspaces().find_root());
    assert_eq!(find_root(subject), None);
    subject.put(&root);
    subject.put(&fixture.workspace("two"));
    assert_eq!(find_root(subject), Some(root));
}

pub(super) fn a_second_root_is_refused(subject: &mut Subject) {
    let fixture = Fixture::default();
    let root = fixture.workspace("root").into_root();
    subject.put(&root);
    let second = fixture.workspace("usurper").into_root();
    let id = second.id;
    subject.contended(move |unit| unit.workspaces_mut().add(&second));
    assert_eq!(
        subject.read(move |snapshot| snapshot.workspaces().find(id)),
        None
    );
    assert_eq!(
        subject.read(|snapshot| snapshot.workspaces().find_root()),
        Some(root)
    );
}

pub(super) fn workspaces_are_listed_in_the_order_of_their_ids(subject: &mut Subject) {
    let made: Vec<Workspace> = spread_ids()
        .into_iter()
        .map(|id| Workspace::new(WorkspaceId::from_bytes(id), name("same"), START))
        .collect();
    subject.put_all(&shuffled(&made));
    let page = |after: Option<WorkspaceId>, limit| {
        subject.read(move |snapshot| snapshot.workspaces().page(after, limit))
    };
    assert_eq!(page(None, 100), made);
    assert_eq!(page(None, 2), made[..2]);
    assert_eq!(page(Some(made[1].id), 3), made[2..5]);
    assert_eq!(page(Some(made[5].id), 3), []);
}

pub(super) fn a_new_workspace_has_an_empty_log(subject: &mut Subject) {
    let fixture = Fixture::default();
    let made = fixture.workspace("new");
    subject.put(&made);
    let id = made.id;
    let head = subject.read(move |snapshot| snapshot.events().head(id));
    assert_eq!(head, Position::ZERO);
    assert_eq!(subject.events(id), []);
}
