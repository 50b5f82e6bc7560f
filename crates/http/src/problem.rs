//! Everything a client is told when there is no result: RFC 9457 problem documents.
//!
//! Refusals of the core and troubles of HTTP share one form; nothing of the inside is shown.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use causerie_core::port::FilesFault;
use causerie_core::{Error, Fault, Invalid, Kind, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! troubles {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $code:literal, $meaning:literal;)+) => {
        /// Why a request got no result before or beside the domain.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Trouble { $($(#[$doc])* $name,)+ }

        impl Trouble {
            /// Every code with its status and meaning, in the order of the documentation.
            pub const TABLE: &'static [(&'static str, u16, &'static str)] =
                &[$(($code, $status, $meaning),)+];

            const fn parts(self) -> (&'static str, u16, &'static str) {
                match self { $(Self::$name => ($code, $status, $meaning),)+ }
            }
        }
    };
}

troubles! {
    /// There is no key in the request.
    KeyMissing = 401, "key_missing",
        "The request carries no API key. Send it as `Authorization: Bearer ck_…` or `X-API-Key: ck_…`.";
    /// A platform's call is not signed as it should be.
    SignatureInvalid = 401, "signature_invalid",
        "The call is not signed with the signing secret of this channel, or its time is more than five minutes off. Sign it by Standard Webhooks, or send an API key.";
    /// A header cannot be read.
    HeaderInvalid = 400, "header_invalid",
        "A header of the request cannot be read. See `errors` for which one and what is expected.";
    /// The body is no JSON.
    JsonMalformed = 400, "json_malformed",
        "The body is not well-formed JSON. See `detail` for the place.";
    /// The body is no form.
    FormMalformed = 400, "form_malformed",
        "The body is not well-formed multipart/form-data, or ends early. See `detail` for what is wrong.";
    /// The body is no mail.
    MailMalformed = 400, "mail_malformed",
        "The mail cannot be taken in. See `detail` for what is expected.";
    /// The body ended before its end.
    BodyIncomplete = 400, "body_incomplete",
        "The body ended early, or is not encoded as its headers say. Send it again.";
    /// No route has this path.
    RouteNotFound = 404, "route_not_found",
        "There is nothing at this path. See /openapi.json for what there is.";
    /// The route does not take this method.
    MethodNotAllowed = 405, "method_not_allowed",
        "This path does not take that method. See the header `Allow` for those that it takes.";
    /// The body did not arrive in time.
    RequestTimeout = 408, "request_timeout",
        "The body of the request did not arrive in time. Send it again on a new connection.";
    /// The body is longer than the server takes.
    BodyTooLarge = 413, "body_too_large",
        "The body is longer than this server takes. Send less at a time.";
    /// The body is something else by its own account.
    MediaTypeUnsupported = 415, "media_type_unsupported",
        "The body is not of the type that this path takes. Send JSON with `Content-Type: application/json`, unless `detail` names another.";
    /// The file has no such bytes.
    RangeUnsatisfiable = 416, "range_unsatisfiable",
        "The file ends before the range begins. See the header `Content-Range` for its length.";
    /// The workspace makes more requests than its rate allows.
    RateLimited = 429, "rate_limited",
        "The workspace makes requests faster than its rate allows. Try again after the time in `Retry-After`.";
    /// Something unforeseen broke.
    Internal = 500, "internal",
        "Something went wrong on our side. Tell the operator the request id.";
    /// A queue is full.
    Busy = 503, "busy",
        "The server has as much to do as it can take. Try again after the time in `Retry-After`.";
    /// The database cannot be reached, or the server is stopping.
    Unavailable = 503, "unavailable",
        "The server cannot do this now. Try again after the time in `Retry-After`, with the same Idempotency-Key.";
}

/// The status of a kind of refusal.
pub const fn status_of(kind: Kind) -> u16 {
    match kind {
        Kind::Unauthenticated => 401,
        Kind::Forbidden => 403,
        Kind::NotFound => 404,
        Kind::Invalid => 422,
        Kind::Conflict => 409,
        Kind::Stale => 412,
        Kind::Unpaid => 402,
        Kind::TooLarge => 413,
    }
}

/// Every code of the domain and of HTTP with its status and meaning.
pub fn codes() -> impl Iterator<Item = (&'static str, u16, &'static str)> {
    let refusals = Refusal::TABLE
        .iter()
        .map(|(code, kind, meaning)| (*code, status_of(*kind), *meaning));
    Trouble::TABLE.iter().copied().chain(refusals)
}

/// One thing that is wrong with a request, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Wrong)]
pub struct Wrong {
    /// The member of the body, as a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<Cow<'static, str>>,
    /// The parameter of the query or the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<Cow<'static, str>>,
    /// The header.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'static str>,
    /// What was expected.
    detail: Cow<'static, str>,
}

