//! The log of the workspace, from any position on, with a long poll.
//!
//! Waiting holds no thread and no snapshot: the heads of the store wake it.

use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use causerie_core::act::{Happened, SubjectNow, read_events};
use causerie_core::page::Limit;
use causerie_core::{
    Caller, ChannelId, ConversationId, Event, Invalid, KeyId, MediaId, MessageId, ParticipantId,
    Position, ReactionId, Scope, Seq, Subject, TagId, TemplateId, Timestamp, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::vocabulary;
use super::wire::{
    Answered, ChannelView, ConversationView, MediaView, MemberView, MessageView, ParticipantView,
    ReactionView, ScheduledView, TagView, TemplateView, VIEW_BYTES,
};
use crate::Problem;
use crate::extract::{Call, Query, number};
use crate::reply::{Rendered, Shown};

/// How long a request may wait for the next event.
pub(crate) const WAIT_SECONDS_MAX: u64 = 30;
/// How often the log is read while waiting, whatever the heads say: the safety net under several nodes.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Digits of the largest 64-bit number.
const POSITION_DIGITS_MAX: usize = 19;

/// What happened.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventView<'a> {
    /// Its place in the log: 1, 2, 3 … without a gap.
    #[schema(example = 4711)]
    position: u64,
    #[schema(value_type = vocabulary::EventTopic, example = "message.created")]
    topic: &'static str,
    #[schema(value_type = String, format = DateTime)]
    at: Shown<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    workspace_id: Option<Shown<WorkspaceId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    key_id: Option<Shown<KeyId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    conversation_id: Option<Shown<ConversationId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    participant_id: Option<Shown<ParticipantId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    message_id: Option<Shown<MessageId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reaction_id: Option<Shown<ReactionId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    template_id: Option<Shown<TemplateId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    tag_id: Option<Shown<TagId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    media_id: Option<Shown<MediaId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    channel_id: Option<Shown<ChannelId>>,
    /// The message's `seq`, how far a member has come, or the number of a ledger's entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 17)]
    seq: Option<u64>,
    /// The thing as it stands now; null when it is gone, and for keys and the workspace. Who has received or
    /// read a message is not looked up here.
    #[schema(value_type = Option<Object>)]
    data: Option<DataView<'a>>,
}

