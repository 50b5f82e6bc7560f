//! Templates: create, list, show, delete, preview.
//!
//! A template never changes: whoever wants other words makes a new version.

use std::borrow::Cow;

use actix_web::HttpResponse;
use causerie_core::act::{
    CreateTemplate, create_template, delete_template, find_template, list_templates,
    preview_template,
};
use causerie_core::template::{Locale, Slug, Source, Template, TemplateUse};
use causerie_core::text::Name;
use causerie_core::{ContentType, Error, Refusal, Scope, TemplateId};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::drafts::TemplateBody;
use super::vocabulary;
use super::wire::{Answered, PageView, PreviewView, TemplateView, created, ok, page};
use crate::Problem;
use crate::extract::{Call, Check, Query, WireBody};
use crate::reply::Rendered;

fn render_created(template: &Template) -> Rendered {
    created(&TemplateView::of(template)).at(format!("/v1/templates/{}", template.id))
}

/// A new template.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewTemplate, example = json!({
    "project": "welcome", "version": "2", "locale": "pt-BR", "body": "Olá {{name}}!"
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBody<'a> {
    /// What it is for: 1 to 64 letters, digits, `.`, `_` or `-`.
    project: String,
    /// Written like a project; anything but `latest`, which stands for the one that was created last.
    version: String,
    /// A language tag such as `en` or `pt-BR`.
    locale: String,
    /// What people call it: one line of 1 to 128 characters.
    name: Option<String>,
    /// Up to 20,000 characters, with variables as `{{name}}`; `{{"{{"}}` stands for two braces.
    #[serde(borrow)]
    body: Option<Cow<'a, str>>,
    /// How the content reads: `text` unless given.
    #[schema(value_type = Option<vocabulary::ContentType>)]
    content_type: Option<String>,
    /// A JSON object of up to 64 KiB with variables in its strings.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    content: Option<&'a RawValue>,
}

impl<'a> WireBody<'a> for CreateBody<'a> {
    type To = ();
    type Command = CreateTemplate;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<CreateTemplate> {
        let project = check.at("/project", |_| Slug::parse(&self.project));
        let version = check.at("/version", |_| Slug::parse(&self.version));
        let locale = check.at("/locale", |_| Locale::parse(&self.locale));
        let name = check.maybe("/name", self.name, |name, _| Name::parse(&name));
        let text = check.maybe("/body", self.body, |text, _| Source::parse(&text));
        let content_type = check.maybe("/content_type", self.content_type, |word, _| {
            ContentType::parse(&word)
        });
        Some(CreateTemplate {
            project: project?,
            version: version?,
            locale: locale?,
            name: name?,
            text: text?,
            content_type: content_type?.unwrap_or_default(),
            content: self.content.map(|json| json.get().to_owned()),
        })
    }
}

/// Creates a template: one for each project, version and locale.
#[utoipa::path(post, path = "/v1/templates", tag = "templates", request_body = CreateBody,
    responses((status = 201, body = TemplateView)))]
pub(crate) async fn create(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    call.no_query()?;
    call.receive().await?;
    let cmd = call.command::<CreateBody<'_>>(())?;
    call.once(move |unit, cx| Ok(render_created(&create_template(unit, cx, &cmd)?)))
        .await
}

/// Which templates to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only those of this project.
    project: Option<String>,
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// Lists templates, newest first.
#[utoipa::path(get, path = "/v1/templates", tag = "templates", params(ListQuery),
    responses((status = 200, body = PageView<TemplateView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let project = query.take("project", asked.project, Slug::parse);
    let (cursor, limit) = (query.cursor(asked.cursor), query.limit(asked.limit));
    query.finish()?;
    let found = call
        .read(move |snapshot, cx| list_templates(snapshot, cx, project.as_ref(), cursor, limit))
        .await?;
    Ok(page(&found, TemplateView::of))
}

/// Shows a template.
#[utoipa::path(get, path = "/v1/templates/{template_id}", tag = "templates",
    params(("template_id" = String, Path, description = "The template.")),
    responses((status = 200, body = TemplateView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id: TemplateId = call.id("template_id")?;
    call.unless_template_missing(call.no_query(), id).await?;
    let found = call
        .read(move |snapshot, cx| find_template(snapshot, cx, id))
        .await?;
    Ok(ok(&TemplateView::of(&found)).into_response())
}

/// Deletes a template; messages that were made or scheduled with it stay as they are.
#[utoipa::path(delete, path = "/v1/templates/{template_id}", tag = "templates",
    params(("template_id" = String, Path, description = "The template.")),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: TemplateId = call.id("template_id")?;
    call.unless_template_missing(call.no_query(), id).await?;
    call.write(move |unit, cx| delete_template(unit, cx, id))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

impl WireBody<'_> for TemplateBody {
    type To = ();
    type Command = TemplateUse;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<TemplateUse> {
        self.read("", check)
    }
}

/// Shows what a message from a template would say; nothing is sent.
#[utoipa::path(post, path = "/v1/templates/preview", tag = "templates",
    request_body = TemplateBody, responses((status = 200, body = PreviewView)))]
pub(crate) async fn preview(mut call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    call.no_query()?;
    call.receive().await?;
    let wish = call.command::<TemplateBody>(())?;
    call.once(move |unit, cx| {
        let (said, used) = preview_template(unit, cx, &wish).map_err(outside)?;
        Ok(ok(&PreviewView::of(&said, &used)))
    })
    .await
}

/// The same error in a body that is the template's use itself, not a message that has one.
fn outside(error: Error) -> Error {
    let Error::Refusal(Refusal::Invalid { mut violations }) = error else {
        return error;
    };
    for one in &mut violations {
        if let Some(rest) = one.field.strip_prefix("template/") {
            one.field = rest.to_owned().into();
        }
    }
    Refusal::Invalid { violations }.into()
}

impl Call {
    /// The problem with a request, unless its template does not exist: that comes first.
    async fn unless_template_missing<T>(
        &self,
        understood: Result<T, Problem>,
        id: TemplateId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            find_template(snapshot, cx, id).map(drop)
        })
        .await
    }
}
