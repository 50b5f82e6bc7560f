//! What is shown of channels and of trying them.
//!
//! Never a secret, but for the one that a platform is to sign with: once, when it was made.

use causerie_core::channel::{Channel, MailServer, Reach};
use causerie_core::contact::Identifier;
use causerie_core::outbound::Handed;
use causerie_core::{ChannelId, ParticipantId};
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;
use crate::native::vocabulary;
use crate::reply::Shown;

/// A way out of the workspace and back.
#[derive(Serialize, ToSchema)]
#[schema(as = Channel)]
pub(crate) struct ChannelView<'a> {
    #[schema(value_type = String, example = "chan_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<ChannelId>,
    #[schema(value_type = vocabulary::ChannelPlatform, example = "email")]
    platform: &'static str,
    #[schema(example = "Support")]
    name: &'a str,
    #[schema(value_type = vocabulary::ChannelStatus, example = "active")]
    status: &'static str,
    /// The bot that speaks through it when nobody is named.
    #[schema(value_type = String, example = "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    connector_id: Shown<ParticipantId>,
    /// Under which address it is known there.
    #[schema(example = "support@example.com")]
    address: Option<&'a str>,
    /// Where the gateway takes calls.
    url: Option<&'a str>,
    /// The server that takes mail, without its password.
    smtp: Option<SmtpView<'a>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
}

impl<'a> ChannelView<'a> {
    pub(crate) fn of(channel: &'a Channel) -> Self {
        let (url, smtp) = match &channel.reach {
            Reach::Within => (None, None),
            Reach::Gateway(endpoint) => (Some(endpoint.as_str()), None),
            Reach::Mail(server) => (None, Some(SmtpView::of(server))),
        };
        Self {
            id: Shown(channel.id),
            platform: channel.platform.as_str(),
            name: channel.name.as_str(),
            status: channel.status.as_str(),
            connector_id: Shown(channel.connector),
            address: channel.address.as_ref().map(Identifier::value),
            url,
            smtp,
            created_at: Shown(channel.created_at),
            updated_at: Shown(channel.updated_at),
        }
    }
}

/// A server that takes mail.
#[derive(Serialize, ToSchema)]
#[schema(as = Smtp)]
pub(crate) struct SmtpView<'a> {
    #[schema(example = "smtp.example.com")]
    host: &'a str,
    #[schema(example = 587)]
    port: u16,
    #[schema(value_type = vocabulary::MailSecurity, example = "starttls")]
    security: &'static str,
    /// As whom to log in, if at all.
    username: Option<&'a str>,
}

impl<'a> SmtpView<'a> {
    fn of(server: &'a MailServer) -> Self {
        Self {
            host: &server.host,
            port: server.port,
            security: server.security.as_str(),
            username: server.username.as_deref(),
        }
    }
}

/// A channel with the secret that its platform signs with: shown once.
#[derive(Serialize, ToSchema)]
#[schema(as = NewChannel)]
pub(crate) struct NewChannelView<'a> {
    #[serde(flatten)]
    view: ChannelView<'a>,
    /// What calls are signed with, ours and the platform's (Standard Webhooks). It is shown here and never
    /// again; left out where nothing is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_…")]
    signing_secret: Option<&'a str>,
}

impl<'a> NewChannelView<'a> {
    pub(crate) fn of(channel: &'a Channel, signing_secret: Option<&'a str>) -> Self {
        Self {
            view: ChannelView::of(channel),
            signing_secret,
        }
    }
}

/// What came of trying a channel.
#[derive(Serialize, ToSchema)]
#[schema(as = ChannelTest)]
pub(crate) struct TestView<'a> {
    /// Whether messages could be handed over.
    ok: bool,
    /// Why not.
    reason: Option<&'a str>,
    /// What else is known.
    detail: Option<&'a str>,
}

impl<'a> TestView<'a> {
    pub(crate) fn of(handed: &'a Handed) -> Self {
        let (ok, reason, detail) = match handed {
            Handed::Taken { .. } | Handed::Partly { .. } => (true, None, None),
            Handed::Refused { reason, detail } | Handed::Later { reason, detail, .. } => {
                (false, Some(reason.as_str()), detail.as_deref())
            }
        };
        Self { ok, reason, detail }
    }
}
