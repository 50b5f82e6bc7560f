//! A piece of a text around what a search found in it.
//!
//! Marks nothing up: it says where the hits are, and the reader decides how they look.

use std::ops::Range;

use super::query::Term;
use super::scan::scan;

/// How many characters of the text a snippet shows.
pub const SNIPPET_CHARS: usize = 160;
/// How many of them stand before the first hit, if there are as many after it as can be shown.
const LEAD_CHARS: usize = 40;
/// How many are given up at most so that a snippet begins and ends with a whole word.
const TRIM_CHARS: usize = 20;

/// A piece of a text, and the hits in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Highlight {
    /// At most [`SNIPPET_CHARS`] characters of the text as it was given, around the first hit; `…`
    /// stands before and after it where something was left out. The beginning of the text if there
    /// is no hit.
    pub snippet: String,
    /// Where each hit starts and ends (exclusive) in the snippet, in characters (Unicode code
    /// points); in order, and apart from one another.
    pub ranges: Vec<(usize, usize)>,
}

impl Highlight {
    pub(super) fn of(terms: &[Term], text: &str) -> Self {
        let hits = hits(terms, text);
        let shown = window(text, hits.first().cloned().unwrap_or_default());
        let mut snippet = String::with_capacity(shown.len() + 2 * '…'.len_utf8());
        if shown.start > 0 {
            snippet.push('…');
        }
        // Characters of the snippet up to the byte `counted` of the text.
        let mut chars = snippet.chars().count();
        let mut counted = shown.start;
        let mut chars_to = |byte: usize| {
            chars += text[counted..byte].chars().count();
            counted = byte;
            chars
        };
        let ranges = hits
            .into_iter()
            .take_while(|hit| hit.start < shown.end)
            .map(|hit| (chars_to(hit.start), chars_to(hit.end.min(shown.end))))
            .collect();
        snippet.push_str(&text[shown.clone()]);
        if shown.end < text.len() {
            snippet.push('…');
        }
        Self { snippet, ranges }
    }
}

/// The bytes of each hit, in order; hits that overlap are one.
fn hits(terms: &[Term], text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<String> = Vec::new();
    let mut places = Vec::new();
    scan(text, |word, place| {
        words.push(word.to_owned());
        places.push(place);
    });
    let mut hits: Vec<Range<usize>> = Vec::new();
    for from in 0..words.len() {
        let lengths = terms
            .iter()
            .filter_map(|term| term.length_at(&words[from..]));
        let Some(length) = lengths.max() else {
            continue;
        };
        let hit = places[from].start..places[from + length - 1].end;
        match hits.last_mut() {
            Some(last) if hit.start < last.end => last.end = last.end.max(hit.end),
            _ => hits.push(hit),
        }
    }
    hits
}

