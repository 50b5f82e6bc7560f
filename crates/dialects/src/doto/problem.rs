//! How this product tells that there is no result: a text under `error`, for values that cannot be also which they are.
//!
//! Decides nothing but words and statuses.

use causerie_http::problem::Wrong;
use causerie_http::{HttpResponse, Problem, StatusCode};
use serde::Serialize;

use crate::words;

#[derive(Serialize)]
struct ErrorView<'a> {
    error: &'a str,
    /// For values that cannot be: the same once more, and the members that hold them.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<Vec<String>>,
    /// Without a key: the same once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<[&'a str; 1]>,
}

/// The answer that tells a problem.
pub(super) fn respond(problem: &Problem) -> HttpResponse {
    let status = status(problem);
    let text = text(problem, status);
    let invalid = status == 422;
    let view = ErrorView {
        error: &text,
        message: invalid.then_some(text.as_str()),
        attributes: invalid.then(|| attributes(problem)),
        errors: (problem.code() == "key_missing").then_some([text.as_str()]),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).json(view)
}

/// What cannot be now cannot be at all here, but for retries that are something else.
fn status(problem: &Problem) -> u16 {
    let is_retry = matches!(problem.code(), "idempotency_key_reused" | "answer_erased");
    let in_query = problem
        .errors()
        .iter()
        .any(|wrong| wrong.parameter().is_some());
    match problem.status() {
        409 | 412 if !is_retry => 422,
        422 if in_query => 400,
        status => status,
    }
}

fn text(problem: &Problem, status: u16) -> String {
    match (status, problem.code()) {
        (401, "key_missing") => {
            "You need to sign in: send your token in the header api_access_token.".to_owned()
        }
        (401, _) => "Invalid Access Token".to_owned(),
        (404, _) => "Resource could not be found".to_owned(),
        _ if !problem.errors().is_empty() => {
            let each: Vec<String> = problem.errors().iter().map(sentence).collect();
            each.join(", ")
        }
        _ => words::of(problem),
    }
}

/// `Content: expected it`
fn sentence(wrong: &Wrong) -> String {
    let mut name = place(wrong).replace(['_', '/'], " ");
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if name.is_empty() {
        return wrong.detail().to_owned();
    }
    format!("{name}: {}", wrong.detail())
}

/// Where something is wrong, in this product's words: the domain calls some things otherwise.
fn place(wrong: &Wrong) -> String {
    let pointer = wrong
        .pointer()
        .map(|pointer| pointer.trim_start_matches('/'));
    let written = pointer.or(wrong.parameter()).or(wrong.header());
    let own = match written.unwrap_or_default() {
        "body" => "content",
        "participant_id" => "sender_id",
        "reply_to" => "content_attributes/in_reply_to",
        "until" => "snoozed_until",
        own => own,
    };
    own.to_owned()
}

/// The members that hold what cannot be, each once.
fn attributes(problem: &Problem) -> Vec<String> {
    let names = problem.errors().iter().map(|wrong| {
        let place = place(wrong);
        place.split('/').next().unwrap_or_default().to_owned()
    });
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    names.dedup();
    names
}
