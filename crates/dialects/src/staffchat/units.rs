//! Units: nothing but what users say that they belong to.
//!
//! A unit is known as soon as a user belongs to it, and has the number of its name.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use causerie_core::act::list_participants;
use causerie_core::page::Limit;
use causerie_core::port::{ParticipantFilter, Snapshot};
use causerie_core::{Context, Error, Invalid, Scope};
use causerie_http::extract::Call;
use causerie_http::members::{integer, text};
use causerie_http::{Answered, Rendered};
use serde_json::value::RawValue;

use super::paging::path_of;
use super::person::place;
use super::wire::{LinksView, NumberMeta, PageView};

/// How many pages of users are looked through for their units.
const PAGES_MAX: usize = 10;
/// About how long a unit is on the wire.
const UNIT_BYTES: usize = 64;

/// The names of units by their numbers.
#[derive(Debug, Default)]
pub(super) struct Units(BTreeMap<u32, Arc<str>>);

/// Whether a unit is given by its number: a text is its name.
pub(super) fn is_number(raw: &RawValue) -> bool {
    raw.get().starts_with(|first: char| first.is_ascii_digit())
}

impl Units {
    /// The units of the thousand users who came last.
    ///
    /// # Errors
    /// `scope_missing`.
    pub(super) fn find(snapshot: &mut dyn Snapshot, cx: &Context) -> Result<Self, Error> {
        let (mut all, mut at) = (BTreeMap::new(), None);
        let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
        for _ in 0..PAGES_MAX {
            let filter = ParticipantFilter::default();
            let page = list_participants(snapshot, cx, &filter, at, limit)?;
            let units = page.items.iter();
            let units = units.filter_map(|one| one.profile.unit.clone());
            all.extend(units.map(|name| (place(&name).id, name)));
            at = page.next;
            if at.is_none() {
                break;
            }
        }
        Ok(Self(all))
    }

    /// The name of a unit that is given by its name or its number.
    ///
    /// # Errors
    /// When there is none with this number.
    pub(super) fn named(&self, raw: &RawValue) -> Result<String, Invalid> {
        if !is_number(raw) {
            return text(raw);
        }
        let number = integer(raw)
            .ok()
            .and_then(|number| u32::try_from(number).ok());
        let name = number.and_then(|number| self.0.get(&number));
        let expected = "expected the number of a unit that a user belongs to, or the name of one";
        name.map(|name| (**name).to_owned())
            .ok_or(Invalid::new(expected))
    }
}

/// Lists units.
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let units = call.read(Units::find).await?;
    let data: Vec<_> = units.0.values().map(|name| place(name)).collect();
    let (count, path) = (data.len(), path_of(&call));
    let last = u64::try_from(count).ok().filter(|last| *last > 0);
    let view = PageView {
        data,
        links: LinksView {
            first: Some(path.clone()),
            ..LinksView::default()
        },
        meta: NumberMeta {
            current_page: 1,
            from: last.map(|_| 1),
            per_page: count,
            to: last,
            path,
        },
    };
    Ok(Rendered::json(StatusCode::OK, &view, UNIT_BYTES * (count + 1)).into_response())
}
