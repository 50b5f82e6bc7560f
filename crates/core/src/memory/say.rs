//! Messages in memory.

use crate::act::found_text;
use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, WorkspaceId};
use crate::message::{Message, MessageState, Revision, Seq, Sight};
use crate::page::{Order, Walk};
use crate::port::{
    MessageFilter, Messages, Milestone, ReadMessages, ReplyCount, SearchPlace, SeqRange, Tombstones,
};
use crate::search::{SearchQuery, words};
use crate::timestamp::Timestamp;

use super::tables::{Work, taken};

impl Work {
    /// Whether a message is of a living conversation and passes the filter.
    fn passes(&self, workspace: WorkspaceId, filter: &MessageFilter, message: &Message) -> bool {
        let member = |id| {
            let member = self.tables.members.get(&(message.conversation, id));
            member.is_some_and(crate::Member::is_present)
        };
        message.workspace == workspace
            && self.conversation(workspace, message.conversation).is_some()
            && filter.sight.covers(message.visibility)
            && filter.member.is_none_or(member)
            && filter
                .conversation
                .is_none_or(|id| message.conversation == id)
            && filter.channel.is_none_or(|id| {
                let of = self.conversation(workspace, message.conversation);
                of.is_some_and(|of| of.channel == Some(id))
            })
            && filter.sender.is_none_or(|id| message.sender == id)
            && filter
                .tag
                .as_ref()
                .is_none_or(|tag| message.tags.contains(tag))
            && (filter.reference.is_none() || message.reference == filter.reference)
            && filter.kind.is_none_or(|kind| message.kind == kind)
            && filter.direction.is_none_or(|way| message.direction == way)
            && (filter.tombstones == Tombstones::Shown || message.deleted_at.is_none())
            && filter.from.is_none_or(|from| message.created_at >= from)
            && filter.until.is_none_or(|until| message.created_at < until)
    }

    /// The message at its place, to be stored anew.
    fn stored_mut(&mut self, message: &Message) -> Option<&mut Message> {
        let place = (message.conversation, message.seq);
        let stored = self.tables_mut().messages.get_mut(&place);
        stored.filter(|stored| stored.workspace == message.workspace)
    }

    /// Erases a message with all that hangs on it.
    pub(super) fn erase_message(&mut self, message: &Message) {
        let place = (message.conversation, message.seq);
        let tables = self.tables_mut();
        tables.messages.remove(&place);
        tables.places.remove(&message.id);
        tables.arrivals.retain(|_, at| *at != place);
        tables.revisions.retain(|(of, _), _| *of != message.id);
        tables.reactions.retain(|_, one| one.message != message.id);
        tables.recipients.retain(|(of, _), _| *of != message.id);
        tables.outbox.remove(&message.id);
        tables
            .references
            .retain(|(_, one)| one.message != message.id);
    }
}

/// Looks at no more than `walk_max` messages, one place after the other, for `limit` that pass.
fn walk<'a, P: Copy>(
    all: impl Iterator<Item = (P, &'a Message)>,
    passes: impl Fn(&Message) -> bool,
    limit: usize,
    walk_max: usize,
) -> Walk<(P, Message), P> {
    let mut items = Vec::new();
    let mut on = None;
    for (looked_at, (place, message)) in (1..).zip(all.take(walk_max)) {
        if items.len() == limit {
            break;
        }
        if passes(message) {
            items.push((place, message.clone()));
        }
        if looked_at == walk_max && items.len() < limit {
            on = Some(place);
        }
    }
    Walk { items, on }
}

impl ReadMessages for Work {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault> {
        let found = ReadMessages::find_many(self, workspace, &[id])?.pop();
        Ok(found.filter(|message| message.conversation == conversation))
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[MessageId],
    ) -> Result<Vec<Message>, Fault> {
        let found = ids.iter().filter_map(|id| self.tables.places.get(id));
        let messages = found.filter_map(|place| self.tables.messages.get(place));
        Ok(messages
            .filter(|message| message.workspace == workspace)
            .cloned()
            .collect())
    }

