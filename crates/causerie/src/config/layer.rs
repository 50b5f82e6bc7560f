//! Where values come from: the command line, the environment, a file, defaults, the first of them winning.
//!
//! Checks what the table of options says about each value; what the values mean is for `Config`.

use std::env;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::option::{self, Default, ENVIRONMENT_PREFIX, Flags, Kind, OPTIONS, Opt};

/// The file that is read when none is named.
const FILE: &str = "./causerie.toml";

/// Variables that start like ours and are not: the test tools', and those that Kubernetes sets in every
/// container of a namespace with a service called `causerie`.
const FOREIGN: &[&str] = &["TEST_", "MODEL_", "SERVICE_", "PORT"];

/// Values of one origin.
struct Layer {
    origin: &'static str,
    values: Dict,
}

impl Layer {
    /// Values by the names of their options, those with a dot within their tables.
    fn of(origin: &'static str, values: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let mut layer = Self {
            origin,
            values: Dict::new(),
        };
        for (name, value) in values {
            put(&mut layer.values, name, value);
        }
        layer
    }
}

fn put(dict: &mut Dict, name: &str, value: Value) {
    let Some((table, rest)) = name.split_once('.') else {
        dict.insert(name.to_owned(), value);
        return;
    };
    let inner = dict
        .entry(table.to_owned())
        .or_insert_with(|| Value::from(Dict::new()));
    if let Value::Dict(_, inner) = inner {
        put(inner, rest, value);
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

/// Puts all layers on top of each other.
///
/// # Errors
/// A sentence that names the option, where it was given, and what was expected.
pub(super) fn merge(flags: &Flags) -> Result<Figment> {
    let mut figment = Figment::from(defaults());
    if let Some(path) = file(flags.config.as_deref())? {
        let toml = Toml::file_exact(&path);
        check_file(&toml, &path)?;
        figment = figment.merge(toml);
    }
    let figment = figment.merge(environment()?).merge(given(flags)?);
    for option in OPTIONS {
        check(&figment, option)?;
    }
    Ok(figment)
}

/// Where the value in force was given, for people.
pub(crate) fn origin(figment: &Figment, option: &Opt) -> String {
    let Some(metadata) = figment.find_metadata(option.name) else {
        return "default".to_owned();
    };
    match (&*metadata.name, &metadata.source) {
        ("flag", _) => format!("--{}", option.flag()),
        ("environment", _) => option.variable(),
        (_, Some(source)) => source.to_string(),
        (name, None) => name.to_owned(),
    }
}

fn defaults() -> Layer {
    let values = OPTIONS.iter().filter_map(|option| {
        let value = match option.default {
            Default::Text(text) => Value::from(text),
            Default::Number(number) => Value::from(number),
            Default::Derived(_) => return None,
        };
        Some((option.name, value))
    });
    Layer::of("default", values)
}

/// The file to read: one that was named has to be there.
fn file(named: Option<&str>) -> Result<Option<String>> {
    match named {
        Some(path) if Path::new(path).is_file() => Ok(Some(path.to_owned())),
        Some(path) => bail!("there is no file {path}; correct --config or CAUSERIE_CONFIG"),
        None => Ok(Path::new(FILE).is_file().then(|| FILE.to_owned())),
    }
}

fn check_file(toml: &impl Provider, path: &str) -> Result<()> {
    let data = toml.data().map_err(|error| {
        anyhow!(
            "cannot read {path}: {}; correct the file",
            one_line(&error.to_string())
        )
    })?;
    let mut names = Vec::new();
    for dict in data.values() {
        name_all("", dict, &mut names);
    }
    for name in names {
        if option::find(&name).is_none() {
            bail!("{path} has an unknown option `{name}`; `causerie config` shows those there are");
        }
    }
    Ok(())
}

/// The names of all values, with the tables that they stand in.
fn name_all(table: &str, dict: &Dict, names: &mut Vec<String>) {
    for (name, value) in dict {
        let name = format!("{table}{name}");
        match value.as_dict() {
            Some(inner) if !inner.is_empty() => name_all(&format!("{name}."), inner, names),
            _ => names.push(name),
        }
    }
}

/// The words of a message that a parser drew over several lines.
fn one_line(text: &str) -> String {
    let words = text.lines().map(str::trim);
    let words = words.filter(|line| !line.is_empty() && !line.contains('|'));
    words.collect::<Vec<_>>().join(": ")
}

fn environment() -> Result<Layer> {
    let mut values = Vec::new();
    for (variable, text) in env::vars_os() {
        let Some(name) = variable
            .to_str()
            .and_then(|name| name.strip_prefix(ENVIRONMENT_PREFIX))
        else {
            continue;
        };
        if name == "CONFIG" || FOREIGN.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        let Some(option) = option::find_variable(name) else {
            bail!(
                "{ENVIRONMENT_PREFIX}{name} in the environment is not an option; `causerie config` \
                 shows those there are"
            );
        };
        let text = text
            .into_string()
            .map_err(|_| anyhow!("{} is not valid UTF-8", option.variable()))?;
        let value = parse(option, &text, &option.variable())?;
        values.push((option.name, value));
    }
    Ok(Layer::of("environment", values))
}

fn given(flags: &Flags) -> Result<Layer> {
    let mut values = Vec::new();
    for (option, text) in &flags.values {
        let value = parse(option, text, &format!("--{}", option.flag()))?;
        values.push((option.name, value));
    }
    Ok(Layer::of("flag", values))
}

/// Text becomes what the option holds, so that a password of digits stays a text.
fn parse(option: &Opt, text: &str, origin: &str) -> Result<Value> {
    match option.kind {
        Kind::Text | Kind::Words(_) => Ok(Value::from(text)),
        Kind::Number { .. } => match text.parse::<u64>() {
            Ok(number) => Ok(Value::from(number)),
            Err(_) => Err(expected(option, origin)),
        },
    }
}

/// A word, or what a file says without quotes in its place.
pub(super) fn word(value: &Value) -> &str {
    match value.to_bool() {
        Some(true) => "true",
        Some(false) => "false",
        None => value.as_str().unwrap_or_default(),
    }
}

fn check(figment: &Figment, option: &Opt) -> Result<()> {
    let Ok(value) = figment.find_value(option.name) else {
        return Ok(());
    };
    let fits = match option.kind {
        Kind::Text => value.as_str().is_some_and(|text| !text.is_empty()),
        Kind::Words(words) => words.contains(&word(&value)),
        // Numbers of a file are signed.
        Kind::Number { min, max } => value
            .to_u128()
            .or_else(|| u128::try_from(value.to_i128()?).ok())
            .is_some_and(|number| (u128::from(min)..=u128::from(max)).contains(&number)),
    };
    if fits {
        Ok(())
    } else {
        let origin = match origin(figment, option) {
            file if file.contains('.') => format!("`{}` in {file}", option.name),
            other => other,
        };
        Err(expected(option, &origin))
    }
}

fn expected(option: &Opt, origin: &str) -> anyhow::Error {
    match option.kind {
        Kind::Words(words) => anyhow!(
            "{origin} is something else; give `{}`",
            words.join("` or `")
        ),
        Kind::Text => anyhow!("{origin} has no value; give a text or leave it out"),
        Kind::Number { min, max } => {
            anyhow!("{origin} is no such number; give a whole number from {min} to {max}")
        }
    }
}
