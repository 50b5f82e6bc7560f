//! Walking long lists: limits, directions, cursors.
//!
//! A cursor is a position in an order that new items do not disturb; it holds no filter and no count.

use crate::id::{
    ChannelId, ConversationId, KeyId, MediaId, MessageId, ParticipantId, ReactionId, TemplateId,
    WorkspaceId,
};
use crate::invalid::Invalid;
use crate::message::Seq;
use crate::port::{DuePlace, SearchPlace};
use crate::tag::TagName;
use crate::timestamp::Timestamp;
use crate::words::words;

words! {
    /// Which end comes first.
    Order {
        /// Newest first.
        Descending = 1, "desc";
        /// Oldest first.
        Ascending = 2, "asc";
    }
}

/// How many items a page may hold: 1 to [`Limit::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// The most that one page holds.
    pub const MAX: u16 = 100;

    /// Accepts 1 to [`Limit::MAX`].
    pub fn new(limit: u64) -> Result<Self, Invalid> {
        u16::try_from(limit)
            .ok()
            .filter(|limit| (1..=Self::MAX).contains(limit))
            .map(Self)
            .ok_or(Invalid::new("expected a whole number from 1 to 100"))
    }

    /// The number, for comparing with lengths.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }

    /// One more than the limit: enough to know whether another page follows.
    pub fn probe(self) -> usize {
        self.get() + 1
    }
}

impl Default for Limit {
    /// Fifty.
    fn default() -> Self {
        Self(50)
    }
}

/// One page and where the next begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The items in order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// Makes a page of what a query found for [`Limit::probe`]: one item too many means that another
    /// page follows the last item kept.
    pub fn cut(mut found: Vec<T>, limit: Limit, place: impl FnOnce(&T) -> C) -> Self {
        let more = found.len() > limit.get();
        found.truncate(limit.get());
        let next = if more { found.last().map(place) } else { None };
        Self { items: found, next }
    }

    /// Makes a page of what a walk found for [`Limit::probe`]. It may be short, or empty, although another
    /// follows: the next goes on where the walk ended.
    pub fn walked(walk: Walk<T, C>, limit: Limit, place: impl FnOnce(&T) -> C) -> Self {
        let page = Self::cut(walk.items, limit, place);
        Self {
            next: page.next.or(walk.on),
            ..page
        }
    }
}

/// What a walk over many found that looks at a bounded number of them only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk<T, P> {
    /// What was found, in order.
    pub items: Vec<T>,
    /// The last place that was looked at, where the walk ended at its bound before it had found as many as
    /// were wanted; more may follow it, or nothing.
    pub on: Option<P>,
}

/// A place in a list of conversations by activity, newest first; ties go by id, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Activity {
    /// When something was last said.
    pub at: Timestamp,
    /// In which conversation.
    pub id: ConversationId,
}

/// Something that can stand in a cursor.
pub trait Place: Sized {
    /// Tells the cursors of one list from those of another.
    const KIND: u8;
    /// The place as bytes.
    fn to_bytes(&self) -> Vec<u8>;
    /// Reads the bytes back.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

macro_rules! id_places {
    ($($name:ident = $kind:literal),+) => {$(
        impl Place for $name {
            const KIND: u8 = $kind;
            fn to_bytes(&self) -> Vec<u8> {
                (*self).to_bytes().to_vec()
            }
            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Some(Self::from_bytes(bytes.try_into().ok()?))
            }
        }
    )+};
}

id_places! {
    ParticipantId = 1,
    KeyId = 2,
    WorkspaceId = 3,
    ReactionId = 6,
    TemplateId = 7,
    MessageId = 12,
    MediaId = 13,
    ChannelId = 14
}

/// A file of a conversation, and the message that refers to it.
impl Place for (MediaId, MessageId) {
    const KIND: u8 = 15;

    fn to_bytes(&self) -> Vec<u8> {
        [self.0.to_bytes(), self.1.to_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (media, message) = bytes.split_at_checked(16)?;
        Some((
            MediaId::from_bytes(media.try_into().ok()?),
            MessageId::from_bytes(message.try_into().ok()?),
        ))
    }
}

impl Place for Seq {
    const KIND: u8 = 4;

    fn to_bytes(&self) -> Vec<u8> {
        self.stored().to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        u64::try_from(i64::from_be_bytes(bytes.try_into().ok()?))
            .ok()
            .map(Self::new)
    }
}

impl Place for Activity {
    const KIND: u8 = 5;

    fn to_bytes(&self) -> Vec<u8> {
        [
            &self.at.unix_micros().to_be_bytes()[..],
            &self.id.to_bytes()[..],
        ]
        .concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_at_checked(8)?;
        Some(Self {
            at: Timestamp::from_unix_micros(i64::from_be_bytes(at.try_into().ok()?)),
            id: ConversationId::from_bytes(id.try_into().ok()?),
        })
    }
}

impl Place for TagName {
    const KIND: u8 = 8;

