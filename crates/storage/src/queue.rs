//! A bounded queue between callers and the lanes that serve it: full means no, at once.
//!
//! Knows nothing of what is queued.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use causerie_core::Fault;

/// First in, first out, shared by all lanes of a kind.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    arrived: Condvar,
    items_max: usize,
}

struct State<T> {
    items: VecDeque<T>,
    /// Lanes that wait for an item: nobody is woken when there are none, which saves a system call.
    idle: usize,
    closed: bool,
}

impl<T> Queue<T> {
    /// A queue that holds up to `items_max`.
    pub(crate) fn new(items_max: usize) -> Self {
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                idle: 0,
                closed: false,
            }),
            arrived: Condvar::new(),
            items_max,
        }
    }

    /// Queues an item, or gives it back with [`Fault::Busy`] or [`Fault::Closed`].
    pub(crate) fn push(&self, item: T) -> Result<(), (T, Fault)> {
        let mut state = self.lock();
        if state.closed {
            return Err((item, Fault::Closed));
        }
        if state.items.len() >= self.items_max {
            return Err((item, Fault::Busy));
        }
        state.items.push_back(item);
        let wake = state.idle > 0;
        drop(state);
        if wake {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Waits for an item; `None` when the queue is closed and empty.
    pub(crate) fn take(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.items.pop_front() {
                return Some(item);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self
                .arrived
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// Takes an item that waits.
    pub(crate) fn try_take(&self) -> Option<T> {
        self.lock().items.pop_front()
    }

    /// Takes one lane's fair share of what waits: enough that `lanes` lanes empty the queue
    /// together, at most `max`.
    pub(crate) fn try_share(&self, lanes: usize, max: usize) -> Vec<T> {
        let mut state = self.lock();
        let share = state.items.len().div_ceil(lanes.max(1)).min(max);
        state.items.drain(..share).collect()
    }

    /// Takes no more items. Those that wait are still given out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// How many items wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn a_full_queue_refuses_and_gives_back() {
        let queue = Queue::new(2);
        assert!(queue.push(1).is_ok() && queue.push(2).is_ok());
        assert!(matches!(queue.push(3), Err((3, Fault::Busy))));
        assert_eq!(queue.take(), Some(1));
        assert!(queue.push(3).is_ok());
        assert_eq!(
            (queue.try_take(), queue.try_take(), queue.try_take()),
            (Some(2), Some(3), None)
        );
    }

    #[test]
    fn a_closed_queue_gives_out_what_it_holds() {
        let queue = Queue::new(2);
        assert!(queue.push(1).is_ok());
        queue.close();
        assert!(matches!(queue.push(2), Err((2, Fault::Closed))));
        assert_eq!((queue.take(), queue.take()), (Some(1), None));
    }

    #[test]
    fn a_waiting_lane_is_woken() {
        let queue = Arc::new(Queue::new(2));
        let lane = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || (queue.take(), queue.take()))
        };
        assert!(queue.push(1).is_ok());
        queue.close();
        assert_eq!(lane.join().expect("the lane ends"), (Some(1), None));
    }

    #[test]
    fn a_share_leaves_work_for_the_other_lanes() {
        let queue = Queue::new(10);
        for item in 0..9 {
            assert!(queue.push(item).is_ok());
        }
        assert_eq!(queue.try_share(4, 8), [0, 1, 2]);
        assert_eq!(queue.try_share(1, 4), [3, 4, 5, 6]);
        assert_eq!(queue.len(), 2);
    }
}
