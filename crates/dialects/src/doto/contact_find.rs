//! Finds contacts: by what they are known by in an inbox, by words, page by page.
//!
//! How lists are walked is in `walk`.

use std::cmp::Ordering;

use causerie_core::act::list_participants;
use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::page::Limit;
use causerie_core::port::{ParticipantFilter, Snapshot};
use causerie_core::{ChannelId, Context, Error, Participant, ParticipantKind};

use super::conversation_view::channels;
use super::inbox_view::source;
use super::walk::{WALK_MAX, walk};

/// Those of a kind who take part.
pub(super) fn present(kind: ParticipantKind) -> ParticipantFilter {
    ParticipantFilter {
        kind: Some(kind),
        archived: Some(false),
        ..ParticipantFilter::default()
    }
}

/// The contact who is known by this in an inbox, or in any if none is named.
///
/// # Errors
/// Those of [`list_participants`].
pub(super) fn known_by(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    channel: Option<ChannelId>,
    source_id: &str,
) -> Result<Option<(ChannelId, Participant)>, Error> {
    let mut within: Vec<ChannelId> = match channel {
        Some(channel) => vec![channel],
        None => channels(snapshot, cx)?.into_keys().collect(),
    };
    within.sort_unstable();
    for channel in within {
        let Ok(identifier) = source(channel, source_id) else {
            return Ok(None);
        };
        if let Some(found) = holder(snapshot, cx, &identifier)? {
            return Ok(Some((channel, found)));
        }
    }
    Ok(None)
}

/// Whoever has an identifier.
///
/// # Errors
/// Those of [`list_participants`].
pub(super) fn holder(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    identifier: &Identifier,
) -> Result<Option<Participant>, Error> {
    let filter = ParticipantFilter {
        identifier: Some(identifier.clone()),
        ..ParticipantFilter::default()
    };
    let one = Limit::new(1).unwrap_or_default();
    let found = list_participants(snapshot, cx, &filter, None, one)?;
    Ok(found.items.into_iter().next())
}

/// By what contacts are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortKey {
    Name,
    Email,
    Phone,
    Created,
}

/// In which order contacts are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    key: SortKey,
    descending: bool,
}

impl Sort {
    /// The order in which the storage has them: the newest first.
    pub(super) const NATURAL: Self = Self {
        key: SortKey::Created,
        descending: true,
    };

    /// Every word for an order; nobody knows when somebody was last active, so that counts as when they came.
    pub(super) const WORDS: [(&'static str, Self); 10] = [
        ("name", Self::by(SortKey::Name, false)),
        ("-name", Self::by(SortKey::Name, true)),
        ("email", Self::by(SortKey::Email, false)),
        ("-email", Self::by(SortKey::Email, true)),
        ("phone_number", Self::by(SortKey::Phone, false)),
        ("-phone_number", Self::by(SortKey::Phone, true)),
        ("created_at", Self::by(SortKey::Created, false)),
        ("-created_at", Self::by(SortKey::Created, true)),
        ("last_activity_at", Self::by(SortKey::Created, false)),
        ("-last_activity_at", Self::by(SortKey::Created, true)),
    ];

    const fn by(key: SortKey, descending: bool) -> Self {
        Self { key, descending }
    }

    fn compare(self, one: &Participant, other: &Participant) -> Ordering {
        let reached = |of: &Participant, key| {
            let own = of.identifiers.first(key);
            own.map(|own| own.value().to_owned())
        };
        // Who has none comes last.
        let known = |key| match (reached(one, key), reached(other, key)) {
            (Some(one), Some(other)) => one.cmp(&other),
            (one, other) => other.is_some().cmp(&one.is_some()),
        };
        let order = match self.key {
            SortKey::Name => {
                let small = |of: &Participant| of.display_name.as_str().to_lowercase();
                small(one).cmp(&small(other))
            }
            SortKey::Email => known(IdentifierKey::EMAIL),
            SortKey::Phone => known(IdentifierKey::PHONE),
            SortKey::Created => one.id.cmp(&other.id),
        };
        if self.descending {
            order.reverse()
        } else {
            order
        }
    }

    /// A page of contacts who fit, in this order.
    ///
    /// # Errors
    /// Those of [`list_participants`].
    pub(super) fn page(
        self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        fits: impl Fn(&Participant) -> bool,
        skip: usize,
        take: usize,
    ) -> Result<Vec<Participant>, Error> {
        let filter = present(ParticipantKind::Contact);
        let list = |cursor, limit| list_participants(snapshot, cx, &filter, cursor, limit);
        if self == Self::NATURAL {
            return walk(list, fits, skip, take);
        }
        let mut all = walk(list, fits, 0, WALK_MAX)?;
        all.sort_by(|one, other| self.compare(one, other));
        Ok(all.into_iter().skip(skip).take(take).collect())
    }
}

/// Whether a contact has these words in name, address, number or identifier, whatever their case.
pub(super) fn says(one: &Participant, words: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(words);
    let reached = |key| one.identifiers.first(key).map(Identifier::value);
    has(one.display_name.as_str())
        || reached(IdentifierKey::EMAIL).is_some_and(has)
        || reached(IdentifierKey::PHONE).is_some_and(has)
        || one
            .external_id
            .as_ref()
            .is_some_and(|own| has(own.as_str()))
}
