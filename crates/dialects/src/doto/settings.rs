//! What a client with a new key needs to begin with: an inbox, and as whom the key speaks.
//!
//! Uses an inbox that there is, if a client can bring messages to it.

use causerie_core::act::{CreateChannel, create_channel, list_channels, take_voice};
use causerie_core::channel::{Channel, Platform, Reach};
use causerie_core::page::Limit;
use causerie_core::port::{Snapshot, Unit};
use causerie_core::text::Name;
use causerie_core::{Context, Error};

use super::around::Wanted;
use super::surface::TOKEN;
use super::wire::ACCOUNT;
use crate::{Access, Settings};

/// What the first inbox is called.
const INBOX: &str = "API";

/// Sees to it that there is an inbox, and somebody as whom the key speaks.
///
/// # Errors
/// Those of the use cases.
pub(super) fn prepare(unit: &mut dyn Unit, cx: &Context) -> Result<(), Error> {
    take_voice(unit, &cx.another(b"voice"))?;
    if find_inbox(unit, cx)?.is_some() {
        return Ok(());
    }
    let cmd = CreateChannel {
        platform: Platform::Native,
        name: Name::from_stored(INBOX),
        address: None,
        reach: Reach::Within,
        secret: None,
    };
    create_channel(unit, &cx.another(b"inbox"), &cmd).map(drop)
}

/// The newest inbox to which a client can bring messages without being called itself.
fn find_inbox(snapshot: &mut dyn Snapshot, cx: &Context) -> Result<Option<Channel>, Error> {
    let one = Limit::new(1).unwrap_or_default();
    let found = list_channels(snapshot, cx, Some(Platform::Native), None, one)?;
    Ok(found.items.into_iter().next())
}

/// What to set in a client.
///
/// # Errors
/// Those of the use cases.
pub(super) fn settings(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    access: &Access<'_>,
) -> Result<Settings, Error> {
    let inbox = find_inbox(snapshot, cx)?.map(|inbox| inbox.id.to_bytes());
    let mut wanted = Wanted::default();
    if let Some(id) = inbox {
        wanted.number(id);
    }
    let around = wanted.gather(snapshot, cx)?;
    let number = inbox.and_then(|id| around.number(id));
    let Access { base_url, key } = access;
    let [header, _] = TOKEN;
    let mut values = vec![
        ("base_url", (*base_url).to_owned()),
        ("account_id", ACCOUNT.to_string()),
    ];
    values.extend(number.map(|number| ("inbox_id", number.to_string())));
    values.push((header, (*key).to_owned()));
    let curl = format!("curl '{base_url}/api/v1/accounts/{ACCOUNT}/inboxes' -H '{header}: {key}'");
    Ok(Settings { values, curl })
}
