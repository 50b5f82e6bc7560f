//! Lists and searches over a whole workspace in the port `Messages`: their filters, orders and ends.
//!
//! Which words find what is in `search`.

use std::time::Duration;

use causerie_core::page::{Order, Walk};
use causerie_core::port::{MessageFilter, Tombstones};
use causerie_core::search::SearchQuery;
use causerie_core::tag::TagName;
use causerie_core::{
    ChannelId, Conversation, ConversationId, DeleteMode, Direction, Member, Message, MessageId,
    MessageKind, ParticipantId, Sight, Timestamp, Visibility,
};

use super::setting::{Setting, at, shuffled};
use crate::fixture::{Random, reference, tags, text};
use crate::subject::Subject;

const TAGS: &[&[&str]] = &[&[], &["a"], &["a", "a b"], &["b", "a b", "c"]];
const REFERENCES: &[Option<&str>] = &[None, Some("r"), Some("R"), Some("r ")];
const KINDS: &[MessageKind] = &[MessageKind::Text, MessageKind::Image, MessageKind::Template];

/// Sets one part of a filter.
type Part<'a> = Box<dyn Fn(&mut MessageFilter) + 'a>;

/// A workspace with messages of every sort.
struct Crowd {
    set: Setting,
    /// What can be listed, in the order of the ids.
    said: Vec<Message>,
    /// The same in the order in which it was taken in.
    arrived: Vec<Message>,
    members: Vec<Member>,
    /// A channel and its conversation.
    channel: Option<(ChannelId, ConversationId)>,
}

/// Three conversations here, one of them deleted, and one elsewhere. Ann is in all of them, Bob in the
/// first, and was in the second once.
fn crowd(subject: &Subject) -> Crowd {
    let set = Setting::new(subject);
    let rooms = [
        set.room.clone(),
        set.fixture
            .conversation_with(set.here, |state| state.channel = Some(set.unknown())),
        set.fixture.conversation(set.here),
    ];
    subject.put_all(&rooms[1..]);
    let mut members = vec![set.ann_in.clone(), set.bob_in.clone()];
    members.push(set.fixture.member(&rooms[1], &set.ann));
    members.push(set.fixture.member(&rooms[2], &set.ann));
    members.push(
        set.fixture
            .member_with(&rooms[1], &set.bob, |state| state.left_at = Some(at(5))),
    );
    subject.put_all(&members[2..]);
    let mut random = Random::new(3);
    let mut made: Vec<Message> = Vec::new();
    for seq in 1..=20 {
        for room in &rooms {
            let sender = if random.chance(1, 2) {
                &set.ann
            } else {
                &set.bob
            };
            made.push(set.fixture.message_with(room, sender, seq, |state| {
                state.text = text(&format!("word {seq}"));
                state.tags = tags(TAGS[random.below(TAGS.len())]);
                state.reference = random.pick(REFERENCES).map(reference);
                state.kind = *random.pick(KINDS);
                state.direction = *random.pick(Direction::ALL);
                // One that was scheduled has an older id.
                let later = u64::try_from(random.below(20)).expect("small");
                state.created_at = state.created_at.plus(Duration::from_millis(later));
                if random.chance(1, 3) {
                    state.visibility = Visibility::Private;
                }
            }));
        }
    }
    let arrived = shuffled(&made);
    for one in &arrived {
        subject.put(one);
    }
    subject.put(&set.fixture.message_with(&set.lobby, &set.eve, 1, |state| {
        state.text = text("word elsewhere");
        state.tags = tags(&["a"]);
        state.reference = Some(reference("r"));
    }));
    delete(&set, subject, &rooms[2]);
    let living = |all: Vec<Message>| -> Vec<Message> {
        let gone = rooms[2].id;
        all.into_iter()
            .filter(|one| one.conversation != gone)
            .collect()
    };
    Crowd {
        channel: rooms[1].channel.zip(Some(rooms[1].id)),
        said: living(made),
        arrived: living(arrived),
        set,
        members,
    }
}

