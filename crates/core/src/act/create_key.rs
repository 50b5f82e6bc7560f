//! Creates, lists, rotates and revokes keys.

use std::time::Duration;

use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{KeyId, ParticipantId};
use crate::invalid::Invalid;
use crate::key::{ApiKey, ApiKeyState, Scope, Scopes, SecretHash};
use crate::page::{Limit, Page};
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::text::Name;
use crate::timestamp::Timestamp;

/// How long a rotated key may live on beside its successor.
pub const OVERLAP_MAX: Duration = Duration::from_hours(30 * 24);

/// The wish to have a key. Its secret was made from the same fresh id and is known to the caller only.
#[derive(Clone, Debug)]
pub struct CreateKey {
    /// What it is for.
    pub name: Name,
    /// The hash of its secret.
    pub hash: SecretHash,
    /// What it may do.
    pub scopes: Scopes,
    /// The only participant it may act as.
    pub participant: Option<ParticipantId>,
    /// When it stops by itself.
    pub expires_at: Option<Timestamp>,
}

/// Creates a key with the id [`Context::fresh`]. Nobody can give a key more than they have: scopes that the
/// caller's own key lacks are refused.
///
/// # Errors
/// `scope_missing`, `validation_failed` at `participant_id` or `expires_at`.
pub fn create_key(unit: &mut dyn Unit, cx: &Context, cmd: &CreateKey) -> Result<ApiKey, Error> {
    cx.caller.require(Scope::Admin)?;
    for scope in [Scope::MessagingRead, Scope::MessagingWrite, Scope::Admin] {
        if cmd.scopes.allow(scope) {
            cx.caller.require(scope)?;
        }
    }
    if let Some(participant) = cmd.participant
        && unit
            .participants()
            .find(cx.workspace(), participant)?
            .is_none()
    {
        let problem = Invalid::new("expected a participant of this workspace");
        return Err(problem.at("participant_id").into());
    }
    if cmd.expires_at.is_some_and(|end| end <= cx.now) {
        return Err(Invalid::new("expected a time to come")
            .at("expires_at")
            .into());
    }
    let key = ApiKey::restore(ApiKeyState {
        id: cx.fresh.into(),
        workspace: cx.workspace(),
        name: cmd.name.clone(),
        hash: cmd.hash.clone(),
        scopes: cmd.scopes,
        participant: cmd.participant,
        created_at: cx.now,
        expires_at: cmd.expires_at,
        revoked_at: None,
        last_used_at: None,
    });
    unit.keys_mut().add(&key)?;
    log(unit, cx, Topic::KeyCreated, &key)?;
    Ok(key)
}

/// The key.
///
/// # Errors
/// `scope_missing`, `key_not_found`.
pub fn find_key(snapshot: &mut dyn Snapshot, cx: &Context, id: KeyId) -> Result<ApiKey, Error> {
    cx.caller.require(Scope::Admin)?;
    Ok(snapshot
        .keys()
        .find(cx.workspace(), id)?
        .ok_or(Refusal::KeyNotFound)?)
}

/// A page of keys, newest first, those that have ended included.
///
/// # Errors
/// `scope_missing`.
pub fn list_keys(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    cursor: Option<KeyId>,
    limit: Limit,
) -> Result<Page<ApiKey, KeyId>, Error> {
    cx.caller.require(Scope::Admin)?;
    let found = snapshot
        .keys()
        .page(cx.workspace(), cursor, limit.probe())?;
    Ok(Page::cut(found, limit, |key| key.id))
}

/// Ends a key at once; ending it again changes nothing.
///
/// # Errors
/// `scope_missing`, `key_not_found`.
pub fn revoke_key(unit: &mut dyn Unit, cx: &Context, id: KeyId) -> Result<ApiKey, Error> {
    let mut key = lock(unit, cx, id)?;
    if key.revoke(cx.now) {
        unit.keys_mut().save(&key)?;
        log(unit, cx, Topic::KeyRevoked, &key)?;
    }
    Ok(key)
}

/// The wish to replace a key.
#[derive(Clone, Debug)]
pub struct RotateKey {
    /// Which.
    pub id: KeyId,
    /// The hash of the successor's secret.
    pub hash: SecretHash,
    /// How long the old key lives on: zero to [`OVERLAP_MAX`].
    pub overlap: Duration,
}

/// Creates a key like another one, with the id [`Context::fresh`], and lets that one end after the
/// overlap. The successor has no expiry of its own unless the old key had one, which it takes over.
///
/// # Errors
/// `scope_missing`, `key_not_found`, `key_ended`, `validation_failed` at `overlap_seconds`.
pub fn rotate_key(unit: &mut dyn Unit, cx: &Context, cmd: &RotateKey) -> Result<ApiKey, Error> {
    let mut old = lock(unit, cx, cmd.id)?;
    if cmd.overlap > OVERLAP_MAX {
        let problem = format!("expected 0 to {} seconds", OVERLAP_MAX.as_secs());
        return Err(Invalid::new(problem).at("overlap_seconds").into());
    }
    if old.admit(cx.now).is_err() {
        return Err(Refusal::KeyEnded.into());
    }
    let successor = CreateKey {
        name: old.name.clone(),
        hash: cmd.hash.clone(),
        scopes: old.scopes,
        participant: old.participant,
        expires_at: old.expires_at,
    };
    let key = create_key(unit, cx, &successor)?;
    old.expire_by(cx.now.plus(cmd.overlap));
    unit.keys_mut().save(&old)?;
    log(unit, cx, Topic::KeyRevoked, &old)?;
    Ok(key)
}

fn lock(unit: &mut dyn Unit, cx: &Context, id: KeyId) -> Result<ApiKey, Error> {
    cx.caller.require(Scope::Admin)?;
    Ok(unit
        .keys_mut()
        .lock(cx.workspace(), id)?
        .ok_or(Refusal::KeyNotFound)?)
}

fn log(unit: &mut dyn Unit, cx: &Context, topic: Topic, key: &ApiKey) -> Result<(), Error> {
    let event = NewEvent {
        topic,
        subject: Subject::Key(key.id),
        at: cx.now,
    };
    Ok(unit.events_mut().append(cx.workspace(), &[event])?)
}
