//! What the child process says to its parent: a line of JSON, then the bytes of the versions in their order.
//!
//! The parent does not believe it: what does not fit is taken for a crash.

use std::io::{self, BufRead, BufReader, Read, Write};

use causerie_core::media::{Facts, Preset};
use serde::{Deserialize, Serialize};

/// How many bytes one version may have: more than the largest picture without any compression.
pub(super) const VERSION_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How many bytes the line of JSON may have.
const LINE_BYTES_MAX: u64 = 16 * 1024;

/// What was learned.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// It was read.
    Known(Facts, Vec<Drawn>),
    /// It is nothing that we can read.
    Unknown,
    /// It is not to be read.
    Refused(String),
}

/// A version and its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) preset: Preset,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
enum Line {
    Known {
        width: Option<u32>,
        height: Option<u32>,
        duration_ms: Option<u64>,
        /// Preset, pixels across, pixels down, bytes.
        versions: Vec<(i16, u32, u32, u64)>,
    },
    Unknown,
    Refused(String),
}

impl Report {
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (line, drawn) = match self {
            Self::Known(facts, drawn) => {
                let version = |one: &Drawn| {
                    let bytes = u64::try_from(one.bytes.len()).unwrap_or(u64::MAX);
                    (one.preset.number(), one.width, one.height, bytes)
                };
                let line = Line::Known {
                    width: facts.width,
                    height: facts.height,
                    duration_ms: facts.duration_ms,
                    versions: drawn.iter().map(version).collect(),
                };
                (line, &drawn[..])
            }
            Self::Unknown => (Line::Unknown, &[][..]),
            Self::Refused(problem) => (Line::Refused(problem.clone()), &[][..]),
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
        drawn.iter().try_for_each(|one| out.write_all(&one.bytes))
    }

    /// Reads what [`Report::write`] wrote; `None` if it is something else.
    pub(super) fn read(from: impl Read) -> Option<Self> {
        let mut from = BufReader::new(from);
        let mut line = String::new();
        let mut head = (&mut from).take(LINE_BYTES_MAX);
        head.read_line(&mut line).ok()?;
        match serde_json::from_str(&line).ok()? {
            Line::Unknown => Some(Self::Unknown),
            Line::Refused(problem) => Some(Self::Refused(problem)),
            Line::Known {
                width,
                height,
                duration_ms,
                versions,
            } => {
                let facts = Facts {
                    width,
                    height,
                    duration_ms,
                };
                let drawn = versions.into_iter().map(|one| Drawn::read(one, &mut from));
                Some(Self::Known(facts, drawn.collect::<Option<_>>()?))
            }
        }
    }
}

impl Drawn {
    fn read(
        (preset, width, height, size): (i16, u32, u32, u64),
        from: &mut impl Read,
    ) -> Option<Self> {
        let preset = Preset::from_number(preset)?;
        let mut bytes = Vec::new();
        from.take(size.min(VERSION_BYTES_MAX))
            .read_to_end(&mut bytes)
            .ok()?;
        let whole = u64::try_from(bytes.len()) == Ok(size) && size > 0;
        whole.then_some(Self {
            preset,
            width,
            height,
            bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Report {
        let drawn = |preset, bytes: &[u8]| Drawn {
            preset,
            width: 3,
            height: 2,
            bytes: bytes.to_vec(),
        };
        let facts = Facts {
            width: Some(30),
            height: Some(20),
            duration_ms: None,
        };
        let versions = vec![drawn(Preset::Chat, b"abc"), drawn(Preset::Detail, b"\n{")];
        Report::Known(facts, versions)
    }

    fn written(report: &Report) -> Vec<u8> {
        let mut written = Vec::new();
        report.write(&mut written).expect("memory");
        written
    }

    #[test]
    fn a_report_survives_its_written_form() {
        for report in [known(), Report::Unknown, Report::Refused("why".into())] {
            assert_eq!(Report::read(&written(&report)[..]), Some(report));
        }
    }

    #[test]
    fn what_is_cut_or_makes_no_sense_is_no_report() {
        let whole = written(&known());
        for end in 0..whole.len() {
            assert_eq!(Report::read(&whole[..end]), None, "{end}");
        }
        let known = |version| {
            let lead = r#"{"Known":{"width":1,"height":1,"duration_ms":null,"versions":[["#;
            format!("{lead}{version}]]}}}}\nabc")
        };
        assert!(Report::read(known("1,1,1,3").as_bytes()).is_some());
        for version in ["99,1,1,3", "1,1,1,0", "1,1,1,18446744073709551615"] {
            assert_eq!(Report::read(known(version).as_bytes()), None, "{version}");
        }
    }
}
