//! Where staff chat's callers put their keys and tokens, and how it tells that there is no result.
//!
//! Decides nothing: statuses follow from the kind of refusal, but for the few that the product has another one for.

use std::borrow::Cow;
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

/// What codes mean in the words of this API, where it has others than the core.
const WORDS: &[(&str, &str)] = &[
    (
        "key_missing",
        "Unauthenticated. Send your token as `Authorization: Bearer …`; POST /authenticate gives one.",
    ),
    (
        "key_malformed",
        "The token or password is mistyped or cut off. Copy it again.",
    ),
    (
        "key_unknown",
        "The token or password is not known, or has expired. Log in again.",
    ),
    (
        "key_revoked",
        "The token or password was revoked. Ask for another one.",
    ),
    (
        "key_expired",
        "The token or password has expired. Ask for another one.",
    ),
    ("route_not_found", "There is nothing at this path."),
    (
        "not_allowed",
        "You may not do that. Ask the author, or an administrator of the group.",
    ),
    (
        "not_a_member",
        "You are not a participant of this conversation. Ask to be added.",
    ),
    (
        "read_only_member",
        "You may only read in this conversation.",
    ),
    ("participant_not_found", "There is no such user."),
    ("conversation_not_found", "There is no such conversation."),
    ("message_not_found", "There is no such message."),
    ("member_not_found", "There is no such participant."),
    ("media_not_found", "There is no such file."),
    ("participant_archived", "The user is archived."),
    (
        "identifier_taken",
        "Another user has this e-mail address or telephone number.",
    ),
    ("external_id_taken", "Another user has this reference."),
    (
        "direct_members_fixed",
        "The participants of a direct conversation never change. Begin a group instead.",
    ),
    (
        "members_full",
        "The conversation has as many participants as it may have.",
    ),
];

/// What the matter is.
fn words(problem: &Problem) -> Cow<'static, str> {
    let own = WORDS.iter().find(|(code, _)| *code == problem.code());
    match own {
        Some((_, words)) => Cow::Borrowed(words),
        // There is no such member here: what it would say follows.
        None => problem
            .detail()
            .replace(" See `detail` for the place.", "")
            .into(),
    }
}

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
        let detail = words(problem);
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
