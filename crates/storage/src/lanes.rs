//! The threads of a storage and the queues before them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use causerie_core::port::{Lanes, ReadJob, WriteJob};
use causerie_core::{Fault, Heads};

use crate::births::Births;
use crate::error::OpenError;
use crate::group::{Engine, Limits, Writer};
use crate::link::{Link, connections};
use crate::metric::Meters;
use crate::options::Options;
use crate::postgres::{self, Bell, PostgresReader, PostgresWriter};
use crate::queue::Queue;
use crate::reader::{ReadEngine, Reader};
use crate::sqlite::{self, SqliteReader, SqliteWriter};
use crate::url::DatabaseUrl;

/// How many jobs share a transaction on Postgres at most: it keeps track of 64 savepoints at a low
/// price.
const POSTGRES_GROUP_JOBS_MAX: usize = 32;

/// An open database.
pub(crate) struct Storage {
    url: DatabaseUrl,
    write: Arc<Queue<Box<dyn WriteJob>>>,
    read: Arc<Queue<Box<dyn ReadJob>>>,
    write_meters: Meters,
    read_meters: Meters,
    threads: Mutex<Vec<JoinHandle<()>>>,
    writers: usize,
    bell: Option<Arc<Bell>>,
}

impl Storage {
    /// Starts the lanes of a SQLite database whose schema is up to date.
    pub(crate) fn sqlite(
        url: &DatabaseUrl,
        target: &str,
        options: &Options,
        heads: &Arc<Heads>,
    ) -> Result<Self, OpenError> {
        let pages_max = options.sqlite_pages_max;
        let writing = connections(target, 1, sqlite::Purpose::Write { pages_max });
        let readers = options.readers.max(1);
        let reading = connections(target, readers, sqlite::Purpose::Read);
        let mut storage = Self::new(url, options, 1, None);
        let births = Arc::new(Births::default());
        let writer = SqliteWriter::new(Link::new(writing), Arc::clone(&births), Arc::clone(heads));
        storage.start_writer(0, writer, limits(options, usize::MAX))?;
        for index in 0..readers {
            storage.start_reader(
                index,
                readers,
                SqliteReader::new(Link::new(reading.clone()), Arc::clone(&births)),
            )?;
        }
        Ok(storage)
    }

    /// Starts the lanes of a Postgres database whose schema is up to date.
    pub(crate) fn postgres(
        url: &DatabaseUrl,
        target: &str,
        options: &Options,
        heads: &Arc<Heads>,
    ) -> Result<Self, OpenError> {
        let (writers, readers) = (options.writers.max(1), options.readers.max(1));
        let bell = Bell::start(target.to_owned(), Arc::clone(heads));
        let bell = Arc::new(bell.map_err(|error| OpenError::other(url, error))?);
        let writing = connections(target, writers, postgres::Session);
        let reading = connections(target, readers, postgres::Session);
        let mut storage = Self::new(url, options, writers, Some(Arc::clone(&bell)));
        let births = Arc::new(Births::default());
        for index in 0..writers {
            let link = Link::new(writing.clone());
            let writer = PostgresWriter::new(link, Arc::clone(&births), Arc::clone(&bell));
            storage.start_writer(index, writer, limits(options, POSTGRES_GROUP_JOBS_MAX))?;
        }
        for index in 0..readers {
            let reader = PostgresReader::new(Link::new(reading.clone()), Arc::clone(&births));
            storage.start_reader(index, readers, reader)?;
        }
        Ok(storage)
    }

    fn new(url: &DatabaseUrl, options: &Options, writers: usize, bell: Option<Arc<Bell>>) -> Self {
        Self {
            url: url.clone(),
            writers,
            write: Arc::new(Queue::new(options.write_jobs_max)),
            read: Arc::new(Queue::new(options.read_jobs_max)),
            write_meters: Meters::of("write"),
            read_meters: Meters::of("read"),
            threads: Mutex::default(),
            bell,
        }
    }

    fn start_writer(
        &mut self,
        index: usize,
        engine: impl Engine + Send + 'static,
        limits: Limits,
    ) -> Result<(), OpenError> {
        let writer = Writer::new(
            engine,
            Arc::clone(&self.write),
            limits,
            self.write_meters.clone(),
        );
        self.start(format!("causerie-writer-{index}"), || writer.work())
    }

    fn start_reader(
        &mut self,
        index: usize,
        lanes: usize,
        engine: impl ReadEngine + Send + 'static,
    ) -> Result<(), OpenError> {
        let reader = Reader::new(
            engine,
            Arc::clone(&self.read),
            lanes,
            self.read_meters.clone(),
        );
        self.start(format!("causerie-reader-{index}"), || reader.work())
    }

    fn start(
        &mut self,
        name: String,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), OpenError> {
        let thread = thread::Builder::new().name(name).spawn(work);
        let thread = thread.map_err(|error| OpenError::other(&self.url, error))?;
        self.threads
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .push(thread);
        Ok(())
    }
}

fn limits(options: &Options, jobs_max: usize) -> Limits {
    Limits {
        jobs_max: options.group_jobs_max.clamp(1, jobs_max),
        time_max: Duration::from_millis(options.group_ms_max),
    }
}

impl Lanes for Storage {
    fn write(&self, job: Box<dyn WriteJob>) {
        if let Err((job, fault)) = self.write.push(job) {
            if matches!(fault, Fault::Busy) {
                self.write_meters.busy();
            }
            job.settle(Err(fault));
        }
    }

    fn read(&self, job: Box<dyn ReadJob>) {
        if let Err((job, fault)) = self.read.push(job) {
            if matches!(fault, Fault::Busy) {
                self.read_meters.busy();
            }
            job.refuse(fault);
        }
    }

    fn writers(&self) -> usize {
        self.writers
    }

    fn close(&self) {
        self.write.close();
        self.read.close();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for lane in threads.drain(..) {
            // The last owner may be a job, which is dropped by its lane: a thread does not wait for
            // itself.
            let own = lane.thread().id() == thread::current().id();
            if !own && lane.join().is_err() {
                tracing::error!(url = %self.url, "a lane panicked");
            }
        }
        if let Some(bell) = &self.bell {
            bell.stop();
        }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Storage({})", self.url)
    }
}
