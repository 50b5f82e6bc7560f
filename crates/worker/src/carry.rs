//! Hands messages over to the platforms of their channels.
//!
//! Which messages, when, and what becomes of them is decided by [`act::claim_outbound`] and
//! [`act::settle_outbound`]; how, by the [`Courier`].

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use causerie_core::act;
use causerie_core::outbound::Parcel;
use causerie_core::port::{Clock, Courier};
use causerie_core::{ConversationId, Error, Fault, Store};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How many conversations have a message on its way at the same moment.
pub const IN_FLIGHT_MAX: usize = 32;
/// How often the outbox is looked at when nothing is known to be due.
const LOOK: Duration = Duration::from_millis(250);
/// The pause after something was due: more may be, of which this look saw nothing.
const AGAIN: Duration = Duration::from_millis(5);
/// The pause after something broke.
const BROKEN: Duration = Duration::from_secs(1);
/// How long what is on its way may take when the carrier is stopped; the rest is tried again by whoever comes
/// next, after its lease.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// A thread that hands messages over until it is stopped or dropped. Any number may run on one database, on one
/// node or on several. On one node those of one conversation go one after the other; what is tried again may be
/// overtaken.
pub struct Carrier {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Carrier {
    /// Starts the thread; its first look at the outbox is taken at once.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(
        store: Store,
        courier: Arc<dyn Courier>,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_time().build()?;
        let (stop, stopped) = oneshot::channel();
        let round = Round {
            store,
            courier,
            clock,
            under_way: JoinSet::new(),
            waiting: HashMap::new(),
        };
        let thread = thread::Builder::new()
            .name("causerie-carrier".to_owned())
            .spawn(move || runtime.block_on(round.go(stopped)))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Ends the thread; returns when what is on its way is done, or after a few seconds.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("causerie-carrier panicked");
        }
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("causerie-carrier")
    }
}

/// What the thread works on.
struct Round {
    store: Store,
    courier: Arc<dyn Courier>,
    clock: Arc<dyn Clock>,
    under_way: JoinSet<ConversationId>,
    /// For each conversation with a message on its way, those that come next.
    waiting: HashMap<ConversationId, VecDeque<Parcel>>,
}

impl Round {
    async fn go(mut self, mut stopped: oneshot::Receiver<()>) {
        loop {
            let pause = match self.look().await {
                Ok(pause) => pause,
                Err(Error::Fault(Fault::Closed)) => return,
                Err(Error::Fault(Fault::Busy)) => LOOK,
                Err(error) => {
                    tracing::warn!(%error, "handing messages over failed and will be tried again");
                    BROKEN
                }
            };
            tokio::select! {
                _ = &mut stopped => break,
                Some(done) = self.under_way.join_next() => self.next(done.ok()),
                () = sleep(pause) => {}
            }
        }
        self.put_back().await;
        let rest = async { while self.under_way.join_next().await.is_some() {} };
        if timeout(STOP_GRACE, rest).await.is_err() {
            tracing::info!("messages on their way were left; they are tried again");
        }
    }

    /// Leaves what has not begun to whoever comes next.
    async fn put_back(&mut self) {
        let queues = self.waiting.drain().flat_map(|(_, queue)| queue);
        let (parcels, now): (Vec<Parcel>, _) = (queues.collect(), self.clock.now());
        if parcels.is_empty() {
            return;
        }
        let put = self
            .store
            .write(move |unit| act::put_outbound_back(unit, &parcels, now));
        if let Err(error) = put.await {
            tracing::warn!(%error, "messages that wait were not put back; they are tried after their leases");
        }
    }

    /// Begins to hand over what is due, as far as there is room; gives the pause until the next look.
    async fn look(&mut self) -> Result<Duration, Error> {
        let room = IN_FLIGHT_MAX.saturating_sub(self.waiting.len());
        if room == 0 {
            return Ok(BROKEN);
        }
        let now = self.clock.now();
        let due = self.store.read(act::next_outbound).await?;
        if due.is_none_or(|due| due > now) {
            return Ok(LOOK);
        }
        let parcels = self
            .store
            .write(move |unit| act::claim_outbound(unit, now, room))
            .await?;
        for parcel in parcels {
            let of = parcel.message.conversation;
            if let Some(queue) = self.waiting.get_mut(&of) {
                queue.push_back(parcel);
            } else {
                self.waiting.insert(of, VecDeque::new());
                self.begin(parcel, Lease::Fresh);
            }
        }
        Ok(AGAIN)
    }

    /// A conversation's message is handed over, or its task broke: on with its next one.
    fn next(&mut self, done: Option<ConversationId>) {
        let Some(of) = done else {
            tracing::error!("handing a message over panicked; it is tried again");
            // Nobody knows whose it was; what waited is claimed again after its lease.
            self.waiting.clear();
            return;
        };
        match self.waiting.get_mut(&of).and_then(VecDeque::pop_front) {
            Some(parcel) => self.begin(parcel, Lease::Aged),
            None => drop(self.waiting.remove(&of)),
        }
    }

    fn begin(&mut self, parcel: Parcel, lease: Lease) {
        let (store, courier) = (self.store.clone(), Arc::clone(&self.courier));
        let clock = Arc::clone(&self.clock);
        self.under_way.spawn(async move {
            let of = parcel.message.conversation;
            let parcel = match lease {
                Lease::Fresh => Some(parcel),
                Lease::Aged => renew(&store, &*clock, parcel).await,
            };
            if let Some(parcel) = parcel {
                hand_over(&store, &*courier, &*clock, parcel).await;
            }
            of
        });
    }
}

/// How long ago a message was claimed.
enum Lease {
    /// Just now.
    Fresh,
    /// Before others of its conversation were handed over: it may have ended, and the message may have changed.
    Aged,
}

/// The message as it stands now, if it is still to be handed over and nobody else does.
async fn renew(store: &Store, clock: &dyn Clock, parcel: Parcel) -> Option<Parcel> {
    let (message, now) = (parcel.message.id, clock.now());
    let renewed = store.write(move |unit| act::renew_outbound(unit, &parcel, now));
    renewed.await.unwrap_or_else(|error| {
        tracing::warn!(%error, %message, "a message that waited was not claimed again; it is later");
        None
    })
}

async fn hand_over(store: &Store, courier: &dyn Courier, clock: &dyn Clock, parcel: Parcel) {
    let handed = courier.deliver(parcel.clone()).await;
    let (message, tries) = (parcel.message.id, parcel.tries);
    tracing::debug!(%message, tries, ?handed, "tried to hand a message over");
    let now = clock.now();
    let settled = store
        .write(move |unit| act::settle_outbound(unit, &parcel, &handed, now))
        .await;
    if let Err(error) = settled {
        tracing::warn!(%error, %message, "what became of a message was not kept; it is tried again");
    }
}
