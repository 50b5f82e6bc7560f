//! What a new client is told: its workspace, a channel to begin with, and a command that works.
//!
//! The channel leads nowhere outside; it is made once.

use causerie_core::act::{CreateChannel, create_channel, list_channels};
use causerie_core::channel::{Platform, Reach};
use causerie_core::page::Limit;
use causerie_core::port::{Snapshot, Unit};
use causerie_core::text::Name;
use causerie_core::{ChannelId, Context, Error, Refusal};

use super::SCHEME;
use super::id::hex;
use crate::{Access, Settings};

/// How the channel is called that a workspace without one is given.
const FIRST_CHANNEL: &str = "Messages";

/// Sees to it that the workspace has a channel that can be tried without sending anything anywhere.
pub(super) fn prepare(unit: &mut dyn Unit, cx: &Context) -> Result<(), Error> {
    if first_channel(unit, cx)?.is_some() {
        return Ok(());
    }
    let cmd = CreateChannel {
        platform: Platform::Native,
        name: Name::from_stored(FIRST_CHANNEL),
        address: None,
        reach: Reach::Within,
        secret: None,
    };
    create_channel(unit, cx, &cmd).map(drop)
}

/// The newest channel that leads nowhere outside.
fn first_channel(snapshot: &mut dyn Snapshot, cx: &Context) -> Result<Option<ChannelId>, Error> {
    let limit = Limit::new(1).unwrap_or_default();
    let mut page = list_channels(snapshot, cx, Some(Platform::Native), None, limit)?;
    Ok(page.items.pop().map(|channel| channel.id))
}

/// What to set in the client.
pub(super) fn tell(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    access: &Access<'_>,
) -> Result<Settings, Error> {
    let channel = first_channel(snapshot, cx)?.ok_or(Refusal::ChannelNotFound)?;
    let workspace = hex(cx.workspace().to_bytes()).0;
    let channel = hex(channel.to_bytes()).0;
    let Access { base_url, key } = access;
    let body = r#"{"receiver":{"contacts":[{"identifierKey":"phonenumber","identifierValue":"+31612345678"}]},"body":{"type":"text","text":{"text":"Hello!"}}}"#;
    let curl = format!(
        "curl -X POST {base_url}/workspaces/{workspace}/channels/{channel}/messages \\\n  \
         -H \"Authorization: {SCHEME} {key}\" -H \"Content-Type: application/json\" \\\n  \
         -d '{body}'"
    );
    Ok(Settings {
        values: vec![
            ("base URL", (*base_url).to_owned()),
            ("workspaceId", workspace.to_string()),
            ("channelId", channel.to_string()),
            ("access key", (*key).to_owned()),
        ],
        curl,
    })
}
