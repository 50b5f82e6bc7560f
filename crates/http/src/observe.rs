//! What is seen of requests from outside: ids, metrics, logs, and problems in their final form.
//!
//! Never looks at bodies, keys or queries: none of them may end up in a log.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use metrics::{Counter, Gauge, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Instrument;

use crate::app::App;
use crate::extract::Replays;
use crate::problem::{Problem, Trouble};
use crate::rate::Allowance;
use crate::reply::{REPLAYED, REPLAYED_TRUE};
use crate::surface::{show, surface_of};

/// How long a caller's own request id may be.
pub const REQUEST_ID_CHARS_MAX: usize = 128;
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const REQUESTS: &str = "causerie_http_requests_total";
const SECONDS: &str = "causerie_http_request_seconds";
const IN_FLIGHT: &str = "causerie_http_requests_in_flight";
pub(crate) const UPLOADS: &str = "causerie_uploads_total";
pub(crate) const UPLOAD_BYTES: &str = "causerie_upload_bytes_total";
pub(crate) const DOWNLOADS: &str = "causerie_downloads_total";
pub(crate) const DOWNLOAD_BYTES: &str = "causerie_download_bytes_total";

/// Every metric of this crate: name, kind, meaning.
pub const METRICS: &[(&str, &str, &str)] = &[
    (
        REQUESTS,
        "counter",
        "requests answered, by `method`, `route` and `status`",
    ),
    (
        SECONDS,
        "histogram",
        "time from the head of a request to its answer, by `method` and `route`",
    ),
    (IN_FLIGHT, "gauge", "requests that are being answered"),
    (
        UPLOADS,
        "counter",
        "files that arrived, whether or not they were kept",
    ),
    (UPLOAD_BYTES, "counter", "bytes of files that arrived"),
    (DOWNLOADS, "counter", "answers with bytes of files"),
    (DOWNLOAD_BYTES, "counter", "bytes of files that were sent"),
    (
        "causerie_key_verifications_total",
        "counter",
        "argon2 runs: cold keys, wrong keys and new keys",
    ),
    (
        "causerie_key_verifications_refused_total",
        "counter",
        "keys answered 503 because too many waited",
    ),
];

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: [f64; 13] = [
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0,
];

/// Upper bounds of histograms that count things.
const COUNTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder that `/metrics` shows, once for the process. Call it before anything that
/// records is made: what was made before records nothing.
pub fn install_metrics() {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
            .and_then(|it| it.set_buckets_for_metric(Matcher::Suffix("_jobs".to_owned()), &COUNTS))
            .and_then(|it| {
                it.set_buckets_for_metric(Matcher::Suffix("_messages".to_owned()), &COUNTS)
            })
            .and_then(PrometheusBuilder::install_recorder);
        if let Err(error) = &builder {
            tracing::warn!(%error, "metrics are recorded by somebody else or not at all");
        }
        for (name, kind, meaning) in METRICS {
            match *kind {
                "counter" => metrics::describe_counter!(*name, *meaning),
                "gauge" => metrics::describe_gauge!(*name, *meaning),
                _ => metrics::describe_histogram!(*name, *meaning),
            }
        }
        builder.ok()
    });
}

/// The text that `/metrics` shows.
pub(crate) fn render_metrics() -> String {
    let handle = RECORDER.get().and_then(Option::as_ref);
    handle.map(PrometheusHandle::render).unwrap_or_default()
}

/// Folds recorded times into their buckets; without this they would pile up until somebody looks.
pub(crate) fn keep_metrics() {
    if let Some(handle) = RECORDER.get().and_then(Option::as_ref) {
        handle.run_upkeep();
    }
}

/// The reference of this crate's metrics: a page of Markdown that ends with its table's rows.
pub fn metrics_markdown() -> String {
    let mut page = String::from(
        "# Metrics\n\n`GET /metrics` answers in the text format of Prometheus, without a key: keep it from the public.\n\n",
    );
    page.push_str("| metric | kind | meaning |\n|---|---|---|\n");
    for (name, kind, meaning) in METRICS {
        // Writing to a string never fails.
        let _ = writeln!(page, "| `{name}` | {kind} | {meaning} |");
    }
    page
}

