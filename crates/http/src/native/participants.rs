//! Participants: create, list, read, change, archive; by the caller's own id; their conversations.
//!
//! Rules are in the core.

use causerie_core::act::{
    CreateParticipant, UpsertParticipant, Upserted, archive_participant, change_participant,
    create_participant, find_participant, list_inbox, list_participants, upsert_participant,
};
use causerie_core::contact::{Identifier, IdentifierKey, Profile};
use causerie_core::port::ParticipantFilter;
use causerie_core::text::{DisplayName, ExternalId, Metadata};
use causerie_core::{
    Invalid, Participant, ParticipantChange, ParticipantId, ParticipantKind, Scope,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::filters::ConversationFilterQuery;
use super::identities::{IdentifierBody, ProfileBody, identifiers, profile};
use super::vocabulary;
use super::wire::{Answered, InboxView, PageView, ParticipantView, created, ok, page, tag_of};
use crate::extract::{Call, Check, Given, Object, Query, Spell, WireBody};
use crate::problem::{Problem, Wrong};
use crate::reply::Rendered;

pub(super) fn render(participant: &Participant, new: bool) -> Rendered {
    let view = ParticipantView::of(participant);
    let rendered = if new {
        created(&view).at(format!("/v1/participants/{}", participant.id))
    } else {
        ok(&view)
    };
    rendered.tagged(tag_of(participant.updated_at))
}

/// A new participant.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewParticipant, example = json!({
    "display_name": "Ada Lovelace", "kind": "contact", "external_id": "customer-42",
    "identifiers": [{"key": "emailaddress", "value": "ada@example.com"}],
    "profile": {"first_name": "Ada", "last_name": "Lovelace"}, "metadata": {"plan": "gold"}
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBody<'a> {
    /// One line of 1 to 128 characters.
    display_name: String,
    /// `agent`, `contact` (unless given), `bot` or `system`.
    #[schema(value_type = Option<vocabulary::ParticipantKind>)]
    kind: Option<String>,
    /// Your own id of them; unique in the workspace.
    external_id: Option<String>,
    /// Up to 20 that they are reached by; each leads to one participant of the workspace only.
    #[serde(default)]
    #[schema(value_type = Vec<IdentifierBody>)]
    identifiers: Vec<Object<IdentifierBody>>,
    #[serde(default)]
    #[schema(value_type = Option<ProfileBody>)]
    profile: Given<Object<ProfileBody>>,
    /// A JSON object of up to 16 KiB.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a RawValue>,
}

impl<'a> WireBody<'a> for CreateBody<'a> {
    type To = ();
    type Command = CreateParticipant;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<CreateParticipant> {
        let display_name = check.at("/display_name", |limits| {
            DisplayName::parse(&self.display_name, limits)
        });
        let kind = check.maybe("/kind", self.kind, |word, _| ParticipantKind::parse(&word));
        let external_id = check.maybe("/external_id", self.external_id, |id, _| {
            ExternalId::parse(&id)
        });
        let identifiers = identifiers(&self.identifiers, check);
        let profile = profile(self.profile, check);
        let metadata = check.maybe("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        Some(CreateParticipant {
            display_name: display_name?,
            kind: kind?.unwrap_or(ParticipantKind::Contact),
            external_id: external_id?,
            identifiers: identifiers?,
            profile: Profile::default().with(&profile?),
            metadata: metadata?.unwrap_or_default(),
        })
    }
}

/// Creates a participant.
#[utoipa::path(post, path = "/v1/participants", tag = "participants",
    request_body = CreateBody, responses((status = 201, body = ParticipantView)))]
pub(crate) async fn create(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    call.no_query()?;
    call.receive().await?;
    let cmd = call.command::<CreateBody<'_>>(())?;
    call.once(move |unit, cx| Ok(render(&create_participant(unit, cx, &cmd)?, true)))
        .await
}

