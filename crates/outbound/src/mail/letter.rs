//! What a mail looks like: headers, text, HTML, files.
//!
//! Names, titles and subjects are data: whatever they hold, they cannot become headers.

use std::time::{Duration, SystemTime};

use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::media::MediaType;
use causerie_core::outbound::{Enclosed, Handed, LeftOut, Parcel, ReceiverRole};
use causerie_core::port::{Files, FilesFault, MAIL_BYTES_MAX};
use causerie_core::text::DisplayName;
use causerie_core::{Content, ContentType, ParticipantId, Timestamp};
use lettre::message::header::{self, ContentTransferEncoding};
use lettre::message::{Attachment, Body, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};
use mail_parser::decoders::html::html_to_text;
use serde_json::Value;
use url::Host;

use crate::post::{later, refused};

/// How many characters a subject has at most.
const SUBJECT_CHARS_MAX: usize = 250;
/// How many bytes of a file make one of a mail, base 64 and line ends counted: 57 make 78.
const ENCODED: (u64, u64) = (78, 57);

/// A mail that is ready to go.
pub(super) struct Letter {
    /// Its `Message-ID` without the angle brackets.
    pub(super) id: String,
    /// The sender on the envelope.
    pub(super) from: Address,
    /// The receivers on the envelope.
    pub(super) to: Vec<(ParticipantId, Address)>,
    /// The receivers whom no mail can be sent to.
    pub(super) left_out: Vec<LeftOut>,
    /// All of it, as it goes over the wire.
    pub(super) bytes: Vec<u8>,
}

/// Writes the mail of a message.
///
/// # Errors
/// [`Handed::Refused`] for what no mail can be made of, [`Handed::Later`] when a file cannot be read now.
pub(super) async fn write(
    parcel: &Parcel,
    domain: &str,
    files: &dyn Files,
) -> Result<Letter, Handed> {
    let size: u64 = parcel.files.iter().map(|file| file.media.size).sum();
    if size / ENCODED.1 * ENCODED.0 > u64::try_from(MAIL_BYTES_MAX).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let id = format!("{}@{domain}", parcel.message.id);
    let from = parcel.channel.address.as_ref().and_then(address);
    let from = from.ok_or_else(|| refused("The address of the channel cannot send mail."))?;
    let (to, left_out) = reachable(parcel);
    let (_, first) = to.first().ok_or_else(|| {
        refused("None of the receivers has an e-mail address that mail can be sent to.")
    })?;
    let builder = head(parcel, &id, &from, first)?;
    let mut attached = Vec::with_capacity(parcel.files.len());
    for file in &parcel.files {
        attached.push((file, read(file, files).await?));
    }
    let message = match body(parcel, attached) {
        Piece::Single(part) => builder.singlepart(part),
        Piece::Multi(part) => builder.multipart(part),
    };
    let message = message.map_err(|_| refused("No mail can be made of the message."))?;
    let bytes = message.formatted();
    if bytes.len() > MAIL_BYTES_MAX {
        return Err(too_large());
    }
    Ok(Letter {
        id,
        from,
        to,
        left_out,
        bytes,
    })
}

/// The receivers on the envelope, and those whom no mail can be sent to.
fn reachable(parcel: &Parcel) -> (Vec<(ParticipantId, Address)>, Vec<LeftOut>) {
    let mut to: Vec<(ParticipantId, Address)> = Vec::with_capacity(parcel.receivers.len());
    let mut left_out = Vec::new();
    for receiver in &parcel.receivers {
        match receiver.identifier.as_ref().and_then(address) {
            Some(address) if to.iter().all(|(_, known)| *known != address) => {
                to.push((receiver.participant, address));
            }
            Some(_) => {}
            None => left_out.push(LeftOut {
                participant: receiver.participant,
                reason: "Mail cannot be sent to this address.".to_owned(),
                detail: None,
            }),
        }
    }
    (to, left_out)
}

