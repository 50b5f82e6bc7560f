//! What a search asks for: words, beginnings of words, phrases.
//!
//! Any text either is a query or is refused here with a reason; a storage never sees its syntax.

use unicode_normalization::char::is_combining_mark;

use super::highlight::Highlight;
use super::scan::{stands_alone, words};
use crate::invalid::Invalid;

/// How many characters a query may have.
pub const QUERY_CHARS_MAX: usize = 256;
/// How many terms a query may have; the same term counts once.
pub const TERMS_MAX: usize = 16;
/// How many characters the beginning of a word has at least.
pub const PREFIX_CHARS_MIN: usize = 2;

/// One thing that a text has to contain; its words are as [`words`] gives them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// A word.
    Word(String),
    /// A word that begins so.
    Prefix(String),
    /// At least two words, one right after the other.
    Phrase(Vec<String>),
}

impl Term {
    /// How many of `words` the term takes if it is met at the first of them.
    pub(super) fn length_at<W: AsRef<str>>(&self, words: &[W]) -> Option<usize> {
        let first = words.first()?.as_ref();
        match self {
            Self::Word(word) => (first == word).then_some(1),
            Self::Prefix(prefix) => first.starts_with(prefix.as_str()).then_some(1),
            Self::Phrase(phrase) => {
                let there = words.get(..phrase.len())?;
                let same = there
                    .iter()
                    .zip(phrase)
                    .all(|(word, asked)| word.as_ref() == asked);
                same.then_some(phrase.len())
            }
        }
    }
}

/// A checked query: 1 to [`TERMS_MAX`] terms, all of which a text has to contain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SearchQuery {
    terms: Vec<Term>,
}

impl SearchQuery {
    /// Reads a query.
    ///
    /// Blanks part it into words, all of which have to occur. `"two words"` have to occur one after
    /// the other; a quote that is not closed reaches to the end. `wor*` is any word that begins so.
    /// What makes several words without a blank, such as `foo-bar` or `東京`, is a phrase as well.
    /// Everything else separates.
    ///
    /// ```
    /// # use causerie_core::search::{SearchQuery, words};
    /// let query = SearchQuery::parse("ship* \"next week\"")?;
    /// assert!(query.matches(&words("Shipping is next week.")));
    /// assert!(!query.matches(&words("Shipping next: a week.")));
    /// # Ok::<(), causerie_core::Invalid>(())
    /// ```
    ///
    /// # Errors
    ///
    /// More than [`QUERY_CHARS_MAX`] characters or [`TERMS_MAX`] terms, no word at all, and a
    /// beginning of less than [`PREFIX_CHARS_MIN`] characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let chars = text.chars().count();
        if chars > QUERY_CHARS_MAX {
            return Err(Invalid::new(format!(
                "expected at most {QUERY_CHARS_MAX} characters, found {chars}"
            )));
        }
        let mut query = Self { terms: Vec::new() };
        for (index, piece) in text.split('"').enumerate() {
            if index % 2 == 1 {
                query.add_words(words(piece));
            } else {
                for token in piece.split_whitespace() {
                    query.add_token(token)?;
                }
            }
        }
        match query.terms.len() {
            0 => Err(Invalid::new("expected at least one word")),
            1..=TERMS_MAX => Ok(query),
            found => Err(Invalid::new(format!(
                "expected at most {TERMS_MAX} terms, found {found}"
            ))),
        }
    }

    /// What has to occur, in the order of the query, each once.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether a text with these words contains every term.
    pub fn matches(&self, words: &[String]) -> bool {
        let met =
            |term: &Term| (0..words.len()).any(|from| term.length_at(&words[from..]).is_some());
        self.terms.iter().all(met)
    }

    /// Where the terms are met in a text.
    pub fn highlight(&self, text: &str) -> Highlight {
        Highlight::of(&self.terms, text)
    }

    /// Adds what stands between blanks: words up to a star, the last of which may be a beginning.
    fn add_token(&mut self, token: &str) -> Result<(), Invalid> {
        let mut pieces = token.split('*').peekable();
        while let Some(piece) = pieces.next() {
            let mut words = words(piece);
            let starred = pieces.peek().is_some() && ends_in_word(piece, &words);
            let begun = if starred { words.pop() } else { None };
            self.add_words(words);
            if let Some(prefix) = begun {
                if prefix.chars().count() < PREFIX_CHARS_MIN {
                    return Err(Invalid::new(format!(
                        "expected at least {PREFIX_CHARS_MIN} characters before *"
                    )));
                }
                self.add(Term::Prefix(prefix));
            }
        }
        Ok(())
    }

    fn add_words(&mut self, words: Vec<String>) {
        match <[String; 1]>::try_from(words) {
            Ok([word]) => self.add(Term::Word(word)),
            Err(words) if words.is_empty() => {}
            Err(words) => self.add(Term::Phrase(words)),
        }
    }

    fn add(&mut self, term: Term) {
        if !self.terms.contains(&term) {
            self.terms.push(term);
        }
    }
}

