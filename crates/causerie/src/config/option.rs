//! The table of options: each is named and explained here, once, for the command line, the environment,
//! the file, `causerie config` and the reference.
//!
//! Reads nothing: where values come from is the business of `layer`.

use clap::{Arg, ArgAction, ArgMatches, Command, Error};

/// One option of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opt {
    /// Its name in the file, with its table; the flag has `-` for `_` and `.`, the variable `_` for `.` and capitals.
    pub(crate) name: &'static str,
    /// What stands for the value in help texts.
    pub(crate) value: &'static str,
    /// What a value looks like.
    pub(crate) kind: Kind,
    /// What holds when nobody says anything.
    pub(crate) default: Default,
    /// What it does, in one sentence.
    pub(crate) meaning: &'static str,
    /// Whether it is left out of help and reference: for tests and measurements only.
    pub(crate) hidden: bool,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// One of these words; the first unless another is given.
    Words(&'static [&'static str]),
    /// A whole number within bounds, both inclusive.
    Number { min: u64, max: u64 },
}

/// What holds when nobody says anything.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Default {
    /// This text.
    Text(&'static str),
    /// This number.
    Number(u64),
    /// What the program works out, in words.
    Derived(&'static str),
}

impl Opt {
    const fn text(
        name: &'static str,
        value: &'static str,
        default: Default,
        meaning: &'static str,
    ) -> Self {
        let (kind, hidden) = (Kind::Text, false);
        Self {
            name,
            value,
            kind,
            default,
            meaning,
            hidden,
        }
    }

    const fn number(
        name: &'static str,
        (min, max): (u64, u64),
        default: Default,
        meaning: &'static str,
    ) -> Self {
        let (value, kind, hidden) = ("NUMBER", Kind::Number { min, max }, false);
        Self {
            name,
            value,
            kind,
            default,
            meaning,
            hidden,
        }
    }

    const fn words(
        name: &'static str,
        words: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        let (value, kind, hidden) = ("WORD", Kind::Words(words), false);
        let default = match words.first() {
            Some(first) => Default::Text(first),
            None => Default::Derived("nothing"),
        };
        Self {
            name,
            value,
            kind,
            default,
            meaning,
            hidden,
        }
    }

    const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// The flag, without its dashes.
    pub(crate) fn flag(&self) -> String {
        self.name.replace(['_', '.'], "-")
    }

    /// The environment variable.
    pub(crate) fn variable(&self) -> String {
        let name = self.name.replace('.', "_");
        format!("{ENVIRONMENT_PREFIX}{}", name.to_uppercase())
    }

    /// The default as a reader of the reference wants it.
    pub(crate) fn default_text(&self) -> String {
        match self.default {
            Default::Text(text) => format!("`{text}`"),
            Default::Number(number) => format!("`{number}`"),
            Default::Derived(words) => words.to_owned(),
        }
    }
}

/// What the names of our environment variables start with.
pub(crate) const ENVIRONMENT_PREFIX: &str = "CAUSERIE_";

const SWITCH: &[&str] = &["true", "false"];

/// The options that every dialect has.
macro_rules! dialect {
    ($name:literal, $product:literal) => {
        [
            Opt::words(
                concat!("dialects.", $name, ".enabled"),
                SWITCH,
                concat!(
                    "Whether the message API of ",
                    $product,
                    " is spoken under `/dialects/",
                    $name,
                    "`."
                ),
            ),
            Opt::text(
                concat!("dialects.", $name, ".listen"),
                "ADDRESS",
                Default::Derived("none"),
                concat!(
                    "Host and port to speak the API of ",
                    $product,
                    " on as well, at the root, for clients that take nothing but a host."
                ),
            ),
        ]
    };
}

const BIRD: [Opt; 2] = dialect!("bird", "Bird");
const DOTO: [Opt; 2] = dialect!("doto", "Doto");
const PROTOCOL: [Opt; 2] = dialect!("protocol", "Protocol");
const SAASIGNAL: [Opt; 2] = dialect!("saasignal", "SaaSignal");
const STAFFCHAT: [Opt; 2] = dialect!("staffchat", "Ziik");

/// Every option.
pub(crate) const OPTIONS: &[Opt] = &[
    Opt::text(
        "listen",
        "ADDRESS",
        Default::Text("127.0.0.1:8080"),
        "Host and port to listen on; port 0 takes a free one.",
    ),
    Opt::text(
        "database",
        "URL",
        Default::Derived("`sqlite:<data_dir>/causerie.db`"),
        "The database: `sqlite:<path>` or `postgres://user:password@host/name`.",
    ),
    Opt::text(
        "data_dir",
        "DIRECTORY",
        Default::Text("./causerie-data"),
        "The directory for what Causerie keeps itself; created at the first start.",
    ),
    Opt::text(
        "files",
        "URL",
        Default::Derived("the directory `<data_dir>/files`"),
        "Where the bytes of files are kept: a directory as in `file:/srv/files`, or a bucket of a service that \
         speaks the S3 protocol as in `s3://bucket/prefix?endpoint=https://…&region=…`. Keys are taken from \
         `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or given as `access_key` and `secret_key`. Several \
         nodes share one place.",
    ),
    Opt::text(
        "secret_key",
        "KEY",
        Default::Derived("in the file `<data_dir>/secret.key`, made at the first start"),
        "The installation's key, 32 bytes in base64 or hexadecimal: it seals the secrets of channels and signs \
         links. Several nodes need the same. Without it those secrets are lost, so keep a copy.",
    ),
    Opt::text(
        "public_url",
        "URL",
        Default::Derived("none: they are relative"),
        "What addresses begin with that leave the server, such as links to files: `https://chat.example.com`.",
    ),
    Opt::text(
        "outbound_allow",
        "NETWORKS",
        Default::Derived("none"),
        "Networks that channels may connect to although they are not public, separated by commas: \
         `10.1.0.0/16,127.0.0.1`.",
    ),
    Opt::text(
        "outbound_roots",
        "FILE",
        Default::Derived("none"),
        "A PEM file with authorities that channels trust besides those of this machine.",
    ),
    Opt::text(
        "mail_domain",
        "DOMAIN",
        Default::Derived("the host of `public_url`, else the name of this machine"),
        "By which name mail servers are greeted, and what the `Message-ID` of each mail ends with; the same on \
         all nodes.",
    ),
    Opt::text(
        "log_level",
        "LEVEL",
        Default::Text("info"),
        "What is logged: `error`, `warn`, `info`, `debug`, `trace`, or levels per module as in \
         `info,causerie_http=debug`.",
    ),
    Opt::text(
        "log_format",
        "FORMAT",
        Default::Text("text"),
        "How it is logged on standard error: `text`, or `json` with one object per line.",
    ),
    Opt::number(
        "workers",
        (1, 1_024),
        Default::Derived("the number of cores"),
        "Threads that speak HTTP.",
    ),
    Opt::number(
        "readers",
        (1, 256),
        Default::Derived("the number of cores, at least 2"),
        "Database connections that read.",
    ),
    Opt::number(
        "writers",
        (1, 64),
        Default::Number(3),
        "Database connections that write, on Postgres; SQLite has one.",
    ),
    Opt::number(
        "processors",
        (1, 64),
        Default::Derived("the number of cores less one, at least 1"),
        "How many files are looked into at one time, each in a process of its own.",
    ),
    Opt::number(
        "write_jobs_max",
        (1, 1_000_000),
        Default::Number(1_024),
        "How many changes may wait for the writers; more are answered 503 at once.",
    ),
    Opt::number(
        "read_jobs_max",
        (1, 1_000_000),
        Default::Number(4_096),
        "How many reads may wait for the readers; more are answered 503 at once.",
    ),
    Opt::number(
        "body_bytes_max",
        (1_024, 64 * 1024 * 1024),
        Default::Number(256 * 1024),
        "The size of a request's body; more is answered 413.",
    ),
    Opt::number(
        "drain_timeout_seconds",
        (0, 3_600),
        Default::Number(30),
        "How long requests under way may take after SIGTERM or SIGINT.",
    ),
    Opt::number(
        "group_jobs_max",
        (1, 100_000),
        Default::Derived("chosen by the storage"),
        "How many jobs may share one commit; 1 commits for each.",
    )
    .hidden(),
    Opt::number(
        "sweep_idle_ms",
        (10, 3_600_000),
        Default::Number(60_000),
        "How long the sweeper waits after it found nothing to erase.",
    )
    .hidden(),
    BIRD[0],
    BIRD[1],
    Opt::words(
        "dialects.bird.strict",
        SWITCH,
        "Whether members that the API of Bird does not know are refused, as Bird does, or ignored.",
    ),
    DOTO[0],
    DOTO[1],
    Opt::words(
        "dialects.doto.message_type_format",
        &["string", "integer"],
        "How the API of Doto writes `message_type` and sorts of senders: as Doto does (`incoming`, `Contact`), or as Chatwoot does (`0`, `contact`).",
    ),
    PROTOCOL[0],
    PROTOCOL[1],
    SAASIGNAL[0],
    SAASIGNAL[1],
    STAFFCHAT[0],
    STAFFCHAT[1],
];

/// The option with this environment variable, without our prefix.
pub(crate) fn find_variable(name: &str) -> Option<&'static Opt> {
    let mut all = OPTIONS.iter();
    all.find(|option| option.variable().strip_prefix(ENVIRONMENT_PREFIX) == Some(name))
}

/// The option with this name.
pub(crate) fn find(name: &str) -> Option<&'static Opt> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// What was given on the command line: options by name, and the file that has others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) config: Option<String>,
    pub(crate) values: Vec<(&'static Opt, String)>,
}

impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        let heading = "Options of the server (also CAUSERIE_… variables and a TOML file)";
        let config = Arg::new("config")
            .long("config")
            .env("CAUSERIE_CONFIG")
            .hide_env_values(true)
            .value_name("FILE")
            .help("A TOML file with options [default: ./causerie.toml, if there is one]")
            .help_heading(heading)
            .global(true);
        OPTIONS.iter().fold(command.arg(config), |command, option| {
            let default = option.default_text().replace('`', "");
            let help = format!("{} [default: {default}]", option.meaning.replace('`', ""));
            command.arg(
                Arg::new(option.name)
                    .long(option.flag())
                    .value_name(option.value)
                    .help(help)
                    .help_heading(heading)
                    .action(ArgAction::Set)
                    .hide(option.hidden)
                    .global(true),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |name: &str| matches.get_one::<String>(name).cloned();
        Ok(Self {
            config: given("config"),
            values: OPTIONS
                .iter()
                .filter_map(|option| Some((option, given(option.name)?)))
                .collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
