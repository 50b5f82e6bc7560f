//! What is kept with a message because the domain has no place for it: files that were announced, which files are
//! spoken, and what a service message tells.
//!
//! Reads and writes the object only; when it is kept is up to who knows the message.

use causerie_core::media::{ATTACHMENTS_MAX, FileName, MediaType, UNUSED_LIFE};
use causerie_core::{Extra, Invalid, MediaId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::NAME;

/// The object of one message.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Kept {
    /// Files whose bytes are to come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    awaited: Vec<Awaited>,
    /// Files that were recorded as speech.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    voices: Vec<String>,
    /// What a service message tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) meta: Option<Value>,
}

/// A file whose bytes are to come.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Awaited {
    media: String,
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) voice: bool,
    at: i64,
}

impl Awaited {
    pub(super) fn new(
        media: MediaId,
        name: &FileName,
        mime: &MediaType,
        voice: bool,
        at: Timestamp,
    ) -> Self {
        Self {
            media: media.to_string(),
            name: name.as_str().to_owned(),
            mime: mime.as_str().to_owned(),
            voice,
            at: at.unix_micros(),
        }
    }

    /// The file.
    pub(super) fn media(&self) -> Option<MediaId> {
        MediaId::parse(&self.media).ok()
    }

    /// When it was announced.
    pub(super) fn at(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.at)
    }

    fn is_due(&self, now: Timestamp) -> bool {
        now < self.at().plus(UNUSED_LIFE)
    }
}

impl Kept {
    /// Reads what [`Kept::to_extra`] wrote; nothing where nothing was kept.
    pub(super) fn of(extra: Option<&Extra>) -> Self {
        extra
            .and_then(|extra| serde_json::from_str(extra.as_str()).ok())
            .unwrap_or_default()
    }

    /// A service message that tells this.
    pub(super) fn telling(meta: Value) -> Self {
        Self {
            meta: Some(meta),
            ..Self::default()
        }
    }

    pub(super) fn to_extra(&self) -> Result<Extra, Invalid> {
        let written = serde_json::to_string(self);
        let written = written.map_err(|_| Invalid::new("expected what can be written as JSON"))?;
        Extra::parse(NAME, &written)
    }

    /// The files that are still to come at this time: one that nobody brought is given up after a day.
    pub(super) fn awaited(&self, now: Timestamp) -> impl Iterator<Item = &Awaited> {
        self.awaited.iter().filter(move |one| one.is_due(now))
    }

    /// All files that were announced, given up or not.
    pub(super) fn announced(&self) -> impl Iterator<Item = MediaId> {
        self.awaited.iter().filter_map(Awaited::media)
    }

    /// Announces a file; those that were given up are forgotten.
    pub(super) fn announce(&mut self, one: Awaited, now: Timestamp) -> Result<(), Invalid> {
        self.awaited.retain(|one| one.is_due(now));
        if self.awaited.len() >= ATTACHMENTS_MAX {
            let problem = format!("expected at most {ATTACHMENTS_MAX} files of one message");
            return Err(Invalid::new(problem));
        }
        self.awaited.push(one);
        Ok(())
    }

    /// Takes a file off those that are to come, as it has. Says whether it was one of them.
    pub(super) fn arrive(&mut self, media: MediaId) -> bool {
        let Some(place) = self
            .awaited
            .iter()
            .position(|one| one.media() == Some(media))
        else {
            return false;
        };
        let one = self.awaited.remove(place);
        if one.voice {
            self.voices.push(one.media);
        }
        true
    }

    /// Whether a file was recorded as speech.
    pub(super) fn is_voice(&self, media: MediaId) -> bool {
        !self.voices.is_empty() && self.voices.contains(&media.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn awaited(byte: u8, voice: bool, at: i64) -> Awaited {
        let mime = MediaType::parse("audio/mpeg").expect("a type");
        let at = Timestamp::from_unix_micros(at);
        let media = MediaId::from_bytes([byte; 16]);
        Awaited::new(media, &FileName::clean("a.mp3"), &mime, voice, at)
    }

    #[test]
    fn what_is_kept_reads_back_equal() {
        let now = Timestamp::from_unix_micros(5);
        let mut kept = Kept::telling(serde_json::json!({"action": "left"}));
        kept.announce(awaited(1, true, 3), now).expect("room");
        let extra = kept.to_extra().expect("small");
        assert_eq!(Kept::of(Some(&extra)), kept);
        assert_eq!(Kept::of(None), Kept::default());
    }

    #[test]
    fn a_file_that_came_is_awaited_no_more_and_may_be_speech() {
        let now = Timestamp::from_unix_micros(5);
        let (voice, plain) = (MediaId::from_bytes([1; 16]), MediaId::from_bytes([2; 16]));
        let mut kept = Kept::default();
        kept.announce(awaited(1, true, 3), now).expect("room");
        kept.announce(awaited(2, false, 4), now).expect("room");
        assert!(kept.arrive(voice) && kept.arrive(plain) && !kept.arrive(plain));
        assert!(kept.is_voice(voice) && !kept.is_voice(plain));
        assert_eq!(kept.awaited(now).count(), 0);
    }

    #[test]
    fn what_never_comes_is_given_up_and_there_is_an_end_to_announcing() {
        let (first, late) = (Timestamp::default(), Timestamp::default().plus(UNUSED_LIFE));
        let mut kept = Kept::default();
        for byte in 0..30 {
            kept.announce(awaited(byte, false, 0), first).expect("room");
        }
        assert!(kept.announce(awaited(30, false, 0), first).is_err());
        assert_eq!(kept.awaited(late).count(), 0);
        assert!(kept.announce(awaited(31, false, 1), late).is_ok());
    }
}
