//! What messages have to do with files: which they may refer to, and how they are shown with them.

use std::collections::HashMap;

use crate::context::{Caller, Context};
use crate::fault::Fault;
use crate::id::{MediaId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::media::{Attachments, Media};
use crate::message::{Message, Sight};
use crate::port::{MediaUse, Snapshot, Unit};
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};

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