/// Which participants to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only this kind: `agent`, `contact`, `bot` or `system`.
    #[param(inline, value_type = Option<vocabulary::ParticipantKind>)]
    kind: Option<String>,
    /// Only the one with this external id.
    external_id: Option<String>,
    /// Only the one with an identifier of this key, which `identifier_value` gives.
    identifier_key: Option<String>,
    /// Its value; it need not be written as it is kept.
    identifier_value: Option<String>,
    /// Only those that are archived (`true`) or are not (`false`).
    #[param(value_type = Option<bool>)]
    archived: Option<String>,
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// Lists participants, newest first.
#[utoipa::path(get, path = "/v1/participants", tag = "participants",
    params(ListQuery), responses((status = 200, body = PageView<ParticipantView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let (key, value) = (asked.identifier_key, asked.identifier_value);
    let filter = ParticipantFilter {
        kind: query.take("kind", asked.kind, ParticipantKind::parse),
        external_id: query.take("external_id", asked.external_id, ExternalId::parse),
        identifier: query.identifier(key, value),
        archived: query.take("archived", asked.archived, bool::spell),
    };
    let (limit, cursor) = (query.limit(asked.limit), query.cursor(asked.cursor));
    query.finish()?;
    let found = call
        .read(move |snapshot, cx| list_participants(snapshot, cx, &filter, cursor, limit))
        .await?;
    Ok(page(&found, ParticipantView::of))
}

/// Shows a participant.
#[utoipa::path(get, path = "/v1/participants/{participant_id}", tag = "participants",
    params(("participant_id" = String, Path, description = "The participant.")),
    responses((status = 200, body = ParticipantView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id: ParticipantId = call.id("participant_id")?;
    call.unless_participant_missing(call.no_query(), id).await?;
    let found = call
        .read(move |snapshot, cx| find_participant(snapshot, cx, id))
        .await?;
    Ok(render(&found, false).into_response())
}

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = ParticipantChange, example = json!({"display_name": "Ada King", "external_id": null}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody<'a> {
    display_name: Option<String>,
    /// `agent`, `contact`, `bot` or `system`.
    #[schema(value_type = Option<vocabulary::ParticipantKind>)]
    kind: Option<String>,
    /// Your own id of them; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    external_id: Given<String>,
    /// In place of all the old.
    #[schema(value_type = Option<Vec<IdentifierBody>>)]
    identifiers: Option<Vec<Object<IdentifierBody>>>,
    /// Null takes all of it away.
    #[serde(default)]
    #[schema(value_type = Option<ProfileBody>)]
    profile: Given<Object<ProfileBody>>,
    /// In place of all the old; null for none.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Object>)]
    metadata: Given<&'a RawValue>,
}

impl<'a> WireBody<'a> for ChangeBody<'a> {
    type To = ();
    type Command = ParticipantChange;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<ParticipantChange> {
        let display_name = check.maybe("/display_name", self.display_name, |name, limits| {
            DisplayName::parse(&name, limits)
        });
        let kind = check.maybe("/kind", self.kind, |word, _| ParticipantKind::parse(&word));
        let external_id = check.given("/external_id", self.external_id, |id, _| {
            ExternalId::parse(&id)
        });
        let identifiers = self.identifiers.map(|all| identifiers(&all, check));
        let profile = profile(self.profile, check);
        let metadata = check.given("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        Some(ParticipantChange {
            kind: kind?,
            display_name: display_name?,
            external_id: external_id?,
            identifiers: match identifiers {
                None => None,
                Some(identifiers) => Some(identifiers?),
            },
            profile: profile?,
            metadata: metadata?.map(Option::unwrap_or_default),
        })
    }
}

/// Changes a participant.
#[utoipa::path(patch, path = "/v1/participants/{participant_id}", tag = "participants", request_body = ChangeBody,
    params(("participant_id" = String, Path, description = "The participant.")),
    responses((status = 200, body = ParticipantView)))]
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: ParticipantId = call.id("participant_id")?;
    let received = call.receive().await;
    let change = received.and_then(|()| call.command::<ChangeBody<'_>>(()));
    let change = call.unless_participant_missing(change, id).await?;
    let seen = call.if_match()?;
    let changed = call
        .write(move |unit, cx| {
            if seen.is_said() {
                // Changing nothing locks it and shows it as it stands.
                let now = change_participant(unit, cx, id, &ParticipantChange::default())?;
                seen.admit(&tag_of(now.updated_at))?;
            }
            change_participant(unit, cx, id, &change)
        })
        .await?;
    Ok(render(&changed, false).into_response())
}

/// Ends a participant's taking part; archiving again changes nothing.
#[utoipa::path(post, path = "/v1/participants/{participant_id}/archive", tag = "participants",
    params(("participant_id" = String, Path, description = "The participant.")),
    responses((status = 200, body = ParticipantView)))]
pub(crate) async fn archive(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: ParticipantId = call.id("participant_id")?;
    let received = call.receive_nothing().await;
    call.unless_participant_missing(received, id).await?;
    call.once(move |unit, cx| Ok(render(&archive_participant(unit, cx, id)?, false)))
        .await
}

