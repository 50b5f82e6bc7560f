//! What the program says: results on standard output, everything else on standard error.
//!
//! A reader that went away is not an error: what is left unsaid is dropped.

use std::fmt::Display;
use std::io::Write as _;

/// A line of result.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A line for people, beside the result.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Why the program ends, as one line.
pub(crate) fn complain(why: &dyn Display) {
    let sentence = format!("{why:#}");
    let words: Vec<&str> = sentence
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    note(format_args!("causerie: {}", words.join(" ")));
}

/// Rows under headings, columns aligned.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let lengths = cells.map(|cell| cell.chars().count());
        lengths.chain([headings[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        say(padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(&mut headings.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}
