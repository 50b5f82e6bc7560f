//! What is to be known of a database before trusting it with conversations.
//!
//! Looks only; what a fact means is said in it.

/// Something that was found out, for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about, such as `schema version`.
    pub name: &'static str,
    /// What was found.
    pub value: String,
    /// What to do, when it is not as it should be.
    pub advice: Option<&'static str>,
}

impl Fact {
    pub(crate) fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self {
            name,
            value: value.into(),
            advice: None,
        }
    }

    pub(crate) fn advise_unless(mut self, fine: bool, advice: &'static str) -> Self {
        if !fine {
            self.advice = Some(advice);
        }
        self
    }
}

pub(crate) fn schema(applied: &[String], missing: &[String]) -> Fact {
    let version = applied.iter().max().map_or("none yet", String::as_str);
    Fact::new("schema version", version).advise_unless(
        missing.is_empty(),
        "the schema is not up to date: run `causerie migrate`, or start the server, which does it",
    )
}
