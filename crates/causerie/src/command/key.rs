//! `causerie key create|list|revoke`: keys, on the database directly, also while a server runs.
//!
//! A key is shown once, when it is created; only its hash is stored.

use anyhow::{Result, anyhow};
use causerie_core::act::{self, CreateKey};
use causerie_core::page::{Limit, Page};
use causerie_core::port::{Clock as _, RandomIds, SystemClock};
use causerie_core::text::Name;
use causerie_core::{ApiKey, Caller, HashCost, KeyId, ParticipantId, Scopes, Timestamp};
use serde_json::{Value, json};

use crate::assemble::{self, Direct};
use crate::cli::{CreateKeyArgs, KeyCommand};
use crate::config::Config;
use crate::output;

/// Runs one of them.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn run(config: &Config, command: &KeyCommand) -> Result<()> {
    let direct = Direct::open(config)?;
    match command {
        KeyCommand::Create(args) => create(&direct, args),
        KeyCommand::List { workspace, format } => list(&direct, workspace.as_deref(), format.json),
        KeyCommand::Revoke { id, format } => revoke(&direct, id, format.json),
    }
}

fn create(direct: &Direct, args: &CreateKeyArgs) -> Result<()> {
    if args.workspace.is_none() {
        direct.found()?;
    }
    let caller = direct.caller(args.workspace.as_deref())?;
    let cx = caller.context(&SystemClock, &RandomIds);
    let participant = args.participant.as_deref().map(ParticipantId::parse);
    let (secret, hash) = assemble::make_key(cx.fresh, HashCost::Owasp)?;
    let cmd = CreateKey {
        name: Name::parse(&args.name).map_err(|invalid| anyhow!("--name: {invalid}"))?,
        hash,
        scopes: Scopes::parse(args.scopes.iter().map(String::as_str))
            .map_err(|invalid| anyhow!("--scope: {invalid}"))?,
        participant: participant
            .transpose()
            .map_err(|invalid| anyhow!("--participant: {invalid}"))?,
        expires_at: args.expires_in.map(|life| cx.now.plus(life)),
    };
    let key = direct.write(move |unit| act::create_key(unit, &cx, &cmd))?;
    if args.format.json {
        let mut view = view(&key);
        view["key"] = secret.expose().into();
        output::say(view);
    } else {
        output::note(format_args!(
            "created {} \"{}\" ({}); it is shown only now:",
            key.id, key.name, key.scopes
        ));
        output::say(secret.expose());
    }
    Ok(())
}

fn list(direct: &Direct, workspace: Option<&str>, json: bool) -> Result<()> {
    let caller = direct.caller(workspace)?;
    let mut cursor = None;
    let mut rows = Vec::new();
    loop {
        let page = page(direct, &caller, cursor)?;
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
        let headings = [
            "ID",
            "NAME",
            "SCOPES",
            "STATE",
            "PARTICIPANT",
            "CREATED",
            "LAST USED",
        ];
        output::table(&headings, &rows);
    }
    Ok(())
}

fn page(direct: &Direct, caller: &Caller, cursor: Option<KeyId>) -> Result<Page<ApiKey, KeyId>> {
    let cx = caller.context(&SystemClock, &RandomIds);
    direct.read(move |snapshot| {
        let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
        act::list_keys(snapshot, &cx, cursor, limit)
    })
}

fn revoke(direct: &Direct, id: &str, json: bool) -> Result<()> {
    let id = KeyId::parse(id).map_err(|invalid| anyhow!("`{id}` is no id of a key: {invalid}"))?;
    let found = direct.read(move |snapshot| act::find_credentials(snapshot, id));
    let credentials = found.map_err(|_| {
        anyhow!("there is no key {id} in this database; `causerie key list` shows those there are")
    })?;
    let caller = Caller::embedding(credentials.workspace);
    let cx = caller.context(&SystemClock, &RandomIds);
    let key = direct.write(move |unit| act::revoke_key(unit, &cx, id))?;
    if json {
        output::say(view(&key));
    } else {
        output::note(format_args!("revoked {} \"{}\"", key.id, key.name));
    }
    Ok(())
}

fn view(key: &ApiKey) -> Value {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": key.id.to_string(),
        "workspace_id": key.workspace.to_string(),
        "name": key.name.as_str(),
        "scopes": key.scopes.words().collect::<Vec<_>>(),
        "participant_id": key.participant.map(|id| id.to_string()),
        "created_at": key.created_at.to_string(),
        "expires_at": time(key.expires_at),
        "revoked_at": time(key.revoked_at),
        "last_used_at": time(key.last_used_at),
    })
}

fn row(key: &ApiKey) -> Vec<String> {
    let dash = || "-".to_owned();
    let time = |at: Option<Timestamp>| at.map_or_else(dash, |at| at.to_string());
    let state = match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {at}"),
        (None, Some(at)) if at <= SystemClock.now() => format!("expired {at}"),
        (None, Some(at)) => format!("until {at}"),
        (None, None) => "active".to_owned(),
    };
    vec![
        key.id.to_string(),
        key.name.as_str().to_owned(),
        key.scopes.to_string(),
        state,
        key.participant.map_or_else(dash, |id| id.to_string()),
        key.created_at.to_string(),
        time(key.last_used_at),
    ]
}
