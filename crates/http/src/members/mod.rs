//! What a request says, member by member, however it is encoded: JSON, a form, or a query.
//!
//! Each member is kept as it was written, as JSON. Members that nobody asks for are let be; everything wrong with
//! those that are asked for is told together. Which members there are is known to handlers only.

mod form;
mod read;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use causerie_core::media::MediaType;
use causerie_core::{Invalid, MediaId, Refusal, Timestamp};
use serde_json::value::RawValue;

pub use form::{DEPTH_MAX, PAIRS_MAX};
pub use value::{boolean, integer, list, object, rfc3339_time, text, texts, unix_time};

use crate::extract::Given;
use crate::problem::{Problem, Wrong};
use crate::transfer::Brought;

/// How many wrong values of one request are told.
const WRONG_MAX: usize = 100;
const EXPECTED_IT: &str = "expected it";

/// Where members are, for telling what is wrong with them.
#[derive(Clone, Debug)]
enum Place {
    /// In a JSON body, at this pointer.
    Body(String),
    /// In a form, at this pointer.
    Form(String),
    /// In the query.
    Query,
}

/// What is wrong so far, shared by all members of one request.
type Wrongs = Arc<Mutex<Vec<Wrong>>>;

/// A file that came with a form and is not kept yet.
pub(crate) struct Part {
    field: String,
    brought: Brought,
}

/// A file that came with a form.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The name of its part.
    pub field: &'a str,
    /// The id that it has as soon as it is kept.
    pub id: MediaId,
    /// Its own name.
    pub name: &'a str,
    /// What it is, by its content.
    pub media_type: &'a MediaType,
    /// Its length.
    pub size_bytes: u64,
}

/// The members of a request, or of an object within it.
pub struct Members {
    of: BTreeMap<String, Box<RawValue>>,
    files: Vec<Part>,
    place: Place,
    wrong: Wrongs,
}

impl Members {
    fn new(of: BTreeMap<String, Box<RawValue>>, place: Place) -> Self {
        Self {
            of,
            files: Vec::new(),
            place,
            wrong: Wrongs::default(),
        }
    }

    /// The member as it was written; `None` if it was left out. The last one counts where a name comes again.
    pub fn get_raw(&self, name: &str) -> Option<&RawValue> {
        self.of.get(name).map(|raw| &**raw)
    }

    /// Whether there is such a member, even null.
    pub fn has(&self, name: &str) -> bool {
        self.of.contains_key(name)
    }

