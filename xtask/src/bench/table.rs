//! The budget and what was measured against it, one line each.
//! Ratios decide; absolute numbers stand beside them for readers who know the machine.

use std::fmt::Write as _;

use super::contender::Measured;
use super::number::thousands;

/// What a line has to keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Floor {
    AtLeast(f64),
    AtMost(f64),
    /// Nothing: it is only stated.
    Stated,
}

impl Floor {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(floor) => value >= floor,
            Self::AtMost(ceiling) => value <= ceiling,
            Self::Stated => true,
        }
    }

    fn to_text(self) -> String {
        match self {
            Self::AtLeast(floor) => format!("≥ {floor}"),
            Self::AtMost(ceiling) => format!("≤ {ceiling}"),
            Self::Stated => "none".to_owned(),
        }
    }
}

/// One line of the budget.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) store: &'static str,
    pub(super) name: String,
    pub(super) floor: Floor,
    pub(super) aim: Option<f64>,
    /// `None` when it could not be measured here; the absolute text says why.
    pub(super) measured: Option<f64>,
    pub(super) absolute: String,
}

impl Line {
    fn verdict(&self) -> &'static str {
        match (self.measured, self.aim) {
            (None, _) => "not measured",
            (Some(_), _) if self.floor == Floor::Stated => "stated",
            (Some(value), _) if !self.floor.is_met(value) => "FELL SHORT",
            (Some(value), Some(aim)) if value >= aim => "met, and the aim",
            (Some(_), _) => "met",
        }
    }

    pub(super) fn fell_short(&self) -> bool {
        self.measured.is_some_and(|value| !self.floor.is_met(value))
    }
}

/// A line that compares the rates of two contenders.
pub(super) fn rates(
    store: &'static str,
    name: impl Into<String>,
    (floor, aim): (f64, Option<f64>),
    ours: &Measured,
    reference: Option<&Measured>,
) -> Line {
    let (ours_rate, their_rate) = (ours.rate(), reference.and_then(Measured::rate));
    let measured = reference.and_then(|reference| ours.ratio_to(reference));
    let mut absolute = match (ours_rate, their_rate) {
        (Some(ours), Some(theirs)) => format!("{}/s of {}/s", thousands(ours), thousands(theirs)),
        (Some(ours), None) => format!("{}/s; the reference is missing here", thousands(ours)),
        _ => "not measured".to_owned(),
    };
    if let (Some(p50), Some(p99)) = (ours.p50_us(), ours.p99_us()) {
        let _ = write!(
            absolute,
            ", p50 {:.2} ms, p99 {:.2} ms",
            p50 / 1e3,
            p99 / 1e3
        );
    }
    if let Some(cpu) = ours.cpu_us() {
        let _ = write!(absolute, ", cpu {cpu:.0} µs");
    }
    let floor = Floor::AtLeast(floor);
    Line {
        store,
        name: name.into(),
        floor,
        aim,
        measured,
        absolute,
    }
}

/// The table as text, then one sentence that counts.
pub(super) fn render(lines: &[Line]) -> String {
    let header = ["store", "line", "floor", "aim", "measured", "", "absolute"].map(str::to_owned);
    let mut rows = vec![header.to_vec()];
    for line in lines {
        rows.push(vec![
            line.store.to_owned(),
            line.name.clone(),
            line.floor.to_text(),
            line.aim.map(|aim| aim.to_string()).unwrap_or_default(),
            line.measured
                .map(|value| format!("{value:.2}"))
                .unwrap_or_default(),
            line.verdict().to_owned(),
            line.absolute.clone(),
        ]);
    }
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    let short = lines.iter().filter(|line| line.fell_short()).count();
    let unmeasured = lines.iter().filter(|line| line.measured.is_none()).count();
    let stated = lines
        .iter()
        .filter(|line| line.floor == Floor::Stated && line.measured.is_some())
        .count();
    let met = lines.len() - short - unmeasured - stated;
    let _ = writeln!(
        text,
        "\n{met} met, {short} fell short, {stated} stated, {unmeasured} not measured"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(floor: Floor, aim: Option<f64>, measured: Option<f64>) -> Line {
        let name = "a line".to_owned();
        Line {
            store: "sqlite",
            name,
            floor,
            aim,
            measured,
            absolute: String::new(),
        }
    }

    #[test]
    fn a_line_is_judged_by_its_floor_and_its_aim() {
        let cases = [
            (Floor::AtLeast(0.3), Some(0.4), Some(0.29), "FELL SHORT"),
            (Floor::AtLeast(0.3), Some(0.4), Some(0.35), "met"),
            (
                Floor::AtLeast(0.3),
                Some(0.4),
                Some(0.41),
                "met, and the aim",
            ),
            (Floor::AtMost(1.3), None, Some(1.31), "FELL SHORT"),
            (Floor::AtMost(1.3), None, Some(1.3), "met"),
            (Floor::AtMost(1.3), None, None, "not measured"),
            (Floor::Stated, None, Some(0.01), "stated"),
            (Floor::Stated, None, None, "not measured"),
        ];
        for (floor, aim, measured, expected) in cases {
            assert_eq!(
                line(floor, aim, measured).verdict(),
                expected,
                "{floor:?} {measured:?}"
            );
        }
    }

    #[test]
    fn the_table_ends_with_the_counts() {
        let text = render(&[
            line(Floor::AtMost(1.0), None, Some(2.0)),
            line(Floor::AtMost(1.0), None, Some(0.5)),
            line(Floor::Stated, None, Some(0.5)),
        ]);
        assert_eq!(
            text.lines().last(),
            Some("1 met, 1 fell short, 1 stated, 0 not measured")
        );
    }
}
