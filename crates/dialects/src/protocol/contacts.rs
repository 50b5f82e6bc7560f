//! Contacts: the participants of the workspace, and the conversation with each of them.

use std::sync::Arc;

use causerie_core::act::{
    CreateParticipant, archive_participant, change_participant, create_participant,
    delete_conversation, find_directs, find_extras, find_participant, list_participants,
};
use causerie_core::contact::{Identifier, IdentifierKey, Identifiers, PROFILE_CHARS_MAX, Profile};
use causerie_core::port::{ParticipantFilter, Snapshot};
use causerie_core::text::{AvatarUrl, DisplayName, ExternalId, Metadata};
use causerie_core::{
    Bearer, Error, Invalid, Participant, ParticipantChange, ParticipantId, ParticipantKind,
    Refusal, Scope, Settings,
};
use causerie_http::extract::{Call, Given};
use causerie_http::members::{Members, text};
use causerie_http::{Answered, HttpResponse, Problem, StatusCode};

use super::NAME;
use super::conversations::{begin, given, require_both};
use super::facts::Facts;
use super::kept::{KeptContact, keep, read};
use super::messages::as_unknown;
use super::page::{Paging, show, slice};
use super::problem::malformed;
use super::wire::{ContactView, username};
use super::you::{self, You};

/// How many characters a telephone number may have, however it is written.
const PHONE_CHARS_MAX: usize = 64;

/// A telephone number as an identifier, if it is one with its country.
pub(super) fn phone(written: &str) -> Option<Identifier> {
    let key = IdentifierKey::parse(IdentifierKey::PHONE).ok()?;
    Identifier::parse(key, written).ok()
}

/// A contact who still takes part.
///
/// # Errors
/// `participant_not_found`.
pub(super) fn find(snapshot: &mut dyn Snapshot, you: &You, id: &str) -> Result<Participant, Error> {
    let id = you.contact(snapshot, id)?;
    let found = find_participant(snapshot, &you.key, id)?;
    if found.archived_at.is_some() {
        return Err(Refusal::ParticipantNotFound.into());
    }
    Ok(found)
}

/// `GET /v1/contacts`
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let query = call.parameters().map_err(malformed)?;
    let paging = Paging::read(&query);
    query.finish().map_err(malformed)?;
    let read = you::read(&call, move |snapshot, you| {
        let mut from = None;
        if let Some((side, id)) = &paging.from {
            let found = you.contact(snapshot, id);
            from = Some((*side, found.map_err(|error| as_unknown(error, *side))?));
        }
        let filter = ParticipantFilter {
            archived: Some(false),
            ..ParticipantFilter::default()
        };
        let slice = slice(
            paging.limit,
            from,
            |one: &Participant| one.id,
            |cursor, limit| list_participants(snapshot, &you.key, &filter, cursor, limit),
        )?;
        let ids: Vec<ParticipantId> = slice.items.iter().map(|one| one.id).collect();
        let facts = Facts::of_contacts(snapshot, you, &ids)?;
        Ok((slice, facts))
    });
    let (slice, facts) = read.await.map_err(malformed)?;
    Ok(slice.show(|one| ContactView::of(&facts, one.id))?)
}

/// A contact that is wanted.
#[derive(Clone, Debug)]
struct NewContact {
    create: CreateParticipant,
    kept: KeptContact,
}

impl NewContact {
    fn read(members: &Members, limits: &Settings) -> Result<Self, Problem> {
        let username = members.need("username", |raw| ExternalId::parse(&text(raw)?));
        let phone_number = members.need("phone_number", |raw| {
            let written = text(raw)?;
            let fits = !written.trim().is_empty()
                && written.chars().count() <= PHONE_CHARS_MAX
                && !written.chars().any(char::is_control);
            let expected = || Invalid::new("expected a telephone number");
            fits.then_some(written).ok_or_else(expected)
        });
        let avatar_url = members.text("avatar_url").filter(|url| !url.is_empty());
        let avatar_url =
            avatar_url.and_then(|url| members.note("avatar_url", AvatarUrl::parse(&url)));
        let display_name = members.text("display_name").filter(|name| !name.is_empty());
        let shown = display_name.or(username.as_ref().map(|name| name.as_str().to_owned()));
        let shown = shown.map(|name| DisplayName::parse(&name, limits));
        let display_name = shown.and_then(|name| members.note("display_name", name));
        members.finish().map_err(malformed)?;
        let made = username.zip(phone_number).zip(display_name);
        let made = made.map(|((username, phone_number), display_name)| Self {
            create: CreateParticipant {
                profile: Profile {
                    username: shown_elsewhere(&username),
                    avatar_url: avatar_url.map(|url| url.as_str().into()),
                    ..Profile::default()
                },
                external_id: Some(username),
                kind: ParticipantKind::Contact,
                display_name,
                identifiers: Identifiers::parse(phone(&phone_number).into_iter().collect())
                    .unwrap_or_default(),
                metadata: Metadata::default(),
            },
            kept: KeptContact {
                username: None,
                phone_number: Some(phone_number),
            },
        });
        members.finish_with(made)
    }
}

