//! Everything that can be read of a workspace, to be compared.
//!
//! Reads through the ports, so that no rule hides anything.

use std::collections::{BTreeMap, BTreeSet};

use causerie_core::balance::{Balance, LedgerEntry};
use causerie_core::channel::Channel;
use causerie_core::delivery::Recipient;
use causerie_core::media::Media;
use causerie_core::outbound::Outbound;
use causerie_core::page::Order;
use causerie_core::port::{
    ConversationFilter, KeptFile, MediaFilter, MediaUse, MessageFilter, ParticipantFilter,
    PlatformReference, SeqRange, Snapshot,
};
use causerie_core::reaction::Reaction;
use causerie_core::receipt::Mark;
use causerie_core::schedule::Scheduled;
use causerie_core::search::SearchQuery;
use causerie_core::tag::Tag;
use causerie_core::template::Template;
use causerie_core::{
    ApiKey, Bearer, Conversation, ConversationId, Event, Extra, Fault, Member, Message, MessageId,
    Participant, ParticipantId, Position, Revision, Seq, Sight, Subject as About, Workspace,
    WorkspaceId,
};

use super::draft::SURFACES;

/// More than a run makes of anything.
pub(super) const ALL: usize = 1_000_000;

/// Words that many texts of a run have.
const WORDS: &[&str] = &["one", "a", "hidden", "name", "it"];

/// What belongs to a workspace.
#[derive(Debug, PartialEq)]
pub(super) struct Portrait {
    workspace: Workspace,
    head: Position,
    events: Vec<Event>,
    kept_extras: BTreeMap<(Bearer, String), Extra>,
    births: BTreeMap<[u8; 16], Position>,
    counts: [usize; 2],
    numbered: Vec<ConversationId>,
    keys: Vec<ApiKey>,
    participants: Vec<Participant>,
    inboxes: Vec<Vec<(Conversation, Member)>>,
    conversations: Vec<Conversation>,
    rooms: Vec<Room>,
    listed: Vec<MessageId>,
    found: Vec<Vec<MessageId>>,
    tags: Vec<Tag>,
    scheduled: Vec<Scheduled>,
    templates: Vec<Template>,
    balance: Option<Balance>,
    ledger: Vec<LedgerEntry>,
    media: Vec<(Media, Vec<MediaUse>)>,
    kept: Vec<KeptFile>,
    kept_bytes: u64,
    channels: Vec<Channel>,
}

/// What belongs to a conversation.
#[derive(Debug, PartialEq)]
struct Room {
    members: Vec<Member>,
    messages: Vec<Message>,
    hung: Vec<Hung>,
    uses: Vec<MediaUse>,
    references: Vec<PlatformReference>,
    leading: Vec<Mark>,
    first: Vec<Mark>,
}

/// What hangs on a message.
#[derive(Debug, PartialEq)]
struct Hung {
    revisions: Vec<Revision>,
    replies: Vec<MessageId>,
    reactions: Vec<Reaction>,
    recipients: Vec<Recipient>,
    waits: Option<Outbound>,
}

impl Portrait {
    /// Compares with another, the telling parts first.
    ///
    /// # Panics
    /// When they differ.
    pub(super) fn check(&self, expected: &Self) {
        assert_eq!(self.events, expected.events);
        assert_eq!(self.conversations, expected.conversations);
        for (room, expected) in self.rooms.iter().zip(&expected.rooms) {
            assert_eq!(room.messages, expected.messages);
            assert_eq!(room, expected);
        }
        assert_eq!(self, expected);
    }
}

#[cfg(test)]
impl Portrait {
    /// Compares all but the log and the times of tags: what is said, by whom it was read, what it cost.
    pub(super) fn check_talk(&self, expected: &Self) {
        for (room, expected) in self.rooms.iter().zip(&expected.rooms) {
            assert_eq!(room, expected);
        }
        assert_eq!(self.conversations, expected.conversations);
        assert_eq!(self.inboxes, expected.inboxes);
        assert_eq!(
            (&self.balance, &self.ledger),
            (&expected.balance, &expected.ledger)
        );
        let tags = |of: &Self| -> Vec<_> {
            let tags = of.tags.iter();
            tags.map(|tag| (tag.id, tag.name.clone())).collect()
        };
        assert_eq!(tags(self), tags(expected));
        assert_eq!(self.found, expected.found);
        assert_eq!(self.kept_extras, expected.kept_extras);
        assert_eq!(self.events.len(), expected.events.len());
    }
}

