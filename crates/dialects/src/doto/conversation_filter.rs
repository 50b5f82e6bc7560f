//! Conversations by conditions that a client puts together.
//!
//! Conditions that are joined by AND bind closer than those joined by OR.

use causerie_core::act::{find_placed, list_conversations};
use causerie_core::port::{ConversationFilter, Snapshot};
use causerie_core::{
    ChannelId, Context, Conversation, Error, Invalid, ParticipantId, Position, Priority, Subject,
};
use causerie_http::Members;
use causerie_http::members::texts;

use super::conversation_list::{Counts, PAGE, Page};
use super::conversation_view::status_word;
use super::entry::number;
use super::walk::{WALK_MAX, walk};

/// How many conditions there may be.
const CONDITIONS_MAX: usize = 20;

/// How many ids a condition may name.
const VALUES_MAX: usize = 100;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Status,
    Priority,
    Inbox,
    Assignee,
    Labels,
    Number,
}

/// How it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Present,
    NotPresent,
}

#[derive(Clone, Debug)]
struct Condition {
    key: Key,
    operator: Operator,
    values: Vec<String>,
    or_next: bool,
}

/// The conditions, as they were written.
#[derive(Clone, Debug)]
pub(super) struct Conditions(Vec<Condition>);

/// A condition with the things that its numbers are.
struct Ready {
    condition: Condition,
    channels: Vec<ChannelId>,
    people: Vec<ParticipantId>,
}

impl Conditions {
    /// Reads them, or notes what is wrong.
    pub(super) fn read(members: &Members) -> Self {
        let written = members.objects("payload").unwrap_or_default();
        if written.len() > CONDITIONS_MAX {
            let problem = format!("expected at most {CONDITIONS_MAX} conditions");
            members.tell("payload", &Invalid::new(problem));
        }
        let each = written.iter().take(CONDITIONS_MAX);
        Self(each.filter_map(Condition::read).collect())
    }

    /// The conversations that fulfil them, on a page of this number.
    ///
    /// # Errors
    /// Those of the use cases.
    pub(super) fn find(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        voice: ParticipantId,
        page: usize,
    ) -> Result<Page, Error> {
        let mut ready = Vec::new();
        for condition in &self.0 {
            ready.push(Ready::of(snapshot, cx, condition)?);
        }
        let fits = |one: &Conversation| fulfils(&ready, one);
        let every = ConversationFilter::default();
        let list = |cursor, limit| list_conversations(snapshot, cx, None, &every, cursor, limit);
        let all = walk(list, fits, 0, WALK_MAX)?;
        let counts = Counts::of(&all, voice);
        let shown = all
            .into_iter()
            .skip((page - 1).saturating_mul(PAGE))
            .take(PAGE);
        Ok(Page {
            conversations: shown.collect(),
            counts,
        })
    }
}

/// Whether one of the groups between ORs is fulfilled as a whole.
fn fulfils(ready: &[Ready], one: &Conversation) -> bool {
    let mut groups = ready.split_inclusive(|condition| condition.condition.or_next);
    ready.is_empty() || groups.any(|group| group.iter().all(|condition| condition.holds(one)))
}

impl Condition {
    fn read(members: &Members) -> Option<Self> {
        let keys = [
            ("status", Key::Status),
            ("priority", Key::Priority),
            ("inbox_id", Key::Inbox),
            ("assignee_id", Key::Assignee),
            ("labels", Key::Labels),
            ("display_id", Key::Number),
        ];
        let operators = [
            ("equal_to", Operator::Equal),
            ("not_equal_to", Operator::NotEqual),
            ("is_present", Operator::Present),
            ("is_not_present", Operator::NotPresent),
        ];
        let joints = [
            ("AND", false),
            ("and", false),
            ("OR", true),
            ("or", true),
            ("", false),
        ];
        if !members.has("attribute_key") || !members.has("filter_operator") {
            members.need_text("attribute_key");
            members.need_text("filter_operator");
            return None;
        }
        Some(Self {
            key: members.word("attribute_key", &keys)?,
            operator: members.word("filter_operator", &operators)?,
            values: members.maybe("values", texts).unwrap_or_default(),
            or_next: members.word("query_operator", &joints).unwrap_or(false),
        })
    }
}

impl Ready {
    fn of(snapshot: &mut dyn Snapshot, cx: &Context, condition: &Condition) -> Result<Self, Error> {
        let mut ready = Self {
            condition: condition.clone(),
            channels: Vec::new(),
            people: Vec::new(),
        };
        if !matches!(condition.key, Key::Inbox | Key::Assignee) {
            return Ok(ready);
        }
        let values = condition.values.iter().take(VALUES_MAX);
        let named: Vec<Position> = values
            .filter_map(|value| number(value))
            .map(Position::new)
            .collect();
        for subject in find_placed(snapshot, cx, &named)?.into_values() {
            match subject {
                Subject::Channel(id) => ready.channels.push(id),
                Subject::Participant(id) => ready.people.push(id),
                _ => {}
            }
        }
        Ok(ready)
    }

    fn holds(&self, one: &Conversation) -> bool {
        let values = &self.condition.values;
        let is = |word: &str| values.iter().any(|value| value == word);
        let (present, equal) = match self.condition.key {
            Key::Status => (true, is(status_word(one.status)) || is("all")),
            Key::Priority => {
                let word = one.priority.map(Priority::as_str);
                (word.is_some(), word.is_some_and(is))
            }
            Key::Inbox => {
                let own = one.channel;
                (
                    own.is_some(),
                    own.is_some_and(|id| self.channels.contains(&id)),
                )
            }
            Key::Assignee => {
                let own = one.assignee;
                (
                    own.is_some(),
                    own.is_some_and(|id| self.people.contains(&id)),
                )
            }
            Key::Labels => {
                let mut own = one.labels.iter();
                (!one.labels.is_empty(), own.any(|label| is(label.as_str())))
            }
            Key::Number => (true, is(&one.number.to_string())),
        };
        match self.condition.operator {
            Operator::Equal => equal,
            Operator::NotEqual => !equal,
            Operator::Present => present,
            Operator::NotPresent => !present,
        }
    }
}
