//! Creates, finds and deletes templates, and fills them in.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use crate::content::ContentType;
use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::fault::Fault;
use crate::id::{TemplateId, WorkspaceId};
use crate::invalid::{Invalid, Violation};
use crate::key::Scope;
use crate::page::{Limit, Page};
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::template::{
    LATEST, Locale, Rendered, Slug, Source, Template, TemplateState, TemplateUse, VARIABLES_MAX,
};
use crate::text::Name;
use crate::workspace::Settings;

use super::create_participant::require_unbound;

/// The wish to have a template.
#[derive(Clone, Debug)]
pub struct CreateTemplate {
    /// What it is for.
    pub project: Slug,
    /// Which version of it; anything but [`LATEST`].
    pub version: Slug,
    /// In which language.
    pub locale: Locale,
    /// What people call it.
    pub name: Option<Name>,
    /// The text with its variables.
    pub text: Option<Source>,
    /// How the content reads.
    pub content_type: ContentType,
    /// The structured content with variables in its strings, as JSON.
    pub content: Option<String>,
}

/// Creates a template, which never changes from then on: the newest version is the one that was created last.
/// A content without variables has to keep the rules of its type at once, one with variables when they are
/// filled in. Callers that are bound to a participant may not.
///
/// # Errors
/// `scope_missing`, `not_allowed`, `template_exists`; `validation_failed` at `version` for [`LATEST`], at
/// `body` when there is neither text nor content or there are more than [`VARIABLES_MAX`] variables, at `content`
/// and within.
pub fn create_template(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &CreateTemplate,
) -> Result<Template, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    require_unbound(cx)?;
    let template = compose(cx, cmd).map_err(|violations| Refusal::Invalid { violations })?;
    let (project, version, locale) = (&template.project, &template.version, &template.locale);
    let taken = unit
        .templates()
        .find_exact(cx.workspace(), project, version, locale)?;
    if taken.is_some() {
        return Err(Refusal::TemplateExists.into());
    }
    unit.templates_mut().add(&template)?;
    log(unit, cx, Topic::TemplateCreated, template.id)?;
    Ok(template)
}

fn compose(cx: &Context, cmd: &CreateTemplate) -> Result<Template, Vec<Violation>> {
    let mut violations = Vec::new();
    let mut refuse = |place: &'static str, problem: String| {
        violations.push(Invalid::new(problem).at(place));
    };
    if cmd.version.is_latest() {
        let problem =
            format!("expected a name of its own: `{LATEST}` stands for the newest version");
        refuse("version", problem);
    }
    if cmd.text.is_none() && cmd.content.is_none() {
        refuse("body", "expected a body or a content".to_owned());
    } else if cmd.content.is_none() && cmd.content_type.requires_content() {
        refuse(
            "content",
            "expected a content of this content_type".to_owned(),
        );
    }
    let content = match &cmd.content {
        None => None,
        Some(json) => match Template::content_source(cmd.content_type, json) {
            Ok(content) => Some(content),
            Err(more) => {
                violations.extend(more);
                None
            }
        },
    };
    let template = Template::restore(TemplateState {
        id: cx.fresh.into(),
        workspace: cx.workspace(),
        project: cmd.project.clone(),
        version: cmd.version.clone(),
        locale: cmd.locale.clone(),
        name: cmd.name.clone(),
        text: cmd.text.clone(),
        content_type: cmd.content_type,
        content,
        created_at: cx.now,
    });
    if template.variables().len() > VARIABLES_MAX {
        let problem = format!("expected at most {VARIABLES_MAX} variables");
        violations.push(Invalid::new(problem).at("body"));
    }
    if violations.is_empty() {
        Ok(template)
    } else {
        Err(violations)
    }
}

/// The template.
///
/// # Errors
/// `scope_missing`, `template_not_found`.
pub fn find_template(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: TemplateId,
) -> Result<Template, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let found = snapshot.templates().find(cx.workspace(), id)?;
    Ok(found.ok_or(Refusal::TemplateNotFound)?)
}

/// A page of templates, newest first; of one project if it is named.
///
/// # Errors
/// `scope_missing`.
pub fn list_templates(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    project: Option<&Slug>,
    cursor: Option<TemplateId>,
    limit: Limit,
) -> Result<Page<Template, TemplateId>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let found = snapshot
        .templates()
        .page(cx.workspace(), project, cursor, limit.probe())?;
    Ok(Page::cut(found, limit, |template| template.id))
}

/// Deletes a template. Messages that were made or scheduled with it stay as they are. Callers that are bound
/// to a participant may not.
///
/// # Errors
/// `scope_missing`, `not_allowed`, `template_not_found`.
pub fn delete_template(unit: &mut dyn Unit, cx: &Context, id: TemplateId) -> Result<(), Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    require_unbound(cx)?;
    if !unit.templates_mut().erase(cx.workspace(), id)? {
        return Err(Refusal::TemplateNotFound.into());
    }
    log(unit, cx, Topic::TemplateDeleted, id)
}

/// What a message from this template would say, and which template that is; nothing is sent.
///
/// # Errors
/// `scope_missing`, `template_not_found`, `validation_failed` at `template/parameters/NAME` for each value that
/// is missing, unknown or too long, at `template` or within `content` for a result that no message may have.
pub fn preview_template(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    wish: &TemplateUse,
) -> Result<(Rendered, TemplateUse), Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let (workspace, known) = (cx.workspace(), &mut Known::new());
    Ok(render_use(snapshot, workspace, cx.limits(), wish, known)??)
}

/// Templates of a workspace that were looked up already, and those that it does not have.
pub(super) type Known = HashMap<(Slug, Slug, Locale), Option<Template>>;

/// What a template says, and which one it was: of the wanted version, in the first language that it has of the
/// wanted one, ever shorter forms of it, the workspace's own and its shorter forms. Nothing is looked up twice.
pub(super) fn render_use(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    limits: &Settings,
    wish: &TemplateUse,
    known: &mut Known,
) -> Result<Result<(Rendered, TemplateUse), Refusal>, Fault> {
    let mut tried: BTreeSet<Locale> = BTreeSet::new();
    let locales = wish
        .locale
        .fallbacks()
        .chain(limits.default_locale.fallbacks());
    for locale in locales {
        if !tried.insert(locale.clone()) {
            continue;
        }
        let found = match known.entry((wish.project.clone(), wish.version.clone(), locale)) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(unknown) => {
                let found = look_up(snapshot, workspace, unknown.key())?;
                unknown.insert(found)
            }
        };
        if let Some(template) = found {
            let rendered = template.render(&wish.parameters, limits);
            return Ok(rendered.map(|rendered| {
                let used = TemplateUse {
                    project: template.project.clone(),
                    version: template.version.clone(),
                    locale: template.locale.clone(),
                    parameters: wish.parameters.clone(),
                };
                (rendered, used)
            }));
        }
    }
    Ok(Err(Refusal::TemplateNotFound))
}

fn look_up(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    (project, version, locale): &(Slug, Slug, Locale),
) -> Result<Option<Template>, Fault> {
    let templates = snapshot.templates();
    if version.is_latest() {
        templates.find_latest(workspace, project, locale)
    } else {
        templates.find_exact(workspace, project, version, locale)
    }
}

fn log(unit: &mut dyn Unit, cx: &Context, topic: Topic, id: TemplateId) -> Result<(), Error> {
    let event = NewEvent {
        topic,
        subject: Subject::Template(id),
        at: cx.now,
    };
    Ok(unit.events_mut().append(cx.workspace(), &[event])?)
}
