//! Migrations come in pairs: the same names for both databases, each with a way up and down.
//! That both yield the same schema is checked by `cargo xtask db schema`.

use std::path::Path;

use super::{Finding, subdirectories};

const STORES: [&str; 2] = ["sqlite", "postgres"];
const FILES: [&str; 2] = ["up.sql", "down.sql"];

pub(crate) fn check(dir: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let names = STORES.map(|store| subdirectories(&dir.join(store)));
    if names.iter().all(Vec::is_empty) {
        findings.push(Finding::new("migrations", "there are none"));
    }
    for (store, other, own, others) in [
        (STORES[0], STORES[1], &names[0], &names[1]),
        (STORES[1], STORES[0], &names[1], &names[0]),
    ] {
        for name in own {
            let place = format!("migrations/{store}/{name}");
            if !others.contains(name) {
                findings.push(Finding::new(
                    &place,
                    format!("has no counterpart for {other}"),
                ));
            }
            for file in FILES {
                if !dir.join(store).join(name).join(file).is_file() {
                    findings.push(Finding::new(&place, format!("has no {file}")));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_paired() {
        let root = tempfile::tempdir().expect("a directory");
        let write = |path: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            std::fs::write(path, "select 1;").expect("a file");
        };
        for store in STORES {
            for file in FILES {
                write(&format!("{store}/0001_start/{file}"));
            }
        }
        assert_eq!(check(root.path()), []);

        write("sqlite/0002_more/up.sql");
        let mut found = check(root.path());
        found.sort();
        let texts: Vec<&str> = found.iter().map(|finding| finding.text.as_str()).collect();
        assert_eq!(
            texts,
            ["has no counterpart for postgres", "has no down.sql"]
        );
    }
}
