//! Exchanges as they go over the wire, compared with files.
//!
//! Ids, times and secrets are given names, so that a golden says what is the same and not which it was.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use causerie_testing::{Names, golden};
use serde_json::Value;

use crate::world::{Answer, Ask, World};

/// Golden files of one folder.
pub(crate) struct Goldens {
    folder: PathBuf,
    names: Names,
    used: BTreeSet<PathBuf>,
}

impl Goldens {
    pub(crate) fn new(folder: &str) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        Self {
            folder: root.join(folder),
            names: Names::default(),
            used: BTreeSet::new(),
        }
    }

    /// Sends a request and compares both sides of the exchange with the file.
    pub(crate) async fn check(&mut self, world: &World, file: &str, ask: Ask) -> Answer {
        let ask = ask.header("X-Request-Id", "req_golden");
        let answer = world.send(&ask).await;
        let mut text = format!("{} {}\n", ask.method, ask.target);
        for (name, value) in &ask.headers {
            let _ = writeln!(text, "{name}: {value}");
        }
        text.push_str(&body_of(&ask.body));
        let _ = writeln!(text, "\n{}", answer.status);
        for (name, value) in &answer.headers {
            let _ = writeln!(text, "{name}: {}", in_order(name, value));
        }
        text.push_str(&body_of(&answer.body));
        let path = self.folder.join(format!("{file}.http"));
        golden::check(&path, &hide_secrets(&self.names.replace(&text)));
        assert!(self.used.insert(path), "{file} is used twice");
        answer
    }

    /// Fails if the folder holds files that were not compared.
    pub(crate) fn finish(self) {
        let left = golden::unused(&self.folder, &self.used).expect("the folder can be read");
        assert!(left.is_empty(), "no test compares {left:?}");
    }
}

/// What browsers may read is a set, which comes in another order each time.
fn in_order(name: &str, value: &str) -> String {
    let mut members: Vec<&str> = value.split(", ").collect();
    if name == "access-control-expose-headers" {
        members.sort_unstable();
    }
    members.join(", ")
}

fn body_of(body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok("") => String::new(),
        Ok(text) if text.len() > 20_000 => format!("\n({} bytes)\n", text.len()),
        Ok(text) if serde_json::from_str::<Value>(text).is_ok() => {
            format!("\n{}", causerie_testing::names::pretty(text))
        }
        Ok(text) => format!("\n{text}\n"),
        Err(_) => format!("\n({} bytes)\n", body.len()),
    }
}

/// What is signed with a secret, and secrets, with their digits left out: they follow from the ids before.
fn hide_secrets(text: &str) -> String {
    let mut parts = text.split_inclusive(['\n', '"']).map(|part| {
        let secret = ["whsec_", "webhook-signature: v1,"]
            .iter()
            .find(|prefix| part.starts_with(**prefix));
        match (secret, part.chars().last()) {
            (Some(prefix), Some(last)) => format!("{prefix}…{last}"),
            _ => part.to_owned(),
        }
    });
    parts.by_ref().collect()
}
