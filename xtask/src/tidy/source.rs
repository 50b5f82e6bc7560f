//! Rules for one source file: it says what it is for, is short, and names things for what they are.
//! Reads lines, not syntax: a rule that needs a parser belongs in a lint.

use super::Finding;

const LINES_MAX: usize = 500;
/// Tests may be longer: a table of cases reads better in one piece.
const TEST_LINES_MAX: usize = 700;

/// Words that say nothing about a thing; as the last word of a name they make it two things.
const EMPTY_WORDS: [&str; 9] = [
    "manager", "service", "helper", "util", "impl", "data", "info", "common", "misc",
];

/// Put together so that this file does not contain what it looks for.
const UNFINISHED: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Keywords that introduce a name of ours.
const ITEMS: [&str; 6] = ["struct", "enum", "trait", "union", "type", "mod"];

pub(crate) fn check(name: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !says_what_it_is_for(text) {
        findings.push(Finding::new(
            name,
            "starts without `//!`: say what the file is for",
        ));
    }
    let lines_max = if is_test(name) {
        TEST_LINES_MAX
    } else {
        LINES_MAX
    };
    let lines = text.lines().count();
    if lines > lines_max {
        let text = format!("has {lines} lines, at most {lines_max}: it is two things");
        findings.push(Finding::new(name, text));
    }
    if let Some(module) = module_name(name)
        && is_empty_name(module)
    {
        findings.push(Finding::new(name, format!("`{module}` names nothing")));
    }
    for (number, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", number + 1);
        if let Some(item) = declared(line)
            && is_empty_name(item)
        {
            findings.push(Finding::new(&place, format!("`{item}` names nothing")));
        }
        if UNFINISHED.iter().any(|mark| is_unnumbered(line, mark)) {
            let text = "an open end needs the number of its issue, as in (#12)";
            findings.push(Finding::new(&place, text));
        }
    }
    findings
}

fn says_what_it_is_for(text: &str) -> bool {
    let is_prelude = |line: &&str| line.starts_with("#!") || line.trim().is_empty();
    text.lines()
        .find(|line| !is_prelude(line))
        .is_some_and(|line| line.starts_with("//!"))
}

fn is_test(name: &str) -> bool {
    name.starts_with("tests/") || name.contains("/tests/") || name.ends_with("tests.rs")
}

/// The module that a file is: its stem, or its directory for `mod.rs`.
fn module_name(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".rs")?;
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    stem.rsplit('/').next()
}

/// The name that `line` declares, if it declares a type or a module.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().peekable();
    while words
        .peek()
        .is_some_and(|word| word.starts_with("pub") || *word == "unsafe")
    {
        words.next();
    }
    let keyword = words.next()?;
    if !ITEMS.contains(&keyword) {
        return None;
    }
    let name = words.next()?;
    let end = name
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(name.len());
    (end > 0).then_some(&name[..end])
}

/// Whether the last word of `name` is one that says nothing.
fn is_empty_name(name: &str) -> bool {
    let last = match name.rsplit_once('_') {
        Some((_, last)) => last,
        None => &name[name.rfind(|c: char| c.is_uppercase()).unwrap_or(0)..],
    };
    let last = last.to_lowercase();
    let singular = last.strip_suffix('s').unwrap_or(&last);
    EMPTY_WORDS
        .iter()
        .any(|word| *word == last || *word == singular)
}

fn is_unnumbered(line: &str, mark: &str) -> bool {
    line.match_indices(mark).any(|(at, _)| {
        let is_word = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = &line[at + mark.len()..];
        let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        is_word && ends && !rest.starts_with("(#")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(text: &str, expected: &str) {
        let text = format!("//! What it is for.\n{text}\n");
        let found: Vec<String> = check("crates/x/src/y.rs", &text)
            .into_iter()
            .map(|finding| finding.text)
            .collect();
        if expected.is_empty() {
            assert!(found.is_empty(), "{text}: {found:?}");
        } else {
            assert!(
                found.len() == 1 && found[0].contains(expected),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn a_file_says_what_it_is_for() {
        assert_eq!(check("a.rs", "#![no_std]\n\n//! Yes.\n"), []);
        assert_eq!(check("a.rs", "use x;\n//! Late.\n").len(), 1);
        assert_eq!(check("a.rs", "").len(), 1);
    }

    #[test]
    fn a_file_is_short() {
        let text = format!("//! Long.\n{}", "\n".repeat(LINES_MAX));
        assert_eq!(check("crates/x/src/y.rs", &text).len(), 1);
        assert_eq!(check("tests/tests/y.rs", &text), []);
    }

    #[test]
    fn names_say_something() {
        check_one(
            "pub(crate) struct ConnectionManager;",
            "`ConnectionManager`",
        );
        check_one("mod helpers;", "`helpers`");
        check_one("trait Util {}", "`Util`");
        check_one("struct DatabaseUrl;", "");
        check_one("use actix_web::web::Data;", "");
        check_one("impl Service for Echo {}", "");
        assert_eq!(check("crates/x/src/common.rs", "//! Yes.\n").len(), 1);
        assert_eq!(check("crates/x/src/misc/mod.rs", "//! Yes.\n").len(), 1);
    }

    #[test]
    fn open_ends_have_a_number() {
        check_one(
            &format!("// {} tidy up", UNFINISHED[0]),
            "number of its issue",
        );
        check_one(&format!("// {}(#12) tidy up", UNFINISHED[0]), "");
        check_one("// METHODOLOGY", "");
    }
}