pub(super) fn delete(set: &Setting, subject: &Subject, conversation: &Conversation) {
    let mut gone = subject.conversation(conversation).expect("it exists");
    gone.delete(set.fixture.tick());
    subject.write(move |unit| unit.conversations_mut().save(&gone));
}

impl Crowd {
    fn passes(&self, filter: &MessageFilter, one: &Message) -> bool {
        let present = |who: ParticipantId| {
            self.members.iter().any(|member| {
                member.conversation == one.conversation
                    && member.participant == who
                    && member.is_present()
            })
        };
        filter.sight.covers(one.visibility)
            && filter.member.is_none_or(present)
            && filter.conversation.is_none_or(|id| one.conversation == id)
            && filter.sender.is_none_or(|id| one.sender == id)
            && filter.direction.is_none_or(|way| one.direction == way)
            && filter
                .channel
                .is_none_or(|id| self.channel == Some((id, one.conversation)))
            && filter.tag.as_ref().is_none_or(|tag| one.tags.contains(tag))
            && (filter.reference.is_none() || one.reference == filter.reference)
            && filter.kind.is_none_or(|kind| one.kind == kind)
            && filter.from.is_none_or(|from| one.created_at >= from)
            && filter.until.is_none_or(|until| one.created_at < until)
    }

    /// Filters with one part, and many with several.
    fn filters(&self) -> Vec<MessageFilter> {
        let (said, set) = (&self.said, &self.set);
        let middle = said[said.len() / 2].created_at;
        let parts: Vec<Part<'_>> = vec![
            Box::new(|filter| filter.sight = Sight::Public),
            Box::new(|filter| filter.member = Some(set.ann.id)),
            Box::new(|filter| filter.member = Some(set.bob.id)),
            Box::new(|filter| filter.member = Some(set.eve.id)),
            Box::new(|filter| filter.conversation = Some(said[0].conversation)),
            Box::new(|filter| filter.conversation = Some(said[1].conversation)),
            Box::new(|filter| filter.conversation = Some(set.lobby.id)),
            Box::new(|filter| filter.channel = self.channel.map(|(id, _)| id)),
            Box::new(|filter| filter.channel = Some(set.unknown())),
            Box::new(|filter| filter.direction = Some(Direction::Incoming)),
            Box::new(|filter| filter.tombstones = Tombstones::Hidden),
            Box::new(|filter| filter.sender = Some(set.ann.id)),
            Box::new(|filter| filter.sender = Some(set.bob.id)),
            Box::new(|filter| filter.tag = Some(TagName::from_stored("a"))),
            Box::new(|filter| filter.tag = Some(TagName::from_stored("a b"))),
            Box::new(|filter| filter.tag = Some(TagName::from_stored("unknown"))),
            Box::new(|filter| filter.reference = Some(reference("r"))),
            Box::new(|filter| filter.reference = Some(reference("R"))),
            Box::new(|filter| filter.kind = Some(MessageKind::Image)),
            Box::new(|filter| filter.kind = Some(MessageKind::Voice)),
            Box::new(move |filter| filter.from = Some(middle)),
            Box::new(move |filter| filter.until = Some(middle)),
            Box::new(|filter| filter.from = Some(said[3].created_at)),
            Box::new(|filter| filter.until = Some(said[30].created_at)),
        ];
        let mut filters = vec![MessageFilter::everything()];
        for part in &parts {
            let mut filter = MessageFilter::everything();
            part(&mut filter);
            filters.push(filter);
        }
        let mut random = Random::new(9);
        for _ in 0..120 {
            let mut filter = MessageFilter::everything();
            for _ in 0..2 + random.below(3) {
                random.pick(&parts)(&mut filter);
            }
            filters.push(filter);
        }
        filters
    }
}

