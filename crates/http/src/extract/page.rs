//! Queries: parameters by name, each at most once, none that is not known; pages and cursors.
//!
//! A query is a struct of texts whose members are the parameters, so that what is documented and what
//! is taken are the same thing.

use causerie_core::Invalid;
use causerie_core::page::{Limit, Page, Place, cursor};
use serde::de::DeserializeOwned;

use super::Call;
use crate::problem::{Problem, Trouble, Wrong};

/// Something that is written as a parameter of a query.
pub trait Spell: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// What was expected.
    fn spell(text: &str) -> Result<Self, Invalid>;
}

impl Spell for Limit {
    fn spell(text: &str) -> Result<Self, Invalid> {
        Self::new(number(text, 4).unwrap_or(0))
    }
}

impl Spell for bool {
    fn spell(text: &str) -> Result<Self, Invalid> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Invalid::new("expected true or false")),
        }
    }
}

/// Reads a whole number of at most so many digits.
pub fn number(text: &str, digits_max: usize) -> Option<u64> {
    let plain =
        (1..=digits_max).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The values of a query, parsed one by one; what is wrong is collected.
#[derive(Debug, Default)]
pub struct Query {
    wrong: Vec<Wrong>,
}

impl Query {
    /// Takes a parameter, or notes what is wrong with it.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        value: Option<impl AsRef<str>>,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        match parse(value?.as_ref()) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.wrong.push(Wrong::at_parameter(name, &problem));
                None
            }
        }
    }

    /// Takes the parameter `limit`.
    pub fn limit(&mut self, value: Option<impl AsRef<str>>) -> Limit {
        self.take("limit", value, Limit::spell).unwrap_or_default()
    }

    /// Takes the parameter `cursor`.
    pub fn cursor<P: Place>(&mut self, value: Option<impl AsRef<str>>) -> Option<P> {
        self.take("cursor", value, cursor::read)
    }

    /// Refuses the query if anything was wrong.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn finish(self) -> Result<(), Problem> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.wrong))
        }
    }
}

impl Call {
    /// The parameters of the query.
    ///
    /// # Errors
    /// `validation_failed` for a parameter that is not known or given twice.
    pub fn query<Q: DeserializeOwned>(&self) -> Result<Q, Problem> {
        let query = self.request.query_string();
        serde_urlencoded::from_str(query).map_err(|error| {
            let message = error.to_string();
            let Some(name) = message.split('`').nth(1) else {
                return Problem::new(Trouble::RouteNotFound).with_detail("The query is malformed.");
            };
            let wrong = Wrong::at_parameter(name.to_owned(), &Invalid::new(message.clone()));
            Problem::invalid(vec![wrong])
        })
    }

    /// Refuses every parameter.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn no_query(&self) -> Result<(), Problem> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        if self.request.query_string().is_empty() {
            return Ok(());
        }
        self.query().map(|Nothing {}| ())
    }
}

/// Where the next page begins, as a cursor.
pub fn next_cursor<T, P: Place>(page: &Page<T, P>) -> Option<String> {
    page.next.as_ref().map(cursor::write)
}
