//! The only door to the storage: submit work, get a [`Pending`] back.
//!
//! Sends take a way of their own: those that wait at the same moment become one batch.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::act::{SendMessage, send_messages};
use crate::claim::Once;
use crate::context::Context;
use crate::fault::Fault;
use crate::heads::Heads;
use crate::pending::{Answerer, Pending};
use crate::port::{Lanes, ReadJob, Snapshot, Unit, Verdict, WriteJob};
use crate::receipt::Seen;
use crate::refusal::Error;

/// How many sends one batch takes.
pub const BATCH_SENDS_MAX: usize = 512;
/// How many sends may wait for a batch; more are answered [`Fault::Busy`].
pub const WAITING_SENDS_MAX: usize = 4_096;
/// How many batches may be under way where several lanes write: one is prepared while another
/// commits.
const BATCHES_MAX: usize = 2;

/// A storage and what is needed to use it. Clones share everything.
#[derive(Clone)]
pub struct Store {
    lanes: Arc<dyn Lanes>,
    heads: Arc<Heads>,
    gatherer: Arc<Gatherer>,
}

impl Store {
    /// A store over lanes that ring these heads after each commit.
    pub fn new(lanes: Arc<dyn Lanes>, heads: Arc<Heads>) -> Self {
        Self::with_batches_of(BATCH_SENDS_MAX, lanes, heads)
    }

    /// As [`new`](Self::new), with batches of at most `sends_max` sends (from 1 to [`BATCH_SENDS_MAX`]). With one
    /// send a batch, and one job a commit in the lanes, every send pays for a commit of its own: the reference
    /// that group commit is measured against.
    pub fn with_batches_of(sends_max: usize, lanes: Arc<dyn Lanes>, heads: Arc<Heads>) -> Self {
        let gatherer = Arc::new(Gatherer {
            lanes: Arc::clone(&lanes),
            sends_max: sends_max.clamp(1, BATCH_SENDS_MAX),
            state: Mutex::default(),
        });
        Self {
            lanes,
            heads,
            gatherer,
        }
    }

    /// Runs work as one unit: all of it is kept or nothing. The answer comes after the commit is
    /// durable; a refusal undoes the unit and comes then as well. The work may be run again from the
    /// start when the lane had to undo it, so it must not carry anything over from run to run.
    pub fn write<T, W>(&self, work: W) -> Pending<T>
    where
        T: Send + 'static,
        W: FnMut(&mut dyn Unit) -> Result<T, Error> + Send + 'static,
    {
        let (answer, pending) = Pending::new();
        self.lanes.write(Box::new(Write {
            work,
            answer,
            result: None,
        }));
        pending
    }

    /// Runs work on one snapshot, which shows everything committed before this call.
    pub fn read<T, W>(&self, work: W) -> Pending<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut dyn Snapshot) -> Result<T, Error> + Send + 'static,
    {
        let (answer, pending) = Pending::new();
        self.lanes.read(Box::new(Read { work, answer }));
        pending
    }

    /// Sends a message, in one batch with whoever sends at the same moment. Order, atomicity and
    /// errors are those of [`send_message`](crate::act::send_message) in a unit of its own.
    pub fn send(&self, cx: Context, cmd: SendMessage) -> Pending<Once<Seen>> {
        let (answer, pending) = Pending::new();
        self.gatherer.gather(Waiting {
            send: (cx, cmd),
            answer,
        });
        pending
    }

    /// How far each log has come.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// Takes no more work, finishes what was accepted, and returns when all of it is answered.
    pub fn close(&self) {
        self.lanes.close();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.lanes)
    }
}

/// Answers; somebody who no longer waits is no fault.
fn answer<T>(to: Answerer<T>, result: Result<T, Error>) {
    drop(to.send(result));
}

struct Write<T, W> {
    work: W,
    answer: Answerer<T>,
    result: Option<Result<T, Error>>,
}

impl<T, W> WriteJob for Write<T, W>
where
    T: Send,
    W: FnMut(&mut dyn Unit) -> Result<T, Error> + Send,
{
    fn run(&mut self, unit: &mut dyn Unit) -> Verdict {
        match (self.work)(unit) {
            Err(Error::Fault(fault)) => Verdict::Fail(fault),
            result => {
                let verdict = if result.is_ok() {
                    Verdict::Keep
                } else {
                    Verdict::Undo
                };
                self.result = Some(result);
                verdict
            }
        }
    }

    fn settle(self: Box<Self>, outcome: Result<(), Fault>) {
        let result = match outcome {
            Ok(()) => self.result.unwrap_or(Err(Error::Fault(Fault::Closed))),
            Err(fault) => Err(Error::Fault(fault)),
        };
        answer(self.answer, result);
    }
}

struct Read<T, W> {
    work: W,
    answer: Answerer<T>,
}