pub(super) fn a_list_shows_what_passes_every_part_of_its_filter_newest_first(
    subject: &mut Subject,
) {
    let crowd = crowd(subject);
    let here = crowd.set.here;
    let mut some = 0;
    for filter in crowd.filters() {
        let mut expected: Vec<MessageId> = crowd
            .said
            .iter()
            .filter(|one| crowd.passes(&filter, one))
            .map(|one| one.id)
            .collect();
        expected.sort_unstable_by(|one, other| other.cmp(one));
        some += usize::from(!expected.is_empty());
        let (wanted, limit, walk_max) = (filter.clone(), 1 + some % 7, 1 + some % 11);
        let (all, walked) = subject.read(move |snapshot| {
            let port = snapshot.messages();
            let all = port
                .page_of_all(here, &wanted, Order::Descending, None, 1_000, 1_000)?
                .items;
            let (mut walked, mut before) = (Vec::new(), None);
            loop {
                let page =
                    port.page_of_all(here, &wanted, Order::Descending, before, limit, walk_max)?;
                before = follow(&page, limit, walk_max, |one| one.id);
                walked.extend(page.items);
                if before.is_none() || walked.len() > 1_000 {
                    return Ok((all, walked));
                }
            }
        });
        let ids: Vec<MessageId> = all.iter().map(|one| one.id).collect();
        assert_eq!(ids, expected, "{filter:?}");
        assert_eq!(walked, all, "{filter:?}");
    }
    assert!(some > 60, "most filters let something through: {some}");
}

pub(super) fn a_list_may_be_walked_oldest_first(subject: &mut Subject) {
    let crowd = crowd(subject);
    let here = crowd.set.here;
    for (turn, filter) in crowd.filters().into_iter().enumerate() {
        let (limit, walk_max) = (1 + turn % 7, 1 + turn % 11);
        let (mut newest_first, oldest_first) = subject.read(move |snapshot| {
            let port = snapshot.messages();
            let all = port.page_of_all(here, &filter, Order::Descending, None, 999, 999)?;
            let (mut walked, mut from) = (Vec::new(), None);
            loop {
                let page =
                    port.page_of_all(here, &filter, Order::Ascending, from, limit, walk_max)?;
                let full = page.items.last().filter(|_| page.items.len() == limit);
                from = full.map(|one| one.id).or(page.on);
                walked.extend(page.items);
                if from.is_none() || walked.len() > 1_000 {
                    return Ok((all.items, walked));
                }
            }
        });
        newest_first.reverse();
        assert_eq!(oldest_first, newest_first);
    }
}

pub(super) fn a_search_shows_what_passes_every_part_of_its_filter_last_taken_in_first(
    subject: &mut Subject,
) {
    let crowd = crowd(subject);
    let here = crowd.set.here;
    let query = SearchQuery::parse("word").expect("a query");
    for (turn, filter) in crowd.filters().into_iter().enumerate() {
        let expected: Vec<MessageId> = crowd
            .arrived
            .iter()
            .rev()
            .filter(|one| crowd.passes(&filter, one))
            .map(|one| one.id)
            .collect();
        let (wanted, query) = (filter.clone(), query.clone());
        let (limit, walk_max) = (1 + turn % 7, 1 + turn % 11);
        let (all, walked) = subject.read(move |snapshot| {
            let port = snapshot.messages();
            let all = port
                .search(here, &query, &wanted, None, 1_000, 1_000)?
                .items;
            let (mut walked, mut before) = (Vec::new(), None);
            loop {
                let page = port.search(here, &query, &wanted, before, limit, walk_max)?;
                before = follow(&page, limit, walk_max, |(place, _)| *place);
                walked.extend(page.items);
                if before.is_none() || walked.len() > 1_000 {
                    return Ok((all, walked));
                }
            }
        });
        let ids: Vec<MessageId> = all.iter().map(|(_, one)| one.id).collect();
        assert_eq!(ids, expected, "{filter:?}");
        assert_eq!(walked, all, "{filter:?}");
    }
}

