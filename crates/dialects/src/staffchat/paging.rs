//! Pages: what is asked for, in the words of the product, and the links from one page to the next.
//!
//! How far a list may be walked by page numbers is bounded here; what is on a page is not known.

use causerie_core::page::{Limit, Page, Place, cursor};
use causerie_core::{Error, Invalid};
use causerie_http::Members;
use causerie_http::extract::Call;
use serde::Serialize;

use super::wire::{LinksView, NumberMeta, PageView};

/// How many items may lie before a page that is asked for by its number. The links lead further.
const SKIPPED_MAX: u64 = 1_000;

/// A page that is asked for by number. The link to the next one says where it begins as well, which costs less.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<P> {
    pub(super) limit: Limit,
    pub(super) page: u64,
    pub(super) cursor: Option<P>,
}

/// The parameter `limit`.
pub(super) fn limit(query: &Members, usual: u64) -> Limit {
    let asked = query.integer("limit");
    let asked = asked.map_or(usual, |asked| u64::try_from(asked).unwrap_or(0));
    query.note("limit", Limit::new(asked)).unwrap_or_default()
}

/// The parameter `page`, from 1.
pub(super) fn page(query: &Members) -> Option<u64> {
    let asked = query.integer("page")?;
    let fits = u64::try_from(asked).ok().filter(|page| *page > 0);
    let expected = Invalid::new("expected a whole number from 1");
    query.note("page", fits.ok_or(expected))
}

impl<P: Place + Copy> Asked<P> {
    /// Reads the parameters `limit`, `page` and `cursor`.
    pub(super) fn read(query: &Members, usual: u64) -> Self {
        let asked = Self {
            limit: limit(query, usual),
            page: page(query).unwrap_or(1),
            cursor: query.parsed("cursor", cursor::read),
        };
        asked.bounded(query)
    }

    /// The same page, unless it is too far away to be walked to.
    pub(super) fn bounded(self, query: &Members) -> Self {
        if self.skipped() > SKIPPED_MAX {
            let problem = "expected an earlier page; follow the links to go further";
            query.tell("page", &Invalid::new(problem));
        }
        self
    }

    /// How many items lie before it that are still to be passed.
    pub(super) fn skipped(&self) -> u64 {
        match self.cursor {
            Some(_) => 0,
            None => self.before(),
        }
    }

    /// How many items lie before it.
    fn before(&self) -> u64 {
        let limit = u64::try_from(self.limit.get()).unwrap_or(u64::MAX);
        (self.page - 1).saturating_mul(limit)
    }

    /// Goes to the page, in steps of as many items as one page may have.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub(super) fn walk<T>(
        &self,
        mut fetch: impl FnMut(Option<P>, Limit) -> Result<Page<T, P>, Error>,
    ) -> Result<Page<T, P>, Error> {
        let (mut at, mut left) = (self.cursor, self.skipped());
        while left > 0 {
            let step = Limit::new(left.min(u64::from(Limit::MAX))).unwrap_or_default();
            let passed = fetch(at, step)?;
            left -= u64::try_from(step.get()).unwrap_or(left);
            at = passed.next;
            if at.is_none() {
                return Ok(Page {
                    items: Vec::new(),
                    next: None,
                });
            }
        }
        fetch(at, self.limit)
    }

    /// The page as it is shown. `kept` are the parameters that links repeat.
    pub(super) fn view<T: Serialize>(
        &self,
        call: &Call,
        kept: &[(&str, String)],
        data: Vec<T>,
        next: Option<P>,
    ) -> PageView<T, NumberMeta> {
        let path = path_of(call);
        let link = |page: u64, at: Option<&P>| {
            let mut query = kept.to_vec();
            query.push(("limit", self.limit.get().to_string()));
            query.push(("page", page.to_string()));
            query.extend(at.map(|at| ("cursor", cursor::write(at))));
            with_query(&path, &query)
        };
        let shown = u64::try_from(data.len()).unwrap_or(0);
        let before = self.before();
        PageView {
            data,
            links: LinksView {
                first: Some(link(1, None)),
                last: None,
                prev: (self.page > 1).then(|| link(self.page - 1, None)),
                next: next.map(|at| link(self.page + 1, Some(&at))),
            },
            meta: NumberMeta {
                current_page: self.page,
                from: (shown > 0).then_some(before + 1),
                per_page: self.limit.get(),
                to: (shown > 0).then_some(before + shown),
                path,
            },
        }
    }
}

/// The absolute address of the list that was asked for.
pub(super) fn path_of(call: &Call) -> String {
    call.base_url() + call.request().path().trim_end_matches('/')
}

/// An address with parameters.
pub(super) fn with_query(path: &str, query: &[(&str, String)]) -> String {
    // Pairs of texts are always written.
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    format!("{path}?{query}")
}

/// The absolute address that everything of this surface is under, the way the client came.
pub(super) fn root_of(call: &Call) -> String {
    let root = call.mount_url();
    let prefix = root.strip_prefix(&call.base_url()).unwrap_or_default();
    let path = call.request().path().strip_prefix(prefix);
    match path {
        Some(path) if path.starts_with("/api/") => root + "/api",
        _ => root,
    }
}
