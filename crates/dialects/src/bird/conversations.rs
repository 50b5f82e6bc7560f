//! Conversations: begun with people or through a channel, listed, changed, closed, deleted.
//!
//! What may become of one is decided by the core.

use std::collections::HashMap;

use causerie_core::act::{
    CreateConversation, CreatedConversation, FirstMember, To, change_conversation,
    create_conversation, delete_conversation, find_conversation, find_extras, find_first_members,
    find_participant, find_participants, keep_extra, list_conversations, open_channel_conversation,
    turn_conversation,
};
use causerie_core::outbound::ReceiverRole;
use causerie_core::page::Limit;
use causerie_core::port::{ConversationFilter, Snapshot, Unit};
use causerie_core::text::{Description, Metadata, Title};
use causerie_core::{
    Bearer, ChannelId, Context, Conversation, ConversationChange, ConversationId, ConversationKind,
    Error, Extra, Invalid, Member, Participant, ParticipantId, Refusal, Role, Scope, Settings,
    Status, Timestamp,
};
use causerie_http::extract::{Call, Given};
use causerie_http::members::{object, text};
use causerie_http::{Answered, HttpResponse, Members, Problem, Rendered, Shown, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::id::{self, Hex, enter, hex, in_path, of_answer};
use super::kept::{Kept, SURFACE};
use super::member::{MemberView, Named, named};
use super::page::{Asked, walk};
use super::talk::{self, Words};
use super::wire::ResultsView;

/// How many conversations a page has unless it is said.
const PAGE: u64 = 10;
/// How many conversations a page may have.
const PAGE_MAX: u64 = 100;
/// How many participants a conversation begins with at most.
const FIRST_MAX: usize = 5;
/// How many participants are shown with a conversation.
const FEATURED_MAX: u64 = 5;
/// How long a conversation usually is when it is written.
const CONVERSATION_BYTES: usize = 1_024;

/// A conversation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConversationView<'a> {
    id: Hex,
    name: &'a str,
    description: &'a str,
    status: &'static str,
    visibility: Word<'a>,
    accessibility: Word<'a>,
    featured_participants: Vec<MemberView<'a>>,
    active_participant_count: usize,
    pending_participant_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<&'a RawValue>,
    created_at: Shown<Timestamp>,
    updated_at: Shown<Timestamp>,
}

