//! Rows as the databases give them, and what becomes of them in the domain.
//!
//! A row that does not fit the domain is [`Fault::Corrupt`]; nothing is repaired or made up here.

mod channels;
mod desk;
mod library;
mod message;
mod social;
mod talk;

use std::error::Error as StdError;
use std::sync::Arc;

use causerie_core::claim::{Answer, ClaimKey, Fingerprint, Settled};
use causerie_core::contact::{Identifiers, Profile};
use causerie_core::text::{DisplayName, ExternalId, Metadata, Name};
use causerie_core::{
    ApiKey, ApiKeyState, ConversationId, Event, Fault, KeyId, MessageId, Participant,
    ParticipantId, ParticipantKind, ParticipantState, Plan, Position, Scopes, SecretHash, Seq,
    Settings, Subject, SubjectParts, Timestamp, Topic, Workspace, WorkspaceId, WorkspaceState,
};
use diesel::deserialize::{self, FromSql, FromSqlRow, Queryable};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::{Binary, Text as SqlText};
use diesel::sqlite::{Sqlite, SqliteValue};

pub(crate) use channels::{ChannelRow, OutboundRow, PlatformReferenceRow};
pub(crate) use desk::{BalanceRow, LedgerRow, ScheduledIdRow, ScheduledRow, TemplateRow};
pub(crate) use library::{KeptFileRow, MediaRow, MediaUseRow};
pub(crate) use message::{
    HitRow, MessageIdRow, MessageRow, MilestoneRow, PageColumns, PageRow, RevisionRow, Said,
    SaidRow,
};
pub(crate) use social::{MarkRow, ReactionRow, RecipientRow, TagRow};
pub(crate) use talk::{ConversationIdRow, ConversationRow, MemberRow, SenderRow};

/// Bytes of a fixed length, or a sign that the stored ones have another.
#[derive(Clone, Copy, Debug, FromSqlRow)]
pub(crate) struct Bytes<const N: usize>(Option<[u8; N]>);

/// An identifier.
pub(crate) type Key = Bytes<16>;

/// A text in the form that the domain shares it in, so that it is copied once.
#[derive(Clone, Debug, FromSqlRow)]
pub(crate) struct Shared(Arc<str>);

impl<const N: usize> FromSql<Binary, Sqlite> for Bytes<N> {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(value.read_blob().try_into().ok()))
    }
}

impl<const N: usize> FromSql<Binary, Pg> for Bytes<N> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(value.as_bytes().try_into().ok()))
    }
}

impl FromSql<SqlText, Sqlite> for Shared {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(value.read_text().into()))
    }
}

impl FromSql<SqlText, Pg> for Shared {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(std::str::from_utf8(value.as_bytes())?.into()))
    }
}

/// Where a value was read, for the fault that it may be.
#[derive(Clone, Copy)]
struct At {
    table: &'static str,
    /// What tells the row from others, shortened when shown.
    row: Key,
}

impl At {
    fn corrupt(self, column: &'static str) -> Fault {
        let row = self.row.0.map(u128::from_be_bytes);
        let row = row.map_or_else(
            || "row without an id".to_owned(),
            |id| format!("row {id:032x}"),
        );
        Fault::corrupt(self.table, column, &row)
    }

    fn bytes<const N: usize>(
        self,
        column: &'static str,
        value: Bytes<N>,
    ) -> Result<[u8; N], Fault> {
        value.0.ok_or_else(|| self.corrupt(column))
    }

    fn word<T>(
        self,
        column: &'static str,
        number: i16,
        read: impl FnOnce(i16) -> Option<T>,
    ) -> Result<T, Fault> {
        read(number).ok_or_else(|| self.corrupt(column))
    }

    fn count<T: TryFrom<i32>>(self, column: &'static str, number: i32) -> Result<T, Fault> {
        T::try_from(number).map_err(|_| self.corrupt(column))
    }

    fn number(self, column: &'static str, number: i64) -> Result<u64, Fault> {
        u64::try_from(number).map_err(|_| self.corrupt(column))
    }

    fn seq(self, column: &'static str, number: i64) -> Result<Seq, Fault> {
        self.number(column, number).map(Seq::new)
    }

    fn position(self, number: i64) -> Result<Position, Fault> {
        self.number("position", number).map(Position::new)
    }
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros)
}

/// Reads rows as what they are in the domain.
pub(crate) fn restore_all<R: Restore>(rows: Vec<R>) -> Result<Vec<R::Into>, Fault> {
    rows.into_iter().map(Restore::restore).collect()
}

/// Reads a row, if there is one.
pub(crate) fn restore_one<R: Restore>(row: Option<R>) -> Result<Option<R::Into>, Fault> {
    row.map(Restore::restore).transpose()
}

/// A row of something.
pub(crate) trait Restore {
    /// What it is a row of.
    type Into;
    /// Reads it.
    fn restore(self) -> Result<Self::Into, Fault>;
}

#[derive(Queryable)]
pub(crate) struct WorkspaceRow {
    id: Key,
    name: Shared,
    root: bool,
    settings: String,
    created_at: i64,
    plan: String,
}

impl Restore for WorkspaceRow {
    type Into = Workspace;

    fn restore(self) -> Result<Workspace, Fault> {
        let here = At {
            table: "workspace",
            row: self.id,
        };
        Ok(Workspace::restore(WorkspaceState {
            id: WorkspaceId::from_bytes(here.bytes("id", self.id)?),
            name: Name::from_stored(self.name.0),
            root: self.root,
            settings: Settings::from_stored(&self.settings)?,
            plan: Plan::from_stored(&self.plan)?,
            created_at: at(self.created_at),
        }))
    }
}

