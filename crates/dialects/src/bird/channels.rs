//! Channels: which there are, and whether somebody outside can be written to now.
//!
//! They are made and changed through the native API.

use causerie_core::act::{find_channel, find_participant, list_channels};
use causerie_core::channel::{Channel, ChannelStatus, Platform};
use causerie_core::contact::Identifier;
use causerie_core::page::{Limit, Page};
use causerie_core::{ChannelId, Invalid, ParticipantId, Refusal, Scope, Timestamp};
use causerie_http::extract::Call;
use causerie_http::members::text;
use causerie_http::{Answered, Rendered, Shown, StatusCode};
use serde::Serialize;

use super::id::{self, Hex, enter, hex, in_path};
use super::page::{Asked, walk};
use super::send::{channel_id, unless_channel_missing};
use super::wire::ResultsView;

/// How many channels a page has unless it is said.
const PAGE: u64 = 10;
/// How many channels a page may have: as many as a workspace may have.
const PAGE_MAX: u64 = 100;
/// How long a channel usually is when it is written.
const CHANNEL_BYTES: usize = 512;

/// A channel.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChannelView<'a> {
    id: Hex,
    workspace_id: Hex,
    platform_id: &'static str,
    name: &'a str,
    connector_id: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<&'a str>,
    status: &'static str,
    created_at: Shown<Timestamp>,
    updated_at: Shown<Timestamp>,
}

impl<'a> ChannelView<'a> {
    fn of(channel: &'a Channel) -> Self {
        Self {
            id: hex(channel.id.to_bytes()),
            workspace_id: hex(channel.workspace.to_bytes()),
            platform_id: channel.platform.as_str(),
            name: channel.name.as_str(),
            connector_id: hex(channel.connector.to_bytes()),
            identifier: channel.address.as_ref().map(Identifier::value),
            status: channel.status.as_str(),
            created_at: Shown(channel.created_at),
            updated_at: Shown(channel.updated_at),
        }
    }
}

/// Lists channels.
pub(super) async fn list(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let query = call.parameters()?;
    let platform = query.parsed("platform", Platform::parse);
    let status = query.parsed("status", ChannelStatus::parse);
    let named = query.maybe("ids", |raw| {
        let each = text(raw)?;
        each.split(',')
            .map(id::read)
            .collect::<Result<Vec<_>, Invalid>>()
    });
    let asked = Asked::read(&query, PAGE, PAGE_MAX);
    query.finish()?;
    let rendered = call
        .read(move |snapshot, cx| {
            let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
            // As many as a workspace may have are one page.
            let mut all = list_channels(snapshot, cx, platform, None, limit)?.items;
            all.retain(|one| {
                let wanted = named.as_ref();
                status.is_none_or(|status| status == one.status)
                    && wanted.is_none_or(|ids| ids.contains(&one.id.to_bytes()))
            });
            let found = walk(&asked, |cursor, limit| {
                Ok(cut(&all, asked.is_reversed(), cursor, limit))
            })?;
            let views = found.items.iter().map(ChannelView::of).collect();
            let results = ResultsView::of(views, found.next_token());
            let size_bytes = CHANNEL_BYTES * (found.items.len() + 1);
            Ok(Rendered::json(StatusCode::OK, &results, size_bytes))
        })
        .await?;
    Ok(rendered.into_response())
}

/// A page of all, which come newest first.
fn cut(
    all: &[Channel],
    reversed: bool,
    cursor: Option<ChannelId>,
    limit: Limit,
) -> Page<Channel, ChannelId> {
    let after = |one: &&Channel| match cursor {
        Some(cursor) if reversed => one.id > cursor,
        Some(cursor) => one.id < cursor,
        None => true,
    };
    let mut found: Vec<Channel> = all.iter().filter(after).cloned().collect();
    if reversed {
        found.reverse();
    }
    Page::cut(found, limit, |one| one.id)
}

/// Shows a channel.
pub(super) async fn show(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let id = channel_id(&call)?;
    let found = call
        .read(move |snapshot, cx| find_channel(snapshot, cx, id))
        .await?;
    let rendered = Rendered::json(StatusCode::OK, &ChannelView::of(&found), CHANNEL_BYTES);
    Ok(rendered.into_response())
}

/// Until when somebody can be written to freely. No channel of this server closes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WindowView {
    service_window_expire_at: Option<Shown<Timestamp>>,
    is_permanent_session: bool,
}

/// Shows until when a contact can be written to freely.
pub(super) async fn window(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let id = channel_id(&call)?;
    let contact = in_path(&call, "contactId", Refusal::ParticipantNotFound);
    let contact = unless_channel_missing(&call, contact, id).await?;
    let contact = ParticipantId::from_bytes(contact);
    call.read(move |snapshot, cx| {
        find_channel(snapshot, cx, id)?;
        find_participant(snapshot, cx, contact).map(drop)
    })
    .await?;
    let view = WindowView {
        service_window_expire_at: None,
        is_permanent_session: true,
    };
    Ok(Rendered::json(StatusCode::OK, &view, CHANNEL_BYTES).into_response())
}
