//! `causerie doctor`: looks at everything that a server depends on and says what to do about it.
//!
//! Changes nothing, unless it is asked to fix what it finds. Ends with a status other than 0 when a server could
//! not run or something is lost.

mod files;
mod key;
mod schedule;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use causerie_core::page::{Limit, Page};
use causerie_core::port::{Clock as _, SystemClock};
use causerie_core::{Position, Timestamp};
use rustix::process::{Resource, getrlimit};

use crate::assemble::Direct;
use crate::cli::DoctorArgs;
use crate::config::Config;
use crate::output;

/// Below this a database soon cannot grow.
const DISK_BYTES_WARN: u64 = 1024 * 1024 * 1024;
/// Below this a database cannot even be maintained.
const DISK_BYTES_FAIL: u64 = 64 * 1024 * 1024;
/// Fewer than this keep the number of connections small.
const OPEN_FILES_WARN: u64 = 4_096;
/// Fewer than this do not suffice for one server.
const OPEN_FILES_FAIL: u64 = 128;
/// How far the newest message may be ahead of the clock, as clocks of several nodes differ a little.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Ok,
    Warn,
    Fail,
}

/// One line of the report.
struct Finding {
    state: State,
    about: String,
    found: String,
    advice: Option<String>,
}

impl Finding {
    fn new(state: State, about: &str, found: impl Into<String>) -> Self {
        Self {
            state,
            about: about.to_owned(),
            found: found.into(),
            advice: None,
        }
    }

    fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

/// Prints a line for each check; what is wrong is in the report and in the status.
pub(crate) fn run(config: &Config, args: DoctorArgs) -> ExitCode {
    let mut findings = database(config, args.fix);
    findings.extend(disk(config));
    findings.push(open_files());
    for finding in &findings {
        let state = match finding.state {
            State::Ok => "ok  ",
            State::Warn => "warn",
            State::Fail => "FAIL",
        };
        let advice = finding
            .advice
            .as_ref()
            .map(|advice| format!(": {advice}"))
            .unwrap_or_default();
        output::say(format_args!(
            "{state}  {}  {}{advice}",
            finding.about, finding.found
        ));
    }
    let worst = findings.iter().map(|finding| finding.state).max();
    if worst == Some(State::Fail) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn database(config: &Config, fix: bool) -> Vec<Finding> {
    let url = config.database.to_string();
    if config
        .database
        .sqlite_path()
        .is_some_and(|path| !path.exists())
    {
        let finding = Finding::new(State::Warn, "database", format!("{url} does not exist yet"));
        return vec![finding.advise("the first `causerie serve` creates it")];
    }
    let facts = match causerie_storage::check(&config.database) {
        Ok(facts) => facts,
        Err(error) => return vec![Finding::new(State::Fail, "database", error.to_string())],
    };
    let mut findings = vec![Finding::new(State::Ok, "database", url)];
    findings.extend(facts.into_iter().map(|fact| match fact.advice {
        None => Finding::new(State::Ok, fact.name, fact.value),
        Some(advice) => Finding::new(State::Warn, fact.name, fact.value).advise(advice),
    }));
    // Opening a store would bring the schema up to date, and a doctor changes nothing.
    let is_current = causerie_storage::pending(&config.database);
    if is_current.is_ok_and(|missing| missing.is_empty()) {
        let looked = Direct::open(config).and_then(|direct| {
            let mut found = vec![
                clock(&direct)?,
                schedule::due(&direct)?,
                schedule::refused(&direct)?,
                key::check(config, &direct)?,
            ];
            found.extend(files::check(config, &direct, fix)?);
            Ok(found)
        });
        match looked {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding::new(State::Fail, "store", error.to_string())),
        }
    }
    findings
}

/// Compares the clock with the newest event: time that ran backwards keeps conversations at their last time.
fn clock(direct: &Direct) -> Result<Finding> {
    let newest = direct.read(|snapshot| {
        let mut newest: Option<Timestamp> = None;
        let mut after = None;
        loop {
            let limit = Limit::default();
            let found = snapshot.workspaces().page(after, limit.probe())?;
            let page = Page::cut(found, limit, |workspace| workspace.id);
            for workspace in &page.items {
                let head = snapshot.events().head(workspace.id)?;
                let before = Position::new(head.get().saturating_sub(1));
                let last = snapshot.events().page(workspace.id, before, 1)?;
                newest = newest.max(last.first().map(|event| event.at));
            }
            after = page.next;
            if after.is_none() {
                return Ok(newest);
            }
        }
    })?;
    let now = SystemClock.now();
    Ok(match newest {
        Some(newest) if newest > now.plus(CLOCK_TOLERANCE) => {
            let found = format!("it is {now}, but the newest event is of {newest}");
            Finding::new(State::Warn, "clock", found).advise(
                "set the clock, by NTP if possible; new messages keep the later time until then",
            )
        }
        _ => Finding::new(State::Ok, "clock", now.to_string()),
    })
}

/// The directories of the database file, which only SQLite has on this machine, and of the files, which may be
/// elsewhere.
fn disk(config: &Config) -> Vec<Finding> {
    let database = config.database.sqlite_path().map(existing);
    let files = config.files.directory_path();
    let files = files.map(|path| existing(&path.join("kept")));
    let beside = |files: &PathBuf| !database.as_ref().is_some_and(|at| files.starts_with(at));
    let all = database
        .iter()
        .chain(files.iter().filter(|files| beside(files)));
    all.flat_map(|directory| [writable(directory), free(directory)])
        .collect()
}

/// The nearest directory above a path that is there.
fn existing(path: &Path) -> PathBuf {
    let mut above = path.ancestors().skip(1);
    let found = above.find(|at| at.is_dir()).unwrap_or(Path::new("."));
    if found.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        found.to_owned()
    }
}

fn writable(directory: &Path) -> Finding {
    let shown = directory.display();
    match rustix::fs::access(
        directory,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    ) {
        Ok(()) => Finding::new(State::Ok, "directory", format!("{shown} can be written")),
        Err(error) => Finding::new(
            State::Fail,
            "directory",
            format!("{shown} cannot be written ({error})"),
        )
        .advise("give this user the right to, or choose another with --data-dir"),
    }
}

fn free(directory: &Path) -> Finding {
    let shown = directory.display();
    let free = match rustix::fs::statvfs(directory) {
        Ok(facts) => facts.f_bavail.saturating_mul(facts.f_frsize),
        Err(error) => return Finding::new(State::Warn, "disk", format!("{shown}: {error}")),
    };
    let found = format!("{} MB free at {shown}", free / 1024 / 1024);
    let advice = "make room: when the disk is full nothing more can be sent";
    match free {
        0..DISK_BYTES_FAIL => Finding::new(State::Fail, "disk", found).advise(advice),
        DISK_BYTES_FAIL..DISK_BYTES_WARN => Finding::new(State::Warn, "disk", found).advise(advice),
        _ => Finding::new(State::Ok, "disk", found),
    }
}

fn open_files() -> Finding {
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let found = if allowed == u64::MAX {
        "unlimited".to_owned()
    } else {
        allowed.to_string()
    };
    let advice = "each connection is one: raise it with `ulimit -n` or LimitNOFILE= of systemd";
    match allowed {
        0..OPEN_FILES_FAIL => Finding::new(State::Fail, "open files", found).advise(advice),
        OPEN_FILES_FAIL..OPEN_FILES_WARN => {
            Finding::new(State::Warn, "open files", found).advise(advice)
        }
        _ => Finding::new(State::Ok, "open files", found),
    }
}
