//! What is shown of conversations: their state, whom they are with, and what was said last.
//!
//! Gathered for a page with as many statements as for one.

use std::collections::HashMap;

use causerie_core::act::{find_newest, list_channels};
use causerie_core::channel::ChannelStatus;
use causerie_core::page::Limit;
use causerie_core::port::Snapshot;
use causerie_core::receipt::Seen;
use causerie_core::{
    Bearer, Context, Conversation, ConversationId, Error, ParticipantId, Sight, Status, Timestamp,
};
use causerie_http::extract::Call;
use causerie_http::{App, Problem, Raw, Shown};
use serde::Serialize;
use uuid::Uuid;

use super::around::{Around, Wanted};
use super::entry;
use super::inbox_view::{Channels, channel_type};
use super::json::{self, Object};
use super::people::{AgentView, ContactView};
use super::talk::People;
use super::wire::{ACCOUNT, Form, MessageView, Place, Way, seconds};

/// Everything that a page of conversations shows.
pub(super) struct Desk {
    pub(super) conversations: Vec<Conversation>,
    pub(super) people: People,
    pub(super) around: Around,
    newest: HashMap<ConversationId, Seen>,
    channels: Channels,
    voice: ParticipantId,
}

impl Desk {
    /// Gathers it for somebody as whom a key speaks.
    ///
    /// # Errors
    /// Those of the use cases.
    pub(super) fn gather(
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        conversations: Vec<Conversation>,
        voice: ParticipantId,
    ) -> Result<Self, Error> {
        let newest = find_newest(snapshot, cx, &conversations)?;
        let ids: Vec<ConversationId> = conversations.iter().map(|one| one.id).collect();
        let assignees = conversations.iter().filter_map(|one| one.assignee);
        let senders = newest.values().map(|seen| seen.sender);
        let people = People::find(snapshot, cx, &ids, assignees.chain(senders))?;
        let watchers: Vec<_> = conversations
            .iter()
            .flat_map(|one| [Some(voice), one.assignee].map(|id| Some((one.id, id?))))
            .flatten()
            .collect();
        let people = people.with_watchers(snapshot, cx, &watchers)?;
        let mut wanted = Wanted::default();
        for one in people.all() {
            wanted.known(one);
        }
        for one in &conversations {
            wanted.conversation(one);
        }
        for seen in newest.values() {
            wanted.message(seen);
        }
        Ok(Self {
            around: wanted.gather(snapshot, cx)?,
            channels: channels(snapshot, cx)?,
            conversations,
            people,
            newest,
            voice,
        })
    }

    /// The conversations as they are shown.
    pub(super) fn views<'a>(
        &'a self,
        form: &'a Form,
        app: &'a App,
    ) -> impl Iterator<Item = ConversationView<'a>> {
        let all = self.conversations.iter();
        all.map(move |one| ConversationView::of(one, self, form, app))
    }
}

/// The channels of the workspace.
///
/// # Errors
/// Those of [`list_channels`].
pub(super) fn channels(snapshot: &mut dyn Snapshot, cx: &Context) -> Result<Channels, Error> {
    // A workspace has no more channels than a page has room for.
    let all = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
    let found = list_channels(snapshot, cx, None, None, all)?.items;
    Ok(found.into_iter().map(|one| (one.id, one)).collect())
}

#[derive(Serialize)]
struct MetaView<'a> {
    sender: Option<ContactView<'a>>,
    channel: Option<&'static str>,
    assignee: Option<AgentView<'a>>,
    team: Option<Object>,
    hmac_verified: bool,
}

/// A conversation.
#[derive(Serialize)]
pub(super) struct ConversationView<'a> {
    id: u64,
    uuid: Shown<Uuid>,
    account_id: u64,
    inbox_id: Option<u64>,
    status: &'static str,
    priority: Option<&'static str>,
    messages: Vec<MessageView<'a>>,
    meta: MetaView<'a>,
    contact: Option<ContactView<'a>>,
    additional_attributes: Object,
    custom_attributes: Raw<'a>,
    labels: Vec<&'a str>,
    muted: bool,
    snoozed_until: Option<i64>,
    can_reply: bool,
    unread_count: u64,
    created_at: i64,
    updated_at: i64,
    timestamp: i64,
    last_activity_at: i64,
    first_reply_created_at: i64,
    waiting_since: i64,
    agent_last_seen_at: i64,
    assignee_last_seen_at: i64,
    contact_last_seen_at: i64,
    last_non_activity_message: Option<MessageView<'a>>,
}

