//! Looking into a file in a process of its own.
//!
//! A decoder that panics, runs on or takes too much memory ends that process and nothing else. What was made
//! is left at temporary places: whoever asked reserves it first and keeps it then.

mod child;
mod picture;
mod report;
mod sound;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use causerie_core::media::{Media, Preset};
use causerie_core::port::{self, Files, FilesFault, Inspected, Made};
use causerie_core::{MediaId, WorkspaceId};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};
use sha2::{Digest as _, Sha256};

pub use child::run_child;

use crate::threads::wait;
use report::{Drawn, Report, VERSION_BYTES_MAX};

/// How long looking into one file may take.
pub const INSPECTION_TIMEOUT: Duration = Duration::from_mins(1);
/// How many bytes a file may have that is looked into.
pub const INSPECTED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How often a child's end is asked for, beside whether anybody still waits for it.
const LOOK: Duration = Duration::from_millis(50);

/// Looks into files, each in a process of its own that runs [`run_child`].
#[derive(Clone, Debug)]
pub struct Inspector {
    files: Arc<dyn Files>,
    program: PathBuf,
    arguments: Vec<OsString>,
    timeout: Duration,
    interrupted: Arc<AtomicBool>,
}

impl Inspector {
    /// Where the files are; the program, and with which arguments it does nothing but [`run_child`].
    pub fn new(files: Arc<dyn Files>, program: PathBuf, arguments: Vec<OsString>) -> Self {
        Self {
            files,
            program,
            arguments,
            timeout: INSPECTION_TIMEOUT,
            interrupted: Arc::default(),
        }
    }

    /// Gives each file another time than [`INSPECTION_TIMEOUT`].
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn look(&self, media: &Media) -> Result<Inspected, FilesFault> {
        if media.size > INSPECTED_BYTES_MAX {
            return Ok(Inspected::nothing());
        }
        let input = self.fetch(media)?;
        let mut output = tempfile::tempfile().map_err(failed)?;
        if let Some(reason) = self.run(input, output.try_clone().map_err(failed)?)? {
            return Ok(Inspected::Failed(reason.into()));
        }
        output.rewind().map_err(failed)?;
        match Report::read(output) {
            None => Ok(Inspected::Failed(
                "reading it ended without a result".into(),
            )),
            Some(Report::Unknown) => Ok(Inspected::nothing()),
            Some(Report::Refused(problem)) => Ok(Inspected::Failed(problem)),
            Some(Report::Known(facts, drawn)) => {
                let made = drawn
                    .into_iter()
                    .map(|one| receive(&*self.files, media, one));
                let made = made.collect::<Result<_, _>>()?;
                Ok(Inspected::Known { facts, made })
            }
        }
    }

    /// Runs the child to its end. Gives the reason if it came to none of its own.
    fn run(&self, input: File, output: File) -> Result<Option<&'static str>, FilesFault> {
        let mut command = Command::new(&self.program);
        // What strangers made is not to meet our secrets.
        command.args(&self.arguments).env_clear();
        let command = command.stdin(input).stdout(output).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| {
            let program = self.program.display();
            FilesFault::Unavailable(format!("{program} could not be started: {error}"))
        })?;
        let timely = self.await_end(&child);
        if !matches!(timely, Ok(true)) {
            child.kill().map_err(failed)?;
        }
        let status = child.wait().map_err(failed)?;
        self.go_on()?;
        if timely.map_err(failed)? {
            problem(status)
        } else {
            Ok(Some("reading it took too long"))
        }
    }

    /// Waits for the end of a child, but no longer than is said. The child keeps its number until it is asked
    /// how it ended, so nobody else can be killed in its place.
    fn await_end(&self, child: &Child) -> io::Result<bool> {
        let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let number = number.ok_or_else(|| io::Error::other("a child without a number"))?;
        let (sender, ended) = mpsc::channel();
        thread::Builder::new()
            .name("inspection".into())
            .spawn(move || {
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                let waited = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(number), options));
                sender.send(waited.is_ok())
            })?;
        let deadline = Instant::now() + self.timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match ended.recv_timeout(left.min(LOOK)) {
                Ok(is_over) => return Ok(is_over),
                Err(RecvTimeoutError::Timeout) if !left.is_zero() && self.go_on().is_ok() => {}
                Err(_) => return Ok(false),
            }
        }
    }

    /// Refuses to go on when nobody waits any more.
    fn go_on(&self) -> Result<(), FilesFault> {
        if self.interrupted.load(Ordering::Acquire) {
            return Err(FilesFault::Unavailable("nobody waits for it".into()));
        }
        Ok(())
    }

    /// The bytes of a file, for a child to read.
    fn fetch(&self, media: &Media) -> Result<File, FilesFault> {
        let digest = media.digest.ok_or(FilesFault::Missing)?;
        let reading = self.files.read(media.workspace, digest, 0..media.size);
        let mut outgoing = wait(reading)?;
        let mut input = tempfile::tempfile().map_err(failed)?;
        while let Some(piece) = wait(outgoing.read())? {
            self.go_on()?;
            input.write_all(&piece).map_err(failed)?;
        }
        input.rewind().map_err(failed)?;
        Ok(input)
    }
}

impl port::Inspector for Inspector {
    fn inspect(&self, media: &Media) -> Inspected {
        let looked = self.go_on().and_then(|()| self.look(media));
        looked.unwrap_or_else(|fault| match self.go_on() {
            Ok(()) => Inspected::Later(fault.to_string()),
            Err(_) => Inspected::Interrupted,
        })
    }

    fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Release);
    }
}

/// The reason why a child has failed, if it has. One that was ended from outside says nothing of its file: a
/// service that is stopped gives all its processes the signal, and a machine without memory kills some.
fn problem(status: ExitStatus) -> Result<Option<&'static str>, FilesFault> {
    let outside = [Signal::TERM, Signal::INT, Signal::HUP, Signal::KILL];
    Ok(match status.signal() {
        None if status.success() => None,
        Some(signal) if outside.iter().any(|one| one.as_raw() == signal) => {
            let problem =
                format!("the process that looked into a file was ended by signal {signal}");
            return Err(FilesFault::Unavailable(problem));
        }
        Some(signal) if signal == Signal::XCPU.as_raw() => Some("reading it took too long"),
        Some(signal) if signal == Signal::ABORT.as_raw() => {
            Some("reading it took too much memory, or failed")
        }
        _ => Some("reading it failed"),
    })
}

/// Lets a version arrive.
fn receive(files: &dyn Files, media: &Media, drawn: Drawn) -> Result<Made, FilesFault> {
    let place = place(media.id, drawn.preset);
    let workspace: WorkspaceId = media.workspace;
    let mut incoming = wait(files.receive(workspace, place, VERSION_BYTES_MAX))?;
    wait(incoming.write(Bytes::from(drawn.bytes)))?;
    Ok(Made {
        preset: drawn.preset,
        place,
        arrived: wait(incoming.finish())?,
        width: drawn.width,
        height: drawn.height,
    })
}

/// An id that nobody else has: a try that died leaves its versions where the next one puts its own.
fn place(id: MediaId, preset: Preset) -> MediaId {
    let mut hasher = Sha256::new();
    hasher.update(id.to_bytes());
    hasher.update(preset.number().to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize()[..16]);
    MediaId::from_bytes(bytes)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it maps errors, which come by value"
)]
fn failed(error: io::Error) -> FilesFault {
    FilesFault::Unavailable(format!("a file could not be looked into: {error}"))
}
