//! The `causerie` program: reads the command line and runs one command.
//!
//! Decides nothing itself: options are in `config`, what is built from them in `assemble`, and each
//! command has a file under `command`.

mod assemble;
mod cli;
mod command;
mod config;
mod drain;
mod events;
mod first_start;
mod log;
mod output;
mod outside;
mod vault;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return cli::explain(&error),
    };
    match command::run(&cli) {
        Ok(code) => code,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}