impl Wrong {
    /// Wrong in a member of the body.
    pub fn at_pointer(pointer: impl Into<Cow<'static, str>>, detail: &Invalid) -> Self {
        Self {
            pointer: Some(pointer.into()),
            parameter: None,
            header: None,
            detail: detail.to_string().into(),
        }
    }

    /// Wrong in a parameter of the query or the path.
    pub fn at_parameter(name: impl Into<Cow<'static, str>>, detail: &Invalid) -> Self {
        Self {
            pointer: None,
            parameter: Some(name.into()),
            header: None,
            detail: detail.to_string().into(),
        }
    }

    /// Wrong in a header.
    pub fn at_header(name: &'static str, detail: &Invalid) -> Self {
        Self {
            pointer: None,
            parameter: None,
            header: Some(name),
            detail: detail.to_string().into(),
        }
    }

    /// The member of the body, as a JSON pointer.
    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }

    /// The parameter of the query or the path.
    pub fn parameter(&self) -> Option<&str> {
        self.parameter.as_deref()
    }

    /// The header.
    pub fn header(&self) -> Option<&'static str> {
        self.header
    }

    /// What was expected.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

/// An answer that tells why there is no result.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: &'static str,
    status: u16,
    meaning: &'static str,
    detail: Option<String>,
    errors: Vec<Wrong>,
    header: Option<(HeaderName, HeaderValue)>,
    cause: Option<Fault>,
}

