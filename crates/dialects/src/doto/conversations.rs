//! Conversations: listed, opened with a contact, shown, changed and deleted.
//!
//! What is done in one conversation is in `conversation_acts`.

use causerie_core::act::{
    CreatedConversation, SendMessage, SendOnce, To, Who, change_conversation, change_participant,
    delete_conversation, find_channel, keep_extra, open_channel_conversation, turn_conversation,
};
use causerie_core::contact::{Identifier, Identifiers};
use causerie_core::outbound::ReceiverRole;
use causerie_core::port::Unit;
use causerie_core::text::Metadata;
use causerie_core::{
    Bearer, ChannelId, Context, Conversation, ConversationChange, ConversationId, Draft, Error,
    Invalid, Participant, ParticipantChange, ParticipantId, ParticipantKind, Priority, Refusal,
    Scope, Status, Subject, Timestamp,
};
use causerie_http::extract::{Call, Given};
use causerie_http::members::{integer, text, unix_time};
use causerie_http::{Answered, Members, Problem};
use serde::Serialize;
use uuid::Uuid;

use super::around::placed;
use super::contact_find::known_by;
use super::conversation_filter::Conditions;
use super::conversation_list::{Asked, Counts, Page, STATES};
use super::conversation_view::{ConversationView, Desk, show};
use super::draft::Wish;
use super::entry::{self, admit, done, form, ok, placed_participant, talk};
use super::inbox_view::{known_as, source};
use super::json::{self, Object};
use super::sends::{join, send_joined};
use super::walk::page_number;

#[derive(Serialize)]
struct MetaView {
    meta: Counts,
}

#[derive(Serialize)]
struct ListView<'a> {
    meta: Counts,
    payload: Vec<ConversationView<'a>>,
}

#[derive(Serialize)]
struct WrappedView<'a> {
    data: ListView<'a>,
}

/// Lists conversations, the last active first.
pub(super) async fn list(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let parameters = call.parameters()?;
    let asked = Asked::read(&parameters);
    parameters.finish()?;
    let voice = entry::voice(&call).await?.id();
    let (desk, counts) = call
        .read(move |snapshot, cx| {
            let Page {
                conversations,
                counts,
            } = asked.find(snapshot, cx, voice)?;
            Ok((Desk::gather(snapshot, cx, conversations, voice)?, counts))
        })
        .await?;
    let form = form(&call)?;
    let data = ListView {
        meta: counts,
        payload: desk.views(&form, call.app()).collect(),
    };
    Ok(ok(&WrappedView { data }))
}

/// Counts conversations by who takes care of them.
pub(super) async fn count(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let parameters = call.parameters()?;
    let asked = Asked::read(&parameters);
    parameters.finish()?;
    let voice = entry::voice(&call).await?.id();
    let meta = call
        .read(move |snapshot, cx| asked.counts(snapshot, cx, voice))
        .await?;
    Ok(ok(&MetaView { meta }))
}

/// Lists the conversations that fulfil conditions.
pub(super) async fn filter(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let members = call.members().await?;
    let parameters = call.parameters()?;
    let page = page_number(&parameters);
    parameters.finish()?;
    let conditions = Conditions::read(&members);
    members.finish()?;
    let voice = entry::voice(&call).await?.id();
    let (desk, counts) = call
        .read(move |snapshot, cx| {
            let Page {
                conversations,
                counts,
            } = conditions.find(snapshot, cx, voice, page)?;
            Ok((Desk::gather(snapshot, cx, conversations, voice)?, counts))
        })
        .await?;
    let form = form(&call)?;
    Ok(ok(&ListView {
        meta: counts,
        payload: desk.views(&form, call.app()).collect(),
    }))
}

/// Shows a conversation.
pub(super) async fn get(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let talk = talk(&call).await?;
    show(&call, talk.id).await
}

/// Changes the priority of a conversation.
pub(super) async fn update(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    let change = priority(&received?)?;
    call.write(move |unit, cx| change_conversation(unit, cx, talk.id, &change).map(drop))
        .await?;
    show(&call, talk.id).await
}

