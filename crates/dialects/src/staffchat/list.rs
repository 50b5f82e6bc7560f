//! Lists of messages: newest first, onward in both directions, around a message, or by words.
//!
//! The cursors are opaque to clients: a letter for the direction, and a place.

use actix_web::http::StatusCode;
use causerie_core::act::{
    ListMessages, find_conversation, find_message, list_messages, search_messages,
};
use causerie_core::page::{Limit, Order, Page, Place, cursor};
use causerie_core::port::{MessageFilter, SearchPlace, Snapshot, Tombstones};
use causerie_core::receipt::Seen;
use causerie_core::search::SearchQuery;
use causerie_core::{
    ConversationId, Error, Invalid, MessageKind, ParticipantId, Refusal, Scope, Seq,
};
use causerie_http::extract::Call;
use causerie_http::{Answered, Members, Problem, Rendered};

use super::facts::{Beside, Facts, Scene};
use super::messages::shelf;
use super::paging::{Asked, limit, page, path_of, with_query};
use super::wire::{CursorMeta, LinksView, PageView};
use super::you::{You, path_number, read};

/// How many messages a page has unless it is said.
const USUAL: u64 = 25;
/// About how long a message is on the wire.
const MESSAGE_BYTES: usize = 1_024;

/// Where a page begins.
#[derive(Clone, Debug)]
enum Start {
    /// At the newest message, or as many pages further as are to be skipped.
    Newest(Asked<Seq>),
    /// Before this place.
    Older(Seq),
    /// After this place.
    Newer(Seq),
    /// In the middle of its neighbours.
    Around(u64, &'static str),
    /// At the first, or next, message with these words.
    Found(SearchQuery, Option<SearchPlace>),
}

/// A page of a list, with the cursors of its neighbours.
#[derive(Debug, Default)]
struct Listed {
    seen: Vec<Seen>,
    next: Option<String>,
    prev: Option<String>,
}

fn older(place: Seq) -> String {
    format!("o{}", cursor::write(&place))
}

fn newer(place: Seq) -> String {
    format!("n{}", cursor::write(&place))
}

fn found(place: SearchPlace) -> String {
    format!("f{}", cursor::write(&place))
}

fn after<P: Place>(text: &str, letter: char) -> Result<P, Invalid> {
    cursor::read(text.strip_prefix(letter).unwrap_or_default())
}

impl Start {
    fn read(query: &Members) -> (Self, Limit) {
        let limit = limit(query, USUAL);
        let asked = Asked::<Seq> {
            limit,
            page: page(query).unwrap_or(1),
            cursor: None,
        };
        if let Some(words) = query.text("query").filter(|words| !words.is_empty()) {
            let words = query.note("query", SearchQuery::parse(&words));
            let place = query.parsed("cursor", |text| after(text, 'f'));
            let newest = Self::Newest(asked);
            return (
                words.map_or(newest, |words| Self::Found(words, place)),
                limit,
            );
        }
        let at = query.parsed("cursor", |text| {
            let read = after(text, 'o').map(Self::Older);
            read.or_else(|_| after(text, 'n').map(Self::Newer))
        });
        let start = ["starter_message_id", "message"].into_iter();
        let start = start.filter_map(|name| {
            let number = u64::try_from(query.integer(name)?);
            let expected = |_| Invalid::new("expected the number of a message");
            let number = query.note(name, number.map_err(expected))?;
            Some(Self::Around(number, name))
        });
        let from = at.or_else(|| start.into_iter().next());
        (
            from.unwrap_or_else(|| Self::Newest(asked.bounded(query))),
            limit,
        )
    }
}

/// Lists messages.
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let of = path_number(&call, "conversation", Refusal::ConversationNotFound)?;
    let asked = asked(&call);
    let wanted = asked.as_ref().ok().cloned();
    let found = read(&call, move |snapshot, you| {
        let conversation = you.conversation_id(snapshot, of)?;
        let Some((from, limit)) = wanted else {
            let found = find_conversation(snapshot, &you.cx, conversation);
            return you.explain(snapshot, of, found).map(|_| None);
        };
        let listed = from.list(snapshot, you, conversation, limit);
        let listed = you.explain(snapshot, of, listed)?;
        let seen: Vec<&Seen> = listed.seen.iter().collect();
        let facts = Facts::load(snapshot, you, &seen, Beside::default())?;
        Ok(Some((listed, facts, you.me.id)))
    });
    let found = found.await?;
    let (_, limit) = asked?;
    let (listed, facts, me) = found.ok_or(Refusal::ConversationNotFound)?;
    Ok(render(&call, of, limit, &listed, (&facts, me)))
}

fn asked(call: &Call) -> Result<(Start, Limit), Problem> {
    let query = call.parameters()?;
    let asked = Start::read(&query);
    query.finish_with(Some(asked))
}

