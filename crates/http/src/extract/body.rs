//! Bodies: bytes, then JSON of the right shape, then values that hold no nonsense.
//!
//! A value is parsed once, by the core's own parsers, and all that are wrong are reported together.
//! The shape is checked by serde, which stops at the first member of a wrong type.

use std::fmt::{self, Write as _};
use std::marker::PhantomData;
use std::mem;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use causerie_core::{Invalid, Refusal, Settings, Violation};
use futures_util::StreamExt;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::Call;
use super::caller::Standing;
use super::compressed::in_pieces;
use crate::app::App;
use crate::mount::body_bytes_max;
use crate::problem::{Problem, Trouble, Wrong};
use crate::transfer::{Form, is_form};

/// What is said of a body that is something else.
const OBJECT: &str = "expected an object";
/// How many wrong values of one body are told.
const WRONG_MAX: usize = 100;
/// How many characters of a library's words about a body are told: they repeat what was found.
const WORDS_CHARS_MAX: usize = 300;

/// A request's body as it goes over the wire, and the command that it stands for.
pub trait WireBody<'a>: Deserialize<'a> {
    /// What the path says beside the body.
    type To;
    /// The command.
    type Command;
    /// Whether no body at all counts as an empty object.
    const MAY_BE_EMPTY: bool = false;

    /// Makes a command, or tells `check` what is wrong and returns nothing.
    fn into_command(self, to: Self::To, check: &mut Check<'_>) -> Option<Self::Command>;
}

/// A member that may be left out, be null, or hold a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// It was left out.
    #[default]
    Absent,
    /// It is null.
    Null,
    /// It holds this.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not called for what was left out: that is the default.
        let given = Option::deserialize(deserializer)?;
        Ok(given.map_or(Self::Null, Self::Value))
    }
}

impl<T> Given<T> {
    /// What becomes of something that may be there or not; `None` leaves it as it is.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}

/// A part of a body that is an object, and no list of the values of its members.
#[derive(Clone, Copy, Debug, Default)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Collects what is wrong with the values of a body.
#[derive(Debug)]
pub struct Check<'a> {
    limits: &'a Settings,
    wrong: Vec<Wrong>,
}

impl Check<'_> {
    /// Takes a value or notes what is wrong with the member at `pointer`.
    pub fn at<T>(
        &mut self,
        pointer: &'static str,
        parse: impl FnOnce(&Settings) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.note(pointer, parse(self.limits))
    }

    /// The same for a member that may be left out.
    pub fn maybe<V, T>(
        &mut self,
        pointer: &'static str,
        value: Option<V>,
        parse: impl FnOnce(V, &Settings) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        match value {
            None => Some(None),
            Some(value) => self.note(pointer, parse(value, self.limits)).map(Some),
        }
    }

    /// The same for a member that may be left out or be null: `Some(None)` within the result is null.
    pub fn given<V, T>(
        &mut self,
        pointer: &'static str,
        value: Given<V>,
        parse: impl FnOnce(V, &Settings) -> Result<T, Invalid>,
    ) -> Option<Option<Option<T>>> {
        match value {
            Given::Absent => Some(None),
            Given::Null => Some(Some(None)),
            Given::Value(value) => self.maybe(pointer, Some(value), parse).map(Some),
        }
    }

    /// The same, as what it is to be instead.
    pub fn given_anew<V, T>(
        &mut self,
        pointer: &'static str,
        value: Given<V>,
        parse: impl FnOnce(V) -> Result<T, Invalid>,
    ) -> Option<Given<T>> {
        Some(match value {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Value(value) => Given::Value(self.note(pointer, parse(value))?),
        })
    }

    /// Takes a value or notes what is wrong with the member at `pointer`.
    pub fn note<T>(
        &mut self,
        pointer: impl Into<std::borrow::Cow<'static, str>>,
        parsed: Result<T, Invalid>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(problem) => {
                self.tell(Wrong::at_pointer(pointer, &problem));
                None
            }
        }
    }

    /// Takes a value or notes all that is wrong with members that the core names.
    pub fn all<T>(&mut self, parsed: Result<T, Vec<Violation>>) -> Option<T> {
        let violations = match parsed {
            Ok(value) => return Some(value),
            Err(violations) => violations,
        };
        for Violation { field, problem } in violations {
            let pointer = format!("/{field}");
            self.tell(Wrong::at_pointer(pointer, &Invalid::new(problem)));
        }
        None
    }

    /// The same for a rule of the core that has only values to refuse.
    pub fn refusal<T>(&mut self, ruled: Result<T, Refusal>) -> Option<T> {
        self.all(ruled.map_err(|refusal| match refusal {
            Refusal::Invalid { violations } => violations,
            other => vec![Invalid::new(other.meaning()).at("")],
        }))
    }

    fn tell(&mut self, wrong: Wrong) {
        if self.wrong.len() < WRONG_MAX {
            self.wrong.push(wrong);
        }
    }

    /// The limits of the caller's workspace.
    pub fn limits(&self) -> &Settings {
        self.limits
    }
}

