//! Channels: the ways out of the workspace and back, to people who are elsewhere.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::contact::{Identifier, IdentifierKey};
use crate::fault::Fault;
use crate::id::{ChannelId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::refusal::Refusal;
use crate::text::{Name, line};
use crate::timestamp::Timestamp;
use crate::vault::Sealed;
use crate::words::words;

/// How many channels a workspace may have.
pub const CHANNELS_MAX: usize = 100;
/// How many characters the address of a gateway may have.
pub const ENDPOINT_CHARS_MAX: usize = 2_048;
/// To how many receivers one e-mail may go.
pub const RECEIVERS_MAX: usize = 100;

words! {
    /// Where a channel leads.
    Platform {
        /// Nowhere outside: the product's own app, which reads messages here.
        Native = 1, "native";
        /// A program that is told of each message by HTTP.
        Api = 2, "api";
        /// E-mail.
        Email = 3, "email";
        /// Text messages, through an HTTP gateway.
        Sms = 4, "sms";
        /// `WhatsApp`, through an HTTP gateway.
        Whatsapp = 5, "whatsapp";
    }
}

impl Platform {
    /// What somebody is reached by there, unless it is said.
    pub const fn identifier_key(self) -> Option<&'static str> {
        match self {
            Self::Email => Some(IdentifierKey::EMAIL),
            Self::Sms | Self::Whatsapp => Some(IdentifierKey::PHONE),
            Self::Native | Self::Api => None,
        }
    }

    /// Whether one message may go to several receivers.
    pub const fn takes_several(self) -> bool {
        matches!(self, Self::Email)
    }
}

words! {
    /// Whether a channel carries messages.
    ChannelStatus {
        /// It does.
        Active = 1, "active";
        /// It does not, out or in.
        Inactive = 2, "inactive";
    }
}

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
    /// Whether it fits a platform.
    const fn fits(&self, platform: Platform) -> bool {
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

/// A way out of the workspace and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel(ChannelState);

/// Everything a channel holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelState {
    /// Its id.
    pub id: ChannelId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Where it leads.
    pub platform: Platform,
    /// What people call it.
    pub name: Name,
    /// Whether it carries messages.
    pub status: ChannelStatus,
    /// Who speaks through it when nobody is named: a bot of its own.
    pub connector: ParticipantId,
    /// Under which address it is known there: where mail comes from, whose number it is.
    pub address: Option<Identifier>,
    /// How it reaches its platform.
    pub reach: Reach,
    /// What it proves itself with: the password of a mail server, the key that signs calls.
    pub secret: Option<Sealed>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Since when it is gone.
    pub deleted_at: Option<Timestamp>,
}

/// What changes of a channel; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelChange {
    /// Another name.
    pub name: Option<Name>,
    /// Another address, or `Some(None)` for none.
    pub address: Option<Option<Identifier>>,
    /// Another way to its platform.
    pub reach: Option<Reach>,
    /// Another secret, or `Some(None)` for none.
    pub secret: Option<Option<Sealed>>,
}

impl Channel {
    /// Takes what an adapter stored.
    pub fn restore(state: ChannelState) -> Self {
        Self(state)
    }

    /// A new channel, which fits together.
    ///
    /// # Errors
    /// Those of [`Channel::change`].
    pub fn new(state: ChannelState) -> Result<Self, Refusal> {
        let channel = Self(state);
        channel.check()?;
        Ok(channel)
    }

    /// Applies a change; says whether anything differs now.
    ///
    /// # Errors
    /// `validation_failed` at `address` for one that the platform has not, or that is missing for e-mail; at
    /// `url`, `smtp` for a way that does not lead to the platform; at `smtp/password` where a user has none.
    pub fn change(&mut self, change: &ChannelChange, now: Timestamp) -> Result<bool, Refusal> {
        let before = self.0.clone();
        let mut changed = Self(before.clone());
        if let Some(name) = &change.name {
            changed.0.name = name.clone();
        }
        if let Some(address) = &change.address {
            changed.0.address.clone_from(address);
        }
        if let Some(reach) = &change.reach {
            changed.0.reach = reach.clone();
        }
        if let Some(secret) = &change.secret {
            changed.0.secret.clone_from(secret);
        }
        changed.check()?;
        let differs = changed.0 != before;
        if differs {
            changed.0.updated_at = now;
            *self = changed;
        }
        Ok(differs)
    }

    /// Lets it carry messages, or not. Says whether it was otherwise.
    pub fn turn(&mut self, to: ChannelStatus, now: Timestamp) -> bool {
        let changed = self.status != to;
        if changed {
            self.0.status = to;
            self.0.updated_at = now;
        }
        changed
    }