impl<'a> ConversationView<'a> {
    fn of(one: &'a Conversation, desk: &'a Desk, form: &Form, app: &App) -> Self {
        let (around, people) = (&desk.around, &desk.people);
        let inbox = one.channel.and_then(|id| around.number(id.to_bytes()));
        let place = Place {
            number: one.number,
            inbox,
        };
        let newest = desk.newest.get(&one.id);
        let said = |seen| MessageView::of(seen, place, around, form, app);
        let channel = one.channel.and_then(|id| desk.channels.get(&id));
        let own = people.member(one.id, desk.voice);
        let contact = people.contact(one.id);
        let assignee = one.assignee.and_then(|id| around.participant(id));
        let activity = seconds(one.last_message_at.unwrap_or(one.created_at));
        let read_at = |at: Option<Timestamp>| at.map_or(0, seconds);
        let seen_at = |id| read_at(people.member(one.id, id).and_then(|member| member.read_at));
        Self {
            id: one.number,
            uuid: Shown(Uuid::from_bytes(one.id.to_bytes())),
            account_id: ACCOUNT,
            inbox_id: inbox,
            status: status_word(one.status),
            priority: one.priority.map(causerie_core::Priority::as_str),
            messages: newest.map(said).into_iter().collect(),
            meta: MetaView {
                sender: contact.map(|(_, one)| ContactView::of(one, around)),
                channel: channel.map(|channel| channel_type(channel.platform)),
                assignee: assignee.map(|one| AgentView::of(one, around)),
                team: None,
                hmac_verified: false,
            },
            contact: contact.map(|(_, one)| ContactView::of(one, around)),
            additional_attributes: json::kept_object(around, Bearer::Conversation(one.id)),
            custom_attributes: Raw(one.metadata.as_str()),
            labels: one
                .labels
                .iter()
                .map(causerie_core::tag::TagName::as_str)
                .collect(),
            muted: own.is_some_and(|member| member.muted_at.is_some()),
            snoozed_until: one.snoozed_until.map(seconds),
            can_reply: channel.is_none_or(|channel| channel.status == ChannelStatus::Active),
            unread_count: match own {
                Some(member) => member.unread_count(one, Sight::Everything),
                None => one.message_count(Sight::Everything),
            },
            created_at: seconds(one.created_at),
            updated_at: seconds(one.updated_at),
            timestamp: activity,
            last_activity_at: activity,
            first_reply_created_at: 0,
            waiting_since: 0,
            agent_last_seen_at: seen_at(desk.voice),
            assignee_last_seen_at: one.assignee.map_or(0, seen_at),
            contact_last_seen_at: contact.map_or(0, |(member, _)| read_at(member.read_at)),
            last_non_activity_message: newest
                .filter(|seen| Way::of(seen) != Way::Activity)
                .map(said),
        }
    }
}

/// What a state is called here: what is finished or put away is resolved.
pub(super) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Closed | Status::Archived => "resolved",
        Status::Pending => "pending",
        Status::Snoozed => "snoozed",
    }
}

/// One conversation as it is now.
///
/// # Errors
/// `conversation_not_found`.
pub(super) async fn show(
    call: &Call,
    id: ConversationId,
) -> Result<actix_web::HttpResponse, Problem> {
    let voice = entry::voice(call).await?.id();
    let desk = call
        .read(move |snapshot, cx| {
            let one = causerie_core::act::find_conversation(snapshot, cx, id)?;
            Desk::gather(snapshot, cx, vec![one], voice)
        })
        .await?;
    let form = entry::form(call)?;
    let view = desk.views(&form, call.app()).next();
    Ok(entry::ok(&view))
}
