//! Messages: sent, shown, edited, deleted.
//!
//! Lists are in `list`.

use std::mem;

use actix_web::http::StatusCode;
use causerie_core::act::{
    DeleteMessage, EditMessage, SendMessage, delete_message, edit_message, find_memberships,
    find_message,
};
use causerie_core::port::Snapshot;
use causerie_core::receipt::Seen;
use causerie_core::{
    ConversationId, DeleteMode, Draft, Error, MessageChange, MessageId, Refusal, Scope,
};
use causerie_http::extract::{Call, Sent};
use causerie_http::{Answered, HttpResponse, Problem, Rendered};

use super::facts::{Beside, Facts, Scene};
use super::file::Shelf;
use super::paging::root_of;
use super::wire::MessageView;
use super::wish::{Wish, message};
use super::you::{You, foreign, known, path_number, read, write};

/// About how long a message is on the wire.
const MESSAGE_BYTES: usize = 1_024;

/// A message and what it is shown with.
#[derive(Debug)]
pub(super) struct Shown {
    seen: Seen,
    facts: Facts,
    me: causerie_core::ParticipantId,
}

impl Shown {
    pub(super) fn load(snapshot: &mut dyn Snapshot, you: &You, seen: Seen) -> Result<Self, Error> {
        let facts = Facts::load(snapshot, you, &[&seen], Beside::default())?;
        let me = you.me.id;
        Ok(Self { seen, facts, me })
    }

    /// The answer that shows it.
    ///
    /// # Errors
    /// `message_not_found` when its author is not known, which never is.
    pub(super) fn render(
        &self,
        call: &Call,
        status: StatusCode,
        conversation: u64,
    ) -> Result<Rendered, Problem> {
        let base = call.base_url();
        let scene = Scene {
            facts: &self.facts,
            shelf: shelf(call, &base),
            me: self.me,
        };
        let view = scene.message(&self.seen, conversation);
        let view: MessageView<'_> = view.ok_or(Refusal::MessageNotFound)?;
        let rendered = Rendered::json(status, &view, MESSAGE_BYTES);
        if status != StatusCode::CREATED {
            return Ok(rendered);
        }
        let (root, id) = (root_of(call), view.id);
        Ok(rendered.at(format!("{root}/conversations/{conversation}/messages/{id}")))
    }
}

/// Where files are found, for whoever asks now.
pub(super) fn shelf<'a>(call: &'a Call, base: &'a str) -> Shelf<'a> {
    Shelf {
        vault: call.app().vault(),
        base,
        workspace: call.caller().workspace().id,
        now: call.app().clock().now(),
    }
}

/// The numbers of a message in the path.
pub(super) fn numbers(call: &Call) -> Result<(u64, u64), Problem> {
    Ok((
        path_number(call, "conversation", Refusal::ConversationNotFound)?,
        path_number(call, "message", Refusal::MessageNotFound)?,
    ))
}

/// The ids of a message that the caller may see.
pub(super) fn find(
    snapshot: &mut dyn Snapshot,
    you: &You,
    (of, number): (u64, u64),
) -> Result<(ConversationId, MessageId), Error> {
    let conversation = you.conversation(snapshot, of)?.id;
    let own = find_memberships(snapshot, &you.looking(), &[(conversation, you.me.id)])?;
    if own.is_empty() {
        return Err(Refusal::NotAMember.into());
    }
    let id = you.message(snapshot, conversation, number)?;
    find_message(snapshot, &you.looking(), conversation, id)?;
    Ok((conversation, id))
}

/// Sends a message as the caller.
pub(super) async fn send(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let of = path_number(&call, "conversation", Refusal::ConversationNotFound)?;
    let wish = wish(&mut call).await;
    let (me, known) = (call.voice().await?, known(&call));
    let workspace = call.caller().workspace().id;
    let remembered = wish.as_ref().ok().and_then(|wish| {
        let conversation = known.conversation(workspace, of)?;
        let facts = Facts::remembered(&known, conversation, me.id)?;
        Some((conversation, wish.plain()?, facts))
    });
    let (conversation, draft, facts) = if let Some(remembered) = remembered {
        remembered
    } else {
        let asked = wish.as_ref().ok().cloned();
        let found = read(&call, move |snapshot, you| {
            prepare(snapshot, you, of, asked)
        });
        let Some(found) = found.await? else {
            return Err(wish.err().unwrap_or(Refusal::MessageNotFound.into()));
        };
        found.2.remember(&known, found.0, me.id);
        found
    };
    call.confine(&me);
    let cmd = SendMessage {
        conversation,
        sender: Some(me.id),
        draft,
        once: None,
    };
    let sent = match call.send(cmd).await {
        Err(problem) if problem.code() == Refusal::ConversationNotFound.code() => {
            read(&call, move |snapshot, you| you.conversation(snapshot, of)).await?;
            return Err(Refusal::NotAMember.into());
        }
        sent => sent?,
    };
    let me = me.id;
    match sent {
        Sent::Done(seen) => {
            let shown = Shown { seen, facts, me };
            Ok(shown
                .render(&call, StatusCode::CREATED, of)?
                .into_response())
        }
        Sent::Replayed(id) => {
            let shown = replay(&call, conversation, id).await?;
            Ok(shown.render(&call, StatusCode::CREATED, of)?.into_replay())
        }
    }
}

