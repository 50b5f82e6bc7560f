//! Configuration: what the server was asked to do, from flags, `CAUSERIE_*`, a TOML file and defaults.
//!
//! Opens nothing and creates nothing.

mod dialects;
mod layer;
mod option;
mod outside;
mod reference;
mod secret_key;

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::num::NonZero;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::{Result, anyhow};
use causerie_media::FilesUrl;
use causerie_outbound::Allowed;
use causerie_storage::DatabaseUrl;
use serde::Deserialize;

pub(crate) use dialects::Spoken;
pub(crate) use option::{Flags, OPTIONS, Opt};
pub(crate) use reference::reference;
pub(crate) use secret_key::SecretKey;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Everything in force.
#[derive(Debug)]
pub(crate) struct Config {
    /// The address as it was written.
    pub(crate) listen: String,
    /// What it stands for; never empty.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) database: DatabaseUrl,
    pub(crate) data_dir: PathBuf,
    pub(crate) files: FilesUrl,
    /// `None` when it is in its file.
    pub(crate) secret_key: Option<SecretKey>,
    /// Without a slash at the end.
    pub(crate) public_url: Option<String>,
    pub(crate) outbound_allow: Allowed,
    pub(crate) outbound_roots: Option<PathBuf>,
    pub(crate) mail_domain: String,
    pub(crate) log_level: String,
    pub(crate) log_format: LogFormat,
    pub(crate) workers: usize,
    pub(crate) readers: usize,
    pub(crate) writers: usize,
    pub(crate) processors: usize,
    pub(crate) write_jobs_max: usize,
    pub(crate) read_jobs_max: usize,
    pub(crate) body_bytes_max: usize,
    pub(crate) drain_timeout: Duration,
    pub(crate) group_jobs_max: Option<usize>,
    pub(crate) sweep_idle: Duration,
    pub(crate) dialects: Vec<Spoken>,
    /// Where the values in force were given, by option: the values themselves may be secret.
    origins: BTreeMap<&'static str, String>,
}

/// The values as they were given, their form checked by the table of options.
#[derive(Debug, Deserialize)]
struct Given {
    listen: String,
    database: Option<String>,
    data_dir: PathBuf,
    files: Option<String>,
    secret_key: Option<String>,
    public_url: Option<String>,
    outbound_allow: Option<String>,
    outbound_roots: Option<PathBuf>,
    mail_domain: Option<String>,
    log_level: String,
    log_format: String,
    workers: Option<usize>,
    readers: Option<usize>,
    writers: usize,
    processors: Option<usize>,
    write_jobs_max: usize,
    read_jobs_max: usize,
    body_bytes_max: usize,
    drain_timeout_seconds: u64,
    group_jobs_max: Option<usize>,
    sweep_idle_ms: u64,
}

impl Config {
    /// Reads every source and checks every value.
    ///
    /// # Errors
    /// A sentence that names the option, where it was given, and what was expected.
    pub(crate) fn load(flags: &Flags) -> Result<Self> {
        let figment = layer::merge(flags)?;
        let given: Given = figment
            .extract()
            .map_err(|error| anyhow!("the configuration cannot be used: {error}"))?;
        let cores = available_parallelism().map_or(1, NonZero::get);
        let database = match given.database {
            Some(url) => url
                .parse()
                .map_err(|error| anyhow!("the database cannot be used: {error}"))?,
            None => DatabaseUrl::sqlite(given.data_dir.join("causerie.db")),
        };
        let addresses = addresses(&given.listen, "listen")?;
        let public_url = given.public_url.as_deref().map(outside::public_url);
        let public_url = public_url.transpose()?;
        let origin = |option: &'static Opt| (option.name, layer::origin(&figment, option));
        Ok(Self {
            listen: given.listen,
            addresses,
            database,
            files: outside::files(given.files.as_deref(), &given.data_dir)?,
            secret_key: outside::secret_key(given.secret_key.as_deref())?,
            mail_domain: outside::mail_domain(given.mail_domain, public_url.as_deref())?,
            public_url,
            outbound_allow: outside::allowed(given.outbound_allow.as_deref())?,
            outbound_roots: given.outbound_roots,
            data_dir: given.data_dir,
            log_level: given.log_level,
            log_format: log_format(&given.log_format)?,
            workers: given.workers.unwrap_or(cores),
            readers: given.readers.unwrap_or(cores.max(2)),
            writers: given.writers,
            processors: given.processors.unwrap_or((cores - 1).max(1)),
            write_jobs_max: given.write_jobs_max,
            read_jobs_max: given.read_jobs_max,
            body_bytes_max: given.body_bytes_max,
            drain_timeout: Duration::from_secs(given.drain_timeout_seconds),
            group_jobs_max: given.group_jobs_max,
            sweep_idle: Duration::from_millis(given.sweep_idle_ms),
            dialects: dialects::read(&figment)?,
            origins: OPTIONS.iter().map(origin).collect(),
        })
    }

