//! `cargo xtask deny`: licences, bans, sources and advisories of the dependencies, by cargo-deny.
//! The policy is in `deny.toml`; this only brings the tool and tells a closed network from a finding.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{command, workspace};

/// One version for everybody, so that a run today and a run next year judge alike.
const VERSION: &str = "0.20.2";

pub(crate) fn run() -> Result<()> {
    let tool = find_or_install()?;
    let mut check = deny(&tool);
    check.args([
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]);
    command::run(&mut check)?;
    advisories(&tool)
}

fn deny(tool: &PathBuf) -> Command {
    let mut command = Command::new(tool);
    command.current_dir(workspace::root());
    command
}

/// Advisories come over the network: without one this warns, and fails only on a finding.
fn advisories(tool: &PathBuf) -> Result<()> {
    let fetched = deny(tool)
        .args(["fetch", "db"])
        .output()
        .context("cargo-deny does not start")?;
    if !fetched.status.success() {
        let reason = String::from_utf8_lossy(&fetched.stderr);
        eprintln!("warning: advisories are not checked, their database could not be fetched");
        eprintln!("{}", command::tail(&reason, 3));
        return Ok(());
    }
    let mut check = deny(tool);
    check.args(["--offline", "check", "--hide-inclusion-graph", "advisories"]);
    command::run(&mut check)
}

fn find_or_install() -> Result<PathBuf> {
    let root = workspace::target_dir()?.join("tools");
    let own = root.join("bin").join("cargo-deny");
    let in_path = PathBuf::from("cargo-deny");
    if let Some(tool) = [&own, &in_path].into_iter().find(|tool| has_version(tool)) {
        return Ok(tool.clone());
    }
    eprintln!(
        "deny: installing cargo-deny {VERSION} into {} (minutes, once)",
        root.display()
    );
    let mut install = command::cargo();
    install
        .args(["install", "--debug", "--locked", "--force", "--root"])
        .arg(&root);
    install.arg(format!("cargo-deny@{VERSION}"));
    command::run(&mut install)?;
    if !has_version(&own) {
        bail!("{} is not cargo-deny {VERSION}", own.display());
    }
    Ok(own)
}

fn has_version(tool: &PathBuf) -> bool {
    let version = command::capture(Command::new(tool).arg("--version"));
    version.is_ok_and(|text| text.split_whitespace().nth(1) == Some(VERSION))
}
