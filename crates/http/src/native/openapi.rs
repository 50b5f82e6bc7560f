//! The OpenAPI document, made from the routes and the wire types, and the page to read and try it.
//!
//! What an operation may refuse with is taken from the table of routes; nothing is written twice.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use serde_json::json;
use utoipa::openapi::path::{Operation as Documented, ParameterIn, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ContentBuilder, Header, HeaderBuilder, Info, License, OpenApi, Ref, RefOr,
    Required, Response, ResponseBuilder, Tag,
};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::routes::{self, DOORS, OPERATIONS, Operation};
use crate::app::App;
use crate::problem::{Document, MEDIA_TYPE, Wrong, codes};

const DESCRIPTION: &str = "Participants, conversations and messages.\n\nTimes are RFC 3339 in UTC with \
    milliseconds. Lists are pages: give `next_cursor` as `cursor` for the next. Errors are problem \
    documents (RFC 9457); decide by their `code`. A POST with an `Idempotency-Key` happens once: a retry \
    within 24 hours is answered with the first answer and `Idempotency-Replayed: true`.\n\n\
    Where the operator has set a rate, every answer tells it: `RateLimit-Limit` requests at once, \
    `RateLimit-Remaining` of them left, and `RateLimit-Reset` seconds until all are back. GET and HEAD count \
    as reads, all else as writes; each node counts by itself.";

const TAGS: [(&str, &str); 17] = [
    (
        "participants",
        "Who takes part: persons, bots, the product itself.",
    ),
    ("conversations", "Where it happens."),
    (
        "members",
        "Who is in a conversation, and how far they have read.",
    ),
    ("messages", "What is said, in one order per conversation."),
    (
        "media",
        "Files: uploaded by themselves or with a message, looked into, and had again.",
    ),
    ("reactions", "Signs with which a message is answered."),
    ("receipts", "Who has a message, and how far it has come."),
    ("scheduled messages", "What is to be said later."),
    (
        "templates",
        "Texts with named variables, in versions and languages.",
    ),
    ("tags", "Labels that messages are found by."),
    (
        "events",
        "Everything that happened in the workspace, in the order it was committed.",
    ),
    (
        "channels",
        "The ways out of the workspace and back, to people who are elsewhere.",
    ),
    ("keys", "Who may call."),
    (
        "workspaces",
        "The tenants; for administrators of the installation.",
    ),
    ("settings", "What the workspace decides for itself."),
    ("balance", "What the workspace may still spend."),
    ("me", "The caller."),
];

const SIGNATURE: &str = "A signature by Standard Webhooks, made with the signing secret of the channel in the path; with \
    the headers `webhook-id` and `webhook-timestamp`.";

/// Codes that every operation may answer with.
const ALWAYS: [&str; 10] = [
    "key_missing",
    "key_malformed",
    "key_unknown",
    "key_revoked",
    "key_expired",
    "rate_limited",
    "validation_failed",
    "busy",
    "unavailable",
    "internal",
];
/// Codes that every operation without a key may answer with.
const OPEN: [&str; 5] = [
    "request_timeout",
    "validation_failed",
    "busy",
    "unavailable",
    "internal",
];
/// Codes of operations that take a body.
const WITH_BODY: [&str; 4] = [
    "json_malformed",
    "request_timeout",
    "body_too_large",
    "media_type_unsupported",
];
/// Codes of operations that may be made once.
const ONCE: [&str; 2] = ["header_invalid", "idempotency_key_reused"];

