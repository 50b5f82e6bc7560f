//! The door: who presents a key is let in, and argon2 runs only for keys not seen lately.
//!
//! A verified key is known by a fast hash of the whole of it. What it may do is read again every
//! few seconds, so that a revocation on any node counts soon. What a caller may do is not decided here.

mod hands;
mod uses;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use causerie_core::act::{Credentials, find_credentials};
use causerie_core::port::Clock;
use causerie_core::{
    ApiKey, Caller, Error, Fault, HashCost, KeyId, KeySecret, Participant, Refusal, SecretHash,
    Store, Timestamp, WorkspaceId,
};
use moka::sync::Cache;
use tokio::sync::oneshot;

use hands::Hands;
use uses::Uses;

/// How many keys are known at once; the least used is forgotten first.
pub const KEYS_KNOWN_MAX: u64 = 10_000;
/// From how many workspaces on those without a known key are forgotten.
const WORKSPACES_KNOWN_MAX: usize = 12_000;
/// How many wrong keys are remembered at once.
pub const KEYS_WRONG_MAX: u64 = 10_000;
/// How long a wrong key is remembered.
const WRONG_SECONDS: u64 = 10;
/// How often a request joins somebody else's verification that then comes to nothing.
const ATTEMPTS_MAX: usize = 3;

/// The limits of a [`Doorkeeper`].
#[derive(Clone, Copy, Debug)]
pub struct DoorConfig {
    /// How long a key is trusted before its row is read again.
    pub trust: Duration,
    /// How many verifications run at once.
    pub hands: usize,
    /// How many verifications wait; more are answered [`Fault::Busy`].
    pub waiting_max: usize,
    /// How many verifications of one key id wait, so that a flood of wrong secrets for one key leaves
    /// room for the others.
    pub waiting_per_key_max: usize,
}

impl Default for DoorConfig {
    /// Two seconds; half of the cores; 64 waiting, 4 for one key.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            trust: Duration::from_secs(2),
            hands: (cores / 2).max(1),
            waiting_max: 64,
            waiting_per_key_max: 4,
        }
    }
}

/// A key whose secret was verified, and who holds it.
#[derive(Debug)]
pub struct Admitted {
    caller: Caller,
    key: ApiKey,
    checked_at: Instant,
    epoch: u64,
    forgotten: Arc<AtomicU64>,
    voice: OnceLock<Arc<Participant>>,
}

impl Admitted {
    /// Who was let in.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The key, as it was when it was last read.
    pub fn key(&self) -> &ApiKey {
        &self.key
    }

    /// As whom the key speaks, as far as that was asked since the key was read.
    pub(crate) fn voice(&self) -> Option<Arc<Participant>> {
        self.voice.get().cloned()
    }

    /// Says as whom it speaks.
    pub(crate) fn speak_as(&self, voice: Participant) -> Arc<Participant> {
        Arc::clone(self.voice.get_or_init(|| Arc::new(voice)))
    }
}

/// What an authentication came to, in a form that several requests can share.
#[derive(Clone, Debug)]
enum Verdict {
    In(Arc<Admitted>),
    Refused(Refusal),
    Failed,
}

type Hash = [u8; 32];

/// Lets callers in. Bounded in everything: known keys, wrong keys, verifications at once and waiting.
#[derive(Debug)]
pub struct Doorkeeper {
    store: Store,
    clock: Arc<dyn Clock>,
    config: DoorConfig,
    hands: Hands,
    shared: Arc<Shared>,
    uses: Uses,
}

#[derive(Debug)]
struct Shared {
    known: Cache<Hash, Arc<Admitted>>,
    wrong: Cache<Hash, ()>,
    under_way: Mutex<HashMap<Hash, Vec<oneshot::Sender<Verdict>>>>,
    /// Moves when something of a workspace changes on this node.
    epoch: AtomicU64,
    /// For each workspace with known keys the epoch of its last change: what was read before is not trusted
    /// any more.
    forgotten: Mutex<HashMap<WorkspaceId, Arc<AtomicU64>>>,
}

impl Doorkeeper {
    /// A doorkeeper with threads of its own for verifying; they end when it is dropped.
    pub fn new(store: Store, clock: Arc<dyn Clock>, config: DoorConfig) -> Self {
        let wrong = Cache::builder()
            .max_capacity(KEYS_WRONG_MAX)
            .time_to_live(Duration::from_secs(WRONG_SECONDS));
        Self {
            uses: Uses::default(),
            hands: Hands::new(&config),
            shared: Arc::new(Shared {
                known: Cache::new(KEYS_KNOWN_MAX),
                wrong: wrong.build(),
                under_way: Mutex::default(),
                epoch: AtomicU64::new(0),
                forgotten: Mutex::default(),
            }),
            store,
            clock,
            config,
        }
    }

