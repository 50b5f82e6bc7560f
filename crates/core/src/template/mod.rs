//! Templates: texts with named variables, in versions and languages.
//!
//! A template never changes: whoever wants other words makes a new version.

mod render;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::content::{CONTENT_BYTES_MAX, Content, ContentType};
use crate::id::{TemplateId, WorkspaceId};
use crate::invalid::{Invalid, Violation};
use crate::refusal::Refusal;
use crate::text::{Name, Text};
use crate::timestamp::Timestamp;
use crate::workspace::Settings;

pub use render::Source;

/// How many characters a project or version may have.
pub const SLUG_CHARS_MAX: usize = 64;
/// How many variables a template may have.
pub const VARIABLES_MAX: usize = 100;
/// How many characters the value of a variable may have.
pub const VALUE_CHARS_MAX: usize = 10_000;
/// The version that stands for the newest one.
pub const LATEST: &str = "latest";

/// The name of a project or version: letters, digits, `.`, `_` and `-` of ASCII.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(Arc<str>);

impl Slug {
    /// Accepts 1 to [`SLUG_CHARS_MAX`] letters, digits, `.`, `_` and `-`; case matters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=SLUG_CHARS_MAX).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new(
                "expected 1 to 64 letters, digits, `.`, `_` or `-`",
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