/// The headers.
fn head(
    parcel: &Parcel,
    id: &str,
    from: &Address,
    first: &Address,
) -> Result<MessageBuilder, Handed> {
    let mut builder = Message::builder()
        .date(system_time(parcel.message.created_at))
        .message_id(Some(format!("<{id}>")))
        .from(mailbox(&parcel.sender_name, from.clone()))
        .subject(subject(parcel));
    for receiver in &parcel.receivers {
        let Some(address) = receiver.identifier.as_ref().and_then(address) else {
            continue;
        };
        let mailbox = mailbox(&receiver.name, address);
        builder = match receiver.role {
            ReceiverRole::To => builder.to(mailbox),
            ReceiverRole::Cc => builder.cc(mailbox),
            ReceiverRole::Bcc => builder,
        };
    }
    let ids: Vec<String> = parcel
        .follows
        .iter()
        .filter_map(|one| bracketed(one))
        .collect();
    if let Some(last) = ids.last() {
        builder = builder.in_reply_to(last.clone()).references(ids.join(" "));
    }
    // The envelope is ours to keep: who gets a blind copy stands nowhere in the mail.
    let envelope = lettre::address::Envelope::new(Some(from.clone()), vec![first.clone()]);
    let envelope = envelope.map_err(|_| refused("No mail can be made of the message."))?;
    Ok(builder.envelope(envelope))
}

/// A part of a mail, of one or of several.
enum Piece {
    Single(SinglePart),
    Multi(MultiPart),
}

impl Piece {
    /// Makes it the next part of a whole.
    fn onto(self, whole: MultiPart) -> MultiPart {
        match self {
            Self::Single(part) => whole.singlepart(part),
            Self::Multi(part) => whole.multipart(part),
        }
    }
}

/// Text; with HTML beside it, where there is one, that may show files; with the other files behind it.
fn body(parcel: &Parcel, files: Vec<(&Enclosed, Vec<u8>)>) -> Piece {
    let html = payload(parcel).and_then(|payload| said(&payload, "html"));
    let html = html.filter(|_| parcel.message.content_type == ContentType::Html);
    let html = html.map(|html| lines(&html));
    let text = SinglePart::plain(lines(&text(parcel, html.as_deref())));
    let shown = |file: &Enclosed| html.is_some() && file.attachment.inline;
    let (inline, attached): (Vec<_>, Vec<_>) = files.into_iter().partition(|(file, _)| shown(file));
    let said = match html {
        None => Piece::Single(text),
        Some(html) => {
            let mut rich = Piece::Single(SinglePart::html(html));
            if !inline.is_empty() {
                rich = Piece::Multi(beside(rich.onto(MultiPart::related().build()), inline));
            }
            Piece::Multi(rich.onto(MultiPart::alternative().singlepart(text)))
        }
    };
    if attached.is_empty() {
        return said;
    }
    Piece::Multi(beside(said.onto(MultiPart::mixed().build()), attached))
}

fn beside(whole: MultiPart, files: Vec<(&Enclosed, Vec<u8>)>) -> MultiPart {
    files.into_iter().fold(whole, |whole, (file, bytes)| {
        whole.singlepart(attachment(file, bytes))
    })
}

fn attachment(file: &Enclosed, bytes: Vec<u8>) -> SinglePart {
    let name = file.media.name.as_str().to_owned();
    let attachment = if file.attachment.inline {
        Attachment::new_inline_with_name(file.media.id.to_string(), name)
    } else {
        Attachment::new(name)
    };
    // Parts of these types must not be encoded, and say how they are to be taken apart.
    let opaque = |found: &&MediaType| {
        !["multipart/", "message/"]
            .iter()
            .any(|kind| found.as_str().starts_with(kind))
    };
    let found = file.media.best_type().filter(opaque);
    let known = found.and_then(|found| header::ContentType::parse(found.as_str()).ok());
    let unknown = || header::ContentType::parse("application/octet-stream").ok();
    let media_type = known
        .or_else(unknown)
        .unwrap_or(header::ContentType::TEXT_PLAIN);
    let encoded = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64);
    // Base 64 takes any bytes; there is nothing to fall back to.
    attachment.body(encoded.unwrap_or_else(Body::new), media_type)
}

