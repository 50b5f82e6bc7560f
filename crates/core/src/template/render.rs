//! Filling in the variables of a template.
//!
//! The library `upon` renders; nothing of its language is left but variables and string literals:
//! no blocks, includes, comments, filters, functions or paths. Nothing is escaped, and values are
//! never read again.

mod json;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::{Arc, LazyLock};

use upon::{Engine, Syntax, Value, ValueAccess, ValueMember};

use crate::invalid::Invalid;

pub(super) use json::{json_variables, render_json};

/// Without blocks and comments, `{%` and `{#` are text.
static ENGINE: LazyLock<Engine<'static>> = LazyLock::new(|| {
    let mut engine = Engine::new();
    engine.set_syntax(Syntax::builder().expr("{{", "}}").build());
    engine
});

/// A checked template text.
///
/// `{{ name }}` stands for the value of a variable; a name is 1 to [`Source::VARIABLE_CHARS_MAX`]
/// ASCII letters, digits and `_`, with `.` and `-` in between: `first_name`, `order.id`,
/// `utm-source`, `1`. Dots are part of the name. `{{ "{{" }}` and `{{ "}}" }}` stand for the signs
/// themselves, as does any other string without a quote, backslash or line break. Everything else
/// is text.
#[derive(Clone)]
pub struct Source(Arc<Checked>);

struct Checked {
    text: Box<str>,
    /// In order, each once.
    variables: Vec<String>,
    /// The text with the place of each variable in `variables` instead of its name, so that the
    /// library never reads what a caller wrote between the braces.
    program: upon::Template<'static>,
}

impl Source {
    /// How many characters a template text may have.
    pub const CHARS_MAX: usize = 20_000;
    /// How many bytes may come out of a template.
    pub const RENDERED_BYTES_MAX: usize = 200_000;
    /// How many characters the name of a variable may have.
    pub const VARIABLE_CHARS_MAX: usize = 64;

    /// Accepts at most [`Source::CHARS_MAX`] characters, any but NUL.
    ///
    /// # Errors
    ///
    /// Also for braces with anything but a name or a string between them, with the place where it
    /// stands.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let chars = text.chars().count();
        if chars > Source::CHARS_MAX {
            return Err(Invalid::new(format!(
                "expected at most {} characters, found {chars}",
                Self::CHARS_MAX
            )));
        }
        if text.contains('\0') {
            return Err(Invalid::new(
                "expected text without the NUL character (U+0000)",
            ));
        }
        let pieces = pieces(text)?;
        let names: BTreeSet<&str> = pieces.iter().filter_map(Piece::variable).collect();
        let places: BTreeMap<&str, usize> = names.into_iter().zip(0..).collect();
        let mut program = String::with_capacity(text.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) => program.push_str(text),
                Piece::Literal(text) => program.extend(["{{\"", text, "\"}}"]),
                // The library reads a dot and digits as an entry of a list.
                Piece::Variable(name) => program.extend(["{{.", &places[name].to_string(), "}}"]),
            }
        }
        let program = ENGINE
            .compile(program)
            .map_err(|_| Invalid::new(EXPECTED))?;
        Ok(Self(Arc::new(Checked {
            text: text.into(),
            variables: places.into_keys().map(str::to_owned).collect(),
            program,
        })))
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The names of its variables, in order, each once.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.variables.iter().map(String::as_str)
    }

    /// The text with a value in the place of each variable; values of other names are left alone.
    ///
    /// # Errors
    ///
    /// A variable without a value, and a result of more than [`Source::RENDERED_BYTES_MAX`] bytes.
    pub fn render(&self, values: &BTreeMap<String, String>) -> Result<String, Invalid> {
        let value = |name: &String| {
            let missing = || Invalid::new(format!("expected a value for {name}"));
            values.get(name).ok_or_else(missing)
        };
        let values = self
            .0
            .variables
            .iter()
            .map(value)
            .collect::<Result<Vec<_>, _>>()?;
        let lookup = |path: &[ValueMember<'_>]| match path {
            [
                ValueMember {
                    access: ValueAccess::Index(place),
                    ..
                },
            ] => values
                .get(*place)
                .map(|value| Value::from(value.as_str()))
                .ok_or_else(|| "no such variable".to_owned()),
            _ => Err("expected the place of a variable".to_owned()),
        };
        let mut rendered = Bounded(Vec::with_capacity(self.0.text.len()));
        self.0
            .program
            .render_from_fn(&ENGINE, lookup)
            .to_writer(&mut rendered)
            .ok()
            .and_then(|()| String::from_utf8(rendered.0).ok())
            .ok_or_else(too_long)
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Source {}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({} bytes)", self.0.text.len())
    }
}