    fn find_at(
        &mut self,
        workspace: WorkspaceId,
        places: &[(ConversationId, Seq)],
    ) -> Result<Vec<Message>, Fault> {
        let found = places
            .iter()
            .filter_map(|place| self.tables.messages.get(place));
        Ok(found
            .filter(|message| message.workspace == workspace)
            .cloned()
            .collect())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        range: SeqRange,
        sight: Sight,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Message>, Fault> {
        let all = self
            .tables
            .messages
            .range((conversation, Seq::ZERO)..=(conversation, Seq::MAX));
        let found = all.map(|(_, message)| message).filter(|message| {
            message.workspace == workspace
                && sight.covers(message.visibility)
                && message.seq > range.above
                && range.below.is_none_or(|below| message.seq < below)
        });
        Ok(match order {
            Order::Ascending => found.take(limit).cloned().collect(),
            Order::Descending => found.rev().take(limit).cloned().collect(),
        })
    }

    fn page_of_replies(
        &mut self,
        workspace: WorkspaceId,
        parent: MessageId,
        above: Seq,
        sight: Sight,
        limit: usize,
    ) -> Result<Vec<Message>, Fault> {
        let answers = |message: &&Message| {
            message.workspace == workspace
                && message.reply_to == Some(parent)
                && message.seq > above
                && sight.covers(message.visibility)
        };
        let all = self.tables.messages.values().filter(answers);
        Ok(all.take(limit).cloned().collect())
    }

    fn page_of_all(
        &mut self,
        workspace: WorkspaceId,
        filter: &MessageFilter,
        order: Order,
        from: Option<MessageId>,
        limit: usize,
        walk_max: usize,
    ) -> Result<Walk<Message, MessageId>, Fault> {
        let mut places: Vec<_> = self.tables.places.iter().collect();
        if order == Order::Descending {
            places.reverse();
        }
        let beyond = |id: MessageId| {
            from.is_none_or(|from| match order {
                Order::Descending => id < from,
                Order::Ascending => id > from,
            })
        };
        let leads = |message: &&Message| match (&filter.tag, &filter.reference) {
            _ if message.workspace != workspace => false,
            (Some(tag), _) => message.tags.contains(tag),
            (None, Some(reference)) => message.reference.as_ref() == Some(reference),
            (None, None) => true,
        };
        let all = places
            .into_iter()
            .filter(|(id, _)| beyond(**id))
            .filter_map(|(_, place)| self.tables.messages.get(place))
            .filter(leads)
            .map(|message| (message.id, message));
        let passes = |message: &Message| self.passes(workspace, filter, message);
        let walk = walk(all, passes, limit, walk_max);
        Ok(Walk {
            items: walk.items.into_iter().map(|(_, one)| one).collect(),
            on: walk.on,
        })
    }

    fn search(
        &mut self,
        workspace: WorkspaceId,
        query: &SearchQuery,
        filter: &MessageFilter,
        before: Option<SearchPlace>,
        limit: usize,
        walk_max: usize,
    ) -> Result<Walk<(SearchPlace, Message), SearchPlace>, Fault> {
        let hit = |(number, place): (&i64, &(ConversationId, Seq))| {
            let number = SearchPlace(*number);
            let message = self.tables.messages.get(place)?;
            let fits = before.is_none_or(|before| number < before)
                && message.workspace == workspace
                && message.deleted_at.is_none()
                && query.matches(&words(&found_text(message)));
            fits.then_some((number, message))
        };
        let all = self.tables.arrivals.iter().rev().filter_map(hit);
        let passes = |message: &Message| self.passes(workspace, filter, message);
        Ok(walk(all, passes, limit, walk_max))
    }

    fn first_from(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
    ) -> Result<Option<Milestone>, Fault> {
        let mut all = self
            .tables
            .messages
            .range((conversation, from)..=(conversation, Seq::MAX));
        Ok(all
            .find(|(_, message)| message.workspace == workspace)
            .map(|(_, message)| Milestone {
                seq: message.seq,
                at: message.created_at,
                visibility: message.visibility,
                public_count: message.public_count,
            }))
    }

    fn sent_before(
        &mut self,
        workspace: WorkspaceId,
        time: Timestamp,
        limit: usize,
    ) -> Result<Vec<Message>, Fault> {
        let everything = MessageFilter::everything();
        let places = self.tables.places.values();
        let all = places
            .filter_map(|place| self.tables.messages.get(place))
            .filter(|message| message.created_at < time)
            .filter(|message| self.passes(workspace, &everything, message));
        Ok(all.take(limit).cloned().collect())
    }

    fn revisions(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Vec<Revision>, Fault> {
        if ReadMessages::find_many(self, workspace, &[message])?.is_empty() {
            return Ok(Vec::new());
        }
        let all = self
            .tables
            .revisions
            .range((message, 0)..=(message, u32::MAX));
        Ok(all.map(|(_, revision)| revision.clone()).collect())
    }
}

impl Messages for Work {
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault> {
        ReadMessages::find(self, workspace, conversation, id)
    }

    fn append(&mut self, _: WorkspaceId, messages: &[Message]) -> Result<(), Fault> {
        for message in messages {
            let place = (message.conversation, message.seq);
            if self.tables.messages.contains_key(&place) {
                return Err(taken());
            }
            let tables = self.tables_mut();
            let last = tables.arrivals.keys().next_back().copied();
            tables.arrivals.insert(last.unwrap_or(0) + 1, place);
            tables.places.insert(message.id, place);
            tables.messages.insert(place, message.clone());
        }
        Ok(())
    }

    fn count_replies(&mut self, workspace: WorkspaceId, of: &[ReplyCount]) -> Result<(), Fault> {
        for count in of {
            let found = ReadMessages::find_many(self, workspace, &[count.message])?;
            for message in found {
                let more = |now: u32, by: i32| now.saturating_add_signed(by);
                let state = MessageState {
                    reply_count: more(message.reply_count, count.replies),
                    public_reply_count: more(message.public_reply_count, count.public),
                    ..(*message).clone()
                };
                if let Some(stored) = self.stored_mut(&message) {
                    *stored = Message::restore(state);
                }
            }
        }
        Ok(())
    }

    fn revise(&mut self, message: &Message, earlier: &Revision) -> Result<(), Fault> {
        let Some(stored) = self.stored_mut(message) else {
            return Ok(());
        };
        *stored = revised(stored, message);
        let revision = (earlier.message, earlier.number);
        self.tables_mut()
            .revisions
            .insert(revision, earlier.clone());
        Ok(())
    }

    fn redact(&mut self, message: &Message) -> Result<(), Fault> {
        let Some(stored) = self.stored_mut(message) else {
            return Ok(());
        };
        let delivery = message.delivery.clone();
        *stored = Message::restore(MessageState {
            delivery,
            ..(*revised(stored, message)).clone()
        });
        let tables = self.tables_mut();
        tables.revisions.retain(|(of, _), _| *of != message.id);
        tables.reactions.retain(|_, one| one.message != message.id);
        tables.recipients.retain(|(of, _), _| *of != message.id);
        Ok(())
    }

    fn save(&mut self, message: &Message) -> Result<(), Fault> {
        if let Some(stored) = self.stored_mut(message) {
            *stored = Message::restore(MessageState {
                delivery: message.delivery.clone(),
                reactions: message.reactions.clone(),
                attachments: message.attachments.clone(),
                ..(**stored).clone()
            });
        }
        Ok(())
    }

    fn purge(&mut self, workspace: WorkspaceId, messages: &[Message]) -> Result<usize, Fault> {
        let mut purged = 0;
        for message in messages {
            let found = ReadMessages::find_many(self, workspace, &[message.id])?;
            for gone in found {
                self.erase_message(&gone);
                purged += 1;
            }
            for answer in self.tables_mut().messages.values_mut() {
                if answer.workspace == workspace && answer.reply_to == Some(message.id) {
                    *answer = Message::restore(MessageState {
                        reply_to: None,
                        ..(**answer).clone()
                    });
                }
            }
        }
        Ok(purged)
    }
}

/// What is stored, with everything that an edit or a deletion changes.
fn revised(stored: &Message, message: &Message) -> Message {
    Message::restore(MessageState {
        text: message.text.clone(),
        content_type: message.content_type,
        content: message.content.clone(),
        attachments: message.attachments.clone(),
        metadata: message.metadata.clone(),
        tags: message.tags.clone(),
        template: message.template.clone(),
        reactions: message.reactions.clone(),
        revision_count: message.revision_count,
        edited_at: message.edited_at,
        deleted_at: message.deleted_at,
        delete_mode: message.delete_mode,
        ..(**stored).clone()
    })
}
