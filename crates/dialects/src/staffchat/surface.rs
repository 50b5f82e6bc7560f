//! Where staff chat's callers put their keys and tokens, and how it tells that there is no result.
//!
//! Decides nothing: statuses follow from the kind of refusal, but for the few that the product has another one for.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::Method;
use causerie_core::{KeySecret, Refusal};
use causerie_http::problem::{Trouble, Wrong};
use causerie_http::surface::after_scheme;
use causerie_http::{
    App, Credential, HttpRequest, HttpResponse, Mount, Problem, StatusCode, Surface,
};

use super::known::Known;
use super::wire::ProblemView;
use super::{NAME, token};

const INVALID: u16 = 422;
const GONE: u16 = 410;

/// What members of commands are called on the wire.
const FIELDS: [(&str, &str); 6] = [
    ("body", "message"),
    ("reply_to", "parent_id"),
    ("attachments", "files"),
    ("members", "recipients"),
    ("participant_id", "recipients"),
    ("display_name", "first_name"),
];

/// Staff chat as its clients see it.
#[derive(Debug, Default)]
pub(super) struct Staffchat {
    pub(super) known: Arc<Known>,
}

impl Surface for Staffchat {
    fn name(&self) -> &'static str {
        NAME
    }

    fn credential(&self, app: &App, request: &HttpRequest) -> Result<Credential, Problem> {
        let shown = after_scheme(request.headers(), "Bearer").ok_or(Trouble::KeyMissing)?;
        let shown = std::str::from_utf8(shown).map_err(|_| Refusal::KeyMalformed)?;
        if !shown.contains('.') {
            return Ok(Credential::Secret(KeySecret::parse(shown)?));
        }
        let now = app.clock().now();
        let key = token::verify(app.vault(), shown, now);
        // An expired token is one that stands for nothing any more.
        Ok(Credential::Key(key.ok_or(Refusal::KeyUnknown)?))
    }

    fn is_open(&self, request: &HttpRequest) -> bool {
        let prefix = request.app_data::<Mount>().map_or("", Mount::prefix);
        let path = request.path().strip_prefix(prefix).unwrap_or_default();
        let path = path.strip_prefix("/api").unwrap_or(path);
        let own = path.strip_suffix('/').unwrap_or(path) == "/authenticate";
        own && *request.method() == Method::POST
    }

    fn respond(&self, problem: &Problem, _: Option<&str>) -> HttpResponse {
        let (status, place) = place(problem);
        let mut errors: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for wrong in problem.errors() {
            errors.entry(field(wrong)).or_default().push(wrong.detail());
        }
        let detail = problem.detail();
        if let Some(place) = place {
            errors.insert(place.to_owned(), vec![&detail]);
        }
        let view = ProblemView {
            message: &detail,
            errors: (status == INVALID).then_some(errors),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        HttpResponse::build(status).json(view)
    }
}

/// The status of a problem, and the field that it is about where the product tells of one.
fn place(problem: &Problem) -> (u16, Option<&'static str>) {
    match problem.code() {
        "message_deleted" => (GONE, None),
        "identifier_taken" => (INVALID, Some("email")),
        "external_id_taken" => (INVALID, Some("reference")),
        "media_not_uploaded" => (INVALID, Some("key")),
        _ => (problem.status(), None),
    }
}

/// `/attachments/0/media_id` as `files.0`.
fn field(wrong: &Wrong) -> String {
    let named = wrong.parameter().or(wrong.header());
    let Some(pointer) = wrong.pointer() else {
        return named.unwrap_or_default().to_owned();
    };
    let pointer = pointer.trim_start_matches('/');
    let pointer = pointer.strip_prefix("profile/").unwrap_or(pointer);
    let mut parts = pointer
        .split('/')
        .filter(|part| !matches!(*part, "media_id" | "key" | "value"));
    let first = parts.next().unwrap_or(pointer);
    let known = FIELDS.iter().find(|(core, _)| *core == first);
    let mut field = known.map_or(first, |(_, wire)| wire).to_owned();
    for part in parts.filter(|part| *part != "participant_id") {
        field.push('.');
        field.push_str(part);
    }
    field
}

#[cfg(test)]
mod tests {
    use causerie_core::Invalid;

    use super::*;

    #[test]
    fn fields_have_the_names_that_clients_know() {
        for (pointer, expected) in [
            ("/body", "message"),
            ("/attachments/0/media_id", "files.0"),
            ("/reply_to", "parent_id"),
            ("/members/1/participant_id", "recipients.1"),
            ("/profile/title", "title"),
            ("/key", "key"),
            ("/title", "title"),
            ("", ""),
        ] {
            let wrong = Wrong::at_pointer(pointer, &Invalid::new("x"));
            assert_eq!(field(&wrong), expected, "{pointer}");
        }
    }
}