/// Whether a star after `piece` makes its last word a beginning: the word reaches up to the star,
/// and is not a character that is a whole word anyway.
fn ends_in_word(piece: &str, words: &[String]) -> bool {
    let whole = |word: &String| word.chars().all(stands_alone);
    piece.ends_with(|char: char| char.is_alphanumeric() || is_combining_mark(char))
        && !words.last().is_none_or(whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(word: &str) -> Term {
        Term::Word(word.to_owned())
    }

    fn prefix(prefix: &str) -> Term {
        Term::Prefix(prefix.to_owned())
    }

    fn phrase(phrase: &str) -> Term {
        Term::Phrase(words(phrase))
    }

    fn check_terms(text: &str, expected: &[Term]) {
        let query = SearchQuery::parse(text).expect("a query");
        assert_eq!(query.terms(), expected, "{text}");
    }

    fn check_refused(text: &str, problem: &str) {
        let refusal = SearchQuery::parse(text).expect_err("no query");
        assert_eq!(refusal.to_string(), problem, "{text}");
    }

    #[test]
    fn words_beginnings_and_phrases_are_told_apart() {
        check_terms("late Order", &[word("late"), word("order")]);
        check_terms("Ship* fee", &[prefix("ship"), word("fee")]);
        check_terms("\"next week\" x", &[phrase("next week"), word("x")]);
        check_terms("a\"next week", &[word("a"), phrase("next week")]);
        check_terms("\"one\" \"\" \"--\"", &[word("one")]);
        check_terms("A-1002", &[phrase("a 1002")]);
        check_terms("東京", &[phrase("東 京")]);
        check_terms("twice Twice", &[word("twice")]);
    }

    #[test]
    fn a_star_counts_only_right_after_a_word() {
        check_terms("foo-bar*", &[word("foo"), prefix("bar")]);
        check_terms("ab*cd*", &[prefix("ab"), prefix("cd")]);
        check_terms("ab. *", &[word("ab")]);
        check_terms("ab.* * **", &[word("ab")]);
        check_terms("\"ab*\"*", &[word("ab")]);
        check_terms("cafe\u{301}*", &[prefix("cafe")]);
        check_terms("京* 東京*", &[word("京"), phrase("東 京")]);
        check_refused("a*", "expected at least 2 characters before *");
    }

    #[test]
    fn what_is_no_query_is_refused_with_a_reason() {
        for text in ["", "  ", "\"\"", "* - '", "\0"] {
            check_refused(text, "expected at least one word");
        }
        check_refused(
            &"ä".repeat(257),
            "expected at most 256 characters, found 257",
        );
        let many: Vec<String> = (0..17).map(|number| number.to_string()).collect();
        check_refused(&many.join(" "), "expected at most 16 terms, found 17");
        assert!(SearchQuery::parse(&many[1..].join(" ")).is_ok());
    }

    #[test]
    fn every_term_has_to_occur() {
        let matches = |query: &str, text: &str| {
            SearchQuery::parse(query)
                .expect("a query")
                .matches(&words(text))
        };
        assert!(matches("late order", "The ORDER is late"));
        assert!(!matches("late order", "The order"));
        assert!(matches("ord*", "orders") && !matches("orders*", "order"));
        assert!(matches("a-1002", "order A 1002") && !matches("a-1002", "1002 a"));
        assert!(matches("\"b c d\"", "a b b c d e") && !matches("\"b c d\"", "b c"));
        assert!(matches("京都", "東京都") && !matches("京都", "京の都"));
        assert!(matches("resume", "Résumé"));
        assert!(!matches("x", ""));
    }

    proptest! {
        #[test]
        fn any_text_is_a_query_or_refused(text in any::<String>(), other in any::<String>()) {
            if let Ok(query) = SearchQuery::parse(&text) {
                prop_assert!((1..=TERMS_MAX).contains(&query.terms().len()));
                let _ = query.matches(&words(&other));
                // The text of a query has what it asks for, unless a star stands in it.
                prop_assert!(text.contains('*') || query.matches(&words(&text)));
            }
        }

        #[test]
        fn any_words_and_signs_are_a_query_or_refused(text in "[ab*\"\\- é東]{0,40}") {
            if let Ok(query) = SearchQuery::parse(&text) {
                prop_assert!(query.matches(&words(&text)));
            }
        }
    }
}