    /// Lets the holder of a key in, if the key is known and was looked up lately: no waiting, no
    /// argon2, no storage. `None` says that [`Doorkeeper::admit`] has to look.
    ///
    /// # Errors
    /// `key_revoked`, `key_expired`.
    pub fn admit_known(&self, secret: &KeySecret) -> Option<Result<Arc<Admitted>, Refusal>> {
        self.admit_trusted(&secret.fast_hash())
    }

    fn admit_trusted(&self, hash: &Hash) -> Option<Result<Arc<Admitted>, Refusal>> {
        let admitted = self.shared.known.get(hash)?;
        let current = admitted.epoch >= admitted.forgotten.load(Ordering::SeqCst);
        let trusted = current && admitted.checked_at.elapsed() < self.config.trust;
        trusted.then(|| self.let_in(admitted))
    }

    /// Lets in who has shown something that stands for a key and was verified by whoever calls this. The key's row
    /// is read as often as that of a key which is shown itself.
    ///
    /// # Errors
    /// `key_unknown`, `key_revoked`, `key_expired`.
    pub async fn admit_key(&self, id: KeyId) -> Result<Arc<Admitted>, Error> {
        let place = *blake3::hash(id.to_string().as_bytes()).as_bytes();
        if let Some(admitted) = self.admit_trusted(&place) {
            return Ok(admitted?);
        }
        let found = self.look_up(id).await?;
        Ok(self.let_in(self.shared.remember(place, &found))?)
    }

    /// Lets the holder of a key in; verifies the secret unless that was done before.
    ///
    /// # Errors
    /// `key_unknown`, `key_revoked`, `key_expired`; [`Fault::Busy`] when too many verifications wait.
    pub async fn admit(&self, secret: &KeySecret) -> Result<Arc<Admitted>, Error> {
        let hash = secret.fast_hash();
        if let Some(known) = self.shared.known.get(&hash)
            && let Some(admitted) = self.look_again(&hash, secret.id(), &known).await?
        {
            return Ok(self.let_in(admitted)?);
        }
        for _ in 0..ATTEMPTS_MAX {
            if self.shared.wrong.contains_key(&hash) {
                return Err(Refusal::KeyUnknown.into());
            }
            match self.verify_or_join(hash, secret).await? {
                Verdict::In(admitted) => return Ok(self.let_in(admitted)?),
                Verdict::Refused(refusal) => return Err(refusal.into()),
                Verdict::Failed => {}
            }
        }
        Err(Fault::Busy.into())
    }

    /// Says that keys, settings or rates of a workspace were changed on this node: each of its keys is looked
    /// up again at its next use.
    pub fn forget(&self, workspace: WorkspaceId) {
        let epoch = self.shared.epoch.fetch_add(1, Ordering::SeqCst) + 1;
        let forgotten = self.shared.forgotten_of(workspace);
        forgotten.fetch_max(epoch, Ordering::SeqCst);
    }

    /// Hashes the secret of a new key, on the threads that verify and within their limits; `by` is the
    /// key that asks for it.
    ///
    /// # Errors
    /// [`Fault::Busy`], [`Fault::Unavailable`].
    pub async fn hash(
        &self,
        by: KeyId,
        cost: HashCost,
        secret: KeySecret,
        salt: [u8; 16],
    ) -> Result<SecretHash, Fault> {
        let (answer, hashed) = oneshot::channel();
        self.hands.take(
            by,
            Box::new(move || {
                // Somebody who no longer waits is no fault.
                drop(answer.send(cost.hash(&secret, salt)));
            }),
        )?;
        hashed.await.unwrap_or(Err(Fault::Closed))
    }

    /// How many verifications were started, and the most that ever ran at once.
    pub fn verifications(&self) -> (u64, usize) {
        self.hands.counts()
    }

    /// Stores the uses noted so far, without waiting for it.
    pub fn flush_uses(&self) {
        self.uses.flush(&self.store);
    }

    fn let_in(&self, admitted: Arc<Admitted>) -> Result<Arc<Admitted>, Refusal> {
        let now = self.clock.now();
        admitted.key.admit(now)?;
        self.uses.note(&self.store, admitted.key.id, now);
        Ok(admitted)
    }

