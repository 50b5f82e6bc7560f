//! Pages of Protocol: a limit, and the id after or before which they are.
//!
//! Which items there are is known to handlers.

use std::collections::VecDeque;

use causerie_core::act::WALK_MAX;
use causerie_core::page::{Limit, Page};
use causerie_core::{Error, Fault, Invalid};
use causerie_http::members::{Members, integer};
use causerie_http::{HttpResponse, Rendered, StatusCode};
use serde::Serialize;

use super::problem::unknown;
use super::wire::ListView;

const LIMIT_DEFAULT: u64 = 10;
/// A guess of how long one item is.
const ITEM_BYTES: usize = 512;

/// On which side of an item a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Towards older ones.
    After,
    /// Towards newer ones.
    Before,
}

impl Side {
    /// The parameter that says so.
    pub(super) const fn parameter(self) -> &'static str {
        match self {
            Self::After => "starting_after",
            Self::Before => "ending_before",
        }
    }
}

/// Which page is asked for.
#[derive(Clone, Debug)]
pub(super) struct Paging {
    pub(super) limit: Limit,
    pub(super) from: Option<(Side, String)>,
}

impl Paging {
    /// Reads the parameters of a list; what is wrong with them is noted.
    pub(super) fn read(query: &Members) -> Self {
        let limit = query.maybe("limit", |raw| {
            Limit::new(u64::try_from(integer(raw)?).unwrap_or_default())
        });
        let after = query
            .text(Side::After.parameter())
            .map(|id| (Side::After, id));
        let before = query
            .text(Side::Before.parameter())
            .map(|id| (Side::Before, id));
        if after.is_some() && before.is_some() {
            let problem = Invalid::new("expected either starting_after or ending_before");
            query.tell(Side::Before.parameter(), &problem);
        }
        let default = || Limit::new(LIMIT_DEFAULT).unwrap_or_default();
        Self {
            limit: limit.unwrap_or_else(default),
            from: after.or(before),
        }
    }
}

/// A page as it was found, and whether there is more behind it.
#[derive(Debug)]
pub(super) struct Slice<T> {
    pub(super) items: Vec<T>,
    pub(super) has_more: bool,
}

impl<T> Slice<T> {
    /// A page that was walked to; one against the order is turned around.
    pub(super) fn of<C>(page: Page<T, C>, side: Option<Side>) -> Self {
        let mut items = page.items;
        if side == Some(Side::Before) {
            items.reverse();
        }
        Self {
            items,
            has_more: page.next.is_some(),
        }
    }

    /// The page as it is shown.
    ///
    /// # Errors
    /// Those of the view of an item.
    pub(super) fn show<'a, V: Serialize>(
        &'a self,
        view: impl Fn(&'a T) -> Result<V, Fault>,
    ) -> Result<HttpResponse, Fault> {
        let list = ListView {
            has_more: self.has_more,
            data: self.items.iter().map(view).collect::<Result<_, _>>()?,
        };
        let size_bytes = ITEM_BYTES * (list.data.len() + 1);
        Ok(Rendered::json(StatusCode::OK, &list, size_bytes).into_response())
    }
}

/// One thing, shown with a status.
pub(super) fn show<V: Serialize>(status: StatusCode, view: &V) -> Rendered {
    Rendered::json(status, view, ITEM_BYTES)
}

/// A page of a list that can be walked from newer to older only: what is before an item is found by walking up to it.
///
/// # Errors
/// `validation_failed` at `ending_before` when that is not among the newest [`WALK_MAX`].
pub(super) fn slice<T, C: PartialEq>(
    limit: Limit,
    from: Option<(Side, C)>,
    place: impl Fn(&T) -> C,
    mut page: impl FnMut(Option<C>, Limit) -> Result<Page<T, C>, Error>,
) -> Result<Slice<T>, Error> {
    let end = match from {
        None => return Ok(Slice::of(page(None, limit)?, None)),
        Some((Side::After, place)) => return Ok(Slice::of(page(Some(place), limit)?, None)),
        Some((Side::Before, end)) => end,
    };
    let (mut kept, mut cursor, mut walked) = (VecDeque::new(), None, 0);
    while walked < WALK_MAX {
        let found = page(
            cursor.take(),
            Limit::new(u64::from(Limit::MAX)).unwrap_or_default(),
        )?;
        walked += usize::from(Limit::MAX);
        for item in found.items {
            if place(&item) == end {
                let has_more = kept.len() > limit.get();
                kept.drain(..usize::from(has_more));
                let items = kept.into();
                return Ok(Slice { items, has_more });
            }
            if kept.len() > limit.get() {
                kept.pop_front();
            }
            kept.push_back(item);
        }
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    Err(unknown(Side::Before.parameter()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers from 250 down to 1, in pages.
    fn numbers(cursor: Option<u32>, limit: Limit) -> Page<u32, u32> {
        let from = cursor.unwrap_or(251);
        let found = (1..from).rev().take(limit.probe()).collect();
        Page::cut(found, limit, |last| *last)
    }

    fn take(limit: u64, from: Option<(Side, u32)>) -> (Vec<u32>, bool) {
        let limit = Limit::new(limit).expect("a limit");
        let slice = slice(
            limit,
            from,
            |one| *one,
            |from, limit| Ok(numbers(from, limit)),
        )
        .expect("a page");
        (slice.items, slice.has_more)
    }

    #[test]
    fn pages_are_after_and_before_an_item_newest_first() {
        assert_eq!(take(2, None), (vec![250, 249], true));
        assert_eq!(take(2, Some((Side::After, 3))), (vec![2, 1], false));
        assert_eq!(take(2, Some((Side::Before, 20))), (vec![22, 21], true));
        assert_eq!(take(2, Some((Side::Before, 248))), (vec![250, 249], false));
        assert_eq!(take(3, Some((Side::Before, 249))), (vec![250], false));
        assert_eq!(take(3, Some((Side::Before, 250))), (vec![], false));
        let limit = Limit::new(3).expect("a limit");
        let missing = slice(
            limit,
            Some((Side::Before, 999)),
            |one| *one,
            |from, limit| Ok(numbers(from, limit)),
        );
        assert!(missing.is_err());
    }
}
