//! Lists the tags that were used in a workspace.

use crate::context::Context;
use crate::key::Scope;
use crate::message::Sight;
use crate::page::{Limit, Page};
use crate::port::Snapshot;
use crate::refusal::{Error, Refusal};
use crate::tag::{Tag, TagName};

/// A page of tags in the order of their names. A tag stays when nothing has it any more. Callers that are
/// bound to a contact may not list them: private notes have tags as well.
///
/// # Errors
/// `scope_missing`, `not_allowed`.
pub fn list_tags(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    cursor: Option<&TagName>,
    limit: Limit,
) -> Result<Page<Tag, TagName>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    if cx.caller.sight() == Sight::Public {
        return Err(Refusal::NotAllowed.into());
    }
    let found = snapshot
        .tags()
        .page(cx.workspace(), cursor, limit.probe())?;
    Ok(Page::cut(found, limit, |tag| tag.name.clone()))
}
