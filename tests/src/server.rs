//! The real binary: started on a free port, watched, killed, stopped.
//!
//! Never waits for time to pass: the program says when it is ready, and ends when it ends.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::client::Client;
use crate::database::Database;
use crate::{DEADLINE, eventually};

/// What the line that says where the server listens starts with.
const READY: &str = "Causerie listens on http://";

/// A command line of the binary, for one database.
#[derive(Debug)]
pub struct Line {
    command: Command,
}

impl Line {
    /// A command line that names the database and nothing else of the environment.
    pub fn new(database: &Database) -> Self {
        Self::bare()
            .args(["--database", database.url()])
            .in_directory(database)
    }

    /// A command line that names nothing.
    pub fn bare() -> Self {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os() {
            if name
                .to_str()
                .is_some_and(|name| name.starts_with("CAUSERIE_"))
            {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null());
        Self { command }
    }

    /// Runs where the files of this test are.
    #[must_use]
    pub fn in_directory(mut self, database: &Database) -> Self {
        self.command.current_dir(database.directory());
        self
    }

    /// With further arguments.
    #[must_use]
    pub fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.command.args(args);
        self
    }

    /// With a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs to the end.
    ///
    /// # Panics
    /// When the binary cannot be started.
    pub fn output(mut self) -> Output {
        self.command.output().expect("the binary runs")
    }

    /// Runs to the end, which has to be a good one, and gives what it printed.
    ///
    /// # Panics
    /// When it ends badly.
    #[track_caller]
    pub fn succeed(self) -> String {
        let output = self.output();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", output.status);
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs to the end, which has to be a bad one, and gives the one sentence that says why.
    ///
    /// # Panics
    /// When it ends well, by a panic, or says more or less than a sentence.
    #[track_caller]
    pub fn fail(self) -> String {
        let output = self.output();
        let errors = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(
            output
                .status
                .code()
                .is_some_and(|code| code != 0 && code != 101),
            "{}: {errors}",
            output.status
        );
        let sentence = errors.strip_suffix('\n').unwrap_or_default();
        assert!(
            !sentence.contains('\n') && sentence.starts_with("causerie: "),
            "one sentence: {errors:?}"
        );
        assert!(
            !sentence.contains("Os {") && !sentence.contains("Error("),
            "no dump: {sentence}"
        );
        sentence.to_owned()
    }

    /// Starts a server that has to come up.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn serve(self, database: &Database) -> Server {
        match self.try_serve(database) {
            Ok(server) => server,
            Err(errors) => panic!("the server did not start: {errors}"),
        }
    }

    /// Starts a server on a free port; the log if it does not come up.
    ///
    /// # Errors
    /// What it left on standard error.
    ///
    /// # Panics
    /// When it neither comes up nor ends.
    pub fn try_serve(mut self, database: &Database) -> Result<Server, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let log = database.directory().join(format!("server-{count}.log"));
        let errors = File::create(&log).expect("a file for the log");
        self.command.args(["--listen", "127.0.0.1:0", "serve"]);
        self.command.stdout(Stdio::piped()).stderr(errors);
        let mut child = self.command.spawn().expect("the binary starts");
        let lines = lines(&mut child);
        let mut printed = Vec::new();
        loop {
            let Ok(line) = lines.recv_timeout(DEADLINE) else {
                child.kill().expect("a child can be killed");
                let status = child.wait().expect("a child ends");
                let errors = fs::read_to_string(&log).unwrap_or_default();
                return Err(format!("{status}: {}{errors}", printed.join("\n")));
            };
            if let Some(key) = line.strip_prefix("KEY=") {
                database.keep_key(key);
            }
            let address = line.strip_prefix(READY).map(str::to_owned);
            printed.push(line);
            if let Some(address) = address {
                let address = address.trim_end_matches('/').parse().expect("an address");
                return Ok(Server {
                    child,
                    address,
                    printed,
                    log,
                });
            }
        }
    }
}

/// The lines of standard output, as they come; closed at its end.
fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, lines) = channel();
    let output = child.stdout.take().expect("standard output is piped");
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Read on when nobody listens: the pipe must not fill up.
            let _ = sender.send(line);
        }
    });
    lines
}

/// A server that runs; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    printed: Vec<String>,
    log: PathBuf,
}

impl Server {
    /// Starts a server on a database, with the options that suit tests.
    #[track_caller]
    pub fn start(database: &Database) -> Self {
        Line::new(database).serve(database)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a dialect has a listener of its own.
    ///
    /// # Panics
    /// When it has none.
    #[track_caller]
    pub fn listener_of(&self, dialect: &str) -> SocketAddr {
        let said = format!("Causerie speaks {dialect} on http://");
        let mut lines = self.printed.iter();
        let found = lines.find_map(|line| line.strip_prefix(&said)?.parse().ok());
        found.unwrap_or_else(|| panic!("{dialect} is not among: {}", self.printed()))
    }

    /// What it printed on standard output until it was ready.
    pub fn printed(&self) -> String {
        self.printed.join("\n") + "\n"
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A client with the admin key of the first start.
    pub fn client(&self, database: &Database) -> Client {
        Client::new(self.address, &database.key())
    }

    /// The memory that it holds, in bytes, where the system tells.
    pub fn resident_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kilobytes * 1024)
    }

    /// Ends it as a power cut would: `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child ends");
    }

    /// Asks it to end: `SIGTERM`.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "kill -s {name}"
        );
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it goes on.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        eventually("the server's end", || {
            self.child.try_wait().expect("a child")
        })
    }

    /// Asks it to end, which it has to do well.
    ///
    /// # Panics
    /// When it goes on or ends badly.
    #[track_caller]
    pub fn stop(mut self) {
        self.terminate();
        let status = self.ended();
        assert!(status.success(), "{status}: {}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary under test.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("CAUSERIE_TEST_BINARY") {
        return path.into();
    }
    let test = std::env::current_exe().expect("this program has a path");
    let directory = test.parent().and_then(|deps| deps.parent());
    let path = directory.expect("target/debug/deps").join("causerie");
    assert!(
        path.is_file(),
        "there is no {}: build it with `cargo build -p causerie`, or run `cargo xtask test`",
        path.display()
    );
    path
}
