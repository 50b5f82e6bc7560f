//! Workspaces: create, list, show.
//!
//! Only an administrator of the root workspace sees others than their own: the core sees to it.

use causerie_core::act::{create_workspace, find_workspace, list_workspaces};
use causerie_core::text::Name;
use causerie_core::{Scope, Workspace, WorkspaceId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::wire::{Answered, PageView, WorkspaceView, created, ok, page};
use crate::extract::{Call, Check, Query, WireBody};
use crate::reply::Rendered;

fn render_created(workspace: &Workspace) -> Rendered {
    created(&WorkspaceView::of(workspace)).at(format!("/v1/workspaces/{}", workspace.id))
}

/// A new workspace.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewWorkspace, example = json!({"name": "Acme"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBody {
    /// One line of 1 to 128 characters.
    name: String,
}

impl WireBody<'_> for CreateBody {
    type To = ();
    type Command = Name;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Name> {
        check.at("/name", |_| Name::parse(&self.name))
    }
}

/// Creates a workspace with an empty log.
///
/// Its first key is made with `causerie key create`.
#[utoipa::path(post, path = "/v1/workspaces", tag = "workspaces",
    request_body = CreateBody, responses((status = 201, body = WorkspaceView)))]
pub(crate) async fn create(mut call: Call) -> Answered {
    call.require_root()?;
    call.no_query()?;
    call.receive().await?;
    let name = call.command::<CreateBody>(())?;
    call.once(move |unit, cx| Ok(render_created(&create_workspace(unit, cx, &name)?)))
        .await
}

/// Which workspaces to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// Lists workspaces in the order in which they were created.
#[utoipa::path(get, path = "/v1/workspaces", tag = "workspaces",
    params(ListQuery), responses((status = 200, body = PageView<WorkspaceView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require_root()?;
    let asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let (cursor, limit) = (query.cursor(asked.cursor), query.limit(asked.limit));
    query.finish()?;
    let found = call
        .read(move |snapshot, cx| list_workspaces(snapshot, cx, cursor, limit))
        .await?;
    Ok(page(&found, WorkspaceView::of))
}

/// Shows a workspace.
#[utoipa::path(get, path = "/v1/workspaces/{workspace_id}", tag = "workspaces",
    params(("workspace_id" = String, Path, description = "The workspace.")),
    responses((status = 200, body = WorkspaceView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let id: WorkspaceId = call.id("workspace_id")?;
    call.unless_workspace_missing(call.no_query(), id).await?;
    let found = call
        .read(move |snapshot, cx| find_workspace(snapshot, cx, id))
        .await?;
    Ok(ok(&WorkspaceView::of(&found)).into_response())
}
