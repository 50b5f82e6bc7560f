//! The smallest program that an `Inspector` can run; what the tests run.
//!
//! Reads a file from the standard input and writes what it learned to the standard output.

use std::process::ExitCode;

fn main() -> ExitCode {
    causerie_media::run_child()
}