    fn to_bytes(&self) -> Vec<u8> {
        self.as_str().as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::parse(std::str::from_utf8(bytes).ok()?).ok()
    }
}

impl Place for DuePlace {
    const KIND: u8 = 9;

    fn to_bytes(&self) -> Vec<u8> {
        [
            &self.due_at.unix_micros().to_be_bytes()[..],
            &self.id.to_bytes()[..],
        ]
        .concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (due_at, id) = bytes.split_at_checked(8)?;
        Some(Self {
            due_at: Timestamp::from_unix_micros(i64::from_be_bytes(due_at.try_into().ok()?)),
            id: MessageId::from_bytes(id.try_into().ok()?),
        })
    }
}

impl Place for SearchPlace {
    const KIND: u8 = 10;

    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(i64::from_be_bytes(bytes.try_into().ok()?)))
    }
}

/// A place in the ledger of a workspace: the number of an entry. The newest entry comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LedgerPlace(pub u64);

impl Place for LedgerPlace {
    const KIND: u8 = 11;

    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = u64::from_be_bytes(bytes.try_into().ok()?);
        (number <= Seq::MAX.get()).then_some(Self(number))
    }
}

/// The opaque written form of a place.
pub mod cursor {
    use super::{Invalid, Place};

    /// Writes a place: lower-case hexadecimal of its kind, its bytes and a checksum.
    pub fn write<P: Place>(place: &P) -> String {
        let mut bytes = vec![P::KIND];
        bytes.extend(place.to_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes
            .iter()
            .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
                for digit in [byte >> 4, byte & 15] {
                    text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
                }
                text
            })
    }

    /// Reads a cursor of the same list.
    pub fn read<P: Place>(text: &str) -> Result<P, Invalid> {
        decode(text)
            .and_then(|bytes| {
                let (body, checksum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
                let (kind, place) = body.split_first()?;
                let intact = crc32fast::hash(body).to_be_bytes() == checksum && *kind == P::KIND;
                if intact { P::from_bytes(place) } else { None }
            })
            .ok_or(Invalid::new(
                "expected the next_cursor of an earlier page of this list",
            ))
    }

    fn decode(text: &str) -> Option<Vec<u8>> {
        let digit = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        pairs
            .iter()
            .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back_in_its_own_list_only(at: i64, id: [u8; 16], seq in 0u64..i64::MAX.cast_unsigned()) {
            let activity = Activity { at: Timestamp::from_unix_micros(at), id: ConversationId::from_bytes(id) };
            let written = cursor::write(&activity);
            prop_assert_eq!(cursor::read::<Activity>(&written), Ok(activity));
            prop_assert!(cursor::read::<Seq>(&written).is_err());
            prop_assert_eq!(cursor::read::<Seq>(&cursor::write(&Seq::new(seq))), Ok(Seq::new(seq)));
            let entry = LedgerPlace(seq);
            prop_assert_eq!(cursor::read::<LedgerPlace>(&cursor::write(&entry)), Ok(entry));
            prop_assert!(cursor::read::<Seq>(&cursor::write(&entry)).is_err());
            let due = DuePlace { due_at: activity.at, id: MessageId::from_bytes(id) };
            prop_assert_eq!(cursor::read::<DuePlace>(&cursor::write(&due)), Ok(due));
            prop_assert!(cursor::read::<Activity>(&cursor::write(&due)).is_err());
            let found = SearchPlace(at);
            prop_assert_eq!(cursor::read::<SearchPlace>(&cursor::write(&found)), Ok(found));
        }

        #[test]
        fn no_text_makes_reading_panic(text: String) {
            prop_assert!(cursor::read::<Activity>(&text).is_err());
        }
    }

    #[test]
    fn a_tag_is_a_place() {
        let tag = TagName::parse("order 47_a-b").expect("fine");
        assert_eq!(cursor::read::<TagName>(&cursor::write(&tag)), Ok(tag));
    }

    #[test]
    fn a_page_knows_whether_another_follows() {
        let limit = Limit::new(2).expect("within bounds");
        let page = Page::cut(vec![5, 4, 3], limit, |last| *last);
        assert_eq!((page.items, page.next), (vec![5, 4], Some(4)));
        assert_eq!(Page::cut(vec![5, 4], limit, |last| *last).next, None);
        let walk = |items, on| Page::walked(Walk { items, on }, limit, |last| *last);
        let full = walk(vec![5, 4, 3], None);
        assert_eq!((full.items, full.next), (vec![5, 4], Some(4)));
        assert_eq!(walk(vec![5], Some(2)).next, Some(2));
        assert_eq!(walk(Vec::new(), Some(2)).next, Some(2));
        assert_eq!(walk(vec![5], None).next, None);
        assert!(Limit::new(0).is_err() && Limit::new(101).is_err());
    }
}
