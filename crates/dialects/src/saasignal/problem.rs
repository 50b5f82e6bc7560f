//! Errors as `SaaSignal` shows them: a code for each status, a message, and both once more as its older reference has
//! them.
//!
//! What is an error is decided by the core.

use std::borrow::Cow;

use causerie_http::problem::Wrong;
use causerie_http::{HttpResponse, Problem, StatusCode};
use serde::Serialize;

/// Why there is no result.
#[derive(Serialize)]
struct ErrorView<'a> {
    code: &'static str,
    message: &'a str,
    success: bool,
    error: &'a str,
}

/// The whole answer.
pub(super) fn respond(problem: &Problem) -> HttpResponse {
    let status = status_of(problem);
    let message = message_of(problem);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).json(ErrorView {
        code: code_of(status),
        message: &message,
        success: false,
        error: &message,
    })
}

/// Wrong values, and bodies of another type, where `SaaSignal` documents no status of their own for them.
pub(super) fn bad_request(problem: Problem) -> Problem {
    match problem.status() {
        415 | 422 => problem.with_status(400),
        _ => problem,
    }
}

/// What `SaaSignal` calls unprocessable although others have it as forbidden or as a conflict; what was deleted is not
/// there.
fn status_of(problem: &Problem) -> u16 {
    match problem.code() {
        "not_a_member"
        | "read_only_member"
        | "participant_archived"
        | "conversation_not_open"
        | "members_full"
        | "direct_members_fixed"
        | "reactions_off" => 422,
        "message_deleted" => 404,
        _ => problem.status(),
    }
}

fn code_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "unauthorized",
        402 => "insufficient_tokens",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        408 => "request_timeout",
        409 => "conflict",
        413 => "payload_too_large",
        422 => "unprocessable_entity",
        429 => "rate_limited",
        503 => "service_unavailable",
        other if other < 500 => "bad_request",
        _ => "internal_error",
    }
}

/// What is the matter: with which values, if it is with some.
fn message_of(problem: &Problem) -> Cow<'static, str> {
    if problem.code() == "route_not_found" {
        return "There is nothing at this path.".into();
    }
    if problem.errors().is_empty() {
        return problem.detail();
    }
    let wrong: Vec<String> = problem.errors().iter().map(one).collect();
    format!("{}.", wrong.join("; ")).into()
}

fn one(wrong: &Wrong) -> String {
    let pointer = wrong
        .pointer()
        .map(|pointer| &pointer[1.min(pointer.len())..]);
    let place = pointer.or(wrong.parameter()).or(wrong.header());
    match place {
        Some(place) if !place.is_empty() => format!("{place}: {}", wrong.detail()),
        _ => wrong.detail().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use causerie_core::{Invalid, Refusal};

    use super::*;

    #[test]
    fn wrong_values_are_named_in_the_message() {
        let expected = Invalid::new("expected a text");
        let problem = Problem::invalid(vec![
            Wrong::at_pointer("/body", &expected),
            Wrong::at_parameter("limit", &expected),
            Wrong::at_pointer("", &expected),
        ]);
        let message = message_of(&problem);
        assert_eq!(
            message,
            "body: expected a text; limit: expected a text; expected a text."
        );
        assert_eq!(bad_request(problem).status(), 400);
    }

    #[test]
    fn what_the_core_forbids_a_sender_is_unprocessable_here() {
        let of = |refusal: Refusal| status_of(&refusal.into());
        assert_eq!(of(Refusal::NotAMember), 422);
        assert_eq!(of(Refusal::MessageDeleted), 404);
        assert_eq!(of(Refusal::AlreadyMember), 409);
        assert_eq!(of(Refusal::NotAllowed), 403);
    }
}