/// Reads all of a file.
async fn read(file: &Enclosed, files: &dyn Files) -> Result<Vec<u8>, Handed> {
    let gone = || refused("A file of the message is gone.");
    let media = &file.media;
    let digest = media.digest.ok_or_else(gone)?;
    let failed = |fault| match fault {
        FilesFault::Missing => gone(),
        FilesFault::TooLarge { .. } => too_large(),
        FilesFault::Unavailable(_) => later("A file of the message cannot be read now."),
    };
    let reading = files.read(media.workspace, digest, 0..media.size);
    let mut source = reading.await.map_err(failed)?;
    let size = usize::try_from(media.size).map_err(|_| too_large())?;
    let mut bytes = Vec::with_capacity(size);
    while let Some(chunk) = source.read().await.map_err(failed)? {
        if bytes.len() + chunk.len() > size {
            return Err(later("A file of the message cannot be read now."));
        }
        bytes.extend_from_slice(&chunk);
    }
    if bytes.len() == size {
        Ok(bytes)
    } else {
        Err(later("A file of the message cannot be read now."))
    }
}

/// What the mail is about: what the content says, else the title, else who writes.
fn subject(parcel: &Parcel) -> String {
    let own = payload(parcel)
        .and_then(|payload| said(payload.get("metadata")?, "subject"))
        .filter(|subject| !subject.trim().is_empty());
    let titled = || {
        let title = parcel.title.as_ref()?.as_str();
        let starts = title
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("re:"));
        let answers = !parcel.follows.is_empty() && !starts;
        Some(format!("{}{title}", if answers { "Re: " } else { "" }))
    };
    let subject = own.or_else(titled);
    let subject = subject.unwrap_or_else(|| format!("Message from {}", parcel.channel.name));
    one_line(&subject).chars().take(SUBJECT_CHARS_MAX).collect()
}

/// What readers of plain text see; made of the HTML where nothing else is said.
fn text(parcel: &Parcel, html: Option<&str>) -> String {
    let message = &parcel.message;
    if !message.text.as_str().is_empty() {
        return message.text.as_str().to_owned();
    }
    let content = message.content.as_ref();
    let lead = content.and_then(|content| content.lead_text(message.content_type));
    lead.or_else(|| html.map(html_to_text)).unwrap_or_default()
}

/// What stands under the member of the content's type.
fn payload(parcel: &Parcel) -> Option<Value> {
    let content = parcel.message.content.as_ref().map(Content::as_str)?;
    let mut content: Value = serde_json::from_str(content).ok()?;
    Some(
        content
            .get_mut(parcel.message.content_type.as_str())?
            .take(),
    )
}

fn said(object: &Value, member: &str) -> Option<String> {
    object.get(member)?.as_str().map(str::to_owned)
}

/// A text whose lines all end alike. What is a line end to one server and none to the next could end the mail
/// early, and let what follows pass for another one.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn one_line(text: &str) -> String {
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    let plain: String = text.chars().map(plain).collect();
    plain.trim().to_owned()
}

fn mailbox(name: &DisplayName, address: Address) -> Mailbox {
    let name = one_line(name.as_str());
    // Who is called by their address only has no name.
    let own = name != address.to_string();
    Mailbox::new(own.then_some(name), address)
}

/// An address that every mail server takes: the domain in its form of ASCII; none where the part before it has
/// other letters.
fn address(identifier: &Identifier) -> Option<Address> {
    if identifier.key().as_str() != IdentifierKey::EMAIL {
        return None;
    }
    let (local, domain) = identifier.value().rsplit_once('@')?;
    let Ok(Host::Domain(domain)) = Host::parse(domain) else {
        return None;
    };
    local.is_ascii().then(|| Address::new(local, domain).ok())?
}

/// The id of an earlier mail, if it can be one.
fn bracketed(id: &str) -> Option<String> {
    let fits = !id.is_empty()
        && id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>".contains(&byte));
    fits.then(|| format!("<{id}>"))
}

fn system_time(at: Timestamp) -> SystemTime {
    let since = u64::try_from(at.unix_micros()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_micros(since)
}

fn too_large() -> Handed {
    refused("The mail would be larger than 25 MiB: send links to its files, or fewer of them.")
}
