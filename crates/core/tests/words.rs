//! Pins the words that texts are found by.
//!
//! An index that keeps no texts can only take out the very words that were put in. What changes here, a newer table
//! of Unicode included, has to file all stored messages anew; it says nothing of whether the words are good ones.

use causerie_core::search::words;

/// Texts of many scripts and their words.
const WORDS: &[(&str, &str)] = &[
    ("L’Été 2026, naïve Übergröße!", "l ete 2026 naive ubergroße"),
    ("ΣΊΣΥΦΟΣ σίσυφος Ἀθῆναι", "σισυφοσ σισυφοσ αθηναι"),
    ("Москва Ёлка українська їжак", "москва елка украінська іжак"),
    (
        "東京都に行きました ﾊﾝｶｸ",
        "東 京 都 に 行 き ま し た ハ ン カ ク",
    ),
    ("北京大学 臺灣", "北 京 大 学 臺 灣"),
    (
        "한국어 텍스트",
        "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}\u{110b}\u{1165} \u{1110}\u{1166}\u{11a8}\u{1109}\u{1173}\u{1110}\u{1173}",
    ),
    ("ש\u{5b8}\u{5c1}לו\u{5b9}ם עולם", "שלום עולם"),
    ("م\u{64e}ر\u{652}ح\u{64e}ب\u{64b}ا ٢٠٢٦", "مرحبا ٢٠٢٦"),
    ("हिन\u{94d}दी कि नमस\u{94d}त\u{947} १२३", "हनद क नमसत १२३"),
    ("ภาษาไทย สว\u{e31}สด\u{e35}", "ภาษาไทย สวสด"),
    ("Tiếng Việt đường", "tieng viet đuong"),
    ("İstanbul ısı IŞIK", "istanbul ısı isik"),
    ("straße STRASSE ﬁne ² ½ Ⅷ", "straße strasse fine 2 1 2 viii"),
    ("Հայերեն ქართული ᲥᲐᲠᲗᲣᲚᲘ", "հայերեն ქართული ქართული"),
    ("አማርኛ ᏣᎳᎩ ꮳꮃꭹ", "አማርኛ ꮳꮃꭹ ꮳꮃꭹ"),
    (
        "👋🏽 hello 👨\u{200d}👩\u{200d}👧 a_b-c.d 1,000",
        "hello a b c d 1 000",
    ),
    (
        "e\u{301}te\u{301} \u{212b}ngstrom \u{1e921}\u{1e943}",
        "ete angstrom 𞥃𞥃",
    ),
    (
        "தமிழ\u{bcd} ব\u{9be}ংল\u{9be} ភាសាខ\u{17d2}មែរ",
        "தமழ বল ភសខមរ",
    ),
];

#[test]
fn the_words_of_texts_are_those_that_were_filed() {
    for (text, expected) in WORDS {
        assert_eq!(words(text).join(" "), *expected, "{text:?}");
    }
}

/// Also of those that no text above has: a later table of Unicode gives new characters and their cases.
#[test]
fn the_words_of_every_character_are_those_that_were_filed() {
    let mut all = blake3::Hasher::new();
    for char in '\0'..=char::MAX {
        for word in words(&format!("a{char}b")) {
            all.update(word.as_bytes());
            all.update(b" ");
        }
        all.update(b"\n");
    }
    let filed = "df09a92e59441ccf912eeec32357f8708633be469d87c80dae91d1a2594d418f";
    assert_eq!(all.finalize().to_hex().as_str(), filed);
}
