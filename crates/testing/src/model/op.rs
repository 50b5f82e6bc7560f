//! The operations of a model run, and what becomes of each.
//!
//! An operation is plain data, so that the same one can be applied to two storages.

use std::collections::BTreeMap;

use causerie_core::act::{
    AddMember, CreateConversation, CreateKey, CreateParticipant, CreatedConversation,
    DeleteMessage, Deleted, Dispatched, EditMessage, Found, Happened, InboxEntry, ListMessages,
    MemberNow, Posted, Received, RotateKey, SendMessage, Swept, UpsertParticipant, Upserted,
    add_member, archive_participant, change_conversation, change_member, change_participant,
    create_conversation, create_key, create_participant, create_workspace, delete_conversation,
    delete_message, edit_message, find_credentials, find_member, find_message, find_participant,
    forget_files, list_conversations, list_inbox, list_keys, list_members, list_messages,
    list_participants, list_revisions, list_workspaces, mark, note_key_use, once, read_events,
    remove_member, revoke_key, rotate_key, send_message, send_messages, sweep, turn_conversation,
    upsert_participant,
};
use causerie_core::balance::{Balance, LedgerEntry};
use causerie_core::channel::Channel;
use causerie_core::claim::{Answer, Claim, Once};
use causerie_core::delivery::Recipient;
use causerie_core::media::Media;
use causerie_core::outbound::Parcel;
use causerie_core::page::{Limit, Page};
use causerie_core::port::{ConversationFilter, ParticipantFilter, Snapshot, Unit};
use causerie_core::reaction::Reaction;
use causerie_core::receipt::{Receipt, ReceiptKind, Seen};
use causerie_core::schedule::Scheduled;
use causerie_core::tag::Tag;
use causerie_core::template::{Rendered, Template};
use causerie_core::text::Name;
use causerie_core::{
    ApiKey, Bearer, Context, Conversation, ConversationChange, ConversationId, Error,
    Extra as Kept, KeyId, Member, MemberChange, Message, MessageId, Participant, ParticipantChange,
    ParticipantId, ParticipantKind, Position, Refusal, Revision, Seq, Status, Store, Timestamp,
    Workspace,
};

use super::extra::Extra;
use super::outside::Outside;

/// Something that a caller may ask for.
#[derive(Clone, Debug)]
pub(super) enum Op {
    CreateWorkspace(Name),
    ListWorkspaces(Limit),
    CreateParticipant(CreateParticipant, Option<Claim>),
    UpsertParticipant(UpsertParticipant),
    ChangeParticipant(ParticipantId, ParticipantChange),
    ArchiveParticipant(ParticipantId),
    FindParticipant(ParticipantId),
    ListParticipants(ParticipantFilter, Limit),
    CreateConversation(CreateConversation),
    ChangeConversation(ConversationId, ConversationChange),
    TurnConversation(ConversationId, Status, Option<Timestamp>),
    DeleteConversation(ConversationId),
    ListConversations(Option<ParticipantId>, ConversationFilter, Limit),
    ListInbox(ParticipantId, ConversationFilter, Limit),
    AddMember(AddMember),
    ChangeMember(ConversationId, ParticipantId, MemberChange),
    RemoveMember(ConversationId, ParticipantId),
    FindMember(ConversationId, ParticipantId),
    ListMembers(ConversationId, Limit),
    Mark(ConversationId, ParticipantId, ReceiptKind, Seq),
    Send(Box<SendMessage>, Door),
    SendBatch(Vec<(Context, SendMessage)>),
    EditMessage(EditMessage),
    DeleteMessage(DeleteMessage),
    FindMessage(ConversationId, MessageId),
    ListMessages(ListMessages),
    ListRevisions(ConversationId, MessageId),
    CreateKey(CreateKey),
    RevokeKey(KeyId),
    RotateKey(RotateKey),
    ListKeys(Limit),
    FindCredentials(KeyId),
    NoteKeyUse(Vec<(KeyId, Timestamp)>),
    ReadEvents(Position, Limit),
    Sweep(usize),
    Extra(Box<Extra>),
    Outside(Box<Outside>),
}

/// The way that a send takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Door {
    /// Through the gatherer.
    Gathered,
    /// As a unit of its own.
    Unit,
}

