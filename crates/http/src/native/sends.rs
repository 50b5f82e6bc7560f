//! The way of a send through the store: at once or at its time, once for each claim.
//!
//! Sends of one moment share a commit; what is scheduled is a unit of its own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use causerie_core::act::{
    Later, PostToChannel, Posted, ScheduleMessage, SendOnce, post_to_channel, schedule_message,
};
use causerie_core::claim::{Answer, Claim, Once};
use causerie_core::receipt::Seen;
use causerie_core::schedule::Scheduled;
use causerie_core::{Caller, Message, Pending, Timestamp};

use super::drafts::Wish;
use super::wire::{MessageView, ScheduledView, VIEW_BYTES, created, tag_of};
use crate::Problem;
use crate::extract::Call;
use crate::reply::Rendered;

/// Where a message is.
fn place_of(message: &Message) -> String {
    let (conversation, id) = (message.conversation, message.id);
    format!("/v1/conversations/{conversation}/messages/{id}")
}

pub(super) fn render_sent(view: &MessageView<'_>, message: &Message) -> Rendered {
    placed(created(view), message)
}

/// A message that goes on to people outside has been accepted, no more.
fn render_accepted(sent: &Seen) -> Rendered {
    let view = MessageView::of(sent);
    let accepted = Rendered::json(StatusCode::ACCEPTED, &view, VIEW_BYTES);
    placed(accepted, &sent.message)
}

fn placed(rendered: Rendered, message: &Message) -> Rendered {
    rendered
        .showing(message.id)
        .tagged(super::messages::tag_of(message))
        .at(place_of(message))
}

fn render_scheduled(scheduled: &Scheduled) -> Rendered {
    Rendered::json(
        StatusCode::ACCEPTED,
        &ScheduledView::of(scheduled),
        VIEW_BYTES,
    )
    .tagged(tag_of(scheduled.updated_at))
    .at(format!("/v1/scheduled-messages/{}", scheduled.id))
}

fn keep_sent(sent: &Seen) -> Answer {
    render_sent(&MessageView::of(sent), &sent.message).to_answer()
}

fn keep_scheduled(scheduled: &Scheduled) -> Answer {
    render_scheduled(scheduled).to_answer()
}

fn keep_accepted(sent: &Seen) -> Answer {
    render_accepted(sent).to_answer()
}

/// Later, with the answer that a retry gets.
pub(super) fn later(scheduled_for: Timestamp) -> Later {
    let render = keep_scheduled;
    Later {
        scheduled_for,
        render,
    }
}

/// A send that the store has taken.
pub(super) enum Submitted {
    Now(Pending<Once<Seen>>),
    Later(Pending<Once<Posted>>),
    /// To people outside.
    Out(Pending<Once<Posted>>),
}

/// What a send came to.
pub(super) struct Outcome {
    pub(super) rendered: Rendered,
    pub(super) replayed: bool,
}

impl Call {
    /// Hands a send to the store; `header` is the claim that the request makes.
    pub(super) fn submit(&self, wish: Wish, header: Option<Claim>) -> Submitted {
        let claims = claims(&wish, header, self.caller());
        let Wish {
            mut send,
            scheduled_for,
            ..
        } = wish;
        if !claims.is_empty() {
            let render = keep_sent;
            send.once = Some(SendOnce { claims, render });
        }
        let (store, cx) = (self.app().store(), self.context());
        let Some(scheduled_for) = scheduled_for else {
            return Submitted::Now(store.send(cx, send));
        };
        let cmd = ScheduleMessage {
            send,
            scheduled_for,
            render: keep_scheduled,
        };
        Submitted::Later(store.write(move |unit| schedule_message(unit, &cx, &cmd)))
    }

    /// Hands a send to people outside to the store; `header` is the claim that the request makes.
    pub(super) fn submit_post(&self, mut cmd: PostToChannel, header: Option<Claim>) -> Submitted {
        let mut claims: Vec<Claim> = header.into_iter().collect();
        claims.extend(cmd.reference_claim(self.caller()));
        if !claims.is_empty() {
            let render = keep_accepted;
            cmd.once = Some(SendOnce { claims, render });
        }
        let cx = self.context();
        let posting = self
            .app()
            .store()
            .write(move |unit| post_to_channel(unit, &cx, &cmd));
        Submitted::Out(posting)
    }
}

impl Submitted {
    /// Waits for what comes of it.
    pub(super) async fn outcome(self) -> Result<Outcome, Problem> {
        let is_out = matches!(self, Self::Out(_));
        let posted = match self {
            Self::Now(pending) => match pending.await? {
                Once::Done(message) => Once::Done(Posted::Sent(message)),
                Once::Replayed(answer) => Once::Replayed(answer),
            },
            Self::Later(pending) | Self::Out(pending) => pending.await?,
        };
        Ok(match posted {
            Once::Done(Posted::Sent(sent)) if is_out => Outcome {
                rendered: render_accepted(&sent),
                replayed: false,
            },
            Once::Done(posted) => Outcome {
                rendered: render(posted),
                replayed: false,
            },
            Once::Replayed(answer) => Outcome {
                rendered: Rendered::from_answer(&answer)?,
                replayed: true,
            },
        })
    }
}

fn render(posted: Posted) -> Rendered {
    match posted {
        Posted::Sent(sent) => render_sent(&MessageView::of(&sent), &sent.message),
        Posted::Scheduled(scheduled) => render_scheduled(&scheduled),
    }
}

impl Outcome {
    /// The answer to a request for this send alone.
    pub(super) fn into_response(self) -> HttpResponse {
        if self.replayed {
            self.rendered.into_replay()
        } else {
            self.rendered.into_response()
        }
    }
}

/// The claims of a send: that of the request's header, and one on the reference.
fn claims(wish: &Wish, header: Option<Claim>, caller: &Caller) -> Vec<Claim> {
    let mut claims: Vec<Claim> = header.into_iter().collect();
    let reference = match &wish.alike {
        None => wish.send.reference_claim(caller, wish.scheduled_for),
        Some(files) => {
            let mut alike = wish.send.clone();
            alike.draft.attachments = files.clone();
            alike.reference_claim(caller, wish.scheduled_for)
        }
    };
    claims.extend(reference);
    claims
}

/// The answer that a send would get, for measuring what everything but the store costs.
pub(crate) fn render_echo(message: Message) -> HttpResponse {
    let seen = Seen::unmarked(message);
    created(&MessageView::of(&seen)).into_response()
}
