//! How people are shown: from what is known of a participant, and nothing made up.

use std::collections::BTreeMap;

use causerie_core::media::Preset;
use causerie_core::{Member, Participant, Timestamp};

use super::wire::{PersonView, PlaceView};

const MICROS: i64 = 1_000_000;

/// Whole seconds since 1970.
pub(super) fn seconds(at: Timestamp) -> i64 {
    at.unix_micros().div_euclid(MICROS)
}

/// Somebody, by the number that they have here.
pub(super) fn person(of: &Participant, id: u64) -> PersonView<'_> {
    let profile = &of.profile;
    let (title, unit) = (profile.title.as_deref(), profile.unit.as_deref());
    let department = profile.department.as_deref();
    PersonView {
        id,
        first_name: profile.first_name.as_deref().unwrap_or_default(),
        last_name: profile.last_name.as_deref().unwrap_or_default(),
        name: of.display_name.as_str(),
        title,
        active: of.archived_at.is_none(),
        avatar: profile.avatar_url.as_deref().map(avatar),
        archived_at: of.archived_at.map(seconds),
        participant_type: None,
        subtext: subtext(title, unit, department),
        department: department.map(place),
        unit: unit.map(place),
    }
}

/// The same in a conversation, where they may have left.
pub(super) fn participant<'a>(
    of: &'a Participant,
    id: u64,
    member: Option<&Member>,
) -> PersonView<'a> {
    PersonView {
        participant_type: Some(participant_type(member)),
        ..person(of, id)
    }
}

/// What a member is called who may do what an administrator may.
pub(super) const ADMIN: &str = "admin";
/// What everybody else is called.
pub(super) const NORMAL: &str = "normal";

/// `admin` for owners as well.
pub(super) fn participant_type(member: Option<&Member>) -> &'static str {
    match member {
        Some(member) if member.role.moderates() => ADMIN,
        _ => NORMAL,
    }
}

/// There is one picture, whatever size is asked for.
fn avatar(url: &str) -> BTreeMap<&'static str, &str> {
    let presets = [
        Preset::Detail,
        Preset::Listing,
        Preset::Thumbnail,
        Preset::CropLarge,
        Preset::CropMedium,
        Preset::CropSmall,
        Preset::Chat,
        Preset::LargeSquare,
        Preset::SmallSquare,
        Preset::Portrait,
        Preset::Landscape,
    ];
    presets.map(|preset| (preset.as_str(), url)).into()
}

/// `Manager - HQ (Sales)`, without what is missing and its punctuation.
fn subtext(title: Option<&str>, unit: Option<&str>, department: Option<&str>) -> String {
    let head: Vec<&str> = title.into_iter().chain(unit).collect();
    let head = head.join(" - ");
    match department {
        None => head,
        Some(department) if head.is_empty() => format!("({department})"),
        Some(department) => format!("{head} ({department})"),
    }
}

/// A unit or a department. It is nothing but its name here, so its number is made of the name: the same name is the
/// same number, everywhere and for ever.
pub(super) fn place(name: &str) -> PlaceView<'_> {
    PlaceView {
        id: number_of(name),
        name,
    }
}

/// FNV-1a of 32 bits, the highest of which is left out: it fits into whatever a client keeps numbers in.
fn number_of(name: &str) -> u32 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    (name.bytes().fold(0x811C_9DC5, step) & 0x7FFF_FFFF).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtext_leaves_out_what_is_missing() {
        for (title, unit, department, expected) in [
            (
                Some("Manager"),
                Some("HQ"),
                Some("Sales"),
                "Manager - HQ (Sales)",
            ),
            (Some("Manager"), Some("HQ"), None, "Manager - HQ"),
            (Some("Manager"), None, Some("Sales"), "Manager (Sales)"),
            (None, Some("HQ"), Some("Sales"), "HQ (Sales)"),
            (None, None, Some("Sales"), "(Sales)"),
            (None, None, None, ""),
        ] {
            assert_eq!(subtext(title, unit, department), expected);
        }
    }

    #[test]
    fn a_place_has_the_number_of_its_name() {
        assert_eq!(number_of("HQ"), number_of("HQ"));
        assert_ne!(number_of("HQ"), number_of("Sales"));
        // The reference value of FNV-1a for "a" is E40C292C.
        assert_eq!(number_of("a"), 0x640C_292C);
    }
}
