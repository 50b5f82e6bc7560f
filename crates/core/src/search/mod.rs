//! Search: which words a text is found by, what a query asks for, and where it is met.
//!
//! Every storage indexes the words that this module gives it, so that all of them find the same;
//! how they keep an index is theirs.

mod highlight;
mod query;
mod scan;

pub use highlight::{Highlight, SNIPPET_CHARS};
pub use query::{PREFIX_CHARS_MIN, QUERY_CHARS_MAX, SearchQuery, TERMS_MAX, Term};
pub use scan::{WORD_CHARS_MAX, WORDS_MAX, words};