    /// The file of the installation's key, which counts unless the key is given.
    pub(crate) fn secret_key_file(&self) -> PathBuf {
        self.data_dir.join("secret.key")
    }

    /// Each option with its value in force, secrets left out, and where the value was given.
    pub(crate) fn in_force(&self) -> impl Iterator<Item = (&'static Opt, String, &str)> {
        OPTIONS.iter().map(|option| {
            let origin = self.origins.get(option.name).map_or("", String::as_str);
            (option, self.shown(option.name), origin)
        })
    }

    /// The value of an option, for people.
    fn shown(&self, option: &str) -> String {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
        let path = |path: &PathBuf| path.display().to_string();
        match option {
            "listen" => self.listen.clone(),
            "database" => self.database.to_string(),
            "data_dir" => path(&self.data_dir),
            "files" => self.files.to_string(),
            "secret_key" => match self.secret_key {
                Some(_) => "***".to_owned(),
                None => format!("in {}", path(&self.secret_key_file())),
            },
            "public_url" => or_none(self.public_url.clone()),
            "outbound_allow" => match self.outbound_allow.to_string() {
                none if none.is_empty() => or_none(None),
                networks => networks,
            },
            "outbound_roots" => or_none(self.outbound_roots.as_ref().map(path)),
            "mail_domain" => self.mail_domain.clone(),
            "log_level" => self.log_level.clone(),
            "log_format" => match self.log_format {
                LogFormat::Text => "text".to_owned(),
                LogFormat::Json => "json".to_owned(),
            },
            "workers" => self.workers.to_string(),
            "readers" => self.readers.to_string(),
            "writers" => self.writers.to_string(),
            "processors" => self.processors.to_string(),
            "write_jobs_max" => self.write_jobs_max.to_string(),
            "read_jobs_max" => self.read_jobs_max.to_string(),
            "body_bytes_max" => self.body_bytes_max.to_string(),
            "drain_timeout_seconds" => self.drain_timeout.as_secs().to_string(),
            "sweep_idle_ms" => self.sweep_idle.as_millis().to_string(),
            "group_jobs_max" => self
                .group_jobs_max
                .map_or("chosen by the storage".to_owned(), |max| max.to_string()),
            dialect => {
                let mut all = self.dialects.iter();
                all.find_map(|one| one.shown(dialect)).unwrap_or_default()
            }
        }
    }
}

fn addresses(listen: &str, option: &str) -> Result<Vec<SocketAddr>> {
    let flag = option.replace('.', "-");
    let hint = format!("give a host and a port such as 127.0.0.1:8080 with --{flag}");
    let found: Vec<_> = listen
        .to_socket_addrs()
        .map_err(|error| anyhow!("cannot listen on `{listen}`: {error}; {hint}"))?
        .collect();
    if found.is_empty() {
        Err(anyhow!("`{listen}` stands for no address; {hint}"))
    } else {
        Ok(found)
    }
}