/// The subject of an event as it stands now.
#[derive(Serialize)]
#[serde(untagged)]
enum DataView<'a> {
    Participant(ParticipantView<'a>),
    Conversation(ConversationView<'a>),
    Member(MemberView<'a>),
    Message(MessageView<'a>),
    Scheduled(ScheduledView<'a>),
    Reaction(ReactionView<'a>),
    Template(TemplateView<'a>),
    Tag(TagView<'a>),
    Media(MediaView<'a>),
    Channel(ChannelView<'a>),
}

impl<'a> EventView<'a> {
    fn of(happened: &'a Happened, to: &Caller) -> Self {
        let event: &Event = &happened.event;
        let mut view = Self {
            position: event.position.get(),
            topic: event.topic.as_str(),
            at: Shown(event.at),
            workspace_id: None,
            key_id: None,
            conversation_id: None,
            participant_id: None,
            message_id: None,
            reaction_id: None,
            template_id: None,
            tag_id: None,
            media_id: None,
            channel_id: None,
            seq: None,
            data: happened.now.as_ref().map(|now| DataView::of(now, to)),
        };
        match event.subject {
            Subject::Workspace(id, entry) => {
                view.workspace_id = Some(Shown(id));
                view.seq = entry.map(Seq::get);
            }
            Subject::Key(id) => view.key_id = Some(Shown(id)),
            Subject::Participant(id) => view.participant_id = Some(Shown(id)),
            Subject::Conversation(id) => view.conversation_id = Some(Shown(id)),
            Subject::Member(of, id, seq) => {
                view.conversation_id = Some(Shown(of));
                view.participant_id = Some(Shown(id));
                view.seq = seq.map(Seq::get);
            }
            Subject::Message(of, id, seq) => {
                view.conversation_id = Some(Shown(of));
                view.message_id = Some(Shown(id));
                view.seq = Some(seq.get());
            }
            Subject::Scheduled(of, id) => {
                view.conversation_id = Some(Shown(of));
                view.message_id = Some(Shown(id));
            }
            Subject::Reaction(of, id, seq) => {
                view.conversation_id = Some(Shown(of));
                view.reaction_id = Some(Shown(id));
                view.seq = Some(seq.get());
            }
            Subject::Template(id) => view.template_id = Some(Shown(id)),
            Subject::Tag(id) => view.tag_id = Some(Shown(id)),
            Subject::Media(id) => view.media_id = Some(Shown(id)),
            Subject::Channel(id) => view.channel_id = Some(Shown(id)),
        }
        view
    }
}

impl<'a> DataView<'a> {
    fn of(now: &'a SubjectNow, to: &Caller) -> Self {
        match now {
            SubjectNow::Participant(one) => Self::Participant(ParticipantView::of(one)),
            SubjectNow::Conversation(one) => Self::Conversation(ConversationView::of(one, to)),
            SubjectNow::Member(one) => Self::Member(MemberView::of(one, None)),
            SubjectNow::Message(one) => Self::Message(MessageView::of(one)),
            SubjectNow::Scheduled(one) => Self::Scheduled(ScheduledView::of(one)),
            SubjectNow::Reaction(one) => Self::Reaction(ReactionView::of(one)),
            SubjectNow::Template(one) => Self::Template(TemplateView::of(one)),
            SubjectNow::Tag(one) => Self::Tag(TagView::of(one)),
            SubjectNow::Media(one) => Self::Media(MediaView::of(one)),
            SubjectNow::Channel(one) => Self::Channel(ChannelView::of(one)),
        }
    }
}

/// Some of the log.
#[derive(Serialize, ToSchema)]
#[schema(as = Events)]
pub(crate) struct EventsView<'a> {
    items: Vec<EventView<'a>>,
    /// Give it as `after` for what happens next.
    #[schema(example = 4711)]
    next_after: u64,
}

/// Which events to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only events after this position; 0, the beginning, unless given.
    #[param(value_type = Option<u64>)]
    after: Option<String>,
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// How many seconds to wait when there are none yet: 0, unless given, to 30.
    #[param(value_type = Option<u8>, maximum = 30)]
    wait: Option<String>,
}

/// What a list of events was asked for.
struct Asked {
    after: Position,
    limit: Limit,
    wait: Duration,
}

impl ListQuery {
    fn read(self) -> Result<Asked, Problem> {
        let mut query = Query::default();
        let after = query.take("after", self.after, |text| {
            number(text, POSITION_DIGITS_MAX)
                .map(Position::new)
                .ok_or(Invalid::new("expected the position of an event"))
        });
        let wait = query.take("wait", self.wait, |text| {
            number(text, 2)
                .filter(|seconds| *seconds <= WAIT_SECONDS_MAX)
                .ok_or(Invalid::new(
                    "expected a whole number of seconds from 0 to 30",
                ))
        });
        let limit = query.limit(self.limit);
        query.finish().map(|()| Asked {
            after: after.unwrap_or_default(),
            limit,
            wait: Duration::from_secs(wait.unwrap_or(0)),
        })
    }
}

/// Lists events in the order in which they were committed; waits for the next when asked to.
#[utoipa::path(get, path = "/v1/events", tag = "events",
    params(ListQuery), responses((status = 200, body = EventsView)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let asked = call.query().and_then(ListQuery::read)?;
    let found = call.await_events(&asked).await?;
    let last = found.last().map_or(asked.after, |last| last.event.position);
    let view = EventsView {
        items: found
            .iter()
            .map(|one| EventView::of(one, call.caller()))
            .collect(),
        next_after: last.get(),
    };
    let size_bytes = 64 + 2 * VIEW_BYTES * found.len();
    Ok(Rendered::json(StatusCode::OK, &view, size_bytes).into_response())
}

impl Call {
    /// The events after a position, as soon as there are any; none when the wait or the server ends first.
    async fn await_events(&self, asked: &Asked) -> Result<Vec<Happened>, Problem> {
        let deadline = Instant::now() + asked.wait;
        let (after, limit) = (asked.after, asked.limit);
        let workspace = self.caller().workspace().id;
        loop {
            let found = self
                .read(move |snapshot, cx| read_events(snapshot, cx, after, limit))
                .await?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !found.is_empty() || left.is_zero() || self.app().is_draining() {
                return Ok(found);
            }
            let beyond = self.app().store().heads().beyond(workspace, after);
            tokio::select! {
                _ = beyond.into_future() => {}
                () = tokio::time::sleep(left.min(LOOK_EVERY)) => {}
                () = self.app().drained() => {}
            }
        }
    }
}
