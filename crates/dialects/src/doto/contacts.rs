//! Contacts: listed, searched, created, changed, put away, and known in inboxes.
//!
//! What a request says of one is read in `contact_wish`.

use causerie_core::act::{
    archive_participant, change_participant, count_participants, find_channel, find_participant,
    list_conversations,
};
use causerie_core::contact::Identifiers;
use causerie_core::page::Limit;
use causerie_core::port::{ConversationFilter, Snapshot, Unit};
use causerie_core::{
    ChannelId, Context, Error, Participant, ParticipantChange, ParticipantId, ParticipantKind,
    Refusal, Scope, Subject,
};
use causerie_http::extract::Call;
use causerie_http::members::text;
use causerie_http::problem::Wrong;
use causerie_http::{Answered, Problem};
use serde::Serialize;

use super::around::{Around, Wanted, placed};
use super::contact_find::{Sort, present, says};
use super::contact_wish::ContactWish;
use super::conversation_view::{ConversationView, Desk, channels};
use super::conversations::{know, named};
use super::entry::{self, admit, done, form, ok, part, placed_participant};
use super::inbox_view::{Channels, ContactInboxView, known_as};
use super::people::ContactView;
use super::walk::page_number;

/// How many contacts a page has.
const PAGE: usize = 15;
/// How many of a contact's conversations are shown.
const CONVERSATIONS_MAX: u64 = 20;

#[derive(Serialize)]
struct CountView {
    count: usize,
    current_page: usize,
}

#[derive(Serialize)]
struct PageView<'a> {
    meta: CountView,
    payload: Vec<ContactView<'a>>,
}

#[derive(Serialize)]
struct PayloadView<T> {
    payload: T,
}

#[derive(Serialize)]
struct CreatedView<'a> {
    contact: ContactView<'a>,
    contact_inbox: Option<ContactInboxView<'a>>,
}

/// Contacts with what is shown of them.
struct Book {
    contacts: Vec<Participant>,
    channels: Channels,
    around: Around,
}

impl Book {
    fn gather(
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        contacts: Vec<Participant>,
    ) -> Result<Self, Error> {
        let channels = channels(snapshot, cx)?;
        let mut wanted = Wanted::default();
        for one in &contacts {
            wanted.known(one);
        }
        for id in channels.keys() {
            wanted.number(id.to_bytes());
            wanted.extra(causerie_core::Bearer::Channel(*id));
        }
        let around = wanted.gather(snapshot, cx)?;
        Ok(Self {
            contacts,
            channels,
            around,
        })
    }

    fn view<'a>(&'a self, one: &'a Participant, with_inboxes: bool) -> ContactView<'a> {
        let mut view = ContactView::of(one, &self.around);
        if with_inboxes {
            let all = ContactInboxView::all(one, &self.channels, &self.around);
            view.contact_inboxes = Some(all);
        }
        view
    }
}

/// Lists contacts.
pub(super) async fn list(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    page(&call, None).await
}

/// Finds contacts by words.
pub(super) async fn search(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let parameters = call.parameters()?;
    let words = parameters
        .maybe("q", text)
        .map(|words| words.trim().to_lowercase());
    let words = words.filter(|words| !words.is_empty()).ok_or_else(|| {
        let missing = causerie_core::Invalid::new("expected words to look for");
        Problem::invalid(vec![Wrong::at_pointer("/q", &missing)])
    })?;
    page(&call, Some(words)).await
}

async fn page(call: &Call, words: Option<String>) -> Answered {
    let parameters = call.parameters()?;
    let number = page_number(&parameters);
    let sort = parameters
        .word("sort", &Sort::WORDS)
        .unwrap_or(Sort::NATURAL);
    let with_inboxes = parameters
        .boolean("include_contact_inboxes")
        .unwrap_or(true);
    parameters.finish()?;
    let (book, count) = call
        .read(move |snapshot, cx| {
            let fits = |one: &Participant| words.as_ref().is_none_or(|words| says(one, words));
            let skip = (number - 1).saturating_mul(PAGE);
            let (found, count) = if words.is_some() {
                let all = sort.page(snapshot, cx, fits, 0, usize::MAX)?;
                let count = all.len();
                (all.into_iter().skip(skip).take(PAGE).collect(), count)
            } else {
                let filter = present(ParticipantKind::Contact);
                let count = count_participants(snapshot, cx, &filter)?;
                (sort.page(snapshot, cx, fits, skip, PAGE)?, count)
            };
            Ok((Book::gather(snapshot, cx, found)?, count))
        })
        .await?;
    let contacts = book.contacts.iter();
    let view = PageView {
        meta: CountView {
            count,
            current_page: number,
        },
        payload: contacts.map(|one| book.view(one, with_inboxes)).collect(),
    };
    Ok(ok(&view))
}

/// The contact with this number.
fn find(snapshot: &mut dyn Snapshot, cx: &Context, number: u64) -> Result<Participant, Error> {
    let found = placed_participant(snapshot, cx, number)?;
    if found.kind == ParticipantKind::Contact && found.archived_at.is_none() {
        Ok(found)
    } else {
        Err(Refusal::ParticipantNotFound.into())
    }
}

