//! What the operator of the installation grants a workspace: rates, prices, tokens.
//!
//! Only an administrator of the root workspace may: the core sees to it.

use causerie_core::act::{find_workspace, grant_plan, top_up};
use causerie_core::balance::Prices;
use causerie_core::port::Unit;
use causerie_core::text::Name;
use causerie_core::{Context, Error, Invalid, Plan, Rate, Workspace, WorkspaceId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::settings::tag_of;
use super::wire::{Answered, PlanView, TopUpView, created, ok};
use crate::extract::{Call, Check, IfMatch, Object, WireBody};
use crate::reply::Rendered;

/// The highest price of an operation.
const PRICE_MAX: u64 = 1_000_000;
/// The most bytes that a file can be allowed to have.
const FILE_BYTES_MAX: u64 = 1 << 40;
/// The most bytes that all files of a workspace can be allowed to have.
const STORAGE_BYTES_MAX: u64 = 1 << 50;

fn render(workspace: &Workspace) -> Rendered {
    ok(&PlanView::of(workspace)).tagged(tag_of(&workspace.plan.to_stored()))
}

/// Refuses to go on from another state than the caller has seen.
fn admit_seen(
    unit: &mut dyn Unit,
    cx: &Context,
    id: WorkspaceId,
    seen: &IfMatch,
) -> Result<(), Error> {
    if seen.is_said() {
        cx.caller.require_root()?;
        unit.workspaces_mut().lock(id)?;
        let now = find_workspace(unit, cx, id)?;
        seen.admit(&tag_of(&now.plan.to_stored()))?;
    }
    Ok(())
}

/// Shows the rates and prices of a workspace.
#[utoipa::path(get, path = "/v1/workspaces/{workspace_id}/plan", tag = "workspaces",
    params(("workspace_id" = String, Path, description = "The workspace.")),
    responses((status = 200, body = PlanView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require_root()?;
    let id: WorkspaceId = call.id("workspace_id")?;
    call.unless_workspace_missing(call.no_query(), id).await?;
    let found = call
        .read(move |snapshot, cx| find_workspace(snapshot, cx, id))
        .await?;
    Ok(render(&found).into_response())
}

/// How many requests are let through, for each kind of request and node.
#[derive(Deserialize, ToSchema)]
#[schema(as = RateWish, example = json!({"per_second": 50, "burst": 100}))]
#[serde(deny_unknown_fields)]
pub(crate) struct RateBody {
    /// Per second, in the long run: 1 to 1,000,000.
    per_second: u64,
    /// At once, after a pause: 1 to 1,000,000; as many as `per_second` unless given.
    burst: Option<u64>,
}

impl RateBody {
    fn read(self, field: &str, check: &mut Check<'_>) -> Option<Rate> {
        let rate = Rate::new(field, self.per_second, self.burst);
        check.all(rate.map_err(|violation| vec![violation]))
    }
}

/// How many tokens an operation costs: 0 to 1,000,000; 0 unless given.
#[derive(Deserialize, Default, ToSchema)]
#[schema(as = PricesWish, example = json!({"send": 1}))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PricesBody {
    send: u64,
    edit: u64,
    react: u64,
}

impl PricesBody {
    fn read(self, check: &mut Check<'_>) -> Option<Prices> {
        let mut price = |pointer: &'static str, given: u64| {
            let fits = u32::try_from(given).ok().filter(|_| given <= PRICE_MAX);
            let expected = "expected a whole number from 0 to 1000000";
            check.note(pointer, fits.ok_or(Invalid::new(expected)))
        };
        let send = price("/prices/send", self.send);
        let edit = price("/prices/edit", self.edit);
        let react = price("/prices/react", self.react);
        Some(Prices {
            send: send?,
            edit: edit?,
            react: react?,
        })
    }
}

/// Rates, prices and room, in place of all that there were.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewPlan, example = json!({
    "read": {"per_second": 50, "burst": 100}, "write": {"per_second": 10},
    "metered": true, "prices": {"send": 1}
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanBody {
    /// Requests that read; any number if null or left out.
    #[schema(value_type = Option<RateBody>)]
    read: Option<Object<RateBody>>,
    /// Requests that write; any number if null or left out.
    #[schema(value_type = Option<RateBody>)]
    write: Option<Object<RateBody>>,
    /// Whether operations are paid for from the balance; not unless given.
    #[serde(default)]
    metered: bool,
    #[serde(default)]
    #[schema(value_type = PricesBody)]
    prices: Object<PricesBody>,
    /// How many bytes a file may have: 1 to 1 TiB; 100 MiB unless given.
    file_bytes_max: Option<u64>,
    /// How many bytes all files together may have: 0 to 1 PiB; 10 GiB unless given.
    storage_bytes_max: Option<u64>,
}

