//! A server that answers a send without a store: the ceiling that benchmarks compare with.
//!
//! Parses and renders exactly what a send does, and does nothing in between.

use actix_web::HttpResponse;
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::{self, Bytes, ServiceConfig};
use causerie_core::delivery::{Delivery, DeliveryStatus};
use causerie_core::port::{Clock, Ids, RandomIds, SystemClock};
use causerie_core::reaction::Tallies;
use causerie_core::{
    ConversationId, Direction, Message, MessageState, ParticipantId, Seq, Settings, WorkspaceId,
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
    let send = read_command::<SendBody<'_>>(&body, to, &limits)?.send;
    let (now, draft) = (SystemClock.now(), send.draft);
    let nobody = ParticipantId::from_bytes([0; 16]);
    let message = Message::restore(MessageState {
        id: RandomIds.fresh(now).into(),
        workspace: WorkspaceId::from_bytes([7; 16]),
        conversation: to,
        seq: Seq::new(1),
        sender: send.sender.unwrap_or(nobody),
        kind: draft.kind,
        direction: draft.direction.unwrap_or(Direction::Outgoing),
        visibility: draft.visibility,
        public_count: 1,
        text: draft.text,
        content_type: draft.content_type,
        content: draft.content,
        attachments: draft.attachments,
        reply_to: draft.reply_to,
        metadata: draft.metadata,
        tags: draft.tags,
        reference: draft.reference,
        source_id: draft.source_id,
        echo_id: draft.echo_id,
        template: draft.made_from,
        delivery: Delivery::begin(DeliveryStatus::Sent, now),
        reply_count: 0,
        public_reply_count: 0,
        reactions: Tallies::default(),
        revision_count: 0,
        created_at: now,
        edited_at: None,
        deleted_at: None,
        delete_mode: None,
    });
    Ok(render_echo(message))
}
