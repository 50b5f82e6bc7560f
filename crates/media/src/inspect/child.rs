//! The whole program of the child process that looks into one file.
//!
//! It decodes what strangers made, so it gives up nearly all that a process may do before it reads a byte.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use causerie_core::media::Facts;
use rustix::process::{Resource, Rlimit, nice, setrlimit};

use super::report::Report;
use super::{picture, sound};

/// How much memory it may take.
const MEMORY_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// How long it may compute.
const CPU_SECONDS_MAX: u64 = 30;
/// How much it may write.
const OUTPUT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How many files it may have open.
const OPEN_FILES_MAX: u64 = 16;
/// How far it stands back behind others.
const NICENESS: i32 = 10;

/// Looks into the file that is the standard input, and writes what it learned to the standard output: what
/// a command that [`Inspector`](super::Inspector) runs has to do, and all that it has to do. Nothing else
/// may have been written there, and no other thread may run.
pub fn run_child() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("a file could not be looked into: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    confine()?;
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut output = BufWriter::new(output);
    look(&input)?.write(&mut output)?;
    output.flush()
}

fn confine() -> io::Result<()> {
    let limits = [
        (Resource::As, MEMORY_BYTES_MAX),
        (Resource::Fsize, OUTPUT_BYTES_MAX),
        (Resource::Nofile, OPEN_FILES_MAX),
        (Resource::Core, 0),
    ];
    for (resource, limit) in limits {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        setrlimit(resource, limit)?;
    }
    // The first limit ends it by a signal of its own; at the second one nobody could tell who killed it.
    let cpu = Rlimit {
        current: Some(CPU_SECONDS_MAX),
        maximum: Some(CPU_SECONDS_MAX + 1),
    };
    setrlimit(Resource::Cpu, cpu)?;
    nice(NICENESS)?;
    Ok(())
}

fn look(input: &File) -> io::Result<Report> {
    if let Some(report) = picture::look(input)? {
        return Ok(report);
    }
    Ok(
        sound::duration(input)?.map_or(Report::Unknown, |duration_ms| {
            let facts = Facts {
                duration_ms: Some(duration_ms),
                ..Facts::default()
            };
            Report::Known(facts, Vec::new())
        }),
    )
}
