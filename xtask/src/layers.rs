//! `cargo xtask layers`: dependencies between crates point inwards, and frameworks stay outside.
//! Judges cargo's resolved graph only; what a module may use inside a crate is for reviewers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::workspace;

/// For each package, the packages of this workspace that it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("causerie-core", &[]),
    ("causerie-testing", &["causerie-core"]),
    ("causerie-storage", &["causerie-core"]),
    ("causerie-http", &["causerie-core"]),
    ("causerie-dialects", &["causerie-http", "causerie-core"]),
    ("causerie-worker", &["causerie-core"]),
    ("causerie-media", &["causerie-core"]),
    ("causerie-outbound", &["causerie-core"]),
    (
        "causerie",
        &[
            "causerie-http",
            "causerie-dialects",
            "causerie-worker",
            "causerie-storage",
            "causerie-media",
            "causerie-outbound",
            "causerie-core",
        ],
    ),
    ("causerie-tests", &["causerie-testing"]),
    ("xtask", &[]),
];

/// What only tests may depend on, and whose tests may.
const TEST_ONLY: &str = "causerie-testing";
const MAY_TEST: &[&str] = &[
    "causerie-storage",
    "causerie-http",
    "causerie-dialects",
    "causerie-worker",
    "causerie-media",
    "causerie-outbound",
    "causerie",
    "causerie-tests",
];

/// What only the crate of files and the crate of the way outside know.
const OUTSIDE: [&str; 4] = ["lettre", "mail-parser", "object_store", "reqwest"];

/// For each package, the beginnings of names that must not be compiled into it, at any depth.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "causerie-core",
        &["actix", "diesel", "http", "tokio", "r2d2"],
    ),
    ("causerie-core", &OUTSIDE),
    ("causerie-testing", &["actix", "diesel", "tokio", "r2d2"]),
    ("causerie-testing", &OUTSIDE),
    ("causerie-http", &["diesel", "r2d2"]),
    ("causerie-http", &OUTSIDE),
    ("causerie-dialects", &["diesel", "r2d2"]),
    ("causerie-dialects", &OUTSIDE),
    ("causerie-worker", &["actix", "diesel", "r2d2"]),
    ("causerie-worker", &OUTSIDE),
    ("causerie-storage", &["actix"]),
    ("causerie-storage", &OUTSIDE),
    ("causerie-media", &["actix", "diesel", "lettre", "r2d2"]),
    (
        "causerie-outbound",
        &["actix", "diesel", "object_store", "r2d2"],
    ),
];

/// Checks the workspace as it is.
pub(crate) fn run() -> Result<()> {
    let graph = Graph::parse(&workspace::metadata()?)?;
    let findings = graph.findings();
    if findings.is_empty() {
        eprintln!(
            "layers: {} packages, no forbidden edge",
            graph.members.len()
        );
        return Ok(());
    }
    bail!("{}", findings.join("\n"))
}

/// The resolved packages with their dependencies, development dependencies apart.
#[derive(Default)]
struct Graph {
    members: BTreeSet<String>,
    built_in: BTreeMap<String, BTreeSet<String>>,
    for_tests: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn parse(metadata: &Value) -> Result<Self> {
        let packages = metadata["packages"]
            .as_array()
            .context("metadata has no packages")?;
        let names: BTreeMap<&str, &str> = packages
            .iter()
            .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
            .collect();
        let name_of = |id: &Value| -> Result<String> {
            let id = id.as_str().context("a package id is not text")?;
            Ok((*names.get(id).with_context(|| format!("no package {id}"))?).to_owned())
        };
        let mut graph = Self::default();
        for id in metadata["workspace_members"]
            .as_array()
            .context("metadata has no members")?
        {
            graph.members.insert(name_of(id)?);
        }
        let nodes = metadata["resolve"]["nodes"]
            .as_array()
            .context("metadata has no graph")?;
        for node in nodes {
            let from = name_of(&node["id"])?;
            for dependency in node["deps"]
                .as_array()
                .context("a node has no dependencies")?
            {
                let to = name_of(&dependency["pkg"])?;
                for kind in dependency["dep_kinds"].as_array().context("no kinds")? {
                    let edges = if kind["kind"] == "dev" {
                        &mut graph.for_tests
                    } else {
                        &mut graph.built_in
                    };
                    edges.entry(from.clone()).or_default().insert(to.clone());
                }
            }
        }
        Ok(graph)
    }

