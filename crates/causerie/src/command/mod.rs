//! The commands, one per file.

mod bench_echo;
mod bench_seed;
mod config;
mod doctor;
mod key;
mod migrate;
mod plan;
mod reference;
mod scrub;
mod serve;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Cli, Command};
use crate::config::Config;

/// Runs what the command line asks for.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn run(cli: &Cli) -> Result<ExitCode> {
    if let Some(Command::Reference { what }) = &cli.command {
        reference::run(*what);
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(Command::InspectFile) = &cli.command {
        return Ok(causerie_media::run_child());
    }
    let options = Config::load(&cli.flags)?;
    match &cli.command {
        None | Some(Command::Serve) => serve::run(&options)?,
        Some(Command::Migrate) => migrate::run(&options)?,
        Some(Command::Scrub) => scrub::run(&options)?,
        Some(Command::Key(command)) => key::run(&options, command)?,
        Some(Command::Workspace(command)) => workspace::run(&options, command)?,
        Some(Command::Config(format)) => config::run(&options, *format),
        Some(Command::Doctor(args)) => return Ok(doctor::run(&options, *args)),
        Some(Command::InspectFile) => return Ok(causerie_media::run_child()),
        Some(Command::Reference { what }) => reference::run(*what),
        Some(Command::BenchEcho { auth }) => bench_echo::run(&options, *auth)?,
        Some(Command::BenchSeed(args)) => bench_seed::run(&options, *args)?,
    }
    Ok(ExitCode::SUCCESS)
}
