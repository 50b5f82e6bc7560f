//! The writer lane: one transaction for whatever jobs are waiting, and none suffers for another.
//!
//! Knows no database: an [`Engine`] has the connection. Decides what is run again and what is given
//! up; how often and why is said at each place.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use causerie_core::port::{Verdict, WriteJob};
use causerie_core::{Fault, NewEvent, Placed, Position, WorkspaceId};

use crate::metric::Meters;
use crate::queue::Queue;

/// Events that were put aside, to be appended before the commit.
pub(crate) type Log = Vec<Logged>;
/// How far logs have come.
pub(crate) type Heads = Vec<(WorkspaceId, Position)>;

/// An event that was put aside.
pub(crate) struct Logged {
    /// Of whose log.
    pub(crate) workspace: WorkspaceId,
    /// What happened.
    pub(crate) event: NewEvent,
    /// Is told where it stands.
    pub(crate) placed: Option<Placed>,
}

/// How often a job is run again because other writers got in between.
const CONTENDED_RERUNS_MAX: u8 = 3;
/// How often a job is run again because the connection was lost before the commit was sent.
const LOST_RERUNS_MAX: u8 = 1;

/// A connection that runs transactions of jobs.
pub(crate) trait Engine {
    /// Whether other lanes may hold locks that a job waits for.
    const SHARED: bool;

    /// Begins a transaction, on a new connection if the old one was lost.
    fn begin(&mut self) -> Result<(), Fault>;
    /// Sets the savepoint that [`Engine::undo`] goes back to, in place of the one before.
    fn mark(&mut self) -> Result<(), Fault>;
    /// Goes back to the savepoint. An error means that the transaction is gone as a whole.
    fn undo(&mut self) -> Result<(), Fault>;
    /// Runs a job, whose events go to `log`.
    fn run(&mut self, job: &mut dyn WriteJob, log: &mut Log) -> Ran;
    /// Appends events, in the order of their workspaces.
    fn append(&mut self, log: &Log) -> Result<Heads, Fault>;
    /// Makes everything durable.
    fn commit(&mut self) -> Result<(), Fault>;
    /// Ends the transaction, if there still is one, and leaves nothing of it.
    fn rollback(&mut self);
    /// Whether the connection is gone.
    fn is_lost(&mut self) -> bool;
    /// Tells whom it concerns how far logs have come.
    fn ring(&mut self, heads: Heads);
    /// Called after each group, and once when there will be no more.
    fn rest(&mut self, rest: Rest);
}

/// What comes after a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// More jobs wait.
    Short,
    /// Nothing waits.
    Idle,
    /// Nothing will come any more.
    Last,
}

/// What running a job gave.
pub(crate) struct Ran {
    /// What is to become of it.
    pub(crate) verdict: Verdict,
    /// Whether there is something to undo.
    pub(crate) touched: bool,
}

impl Ran {
    /// A job that could not run.
    pub(crate) fn failed(fault: Fault) -> Self {
        Self {
            verdict: Verdict::Fail(fault),
            touched: false,
        }
    }
}

/// How much goes into one group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Jobs.
    pub(crate) jobs_max: usize,
    /// For how long jobs are run before their commit.
    pub(crate) time_max: Duration,
}

/// A writer lane.
pub(crate) struct Writer<E> {
    engine: E,
    queue: Arc<Queue<Box<dyn WriteJob>>>,
    limits: Limits,
    meters: Meters,
}

/// A job and what it went through.
struct Slot {
    job: Box<dyn WriteJob>,
    contended: u8,
    lost: u8,
}

/// One transaction.
#[derive(Default)]
struct Group {
    /// Jobs that wait for the outcome: those kept, and refused ones that may have seen what those
    /// kept did.
    members: Vec<Slot>,
    kept: usize,
    /// The savepoint stands after the last job that was kept.
    marked: bool,
    log: Log,
    /// Jobs that must be the first of a group.
    later: VecDeque<Slot>,
}

/// Whether the transaction stands.
#[derive(PartialEq, Eq)]
enum Stand {
    Intact,
    Gone,
}

/// What becomes of a job that failed.
enum Fate {
    Again,
    Later,
    Over(Fault),
}

impl<E: Engine> Writer<E> {
    /// A lane that serves a queue.
    pub(crate) fn new(
        engine: E,
        queue: Arc<Queue<Box<dyn WriteJob>>>,
        limits: Limits,
        meters: Meters,
    ) -> Self {
        Self {
            engine,
            queue,
            limits,
            meters,
        }
    }

