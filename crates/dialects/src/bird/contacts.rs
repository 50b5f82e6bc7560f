//! Contacts: people outside, by what they are reached by and with whatever a client keeps of them.
//!
//! Who may be a contact of whom is decided by the core.

use std::collections::BTreeMap;

use causerie_core::act::{
    CreateParticipant, Resolved, archive_participant, change_participant, create_participant,
    find_extras, find_participant, keep_extra, list_participants, resolve_contact,
};
use causerie_core::contact::{Identifier, IdentifierKey, Identifiers, Profile};
use causerie_core::port::{ParticipantFilter, Snapshot, Unit};
use causerie_core::text::{DisplayName, Metadata};
use causerie_core::{
    Bearer, Context, Error, Extra, Invalid, Participant, ParticipantChange, ParticipantId,
    ParticipantKind, Refusal, Scope, Settings, Timestamp,
};
use causerie_http::extract::Call;
use causerie_http::{Answered, HttpResponse, Members, Problem, Rendered, Shown, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::Bird;
use super::id::{Hex, enter, hex, in_path, of_answer};
use super::kept::{Kept, SURFACE};
use super::page::{Asked, walk};
use super::value;
use super::wire::ResultsView;
use super::wish::Strictness;

/// How many contacts a page has unless it is said.
const PAGE: u64 = 10;
/// How many contacts a page may have.
const PAGE_MAX: u64 = 100;
/// How long a contact usually is when it is written.
const CONTACT_BYTES: usize = 512;
const MEMBERS: &[&str] = &["displayName", "identifiers", "attributes", "listIds"];

/// Somebody outside.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PersonView<'a> {
    id: Hex,
    workspace_id: Hex,
    computed_display_name: &'a str,
    featured_identifiers: Vec<IdentifierView<'a>>,
    identifier_count: usize,
    attributes: Attributes<'a>,
    list_ids: Lists<'a>,
    created_at: Shown<Timestamp>,
    updated_at: Shown<Timestamp>,
}

#[derive(Serialize)]
struct IdentifierView<'a> {
    key: &'a str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Attributes<'a> {
    Kept(&'a RawValue),
    None {},
}

#[derive(Serialize)]
#[serde(untagged)]
enum Lists<'a> {
    Kept(&'a RawValue),
    None([(); 0]),
}

impl<'a> PersonView<'a> {
    fn of(person: &'a Participant, extra: Option<&'a Extra>) -> Self {
        let kept = Kept::of(extra);
        let properties = properties_of(kept.get("properties"));
        let view = |one: &'a Identifier| IdentifierView {
            key: one.key().as_str(),
            value: one.value(),
            properties: properties.get(&place_of(one)).copied(),
        };
        let featured: Vec<_> = person.identifiers.iter().map(view).collect();
        Self {
            id: hex(person.id.to_bytes()),
            workspace_id: hex(person.workspace.to_bytes()),
            computed_display_name: person.display_name.as_str(),
            identifier_count: featured.len(),
            featured_identifiers: featured,
            attributes: kept
                .get("attributes")
                .map_or(Attributes::None {}, Attributes::Kept),
            list_ids: kept.get("listIds").map_or(Lists::None([]), Lists::Kept),
            created_at: Shown(person.created_at),
            updated_at: Shown(person.updated_at),
        }
    }
}

/// What is kept of each identifier, by its place.
fn properties_of(raw: Option<&RawValue>) -> BTreeMap<String, &RawValue> {
    let read = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
    read.unwrap_or_default()
}

/// Under which name the properties of an identifier are kept.
fn place_of(one: &Identifier) -> String {
    format!("{} {}", one.key().as_str(), one.value())
}

fn render(status: StatusCode, person: &Participant, extra: Option<&Extra>) -> Rendered {
    Rendered::json(status, &PersonView::of(person, extra), CONTACT_BYTES)
}

/// What a client says of a contact.
struct Said {
    display_name: Option<DisplayName>,
    identifiers: Option<Identifiers>,
    properties: BTreeMap<String, Box<RawValue>>,
    attributes: Option<BTreeMap<String, Box<RawValue>>>,
    list_ids: Option<Box<RawValue>>,
}

