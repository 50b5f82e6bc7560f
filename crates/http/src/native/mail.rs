//! Mail as it comes in: read by the port, its files kept, and made a message of.
//!
//! What mail may hold is decided by its reader; what becomes of it, by the core.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use actix_web::web::Bytes;
use causerie_core::act::{ReceiveInbound, RequestMedia, upload_room};
use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::media::{ATTACHMENTS_MAX, Attachment, Attachments, FileName, MediaType};
use causerie_core::port::{
    InboundFile, InboundMail, MAIL_BYTES_MAX, MailAddress, MailFault, MailReader,
};
use causerie_core::text::{DisplayName, Metadata, Reference, Text, Title};
use causerie_core::{ChannelId, Content, ContentType, Draft, Settings};
use futures_util::stream;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::inbound::take_in;
use super::wire::Answered;
use crate::extract::Call;
use crate::problem::{Problem, Trouble};
use crate::transfer::{Brought, Kept, Upload, arrive, reserve};

/// How long a mail may take to arrive.
const ARRIVAL_MAX: Duration = Duration::from_mins(2);
/// How many bytes of a file are written at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Takes in the mail that is the body of a request.
pub(super) async fn receive(mut call: Call, id: ChannelId) -> Answered {
    let app = call.app().clone();
    // Until it is answered, as the whole of it is in memory.
    let _place = app.mails().try_acquire().map_err(|_| Trouble::Busy)?;
    call.receive_up_to(MAIL_BYTES_MAX, ARRIVAL_MAX).await?;
    let mut mail = read(Arc::clone(app.mail()), call.body().clone()).await?;
    let limits = call.caller().limits();
    let from = sender(&mail.from)?;
    let (text, html) = (text(&mut mail, limits), html(&mut mail));
    let places: Vec<_> = mail.files.iter().map(place).collect();
    let kept = bring(&call, std::mem::take(&mut mail.files)).await?;
    let (content_type, content) = html.map_or((ContentType::Text, None), |html| {
        (ContentType::Html, Some(html))
    });
    let cmd = ReceiveInbound {
        channel: id,
        from,
        from_name: mail
            .from
            .name
            .as_deref()
            .and_then(|name| called(name, limits)),
        reference: mail.message_id.as_deref().and_then(reference),
        follows: mail
            .follows
            .iter()
            .filter_map(|one| reference(one))
            .collect(),
        title: mail
            .subject
            .as_deref()
            .and_then(|subject| titled(subject, limits)),
        draft: Draft {
            content_type,
            content,
            metadata: metadata(&mail, &places, &kept, limits),
            attachments: attachments(&places, &kept)?,
            ..Draft::text(text)
        },
    };
    call.once(move |unit, cx| {
        arrive(unit, &kept, cx.now)?;
        take_in(unit, cx, &cmd)
    })
    .await
}

/// Reads a mail on a thread of its own: that takes too long for a thread that serves others. There are no more
/// of them than places for mail.
async fn read(reader: Arc<dyn MailReader>, raw: Bytes) -> Result<InboundMail, Problem> {
    let (done, read) = oneshot::channel();
    let reading = move || {
        // Nobody waits any more when the caller has gone.
        let _ = done.send(reader.read(&raw));
    };
    let thread = thread::Builder::new().name("mail".to_owned());
    thread.spawn(reading).map_err(|_| Trouble::Busy)?;
    let read = read.await.map_err(|_| Trouble::Internal)?;
    read.map_err(|fault| match fault {
        MailFault::TooLarge => Trouble::BodyTooLarge.into(),
        other => malformed(other),
    })
}

fn malformed(fault: MailFault) -> Problem {
    let expected = fault.to_string().replacen("expected", "Expected", 1);
    Problem::new(Trouble::MailMalformed).with_detail(expected + ".")
}

fn sender(from: &MailAddress) -> Result<Identifier, Problem> {
    let key = IdentifierKey::parse(IdentifierKey::EMAIL);
    let parsed = key.and_then(|key| Identifier::parse(key, &from.address));
    parsed.map_err(|_| malformed(MailFault::NoSender))
}

/// One line of so many characters at most, out of whatever a mail says.
fn line(text: &str, chars_max: usize) -> String {
    let words: Vec<&str> = text
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(chars_max).collect()
}

fn called(name: &str, limits: &Settings) -> Option<DisplayName> {
    DisplayName::parse(&line(name, limits.display_name_chars_max), limits).ok()
}

fn titled(subject: &str, limits: &Settings) -> Option<Title> {
    Title::parse(&line(subject, limits.title_chars_max), limits).ok()
}

