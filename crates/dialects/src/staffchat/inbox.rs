//! Lists of conversations, and how much in them is new.
//!
//! What a conversation looks like is in `conversations`.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use causerie_core::act::{
    find_first_members, find_memberships, find_participants, list_conversations,
};
use causerie_core::page::{Activity, Limit, Page};
use causerie_core::port::{ConversationFilter, OwnFilter, Snapshot};
use causerie_core::text::Title;
use causerie_core::{Conversation, ConversationId, Error, Invalid, ParticipantId, Scope, Sight};
use causerie_http::extract::Call;
use causerie_http::{Answered, Members, Problem, Rendered};

use super::conversations::{CONVERSATION_BYTES, Shelved, shown_members};
use super::paging::Asked;
use super::wire::CountersView;
use super::you::{You, read};

/// How many conversations a page has unless it is said.
const USUAL: u64 = 25;
/// How many conversations are looked at for those that are asked for by words or people.
const LOOKED_AT_MAX: usize = 1_000;

/// Which conversations are wanted.
#[derive(Clone, Debug)]
struct Wanted {
    asked: Asked<Activity>,
    own: OwnFilter,
    /// Only those with these words in their title or in the name of somebody who is in it.
    words: Option<String>,
    /// Only those of exactly these users and the caller.
    with: Option<Vec<u64>>,
    kept: Vec<(&'static str, String)>,
}

impl Wanted {
    fn read(query: &Members) -> Self {
        let own = OwnFilter::default();
        let (at_hand, away, new) = (
            OwnFilter {
                archived: Some(false),
                ..own
            },
            OwnFilter {
                archived: Some(true),
                ..own
            },
            OwnFilter {
                unread: Some(true),
                ..own
            },
        );
        let statuses = [("normal", at_hand), ("archived", away), ("unread", new)];
        let status = query.word("status", &statuses);
        let words = query.text("query").filter(|words| !words.is_empty());
        let users = query.texts("participants").filter(|all| !all.is_empty());
        let with = users.as_ref().and_then(|all| {
            let numbers = all
                .iter()
                .map(|one| one.parse::<u64>())
                .collect::<Result<_, _>>();
            let expected = |_| Invalid::new("expected the numbers of users");
            query.note("participants", numbers.map_err(expected))
        });
        let mut kept: Vec<(&'static str, String)> = Vec::new();
        kept.extend(query.text("status").map(|status| ("status", status)));
        kept.extend(words.clone().map(|words| ("query", words)));
        let users = users.into_iter().flatten();
        kept.extend(users.map(|user| ("participants[]", user)));
        Self {
            asked: Asked::read(query, USUAL),
            own: status.unwrap_or(at_hand),
            words: words.map(|words| words.to_lowercase()),
            with,
            kept,
        }
    }

    fn filter(&self) -> ConversationFilter {
        ConversationFilter {
            own: self.own,
            ..ConversationFilter::default()
        }
    }

    fn find(
        &self,
        snapshot: &mut dyn Snapshot,
        you: &You,
    ) -> Result<Page<Conversation, Activity>, Error> {
        let (cx, filter) = (you.reading(), self.filter());
        if self.words.is_none() && self.with.is_none() {
            return self
                .asked
                .walk(|at, limit| list_conversations(snapshot, &cx, None, &filter, at, limit));
        }
        let exactly = self.exactly(snapshot, you)?;
        let (mut at, mut looked_at) = (self.asked.cursor, 0);
        let mut left = usize::try_from(self.asked.skipped()).unwrap_or(usize::MAX);
        let mut items: Vec<Conversation> = Vec::new();
        while looked_at < LOOKED_AT_MAX {
            let step = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
            let page = list_conversations(snapshot, &cx, None, &filter, at, step)?;
            looked_at += step.get();
            for one in self.matching(snapshot, you, page.items, exactly.as_ref())? {
                if left > 0 {
                    left -= 1;
                } else if items.len() < self.asked.limit.get() {
                    items.push(one);
                } else {
                    let next = items.last().map(place);
                    return Ok(Page { items, next });
                }
            }
            at = page.next;
            if at.is_none() {
                break;
            }
        }
        Ok(Page { items, next: at })
    }

    /// Who is to be in it, and nobody else; nobody can be who is not there.
    fn exactly(
        &self,
        snapshot: &mut dyn Snapshot,
        you: &You,
    ) -> Result<Option<BTreeSet<ParticipantId>>, Error> {
        let Some(numbers) = &self.with else {
            return Ok(None);
        };
        let mut all = BTreeSet::from([you.me.id]);
        all.extend(you.users(snapshot, numbers, "participants")?);
        Ok(Some(all))
    }

    fn matching(
        &self,
        snapshot: &mut dyn Snapshot,
        you: &You,
        mut all: Vec<Conversation>,
        exactly: Option<&BTreeSet<ParticipantId>>,
    ) -> Result<Vec<Conversation>, Error> {
        let cx = you.looking();
        let ids: Vec<ConversationId> = all.iter().map(|one| one.id).collect();
        let members = find_first_members(snapshot, &cx, &ids, shown_members())?;
        let people: Vec<_> = members
            .values()
            .flatten()
            .map(|one| one.participant)
            .collect();
        let people = find_participants(snapshot, &cx, &people)?;
        let holds = |text: &str| {
            let words = self.words.as_deref().unwrap_or_default();
            text.to_lowercase().contains(words)
        };
        all.retain(|one| {
            let inside = members.get(&one.id).map_or(&[][..], Vec::as_slice);
            let ids = || inside.iter().map(|member| member.participant);
            let fits = exactly.is_none_or(|exactly| {
                one.member_count == exactly.len() && ids().all(|id| exactly.contains(&id))
            });
            let title = one.title.as_ref().map_or("", Title::as_str);
            let mut names = ids().filter_map(|id| people.get(&id));
            fits && (holds(title) || names.any(|person| holds(person.display_name.as_str())))
        });
        Ok(all)
    }
}

fn place(one: &Conversation) -> Activity {
    Activity {
        at: one.activity_at(),
        id: one.id,
    }
}

/// Lists the conversations of the caller, the last active first.
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let wanted = wanted(&call)?;
    let (asked, kept) = (wanted.asked, wanted.kept.clone());
    let found = read(&call, move |snapshot, you| {
        let page = wanted.find(snapshot, you)?;
        Ok((Shelved::load(snapshot, you, page.items)?, page.next))
    });
    let (shelved, next) = found.await?;
    let rendered = shelved.views(&call, |views| {
        let size_bytes = CONVERSATION_BYTES * (views.len() + 1);
        let view = asked.view(&call, &kept, views, next);
        Rendered::json(StatusCode::OK, &view, size_bytes)
    });
    Ok(rendered.into_response())
}

fn wanted(call: &Call) -> Result<Wanted, Problem> {
    let query = call.parameters()?;
    let wanted = Wanted::read(&query);
    query.finish_with(Some(wanted))
}

/// Counts what is new to the caller: messages, as there is nothing else of a product's that there could be. Conversations
/// beyond the hundred that were active last do not count.
pub(super) async fn counters(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let messages = read(&call, |snapshot, you| {
        let own = OwnFilter {
            unread: Some(true),
            ..OwnFilter::default()
        };
        let filter = ConversationFilter {
            own,
            ..ConversationFilter::default()
        };
        let limit = shown_members();
        let cx = you.reading();
        let page = list_conversations(snapshot, &cx, None, &filter, None, limit)?;
        let places: Vec<_> = page.items.iter().map(|one| (one.id, you.me.id)).collect();
        let own = find_memberships(snapshot, &cx, &places)?;
        let unread = page.items.iter().map(|one| {
            let own = own.get(&(one.id, you.me.id));
            own.map_or(0, |own| own.unread_count(one, Sight::Public))
        });
        Ok(unread.sum())
    });
    let view = CountersView {
        groups: 0,
        events: 0,
        news: 0,
        messages: messages.await?,
    };
    Ok(Rendered::json(StatusCode::OK, &view, 0).into_response())
}
