//! The limits of a project: those of Causerie's settings that `SaaSignal` knows.
//!
//! What may be set is decided by the core.

use causerie_core::Invalid;
use causerie_core::act::{change_settings, find_settings};
use causerie_core::{Prefix, Scope, SettingsChange, Timestamp, Workspace};
use causerie_http::extract::{Call, Given};
use causerie_http::members::{boolean, integer};
use causerie_http::problem::Wrong;
use causerie_http::{Answered, Members, Problem, Shown};
use serde::Serialize;
use serde_json::value::RawValue;

use super::ids::{Project, SettingsId};
use super::problem::bad_request;
use super::request::body;
use super::wire::ok;

/// `SaaSignal`'s names of settings, and the core's.
const NAMES: &[(&str, &str)] = &[
    ("max_participants_per_conversation", "members_max"),
    ("max_message_length", "text_chars_max"),
    ("message_retention_days", "retention_days"),
];

/// The limits of a project.
#[derive(Serialize)]
struct SettingsView<'a> {
    id: Shown<SettingsId>,
    project_id: Shown<Project>,
    max_participants_per_conversation: usize,
    max_message_length: usize,
    message_retention_days: Option<u32>,
    allow_reactions: bool,
    conversation_number_prefix: &'a str,
    created_at: Shown<Timestamp>,
}

impl<'a> SettingsView<'a> {
    fn of(workspace: &'a Workspace) -> Self {
        let settings = &workspace.settings;
        Self {
            id: Shown(SettingsId(workspace.id)),
            project_id: Shown(Project(workspace.id)),
            max_participants_per_conversation: settings.members_max,
            max_message_length: settings.text_chars_max,
            message_retention_days: settings.retention_days,
            allow_reactions: settings.reactions,
            conversation_number_prefix: settings.conversation_number_prefix.as_str(),
            created_at: Shown(workspace.created_at),
        }
    }
}

/// Shows the limits of the project.
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let found = call.read(find_settings).await?;
    Ok(ok(&SettingsView::of(&found)))
}

/// Changes limits of the project, all that are given or none.
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let members = body(&mut call).await?;
    let change = read(&members);
    members.finish().map_err(bad_request)?;
    let changed = call
        .write(move |unit, cx| change_settings(unit, cx, &change))
        .await;
    call.app().door().forget(call.caller().workspace().id);
    Ok(ok(&SettingsView::of(&changed.map_err(renamed)?)))
}

fn read(members: &Members) -> SettingsChange {
    let days = members.given("message_retention_days", count);
    SettingsChange {
        members_max: members.maybe("max_participants_per_conversation", count),
        text_chars_max: members.maybe("max_message_length", count),
        retention_days: Given::change(days),
        reactions: members.maybe("allow_reactions", boolean),
        conversation_number_prefix: members.parsed("conversation_number_prefix", Prefix::parse),
        ..SettingsChange::default()
    }
}

fn count(raw: &RawValue) -> Result<u64, Invalid> {
    u64::try_from(integer(raw)?).map_err(|_| Invalid::new("expected a whole number above 0"))
}

/// What is wrong with settings, by `SaaSignal`'s names of them.
fn renamed(problem: Problem) -> Problem {
    let one = |wrong: &Wrong| {
        let name = wrong.pointer().unwrap_or_default().trim_start_matches('/');
        let own = NAMES.iter().find(|(_, core)| *core == name);
        let own = own.map_or(name, |(own, _)| *own);
        Wrong::at_pointer(format!("/{own}"), &Invalid::new(wrong.detail().to_owned()))
    };
    let errors = problem.errors().iter().map(one).collect();
    bad_request(problem.with_errors(errors))
}
