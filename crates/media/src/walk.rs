//! Listing what lies in a directory of files.
//!
//! What has no name that we would give is passed over.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use causerie_core::media::Digest;
use causerie_core::{MediaId, WorkspaceId};

/// The names in a directory in their order; none if it is not there.
pub(crate) fn names(directory: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

fn workspaces(directory: &Path) -> io::Result<impl Iterator<Item = (WorkspaceId, String)>> {
    let named = |name: String| WorkspaceId::parse(&name).ok().map(|id| (id, name));
    Ok(names(directory)?.into_iter().filter_map(named))
}

/// Up to `limit` of what is kept, with sizes, in order, after a place.
pub(crate) fn kept(
    root: &Path,
    after: Option<(WorkspaceId, Digest)>,
    limit: usize,
) -> io::Result<Vec<(WorkspaceId, Digest, u64)>> {
    let mut found = Vec::new();
    for (workspace, name) in workspaces(root)? {
        if after.is_some_and(|(last, _)| workspace < last) {
            continue;
        }
        let last = after.filter(|(last, _)| workspace == *last);
        let last = last.map(|(_, digest)| digest.to_string());
        for drawer in names(&root.join(&name))? {
            if last
                .as_ref()
                .is_some_and(|last| drawer.as_str() < &last[..2])
            {
                continue;
            }
            let drawer = root.join(&name).join(drawer);
            for name in names(&drawer)? {
                if found.len() >= limit {
                    return Ok(found);
                }
                let Some(digest) = Digest::parse(&name) else {
                    continue;
                };
                if last.as_ref().is_some_and(|last| name <= *last) {
                    continue;
                }
                match fs::metadata(drawer.join(&name)) {
                    Ok(metadata) => found.push((workspace, digest, metadata.len())),
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(found)
}

/// Up to `limit` temporary places in which nothing has changed for `age`.
pub(crate) fn stale(
    root: &Path,
    age: Duration,
    limit: usize,
) -> io::Result<Vec<(WorkspaceId, MediaId)>> {
    let mut found = Vec::new();
    for (workspace, name) in workspaces(root)? {
        for file in names(&root.join(&name))? {
            if found.len() >= limit {
                return Ok(found);
            }
            let Ok(id) = MediaId::parse(&file) else {
                continue;
            };
            let directory = root.join(&name).join(&file);
            let mut inside = names(&directory)?
                .into_iter()
                .map(|one| directory.join(one));
            if is_old(&directory, age)?
                && inside.try_fold(true, |old, one| io::Result::Ok(old && is_old(&one, age)?))?
            {
                found.push((workspace, id));
            }
        }
    }
    Ok(found)
}

/// Whether something has not changed for `age`; what is gone meanwhile has.
fn is_old(path: &Path, age: Duration) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata
            .modified()?
            .elapsed()
            .is_ok_and(|since| since >= age)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