/// The channel of the inbox with this number.
pub(super) fn find_inbox(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    number: u64,
) -> Result<ChannelId, Error> {
    match placed(snapshot, cx, number)? {
        Some(Subject::Channel(id)) => Ok(find_channel(snapshot, cx, id)?.id),
        _ => Err(Refusal::ChannelNotFound.into()),
    }
}

fn contact_number(call: &Call) -> Result<u64, Problem> {
    part(call, "contact_id").map_err(|_| Refusal::ParticipantNotFound.into())
}

async fn book_of(call: &Call, id: ParticipantId) -> Result<Book, Problem> {
    call.read(move |snapshot, cx| {
        let one = find_participant(snapshot, cx, id)?;
        Book::gather(snapshot, cx, vec![one])
    })
    .await
}

/// Shows a contact.
pub(super) async fn get(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let number = contact_number(&call)?;
    let book = call
        .read(move |snapshot, cx| {
            let one = find(snapshot, cx, number)?;
            Book::gather(snapshot, cx, vec![one])
        })
        .await?;
    let payload = book.contacts.iter().map(|one| book.view(one, true)).next();
    Ok(ok(&PayloadView { payload }))
}

/// Creates a contact, and lets it be known in an inbox if one is named.
pub(super) async fn create(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let members = call.members().await?;
    let wish = ContactWish::read(&members, call.caller().limits());
    let inbox = members.maybe("inbox_id", named);
    let source_id = members.maybe("source_id", text).filter(|id| !id.is_empty());
    members.finish()?;
    let (contact, channel) = call
        .write(move |unit, cx| {
            let channel = inbox
                .map(|number| find_inbox(unit, cx, number))
                .transpose()?;
            let mut contact = wish.create(unit, cx)?;
            if let Some(channel) = channel {
                contact = know(unit, cx, channel, &contact, source_id.as_deref())?;
            }
            Ok((contact, channel))
        })
        .await?;
    let book = book_of(&call, contact.id).await?;
    let one = book.contacts.first().unwrap_or(&contact);
    let contact_inbox = channel.and_then(|id| {
        let (channel, source_id) = (book.channels.get(&id)?, known_as(one, id)?);
        Some(ContactInboxView::of(source_id, channel, &book.around))
    });
    let payload = CreatedView {
        contact: book.view(one, true),
        contact_inbox,
    };
    Ok(ok(&PayloadView { payload }))
}

/// Changes a contact; attributes are put beside those that it has.
pub(super) async fn update(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let number = contact_number(&call)?;
    call.read(move |snapshot, cx| find(snapshot, cx, number).map(drop))
        .await?;
    let members = received?;
    let wish = ContactWish::read(&members, call.caller().limits());
    members.finish()?;
    let id = call
        .write(move |unit, cx| {
            let contact = find(unit, cx, number)?;
            wish.change(unit, cx, &contact)?;
            Ok(contact.id)
        })
        .await?;
    let book = book_of(&call, id).await?;
    let payload = book.contacts.iter().map(|one| book.view(one, true)).next();
    Ok(ok(&PayloadView { payload }))
}

/// Puts a contact away: it is listed no more, and what it was reached by is free. What it said stays.
pub(super) async fn delete(call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let number = contact_number(&call)?;
    call.write(move |unit, cx| put_away(unit, cx, number))
        .await?;
    Ok(done())
}

fn put_away(unit: &mut dyn Unit, cx: &Context, number: u64) -> Result<(), Error> {
    let contact = find(unit, cx, number)?;
    let change = ParticipantChange {
        external_id: Some(None),
        identifiers: Some(Identifiers::default()),
        ..ParticipantChange::default()
    };
    change_participant(unit, cx, contact.id, &change)?;
    archive_participant(unit, cx, contact.id).map(drop)
}

/// Lets a contact be known in an inbox.
pub(super) async fn create_inbox(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let number = contact_number(&call)?;
    call.read(move |snapshot, cx| find(snapshot, cx, number).map(drop))
        .await?;
    let members = received?;
    let inbox = members.need("inbox_id", named);
    let source_id = members.maybe("source_id", text).filter(|id| !id.is_empty());
    let inbox = members.finish_with(inbox)?;
    let (contact, channel) = call
        .write(move |unit, cx| {
            let channel = find_inbox(unit, cx, inbox)?;
            let contact = find(unit, cx, number)?;
            Ok((
                know(unit, cx, channel, &contact, source_id.as_deref())?,
                channel,
            ))
        })
        .await?;
    let book = book_of(&call, contact.id).await?;
    let view = book.channels.get(&channel).and_then(|of| {
        let source_id = known_as(&contact, channel)?;
        Some(ContactInboxView::of(source_id, of, &book.around))
    });
    Ok(ok(&view))
}

/// Lists the conversations of a contact, the last active first.
pub(super) async fn list_of(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let number = contact_number(&call)?;
    let voice = entry::voice(&call).await?.id();
    let desk = call
        .read(move |snapshot, cx| {
            let contact = find(snapshot, cx, number)?;
            let limit = Limit::new(CONVERSATIONS_MAX).unwrap_or_default();
            let filter = ConversationFilter::default();
            let page = list_conversations(snapshot, cx, Some(contact.id), &filter, None, limit)?;
            Desk::gather(snapshot, cx, page.items, voice)
        })
        .await?;
    let form = form(&call)?;
    let payload: Vec<ConversationView<'_>> = desk.views(&form, call.app()).collect();
    Ok(ok(&PayloadView { payload }))
}
