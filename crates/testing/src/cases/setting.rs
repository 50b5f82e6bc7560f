//! The scene of most cases: two workspaces, three people, two conversations.
//!
//! Stored through the ports, so it can only be as good as they are.

use causerie_core::port::{SeqRange, Snapshot};
use causerie_core::{
    Conversation, ConversationId, Fault, Fresh, Member, Message, MessageChange, Participant,
    ParticipantId, Seq, Timestamp, Workspace, WorkspaceId,
};

use crate::fixture::{Fixture, text};
use crate::subject::Subject;

/// Two workspaces; Ann and Bob in a room of the one, Eve in the lobby of the other.
pub(super) struct Setting {
    pub(super) fixture: Fixture,
    pub(super) here: WorkspaceId,
    pub(super) elsewhere: WorkspaceId,
    pub(super) ann: Participant,
    pub(super) bob: Participant,
    pub(super) eve: Participant,
    pub(super) room: Conversation,
    pub(super) lobby: Conversation,
    pub(super) ann_in: Member,
    pub(super) bob_in: Member,
    pub(super) eve_in: Member,
}

impl Setting {
    pub(super) fn new(subject: &Subject) -> Self {
        let fixture = Fixture::default();
        let workspaces: [Workspace; 2] = [fixture.workspace("here"), fixture.workspace("there")];
        let [here, elsewhere] = [workspaces[0].id, workspaces[1].id];
        let people = [
            fixture.participant(here, "Ann"),
            fixture.participant(here, "Bob"),
            fixture.participant(elsewhere, "Eve"),
        ];
        let room = fixture.conversation_with(here, |state| state.member_count = 2);
        let lobby = fixture.conversation_with(elsewhere, |state| state.member_count = 1);
        let [ann, bob, eve] = people.clone();
        let ann_in = fixture.member(&room, &ann);
        let bob_in = fixture.member(&room, &bob);
        let eve_in = fixture.member(&lobby, &eve);
        subject.put_all(&workspaces);
        subject.put_all(&people);
        subject.put_all(&[room.clone(), lobby.clone()]);
        subject.put_all(&[ann_in.clone(), bob_in.clone()]);
        subject.put(&eve_in);
        Self {
            fixture,
            here,
            elsewhere,
            ann,
            bob,
            eve,
            room,
            lobby,
            ann_in,
            bob_in,
            eve_in,
        }
    }

    /// Ann's messages in the room, at the places from 1 on, stored.
    pub(super) fn say(&self, subject: &Subject, count: u64) -> Vec<Message> {
        let said = self.fixture.messages(&self.room, &self.ann, 1, count);
        subject.put_all(&said);
        said
    }

    /// An id that nothing has.
    pub(super) fn unknown<T: From<Fresh>>(&self) -> T {
        self.fixture.id()
    }
}

/// An edit that gives a message this text and nothing else.
pub(super) fn saying(words: &str) -> MessageChange {
    MessageChange {
        text: Some(text(words)),
        ..MessageChange::default()
    }
}

/// A time so many microseconds after 1970.
pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros)
}

/// Ids far apart, in order, among them the lowest and the highest: they sort as unsigned bytes.
pub(super) fn spread_ids() -> [[u8; 16]; 6] {
    let mut ids = [
        [0; 16], [0; 16], [0x20; 16], [0x7F; 16], [0x80; 16], [0xFF; 16],
    ];
    ids[1][15] = 1;
    ids
}

/// In an order that is neither that of the items nor its reverse.
pub(super) fn shuffled<T: Clone>(items: &[T]) -> Vec<T> {
    let (even, odd): (Vec<_>, Vec<_>) = items.iter().enumerate().partition(|(at, _)| at % 2 == 0);
    odd.into_iter()
        .chain(even.into_iter().rev())
        .map(|(_, item)| item.clone())
        .collect()
}

/// Sorted by a key, for answers "in no particular order".
pub(super) fn sorted<T, K: Ord>(mut items: Vec<T>, key: impl FnMut(&T) -> K) -> Vec<T> {
    items.sort_by_key(key);
    items
}

/// Places between two others.
pub(super) fn range(above: u64, below: Option<u64>) -> SeqRange {
    SeqRange {
        above: Seq::new(above),
        below: below.map(Seq::new),
    }
}

/// The present members of a conversation.
pub(super) fn present(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    conversation: ConversationId,
) -> Result<Vec<ParticipantId>, Fault> {
    let members = snapshot
        .members()
        .page(workspace, conversation, None, 5_000)?;
    Ok(members.iter().map(|member| member.participant).collect())
}
