//! Participants: who is in a conversation, as whom, and how far they have read.
//!
//! What is `SaaSignal`'s alone is kept as it was written: the metadata of a participant in one conversation, and the
//! time up to which they said to have read.

use std::collections::HashMap;

use causerie_core::act::{
    AddMember, CreateParticipant, ListMessages, MemberNow, UpsertParticipant, Upserted, add_member,
    change_member, create_participant, find_extras, find_member, find_participant,
    find_participants, keep_extra, list_members, list_messages, mark, remove_member,
    upsert_participant,
};
use causerie_core::contact::{Identifiers, Profile, ProfileChange};
use causerie_core::page::{Limit, Order};
use causerie_core::port::{Tombstones, Unit};
use causerie_core::receipt::ReceiptKind;
use causerie_core::text::{DisplayName, ExternalId, Metadata};
use causerie_core::{
    Bearer, Context, ConversationId, Error, Extra, Fault, Member, MemberChange, Participant,
    ParticipantId, ParticipantKind, Refusal, Role, Scope, Seq, Settings, Timestamp,
};
use causerie_http::extract::Call;
use causerie_http::members::text;
use causerie_http::{Answered, Members, Problem, Raw, Shown};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::ids::Project;
use super::problem::bad_request;
use super::request::{body, metadata, page, query, shown};
use super::wire::{self, Time, created, deleted, ok, time};
use super::{NAME, ids};

const ROLES: &[(&str, Role)] = &[
    ("owner", Role::Owner),
    ("member", Role::Member),
    ("readonly", Role::Readonly),
];

/// What is kept with a participant of a conversation.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Kept {
    /// As it was written.
    metadata: Option<Box<RawValue>>,
    /// Up to when they said to have read, and the `seq` at which that left them.
    read: Option<(String, u64)>,
}

impl Kept {
    fn of(extra: Option<&Extra>) -> Result<Self, Fault> {
        extra.map_or(Ok(Self::default()), |extra| {
            let read = serde_json::from_str(extra.as_str());
            read.map_err(|_| Fault::corrupt("extra", "object", ""))
        })
    }

    fn keep(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
        of: ConversationId,
        id: ParticipantId,
    ) -> Result<(), Error> {
        let object = serde_json::to_string(self);
        let object = object.map_err(|_| Fault::corrupt("extra", "object", ""))?;
        let extra = Extra::parse(NAME, &object).map_err(|problem| problem.at("metadata"))?;
        keep_extra(unit, cx, Bearer::Member(of, id), &extra)
    }

    fn metadata(&self) -> &str {
        self.metadata.as_ref().map_or("{}", |raw| raw.get())
    }

    /// When they last read: as they said, unless they have read more since.
    fn last_read_at(&self, member: &Member) -> Option<Timestamp> {
        let said = self.read.as_ref();
        let said = said.and_then(|(at, seq)| Some((Timestamp::parse(at).ok()?, Seq::new(*seq))));
        match said {
            Some((at, seq)) if seq >= member.read_seq => Some(at),
            Some((at, _)) => member.read_at.max(Some(at)),
            None => member.read_at,
        }
    }

    /// Notes up to when they say to have read; it never goes back. Says whether that is new.
    fn read_until(&mut self, at: Timestamp, before: Option<Timestamp>, member: &Member) -> bool {
        let forward = Some(at) > before;
        if forward {
            self.read = Some((at.to_string(), member.read_seq.get()));
        }
        forward
    }
}

/// Somebody in a conversation.
#[derive(Serialize)]
struct ParticipantView<'a> {
    id: Shown<ParticipantId>,
    project_id: Shown<Project>,
    conversation_id: Shown<ConversationId>,
    external_id: Option<&'a str>,
    display_name: &'a str,
    role: &'static str,
    last_read_at: Option<Time>,
    metadata: Raw<'a>,
    created_at: Time,
}

