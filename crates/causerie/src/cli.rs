//! The command line: which commands there are and what each takes.
//!
//! Options of the server are not here but in the table of `config`.

use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Flags;
use crate::output;

/// A self-hosted messaging backend: people, conversations and messages over one HTTP API.
#[derive(Debug, Parser)]
#[command(name = "causerie", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) flags: Flags,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API; this is what happens without a command
    Serve,
    /// Bring the schema of the database up to date, and nothing else
    Migrate,
    /// Write the database anew, so that its files keep nothing of what was erased; stop the servers first
    Scrub,
    /// Create, list and revoke API keys; also while a server runs
    #[command(subcommand)]
    Key(KeyCommand),
    /// Create and list workspaces, grant them rates and tokens; also while a server runs
    #[command(subcommand)]
    Workspace(WorkspaceCommand),
    /// Show every option in force and where its value comes from
    Config(Format),
    /// Check database, files, disk, clock and limits, and say what to do
    Doctor(DoctorArgs),
    /// Look into the file that is the standard input, and nothing else
    #[command(hide = true, name = INSPECT_FILE)]
    InspectFile,
    /// Print a generated reference
    #[command(hide = true)]
    Reference { what: Reference },
    /// Serve `POST /echo` without a store, to measure against
    #[command(hide = true)]
    BenchEcho {
        /// Ask for an API key of the database
        #[arg(long)]
        auth: bool,
    },
    /// Fill a database through the store's own batches
    #[command(hide = true)]
    BenchSeed(SeedArgs),
}

/// The command that runs for each file that is looked into.
pub(crate) const INSPECT_FILE: &str = "inspect-file";

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Erase bytes of files that no entry of the database names
    #[arg(long)]
    pub(crate) fix: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Create a key; prints the key alone on standard output, this once
    Create(CreateKeyArgs),
    /// List the keys of a workspace, newest first
    List {
        /// The workspace's id; the first workspace if left out
        #[arg(long)]
        workspace: Option<String>,
        #[command(flatten)]
        format: Format,
    },
    /// End a key: running servers refuse it within seconds
    Revoke {
        /// The key's id, `key_…`
        id: String,
        #[command(flatten)]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CreateKeyArgs {
    /// What the key is for: whoever speaks with a key that is not bound is called so [default: command line]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What it may do: `messaging:read`, `messaging:write`, `messaging:*`, `admin` or `*`; repeat for several
    /// [default: messaging:*]
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// For a client of another product: prints what to set in it, and a command that works.
    /// One of bird, doto, protocol, saasignal, staffchat
    #[arg(long, value_name = "NAME")]
    pub(crate) dialect: Option<String>,
    /// The only participant it may act as, `part_…`
    #[arg(long, value_name = "ID")]
    pub(crate) participant: Option<String>,
    /// When it ends by itself, from now: such as `30m`, `12h`, `90d`, `52w`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) expires_in: Option<Duration>,
    /// The workspace's id; the first workspace if left out
    #[arg(long)]
    pub(crate) workspace: Option<String>,
    #[command(flatten)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// Create a workspace; prints its id alone on standard output
    Create {
        /// What people call it
        #[arg(long)]
        name: String,
        #[command(flatten)]
        format: Format,
    },
    /// List all workspaces
    List(Format),
    /// Show what a workspace is granted, or change what is given; running servers follow within seconds
    Plan(PlanArgs),
    /// Add tokens to the balance of a workspace; with the first ones it begins to pay for what has a price
    TopUp(TopUpArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The workspace's id, `ws_…`
    pub(crate) workspace: String,
    /// How many requests may read per second and node, in the long run; `none` lifts the limit
    #[arg(long, value_name = "REQUESTS", value_parser = rate)]
    pub(crate) read_per_second: Option<Granted>,
    /// How many of them at once after a pause; as many as per second if left out
    #[arg(long, value_name = "REQUESTS")]
    pub(crate) read_burst: Option<u64>,
    /// How many requests may write per second and node, in the long run; `none` lifts the limit
    #[arg(long, value_name = "REQUESTS", value_parser = rate)]
    pub(crate) write_per_second: Option<Granted>,
    /// How many of them at once after a pause; as many as per second if left out
    #[arg(long, value_name = "REQUESTS")]
    pub(crate) write_burst: Option<u64>,
    /// Let it pay for what has a price
    #[arg(long, conflicts_with = "unmetered")]
    pub(crate) metered: bool,
    /// Let it pay for nothing
    #[arg(long)]
    pub(crate) unmetered: bool,
    /// What a message costs
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub(crate) price_send: Option<u32>,
    /// What an edit costs
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub(crate) price_edit: Option<u32>,
    /// What a reaction costs
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub(crate) price_react: Option<u32>,
    /// How many bytes a file may have
    #[arg(long, value_name = "BYTES")]
    pub(crate) file_bytes_max: Option<u64>,
    /// How many bytes all files of the workspace may have together
    #[arg(long, value_name = "BYTES")]
    pub(crate) storage_bytes_max: Option<u64>,
    #[command(flatten)]
    pub(crate) format: Format,
}

/// A rate as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Granted {
    /// Any number of requests.
    Any,
    /// So many per second.
    PerSecond(u64),
}