impl Call {
    /// Receives the body, unless that was done to verify its signature.
    ///
    /// # Errors
    /// `body_too_large`, `request_timeout`, `json_malformed` when it ends early or cannot be decompressed.
    pub async fn receive(&mut self) -> Result<(), Problem> {
        match self.standing {
            Standing::Key(_) => self.receive_whole().await,
            Standing::Platform(..) => Ok(()),
        }
    }

    pub(super) async fn receive_whole(&mut self) -> Result<(), Problem> {
        self.body = receive_bytes(&self.app, &self.request, &mut self.payload).await?;
        Ok(())
    }

    /// Receives a body of another sort, of up to `bytes_max` bytes, as long as it comes within `wait`.
    ///
    /// # Errors
    /// `body_too_large`, `request_timeout`, `body_incomplete`.
    pub(crate) async fn receive_up_to(
        &mut self,
        bytes_max: usize,
        wait: Duration,
    ) -> Result<(), Problem> {
        let payload = &mut self.payload;
        let receiving = async {
            let mut body = BytesMut::new();
            while let Some(piece) = payload.next().await {
                let piece = piece.map_err(|_| Trouble::BodyIncomplete)?;
                if body.len() + piece.len() > bytes_max {
                    return Err(Problem::new(Trouble::BodyTooLarge)
                        .with_detail(format!("At most {bytes_max} bytes.")));
                }
                body.extend_from_slice(&piece);
            }
            Ok(body.freeze())
        };
        let received = tokio::time::timeout(wait, receiving).await;
        self.body = received.map_err(|_| Trouble::RequestTimeout)??;
        Ok(())
    }

    /// The body, as it was received.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Takes this for the body, where that was read part by part: what a claim on a retry is made of.
    pub(crate) fn say(&mut self, said: Bytes) {
        self.body = said;
    }

    /// Whether the body is something by its own account.
    pub(crate) fn says_that_it_is(&self, media_type: &str) -> bool {
        self.essence()
            .is_some_and(|essence| essence.eq_ignore_ascii_case(media_type))
    }

    /// The declared media type, without parameters.
    fn essence(&self) -> Option<&str> {
        let declared = self.request.headers().get(header::CONTENT_TYPE)?;
        let written = declared.to_str().ok()?;
        Some(written.split(';').next().unwrap_or_default().trim())
    }

    /// Whether the body says that it is a form.
    pub(crate) fn is_form(&self) -> bool {
        is_form(&self.request)
    }

    /// Begins to read the body as a form.
    ///
    /// # Errors
    /// `media_type_unsupported`.
    pub(crate) fn form(&mut self) -> Result<Form, Problem> {
        let body = mem::replace(&mut self.payload, Payload::None);
        Form::of(&self.app, &self.request, body)
    }

    /// Reads the command that the received body stands for.
    ///
    /// # Errors
    /// `media_type_unsupported`, `json_malformed`, `validation_failed`.
    pub fn command<'a, B: WireBody<'a>>(&'a self, to: B::To) -> Result<B::Command, Problem> {
        let json: &[u8] = if B::MAY_BE_EMPTY && self.body.is_empty() {
            b"{}"
        } else {
            self.require_json()?;
            &self.body
        };
        read_command::<B>(json, to, self.caller().limits())
    }

    /// Receives a body that must say nothing: none at all, or an empty object. Refuses every
    /// parameter as well.
    ///
    /// # Errors
    /// Those of [`Call::receive`], [`Call::command`] and [`Call::no_query`].
    pub async fn receive_nothing(&mut self) -> Result<(), Problem> {
        self.receive().await?;
        self.command::<Nothing>(())?;
        self.no_query()
    }

