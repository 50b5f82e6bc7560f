//! How this product's API shows what all share: where the token is, how errors look, what an installation chose.
//!
//! Knows no route.

use causerie_http::problem::Trouble;
use causerie_http::surface::Credential;
use causerie_http::{App, HttpRequest, HttpResponse, Problem, Surface};

use super::NAME;
use super::known::Known;
use super::problem;

/// The header with the token. Proxies may drop names with underscores, so the other spelling is read as well.
pub(super) const TOKEN: [&str; 2] = ["api_access_token", "api-access-token"];

/// The message API of Doto.
#[derive(Debug, Default)]
pub(super) struct Doto {
    /// Whether kinds of messages are numbers, as Chatwoot has them.
    pub(super) integers: bool,
    /// What is known already.
    pub(super) known: Known,
}

impl Surface for Doto {
    fn name(&self) -> &'static str {
        NAME
    }

    fn credential(&self, _: &App, request: &HttpRequest) -> Result<Credential, Problem> {
        let headers = request.headers();
        let mut named = TOKEN
            .iter()
            .map(|name| Credential::by_header(headers, name));
        let bearer = || Credential::by_scheme(headers, "Bearer");
        let found = named.find_map(|found| found).or_else(bearer);
        found.unwrap_or_else(|| Err(Trouble::KeyMissing.into()))
    }

    fn respond(&self, problem: &Problem, _: Option<&str>) -> HttpResponse {
        problem::respond(problem)
    }
}