/// What became of an operation. Lists are walked to their end, page by page.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Refused(Refusal),
    Nothing,
    Workspace(Workspace),
    Workspaces(Vec<Workspace>),
    Participant(Participant),
    ParticipantOnce(Once<Participant>),
    Upserted(Upserted),
    Participants(Vec<Participant>),
    Conversation(Conversation),
    Created(CreatedConversation),
    Conversations(Vec<Conversation>),
    Inbox(Vec<InboxEntry>),
    Standing(Conversation, MemberNow),
    Departed(Member),
    Members(Vec<MemberNow>),
    Message(Message),
    Deleted(Deleted),
    Seen(Seen),
    Sent(Once<Seen>),
    SentBatch(Vec<Result<Once<Seen>, Refusal>>),
    Messages(Vec<Seen>),
    Revisions(Vec<Revision>),
    Key(ApiKey),
    Keys(Vec<ApiKey>),
    Credentials(ApiKey, Workspace, Option<ParticipantKind>),
    Events(Vec<Happened>),
    /// How many claims were erased; how many rows that took is the adapter's business.
    Swept(usize),
    Reaction(Reaction),
    Reactions(Vec<Reaction>),
    Recipients(Vec<Recipient>),
    Receipts(Vec<Receipt>),
    Found(Vec<Found>),
    Posted(Once<Posted>),
    Scheduled(Scheduled),
    AllScheduled(Vec<Scheduled>),
    Dispatched(Dispatched),
    NextDue(Option<Timestamp>),
    Template(Template),
    Templates(Vec<Template>),
    Rendered(Rendered),
    Tags(Vec<Tag>),
    Settings(Workspace),
    Balance(Option<Balance>),
    ToppedUp(Balance, LedgerEntry),
    Ledger(Vec<LedgerEntry>),
    Retained(usize),
    Media(Media),
    AllMedia(Vec<Media>),
    MediaOf(Vec<(Media, MessageId)>),
    Claimed(Vec<Media>),
    Channel(Channel),
    Channels(Vec<Channel>),
    Received(Received),
    Parcels(Vec<Parcel>),
    /// Whether it still counted.
    Settled(bool),
    /// When the next file, and the next message, is due.
    NextOf(Option<Timestamp>, Option<Timestamp>),
    Kept(BTreeMap<Bearer, Kept>),
    Positions(BTreeMap<[u8; 16], Position>),
}

impl Op {
    /// Does it, as this caller, at this time.
    ///
    /// # Panics
    /// On a fault: there should be none.
    pub(super) fn apply(&self, cx: &Context, store: &Store) -> Outcome {
        let result = match self {
            Self::Send(..) | Self::SendBatch(_) | Self::EditMessage(_) | Self::DeleteMessage(_) => {
                self.talk(cx, store)
            }
            Self::FindParticipant(_)
            | Self::ListWorkspaces(_)
            | Self::ListParticipants(..)
            | Self::ListConversations(..)
            | Self::ListInbox(..)
            | Self::FindMember(..)
            | Self::ListMembers(..)
            | Self::FindMessage(..)
            | Self::ListMessages(_)
            | Self::ListRevisions(..)
            | Self::ListKeys(_)
            | Self::FindCredentials(_)
            | Self::ReadEvents(..) => self.look(cx, store),
            Self::Extra(op) => op.apply(cx, store),
            Self::Outside(op) => op.apply(cx, store),
            _ => self.arrange(cx, store),
        };
        match result {
            Ok(outcome) => outcome,
            Err(Error::Refusal(refusal)) => Outcome::Refused(refusal),
            Err(Error::Fault(fault)) => panic!("expected no fault, found {fault:?}"),
        }
    }

    /// Messages that are sent and changed.
    fn talk(&self, cx: &Context, store: &Store) -> Result<Outcome, Error> {
        match self.clone() {
            Self::Send(cmd, Door::Gathered) => {
                store.send(cx.clone(), *cmd).wait().map(Outcome::Sent)
            }
            Self::Send(cmd, Door::Unit) => {
                let sent = write(store, cx, move |unit, cx| send_message(unit, cx, &cmd));
                sent.map(Outcome::Sent)
            }
            Self::SendBatch(batch) => {
                let sent = write(store, cx, move |unit, _| Ok(send_messages(unit, &batch)?));
                sent.map(Outcome::SentBatch)
            }
            Self::EditMessage(cmd) => {
                write(store, cx, move |unit, cx| edit_message(unit, cx, &cmd)).map(Outcome::Seen)
            }
            Self::DeleteMessage(cmd) => {
                let deleted = write(store, cx, move |unit, cx| delete_message(unit, cx, &cmd));
                deleted.map(Outcome::Deleted)
            }
            other => panic!("{other:?} is applied elsewhere"),
        }
    }

