//! Begins conversations.

use std::collections::BTreeSet;

use crate::context::Context;
use crate::conversation::{Conversation, ConversationKind, ConversationState, DirectKey, Status};
use crate::event::{NewEvent, Subject, Topic};
use crate::id::ParticipantId;
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::member::{Member, Role};
use crate::message::Seq;
use crate::port::Unit;
use crate::refusal::{Error, Refusal};
use crate::tag::Tags;
use crate::text::{AvatarUrl, Description, DisplayName, Metadata, Title};

/// The wish to have a conversation.
#[derive(Clone, Debug)]
pub struct CreateConversation {
    /// How many take part.
    pub kind: ConversationKind,
    /// Its title.
    pub title: Option<Title>,
    /// Its description.
    pub description: Option<Description>,
    /// What the caller keeps with it.
    pub metadata: Metadata,
    /// Where a picture of it is found.
    pub avatar_url: Option<AvatarUrl>,
    /// Who is in it from the start.
    pub members: Vec<FirstMember>,
}

/// Somebody who is in a conversation from the start.
#[derive(Clone, Debug)]
pub struct FirstMember {
    /// Who.
    pub participant: ParticipantId,
    /// To do what.
    pub role: Role,
    /// How they are called there, if not by their own name.
    pub display_name: Option<DisplayName>,
}

/// Whether a conversation had to be begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreatedConversation {
    /// It is new.
    Created(Conversation),
    /// The pair of a direct conversation had one already; nothing was changed in it.
    Existing(Conversation),
}

/// Begins a conversation with its first members. A direct one needs exactly two and exists once for
/// them: whoever asks again is given the same, also when two ask at once. A bound caller must be
/// among the members; in a group it becomes their owner if it named no role above `member`.
///
/// # Errors
/// `scope_missing`, `not_allowed`, `members_full`, `participant_archived`, `validation_failed` at
/// `members/N/participant_id` or `members`.
pub fn create_conversation(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &CreateConversation,
) -> Result<CreatedConversation, Error> {
    begin(unit, cx, cmd, Filling::AtOnce)
}

/// The same; a direct conversation may begin with nobody or one as well, and is filled by
/// [`add_member`](super::add_member). As long as it is not full, it is nobody's.
///
/// # Errors
/// Those of [`create_conversation`].
pub fn begin_conversation(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &CreateConversation,
) -> Result<CreatedConversation, Error> {
    begin(unit, cx, cmd, Filling::Later)
}

/// When those who are in a direct conversation have to be known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filling {
    AtOnce,
    Later,
}

fn begin(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &CreateConversation,
    filling: Filling,
) -> Result<CreatedConversation, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let direct = check_members(unit, cx, cmd, filling)?;
    if let Some(pair) = direct
        && let Some(existing) = unit.conversations().find_direct(cx.workspace(), pair)?
    {
        let existing = existing.seen_with(cx.caller.sight());
        return Ok(CreatedConversation::Existing(existing));
    }
    let number = unit.conversations_mut().next_number(cx.workspace())?;
    let conversation = Conversation::restore(ConversationState {
        id: cx.fresh.into(),
        workspace: cx.workspace(),
        number,
        kind: cmd.kind,
        title: cmd.title.clone(),
        description: cmd.description.clone(),
        status: Status::Open,
        metadata: cmd.metadata.clone(),
        direct,
        channel: None,
        thread: None,
        assignee: None,
        labels: Tags::default(),
        priority: None,
        snoozed_until: None,
        avatar_url: cmd.avatar_url.clone(),
        last_seq: Seq::ZERO,
        member_count: cmd.members.len(),
        last_message_at: None,
        public_count: 0,
        public_seq: Seq::ZERO,
        public_at: None,
        marked_seq: Seq::ZERO,
        created_at: cx.now,
        updated_at: cx.now,
        deleted_at: None,
    });
    let founder = cx.caller.acting_as(None)?;
    let members: Vec<Member> = cmd
        .members
        .iter()
        .map(|first| {
            let founds = founder == Some(first.participant)
                && cmd.kind == ConversationKind::Group
                && first.role == Role::Member;
            let role = if founds { Role::Owner } else { first.role };
            Member::join(
                &conversation,
                first.participant,
                role,
                first.display_name.clone(),
                cx.now,
            )
        })
        .collect();
    unit.conversations_mut().add(&conversation)?;
    if !members.is_empty() {
        unit.members_mut().add(&members)?;
    }
    let mut events = vec![event(
        cx,
        Topic::ConversationCreated,
        Subject::Conversation(conversation.id),
    )];
    events.extend(members.iter().map(|member| {
        let subject = Subject::Member(conversation.id, member.participant, None);
        event(cx, Topic::MemberAdded, subject)
    }));
    unit.events_mut().append(cx.workspace(), &events)?;
    Ok(CreatedConversation::Created(conversation))
}

fn event(cx: &Context, topic: Topic, subject: Subject) -> NewEvent {
    NewEvent {
        topic,
        subject,
        at: cx.now,
    }
}

/// Refuses members that cannot be; the pair, if the conversation is direct.
fn check_members(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &CreateConversation,
    filling: Filling,
) -> Result<Option<DirectKey>, Error> {
    let members_max = cx.limits().members_max;
    if cmd.members.len() > members_max {
        return Err(Refusal::MembersFull { members_max }.into());
    }
    let ids: Vec<ParticipantId> = cmd.members.iter().map(|first| first.participant).collect();
    if let Some(own) = cx.caller.acting_as(None)?
        && !ids.contains(&own)
    {
        return Err(Refusal::NotAllowed.into());
    }
    let found = match ids.as_slice() {
        [] => Vec::new(),
        ids => unit.participants().find_many(cx.workspace(), ids)?,
    };
    let mut seen = BTreeSet::new();
    for (index, id) in ids.iter().enumerate() {
        let field = || format!("members/{index}/participant_id");
        let known = found.iter().find(|participant| participant.id == *id);
        let unknown = || Invalid::new("expected a participant of this workspace").at(field());
        if known.ok_or_else(unknown)?.archived_at.is_some() {
            return Err(Refusal::ParticipantArchived.into());
        }
        if !seen.insert(*id) {
            return Err(Invalid::new("expected each participant once")
                .at(field())
                .into());
        }
    }
    match (cmd.kind, ids.as_slice()) {
        (ConversationKind::Group, _) => Ok(None),
        (ConversationKind::Direct, [one, other]) => Ok(Some(DirectKey::new(*one, *other))),
        (ConversationKind::Direct, [] | [_]) if filling == Filling::Later => Ok(None),
        (ConversationKind::Direct, _) => {
            let problem = Invalid::new("expected exactly two members of a direct conversation");
            Err(problem.at("members").into())
        }
    }
}
