//! Why there is no result, as clients of Protocol are told.
//!
//! Decides no status but one: what is malformed or missing is 400, not 422.

use causerie_core::{Invalid, Refusal};
use causerie_http::problem::Wrong;
use causerie_http::{HttpResponse, Problem, StatusCode};
use serde::Serialize;

const KEY_MISSING: &str = "The request carries no token. Send it as `Authorization: Bearer {token}`, or as the password of HTTP Basic.";
const ROUTE_NOT_FOUND: &str = "There is nothing at this path.";

/// Protocol's error object.
#[derive(Serialize)]
struct ErrorView {
    r#type: &'static str,
    message: String,
    documentation_url: String,
}

/// The whole answer.
pub(super) fn respond(problem: &Problem) -> HttpResponse {
    let status =
        StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let r#type = if status.is_server_error() {
        "api_error"
    } else {
        "invalid_request"
    };
    let view = ErrorView {
        r#type,
        message: message(problem),
        documentation_url: format!("/docs/problems#{}", problem.code()),
    };
    HttpResponse::build(status).json(view)
}

/// What is the matter: with single values, which and why; else what the code means, in words that fit this API.
fn message(problem: &Problem) -> String {
    match problem.code() {
        "key_missing" => return KEY_MISSING.to_owned(),
        "route_not_found" => return ROUTE_NOT_FOUND.to_owned(),
        _ => {}
    }
    let wrong = problem.errors().iter();
    let all: Vec<String> = wrong
        .map(|wrong| format!("{}: {}.", place(wrong), wrong.detail()))
        .collect();
    if all.is_empty() {
        problem.detail().into_owned()
    } else {
        all.join(" ")
    }
}

/// Where something is wrong, in the words of the client: the core calls a message's text its body.
fn place(wrong: &Wrong) -> String {
    let pointer = wrong
        .pointer()
        .map(|pointer| pointer.trim_start_matches('/'));
    match pointer.or(wrong.parameter()).or(wrong.header()) {
        Some("body") => "message".to_owned(),
        Some("") | None => "The request".to_owned(),
        Some(place) => place.trim_end_matches("/media_id").to_owned(),
    }
}

/// The same problem, as 400 if it is about values that are malformed or missing.
pub(super) fn malformed(problem: Problem) -> Problem {
    match problem.status() {
        415 | 422 => problem.with_status(400),
        _ => problem,
    }
}

/// The refusal of an id in a member that names nothing.
pub(super) fn unknown(member: &str) -> Refusal {
    Invalid::new("expected the id of something that there is")
        .at(member.to_owned())
        .into()
}
