//! How a channel reaches its platform: not at all, by signed calls, or through a mail server.
//!
//! Nothing here connects to anything.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::fault::Fault;
use crate::invalid::Invalid;
use crate::refusal::Refusal;
use crate::text::line;
use crate::words::words;

use super::Platform;

/// How many characters the address of a gateway may have.
pub const ENDPOINT_CHARS_MAX: usize = 2_048;

words! {
    /// How the way to a mail server is protected.
    MailSecurity {
        /// TLS from the first byte (RFC 8314), port 465 unless given.
        Tls = 1, "tls";
        /// TLS from `STARTTLS` on, or no mail at all (RFC 3207), port 587 unless given.
        Starttls = 2, "starttls";
        /// Not at all, port 25 unless given.
        None = 3, "none";
    }
}

impl MailSecurity {
    /// The port that is usual.
    pub const fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::Starttls => 587,
            Self::None => 25,
        }
    }
}

/// The address of a gateway: `https://` or `http://`, without user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Arc<str>);

impl Endpoint {
    /// Accepts one line of up to [`ENDPOINT_CHARS_MAX`] characters. Whether it may be connected to is found out
    /// each time, when its name is resolved.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let expected = || Invalid::new("expected an address with https:// or http://");
        line(text, ENDPOINT_CHARS_MAX)?;
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or_else(expected)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() || text.contains(char::is_whitespace) {
            return Err(expected());
        }
        if authority.contains('@') {
            let problem = "expected an address without user and password: calls are signed instead";
            return Err(Invalid::new(problem));
        }
        Ok(Self(text.into()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({} bytes)", self.0.len())
    }
}

/// A mail server that takes mail from us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    /// Its name or address.
    pub host: Arc<str>,
    /// Its port.
    pub port: u16,
    /// How the way is protected.
    pub security: MailSecurity,
    /// As whom to log in; the password is the channel's secret.
    pub username: Option<Arc<str>>,
}

impl MailServer {
    /// Accepts the name or address of a host, a port above 0, and a name to log in as. Passwords never go over
    /// an unprotected way.
    ///
    /// # Errors
    /// `validation_failed` at `smtp/host`, `smtp/port`, `smtp/username`.
    pub fn new(
        host: &str,
        port: Option<u64>,
        security: MailSecurity,
        username: Option<&str>,
    ) -> Result<Self, Refusal> {
        let plain = |character: char| character.is_alphanumeric() || ".-:[]_".contains(character);
        if host.is_empty() || host.len() > 253 || !host.chars().all(plain) {
            let problem = Invalid::new("expected the name or address of a mail server");
            return Err(problem.at("smtp/host").into());
        }
        let port = port.unwrap_or_else(|| u64::from(security.port()));
        let port = u16::try_from(port).ok().filter(|port| *port > 0);
        let port =
            port.ok_or_else(|| Invalid::new("expected a port from 1 to 65535").at("smtp/port"))?;
        if let Some(username) = username {
            line(username, 254).map_err(|wrong| wrong.at("smtp/username"))?;
            if security == MailSecurity::None {
                let problem =
                    "expected none with security none: passwords go over protected ways only";
                return Err(Invalid::new(problem).at("smtp/username").into());
            }
        }
        Ok(Self {
            host: host.into(),
            port,
            security,
            username: username.map(Arc::from),
        })
    }
}

/// How a channel reaches its platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It need not: who is to read a message reads it here.
    Within,
    /// Signed HTTP calls; the key that signs them is the channel's secret.
    Gateway(Endpoint),
    /// SMTP.
    Mail(MailServer),
}

impl Reach {
    /// Whether calls are signed on it, out and in: then the channel's secret is the key that signs.
    pub const fn is_signed(&self) -> bool {
        matches!(self, Self::Gateway(_))
    }

    /// Whether it fits a platform.
    pub(super) const fn fits(&self, platform: Platform) -> bool {
        matches!(
            (self, platform),
            (Self::Within, Platform::Native)
                | (
                    Self::Gateway(_),
                    Platform::Api | Platform::Sms | Platform::Whatsapp
                )
                | (Self::Mail(_), Platform::Email)
        )
    }

    /// A JSON value, for storage.
    pub fn to_stored(&self) -> String {
        match self {
            Self::Within => json!({}),
            Self::Gateway(endpoint) => json!({"url": endpoint.as_str()}),
            Self::Mail(server) => json!({
                "host": *server.host,
                "port": server.port,
                "security": server.security.number(),
                "username": server.username.as_deref(),
            }),
        }
        .to_string()
    }

    /// Reads what [`Reach::to_stored`] wrote.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn from_stored(platform: Platform, stored: &str) -> Result<Self, Fault> {
        let read = || -> Option<Self> {
            let map: Value = serde_json::from_str(stored).ok()?;
            let text = |name: &str| map.get(name)?.as_str().map(Arc::<str>::from);
            Some(match platform {
                Platform::Native => Self::Within,
                Platform::Api | Platform::Sms | Platform::Whatsapp => {
                    Self::Gateway(Endpoint(text("url")?))
                }
                Platform::Email => Self::Mail(MailServer {
                    host: text("host")?,
                    port: u16::try_from(map.get("port")?.as_u64()?).ok()?,
                    security: MailSecurity::from_number(
                        i16::try_from(map.get("security")?.as_i64()?).ok()?,
                    )?,
                    username: text("username"),
                }),
            })
        };
        read().ok_or_else(|| Fault::corrupt("channel", "reach", ""))
    }
}