impl Said {
    fn read(
        members: &Members,
        strictness: Strictness,
        limits: &Settings,
        known: &[&str],
    ) -> Result<Self, Problem> {
        strictness.refuse_others(members, known);
        let mut properties = BTreeMap::new();
        let identifiers = known
            .contains(&"identifiers")
            .then(|| identifiers(members, strictness, &mut properties))
            .flatten();
        let name = |text: &str| DisplayName::parse(text, limits);
        let attributes = members.object("attributes");
        let own = |(name, raw): (&str, &RawValue)| (name.to_owned(), raw.to_owned());
        let list_ids = members.maybe("listIds", |raw| {
            value::texts(raw)?;
            Ok(raw.to_owned())
        });
        let said = Self {
            display_name: members.parsed("displayName", name),
            identifiers,
            properties,
            attributes: attributes.map(|all| all.iter().map(own).collect()),
            list_ids,
        };
        members.finish()?;
        Ok(said)
    }

    /// Keeps with somebody what the domain has no place for: attributes one by one, null takes one away.
    fn keep(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
        of: ParticipantId,
    ) -> Result<Option<Extra>, Error> {
        let bearer = Bearer::Participant(of);
        let known = find_extras(unit, &of_answer(cx), SURFACE, &[bearer])?.remove(&bearer);
        let before = Kept::of(known.as_ref());
        let (attributes, properties) = (self.attributes(&before), self.properties(&before));
        let list_ids = self.list_ids.as_deref().or(before.get("listIds"));
        let mut kept = Kept::default();
        kept.keep("attributes", attributes.as_deref());
        kept.keep("listIds", list_ids);
        kept.keep("properties", properties.as_deref());
        let Some(extra) = kept.into_extra()? else {
            return Ok(known);
        };
        if known.as_ref() != Some(&extra) {
            keep_extra(unit, cx, bearer, &extra)?;
        }
        Ok(Some(extra))
    }

    fn attributes(&self, before: &Kept<'_>) -> Option<Box<RawValue>> {
        let mut all: BTreeMap<String, &RawValue> = properties_of(before.get("attributes"));
        for (name, raw) in self.attributes.iter().flatten() {
            if raw.get() == "null" {
                all.remove(name);
            } else {
                all.insert(name.clone(), raw);
            }
        }
        let any = self.attributes.is_some() || !all.is_empty();
        any.then(|| serde_json::value::to_raw_value(&all).ok())?
    }

    fn properties(&self, before: &Kept<'_>) -> Option<Box<RawValue>> {
        let mut all = properties_of(before.get("properties"));
        let own = self.properties.iter();
        all.extend(own.map(|(name, raw)| (name.clone(), &**raw)));
        (!all.is_empty()).then(|| serde_json::value::to_raw_value(&all).ok())?
    }
}

fn identifiers(
    members: &Members,
    strictness: Strictness,
    properties: &mut BTreeMap<String, Box<RawValue>>,
) -> Option<Identifiers> {
    let mut all = Vec::new();
    for one in members.objects("identifiers")? {
        strictness.refuse_others(&one, &["key", "value", "properties"]);
        let key = one.need_text("key");
        let key = key.and_then(|key| one.note("key", IdentifierKey::parse(&key)));
        let value = one.need_text("value");
        let identifier = match (key, value) {
            (Some(key), Some(value)) => one.note("value", Identifier::parse(key, &value)),
            _ => None,
        };
        if let Some(identifier) = identifier {
            if let Some(raw) = one.get_raw("properties") {
                properties.insert(place_of(&identifier), raw.to_owned());
            }
            all.push(identifier);
        }
    }
    members.note_refusal("identifiers", Identifiers::parse(all))
}

async fn said(call: &mut Call, known: &[&str]) -> Result<Said, Problem> {
    let members = call.members().await?;
    let limits = call.caller().limits();
    Said::read(&members, Bird::strictness(call), limits, known)
}

/// Creates a contact.
pub(super) async fn create(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let said = said(&mut call, MEMBERS).await?;
    let limit = call.caller().limits().display_name_chars_max;
    let usual = || {
        let first = said.identifiers.as_ref()?.iter().next()?;
        let cut: String = first.value().chars().take(limit).collect();
        Some(DisplayName::from_stored(cut))
    };
    let expected = Invalid::new("expected it, or an identifier");
    let display_name = said.display_name.clone().or_else(usual);
    let cmd = CreateParticipant {
        external_id: None,
        kind: ParticipantKind::Contact,
        display_name: display_name.ok_or_else(|| Refusal::from(expected.at("displayName")))?,
        identifiers: said.identifiers.clone().unwrap_or_default(),
        profile: Profile::default(),
        metadata: Metadata::default(),
    };
    call.once(move |unit, cx| {
        let person = create_participant(unit, cx, &cmd)?;
        let extra = said.keep(unit, cx, person.id)?;
        Ok(render(StatusCode::CREATED, &person, extra.as_ref()))
    })
    .await
}

