//! Tags: labels that messages are found by.

use std::fmt;
use std::sync::Arc;

use crate::id::{TagId, WorkspaceId};
use crate::invalid::{Invalid, Violation};
use crate::timestamp::Timestamp;

/// How many tags a message may have.
pub const TAGS_MAX: usize = 10;
/// How many characters a tag may have.
pub const TAG_CHARS_MAX: usize = 50;

/// The name of a tag: letters, digits, `-`, `_` and space of ASCII, in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagName(Arc<str>);

impl TagName {
    /// Accepts 1 to [`TAG_CHARS_MAX`] letters, digits, `-`, `_` and spaces, not all of them spaces; letters
    /// become lower case, blanks around it are dropped.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.trim_matches(' ');
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_ ".contains(&byte);
        if (1..=TAG_CHARS_MAX).contains(&name.len()) && name.bytes().all(allowed) {
            Ok(Self(name.to_ascii_lowercase().into()))
        } else {
            Err(Invalid::new(
                "expected 1 to 50 letters, digits, `-`, `_` or spaces",
            ))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a name that was checked when it was stored.
    pub fn from_stored(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }
}

impl fmt::Debug for TagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The tags of a message: different ones, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Arc<[TagName]>);

impl Tags {
    /// Accepts at most [`TAGS_MAX`] names; one that is given twice counts once.
    ///
    /// # Errors
    /// The violation is at `tags` or `tags/N`.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Violation> {
        let mut tags: Vec<TagName> = Vec::new();
        for (index, name) in names.into_iter().enumerate() {
            if index == TAGS_MAX {
                let problem = Invalid::new(format!("expected at most {TAGS_MAX} tags"));
                return Err(problem.at("tags"));
            }
            let tag =
                TagName::parse(name).map_err(|problem| problem.at(format!("tags/{index}")))?;
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Ok(Self(tags.into()))
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &TagName> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this one is among them.
    pub fn contains(&self, tag: &TagName) -> bool {
        self.0.contains(tag)
    }

    /// The names joined by commas, for storage.
    pub fn to_stored(&self) -> String {
        let names: Vec<&str> = self.iter().map(TagName::as_str).collect();
        names.join(",")
    }

    /// Reads what [`Tags::to_stored`] wrote.
    pub fn from_stored(stored: &str) -> Self {
        if stored.is_empty() {
            return Self::default();
        }
        Self(stored.split(',').map(TagName::from_stored).collect())
    }
}

/// A tag that was used in a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its name, unique in the workspace.
    pub name: TagName,
    /// When it was first used.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_lower_case_and_counted_once() {
        let tags = Tags::parse(["Foo", " foo", "Order 47_a-b"]).expect("fine");
        assert_eq!(tags.to_stored(), "foo,order 47_a-b");
        assert_eq!(Tags::from_stored(&tags.to_stored()), tags);
        assert_eq!(Tags::from_stored(""), Tags::default());
    }

    #[test]
    fn what_is_no_tag_is_refused_at_its_place() {
        let refused = Tags::parse(["fine", "no!"]).expect_err("a sign");
        assert_eq!(refused.field, "tags/1");
        assert!(TagName::parse("").is_err() && TagName::parse("  ").is_err());
        assert!(TagName::parse(&"x".repeat(51)).is_err() && TagName::parse("ä").is_err());
        let eleven = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        assert_eq!(Tags::parse(eleven).expect_err("too many").field, "tags");
    }
}
