//! The way of a send through the store: at once or at its time, once for each claim.
//!
//! Sends of one moment share a commit; what is scheduled is a unit of its own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use causerie_core::act::{Posted, ScheduleMessage, SendOnce, schedule_message};
use causerie_core::claim::{Answer, Claim, Once};
use causerie_core::receipt::Seen;
use causerie_core::schedule::Scheduled;
use causerie_core::{Caller, Message, Pending};

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

fn render_sent(view: &MessageView<'_>, message: &Message) -> Rendered {
    created(view)
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

/// A send that the store has taken.
pub(super) enum Submitted {
    Now(Pending<Once<Seen>>),
    Later(Pending<Once<Posted>>),
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
}

impl Submitted {
    /// Waits for what comes of it.
    pub(super) async fn outcome(self) -> Result<Outcome, Problem> {
        let posted = match self {
            Self::Now(pending) => match pending.await? {
                Once::Done(message) => Once::Done(Posted::Sent(message)),
                Once::Replayed(answer) => Once::Replayed(answer),
            },
            Self::Later(pending) => pending.await?,
        };
        Ok(match posted {
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
    claims.extend(wish.send.reference_claim(caller, wish.scheduled_for));
    claims
}

/// The answer that a send would get, for measuring what everything but the store costs.
pub(crate) fn render_echo(message: Message) -> HttpResponse {
    let seen = Seen::unmarked(message);
    created(&MessageView::of(&seen)).into_response()
}
