//! Programs in other languages that were written for other products, with what they need from their registries.
//!
//! Installs into the target directory, pinned, once; changes nothing of the machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const REQUIRE_CLIENTS: &str = "CAUSERIE_TEST_REQUIRE_CLIENTS";

/// The file that says what was installed.
const STAMP: &str = "installed";

/// Where one language's programs run.
#[derive(Debug)]
struct Place {
    interpreter: PathBuf,
    directory: PathBuf,
}

/// Runs a program of `tests/clients` with these variables, which has to end well; gives whether it ran.
///
/// It does not run where its language or its registry is out of reach. The test then says so and passes, unless
/// `CAUSERIE_TEST_REQUIRE_CLIENTS=1` forbids that.
///
/// # Panics
/// When it ends badly, or could not run although it has to.
#[track_caller]
#[must_use]
pub fn run(program: &str, variables: &BTreeMap<String, String>) -> bool {
    let place = match place_for(program) {
        Ok(place) => place,
        Err(missing) => {
            assert!(
                std::env::var(REQUIRE_CLIENTS).is_err(),
                "{REQUIRE_CLIENTS} is set, and {program} cannot run: {missing}"
            );
            eprintln!("{program} DID NOT RUN: {missing}");
            return false;
        }
    };
    let output = Command::new(&place.interpreter)
        .arg(place.directory.join(program))
        .env_remove("NODE_OPTIONS")
        .env("NO_PROXY", "127.0.0.1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(variables)
        .output()
        .expect("the interpreter runs");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(
        output.status.success(),
        "{program}: {}\n{told}",
        output.status
    );
    true
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// A directory for installed things, beside what is built.
fn target(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this program has a path");
    let target = test.ancestors().nth(3).expect("target/debug/deps");
    target.join("test-clients").join(name)
}

fn place_for(program: &str) -> Result<&'static Place, String> {
    static NODE: OnceLock<Result<Place, String>> = OnceLock::new();
    static PYTHON: OnceLock<Result<Place, String>> = OnceLock::new();
    let is_python = Path::new(program).extension() == Some("py".as_ref());
    let (place, install): (_, fn() -> Result<Place, String>) = if is_python {
        (&PYTHON, python)
    } else {
        (&NODE, node)
    };
    place.get_or_init(install).as_ref().map_err(Clone::clone)
}

/// Node with the packages of the lock file; programs go beside them, where Node looks for packages.
fn node() -> Result<Place, String> {
    let directory = target("node");
    fs::create_dir_all(&directory).expect("a directory");
    for entry in fs::read_dir(sources()).expect("the programs") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        fs::copy(&path, directory.join(name)).expect("copied");
    }
    once(&directory, "package-lock.json", || {
        let options = [
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
        ];
        finish(
            Command::new("npm")
                .arg("ci")
                .args(options)
                .current_dir(&directory),
        )
    })?;
    Ok(Place {
        interpreter: "node".into(),
        directory,
    })
}

/// Python with the packages of the requirements, in an environment of its own.
fn python() -> Result<Place, String> {
    let directory = target("python");
    fs::create_dir_all(&directory).expect("a directory");
    let interpreter = directory.join("environment/bin/python");
    once(&directory, "requirements.txt", || {
        let environment = directory.join("environment");
        finish(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(environment),
        )?;
        let options = [
            "-m",
            "pip",
            "install",
            "--require-hashes",
            "--no-deps",
            "--retries=1",
        ];
        let requirements = sources().join("requirements.txt");
        finish(
            Command::new(&interpreter)
                .args(options)
                .arg("-r")
                .arg(requirements),
        )
    })?;
    Ok(Place {
        interpreter,
        directory: sources(),
    })
}

/// Installs unless what a file demands is installed already.
fn once(
    directory: &Path,
    file: &str,
    install: impl Fn() -> Result<(), String>,
) -> Result<(), String> {
    let wanted = fs::read(sources().join(file)).expect("what to install");
    let stamp = directory.join(STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    // An installation that breaks off leaves nothing that could be used.
    let _ = fs::remove_file(&stamp);
    install()?;
    fs::write(stamp, wanted).expect("written");
    Ok(())
}

/// Runs a command to its end, which has to be a good one.
fn finish(command: &mut Command) -> Result<(), String> {
    let output = command.output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}: {errors}", output.status))
}
