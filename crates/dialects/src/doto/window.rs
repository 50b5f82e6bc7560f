//! Which messages of a conversation a list shows: the newest, those before or after a time or a message, or those
//! between two.
//!
//! What is a large number is a time, a small one the number of a message.

use causerie_core::act::{ListMessages, WALK_MAX, open_conversation, read_events};
use causerie_core::page::{Limit, Order};
use causerie_core::port::{Snapshot, Tombstones};
use causerie_core::receipt::Seen;
use causerie_core::{
    Context, Conversation, ConversationId, Error, Invalid, Position, Seq, Timestamp, Visibility,
};
use causerie_http::Members;
use causerie_http::members::integer;

use super::around::placed_message;
use super::wire::Way;

/// From here on a number is a time in seconds, the 9th of September 2001.
const FIRST_TIME: u64 = 1_000_000_000;
/// The last second of the year 9999.
const LAST_TIME: u64 = 253_402_300_799;
const MILLIS: i64 = 1_000;
const MICROS: i64 = 1_000_000;
/// How many messages are shown of the newest, and before something.
const NEWEST_MAX: usize = 20;
/// How many after something.
const AFTER_MAX: usize = 100;
/// How many between two.
const BETWEEN_MAX: usize = 1_000;

/// What a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    before: Option<Bound>,
    after: Option<Bound>,
    without_internal: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// In whole seconds.
    Time(i64),
    /// The number of a message.
    Message(u64),
}

/// Where a walk begins and ends.
#[derive(Debug)]
struct Walk {
    cmd: ListMessages,
    /// Only places below this one.
    below: Option<Seq>,
    count_max: usize,
}

impl Window {
    /// Reads it, or notes what is wrong.
    pub(super) fn read(parameters: &Members) -> Self {
        let bound = |name| {
            parameters.maybe(name, |raw| {
                let number = u64::try_from(integer(raw)?).ok();
                let number = number.filter(|number| *number <= LAST_TIME);
                let expected = Invalid::new("expected a time in seconds, or the id of a message");
                let number = number.ok_or(expected)?;
                let time = i64::try_from(number).ok().filter(|_| number >= FIRST_TIME);
                Ok(time.map_or(Bound::Message(number), Bound::Time))
            })
        };
        let blank = |raw: &serde_json::value::RawValue| raw.get() == "\"\"";
        let internal = parameters.get_raw("filter_internal_messages");
        Self {
            before: bound("before"),
            after: bound("after"),
            without_internal: internal.is_some_and(|raw| !blank(raw)),
        }
    }

    /// The conversation and the messages, oldest first.
    ///
    /// # Errors
    /// Those of [`open_conversation`].
    pub(super) fn list(
        self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        of: ConversationId,
    ) -> Result<(Conversation, Vec<Seen>), Error> {
        let mut walk = Walk {
            cmd: ListMessages {
                conversation: of,
                order: Order::Descending,
                limit: Limit::default(),
                cursor: None,
                after: None,
                before: None,
                tombstones: Tombstones::Shown,
            },
            below: None,
            count_max: NEWEST_MAX,
        };
        match self.after {
            None => {}
            Some(Bound::Time(after)) => walk.cmd.after = Some(end_of(after)),
            Some(Bound::Message(number)) => {
                // A message itself is shown with both bounds, and not with this one alone.
                let own = self.before.is_some();
                match placed_message(snapshot, cx, of, number)? {
                    Some((_, seq)) if own => {
                        walk.cmd.cursor = seq.get().checked_sub(1).map(Seq::new);
                    }
                    Some((_, seq)) => walk.cmd.cursor = Some(seq),
                    None => {
                        walk.cmd.after = time_of(snapshot, cx, number)?.or(Some(end_of_times()));
                    }
                }
            }
        }
        if self.after.is_some() {
            walk.cmd.order = Order::Ascending;
            walk.count_max = if self.before.is_some() {
                BETWEEN_MAX
            } else {
                AFTER_MAX
            };
        }
        match self.before {
            None => {}
            Some(Bound::Time(before)) => {
                walk.cmd.before = Some(Timestamp::from_unix_micros(before.saturating_mul(MICROS)));
            }
            Some(Bound::Message(number)) => match placed_message(snapshot, cx, of, number)? {
                Some((_, seq)) => walk.below = Some(seq),
                None => walk.cmd.before = time_of(snapshot, cx, number)?,
            },
        }
        self.walk(snapshot, cx, walk)
    }

    /// Goes from page to page until there are enough.
    fn walk(
        self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        mut walk: Walk,
    ) -> Result<(Conversation, Vec<Seen>), Error> {
        if walk.cmd.order == Order::Descending {
            walk.cmd.cursor = walk.below;
        }
        let (mut all, mut looked_at) = (Vec::new(), 0);
        let conversation = loop {
            let missing = u64::try_from(walk.count_max - all.len()).unwrap_or(u64::MAX);
            let limit = if self.without_internal {
                u64::from(Limit::MAX)
            } else {
                missing
            };
            walk.cmd.limit = Limit::new(limit.min(u64::from(Limit::MAX))).unwrap_or_default();
            let (conversation, page) = open_conversation(snapshot, cx, &walk.cmd)?;
            looked_at += page.items.len();
            let ends = page.items.last().is_some_and(|last| {
                walk.below
                    .is_some_and(|below| walk.cmd.order == Order::Ascending && last.seq >= below)
            });
            let shown = page.items.into_iter().filter(|seen| {
                walk.below.is_none_or(|below| seen.seq < below)
                    && !(self.without_internal && is_internal(seen))
            });
            all.extend(shown.take(walk.count_max - all.len()));
            let goes_on = !ends && all.len() < walk.count_max && looked_at < WALK_MAX;
            match page.next.filter(|_| goes_on) {
                Some(next) => walk.cmd.cursor = Some(next),
                None => break conversation,
            }
        };
        if walk.cmd.order == Order::Descending {
            all.reverse();
        }
        Ok((conversation, all))
    }
}

/// A note, or something that happened to the conversation.
fn is_internal(seen: &Seen) -> bool {
    seen.visibility == Visibility::Private || Way::of(seen) == Way::Activity
}

/// The last millisecond of a second: what is shown as later is later than it.
fn end_of(second: i64) -> Timestamp {
    let next = second.saturating_add(1).saturating_mul(MICROS);
    Timestamp::from_unix_micros(next.saturating_sub(MILLIS))
}

fn end_of_times() -> Timestamp {
    end_of(i64::try_from(LAST_TIME).unwrap_or(i64::MAX))
}

/// When something happened that has this number but is no message of the conversation; `None` after everything.
fn time_of(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    number: u64,
) -> Result<Option<Timestamp>, Error> {
    let Some(before) = number.checked_sub(1) else {
        return Ok(Some(Timestamp::default()));
    };
    let one = Limit::new(1).unwrap_or_default();
    match read_events(snapshot, cx, Position::new(before), one) {
        Ok(mut found) => Ok(found.pop().map(|happened| happened.event.at)),
        // Who may not read the log learns nothing of what it says.
        Err(Error::Refusal(_)) => Ok(None),
        Err(broken) => Err(broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_end_before_what_is_shown_as_later() {
        let end = end_of(1_712_001_000);
        assert_eq!(end.unix_micros(), 1_712_001_000_999_000);
        assert_eq!(end.shown_after().unix_micros(), 1_712_001_001_000_000);
        assert!(end_of_times().unix_micros() > end.unix_micros());
    }
}
