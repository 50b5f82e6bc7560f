//! Whether the bytes of files and their entries in the database belong together.
//!
//! Walks both lists side by side in constant memory. What it finds while a server runs is looked at once more,
//! so that files that come or go meanwhile are not taken for lost ones.

use std::collections::VecDeque;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use causerie_core::media::Digest;
use causerie_core::port::{Clock as _, Files, FilesFault, Filing, KeptFile, SystemClock};
use causerie_core::{WorkspaceId, act};
use tokio::runtime::{Builder, Runtime};

use super::{Finding, State};
use crate::assemble::Direct;
use crate::config::Config;
use crate::{output, outside};

/// How many of each list are read at one time.
const PAGE: usize = 1_000;
/// After how many files it says how far it is.
const PROGRESS: u64 = 50_000;
/// How many of each sort are named; the rest is counted.
const NAMED_MAX: u64 = 100;
/// A server empties temporary places before they are as old as this.
const STALE: Duration = Duration::from_hours(48);
/// How many of those are counted.
const STALE_MAX: usize = 1_000;

/// Where bytes are.
type Place = (WorkspaceId, Digest);

/// Compares everything; with `fix` erases bytes of ours that have no entry.
pub(super) fn check(config: &Config, direct: &Direct, fix: bool) -> Result<Vec<Finding>> {
    let directory = config.files.directory_path();
    if directory.is_some_and(|path| !path.exists()) {
        let found = format!("{} does not exist yet", config.files);
        let finding = Finding::new(State::Warn, "files", found);
        return Ok(vec![finding.advise("the next `causerie serve` creates it")]);
    }
    let files = match outside::files(config) {
        Ok(files) => files,
        Err(error) => return Ok(vec![Finding::new(State::Fail, "files", error.to_string())]),
    };
    let runtime = Builder::new_current_thread().build()?;
    let mut comparison = Comparison {
        direct,
        files,
        runtime,
        fix,
        seen: Count::default(),
        lost: Count::default(),
        orphans: Count::default(),
        erased: Count::default(),
        differing: 0,
        findings: Vec::new(),
    };
    comparison.walk()?;
    comparison.stale()?;
    Ok(comparison.report(config))
}

/// How many there are, and how many bytes they have.
#[derive(Clone, Copy, Default)]
struct Count {
    files: u64,
    bytes: u64,
}

impl AddAssign<u64> for Count {
    fn add_assign(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

struct Comparison<'a> {
    direct: &'a Direct,
    files: Arc<dyn Files>,
    runtime: Runtime,
    fix: bool,
    seen: Count,
    lost: Count,
    orphans: Count,
    erased: Count,
    differing: u64,
    findings: Vec<Finding>,
}

impl Comparison<'_> {
    fn wait<T>(&self, filing: Filing<'_, T>) -> Result<T> {
        let result = self.runtime.block_on(filing);
        result.map_err(|fault| anyhow!("the place for files failed: {fault}"))
    }

    fn walk(&mut self) -> Result<()> {
        let files = Arc::clone(&self.files);
        let direct = self.direct;
        // Bytes first: whoever keeps some has made their entry before.
        let mut bytes = Pages::new(|this: &Self, after| this.wait(files.list(after, PAGE)));
        let mut entries = Pages::new(|_: &Self, after| {
            direct.read(move |snapshot| act::list_kept(snapshot, after, PAGE))
        });
        loop {
            let kept = bytes.peek(self)?;
            let entry = entries.peek(self)?;
            let (there, known) = (kept.map(|one| (one.0, one.1)), entry.as_ref().map(at));
            // The nearer of both; what is at its end is behind everything.
            let Some(place) = there.into_iter().chain(known).min() else {
                return Ok(());
            };
            let kept = kept.filter(|_| there == Some(place)).map(|one| one.2);
            let entry = entry.filter(|_| known == Some(place));
            match (kept, entry) {
                (Some(size), Some(entry)) => self.pair(&entry, size),
                (Some(size), None) => self.orphan(place, size)?,
                (None, Some(entry)) => self.without_bytes(&entry)?,
                (None, None) => {}
            }
            if kept.is_some() {
                bytes.pass(place);
            }
            if entry.is_some() {
                entries.pass(place);
            }
        }
    }

    fn pair(&mut self, entry: &KeptFile, size: u64) {
        self.seen += size;
        if self.seen.files.is_multiple_of(PROGRESS) {
            output::note(format_args!("{} files compared …", self.seen.files));
        }
        if size != entry.size {
            self.differing += 1;
            let found = format!(
                "{} has {size} bytes instead of {}",
                named(at(entry)),
                entry.size
            );
            self.name(self.differing, Finding::new(State::Fail, "differs", found));
        }
    }

    /// Bytes without an entry.
    fn orphan(&mut self, place: Place, size: u64) -> Result<()> {
        if self.entry(place)?.is_some() || !self.has_bytes(place)? {
            return Ok(());
        }
        if self.fix && self.erase(place, size)? {
            self.erased += size;
            return Ok(());
        }
        self.orphans += size;
        let found = format!("{} ({size} bytes)", named(place));
        self.name(
            self.orphans.files,
            Finding::new(State::Warn, "no entry", found),
        );
        Ok(())
    }

