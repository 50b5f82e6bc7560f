//! `cargo xtask test`: every test of the workspace, on both stores, against the binary as built.
//! Chooses no tests itself: arguments after `--` go to `cargo test` unchanged.

use anyhow::{Result, bail};

use crate::postgres::{POSTGRES_URL_VARIABLE, Postgres, REQUIRE_POSTGRES_VARIABLE};
use crate::{command, workspace};

/// Tells the end-to-end tests which program to start.
const BINARY_VARIABLE: &str = "CAUSERIE_TEST_BINARY";

/// One run shows everything that is broken, not the first package that is.
const NO_FAIL_FAST: &str = "--no-fail-fast";

#[derive(Debug, Default, clap::Args)]
pub(crate) struct TestArgs {
    /// Build and test with optimisations.
    #[arg(long)]
    release: bool,
    /// Leave the Postgres half out; for a quick local run, refused when CI=true.
    #[arg(long)]
    no_postgres: bool,
    /// Passed to `cargo test`, such as `-p causerie-core` or `-- --nocapture name`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Provides what the tests need and runs them.
pub(crate) fn run(args: &TestArgs) -> Result<()> {
    if args.no_postgres {
        if std::env::var_os("CI").is_some_and(|value| value == "true") {
            bail!("--no-postgres is refused when CI=true: both stores are tested there");
        }
        eprintln!("the Postgres half is skipped (--no-postgres)");
        return run_on(None, args);
    }
    let postgres = Postgres::provide(&std::env::temp_dir())?;
    run_on(Some(&postgres), args)
}

/// Builds the binary and runs the tests, with `postgres` when there is one.
pub(crate) fn run_on(postgres: Option<&Postgres>, args: &TestArgs) -> Result<()> {
    let profile: &[&str] = if args.release { &["--release"] } else { &[] };
    // `--all-targets` selects what `cargo test` selects, so that nothing is built a second time
    // with other features.
    let everything = [&["--workspace", "--all-targets"], profile].concat();
    let binary = workspace::build("causerie", &everything)?;

    let mut cargo = command::cargo();
    cargo.arg("test").args(profile);
    if !names_a_package(&args.arguments) {
        cargo.arg("--workspace");
    }
    if !args
        .arguments
        .iter()
        .any(|argument| argument == NO_FAIL_FAST)
    {
        cargo.arg(NO_FAIL_FAST);
    }
    cargo.args(&args.arguments).env(BINARY_VARIABLE, binary);
    match postgres {
        Some(postgres) => {
            cargo
                .env(POSTGRES_URL_VARIABLE, postgres.url())
                .env(REQUIRE_POSTGRES_VARIABLE, "1");
        }
        None => {
            cargo
                .env_remove(POSTGRES_URL_VARIABLE)
                .env_remove(REQUIRE_POSTGRES_VARIABLE);
        }
    }
    command::run(&mut cargo)
}

fn names_a_package(arguments: &[String]) -> bool {
    let for_cargo = arguments.iter().take_while(|argument| *argument != "--");
    for_cargo.into_iter().any(|argument| {
        argument.starts_with("-p") || argument == "--package" || argument.starts_with("--package=")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_names_a_package(arguments: &[&str], expected: bool) {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        assert_eq!(names_a_package(&arguments), expected, "{arguments:?}");
    }

    #[test]
    fn a_chosen_package_replaces_the_whole_workspace() {
        check_names_a_package(&["-p", "causerie-core"], true);
        check_names_a_package(&["--package=causerie-core"], true);
        check_names_a_package(&["--", "-p"], false);
        check_names_a_package(&["sends", "--", "--nocapture"], false);
    }
}
