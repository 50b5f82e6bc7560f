//! What a client asks of `SaaSignal`'s platform beside messaging: tokens, scopes, whether the server is there.
//!
//! Organizations, projects and keys are managed elsewhere.

use causerie_core::act::find_balance;
use causerie_http::extract::{Call, Stranger};
use causerie_http::{Answered, Shown};
use serde::Serialize;

use super::ids::Organization;
use super::wire::ok;

/// What anybody may ask.
pub(super) const PROBES: &[&str] = &["/livez", "/readyz"];

/// What is left.
#[derive(Serialize)]
struct BalanceView {
    org_id: Shown<Organization>,
    included_tokens_remaining: u64,
    topup_tokens_balance: u64,
    total_balance: u64,
}

/// Shows how many tokens are left; none where nobody has topped up, and nothing has a price.
pub(crate) async fn balance(call: Call) -> Answered {
    call.within_rate()?;
    let found = call.read(find_balance).await?;
    let tokens = found.map_or(0, |balance| balance.tokens);
    Ok(ok(&BalanceView {
        org_id: Shown(Organization(call.caller().workspace().id)),
        included_tokens_remaining: 0,
        topup_tokens_balance: tokens,
        total_balance: tokens,
    }))
}

/// What a key may do.
#[derive(Serialize)]
struct ScopesView {
    scopes: Vec<&'static str>,
}

/// Shows what the key may do.
pub(crate) async fn scopes(call: Call) -> Answered {
    call.within_rate()?;
    let scopes = call.caller().scopes().words().collect();
    Ok(ok(&ScopesView { scopes }))
}

/// That the server is there.
#[derive(Serialize)]
struct ProbeView {
    status: &'static str,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<ChecksView>,
}

/// What was looked at.
#[derive(Serialize)]
struct ChecksView {
    database: &'static str,
}

fn probe(checks: Option<ChecksView>) -> ProbeView {
    ProbeView {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        checks,
    }
}

/// Says that the server runs.
pub(crate) async fn livez(_: Stranger) -> Answered {
    Ok(ok(&probe(None)))
}

/// Says whether the server can serve: the storage answers, and no drain has begun.
pub(crate) async fn readyz(stranger: Stranger) -> Answered {
    stranger.app().ready().await?;
    Ok(ok(&probe(Some(ChecksView { database: "ok" }))))
}
