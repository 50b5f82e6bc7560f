//! A client of one dialect: its key, its address, its way to show the key.
//!
//! Knows of a dialect its name and the header of its key; paths and bodies are the tests'.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::Value;

use crate::client::{Answer, Client};
use crate::curl;
use crate::database::Database;
use crate::form::Form;
use crate::server::{Line, Server};
use crate::shape::{self, Shape, filled, is, list, map, object, one_of, optional};

/// The names of all dialects.
pub const ALL: [&str; 5] = ["bird", "doto", "protocol", "saasignal", "staffchat"];

/// A client that was written for another product.
#[derive(Debug)]
pub struct Dialect {
    name: String,
    client: Client,
    address: SocketAddr,
    prefix: String,
    token: String,
    settings: BTreeMap<String, String>,
    directory: PathBuf,
}

impl Dialect {
    /// A client on the main listener, with a key of its own in the first workspace.
    #[track_caller]
    pub fn of(server: &Server, database: &Database, name: &str) -> Self {
        Self::with(server, database, name, &[])
    }

    /// The same with further arguments for `causerie key create`.
    ///
    /// # Panics
    /// When no key is made.
    #[track_caller]
    pub fn with(server: &Server, database: &Database, name: &str, args: &[&str]) -> Self {
        let first = ["key", "create", "--dialect", name, "--json"];
        let line = Line::new(database).args(first).args(args.iter().copied());
        let made: Value = serde_json::from_str(&line.succeed()).expect("JSON");
        let settings = made["settings"].as_object().expect("settings").iter();
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        Self {
            name: name.to_owned(),
            client: Client::new(server.address(), ""),
            address: server.address(),
            prefix: format!("/dialects/{name}"),
            token: made["key"].as_str().expect("the key").to_owned(),
            settings: settings
                .map(|(label, value)| (label.clone(), text(value)))
                .collect(),
            directory: database.directory().to_owned(),
        }
    }

    /// The same client with a connection of its own.
    #[must_use]
    pub fn another(&self) -> Self {
        self.with_token(&self.token)
    }

    /// The same with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            name: self.name.clone(),
            client: self.client.another(),
            address: self.address,
            prefix: self.prefix.clone(),
            token: token.to_owned(),
            settings: self.settings.clone(),
            directory: self.directory.clone(),
        }
    }

    /// The same at a listener that is the dialect's own.
    #[must_use]
    pub fn at_root_of(&self, address: SocketAddr) -> Self {
        Self {
            client: Client::new(address, ""),
            address,
            prefix: String::new(),
            ..self.another()
        }
    }

    /// Talks to a server that has another address from now on.
    pub fn turn_to(&mut self, server: &Server) {
        self.address = server.address();
        self.client.turn_to(self.address);
    }

    /// What a client is told as its base URL.
    pub fn base(&self) -> String {
        format!("http://{}{}", self.address, self.prefix)
    }

    /// Its key.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// One of the settings that came with the key.
    ///
    /// # Panics
    /// When there is none of this name.
    #[track_caller]
    pub fn setting(&self, label: &str) -> &str {
        let known = &self.settings;
        let found = known.get(label);
        found.unwrap_or_else(|| panic!("no {label} in {known:?}"))
    }

    /// What a program is told: `BASE_URL`, `TOKEN`, and the settings in capitals.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let settings = self.settings.iter();
        let mut all: BTreeMap<String, String> = settings
            .map(|(label, value)| (variable(label), value.clone()))
            .collect();
        all.insert("BASE_URL".to_owned(), self.base());
        all.insert("TOKEN".to_owned(), self.token.clone());
        all
    }

    /// The header that shows the key.
    pub fn credentials(&self) -> (&'static str, String) {
        let token = &self.token;
        match self.name.as_str() {
            "doto" => ("api_access_token", token.clone()),
            "bird" => ("authorization", format!("AccessKey {token}")),
            _ => ("authorization", format!("Bearer {token}")),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An answer that has to be an error of this status in the dialect's own form.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn check_error(&self, answer: Answer, status: u16) {
        let what = format!("{}: {} {}", self.name, answer.status, answer.text());
        let kind = answer.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/json"), "{kind}: {what}");
        assert_eq!(answer.status, status, "{what}");
        shape::check(&answer.expect(status), &self.error());
    }

    /// The form of its errors.
    fn error(&self) -> Shape {
        match self.name.as_str() {
            "bird" => object([
                ("code", filled()),
                ("message", filled()),
                ("details", optional(map(list(filled())))),
            ]),
            "doto" => object([("error", filled())]).and_others(),
            "protocol" => object([
                ("type", one_of(["invalid_request", "api_error"])),
                ("message", filled()),
                ("documentation_url", filled()),
            ]),
            "saasignal" => object([
                ("code", filled()),
                ("message", filled()),
                ("success", is(false)),
                ("error", filled()),
            ]),
            _ => object([
                ("message", filled()),
                ("errors", optional(map(list(filled())))),
            ]),
        }
    }

    /// Asks and has to be answered.
    #[track_caller]
    pub fn get(&mut self, path: &str) -> Answer {
        self.call("GET", path, None)
    }

    /// Posts and has to be answered.
    #[track_caller]
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, Some(body))
    }

    /// Puts and has to be answered.
    #[track_caller]
    pub fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, Some(body))
    }

    /// Patches and has to be answered.
    #[track_caller]
    pub fn patch(&mut self, path: &str, body: &Value) -> Answer {
        self.call("PATCH", path, Some(body))
    }

    /// Deletes and has to be answered.
    #[track_caller]
    pub fn delete(&mut self, path: &str) -> Answer {
        self.call("DELETE", path, None)
    }

    /// Asks with the key and has to be answered; `path` is what comes after the base URL.
    #[track_caller]
    pub fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let (name, value) = self.credentials();
        let path = format!("{}{path}", self.prefix);
        self.client.call(method, &path, &[(name, &value)], body)
    }

    /// Posts a form with the key.
    #[track_caller]
    pub fn form(&mut self, path: &str, form: &Form) -> Answer {
        self.bring("POST", path, &[Form::TYPE], &form.bytes())
    }

    /// Sends bytes of any type with the key and has to be answered.
    #[track_caller]
    pub fn bring(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let (name, value) = self.credentials();
        let headers = [headers, &[(name, value.as_str())]].concat();
        self.knock(method, path, &headers, body)
    }

    /// Sends bytes with these headers only, without the key, and has to be answered.
    #[track_caller]
    pub fn knock(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let path = format!("{}{path}", self.prefix);
        self.client.bring(method, &path, headers, body)
    }

    /// Runs a command line of `curl` as it is, but for what the test replaces; files are looked for in the
    /// directory of the test's database.
    #[track_caller]
    pub fn curl(&self, script: &str, instead: &[(&str, &str)]) -> Answer {
        curl::run(&self.directory, script, instead)
    }
}

/// A label as the name of a variable: `channelId` is `CHANNEL_ID`.
fn variable(label: &str) -> String {
    label.chars().fold(String::new(), |mut name, letter| {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        let is_word = letter.is_ascii_alphanumeric();
        name.push(if is_word {
            letter.to_ascii_uppercase()
        } else {
            '_'
        });
        name
    })
}
