//! Statements that show only some messages of a workspace, and the filter that they share.
//!
//! A part of the filter that is not wanted is compared with the column itself: the text of a statement
//! never changes, so it is prepared once, and no part leads a planner to another index than the one that
//! the statement is meant to walk. The sub-selects look up one row by its key. What is filtered is a walk of
//! bounded length, inside: nobody makes a statement read a whole workspace by asking for what is not there.

use causerie_core::page::{Order, Walk};
use causerie_core::port::{MessageFilter, Tombstones};
use causerie_core::tag::TagName;
use causerie_core::text::Reference;
use causerie_core::{
    ChannelId, ConversationId, Direction, Fault, Message, MessageId, MessageKind, ParticipantId,
    Sight, Timestamp, Visibility, WorkspaceId,
};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::super::{Backend, Conn};
use super::{Work, after, before, limit};
use crate::row::{MessageRow, restore_all, restore_one};
use crate::schema::columns;
use crate::statement::statement;

/// A filter in the form of columns.
pub(in super::super) struct Narrow<'a> {
    pub(in super::super) visibility: i16,
    pub(in super::super) from: i64,
    pub(in super::super) until: i64,
    pub(in super::super) conversation: Option<[u8; 16]>,
    pub(in super::super) sender: Option<[u8; 16]>,
    pub(in super::super) kind: Option<i16>,
    pub(in super::super) direction: Option<i16>,
    pub(in super::super) tombstones: bool,
    pub(in super::super) channel: Option<[u8; 16]>,
    pub(in super::super) tag: String,
    pub(in super::super) reference: Option<&'a str>,
    pub(in super::super) member: Option<[u8; 16]>,
}

impl<'a> Narrow<'a> {
    pub(super) fn of(filter: &'a MessageFilter) -> Self {
        let time = |at: Option<Timestamp>, none: i64| at.map_or(none, Timestamp::unix_micros);
        Self {
            visibility: sight(filter.sight),
            from: time(filter.from, i64::MIN),
            until: time(filter.until, i64::MAX),
            conversation: filter.conversation.map(ConversationId::to_bytes),
            sender: filter.sender.map(ParticipantId::to_bytes),
            kind: filter.kind.map(MessageKind::number),
            direction: filter.direction.map(Direction::number),
            tombstones: filter.tombstones == Tombstones::Shown,
            channel: filter.channel.map(ChannelId::to_bytes),
            tag: filter.tag.as_ref().map_or_else(|| "%".to_owned(), pattern),
            reference: filter.reference.as_ref().map(Reference::as_str),
            member: filter.member.map(ParticipantId::to_bytes),
        }
    }
}

/// The highest visibility that somebody sees who may see so much.
pub(super) fn sight(sight: Sight) -> i16 {
    match sight {
        Sight::Everything => Visibility::Private.number(),
        Sight::Public => Visibility::Public.number(),
    }
}

/// What the tags of a message are like that has this one.
fn pattern(tag: &TagName) -> String {
    format!("%,{},%", tag.as_str().replace('_', "\\_"))
}

