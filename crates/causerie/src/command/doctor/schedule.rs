//! Whether scheduled messages are sent when they are due.
//!
//! Why one was refused is shown by its code; the list of scheduled messages has the rest.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use causerie_core::act;
use causerie_core::page::{Limit, Page};
use causerie_core::port::{Clock as _, Snapshot, SystemClock};
use causerie_core::{Error, Timestamp, WorkspaceId};

use super::{Finding, State};
use crate::assemble::Direct;

/// A server sends what is due within a second; after so long nobody does.
const OVERDUE: Duration = Duration::from_mins(1);
/// How many messages of a workspace that were refused are counted, at most.
const REFUSED_MAX: usize = 1_000;

/// Whether somebody sends what is due.
pub(super) fn due(direct: &Direct) -> Result<Finding> {
    let next = direct.read(|snapshot| act::next_due(snapshot))?;
    let now = SystemClock.now();
    Ok(match next {
        None => Finding::new(State::Ok, "schedule", "nothing waits"),
        Some(due_at) if due_at.plus(OVERDUE) < now => {
            let found = format!("messages wait that were due at {due_at}");
            Finding::new(State::Warn, "schedule", found).advise(
                "only servers send them: start one with `causerie serve`, or look into the log of the one \
                 that runs",
            )
        }
        Some(due_at) => Finding::new(
            State::Ok,
            "schedule",
            format!("the next is due at {due_at}"),
        ),
    })
}

/// Whether messages wait that were refused when they were due.
pub(super) fn refused(direct: &Direct) -> Result<Finding> {
    let now = SystemClock.now();
    let codes = direct.read(move |snapshot| {
        let mut codes = BTreeMap::new();
        let mut after = None;
        loop {
            let limit = Limit::default();
            let found = snapshot.workspaces().page(after, limit.probe())?;
            let page = Page::cut(found, limit, |workspace| workspace.id);
            for workspace in &page.items {
                count(snapshot, workspace.id, now, &mut codes)?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(codes);
            }
        }
    })?;
    if codes.is_empty() {
        return Ok(Finding::new(State::Ok, "refused", "no scheduled message"));
    }
    let total: usize = codes.values().sum();
    let by_code = codes.iter().map(|(code, count)| format!("{code}: {count}"));
    let by_code = by_code.collect::<Vec<_>>().join(", ");
    let found = format!("{total} scheduled messages when they were due ({by_code})");
    Ok(Finding::new(State::Warn, "refused", found).advise(
        "GET /v1/scheduled-messages lists them; remove the cause and change them with PATCH to try again, \
         or cancel them; after 7 days they are dropped",
    ))
}

/// Counts those of a workspace by code. They were due, so they stand before all that wait.
fn count(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    now: Timestamp,
    codes: &mut BTreeMap<String, usize>,
) -> Result<(), Error> {
    let found = snapshot
        .schedule()
        .page(workspace, None, None, None, REFUSED_MAX)?;
    let due = found.iter().take_while(|scheduled| scheduled.due_at <= now);
    for code in due.filter_map(|scheduled| scheduled.refused.as_ref()) {
        *codes.entry(code.clone()).or_default() += 1;
    }
    Ok(())
}
