//! Conversations: with one contact, or of a group.

use causerie_core::act::{
    CreateConversation, CreatedConversation, FirstMember, change_member, create_conversation,
    delete_conversation, find_conversation, find_extras, find_member, list_inbox, mark,
};
use causerie_core::page::Activity;
use causerie_core::port::{ConversationFilter, OwnFilter, Snapshot, Unit};
use causerie_core::receipt::ReceiptKind;
use causerie_core::text::Metadata;
use causerie_core::{
    Bearer, Conversation, ConversationId, ConversationKind, Error, Invalid, Member, MemberChange,
    Mute, ParticipantId, Pin, Refusal, Role, Scope, Stow, Timestamp,
};
use causerie_http::extract::{Call, Given};
use causerie_http::members::{Members, text, unix_time};
use causerie_http::{Answered, HttpResponse, Problem, StatusCode};

use super::NAME;
use super::contacts;
use super::facts::Facts;
use super::ids::Sort;
use super::kept::{KeptConversation, KeptMember, keep, read};
use super::messages::{as_unknown, find_shown};
use super::page::{Paging, Slice, show, slice};
use super::problem::malformed;
use super::wire::{ConversationView, seconds};
use super::you::{self, You};

/// A conversation and the place of the participant in it.
pub(super) type Own = (Conversation, Member);

/// Refuses keys that may only write: what a change comes to is read.
///
/// # Errors
/// `scope_missing`, `rate_limited`.
pub(super) fn require_both(call: &Call) -> Result<(), Problem> {
    call.require(Scope::MessagingWrite)?;
    call.require(Scope::MessagingRead)
}

/// The participant's conversation with this id.
///
/// # Errors
/// `conversation_not_found`.
pub(super) fn find_own(
    snapshot: &mut dyn Snapshot,
    you: &You,
    sort: Sort,
    id: &str,
) -> Result<Own, Error> {
    let id = you.conversation(snapshot, sort, id)?;
    let (conversation, now) = find_member(snapshot, &you.cx, id, you.me.id)?;
    if sort == Sort::Group && conversation.kind != ConversationKind::Group {
        return Err(Refusal::ConversationNotFound.into());
    }
    Ok((conversation, now.member))
}

/// A page of the participant's conversations that pass the filter, newest activity first.
///
/// # Errors
/// `validation_failed` at the cursor.
pub(super) fn page(
    snapshot: &mut dyn Snapshot,
    you: &You,
    sort: Sort,
    filter: &ConversationFilter,
    paging: &Paging,
) -> Result<Slice<Own>, Error> {
    let mut from = None;
    if let Some((side, id)) = &paging.from {
        let found = find_own(snapshot, you, sort, id);
        let (conversation, _) = found.map_err(|error| as_unknown(error, *side))?;
        from = Some((*side, place(&conversation)));
    }
    slice(
        paging.limit,
        from,
        |(conversation, _)| place(conversation),
        |cursor, limit| {
            let page = list_inbox(snapshot, &you.cx, you.me.id, filter, cursor, limit)?;
            let items = page.items.into_iter();
            Ok(causerie_core::page::Page {
                items: items
                    .map(|one| (one.conversation, one.member.member))
                    .collect(),
                next: page.next,
            })
        },
    )
}

fn place(conversation: &Conversation) -> Activity {
    Activity {
        at: conversation.activity_at(),
        id: conversation.id,
    }
}

/// A filter of lists says yes, or nothing.
pub(super) fn only(query: &Members, name: &str) -> Option<bool> {
    query.boolean(name).filter(|only| *only)
}

/// `GET /v1/conversations`
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let query = call.parameters().map_err(malformed)?;
    let (group, paging) = (query.text("group_id"), Paging::read(&query));
    let own = OwnFilter {
        muted: only(&query, "muted"),
        pinned: only(&query, "pinned"),
        archived: only(&query, "archived"),
        unread: None,
    };
    let filter = ConversationFilter {
        own,
        ..ConversationFilter::default()
    };
    query.finish().map_err(malformed)?;
    let read = you::read(&call, move |snapshot, you| {
        let slice = match group {
            Some(group) => of_group(snapshot, you, &group, own)?,
            None => page(snapshot, you, Sort::Conversation, &filter, &paging)?,
        };
        let conversations = slice.items.iter().map(|(conversation, _)| conversation);
        let facts = Facts::of_conversations(snapshot, you, conversations)?;
        Ok((slice, facts))
    });
    let (slice, facts) = read.await.map_err(malformed)?;
    Ok(slice.show(|(conversation, member)| ConversationView::of(&facts, conversation, member))?)
}

