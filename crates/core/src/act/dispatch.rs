//! Sends what is due.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::context::{Caller, Context};
use crate::event::Topic;
use crate::fault::Fault;
use crate::id::{MessageId, WorkspaceId};
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::schedule::Scheduled;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

use super::schedule_message::log;
use super::send_message::{SendMessage, send_messages};

/// How many due messages one unit sends; whoever sends interactively waits for no more.
pub const DISPATCH_MAX: usize = 32;
/// How long a node keeps the lease on the schedule without renewing it: so short that when the node is gone,
/// killed and started again even, what is due is still sent within a second.
pub const LEASE: Duration = Duration::from_millis(500);

/// What one look at the schedule came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatched {
    /// Another node sends what is due.
    Elsewhere,
    /// This node did.
    Here {
        /// How many were sent.
        sent: usize,
        /// How many could not be.
        refused: usize,
    },
}

/// Sends up to [`DISPATCH_MAX`] messages that are due, in the order of their times, and takes them off the
/// schedule in the same unit: none is sent twice, whatever breaks. One node at a time does, the one that
/// holds the lease, so that those of a conversation keep their order. One that is refused now stays on the
/// schedule with the reason and is tried again when it is changed.
pub fn dispatch_due(
    unit: &mut dyn Unit,
    node: [u8; 16],
    now: Timestamp,
) -> Result<Dispatched, Error> {
    let until = now.plus(LEASE);
    if !unit.schedule_mut().hold("schedule", node, now, until)? {
        return Ok(Dispatched::Elsewhere);
    }
    let due = unit.schedule_mut().lock_due(now, DISPATCH_MAX)?;
    let batch = sends(unit, &due, now)?;
    let outcomes = send_messages(unit, &batch)?;
    let mut gone: Vec<(WorkspaceId, MessageId)> = Vec::new();
    let mut refused = 0;
    for (scheduled, outcome) in due.into_iter().zip(outcomes) {
        match outcome {
            Ok(_) => gone.push((scheduled.workspace, scheduled.id)),
            Err(refusal) => {
                refused += 1;
                keep(unit, scheduled, &refusal, now)?;
            }
        }
    }
    if !gone.is_empty() {
        unit.schedule_mut().erase(&gone)?;
    }
    let sent = gone.len();
    Ok(Dispatched::Here { sent, refused })
}

/// When the next message of the installation is due.
pub fn next_due(snapshot: &mut dyn Snapshot) -> Result<Option<Timestamp>, Error> {
    Ok(snapshot.schedule().next_due()?)
}

/// The sends, as the workspaces themselves.
fn sends(
    unit: &mut dyn Unit,
    due: &[Scheduled],
    now: Timestamp,
) -> Result<Vec<(Context, SendMessage)>, Fault> {
    let mut workspaces: HashMap<WorkspaceId, Arc<Workspace>> = HashMap::new();
    let mut batch = Vec::with_capacity(due.len());
    for scheduled in due {
        let id = scheduled.workspace;
        let workspace = if let Some(known) = workspaces.get(&id) {
            Arc::clone(known)
        } else {
            let missing = || Fault::corrupt("scheduled_message", "workspace_id", "");
            let found = Arc::new(unit.workspaces().find(id)?.ok_or_else(missing)?);
            workspaces.insert(id, Arc::clone(&found));
            found
        };
        let cx = Context {
            caller: Caller::embedding(workspace),
            now,
            fresh: scheduled.id.promised(),
        };
        let send = SendMessage {
            conversation: scheduled.conversation,
            sender: Some(scheduled.sender),
            draft: scheduled.draft.clone(),
            once: None,
        };
        batch.push((cx, send));
    }
    Ok(batch)
}

fn keep(
    unit: &mut dyn Unit,
    mut scheduled: Scheduled,
    refusal: &Refusal,
    now: Timestamp,
) -> Result<(), Fault> {
    scheduled.refuse(refusal, now);
    unit.schedule_mut().save(&scheduled)?;
    log(unit, Topic::MessageRefused, &scheduled, now)
}