#[derive(Debug, Args)]
pub(crate) struct TopUpArgs {
    /// The workspace's id, `ws_…`
    pub(crate) workspace: String,
    /// How many tokens
    #[arg(value_parser = whole_number)]
    pub(crate) tokens: u64,
    /// What for: one line for the ledger
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Format {
    /// Print JSON, for scripts
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Reference {
    Openapi,
    Problems,
    Events,
    Configuration,
    Metrics,
    Dialects,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SeedArgs {
    /// How many messages to send
    #[arg(long)]
    pub(crate) messages: usize,
    /// Into how many new conversations
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) conversations: u64,
    /// How many searches of three words, each of which finds a message, to print
    #[arg(long, default_value_t = 0)]
    pub(crate) queries: usize,
}

/// Shows help and version as they are, and anything else as one sentence.
pub(crate) fn explain(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        // Nobody is left to tell when this output cannot be written.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let text = error.to_string();
    let paragraph = text.lines().take_while(|line| !line.trim().is_empty());
    let words: Vec<&str> = paragraph.map(str::trim).collect();
    let sentence = words.join(" ");
    let problem = sentence.strip_prefix("error: ").unwrap_or(&sentence);
    output::complain(&format_args!("{problem}; see causerie --help"));
    ExitCode::from(2)
}

/// Reads `90d` and the like.
fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a number and one of s m h d w, such as 90d".to_owned();
    let (number, unit) = text
        .char_indices()
        .last()
        .map(|(at, unit)| (&text[..at], unit))
        .ok_or_else(expected)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(expected()),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .filter(|seconds| (1..=YEARS_100_SECONDS).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(expected)
}

/// Reads a rate, or `none`.
fn rate(text: &str) -> Result<Granted, String> {
    if text == "none" {
        return Ok(Granted::Any);
    }
    let number = text.parse().map(Granted::PerSecond);
    number.map_err(|_| "expected a whole number or none".to_owned())
}

const YEARS_100_SECONDS: u64 = 100 * 366 * 86_400;

fn whole_number(text: &str) -> Result<u64, &'static str> {
    let number = text.parse().ok();
    number.ok_or("expected a whole number, without signs and separators")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(duration("90d"), Ok(Duration::from_hours(90 * 24)));
        assert_eq!(duration("1s"), Ok(Duration::from_secs(1)));
        for text in [
            "",
            "d",
            "0d",
            "-1d",
            "1",
            "1y",
            "1 d",
            "1é",
            "99999999999999999999s",
            "5201w0d",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn options_are_accepted_before_and_after_the_command() {
        for line in [
            ["causerie", "--listen", "127.0.0.1:1", "serve"],
            ["causerie", "serve", "--listen", "127.0.0.1:1"],
        ] {
            let cli = Cli::try_parse_from(line).expect("both orders");
            assert_eq!(cli.flags.values[0].0.name, "listen");
            assert_eq!(cli.flags.values[0].1, "127.0.0.1:1");
        }
    }
}
