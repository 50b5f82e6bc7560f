//! Files: how fast large ones come and go, what their size costs in memory, and what small ones cost beside
//! messages.
//! Does not look into them; what that takes is measured with pictures.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use super::api::{self, Api, WithFiles};
use super::burst;
use super::content::{self, Digest};
use super::number::{float, median, thousands};
use super::scene::{Bed, Kept, Scene};
use super::store::Checked;
use super::table::{Floor, Line};

/// Connections that send messages with and without files.
const CONNECTIONS: usize = 64;
/// What is written between two readings of a file, and read at once.
const PIECE_BYTES: usize = 256 * 1024;
const SMALL_FILE_BYTES: usize = 4 * 1024;

/// How many turns a round of files and pictures has, for the progress bar.
pub(super) const TURNS: usize = 3;

/// How long each of these took in one round.
struct Round {
    hashed: Duration,
    synced: Duration,
    uploaded: Duration,
    downloaded: Duration,
}

impl Bed<'_> {
    /// The lines on files, and what was read back for them.
    pub(super) fn files(&self) -> Result<(Vec<Line>, Checked)> {
        let processors = std::thread::available_parallelism()?.get();
        let mut scene = self.scene("files", &["--processors", &processors.to_string()])?;
        let mut lines = self.large_files(&mut scene)?;
        lines.push(self.small_files(&mut scene)?);
        lines.push(self.pictures(&mut scene, processors)?);
        let checked = self.verify(scene)?;
        lines.push(self.memory_over_size()?);
        Ok((lines, checked))
    }

    /// A large file up and down, one at a time, against reading and hashing the same file in this process.
    fn large_files(&self, scene: &mut Scene) -> Result<Vec<Line>> {
        self.say("large files");
        let size = self.plan.file_bytes;
        let path = self.dir.join("large.bin");
        let mut api = Api::open(scene.server.address(), &scene.database.key)?;
        let mut rounds = Vec::with_capacity(self.plan.file_rounds);
        // The first round warms up and is not counted.
        for number in 0..=self.plan.file_rounds {
            let content = content::bytes(size, u64::try_from(number)?);
            let synced = write_and_sync(&path, &content)?;
            let (digest, hashed) = read_and_hash(&path)?;
            let (kept, uploaded) = api.upload(&content)?;
            let (count, downloaded) = api.drain(&kept.url)?;
            ensure!(
                count == size,
                "{size} bytes were uploaded and {count} downloaded"
            );
            let url = kept.url;
            scene.kept.push(Kept { url, digest });
            if number > 0 {
                rounds.push(Round {
                    hashed,
                    synced,
                    uploaded,
                    downloaded,
                });
                self.progress.inc(1);
            }
        }
        Ok(transfer_lines(self.store.name(), size, &rounds))
    }

    /// Messages with a small file each against plain messages.
    fn small_files(&self, scene: &mut Scene) -> Result<Line> {
        self.say("messages with small files");
        let count = self.plan.small_files;
        let address = scene.server.address();
        let plain = scene.plain_sends(count);
        let mut pairs = Vec::with_capacity(self.plan.file_rounds);
        for round in 0..self.plan.file_rounds {
            let started = Instant::now();
            burst::run(address, &plain, CONNECTIONS)?;
            let plain_s = started.elapsed().as_secs_f64();
            scene.acknowledge_in_turn(count);

            let first = 1_000 + round * count;
            let seeds = u64::try_from(first)?..u64::try_from(first + count)?;
            let contents = seeds.map(|seed| content::bytes(SMALL_FILE_BYTES, seed));
            let contents: Vec<Vec<u8>> = contents.collect();
            let requests = scene.sends_with(&contents);
            let started = Instant::now();
            let answers = burst::run(address, &requests, CONNECTIONS)?;
            pairs.push((started.elapsed().as_secs_f64(), plain_s));
            scene.acknowledge_in_turn(count);
            for ((_, body), content) in answers.iter().zip(&contents) {
                let sent: WithFiles = serde_json::from_slice(body)?;
                let file = sent.attachments.into_iter().next();
                scene.kept.push(Kept {
                    url: file.context("a message was sent without its file")?.url,
                    digest: content::digest(content),
                });
            }
            self.progress.inc(1);
        }
        Ok(small_line(self.store.name(), count, &pairs))
    }

    /// The memory that a fresh server takes at most while large files go through it, against small ones.
    fn memory_over_size(&self) -> Result<Line> {
        self.say("memory over the size of files");
        let (small, large) = self.plan.memory_bytes;
        let database = self.database("sizes")?;
        let mut peaks = Vec::with_capacity(2);
        for size in [small, large] {
            let server = self.serve(&database, &[])?;
            let mut api = Api::open(server.address(), &database.key)?;
            api.allow_files(u64::try_from(large)?)?;
            // What a server takes for its first file, and for looking at a key, is no matter of size.
            there_and_back(&mut api, small, 0)?;
            server.reset_peak();
            for trip in 1..=self.plan.file_rounds {
                there_and_back(&mut api, size, u64::try_from(trip)?)?;
            }
            peaks.extend(server.memory_mb("VmHWM"));
            server.stop()?;
        }
        let (measured, absolute) = match peaks[..] {
            [small, large] => {
                let absolute = format!("at most {large:.1} MB of {small:.1} MB");
                (Some(large / small), absolute)
            }
            _ => (None, "this system does not tell".to_owned()),
        };
        Ok(Line {
            store: self.store.name(),
            name: format!("memory, files of {} / of {}", mib(large), mib(small)),
            floor: Floor::AtMost(1.25),
            aim: None,
            measured,
            absolute,
        })
    }
}

