//! How long a sound plays.
//!
//! Its samples are not decoded.

use std::fs::File;
use std::io::{self, BufReader, Seek as _};

use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::AudioFile as _;
use lofty::probe::Probe;

/// Its length in milliseconds; `None` for what is no sound that we can read.
pub(super) fn duration(mut input: &File) -> io::Result<Option<u64>> {
    input.rewind()?;
    let options = ParseOptions::new()
        .read_tags(false)
        .read_cover_art(false)
        .parsing_mode(ParsingMode::Relaxed);
    let probe = Probe::new(BufReader::new(input)).options(options);
    let Ok(sound) = probe.guess_file_type()?.read() else {
        return Ok(None);
    };
    let length = u64::try_from(sound.properties().duration().as_millis());
    Ok(length.ok().filter(|length| *length > 0))
}