/// The one conversation of a group, if it passes the filter.
fn of_group(
    snapshot: &mut dyn Snapshot,
    you: &You,
    group: &str,
    own: OwnFilter,
) -> Result<Slice<Own>, Error> {
    let (conversation, member) = find_own(snapshot, you, Sort::Group, group)?;
    let wanted = own.muted.is_none_or(|_| member.muted_at.is_some())
        && own.pinned.is_none_or(|_| member.pinned_at.is_some())
        && own.archived.is_none_or(|_| member.archived_at.is_some());
    let own = wanted.then_some((conversation, member));
    Ok(Slice {
        items: own.into_iter().collect(),
        has_more: false,
    })
}

/// Shows a conversation as it is now.
async fn show_own(call: &Call, status: StatusCode, id: ConversationId) -> Answered {
    let ((conversation, member), facts) = you::read(call, move |snapshot, you| {
        let (conversation, now) = find_member(snapshot, &you.cx, id, you.me.id)?;
        let facts = Facts::of_conversations(snapshot, you, [&conversation].into_iter())?;
        Ok(((conversation, now.member), facts))
    })
    .await?;
    let view = ConversationView::of(&facts, &conversation, &member)?;
    Ok(show(status, &view).into_response())
}

/// `POST /v1/conversations`
pub(super) async fn create(mut call: Call) -> Answered {
    require_both(&call)?;
    let members = call.members().await.map_err(malformed)?;
    let (contact, group) = (members.text("contact_id"), members.text("group_id"));
    if contact.is_some() == group.is_some() {
        let problem = Invalid::new("expected either this or group_id");
        members.tell("contact_id", &problem);
    }
    members.finish().map_err(malformed)?;
    let begun = you::write(&call, move |unit, you| {
        if let Some(group) = &group {
            let (conversation, _) = find_own(unit, you, Sort::Group, group)?;
            return Ok(CreatedConversation::Existing(conversation));
        }
        let contact = contacts::find(unit, you, contact.as_deref().unwrap_or_default())?;
        begin(unit, you, contact.id)
    });
    match begun.await? {
        CreatedConversation::Created(new) => show_own(&call, StatusCode::CREATED, new.id).await,
        CreatedConversation::Existing(one) => show_own(&call, StatusCode::OK, one.id).await,
    }
}

/// Begins the direct conversation with a contact, or finds it. Both may end it.
///
/// # Errors
/// Those of [`create_conversation`].
pub(super) fn begin(
    unit: &mut dyn Unit,
    you: &You,
    contact: ParticipantId,
) -> Result<CreatedConversation, Error> {
    let owner = |participant| FirstMember {
        participant,
        role: Role::Owner,
        display_name: None,
    };
    let cmd = CreateConversation {
        kind: ConversationKind::Direct,
        title: None,
        description: None,
        metadata: Metadata::default(),
        avatar_url: None,
        members: vec![owner(you.me.id), owner(contact)],
    };
    create_conversation(unit, &you.cx.another(b"conversation"), &cmd)
}

/// `GET /v1/conversations/:id`: who opens a conversation has read it.
pub(super) async fn retrieve(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id = call.part("id")?.to_owned();
    let may_mark = call.caller().scopes().allow(Scope::MessagingWrite);
    let (conversation, member) = you::read(&call, move |snapshot, you| {
        find_own(snapshot, you, Sort::Conversation, &id)
    })
    .await?;
    let (id, newest) = (conversation.id, conversation.last_seq);
    if may_mark && newest > member.read_seq {
        you::write(&call, move |unit, you| {
            mark(unit, &you.cx, id, you.me.id, ReceiptKind::Read, newest).map(drop)
        })
        .await?;
    }
    show_own(&call, StatusCode::OK, id).await
}

/// What is to become of a conversation.
#[derive(Clone, Debug)]
struct Change {
    pinned_message: Given<String>,
    pin: Option<Pin>,
    mute: Option<Mute>,
    archived_at: Given<Timestamp>,
}