fn log_format(word: &str) -> Result<LogFormat> {
    match word {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(anyhow!("log_format is `{word}`; give `text` or `json`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(flags: &[(&str, &str)]) -> Result<Config> {
        let values = flags.iter().map(|(name, value)| {
            let option = option::find(name).expect("an option");
            (option, (*value).to_owned())
        });
        Config::load(&Flags {
            config: None,
            values: values.collect(),
        })
    }

    #[test]
    fn defaults_of_the_table_are_those_of_the_crates_that_use_them() {
        let config = load(&[]).expect("defaults");
        let storage = causerie_storage::Options::default();
        assert_eq!(config.write_jobs_max, storage.write_jobs_max);
        assert_eq!(config.read_jobs_max, storage.read_jobs_max);
        assert_eq!(config.readers, storage.readers);
        assert_eq!(config.writers, storage.writers);
        let http = causerie_http::AppConfig::default();
        assert_eq!(config.body_bytes_max, http.body_bytes_max);
        let serve = causerie_http::ServeConfig::default();
        assert_eq!(config.drain_timeout, serve.drain_timeout);
        let pace = causerie_worker::Pace::default();
        assert_eq!(config.sweep_idle, pace.idle);
    }

    #[test]
    fn the_database_lies_in_the_data_directory_unless_it_is_given() {
        let url = |flags: &[(&str, &str)]| load(flags).expect("options").database.to_string();
        assert_eq!(url(&[]), "sqlite:./causerie-data/causerie.db");
        assert_eq!(url(&[("data_dir", "/srv/x")]), "sqlite:/srv/x/causerie.db");
        let both = [("data_dir", "/srv/x"), ("database", "sqlite:y.db")];
        assert_eq!(url(&both), "sqlite:y.db");
    }

    #[test]
    fn what_leads_outside_is_read_and_refused() {
        let config = load(&[
            ("public_url", "https://chat.example.com/"),
            ("outbound_allow", "10.1.0.0/16, 127.0.0.1"),
            ("files", "s3://media?access_key=me&secret_key=hidden"),
            ("secret_key", &"ab".repeat(32)),
        ]);
        let config = config.expect("options");
        assert_eq!(config.mail_domain, "chat.example.com");
        let shown: String = config.in_force().map(|(_, value, _)| value).collect();
        assert!(shown.contains("https://chat.example.com10.1.0.0/16"));
        assert!(!shown.contains("hidden") && !shown.contains("abab"));
        let debug = format!("{config:?}");
        assert!(!debug.contains("hidden") && !debug.contains("abab"));
        for (option, wrong) in [
            ("public_url", "chat.example.com"),
            ("public_url", "https://a/b?c"),
            ("outbound_allow", "10.1.0.0/40"),
            ("files", "ftp://host"),
            ("secret_key", "abab"),
            ("mail_domain", "a b"),
        ] {
            let error = load(&[(option, wrong)]).expect_err(wrong).to_string();
            assert!(
                error.contains("give") || error.contains("expected"),
                "{error}"
            );
            assert!(!error.contains("abab"), "{error}");
        }
    }

    #[test]
    fn every_option_is_in_force_and_in_the_reference() {
        let config = load(&[]).expect("defaults");
        let reference = reference();
        for (option, value, origin) in config.in_force() {
            assert!(!value.is_empty() && origin == "default", "{}", option.name);
            assert_eq!(
                reference.contains(&option.variable()),
                !option.hidden,
                "{}",
                option.name
            );
        }
    }

    #[test]
    fn dialects_have_their_options_and_no_others() {
        let config = load(&[
            ("dialects.doto.message_type_format", "integer"),
            ("dialects.bird.enabled", "false"),
            ("dialects.bird.listen", "127.0.0.1:0"),
        ]);
        let config = config.expect("options");
        assert_eq!(config.dialects.len(), 5);
        let mut known = 0;
        for spoken in &config.dialects {
            let of = spoken.dialect;
            assert_eq!(spoken.enabled, of.name != "bird");
            assert_eq!(spoken.listen.is_some(), of.name == "bird");
            for (name, values) in of.choices.iter().map(|one| (one.name, one.values)) {
                let option = option::find(&format!("dialects.{}.{name}", of.name));
                let option = option.expect("an option for each choice");
                assert!(matches!(option.kind, option::Kind::Words(words) if words == values));
                assert!(spoken.chosen.get(name).is_some());
            }
            known += 2 + of.choices.len();
        }
        let doto = config
            .dialects
            .iter()
            .find(|one| one.dialect.name == "doto");
        assert!(doto.is_some_and(|doto| doto.chosen.is("message_type_format", "integer")));
        let options = OPTIONS
            .iter()
            .filter(|one| one.name.starts_with("dialects."));
        assert_eq!(options.count(), known);
        let wrong = load(&[("dialects.doto.message_type_format", "text")]);
        let error = wrong.expect_err("no such word").to_string();
        assert!(error.contains("`string` or `integer`"), "{error}");
    }

    #[test]
    fn a_number_out_of_bounds_is_refused_with_its_bounds() {
        let error = load(&[("workers", "0")]).expect_err("too few");
        assert!(error.to_string().contains("from 1 to 1024"), "{error}");
    }
}
