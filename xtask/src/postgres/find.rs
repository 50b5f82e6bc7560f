//! Finding the binaries of a Postgres server on this machine.
//! Looks only where packages put them and in the search path, and takes only what runs.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cluster::Owner;
use crate::command;

/// Where packages put server binaries beside the search path; `*` is a version.
const PLACES: [&str; 8] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
];

/// The directory of a server's programs, all of one version.
#[derive(Debug)]
pub(crate) struct Binaries {
    dir: PathBuf,
}

impl Binaries {
    /// The first directory whose server runs as `owner`.
    pub(crate) fn find(owner: Option<Owner>) -> Option<Self> {
        candidates()
            .into_iter()
            .find(|dir| runs(dir, owner))
            .map(|dir| Self { dir })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The program `name` of this server.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

fn candidates() -> Vec<PathBuf> {
    // A link in the search path is followed, because a server looks for its files beside itself.
    let searched = in_search_path("initdb")
        .filter_map(|initdb| Some(initdb.canonicalize().ok()?.parent()?.to_path_buf()));
    searched
        .chain(PLACES.iter().flat_map(|place| matching(place)))
        .collect()
}

fn runs(dir: &Path, owner: Option<Owner>) -> bool {
    ["postgres", "initdb"].iter().all(|name| {
        let mut command = Command::new(dir.join(name));
        command.arg("--version").current_dir("/");
        if let Some(owner) = owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command::succeeds(&mut command)
    })
}

/// Every file called `name` in the directories of `PATH`, in their order.
pub(crate) fn in_search_path(name: &str) -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let name = name.to_owned();
    dirs.into_iter()
        .map(move |dir| dir.join(&name))
        .filter(|file| file.is_file())
}

/// The directories that match `pattern`, the highest version first; a `*` stays inside one name.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        found = match part.split_once('*') {
            None => found.into_iter().map(|dir| dir.join(part)).collect(),
            Some((start, end)) => found
                .iter()
                .flat_map(|dir| entries(dir, start, end))
                .collect(),
        };
    }
    found.retain(|dir| dir.is_dir());
    found
}

fn entries(dir: &Path, start: &str, end: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(start) && name.ends_with(end))
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(version(name)));
    names.into_iter().map(|name| dir.join(name)).collect()
}

/// The number in a directory's name: 15 in `15`, `pgsql-15` and `postgresql@15`; 9.6 counts as 9.
fn version(name: &str) -> u32 {
    let digits = name.trim_start_matches(|character: char| !character.is_ascii_digit());
    let end = digits
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_comes_first() {
        let root = tempfile::tempdir().expect("a directory");
        for name in ["9.6", "15", "9", "16"] {
            std::fs::create_dir_all(root.path().join(name).join("bin")).expect("a directory");
        }
        let found = matching(&format!("{}/*/bin", root.path().display()));
        assert_eq!(found[0], root.path().join("16/bin"));
        assert_eq!(found[1], root.path().join("15/bin"));
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn a_version_is_read_from_any_name() {
        for (name, expected) in [
            ("15", 15),
            ("pgsql-13", 13),
            ("postgresql@17", 17),
            ("x", 0),
        ] {
            assert_eq!(version(name), expected, "{name}");
        }
    }
}
