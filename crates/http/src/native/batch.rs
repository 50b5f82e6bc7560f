//! Many sends in one request: each is decided by itself, and answered in its place.
//!
//! A send that is refused or waits does its neighbours no harm.

use actix_web::http::StatusCode;
use causerie_core::claim::{Claim, ClaimSource, Fingerprint};
use causerie_core::{Invalid, ParticipantId, Scope};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::drafts::BatchItemBody;
use super::sends::{Outcome, Submitted};
use super::wire::{Answered, MessageView, ScheduledView, VIEW_BYTES};
use crate::Problem;
use crate::extract::{Call, Check, WireBody, read_command};
use crate::problem::Document;
use crate::reply::{REPLAYED, REPLAYED_TRUE, Raw, Rendered};

/// How many sends a batch may have.
pub(crate) const BATCH_MAX: usize = 100;

/// Sends to be made together.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewBatch, example = json!({"messages": [{
    "conversation_id": "conv_01J9ZK6QW8T2V4X6Y8Z0A2C4E6",
    "participant_id": "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6", "body": "Hello"
}]}))]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchBody<'a> {
    /// 1 to 100 of them.
    #[serde(borrow)]
    #[schema(value_type = Vec<BatchItemBody>, min_items = 1, max_items = 100)]
    messages: Vec<&'a RawValue>,
}

impl<'a> WireBody<'a> for BatchBody<'a> {
    type To = ();
    type Command = Vec<&'a RawValue>;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Vec<&'a RawValue>> {
        let fits = (1..=BATCH_MAX).contains(&self.messages.len());
        let expected = Invalid::new("expected 1 to 100 messages");
        check.note("/messages", fits.then_some(self.messages).ok_or(expected))
    }
}

/// What one send of a batch came to: a message, a scheduled message or a problem.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResult)]
pub(crate) struct ResultView<'a> {
    /// The status that the send would have been answered with by itself.
    #[schema(example = 201)]
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageView>)]
    message: Option<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ScheduledView>)]
    scheduled_message: Option<Raw<'a>>,
    /// Its pointers lead into the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Document>)]
    problem: Option<Raw<'a>>,
}

/// What each send of a batch came to, in the order of the request.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResults)]
pub(crate) struct ResultsView<'a> {
    results: Vec<ResultView<'a>>,
}

/// Sends up to 100 messages, to any conversations, at once or at their times.
///
/// Each is decided and answered by itself, as if it had been sent alone; a problem has the codes that a send may
/// be answered with. With an `Idempotency-Key`, a retry
/// sends only those that were not sent; `Idempotency-Replayed` says that none was. Counts as one request for each
/// message.
#[utoipa::path(post, path = "/v1/messages/batch", tag = "messages", request_body = BatchBody,
    responses((status = 200, body = ResultsView, description = "What each came to.")))]
pub(crate) async fn send(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    call.no_query()?;
    call.receive().await?;
    let items = call.command::<BatchBody<'_>>(())?;
    call.count_more(items.len() - 1)?;
    call.idempotency_key()?;
    let submitted: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(place, item)| call.submit_item(place, item))
        .collect();
    let mut outcomes = Vec::with_capacity(submitted.len());
    for one in submitted {
        outcomes.push(match one {
            Ok(submitted) => submitted.outcome().await,
            Err(problem) => Err(problem),
        });
    }
    Ok(render_batch(&outcomes))
}

impl Call {
    /// Hands one send of a batch to the store, without waiting for it.
    fn submit_item(&self, place: usize, item: &RawValue) -> Result<Submitted, Problem> {
        let json = item.get().as_bytes();
        let wish = read_command::<BatchItemBody<'_>>(json, (), self.caller().limits())?;
        Ok(self.submit(wish, self.item_claim(place, json)?))
    }

    /// The claim that the request's header makes on one of its sends.
    fn item_claim(&self, place: usize, json: &[u8]) -> Result<Option<Claim>, Problem> {
        let Some(key) = self.idempotency_key()? else {
            return Ok(None);
        };
        let bound = self.caller().participant().map(ParticipantId::to_bytes);
        let bound = bound.as_ref().map_or(&[][..], |id| id);
        let fingerprint = Fingerprint::of(&[b"batch", json, bound]);
        let place = u64::try_from(place).unwrap_or(u64::MAX).to_be_bytes();
        let parts: [&[u8]; 3] = [key, b"batch", &place];
        Ok(Some(Claim::new(
            ClaimSource::IdempotencyKey,
            &parts,
            fingerprint,
        )))
    }
}

fn render_batch(outcomes: &[Result<Outcome, Problem>]) -> actix_web::HttpResponse {
    let problems: Vec<String> = outcomes
        .iter()
        .map(|one| one.as_ref().err().map_or_else(String::new, explain))
        .collect();
    let results = outcomes.iter().zip(&problems);
    let view = ResultsView {
        results: results.map(|(one, problem)| result(one, problem)).collect(),
    };
    let size_bytes = 64 + VIEW_BYTES * outcomes.len();
    let mut response = Rendered::json(StatusCode::OK, &view, size_bytes).into_response();
    let replayed = |one: &Result<Outcome, Problem>| one.as_ref().is_ok_and(|one| one.replayed);
    if outcomes.iter().all(replayed) {
        response.headers_mut().insert(REPLAYED, REPLAYED_TRUE);
    }
    response
}

/// The problem of one send as a document; what broke is for the log.
fn explain(problem: &Problem) -> String {
    if let Some(cause) = problem.cause().filter(|_| problem.code() != "busy") {
        tracing::error!(code = problem.code(), %cause, "a send of a batch failed");
    }
    String::from_utf8(problem.to_json(None)).unwrap_or_default()
}

fn result<'a>(one: &'a Result<Outcome, Problem>, problem: &'a str) -> ResultView<'a> {
    let mut view = ResultView {
        status: 0,
        message: None,
        scheduled_message: None,
        problem: None,
    };
    match one {
        Ok(outcome) => {
            let body = Some(Raw(outcome.rendered.body()));
            view.status = outcome.rendered.status();
            if view.status == StatusCode::ACCEPTED.as_u16() {
                view.scheduled_message = body;
            } else {
                view.message = body;
            }
        }
        Err(refused) => {
            view.status = refused.status();
            view.problem = Some(Raw(problem));
        }
    }
    view
}
