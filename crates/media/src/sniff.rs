//! What bytes are, by their beginning.
//!
//! Names and what uploaders say are not asked: they may lie.

use causerie_core::media::MediaType;

/// How many bytes from the beginning decide.
pub(crate) const HEAD_BYTES: usize = 8 * 1024;

/// Types under the names that they are registered with.
const REGISTERED: &[(&str, &str)] = &[
    ("audio/x-wav", "audio/wav"),
    ("audio/x-flac", "audio/flac"),
    ("audio/x-aiff", "audio/aiff"),
    ("audio/m4a", "audio/mp4"),
    ("audio/opus", "audio/ogg"),
];

/// Containers that hold films or only sound: what they are then, and what in their head says so.
const SOUND_ONLY: &[(&str, &str, &[&str], &[&str])] = &[
    ("video/webm", "audio/webm", &["A_OPUS", "A_VORBIS"], &["V_"]),
    ("video/mp4", "audio/mp4", &["soun"], &["vide"]),
];

/// The type of what begins with `head`. What begins like a known sort of binary file is that, whatever
/// follows; text of any sort gets a type that is never shown in place.
pub(crate) fn media_type(head: &[u8]) -> MediaType {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let found = infer::get(head).map(|kind| kind.mime_type());
    let name = match (found, text(head)) {
        (Some(found), None) => registered(found, head),
        (Some(found), Some(text)) => {
            // Short marks such as the `BM` of bitmaps begin honest words too, and `<?xml` begins drawings.
            let found = registered(found, head);
            if found == "text/xml" || MediaType::from_stored(found).shows_inline() {
                text
            } else {
                found
            }
        }
        (None, Some(text)) => text,
        (None, None) => return MediaType::unknown(),
    };
    MediaType::from_stored(name)
}

fn registered(found: &'static str, head: &[u8]) -> &'static str {
    let says = |marks: &[&str]| marks.iter().any(|mark| contains(head, mark.as_bytes()));
    for &(container, sound, with, without) in SOUND_ONLY {
        if found == container && says(with) && !says(without) {
            return sound;
        }
    }
    let known = REGISTERED.iter().find(|(other, _)| *other == found);
    known.map_or(found, |(_, name)| name)
}

/// Which sort of text it is, if nothing in it is binary. A letter cut in two at the end is no reason.
fn text(head: &[u8]) -> Option<&'static str> {
    let valid = match str::from_utf8(head) {
        Ok(_) => head,
        Err(error) if error.error_len().is_none() => &head[..error.valid_up_to()],
        Err(_) => return None,
    };
    let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    if valid.is_empty() || valid.iter().any(control) {
        return None;
    }
    let lower = valid.to_ascii_lowercase();
    let says = |mark: &str| contains(&lower, mark.as_bytes());
    Some(if says("<svg") {
        "image/svg+xml"
    } else if says("<!doctype html") || says("<html") || says("<script") || says("<body") {
        "text/html"
    } else if lower.trim_ascii_start().starts_with(b"<?xml") {
        "text/xml"
    } else {
        "text/plain"
    })
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> String {
        media_type(bytes).to_string()
    }

    #[test]
    fn binary_files_are_known_by_their_marks() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF", "image/jpeg"),
            (b"RIFF\x24\0\0\0WAVEfmt \x10\0", "audio/wav"),
            (b"fLaC\0\0\0\x22", "audio/flac"),
            (b"OggS\0\x02\0\0", "audio/ogg"),
            (b"\0\0\0\x20ftypM4A \0\0\0\0", "audio/mp4"),
            (b"\0\0\0\x18ftypisom\0\0\0\0 hdlr vide", "video/mp4"),
            (b"\0\0\0\x18ftypisom\0\0\0\0 hdlr soun", "audio/mp4"),
            (b"%PDF-1.7\n%\xE2\xE3\xCF\xD3", "application/pdf"),
            (b"\0\x01\x02\x03", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ] {
            assert_eq!(of(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_starts_as_a_binary_file_is_one_whatever_follows() {
        assert_eq!(
            of(b"GIF89a\x01\0\x01\0\x80<script>alert(1)</script>"),
            "image/gif"
        );
        assert_eq!(of(b"\xFF\xD8\xFF\xE0\0\x10JFIF<html>"), "image/jpeg");
    }

    #[test]
    fn markup_scripts_and_text_are_never_shown_in_place() {
        for (bytes, expected) in [
            (&b"<!DOCTYPE html><p>"[..], "text/html"),
            (b"  \n<script>alert(1)</script>", "text/html"),
            (b"<?xml version='1.0'?><svg onload='x'/>", "image/svg+xml"),
            (b"GIF89a=1;alert(1)//<script>", "text/html"),
            (b"BMW and other makes", "text/plain"),
            ("Gr\u{FC}\u{DF}e".as_bytes(), "text/plain"),
            (b"#!/bin/sh\necho", "text/x-shellscript"),
            (b"%PDF-1.4\n1 0 obj", "application/pdf"),
        ] {
            assert_eq!(of(bytes), expected);
            assert!(!media_type(bytes).shows_inline(), "{expected}");
        }
    }

    #[test]
    fn a_letter_cut_in_two_at_the_end_leaves_text_text() {
        let mut long = vec![b'a'; HEAD_BYTES - 1];
        long.extend("\u{FC}".as_bytes());
        assert_eq!(of(&long), "text/plain");
    }
}
