//! Why there is no result, in Bird's form: `code`, `message`, and `details` by member.
//!
//! Decides nothing; codes of the core become Bird's by their status.

use std::borrow::Cow;
use std::collections::BTreeMap;

use causerie_core::{Invalid, Refusal};
use causerie_http::header::{self, HeaderValue};
use causerie_http::problem::Wrong;
use causerie_http::{HttpResponse, Problem, Rendered, StatusCode};
use serde::Serialize;

use crate::words;

#[derive(Serialize)]
struct ProblemView<'a> {
    code: &'static str,
    message: Cow<'a, str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    details: BTreeMap<String, Vec<&'a str>>,
}

/// How many bytes a problem usually has.
const PROBLEM_BYTES: usize = 256;

/// The whole answer.
pub(super) fn respond(problem: &Problem) -> HttpResponse {
    let (status, code) = code_of(problem);
    let mut details: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for wrong in problem.errors() {
        details
            .entry(place_of(wrong))
            .or_default()
            .push(wrong.detail());
    }
    if problem.code() == "template_not_found" {
        details.insert(".template".to_owned(), vec!["expected a known template"]);
    }
    let message = match problem.code() {
        "key_missing" => Cow::Borrowed(
            "The request carries no access key. Send it as `Authorization: AccessKey …`.",
        ),
        "validation_failed" => {
            "Some values are not acceptable. See `details` for each of them.".into()
        }
        "route_not_found" => "There is nothing at this path.".into(),
        _ => words::of(problem).into(),
    };
    let view = ProblemView {
        code,
        message,
        details,
    };
    let mut response = Rendered::json(status, &view, PROBLEM_BYTES).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("AccessKey");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

/// Bird's status and code.
fn code_of(problem: &Problem) -> (StatusCode, &'static str) {
    let status = match (problem.code(), problem.status()) {
        // It is named in the body, not in the path.
        ("template_not_found", _) => 422,
        (_, 415) => 400,
        (_, 412) => 409,
        (_, status) => status,
    };
    let code = match status {
        400 => "BadRequest",
        401 => "Unauthorized",
        402 => "InsufficientBalance",
        403 => "Forbidden",
        404 => "ResourceNotFound",
        405 => "MethodNotAllowed",
        408 => "RequestTimeout",
        409 => "Conflict",
        413 => "PayloadTooLarge",
        416 => "RangeNotSatisfiable",
        422 => "InvalidPayload",
        429 => "RateLimited",
        503 => "ServiceUnavailable",
        _ => "InternalError",
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, code)
}

fn place_of(wrong: &Wrong) -> String {
    match (wrong.pointer(), wrong.parameter(), wrong.header()) {
        (Some(pointer), _, _) => place(pointer),
        (None, Some(name), _) => name.to_owned(),
        (None, None, name) => name.unwrap_or_default().to_owned(),
    }
}

/// `/receiver/contacts/0/id` as `.receiver.contacts[0].id`, whether Bird's names or the core's stand in it.
fn place(pointer: &str) -> String {
    let mut parts = pointer.split('/').skip(1).peekable();
    let mut written = String::new();
    if parts.peek() == Some(&"messageRequests") {
        parts.next();
        let index = parts.next().map(|index| format!("[{index}]"));
        written = format!(".messageRequests{}", index.unwrap_or_default());
    }
    match parts.peek().copied() {
        Some("receivers") => {
            parts.next();
            written.push_str(".receiver.contacts");
        }
        Some("content") => {
            parts.next();
            written.push_str(".body");
        }
        Some("attachments") => return written + ".body",
        Some("reply_to") => return written + ".replyTo.id",
        _ => {}
    }
    // The core has the two halves of an identifier in a member of their own; so has a path that names nothing else.
    let mut identified = written.is_empty() && parts.clone().count() == 1;
    for part in parts {
        if part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() {
            written.push('[');
            written.push_str(part);
            written.push(']');
            continue;
        }
        let name = match part {
            "identifier" => {
                identified = true;
                continue;
            }
            "key" if identified => "identifierKey",
            "value" if identified => "identifierValue",
            "participant_id" if written.is_empty() => "participantId",
            "participant_id" => "id",
            "title" => "name",
            "scheduled_for" => "scheduledFor",
            "display_name" => "displayName",
            other => other,
        };
        written.push('.');
        written.push_str(&name.replace("~1", "/").replace("~0", "~"));
    }
    if written.is_empty() {
        written.push('.');
    }
    written
}

/// The refusal of one value.
pub(super) fn refused(field: &'static str, expected: &'static str) -> Refusal {
    Invalid::new(expected).at(field).into()
}

/// The problem with one of several messages of a request.
pub(super) fn within(index: usize, problem: &Problem) -> Problem {
    let moved = problem.errors().iter().map(|wrong| {
        let pointer = wrong.pointer().unwrap_or_default();
        let pointer = format!("/messageRequests/{index}{pointer}");
        Wrong::at_pointer(pointer, &Invalid::new(wrong.detail().to_owned()))
    });
    Problem::invalid(moved.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_as_bird_writes_them() {
        for (pointer, expected) in [
            (
                "/receiver/contacts/0/identifierValue",
                ".receiver.contacts[0].identifierValue",
            ),
            (
                "/receivers/2/identifier/value",
                ".receiver.contacts[2].identifierValue",
            ),
            ("/receivers/0/participant_id", ".receiver.contacts[0].id"),
            ("/receivers", ".receiver.contacts"),
            ("/content/text/actions/0/type", ".body.text.actions[0].type"),
            ("/attachments/0/media_id", ".body"),
            ("/scheduled_for", ".scheduledFor"),
            ("/tags/1", ".tags[1]"),
            ("/value", ".identifierValue"),
            ("/template/parameters/0/key", ".template.parameters[0].key"),
            ("/identifiers/0/key", ".identifiers[0].key"),
            ("/identifiers/1/value", ".identifiers[1].value"),
            ("/a~1b", ".a/b"),
            ("", "."),
        ] {
            assert_eq!(place(pointer), expected);
        }
    }
}
