//! Templates as Bird names them: a project, a version, a language and parameters of several types.
//!
//! Which templates there are, and what they make of their parameters, is the core's.

use std::collections::BTreeMap;

use causerie_core::template::{LATEST, Locale, Slug, TemplateUse};
use causerie_core::{Invalid, Settings};
use causerie_http::Members;
use causerie_http::members::{object, text};
use serde_json::value::RawValue;

use super::wish::Strictness;

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

/// Reads the member `template`; what is wrong is noted.
pub(super) fn read(
    wish: &Members,
    strictness: Strictness,
    limits: &Settings,
) -> Option<TemplateUse> {
    let template = wish.object("template")?;
    strictness.refuse_others(&template, MEMBERS);
    let project = match template.parsed("projectId", Slug::parse) {
        None if !template.has("projectId") => template.parsed("name", Slug::parse),
        project => project,
    };
    if project.is_none() && !template.has("projectId") && !template.has("name") {
        template.tell("projectId", &Invalid::new("expected it"));
    }
    let version = template.parsed("version", Slug::parse);
    let locale = template.parsed("locale", Locale::parse);
    template.maybe("settings", object);
    template.maybe("shortLinks", object);
    let mut parameters = variables(&template);
    for parameter in template.objects("parameters").unwrap_or_default() {
        strictness.refuse_others(&parameter, &["type", "key", "value"]);
        if parameter.word("type", TYPES).is_none() && !parameter.has("type") {
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