impl<T, W> ReadJob for Read<T, W>
where
    T: Send,
    W: FnOnce(&mut dyn Snapshot) -> Result<T, Error> + Send,
{
    fn run(self: Box<Self>, snapshot: &mut dyn Snapshot) {
        answer(self.answer, (self.work)(snapshot));
    }

    fn refuse(self: Box<Self>, fault: Fault) {
        answer(self.answer, Err(Error::Fault(fault)));
    }
}

type Sent = Once<Seen>;

struct Waiting {
    send: (Context, SendMessage),
    answer: Answerer<Sent>,
}

/// Collects the sends of a moment. A batch is a job that takes whatever waits when it runs, so that it grows
/// with the time that its lane spends on the one before, and nobody sleeps to let it grow.
struct Gatherer {
    lanes: Arc<dyn Lanes>,
    sends_max: usize,
    state: Mutex<Gathering>,
}

#[derive(Default)]
struct Gathering {
    waiting: VecDeque<Waiting>,
    batches: usize,
}

impl Gatherer {
    fn gather(self: &Arc<Self>, waiting: Waiting) {
        let mut state = self.state();
        if state.waiting.len() >= WAITING_SENDS_MAX {
            drop(state);
            return answer(waiting.answer, Err(Error::Fault(Fault::Busy)));
        }
        state.waiting.push_back(waiting);
        if state.batches < BATCHES_MAX.min(self.lanes.writers()) {
            state.batches += 1;
            drop(state);
            self.submit();
        }
    }

    fn submit(self: &Arc<Self>) {
        self.lanes.write(Box::new(Batch {
            gatherer: Arc::clone(self),
            sends: Vec::new(),
            answers: Vec::new(),
            results: None,
        }));
    }

    fn take(&self) -> impl Iterator<Item = Waiting> {
        let mut state = self.state();
        let count = state.waiting.len().min(self.sends_max);
        state.waiting.drain(..count).collect::<Vec<_>>().into_iter()
    }

    /// A batch is done: another follows if somebody waits.
    fn done(self: &Arc<Self>) {
        let mut state = self.state();
        if state.waiting.is_empty() {
            state.batches -= 1;
        } else {
            drop(state);
            self.submit();
        }
    }

    fn state(&self) -> MutexGuard<'_, Gathering> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Batch {
    gatherer: Arc<Gatherer>,
    sends: Vec<(Context, SendMessage)>,
    answers: Vec<Answerer<Sent>>,
    results: Option<Vec<Result<Sent, Error>>>,
}

impl Batch {
    fn fill(&mut self) {
        for waiting in self.gatherer.take() {
            self.sends.push(waiting.send);
            self.answers.push(waiting.answer);
        }
    }
}

impl WriteJob for Batch {
    fn run(&mut self, unit: &mut dyn Unit) -> Verdict {
        if self.sends.is_empty() {
            self.fill();
        }
        self.results = None;
        match send_messages(unit, &self.sends) {
            Ok(results) => {
                self.results = Some(
                    results
                        .into_iter()
                        .map(|one| one.map_err(Error::Refusal))
                        .collect(),
                );
                Verdict::Keep
            }
            Err(fault) => Verdict::Fail(fault),
        }
    }

    fn settle(mut self: Box<Self>, outcome: Result<(), Fault>) {
        match (outcome, self.results.take()) {
            (Ok(()), Some(results)) => {
                self.answers
                    .into_iter()
                    .zip(results)
                    .for_each(|(to, result)| answer(to, result));
            }
            // The batch broke before anything was kept: perhaps one of them is to blame, so each gets
            // a unit of its own.
            (Err(Fault::Unavailable(_) | Fault::Corrupt { .. } | Fault::Panicked(_)), None)
                if self.sends.len() > 1 =>
            {
                for (send, answer) in self.sends.into_iter().zip(self.answers) {
                    self.gatherer.lanes.write(Box::new(Write {
                        work: one_send(send),
                        answer,
                        result: None,
                    }));
                }
            }
            (Err(fault), _) => {
                if self.sends.is_empty() {
                    self.fill();
                }
                let mut fault = Some(fault);
                for to in self.answers {
                    let fault = fault
                        .take()
                        .unwrap_or(Fault::unavailable("see the first send of the batch"));
                    answer(to, Err(Error::Fault(fault)));
                }
            }
            (Ok(()), None) => {}
        }
        self.gatherer.done();
    }
}

fn one_send(send: (Context, SendMessage)) -> impl FnMut(&mut dyn Unit) -> Result<Sent, Error> {
    let batch = [send];
    move |unit| {
        let mut results = send_messages(unit, &batch)?;
        results
            .pop()
            .unwrap_or(Err(crate::Refusal::ConversationNotFound))
            .map_err(Error::Refusal)
    }
}