pub(super) fn portrait(
    snapshot: &mut dyn Snapshot,
    workspace: Workspace,
) -> Result<Portrait, Fault> {
    let id = workspace.id;
    let everybody = ParticipantFilter::default();
    let anything = ConversationFilter::default();
    let everything = MessageFilter::everything();
    let participants = snapshot.participants().page(id, &everybody, None, ALL)?;
    let people: Vec<ParticipantId> = participants.iter().map(|one| one.id).collect();
    let conversations = snapshot.conversations().page(id, &anything, None, ALL)?;
    let mut inboxes = Vec::new();
    for one in &participants {
        let port = snapshot.conversations();
        inboxes.push(port.page_of(id, one.id, &anything, None, ALL)?);
    }
    let mut rooms = Vec::new();
    for one in &conversations {
        rooms.push(room(snapshot, id, one.id, &people)?);
    }
    let listed = snapshot
        .messages()
        .page_of_all(id, &everything, Order::Descending, None, ALL, ALL)?
        .items;
    let mut found = Vec::new();
    for word in WORDS {
        let query = SearchQuery::parse(word).expect("a query");
        let hits = snapshot
            .messages()
            .search(id, &query, &everything, None, ALL, ALL)?
            .items;
        found.push(hits.into_iter().map(|(_, message)| message.id).collect());
    }
    let mut media = Vec::new();
    for one in snapshot
        .library()
        .page(id, MediaFilter::default(), None, ALL)?
    {
        let uses = snapshot.library().uses(id, one.id, ALL)?;
        media.push((one, uses));
    }
    let kept = snapshot.library().page_kept(None, ALL)?;
    let events = snapshot.events().page(id, Position::ZERO, ALL)?;
    Ok(Portrait {
        head: snapshot.events().head(id)?,
        kept_extras: kept_extras(snapshot, id, &events)?,
        births: births(snapshot, id, &events)?,
        counts: [
            snapshot.participants().count(id, &everybody, ALL)?,
            snapshot.conversations().count(id, None, &anything, ALL)?,
        ],
        numbered: numbered(snapshot, id, &conversations)?,
        events,
        keys: snapshot.keys().page(id, None, ALL)?,
        workspace,
        participants,
        inboxes,
        conversations,
        rooms,
        listed: listed.iter().map(|one| one.id).collect(),
        found,
        tags: snapshot.tags().page(id, None, ALL)?,
        scheduled: snapshot.schedule().page(id, None, None, None, ALL)?,
        templates: snapshot.templates().page(id, None, None, ALL)?,
        balance: snapshot.balances().find(id)?,
        ledger: snapshot.balances().ledger(id, None, ALL)?,
        media,
        kept: kept.into_iter().filter(|one| one.workspace == id).collect(),
        kept_bytes: snapshot.library().kept_bytes(id)?,
        channels: snapshot.channels().page(id, None, None, ALL)?,
    })
}

/// What surfaces keep with all that the log tells of, also with what is gone.
fn kept_extras(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    events: &[Event],
) -> Result<BTreeMap<(Bearer, String), Extra>, Fault> {
    let bearers = events.iter().filter_map(|event| match event.subject {
        About::Message(_, id, _) => Some(Bearer::Message(id)),
        About::Conversation(id) => Some(Bearer::Conversation(id)),
        About::Participant(id) => Some(Bearer::Participant(id)),
        About::Member(of, id, _) => Some(Bearer::Member(of, id)),
        About::Channel(id) => Some(Bearer::Channel(id)),
        _ => None,
    });
    let bearers: Vec<Bearer> = bearers.collect();
    let mut kept = BTreeMap::new();
    for surface in SURFACES {
        let found = snapshot.extras().find_many(workspace, surface, &bearers)?;
        let own = found.into_iter();
        kept.extend(own.map(|(of, one)| ((of, (*surface).to_owned()), one)));
    }
    Ok(kept)
}

/// Where all that the log tells of came into being.
fn births(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    events: &[Event],
) -> Result<BTreeMap<[u8; 16], Position>, Fault> {
    let ids: BTreeSet<_> = events.iter().map(|one| one.subject.parts().id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let born = snapshot.events().births(workspace, &ids)?;
    Ok(born.into_iter().collect())
}

/// Which conversations are found by the numbers of these and the ones after them.
fn numbered(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    conversations: &[Conversation],
) -> Result<Vec<ConversationId>, Fault> {
    let mut found = Vec::new();
    for one in conversations {
        for number in [one.number, one.number + 1] {
            let port = snapshot.conversations();
            found.extend(port.find_numbered(workspace, number)?.map(|one| one.id));
        }
    }
    Ok(found)
}

fn room(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    id: ConversationId,
    people: &[ParticipantId],
) -> Result<Room, Fault> {
    let range = SeqRange {
        above: Seq::ZERO,
        below: None,
    };
    let (sight, order) = (Sight::Everything, Order::Ascending);
    let messages = snapshot
        .messages()
        .page(workspace, id, range, sight, order, ALL)?;
    let mut hung = Vec::new();
    for message in &messages {
        hung.push(hung_on(snapshot, workspace, message.id)?);
    }
    let receipts = snapshot.receipts();
    let leading = receipts.leading_marks(workspace, id, Seq::ZERO, ALL)?;
    let mut first = Vec::new();
    for from in [0, 2, 5] {
        let mut marks = receipts.first_marks(workspace, id, Seq::new(from), people)?;
        marks.sort_by_key(|mark| (mark.participant, mark.kind));
        first.extend(marks);
    }
    let last = MessageId::from_bytes([0xFF; 16]);
    let references = snapshot.outbox().references_of(workspace, id, last, ALL)?;
    Ok(Room {
        uses: snapshot.library().uses_in(workspace, id, None, ALL)?,
        references,
        members: snapshot.members().page(workspace, id, None, ALL)?,
        messages,
        hung,
        leading,
        first,
    })
}

fn hung_on(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    id: MessageId,
) -> Result<Hung, Fault> {
    let port = snapshot.messages();
    let replies = port.page_of_replies(workspace, id, Seq::ZERO, Sight::Everything, ALL)?;
    Ok(Hung {
        revisions: port.revisions(workspace, id)?,
        replies: replies.iter().map(|one| one.id).collect(),
        reactions: snapshot.reactions().page(workspace, id, None, ALL)?,
        recipients: snapshot.receipts().recipients(workspace, id)?,
        waits: snapshot.outbox().find(workspace, id)?,
    })
}
