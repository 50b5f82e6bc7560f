//! Channels: the ways out of the workspace and back, to people who are elsewhere.

mod reach;

use std::ops::Deref;

use crate::contact::{Identifier, IdentifierKey};
use crate::id::{ChannelId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::refusal::Refusal;
use crate::text::Name;
use crate::timestamp::Timestamp;
use crate::vault::Sealed;
use crate::words::words;

pub use reach::{ENDPOINT_CHARS_MAX, Endpoint, MailSecurity, MailServer, Reach};

/// How many channels a workspace may have.
pub const CHANNELS_MAX: usize = 100;
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

    /// What the channel itself is known by there.
    pub const fn address_key(self) -> &'static str {
        match self.identifier_key() {
            Some(key) => key,
            None => "address",
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
    /// Another way to its platform. A password stays behind: it goes to the server that it was given with, and to
    /// no other.
    pub reach: Option<Reach>,
    /// Another secret.
    pub secret: Option<Sealed>,
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
            if !reach.is_signed() {
                changed.0.secret = None;
            }
        }
        if let Some(secret) = &change.secret {
            changed.0.secret = Some(secret.clone());
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
