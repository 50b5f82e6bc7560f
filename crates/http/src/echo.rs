//! A server that answers a send without a store: the ceiling that benchmarks compare with.
//!
//! Parses and renders exactly what a send does, and does nothing in between.

use actix_web::HttpResponse;
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::{self, Bytes, ServiceConfig};
use causerie_core::port::{Clock, Ids, RandomIds, SystemClock};
use causerie_core::{
    ConversationId, Message, MessageState, ParticipantId, Seq, Settings, WorkspaceId,
};

use crate::app::App;
use crate::extract::{gate, read_command};
use crate::native::{SendBody, render_echo};
use crate::problem::Problem;

/// Mounts `POST /echo`, which takes the body of a send and answers as if it had been sent. With an app,
/// callers are authenticated first.
pub fn configure_echo(app: Option<&App>) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let app = app.cloned();
    move |cfg: &mut ServiceConfig| {
        if let Some(app) = &app {
            cfg.app_data(app.clone());
        }
        cfg.service(
            web::resource("/echo")
                .wrap(Condition::new(app.is_some(), from_fn(gate)))
                .route(web::post().to(echo)),
        );
    }
}

async fn echo(body: Bytes) -> Result<HttpResponse, Problem> {
    let limits = Settings::default();
    let to = ConversationId::from_bytes([7; 16]);
    let draft = read_command::<SendBody<'_>>(&body, to, &limits)?.0;
    let now = SystemClock.now();
    let nobody = ParticipantId::from_bytes([0; 16]);
    let message = Message::restore(MessageState {
        id: RandomIds.fresh(now).into(),
        workspace: WorkspaceId::from_bytes([7; 16]),
        conversation: to,
        seq: Seq::new(1),
        sender: draft.sender.unwrap_or(nobody),
        kind: draft.kind,
        text: draft.text,
        reply_to: draft.reply_to,
        metadata: draft.metadata,
        reference: draft.reference,
        revision_count: 0,
        created_at: now,
        edited_at: None,
        deleted_at: None,
    });
    Ok(render_echo(&message))
}