/// Where the next page begins, if one follows.
fn follow<T, P>(
    page: &Walk<T, P>,
    limit: usize,
    walk_max: usize,
    place: impl Fn(&T) -> P,
) -> Option<P>
where
    P: Copy + std::fmt::Debug + PartialOrd,
{
    let found = page.items.len();
    assert!(found <= limit.min(walk_max), "{found} of {walk_max}");
    let last = page.items.last().map(place);
    if found == limit {
        assert!(page.on.is_none(), "{:?}", page.on);
        return last;
    }
    assert!(page.on <= last || last.is_none(), "{:?}", page.on);
    page.on
}

pub(super) fn a_walk_that_finds_little_comes_as_far_as_it_may(subject: &mut Subject) {
    let set = Setting::new(subject);
    let rare = [1, 250, 299];
    let said: Vec<Message> = (1..=300)
        .map(|seq| {
            let sender = if rare.contains(&seq) {
                &set.ann
            } else {
                &set.bob
            };
            set.fixture.message_with(&set.room, sender, seq, |_| {})
        })
        .collect();
    for one in &said {
        subject.put(one);
    }
    let place = |seq: usize| said[seq - 1].id;
    let filter = MessageFilter {
        sender: Some(set.ann.id),
        ..MessageFilter::everything()
    };
    let here = set.here;
    for (order, limit, walk_max, expected, on) in [
        (Order::Descending, 2, 1_000, vec![299, 250], None),
        (Order::Descending, 3, 1_000, vec![299, 250, 1], None),
        (Order::Descending, 4, 1_000, vec![299, 250, 1], None),
        (Order::Descending, 3, 200, vec![299, 250], Some(101)),
        (Order::Ascending, 2, 250, vec![1, 250], None),
        (Order::Ascending, 2, 249, vec![1], Some(249)),
    ] {
        let filter = filter.clone();
        let walk = subject.read(move |snapshot| {
            let port = snapshot.messages();
            port.page_of_all(here, &filter, order, None, limit, walk_max)
        });
        let found: Vec<MessageId> = walk.items.iter().map(|one| one.id).collect();
        let expected: Vec<MessageId> = expected.into_iter().map(place).collect();
        assert_eq!((found, walk.on), (expected, on.map(place)), "{walk_max}");
    }
}

pub(super) fn a_walk_looks_at_so_many_and_no_more_whatever_passes(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said: Vec<Message> = (1..=8)
        .map(|seq| {
            let sender = if seq == 1 { &set.ann } else { &set.bob };
            set.fixture.message_with(&set.room, sender, seq, |state| {
                state.text = text("word");
                state.tags = tags(&["a"]);
                state.reference = Some(reference("r"));
            })
        })
        .collect();
    for one in &said {
        subject.put(one);
    }
    let (here, sender) = (set.here, Some(set.ann.id));
    let mut filters = vec![MessageFilter::everything(); 3];
    filters[1].tag = Some(TagName::from_stored("a"));
    filters[2].reference = Some(reference("r"));
    for filter in filters {
        let filter = MessageFilter { sender, ..filter };
        let query = SearchQuery::parse("word").expect("a query");
        let (listed, found) = subject.read(move |snapshot| {
            let port = snapshot.messages();
            let (mut listed, mut found) = (Vec::new(), Vec::new());
            let (mut below, mut before) = (None, None);
            for _ in 0..3 {
                let page = port.page_of_all(here, &filter, Order::Descending, below, 2, 3)?;
                below = page.on;
                listed.push(page);
                let page = port.search(here, &query, &filter, before, 2, 3)?;
                before = page.on;
                found.push(page);
            }
            Ok((listed, found))
        });
        let ids = |page: &Walk<Message, MessageId>| -> Vec<MessageId> {
            page.items.iter().map(|one| one.id).collect()
        };
        let listed: Vec<_> = listed.iter().map(|page| (ids(page), page.on)).collect();
        let place = |at: usize| Some(said[at].id);
        let expected = [
            (vec![], place(5)),
            (vec![], place(2)),
            (vec![said[0].id], None),
        ];
        assert_eq!(listed, expected);
        let found: Vec<_> = found
            .iter()
            .map(|page| (page.items.len(), page.on.is_some()))
            .collect();
        assert_eq!(found, [(0, true), (0, true), (1, false)]);
    }
}