async fn wish(call: &mut Call) -> Result<Wish, Problem> {
    let members = call.members().await?;
    let wish = Wish::read(&members, call.caller().limits());
    members.finish_with(wish)
}

type Prepared = (ConversationId, Draft, Facts);

/// All that a send needs and its answer shows, but for the message itself; nothing without a wish.
fn prepare(
    snapshot: &mut dyn Snapshot,
    you: &You,
    of: u64,
    wish: Option<Wish>,
) -> Result<Option<Prepared>, Error> {
    let conversation = you.conversation_id(snapshot, of)?;
    let own = [(conversation, you.me.id)];
    let own = find_memberships(snapshot, &you.looking(), &own)?;
    let Some(own) = own.into_values().next() else {
        you.conversation(snapshot, of)?;
        return Err(Refusal::NotAMember.into());
    };
    let Some(wish) = wish else {
        return Ok(None);
    };
    let mut ready = wish.find(snapshot, you, Some(conversation))?;
    let beside = Beside {
        members: vec![own],
        media: mem::take(&mut ready.media),
    };
    let parent = ready.parent.take();
    let answered: Vec<&Seen> = parent.iter().collect();
    let mut facts = Facts::load(snapshot, you, &answered, beside)?;
    facts
        .parents
        .extend(parent.map(|parent| (parent.id, parent)));
    Ok(Some((conversation, ready.draft, facts)))
}

/// The message of an earlier request, as it stands.
async fn replay(call: &Call, of: ConversationId, id: MessageId) -> Result<Shown, Problem> {
    read(call, move |snapshot, you| {
        let seen = find_message(snapshot, &you.looking(), of, id)?;
        Shown::load(snapshot, you, seen)
    })
    .await
}

/// Shows a message, or what is left of it.
pub(super) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (of, number) = numbers(&call)?;
    let shown = read(&call, move |snapshot, you| {
        let conversation = you.conversation(snapshot, of)?.id;
        let id = you.message(snapshot, conversation, number);
        let seen = match id {
            Ok(id) => find_message(snapshot, &you.reading(), conversation, id),
            // Whoever is not in it learns nothing of what is.
            Err(error) => Err(find_or(snapshot, you, conversation, error)),
        };
        Shown::load(snapshot, you, foreign(seen)?)
    });
    Ok(shown
        .await?
        .render(&call, StatusCode::OK, of)?
        .into_response())
}

/// That the caller is not in the conversation, or else the error.
fn find_or(snapshot: &mut dyn Snapshot, you: &You, of: ConversationId, error: Error) -> Error {
    match find_memberships(snapshot, &you.looking(), &[(of, you.me.id)]) {
        Ok(own) if own.is_empty() => Refusal::NotAMember.into(),
        Ok(_) => error,
        Err(fault) => fault,
    }
}

/// Gives a message another text.
pub(super) async fn edit(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let at = numbers(&call)?;
    let received = call.members().await.and_then(|members| {
        let limits = call.caller().limits();
        let text = members.need_text("message");
        let text = text.and_then(|text| members.note("message", message(&text, limits)));
        members.finish_with(text)
    });
    let text = match received {
        Ok(text) => text,
        Err(problem) => {
            read(&call, move |snapshot, you| find(snapshot, you, at)).await?;
            return Err(problem);
        }
    };
    let shown = write(&call, move |unit, you| {
        let (conversation, message) = find(unit, you, at)?;
        let change = MessageChange {
            text: Some(text.clone()),
            ..MessageChange::default()
        };
        let cmd = EditMessage {
            conversation,
            message,
            acting_as: None,
            change,
        };
        let seen = edit_message(unit, &you.cx, &cmd)?;
        Shown::load(unit, you, seen)
    });
    let shown = shown.await?;
    Ok(shown.render(&call, StatusCode::OK, at.0)?.into_response())
}

/// Shows a message whose files have been uploaded.
pub(super) async fn finalize(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let at = numbers(&call)?;
    let received = call.members().await;
    let shown = read(&call, move |snapshot, you| {
        let (conversation, id) = find(snapshot, you, at)?;
        let seen = find_message(snapshot, &you.looking(), conversation, id)?;
        if seen.sender != you.me.id {
            return Err(Refusal::NotAllowed.into());
        }
        Shown::load(snapshot, you, seen)
    });
    let shown = shown.await?;
    received?;
    Ok(shown.render(&call, StatusCode::OK, at.0)?.into_response())
}

/// Deletes a message for everybody; its place stays.
pub(super) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let at = numbers(&call)?;
    let deleted = write(&call, move |unit, you| {
        let (conversation, message) = find(unit, you, at)?;
        let cmd = DeleteMessage {
            conversation,
            message,
            mode: DeleteMode::Soft,
            acting_as: None,
        };
        delete_message(unit, &you.cx, &cmd)
    });
    deleted.await?;
    Ok(HttpResponse::NoContent().finish())
}
