//! Messages across the conversations of a workspace: by tag, by reference, by words; and the tags.
//!
//! What a caller may find is decided by the core.

use causerie_core::act::{list_all_messages, list_tags, search_messages};
use causerie_core::page::{Limit, Order, Place};
use causerie_core::port::{MessageFilter, SearchPlace};
use causerie_core::search::SearchQuery;
use causerie_core::tag::TagName;
use causerie_core::text::Reference;
use causerie_core::{ConversationId, MessageId, MessageKind, ParticipantId, Scope, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use super::receipts::PartQuery;
use super::vocabulary;
use super::wire::{Answered, FoundView, MessageView, PageView, TagView, page};
use crate::Problem;
use crate::extract::{Call, Query};
use crate::problem::Trouble;

macro_rules! filters {
    ($(#[$about:meta])* $name:ident { $($(#[$place:meta])* $query:ident)? }) => {
        #[derive(Deserialize, IntoParams)]
        $(#[$about])*
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $($(#[$place])* $query: Option<String>,)?
            /// Only those with this tag.
            tag: Option<String>,
            /// Only those with this reference.
            reference: Option<String>,
            /// Only those of this conversation.
            conversation_id: Option<String>,
            /// Only those of conversations in which this participant is, and that it may see.
            participant_id: Option<String>,
            /// Only those of this sender.
            sender_id: Option<String>,
            /// Only those of this type.
            #[param(inline, value_type = Option<vocabulary::MessageType>)]
            r#type: Option<String>,
            /// Only messages later than this time (RFC 3339, UTC, with `Z`).
            #[param(value_type = Option<String>, format = DateTime)]
            after: Option<String>,
            /// Only messages earlier than this time (RFC 3339, UTC, with `Z`).
            #[param(value_type = Option<String>, format = DateTime)]
            before: Option<String>,
            /// How many, at most: 1 to 100, 50 unless given.
            #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
            limit: Option<String>,
            /// The `next_cursor` of an earlier page.
            cursor: Option<String>,
        }
    };
}

filters! {
    /// Which messages to list.
    ListQuery {}
}

filters! {
    /// Which messages to find.
    FindQuery {
        /// Words that all have to occur: `late order`; `"in this order"`; `ord*` for those that begin so. 1 to
        /// 256 characters, at most 16 terms.
        #[param(required, value_type = String, example = "late \"order 1234\" ship*")]
        q
    }
}

/// What a list of messages was asked for.
struct Asked<P> {
    filter: MessageFilter,
    cursor: Option<P>,
    limit: Limit,
}

impl ListQuery {
    fn read<P: Place>(self, query: &mut Query) -> Asked<P> {
        let after = query.take("after", self.after, Timestamp::parse);
        let before = query.take("before", self.before, Timestamp::parse);
        Asked {
            filter: MessageFilter {
                member: query.take("participant_id", self.participant_id, ParticipantId::parse),
                conversation: query.take(
                    "conversation_id",
                    self.conversation_id,
                    ConversationId::parse,
                ),
                sender: query.take("sender_id", self.sender_id, ParticipantId::parse),
                tag: query.take("tag", self.tag, TagName::parse),
                reference: query.take("reference", self.reference, Reference::parse),
                kind: query.take("type", self.r#type, MessageKind::parse),
                from: after.map(Timestamp::shown_after),
                until: before.map(Timestamp::shown_before),
                ..MessageFilter::everything()
            },
            cursor: query.cursor(self.cursor),
            limit: query.limit(self.limit),
        }
    }
}

impl FindQuery {
    fn read(self) -> Result<(SearchQuery, Asked<SearchPlace>), Problem> {
        let mut query = Query::default();
        let words = self.q.unwrap_or_default();
        let words = query.take("q", Some(words), SearchQuery::parse);
        let rest = ListQuery {
            tag: self.tag,
            reference: self.reference,
            conversation_id: self.conversation_id,
            participant_id: self.participant_id,
            sender_id: self.sender_id,
            r#type: self.r#type,
            after: self.after,
            before: self.before,
            limit: self.limit,
            cursor: self.cursor,
        };
        let asked = rest.read(&mut query);
        query.finish()?;
        // They were read, or the query has just been refused.
        let words = words.ok_or(Trouble::Internal)?;
        Ok((words, asked))
    }
}

/// Lists messages of all conversations, newest first, tombstones included.
///
/// One call looks at 10,000 messages at most: `items` may be few, or empty, although a `next_cursor` leads on.
#[utoipa::path(get, path = "/v1/messages", tag = "messages", params(ListQuery),
    responses((status = 200, body = PageView<MessageView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let asked: Asked<MessageId> = asked.read(&mut query);
    query.finish()?;
    let found = call
        .read(move |snapshot, cx| {
            let (filter, order) = (&asked.filter, Order::Descending);
            list_all_messages(snapshot, cx, filter, order, asked.cursor, asked.limit)
        })
        .await?;
    Ok(page(&found, MessageView::of))
}

/// Finds messages by their words, the last sent first; deleted ones never.
///
/// Letters match whatever their case and accents. One call looks at 10,000 hits at most: `items` may be few, or
/// empty, although a `next_cursor` leads on.
#[utoipa::path(get, path = "/v1/search", tag = "messages", params(FindQuery),
    responses((status = 200, body = PageView<FoundView>)))]
pub(crate) async fn find(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (words, asked) = call.query().and_then(FindQuery::read)?;
    let found = call
        .read(move |snapshot, cx| {
            let Asked {
                filter,
                cursor,
                limit,
            } = asked;
            search_messages(snapshot, cx, &words, &filter, cursor, limit)
        })
        .await?;
    Ok(page(&found, FoundView::of))
}

/// Lists the tags that were used, in the order of their names.
#[utoipa::path(get, path = "/v1/tags", tag = "tags", params(PartQuery),
    responses((status = 200, body = PageView<TagView>)))]
pub(crate) async fn tags(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let part = call.query().and_then(PartQuery::read::<TagName>);
    let (cursor, limit) = part?;
    let found = call
        .read(move |snapshot, cx| list_tags(snapshot, cx, cursor.as_ref(), limit))
        .await?;
    Ok(page(&found, TagView::of))
}