fn reference(id: &str) -> Option<Reference> {
    Reference::parse(id).ok()
}

/// What the mail says, else its subject. What is too long is cut off, and goes along whole as a file.
fn text(mail: &mut InboundMail, limits: &Settings) -> Text {
    let mut said = mail.text.replace('\0', "");
    if said.trim().is_empty() && mail.html.is_none() && mail.files.is_empty() {
        said = mail.subject.clone().unwrap_or_default();
    }
    let cut: String = said.chars().take(limits.text_chars_max).collect();
    if cut.len() < said.len() {
        enclose(mail, "message.txt", "text/plain", said);
    }
    Text::parse(&cut, limits).unwrap_or_else(|_| Text::empty())
}

/// The HTML of the mail as a content; what is too long goes along as a file instead.
fn html(mail: &mut InboundMail) -> Option<Content> {
    let html = mail.html.take()?;
    let content = json!({"type": ContentType::Html.as_str(), "html": {"html": html}}).to_string();
    let content = Content::parse(ContentType::Html, &content).ok();
    if content.is_none() {
        enclose(mail, "message.html", "text/html", html);
    }
    content
}

fn enclose(mail: &mut InboundMail, name: &str, declared: &str, text: String) {
    mail.files.push(InboundFile {
        name: Some(name.to_owned()),
        declared: Some(declared.to_owned()),
        content_id: None,
        inline: false,
        bytes: text.into_bytes(),
    });
    // The text itself comes before what else there is.
    mail.files.rotate_right(1);
    mail.files.truncate(ATTACHMENTS_MAX);
}

/// By what the HTML refers to a file, and whether it is shown in the text.
struct Place {
    content_id: Option<String>,
    inline: bool,
}

fn place(file: &InboundFile) -> Place {
    Place {
        content_id: file.content_id.clone(),
        inline: file.inline,
    }
}

/// Keeps the files of a mail, but for their entries to say so.
async fn bring(call: &Call, files: Vec<InboundFile>) -> Result<Vec<Kept>, Problem> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let workspace = call.caller().workspace().id;
    let room = call
        .read(move |snapshot, _| upload_room(snapshot, workspace))
        .await?;
    let upload = Upload::begin(call.app(), workspace, room).await?;
    let mut brought = Vec::with_capacity(files.len());
    for file in files {
        let cx = call.context();
        let cmd = RequestMedia {
            name: FileName::clean(file.name.as_deref().unwrap_or_default()),
            declared: file
                .declared
                .as_deref()
                .and_then(|text| MediaType::parse(text).ok()),
            owner: None,
        };
        let bytes = Bytes::from(file.bytes);
        let pieces = (0..bytes.len()).step_by(PIECE_BYTES);
        let pieces = pieces.map(|from| Ok(bytes.slice(from..bytes.len().min(from + PIECE_BYTES))));
        let landed = upload.land(cx.fresh.into(), stream::iter(pieces)).await?;
        brought.push(Brought { cx, cmd, landed });
    }
    reserve(call.app(), brought).await
}

fn attachments(places: &[Place], kept: &[Kept]) -> Result<Attachments, Problem> {
    let all = places.iter().zip(kept).map(|(place, kept)| Attachment {
        media: kept.id(),
        alt_text: None,
        inline: place.inline,
    });
    Ok(Attachments::parse(all.collect())?)
}

/// What else the mail says, as the member `mail` of the metadata; without its receivers where there is no room.
fn metadata(mail: &InboundMail, places: &[Place], kept: &[Kept], limits: &Settings) -> Metadata {
    let addresses = |all: &[MailAddress]| -> Vec<Value> {
        let one = |one: &MailAddress| json!({"name": one.name, "address": one.address});
        all.iter().map(one).collect()
    };
    let inline: Map<String, Value> = places
        .iter()
        .zip(kept)
        .filter_map(|(place, kept)| Some((place.content_id.clone()?, kept.id().to_string().into())))
        .collect();
    let mut said = json!({
        "subject": mail.subject,
        "sent_at": mail.sent_at.map(|at| at.to_string()),
        "automatic": mail.automatic,
        "content_ids": inline,
        "to": addresses(&mail.to),
        "cc": addresses(&mail.cc),
    });
    let written = |said: &Value| Metadata::parse(&json!({"mail": said}).to_string(), limits).ok();
    written(&said)
        .or_else(|| {
            let members = said.as_object_mut()?;
            members.remove("to");
            members.remove("cc");
            written(&said)
        })
        .unwrap_or_default()
}
