//! Keys: create, list, show, revoke, rotate. The secret is shown once.
//!
//! Hashing is done on the threads of the door; what is kept for retries is sealed.

use std::time::Duration;

use causerie_core::act::{
    CreateKey, RotateKey, create_key, find_key, list_keys, revoke_key, rotate_key,
};
use causerie_core::text::Name;
use causerie_core::{
    ApiKey, Context, KeyId, KeySecret, ParticipantId, Scope, Scopes, SecretHash, Timestamp,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::vocabulary;
use super::wire::{Answered, KeyView, NewKeyView, PageView, created, ok, page};
use crate::Problem;
use crate::extract::{Call, Check, Query, WireBody};
use crate::reply::Rendered;

/// How long a rotated key lives on unless the request says otherwise.
const OVERLAP_SECONDS_DEFAULT: u64 = 86_400;

fn render_new(key: &ApiKey, secret: &KeySecret) -> Rendered {
    created(&NewKeyView::of(key, secret.expose())).at(format!("/v1/keys/{}", key.id))
}

/// A new key.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewKeyWish, example = json!({"name": "web shop", "scopes": ["messaging:*"]}))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBody {
    /// What it is for: one line of 1 to 128 characters.
    name: String,
    /// `messaging:read`, `messaging:write`, `messaging:*`, `admin` or `*`; at least one, and none that
    /// your own key lacks.
    #[schema(value_type = Vec<vocabulary::Scope>)]
    scopes: Vec<String>,
    /// The only participant that it may act as.
    participant_id: Option<String>,
    /// When it stops by itself (RFC 3339, UTC, with `Z`).
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<String>,
}

/// What a new key is to be, apart from its secret.
pub(crate) struct Wish {
    name: Name,
    scopes: Scopes,
    participant: Option<ParticipantId>,
    expires_at: Option<Timestamp>,
}

impl WireBody<'_> for CreateBody {
    type To = ();
    type Command = Wish;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Wish> {
        let name = check.at("/name", |_| Name::parse(&self.name));
        let scopes = check.at("/scopes", |_| {
            Scopes::parse(self.scopes.iter().map(String::as_str))
        });
        let participant = check.maybe("/participant_id", self.participant_id, |id, _| {
            ParticipantId::parse(&id)
        });
        let expires_at = check.maybe("/expires_at", self.expires_at, |time, _| {
            Timestamp::parse(&time)
        });
        Some(Wish {
            name: name?,
            scopes: scopes?,
            participant: participant?,
            expires_at: expires_at?,
        })
    }
}

/// A secret made for a context's fresh id.
struct Forged {
    cx: Context,
    secret: KeySecret,
    hash: SecretHash,
}

impl Call {
    async fn forge(&self) -> Result<Forged, Problem> {
        let cx = self.context();
        let (mut entropy, mut salt) = ([0; 128], [0; 16]);
        self.app().ids().entropy(&mut entropy);
        self.app().ids().entropy(&mut salt);
        let secret = KeySecret::new(cx.fresh.into(), &entropy);
        let (by, cost) = (self.admitted()?.key().id, self.app().cost());
        let hash = self
            .app()
            .door()
            .hash(by, cost, secret.clone(), salt)
            .await?;
        Ok(Forged { cx, secret, hash })
    }
}

/// Creates a key.
///
/// Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/keys", tag = "keys",
    request_body = CreateBody, responses((status = 201, body = NewKeyView)))]
pub(crate) async fn create(mut call: Call) -> Answered {
    call.require(Scope::Admin)?;
    call.no_query()?;
    call.receive().await?;
    let wish = call.command::<CreateBody>(())?;
    let Forged { cx, secret, hash } = call.forge().await?;
    let cmd = CreateKey {
        name: wish.name,
        hash,
        scopes: wish.scopes,
        participant: wish.participant,
        expires_at: wish.expires_at,
    };
    call.once_sealed(cx, move |unit, cx| {
        Ok(render_new(&create_key(unit, cx, &cmd)?, &secret))
    })
    .await
}

/// Which keys to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// Lists keys, newest first, those that have ended included.
#[utoipa::path(get, path = "/v1/keys", tag = "keys",
    params(ListQuery), responses((status = 200, body = PageView<KeyView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let (cursor, limit) = (query.cursor(asked.cursor), query.limit(asked.limit));
    query.finish()?;
    let found = call
        .read(move |snapshot, cx| list_keys(snapshot, cx, cursor, limit))
        .await?;
    Ok(page(&found, KeyView::of))
}

/// Shows a key, without its secret.
#[utoipa::path(get, path = "/v1/keys/{key_id}", tag = "keys",
    params(("key_id" = String, Path, description = "The key.")),
    responses((status = 200, body = KeyView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let id: KeyId = call.id("key_id")?;
    call.unless_key_missing(call.no_query(), id).await?;
    let found = call
        .read(move |snapshot, cx| find_key(snapshot, cx, id))
        .await?;
    Ok(ok(&KeyView::of(&found)).into_response())
}

/// Ends a key at once; revoking again changes nothing.
#[utoipa::path(post, path = "/v1/keys/{key_id}/revoke", tag = "keys",
    params(("key_id" = String, Path, description = "The key.")),
    responses((status = 200, body = KeyView)))]
pub(crate) async fn revoke(mut call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let id: KeyId = call.id("key_id")?;
    let received = call.receive_nothing().await;
    call.unless_key_missing(received, id).await?;
    let answer = call
        .once(move |unit, cx| Ok(ok(&KeyView::of(&revoke_key(unit, cx, id)?))))
        .await;
    call.app().door().forget(call.caller().workspace().id);
    answer
}

/// How to replace a key.
#[derive(Deserialize, ToSchema)]
#[schema(as = Rotation, example = json!({"overlap_seconds": 3600}))]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateBody {
    /// How long the old key lives on: 0 to 2,592,000 (30 days); 86,400 (a day) unless given.
    overlap_seconds: Option<u64>,
}

impl WireBody<'_> for RotateBody {
    type To = ();
    type Command = Duration;
    const MAY_BE_EMPTY: bool = true;

    fn into_command(self, (): (), _: &mut Check<'_>) -> Option<Duration> {
        let seconds = self.overlap_seconds.unwrap_or(OVERLAP_SECONDS_DEFAULT);
        Some(Duration::from_secs(seconds))
    }
}

/// Creates a key like another one, which ends after the overlap.
///
/// The secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/keys/{key_id}/rotate", tag = "keys",
    request_body = RotateBody, params(("key_id" = String, Path, description = "The key.")),
    responses((status = 201, body = NewKeyView)))]
pub(crate) async fn rotate(mut call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let id: KeyId = call.id("key_id")?;
    let received = call.receive().await;
    let overlap = received.and_then(|()| call.command::<RotateBody>(()));
    let overlap = call.unless_key_missing(overlap, id).await?;
    let Forged { cx, secret, hash } = call.forge().await?;
    let cmd = RotateKey { id, hash, overlap };
    let answer = call
        .once_sealed(cx, move |unit, cx| {
            Ok(render_new(&rotate_key(unit, cx, &cmd)?, &secret))
        })
        .await;
    call.app().door().forget(call.caller().workspace().id);
    answer
}

impl Call {
    /// The problem with a request, unless its key does not exist: that comes first.
    async fn unless_key_missing<T>(
        &self,
        understood: Result<T, Problem>,
        id: KeyId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            find_key(snapshot, cx, id).map(drop)
        })
        .await
    }
}