    /// All members by name, as they were written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.of.iter().map(|(name, raw)| (name.as_str(), &**raw))
    }

    /// All but these, as they were written: what is kept for reading it back.
    pub fn others<'a>(&'a self, known: &[&str]) -> impl Iterator<Item = (&'a str, &'a RawValue)> {
        self.iter().filter(|(name, _)| !known.contains(name))
    }

    /// All but these as one JSON object; `None` if there are no others.
    pub fn others_json(&self, known: &[&str]) -> Option<String> {
        let others: BTreeMap<_, _> = self.others(known).collect();
        let json = serde_json::to_string(&others).ok();
        json.filter(|_| !others.is_empty())
    }

    /// Notes every member but these as wrong.
    pub fn refuse_others(&self, known: &[&str]) {
        for (name, _) in self.others(known) {
            self.tell(name, &Invalid::new("expected no such member"));
        }
    }

    /// The member as it was read: left out, null, or this. What cannot be read is noted and counts as left out.
    pub fn given<T>(
        &self,
        name: &str,
        read: impl FnOnce(&RawValue) -> Result<T, Invalid>,
    ) -> Given<T> {
        match self.get_raw(name) {
            None => Given::Absent,
            Some(raw) if raw.get() == "null" => Given::Null,
            Some(raw) => match self.note(name, read(raw)) {
                Some(value) => Given::Value(value),
                None => Given::Absent,
            },
        }
    }

    /// The member as it was read; null counts as left out.
    pub fn maybe<T>(
        &self,
        name: &str,
        read: impl FnOnce(&RawValue) -> Result<T, Invalid>,
    ) -> Option<T> {
        match self.given(name, read) {
            Given::Value(value) => Some(value),
            Given::Null | Given::Absent => None,
        }
    }

    /// The member as it was read; that it is missing or null is noted.
    pub fn need<T>(
        &self,
        name: &str,
        read: impl FnOnce(&RawValue) -> Result<T, Invalid>,
    ) -> Option<T> {
        match self.get_raw(name) {
            Some(raw) if raw.get() != "null" => self.note(name, read(raw)),
            _ => self.note(name, Err(Invalid::new(EXPECTED_IT))),
        }
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.maybe(name, text)
    }

    /// A text that has to be there; it may be empty.
    pub fn need_text(&self, name: &str) -> Option<String> {
        self.need(name, text)
    }

    /// A text that is a value of the core.
    pub fn parsed<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.maybe(name, |raw| parse(&text(raw)?))
    }

    /// A whole number, also as digits in a text.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.maybe(name, integer)
    }

    /// True or false, also as `"true"`, `"false"`, `"1"`, `"0"`, 1 or 0.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.maybe(name, boolean)
    }

    /// A list of texts; a text by itself is a list of one, and numbers count as texts.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        self.maybe(name, texts)
    }

    /// A time as seconds since 1970.
    pub fn unix_time(&self, name: &str) -> Option<Timestamp> {
        self.maybe(name, unix_time)
    }

    /// A time as RFC 3339 has it, in UTC.
    pub fn rfc3339_time(&self, name: &str) -> Option<Timestamp> {
        self.maybe(name, rfc3339_time)
    }

    /// One of a few words.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        self.parsed(name, |text| {
            let found = words.iter().find(|(word, _)| *word == text);
            found.map(|(_, value)| *value).ok_or_else(|| {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                Invalid::new(format!("expected one of: {}", words.join(", ")))
            })
        })
    }

    /// An object, as it was written; forms may hold it as a JSON text.
    pub fn raw_object(&self, name: &str) -> Option<Box<RawValue>> {
        self.maybe(name, |raw| object(&self.unwrapped(raw)))
    }

    /// JSON that a form holds as a text.
    fn unwrapped<'a>(&self, raw: &'a RawValue) -> Cow<'a, RawValue> {
        let holds_json = matches!(self.place, Place::Form(_))
            && [r#""{"#, r#""["#]
                .iter()
                .any(|begin| raw.get().starts_with(begin));
        let inner = holds_json.then(|| read::json_within(raw)).flatten();
        inner.map_or(Cow::Borrowed(raw), Cow::Owned)
    }

    /// The members of an object within, which forms may hold as a JSON text. What is wrong with them is told with the rest.
    pub fn object(&self, name: &str) -> Option<Self> {
        let of = self.maybe(name, |raw| value::members(&self.unwrapped(raw)))?;
        Some(self.within(format!("{}/{}", self.pointer(), escaped(name)), of))
    }

    /// The members of each object of a list within.
    pub fn objects(&self, name: &str) -> Option<Vec<Self>> {
        let items = self.maybe(name, |raw| list(&self.unwrapped(raw)))?;
        let mut all = Vec::with_capacity(items.len());
        for (index, raw) in items.iter().enumerate() {
            let pointer = format!("{}/{}/{index}", self.pointer(), escaped(name));
            match value::members(raw) {
                Ok(of) => all.push(self.within(pointer, of)),
                Err(problem) => self.tell_wrong(self.wrong_at(pointer, name, &problem)),
            }
        }
        Some(all)
    }

    fn within(&self, pointer: String, of: BTreeMap<String, Box<RawValue>>) -> Self {
        let place = match self.place {
            Place::Body(_) => Place::Body(pointer),
            Place::Form(_) => Place::Form(pointer),
            Place::Query => Place::Query,
        };
        Self {
            of,
            files: Vec::new(),
            place,
            wrong: Arc::clone(&self.wrong),
        }
    }

    fn pointer(&self) -> &str {
        match &self.place {
            Place::Body(pointer) | Place::Form(pointer) => pointer,
            Place::Query => "",
        }
    }

    /// Takes a value, or notes what is wrong with the member of this name.
    pub fn note<T>(&self, name: &str, outcome: Result<T, Invalid>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(problem) => {
                self.tell(name, &problem);
                None
            }
        }
    }

    /// Takes a value, or notes what a rule of the core has against the member of this name.
    pub fn note_refusal<T>(&self, name: &str, outcome: Result<T, Refusal>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(Refusal::Invalid { violations }) => {
                for violation in violations {
                    self.tell(name, &Invalid::new(violation.problem));
                }
                None
            }
            Err(other) => self.note(name, Err(Invalid::new(other.meaning()))),
        }
    }

    /// Notes what is wrong with the member of this name.
    pub fn tell(&self, name: &str, problem: &Invalid) {
        let pointer = format!("{}/{}", self.pointer(), escaped(name));
        self.tell_wrong(self.wrong_at(pointer, name, problem));
    }

    fn wrong_at(&self, pointer: String, name: &str, problem: &Invalid) -> Wrong {
        match self.place {
            Place::Body(_) | Place::Form(_) => Wrong::at_pointer(pointer, problem),
            Place::Query => Wrong::at_parameter(name.to_owned(), problem),
        }
    }

    fn tell_wrong(&self, wrong: Wrong) {
        let mut all = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < WRONG_MAX {
            all.push(wrong);
        }
    }

    /// Refuses the request if anything of it was noted as wrong.
    ///
    /// # Errors
    /// `validation_failed`, with every place.
    pub fn finish(&self) -> Result<(), Problem> {
        let mut all = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let wrong = std::mem::take(&mut *all);
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(wrong))
        }
    }

    /// The same, with what was made of the members; nothing could be made where something was noted.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn finish_with<T>(&self, made: Option<T>) -> Result<T, Problem> {
        self.finish()?;
        made.ok_or_else(|| Problem::invalid(Vec::new()))
    }

    /// The files that came along, in order; [`Call::keep_files`](crate::extract::Call::keep_files) keeps them.
    pub fn files(&self) -> impl Iterator<Item = File<'_>> {
        self.files.iter().map(|part| File {
            field: &part.field,
            id: part.brought.cx.fresh.into(),
            name: part.brought.cmd.name.as_str(),
            media_type: &part.brought.landed.arrived.media_type,
            size_bytes: part.brought.landed.arrived.size,
        })
    }
}

/// A name as a part of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Members({}, {} files)", self.of.len(), self.files.len())
    }
}
