//! What the caller's key is and may do.
//!
//! Needs a key and no scope.

use causerie_core::KeyId;
use causerie_core::ParticipantId;
use serde::Serialize;
use utoipa::ToSchema;

use super::vocabulary;
use super::wire::{Answered, WorkspaceView, ok};
use crate::extract::Call;
use crate::reply::Shown;

/// The caller.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeView<'a> {
    #[schema(value_type = String, example = "key_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    key_id: Shown<KeyId>,
    #[schema(example = "web shop")]
    key_name: &'a str,
    #[schema(value_type = Vec<vocabulary::Scope>, example = json!(["messaging:*"]))]
    scopes: Vec<&'static str>,
    /// The only participant that the key acts as, if it is bound to one.
    #[schema(value_type = Option<String>)]
    participant_id: Option<Shown<ParticipantId>>,
    /// The workspace, with its limits.
    workspace: WorkspaceView<'a>,
}

/// Shows what the key that was presented is and may do.
#[utoipa::path(get, path = "/v1/me", tag = "me",
    responses((status = 200, body = MeView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.within_rate()?;
    call.no_query()?;
    let (caller, key) = (call.caller(), call.admitted()?.key());
    let view = MeView {
        key_id: Shown(key.id),
        key_name: key.name.as_str(),
        scopes: caller.scopes().words().collect(),
        participant_id: caller.participant().map(Shown),
        workspace: WorkspaceView::of(caller.workspace()),
    };
    Ok(ok(&view).into_response())
}
