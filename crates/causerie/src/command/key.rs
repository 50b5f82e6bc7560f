//! `causerie key create|list|revoke`: keys, on the database directly, also while a server runs.
//!
//! A key is shown once, when it is created; only its hash is stored.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use causerie_core::act::{self, CreateKey, Credentials};
use causerie_core::page::{Limit, Page};
use causerie_core::port::{Clock as _, RandomIds, SystemClock};
use causerie_core::text::Name;
use causerie_core::{
    ApiKey, ApiKeyState, Caller, Context, HashCost, KeyId, ParticipantId, Scopes, Timestamp,
};
use causerie_dialects::Access;
use serde_json::{Value, json};

use crate::assemble::{self, Direct};
use crate::cli::{CreateKeyArgs, KeyCommand};
use crate::config::{Config, Spoken};
use crate::output;

/// Runs one of them.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn run(config: &Config, command: &KeyCommand) -> Result<()> {
    let direct = Direct::open(config)?;
    match command {
        KeyCommand::Create(args) => create(config, &direct, args),
        KeyCommand::List { workspace, format } => list(&direct, workspace.as_deref(), format.json),
        KeyCommand::Revoke { id, format } => revoke(&direct, id, format.json),
    }
}

fn create(config: &Config, direct: &Direct, args: &CreateKeyArgs) -> Result<()> {
    let spoken = args.dialect.as_deref().map(|name| dialect(config, name));
    let spoken = spoken.transpose()?;
    if args.workspace.is_none() {
        direct.found()?;
    }
    let caller = direct.caller(args.workspace.as_deref())?;
    let cx = caller.context(&SystemClock, &RandomIds);
    let participant = args.participant.as_deref().map(ParticipantId::parse);
    let (secret, hash) = assemble::make_key(cx.fresh, HashCost::Owasp)?;
    let cmd = CreateKey {
        name: name(args, spoken)?,
        hash,
        scopes: scopes(args, spoken)?,
        participant: participant
            .transpose()
            .map_err(|invalid| anyhow!("--participant: {invalid}"))?,
        expires_at: args.expires_in.map(|life| cx.now.plus(life)),
    };
    let base_url = spoken.map(|spoken| base_url(config, spoken));
    let dialect = spoken.map(|spoken| spoken.dialect);
    let (key, cx) = direct.write(move |unit| {
        let key = act::create_key(unit, &cx, &cmd)?;
        let cx = cx_of(&cx, &key);
        if let Some(dialect) = dialect {
            (dialect.prepare)(unit, &cx)?;
        }
        Ok((key, cx))
    })?;
    let settings = match (dialect, &base_url) {
        (Some(dialect), Some(base_url)) => {
            let (key, base_url) = (secret.expose().to_owned(), base_url.clone());
            Some(direct.read(move |snapshot| {
                let access = Access {
                    base_url: &base_url,
                    key: &key,
                };
                (dialect.settings)(snapshot, &cx, &access)
            })?)
        }
        _ => None,
    };
    if args.format.json {
        let mut view = view(&key);
        view["key"] = secret.expose().into();
        if let (Some(settings), Some(base_url)) = (settings, base_url) {
            view["base_url"] = base_url.into();
            let values = settings.values.into_iter();
            view["settings"] = values
                .map(|(label, value)| (label.to_owned(), value))
                .collect();
            view["curl"] = settings.curl.into();
        }
        output::say(view);
    } else if let (Some(settings), Some(spoken)) = (settings, spoken) {
        output::note(format_args!(
            "created {} \"{}\" ({}) for clients of {}; the key is shown only now",
            key.id, key.name, key.scopes, spoken.dialect.product
        ));
        let values = settings.values.into_iter();
        let rows: Vec<Vec<String>> = values
            .map(|(label, value)| vec![label.to_owned(), value])
            .collect();
        output::table(&["SET", "TO"], &rows);
        output::say(format_args!("\n{}", settings.curl));
    } else {
        output::note(format_args!(
            "created {} \"{}\" ({}); it is shown only now:",
            key.id, key.name, key.scopes
        ));
        output::say(secret.expose());
    }
    Ok(())
}

/// The dialect with this name.
fn dialect<'a>(config: &'a Config, name: &str) -> Result<&'a Spoken> {
    let known = || config.dialects.iter().map(|one| one.dialect.name);
    let found = config.dialects.iter().find(|one| one.dialect.name == name);
    let spoken = found.ok_or_else(|| {
        let known: Vec<&str> = known().collect();
        anyhow!(
            "--dialect: there is no `{name}`; give one of {}",
            known.join(", ")
        )
    })?;
    if !spoken.enabled {
        bail!("the dialect {name} is switched off; set dialects.{name}.enabled to true");
    }
    Ok(spoken)
}

fn name(args: &CreateKeyArgs, spoken: Option<&Spoken>) -> Result<Name> {
    let default = spoken.map_or("command line", |spoken| spoken.dialect.product);
    let name = args.name.as_deref().unwrap_or(default);
    Name::parse(name).map_err(|invalid| anyhow!("--name: {invalid}"))
}

fn scopes(args: &CreateKeyArgs, spoken: Option<&Spoken>) -> Result<Scopes> {
    let given: Vec<&str> = args.scopes.iter().map(String::as_str).collect();
    let default = spoken.map_or(&["messaging:*"][..], |spoken| spoken.dialect.scopes);
    let words = if given.is_empty() { default } else { &given };
    Scopes::parse(words.iter().copied()).map_err(|invalid| anyhow!("--scope: {invalid}"))
}

/// What addresses of a dialect begin with, for clients on this machine or wherever `public_url` leads.
fn base_url(config: &Config, spoken: &Spoken) -> String {
    let on_this_machine = |addresses: &[SocketAddr], written: &str| match addresses.first() {
        Some(at) if at.ip().is_unspecified() => format!("http://localhost:{}", at.port()),
        _ => format!("http://{written}"),
    };
    if let Some((written, addresses)) = &spoken.listen {
        return on_this_machine(addresses, written);
    }
    let main = || on_this_machine(&config.addresses, &config.listen);
    let main = config.public_url.clone().unwrap_or_else(main);
    format!("{main}{}", spoken.dialect.prefix)
}

/// The context of who holds a new key, allowed and shown everything for once.
fn cx_of(cx: &Context, key: &ApiKey) -> Context {
    let caller = Caller::of_key(&Credentials {
        key: ApiKey::restore(ApiKeyState {
            scopes: Scopes::ALL,
            ..(**key).clone()
        }),
        workspace: Arc::new(cx.caller.workspace().clone()),
        // A contact's key would be prepared without what contacts do not see, and that made once more.
        participant: None,
    });
    let cx = cx.another(b"settings");
    Context { caller, ..cx }
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
