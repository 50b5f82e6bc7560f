//! Every crate is named in a document that shows newcomers around.
//! Says nothing about what the document has to say of it.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::{Finding, subdirectories};

/// The documents that hold the map of the crates; being in one of them is enough.
const DOCUMENTS: [&str; 2] = ["README.md", "docs/ARCHITECTURE.md"];

pub(crate) fn check(root: &Path) -> Result<Vec<Finding>> {
    let documents: String = DOCUMENTS
        .iter()
        .map(|name| std::fs::read_to_string(root.join(name)).unwrap_or_default())
        .collect();
    let mut findings = Vec::new();
    for name in subdirectories(&root.join("crates")) {
        let manifest = root.join("crates").join(&name).join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest)
            .with_context(|| format!("crates/{name} has no manifest"))?;
        let manifest: toml::Table = text.parse()?;
        let package = manifest["package"]["name"].as_str().unwrap_or(&name);
        if !names(&documents, package) {
            let text = format!(
                "{package} is in the table of neither {}",
                DOCUMENTS.join(" nor ")
            );
            findings.push(Finding::new(format!("crates/{name}"), text));
        }
    }
    Ok(findings)
}

/// Whether `text` has a table row that names `package` in code or as a link, as a whole word.
fn names(text: &str, package: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.lines()
        .filter(|line| line.trim_start().starts_with('|'))
        .any(|line| {
            line.match_indices(package).any(|(at, _)| {
                !line[..at].ends_with(is_word) && !line[at + package.len()..].starts_with(is_word)
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_named_as_a_whole_word_in_a_table() {
        let text = "causerie-core does it all\n| `causerie-http` | the API |\n";
        assert!(names(text, "causerie-http"));
        assert!(!names(text, "causerie"));
        assert!(!names(text, "causerie-core"));
    }
}