/// The whole document as JSON, indented.
pub fn openapi_json() -> String {
    let mut text = document().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The document.
pub(crate) fn document() -> OpenApi {
    let mut document = routes::Documented::openapi();
    document.merge(routes::DocumentedDoors::openapi());
    let mut info = Info::new("Causerie", env!("CARGO_PKG_VERSION"));
    info.description = Some(DESCRIPTION.to_owned());
    info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    document.info = info;
    document.tags = Some(TAGS.map(|(name, text)| tag(name, text)).to_vec());
    let schemes = ["key", "key_header"];
    document.security = Some(
        schemes
            .map(|name| SecurityRequirement::new::<_, [&str; 0], _>(name, []))
            .to_vec(),
    );
    let components = document.components.get_or_insert_with(Components::new);
    let mut scheme = Http::new(HttpAuthScheme::Bearer);
    scheme.bearer_format = Some("ck_…".to_owned());
    components.add_security_scheme("key", SecurityScheme::Http(scheme));
    let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key")));
    components.add_security_scheme("key_header", header);
    let mut signature = ApiKeyValue::new("webhook-signature");
    signature.description = Some(SIGNATURE.to_owned());
    let signature = SecurityScheme::ApiKey(ApiKey::Header(signature));
    components.add_security_scheme("signature", signature);
    for (name, schema) in [
        (Document::name(), Document::schema()),
        (Wrong::name(), Wrong::schema()),
    ] {
        components.schemas.insert(name.into_owned(), schema);
    }
    for operation in OPERATIONS.iter().chain(DOORS) {
        if let Some(item) = document.paths.paths.get_mut(operation.path)
            && let Some(documented) = slot(item, operation.method)
        {
            complete(documented, operation);
        }
    }
    document
}

fn tag(name: &str, description: &str) -> Tag {
    TagBuilder::new()
        .name(name)
        .description(Some(description))
        .build()
}

/// The operation of a path with this method.
pub(crate) fn slot<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Documented> {
    match method {
        "get" => item.get.as_mut(),
        "post" => item.post.as_mut(),
        "put" => item.put.as_mut(),
        "patch" => item.patch.as_mut(),
        "delete" => item.delete.as_mut(),
        _ => None,
    }
}

/// Adds what follows from the table of routes: the name, problems, and the header that makes a POST happen
/// once.
fn complete(documented: &mut Documented, operation: &Operation) {
    documented.operation_id = Some(operation.name.to_owned());
    for (status, response) in &mut documented.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            let made = status == "201";
            let said = if made {
                "It was made."
            } else {
                "As it stands."
            };
            response.description.push_str(said);
            if made {
                let place = header("Where it is.");
                response
                    .headers
                    .insert("Location".to_owned(), RefOr::T(place));
            }
        }
    }
    for (status, codes) in problems_of(operation) {
        let response = problem_response(status, &codes);
        let all = &mut documented.responses.responses;
        all.insert(status.to_string(), RefOr::T(response));
    }
    if is_open(operation) {
        documented.security = Some(Vec::new());
        return;
    }
    let mut headers = Vec::new();
    if operation.method == "post" {
        let text = "Makes it happen once: 1 to 255 visible ASCII characters.";
        let example = "6f9619ff-8b86-d011-b42d-00cf4fc964ff";
        headers.push((crate::extract::IDEMPOTENCY_KEY, text, example));
    }
    if is_conditional(operation) {
        let text = "The ETag of the state that you have seen: changes no other.";
        headers.push(("If-Match", text, "\"0\""));
    }
    for (name, text, example) in headers {
        let parameter = utoipa::openapi::path::ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(text))
            .schema(Some(String::schema()))
            .example(Some(json!(example)))
            .build();
        let parameters = documented.parameters.get_or_insert_default();
        parameters.push(RefOr::T(parameter));
    }
}

/// Whether an operation looks at `If-Match`.
fn is_conditional(operation: &Operation) -> bool {
    operation.codes.contains(&"precondition_failed")
}

/// The codes of an operation by status.
fn problems_of(operation: &Operation) -> BTreeMap<u16, Vec<(&'static str, &'static str)>> {
    if is_open(operation) {
        return by_status(&[&OPEN, operation.codes].concat());
    }
    let scope: &[&str] = if operation.path == "/v1/me" {
        &[]
    } else {
        &["scope_missing"]
    };
    let takes_body = matches!(operation.method, "post" | "put" | "patch");
    let body: &[&str] = if takes_body { &WITH_BODY } else { &[] };
    let once: &[&str] = if operation.method == "post" {
        &ONCE
    } else {
        &[]
    };
    let once: &[&str] = if is_conditional(operation) {
        &ONCE[..1]
    } else {
        once
    };
    by_status(&[&ALWAYS, scope, body, once, operation.codes].concat())
}

/// Whether an operation needs no key.
fn is_open(operation: &Operation) -> bool {
    !operation.path.starts_with("/v1/")
}

fn by_status(own: &[&str]) -> BTreeMap<u16, Vec<(&'static str, &'static str)>> {
    let mut by_status: BTreeMap<u16, Vec<_>> = BTreeMap::new();
    for (code, status, meaning) in codes() {
        if own.contains(&code) {
            by_status.entry(status).or_default().push((code, meaning));
        }
    }
    by_status
}

fn header(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(String::schema()))
        .description(Some(description))
        .build()
}

fn problem_response(status: u16, codes: &[(&'static str, &'static str)]) -> Response {
    let lines: Vec<String> = codes
        .iter()
        .map(|(code, meaning)| format!("- `{code}`: {meaning}"))
        .collect();
    let first = codes.first().map_or("", |(code, _)| code);
    let example = json!({
        "type": format!("/docs/problems#{first}"),
        "title": crate::problem::title(first),
        "status": status,
        "detail": codes.first().map_or("", |(_, meaning)| meaning),
        "code": first,
        "request_id": "req_0",
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .example(Some(example))
        .build();
    let response = ResponseBuilder::new()
        .description(lines.join("\n"))
        .content(MEDIA_TYPE, content);
    match status {
        401 => response.header("WWW-Authenticate", header("What is asked for.")),
        429 => response
            .header(
                "Retry-After",
                header("After how many seconds to try again."),
            )
            .header("RateLimit-Limit", header("How many requests at once."))
            .header("RateLimit-Remaining", header("How many of them are left."))
            .header(
                "RateLimit-Reset",
                header("After how many seconds all are back."),
            ),
        503 => response.header(
            "Retry-After",
            header("After how many seconds to try again."),
        ),
        _ => response,
    }
    .build()
}

pub(super) fn mount(cfg: &mut ServiceConfig, app: &App) {
    if !app.config().docs {
        return;
    }
    cfg.service(web::resource("/docs").to(|| async {
        HttpResponse::PermanentRedirect()
            .insert_header((header::LOCATION, "/docs/"))
            .finish()
    }));
    // Its online validator is switched off: the page needs no network.
    let config = Config::from("/openapi.json").validator_url("none");
    cfg.service(SwaggerUi::new("/docs/{_:.*}").config(config));
}
