//! Reads mail that comes in: RFC 5322 and MIME, whatever the bytes are.
//!
//! It trusts nothing and strips nothing: quotations stay, HTML stays as it came, names of files are not cleaned.

mod defuse;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use causerie_core::Timestamp;
use causerie_core::port::{
    InboundFile, InboundMail, MAIL_BYTES_MAX, MAIL_FILES_MAX, MAIL_FOLLOWS_MAX, MAIL_RECEIVERS_MAX,
    MAIL_TEXT_BYTES_MAX, MailAddress, MailFault, MailReader,
};
use mail_parser::decoders::html::html_to_text;
use mail_parser::{
    Addr, Address, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders as _, PartType,
};

use defuse::{WRAPPED, defuse};

/// How many bytes a name, an address, a subject or an id of a mail may have; longer names and subjects are cut
/// off, longer addresses and ids are left out.
const LINE_BYTES_MAX: usize = 998;

/// Reads mail with a MIME library.
#[derive(Clone, Copy, Debug, Default)]
pub struct MimeReader;

impl MailReader for MimeReader {
    fn read(&self, raw: &[u8]) -> Result<InboundMail, MailFault> {
        if raw.len() > MAIL_BYTES_MAX {
            return Err(MailFault::TooLarge);
        }
        let safe = defuse(raw)?;
        // The library promises not to panic; strangers choose what it reads.
        let read = catch_unwind(AssertUnwindSafe(|| {
            let message = MessageParser::default().parse(&safe);
            mail(&message.ok_or(MailFault::Unreadable)?)
        }));
        read.unwrap_or(Err(MailFault::Unreadable))
    }
}

fn mail(message: &Message<'_>) -> Result<InboundMail, MailFault> {
    if message.headers().is_empty() {
        return Err(MailFault::Unreadable);
    }
    if message.attachments.len() > MAIL_FILES_MAX {
        return Err(MailFault::TooManyFiles);
    }
    let from = addresses(message.from()).into_iter().next();
    Ok(InboundMail {
        message_id: message.message_id().and_then(id),
        follows: follows(message),
        from: from.ok_or(MailFault::NoSender)?,
        to: addresses(message.to()),
        cc: addresses(message.cc()),
        subject: message.subject().map(line).filter(|text| !text.is_empty()),
        text: said(message, &message.text_body, as_text),
        html: Some(said(message, &message.html_body, as_html)).filter(|html| !html.is_empty()),
        sent_at: message
            .date()
            .filter(|date| date.is_valid())
            .and_then(|date| date.to_timestamp().checked_mul(1_000_000))
            .map(Timestamp::from_unix_micros),
        files: message.attachments().map(file).collect(),
        automatic: is_automatic(message),
    })
}

/// The ids of the mails that it follows, each once, the one that it answers last.
fn follows(message: &Message<'_>) -> Vec<String> {
    let answered = ids(message.in_reply_to());
    let mut all = ids(message.references());
    all.retain(|one| !answered.contains(one));
    all.extend(answered);
    all.split_off(all.len().saturating_sub(MAIL_FOLLOWS_MAX))
}

/// The last ids of a header, each once.
fn ids(header: &HeaderValue<'_>) -> Vec<String> {
    let all = match header {
        HeaderValue::Text(one) => slice::from_ref(one),
        HeaderValue::TextList(all) => &all[all.len().saturating_sub(MAIL_FOLLOWS_MAX)..],
        _ => &[],
    };
    let mut once = Vec::with_capacity(all.len());
    for one in all.iter().filter_map(|one| id(one)) {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

fn id(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('<').trim_end_matches('>');
    let fits = !bare.is_empty() && bare.len() <= LINE_BYTES_MAX;
    (fits && !bare.chars().any(char::is_control)).then(|| bare.to_owned())
}

fn addresses(header: Option<&Address<'_>>) -> Vec<MailAddress> {
    let all = header.into_iter().flat_map(Address::iter);
    all.filter_map(address).take(MAIL_RECEIVERS_MAX).collect()
}

fn address(one: &Addr<'_>) -> Option<MailAddress> {
    let address = one.address()?.trim();
    let fits = address.contains('@') && address.len() <= LINE_BYTES_MAX;
    let plain = fits && !address.chars().any(char::is_control);
    plain.then(|| MailAddress {
        name: one.name().map(line).filter(|name| !name.is_empty()),
        address: address.to_owned(),
    })
}

/// One line of text that is not too long.
fn line(text: &str) -> String {
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    let plain: String = text.chars().map(plain).collect();
    cut(plain.trim(), LINE_BYTES_MAX).to_owned()
}

/// The beginning of a text, of whole characters.
fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// What the parts of a body say together.
fn said(
    message: &Message<'_>,
    parts: &[u32],
    reading: impl Fn(&PartType<'_>) -> Option<String>,
) -> String {
    let mut all = String::new();
    for part in parts.iter().filter_map(|part| message.part(*part)) {
        if let Some(text) = reading(&part.body) {
            let gap = if all.is_empty() || all.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            all.push_str(gap);
            all.push_str(&text.replace('\0', ""));
        }
        if all.len() > MAIL_TEXT_BYTES_MAX {
            break;
        }
    }
    cut(&all, MAIL_TEXT_BYTES_MAX).to_owned()
}

fn as_text(body: &PartType<'_>) -> Option<String> {
    match body {
        PartType::Text(text) => Some(text.to_string()),
        PartType::Html(html) => Some(html_to_text(html)),
        _ => None,
    }
}

fn as_html(body: &PartType<'_>) -> Option<String> {
    match body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    }
}

fn file(part: &MessagePart<'_>) -> InboundFile {
    let declared = part.content_type().map(|found| {
        let kind = found.ctype();
        let kind = kind
            .strip_prefix(WRAPPED)
            .filter(|kind| *kind == "message")
            .unwrap_or(kind);
        format!("{kind}/{}", found.subtype().unwrap_or("octet-stream"))
    });
    let disposition = part.content_disposition();
    InboundFile {
        name: part
            .attachment_name()
            .map(line)
            .filter(|name| !name.is_empty()),
        declared: declared.map(|declared| line(&declared)),
        content_id: part.content_id().and_then(id),
        inline: disposition.is_some_and(mail_parser::ContentType::is_inline),
        bytes: part.contents().to_vec(),
    }
}

/// Whether a program sent it: RFC 3834, RFC 3464, and what mailing lists write.
fn is_automatic(message: &Message<'_>) -> bool {
    let header = |name: &str| {
        let found = message
            .header_raw(name)
            .map(|value| value.trim().to_ascii_lowercase());
        found.unwrap_or_default()
    };
    let submitted = header("Auto-Submitted");
    let precedence = header("Precedence");
    (!submitted.is_empty() && submitted != "no")
        || ["bulk", "list", "junk", "auto_reply"].contains(&precedence.as_str())
        || header("Return-Path") == "<>"
        || message.is_content_type("multipart", "report")
}

#[cfg(test)]
mod tests;