    /// Serves the queue until it is closed and empty.
    pub(crate) fn work(mut self) {
        while let Some(first) = self.queue.take() {
            let mut todo = VecDeque::from([Slot::new(first)]);
            while !todo.is_empty() {
                self.group(&mut todo);
            }
            let waiting = self.queue.len();
            self.meters.depth(waiting);
            self.engine.rest(match waiting {
                0 => Rest::Idle,
                _ => Rest::Short,
            });
        }
        self.engine.rest(Rest::Last);
    }

    /// Runs one transaction with the jobs in `todo` and those that wait; leaves in `todo` what is
    /// to be run again.
    fn group(&mut self, todo: &mut VecDeque<Slot>) {
        if let Err(fault) = self.engine.begin() {
            return self.give_up(todo, &fault);
        }
        let mut group = Group::default();
        let started = Instant::now();
        while let Some(slot) = self.next(todo, &group, started) {
            if self.attempt(&mut group, slot, todo) == Stand::Gone {
                self.engine.rollback();
                for slot in group.members.into_iter().rev() {
                    todo.push_front(slot);
                }
                todo.extend(group.later);
                return;
            }
        }
        for slot in std::mem::take(&mut group.later).into_iter().rev() {
            todo.push_front(slot);
        }
        self.finish(group, todo);
    }

    fn next(&self, todo: &mut VecDeque<Slot>, group: &Group, started: Instant) -> Option<Slot> {
        let full = group.members.len() >= self.limits.jobs_max;
        if full || (!group.members.is_empty() && started.elapsed() >= self.limits.time_max) {
            return None;
        }
        let waiting = || self.queue.try_take().map(Slot::new);
        todo.pop_front().or_else(waiting)
    }

    fn attempt(&mut self, group: &mut Group, mut slot: Slot, todo: &mut VecDeque<Slot>) -> Stand {
        if group.kept > 0 && !group.marked {
            if let Err(fault) = self.engine.mark() {
                return self.fail(group, slot, fault, todo, Stand::Gone);
            }
            group.marked = true;
        }
        let logged = group.log.len();
        let Ran { verdict, touched } = self.engine.run(&mut *slot.job, &mut group.log);
        let fault = match verdict {
            Verdict::Keep => {
                group.members.push(slot);
                group.kept += 1;
                group.marked = false;
                return Stand::Intact;
            }
            Verdict::Undo => None,
            Verdict::Fail(fault) => Some(fault),
        };
        group.log.truncate(logged);
        let stand = if touched {
            self.undo(group)
        } else {
            Stand::Intact
        };
        if let Some(fault) = fault {
            self.fail(group, slot, fault, todo, stand)
        } else {
            group.members.push(slot);
            stand
        }
    }

    /// Leaves nothing of the job that ran last. Where nothing was kept yet, the transaction begins
    /// anew.
    fn undo(&mut self, group: &Group) -> Stand {
        let undone = if group.kept > 0 {
            self.engine.undo()
        } else if self.engine.is_lost() {
            return Stand::Gone;
        } else {
            self.engine.rollback();
            self.engine.begin()
        };
        undone.map_or(Stand::Gone, |()| Stand::Intact)
    }

    /// Decides about a job that failed and was undone.
    fn fail(
        &mut self,
        group: &mut Group,
        mut slot: Slot,
        fault: Fault,
        todo: &mut VecDeque<Slot>,
        stand: Stand,
    ) -> Stand {
        let lost = stand == Stand::Gone && self.engine.is_lost();
        if lost {
            // Neighbours lost their work as well: this counts for them too.
            self.count_loss(group);
        }
        let waits = E::SHARED && group.kept > 0 && stand == Stand::Intact;
        match slot.fate(fault, lost, waits) {
            Fate::Again => todo.push_front(slot),
            Fate::Later => group.later.push_back(slot),
            Fate::Over(fault) => self.settle(slot, Err(fault)),
        }
        stand
    }

    fn count_loss(&mut self, group: &mut Group) {
        for mut slot in std::mem::take(&mut group.members) {
            slot.lost += 1;
            if slot.lost > LOST_RERUNS_MAX {
                let fault = Fault::unavailable("the connection was lost again and again");
                self.settle(slot, Err(fault));
            } else {
                group.members.push(slot);
            }
        }
    }