/// The bytes of the text that are shown.
fn window(text: &str, hit: Range<usize>) -> Range<usize> {
    let after = text[hit.start..].chars().take(SNIPPET_CHARS).count();
    let lead = LEAD_CHARS.max(SNIPPET_CHARS - after);
    let before = text[..hit.start].char_indices().rev().take(lead);
    let mut start = before.last().map_or(hit.start, |(at, _)| at);
    let rest = &text[start..];
    let mut end = start
        + rest
            .char_indices()
            .nth(SNIPPET_CHARS)
            .map_or(rest.len(), |(at, _)| at);
    if !text[..start].is_empty() && !text[..start].ends_with(char::is_whitespace) {
        let mut first = text[start..hit.start].char_indices().take(TRIM_CHARS);
        let blank = first.find(|(_, char)| char.is_whitespace());
        start += blank.map_or(0, |(at, char)| at + char.len_utf8());
    }
    if hit.end < end && !text[end..].is_empty() && !text[end..].starts_with(char::is_whitespace) {
        let mut last = text[hit.end..end].char_indices().rev().take(TRIM_CHARS);
        let blank = last.find(|(_, char)| char.is_whitespace());
        end = blank.map_or(end, |(at, _)| hit.end + at);
    }
    start..end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::SearchQuery;
    use super::*;

    fn highlight(query: &str, text: &str) -> (String, Vec<String>) {
        let found = SearchQuery::parse(query).expect("a query").highlight(text);
        let hits = found
            .ranges
            .iter()
            .map(|&(from, to)| found.snippet.chars().skip(from).take(to - from).collect());
        let hits = hits.collect();
        (found.snippet, hits)
    }

    fn check_hits(query: &str, text: &str, expected: &[&str]) {
        let (snippet, hits) = highlight(query, text);
        assert_eq!(snippet, text);
        assert_eq!(hits, expected, "{query} in {text}");
    }

    #[test]
    fn hits_are_marked_in_the_text_as_it_was_given() {
        check_hits(
            "resume ord*",
            "My Résumé: order, ORDERS!",
            &["Résumé", "order", "ORDERS"],
        );
        check_hits(
            "\"next week\"",
            "next week, next, week",
            &["next week", "next, week"],
        );
        check_hits("\"a b\" \"b c\"", "x a b c", &["a b c"]);
        check_hits("東京", "今東京へ", &["東京"]);
        check_hits("\"1 2\"", "½", &["½"]);
        check_hits("x", "nothing", &[]);
        check_hits("x", "", &[]);
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_hit() {
        let text = format!("{}needle{}", "hay ".repeat(100), " stack".repeat(100));
        let (snippet, hits) = highlight("needle", &text);
        assert!(
            snippet.starts_with("…hay ") && snippet.ends_with(" stack…"),
            "{snippet}"
        );
        assert_eq!(hits, ["needle"]);
        assert_eq!(snippet.find("needle"), Some(40 + '…'.len_utf8()));
        assert!((140..=162).contains(&snippet.chars().count()), "{snippet}");
    }

    #[test]
    fn a_snippet_begins_and_ends_with_a_whole_word() {
        let text = format!("{}needle{}", "chaff ".repeat(50), " haystack".repeat(50));
        let (snippet, hits) = highlight("needle", &text);
        let (before, after) = ("chaff ".repeat(6), " haystack".repeat(12));
        assert_eq!(snippet, format!("…{before}needle{after}…"));
        assert_eq!(hits, ["needle"]);
    }

    #[test]
    fn a_hit_at_the_end_is_shown_with_what_comes_before() {
        let (snippet, hits) = highlight("needle", &format!("{} needle", "ä".repeat(500)));
        assert_eq!(snippet, format!("…{} needle", "ä".repeat(153)));
        assert_eq!(hits, ["needle"]);
    }

    #[test]
    fn without_a_hit_the_beginning_is_shown() {
        let (snippet, hits) = highlight("needle", &"hay ".repeat(100));
        assert_eq!(snippet, format!("{}hay…", "hay ".repeat(39)));
        assert!(hits.is_empty());
    }

    #[test]
    fn a_hit_that_is_longer_than_the_snippet_is_cut() {
        let long = "x".repeat(300);
        let (snippet, hits) = highlight(&"x".repeat(64), &long);
        assert_eq!(snippet, format!("{}…", &long[..160]));
        assert_eq!(hits, [&long[..160]]);
    }

    proptest! {
        #[test]
        fn ranges_lie_in_the_snippet(
            query in "[ab\"* é東½]{1,12}",
            text in "([ab é東½\u{301}\n]|\\PC){0,300}",
        ) {
            if let Ok(query) = SearchQuery::parse(&query) {
                let found = query.highlight(&text);
                let chars = found.snippet.chars().count();
                prop_assert!(chars <= SNIPPET_CHARS + 2);
                let mut before = 0;
                for (from, to) in found.ranges {
                    prop_assert!(before <= from && from < to && to <= chars);
                    before = to;
                }
            }
        }
    }
}
