//! Which conversations a page shows, and how many there are.
//!
//! How lists are walked is in `walk`.

use causerie_core::act::{
    CONVERSATIONS_COUNTED_MAX, count_conversations, find_conversations, list_conversations,
    search_messages,
};
use causerie_core::page::Limit;
use causerie_core::port::{ConversationFilter, MessageFilter, Snapshot};
use causerie_core::search::SearchQuery;
use causerie_core::tag::TagName;
use causerie_core::{
    ChannelId, Context, Conversation, ConversationId, Error, ParticipantId, Status, Subject,
};
use causerie_http::Members;
use causerie_http::members::{integer, text};
use serde::Serialize;

use super::around::placed;
use super::walk::{WALK_MAX, page_number, walk};

/// How many conversations a page has.
pub(super) const PAGE: usize = 25;

/// What each state is called here, and what it is.
pub(super) const STATES: [(&str, &[Status]); 4] = [
    ("open", &[Status::Open]),
    ("resolved", &[Status::Closed, Status::Archived]),
    ("pending", &[Status::Pending]),
    ("snoozed", &[Status::Snoozed]),
];

/// By who takes care of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Care {
    All,
    Me,
    Nobody,
    Somebody,
}

/// Where conversations are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Workspace,
    Channel(ChannelId),
    /// In an inbox that there is not.
    Nothing,
}

/// By what they are sorted; the last always comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Activity,
    Created,
    Updated,
}

/// Which conversations a client asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    states: &'static [Status],
    care: Care,
    inbox: Option<i64>,
    labels: Vec<TagName>,
    words: Option<SearchQuery>,
    sort: Sort,
    page: usize,
}

/// How many conversations there are, by who takes care of them.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Counts {
    #[serde(rename = "all_count")]
    all: usize,
    #[serde(rename = "mine_count")]
    mine: usize,
    #[serde(rename = "unassigned_count")]
    unassigned: usize,
    #[serde(rename = "assigned_count")]
    assigned: usize,
}

/// What a page shows.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) conversations: Vec<Conversation>,
    pub(super) counts: Counts,
}

/// Words that are looked for in messages; a text without any is none.
fn words(parameters: &Members) -> Option<SearchQuery> {
    let given = parameters.maybe("q", text)?;
    let given = given.trim();
    if given.is_empty() {
        return None;
    }
    parameters.note("q", SearchQuery::parse(given))
}

impl Asked {
    /// Reads it, or notes what is wrong.
    pub(super) fn read(parameters: &Members) -> Self {
        let mut states = STATES.to_vec();
        states.push(("all", &[]));
        let states = parameters.word("status", &states);
        let care = [
            ("all", Care::All),
            ("me", Care::Me),
            ("unassigned", Care::Nobody),
            ("assigned", Care::Somebody),
        ];
        let sorts = [
            ("last_activity_at", Sort::Activity),
            ("created_at", Sort::Created),
            ("updated_at", Sort::Updated),
        ];
        let labels = parameters.texts("labels").unwrap_or_default();
        let labels = labels.iter().flat_map(|one| one.split(','));
        let labels = labels.map(str::trim).filter(|one| !one.is_empty());
        Self {
            states: states.unwrap_or(&[Status::Open]),
            care: parameters.word("assignee_type", &care).unwrap_or(Care::All),
            inbox: parameters.maybe("inbox_id", integer),
            labels: labels
                .filter_map(|one| parameters.note("labels", TagName::parse(one)))
                .collect(),
            words: words(parameters),
            sort: parameters.word("sort", &sorts).unwrap_or(Sort::Activity),
            page: page_number(parameters),
        }
    }

    /// The page, as somebody sees it as whom a key speaks.
    ///
    /// # Errors
    /// Those of the use cases.
    pub(super) fn find(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        voice: ParticipantId,
    ) -> Result<Page, Error> {
        let channel = match self.within(snapshot, cx)? {
            Within::Workspace => None,
            Within::Channel(id) => Some(id),
            Within::Nothing => return Ok(Page::default()),
        };
        if let Some(words) = &self.words {
            return self.search(snapshot, cx, words, channel, voice);
        }
        let filter = self.filter(channel, self.care, voice);
        let fits = |one: &Conversation| self.fits(one) && self.cares(one, voice);
        let list = |cursor, limit| list_conversations(snapshot, cx, None, &filter, cursor, limit);
        let conversations = match self.sort {
            Sort::Activity => {
                let skip = (self.page - 1).saturating_mul(PAGE);
                walk(list, fits, skip, PAGE)?
            }
            sort => {
                let mut all = walk(list, fits, 0, WALK_MAX)?;
                all.sort_by_key(|one| {
                    let at = if sort == Sort::Created {
                        one.created_at
                    } else {
                        one.updated_at
                    };
                    std::cmp::Reverse((at, one.number))
                });
                let skip = (self.page - 1).saturating_mul(PAGE);
                all.into_iter().skip(skip).take(PAGE).collect()
            }
        };
        let counts = self.count(snapshot, cx, channel, voice)?;
        Ok(Page {
            conversations,
            counts,
        })
    }

