//! The header `If-Match`: a change is made only to the state that the caller has seen.
//!
//! Compared inside the unit that changes, after the use case has locked the thing, so that nobody gets in
//! between.

use actix_web::http::header;
use causerie_core::{Invalid, Refusal};

use super::Call;
use crate::problem::{Problem, Trouble, Wrong};

/// The states that a caller is content with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// It did not say.
    Unsaid,
    /// Any, if the thing exists.
    Any,
    /// Those with one of these tags, quotes and all.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Whether the caller named states.
    pub fn is_said(&self) -> bool {
        matches!(self, Self::Tags(_))
    }

    /// Refuses to go on from a state that is none of those.
    ///
    /// # Errors
    /// `precondition_failed`.
    pub fn admit(&self, tag: &str) -> Result<(), Refusal> {
        match self {
            Self::Tags(tags) if !tags.iter().any(|named| named == tag) => {
                Err(Refusal::StateChanged)
            }
            _ => Ok(()),
        }
    }

    /// Reads the header's value (RFC 9110, 13.1.1). Weak tags are kept, and match nothing.
    fn parse(written: &str) -> Option<Self> {
        if written.trim() == "*" {
            return Some(Self::Any);
        }
        let tags = written.split(',').map(|tag| {
            let tag = tag.trim();
            let quoted = tag.strip_prefix("W/").unwrap_or(tag);
            let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
            let fits = inner
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'"');
            fits.then(|| tag.to_owned())
        });
        tags.collect::<Option<_>>().map(Self::Tags)
    }
}

impl Call {
    /// The states that the caller is content with.
    ///
    /// # Errors
    /// `header_invalid`.
    pub fn if_match(&self) -> Result<IfMatch, Problem> {
        let mut values = self.request.headers().get_all(header::IF_MATCH);
        let Some(value) = values.next() else {
            return Ok(IfMatch::Unsaid);
        };
        let parsed = value.to_str().ok().and_then(IfMatch::parse);
        parsed.filter(|_| values.next().is_none()).ok_or_else(|| {
            let expected = Invalid::new("expected the ETag of an earlier answer");
            Problem::new(Trouble::HeaderInvalid)
                .with_errors(vec![Wrong::at_header("If-Match", &expected)])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::IfMatch;

    #[test]
    fn tags_are_compared_strongly() {
        let parsed = IfMatch::parse(r#""a", "b" , W/"c""#).expect("well formed");
        assert!(parsed.admit("\"a\"").is_ok() && parsed.admit("\"b\"").is_ok());
        assert!(parsed.admit("\"c\"").is_err() && parsed.admit("\"d\"").is_err());
        assert_eq!(IfMatch::parse(" * "), Some(IfMatch::Any));
        for wrong in ["", "a", "\"a", "\"a\",", "\"a b\"", "*, \"a\""] {
            assert_eq!(IfMatch::parse(wrong), None, "{wrong}");
        }
    }
}
