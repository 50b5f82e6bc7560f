//! The `Dockerfile` keeps step with the workspace although it is not built here: the same Rust
//! version, and every directory that the build needs.
//! Judges nothing else about the image.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Finding;

/// What the build reads beside the members: migrations are embedded into the binary.
const EMBEDDED_DIRS: [&str; 2] = [".cargo", "migrations"];

pub(crate) fn check(root: &Path) -> Result<Vec<Finding>> {
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).context("Cargo.toml")?;
    let Ok(dockerfile) = std::fs::read_to_string(root.join("Dockerfile")) else {
        return Ok(vec![Finding::new("Dockerfile", "is missing")]);
    };
    compare(&manifest, &dockerfile)
}

fn compare(manifest: &str, dockerfile: &str) -> Result<Vec<Finding>> {
    let manifest: toml::Table = manifest.parse()?;
    let workspace = &manifest["workspace"];
    let version = workspace["package"]["rust-version"]
        .as_str()
        .context("no rust-version")?;
    let members = workspace["members"].as_array().context("no members")?;
    let mut needed: BTreeSet<&str> = EMBEDDED_DIRS.into();
    needed.extend(
        members
            .iter()
            .filter_map(|member| member.as_str()?.split('/').next()),
    );

    let mut findings = Vec::new();
    let image = format!("rust:{version}-");
    let is_image = |line: &str| line.split_whitespace().any(|word| word.starts_with(&image));
    if !dockerfile
        .lines()
        .any(|line| line.starts_with("FROM") && is_image(line))
    {
        findings.push(Finding::new(
            "Dockerfile",
            format!("is not built from `{image}…`"),
        ));
    }
    let copied = copied_dirs(dockerfile);
    for dir in needed.difference(&copied) {
        findings.push(Finding::new("Dockerfile", format!("does not copy `{dir}`")));
    }
    for dir in copied.difference(&needed) {
        findings.push(Finding::new(
            "Dockerfile",
            format!("copies `{dir}`, which is not needed"),
        ));
    }
    Ok(findings)
}

/// The directories that are copied from the checkout: `COPY dir dir`.
fn copied_dirs(dockerfile: &str) -> BTreeSet<&str> {
    let copies = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "));
    copies
        .filter(|copy| !copy.contains("--from"))
        .filter_map(|copy| {
            let (from, to) = copy.trim().rsplit_once(char::is_whitespace)?;
            (from == to).then_some(to)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        [workspace]
        members = ["crates/*", "xtask"]
        package.rust-version = "1.95"
    "#;
    const DOCKERFILE: &str = "FROM rust:1.95-slim AS build\nCOPY Cargo.toml Cargo.lock ./\n\
        COPY .cargo .cargo\nCOPY crates crates\nCOPY migrations migrations\nCOPY xtask xtask\n\
        FROM debian\nCOPY --from=build /causerie /usr/local/bin/causerie\n";

    #[test]
    fn a_file_in_step_is_left_alone() {
        assert_eq!(compare(MANIFEST, DOCKERFILE).expect("readable"), []);
    }

    #[test]
    fn another_version_or_directory_is_found() {
        let changes = [
            ("rust:1.95-", "rust:1.94-", "is not built from"),
            ("COPY xtask xtask\n", "", "does not copy `xtask`"),
            (
                "COPY crates",
                "COPY docs docs\nCOPY crates",
                "copies `docs`",
            ),
        ];
        for (from, to, expected) in changes {
            let other = DOCKERFILE.replace(from, to);
            let found = compare(MANIFEST, &other).expect("readable");
            assert!(
                found.len() == 1 && found[0].text.contains(expected),
                "{found:?}"
            );
        }
    }
}
