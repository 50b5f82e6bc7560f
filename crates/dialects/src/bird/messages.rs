//! Messages that were sent or came in: lists, one by one, and what people did with them.
//!
//! Which messages somebody may see is decided by the core.

use std::collections::HashMap;

use causerie_core::act::{
    find_channel, find_conversation, find_conversations, find_media, find_message_anywhere,
    find_scheduled, list_all_unmarked, list_channels, list_reactions, list_receipts,
};
use causerie_core::channel::Channel;
use causerie_core::media::Media;
use causerie_core::page::{Limit, Page};
use causerie_core::port::{MessageFilter, Snapshot};
use causerie_core::receipt::Seen;
use causerie_core::schedule::Scheduled;
use causerie_core::{
    ChannelId, Context, Direction, Error, MessageId, Refusal, Scope, Sight, Visibility,
};
use causerie_http::extract::Call;
use causerie_http::{Answered, Problem, Rendered, StatusCode};

use super::id::{enter, in_path};
use super::interaction::InteractionView;
use super::page::{Asked, Walked, walk};
use super::scene::{Scene, is_shown};
use super::send::{channel_id, unless_channel_missing};
use super::value;
use super::wire::{MESSAGE_BYTES, MessageView, ResultsView, STATUSES, status};

/// How many messages a page has unless it is said.
const PAGE: u64 = 25;
/// How many messages a page may have.
const PAGE_MAX: u64 = 1_000;

/// Which messages, and where to go on.
struct Which {
    filter: MessageFilter,
    status: Option<&'static str>,
    asked: Asked<MessageId>,
}

impl Which {
    fn read(call: &Call, channel: Option<ChannelId>) -> Result<Self, Problem> {
        let query = call.parameters()?;
        let directions = [
            ("incoming", Direction::Incoming),
            ("outgoing", Direction::Outgoing),
        ];
        let time = |name| query.parsed(name, value::time);
        let filter = MessageFilter {
            sight: Sight::Public,
            channel,
            direction: query.word("direction", &directions),
            from: time("startAt"),
            until: time("endAt"),
            ..MessageFilter::everything()
        };
        let which = Self {
            filter,
            status: query.word("status", STATUSES),
            asked: Asked::read(&query, PAGE, PAGE_MAX),
        };
        query.finish()?;
        Ok(which)
    }

    /// Those of a channel, or of these channels. What is not shown is passed over in large steps.
    fn walk(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        channels: Option<&HashMap<ChannelId, Channel>>,
    ) -> Result<Walked<Seen, MessageId>, Error> {
        let (filter, order) = (&self.filter, self.asked.order);
        let step = if channels.is_some() || self.status.is_some() {
            Limit::new(u64::from(Limit::MAX)).ok()
        } else {
            None
        };
        walk(&self.asked, |cursor, limit| {
            let asked = step.unwrap_or(limit);
            let mut page = list_all_unmarked(snapshot, cx, filter, order, cursor, asked)?;
            page.items.retain(|seen| {
                is_shown(seen) && self.status.is_none_or(|wanted| wanted == status(seen))
            });
            if let Some(channels) = channels {
                retain_of(snapshot, cx, channels, &mut page.items)?;
            }
            let rest = page.next;
            let cut = Page::cut(page.items, limit, |seen| seen.id);
            Ok(Page {
                next: cut.next.or(rest),
                items: cut.items,
            })
        })
    }
}

/// Leaves out what was said in conversations of no such channel.
fn retain_of(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    channels: &HashMap<ChannelId, Channel>,
    messages: &mut Vec<Seen>,
) -> Result<(), Error> {
    let ids: Vec<_> = messages.iter().map(|seen| seen.conversation).collect();
    let conversations = find_conversations(snapshot, cx, &ids)?;
    messages.retain(|seen| {
        let of = conversations.get(&seen.conversation);
        let channel = of.and_then(|of| of.channel);
        channel.is_some_and(|id| channels.contains_key(&id))
    });
    Ok(())
}

fn page(found: &Walked<Seen, MessageId>, scene: &Scene, mount_url: &str) -> Rendered {
    let views = found
        .items
        .iter()
        .filter_map(|seen| MessageView::of(seen, scene, mount_url));
    let results = ResultsView::of(views.collect(), found.next_token());
    let size_bytes = MESSAGE_BYTES * (found.items.len() + 1);
    Rendered::json(StatusCode::OK, &results, size_bytes)
}

/// Lists the messages of a channel.
pub(super) async fn list(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let id = channel_id(&call)?;
    let which = unless_channel_missing(&call, Which::read(&call, Some(id)), id).await?;
    let mount_url = call.mount_url();
    let rendered = call
        .read(move |snapshot, cx| {
            let channel = find_channel(snapshot, cx, id)?;
            let found = which.walk(snapshot, cx, None)?;
            let scene = Scene::of_channel(snapshot, cx, channel, &found.items)?;
            Ok(page(&found, &scene, &mount_url))
        })
        .await?;
    Ok(rendered.into_response())
}

