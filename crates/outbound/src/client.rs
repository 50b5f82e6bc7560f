//! HTTP calls to addresses that somebody else chose: every address is checked before it is connected to, and
//! everything that comes back has a limit.
//!
//! It knows nothing of messages, and of calls only that they are signed: a `POST` whose body must not change.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::OutboundFault;
use crate::allowed::{Allowed, Forbidden, Unresolved, resolve};
use crate::post::Limits;
use crate::trust::Trust;

/// How many bytes of an answer are read.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How many redirects are followed.
pub const REDIRECTS_MAX: usize = 3;

/// How many connections to one host wait for the next call.
const IDLE_CONNECTIONS_MAX: usize = 4;
/// How long they wait.
const IDLE_LIFE: Duration = Duration::from_secs(30);
/// How many characters of a cause are kept.
const CAUSE_CHARS_MAX: usize = 300;

/// Makes HTTP calls, only to public addresses and those that the operator allows. Names are resolved once for
/// each connection, and what was checked is what is connected to. Proxies of the environment, cookies and
/// compression are not used.
#[derive(Clone)]
pub struct CheckedClient {
    http: Client,
    allowed: Arc<Allowed>,
    limits: Limits,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, as it was written.
    pub retry_after: Option<String>,
    /// The body; `None` when it was longer than [`ANSWER_BYTES_MAX`], or broke off.
    pub body: Option<Bytes>,
}

/// Why no answer came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFault {
    /// The address is not one of `http://` or `https://`.
    #[error("the address is not one that can be called")]
    Address,
    /// It leads to where nobody may connect to.
    #[error("the address may not be connected to")]
    Forbidden,
    /// It leads elsewhere in a way that is not followed: too often, from `https` to `http`, or with a status that
    /// would not repeat the call as it is.
    #[error("the address redirects in a way that is not followed")]
    Redirect,
    /// It cannot be connected to, or the connection broke.
    #[error("the address cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("no answer came in time")]
    TimedOut,
}

impl CheckedClient {
    pub(crate) fn new(
        allowed: Arc<Allowed>,
        trust: &Trust,
        limits: Limits,
    ) -> Result<Self, OutboundFault> {
        let http = Client::builder()
            .tls_backend_preconfigured((*trust.config()).clone())
            .dns_resolver(CheckedNames(Arc::clone(&allowed)))
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            .connect_timeout(limits.connect)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .pool_idle_timeout(IDLE_LIFE)
            .user_agent(concat!("Causerie/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| OutboundFault::Tls)?;
        Ok(Self {
            http,
            allowed,
            limits,
        })
    }

    /// Posts JSON, with these headers as well; follows redirects that repeat the call as it is (307, 308). To be
    /// called within a runtime of tokio.
    pub async fn post(
        &self,
        address: &str,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<Answer, CallFault> {
        let end = Instant::now() + self.limits.call;
        let mut url = Url::parse(address).map_err(|_| CallFault::Address)?;
        for _ in 0..=REDIRECTS_MAX {
            self.check(&url)?;
            let mut request = self.http.post(url.as_str()).body(body.clone());
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            let request = request.header(CONTENT_TYPE, "application/json").send();
            let response = timeout_at(end, request)
                .await
                .map_err(|_| CallFault::TimedOut)?
                .map_err(|error| fault(&error))?;
            if !response.status().is_redirection() {
                return Ok(answer(response, end).await);
            }
            url = next(&url, &response).ok_or(CallFault::Redirect)?;
        }
        Err(CallFault::Redirect)
    }

    /// Refuses what is not to be called. Names are checked when they are resolved.
    fn check(&self, url: &Url) -> Result<(), CallFault> {
        let plain = matches!(url.scheme(), "http" | "https");
        if !plain || !url.username().is_empty() || url.password().is_some() {
            return Err(CallFault::Address);
        }
        let address = match url.host().ok_or(CallFault::Address)? {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(four) => four.into(),
            Host::Ipv6(six) => six.into(),
        };
        let permitted = self.allowed.permits(address);
        permitted.then_some(()).ok_or(CallFault::Forbidden)
    }
}

impl fmt::Debug for CheckedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedClient(also {})", self.allowed)
    }
}

/// Where a redirect leads.
fn next(from: &Url, response: &Response) -> Option<Url> {
    let repeats = [
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let to = from.join(location).ok()?;
    let weaker = from.scheme() == "https" && to.scheme() != "https";
    (repeats.contains(&response.status()) && !weaker).then_some(to)
}

/// The answer as far as it comes until the end: once its status is there, nothing else can take it back.
async fn answer(mut response: Response, end: Instant) -> Answer {
    let retry_after = response.headers().get(RETRY_AFTER);
    Answer {
        status: response.status().as_u16(),
        retry_after: retry_after.and_then(|value| value.to_str().ok().map(str::to_owned)),
        body: timeout_at(end, read(&mut response)).await.ok().flatten(),
    }
}

async fn read(response: &mut Response) -> Option<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body.freeze())
}

fn fault(error: &reqwest::Error) -> CallFault {
    let mut last: &(dyn StdError + 'static) = error;
    while let Some(cause) = last.source() {
        last = cause;
        if last.is::<Forbidden>() {
            return CallFault::Forbidden;
        }
    }
    if error.is_timeout() {
        return CallFault::TimedOut;
    }
    CallFault::Unreachable(last.to_string().chars().take(CAUSE_CHARS_MAX).collect())
}

/// Resolves names to addresses that may be connected to.
struct CheckedNames(Arc<Allowed>);

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.0);
        Box::pin(async move {
            let found = resolve(&allowed, name.as_str(), 0).await;
            let addresses = found.map_err(|wrong| -> Box<dyn StdError + Send + Sync> {
                match wrong {
                    Unresolved::Forbidden(forbidden) => Box::new(forbidden),
                    Unresolved::NotFound(cause) => Box::new(cause),
                }
            })?;
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}
