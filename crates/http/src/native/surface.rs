//! The native API as a surface: keys as bearer tokens or `X-API-Key`, problem documents.
//!
//! The form of the documents is in `problem`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::problem::{Problem, Trouble};
use crate::surface::{Credential, Surface};

/// Where a key may be in place of `Authorization`.
pub(crate) const API_KEY: &str = "x-api-key";

/// The native API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Native;

impl Surface for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn credential(&self, _: &App, request: &HttpRequest) -> Result<Credential, Problem> {
        let headers = request.headers();
        let found = if headers.contains_key(header::AUTHORIZATION) {
            Credential::by_scheme(headers, "Bearer")
        } else {
            Credential::by_header(headers, API_KEY)
        };
        found.unwrap_or_else(|| Err(Trouble::KeyMissing.into()))
    }

    fn respond(&self, problem: &Problem, request_id: Option<&str>) -> HttpResponse {
        problem.respond(request_id)
    }
}