    fn finish(&mut self, mut group: Group, todo: &mut VecDeque<Slot>) {
        if group.kept == 0 {
            self.engine.rollback();
            return group
                .members
                .into_iter()
                .for_each(|slot| self.settle(slot, Ok(())));
        }
        let started = Instant::now();
        group.log.sort_by_key(|one| one.workspace);
        let appended = if group.log.is_empty() {
            Ok(Heads::new())
        } else {
            self.engine.append(&group.log)
        };
        let heads = match appended {
            Ok(heads) => heads,
            Err(fault) => return self.run_again(group, &fault, todo),
        };
        place(&group.log, &heads);
        if let Err(fault) = self.engine.commit() {
            // Whether it is durable is unknown when the connection went away meanwhile: not to be
            // run again.
            tracing::warn!(%fault, jobs = group.members.len(), "a commit failed");
            self.engine.rollback();
            for slot in group.members {
                let fault = Fault::unavailable(format!("the commit failed: {fault}"));
                self.settle(slot, Err(fault));
            }
            return;
        }
        self.meters.committed(group.kept, started.elapsed());
        self.engine.ring(heads);
        group
            .members
            .into_iter()
            .for_each(|slot| self.settle(slot, Ok(())));
    }

    /// Nothing was committed, and it was not the fault of any one job.
    fn run_again(&mut self, group: Group, fault: &Fault, todo: &mut VecDeque<Slot>) {
        tracing::warn!(%fault, jobs = group.members.len(), "a group is undone");
        let lost = self.engine.is_lost();
        self.engine.rollback();
        for mut slot in group.members.into_iter().rev() {
            let again = match fault {
                Fault::Contended(_) => Fault::contended(fault.to_string()),
                _ => Fault::unavailable(fault.to_string()),
            };
            match slot.fate(again, lost, false) {
                Fate::Again | Fate::Later => todo.push_front(slot),
                Fate::Over(fault) => self.settle(slot, Err(fault)),
            }
        }
    }

    /// The database cannot be reached: nobody waits for the next attempt.
    fn give_up(&mut self, todo: &mut VecDeque<Slot>, fault: &Fault) {
        tracing::warn!(%fault, "no transaction can begin");
        todo.extend(std::iter::from_fn(|| self.queue.try_take()).map(Slot::new));
        for slot in todo.drain(..) {
            self.settle(slot, Err(Fault::unavailable(fault.to_string())));
        }
    }

    fn settle(&self, slot: Slot, outcome: Result<(), Fault>) {
        self.meters.settled(&outcome);
        let settle = AssertUnwindSafe(|| slot.job.settle(outcome));
        if catch_unwind(settle).is_err() {
            tracing::error!("whoever waited for a job panicked when it was settled");
        }
    }
}

impl Slot {
    fn new(job: Box<dyn WriteJob>) -> Self {
        Self {
            job,
            contended: 0,
            lost: 0,
        }
    }

    /// What becomes of the job after a fault. `waits` says that it was not the first of its group
    /// and would have had to wait for a lock of another lane, or so it may be: time-outs of locks
    /// cannot be told from other errors by kind, so the job is believed to be at fault only when it
    /// fails as the first.
    fn fate(&mut self, fault: Fault, lost: bool, waits: bool) -> Fate {
        match fault {
            _ if lost && self.lost < LOST_RERUNS_MAX => {
                self.lost += 1;
                Fate::Again
            }
            Fault::Contended(_) if self.contended < CONTENDED_RERUNS_MAX => {
                self.contended += 1;
                Fate::Again
            }
            Fault::Contended(cause) => Fate::Over(Fault::Unavailable(cause)),
            Fault::Unavailable(_) if waits && !lost => Fate::Later,
            fault => Fate::Over(fault),
        }
    }
}

/// Tells whom it concerns where events stand; given in the order of their workspaces, with the heads after them.
fn place(log: &Log, heads: &Heads) {
    for (workspace, head) in heads {
        let start = log.partition_point(|one| one.workspace < *workspace);
        let end = log.partition_point(|one| one.workspace <= *workspace);
        for (one, position) in log[start..end].iter().rev().zip((1..=head.get()).rev()) {
            if let Some(placed) = &one.placed {
                placed.settle(Position::new(position));
            }
        }
    }
}

/// Runs a job and makes a fault of its panic.
pub(crate) fn caught(run: impl FnOnce() -> Verdict) -> Verdict {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Verdict::Fail(Fault::Panicked(panic_text(&*panic))))
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a text").to_owned()
}

#[cfg(test)]
mod tests;