/// Lists contacts.
pub(super) async fn list(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let query = call.parameters()?;
    let asked = Asked::read(&query, PAGE, PAGE_MAX);
    asked.refuse_reversed(&query);
    query.finish()?;
    let filter = ParticipantFilter {
        kind: Some(ParticipantKind::Contact),
        archived: Some(false),
        ..ParticipantFilter::default()
    };
    let rendered = call
        .read(move |snapshot, cx| {
            let found = walk(&asked, |cursor, limit| {
                list_participants(snapshot, cx, &filter, cursor, limit)
            })?;
            let bearer = |one: &Participant| Bearer::Participant(one.id);
            let bearers: Vec<Bearer> = found.items.iter().map(bearer).collect();
            let extras = find_extras(snapshot, cx, SURFACE, &bearers)?;
            let view = |one| PersonView::of(one, extras.get(&bearer(one)));
            let views = found.items.iter().map(view).collect();
            let results = ResultsView::of(views, found.next_token());
            let size_bytes = CONTACT_BYTES * (found.items.len() + 1);
            Ok(Rendered::json(StatusCode::OK, &results, size_bytes))
        })
        .await?;
    Ok(rendered.into_response())
}

/// The contact that stands in the path.
fn contact_id(call: &Call) -> Result<ParticipantId, Problem> {
    let id = in_path(call, "contactId", Refusal::ParticipantNotFound)?;
    Ok(ParticipantId::from_bytes(id))
}

/// A contact who is there.
fn find(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: ParticipantId,
) -> Result<Participant, Error> {
    let found = find_participant(snapshot, cx, id)?;
    if found.kind == ParticipantKind::Contact && found.archived_at.is_none() {
        Ok(found)
    } else {
        Err(Refusal::ParticipantNotFound.into())
    }
}

/// Shows a contact.
pub(super) async fn show(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let id = contact_id(&call)?;
    let rendered = call
        .read(move |snapshot, cx| {
            let person = find(snapshot, cx, id)?;
            let bearer = Bearer::Participant(id);
            let extra = find_extras(snapshot, cx, SURFACE, &[bearer])?.remove(&bearer);
            Ok(render(StatusCode::OK, &person, extra.as_ref()))
        })
        .await?;
    Ok(rendered.into_response())
}

/// Changes a contact.
pub(super) async fn change(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let id = contact_id(&call)?;
    let said = said(&mut call, MEMBERS).await;
    let said = call
        .unless_missing(said, move |snapshot, cx| find(snapshot, cx, id).map(drop))
        .await?;
    let rendered = call
        .write(move |unit, cx| {
            find(unit, &of_answer(cx), id)?;
            apply(unit, cx, id, &said)
        })
        .await?;
    Ok(rendered.into_response())
}

fn apply(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ParticipantId,
    said: &Said,
) -> Result<Rendered, Error> {
    let change = ParticipantChange {
        display_name: said.display_name.clone(),
        identifiers: said.identifiers.clone(),
        ..ParticipantChange::default()
    };
    let person = change_participant(unit, cx, id, &change)?;
    let extra = said.keep(unit, cx, id)?;
    Ok(render(StatusCode::OK, &person, extra.as_ref()))
}

/// Deletes a contact: what it is reached by is free then, what it said stays.
pub(super) async fn delete(call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let id = contact_id(&call)?;
    call.write(move |unit, cx| {
        find(unit, &of_answer(cx), id)?;
        let nothing = ParticipantChange {
            identifiers: Some(Identifiers::default()),
            ..ParticipantChange::default()
        };
        change_participant(unit, cx, id, &nothing)?;
        archive_participant(unit, cx, id).map(drop)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Changes the contact who is reached by this, or creates it.
pub(super) async fn upsert(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let missing = || Problem::from(Refusal::ParticipantNotFound);
    let key = IdentifierKey::parse(call.part("key")?).map_err(|_| missing())?;
    let value = call.last_part("value")?;
    let said = said(&mut call, &["displayName", "attributes", "listIds"]).await?;
    let identifier = Identifier::parse(key, &value);
    let identifier = identifier.map_err(|wrong| Refusal::from(wrong.at("value")))?;
    let rendered = call
        .write(move |unit, cx| {
            let name = said.display_name.as_ref();
            let (Resolved::Created(person) | Resolved::Existing(person)) =
                resolve_contact(unit, cx, &identifier, name)?;
            apply(unit, cx, person.id, &said)
        })
        .await?;
    Ok(rendered.into_response())
}
