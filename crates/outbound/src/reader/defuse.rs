//! Makes mail harmless for the parser before it sees it: mails within mails become plain files, and what would
//! cost time or memory out of proportion is refused.
//!
//! The parser keeps a mail within a mail as a tree, and a tree as deep as a mail is long cannot even be thrown away
//! without running out of stack.

use std::borrow::Cow;

use causerie_core::port::MailFault;
use mail_parser::{MessageParser, MimeHeaders as _};

/// What stands before the type of a mail within a mail.
pub(super) const WRAPPED: &str = "x-";

/// How many multiparts a mail may have; the parser looks for the end of each.
const MULTIPARTS_MAX: usize = 200;
/// How long the line may be that names the border of a multipart; the parser looks for all of it at each place.
const BORDER_LINE_BYTES_MAX: usize = 2_048;
/// How many places may look like the border of a part.
const BORDERS_MAX: usize = 200_000;
/// How many lines may look like headers.
const HEADERS_MAX: usize = 500_000;

/// The mail with its inner mails wrapped: `message/rfc822` becomes `x-message/rfc822`.
pub(super) fn defuse(raw: &[u8]) -> Result<Vec<u8>, MailFault> {
    let borders = raw.windows(2).filter(|pair| *pair == b"--").count();
    let headers = raw
        .split(|byte| *byte == b'\n')
        .filter(|line| line.contains(&b':'))
        .count();
    if borders > BORDERS_MAX || headers > HEADERS_MAX {
        return Err(MailFault::TooNested);
    }
    let mut safe = Vec::with_capacity(raw.len() + 1024);
    let (mut rest, mut multiparts) = (raw, 0);
    while !rest.is_empty() {
        let (line, after) = rest.split_at(logical_line(rest));
        rest = after;
        let Some(bare) = bare_type(line) else {
            safe.extend_from_slice(line);
            continue;
        };
        if holds(&bare, b"multipart") {
            multiparts += 1;
            if multiparts > MULTIPARTS_MAX || line.len() > BORDER_LINE_BYTES_MAX {
                return Err(MailFault::TooNested);
            }
        }
        let nests = [&b"rfc822"[..], b"global", b"digest"];
        if nests.iter().any(|word| holds(&bare, word)) {
            safe.extend_from_slice(&wrapped(line, &bare));
        } else {
            safe.extend_from_slice(line);
        }
    }
    Ok(safe)
}

/// How long the first line is, with those that continue it.
fn logical_line(text: &[u8]) -> usize {
    let mut from = 0;
    loop {
        let Some(end) = text[from..].iter().position(|byte| *byte == b'\n') else {
            return text.len();
        };
        from += end + 1;
        if !matches!(text.get(from), Some(b' ' | b'\t')) {
            return from;
        }
    }
}

/// A line that may be taken for the type of a part, in small letters and without blanks.
fn bare_type(line: &[u8]) -> Option<Vec<u8>> {
    if !line.contains(&b':') {
        return None;
    }
    let bare: Vec<u8> = line
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(u8::to_ascii_lowercase)
        .collect();
    holds(&bare, b"content-type:").then_some(bare)
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}

/// The type with nothing in it that nests.
fn wrapped<'a>(line: &'a [u8], bare: &[u8]) -> Cow<'a, [u8]> {
    if !bare.starts_with(b"content-type:") {
        // No mail program writes it so, but the parser may read it: any change of the word will do.
        let changed = String::from_utf8_lossy(line).to_lowercase();
        let changed = ["rfc822", "global", "digest"]
            .iter()
            .fold(changed, |text, word| text.replace(word, "other"));
        return Cow::Owned(changed.into_bytes());
    }
    let mut alone = line.to_vec();
    alone.extend_from_slice(b"\r\n\r\n");
    let parsed = MessageParser::default().parse_headers(&alone);
    let part = parsed.as_ref().and_then(|message| message.parts.first());
    let Some(found) = part.and_then(|part| part.content_type()) else {
        return Cow::Borrowed(b"Content-Type: application/octet-stream\r\n");
    };
    let quoted = |name: &str| {
        let value = found.attribute(name)?;
        let plain = |character: &char| !character.is_control() && !"\"\\".contains(*character);
        let value: String = value.chars().filter(plain).collect();
        Some(format!("; {name}=\"{value}\""))
    };
    let of = (found.ctype(), found.subtype().unwrap_or_default());
    let written = match of {
        ("multipart", "digest") => {
            let boundary = quoted("boundary").unwrap_or_default();
            format!("Content-Type: multipart/mixed{boundary}\r\n")
        }
        ("message", "rfc822" | "global") => {
            let name = quoted("name").unwrap_or_default();
            format!("Content-Type: {WRAPPED}{}/{}{name}\r\n", of.0, of.1)
        }
        _ => return Cow::Borrowed(line),
    };
    Cow::Owned(written.into_bytes())
}
