//! Files: asked for, brought to a signed address, taken, and given out.
//!
//! A message comes before its files: it is shown with those that were announced, and has them as soon as they are
//! finalised.

use actix_web::http::StatusCode;
use causerie_core::act::{
    RequestMedia, add_files, find_extras, find_media, find_memberships, find_message,
    find_positions, keep_extra, list_media_of, lock_message, request_media,
};
use causerie_core::media::{Attachment, FileName, Media, MediaType, Preset};
use causerie_core::port::{Snapshot, Unit};
use causerie_core::{
    Bearer, ConversationId, Error, Invalid, MediaId, MessageId, Refusal, Scope, Subject,
};
use causerie_http::extract::Call;
use causerie_http::{Answered, HttpResponse, Members, Problem, Rendered, Way};
use uuid::Uuid;

use super::NAME;
use super::conversations::of;
use super::kept::{Awaited, Kept};
use super::messages::shelf;
use super::paging::Asked;
use super::wire::UploadView;
use super::you::{You, foreign, path_number, read, write};

/// How many files a page has unless it is said.
const USUAL: u64 = 25;
/// About how long a file is on the wire.
const FILE_BYTES: usize = 1_024;

/// A file as it was asked for.
#[derive(Clone, Debug)]
struct Asking {
    /// The message that it is for; none for one that is named when a message is sent.
    message: Option<u64>,
    voice: bool,
    mime: MediaType,
    name: FileName,
}

impl Asking {
    fn read(members: &Members) -> Option<Self> {
        let message = members.integer("id").map(u64::try_from).transpose();
        let expected = |_| Invalid::new("expected the number of a message");
        let message = members.note("id", message.map_err(expected));
        let voice = members.need("type", |raw| match raw.get() {
            r#""messages""# => Ok(false),
            r#""voices""# => Ok(true),
            _ => Err(Invalid::new("expected messages or voices")),
        });
        let mime = members.need_text("content_type");
        let mime = mime.and_then(|mime| members.note("content_type", MediaType::parse(&mime)));
        let name = members.need_text("filename");
        Some(Self {
            message: message?.filter(|number| *number > 0),
            voice: voice?,
            mime: mime?,
            name: FileName::clean(&name?),
        })
    }

    /// What the client gives back when the bytes are there.
    fn key(&self, media: MediaId) -> String {
        let kind = if self.voice { "voices" } else { "messages" };
        let message = self.message.unwrap_or(0);
        format!("{kind}/{message}/{}", uuid_of(media))
    }
}

fn uuid_of(media: MediaId) -> String {
    Uuid::from_bytes(media.to_bytes()).to_string()
}

/// The message that a file is for, which has to be the caller's own.
fn target(
    snapshot: &mut dyn Snapshot,
    you: &You,
    number: u64,
) -> Result<(ConversationId, MessageId), Error> {
    let Some(Subject::Message(of, id, _)) = you.placed(snapshot, number)? else {
        return Err(Refusal::MessageNotFound.into());
    };
    let cx = you.looking();
    if find_memberships(snapshot, &cx, &[(of, you.me.id)])?.is_empty() {
        return Err(Refusal::NotAMember.into());
    }
    let found = find_message(snapshot, &cx, of, id)?;
    if found.sender != you.me.id {
        return Err(Refusal::NotAllowed.into());
    }
    if found.deleted_at.is_some() {
        return Err(Refusal::MessageDeleted.into());
    }
    Ok((of, id))
}

/// Asks for an address to which the bytes of a file are brought.
pub(super) async fn request(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let members = call.members().await?;
    let asking = Asking::read(&members);
    let asking = members.finish_with(asking)?;
    let (wanted, base) = (asking.clone(), call.base_url());
    let owner = read(&call, move |snapshot, you| {
        if let Some(number) = wanted.message {
            target(snapshot, you, number)?;
        }
        Ok(you.me.id)
    });
    let cmd = RequestMedia {
        name: asking.name.clone(),
        declared: Some(asking.mime.clone()),
        owner: Some(owner.await?),
    };
    let (fresh, door) = call.upload_door(&cmd, Way::Put, &base).await?;
    let announcing = asking.clone();
    let media = MediaId::from(fresh.fresh);
    let announced = write(&call, move |unit, you| {
        let cx = causerie_core::Context {
            fresh: fresh.fresh,
            ..you.cx.clone()
        };
        request_media(unit, &cx, &cmd)?;
        announce(unit, you, &announcing, media)
    });
    announced.await?;
    // It has its number only now.
    let file = read(&call, move |snapshot, you| {
        let id = media.to_bytes();
        let found = find_positions(snapshot, &you.looking(), &[id])?.remove(&id);
        Ok(found.ok_or(Refusal::MediaNotFound)?.get())
    });
    let (uuid, key) = (uuid_of(media), asking.key(media));
    let headers = door.headers.iter();
    let view = UploadView {
        uuid: &uuid,
        key: &key,
        url: &door.url,
        headers: headers
            .map(|(name, value)| (*name, [value.as_str()]))
            .collect(),
        file: file.await?,
    };
    Ok(Rendered::json(StatusCode::CREATED, &view, FILE_BYTES).into_response())
}

/// Shows the file with its message from now on.
fn announce(unit: &mut dyn Unit, you: &You, asking: &Asking, media: MediaId) -> Result<(), Error> {
    let Some(number) = asking.message else {
        return Ok(());
    };
    let (of, message) = target(unit, you, number)?;
    lock_message(unit, &you.cx, of, message)?;
    let mut kept = kept(unit, you, message)?;
    let now = you.cx.now;
    let one = Awaited::new(media, &asking.name, &asking.mime, asking.voice, now);
    kept.announce(one, now).map_err(|wrong| wrong.at("id"))?;
    keep(unit, you, message, &kept)
}