    /// Those of them in which something with these words was said, as far as the newest hits tell.
    fn search(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        words: &SearchQuery,
        channel: Option<ChannelId>,
        voice: ParticipantId,
    ) -> Result<Page, Error> {
        let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
        let filter = MessageFilter {
            channel,
            ..MessageFilter::everything()
        };
        let hits = search_messages(snapshot, cx, words, &filter, None, limit)?;
        let of = hits.items.iter().map(|found| found.seen.conversation);
        let of: Vec<ConversationId> = of.collect();
        let found = find_conversations(snapshot, cx, &of)?.into_values();
        let mut all: Vec<Conversation> = found.filter(|one| self.fits(one)).collect();
        all.sort_by_key(|one| std::cmp::Reverse((one.activity_at(), one.number)));
        let counts = Counts::of(&all, voice);
        let cared = all.into_iter().filter(|one| self.cares(one, voice));
        let skip = (self.page - 1).saturating_mul(PAGE);
        Ok(Page {
            conversations: cared.skip(skip).take(PAGE).collect(),
            counts,
        })
    }

    /// How many there are.
    ///
    /// # Errors
    /// Those of the use cases.
    pub(super) fn counts(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        voice: ParticipantId,
    ) -> Result<Counts, Error> {
        if self.words.is_some() {
            return Ok(self.find(snapshot, cx, voice)?.counts);
        }
        match self.within(snapshot, cx)? {
            Within::Workspace => self.count(snapshot, cx, None, voice),
            Within::Channel(id) => self.count(snapshot, cx, Some(id), voice),
            Within::Nothing => Ok(Counts::default()),
        }
    }

    /// Where to look.
    fn within(&self, snapshot: &mut dyn Snapshot, cx: &Context) -> Result<Within, Error> {
        let Some(number) = self.inbox else {
            return Ok(Within::Workspace);
        };
        let found = match u64::try_from(number) {
            Ok(number) => placed(snapshot, cx, number)?,
            Err(_) => None,
        };
        Ok(match found {
            Some(Subject::Channel(id)) => Within::Channel(id),
            _ => Within::Nothing,
        })
    }

    /// As much as the storage can look up; the rest is looked at.
    fn filter(
        &self,
        channel: Option<ChannelId>,
        care: Care,
        voice: ParticipantId,
    ) -> ConversationFilter {
        ConversationFilter {
            status: match self.states {
                [one] => Some(*one),
                _ => None,
            },
            channel,
            assignee: match care {
                Care::Me => Some(Some(voice)),
                Care::Nobody => Some(None),
                Care::All | Care::Somebody => None,
            },
            label: match self.labels.as_slice() {
                [one] => Some(one.clone()),
                _ => None,
            },
            ..ConversationFilter::default()
        }
    }

    /// Whether a conversation is one of them, whoever takes care of it.
    fn fits(&self, one: &Conversation) -> bool {
        let state = self.states.is_empty() || self.states.contains(&one.status);
        let labelled = self.labels.iter().any(|label| one.labels.contains(label));
        state && (self.labels.is_empty() || labelled)
    }

    fn cares(&self, one: &Conversation, voice: ParticipantId) -> bool {
        match self.care {
            Care::All => true,
            Care::Me => one.assignee == Some(voice),
            Care::Nobody => one.assignee.is_none(),
            Care::Somebody => one.assignee.is_some(),
        }
    }

    fn count(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        channel: Option<ChannelId>,
        voice: ParticipantId,
    ) -> Result<Counts, Error> {
        if self.labels.len() > 1 {
            let filter = self.filter(channel, Care::All, voice);
            let list =
                |cursor, limit| list_conversations(snapshot, cx, None, &filter, cursor, limit);
            let all = walk(list, |one| self.fits(one), 0, WALK_MAX)?;
            return Ok(Counts::of(&all, voice));
        }
        let each = if self.states.is_empty() {
            vec![None]
        } else {
            self.states.iter().copied().map(Some).collect()
        };
        let mut of = |care| -> Result<usize, Error> {
            let mut count = 0;
            for status in &each {
                let filter = ConversationFilter {
                    status: *status,
                    ..self.filter(channel, care, voice)
                };
                count += count_conversations(snapshot, cx, None, &filter)?;
            }
            Ok(count.min(CONVERSATIONS_COUNTED_MAX))
        };
        let (all, unassigned) = (of(Care::All)?, of(Care::Nobody)?);
        Ok(Counts {
            all,
            mine: of(Care::Me)?,
            unassigned,
            assigned: all.saturating_sub(unassigned),
        })
    }
}

impl Counts {
    /// Counts what was found.
    pub(super) fn of(all: &[Conversation], voice: ParticipantId) -> Self {
        let with = |wanted: fn(&Conversation, ParticipantId) -> bool| {
            all.iter().filter(|one| wanted(one, voice)).count()
        };
        let unassigned = with(|one, _| one.assignee.is_none());
        Self {
            all: all.len(),
            mine: with(|one, voice| one.assignee == Some(voice)),
            unassigned,
            assigned: all.len() - unassigned,
        }
    }
}
