//! What is wrong with one value, and where in a command it stands.
//!
//! A [`Refusal`](crate::Refusal) carries these to the caller; nothing here decides.

use std::borrow::Cow;

/// Why a value was refused, as a sentence fragment that says what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Invalid {
    problem: Cow<'static, str>,
}

impl Invalid {
    /// A refusal with this explanation, such as "expected 1 to 128 characters".
    pub fn new(problem: impl Into<Cow<'static, str>>) -> Self {
        Self {
            problem: problem.into(),
        }
    }

    /// Says which member of the command held the value: `display_name`, `members/0/role`.
    pub fn at(self, field: impl Into<Cow<'static, str>>) -> Violation {
        Violation {
            field: field.into(),
            problem: self.problem,
        }
    }
}

/// A refused value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the member, parts joined by `/` and escaped as in a JSON pointer (RFC 6901), without a
    /// leading slash.
    pub field: Cow<'static, str>,
    /// What was expected.
    pub problem: Cow<'static, str>,
}