    fn epoch(&self) -> u64 {
        self.shared.epoch.load(Ordering::SeqCst)
    }

    /// The known key as its row stands now; `None` when it is not what was verified.
    async fn look_again(
        &self,
        hash: &Hash,
        id: KeyId,
        known: &Admitted,
    ) -> Result<Option<Arc<Admitted>>, Error> {
        let sought = self.look_up(id).await;
        match sought {
            Ok(found) if found.credentials.key.hash == known.key.hash => {
                Ok(Some(self.shared.remember(*hash, &found)))
            }
            Ok(_) | Err(Error::Refusal(_)) => {
                self.shared.known.invalidate(hash);
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    async fn look_up(&self, id: KeyId) -> Result<Found, Error> {
        let (epoch, checked_at) = (self.epoch(), Instant::now());
        let credentials = self
            .store
            .read(move |snapshot| find_credentials(snapshot, id))
            .await?;
        Ok(Found {
            credentials,
            checked_at,
            epoch,
        })
    }

    /// Waits for the verification of the same key that is under way, or begins one.
    async fn verify_or_join(&self, hash: Hash, secret: &KeySecret) -> Result<Verdict, Error> {
        let (answer, verdict) = oneshot::channel();
        let leads = {
            let mut under_way = self.shared.under_way();
            let leads = !under_way.contains_key(&hash);
            under_way.entry(hash).or_default().push(answer);
            leads
        };
        if leads {
            // Tells those who joined even if this request is dropped on the way.
            let flight = Flight {
                shared: Arc::clone(&self.shared),
                hash,
                verdict: Verdict::Failed,
            };
            match self.look_up(secret.id()).await {
                Ok(found) => self.verify(flight, secret.clone(), found)?,
                Err(Error::Refusal(refusal)) => {
                    self.shared.wrong.insert(hash, ());
                    flight.land(Verdict::Refused(refusal));
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(verdict.await.unwrap_or(Verdict::Failed))
    }

    fn verify(&self, flight: Flight, secret: KeySecret, found: Found) -> Result<(), Fault> {
        let id = secret.id();
        let job = move || {
            let verdict = match found.credentials.key.hash.verify(&secret) {
                Ok(true) => Verdict::In(flight.shared.remember(flight.hash, &found)),
                Ok(false) => {
                    flight.shared.wrong.insert(flight.hash, ());
                    Verdict::Refused(Refusal::KeyUnknown)
                }
                Err(fault) => {
                    tracing::error!(%fault, "a key cannot be verified");
                    Verdict::Failed
                }
            };
            flight.land(verdict);
        };
        self.hands.take(id, Box::new(job))
    }
}

/// A key's row, and since when it is known to stand like this.
struct Found {
    credentials: Credentials,
    checked_at: Instant,
    epoch: u64,
}

impl Shared {
    fn remember(&self, hash: Hash, found: &Found) -> Arc<Admitted> {
        let admitted = Arc::new(Admitted {
            caller: Caller::of_key(&found.credentials),
            key: found.credentials.key.clone(),
            checked_at: found.checked_at,
            epoch: found.epoch,
            forgotten: self.forgotten_of(found.credentials.workspace.id),
            voice: OnceLock::new(),
        });
        self.known.insert(hash, Arc::clone(&admitted));
        admitted
    }

    /// The epoch of a workspace's last change, shared by all its known keys.
    fn forgotten_of(&self, workspace: WorkspaceId) -> Arc<AtomicU64> {
        let mut all = self
            .forgotten
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if all.len() >= WORKSPACES_KNOWN_MAX {
            all.retain(|_, epoch| Arc::strong_count(epoch) > 1);
        }
        Arc::clone(all.entry(workspace).or_default())
    }

    fn under_way(&self) -> std::sync::MutexGuard<'_, HashMap<Hash, Vec<oneshot::Sender<Verdict>>>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A verification under way; its end, whatever it is, is told to all who wait for it.
struct Flight {
    shared: Arc<Shared>,
    hash: Hash,
    verdict: Verdict,
}

impl Flight {
    fn land(mut self, verdict: Verdict) {
        self.verdict = verdict;
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let waiting = self.shared.under_way().remove(&self.hash);
        for answer in waiting.unwrap_or_default() {
            // Somebody who no longer waits is no fault.
            drop(answer.send(self.verdict.clone()));
        }
    }
}

/// The minute of a time, in which keys' uses are noted.
fn minute_of(at: Timestamp) -> i64 {
    at.unix_micros().div_euclid(60_000_000)
}
