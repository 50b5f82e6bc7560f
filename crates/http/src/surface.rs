//! How one API shows what all share: where its callers put their keys, how it tells that there is no result, and
//! what it says of rates.
//!
//! Knows no API by name, and decides nothing about what is asked.

use std::any::Any;
use std::fmt;

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use causerie_core::{KeyId, KeySecret, Refusal};

use crate::app::App;
use crate::mount::Mount;
use crate::native::Native;
use crate::problem::{Problem, Trouble};
use crate::rate::Allowance;

/// What a request shows in order to be let in.
#[derive(Clone)]
pub enum Credential {
    /// A key, whole.
    Secret(KeySecret),
    /// The id of a key: something that the surface signed and verified itself stands for it.
    Key(KeyId),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(secret) => write!(f, "Secret({})", secret.id()),
            Self::Key(id) => write!(f, "Key({id})"),
        }
    }
}

/// An outcome of looking for a key in one place: `None` where there is none.
pub type Found = Option<Result<Credential, Problem>>;

impl Credential {
    /// The key in `Authorization: <scheme> <key>`; `None` without such a header, or with another scheme.
    pub fn by_scheme(headers: &HeaderMap, scheme: &str) -> Found {
        after_scheme(headers, scheme).map(Self::parse)
    }

    /// The key in a header of its own.
    pub fn by_header(headers: &HeaderMap, name: &str) -> Found {
        headers.get(name).map(|value| Self::parse(value.as_bytes()))
    }

    /// The key in `Authorization: Basic`: the password, whoever the user is, or the user if the password is
    /// empty.
    pub fn by_basic(headers: &HeaderMap) -> Found {
        let encoded = after_scheme(headers, "Basic")?;
        let Ok(decoded) = BASE64_STANDARD.decode(encoded) else {
            return Some(Err(Refusal::KeyMalformed.into()));
        };
        let mut parts = decoded.splitn(2, |byte| *byte == b':');
        let user = parts.next().unwrap_or_default();
        let password = parts.next().unwrap_or_default();
        Some(Self::parse(if password.is_empty() {
            user
        } else {
            password
        }))
    }

    /// A key as it is written.
    ///
    /// # Errors
    /// `key_malformed`.
    fn parse(written: &[u8]) -> Result<Self, Problem> {
        let written = std::str::from_utf8(written.trim_ascii());
        let written = written.map_err(|_| Refusal::KeyMalformed)?;
        Ok(Self::Secret(KeySecret::parse(written)?))
    }
}

/// What stands in `Authorization` after this scheme, in whatever case.
pub fn after_scheme<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a [u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (named, rest) = value.split_at_checked(scheme.len())?;
    let rest = rest.strip_prefix(b" ")?;
    named
        .eq_ignore_ascii_case(scheme.as_bytes())
        .then(|| rest.trim_ascii())
}

/// One API over the use cases, as its clients see it. Its handlers get at it through
/// [`Call::surface`](crate::extract::Call::surface): it may hold what an installation has chosen.
pub trait Surface: Any + fmt::Debug + Send + Sync {
    /// Its name; keeps its claims on retries apart from those of others.
    fn name(&self) -> &'static str;

    /// What the request shows in order to be let in.
    ///
    /// # Errors
    /// `key_missing`, `key_malformed`.
    fn credential(&self, app: &App, request: &HttpRequest) -> Result<Credential, Problem>;

    /// Whether the request needs no key. Its handler takes a [`Stranger`](crate::extract::Stranger).
    fn is_open(&self, _request: &HttpRequest) -> bool {
        false
    }

    /// Whether it answers `/livez` and `/readyz` itself, also at the root of a listener.
    fn has_probes(&self) -> bool {
        false
    }

    /// How many bytes a body may have; more than the server takes is never taken.
    fn body_bytes_max(&self, app: &App) -> usize {
        app.config().body_bytes_max
    }

    /// Tells why there is no result. The problem's own header need not be set.
    fn respond(&self, problem: &Problem, request_id: Option<&str>) -> HttpResponse;

    /// Says what is left of the caller's rate, if there is one.
    fn finish(&self, headers: &mut HeaderMap, allowance: Option<Allowance>) {
        if let Some(allowance) = allowance {
            allowance.show(headers);
        }
    }
}

/// The surface that a request came to.
pub(crate) fn surface_of(request: &HttpRequest) -> &dyn Surface {
    match request.app_data::<Mount>() {
        Some(mount) => mount.surface(),
        None => &Native,
    }
}

/// The surface that a request came to, if it is this one.
pub(crate) fn known_surface<S: Surface>(request: &HttpRequest) -> Option<&S> {
    let surface: &dyn Any = request.app_data::<Mount>()?.surface();
    surface.downcast_ref()
}

/// The problem as the surface shows it, with the problem's own header.
pub(crate) fn show(
    surface: &dyn Surface,
    problem: &Problem,
    request_id: Option<&str>,
) -> HttpResponse {
    let mut response = surface.respond(problem, request_id);
    let headers = response.headers_mut();
    if let Some((name, value)) = problem.header()
        && !headers.contains_key(name)
    {
        headers.insert(name.clone(), value.clone());
    }
    response
}

/// What a request shows to the surface that it came to.
///
/// # Errors
/// Those of [`Surface::credential`].
pub(crate) fn credential_of(request: &HttpRequest) -> Result<Credential, Problem> {
    let app = request.app_data::<App>().ok_or(Trouble::Internal)?;
    surface_of(request).credential(app, request)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const KEY_ENTROPY: [u8; 128] = [7; 128];

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_str(value).expect("a header value");
        headers.insert(header::AUTHORIZATION, value);
        headers
    }

    fn id(found: Found) -> Option<KeyId> {
        match found?.ok()? {
            Credential::Secret(secret) => Some(secret.id()),
            Credential::Key(id) => Some(id),
        }
    }

    #[test]
    fn a_key_is_found_where_its_surface_looks_for_it() {
        let secret = KeySecret::new(KeyId::from_bytes([3; 16]), &KEY_ENTROPY);
        let (own, key) = (Some(secret.id()), secret.expose());
        let by = |value: &str| id(Credential::by_scheme(&headers(value), "AccessKey"));
        assert_eq!(by(&format!("accesskey  {key}")), own);
        assert_eq!(by(&format!("Bearer {key}")), None);
        assert_eq!(by(&format!("AccessKey{key}")), None);
        let basic = |text: String| {
            let value = format!("Basic {}", BASE64_STANDARD.encode(text));
            id(Credential::by_basic(&headers(&value)))
        };
        assert_eq!(basic(format!("anybody:{key}")), own);
        assert_eq!(basic(format!("{key}:")), own);
        assert_eq!(basic(key.to_owned()), own);
        assert_eq!(basic("anybody:x".to_owned()), None);
        assert!(Credential::by_basic(&headers("Basic ?")).is_some_and(|one| one.is_err()));
        assert!(!format!("{:?}", Credential::Secret(secret.clone())).contains(key));
    }
}
