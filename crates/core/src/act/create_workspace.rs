//! Creates workspaces, and the first one.

use std::sync::Arc;

use crate::context::{Caller, Context};
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{Fresh, WorkspaceId};
use crate::key::{ApiKey, Scopes, SecretHash};
use crate::page::{Limit, Page};
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::text::Name;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

use super::create_key::{CreateKey, create_key};

/// What the first start needs: two fresh ids and the hash of the first key's secret, which was made from
/// `key`.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// The id of the first workspace.
    pub workspace: Fresh,
    /// The id of the first key.
    pub key: Fresh,
    /// The hash of its secret.
    pub hash: SecretHash,
    /// The time.
    pub now: Timestamp,
}

/// Creates the root workspace and a key that may do everything, unless there is a root workspace already:
/// then nothing is changed and `None` is returned. Of several nodes that start at once, one creates.
pub fn bootstrap(unit: &mut dyn Unit, cmd: &Bootstrap) -> Result<Option<ApiKey>, Error> {
    if unit.workspaces().find_root()?.is_some() {
        return Ok(None);
    }
    let id = cmd.workspace.into();
    let workspace = Workspace::new(id, Name::from_stored("default"), cmd.now).into_root();
    found_workspace(unit, &workspace)?;
    let caller = Caller::embedding(Arc::new(workspace));
    let cx = Context {
        caller,
        now: cmd.now,
        fresh: cmd.key,
    };
    let first = CreateKey {
        name: Name::from_stored("first key"),
        hash: cmd.hash.clone(),
        scopes: Scopes::ALL,
        participant: None,
        expires_at: None,
    };
    create_key(unit, &cx, &first).map(Some)
}

/// Adds a workspace that the embedding program made itself, and begins its log.
pub fn found_workspace(unit: &mut dyn Unit, workspace: &Workspace) -> Result<(), Error> {
    unit.workspaces_mut().add(workspace)?;
    let subject = Subject::Workspace(workspace.id, None);
    let event = NewEvent {
        topic: Topic::WorkspaceCreated,
        subject,
        at: workspace.created_at,
    };
    Ok(unit.events_mut().append(workspace.id, &[event])?)
}

/// Creates a workspace with default limits and an empty log.
///
/// # Errors
/// `scope_missing`, `not_allowed` outside of the root workspace.
pub fn create_workspace(
    unit: &mut dyn Unit,
    cx: &Context,
    name: &Name,
) -> Result<Workspace, Error> {
    cx.caller.require_root()?;
    let workspace = Workspace::new(cx.fresh.into(), name.clone(), cx.now);
    found_workspace(unit, &workspace)?;
    Ok(workspace)
}

/// The workspace: any for the root administrator, otherwise only the caller's own.
///
/// # Errors
/// `workspace_not_found`.
pub fn find_workspace(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: WorkspaceId,
) -> Result<Workspace, Error> {
    if id != cx.workspace() && cx.caller.require_root().is_err() {
        return Err(Refusal::WorkspaceNotFound.into());
    }
    Ok(snapshot
        .workspaces()
        .find(id)?
        .ok_or(Refusal::WorkspaceNotFound)?)
}

/// A page of workspaces in the order of their ids.
///
/// # Errors
/// `scope_missing`, `not_allowed` outside of the root workspace.
pub fn list_workspaces(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    cursor: Option<WorkspaceId>,
    limit: Limit,
) -> Result<Page<Workspace, WorkspaceId>, Error> {
    cx.caller.require_root()?;
    let found = snapshot.workspaces().page(cursor, limit.probe())?;
    Ok(Page::cut(found, limit, |workspace| workspace.id))
}
