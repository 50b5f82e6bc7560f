//! Other products' message APIs, spoken over the same use cases as the native one: one module each.
//!
//! A dialect parses, calls a use case and renders. It decides nothing, knows no other dialect, and shares with the native
//! API only the kit of `causerie-http`.

pub mod bird;
pub mod doto;
pub mod protocol;
pub mod saasignal;
pub mod staffchat;
mod words;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use causerie_core::port::{Snapshot, Unit};
use causerie_core::{Context, Error};
use causerie_http::{Mount, Route, ServiceConfig, Surface};

/// One dialect: what it is called, what it serves, and what its clients are told.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// Its name in paths, options and commands.
    pub name: &'static str,
    /// Where it is on the main listener.
    pub prefix: &'static str,
    /// The product whose API it is.
    pub product: &'static str,
    /// What an installation may choose.
    pub choices: &'static [Choice],
    /// Every operation.
    pub routes: &'static [Route],
    /// What keys of its clients may do.
    pub scopes: &'static [&'static str],
    /// How it shows what all surfaces share.
    pub surface: fn(&Chosen) -> Arc<dyn Surface>,
    /// Mounts its routes.
    pub mount: fn(&mut ServiceConfig),
    /// Sees to it that a client with a new key has what it needs to begin with. Called by the key itself, which may do
    /// everything for once.
    pub prepare: fn(&mut dyn Unit, &Context) -> Result<(), Error>,
    /// Tells what to set in that client, once that is committed.
    pub settings: fn(&mut dyn Snapshot, &Context, &Access<'_>) -> Result<Settings, Error>,
}

impl Dialect {
    /// The dialect under its prefix.
    pub fn at(&self, chosen: &Chosen) -> Mount {
        Mount::under(self.prefix, (self.surface)(chosen), self.mount)
    }
}

/// Something about a dialect that an installation may choose.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Its name within the dialect.
    pub name: &'static str,
    /// What may be chosen; the first unless another is.
    pub values: &'static [&'static str],
    /// What it does, in one sentence.
    pub meaning: &'static str,
}

/// What an installation has chosen about one dialect, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen(BTreeMap<String, String>);

impl Chosen {
    /// These choices; the rest stays as it is by itself.
    pub fn new(choices: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(choices.into_iter().collect())
    }

    /// What was chosen.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether this was chosen.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }
}

/// How a client reaches the dialect.
#[expect(missing_debug_implementations, reason = "it holds a key")]
#[derive(Clone, Copy)]
pub struct Access<'a> {
    /// What its addresses begin with, without a slash at the end.
    pub base_url: &'a str,
    /// Its key.
    pub key: &'a str,
}

/// What to set in a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the client calls it, and the value.
    pub values: Vec<(&'static str, String)>,
    /// A command that works as it is.
    pub curl: String,
}

/// The reference of all dialects' operations, as Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# Dialects\n\n\
         The message APIs of other products that Causerie speaks beside its own: what is served under each, and nothing else. \
         What differs from the product is in its guide. A path that is not here is answered 404 in the product's own form.\n",
    );
    for dialect in ALL {
        let Dialect {
            name,
            prefix,
            product,
            ..
        } = dialect;
        // Writing to a string never fails.
        let _ = write!(
            page,
            "\n## {product}\n\nUnder `{prefix}` ([guide](guides/from-{name}.md)).\n\n\
             | method | path | what it does |\n|---|---|---|\n",
        );
        for Route {
            method,
            path,
            about,
            ..
        } in dialect.routes
        {
            let _ = writeln!(page, "| {method} | `{path}` | {about} |");
        }
    }
    page
}

/// Every dialect, in the order of their names.
pub const ALL: &[Dialect] = &[
    bird::DIALECT,
    doto::DIALECT,
    protocol::DIALECT,
    saasignal::DIALECT,
    staffchat::DIALECT,
];