    /// Whether it stands for the newest version.
    pub fn is_latest(&self) -> bool {
        &*self.0 == LATEST
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A language tag (BCP 47): subtags of letters and digits joined by `-`, kept in their usual case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(Arc<str>);

impl Locale {
    /// Accepts tags such as `en`, `pt-BR`, `zh-Hant-TW`, at most 35 characters; `_` is read as `-`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let problem = Invalid::new("expected a language tag such as en or pt-BR");
        let mut parts: Vec<String> = Vec::new();
        for part in text.split(['-', '_']) {
            let alphanumeric = part.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let fits = (1..=8).contains(&part.len()) && alphanumeric;
            let language = part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
            if !fits || (parts.is_empty() && !language) {
                return Err(problem);
            }
            let lower = part.to_ascii_lowercase();
            parts.push(match (parts.is_empty(), part.len()) {
                (false, 2) => lower.to_ascii_uppercase(),
                (false, 4) if part.as_bytes()[0].is_ascii_alphabetic() => {
                    lower[..1].to_ascii_uppercase() + &lower[1..]
                }
                _ => lower,
            });
        }
        let tag = parts.join("-");
        if tag.len() > 35 {
            return Err(problem);
        }
        Ok(Self(tag.into()))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a tag that was checked when it was stored.
    pub fn from_stored(tag: impl Into<Arc<str>>) -> Self {
        Self(tag.into())
    }

    /// Itself, then ever shorter tags (RFC 4647, lookup): `zh-Hant-TW`, `zh-Hant`, `zh`.
    pub fn fallbacks(&self) -> impl Iterator<Item = Self> {
        let shorter = |tag: &Self| {
            let (head, _) = tag.0.rsplit_once('-')?;
            // A single letter or digit only introduces what follows it.
            let head =
                head.rsplit_once('-').map_or(
                    head,
                    |(front, last)| {
                        if last.len() == 1 { front } else { head }
                    },
                );
            Some(Self(head.into()))
        };
        std::iter::successors(Some(self.clone()), shorter)
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A template of a workspace; one for each project, version and locale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(TemplateState);

/// Everything a template holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateState {
    /// Its id.
    pub id: TemplateId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// What it is for.
    pub project: Slug,
    /// Which version of it; the newest one was created last.
    pub version: Slug,
    /// In which language.
    pub locale: Locale,
    /// What people call it.
    pub name: Option<Name>,
    /// The text with its variables, if there is one.
    pub text: Option<Source>,
    /// How the content reads.
    pub content_type: ContentType,
    /// The structured content with variables in its strings, if there is one.
    pub content: Option<Content>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// The wish to say what a template says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateUse {
    /// What it is for.
    pub project: Slug,
    /// Which version, or [`LATEST`]; on a message the one that was found.
    pub version: Slug,
    /// In which language; on a message the one that was found.
    pub locale: Locale,
    /// A value for each variable.
    pub parameters: BTreeMap<String, String>,
}

/// What a template says with its variables filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The text; empty when the content says it all.
    pub text: Text,
    /// How the content reads.
    pub content_type: ContentType,
    /// The structured content.
    pub content: Option<Content>,
}

impl Template {
    /// Takes what an adapter stored, or a new template's first state.
    pub fn restore(state: TemplateState) -> Self {
        Self(state)
    }

    /// Accepts a JSON object with variables in its strings, no larger than a content may be. Without variables
    /// it has to keep the rules of its type; with them only what comes of it has to.
    ///
    /// # Errors
    /// What is wrong, at `content` or within.
    pub fn content_source(
        content_type: ContentType,
        json: &str,
    ) -> Result<Content, Vec<Violation>> {
        let unfit = |problem: Invalid| vec![problem.at("content")];
        if json.len() > CONTENT_BYTES_MAX {
            let problem = format!(
                "expected at most {CONTENT_BYTES_MAX} bytes, found {}",
                json.len()
            );
            return Err(unfit(Invalid::new(problem)));
        }
        let variables = render::json_variables(json).map_err(unfit)?;
        if variables.is_empty() {
            // Escapes are filled in before anybody reads it.
            let said = render::render_json(json, &BTreeMap::new()).map_err(unfit)?;
            Content::parse(content_type, &said)?;
        }
        Ok(Content::from_stored(json.trim()))
    }

    /// The names of its variables in order, each once.
    pub fn variables(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        if let Some(text) = &self.text {
            names.extend(text.variables().map(str::to_owned));
        }
        if let Some(content) = &self.content {
            names.extend(render::json_variables(content.as_str()).unwrap_or_default());
        }
        names
    }

    /// Fills in the variables. Values are put in as they are and never read as templates themselves.
    ///
    /// # Errors
    /// `validation_failed` at `template/parameters/NAME` for each value that is missing, unknown or too
    /// long, at `template` for a result that no message may have.
    pub fn render(
        &self,
        parameters: &BTreeMap<String, String>,
        limits: &Settings,
    ) -> Result<Rendered, Refusal> {
        let variables = self.variables();
        let violations = misfits(&variables, parameters);
        if !violations.is_empty() {
            return Err(Refusal::Invalid { violations });
        }
        let unfit = |problem: Invalid| Refusal::from(problem.at("template"));
        let text = match &self.text {
            None => Text::empty(),
            Some(source) => {
                let rendered = source.render(parameters).map_err(unfit)?;
                Text::parse(&rendered, limits).map_err(unfit)?
            }
        };
        let content = match &self.content {
            None => None,
            Some(content) => {
                let json = render::render_json(content.as_str(), parameters).map_err(unfit)?;
                let content = Content::parse(self.content_type, &json)
                    .map_err(|violations| Refusal::Invalid { violations })?;
                Some(content)
            }
        };
        Ok(Rendered {
            text,
            content_type: self.content_type,
            content,
        })
    }
}

/// What is wrong with the values that were given for these variables.
fn misfits(variables: &BTreeSet<String>, parameters: &BTreeMap<String, String>) -> Vec<Violation> {
    let at = |name: &str| {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        format!("template/parameters/{escaped}")
    };
    let missing = variables
        .iter()
        .filter(|name| !parameters.contains_key(*name))
        .map(|name| {
            Invalid::new("expected a value for this variable of the template").at(at(name))
        });
    let given = parameters.iter().filter_map(|(name, value)| {
        let problem = if !variables.contains(name) {
            "expected no value: the template has no such variable"
        } else if value.chars().count() > VALUE_CHARS_MAX {
            "expected at most 10000 characters"
        } else {
            return None;
        };
        Some(Invalid::new(problem).at(at(name)))
    });
    missing.chain(given).collect()
}

impl Deref for Template {
    type Target = TemplateState;

    fn deref(&self) -> &TemplateState {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_falls_back_to_shorter_ones() {
        let locale = Locale::parse("zh_hant_tw").expect("a tag");
        assert_eq!(locale.as_str(), "zh-Hant-TW");
        let tags: Vec<String> = locale
            .fallbacks()
            .map(|tag| tag.as_str().to_owned())
            .collect();
        assert_eq!(tags, ["zh-Hant-TW", "zh-Hant", "zh"]);
        let private = Locale::parse("en-x-work").expect("a tag");
        assert_eq!(private.fallbacks().nth(1), Some(Locale::from_stored("en")));
        for wrong in ["", "e", "en-", "1n", "en us", "abcdefghi"] {
            assert!(Locale::parse(wrong).is_err(), "{wrong}");
        }
    }
}