#[derive(Queryable)]
pub(crate) struct ApiKeyRow {
    id: Key,
    workspace_id: Key,
    name: Shared,
    hash: String,
    scopes: String,
    participant_id: Option<Key>,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl Restore for ApiKeyRow {
    type Into = ApiKey;

    fn restore(self) -> Result<ApiKey, Fault> {
        let here = At {
            table: "api_key",
            row: self.id,
        };
        let bound = |id| {
            here.bytes("participant_id", id)
                .map(ParticipantId::from_bytes)
        };
        let scopes = Scopes::parse(self.scopes.split(' ')).map_err(|_| here.corrupt("scopes"))?;
        Ok(ApiKey::restore(ApiKeyState {
            id: KeyId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            name: Name::from_stored(self.name.0),
            hash: SecretHash::from_stored(self.hash),
            scopes,
            participant: self.participant_id.map(bound).transpose()?,
            created_at: at(self.created_at),
            expires_at: self.expires_at.map(at),
            revoked_at: self.revoked_at.map(at),
            last_used_at: self.last_used_at.map(at),
        }))
    }
}

#[derive(Queryable)]
pub(crate) struct ParticipantRow {
    workspace_id: Key,
    id: Key,
    external_id: Option<Shared>,
    kind: i16,
    display_name: Shared,
    metadata: Shared,
    archived_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    identifiers: String,
    profile: String,
    merged_into: Option<Key>,
}

impl Restore for ParticipantRow {
    type Into = Participant;

    fn restore(self) -> Result<Participant, Fault> {
        let here = At {
            table: "participant",
            row: self.id,
        };
        let merged = |id| here.bytes("merged_into", id).map(ParticipantId::from_bytes);
        Ok(Participant::restore(ParticipantState {
            id: ParticipantId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            external_id: self.external_id.map(|text| ExternalId::from_stored(text.0)),
            kind: here.word("kind", self.kind, ParticipantKind::from_number)?,
            display_name: DisplayName::from_stored(self.display_name.0),
            identifiers: Identifiers::from_stored(&self.identifiers)?,
            profile: Profile::from_stored(&self.profile)?,
            metadata: Metadata::from_stored(self.metadata.0),
            archived_at: self.archived_at.map(at),
            merged_into: self.merged_into.map(merged).transpose()?,
            created_at: at(self.created_at),
            updated_at: at(self.updated_at),
        }))
    }
}

#[derive(Queryable)]
pub(crate) struct EventRow {
    position: i64,
    topic: i16,
    conversation_id: Option<Key>,
    subject_id: Key,
    seq: Option<i64>,
    occurred_at: i64,
}

impl Restore for EventRow {
    type Into = Event;

    fn restore(self) -> Result<Event, Fault> {
        let here = At {
            table: "event",
            row: self.subject_id,
        };
        let topic = here.word("topic", self.topic, Topic::from_number)?;
        let conversation = |id| {
            here.bytes("conversation_id", id)
                .map(ConversationId::from_bytes)
        };
        let parts = SubjectParts {
            conversation: self.conversation_id.map(conversation).transpose()?,
            id: here.bytes("subject_id", self.subject_id)?,
            seq: self.seq.map(|seq| here.seq("seq", seq)).transpose()?,
        };
        Ok(Event {
            position: here.position(self.position)?,
            topic,
            subject: Subject::from_parts(topic, parts).ok_or_else(|| here.corrupt("topic"))?,
            at: at(self.occurred_at),
        })
    }
}

/// Where a thing came into being.
#[derive(Queryable)]
pub(crate) struct BirthRow {
    subject_id: Key,
    position: i64,
}

impl Restore for BirthRow {
    type Into = ([u8; 16], Position);

    fn restore(self) -> Result<Self::Into, Fault> {
        let here = At {
            table: "event",
            row: self.subject_id,
        };
        let subject = here.bytes("subject_id", self.subject_id)?;
        Ok((subject, here.position(self.position)?))
    }
}

#[derive(Queryable)]
pub(crate) struct ClaimRow {
    key: Bytes<32>,
    fingerprint: Bytes<32>,
    answer: Vec<u8>,
    expires_at: i64,
    message_id: Option<Key>,
}

impl Restore for ClaimRow {
    type Into = Settled;

    fn restore(self) -> Result<Settled, Fault> {
        let here = At {
            table: "claim",
            row: Bytes(None),
        };
        let shown = |id| here.bytes("message_id", id).map(MessageId::from_bytes);
        Ok(Settled {
            key: ClaimKey(here.bytes("key", self.key)?),
            fingerprint: Fingerprint(here.bytes("fingerprint", self.fingerprint)?),
            answer: Answer(self.answer),
            shows: self.message_id.map(shown).transpose()?,
            expires_at: at(self.expires_at),
        })
    }
}

/// The head of a log.
#[derive(Queryable)]
pub(crate) struct HeadRow {
    workspace_id: Key,
    position: i64,
}

impl Restore for HeadRow {
    type Into = (WorkspaceId, Position);

    fn restore(self) -> Result<Self::Into, Fault> {
        let here = At {
            table: "log_head",
            row: self.workspace_id,
        };
        let workspace = here.bytes("workspace_id", self.workspace_id)?;
        Ok((
            WorkspaceId::from_bytes(workspace),
            here.position(self.position)?,
        ))
    }
}

/// What diesel could not read at all.
pub(crate) fn unreadable(error: &(dyn StdError + Send + Sync)) -> Fault {
    Fault::corrupt("row", "value", &error.to_string())
}
