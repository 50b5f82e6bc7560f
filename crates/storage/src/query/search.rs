//! What a search asks a dialect for.
//!
//! How words are kept is the dialect's business; which messages pass is decided here for both.

use causerie_core::page::Walk;
use causerie_core::port::{MessageFilter, SearchPlace};
use causerie_core::search::SearchQuery;
use causerie_core::{ConversationId, Fault, Message, ParticipantId, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect;
use super::Work;
use super::filtered::Narrow;
use crate::row::{HitRow, restore_all};
use crate::schema::member;

/// In how many conversations at most somebody is looked for by the index. Who is in more of them finds
/// much everywhere.
const CONFINED_MAX: i64 = 64;

/// A search in the form of columns.
pub(in super::super) struct Search<'a> {
    pub(in super::super) workspace: WorkspaceId,
    pub(in super::super) query: &'a SearchQuery,
    /// The only conversations that anything can be found in, where they are known.
    pub(in super::super) confined: Option<Vec<ConversationId>>,
    pub(in super::super) narrow: Narrow<'a>,
    /// Only messages below this number.
    pub(in super::super) below: Option<i64>,
    pub(in super::super) limit: usize,
    /// How many hits are looked at.
    pub(in super::super) walk_max: usize,
}

/// What a dialect found.
pub(in super::super) struct Hits {
    pub(in super::super) rows: Vec<HitRow>,
    /// The number of the last hit that was looked at, if that was the last one allowed.
    pub(in super::super) on: Option<i64>,
}

impl Work<'_> {
    pub(super) fn search_messages(
        &mut self,
        workspace: WorkspaceId,
        query: &SearchQuery,
        filter: &MessageFilter,
        before: Option<SearchPlace>,
        limit: usize,
        walk_max: usize,
    ) -> Result<Walk<(SearchPlace, Message), SearchPlace>, Fault> {
        let confined = match (filter.conversation, filter.member) {
            (Some(conversation), _) => Some(vec![conversation]),
            (None, Some(member)) => self.few_conversations(workspace, member)?,
            (None, None) => None,
        };
        if limit == 0 || walk_max == 0 || confined.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Walk {
                items: Vec::new(),
                on: None,
            });
        }
        let search = Search {
            workspace,
            query,
            confined,
            narrow: Narrow::of(filter),
            below: before.map(|SearchPlace(number)| number),
            limit,
            walk_max,
        };
        let hits = self.read(|conn| dialect::search(conn, &search))?;
        Ok(Walk {
            on: hits.on.map(SearchPlace),
            items: restore_all(hits.rows)?,
        })
    }

    /// The conversations that somebody is in, unless they are many.
    fn few_conversations(
        &mut self,
        workspace: WorkspaceId,
        participant: ParticipantId,
    ) -> Result<Option<Vec<ConversationId>>, Fault> {
        let find = member::table
            .filter(member::workspace_id.eq(workspace.to_bytes()))
            .filter(member::participant_id.eq(participant.to_bytes()))
            .filter(member::left_at.is_null())
            .order(member::conversation_id)
            .limit(CONFINED_MAX + 1)
            .select((member::conversation_id,));
        let found = self.read(|conn| find.load(conn))?;
        let found = restore_all::<crate::row::ConversationIdRow>(found)?;
        let few = i64::try_from(found.len()).is_ok_and(|found| found <= CONFINED_MAX);
        Ok(few.then_some(found))
    }
}
