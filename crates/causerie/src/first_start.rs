//! What happens at the first start only: a workspace and an admin key, and lines to paste that send a message.
//!
//! The key is shown here and nowhere else, and never logged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Result;
use causerie_core::act::{self, Bootstrap};
use causerie_core::port::{Clock as _, Ids as _, RandomIds, SystemClock};
use causerie_core::{HashCost, KeySecret, Store};

use crate::assemble;

/// Creates the first workspace and an admin key, unless there is a workspace already. Of several nodes
/// that start at once, one is given the key.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn found(store: &Store) -> Result<Option<KeySecret>> {
    let found = store.read(|snapshot| Ok(snapshot.workspaces().find_root()?));
    if found.wait().map_err(assemble::explain)?.is_some() {
        return Ok(None);
    }
    let now = SystemClock.now();
    let key = RandomIds.fresh(now);
    let (secret, hash) = assemble::make_key(key, HashCost::Owasp)?;
    let workspace = RandomIds.fresh(now);
    let cmd = Bootstrap {
        workspace,
        key,
        hash,
        now,
    };
    let created = store.write(move |unit| act::bootstrap(unit, &cmd)).wait();
    Ok(created.map_err(assemble::explain)?.map(|_| secret))
}

/// The lines for people: where the database is, the key, and a first message.
pub(crate) fn welcome(database: &str, at: SocketAddr, key: &KeySecret) -> String {
    let url = reachable(at);
    let key = key.expose();
    format!(
        r#"This is the first start: created {database} with one workspace and one admin key.
The key is shown only now, so keep it. To send a first message, paste these lines into a shell:

KEY={key}
API=http://{url}/v1
AUTH="Authorization: Bearer $KEY"
JSON='Content-Type: application/json'
ANN=$(curl -sS "$API/participants" -H "$AUTH" -H "$JSON" -d '{{"kind":"agent","display_name":"Ann"}}' | sed 's/.*"id":"\(part_[^"]*\)".*/\1/')
CHAT=$(curl -sS "$API/conversations" -H "$AUTH" -H "$JSON" -d '{{"kind":"group","title":"First","members":[{{"participant_id":"'$ANN'","role":"owner"}}]}}' | sed 's/.*"id":"\(conv_[^"]*\)".*/\1/')
curl -sS "$API/conversations/$CHAT/messages" -H "$AUTH" -H "$JSON" -d '{{"participant_id":"'$ANN'","body":"Hello, Causerie."}}'
"#
    )
}

/// The address as somebody on this machine would write it.
fn reachable(at: SocketAddr) -> SocketAddr {
    let ip = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, at.port())
}