fn render(
    call: &Call,
    of: u64,
    limit: Limit,
    listed: &Listed,
    (facts, me): (&Facts, ParticipantId),
) -> causerie_http::HttpResponse {
    let base = call.base_url();
    let scene = Scene {
        facts,
        shelf: shelf(call, &base),
        me,
    };
    let path = path_of(call);
    let words = call.parameters().ok().and_then(|query| query.text("query"));
    let link = |cursor: &String| {
        let mut query = vec![
            ("limit", limit.get().to_string()),
            ("cursor", cursor.clone()),
        ];
        query.extend(words.clone().map(|words| ("query", words)));
        with_query(&path, &query)
    };
    let views = listed.seen.iter();
    let view = PageView {
        data: views.filter_map(|seen| scene.message(seen, of)).collect(),
        links: LinksView {
            prev: listed.prev.as_ref().map(link),
            next: listed.next.as_ref().map(link),
            ..LinksView::default()
        },
        meta: CursorMeta {
            per_page: limit.get(),
            next_cursor: listed.next.clone(),
            prev_cursor: listed.prev.clone(),
            path: path.clone(),
        },
    };
    let size_bytes = MESSAGE_BYTES * (view.data.len() + 1);
    Rendered::json(StatusCode::OK, &view, size_bytes).into_response()
}

impl Start {
    fn list(
        &self,
        snapshot: &mut dyn Snapshot,
        you: &You,
        of: ConversationId,
        limit: Limit,
    ) -> Result<Listed, Error> {
        let mut go = |order: Order, at: Option<Seq>, limit: Limit| {
            let cmd = ListMessages {
                conversation: of,
                order,
                limit,
                cursor: at,
                after: None,
                before: None,
                tombstones: Tombstones::Shown,
            };
            list_messages(snapshot, &you.reading(), &cmd)
        };
        match self {
            Self::Newest(asked) => {
                let page = asked.walk(|at, limit| go(Order::Descending, at, limit))?;
                let prev = page.items.first().map(|seen| newer(seen.seq));
                Ok(Listed {
                    prev: prev.filter(|_| asked.page > 1),
                    next: page.next.map(older),
                    seen: page.items,
                })
            }
            Self::Older(at) => {
                let page = go(Order::Descending, Some(*at), limit)?;
                let first = page.items.first().map_or(*at, |seen| seen.seq);
                Ok(Listed {
                    prev: Some(newer(first)),
                    next: page.next.map(older),
                    seen: page.items,
                })
            }
            Self::Newer(at) => {
                let page = go(Order::Ascending, Some(*at), limit)?;
                Ok(upward(page, Some(*at)))
            }
            Self::Around(number, name) => {
                find_conversation(snapshot, &you.cx, of)?;
                let unfit = |error| unfit(error, name);
                let id = you.message(snapshot, of, *number).map_err(unfit)?;
                let start = find_message(snapshot, &you.reading(), of, id).map_err(unfit)?;
                around(snapshot, you, &start, limit)
            }
            Self::Found(words, at) => find(snapshot, you, of, words, *at, limit),
        }
    }
}

/// A page that was read from older to newer, the way it is shown.
fn upward(page: Page<Seen, Seq>, from: Option<Seq>) -> Listed {
    let mut seen = page.items;
    seen.reverse();
    let last = seen.last().map(|seen| seen.seq);
    Listed {
        prev: page.next.map(newer),
        next: last.or(from.map(Seq::next)).map(older),
        seen,
    }
}

fn unfit(error: Error, parameter: &'static str) -> Error {
    match error {
        Error::Refusal(Refusal::MessageNotFound) => {
            let problem = Invalid::new("expected a message of this conversation");
            problem.at(parameter).into()
        }
        other => other,
    }
}

/// A message with its neighbours: half of the page is newer.
fn around(
    snapshot: &mut dyn Snapshot,
    you: &You,
    start: &Seen,
    limit: Limit,
) -> Result<Listed, Error> {
    let (cx, seq) = (you.reading(), start.seq);
    let mut go = |order: Order, at: Seq, limit: Limit| {
        let cmd = ListMessages {
            conversation: start.conversation,
            order,
            limit,
            cursor: Some(at),
            after: None,
            before: None,
            tombstones: Tombstones::Shown,
        };
        list_messages(snapshot, &cx, &cmd)
    };
    let half = u64::try_from(limit.get() / 2).unwrap_or(0);
    let newer = match Limit::new(half) {
        Ok(half) => upward(go(Order::Ascending, seq, half)?, None),
        Err(_) => Listed {
            prev: Some(newer(seq)),
            ..Listed::default()
        },
    };
    let rest = limit.get() - newer.seen.len();
    let rest = Limit::new(u64::try_from(rest).unwrap_or(1)).unwrap_or_default();
    let older_page = go(Order::Descending, seq.next(), rest)?;
    let mut seen = newer.seen;
    seen.extend(older_page.items);
    Ok(Listed {
        seen,
        prev: newer.prev,
        next: older_page.next.map(older),
    })
}

/// Messages with these words; what tells of the conversation is none of them.
fn find(
    snapshot: &mut dyn Snapshot,
    you: &You,
    of: ConversationId,
    words: &SearchQuery,
    at: Option<SearchPlace>,
    limit: Limit,
) -> Result<Listed, Error> {
    let filter = MessageFilter {
        conversation: Some(of),
        ..MessageFilter::everything()
    };
    let page = search_messages(snapshot, &you.reading(), words, &filter, at, limit)?;
    let all = page.items.into_iter().map(|found| found.seen);
    let normal = |seen: &Seen| !matches!(seen.kind, MessageKind::System | MessageKind::Activity);
    Ok(Listed {
        seen: all.filter(normal).collect(),
        next: page.next.map(found),
        prev: None,
    })
}
