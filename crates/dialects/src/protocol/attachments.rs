//! Attachments: files that were uploaded, and those of messages.

use std::collections::HashMap;

use causerie_core::act::SendMessage;
use causerie_core::act::{
    add_files, delete_media, find_conversation, find_media, find_uses, list_media, list_media_of,
    rename_media, send_message,
};
use causerie_core::media::{Attachment, FileName, Media};
use causerie_core::port::{Snapshot, Unit};
use causerie_core::text::Text;
use causerie_core::{Draft, Error, Invalid, MediaId, MessageId, Refusal, Scope};
use causerie_http::extract::Call;
use causerie_http::members::{Members, text};
use causerie_http::{Answered, HttpResponse, StatusCode};

use super::conversations::require_both;
use super::facts::Facts;
use super::ids::Sort;
use super::messages::{as_attachments, as_unknown, find_shown};
use super::page::{Paging, Slice, show, slice};
use super::problem::malformed;
use super::wire::{AttachmentView, Links};
use super::you::{self, You};

/// The part of a form that is the file.
const FILE: &str = "file";

/// A file, and the message that it goes with.
type Attached = (Media, Option<MessageId>);

fn with_facts(snapshot: &mut dyn Snapshot, you: &You, all: &[Attached]) -> Result<Facts, Error> {
    let files: Vec<MediaId> = all.iter().map(|(media, _)| media.id).collect();
    let messages: Vec<MessageId> = all.iter().filter_map(|(_, message)| *message).collect();
    Facts::of_files(snapshot, you, &files, &messages)
}

fn with_uses(
    snapshot: &mut dyn Snapshot,
    you: &You,
    files: Vec<Media>,
) -> Result<Vec<Attached>, Error> {
    let ids: Vec<MediaId> = files.iter().map(|media| media.id).collect();
    let uses: HashMap<MediaId, MessageId> = find_uses(snapshot, &you.cx, &ids)?;
    let with_use = |media: Media| {
        let message = uses.get(&media.id).copied();
        (media, message)
    };
    Ok(files.into_iter().map(with_use).collect())
}

/// `GET /v1/attachments`
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let query = call.parameters().map_err(malformed)?;
    let (of, paging) = (query.text("conversation_id"), Paging::read(&query));
    query.finish().map_err(malformed)?;
    let read = you::read(&call, move |snapshot, you| {
        let mut slice = match &of {
            Some(of) => page_of(snapshot, you, of, &paging)?,
            None => page_of_own(snapshot, you, &paging)?,
        };
        slice.items.retain(|(media, _)| media.status.has_arrived());
        let facts = with_facts(snapshot, you, &slice.items)?;
        Ok((slice, facts))
    });
    let (slice, facts) = read.await.map_err(malformed)?;
    let links = Links::new(&call);
    Ok(slice.show(|(media, message)| AttachmentView::of(&facts, &links, media, *message))?)
}

/// Those of a conversation's messages.
fn page_of(
    snapshot: &mut dyn Snapshot,
    you: &You,
    of: &str,
    paging: &Paging,
) -> Result<Slice<Attached>, Error> {
    let of = you.conversation(snapshot, Sort::Conversation, of)?;
    find_conversation(snapshot, &you.cx, of)?;
    let mut from = None;
    if let Some((side, id)) = &paging.from {
        let found = you.attachment(snapshot, id);
        let media = found.map_err(|error| as_unknown(error, *side))?;
        from = Some((*side, media));
    }
    // Whatever message it is of: before all places of the file is the last place of the one after it.
    let first_use = MessageId::from_bytes([0; 16]);
    let slice = slice(
        paging.limit,
        from,
        |(media, _): &(Media, MessageId)| media.id,
        |cursor, limit| {
            let cursor = cursor.map(|media| (media, first_use));
            let page = list_media_of(snapshot, &you.cx, of, cursor, limit)?;
            Ok(causerie_core::page::Page {
                items: page.items,
                next: page.next.map(|(media, _)| media),
            })
        },
    )?;
    let items = slice.items.into_iter();
    Ok(Slice {
        items: items
            .map(|(media, message)| (media, Some(message)))
            .collect(),
        has_more: slice.has_more,
    })
}

/// Those that the participant uploaded.
fn page_of_own(
    snapshot: &mut dyn Snapshot,
    you: &You,
    paging: &Paging,
) -> Result<Slice<Attached>, Error> {
    let mut from = None;
    if let Some((side, id)) = &paging.from {
        let found = you.attachment(snapshot, id);
        from = Some((*side, found.map_err(|error| as_unknown(error, *side))?));
    }
    let slice = slice(
        paging.limit,
        from,
        |media: &Media| media.id,
        |cursor, limit| list_media(snapshot, &you.cx, cursor, limit),
    )?;
    Ok(Slice {
        items: with_uses(snapshot, you, slice.items)?,
        has_more: slice.has_more,
    })
}