/// The change of priority that a request asks for; none where it says so.
///
/// # Errors
/// `validation_failed`.
pub(super) fn priority(members: &Members) -> Result<ConversationChange, Problem> {
    let given = members.given("priority", |raw| {
        let word = text(raw)?;
        let none = word.is_empty() || word == "none";
        if none {
            Ok(None)
        } else {
            Priority::parse(&word).map(Some)
        }
    });
    members.finish()?;
    Ok(ConversationChange {
        priority: match given {
            Given::Absent => None,
            Given::Null => Some(None),
            Given::Value(priority) => Some(priority),
        },
        ..ConversationChange::default()
    })
}

/// Deletes a conversation with all that was said in it.
pub(super) async fn delete(call: Call) -> Answered {
    admit(&call, Scope::Admin)?;
    let talk = talk(&call).await?;
    call.write(move |unit, cx| delete_conversation(unit, cx, talk.id))
        .await?;
    Ok(done())
}

/// A conversation that a client wants.
#[derive(Debug)]
struct Wanted {
    inbox: Option<u64>,
    contact: Option<u64>,
    source_id: Option<String>,
    assignee: Option<u64>,
    metadata: Option<Metadata>,
    extra: Object,
    status: Option<Status>,
    until: Option<Timestamp>,
    priority: Option<Priority>,
    message: Option<Draft>,
}

/// A number that names something.
pub(super) fn named(raw: &serde_json::value::RawValue) -> Result<u64, Invalid> {
    u64::try_from(integer(raw)?).map_err(|_| Invalid::new("expected the id of something"))
}

impl Wanted {
    fn read(members: &Members, call: &Call) -> Self {
        let limits = call.caller().limits();
        let source_id = members.maybe("source_id", text).filter(|id| !id.is_empty());
        let contact = members.maybe("contact_id", named);
        let unnamed = |raw: &serde_json::value::RawValue| raw.get() == "null";
        if members.get_raw("contact_id").is_none_or(unnamed) && source_id.is_none() {
            members.tell("contact_id", &Invalid::new("expected it, or a source_id"));
        }
        let custom = members.maybe("custom_attributes", json::given_object);
        let custom = custom.map(|custom| Metadata::parse(&json::text(&custom), limits));
        let metadata = custom.and_then(|custom| members.note("custom_attributes", custom));
        let extra = members.maybe("additional_attributes", json::given_object);
        let message = members.object("message").map(|message| {
            let mut wish = Wish::read(&message, limits);
            wish.keep_unanswered_reply();
            let kept = json::extra(&wish.extra());
            wish.draft.extra = message.note("content_attributes", kept).flatten();
            wish.draft
        });
        Self {
            inbox: members.maybe("inbox_id", named),
            contact,
            source_id,
            assignee: members.maybe("assignee_id", named),
            metadata,
            extra: extra.unwrap_or_default(),
            status: members
                .word("status", &STATES)
                .and_then(|states| states.first().copied()),
            until: members.maybe("snoozed_until", unix_time),
            priority: members.maybe("priority", |raw| Priority::parse(&text(raw)?)),
            message,
        }
    }

    /// Opens it, or finds the one that there is. What goes beyond the two is for a new one only.
    fn open(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
        voice: ParticipantId,
        once: Option<SendOnce>,
    ) -> Result<ConversationId, Error> {
        let (channel, contact) = self.parties(unit, cx)?;
        let to = To {
            who: Who::Participant(contact.id),
            role: ReceiverRole::To,
        };
        let opening = cx.another(b"conversation");
        let opened = open_channel_conversation(unit, &opening, channel, &[to], None)?;
        if cx.caller.participant().is_none() {
            self.know_contact(unit, cx, channel, &contact)?;
        }
        let conversation = match opened {
            CreatedConversation::Created(new) => {
                self.furnish(unit, cx, &new)?;
                new
            }
            CreatedConversation::Existing(known) => known,
        };
        join(unit, cx, conversation.id, voice)?;
        if let Some(draft) = &self.message {
            let cmd = SendMessage {
                conversation: conversation.id,
                sender: Some(voice),
                draft: draft.clone(),
                once,
            };
            send_joined(unit, &cx.another(b"message"), &cmd)?;
        }
        Ok(conversation.id)
    }