impl<'a> ParticipantView<'a> {
    fn of(member: &'a Member, participant: Option<&'a Participant>, kept: &'a Kept) -> Self {
        let named = participant.map(|one| &one.display_name);
        Self {
            id: Shown(member.participant),
            project_id: Shown(Project(member.workspace)),
            conversation_id: Shown(member.conversation),
            external_id: participant
                .and_then(|one| one.external_id.as_ref())
                .map(ExternalId::as_str),
            display_name: member
                .display_name
                .as_ref()
                .or(named)
                .map_or("", DisplayName::as_str),
            role: role(member.role),
            last_read_at: time(kept.last_read_at(member)),
            metadata: Raw(kept.metadata()),
            created_at: Shown(member.joined_at),
        }
    }
}

/// The role by `SaaSignal`'s words: who moderates is an owner.
fn role(role: Role) -> &'static str {
    if role.moderates() {
        Role::Owner.as_str()
    } else {
        role.as_str()
    }
}

/// Who is to be in a conversation.
#[derive(Clone, Debug)]
struct Newcomer {
    external_id: ExternalId,
    display_name: DisplayName,
    role: Role,
    metadata: Option<Metadata>,
}

/// Adds a participant: the one with this external id, who is created if nobody has it.
pub(crate) async fn add(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let of = ids::conversation(&call)?;
    let members = body(&mut call).await;
    let newcomer = members.and_then(|members| read_newcomer(&members, call.caller().limits()));
    let newcomer = call.unless_conversation_missing(newcomer, of).await?;
    call.once(move |unit, cx| {
        let participant = find_or_create(unit, cx, &newcomer)?;
        let cmd = AddMember {
            conversation: of,
            participant: participant.id,
            role: newcomer.role,
            display_name: Some(newcomer.display_name.clone()),
        };
        let (_, now) = add_member(unit, cx, &cmd)?;
        let kept = Kept {
            metadata: newcomer.metadata.as_ref().and_then(as_written),
            read: None,
        };
        // Also without metadata: who comes back has none of what was kept the last time.
        kept.keep(unit, cx, of, participant.id)?;
        let view = ParticipantView::of(&now.member, Some(&participant), &kept);
        Ok(created(&view))
    })
    .await
}

fn read_newcomer(members: &Members, limits: &Settings) -> Result<Newcomer, Problem> {
    let external_id = members.need("external_id", |raw| ExternalId::parse(&text(raw)?));
    let name = members.need("display_name", |raw| {
        DisplayName::parse(&text(raw)?, limits)
    });
    let role = members.word("role", ROLES).unwrap_or(Role::Member);
    let metadata = members.maybe("metadata", |raw| metadata(raw, limits));
    let made = external_id.zip(name);
    members.finish_with(made.map(|(external_id, display_name)| Newcomer {
        external_id,
        display_name,
        role,
        metadata,
    }))
}

fn as_written(metadata: &Metadata) -> Option<Box<RawValue>> {
    RawValue::from_string(metadata.as_str().to_owned()).ok()
}

/// The participant with this external id. The name is theirs in this conversation; only who is new is called so
/// everywhere.
fn find_or_create(
    unit: &mut dyn Unit,
    cx: &Context,
    newcomer: &Newcomer,
) -> Result<Participant, Error> {
    let create = CreateParticipant {
        external_id: Some(newcomer.external_id.clone()),
        kind: ParticipantKind::Contact,
        display_name: newcomer.display_name.clone(),
        identifiers: Identifiers::default(),
        profile: Profile::default(),
        metadata: Metadata::default(),
    };
    match create_participant(unit, cx, &create) {
        Err(Error::Refusal(Refusal::ExternalIdTaken)) => {}
        outcome => return outcome,
    }
    let find = UpsertParticipant {
        external_id: newcomer.external_id.clone(),
        kind: None,
        display_name: None,
        identifiers: None,
        profile: ProfileChange::default(),
        metadata: None,
    };
    match upsert_participant(unit, cx, &find)? {
        Upserted::Created(found) | Upserted::Existing(found) => Ok(found),
    }
}

