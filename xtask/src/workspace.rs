//! Where things are: the workspace root, cargo's view of its packages, and the binary under test.
//! Changes nothing and decides nothing about what it reports.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::command;

/// The directory of the root manifest.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Cargo's metadata with the dependency graph of this machine's platform.
pub(crate) fn metadata() -> Result<Value> {
    let host = host_triple()?;
    let mut cargo = command::cargo();
    cargo.args([
        "metadata",
        "--format-version",
        "1",
        "--filter-platform",
        &host,
    ]);
    serde_json::from_str(&command::capture(&mut cargo)?).context("cargo metadata is not JSON")
}

/// The directory that cargo builds into.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let mut cargo = command::cargo();
    cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&command::capture(&mut cargo)?)?;
    let path = metadata["target_directory"]
        .as_str()
        .context("cargo metadata has no target")?;
    Ok(PathBuf::from(path))
}

fn host_triple() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = command::capture(std::process::Command::new(rustc).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

/// Runs `cargo build` with `arguments` and returns the path of the program `name` that it built.
///
/// # Errors
/// When the build fails (its messages are on the terminal) or builds no such program.
pub(crate) fn build(name: &str, arguments: &[&str]) -> Result<PathBuf> {
    let mut programs = build_all(arguments)?;
    programs
        .remove(name)
        .with_context(|| format!("cargo built no program named {name}"))
}

/// Runs `cargo build` with `arguments` and returns every program that it built, by name.
///
/// # Errors
/// When the build fails; its messages are on the terminal.
pub(crate) fn build_all(arguments: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let mut cargo = command::cargo();
    cargo
        .arg("build")
        .args(arguments)
        .arg("--message-format=json-render-diagnostics");
    let line = command::line(&cargo);
    let mut child = cargo
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start `{line}`"))?;
    let stdout = child
        .stdout
        .take()
        .context("cargo has no standard output")?;
    let mut programs = BTreeMap::new();
    for message in BufReader::new(stdout).lines() {
        programs.extend(built_program(&message?));
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(programs)
}

/// The program that a message of cargo announces; a test harness is none.
fn built_program(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let target = &message["target"];
    let is_program = target["kind"][0] == "bin" && message["profile"]["test"] == false;
    let path = message["executable"].as_str().filter(|_| is_program)?;
    Some((target["name"].as_str()?.to_owned(), PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_manifest_of_the_workspace() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
        assert!(manifest.contains("[workspace]"));
    }

    #[test]
    fn a_program_is_told_from_its_test_harness() {
        let message = |test: bool| {
            format!(
                r#"{{"target": {{"name": "x", "kind": ["bin"]}}, "profile": {{"test": {test}}}, "executable": "/x"}}"#
            )
        };
        let expected = ("x".to_owned(), PathBuf::from("/x"));
        assert_eq!(built_program(&message(false)), Some(expected));
        assert_eq!(built_program(&message(true)), None);
        assert_eq!(built_program("Compiling x"), None);
    }
}