fn within(bytes: u64, min: u64, max: u64, expected: &'static str) -> Result<u64, Invalid> {
    let fits = (min..=max).contains(&bytes);
    fits.then_some(bytes).ok_or(Invalid::new(expected))
}

impl WireBody<'_> for PlanBody {
    type To = ();
    type Command = Plan;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Plan> {
        let read = self.read.map(|rate| rate.0.read("read", check));
        let write = self.write.map(|rate| rate.0.read("write", check));
        let prices = self.prices.0.read(check);
        let file_bytes_max = check.maybe("/file_bytes_max", self.file_bytes_max, |bytes, _| {
            let expected = "expected a whole number from 1 to 1099511627776";
            within(bytes, 1, FILE_BYTES_MAX, expected)
        });
        let storage_bytes_max =
            check.maybe("/storage_bytes_max", self.storage_bytes_max, |bytes, _| {
                let expected = "expected a whole number from 0 to 1125899906842624";
                within(bytes, 0, STORAGE_BYTES_MAX, expected)
            });
        let usual = Plan::default();
        // What was given and is wrong was noted.
        Some(Plan {
            read: read.flatten(),
            write: write.flatten(),
            metered: self.metered,
            prices: prices?,
            file_bytes_max: file_bytes_max?.unwrap_or(usual.file_bytes_max),
            storage_bytes_max: storage_bytes_max?.unwrap_or(usual.storage_bytes_max),
        })
    }
}

/// Grants a workspace rates and prices, in place of all that it had.
///
/// They count at once on this node, on others within two seconds. Rates are kept by each node by itself: a
/// workspace has as many requests as its rate allows on each.
#[utoipa::path(put, path = "/v1/workspaces/{workspace_id}/plan", tag = "workspaces",
    request_body = PlanBody,
    params(("workspace_id" = String, Path, description = "The workspace.")),
    responses((status = 200, body = PlanView)))]
pub(crate) async fn grant(mut call: Call) -> Answered {
    call.require_root()?;
    let id: WorkspaceId = call.id("workspace_id")?;
    let received = call.receive().await;
    let plan = received.and_then(|()| call.command::<PlanBody>(()));
    let plan = call.unless_workspace_missing(plan, id).await?;
    let seen = call.if_match()?;
    let granted = call
        .write(move |unit, cx| {
            admit_seen(unit, cx, id, &seen)?;
            grant_plan(unit, cx, id, plan)
        })
        .await;
    call.app().door().forget(id);
    Ok(render(&granted?).into_response())
}

/// Tokens for a workspace.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewTopUp, example = json!({"tokens": 10_000, "note": "invoice 2026-17"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct TopUpBody {
    /// How many; at least 1.
    tokens: u64,
    /// What is to be remembered about it: one line of 1 to 128 characters.
    note: Option<String>,
}

impl WireBody<'_> for TopUpBody {
    type To = ();
    type Command = (u64, Option<Name>);

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<(u64, Option<Name>)> {
        let note = check.maybe("/note", self.note, |text, _| Name::parse(&text));
        Some((self.tokens, note?))
    }
}

/// Adds tokens to the balance of a workspace.
///
/// The first ones that it ever gets make it pay for what has a price from then on.
#[utoipa::path(post, path = "/v1/workspaces/{workspace_id}/balance/top-ups", tag = "workspaces",
    request_body = TopUpBody,
    params(("workspace_id" = String, Path, description = "The workspace.")),
    responses((status = 201, body = TopUpView)))]
pub(crate) async fn add_tokens(mut call: Call) -> Answered {
    call.require_root()?;
    let id: WorkspaceId = call.id("workspace_id")?;
    let received = call.receive().await;
    let wish = received.and_then(|()| call.command::<TopUpBody>(()));
    let (tokens, note) = call.unless_workspace_missing(wish, id).await?;
    let answer = call
        .once(move |unit, cx| {
            let (balance, entry) = top_up(unit, cx, id, tokens, note.clone())?;
            Ok(created(&TopUpView::of(&balance, &entry)))
        })
        .await;
    call.app().door().forget(id);
    answer
}
