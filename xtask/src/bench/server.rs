//! A server under measurement: started as a child, asked for its processor time and memory, ended.
//! Knows nothing of what the server offers beyond the path that tells that it is ready.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::number::float;
use crate::command;
use crate::postgres::free_port;

const START_SECONDS_MAX: u64 = 120;
const STOP_SECONDS_MAX: u64 = 30;
const POLL: Duration = Duration::from_millis(1);
/// Ticks of `/proc/PID/stat` per second; the kernel's interface fixes it on every platform.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a server has to do before it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// Say so at `/readyz`.
    SaysSo,
    /// Answer anything at all: the echo server has no such path.
    Answers,
}

/// A child that listens on the loopback interface; killed when dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    pub(super) ready_after: Duration,
}

impl Server {
    /// Starts `binary` with `arguments` and `--listen`, and waits until it is `ready`. What it
    /// prints goes to a file in `dir`.
    pub(super) fn start(
        binary: &Path,
        arguments: &[String],
        ready: Ready,
        dir: &Path,
    ) -> Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let log = dir.join(format!("server-{}.log", address.port()));
        let output = File::create(&log)?;
        let mut server = command::product(binary);
        server
            .args(arguments)
            .arg("--listen")
            .arg(address.to_string())
            .current_dir(dir);
        server
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let started = Instant::now();
        let child = server.spawn().context("the server does not start")?;
        let mut server = Self {
            child,
            address,
            log,
            ready_after: Duration::ZERO,
        };
        server.wait_until_ready(ready, started)?;
        Ok(server)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    fn wait_until_ready(&mut self, ready: Ready, started: Instant) -> Result<()> {
        while started.elapsed() < Duration::from_secs(START_SECONDS_MAX) {
            if ready.is_reached(self.address).unwrap_or(false) {
                self.ready_after = started.elapsed();
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "the server ended while starting ({status})\n{}",
                    self.log_tail()
                );
            }
            std::thread::park_timeout(POLL);
        }
        bail!(
            "the server is not ready after {START_SECONDS_MAX} s\n{}",
            self.log_tail()
        );
    }

    fn log_tail(&self) -> String {
        command::tail(&std::fs::read_to_string(&self.log).unwrap_or_default(), 20)
    }

    /// Seconds of processor time used so far by all its threads, where the system tells.
    pub(super) fn cpu_seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let ticks: u64 = cpu_ticks(&stat)?;
        Some(float(ticks) / TICKS_PER_SECOND)
    }

    /// Megabytes in `field` of its status (`VmRSS` now, `VmHWM` at most), where the system tells.
    pub(super) fn memory_mb(&self, field: &str) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(float(kilobytes) / 1024.0)
    }

    /// Lets `VmHWM` count from what it has now. Where the system cannot, it goes on counting from the start,
    /// which hides what is less than that.
    pub(super) fn reset_peak(&self) {
        // What "5" means is in proc_pid_clear_refs(5).
        let _ = std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
    }

    /// Ends it as a power cut would end it, without a chance to write anything.
    pub(super) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends it as an operator would.
    pub(super) fn stop(mut self) -> Result<()> {
        command::run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(STOP_SECONDS_MAX) {
            if let Some(status) = self.child.try_wait()? {
                if !status.success() {
                    bail!(
                        "the server ended with {status} on SIGTERM\n{}",
                        self.log_tail()
                    );
                }
                return Ok(());
            }
            std::thread::park_timeout(POLL);
        }
        bail!("the server still runs {STOP_SECONDS_MAX} s after SIGTERM")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ready {
    fn is_reached(self, address: SocketAddr) -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(self == Self::Answers || start.ends_with(b"200"))
    }
}

/// User and system time from a line of `/proc/PID/stat`, whose second field may contain anything.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_past_a_strange_name() {
        let stat = "7 (a) b)) S 1 7 7 0 -1 4194560 100 0 0 0 12 30 0 0 20 0 1 0 5 6 7";
        assert_eq!(cpu_ticks(stat), Some(42));
    }

    #[test]
    fn a_child_that_ends_at_once_says_why() {
        let dir = tempfile::tempdir().expect("a directory");
        let arguments = ["-c".to_owned(), "echo no such option; exit 2".to_owned()];
        let failure = Server::start(Path::new("sh"), &arguments, Ready::SaysSo, dir.path());
        let text = format!("{:#}", failure.expect_err("it ends"));
        assert!(text.contains("no such option"), "{text}");
    }
}