    /// An entry without bytes, which is as it should be while nothing uses them.
    fn without_bytes(&mut self, entry: &KeptFile) -> Result<()> {
        let place = at(entry);
        let is_used = |entry: &Option<KeptFile>| entry.is_some_and(|entry| entry.uses > 0);
        if entry.uses == 0 || self.has_bytes(place)? || !is_used(&self.entry(place)?) {
            return Ok(());
        }
        self.lost += entry.size;
        let found = format!("{} ({} bytes)", named(place), entry.size);
        self.name(
            self.lost.files,
            Finding::new(State::Fail, "no bytes", found),
        );
        Ok(())
    }

    fn name(&mut self, number: u64, finding: Finding) {
        if number <= NAMED_MAX {
            self.findings.push(finding);
        }
    }

    fn entry(&self, (workspace, digest): Place) -> Result<Option<KeptFile>> {
        self.direct
            .write(move |unit| Ok(unit.library_mut().lock_kept(workspace, digest)?))
    }

    fn has_bytes(&self, (workspace, digest): Place) -> Result<bool> {
        match self
            .runtime
            .block_on(self.files.read(workspace, digest, 0..0))
        {
            Ok(_) => Ok(true),
            Err(FilesFault::Missing) => Ok(false),
            Err(fault) => Err(anyhow!("the place for files failed: {fault}")),
        }
    }

    /// Goes the way of everything that is erased, so that nobody begins to use it meanwhile.
    fn erase(&self, place: Place, size: u64) -> Result<bool> {
        let now = SystemClock.now();
        let doomed = self
            .direct
            .write(move |unit| act::doom_orphan(unit, place, size, now))?;
        if doomed {
            self.wait(self.files.erase(place.0, place.1))?;
            self.direct
                .write(move |unit| act::forget_files(unit, &[place]))?;
        }
        Ok(doomed)
    }

    fn stale(&mut self) -> Result<()> {
        let stale = self.wait(self.files.list_stale(STALE, STALE_MAX))?.len();
        if stale > 0 {
            let found = format!("{stale} uploads that were never finished are left over");
            let finding = Finding::new(State::Warn, "temporary", found);
            let advice =
                "only servers erase them: start one, or look into the log of the one that runs";
            self.findings.push(finding.advise(advice));
        }
        Ok(())
    }

    fn report(self, config: &Config) -> Vec<Finding> {
        let Count { files, bytes } = self.seen;
        let found = format!("{files} with {bytes} bytes in {}", config.files);
        let mut all = vec![Finding::new(State::Ok, "files", found)];
        all.extend(self.findings);
        let mut sum = |state, about, count: u64, what: String, advice: &str| {
            if count > 0 {
                all.push(Finding::new(state, about, what).advise(advice));
            }
        };
        let Count { files, bytes } = self.erased;
        let what = format!("{files} files with {bytes} bytes that had no entry were erased");
        sum(State::Ok, "fixed", files, what, "nothing knew of them");
        let Count { files, bytes } = self.orphans;
        let what = format!("{files} files with {bytes} bytes have no entry");
        let advice = "a backup of the database that is older than the files leaves such behind: `causerie doctor \
                      --fix` erases those of workspaces of this database";
        sum(State::Warn, "orphans", files, what, advice);
        let Count { files, bytes } = self.lost;
        let what = format!("the bytes of {files} files are missing, {bytes} in all");
        let advice = "give --files as it was before, or put the bytes back from a backup";
        sum(State::Fail, "lost", files, what, advice);
        let what = format!(
            "{} files have another size than their entry",
            self.differing
        );
        let advice = "something else wrote there: put them back from a backup";
        sum(State::Fail, "damaged", self.differing, what, advice);
        all
    }
}

fn at(entry: &KeptFile) -> Place {
    (entry.workspace, entry.digest)
}

fn named((workspace, digest): Place) -> String {
    format!("{workspace} {digest}")
}

/// A long list, read page by page.
struct Pages<T, F> {
    read: F,
    page: VecDeque<T>,
    after: Option<Place>,
    is_over: bool,
}

impl<T: Copy, F> Pages<T, F> {
    fn new(read: F) -> Self {
        Self {
            read,
            page: VecDeque::new(),
            after: None,
            is_over: false,
        }
    }

    /// The first that was not passed yet.
    fn peek<C>(&mut self, of: &C) -> Result<Option<T>>
    where
        F: Fn(&C, Option<Place>) -> Result<Vec<T>>,
    {
        if self.page.is_empty() && !self.is_over {
            self.page = (self.read)(of, self.after)?.into();
            self.is_over = self.page.is_empty();
        }
        Ok(self.page.front().copied())
    }

    fn pass(&mut self, place: Place) {
        self.page.pop_front();
        self.after = Some(place);
    }
}