pub(super) fn a_list_shows_tombstones_and_finds_them_by_no_tag(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut said = set.fixture.message_with(&set.room, &set.ann, 1, |state| {
        state.tags = tags(&["a", "b"]);
        state.reference = Some(reference("r"));
    });
    subject.put(&said);
    let here = set.here;
    let list = |with: &dyn Fn(&mut MessageFilter)| {
        let mut filter = MessageFilter::everything();
        with(&mut filter);
        subject.read(move |snapshot| {
            snapshot
                .messages()
                .page_of_all(here, &filter, Order::Descending, None, 9, 9)
                .map(|walk| walk.items)
        })
    };
    let tagged = |filter: &mut MessageFilter| filter.tag = Some(TagName::from_stored("b"));
    assert_eq!(list(&tagged), [said.clone()]);
    let earlier = said.delete(DeleteMode::Soft, at(9));
    let now = said.clone();
    subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
    assert_eq!(list(&tagged), []);
    assert_eq!(list(&|_| {}), [said.clone()]);
    assert_eq!(list(&|filter| filter.tombstones = Tombstones::Hidden), []);
    assert_eq!(
        list(&|filter| filter.reference = Some(reference("r"))),
        [said]
    );
}

pub(super) fn another_workspace_lists_and_finds_its_own_only(subject: &mut Subject) {
    let crowd = crowd(subject);
    let (elsewhere, room) = (crowd.set.elsewhere, crowd.set.room.id);
    let filter = MessageFilter::everything();
    let query = SearchQuery::parse("word").expect("a query");
    let (listed, found, inside, before) = subject.read(move |snapshot| {
        let port = snapshot.messages();
        let inside = MessageFilter {
            conversation: Some(room),
            ..MessageFilter::everything()
        };
        Ok((
            port.page_of_all(elsewhere, &filter, Order::Descending, None, 99, 99)?
                .items,
            port.search(elsewhere, &query, &filter, None, 99, 99)?.items,
            port.search(elsewhere, &query, &inside, None, 99, 99)?.items,
            port.sent_before(elsewhere, Timestamp::from_unix_micros(i64::MAX), 99)?,
        ))
    });
    let lobby = crowd.set.lobby.id;
    assert_eq!((listed.len(), listed[0].conversation), (1, lobby));
    assert_eq!((found.len(), found[0].1.conversation), (1, lobby));
    assert_eq!(inside, []);
    assert_eq!(before, listed);
}

pub(super) fn what_was_sent_before_a_time_is_listed_oldest_first(subject: &mut Subject) {
    let crowd = crowd(subject);
    let here = crowd.set.here;
    let before = |time: Timestamp, limit| -> Vec<MessageId> {
        let found =
            subject.read(move |snapshot| snapshot.messages().sent_before(here, time, limit));
        found.iter().map(|one| one.id).collect()
    };
    let mut times: Vec<Timestamp> = crowd.said.iter().map(|one| one.created_at).collect();
    times.push(at(0));
    times.push(at(i64::MAX));
    for time in times {
        let mut expected: Vec<MessageId> = crowd
            .said
            .iter()
            .filter(|one| one.created_at < time)
            .map(|one| one.id)
            .collect();
        expected.sort_unstable();
        assert_eq!(before(time, 1_000), expected);
        assert_eq!(before(time, 3), expected[..expected.len().min(3)]);
    }
}
