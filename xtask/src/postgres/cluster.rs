//! One throw-away cluster: made in a directory of its own, stopped and deleted with its owner.
//! Durability stays at Postgres' defaults, so that what is measured on it is what users get.

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::find::Binaries;
use crate::command;

/// Enough for every test binary and two nodes at once.
const CONNECTIONS_MAX: u32 = 200;
/// A cluster that is not up by then has a problem that waiting does not solve.
const START_SECONDS_MAX: u64 = 60;
/// A free port can be taken by somebody else before the server binds it.
const START_ATTEMPTS_MAX: u32 = 3;

/// How the directory of a cluster begins; the keeper deletes no other.
const DIR_PREFIX: &str = "causerie-postgres-";

/// Keeps the server and its directory alive exactly as long as its own standard input is open:
/// the kernel closes that pipe however the task ends, `kill -9` included.
const KEEPER: &str = r#"
signal=$1 dir=$2; shift 2
exec 3<&0
"$@" </dev/null >"$dir/log" 2>&1 3<&- &
server=$!
{ cat <&3 >/dev/null; : >"$dir/stopping"; kill "-$signal" "$server" 2>/dev/null; } &
watch=$!
exec 3<&-
wait "$server"
if [ ! -e "$dir/stopping" ]; then
    echo "postgres ended by itself:" >&2
    tail -n 20 "$dir/log" >&2
    kill "$watch" 2>/dev/null
fi
case $dir in */causerie-postgres-*) cd / && rm -rf "$dir" ;; esac
"#;

/// The unprivileged user that a server runs as when the task itself runs as root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Who has to own a cluster under `parent`: nobody else, unless this process is root.
pub(crate) fn owner(parent: &Path) -> Result<Option<Owner>> {
    let probe = tempfile::tempdir_in(parent)
        .with_context(|| format!("{} is not writable", parent.display()))?;
    if probe.path().metadata()?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").context("/etc/passwd is not readable")?;
    let owner = ["postgres", "nobody"]
        .iter()
        .find_map(|name| find_user(&users, name));
    Ok(Some(owner.context(
        "there is neither a user `postgres` nor `nobody` to run Postgres as",
    )?))
}

fn find_user(users: &str, name: &str) -> Option<Owner> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Owner { uid, gid })
    })
}

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    keeper: Child,
    dir: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes a cluster in a new directory under `parent` and waits until it answers.
    pub(crate) fn start(binaries: &Binaries, parent: &Path, owner: Option<Owner>) -> Result<Self> {
        let mut attempt = 1;
        loop {
            match Self::start_once(binaries, parent, owner) {
                Err(error) if attempt < START_ATTEMPTS_MAX => {
                    eprintln!("postgres did not start ({error:#}); trying again");
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn start_once(binaries: &Binaries, parent: &Path, owner: Option<Owner>) -> Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix(DIR_PREFIX)
            .tempdir_in(parent)?;
        if let Some(owner) = owner {
            std::os::unix::fs::chown(dir.path(), Some(owner.uid), Some(owner.gid))?;
        }
        let data = dir.path().join("data");
        let mut initdb = command_as(&binaries.program("initdb"), dir.path(), owner);
        initdb
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
            ])
            .args(["--no-sync", "--pgdata"])
            .arg(&data);
        command::capture(&mut initdb)?;

        let port = free_port()?;
        let mut keeper = command_as(Path::new("sh"), dir.path(), owner);
        // SIGQUIT: at once, without a last checkpoint of what is deleted next.
        keeper
            .args(["-c", KEEPER, "keeper", "QUIT"])
            .arg(dir.path());
        keeper.arg(binaries.program("postgres"));
        keeper.arg("-D").arg(&data).arg("-k").arg(dir.path());
        keeper.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        keeper.args(["-c", &format!("max_connections={CONNECTIONS_MAX}")]);
        // In a group of its own, so that Ctrl-C ends the task first and the server after it.
        keeper
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let keeper = keeper
            .spawn()
            .context("could not start a shell for the cluster")?;
        // From here on the keeper deletes the directory.
        let mut cluster = Self {
            keeper,
            dir: dir.keep(),
            port,
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// The URL of the cluster's first database, as its superuser.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Waits for the line that the server writes into its lock file once it accepts connections.
    fn wait_until_ready(&mut self) -> Result<()> {
        let status = self.dir.join("data").join("postmaster.pid");
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        while Instant::now() < deadline {
            let state = std::fs::read_to_string(&status).unwrap_or_default();
            if state
                .lines()
                .nth(7)
                .is_some_and(|line| line.trim() == "ready")
            {
                return Ok(());
            }
            if let Some(status) = self.keeper.try_wait()? {
                bail!("the throw-away Postgres ended while starting ({status})");
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        bail!("the throw-away Postgres was not ready after {START_SECONDS_MAX} s");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!(
                "the throw-away Postgres in {} may be left: {error}",
                self.dir.display()
            );
        }
    }
}

fn command_as(program: &Path, dir: &Path, owner: Option<Owner>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir);
    if let Some(owner) = owner {
        command.uid(owner.uid).gid(owner.gid);
    }
    command
}

/// A port of the loopback interface that nobody used a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "postgresql:x:7:8::/:/bin/sh\npostgres:x:101:104:,,,:/var:/bin/bash\n";
        assert_eq!(
            find_user(users, "postgres"),
            Some(Owner { uid: 101, gid: 104 })
        );
        assert_eq!(find_user(users, "nobody"), None);
    }

    #[test]
    fn the_keeper_deletes_the_directory_when_its_pipe_closes() {
        let dir = tempfile::Builder::new().prefix(DIR_PREFIX).tempdir();
        let dir = dir.expect("a directory").keep();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper", "TERM"])
            .arg(&dir)
            .args(["sleep", "600"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        assert!(dir.exists());
        drop(keeper.stdin.take());
        keeper.wait().expect("the keeper ends");
        assert!(!dir.exists());
    }
}