    /// One sentence for each edge that must not be.
    fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for member in &self.members {
            let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| name == member) else {
                findings.push(format!(
                    "{member} has no place in the layers: add it to xtask"
                ));
                continue;
            };
            for to in self.members_in(&self.built_in, member) {
                if !allowed.contains(&to.as_str()) {
                    findings.push(format!("{member} must not depend on {to}"));
                }
            }
            for to in self.members_in(&self.for_tests, member) {
                let is_test_kit = to == TEST_ONLY && MAY_TEST.contains(&member.as_str());
                if !is_test_kit && !allowed.contains(&to.as_str()) {
                    findings.push(format!("tests of {member} must not depend on {to}"));
                }
            }
        }
        for (member, beginnings) in FORBIDDEN {
            findings.extend(self.forbidden_below(member, beginnings));
        }
        findings
    }

    fn members_in(&self, edges: &BTreeMap<String, BTreeSet<String>>, from: &str) -> Vec<String> {
        let to = edges.get(from).into_iter().flatten();
        to.filter(|name| self.members.contains(*name))
            .cloned()
            .collect()
    }

    /// The forbidden packages that are compiled into `member`, each with the way to it.
    fn forbidden_below(&self, member: &str, beginnings: &[&str]) -> Vec<String> {
        let mut findings = Vec::new();
        let mut seen = BTreeSet::from([member.to_owned()]);
        let mut paths = vec![vec![member.to_owned()]];
        while let Some(path) = paths.pop() {
            let last = path.last().map_or("", String::as_str);
            for to in self.built_in.get(last).into_iter().flatten() {
                if !seen.insert(to.clone()) {
                    continue;
                }
                let mut path = path.clone();
                path.push(to.clone());
                if beginnings.iter().any(|beginning| to.starts_with(beginning)) {
                    findings.push(format!(
                        "{member} must not contain {to} ({})",
                        path.join(" → ")
                    ));
                } else {
                    paths.push(path);
                }
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edges as `from → to`, development dependencies as `from ⇢ to`.
    fn check(edges: &str, expected: &[&str]) {
        let mut graph = Graph::default();
        graph
            .members
            .extend(ALLOWED.iter().map(|(name, _)| (*name).to_owned()));
        for edge in edges.split(", ").filter(|edge| !edge.is_empty()) {
            let (kind, arrow) = if edge.contains('⇢') {
                (&mut graph.for_tests, " ⇢ ")
            } else {
                (&mut graph.built_in, " → ")
            };
            let (from, to) = edge.split_once(arrow).expect("an edge");
            kind.entry(from.to_owned())
                .or_default()
                .insert(to.to_owned());
        }
        assert_eq!(graph.findings(), expected, "{edges}");
    }

    #[test]
    fn arrows_point_inwards() {
        check(
            "causerie → causerie-http, causerie-http → causerie-core",
            &[],
        );
        check(
            "causerie-core → causerie-http",
            &["causerie-core must not depend on causerie-http"],
        );
        check(
            "causerie-http → causerie-storage",
            &["causerie-http must not depend on causerie-storage"],
        );
        check(
            "xtask → causerie-core",
            &["xtask must not depend on causerie-core"],
        );
    }

    #[test]
    fn the_test_kit_is_for_tests_of_the_outer_crates() {
        check("causerie-storage ⇢ causerie-testing", &[]);
        check(
            "causerie-core ⇢ causerie-testing",
            &["tests of causerie-core must not depend on causerie-testing"],
        );
        check(
            "causerie-storage → causerie-testing",
            &["causerie-storage must not depend on causerie-testing"],
        );
    }

    #[test]
    fn frameworks_stay_out_at_any_depth() {
        check(
            "causerie-core → innocent, innocent → tokio-util",
            &["causerie-core must not contain tokio-util (causerie-core → innocent → tokio-util)"],
        );
        check("causerie-core ⇢ tokio", &[]);
        check(
            "causerie-worker → lettre, causerie-outbound → lettre",
            &["causerie-worker must not contain lettre (causerie-worker → lettre)"],
        );
        check(
            "causerie-storage → actix-rt, causerie-http → diesel",
            &[
                "causerie-http must not contain diesel (causerie-http → diesel)",
                "causerie-storage must not contain actix-rt (causerie-storage → actix-rt)",
            ],
        );
    }

    #[test]
    fn a_package_without_a_place_is_found() {
        let graph = Graph {
            members: BTreeSet::from(["stray".to_owned()]),
            ..Graph::default()
        };
        assert_eq!(
            graph.findings(),
            ["stray has no place in the layers: add it to xtask"]
        );
    }

    #[test]
    fn metadata_is_read_with_its_kinds() {
        let metadata = serde_json::json!({
            "packages": [{"id": "1", "name": "causerie-core"}, {"id": "2", "name": "tokio"}],
            "workspace_members": ["1"],
            "resolve": {"nodes": [
                {"id": "1", "deps": [{"pkg": "2", "dep_kinds": [{"kind": "dev"}]}]},
                {"id": "2", "deps": []},
            ]},
        });
        let graph = Graph::parse(&metadata).expect("metadata");
        assert!(graph.built_in.is_empty());
        assert!(graph.for_tests["causerie-core"].contains("tokio"));
    }
}