    /// All that changes something, messages apart.
    fn arrange(&self, cx: &Context, store: &Store) -> Result<Outcome, Error> {
        let op = self.clone();
        write(store, cx, move |unit, cx| match &op {
            Self::CreateWorkspace(name) => create_workspace(unit, cx, name).map(Outcome::Workspace),
            Self::CreateParticipant(cmd, claim) => {
                let create = |unit: &mut dyn Unit| create_participant(unit, cx, cmd);
                let render = |one: &Participant| (Answer(one.id.to_bytes().to_vec()), None);
                once(unit, cx, claim.as_ref(), create, render).map(Outcome::ParticipantOnce)
            }
            Self::UpsertParticipant(cmd) => {
                upsert_participant(unit, cx, cmd).map(Outcome::Upserted)
            }
            Self::ChangeParticipant(id, change) => {
                change_participant(unit, cx, *id, change).map(Outcome::Participant)
            }
            Self::ArchiveParticipant(id) => {
                archive_participant(unit, cx, *id).map(Outcome::Participant)
            }
            Self::CreateConversation(cmd) => {
                create_conversation(unit, cx, cmd).map(Outcome::Created)
            }
            Self::ChangeConversation(id, change) => {
                change_conversation(unit, cx, *id, change).map(Outcome::Conversation)
            }
            Self::TurnConversation(id, to, until) => {
                turn_conversation(unit, cx, *id, *to, *until).map(Outcome::Conversation)
            }
            Self::DeleteConversation(id) => {
                delete_conversation(unit, cx, *id).map(|()| Outcome::Nothing)
            }
            Self::AddMember(cmd) => add_member(unit, cx, cmd).map(standing),
            Self::ChangeMember(of, who, change) => {
                change_member(unit, cx, *of, *who, change).map(standing)
            }
            Self::RemoveMember(of, who) => {
                remove_member(unit, cx, *of, *who).map(Outcome::Departed)
            }
            Self::Mark(of, who, kind, seq) => mark(unit, cx, *of, *who, *kind, *seq).map(standing),
            Self::CreateKey(cmd) => create_key(unit, cx, cmd).map(Outcome::Key),
            Self::RevokeKey(id) => revoke_key(unit, cx, *id).map(Outcome::Key),
            Self::RotateKey(cmd) => rotate_key(unit, cx, cmd).map(Outcome::Key),
            Self::NoteKeyUse(uses) => note_key_use(unit, uses).map(|()| Outcome::Nothing),
            Self::Sweep(limit) => sweep_all(unit, cx, *limit).map(Outcome::Swept),
            other => panic!("{other:?} is applied elsewhere"),
        })
    }

    /// All that changes nothing.
    fn look(&self, cx: &Context, store: &Store) -> Result<Outcome, Error> {
        let op = self.clone();
        read(store, cx, move |snap, cx| match op {
            Self::FindParticipant(id) => find_participant(snap, cx, id).map(Outcome::Participant),
            Self::FindMember(of, who) => find_member(snap, cx, of, who).map(standing),
            Self::FindMessage(of, id) => find_message(snap, cx, of, id).map(Outcome::Seen),
            Self::ListRevisions(of, id) => list_revisions(snap, cx, of, id).map(Outcome::Revisions),
            Self::FindCredentials(id) => find_credentials(snap, id).map(|found| {
                Outcome::Credentials(found.key, (*found.workspace).clone(), found.participant)
            }),
            Self::ReadEvents(after, limit) => {
                read_events(snap, cx, after, limit).map(Outcome::Events)
            }
            Self::ListWorkspaces(limit) => {
                walk(|from| list_workspaces(snap, cx, from, limit)).map(Outcome::Workspaces)
            }
            Self::ListParticipants(filter, limit) => {
                walk(|from| list_participants(snap, cx, &filter, from, limit))
                    .map(Outcome::Participants)
            }
            Self::ListConversations(of, filter, limit) => {
                walk(|from| list_conversations(snap, cx, of, &filter, from, limit))
                    .map(Outcome::Conversations)
            }
            Self::ListInbox(of, filter, limit) => {
                walk(|from| list_inbox(snap, cx, of, &filter, from, limit)).map(Outcome::Inbox)
            }
            Self::ListMembers(of, limit) => {
                walk(|from| list_members(snap, cx, of, from, limit).map(|(_, page)| page))
                    .map(Outcome::Members)
            }
            Self::ListMessages(cmd) => walk(|cursor| {
                let cursor = cursor.or(cmd.cursor);
                list_messages(snap, cx, &ListMessages { cursor, ..cmd })
            })
            .map(Outcome::Messages),
            Self::ListKeys(limit) => {
                walk(|from| list_keys(snap, cx, from, limit)).map(Outcome::Keys)
            }
            other => panic!("{other:?} is applied elsewhere"),
        })
    }
}

fn standing((conversation, member): (Conversation, MemberNow)) -> Outcome {
    Outcome::Standing(conversation, member)
}

pub(super) fn write<T: Send + 'static>(
    store: &Store,
    cx: &Context,
    mut act: impl FnMut(&mut dyn Unit, &Context) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let cx = cx.clone();
    store.write(move |unit| act(unit, &cx)).wait()
}

pub(super) fn read<T: Send + 'static>(
    store: &Store,
    cx: &Context,
    act: impl FnOnce(&mut dyn Snapshot, &Context) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let cx = cx.clone();
    store.read(move |snapshot| act(snapshot, &cx)).wait()
}

/// All items of a list, page by page.
pub(super) fn walk<T, C>(
    mut page: impl FnMut(Option<C>) -> Result<Page<T, C>, Error>,
) -> Result<Vec<T>, Error> {
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let next = page(cursor)?;
        items.extend(next.items);
        cursor = next.next;
        if cursor.is_none() {
            return Ok(items);
        }
    }
}

/// Sweeps in steps until nothing is left; returns how many claims went.
fn sweep_all(unit: &mut dyn Unit, cx: &Context, limit: usize) -> Result<usize, Error> {
    let mut claims = 0;
    loop {
        let swept = sweep(unit, cx.now, limit)?;
        if swept == Swept::default() {
            return Ok(claims);
        }
        claims += swept.claims;
        forget_files(unit, &swept.doomed)?;
    }
}