/// The username as others are shown it too, unless it is longer than they know.
fn shown_elsewhere(username: &ExternalId) -> Option<Arc<str>> {
    let fits = username.as_str().chars().count() <= PROFILE_CHARS_MAX;
    fits.then(|| username.as_str().into())
}

/// `POST /v1/contacts`
pub(super) async fn create(mut call: Call) -> Answered {
    require_both(&call)?;
    let members = call.members().await.map_err(malformed)?;
    let new = NewContact::read(&members, call.caller().limits())?;
    let created = you::write(&call, move |unit, you| {
        let contact = create_participant(unit, &you.key, &new.create)?;
        let bearer = Bearer::Participant(contact.id);
        keep(unit, &you.key, bearer, &new.kept, "phone_number")?;
        begin(unit, you, contact.id)?;
        Ok(contact.id)
    });
    let id = created.await?;
    show_contact(&call, StatusCode::CREATED, id).await
}

async fn show_contact(call: &Call, status: StatusCode, id: ParticipantId) -> Answered {
    let facts = you::read(call, move |snapshot, you| {
        Facts::of_contacts(snapshot, you, &[id])
    });
    let facts = facts.await?;
    Ok(show(status, &ContactView::of(&facts, id)?).into_response())
}

/// `GET /v1/contacts/:id`
pub(super) async fn retrieve(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id = call.part("id")?.to_owned();
    let (facts, id) = you::read(&call, move |snapshot, you| {
        let id = find(snapshot, you, &id)?.id;
        Ok((Facts::of_contacts(snapshot, you, &[id])?, id))
    })
    .await?;
    Ok(show(StatusCode::OK, &ContactView::of(&facts, id)?).into_response())
}

/// `PUT /v1/contacts/:id`
pub(super) async fn update(mut call: Call) -> Answered {
    require_both(&call)?;
    let members = call.members().await.map_err(malformed);
    let id = call.part("id")?.to_owned();
    let limits = call.caller().limits();
    let name = members.and_then(|members| {
        let name = given(&members, "display_name", |raw| {
            DisplayName::parse(&text(raw)?, limits)
        });
        members.finish_with(Some(name)).map_err(malformed)
    });
    let sought = id.clone();
    let name = you::unless_missing(&call, name, move |snapshot, you| {
        find(snapshot, you, &sought).map(drop)
    })
    .await?;
    let changed = you::write(&call, move |unit, you| {
        let contact = find(unit, you, &id)?;
        let display_name = match &name {
            Given::Absent => None,
            Given::Value(name) => Some(name.clone()),
            Given::Null => {
                let bearer = Bearer::Participant(contact.id);
                let kept = find_extras(unit, &you.key, NAME, &[bearer])?;
                let own = username(&contact, &read(kept.get(&bearer))?);
                Some(DisplayName::from_stored(own))
            }
        };
        let change = ParticipantChange {
            display_name,
            ..ParticipantChange::default()
        };
        change_participant(unit, &you.key, contact.id, &change)?;
        Ok(contact.id)
    });
    let id = changed.await?;
    show_contact(&call, StatusCode::OK, id).await
}

/// `DELETE /v1/contacts/:id`: what they said in groups stays, and their username may be given anew.
pub(super) async fn delete(call: Call) -> Answered {
    require_both(&call)?;
    let id = call.part("id")?.to_owned();
    you::write(&call, move |unit, you| {
        let contact = find(unit, you, &id)?;
        if contact.id == you.me.id || contact.is_voice() {
            return Err(Refusal::NotAllowed.into());
        }
        let (id, bearer) = (contact.id, Bearer::Participant(contact.id));
        let found = find_extras(unit, &you.key, NAME, &[bearer])?;
        let mut kept: KeptContact = read(found.get(&bearer))?;
        kept.username = Some(username(&contact, &kept));
        let change = ParticipantChange {
            external_id: Some(None),
            identifiers: Some(Identifiers::default()),
            ..ParticipantChange::default()
        };
        change_participant(unit, &you.key, id, &change)?;
        keep(unit, &you.key, bearer, &kept, "username")?;
        for direct in find_directs(unit, &you.cx, you.me.id, &[id])?.values() {
            delete_conversation(unit, &you.cx, direct.id)?;
        }
        archive_participant(unit, &you.key, id).map(drop)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
