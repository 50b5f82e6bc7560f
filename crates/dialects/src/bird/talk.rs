//! Messages of conversations, whether a channel carries them or not.
//!
//! Who may say what is decided by the core.

use std::collections::HashMap;

use causerie_core::act::{
    AddMember, ListMessages, SendMessage, add_member, find_channel_acted_on, find_conversation,
    find_extras, find_memberships, find_message, find_participants, list_messages, send_message,
    take_voice,
};
use causerie_core::claim::Once;
use causerie_core::port::{Snapshot, Tombstones, Unit};
use causerie_core::receipt::Seen;
use causerie_core::tag::TagName;
use causerie_core::text::Reference;
use causerie_core::{
    Bearer, Context, Conversation, ConversationId, Error, Extra, Fault, MessageId, Participant,
    ParticipantId, Refusal, Role, Scope, Seq, Timestamp,
};
use causerie_http::extract::Call;
use causerie_http::{Answered, Members, Problem, Rendered, Shown, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::body::{self, BodyView};
use super::conversations::conversation_id;
use super::id::{self, Hex, enter, hex, in_path, of_answer};
use super::kept::{Kept, SURFACE};
use super::member::MemberView;
use super::page::{Asked, walk};
use super::scene::is_shown;
use super::value;
use super::wire::{MESSAGE_BYTES, ResultsView, status};
use super::wish::{Speech, Strictness};

/// How many messages a page has unless it is said.
const PAGE: u64 = 10;
/// How many messages a page may have.
const PAGE_MAX: u64 = 100;

/// A message of a conversation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SaidView<'a> {
    id: Hex,
    conversation_id: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<MemberView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<BodyView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<&'a RawValue>,
    status: &'static str,
    direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to_message_id: Option<Hex>,
    tags: Vec<&'a str>,
    created_at: Shown<Timestamp>,
    updated_at: Shown<Timestamp>,
}

/// What messages of one conversation are shown with.
struct Setting {
    conversation: Conversation,
    people: HashMap<ParticipantId, Participant>,
    extras: HashMap<Bearer, Extra>,
}

impl Setting {
    fn of(
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        conversation: Conversation,
        messages: &[Seen],
    ) -> Result<Self, Error> {
        let senders: Vec<ParticipantId> = messages.iter().map(|seen| seen.sender).collect();
        let bearer = |seen: &Seen| Bearer::Message(seen.message.id);
        let bearers: Vec<Bearer> = messages.iter().map(bearer).collect();
        Ok(Self {
            conversation,
            people: find_participants(snapshot, cx, &senders)?,
            extras: find_extras(snapshot, cx, SURFACE, &bearers)?,
        })
    }

    fn view<'a>(&'a self, seen: &'a Seen, mount_url: &'a str) -> SaidView<'a> {
        let message = &seen.message;
        let there = message.deleted_at.is_none();
        let extra = self.extras.get(&Bearer::Message(message.id));
        let kept = Kept::of(extra.filter(|_| there));
        let template = kept.get("template").filter(|_| message.edited_at.is_none());
        let words = body::Words {
            text: &message.text,
            content_type: message.content_type,
            content: message.content.as_ref(),
            attachments: &message.attachments,
            files: &seen.files,
            edited: message.edited_at.is_some(),
            mount_url,
        };
        let updated_at = message.deleted_at.or(message.edited_at);
        SaidView {
            id: hex(message.id.to_bytes()),
            conversation_id: hex(message.conversation.to_bytes()),
            channel_id: self.conversation.channel.map(|id| hex(id.to_bytes())),
            reference: message.reference.as_ref().map(Reference::as_str),
            sender: self.people.get(&message.sender).map(MemberView::of),
            body: (there && template.is_none()).then(|| words.view()),
            template,
            meta: kept.get("meta"),
            status: status(message),
            direction: message.direction.as_str(),
            reply_to_message_id: message.reply_to.map(|id| hex(id.to_bytes())),
            tags: message.tags.iter().map(TagName::as_str).collect(),
            created_at: Shown(message.created_at),
            updated_at: Shown(updated_at.unwrap_or(message.created_at)),
        }
    }
}

/// What somebody is to say in a conversation.
#[derive(Clone, Debug)]
pub(super) struct Words {
    speech: Speech,
    by: Option<ParticipantId>,
    joins: bool,
}

impl Words {
    /// Reads what is said, and by whom: a contact or a user, or else whoever speaks for the key.
    pub(super) fn read(members: &Members, cx: &Context) -> Result<Self, Problem> {
        let own = [("accessKey", false), ("flow", false)];
        let others = [("contact", true), ("user", true)];
        let named = members.word("participantType", &[own, others].concat());
        let by = members.parsed("participantId", id::read);
        let by = by.filter(|_| named == Some(true));
        let answers = members.parsed("replyToMessageId", id::read);
        let joins = members.maybe("addMissingParticipants", value::flag);
        let mut speech = Speech::read(members, Strictness::Tolerant, cx, None)?;
        let answers = answers.map(MessageId::from_bytes);
        speech.draft.reply_to = answers.or(speech.draft.reply_to);
        Ok(Self {
            speech,
            by: by.map(ParticipantId::from_bytes),
            joins: joins.unwrap_or(by.is_none()),
        })
    }
}

