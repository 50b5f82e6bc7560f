//! `cargo xtask docs`: references that the product prints about itself, kept under `docs/`.
//! Writes no prose: what a reference says is in the code that it describes.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::{command, workspace};

/// Each generated file with the reference that it is.
const FILES: [(&str, &str); 6] = [
    ("docs/openapi.json", "openapi"),
    ("docs/problems.md", "problems"),
    ("docs/events.md", "events"),
    ("docs/configuration.md", "configuration"),
    ("docs/metrics.md", "metrics"),
    ("docs/dialects.md", "dialects"),
];

#[derive(Debug, Default, clap::Args)]
pub(crate) struct DocsArgs {
    /// Write nothing; fail when a file is not what the code says.
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(args: &DocsArgs) -> Result<()> {
    let binary = workspace::build("causerie", &["--workspace", "--all-targets"])?;
    run_with(&binary, workspace::root(), args)
}

fn run_with(binary: &Path, root: &Path, args: &DocsArgs) -> Result<()> {
    let mut stale = Vec::new();
    for (file, reference) in FILES {
        let text = command::capture(command::product(binary).args(["reference", reference]))?;
        let path = root.join(file);
        if std::fs::read_to_string(&path).is_ok_and(|current| current == text) {
            continue;
        }
        if args.check {
            stale.push(file);
        } else {
            std::fs::write(&path, text).with_context(|| format!("could not write {file}"))?;
            eprintln!("docs: wrote {file}");
        }
    }
    if !stale.is_empty() {
        bail!(
            "not what the code says: {}; run `cargo xtask docs`",
            stale.join(", ")
        );
    }
    eprintln!("docs: {} generated files are up to date", FILES.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_passes_the_check_until_the_product_changes() {
        let root = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(root.path().join("docs")).expect("a directory");
        let product = root.path().join("product");
        let change = |text: &str| {
            std::fs::write(&product, format!("#!/bin/sh\necho {text} $2\n")).expect("a script");
            let permissions = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&product, permissions).expect("executable");
        };
        let check = DocsArgs { check: true };

        change("old");
        let failure = run_with(&product, root.path(), &check).expect_err("nothing is there");
        assert!(
            failure.to_string().contains("run `cargo xtask docs`"),
            "{failure}"
        );
        run_with(&product, root.path(), &DocsArgs::default()).expect("written");
        run_with(&product, root.path(), &check).expect("up to date");
        change("new");
        run_with(&product, root.path(), &check).expect_err("out of date");
    }
}