/// Middleware around every route: request id, trace, metrics, problems in their final form.
///
/// # Errors
/// None of its own.
pub async fn observe<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let begun = Instant::now();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let flight = InFlight::begin();
    let trace = Trace::of(request.headers());
    let span = tracing::debug_span!(
        "request",
        request_id = %id,
        trace_id = trace.as_ref().map_or("", Trace::id),
        parent_id = trace.as_ref().map_or("", Trace::parent),
        method = method.as_str(),
        path = request.path(),
    );
    let response = if span.is_disabled() {
        next.call(request).await?
    } else {
        next.call(request).instrument(span).await?
    };
    let mut response = settle(response.map_into_boxed_body(), &id);
    finish_head(&mut response, &id);
    drop(flight);
    note(&method, &response, begun);
    Ok(response)
}

/// The answer where no route is.
pub(crate) async fn nowhere(request: HttpRequest) -> HttpResponse {
    let id = RequestId::of(request.headers());
    let problem = Problem::new(Trouble::RouteNotFound);
    let shown = show(surface_of(&request), &problem, Some(id.as_str()));
    let mut response = ServiceResponse::new(request.clone(), shown);
    finish_head(&mut response, &id);
    note(request.method(), &response, Instant::now());
    response.into_parts().1
}

/// Renders a problem again with the request id, and logs what broke.
fn settle(response: ServiceResponse<BoxBody>, id: &RequestId) -> ServiceResponse<BoxBody> {
    let Some(error) = response.response().error() else {
        return response;
    };
    let surface = surface_of(response.request());
    let rendered = if let Some(problem) = error.as_error::<Problem>() {
        if let Some(cause) = problem.cause() {
            log_cause(problem, cause, id);
        }
        show(surface, problem, Some(id.as_str()))
    } else {
        // Errors of actix itself: what is not a request is refused, the rest is ours.
        let trouble = match response.status() {
            status if status.is_client_error() => Trouble::HeaderInvalid,
            _ => Trouble::Internal,
        };
        tracing::error!(request_id = %id, %error, "a request failed outside of a handler");
        show(surface, &Problem::new(trouble), Some(id.as_str()))
    };
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, rendered)
}

fn log_cause(problem: &Problem, cause: &causerie_core::Fault, id: &RequestId) {
    if problem.code() == "busy" {
        tracing::debug!(request_id = %id, "answered busy");
    } else {
        tracing::error!(request_id = %id, code = problem.code(), cause = %cause, "a request failed");
    }
}

fn allowance_of(request: &HttpRequest) -> Option<Allowance> {
    request.extensions().get::<Allowance>().copied()
}

