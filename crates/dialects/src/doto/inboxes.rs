//! Inboxes: listed, created, shown, changed and deleted.
//!
//! A client makes inboxes that it brings messages to itself; those of other platforms are made through `/v1`.

use causerie_core::act::{
    CreateChannel, change_channel, create_channel, delete_channel, find_channel, find_extras,
    keep_extra,
};
use causerie_core::channel::{Channel, ChannelChange, Platform, Reach};
use causerie_core::port::{Snapshot, Unit};
use causerie_core::text::Name;
use causerie_core::{Bearer, ChannelId, Context, Error, Refusal, Scope};
use causerie_http::extract::Call;
use causerie_http::{Answered, Members, Problem};
use serde::Serialize;

use super::around::{Around, Wanted};
use super::contacts::find_inbox;
use super::conversation_view::channels;
use super::entry::{admit, done, ok, part};
use super::inbox_view::{KEPT, WEBHOOK_URL, inbox};
use super::json::{self, Object};
use crate::doto::NAME;

#[derive(Serialize)]
struct ListView {
    payload: Vec<Object>,
}

fn gather(snapshot: &mut dyn Snapshot, cx: &Context, of: &[Channel]) -> Result<Around, Error> {
    let mut wanted = Wanted::default();
    for channel in of {
        wanted.number(channel.id.to_bytes());
        wanted.extra(Bearer::Channel(channel.id));
    }
    wanted.gather(snapshot, cx)
}

/// Lists inboxes, the oldest first.
pub(super) async fn list(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let (all, around) = call
        .read(|snapshot, cx| {
            let mut all: Vec<Channel> = channels(snapshot, cx)?.into_values().collect();
            all.sort_unstable_by_key(|channel| channel.id);
            let around = gather(snapshot, cx, &all)?;
            Ok((all, around))
        })
        .await?;
    let payload = all.iter().map(|one| inbox(one, &around)).collect();
    Ok(ok(&ListView { payload }))
}

fn number(call: &Call) -> Result<u64, Problem> {
    part(call, "inbox_id").map_err(|_| Refusal::ChannelNotFound.into())
}

async fn show(call: &Call, id: ChannelId) -> Answered {
    let (channel, around) = call
        .read(move |snapshot, cx| {
            let channel = find_channel(snapshot, cx, id)?;
            let around = gather(snapshot, cx, std::slice::from_ref(&channel))?;
            Ok((channel, around))
        })
        .await?;
    Ok(ok(&inbox(&channel, &around)))
}

/// Shows an inbox.
pub(super) async fn get(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let number = number(&call)?;
    let id = call
        .read(move |snapshot, cx| find_inbox(snapshot, cx, number))
        .await?;
    show(&call, id).await
}

/// What a request says of an inbox that only this product knows.
fn kept(members: &Members) -> Object {
    let mut all = Object::new();
    for name in KEPT {
        if let Some(raw) = members.get_raw(name) {
            all.insert((*name).to_owned(), raw.to_owned());
        }
    }
    let channel = members.object("channel");
    let url = channel
        .as_ref()
        .and_then(|channel| channel.get_raw(WEBHOOK_URL));
    if let Some(url) = url {
        all.insert(WEBHOOK_URL.to_owned(), url.to_owned());
    }
    all
}

fn keep(unit: &mut dyn Unit, cx: &Context, id: ChannelId, new: &Object) -> Result<(), Error> {
    if new.is_empty() {
        return Ok(());
    }
    let bearer = Bearer::Channel(id);
    let found = find_extras(unit, cx, NAME, &[bearer])?;
    let own = found.get(&bearer).map(|extra| json::object(extra.as_str()));
    let all = json::merged(own.unwrap_or_default(), new.clone());
    match json::extra(&all).map_err(|wrong| wrong.at("channel"))? {
        Some(extra) => keep_extra(unit, cx, bearer, &extra),
        None => Ok(()),
    }
}

/// Creates an inbox that clients bring messages to.
pub(super) async fn create(mut call: Call) -> Answered {
    admit(&call, Scope::Admin)?;
    let members = call.members().await?;
    let name = members
        .need_text("name")
        .and_then(|name| members.note("name", Name::parse(&name)));
    if let Some(channel) = members.object("channel") {
        channel.word("type", &[("api", ())]);
    }
    let kept = kept(&members);
    let name = members.finish_with(name)?;
    let cmd = CreateChannel {
        platform: Platform::Native,
        name,
        address: None,
        reach: Reach::Within,
        secret: None,
    };
    let id = call
        .write(move |unit, cx| {
            let channel = create_channel(unit, cx, &cmd)?;
            keep(unit, cx, channel.id, &kept)?;
            Ok(channel.id)
        })
        .await?;
    show(&call, id).await
}

/// Changes an inbox.
pub(super) async fn update(mut call: Call) -> Answered {
    admit(&call, Scope::Admin)?;
    let received = call.members().await;
    let number = number(&call)?;
    let id = call
        .read(move |snapshot, cx| find_inbox(snapshot, cx, number))
        .await?;
    let members = received?;
    let change = ChannelChange {
        name: members.parsed("name", Name::parse),
        ..ChannelChange::default()
    };
    let kept = kept(&members);
    members.finish()?;
    call.write(move |unit, cx| {
        change_channel(unit, cx, id, &change)?;
        keep(unit, cx, id, &kept)
    })
    .await?;
    show(&call, id).await
}

/// Deletes an inbox; its conversations stay.
pub(super) async fn delete(call: Call) -> Answered {
    admit(&call, Scope::Admin)?;
    let number = number(&call)?;
    call.write(move |unit, cx| {
        let id = find_inbox(unit, cx, number)?;
        delete_channel(unit, cx, id)
    })
    .await?;
    Ok(done())
}