impl Scene {
    /// A send with a file to each conversation in turn, of each content.
    fn sends_with(&self, contents: &[Vec<u8>]) -> Rc<[Vec<u8>]> {
        let key = &self.database.key;
        let places = self.conversations.iter().zip(&self.senders).cycle();
        contents
            .iter()
            .zip(places)
            .map(|(content, (conversation, sender))| {
                api::send_file_request(key, conversation, sender, content)
            })
            .collect()
    }
}

/// Uploads a file of so many bytes and downloads it.
fn there_and_back(api: &mut Api, size: usize, seed: u64) -> Result<()> {
    let (kept, _) = api.upload(&content::bytes(size, seed))?;
    let (count, _) = api.drain(&kept.url)?;
    ensure!(
        count == size,
        "{size} bytes were uploaded and {count} downloaded"
    );
    Ok(())
}

/// What any program does that writes a file and promises to keep it.
fn write_and_sync(path: &Path, content: &[u8]) -> Result<Duration> {
    let started = Instant::now();
    let mut file = File::create(path)?;
    for piece in content.chunks(PIECE_BYTES) {
        file.write_all(piece)?;
    }
    file.sync_all()?;
    Ok(started.elapsed())
}

/// The least that any program does that takes a file by its content.
fn read_and_hash(path: &Path) -> Result<(Digest, Duration)> {
    let mut piece = vec![0; PIECE_BYTES];
    let started = Instant::now();
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    loop {
        match file.read(&mut piece)? {
            0 => break,
            count => hasher.update(&piece[..count]),
        }
    }
    let digest = hasher.finalize().into();
    Ok((digest, started.elapsed()))
}

fn transfer_lines(store: &'static str, size: usize, rounds: &[Round]) -> Vec<Line> {
    let middle = |value: &dyn Fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    let speed = |took: fn(&Round) -> Duration| {
        let size = u64::try_from(size).map_or(0.0, float);
        let speed = middle(&|round| size / 1e6 / took(round).as_secs_f64());
        speed.map_or_else(String::new, |mb| format!("{} MB/s", thousands(mb)))
    };
    let line = |what: &str, took: fn(&Round) -> Duration, more: &str| Line {
        store,
        name: format!("{what} of {} / reading and hashing it", mib(size)),
        floor: Floor::AtLeast(0.5),
        aim: None,
        measured: middle(&|round| round.hashed.as_secs_f64() / took(round).as_secs_f64()),
        absolute: format!("{} of {}{more}", speed(took), speed(|round| round.hashed)),
    };
    let disk = speed(|round| round.synced);
    let disk = format!(", durable; writing and syncing it alone: {disk}");
    vec![
        line("upload", |round| round.uploaded, &disk),
        line("download", |round| round.downloaded, ""),
    ]
}

/// Of how long messages with files and plain ones took, round by round.
fn small_line(store: &'static str, count: usize, pairs: &[(f64, f64)]) -> Line {
    let count = u64::try_from(count).map_or(0.0, float);
    let middle = |value: &dyn Fn(&(f64, f64)) -> f64| median(pairs.iter().map(value).collect());
    let absolute = match (
        middle(&|(with, _)| count / with),
        middle(&|(_, plain)| count / plain),
    ) {
        (Some(with), Some(plain)) => format!("{}/s of {}/s", thousands(with), thousands(plain)),
        _ => String::new(),
    };
    Line {
        store,
        name: format!(
            "{} sends with a file of 4 KiB / plain sends, {CONNECTIONS} connections",
            thousands(count)
        ),
        floor: Floor::Stated,
        aim: None,
        measured: middle(&|(with, plain)| plain / with),
        absolute,
    }
}

fn mib(bytes: usize) -> String {
    format!("{} MiB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_hashed_whole() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("file");
        let content = content::bytes(2 * PIECE_BYTES + 1, 1);
        write_and_sync(&path, &content).expect("written");
        let (digest, _) = read_and_hash(&path).expect("read");
        assert_eq!(digest, content::digest(&content));
    }

    #[test]
    fn transfers_are_compared_round_by_round() {
        // The machine ran at half speed in the second round.
        let round = |factor: u64| Round {
            hashed: Duration::from_millis(40 * factor),
            synced: Duration::from_millis(50 * factor),
            uploaded: Duration::from_millis(64 * factor),
            downloaded: Duration::from_millis(32 * factor),
        };
        let lines = transfer_lines("sqlite", 64 << 20, &[round(1), round(2), round(1)]);
        assert_eq!(lines[0].name, "upload of 64 MiB / reading and hashing it");
        assert_eq!(lines[0].measured, Some(0.625));
        assert_eq!(
            lines[0].absolute,
            "1,049 MB/s of 1,678 MB/s, durable; writing and syncing it alone: 1,342 MB/s"
        );
        assert_eq!(lines[1].measured, Some(1.25));
    }

    #[test]
    fn small_files_are_stated() {
        let line = small_line("sqlite", 1_000, &[(0.5, 0.1), (0.4, 0.1), (0.6, 0.1)]);
        assert!(!line.fell_short() && line.floor == Floor::Stated);
        assert_eq!(line.measured, Some(0.2));
        assert_eq!(line.absolute, "2,000/s of 10,000/s");
    }
}