fn finish_head(response: &mut ServiceResponse<BoxBody>, id: &RequestId) {
    let draining = response
        .request()
        .app_data::<App>()
        .is_some_and(App::is_draining);
    let request = response.request().clone();
    let (surface, allowance) = (surface_of(&request), allowance_of(&request));
    let replays = response.status().is_success() && request.extensions().contains::<Replays>();
    let head = response.response_mut().head_mut();
    if draining {
        head.set_connection_type(ConnectionType::Close);
    }
    let headers = head.headers_mut();
    headers.insert(X_REQUEST_ID, id.0.clone());
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    surface.finish(headers, allowance);
    if replays {
        headers.insert(REPLAYED, REPLAYED_TRUE);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn note(method: &Method, response: &ServiceResponse<BoxBody>, begun: Instant) {
    let route = response.request().match_pattern();
    let route = route.as_deref().unwrap_or("none");
    let status = response.status();
    let elapsed = begun.elapsed();
    METERS.with_borrow_mut(|meters| {
        let meter = meters.of(method, route, status);
        meter.0.increment(1);
        meter.1.record(elapsed);
    });
    tracing::debug!(
        method = method.as_str(),
        route,
        status = status.as_u16(),
        elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
}

/// Handles of this thread's metrics, so that a request looks none up by labels.
#[derive(Default)]
struct Meters(HashMap<String, HashMap<(Method, StatusCode), Meter>>);

/// The count and the times of one route, method and status.
type Meter = (Counter, Histogram);

impl Meters {
    fn of(&mut self, method: &Method, route: &str, status: StatusCode) -> &Meter {
        if !self.0.contains_key(route) {
            self.0.insert(route.to_owned(), HashMap::new());
        }
        // An unknown method is one label, whatever it is.
        let shown = match *method {
            Method::GET
            | Method::HEAD
            | Method::POST
            | Method::PUT
            | Method::PATCH
            | Method::DELETE
            | Method::OPTIONS => method.clone(),
            _ => Method::TRACE,
        };
        let of_route = self.0.entry(route.to_owned()).or_default();
        of_route.entry((shown, status)).or_insert_with_key(|(method, status)| {
            let (method, route) = (method.as_str().to_owned(), route.to_owned());
            (
                metrics::counter!(REQUESTS, "method" => method.clone(), "route" => route.clone(),
                    "status" => status.as_str().to_owned()),
                metrics::histogram!(SECONDS, "method" => method, "route" => route),
            )
        })
    }
}

thread_local! {
    static METERS: RefCell<Meters> = RefCell::default();
    static FLYING: Gauge = metrics::gauge!(IN_FLIGHT);
}

/// A request that is being answered.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        FLYING.with(|flying| flying.increment(1.0));
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        FLYING.with(|flying| flying.decrement(1.0));
    }
}

/// The id of a request: the caller's own if it is sane, otherwise one that no other request of this
/// process has.
struct RequestId(HeaderValue);

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        match headers.get(X_REQUEST_ID) {
            Some(given) if is_sane(given) => Self(given.clone()),
            _ => Self::fresh(),
        }
    }

    fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        static START: OnceLock<u64> = OnceLock::new();
        let start = START.get_or_init(|| {
            let mut bytes = [0; 8];
            // Without random numbers ids are still unique within the process.
            let _ = getrandom::fill(&mut bytes);
            u64::from_be_bytes(bytes)
        });
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let text = format!("req_{start:016x}{number:010x}");
        Self(HeaderValue::from_maybe_shared(text).unwrap_or(HeaderValue::from_static("req_0")))
    }

    fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_sane(given: &HeaderValue) -> bool {
    (1..=REQUEST_ID_CHARS_MAX).contains(&given.len())
        && given.as_bytes().iter().all(u8::is_ascii_graphic)
}

/// Whose work a request is part of: a `traceparent` of W3C Trace Context.
struct Trace(String);

impl Trace {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(TRACEPARENT)?.to_str().ok()?;
        let mut parts = text.split('-');
        let hex = |part: &str, length: usize| {
            part.len() == length
                && part
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let (version, trace, parent, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let known = hex(version, 2)
            && version != "ff"
            && (version != "00" || parts.next().is_none())
            && hex(trace, 32)
            && trace.bytes().any(|byte| byte != b'0')
            && hex(parent, 16)
            && parent.bytes().any(|byte| byte != b'0')
            && hex(flags, 2);
        known.then(|| Self(format!("{trace}{parent}")))
    }

    fn id(&self) -> &str {
        &self.0[..32]
    }

    fn parent(&self) -> &str {
        &self.0[32..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).expect("a header value"));
        headers
    }

    #[test]
    fn a_request_id_is_taken_over_if_it_is_sane() {
        let of = |text: &str| {
            RequestId::of(&headers(X_REQUEST_ID, text))
                .as_str()
                .to_owned()
        };
        assert_eq!(of("abc-1"), "abc-1");
        assert_ne!(of("a b"), "a b");
        assert!(of(&"x".repeat(REQUEST_ID_CHARS_MAX + 1)).starts_with("req_"));
        assert_ne!(RequestId::fresh().as_str(), RequestId::fresh().as_str());
    }

    #[test]
    fn a_trace_is_taken_over_if_it_is_one() {
        let of = |text: &str| Trace::of(&headers(TRACEPARENT, text));
        let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let found = of(&format!("00-{trace}-{parent}-01")).expect("well formed");
        assert_eq!((found.id(), found.parent()), (trace, parent));
        assert!(of(&format!("cc-{trace}-{parent}-01-more")).is_some());
        for wrong in [
            format!("00-{trace}-{parent}-01-more"),
            format!("ff-{trace}-{parent}-01"),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{}-{parent}-01", trace.to_uppercase()),
            trace.to_owned(),
        ] {
            assert!(of(&wrong).is_none(), "{wrong}");
        }
    }
}