impl Change {
    fn read(members: &Members) -> Result<Self, Problem> {
        let pin = |on| if on { Pin::Pinned } else { Pin::Unpinned };
        let mute = |on| if on { Mute::Muted } else { Mute::Unmuted };
        let change = Self {
            pinned_message: given(members, "pinned_message_id", text),
            pin: members.boolean("is_pinned").map(pin),
            mute: members.boolean("is_muted").map(mute),
            archived_at: given(members, "archived_at", unix_time),
        };
        members.finish_with(Some(change)).map_err(malformed)
    }
}

/// A member that may be null, which forms write as an empty text.
pub(super) fn given<T>(
    members: &Members,
    name: &str,
    read: impl FnOnce(&serde_json::value::RawValue) -> Result<T, Invalid>,
) -> Given<T> {
    match members.get_raw(name) {
        Some(raw) if raw.get() == r#""""# => Given::Null,
        _ => members.given(name, read),
    }
}

/// `PUT /v1/conversations/:id`
pub(super) async fn update(mut call: Call) -> Answered {
    require_both(&call)?;
    let members = call.members().await.map_err(malformed);
    let id = call.part("id")?.to_owned();
    let change = members.and_then(|members| Change::read(&members));
    let sought = id.clone();
    let change = you::unless_missing(&call, change, move |snapshot, you| {
        find_own(snapshot, you, Sort::Conversation, &sought).map(drop)
    })
    .await?;
    let changed = you::write(&call, move |unit, you| {
        let (conversation, _) = find_own(unit, you, Sort::Conversation, &id)?;
        pin_message(unit, you, conversation.id, &change.pinned_message)?;
        let member = MemberChange {
            pin: change.pin,
            mute: change.mute,
            ..MemberChange::default()
        };
        change_member(unit, &you.cx, conversation.id, you.me.id, &member)?;
        stow(unit, you, conversation.id, &change.archived_at)?;
        Ok(conversation.id)
    });
    let id = changed.await?;
    show_own(&call, StatusCode::OK, id).await
}

fn pin_message(
    unit: &mut dyn Unit,
    you: &You,
    of: ConversationId,
    pinned: &Given<String>,
) -> Result<(), Error> {
    let pinned_message = match pinned {
        Given::Absent => return Ok(()),
        Given::Null => None,
        Given::Value(id) => {
            let found = you.message(unit, id);
            let found = found.and_then(|(place, id, _)| find_shown(unit, you, place, id));
            match found {
                Ok(seen) if seen.conversation == of => Some(seen.id.to_string()),
                Err(fault @ Error::Fault(_)) => return Err(fault),
                _ => {
                    let problem = Invalid::new("expected a message of this conversation");
                    return Err(problem.at("pinned_message_id").into());
                }
            }
        }
    };
    let kept = KeptConversation { pinned_message };
    keep(
        unit,
        &you.cx,
        Bearer::Conversation(of),
        &kept,
        "pinned_message_id",
    )
}

/// Puts a conversation away for the participant, since when they say, or takes it out again.
///
/// # Errors
/// Those of [`change_member`].
pub(super) fn stow(
    unit: &mut dyn Unit,
    you: &You,
    of: ConversationId,
    archived_at: &Given<Timestamp>,
) -> Result<(), Error> {
    let (stow, at) = match archived_at {
        Given::Absent => return Ok(()),
        Given::Null => (Stow::Listed, None),
        Given::Value(at) => (Stow::Archived, Some(seconds(*at))),
    };
    let change = MemberChange {
        stow: Some(stow),
        ..MemberChange::default()
    };
    change_member(unit, &you.cx, of, you.me.id, &change)?;
    let bearer = Bearer::Member(of, you.me.id);
    let known = find_extras(unit, &you.key, NAME, &[bearer])?;
    let before: KeptMember = read(known.get(&bearer))?;
    let kept = KeptMember { archived_at: at };
    if kept == before {
        return Ok(());
    }
    keep(unit, &you.cx, bearer, &kept, "archived_at")
}

/// `DELETE /v1/conversations/:id`
pub(super) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id = call.part("id")?.to_owned();
    delete_own(&call, Sort::Conversation, id).await
}

/// Deletes a conversation, or a group, with all its messages.
pub(super) async fn delete_own(call: &Call, sort: Sort, id: String) -> Answered {
    you::write(call, move |unit, you| {
        let id = you.conversation(unit, sort, &id)?;
        let conversation = find_conversation(unit, &you.cx, id)?;
        if sort == Sort::Group && conversation.kind != ConversationKind::Group {
            return Err(Refusal::ConversationNotFound.into());
        }
        delete_conversation(unit, &you.cx, id)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
