//! `cargo xtask tidy`: the house rules that neither the compiler nor clippy knows.
//! Reads files and reports; it never rewrites one.

mod docker;
mod migration;
mod source;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// Directories that hold our sources; everything else at the top is documents or output.
const SOURCE_DIRS: [&str; 3] = ["crates", "xtask", "tests"];

/// Something to put right: a place and a sentence.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    place: String,
    text: String,
}

impl Finding {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            text: text.into(),
        }
    }
}

/// Checks the workspace as it is.
pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let mut findings = Vec::new();
    let mut files = 0;
    for dir in SOURCE_DIRS {
        for path in rust_files(&root.join(dir))? {
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            let text = std::fs::read_to_string(&path).with_context(|| name.clone())?;
            findings.extend(source::check(&name, &text));
            files += 1;
        }
    }
    findings.extend(migration::check(&root.join("migrations")));
    findings.extend(table::check(root)?);
    findings.extend(docker::check(root)?);
    findings.sort();
    for finding in &findings {
        eprintln!("{}: {}", finding.place, finding.text);
    }
    match findings.len() {
        0 => eprintln!("tidy: {files} files, nothing to put right"),
        count => bail!("tidy: {count} to put right"),
    }
    Ok(())
}

/// Every `.rs` file below `dir`, in a stable order.
fn rust_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(&dir).with_context(|| dir.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    dirs.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The names of the entries of `dir` that are directories, sorted; none when it does not exist.
fn subdirectories(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