/// Lists the participants of a conversation.
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let of = ids::conversation(&call)?;
    let asked = query(&call, |parameters| page(parameters, Limit::default()));
    let (limit, cursor) = call.unless_conversation_missing(asked, of).await?;
    let (found, participants, kept) = call
        .read(move |snapshot, cx| {
            let (_, page) = list_members(snapshot, cx, of, cursor, limit)?;
            let ids: Vec<ParticipantId> = page
                .items
                .iter()
                .map(|now| now.member.participant)
                .collect();
            let participants = find_participants(snapshot, cx, &ids)?;
            let bearers: Vec<Bearer> = ids.iter().map(|id| Bearer::Member(of, *id)).collect();
            let extras = find_extras(snapshot, cx, NAME, &bearers)?;
            let mut kept = HashMap::with_capacity(ids.len());
            for id in ids {
                kept.insert(id, Kept::of(extras.get(&Bearer::Member(of, id)))?);
            }
            Ok((page, participants, kept))
        })
        .await?;
    let nothing = Kept::default();
    Ok(wire::page(&found, |MemberNow { member, .. }| {
        let id = member.participant;
        let kept = kept.get(&id).unwrap_or(&nothing);
        ParticipantView::of(member, participants.get(&id), kept)
    }))
}

/// What changes of a participant.
#[derive(Clone, Debug)]
struct Change {
    member: MemberChange,
    metadata: Option<Metadata>,
    last_read_at: Option<Timestamp>,
}

/// Changes name, role, metadata or read state.
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = (ids::conversation(&call)?, ids::participant(&call)?);
    let members = body(&mut call).await;
    let change = members.and_then(|members| read_change(&members, call.caller().limits()));
    let change = call
        .unless_missing(change, move |snapshot, cx| {
            find_member(snapshot, cx, of, id).map(drop)
        })
        .await?;
    let (member, participant, kept) = call
        .write(move |unit, cx| {
            let (_, mut now) = change_member(unit, cx, of, id, &change.member)?;
            let shown = shown(cx);
            let participant = find_participant(unit, &shown, id)?;
            let bearer = Bearer::Member(of, id);
            let found = find_extras(unit, &shown, NAME, &[bearer])?;
            let mut kept = Kept::of(found.get(&bearer))?;
            let mut keep = change.metadata.is_some();
            if let Some(metadata) = &change.metadata {
                kept.metadata = as_written(metadata);
            }
            if let Some(at) = change.last_read_at {
                let before = kept.last_read_at(&now.member);
                if let Some(seq) = newest_until(unit, &shown, of, &participant, at)? {
                    now = mark(unit, cx, of, id, ReceiptKind::Read, seq)?.1;
                }
                keep |= kept.read_until(at, before, &now.member);
            }
            if keep {
                kept.keep(unit, cx, of, id)?;
            }
            Ok((now.member, participant, kept))
        })
        .await?;
    Ok(ok(&ParticipantView::of(&member, Some(&participant), &kept)))
}

fn read_change(members: &Members, limits: &Settings) -> Result<Change, Problem> {
    let name = members.parsed("display_name", |text| DisplayName::parse(text, limits));
    let change = Change {
        member: MemberChange {
            role: members.word("role", ROLES),
            display_name: name.map(Some),
            ..MemberChange::default()
        },
        metadata: members.maybe("metadata", |raw| metadata(raw, limits)),
        last_read_at: members.rfc3339_time("last_read_at"),
    };
    members.finish().map(|()| change).map_err(bad_request)
}

/// The place of the newest message not later than a time, as far as the participant may see.
fn newest_until(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    participant: &Participant,
    at: Timestamp,
) -> Result<Option<Seq>, Error> {
    let cx = Context {
        caller: cx.caller.confined_to(participant),
        ..cx.clone()
    };
    let cmd = ListMessages {
        conversation,
        order: Order::Descending,
        limit: Limit::new(1).unwrap_or_default(),
        cursor: None,
        after: None,
        before: Some(at.shown_after()),
        tombstones: Tombstones::Shown,
    };
    let page = list_messages(unit, &cx, &cmd)?;
    Ok(page.items.first().map(|seen| seen.message.seq))
}

/// Removes a participant; what it said stays.
pub(crate) async fn remove(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = (ids::conversation(&call)?, ids::participant(&call)?);
    call.write(move |unit, cx| remove_member(unit, cx, of, id))
        .await?;
    Ok(deleted())
}
