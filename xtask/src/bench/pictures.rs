//! Pictures: how fast they are looked into and made smaller, for each core, against the process alone that
//! does it.
//! Judges no picture; that they are right is tested elsewhere.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::api::Api;
use super::content;
use super::number::{float, median};
use super::scene::{Bed, Kept, Scene};
use super::table::{Floor, Line};
use crate::command;

/// How often a file is looked at while it is looked into.
const LOOK: Duration = Duration::from_millis(5);
const READY_SECONDS_MAX: u64 = 300;

/// One picture, in memory and on disk.
struct Picture {
    jpeg: Vec<u8>,
    path: PathBuf,
}

impl Bed<'_> {
    /// The line on pictures, on a server that looks into so many at a time.
    pub(super) fn pictures(&self, scene: &mut Scene, processors: usize) -> Result<Line> {
        self.say("pictures");
        let mut pairs = Vec::with_capacity(self.plan.file_rounds);
        for round in 0..self.plan.file_rounds {
            let pictures = self.make_pictures(round * self.plan.pictures, processors)?;
            let alone = inspect_alone(self.binary, &pictures, processors)?;
            let served = look_into(scene, &pictures)?;
            let count = float(u64::try_from(pictures.len())?);
            let cores = float(u64::try_from(processors)?);
            let rate = |took: Duration| count / cores / took.as_secs_f64();
            pairs.push((rate(served), rate(alone)));
            self.progress.inc(1);
        }
        let (width, height) = self.plan.picture;
        let megapixels = float(u64::from(width) * u64::from(height)) / 1e6;
        Ok(line(self.store.name(), megapixels, processors, &pairs))
    }

    /// As many different ones as the plan says.
    fn make_pictures(&self, first: usize, threads: usize) -> Result<Vec<Picture>> {
        let numbers: Vec<usize> = (first..first + self.plan.pictures).collect();
        let make = |number: &usize| {
            let jpeg = content::photograph(self.plan.picture, u64::try_from(*number)?)?;
            let path = self.dir.join(format!("picture-{number}.jpg"));
            std::fs::write(&path, &jpeg)?;
            Ok(Picture { jpeg, path })
        };
        let (pictures, _) = in_parallel(&numbers, threads, make)?;
        Ok(pictures)
    }
}

/// Works on all of `items`, so many at a time; gives the results in some order, and the time.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<(Vec<R>, Duration)> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(work(item)?);
        }
        Ok(done)
    };
    let started = Instant::now();
    let done: Result<Vec<Vec<R>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        let joined = threads.into_iter().map(|thread| {
            let joined = thread.join();
            joined.map_err(|_| anyhow::anyhow!("a thread panicked"))?
        });
        joined.collect()
    });
    let took = started.elapsed();
    Ok((done?.into_iter().flatten().collect(), took))
}

/// The process that the server starts for each file, started for each without a server.
fn inspect_alone(binary: &Path, pictures: &[Picture], threads: usize) -> Result<Duration> {
    let inspect = |picture: &Picture| {
        let mut inspect = command::product(binary);
        inspect
            .arg("inspect-file")
            .stdin(File::open(&picture.path)?)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let status = inspect.status().context("inspect-file does not start")?;
        ensure!(status.success(), "inspect-file ended with {status}");
        Ok(())
    };
    let (_, took) = in_parallel(pictures, threads, inspect)?;
    Ok(took)
}

/// From the first upload until all are ready.
fn look_into(scene: &mut Scene, pictures: &[Picture]) -> Result<Duration> {
    let mut api = Api::open(scene.server.address(), &scene.database.key)?;
    let mut ids = Vec::with_capacity(pictures.len());
    let started = Instant::now();
    for picture in pictures {
        let (uploaded, _) = api.upload(&picture.jpeg)?;
        ids.push(uploaded.id);
        scene.kept.push(Kept {
            url: uploaded.url,
            digest: content::digest(&picture.jpeg),
        });
    }
    for id in &ids {
        wait_until_ready(&mut api, id, started)?;
    }
    Ok(started.elapsed())
}

fn wait_until_ready(api: &mut Api, id: &str, started: Instant) -> Result<()> {
    while started.elapsed() < Duration::from_secs(READY_SECONDS_MAX) {
        match api.uploaded(id)?.status.as_str() {
            "ready" => return Ok(()),
            "failed" => bail!("{id} could not be looked into"),
            _ => std::thread::park_timeout(LOOK),
        }
    }
    bail!("{id} is not ready after {READY_SECONDS_MAX} s")
}

/// Of the rates for each core with the server and without, round by round.
fn line(store: &'static str, megapixels: f64, processors: usize, pairs: &[(f64, f64)]) -> Line {
    let middle = |value: fn(&(f64, f64)) -> f64| median(pairs.iter().map(value).collect());
    let absolute = match (middle(|(served, _)| *served), middle(|(_, alone)| *alone)) {
        (Some(served), Some(alone)) => format!(
            "{served:.2}/s of {alone:.2}/s for each core, {megapixels:.1} megapixels, {processors} at a time"
        ),
        _ => String::new(),
    };
    Line {
        store,
        name: "pictures made ready / by the inspecting process alone".to_owned(),
        floor: Floor::Stated,
        aim: None,
        measured: middle(|(served, alone)| served / alone),
        absolute,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        let items: Vec<u64> = (0..100).collect();
        let (mut done, _) = in_parallel(&items, 3, |item| Ok(item * 2)).expect("done");
        done.sort_unstable();
        assert!(done.into_iter().eq((0..100).map(|item| item * 2)));
        let failed = in_parallel(&items, 3, |item| -> Result<()> {
            ensure!(*item != 50, "no fifty");
            Ok(())
        });
        assert_eq!(failed.expect_err("one fails").to_string(), "no fifty");
    }

    #[test]
    fn pictures_are_stated_for_each_core() {
        let line = line("sqlite", 12.0, 2, &[(1.5, 2.0), (0.75, 1.0)]);
        assert_eq!(line.measured, Some(0.75));
        let expected = "1.12/s of 1.50/s for each core, 12.0 megapixels, 2 at a time";
        assert_eq!(line.absolute, expected);
    }
}