/// Defines a [`statement`](crate::statement) whose rows are messages that pass a filter: its head ends
/// where the highest visibility is wanted, its end is an order and a limit.
macro_rules! filtered {
    (
        $(#[$doc:meta])*
        $name:ident for $backend:ty, $conn:ty;
        $head:tt $([$field:ident: $rust:ty as $sql:ty] $text:tt)+;
        $end:tt
    ) => {
        $crate::statement::statement! {
            $(#[$doc])*
            $name<'a> for $backend, $conn
            => diesel::dsl::SqlTypeOf<
                <$crate::schema::message::table as diesel::Table>::AllColumns
            >;
            $head $([$field: $rust as $sql] $text)+
            [visibility: i16 as diesel::sql_types::SmallInt] " AND message.created_at >= "
            [from: i64 as diesel::sql_types::BigInt] " AND message.created_at < "
            [until: i64 as diesel::sql_types::BigInt] " AND message.conversation_id = coalesce("
            [conversation: Option<[u8; 16]> as
                diesel::sql_types::Nullable<diesel::sql_types::Binary>]
            ", message.conversation_id) AND message.sender_id = coalesce("
            [sender: Option<[u8; 16]> as diesel::sql_types::Nullable<diesel::sql_types::Binary>]
            ", message.sender_id) AND message.kind = coalesce("
            [kind: Option<i16> as diesel::sql_types::Nullable<diesel::sql_types::SmallInt>]
            ", message.kind) AND message.direction = coalesce("
            [direction: Option<i16> as diesel::sql_types::Nullable<diesel::sql_types::SmallInt>]
            ", message.direction) AND ("
            [tombstones: bool as diesel::sql_types::Bool]
            " OR message.deleted_at IS NULL) AND ',' || message.tags || ',' LIKE "
            [tag: String as diesel::sql_types::Text]
            " ESCAPE '\\' AND coalesce(message.reference, '') = coalesce("
            [reference: Option<&'a str> as
                diesel::sql_types::Nullable<diesel::sql_types::Text>]
            ", message.reference, '') AND ("
            [anybody: bool as diesel::sql_types::Bool]
            " OR (SELECT member.left_at IS NULL FROM member \
             WHERE member.conversation_id = message.conversation_id AND member.participant_id = "
            [member: [u8; 16] as diesel::sql_types::Binary]
            ")) AND (SELECT conversation.deleted_at IS NULL AND ("
            [anywhere: bool as diesel::sql_types::Bool]
            " OR conversation.channel_id = "
            [channel: [u8; 16] as diesel::sql_types::Binary]
            (concat!(
                ") FROM conversation WHERE conversation.workspace_id = message.workspace_id \
                 AND conversation.id = message.conversation_id)", $crate::statement::piece!($end)
            ))
            [limit: i64 as diesel::sql_types::BigInt] " + 0"
        }

        impl<'a> $name<'a> {
            /// Its own parameters in their order, the filter, and the limit.
            pub(super) fn new(
                ($($field,)+): ($($rust,)+),
                narrow: &Narrow<'a>,
                limit: i64,
            ) -> Self {
                Self {
                    $($field,)+
                    visibility: narrow.visibility,
                    from: narrow.from,
                    until: narrow.until,
                    conversation: narrow.conversation,
                    sender: narrow.sender,
                    kind: narrow.kind,
                    direction: narrow.direction,
                    tombstones: narrow.tombstones,
                    tag: narrow.tag.clone(),
                    reference: narrow.reference,
                    anybody: narrow.member.is_none(),
                    member: narrow.member.unwrap_or_default(),
                    anywhere: narrow.channel.is_none(),
                    channel: narrow.channel.unwrap_or_default(),
                    limit,
                }
            }
        }
    };
}
pub(in super::super) use filtered;

/// What leads to the messages of a list.
pub(super) enum Lead {
    Tag(String),
    Reference(String),
    All,
}

/// Which messages a list looks at.
pub(super) struct Walked {
    workspace: [u8; 16],
    lead: Lead,
    /// Beyond this id.
    start: Vec<u8>,
    /// So many at most.
    walk_max: i64,
}

/// Walks through the messages of a workspace one way: `$beyond` compares an id with where the walk begins, `$within` with
/// where it ends at the latest, `$by` follows what they are in the order of.
macro_rules! walks {
    ($(#[$doc:meta])* $way:ident, $beyond:literal, $within:literal, $by:literal) => {
        $(#[$doc])*
        mod $way {
            use diesel::prelude::*;
            use diesel::sql_types::{BigInt, Binary, Text};

            use super::super::super::{Backend, Conn};
            use super::{Lead, Narrow, Walked};
            use crate::row::{MessageIdRow, MessageRow};
            use crate::schema::columns;
            use crate::statement::statement;

            filtered! {
                /// Messages of a workspace.
                All for Backend, Conn;
                (concat!("SELECT ", columns!(message), " FROM message WHERE message.workspace_id = "))
                [workspace: [u8; 16] as Binary] (concat!(" AND message.id", $beyond))
                [start: Vec<u8> as Binary] (concat!(" AND message.id", $within))
                [end: Vec<u8> as Binary] " AND message.visibility <= ";
                (concat!(" ORDER BY message.id", $by, " LIMIT "))
            }

            filtered! {
                /// Messages of a workspace with a reference.
                Referenced for Backend, Conn;
                (concat!(
                    "SELECT ", columns!(message), " FROM (SELECT * FROM message \
                     WHERE workspace_id = "
                ))
                [workspace: [u8; 16] as Binary] " AND reference = " [wanted: String as Text]
                (concat!(" AND id", $beyond)) [start: Vec<u8> as Binary]
                (concat!(" ORDER BY id", $by, " LIMIT ")) [walk_max: i64 as BigInt]
                " + 0) AS message WHERE message.visibility <= ";
                (concat!(" ORDER BY message.id", $by, " LIMIT "))
            }

            filtered! {
                /// Messages of a workspace with a tag: from the tag's rows to the messages.
                Tagged for Backend, Conn;
                (concat!(
                    "SELECT ", columns!(message), " FROM (SELECT message_id AS tagged, \
                     conversation_id AS place, seq AS spot FROM message_tag WHERE workspace_id = "
                ))
                [workspace: [u8; 16] as Binary] " AND tag = " [wanted: String as Text]
                (concat!(" AND message_id", $beyond)) [start: Vec<u8> as Binary]
                (concat!(" ORDER BY message_id", $by, " LIMIT ")) [walk_max: i64 as BigInt]
                " + 0) AS wanted CROSS JOIN message WHERE message.conversation_id = wanted.place \
                 AND message.seq = wanted.spot AND message.visibility <= ";
                (concat!(" ORDER BY wanted.tagged", $by, " LIMIT "))
            }

            statement! {
                /// The place where a walk over all messages ends at its bound.
                EndOfAll for Backend, Conn => (Binary,);
                "SELECT id FROM message WHERE workspace_id = " [workspace: [u8; 16] as Binary]
                (concat!(" AND id", $beyond)) [start: Vec<u8> as Binary]
                (concat!(" ORDER BY id", $by, " LIMIT 1 OFFSET ")) [passed: i64 as BigInt] " + 0"
            }

            statement! {
                /// The same among the messages with a reference.
                EndOfReferenced for Backend, Conn => (Binary,);
                "SELECT id FROM message WHERE workspace_id = " [workspace: [u8; 16] as Binary]
                " AND reference = " [wanted: String as Text]
                (concat!(" AND id", $beyond)) [start: Vec<u8> as Binary]
                (concat!(" ORDER BY id", $by, " LIMIT 1 OFFSET ")) [passed: i64 as BigInt] " + 0"
            }

            statement! {
                /// The same among the messages with a tag.
                EndOfTagged for Backend, Conn => (Binary,);
                "SELECT message_id FROM message_tag WHERE workspace_id = "
                [workspace: [u8; 16] as Binary] " AND tag = " [wanted: String as Text]
                (concat!(" AND message_id", $beyond)) [start: Vec<u8> as Binary]
                (concat!(" ORDER BY message_id", $by, " LIMIT 1 OFFSET "))
                [passed: i64 as BigInt] " + 0"
            }

            /// The messages among those walked over that pass the filter; a walk over all ends at `end`.
            pub(super) fn page(
                conn: &mut Conn,
                walked: &Walked,
                end: Vec<u8>,
                narrow: &Narrow<'_>,
                limit: i64,
            ) -> QueryResult<Vec<MessageRow>> {
                let (of, start, walk) = (walked.workspace, walked.start.clone(), walked.walk_max);
                match &walked.lead {
                    Lead::Tag(wanted) => {
                        Tagged::new((of, wanted.clone(), start, walk), narrow, limit).load(conn)
                    }
                    Lead::Reference(wanted) => {
                        Referenced::new((of, wanted.clone(), start, walk), narrow, limit).load(conn)
                    }
                    Lead::All => All::new((of, start, end), narrow, limit).load(conn),
                }
            }

            /// The last place that a walk looks at, if it ends at its bound.
            pub(super) fn end(
                conn: &mut Conn,
                walked: &Walked,
            ) -> QueryResult<Option<MessageIdRow>> {
                let (workspace, start) = (walked.workspace, walked.start.clone());
                let passed = walked.walk_max - 1;
                let end = match &walked.lead {
                    Lead::Tag(wanted) => {
                        let wanted = wanted.clone();
                        EndOfTagged { workspace, wanted, start, passed }.get_result(conn)
                    }
                    Lead::Reference(wanted) => {
                        let wanted = wanted.clone();
                        EndOfReferenced { workspace, wanted, start, passed }.get_result(conn)
                    }
                    Lead::All => EndOfAll { workspace, start, passed }.get_result(conn),
                };
                end.optional()
            }
        }
    };
}

walks! {
    /// From the newest to the oldest.
    downwards, " < ", " >= ", " DESC"
}
walks! {
    /// From the oldest to the newest.
    upwards, " > ", " <= ", ""
}

statement! {
    /// Messages before a time, oldest first. Ids tell the time of their making: one that is not sent
    /// yet cannot be below the bound, one that was sent late may be, and is passed over.
    SentBefore for Backend, Conn
    => diesel::dsl::SqlTypeOf<<crate::schema::message::table as Table>::AllColumns>;
    (concat!("SELECT ", columns!(message), " FROM message WHERE workspace_id = "))
    [workspace: [u8; 16] as Binary] " AND id < " [bound: Vec<u8> as Binary]
    " AND created_at < " [time: i64 as BigInt]
    " AND (SELECT conversation.deleted_at IS NULL FROM conversation \
     WHERE conversation.workspace_id = message.workspace_id \
     AND conversation.id = message.conversation_id) ORDER BY id LIMIT "
    [limit: i64 as BigInt] " + 0"
}

/// How many messages the first stride of a walk looks at for each that is wanted, at least how many, and how many times as
/// many the next: where a stride ends has to be found first, and what a tag or a reference leads to is sorted as a whole.
const STRIDE_PER_ROW: usize = 2;
const STRIDE_MIN: usize = 64;
const STRIDE_GROWS: usize = 8;

fn start(order: Order, from: Option<MessageId>) -> Vec<u8> {
    let from = from.map(MessageId::to_bytes);
    match order {
        Order::Descending => before(from),
        Order::Ascending => after(from),
    }
}

fn lead(filter: &MessageFilter) -> Lead {
    match (&filter.tag, &filter.reference) {
        (Some(tag), _) => Lead::Tag(tag.as_str().to_owned()),
        (None, Some(reference)) => Lead::Reference(reference.as_str().to_owned()),
        (None, None) => Lead::All,
    }
}

impl Work<'_> {
    pub(super) fn all_messages(
        &mut self,
        workspace: WorkspaceId,
        filter: &MessageFilter,
        (order, from): (Order, Option<MessageId>),
        limit_rows: usize,
        walk_max: usize,
    ) -> Result<Walk<Message, MessageId>, Fault> {
        let narrow = Narrow::of(filter);
        let mut walked = Walked {
            workspace: workspace.to_bytes(),
            lead: lead(filter),
            start: start(order, from),
            walk_max: 0,
        };
        let (mut items, mut left) = (Vec::new(), walk_max);
        let mut stride = limit_rows.saturating_mul(STRIDE_PER_ROW).max(STRIDE_MIN);
        loop {
            walked.walk_max = limit(stride.min(left));
            if left == 0 {
                return Ok(Walk { items, on: None });
            }
            let on = self.read(|conn| match order {
                Order::Descending => downwards::end(conn, &walked),
                Order::Ascending => upwards::end(conn, &walked),
            })?;
            let on: Option<MessageId> = restore_one(on)?;
            let end = match (order, on) {
                (_, Some(id)) => id.to_bytes().to_vec(),
                (Order::Descending, None) => after(None),
                (Order::Ascending, None) => before(None),
            };
            let wanted = limit(limit_rows - items.len());
            let rows = self.read(|conn| match order {
                Order::Descending => downwards::page(conn, &walked, end, &narrow, wanted),
                Order::Ascending => upwards::page(conn, &walked, end, &narrow, wanted),
            })?;
            items.extend(restore_all::<MessageRow>(rows)?);
            if items.len() == limit_rows {
                return Ok(Walk { items, on: None });
            }
            left = left.saturating_sub(stride);
            if on.is_none() || left == 0 {
                return Ok(Walk { items, on });
            }
            walked.start = start(order, on);
            stride = stride.saturating_mul(STRIDE_GROWS);
        }
    }

    pub(super) fn messages_before(
        &mut self,
        workspace: WorkspaceId,
        time: Timestamp,
        limit_rows: usize,
    ) -> Result<Vec<Message>, Fault> {
        let page = SentBefore {
            workspace: workspace.to_bytes(),
            bound: first_id_after(time),
            time: time.unix_micros(),
            limit: limit(limit_rows),
        };
        restore_all::<MessageRow>(self.read(|conn| page.load(conn))?)
    }
}

/// A bound that no id made up to a time reaches: its first 48 bits count milliseconds.
fn first_id_after(time: Timestamp) -> Vec<u8> {
    let milliseconds = u64::try_from(time.unix_micros().max(0) / 1000 + 1).unwrap_or(u64::MAX);
    milliseconds.to_be_bytes()[2..].to_vec()
}
