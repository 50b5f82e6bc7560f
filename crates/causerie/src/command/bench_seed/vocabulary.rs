//! The language of seeded messages: made-up words, a few of them said all the time and most of them
//! hardly ever, as in any language, so that searches meet words of every frequency.
//!
//! The same texts in the same order each time; they mean nothing.

/// How many words there are.
const WORDS: usize = 20_000;
/// Words of a message: twelve on average, as long as what people write.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=16;
/// Words that are said more often than the first of these ranks are common, those below the second rare.
const RANKS: [usize; 2] = [50, 1_000];
/// The terms of a search.
const TERMS: usize = 3;
/// What searches are made of, in turn.
const MIXTURES: [[Frequency; TERMS]; 6] = {
    use Frequency::{Common, Middle, Rare};
    [
        [Common, Common, Common],
        [Common, Common, Middle],
        [Common, Middle, Middle],
        [Common, Middle, Rare],
        [Middle, Middle, Middle],
        [Common, Common, Rare],
    ]
};

/// How often a word is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    /// In a hundredth of all messages or more.
    Common,
    /// In between.
    Middle,
    /// In one of thousands.
    Rare,
}

impl Frequency {
    fn of(rank: usize) -> Self {
        match rank {
            _ if rank < RANKS[0] => Self::Common,
            _ if rank < RANKS[1] => Self::Middle,
            _ => Self::Rare,
        }
    }
}

/// The words and how often each is said: the word of rank n about 1/n times as often as the first.
pub(super) struct Vocabulary {
    words: Vec<String>,
    /// For each word the weights of all up to it.
    weights: Vec<u64>,
    random: u64,
}

impl Vocabulary {
    /// All words, and the first message not yet said.
    pub(super) fn new() -> Self {
        let weights = (0_u64..).take(WORDS).scan(0, |sum, rank| {
            *sum += 1_000_000_000 / (rank + 3);
            Some(*sum)
        });
        Self {
            words: (0..WORDS).map(spell).collect(),
            weights: weights.collect(),
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// The ranks of the words of the next message.
    pub(super) fn say(&mut self) -> Vec<usize> {
        let spread = LENGTHS.end() - LENGTHS.start() + 1;
        let length = LENGTHS.start() + usize::try_from(self.draw()).unwrap_or(0) % spread;
        let total = self.weights.last().copied().unwrap_or(1);
        let mut word = || {
            let drawn = self.draw() % total;
            self.weights.partition_point(|&up_to| up_to <= drawn)
        };
        (0..length).map(|_| word()).collect()
    }

    /// The words of these ranks as one text.
    pub(super) fn text(&self, ranks: &[usize]) -> String {
        let words: Vec<&str> = ranks.iter().map(|&rank| &*self.words[rank]).collect();
        words.join(" ")
    }

    /// The search number `number` that finds a message of these words, if it has words as frequent as
    /// that search wants them.
    pub(super) fn query(&self, number: usize, ranks: &[usize]) -> Option<String> {
        let mut asked = Vec::with_capacity(TERMS);
        for wanted in MIXTURES[number % MIXTURES.len()] {
            let fits = |rank: &&usize| Frequency::of(**rank) == wanted && !asked.contains(*rank);
            asked.push(*ranks.iter().find(fits)?);
        }
        Some(self.text(&asked))
    }

    /// Xorshift: as random as a benchmark needs.
    fn draw(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

/// The word of a rank: two syllables for those said most, three for the others.
fn spell(rank: usize) -> String {
    const CONSONANTS: [&str; 14] = [
        "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z",
    ];
    const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
    const SYLLABLES: usize = CONSONANTS.len() * VOWELS.len();
    let mut word = String::with_capacity(6);
    let mut rest = rank;
    for place in 0.. {
        let syllable = rest % SYLLABLES;
        word += CONSONANTS[syllable % CONSONANTS.len()];
        word += VOWELS[syllable / CONSONANTS.len()];
        rest /= SYLLABLES;
        if rest == 0 && place > 0 {
            break;
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_ranks_have_one_word() {
        let vocabulary = Vocabulary::new();
        let distinct: HashSet<&String> = vocabulary.words.iter().collect();
        assert_eq!(distinct.len(), WORDS);
        assert_eq!(
            vocabulary.text(&[0, 1, 70, WORDS - 1]),
            "baba daba bada nolaka"
        );
    }

    #[test]
    fn few_words_are_common_and_most_are_rare() {
        let mut vocabulary = Vocabulary::new();
        let messages: Vec<Vec<usize>> = (0..10_000).map(|_| vocabulary.say()).collect();
        let with = |rank| messages.iter().filter(|said| said.contains(&rank)).count();
        assert!((2_500..5_000).contains(&with(0)), "{}", with(0));
        assert!((100..400).contains(&with(RANKS[0])), "{}", with(RANKS[0]));
        assert!(with(RANKS[1]) < 30, "{}", with(RANKS[1]));
        let words: usize = messages.iter().map(Vec::len).sum();
        assert!((115_000..125_000).contains(&words), "{words}");
        let mut again = Vocabulary::new();
        assert!(messages.iter().all(|said| *said == again.say()));
    }

    #[test]
    fn a_search_is_made_of_different_words_of_the_message() {
        let vocabulary = Vocabulary::new();
        let said = [3, 3, 70, 9, 5_000, 2];
        let expected = [[3, 9, 2].as_slice(), &[3, 9, 70]].map(|ranks| vocabulary.text(ranks));
        assert_eq!(vocabulary.query(0, &said).as_ref(), Some(&expected[0]));
        assert_eq!(vocabulary.query(7, &said).as_ref(), Some(&expected[1]));
        assert_eq!(vocabulary.query(2, &said), None);
    }
}