/// Where an upload is to go at once.
#[derive(Clone, Debug)]
struct Goal {
    message: Option<String>,
    conversation: Option<String>,
}

/// `POST /v1/attachments`
pub(super) async fn create(mut call: Call) -> Answered {
    require_both(&call)?;
    let mut members = call.members_and_files().await.map_err(malformed)?;
    if members.files().count() != 1 || members.files().any(|file| file.field != FILE) {
        let problem = "expected one file: a part of multipart/form-data with a file name (with curl: -F file=@PATH)";
        members.tell(FILE, &Invalid::new(problem));
    }
    let goal = Goal {
        message: members.text("message_id"),
        conversation: members.text("conversation_id"),
    };
    members.finish().map_err(malformed)?;
    let sought = goal.clone();
    let me = you::read(&call, move |snapshot, you| {
        sought.check(snapshot, you)?;
        Ok(you.me.id)
    })
    .await?;
    let kept = call.keep_files(&mut members, Some(me)).await?;
    let media = kept.first().ok_or(Refusal::MediaNotFound)?.id;
    you::write(&call, move |unit, you| goal.reach(unit, you, media)).await?;
    show_attachment(&call, StatusCode::CREATED, media).await
}

impl Goal {
    /// Refuses a goal that is not there.
    fn check(&self, snapshot: &mut dyn Snapshot, you: &You) -> Result<(), Error> {
        if let Some(id) = &self.message {
            let (of, id, _) = you.message(snapshot, id)?;
            find_shown(snapshot, you, of, id)?;
        }
        if let Some(id) = &self.conversation {
            let id = you.conversation(snapshot, Sort::Conversation, id)?;
            find_conversation(snapshot, &you.cx, id)?;
        }
        Ok(())
    }

    /// Adds the file to the message, or else sends it as a message of its own.
    fn reach(&self, unit: &mut dyn Unit, you: &You, media: MediaId) -> Result<(), Error> {
        if let Some(id) = &self.message {
            let (of, id, _) = you.message(unit, id)?;
            let file = Attachment {
                media,
                alt_text: None,
                inline: false,
            };
            add_files(unit, &you.cx, of, id, &[file])?;
        } else if let Some(id) = &self.conversation {
            let conversation = you.conversation(unit, Sort::Conversation, id)?;
            let cmd = SendMessage {
                conversation,
                sender: Some(you.me.id),
                draft: Draft {
                    attachments: as_attachments([media])?,
                    ..Draft::text(Text::empty())
                },
                once: None,
            };
            send_message(unit, &you.cx.another(b"message"), &cmd)?;
        }
        Ok(())
    }
}

/// A file that the participant may see.
async fn show_attachment(call: &Call, status: StatusCode, id: MediaId) -> Answered {
    let (attached, facts) = you::read(call, move |snapshot, you| {
        let media = find_media(snapshot, &you.cx, id)?;
        let attached = with_uses(snapshot, you, vec![media])?;
        let facts = with_facts(snapshot, you, &attached)?;
        Ok((attached, facts))
    })
    .await?;
    let (media, message) = attached.first().ok_or(Refusal::MediaNotFound)?;
    let view = AttachmentView::of(&facts, &Links::new(call), media, *message)?;
    Ok(show(status, &view).into_response())
}

/// `GET /v1/attachments/:id`
pub(super) async fn retrieve(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id = find_id(&call).await?;
    show_attachment(&call, StatusCode::OK, id).await
}

/// The file in the path.
async fn find_id(call: &Call) -> Result<MediaId, causerie_http::Problem> {
    let id = call.part("id")?.to_owned();
    you::read(call, move |snapshot, you| {
        let id = you.attachment(snapshot, &id)?;
        find_media(snapshot, &you.cx, id).map(|media| media.id)
    })
    .await
}

/// `PUT /v1/attachments/:id`
pub(super) async fn update(mut call: Call) -> Answered {
    require_both(&call)?;
    let members = call.members().await.map_err(malformed);
    let id = find_id(&call).await?;
    let name = members.and_then(|members: Members| {
        let name = members.maybe("filename", |raw| {
            let name = text(raw)?;
            let says = (!name.trim().is_empty()).then(|| FileName::clean(&name));
            says.ok_or(Invalid::new("expected a name"))
        });
        members.finish_with(Some(name)).map_err(malformed)
    })?;
    if let Some(name) = name {
        you::write(&call, move |unit, you| {
            rename_media(unit, &you.cx, id, &name).map(drop)
        })
        .await?;
    }
    show_attachment(&call, StatusCode::OK, id).await
}

/// `DELETE /v1/attachments/:id`
pub(super) async fn delete(call: Call) -> Answered {
    require_both(&call)?;
    let id = find_id(&call).await?;
    you::write(&call, move |unit, you| delete_media(unit, &you.cx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
