//! Ids of 16 letters and digits, written from the place at which a thing came into being, and read back.
//!
//! Nothing is stored for them, and whether the thing still is, is told by looking for it.
//!
//! An id is the number `check × 2⁶³ + hidden` with sixteen digits of base 62, the highest first. `check` is 32 bits of
//! a hash of the workspace, the sort of thing and its position; `hidden` is the position, covered with 63 bits of a hash
//! of `check` and the same workspace and sort. So ids look random, a mistyped one and one of another workspace or sort
//! are nobody's, and the same thing has the same id for good: neither the digits nor the hash may ever change.

use std::fmt;

use causerie_core::{Position, WorkspaceId};
use serde::{Serialize, Serializer};

const LENGTH: usize = 16;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: u64 = 62;
/// How many numbers half an id can be.
const HALF: u64 = BASE.pow(8);
const POSITION_BITS: u32 = 63;
const POSITION_MASK: u64 = u64::MAX >> 1;

/// What sort of thing an id is of. The numbers are part of every id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Message,
    Conversation,
    Group,
    Contact,
    Attachment,
}

impl Sort {
    const fn number(self) -> u8 {
        match self {
            Self::Message => 1,
            Self::Conversation => 2,
            Self::Group => 3,
            Self::Contact => 4,
            Self::Attachment => 5,
        }
    }
}

/// An id as clients know it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ShortId([u8; LENGTH]);

impl ShortId {
    /// The id of what came into being at a position.
    pub(super) fn new(workspace: WorkspaceId, sort: Sort, position: Position) -> Self {
        let check = check(workspace, sort, position.get());
        let hidden = (position.get() & POSITION_MASK) ^ cover(workspace, sort, check);
        let number = (u128::from(check) << POSITION_BITS) | u128::from(hidden);
        let mut text = [DIGITS[0]; LENGTH];
        let (high, low) = text.split_at_mut(LENGTH / 2);
        write(high, number / u128::from(HALF));
        write(low, number % u128::from(HALF));
        Self(text)
    }

    /// The position in an id of this workspace and sort; `None` for any other text.
    pub(super) fn read(workspace: WorkspaceId, sort: Sort, text: &str) -> Option<Position> {
        if text.len() != LENGTH {
            return None;
        }
        let mut number: u128 = 0;
        for byte in text.bytes() {
            let digit = DIGITS.iter().position(|digit| *digit == byte)?;
            number = number * u128::from(BASE) + u128::try_from(digit).ok()?;
        }
        let check_read = u32::try_from(number >> POSITION_BITS).ok()?;
        let hidden = u64::try_from(number & u128::from(POSITION_MASK)).ok()?;
        let position = hidden ^ cover(workspace, sort, check_read);
        (check(workspace, sort, position) == check_read).then(|| Position::new(position))
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Writes half an id: less than 2⁶⁴, so that its digits cost little.
fn write(half: &mut [u8], number: u128) {
    let mut rest = u64::try_from(number).unwrap_or_default();
    for place in half.iter_mut().rev() {
        let digit = usize::try_from(rest % BASE).unwrap_or_default();
        *place = DIGITS[digit];
        rest /= BASE;
    }
}

fn check(workspace: WorkspaceId, sort: Sort, position: u64) -> u32 {
    let hash = hash(workspace, sort, "check", &position.to_be_bytes());
    u32::try_from(hash >> 32).unwrap_or_default()
}

fn cover(workspace: WorkspaceId, sort: Sort, check: u32) -> u64 {
    hash(workspace, sort, "cover", &check.to_be_bytes()) & POSITION_MASK
}

fn hash(workspace: WorkspaceId, sort: Sort, what: &str, of: &[u8]) -> u64 {
    let bytes = [
        b"protocol id".as_slice(),
        &workspace.to_bytes(),
        &[sort.number()],
        what.as_bytes(),
        of,
    ];
    let hash = blake3::hash(&bytes.concat());
    let first = hash.as_bytes().first_chunk().copied();
    u64::from_be_bytes(first.unwrap_or_default())
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ShortId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SORTS: [Sort; 5] = [
        Sort::Message,
        Sort::Conversation,
        Sort::Group,
        Sort::Contact,
        Sort::Attachment,
    ];

    fn workspace(byte: u8) -> WorkspaceId {
        WorkspaceId::from_bytes([byte; 16])
    }

    #[test]
    fn ids_are_what_they_have_always_been() {
        let id = |sort, position| ShortId::new(workspace(1), sort, Position::new(position));
        let written = [
            id(Sort::Message, 1),
            id(Sort::Conversation, 1),
            id(Sort::Message, 2),
        ];
        let known = ["2N7oWP5Kd9sd8WPg", "YNnSI5skBPQIF8yS", "2DqsB41orar2meCu"];
        assert_eq!(written.map(|id| id.to_string()), known);
    }

    proptest! {
        #[test]
        fn an_id_has_sixteen_letters_and_digits_and_reads_back(
            position in 0..=i64::MAX.cast_unsigned(),
            sort in prop::sample::select(SORTS.as_slice()),
            byte: u8,
        ) {
            let id = ShortId::new(workspace(byte), sort, Position::new(position)).to_string();
            prop_assert_eq!(id.len(), 16);
            prop_assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let read = ShortId::read(workspace(byte), sort, &id);
            prop_assert_eq!(read, Some(Position::new(position)));
        }

        #[test]
        fn an_id_of_another_workspace_or_sort_is_nobodys(position in 0_u64..1_000_000) {
            let position = Position::new(position);
            let id = ShortId::new(workspace(1), Sort::Message, position).to_string();
            prop_assert_eq!(ShortId::read(workspace(2), Sort::Message, &id), None);
            for sort in &SORTS[1..] {
                prop_assert_eq!(ShortId::read(workspace(1), *sort, &id), None);
            }
        }

        #[test]
        fn an_id_with_another_letter_is_nobodys(
            position in 0_u64..1_000_000,
            place in 0..LENGTH,
            by in 1_usize..62,
        ) {
            let id = ShortId::new(workspace(1), Sort::Message, Position::new(position));
            let mut changed = id.0;
            let digit = DIGITS.iter().position(|digit| *digit == changed[place]);
            changed[place] = DIGITS[(digit.expect("one of them") + by) % 62];
            let changed = ShortId(changed).to_string();
            prop_assert_eq!(ShortId::read(workspace(1), Sort::Message, &changed), None);
        }

        #[test]
        fn no_text_is_mistaken_for_an_id(text in "[0-9A-Za-z]{16}|.{0,20}") {
            prop_assert_eq!(ShortId::read(workspace(1), Sort::Message, &text), None);
        }
    }
}
