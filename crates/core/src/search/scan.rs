//! The words of a text and where they stand in it.
//!
//! Knows no language: no stems, no stop words, no dictionary.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// How many characters of a word count; longer words that begin alike are the same.
pub const WORD_CHARS_MAX: usize = 64;
/// How many words of a text count; it is not found by later ones.
pub const WORDS_MAX: usize = 10_000;

/// The words that a text is found by, in order, at most [`WORDS_MAX`].
///
/// A word is a run of letters and digits in the compatible decomposition (NFKD), without accents
/// and other marks, in lower case, cut to [`WORD_CHARS_MAX`] characters. A character of Han,
/// Hiragana or Katakana is a word of its own. Everything else separates, apostrophes included.
///
/// ```
/// # use causerie_core::search::words;
/// assert_eq!(words("L’Été 2026, in 東京!"), ["l", "ete", "2026", "in", "東", "京"]);
/// ```
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::with_capacity((text.len() / 6).min(WORDS_MAX));
    scan(text, |word, _| words.push(word.to_owned()));
    words
}

/// Calls `found` with each of the words of a text and its bytes in the text.
pub(super) fn scan(text: &str, found: impl FnMut(&str, Range<usize>)) {
    let mut run = Run {
        word: String::with_capacity(WORD_CHARS_MAX),
        chars: 0,
        place: 0..0,
        left: WORDS_MAX,
        found,
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() && run.left > 0 {
        let ascii = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        if ascii > 0 {
            run.push_ascii(&text[at..at + ascii], at);
            at += ascii;
        } else if bytes[at].is_ascii() {
            run.end();
            at += 1;
        } else if let Some(char) = text[at..].chars().next() {
            let next = at + char.len_utf8();
            run.push_char(char, at..next);
            at = next;
        }
    }
    run.end();
}

/// The word that is being read.
struct Run<F> {
    word: String,
    chars: usize,
    place: Range<usize>,
    left: usize,
    found: F,
}

impl<F: FnMut(&str, Range<usize>)> Run<F> {
    fn push_ascii(&mut self, letters: &str, at: usize) {
        self.reach(at..at + letters.len());
        let kept = letters.len().min(WORD_CHARS_MAX - self.chars);
        let from = self.word.len();
        self.word.push_str(&letters[..kept]);
        self.word[from..].make_ascii_lowercase();
        self.chars += kept;
    }

    fn push_char(&mut self, char: char, place: Range<usize>) {
        if is_combining_mark(char) {
            // A mark changes the letter before it, and is dropped as those in composed letters are.
            if !self.word.is_empty() {
                self.place.end = place.end;
            }
        } else if char.is_alphanumeric() {
            for part in std::iter::once(char).nfkd() {
                self.push_part(part, &place);
            }
        } else {
            self.end();
        }
    }

    fn push_part(&mut self, part: char, place: &Range<usize>) {
        if is_combining_mark(part) {
            return;
        }
        let alone = stands_alone(part);
        if alone || !part.is_alphanumeric() {
            self.end();
        }
        if part.is_alphanumeric() {
            self.reach(place.clone());
            for lower in part.to_lowercase() {
                self.push_lower(lower);
            }
        }
        if alone {
            self.end();
        }
    }

    fn push_lower(&mut self, lower: char) {
        if self.chars < WORD_CHARS_MAX && !is_combining_mark(lower) {
            // The sigma at the end of a word is the same letter.
            self.word.push(if lower == 'ς' { 'σ' } else { lower });
            self.chars += 1;
        }
    }

    fn reach(&mut self, place: Range<usize>) {
        if self.word.is_empty() {
            self.place = place;
        } else {
            self.place.end = place.end;
        }
    }

    fn end(&mut self) {
        if !self.word.is_empty() && self.left > 0 {
            self.left -= 1;
            (self.found)(&self.word, self.place.clone());
        }
        self.word.clear();
        self.chars = 0;
    }
}

/// Whether a character is of a script that does not part its words: Han, Hiragana, Katakana.
pub(super) fn stands_alone(char: char) -> bool {
    matches!(char,
        '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{1aff0}'..='\u{1b16f}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_words(text: &str, expected: &str) {
        assert_eq!(words(text).join(" "), expected, "{text}");
    }

    #[test]
    fn letters_and_digits_make_words() {
        check_words("", "");
        check_words(" \t.,!", "");
        check_words("Order #A-1002_b is late.", "order a 1002 b is late");
        check_words("don't", "don t");
        check_words("a\0b", "a b");
    }

    #[test]
    fn accents_case_and_width_make_no_difference() {
        check_words("Éclair ECLAIR e\u{301}clair", "eclair eclair eclair");
        check_words("ＡＢＣ１２３ ﬁn x²", "abc123 fin x2");
        check_words("Straße ΟΔΟΣ οδός", "straße οδοσ οδοσ");
        check_words("İstanbul", "istanbul");
        check_words("½", "1 2");
        check_words("5™", "5");
    }

    #[test]
    fn scripts_without_spaces_give_a_word_for_each_character() {
        check_words("東京2026へ行くabc", "東 京 2026 へ 行 く abc");
        check_words("ｶﾞｽ ガス", "カ ス カ ス");
        check_words("한국어", &"한국어".nfkd().collect::<String>());
    }

    #[test]
    fn long_words_are_cut_and_long_texts_end() {
        let long = "x".repeat(100);
        assert_eq!(words(&long), ["x".repeat(WORD_CHARS_MAX)]);
        assert_eq!(words(&format!("{long}é{long}")).len(), 1);
        assert_eq!(words(&"ä".repeat(100)), ["a".repeat(WORD_CHARS_MAX)]);
        assert_eq!(words(&"a ".repeat(WORDS_MAX + 1)).len(), WORDS_MAX);
        assert_eq!(words(&"東".repeat(WORDS_MAX + 1)).len(), WORDS_MAX);
    }

    #[test]
    fn a_word_knows_its_place() {
        let text = "Dé\u{301}jà-vu ½ 東";
        let mut places = Vec::new();
        scan(text, |word, place| {
            places.push((word.to_owned(), text[place].to_owned()));
        });
        let expected = [
            ("deja", "Dé\u{301}jà"),
            ("vu", "vu"),
            ("1", "½"),
            ("2", "½"),
            ("東", "東"),
        ];
        assert_eq!(
            places,
            expected.map(|(word, place)| (word.to_owned(), place.to_owned()))
        );
    }

    #[test]
    fn every_character_gives_words_that_stay_the_same() {
        for char in '\0'..=char::MAX {
            let once = words(&char.to_string());
            assert_eq!(words(&once.join(" ")), once, "{char:?}");
        }
    }

    proptest! {
        #[test]
        fn words_are_the_words_of_themselves(text in "\\PC*") {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once);
        }

        #[test]
        fn composed_and_decomposed_texts_have_the_same_words(text in "\\PC*") {
            let decomposed: String = text.nfd().collect();
            let composed: String = text.nfc().collect();
            prop_assert_eq!(words(&decomposed), words(&composed));
        }

        #[test]
        fn places_follow_one_another(text in any::<String>()) {
            let mut before = 0..0;
            scan(&text, |word, place| {
                assert!(!word.is_empty() && word.chars().count() <= WORD_CHARS_MAX);
                assert!(!place.is_empty() && text.get(place.clone()).is_some());
                assert!(before.start <= place.start && before.end <= place.end);
                before = place;
            });
        }
    }
}