    fn require_json(&self) -> Result<(), Problem> {
        match self.essence() {
            Some(essence) if is_json(essence) => Ok(()),
            Some(_) => Err(Trouble::MediaTypeUnsupported.into()),
            None => {
                Err(Problem::new(Trouble::MediaTypeUnsupported)
                    .with_detail("The header is missing."))
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl WireBody<'_> for Nothing {
    type To = ();
    type Command = ();
    const MAY_BE_EMPTY: bool = true;

    fn into_command(self, (): (), _: &mut Check<'_>) -> Option<()> {
        Some(())
    }
}

/// Reads the command that a JSON text stands for.
///
/// # Errors
/// `json_malformed`, `validation_failed`.
pub fn read_command<'a, B: WireBody<'a>>(
    json: &'a [u8],
    to: B::To,
    limits: &Settings,
) -> Result<B::Command, Problem> {
    // A struct would be read from a list as well.
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err(explain_other(json));
    }
    let body: B = serde_json::from_slice(json).map_err(|_| explain::<B>(json))?;
    let mut check = Check {
        limits,
        wrong: Vec::new(),
    };
    match body.into_command(to, &mut check) {
        Some(command) if check.wrong.is_empty() => Ok(command),
        _ => Err(Problem::invalid(check.wrong)),
    }
}

/// Receives a body of up to as many bytes as the surface takes.
///
/// # Errors
/// `body_too_large`, `request_timeout`, `json_malformed` when it ends early or cannot be decompressed.
pub(super) async fn receive_bytes(
    app: &App,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Bytes, Problem> {
    let wait = app.config().request_timeout;
    let mut pieces = in_pieces(request, payload);
    let receiving = Bytes::from_request(request, &mut pieces);
    let received = tokio::time::timeout(wait, receiving)
        .await
        .map_err(|_| Trouble::RequestTimeout)?;
    received.map_err(|error| match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => {
            let bytes_max = body_bytes_max(app, request);
            Problem::new(Trouble::BodyTooLarge).with_detail(format!("At most {bytes_max} bytes."))
        }
        _ => Problem::new(Trouble::JsonMalformed)
            .with_detail("It ended early, or is not encoded as it says."),
    })
}

fn is_json(essence: &str) -> bool {
    let suffix = essence.len().saturating_sub(5);
    essence.eq_ignore_ascii_case("application/json")
        || (essence.contains('/')
            && essence
                .get(suffix..)
                .is_some_and(|end| end.eq_ignore_ascii_case("+json")))
}

/// Why a body that is no object could not be read.
pub(crate) fn explain_other(json: &[u8]) -> Problem {
    match serde_json::from_slice::<IgnoredAny>(json) {
        Ok(_) => Problem::invalid(vec![Wrong::at_pointer("", &Invalid::new(OBJECT))]),
        Err(error) => {
            let place = format!(" (line {} column {})", error.line(), error.column());
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            Problem::new(Trouble::JsonMalformed).with_detail(sentence(message, &place))
        }
    }
}

/// Why a body could not be read: read again, with its path noted this time.
fn explain<'a, B: WireBody<'a>>(json: &'a [u8]) -> Problem {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let outcome: Result<B, _> = serde_path_to_error::deserialize(&mut reader);
    let Err(error) = outcome else {
        return Problem::new(Trouble::JsonMalformed)
            .with_detail("Expected nothing after the object.");
    };
    let inner = error.inner();
    let message = inner.to_string();
    let (message, place) = match message.rsplit_once(" at line ") {
        Some((message, place)) => (message, format!(" (line {place})")),
        None => (message.as_str(), String::new()),
    };
    if inner.classify() != Category::Data {
        return Problem::new(Trouble::JsonMalformed).with_detail(sentence(message, &place));
    }
    let mut pointer = pointer_to(error.path());
    // serde reports a member that is missing or twice there at its parent.
    for what in ["missing field `", "duplicate field `", "unknown field `"] {
        if let Some(rest) = message.strip_prefix(what)
            && let Some(name) = rest.split('`').next()
            && !pointer.ends_with(&segment(name))
        {
            pointer.push_str(&segment(name));
        }
    }
    let message: String = message.chars().take(WORDS_CHARS_MAX).collect();
    Problem::invalid(vec![Wrong::at_pointer(pointer, &Invalid::new(message))])
}

fn sentence(message: &str, place: &str) -> String {
    let mut text = message.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text + place + "."
}

fn pointer_to(path: &Path) -> String {
    let mut pointer = String::new();
    for part in path {
        match part {
            Segment::Seq { index } => {
                // Writing to a string never fails.
                let _ = write!(pointer, "/{index}");
            }
            Segment::Map { key } => pointer.push_str(&segment(key)),
            Segment::Enum { variant } => pointer.push_str(&segment(variant)),
            Segment::Unknown => {}
        }
    }
    pointer
}

/// A part of a JSON pointer, escaped.
fn segment(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
