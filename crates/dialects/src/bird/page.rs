//! Pages as Bird has them: a limit, a token, and an order that can be reversed.
//!
//! A page may be larger than one of the core's, and then is several of those.

use causerie_core::page::{Limit, Order, Page, Place, cursor};
use causerie_core::{Error, Invalid};
use causerie_http::Members;
use causerie_http::members::integer;

use super::value;

/// How many pages of the core one page is made of: what is passed over on the way costs pages as well.
const PAGES_MAX: usize = 20;
/// How many characters a token may have.
const TOKEN_CHARS_MAX: usize = 8_000;

/// How much of a list is asked for, from where, in which order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<P> {
    limit: usize,
    pub(super) order: Order,
    cursor: Option<P>,
}

impl<P: Place> Asked<P> {
    /// Whether the oldest come first.
    pub(super) fn is_reversed(&self) -> bool {
        self.order == Order::Ascending
    }

    /// Notes that a list has one order only.
    pub(super) fn refuse_reversed(&self, query: &Members) {
        if self.is_reversed() {
            let expected = "expected false: this list has one order";
            query.tell("reverse", &Invalid::new(expected));
        }
    }

    /// Reads `limit`, `pageToken` and `reverse`; what is wrong is noted.
    pub(super) fn read(query: &Members, limit: u64, limit_max: u64) -> Self {
        let limit = query
            .maybe("limit", |raw| limit_of(integer(raw)?, limit_max))
            .or(usize::try_from(limit).ok());
        let reverse = query.maybe("reverse", |raw| match raw.get() {
            "\"true\"" => Ok(Order::Ascending),
            "\"false\"" => Ok(Order::Descending),
            _ => Err(Invalid::new("expected true or false")),
        });
        let token = query.maybe("pageToken", |raw| {
            let token = value::short(raw, TOKEN_CHARS_MAX)?;
            let expected = "expected the nextPageToken of an earlier page of this list";
            cursor::read(&token).map_err(|_| Invalid::new(expected))
        });
        Self {
            limit: limit.unwrap_or_default(),
            order: reverse.unwrap_or(Order::Descending),
            cursor: token,
        }
    }
}

fn limit_of(limit: i64, limit_max: u64) -> Result<usize, Invalid> {
    let inside = u64::try_from(limit)
        .ok()
        .filter(|limit| (1..=limit_max).contains(limit));
    let limit = inside.and_then(|limit| usize::try_from(limit).ok());
    limit.ok_or_else(|| Invalid::new(format!("expected a whole number from 1 to {limit_max}")))
}

/// What was found, and where to go on.
#[derive(Debug)]
pub(super) struct Walked<T, P> {
    pub(super) items: Vec<T>,
    next: Option<P>,
}

impl<T, P: Place> Walked<T, P> {
    /// Where to go on, as a token; none at the end.
    pub(super) fn next_token(&self) -> Option<String> {
        self.next.as_ref().map(cursor::write)
    }
}

/// Goes on from page to page of the core until there are as many items as are asked for.
pub(super) fn walk<T, P: Place + Copy>(
    asked: &Asked<P>,
    mut list: impl FnMut(Option<P>, Limit) -> Result<Page<T, P>, Error>,
) -> Result<Walked<T, P>, Error> {
    let (mut items, mut next) = (Vec::new(), asked.cursor);
    for _ in 0..PAGES_MAX {
        let wanted = asked
            .limit
            .saturating_sub(items.len())
            .min(usize::from(Limit::MAX));
        let Ok(limit) = Limit::new(u64::try_from(wanted).unwrap_or(0)) else {
            break;
        };
        let page = list(next, limit)?;
        items.extend(page.items);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    Ok(Walked { items, next })
}
