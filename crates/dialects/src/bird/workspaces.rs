//! Workspaces as an organization has them: the one of the key, under an organization of the same id.
//!
//! Others are made by the operator.

use causerie_core::{Refusal, Scope, Timestamp, Workspace};
use causerie_http::extract::Call;
use causerie_http::{Answered, Problem, Rendered, Shown, StatusCode};
use serde::Serialize;

use super::id::{Hex, enter, hex, in_path};
use super::wire::ResultsView;

/// How long a workspace usually is when it is written.
const WORKSPACE_BYTES: usize = 256;

/// A workspace.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkspaceView<'a> {
    id: Hex,
    organization_id: Hex,
    name: &'a str,
    created_at: Shown<Timestamp>,
}

impl<'a> WorkspaceView<'a> {
    fn of(workspace: &'a Workspace) -> Self {
        let id = workspace.id.to_bytes();
        Self {
            id: hex(id),
            organization_id: hex(id),
            name: workspace.name.as_str(),
            created_at: Shown(workspace.created_at),
        }
    }
}

/// Refuses every organization but the one of the key's own workspace.
fn within_organization(call: &Call) -> Result<(), Problem> {
    let named = in_path(call, "organizationId", Refusal::WorkspaceNotFound)?;
    if named == call.caller().workspace().id.to_bytes() {
        Ok(())
    } else {
        Err(Refusal::WorkspaceNotFound.into())
    }
}

/// Lists the workspace of the key.
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    within_organization(&call)?;
    let own = WorkspaceView::of(call.caller().workspace());
    let results = ResultsView::of(vec![own], None);
    Ok(Rendered::json(StatusCode::OK, &results, WORKSPACE_BYTES).into_response())
}

/// Shows the workspace of the key.
pub(super) async fn show(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    within_organization(&call)?;
    let view = WorkspaceView::of(call.caller().workspace());
    Ok(Rendered::json(StatusCode::OK, &view, WORKSPACE_BYTES).into_response())
}
