//! `causerie workspace create|list|plan|top-up`: tenants, on the database directly, also while a server runs.
//!
//! A new workspace has no key: `causerie key create --workspace` makes one. What it is granted is in `plan`.

use anyhow::{Result, anyhow};
use causerie_core::Workspace;
use causerie_core::act;
use causerie_core::page::Limit;
use causerie_core::port::{RandomIds, SystemClock};
use causerie_core::text::Name;
use serde_json::{Value, json};

use crate::assemble::Direct;
use crate::cli::WorkspaceCommand;
use crate::command::plan;
use crate::config::Config;
use crate::output;

/// Runs one of them.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn run(config: &Config, command: &WorkspaceCommand) -> Result<()> {
    let direct = Direct::open(config)?;
    match command {
        WorkspaceCommand::Create { name, format } => create(&direct, name, format.json),
        WorkspaceCommand::List(format) => list(&direct, format.json),
        WorkspaceCommand::Plan(args) => plan::run(&direct, args),
        WorkspaceCommand::TopUp(args) => plan::top_up(&direct, args),
    }
}

fn create(direct: &Direct, name: &str, json: bool) -> Result<()> {
    let cx = direct.caller(None)?.context(&SystemClock, &RandomIds);
    let name = Name::parse(name).map_err(|invalid| anyhow!("--name: {invalid}"))?;
    let created = direct.write(move |unit| act::create_workspace(unit, &cx, &name))?;
    if json {
        output::say(view(&created));
    } else {
        output::note(format_args!(
            "created workspace \"{}\"; `causerie key create --workspace {} --scope '*'` makes a key \
             for it",
            created.name, created.id
        ));
        output::say(created.id);
    }
    Ok(())
}

fn list(direct: &Direct, json: bool) -> Result<()> {
    let caller = direct.caller(None)?;
    let mut cursor = None;
    let mut rows = Vec::new();
    loop {
        let cx = caller.context(&SystemClock, &RandomIds);
        let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
        let page =
            direct.read(move |snapshot| act::list_workspaces(snapshot, &cx, cursor, limit))?;
        if json {
            page.items.iter().map(view).for_each(output::say);
        } else {
            rows.extend(page.items.iter().map(row));
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if !json {
        output::table(&["ID", "NAME", "CREATED", ""], &rows);
    }
    Ok(())
}

fn view(workspace: &Workspace) -> Value {
    json!({
        "id": workspace.id.to_string(),
        "name": workspace.name.as_str(),
        "root": workspace.root,
        "created_at": workspace.created_at.to_string(),
    })
}

fn row(workspace: &Workspace) -> Vec<String> {
    vec![
        workspace.id.to_string(),
        workspace.name.as_str().to_owned(),
        workspace.created_at.to_string(),
        if workspace.root {
            "(root)".to_owned()
        } else {
            String::new()
        },
    ]
}