/// Says something in a conversation.
pub(super) fn say(
    unit: &mut dyn Unit,
    cx: &Context,
    of: ConversationId,
    words: &Words,
) -> Result<(Conversation, Seen), Error> {
    let conversation = find_conversation(unit, &of_answer(cx), of)?;
    let by = match (words.by, conversation.channel) {
        (Some(by), _) => by,
        (None, Some(channel)) => find_channel_acted_on(unit, cx, channel)?.connector,
        (None, None) => take_voice(unit, &cx.another(b"voice"))?.id,
    };
    if words.joins {
        let known = find_memberships(unit, &of_answer(cx), &[(of, by)])?;
        if known.is_empty() {
            let join = AddMember {
                conversation: of,
                participant: by,
                role: Role::Member,
                display_name: None,
            };
            add_member(unit, cx, &join)?;
        }
    }
    let send = SendMessage {
        conversation: of,
        sender: Some(by),
        draft: words.speech.draft.clone(),
        once: None,
    };
    match send_message(unit, cx, &send)? {
        Once::Done(mut seen) => {
            words.speech.name_files(unit, cx, &mut seen.files)?;
            Ok((conversation, seen))
        }
        // It made no claim of its own.
        Once::Replayed(_) => Err(Fault::corrupt("claim", "answer", "").into()),
    }
}

/// Says something in a conversation.
pub(super) async fn create(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let of = conversation_id(&call)?;
    let members = call.members().await;
    let cx = call.context();
    let words = members.and_then(|members| Words::read(&members, &cx));
    let words = call.unless_conversation_missing(words, of).await?;
    let mount_url = call.mount_url();
    call.once(move |unit, cx| {
        let (conversation, seen) = say(unit, cx, of, &words)?;
        let message = seen.message.id;
        let one = [seen];
        let setting = Setting::of(unit, &of_answer(cx), conversation, &one)?;
        let view = setting.view(&one[0], &mount_url);
        let rendered = Rendered::json(StatusCode::CREATED, &view, MESSAGE_BYTES);
        Ok(rendered.showing(message))
    })
    .await
}

/// Lists what was said in a conversation, newest first unless it is reversed.
pub(super) async fn list(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let of = conversation_id(&call)?;
    let asked = read_query(&call);
    let (asked, after): (Asked<Seq>, _) = call.unless_conversation_missing(asked, of).await?;
    let mount_url = call.mount_url();
    let rendered = call
        .read(move |snapshot, cx| {
            let conversation = find_conversation(snapshot, cx, of)?;
            let found = walk(&asked, |cursor, limit| {
                let wish = ListMessages {
                    conversation: of,
                    order: asked.order,
                    limit,
                    cursor,
                    after,
                    before: None,
                    tombstones: Tombstones::Shown,
                };
                let mut page = list_messages(snapshot, cx, &wish)?;
                page.items.retain(|seen| is_shown(seen));
                Ok(page)
            })?;
            let total = usize::try_from(conversation.public_count).ok();
            let setting = Setting::of(snapshot, cx, conversation, &found.items)?;
            let views = found
                .items
                .iter()
                .map(|seen| setting.view(seen, &mount_url));
            let results = ResultsView {
                total,
                ..ResultsView::of(views.collect(), found.next_token())
            };
            let size_bytes = MESSAGE_BYTES * (found.items.len() + 1);
            Ok(Rendered::json(StatusCode::OK, &results, size_bytes))
        })
        .await?;
    Ok(rendered.into_response())
}

fn read_query(call: &Call) -> Result<(Asked<Seq>, Option<Timestamp>), Problem> {
    let query = call.parameters()?;
    let asked = Asked::read(&query, PAGE, PAGE_MAX);
    let after = query.parsed("dateFrom", value::time);
    query.finish()?;
    Ok((asked, after))
}

/// Shows something that was said.
pub(super) async fn show(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let of = conversation_id(&call)?;
    let id = in_path(&call, "messageId", Refusal::MessageNotFound)?;
    let mount_url = call.mount_url();
    let rendered = call
        .read(move |snapshot, cx| {
            let conversation = find_conversation(snapshot, cx, of)?;
            let seen = find_message(snapshot, cx, of, MessageId::from_bytes(id))?;
            if !is_shown(&seen) {
                return Err(Refusal::MessageNotFound.into());
            }
            let one = [seen];
            let setting = Setting::of(snapshot, cx, conversation, &one)?;
            let view = setting.view(&one[0], &mount_url);
            Ok(Rendered::json(StatusCode::OK, &view, MESSAGE_BYTES))
        })
        .await?;
    Ok(rendered.into_response())
}
