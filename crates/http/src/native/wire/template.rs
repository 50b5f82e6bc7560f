//! What is shown of templates and tags.
//!
//! A template is shown as it was written; what it says with values is a preview.

use std::collections::{BTreeMap, BTreeSet};

use causerie_core::tag::Tag;
use causerie_core::template::{Rendered, Source, Template, TemplateUse};
use causerie_core::text::Name;
use causerie_core::{Content, TagId, TemplateId};
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;
use crate::native::vocabulary;
use crate::reply::{Raw, Shown};

/// The template that a message was made from.
#[derive(Serialize, ToSchema)]
#[schema(as = TemplateUse)]
pub(crate) struct TemplateUseView<'a> {
    #[schema(example = "welcome")]
    project: &'a str,
    /// The version that was found.
    #[schema(example = "2")]
    version: &'a str,
    /// The language that was found.
    #[schema(example = "pt-BR")]
    locale: &'a str,
    #[schema(example = json!({"name": "Ada"}))]
    parameters: &'a BTreeMap<String, String>,
}

impl<'a> TemplateUseView<'a> {
    pub(super) fn of(used: &'a TemplateUse) -> Self {
        Self {
            project: used.project.as_str(),
            version: used.version.as_str(),
            locale: used.locale.as_str(),
            parameters: &used.parameters,
        }
    }
}

/// A text with named variables, in one version and language.
#[derive(Serialize, ToSchema)]
#[schema(as = Template)]
pub(crate) struct TemplateView<'a> {
    #[schema(value_type = String, example = "tmpl_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<TemplateId>,
    #[schema(example = "welcome")]
    project: &'a str,
    #[schema(example = "2")]
    version: &'a str,
    #[schema(example = "pt-BR")]
    locale: &'a str,
    name: Option<&'a str>,
    #[schema(example = "Olá {{name}}!")]
    body: Option<&'a str>,
    #[schema(value_type = vocabulary::ContentType, example = "text")]
    content_type: &'static str,
    #[schema(value_type = Option<Object>)]
    content: Option<Raw<'a>>,
    /// The names that a send has to give a value for.
    #[schema(value_type = Vec<String>, example = json!(["name"]))]
    variables: BTreeSet<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

impl<'a> TemplateView<'a> {
    pub(crate) fn of(template: &'a Template) -> Self {
        Self {
            id: Shown(template.id),
            project: template.project.as_str(),
            version: template.version.as_str(),
            locale: template.locale.as_str(),
            name: template.name.as_ref().map(Name::as_str),
            body: template.text.as_ref().map(Source::as_str),
            content_type: template.content_type.as_str(),
            content: template.content.as_ref().map(|one| Raw(one.as_str())),
            variables: template.variables(),
            created_at: Shown(template.created_at),
        }
    }
}

/// What a message from a template would say.
#[derive(Serialize, ToSchema)]
#[schema(as = Preview)]
pub(crate) struct PreviewView<'a> {
    #[schema(example = "Olá Ada!")]
    body: &'a str,
    #[schema(value_type = vocabulary::ContentType, example = "text")]
    content_type: &'static str,
    #[schema(value_type = Option<Object>)]
    content: Option<Raw<'a>>,
    /// The version that was found.
    #[schema(example = "2")]
    version: &'a str,
    /// The language that was found.
    #[schema(example = "pt-BR")]
    locale: &'a str,
}

impl<'a> PreviewView<'a> {
    pub(crate) fn of(rendered: &'a Rendered, used: &'a TemplateUse) -> Self {
        Self {
            version: used.version.as_str(),
            locale: used.locale.as_str(),
            body: rendered.text.as_str(),
            content_type: rendered.content_type.as_str(),
            content: rendered.content.as_ref().map(Content::as_str).map(Raw),
        }
    }
}

/// A tag that was used.
#[derive(Serialize, ToSchema)]
#[schema(as = Tag)]
pub(crate) struct TagView<'a> {
    #[schema(value_type = String, example = "tag_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<TagId>,
    #[schema(example = "vip")]
    name: &'a str,
    /// When it was first used.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

impl<'a> TagView<'a> {
    pub(crate) fn of(tag: &'a Tag) -> Self {
        Self {
            id: Shown(tag.id),
            name: tag.name.as_str(),
            created_at: Shown(tag.created_at),
        }
    }
}
