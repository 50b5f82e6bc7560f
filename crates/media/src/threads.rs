//! The threads on which bytes are moved, so that a call can be awaited under any runtime or on none.
//!
//! Nothing of a caller's runtime is used, and none is ended by dropping this.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use causerie_core::port::{FilesFault, Filing};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// How many threads may wait for a disk at once.
const BLOCKING_THREADS_MAX: usize = 16;
/// How many threads talk to an object store.
const NETWORK_THREADS: usize = 2;

/// A small runtime of our own.
#[derive(Debug)]
pub(crate) struct Threads(Option<Runtime>);

/// A way to the threads that does not keep them alive.
#[derive(Clone, Debug)]
pub(crate) struct Lane(Handle);

/// Work that was begun.
pub(crate) type Begun<T> = JoinHandle<Result<T, FilesFault>>;

impl Threads {
    /// Threads that wait for a disk.
    pub(crate) fn for_disk() -> std::io::Result<Self> {
        let mut builder = Builder::new_current_thread();
        builder.max_blocking_threads(BLOCKING_THREADS_MAX);
        builder.thread_name("files").build().map(Some).map(Self)
    }

    /// Threads that talk over a network.
    pub(crate) fn for_network() -> std::io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(NETWORK_THREADS).enable_all();
        builder.thread_name("files").build().map(Some).map(Self)
    }

    /// The way to them.
    #[expect(
        clippy::expect_used,
        reason = "the runtime is taken only when this is dropped"
    )]
    pub(crate) fn lane(&self) -> Lane {
        Lane(self.0.as_ref().expect("not dropped").handle().clone())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for what still runs would panic inside another runtime.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Lane {
    /// Begins work that waits for a disk.
    pub(crate) fn begin<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, FilesFault> + Send + 'static,
    ) -> Begun<T> {
        self.0.spawn_blocking(work)
    }

    /// Work that waits for a disk, begun when it is first looked at.
    pub(crate) fn disk<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, FilesFault> + Send + 'static,
    ) -> Filing<'static, T> {
        let lane = self.clone();
        Box::pin(async move { end(lane.begin(work).await) })
    }

    /// Work that talks over a network, begun when it is first looked at.
    pub(crate) fn network<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, FilesFault>> + Send + 'static,
    ) -> Filing<'static, T> {
        let lane = self.clone();
        Box::pin(async move { end(lane.0.spawn(work).await) })
    }

    /// Work that nobody waits for.
    pub(crate) fn detach(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.0.spawn(work));
    }
}

/// What work came to that has ended.
pub(crate) fn end<T>(
    ended: Result<Result<T, FilesFault>, tokio::task::JoinError>,
) -> Result<T, FilesFault> {
    ended.unwrap_or_else(|error| Err(FilesFault::Unavailable(format!("files: {error}"))))
}

/// Waits on this thread.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
