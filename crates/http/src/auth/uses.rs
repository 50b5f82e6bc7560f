//! Notes when keys were used, to the minute, and stores the notes now and then.
//!
//! Losing a note is harmless, so nothing waits for the storage and nothing is tried twice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use causerie_core::act::note_key_use;
use causerie_core::{KeyId, Store, Timestamp};

use super::minute_of;

/// Uses that were not stored yet: at most one note for each key and minute.
#[derive(Debug, Default)]
pub(super) struct Uses(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    /// When each key was last used, by those noted since they were last stored.
    pending: HashMap<KeyId, Timestamp>,
    /// The minute in which each key was noted last.
    minutes: HashMap<KeyId, i64>,
    flushed_minute: Option<i64>,
}

impl Uses {
    /// Notes a use; the first of a minute stores what was noted before.
    pub(super) fn note(&self, store: &Store, id: KeyId, at: Timestamp) {
        let minute = minute_of(at);
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.minutes.get(&id) == Some(&minute) {
            return;
        }
        noted.minutes.insert(id, minute);
        noted.pending.insert(id, at);
        if noted.flushed_minute == Some(minute) {
            return;
        }
        noted.flushed_minute = Some(minute);
        let uses = noted.take(minute);
        drop(noted);
        submit(store, uses);
    }

    /// Stores what was noted.
    pub(super) fn flush(&self, store: &Store) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let uses: Vec<_> = noted.pending.drain().collect();
        drop(noted);
        submit(store, uses);
    }
}

impl Noted {
    fn take(&mut self, minute: i64) -> Vec<(KeyId, Timestamp)> {
        // Keys that are used no more are forgotten, so this grows with the keys of a minute only.
        self.minutes.retain(|_, noted| *noted == minute);
        self.pending.drain().collect()
    }
}

fn submit(store: &Store, mut uses: Vec<(KeyId, Timestamp)>) {
    if uses.is_empty() {
        return;
    }
    uses.sort_unstable();
    // Dropping the answer does not stop the work.
    drop(store.write(move |unit| note_key_use(unit, &uses)));
}