    /// The channel, and the contact who is to be talked with.
    fn parties(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
    ) -> Result<(ChannelId, Participant), Error> {
        let channel = match self.inbox {
            Some(number) => match placed(unit, cx, number)? {
                Some(Subject::Channel(id)) => Some(find_channel(unit, cx, id)?.id),
                _ => return Err(Refusal::ChannelNotFound.into()),
            },
            None => None,
        };
        if let Some(number) = self.contact {
            let contact = placed_participant(unit, cx, number)?;
            if contact.kind != ParticipantKind::Contact || contact.archived_at.is_some() {
                return Err(Refusal::ParticipantNotFound.into());
            }
            let missing = || Invalid::new("expected it, with a contact_id").at("inbox_id");
            return Ok((channel.ok_or_else(missing)?, contact));
        }
        let source_id = self.source_id.as_deref().unwrap_or_default();
        let found = known_by(unit, cx, channel, source_id)?;
        Ok(found.ok_or(Refusal::ParticipantNotFound)?)
    }

    /// Lets the contact be known in the inbox.
    fn know_contact(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
        channel: ChannelId,
        contact: &Participant,
    ) -> Result<(), Error> {
        if known_as(contact, channel).is_some() {
            return Ok(());
        }
        know(unit, cx, channel, contact, self.source_id.as_deref()).map(drop)
    }

    /// Gives a new conversation what was asked for.
    fn furnish(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
        conversation: &Conversation,
    ) -> Result<(), Error> {
        let assignee = match self.assignee {
            Some(number) => Some(Some(find_assignee(unit, cx, number)?)),
            None => None,
        };
        let change = ConversationChange {
            metadata: self.metadata.clone(),
            assignee,
            priority: self.priority.map(Some),
            ..ConversationChange::default()
        };
        if change != ConversationChange::default() {
            change_conversation(unit, cx, conversation.id, &change)?;
        }
        if let Some(status) = self.status.filter(|status| *status != Status::Open) {
            let until = self.until.filter(|_| status == Status::Snoozed);
            turn_conversation(unit, cx, conversation.id, status, until)?;
        }
        let extra = json::extra(&self.extra);
        if let Some(extra) = extra.map_err(|wrong| wrong.at("additional_attributes"))? {
            keep_extra(unit, cx, Bearer::Conversation(conversation.id), &extra)?;
        }
        Ok(())
    }
}

/// Lets a contact be known in an inbox by this, or by something new.
///
/// # Errors
/// `validation_failed` at `source_id` or `identifiers`.
pub(super) fn know(
    unit: &mut dyn Unit,
    cx: &Context,
    channel: ChannelId,
    contact: &Participant,
    source_id: Option<&str>,
) -> Result<Participant, Error> {
    let fresh = || {
        let id: ConversationId = cx.another(b"source").fresh.into();
        Uuid::from_bytes(id.to_bytes()).to_string()
    };
    let source_id = source_id.map_or_else(fresh, str::to_owned);
    let identifier = source(channel, &source_id).map_err(|wrong| wrong.at("source_id"))?;
    let kept = contact.identifiers.iter();
    let mut all: Vec<Identifier> = kept
        .filter(|own| own.key() != identifier.key())
        .cloned()
        .collect();
    all.push(identifier);
    let change = ParticipantChange {
        identifiers: Some(Identifiers::parse(all)?),
        ..ParticipantChange::default()
    };
    change_participant(unit, cx, contact.id, &change).map_err(|refused| match refused {
        Error::Refusal(Refusal::IdentifierTaken) => {
            let taken = Invalid::new("has already been taken");
            taken.at("source_id").into()
        }
        other => other,
    })
}

/// Somebody who is to take care of a conversation.
pub(super) fn find_assignee(
    unit: &mut dyn Unit,
    cx: &Context,
    number: u64,
) -> Result<ParticipantId, Error> {
    Ok(placed_participant(unit, cx, number)?.id)
}

/// Opens the conversation of an inbox with a contact, or shows the one that there is. What is said with it is said once
/// for each `Idempotency-Key`.
pub(super) async fn create(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let members = call.members().await?;
    let wanted = Wanted::read(&members, &call);
    members.finish()?;
    let voice = entry::voice(&call).await?.id();
    let once = call.send_once()?;
    let id = call
        .write(move |unit, cx| wanted.open(unit, cx, voice, once.clone()))
        .await?;
    show(&call, id).await
}
