//! Why there is no result, as clients of Protocol are told.
//!
//! Decides no status but one: what is malformed or missing is 400, not 422.

use causerie_core::{Invalid, Refusal};
use causerie_http::problem::Wrong;
use causerie_http::{HttpResponse, Problem, StatusCode};
use serde::Serialize;

/// What codes mean in the words of this API, where it has others than the core.
const WORDS: &[(&str, &str)] = &[
    (
        "key_missing",
        "The request carries no token. Send it as `Authorization: Bearer {token}`, or as the password of HTTP Basic.",
    ),
    (
        "key_malformed",
        "The token is mistyped or cut off. Copy it again.",
    ),
    ("key_unknown", "There is no such token. Use another one."),
    ("key_revoked", "The token was revoked. Use another one."),
    (
        "key_expired",
        "The token has expired. Use the one that replaced it.",
    ),
    ("route_not_found", "There is nothing at this path."),
    (
        "media_type_unsupported",
        "The body is of a type that is not read here. Send a form, or JSON with `Content-Type: application/json`.",
    ),
    (
        "not_allowed",
        "You may not do that: it takes whom it belongs to, or an owner or admin of the group, or another token.",
    ),
    (
        "read_only_member",
        "You may only read in this conversation.",
    ),
    ("participant_not_found", "There is no such contact."),
    ("conversation_not_found", "There is no such conversation."),
    ("message_not_found", "There is no such message."),
    ("media_not_found", "There is no such attachment."),
    (
        "media_in_use",
        "A message has the attachment. Delete the message in its place.",
    ),
    (
        "external_id_taken",
        "Another contact has this username. Choose another one.",
    ),
    (
        "identifier_taken",
        "Another contact has this phone_number. Use that contact.",
    ),
    (
        "participant_archived",
        "The contact was deleted and takes part in nothing new.",
    ),
    (
        "members_full",
        "The group has as many contacts as it may have.",
    ),
];

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
    let own = WORDS.iter().find(|(code, _)| *code == problem.code());
    if let Some((_, words)) = own {
        return (*words).to_owned();
    }
    let wrong = problem.errors().iter();
    let all: Vec<String> = wrong
        .map(|wrong| format!("{}: {}.", place(wrong), wrong.detail()))
        .collect();
    if all.is_empty() {
        // There is no such member here: what it would say follows.
        let pointers = [
            " See `detail` for the place.",
            " See `detail` for what is wrong.",
        ];
        let whole = problem.detail().into_owned();
        pointers
            .iter()
            .fold(whole, |text, pointer| text.replace(pointer, ""))
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
        // Whom a conversation begins with.
        Some(place) if place.starts_with("members/") => "contact_id".to_owned(),
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
