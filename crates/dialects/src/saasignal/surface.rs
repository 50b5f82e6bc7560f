//! `SaaSignal`'s API as a surface: keys as bearer tokens or in `X-API-Key`, its errors, its headers of rates.
//!
//! What an error says is in `problem`.

use causerie_http::header::{HeaderMap, HeaderName, HeaderValue};
use causerie_http::problem::Trouble;
use causerie_http::{
    Allowance, App, Credential, HttpRequest, HttpResponse, Mount, Problem, Surface,
};

use super::{NAME, platform, problem};

const API_KEY: &str = "x-api-key";
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const MICROS: i64 = 1_000_000;

/// `SaaSignal`'s API.
#[derive(Clone, Copy, Debug)]
pub(super) struct SaaSignal;

impl Surface for SaaSignal {
    fn name(&self) -> &'static str {
        NAME
    }

    fn credential(&self, _: &App, request: &HttpRequest) -> Result<Credential, Problem> {
        let headers = request.headers();
        Credential::by_scheme(headers, "Bearer")
            .or_else(|| Credential::by_header(headers, API_KEY))
            .unwrap_or_else(|| Err(Trouble::KeyMissing.into()))
    }

    fn is_open(&self, request: &HttpRequest) -> bool {
        let prefix = request.app_data::<Mount>().map_or("", Mount::prefix);
        let own = request.path().strip_prefix(prefix).unwrap_or_default();
        platform::PROBES.contains(&own.strip_suffix('/').unwrap_or(own))
    }

    fn has_probes(&self) -> bool {
        true
    }

    fn respond(&self, problem: &Problem, _: Option<&str>) -> HttpResponse {
        problem::respond(problem)
    }

    fn finish(&self, headers: &mut HeaderMap, allowance: Option<Allowance>) {
        let Some(allowance) = allowance else {
            return;
        };
        let reset_at = allowance.reset_at().unix_micros().div_euclid(MICROS);
        headers.insert(LIMIT, HeaderValue::from(allowance.limit()));
        headers.insert(REMAINING, HeaderValue::from(allowance.remaining()));
        headers.insert(RESET, HeaderValue::from(reset_at));
    }
}
