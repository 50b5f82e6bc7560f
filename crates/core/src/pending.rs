//! A result that is on its way: to `.await` under any runtime, or to `.wait()` for on a thread.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::fault::Fault;
use crate::refusal::Error;

/// The result of work that was submitted. Dropping it does not stop the work.
#[must_use = "the work's outcome is known only here"]
pub struct Pending<T>(oneshot::Receiver<Result<T, Error>>);

/// A [`Pending`] as a future.
pub struct PendingFuture<T>(oneshot::AsyncReceiver<Result<T, Error>>);

/// The other end of a [`Pending`].
pub(crate) type Answerer<T> = oneshot::Sender<Result<T, Error>>;

impl<T> Pending<T> {
    pub(crate) fn new() -> (Answerer<T>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self(receiver))
    }

    /// Blocks this thread until the result is there. Not for use on an event loop.
    ///
    /// # Errors
    /// Those of the work; [`Fault::Closed`] when the storage went away without an answer.
    pub fn wait(self) -> Result<T, Error> {
        self.0.recv().unwrap_or(Err(Error::Fault(Fault::Closed)))
    }
}

impl<T> IntoFuture for Pending<T> {
    type Output = Result<T, Error>;
    type IntoFuture = PendingFuture<T>;

    fn into_future(self) -> PendingFuture<T> {
        PendingFuture(self.0.into_future())
    }
}

impl<T> Future for PendingFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|answer| answer.unwrap_or(Err(Error::Fault(Fault::Closed))))
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

impl<T> fmt::Debug for PendingFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingFuture")
    }
}
