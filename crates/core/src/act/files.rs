//! What messages have to do with files: which they may refer to, and how they are shown with them.

use std::collections::HashMap;

use crate::context::{Caller, Context};
use crate::event::Topic;
use crate::fault::Fault;
use crate::id::{ConversationId, MediaId, MessageId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::media::{Attachment, Attachments, Media};
use crate::message::{Message, Sight};
use crate::port::{MediaUse, Snapshot, Unit};
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};

use super::edit_message::{lock_own, log};
use super::find_many::find_conversations;

/// Whose files the caller may refer to: those that it uploaded itself if it is bound to a participant and no
/// administrator, or to a contact at all; otherwise everybody's.
fn whose(caller: &Caller) -> Result<Option<ParticipantId>, Refusal> {
    match caller.sight() {
        Sight::Everything => caller.acting_as(None),
        Sight::Public => Ok(caller.participant()),
    }
}

/// Refuses files that are not there, whose bytes have not arrived, or that are not the caller's to send, but
/// for those that the message has already.
pub(super) fn check_files(
    caller: &Caller,
    attachments: &Attachments,
    known: &Attachments,
    files: &HashMap<MediaId, Media>,
) -> Result<(), Refusal> {
    if attachments.is_empty() {
        return Ok(());
    }
    let owner = whose(caller)?;
    for (place, one) in attachments.iter().enumerate() {
        let sendable = |media: &Media| {
            let own = owner.is_none() || media.owner == owner;
            media.status.has_arrived() && (own || known.iter().any(|has| has.media == media.id))
        };
        if !files.get(&one.media).is_some_and(sendable) {
            let problem = if owner.is_none() {
                "expected a file of this workspace whose bytes have arrived"
            } else {
                "expected a file that the participant uploaded, and whose bytes have arrived"
            };
            let field = format!("attachments/{place}/media_id");
            return Err(Invalid::new(problem).at(field).into());
        }
    }
    Ok(())
}

/// The files that are there, in the order of the attachments.
pub(super) fn in_order(attachments: &Attachments, files: &HashMap<MediaId, Media>) -> Vec<Media> {
    let found = attachments.iter().filter_map(|one| files.get(&one.media));
    found.cloned().collect()
}

/// Shows messages with their files: one statement for all, and none when there are none.
pub(super) fn with_files(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    seen: &mut [Seen],
) -> Result<(), Fault> {
    let all = seen.iter().flat_map(|one| one.message.attachments.iter());
    let mut ids: Vec<MediaId> = all.map(|one| one.media).collect();
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    ids.dedup();
    let found = snapshot.library().find_many(workspace, &ids)?;
    let files: HashMap<MediaId, Media> = found.into_iter().map(|one| (one.id, one)).collect();
    for one in seen {
        one.files = in_order(&one.message.attachments, &files);
    }
    Ok(())
}

/// Notes that a message refers to other files from now on; those that it referred to before stay with its
/// revision.
///
/// # Errors
/// `validation_failed` at `attachments/N/media_id`.
pub(super) fn attach(
    unit: &mut dyn Unit,
    cx: &Context,
    message: &Message,
    attachments: &Attachments,
    known: &Attachments,
) -> Result<(), Error> {
    let mut ids: Vec<MediaId> = attachments.iter().map(|one| one.media).collect();
    ids.sort_unstable();
    if ids.is_empty() {
        return Ok(());
    }
    let found = unit.library_mut().lock_many(cx.workspace(), &ids)?;
    let files: HashMap<MediaId, Media> = found.into_iter().map(|one| (one.id, one)).collect();
    check_files(&cx.caller, attachments, known, &files)?;
    let uses: Vec<MediaUse> = ids
        .into_iter()
        .map(|media| MediaUse {
            media,
            message: message.id,
            conversation: message.conversation,
        })
        .collect();
    Ok(unit.library_mut().attach(cx.workspace(), &uses)?)
}

/// Adds files to a message: what its sender announced, so that it counts as no edit. Its sender may, an owner or admin,
/// and the workspace itself.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`, `not_allowed`, `message_deleted`;
/// `validation_failed` at `attachments` or `attachments/N/media_id`.
pub fn add_files(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    message: MessageId,
    files: &[Attachment],
) -> Result<Seen, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let (mut message, _) = lock_own(unit, cx, conversation, message, None)?;
    if message.deleted_at.is_some() {
        return Err(Refusal::MessageDeleted.into());
    }
    let known = message.attachments.clone();
    message.add_files(files)?;
    attach(unit, cx, &message, &message.attachments, &known)?;
    unit.messages_mut().save(&message)?;
    log(unit, cx, Topic::MessageUpdated, &message)?;
    let mut seen = vec![Seen::unmarked(message.seen_with(cx.caller.sight()))];
    with_files(unit, cx.workspace(), &mut seen)?;
    Ok(seen.pop().ok_or(Refusal::MessageNotFound)?)
}

/// The newest message that refers to each of these files, of those whose newest one the caller may see, by file.
///
/// # Errors
/// `scope_missing`.
pub fn find_uses(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    of: &[MediaId],
) -> Result<HashMap<MediaId, MessageId>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let mut uses = snapshot.library().newest_uses(cx.workspace(), of)?;
    let ids: Vec<ConversationId> = uses.iter().map(|one| one.conversation).collect();
    let conversations = find_conversations(snapshot, cx, &ids)?;
    uses.retain(|one| conversations.contains_key(&one.conversation));
    let ids: Vec<MessageId> = uses.iter().map(|one| one.message).collect();
    let messages = match ids.as_slice() {
        [] => Vec::new(),
        ids => snapshot.messages().find_many(cx.workspace(), ids)?,
    };
    let shown = |one: &MediaUse| {
        let mut all = messages.iter().filter(|message| message.id == one.message);
        all.any(|message| cx.caller.sight().covers(message.visibility))
    };
    let shown = uses.iter().filter(|one| shown(one));
    Ok(shown.map(|one| (one.media, one.message)).collect())
}
