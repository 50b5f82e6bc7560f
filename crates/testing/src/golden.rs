//! Golden files: compares a text with a committed file, and rewrites the file when asked to.
//!
//! Knows nothing of HTTP: what goes into a file, and where the files are, is decided by the test.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The variable that makes every comparison rewrite its file instead: `UPDATE_GOLDEN=1`.
pub const UPDATE_VARIABLE: &str = "UPDATE_GOLDEN";

/// How many lines of agreement a difference shows before and after.
const CONTEXT_LINES: usize = 3;

/// Compares `actual` with the file, to the byte; a final line feed is added to `actual` when it has
/// none. With `UPDATE_GOLDEN=1` the file (and its folder) is written instead.
///
/// # Panics
/// When they differ, with the difference; when the file is missing or cannot be read or written.
#[track_caller]
pub fn check(file: impl AsRef<Path>, actual: &str) {
    let update = env::var_os(UPDATE_VARIABLE).is_some_and(|value| !value.is_empty());
    if let Err(problem) = compare(file.as_ref(), actual, update) {
        panic!("{problem}");
    }
}

fn compare(file: &Path, actual: &str, update: bool) -> Result<(), String> {
    let mut actual = actual.to_owned();
    if !actual.ends_with('\n') {
        actual.push('\n');
    }
    let shown = file.display();
    if update {
        let folder = file.parent().unwrap_or(Path::new("."));
        return fs::create_dir_all(folder)
            .and_then(|()| fs::write(file, actual))
            .map_err(|error| format!("cannot write {shown}: {error}"));
    }
    match fs::read_to_string(file) {
        Ok(golden) if golden == actual => Ok(()),
        Ok(golden) => Err(format!(
            "{shown} differs (- committed, + now; {UPDATE_VARIABLE}=1 accepts it):\n{}",
            difference(&golden, &actual)
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!(
            "{shown} is missing ({UPDATE_VARIABLE}=1 writes it):\n{actual}"
        )),
        Err(error) => Err(format!("cannot read {shown}: {error}")),
    }
}

/// The files below `dir` that are not among `used`, in order: goldens that no test compares any
/// more. Paths are compared as written, so build both from the same `dir`.
///
/// # Errors
/// When a folder cannot be read; a `dir` that does not exist has no files.
pub fn unused<P: AsRef<Path>>(
    dir: impl AsRef<Path>,
    used: impl IntoIterator<Item = P>,
) -> io::Result<Vec<PathBuf>> {
    let used: BTreeSet<PathBuf> = used
        .into_iter()
        .map(|path| path.as_ref().to_owned())
        .collect();
    let mut folders = vec![dir.as_ref().to_owned()];
    let mut left = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !used.contains(&path) {
                left.insert(path);
            }
        }
    }
    Ok(left.into_iter().collect())
}

/// The lines that differ, marked `-` and `+`, each group with a few lines around it and its line
/// number in `before`.
pub fn difference(before: &str, after: &str) -> String {
    let (before, after): (Vec<_>, Vec<_>) = (lines(before), lines(after));
    let steps = edit(&before, &after);
    let near = |at: usize| {
        steps[at.saturating_sub(CONTEXT_LINES)..steps.len().min(at + CONTEXT_LINES + 1)]
            .iter()
            .any(|(mark, _)| *mark != ' ')
    };
    let (mut out, mut line, mut gap) = (String::new(), 1, true);
    for (at, (mark, text)) in steps.iter().enumerate() {
        if near(at) {
            if gap {
                // Writing to a string never fails.
                let _ = writeln!(out, "@@ line {line}");
            }
            let _ = writeln!(out, "{mark}{text}");
        }
        gap = !near(at);
        line += usize::from(*mark != '+');
    }
    out
}

/// Lines with their ends, so that a missing final line feed and a carriage return show.
fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(whole) => whole.replace('\r', "\\r"),
            None => format!("{line}\\ no line feed at the end"),
        })
        .collect()
}

/// The steps from one list of lines to the other along their longest common subsequence, found in
/// time and space that grow with the product of what is left between common ends.
fn edit<'a>(before: &'a [String], after: &'a [String]) -> Vec<(char, &'a str)> {
    let same = |one: &&String, other: &&String| one == other;
    let head = before
        .iter()
        .zip(after)
        .take_while(|(one, other)| same(one, other))
        .count();
    let tail = before[head..]
        .iter()
        .rev()
        .zip(after[head..].iter().rev())
        .take_while(|(one, other)| same(one, other))
        .count();
    let (old, new) = (
        &before[head..before.len() - tail],
        &after[head..after.len() - tail],
    );
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for (i, one) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            common[i][j] = if one == other {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let kept = |line: &'a String| (' ', line.as_str());
    let mut steps: Vec<_> = before[..head].iter().map(kept).collect();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            steps.push((' ', &old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            steps.push(('-', &old[i]));
            i += 1;
        } else {
            steps.push(('+', &new[j]));
            j += 1;
        }
    }
    steps.extend(before[before.len() - tail..].iter().map(kept));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("causerie-golden-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        folder
    }

    #[test]
    fn a_file_is_written_once_and_then_compared() {
        let folder = folder("compared");
        let file = folder.join("deep/answer.json");
        let missing = compare(&file, "{}", false).expect_err("no file yet");
        assert!(missing.contains("is missing"), "{missing}");
        compare(&file, "{}", true).expect("written");
        compare(&file, "{}\n", false).expect("the same");
        let changed = compare(&file, "[]", false).expect_err("another text");
        assert!(changed.ends_with("@@ line 1\n-{}\n+[]\n"), "{changed}");
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn files_that_no_test_compared_are_found() {
        let folder = folder("unused");
        for name in ["a.json", "deep/b.json", "deep/c.json"] {
            compare(&folder.join(name), "", true).expect("written");
        }
        let left = unused(&folder, [folder.join("deep/b.json")]).expect("readable");
        assert_eq!(left, [folder.join("a.json"), folder.join("deep/c.json")]);
        fs::remove_dir_all(&folder).expect("removed");
        let none = unused(&folder, [&folder]).expect("nothing");
        assert!(none.is_empty(), "{none:?}");
    }

    #[test]
    fn a_difference_shows_its_surroundings_only() {
        let numbers: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
        let before = numbers.join("\n") + "\n";
        let after = before.replace("\n10\n", "\nten\n") + "end";
        assert_eq!(
            difference(&before, &after),
            "@@ line 7\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n\
             @@ line 18\n 18\n 19\n 20\n+end\\ no line feed at the end\n"
        );
        assert_eq!(difference(&before, &before), "");
    }
}
