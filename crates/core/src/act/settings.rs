//! What a workspace decides for itself, what its operator grants it, and what it may still spend.

use crate::balance::{Balance, LedgerEntry, Operation};
use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{MessageId, WorkspaceId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::message::{Seq, Sight};
use crate::page::{LedgerPlace, Limit, Page};
use crate::plan::Plan;
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::text::Name;
use crate::workspace::{SettingsChange, Workspace};

/// The caller's workspace with its settings as they stand.
///
/// # Errors
/// `scope_missing`.
pub fn find_settings(snapshot: &mut dyn Snapshot, cx: &Context) -> Result<Workspace, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let found = snapshot.workspaces().find(cx.workspace())?;
    Ok(found.ok_or(Refusal::WorkspaceNotFound)?)
}

/// Changes settings of the caller's workspace, all that are given or none. What is stored already is never
/// touched by a limit; retention goes through it in time.
///
/// # Errors
/// `scope_missing`, `validation_failed` at each setting that is out of its range.
pub fn change_settings(
    unit: &mut dyn Unit,
    cx: &Context,
    change: &SettingsChange,
) -> Result<Workspace, Error> {
    cx.caller.require(Scope::Admin)?;
    let mut workspace = lock(unit, cx.workspace())?;
    if workspace.decide(change)? {
        unit.workspaces_mut().save(&workspace)?;
        log(unit, cx, Topic::SettingsUpdated, &workspace, None)?;
    }
    Ok(workspace)
}

/// Grants a workspace rates and prices, in place of all that it had.
///
/// # Errors
/// `scope_missing`, `not_allowed` outside of the root workspace, `workspace_not_found`.
pub fn grant_plan(
    unit: &mut dyn Unit,
    cx: &Context,
    workspace: WorkspaceId,
    plan: Plan,
) -> Result<Workspace, Error> {
    cx.caller.require_root()?;
    let mut workspace = lock(unit, workspace)?;
    if workspace.grant(plan) {
        unit.workspaces_mut().save(&workspace)?;
        log(unit, cx, Topic::PlanUpdated, &workspace, None)?;
    }
    Ok(workspace)
}

/// Adds tokens to the balance of a workspace. The first ones that it ever gets make it pay for what has a
/// price from then on; [`grant_plan`] may change that again.
///
/// # Errors
/// `scope_missing`, `not_allowed` outside of the root workspace, `workspace_not_found`, `balance_full`,
/// `validation_failed` at `tokens` below 1.
pub fn top_up(
    unit: &mut dyn Unit,
    cx: &Context,
    workspace: WorkspaceId,
    tokens: u64,
    note: Option<Name>,
) -> Result<(Balance, LedgerEntry), Error> {
    cx.caller.require_root()?;
    if tokens == 0 {
        return Err(Invalid::new("expected a whole number from 1")
            .at("tokens")
            .into());
    }
    let mut workspace = lock(unit, workspace)?;
    let earlier = unit.balances_mut().lock(workspace.id)?;
    let first = earlier.is_none();
    let mut balance = earlier.unwrap_or_else(|| Balance::empty(workspace.id, cx.now));
    let entry = balance.top_up(tokens, note, cx.now)?;
    unit.balances_mut()
        .save(&balance, std::slice::from_ref(&entry))?;
    let number = Some(Seq::new(entry.number));
    log(unit, cx, Topic::BalanceToppedUp, &workspace, number)?;
    let metered = Plan {
        metered: true,
        ..workspace.plan
    };
    if first && workspace.grant(metered) {
        unit.workspaces_mut().save(&workspace)?;
        log(unit, cx, Topic::PlanUpdated, &workspace, None)?;
    }
    Ok((balance, entry))
}

/// The balance of the caller's workspace; `None` before its first top-up.
///
/// # Errors
/// `scope_missing`, `not_allowed` for callers that are bound to a contact.
pub fn find_balance(snapshot: &mut dyn Snapshot, cx: &Context) -> Result<Option<Balance>, Error> {
    require_inside(cx)?;
    Ok(snapshot.balances().find(cx.workspace())?)
}

/// A page of what came to the balance of the caller's workspace and went from it, newest first.
///
/// # Errors
/// `scope_missing`, `not_allowed` for callers that are bound to a contact.
pub fn list_ledger(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    cursor: Option<LedgerPlace>,
    limit: Limit,
) -> Result<Page<LedgerEntry, LedgerPlace>, Error> {
    require_inside(cx)?;
    let before = cursor.map(|LedgerPlace(number)| number);
    let found = snapshot
        .balances()
        .ledger(cx.workspace(), before, limit.probe())?;
    Ok(Page::cut(found, limit, |entry| LedgerPlace(entry.number)))
}

/// Takes the price of an operation on a message from the balance, if the workspace pays for it. What is
/// refused later in the unit gives it back. Before messages are locked and after conversations, as sends do.
///
/// # Errors
/// `insufficient_tokens`.
pub(super) fn charge(
    unit: &mut dyn Unit,
    cx: &Context,
    operation: Operation,
    message: MessageId,
) -> Result<(), Error> {
    let plan = cx.caller.workspace().plan;
    let price = plan.prices.of(operation);
    if !plan.metered || price == 0 {
        return Ok(());
    }
    let found = unit.balances_mut().lock(cx.workspace())?;
    let mut balance = found.ok_or(Refusal::InsufficientTokens { price, tokens: 0 })?;
    let entry = balance.debit(price, operation, message, cx.now)?;
    Ok(unit.balances_mut().save(&balance, &[entry])?)
}

/// Refuses whom the workspace serves: the ledger names private notes, too.
pub(super) fn require_inside(cx: &Context) -> Result<(), Refusal> {
    cx.caller.require(Scope::MessagingRead)?;
    match cx.caller.sight() {
        Sight::Everything => Ok(()),
        Sight::Public => Err(Refusal::NotAllowed),
    }
}

fn lock(unit: &mut dyn Unit, id: WorkspaceId) -> Result<Workspace, Error> {
    let found = unit.workspaces_mut().lock(id)?;
    Ok(found.ok_or(Refusal::WorkspaceNotFound)?)
}

/// Says it in the log of the workspace that it happened to.
fn log(
    unit: &mut dyn Unit,
    cx: &Context,
    topic: Topic,
    workspace: &Workspace,
    entry: Option<Seq>,
) -> Result<(), Error> {
    let event = NewEvent {
        topic,
        subject: Subject::Workspace(workspace.id, entry),
        at: cx.now,
    };
    Ok(unit.events_mut().append(workspace.id, &[event])?)
}