    /// Ends it.
    pub fn delete(&mut self, now: Timestamp) {
        self.0.status = ChannelStatus::Inactive;
        self.0.secret = None;
        self.0.deleted_at = Some(now);
        self.0.updated_at = now;
    }

    /// Refuses when it carries nothing.
    ///
    /// # Errors
    /// `channel_inactive`.
    pub fn admit(&self) -> Result<(), Refusal> {
        if self.status == ChannelStatus::Active && self.deleted_at.is_none() {
            Ok(())
        } else {
            Err(Refusal::ChannelInactive)
        }
    }

    /// Where its secret is sealed for.
    pub fn seal_place(id: ChannelId) -> [u8; 16] {
        id.to_bytes()
    }

    fn check(&self) -> Result<(), Refusal> {
        let refuse = |problem: &'static str, place: &'static str| {
            Err(Refusal::invalid(Invalid::new(problem).at(place)))
        };
        if !self.reach.fits(self.platform) {
            return match self.platform {
                Platform::Native => refuse("expected none: a native channel leads nowhere", "url"),
                Platform::Email => refuse("expected the mail server that takes the mail", "smtp"),
                _ => refuse("expected the address of the gateway", "url"),
            };
        }
        let key = self.address.as_ref().map(|one| one.key().as_str());
        match (self.platform.identifier_key(), key) {
            (Some(wanted), Some(key)) if wanted != key => {
                return refuse("expected an address of the channel's platform", "address");
            }
            (_, None) if self.platform == Platform::Email => {
                return refuse("expected the address that mail comes from", "address");
            }
            _ => {}
        }
        match &self.reach {
            Reach::Mail(server) if server.username.is_some() && self.secret.is_none() => {
                refuse("expected a password with a username", "smtp/password")
            }
            _ => Ok(()),
        }
    }
}

impl Deref for Channel {
    type Target = ChannelState;

    fn deref(&self) -> &ChannelState {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(platform: Platform, reach: Reach, address: Option<(&str, &str)>) -> ChannelState {
        ChannelState {
            id: ChannelId::from_bytes([1; 16]),
            workspace: WorkspaceId::from_bytes([2; 16]),
            platform,
            name: Name::parse("Support").expect("a name"),
            status: ChannelStatus::Active,
            connector: ParticipantId::from_bytes([3; 16]),
            address: address.map(|(key, value)| Identifier::from_stored(key, value)),
            reach,
            secret: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            deleted_at: None,
        }
    }

    fn gateway() -> Reach {
        Reach::Gateway(Endpoint::parse("https://gw.example/send").expect("an address"))
    }

    #[test]
    fn the_parts_of_a_channel_fit_together() {
        let mail = || {
            let server = MailServer::new("mx.example", None, MailSecurity::Starttls, None);
            Reach::Mail(server.expect("a server"))
        };
        let from = Some(("emailaddress", "a@x.org"));
        assert!(Channel::new(channel(Platform::Email, mail(), from)).is_ok());
        assert!(Channel::new(channel(Platform::Email, mail(), None)).is_err());
        assert!(Channel::new(channel(Platform::Email, gateway(), from)).is_err());
        assert!(Channel::new(channel(Platform::Sms, gateway(), from)).is_err());
        assert!(Channel::new(channel(Platform::Sms, gateway(), None)).is_ok());
        assert!(Channel::new(channel(Platform::Native, Reach::Within, None)).is_ok());
        assert!(Channel::new(channel(Platform::Native, gateway(), None)).is_err());
    }

    #[test]
    fn ways_survive_their_stored_form() {
        let server = MailServer::new("mx.example", Some(2525), MailSecurity::Tls, Some("ada"));
        for (platform, reach) in [
            (Platform::Native, Reach::Within),
            (Platform::Sms, gateway()),
            (Platform::Email, Reach::Mail(server.expect("a server"))),
        ] {
            let stored = reach.to_stored();
            assert_eq!(
                Reach::from_stored(platform, &stored).expect("stored"),
                reach
            );
        }
        assert!(Reach::from_stored(Platform::Sms, "{}").is_err());
    }

    #[test]
    fn an_endpoint_has_a_host_and_no_password() {
        for wrong in [
            "ftp://x",
            "https://",
            "https://a:b@x.org/",
            "https://x y/",
            "x.org",
        ] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn passwords_go_over_protected_ways_only() {
        assert!(MailServer::new("mx", None, MailSecurity::None, Some("ada")).is_err());
        assert!(MailServer::new("m x", None, MailSecurity::Tls, None).is_err());
        assert!(MailServer::new("mx", Some(0), MailSecurity::Tls, None).is_err());
    }
}