/// Why there is no result (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document<'a> {
    /// Where the code is explained.
    #[schema(example = "/docs/problems#validation_failed")]
    r#type: String,
    #[schema(example = "Validation failed")]
    title: String,
    #[schema(example = 422)]
    status: u16,
    /// What is the matter and what to do.
    detail: &'a str,
    /// Stable: decide by it.
    #[schema(example = "validation_failed")]
    code: &'a str,
    /// What is wrong with single values, and where.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Wrong],
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Problem {
    /// The problem without anything that is particular to the case.
    pub fn new(trouble: Trouble) -> Self {
        let (code, status, meaning) = trouble.parts();
        let header = match trouble {
            Trouble::KeyMissing | Trouble::SignatureInvalid => {
                Some(challenge(r#"Bearer realm="causerie""#))
            }
            Trouble::Busy => Some((header::RETRY_AFTER, HeaderValue::from_static("1"))),
            Trouble::Unavailable => Some((header::RETRY_AFTER, HeaderValue::from_static("5"))),
            _ => None,
        };
        Self(Box::new(Parts {
            code,
            status,
            meaning,
            detail: None,
            errors: Vec::new(),
            header,
            cause: None,
        }))
    }

    /// Says what is the matter in this very case.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Says what is wrong, and where.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<Wrong>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Answers with another status than the code's own, where an API has its own idea of it.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = status;
        self
    }

    /// The problem of values that cannot be, each with its place.
    pub fn invalid(errors: Vec<Wrong>) -> Self {
        Self::from(Refusal::Invalid { violations: vec![] }).with_errors(errors)
    }

    /// The problem of a method that a path does not take, with those that it takes.
    pub fn method_not_allowed(allow: &str) -> Self {
        let mut problem = Self::new(Trouble::MethodNotAllowed);
        let allow = HeaderValue::from_str(allow).ok();
        problem.0.header = allow.map(|allow| (header::ALLOW, allow));
        problem
    }

    /// The problem of a request that came too early.
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        let mut problem = Self::new(Trouble::RateLimited);
        let seconds = HeaderValue::from(retry_after_seconds);
        problem.0.header = Some((header::RETRY_AFTER, seconds));
        problem
    }

    /// The problem of a range that begins behind the end.
    pub(crate) fn range_unsatisfiable(size: u64) -> Self {
        let mut problem = Self::new(Trouble::RangeUnsatisfiable);
        let whole = HeaderValue::from_str(&format!("bytes */{size}")).ok();
        problem.0.header = whole.map(|whole| (header::CONTENT_RANGE, whole));
        problem
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// What the code means, and what is the matter in this very case.
    pub fn detail(&self) -> Cow<'static, str> {
        match &self.0.detail {
            Some(detail) => format!("{} {detail}", self.0.meaning).into(),
            None => Cow::Borrowed(self.0.meaning),
        }
    }

    /// What is wrong with single values, and where.
    pub fn errors(&self) -> &[Wrong] {
        &self.0.errors
    }

    /// The header that belongs to it, such as `Retry-After`, `Allow` or `WWW-Authenticate`.
    pub fn header(&self) -> Option<(&HeaderName, &HeaderValue)> {
        self.0.header.as_ref().map(|(name, value)| (name, value))
    }

    /// What broke, for the log.
    pub fn cause(&self) -> Option<&Fault> {
        self.0.cause.as_ref()
    }

    /// The document by itself. The request id is what an operator finds the log line by.
    pub(crate) fn to_json(&self, request_id: Option<&str>) -> Vec<u8> {
        let (parts, detail) = (&*self.0, self.detail());
        let document = Document {
            r#type: format!("/docs/problems#{}", parts.code),
            title: title(parts.code),
            status: parts.status,
            detail: &detail,
            code: parts.code,
            errors: &parts.errors,
            request_id,
        };
        // The document has text keys and no maps, which serde_json always writes.
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// The whole answer.
    pub fn respond(&self, request_id: Option<&str>) -> HttpResponse {
        let (parts, body) = (&*self.0, self.to_json(request_id));
        let mut response = HttpResponse::with_body(self.status_code(), BoxBody::new(body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some((name, value)) = &parts.header {
            headers.insert(name.clone(), value.clone());
        }
        response
    }
}

/// `not_a_member` as people write it: "Not a member".
pub(crate) fn title(code: &str) -> String {
    let mut title = code.replace('_', " ");
    let acronym = if title.starts_with("json ") { 4 } else { 1 };
    if let Some(first) = title.get_mut(..acronym) {
        first.make_ascii_uppercase();
    }
    title
}

fn challenge(value: &'static str) -> (HeaderName, HeaderValue) {
    (header::WWW_AUTHENTICATE, HeaderValue::from_static(value))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = refusal.kind();
        let unauthenticated = kind == Kind::Unauthenticated;
        let detail = refusal.detail();
        let (code, meaning) = (refusal.code(), refusal.meaning());
        let errors = match refusal {
            Refusal::Invalid { violations } => violations
                .into_iter()
                .map(|one| Wrong::at_pointer(format!("/{}", one.field), &Invalid::new(one.problem)))
                .collect(),
            _ => Vec::new(),
        };
        Self(Box::new(Parts {
            code,
            status: status_of(kind),
            meaning,
            detail,
            errors,
            header: unauthenticated
                .then(|| challenge(r#"Bearer realm="causerie", error="invalid_token""#)),
            cause: None,
        }))
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let trouble = match &fault {
            Fault::Busy => Trouble::Busy,
            Fault::Unavailable(_) | Fault::Contended(_) | Fault::Closed => Trouble::Unavailable,
            Fault::Corrupt { .. } | Fault::Panicked(_) => Trouble::Internal,
        };
        let mut problem = Self::new(trouble);
        problem.0.cause = Some(fault);
        problem
    }
}

impl From<FilesFault> for Problem {
    fn from(fault: FilesFault) -> Self {
        match fault {
            FilesFault::TooLarge { bytes_max } => Refusal::MediaTooLarge { bytes_max }.into(),
            FilesFault::Missing => Refusal::MediaNotFound.into(),
            FilesFault::Unavailable(cause) => Fault::unavailable(cause).into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refusal(refusal) => refusal.into(),
            Error::Fault(fault) => fault.into(),
        }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        Self::new(trouble)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Without a request id: [`observe`](crate::observe) renders problems again with it.
    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}

/// The page that `type` leads to: every code with its meaning.
pub(crate) fn problems_html() -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Problems</title>\
         <style>body{font:1rem/1.5 sans-serif;max-width:50rem;margin:2rem auto}\
         dt{font-weight:bold;margin-top:1rem}dt:target{background:#ff8}</style><h1>Problems</h1><dl>",
    );
    for (code, status, meaning) in codes() {
        let meaning = meaning.replace('&', "&amp;").replace('<', "&lt;");
        // Writing to a string never fails.
        let _ = write!(
            page,
            "<dt id=\"{code}\"><code>{code}</code> ({status})</dt><dd>{meaning}</dd>"
        );
    }
    page + "</dl></html>\n"
}

/// The reference of all codes, as Markdown.
pub fn problems_markdown() -> String {
    let mut page = String::from(
        "# Problems\n\nErrors are problem documents (RFC 9457, `application/problem+json`): `type`, `title`, \
         `status`, `detail`,\na stable `code`, `request_id`, and where single values are wrong `errors`, each \
         with a JSON `pointer`\ninto the body, a `parameter` of path or query, or a `header`, and a `detail`. \
         Decide by `code`; texts may change.\n\n| code | status | meaning |\n|---|---|---|\n",
    );
    for (code, status, meaning) in codes() {
        // Writing to a string never fails.
        let _ = writeln!(
            page,
            "| <a id=\"{code}\"></a>`{code}` | {status} | {meaning} |"
        );
    }
    page
}