fn too_long() -> Invalid {
    Invalid::new(format!(
        "expected at most {} bytes when filled in",
        Source::RENDERED_BYTES_MAX
    ))
}

/// What comes out, up to [`Source::RENDERED_BYTES_MAX`].
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > Source::RENDERED_BYTES_MAX - self.0.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const EXPECTED: &str = "expected {{ name }} with a name of at most 64 ASCII letters, digits, `_`, \
                        and `.` or `-` in between";

/// A part of a template text.
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
    /// What stands between the quotes.
    Literal(&'a str),
}

impl<'a> Piece<'a> {
    fn variable(&self) -> Option<&'a str> {
        match *self {
            Self::Variable(name) => Some(name),
            Self::Text(_) | Self::Literal(_) => None,
        }
    }
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Invalid> {
    let place = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let (plain, braced) = match rest.split_once("{{") {
            Some((plain, braced)) => (plain, Some(braced)),
            None => (rest, None),
        };
        if let Some(at) = plain.find("}}") {
            let place = place(&rest[at..]);
            return Err(Invalid::new(format!(
                "expected {{{{ before the }}}} at character {place}; write {{{{ \"}}}}\" }}}} for the sign"
            )));
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        let Some(braced) = braced else {
            return Ok(pieces);
        };
        let Some((piece, after)) = expression(braced) else {
            let place = place(&rest[plain.len()..]);
            return Err(Invalid::new(format!("{EXPECTED}, at character {place}")));
        };
        pieces.push(piece);
        rest = after;
    }
}

/// What stands after `{{`, and the rest after its `}}`.
fn expression(braced: &str) -> Option<(Piece<'_>, &str)> {
    let blank = [' ', '\t', '\r', '\n'];
    let inner = braced.trim_start_matches(blank);
    let (piece, rest) = if let Some(quoted) = inner.strip_prefix('"') {
        let (literal, rest) = quoted.split_once('"')?;
        (!literal.contains(['\\', '\r', '\n'])).then_some((Piece::Literal(literal), rest))?
    } else {
        let end = inner.find(|c: char| !is_word(c) && c != '.' && c != '-');
        let (name, rest) = inner.split_at(end.unwrap_or(inner.len()));
        let named = name.starts_with(is_word)
            && name.ends_with(is_word)
            && name.len() <= Source::VARIABLE_CHARS_MAX;
        named.then_some((Piece::Variable(name), rest))?
    };
    let rest = rest.trim_start_matches(blank).strip_prefix("}}")?;
    Some((piece, rest))
}

fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn check_render(text: &str, pairs: &[(&str, &str)], expected: &str) {
        let source = Source::parse(text).expect("a template");
        assert_eq!(source.as_str(), text);
        assert_eq!(
            source.render(&values(pairs)).as_deref(),
            Ok(expected),
            "{text}"
        );
    }

    fn check_refused(text: &str, problem: &str) {
        let refusal = Source::parse(text).expect_err("no template");
        assert!(refusal.to_string().contains(problem), "{text}: {refusal}");
    }

    #[test]
    fn variables_are_filled_in_and_nothing_else() {
        check_render("", &[], "");
        check_render("Hi {{ name }}!", &[("name", "Ada")], "Hi Ada!");
        check_render("{{1}}{{2}} {{\n1\t}}", &[("1", "a"), ("2", "b")], "ab a");
        check_render(
            "{{order.id}}, {{utm-source}}, {{if}}, {{true}}, {{_}}",
            &[
                ("order.id", "7"),
                ("utm-source", "x"),
                ("if", "i"),
                ("true", "t"),
                ("_", "u"),
            ],
            "7, x, i, t, u",
        );
        check_render(
            "{% if x %} {# c #} {a} } {",
            &[],
            "{% if x %} {# c #} {a} } {",
        );
        check_render(" - {{a}} -\n", &[("a", "1"), ("more", "2")], " - 1 -\n");
        check_render(
            "{{a}}}{{{b}}".replace("{{{", "{ {{").as_str(),
            &[("a", "1"), ("b", "2")],
            "1}{ 2",
        );
    }

    #[test]
    fn values_are_put_in_as_they_are() {
        check_render(
            "{{a}}",
            &[("a", "<b>&{{b}}\"\\{% x %}")],
            "<b>&{{b}}\"\\{% x %}",
        );
        check_render("{{a}}{{b}}", &[("a", "{{"), ("b", "b}}")], "{{b}}");
        check_render("{{a}}|", &[("a", "")], "|");
    }

    #[test]
    fn strings_stand_for_signs() {
        check_render("{{ \"{{\" }}name{{\"}}\"}}", &[], "{{name}}");
        check_render("{{\"\"}}{{\"{{-\"}}{{\"-}}\"}}", &[], "{{--}}");
    }

    #[test]
    fn everything_else_between_braces_is_refused() {
        for text in [
            "{{}}",
            "{{ }}",
            "{{a",
            "{{ a }",
            "{{{a}}",
            "{{a b}}",
            "{{a|upper}}",
            "{{a()}}",
            "{{-a}}",
            "{{a -}}",
            "{{.a}}",
            "{{a.}}",
            "{{a-}}",
            "{{a?.b}}",
            "{{a[0]}}",
            "{{[a]}}",
            "{{(a)}}",
            "{{+1}}",
            "{{ü}}",
            "{{#if a}}",
            "{{> a}}",
            "{{! a}}",
            "{{\"}}",
            "{{\"a\\n\"}}",
            "{{\"a\nb\"}}",
            "{{'a'}}",
            "{{\"a\" | b}}",
            "{{ \"a\" b }}",
        ] {
            check_refused(text, "expected {{ name }}");
        }
        check_refused(&format!("{{{{{}}}}}", "x".repeat(65)), "at most 64");
        check_refused("äöü {{ a b }}", "at character 5");
        check_refused("ä}} {{ a }}", "expected {{ before the }} at character 2");
        check_refused(
            &"((((".repeat(5_001),
            "expected at most 20000 characters, found 20004",
        );
        check_refused("a\0", "NUL");
    }

    #[test]
    fn what_is_deeply_nested_is_only_text_or_refused() {
        check_refused(
            &format!("{{{{{}", "(".repeat(19_000)),
            "expected {{ name }}",
        );
        check_refused(&"{".repeat(20_000), "expected {{ name }}");
        let text = "([{ ".repeat(5_000);
        check_render(&text, &[], &text);
    }

    #[test]
    fn variables_are_named_in_order_each_once() {
        let source = Source::parse("{{b}} {{a}} {{b}} {{10}} {{\"c\"}}").expect("a template");
        assert_eq!(source.variables().collect::<Vec<_>>(), ["10", "a", "b"]);
        let missing = source.render(&values(&[("10", ""), ("b", "")]));
        assert_eq!(missing, Err(Invalid::new("expected a value for a")));
    }

    #[test]
    fn what_comes_out_is_bounded() {
        let source = Source::parse(&"{{a}}".repeat(4_000)).expect("a template");
        let render = |length: usize| source.render(&values(&[("a", &"x".repeat(length))]));
        assert_eq!(
            render(50).map(|text| text.len()),
            Ok(Source::RENDERED_BYTES_MAX)
        );
        assert_eq!(render(51), Err(too_long()));
        assert_eq!(render(1_000_000), Err(too_long()));
    }

    #[test]
    fn a_source_may_go_anywhere() {
        fn check<T: Clone + fmt::Debug + Eq + Send + Sync + 'static>(_: &T) {}
        let source = Source::parse("{{a}} secret").expect("a template");
        check(&source);
        assert_eq!(source, Source::parse("{{a}} secret").expect("a template"));
        assert_ne!(source, Source::parse("{{a}}").expect("a template"));
        assert_eq!(format!("{source:?}"), "Source(12 bytes)");
    }

    proptest! {
        #[test]
        fn any_text_is_a_template_or_refused(
            text in "(\\{\\{|\\}\\}|[ab1 .\"\\\\|({%#\\n\\-]|\\PC){0,40}",
            value in any::<String>(),
        ) {
            if let Ok(source) = Source::parse(&text) {
                let values: BTreeMap<String, String> =
                    source.variables().map(|name| (name.to_owned(), value.clone())).collect();
                let rendered = source.render(&values);
                prop_assert!(rendered.is_ok());
                if !text.contains("{{") {
                    prop_assert_eq!(rendered.as_deref(), Ok(text.as_str()));
                }
            }
        }
    }
}