/// A word that its writer chose, or the usual one.
#[derive(Serialize)]
#[serde(untagged)]
enum Word<'a> {
    Kept(&'a RawValue),
    Usual(&'static str),
}

/// What conversations are shown with.
struct Company {
    members: HashMap<ConversationId, Vec<Member>>,
    people: HashMap<ParticipantId, Participant>,
    extras: HashMap<Bearer, Extra>,
}

impl Company {
    fn of(snapshot: &mut dyn Snapshot, cx: &Context, all: &[Conversation]) -> Result<Self, Error> {
        let ids: Vec<ConversationId> = all.iter().map(|one| one.id).collect();
        let limit = Limit::new(FEATURED_MAX).unwrap_or_default();
        let members = find_first_members(snapshot, cx, &ids, limit)?;
        let everybody = members.values().flatten().map(|one| one.participant);
        let everybody: Vec<ParticipantId> = everybody.collect();
        let bearers: Vec<Bearer> = ids.iter().map(|id| Bearer::Conversation(*id)).collect();
        Ok(Self {
            people: find_participants(snapshot, cx, &everybody)?,
            extras: find_extras(snapshot, cx, SURFACE, &bearers)?,
            members,
        })
    }

    fn view<'a>(&'a self, of: &'a Conversation) -> ConversationView<'a> {
        let kept = Kept::of(self.extras.get(&Bearer::Conversation(of.id)));
        let members = self.members.get(&of.id).into_iter().flatten();
        let featured = members.filter_map(|one| self.people.get(&one.participant));
        let word = |name, usual| kept.get(name).map_or(Word::Usual(usual), Word::Kept);
        ConversationView {
            id: hex(of.id.to_bytes()),
            name: of.title.as_ref().map_or("", Title::as_str),
            description: of.description.as_ref().map_or("", Description::as_str),
            status: if of.status.takes_messages() {
                "active"
            } else {
                "closed"
            },
            visibility: word("visibility", "public"),
            accessibility: word("accessibility", "open"),
            featured_participants: featured.map(MemberView::of).collect(),
            active_participant_count: of.member_count,
            pending_participant_count: 0,
            channel_id: of.channel.map(|id| hex(id.to_bytes())),
            attributes: kept.get("attributes"),
            created_at: Shown(of.created_at),
            updated_at: Shown(of.updated_at),
        }
    }
}

fn render(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    status: StatusCode,
    conversation: Conversation,
) -> Result<Rendered, Error> {
    let one = [conversation];
    let company = Company::of(snapshot, &of_answer(cx), &one)?;
    Ok(Rendered::json(
        status,
        &company.view(&one[0]),
        CONVERSATION_BYTES,
    ))
}

/// What a client says of a conversation; members that nobody knows are let be, as Bird does.
struct Said {
    name: Given<Title>,
    description: Given<Description>,
    status: Option<Status>,
    kept: Option<Extra>,
}

impl Said {
    fn read(members: &Members, limits: &Settings) -> Result<Self, Problem> {
        let name = some(members, "name", |text| Title::parse(text, limits));
        let described = |text: &str| Description::parse(text, limits);
        let statuses = [("active", Status::Open), ("closed", Status::Closed)];
        members.maybe("attributes", object);
        let mut kept = Kept::default();
        for word in ["visibility", "accessibility"] {
            members.maybe(word, text);
            kept.keep(word, members.get_raw(word));
        }
        kept.keep("attributes", members.get_raw("attributes"));
        Ok(Self {
            name,
            description: some(members, "description", described),
            status: members.word("status", &statuses),
            kept: kept.into_extra()?,
        })
    }

    fn keep(&self, unit: &mut dyn Unit, cx: &Context, of: ConversationId) -> Result<(), Error> {
        let Some(said) = &self.kept else {
            return Ok(());
        };
        let bearer = Bearer::Conversation(of);
        let known = find_extras(unit, &of_answer(cx), SURFACE, &[bearer])?.remove(&bearer);
        let (mut kept, said) = (Kept::of(known.as_ref()), Kept::of(Some(said)));
        for name in ["visibility", "accessibility", "attributes"] {
            kept.keep(name, said.get(name));
        }
        match kept.into_extra()? {
            Some(extra) => keep_extra(unit, cx, bearer, &extra),
            None => Ok(()),
        }
    }
}

/// A text that may be taken away with null or the empty text.
fn some<T>(
    members: &Members,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Given<T> {
    if members.get_raw(name).is_some_and(|raw| raw.get() == "\"\"") {
        return Given::Null;
    }
    members.given(name, |raw| parse(&text(raw)?))
}

/// A conversation that is to begin.
struct Beginning {
    said: Said,
    channel: Option<ChannelId>,
    people: Vec<Named>,
    first: Option<Words>,
}

/// Begins a conversation: of a channel with people outside, or of anybody.
pub(super) async fn create(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let members = call.members().await?;
    let cx = call.context();
    let said = Said::read(&members, cx.limits())?;
    let channel = members.parsed("channelId", id::read);
    let people = named(&members, "participants", FIRST_MAX);
    members.finish()?;
    let first = members.object("initialMessage");
    let first = first.map(|first| Words::read(&first, &cx)).transpose()?;
    let beginning = Beginning {
        said,
        channel: channel.map(ChannelId::from_bytes),
        people,
        first,
    };
    call.once(move |unit, cx| begin(unit, cx, &beginning)).await
}

fn begin(unit: &mut dyn Unit, cx: &Context, wish: &Beginning) -> Result<Rendered, Error> {
    let Given::Value(title) = &wish.said.name else {
        return Err(super::problem::refused("name", "expected a name").into());
    };
    let created = if let Some(channel) = wish.channel {
        let to = |one: &Named| To {
            who: one.who(),
            role: ReceiverRole::To,
        };
        let to: Vec<To> = wish.people.iter().map(to).collect();
        let opened = open_channel_conversation(unit, cx, channel, &to, Some(title));
        opened.map_err(of_participants)?
    } else {
        let group = group(unit, cx, wish, title)?;
        create_conversation(unit, cx, &group)?
    };
    let (CreatedConversation::Created(one) | CreatedConversation::Existing(one)) = created;
    wish.said.keep(unit, cx, one.id)?;
    if let Some(words) = &wish.first {
        let cx = cx.another(b"initial message");
        talk::say(unit, &cx, one.id, words)?;
    }
    let one = find_conversation(unit, &of_answer(cx), one.id)?;
    render(unit, cx, StatusCode::CREATED, one)
}

/// Names places as a request for a conversation does.
fn of_participants(error: Error) -> Error {
    let Error::Refusal(Refusal::Invalid { violations }) = error else {
        return error;
    };
    let moved = violations.into_iter().map(|one| {
        let field = one.field.replacen("receivers", "participants", 1);
        Invalid::new(one.problem).at(field)
    });
    let violations = moved.collect();
    Refusal::Invalid { violations }.into()
}

fn group(
    unit: &mut dyn Unit,
    cx: &Context,
    wish: &Beginning,
    title: &Title,
) -> Result<CreateConversation, Error> {
    let mut members: Vec<FirstMember> = Vec::new();
    for (index, one) in wish.people.iter().enumerate() {
        let cx = cx.another(format!("participant {index}").as_bytes());
        let participant = one.resolve(unit, &cx)?;
        if members.iter().all(|known| known.participant != participant) {
            members.push(FirstMember {
                participant,
                role: Role::Member,
                display_name: None,
            });
        }
    }
    let description = match &wish.said.description {
        Given::Value(description) => Some(description.clone()),
        Given::Null | Given::Absent => None,
    };
    Ok(CreateConversation {
        kind: ConversationKind::Group,
        title: Some(title.clone()),
        description,
        metadata: Metadata::default(),
        avatar_url: None,
        members,
    })
}

/// The conversation that stands in the path.
pub(super) fn conversation_id(call: &Call) -> Result<ConversationId, Problem> {
    let id = in_path(call, "conversationId", Refusal::ConversationNotFound)?;
    Ok(ConversationId::from_bytes(id))
}

/// Lists conversations, the one in which something was last said first.
pub(super) async fn list(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    list_of(call, None).await
}

/// Lists the conversations of somebody.
pub(super) async fn list_own(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let id = in_path(&call, "participantId", Refusal::ParticipantNotFound)?;
    list_of(call, Some(ParticipantId::from_bytes(id))).await
}

async fn list_of(call: Call, participant: Option<ParticipantId>) -> Answered {
    let query = call.parameters()?;
    let channel = query.parsed("channelId", id::read);
    let asked = Asked::read(&query, PAGE, PAGE_MAX);
    asked.refuse_reversed(&query);
    query.finish()?;
    let filter = ConversationFilter {
        channel: channel.map(ChannelId::from_bytes),
        ..ConversationFilter::default()
    };
    let rendered = call
        .read(move |snapshot, cx| {
            if let Some(id) = participant {
                find_participant(snapshot, cx, id)?;
            }
            let found = walk(&asked, |cursor, limit| {
                list_conversations(snapshot, cx, participant, &filter, cursor, limit)
            })?;
            let company = Company::of(snapshot, cx, &found.items)?;
            let views = found.items.iter().map(|one| company.view(one)).collect();
            let results = ResultsView::of(views, found.next_token());
            let size_bytes = CONVERSATION_BYTES * (found.items.len() + 1);
            Ok(Rendered::json(StatusCode::OK, &results, size_bytes))
        })
        .await?;
    Ok(rendered.into_response())
}

/// Shows a conversation.
pub(super) async fn show(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let id = conversation_id(&call)?;
    let rendered = call
        .read(move |snapshot, cx| {
            let found = find_conversation(snapshot, cx, id)?;
            render(snapshot, cx, StatusCode::OK, found)
        })
        .await?;
    Ok(rendered.into_response())
}

/// Changes a conversation, closes it or opens it again.
pub(super) async fn change(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let id = conversation_id(&call)?;
    let members = call.members().await;
    let limits = call.caller().limits();
    let said = members.and_then(|members| {
        let said = Said::read(&members, limits)?;
        members.finish()?;
        Ok(said)
    });
    let said = call.unless_conversation_missing(said, id).await?;
    let (name, description) = (said.name, said.description);
    let change = ConversationChange {
        title: name.change(),
        description: description.change(),
        ..ConversationChange::default()
    };
    let said = Said {
        name: Given::Absent,
        description: Given::Absent,
        ..said
    };
    let rendered = call
        .write(move |unit, cx| {
            change_conversation(unit, cx, id, &change)?;
            if let Some(to) = said.status {
                turn_conversation(unit, cx, id, to, None)?;
            }
            said.keep(unit, cx, id)?;
            let now = find_conversation(unit, &of_answer(cx), id)?;
            render(unit, cx, StatusCode::OK, now)
        })
        .await?;
    Ok(rendered.into_response())
}

/// Deletes a conversation and what was said in it.
pub(super) async fn delete(call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let id = conversation_id(&call)?;
    call.write(move |unit, cx| delete_conversation(unit, cx, id))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