/// What a participant is to be like; what is left out stays, or takes the default of a new one.
#[derive(Deserialize, ToSchema)]
#[schema(as = ParticipantWish, example = json!({"display_name": "Ada Lovelace"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct UpsertBody<'a> {
    /// The external id, unless given, for a new one.
    display_name: Option<String>,
    /// `agent`, `contact` (unless given, for a new one), `bot` or `system`.
    #[schema(value_type = Option<vocabulary::ParticipantKind>)]
    kind: Option<String>,
    /// In place of all the old.
    #[schema(value_type = Option<Vec<IdentifierBody>>)]
    identifiers: Option<Vec<Object<IdentifierBody>>>,
    /// Null takes all of it away.
    #[serde(default)]
    #[schema(value_type = Option<ProfileBody>)]
    profile: Given<Object<ProfileBody>>,
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a RawValue>,
}

impl<'a> WireBody<'a> for UpsertBody<'a> {
    type To = ExternalId;
    type Command = UpsertParticipant;

    fn into_command(self, to: ExternalId, check: &mut Check<'_>) -> Option<UpsertParticipant> {
        let display_name = check.maybe("/display_name", self.display_name, |name, limits| {
            DisplayName::parse(&name, limits)
        });
        let kind = check.maybe("/kind", self.kind, |word, _| ParticipantKind::parse(&word));
        let identifiers = self.identifiers.map(|all| identifiers(&all, check));
        let profile = profile(self.profile, check);
        let metadata = check.maybe("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        Some(UpsertParticipant {
            external_id: to,
            kind: kind?,
            display_name: display_name?,
            identifiers: match identifiers {
                None => None,
                Some(identifiers) => Some(identifiers?),
            },
            profile: profile?,
            metadata: metadata?,
        })
    }
}

/// Creates the participant with this external id, or changes it if it exists.
#[utoipa::path(put, path = "/v1/participants/by-external-id/{external_id}", tag = "participants", request_body = UpsertBody,
    params(("external_id" = String, Path, description = "Your own id, percent-encoded.")),
    responses((status = 200, body = ParticipantView), (status = 201, body = ParticipantView)))]
pub(crate) async fn upsert(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let written = call.last_part("external_id")?;
    let external_id = ExternalId::parse(&written)
        .map_err(|problem| Problem::invalid(vec![Wrong::at_parameter("external_id", &problem)]))?;
    call.no_query()?;
    call.receive().await?;
    let cmd = call.command::<UpsertBody<'_>>(external_id)?;
    let upserted = call
        .write(move |unit, cx| upsert_participant(unit, cx, &cmd))
        .await?;
    Ok(match &upserted {
        Upserted::Created(new) => render(new, true),
        Upserted::Existing(old) => render(old, false),
    }
    .into_response())
}

/// Lists a participant's conversations with unread counts and newest messages.
///
/// Newest activity first.
#[utoipa::path(get, path = "/v1/participants/{participant_id}/conversations", tag = "participants",
    params(("participant_id" = String, Path, description = "The participant."), ConversationFilterQuery),
    responses((status = 200, body = PageView<InboxView>)))]
pub(crate) async fn inbox(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id: ParticipantId = call.id("participant_id")?;
    let asked = call.query().and_then(ConversationFilterQuery::read);
    let asked = call.unless_participant_missing(asked, id).await?;
    let found = call
        .read(move |snapshot, cx| {
            list_inbox(snapshot, cx, id, &asked.filter, asked.cursor, asked.limit)
        })
        .await?;
    Ok(page(&found, |entry| InboxView::of(entry, call.caller())))
}

impl Query {
    /// Takes the parameters of an identifier: both or none.
    fn identifier(&mut self, key: Option<String>, value: Option<String>) -> Option<Identifier> {
        let expected = |other| Invalid::new(format!("expected `{other}` with it"));
        match (key, value) {
            (None, None) => None,
            (Some(key), None) => self.take("identifier_key", Some(key), |_| {
                Err(expected("identifier_value"))
            }),
            (None, Some(value)) => self.take("identifier_value", Some(value), |_| {
                Err(expected("identifier_key"))
            }),
            (Some(key), Some(value)) => {
                let key = self.take("identifier_key", Some(key), IdentifierKey::parse)?;
                self.take("identifier_value", Some(value), |value| {
                    Identifier::parse(key, value)
                })
            }
        }
    }
}

impl Call {
    /// The problem with a request, unless its participant does not exist: that comes first.
    pub(super) async fn unless_participant_missing<T>(
        &self,
        understood: Result<T, Problem>,
        id: ParticipantId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            find_participant(snapshot, cx, id).map(drop)
        })
        .await
    }
}
