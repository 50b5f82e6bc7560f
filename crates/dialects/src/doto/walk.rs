//! Lists whose pages have numbers: walked from their beginning, up to a bound.
//!
//! What is in them is not known here.

use causerie_core::Error;
use causerie_core::page::{Limit, Page};
use causerie_http::Members;

/// How many things are looked at for a page.
pub(super) const WALK_MAX: usize = 10_000;

/// The number of a page: 1 is the first.
pub(super) fn page_number(parameters: &Members) -> usize {
    let page = parameters.integer("page").unwrap_or(1).max(1);
    usize::try_from(page).unwrap_or(usize::MAX).min(WALK_MAX)
}

/// Things that fit, in the order of the list; of those that the list has a bounded number is looked at.
///
/// # Errors
/// Those of the list.
pub(super) fn walk<T, C>(
    mut list: impl FnMut(Option<C>, Limit) -> Result<Page<T, C>, Error>,
    fits: impl Fn(&T) -> bool,
    mut skip: usize,
    take: usize,
) -> Result<Vec<T>, Error> {
    let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
    let (mut all, mut looked_at, mut cursor) = (Vec::new(), 0, None);
    while all.len() < take && looked_at < WALK_MAX {
        let page = list(cursor, limit)?;
        looked_at += limit.get();
        for one in page.items.into_iter().filter(&fits) {
            if skip > 0 {
                skip -= 1;
            } else if all.len() < take {
                all.push(one);
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    Ok(all)
}
