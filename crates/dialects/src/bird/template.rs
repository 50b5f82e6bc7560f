//! Templates as Bird names them: a project, a version, a language and parameters of several types.
//!
//! Which templates there are, and what they make of their parameters, is the core's.

use std::collections::BTreeMap;

use causerie_core::template::{LATEST, Locale, Slug, TemplateUse};
use causerie_core::{Invalid, Settings};
use causerie_http::Members;
use causerie_http::members::{object, text};
use serde_json::value::RawValue;

use super::value;
use super::wish::{Strictness, given};

const MEMBERS: &[&str] = &[
    "name",
    "projectId",
    "version",
    "locale",
    "attachments",
    "shortLinks",
    "variables",
    "utmParameters",
    "parameters",
    "settings",
];
const TYPES: &[(&str, ())] = &[
    ("string", ()),
    ("number", ()),
    ("boolean", ()),
    ("object", ()),
    ("sectionList", ()),
    ("timeslotList", ()),
    ("productSections", ()),
    ("productList", ()),
    ("shippingMethodList", ()),
    ("lineItemList", ()),
    ("whatsappProductSections", ()),
    ("whatsappProductItems", ()),
];

/// How many parameters links may be given.
const UTM_MAX: usize = 8;
/// How many characters the name of one may have.
const UTM_KEY_CHARS_MAX: usize = 20;
/// How many characters its value may have.
const UTM_VALUE_CHARS_MAX: usize = 100;

/// Reads the member `template`; what is wrong is noted.
pub(super) fn read(
    wish: &Members,
    strictness: Strictness,
    limits: &Settings,
) -> Option<TemplateUse> {
    let template = wish.object("template")?;
    strictness.refuse_others(&template, MEMBERS);
    let project = if given(&template, "projectId") {
        template.parsed("projectId", Slug::parse)
    } else if given(&template, "name") {
        template.parsed("name", Slug::parse)
    } else {
        template.note("projectId", Err(Invalid::new("expected it")))
    };
    look_at_rest(&template, strictness);
    let version = template.parsed("version", Slug::parse);
    let locale = template.parsed("locale", Locale::parse);
    template.maybe("settings", object);
    template.maybe("shortLinks", object);
    let mut parameters = variables(&template);
    for parameter in template.objects("parameters").unwrap_or_default() {
        strictness.refuse_others(&parameter, &["type", "key", "value"]);
        if parameter.word("type", TYPES).is_none() && !given(&parameter, "type") {
            parameter.tell("type", &Invalid::new("expected it"));
        }
        if let Some(key) = parameter.need_text("key") {
            parameters.insert(key, written(parameter.get_raw("value")));
        }
    }
    Some(TemplateUse {
        project: project?,
        version: version.unwrap_or_else(|| Slug::from_stored(LATEST)),
        locale: locale.unwrap_or_else(|| limits.default_locale.clone()),
        parameters,
    })
}

/// Notes what is wrong with what is only kept.
fn look_at_rest(template: &Members, strictness: Strictness) {
    for file in template.objects("attachments").unwrap_or_default() {
        strictness.refuse_others(&file, &["mediaUrl", "filename", "inline"]);
        file.need_text("mediaUrl");
        file.need_text("filename");
        file.maybe("inline", value::flag);
    }
    let Some(marks) = template.objects("utmParameters") else {
        return;
    };
    if marks.is_empty() || marks.len() > UTM_MAX {
        let problem = format!("expected a list of 1 to {UTM_MAX} parameters");
        template.tell("utmParameters", &Invalid::new(problem));
    }
    for mark in marks.iter().take(UTM_MAX) {
        strictness.refuse_others(mark, &["key", "value", "reference"]);
        mark.need("key", |raw| value::short(raw, UTM_KEY_CHARS_MAX));
        mark.maybe("value", |raw| value::short(raw, UTM_VALUE_CHARS_MAX));
        mark.word("reference", &[("platform_name", ()), ("channel_name", ())]);
    }
}

/// Texts by name.
fn variables(template: &Members) -> BTreeMap<String, String> {
    let Some(variables) = template.object("variables") else {
        return BTreeMap::new();
    };
    let names: Vec<String> = variables.iter().map(|(name, _)| name.to_owned()).collect();
    let pair = |name: String| Some((name.clone(), variables.need_text(&name)?));
    names.into_iter().filter_map(pair).collect()
}

/// A value as it stands in the text of a message: texts by themselves, everything else as JSON.
fn written(value: Option<&RawValue>) -> String {
    let Some(value) = value.filter(|raw| raw.get() != "null") else {
        return String::new();
    };
    text(value).unwrap_or_else(|_| value.get().to_owned())
}