/// Lists the messages of all channels of the workspace.
pub(super) async fn list_all(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let which = Which::read(&call, None)?;
    let mount_url = call.mount_url();
    let rendered = call
        .read(move |snapshot, cx| {
            let channels = all_channels(snapshot, cx)?;
            let mut found = which.walk(snapshot, cx, Some(&channels))?;
            let scene = Scene::of_workspace(snapshot, cx, channels, &mut found.items)?;
            Ok(page(&found, &scene, &mount_url))
        })
        .await?;
    Ok(rendered.into_response())
}

/// As many channels as a workspace may have are one page.
fn all_channels(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
) -> Result<HashMap<ChannelId, Channel>, Error> {
    let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
    let all = list_channels(snapshot, cx, None, None, limit)?;
    Ok(all.items.into_iter().map(|one| (one.id, one)).collect())
}

/// A message of a channel, and what it is shown with.
enum Found {
    Sent(Box<Seen>, Scene),
    Waiting(Box<Scheduled>, Vec<Media>, Scene),
}

fn find(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    of: ChannelId,
    id: MessageId,
) -> Result<Found, Error> {
    let channel = find_channel(snapshot, cx, of)?;
    let elsewhere = || Err(Refusal::MessageNotFound.into());
    let seen = match find_message_anywhere(snapshot, cx, id) {
        Err(Error::Refusal(Refusal::MessageNotFound)) => {
            return find_waiting(snapshot, cx, channel, id);
        }
        found => found?,
    };
    let conversation = seen.conversation;
    let mut one = vec![seen];
    let channels = HashMap::from([(channel.id, channel)]);
    let scene = Scene::of_workspace(snapshot, cx, channels, &mut one)?;
    match one.pop() {
        Some(seen) if is_shown(&seen) && scene.channel(conversation).is_some() => {
            Ok(Found::Sent(Box::new(seen), scene))
        }
        _ => elsewhere(),
    }
}

fn find_waiting(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    channel: Channel,
    id: MessageId,
) -> Result<Found, Error> {
    let missing = |error| match error {
        Error::Refusal(Refusal::ScheduledNotFound | Refusal::AlreadySent) => {
            Refusal::MessageNotFound.into()
        }
        other => other,
    };
    let waiting = find_scheduled(snapshot, cx, id).map_err(missing)?;
    let of = find_conversation(snapshot, cx, waiting.conversation)?;
    if of.channel != Some(channel.id) || waiting.draft.visibility == Visibility::Private {
        return Err(Refusal::MessageNotFound.into());
    }
    let mut files = Vec::new();
    if waiting.draft.content.is_none() {
        for one in waiting.draft.attachments.iter() {
            files.push(find_media(snapshot, cx, one.media)?);
        }
    }
    let scene = Scene::of_scheduled(snapshot, cx, channel, &waiting)?;
    Ok(Found::Waiting(Box::new(waiting), files, scene))
}

/// The message that stands in the path.
fn message_id(call: &Call) -> Result<MessageId, Problem> {
    let id = in_path(call, "messageId", Refusal::MessageNotFound)?;
    Ok(MessageId::from_bytes(id))
}

/// Shows a message.
pub(super) async fn show(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let of = channel_id(&call)?;
    let id = unless_channel_missing(&call, message_id(&call), of).await?;
    let mount_url = call.mount_url();
    let rendered = call
        .read(move |snapshot, cx| {
            let found = find(snapshot, cx, of, id)?;
            let view = match &found {
                Found::Sent(seen, scene) => MessageView::of(seen, scene, &mount_url),
                Found::Waiting(waiting, files, scene) => {
                    MessageView::waiting(waiting, files, scene, &mount_url)
                }
            };
            let view = view.ok_or(Refusal::MessageNotFound)?;
            Ok(Rendered::json(StatusCode::OK, &view, MESSAGE_BYTES))
        })
        .await?;
    Ok(rendered.into_response())
}

/// Lists what people did with a message: that they read it, and how they reacted.
pub(super) async fn interactions(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let of = channel_id(&call)?;
    let id = unless_channel_missing(&call, message_id(&call), of).await?;
    let rendered = call
        .read(move |snapshot, cx| {
            let (seen, scene) = match find(snapshot, cx, of, id)? {
                Found::Sent(seen, scene) => (seen, scene),
                Found::Waiting(..) => return Ok(render_interactions(Vec::new())),
            };
            let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
            let place = seen.conversation;
            let reactions = list_reactions(snapshot, cx, place, id, None, limit)?;
            let receipts = list_receipts(snapshot, cx, place, id, None, limit)?;
            let mut people: Vec<_> = reactions.items.iter().map(|one| one.participant).collect();
            people.extend(receipts.items.iter().map(|one| one.participant));
            let scene = scene.with(snapshot, cx, &people)?;
            let reacted = reactions.items.iter();
            let reacted = reacted.map(|one| InteractionView::reaction(&seen, one, &scene));
            let read = receipts.items.iter();
            let read = read.map(|one| InteractionView::read(&seen, one, &scene));
            Ok(render_interactions(reacted.chain(read).flatten().collect()))
        })
        .await?;
    Ok(rendered.into_response())
}

fn render_interactions(mut all: Vec<InteractionView<'_>>) -> Rendered {
    all.sort_by_key(InteractionView::at);
    let size_bytes = MESSAGE_BYTES * (all.len() + 1);
    Rendered::json(StatusCode::OK, &ResultsView::of(all, None), size_bytes)
}