fn kept(snapshot: &mut dyn Snapshot, you: &You, message: MessageId) -> Result<Kept, Error> {
    let bearer = Bearer::Message(message);
    let found = find_extras(snapshot, &you.looking(), NAME, &[bearer])?;
    Ok(Kept::of(found.get(&bearer)))
}

fn keep(unit: &mut dyn Unit, you: &You, message: MessageId, kept: &Kept) -> Result<(), Error> {
    let extra = kept.to_extra().map_err(|wrong| wrong.at("id"))?;
    keep_extra(unit, &you.cx, Bearer::Message(message), &extra)
}

/// The file in the path.
fn number(call: &Call) -> Result<u64, Problem> {
    path_number(call, "file", Refusal::MediaNotFound)
}

/// Takes a file whose bytes were brought, and gives it to its message.
pub(super) async fn finalise(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let number = number(&call)?;
    let received = call.members().await.and_then(|members| {
        let key = members.need_text("key");
        members.finish_with(key)
    });
    let found = read(&call, move |snapshot, you| {
        let id = you.media(snapshot, number)?;
        let found = find_media(snapshot, &you.whole, id)?;
        if found.owner == Some(you.me.id) {
            Ok(id)
        } else {
            Err(Refusal::MediaNotFound.into())
        }
    });
    let media = found.await?;
    let key = received?;
    let mut parts = key.split('/').skip(1);
    let message = parts.next().and_then(|number| number.parse::<u64>().ok());
    let genuine = parts.next() == Some(&uuid_of(media)) && parts.next().is_none();
    let message = message
        .filter(|_| genuine)
        .ok_or_else(|| Problem::from(Refusal::invalid(wrong_key())))?;
    let nothing = |_: &Media| Rendered::json(StatusCode::NO_CONTENT, &(), 0);
    call.complete_upload(media, nothing).await?;
    let given = write(&call, move |unit, you| {
        if message == 0 {
            return Ok(());
        }
        let (of, id) = target(unit, you, message)?;
        give(unit, you, (of, id), media)
    });
    given.await?;
    Ok(HttpResponse::NoContent().finish())
}

fn wrong_key() -> causerie_core::Violation {
    Invalid::new("expected the key that came with the address").at("key")
}

/// Gives a message a file that was announced; one that it has already stays.
fn give(
    unit: &mut dyn Unit,
    you: &You,
    (of, message): (ConversationId, MessageId),
    media: MediaId,
) -> Result<(), Error> {
    let locked = lock_message(unit, &you.cx, of, message)?;
    let mut kept = kept(unit, you, message)?;
    if !kept.arrive(media) {
        let has = locked.attachments.iter().any(|one| one.media == media);
        return if has { Ok(()) } else { Err(wrong_key().into()) };
    }
    let one = Attachment {
        media,
        alt_text: None,
        inline: false,
    };
    add_files(unit, &you.cx, of, message, &[one])?;
    keep(unit, you, message, &kept)
}

/// Sends the bytes of a file.
pub(super) async fn content(call: Call) -> Answered {
    let media = found(&call).await?;
    call.send_media(&media, None).await
}

/// Sends the bytes of something that was made of a file.
pub(super) async fn version(call: Call) -> Answered {
    let media = found(&call).await?;
    let preset = Preset::parse(call.part("preset")?).map_err(|_| Refusal::MediaNotFound)?;
    call.send_media(&media, Some(preset)).await
}

async fn found(call: &Call) -> Result<Media, Problem> {
    call.require(Scope::MessagingRead)?;
    let number = number(call)?;
    read(call, move |snapshot, you| {
        let id = you.media(snapshot, number)?;
        find_media(snapshot, &you.reading(), id)
    })
    .await
}

/// Lists the files of a conversation, newest first.
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let of = of(&call)?;
    let asked = call.parameters().and_then(|query| {
        let asked = Asked::<(MediaId, MessageId)>::read(&query, USUAL);
        query.finish_with(Some(asked))
    });
    let wanted = asked.as_ref().ok().copied();
    let listed = read(&call, move |snapshot, you| {
        let (id, cx) = (you.conversation(snapshot, of)?.id, you.reading());
        let Some(asked) = wanted else {
            return foreign(causerie_core::act::find_conversation(snapshot, &cx, id)).map(|_| None);
        };
        let page = asked.walk(|at, limit| list_media_of(snapshot, &cx, id, at, limit));
        let page = foreign(page)?;
        let ids: Vec<_> = page
            .items
            .iter()
            .map(|(media, _)| media.id.to_bytes())
            .collect();
        let positions = find_positions(snapshot, &cx, &ids)?;
        Ok(Some((page, positions)))
    });
    let listed = listed.await?;
    let asked = asked?;
    let (page, positions) = listed.ok_or(Refusal::ConversationNotFound)?;
    let base = call.base_url();
    let shelf = shelf(&call, &base);
    let views = page.items.iter().filter_map(|(media, _)| {
        let number = positions.get(&media.id.to_bytes())?.get();
        Some(shelf.file(media, number))
    });
    let view = asked.view(&call, &[], views.collect(), page.next);
    let size_bytes = FILE_BYTES * (view.data.len() + 1);
    Ok(Rendered::json(StatusCode::OK, &view, size_bytes).into_response())
}
