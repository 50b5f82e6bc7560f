//! Messages that wait for their time, the templates that they are made from, and the leases of those who
//! send them.

use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId, TemplateId, WorkspaceId};
use crate::schedule::Scheduled;
use crate::template::{Locale, Slug, Template};
use crate::timestamp::Timestamp;

/// A place in a list of scheduled messages: by time, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DuePlace {
    /// When it is to be sent.
    pub due_at: Timestamp,
    /// Which.
    pub id: MessageId,
}

/// Scheduled messages as they stand in one snapshot. Those of deleted conversations are found until they
/// are due.
pub trait ReadSchedule {
    /// The scheduled message, or `None` if this workspace has none with this id.
    fn find(&mut self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Scheduled>, Fault>;
    /// Those of the scheduled messages that exist, in no particular order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[MessageId],
    ) -> Result<Vec<Scheduled>, Fault>;
    /// Up to `limit` scheduled messages after a place, the next due first, refused ones included; of one
    /// conversation and of one sender if they are named.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: Option<ConversationId>,
        sender: Option<ParticipantId>,
        after: Option<DuePlace>,
        limit: usize,
    ) -> Result<Vec<Scheduled>, Fault>;
    /// Whether a conversation has `count` scheduled messages or more, refused ones included. Looks at so many
    /// at most.
    fn has(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        count: usize,
    ) -> Result<bool, Fault>;
    /// When the next message of any workspace is due, refused ones apart.
    fn next_due(&mut self) -> Result<Option<Timestamp>, Fault>;
}

/// Scheduled messages inside a unit of work.
pub trait Schedule: ReadSchedule {
    /// The scheduled message, locked for the rest of the unit.
    fn lock(&mut self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Scheduled>, Fault>;
    /// Up to `limit` messages of any workspace that are due at `now` and were not refused, locked for the
    /// rest of the unit, in the order of their times and ids.
    fn lock_due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Scheduled>, Fault>;
    /// Adds a scheduled message.
    fn add(&mut self, scheduled: &Scheduled) -> Result<(), Fault>;
    /// Stores time, draft, refusal and time of change of a locked one.
    fn save(&mut self, scheduled: &Scheduled) -> Result<(), Fault>;
    /// Erases scheduled messages that are locked: one statement for all.
    fn erase(&mut self, scheduled: &[(WorkspaceId, MessageId)]) -> Result<(), Fault>;
    /// Erases up to `limit` refused ones of any workspace that last changed before a time, and releases their
    /// files at `now`; returns how many.
    fn erase_refused(
        &mut self,
        before: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<usize, Fault>;
    /// Takes or renews a lease until a time, unless somebody else holds it at `now`. Whoever gets it
    /// keeps it locked for the rest of the unit, so that two holders never work at the same moment.
    fn hold(
        &mut self,
        lease: &'static str,
        holder: [u8; 16],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Fault>;
}

/// Templates as they stand in one snapshot.
pub trait ReadTemplates {
    /// The template, or `None` if this workspace has none with this id.
    fn find(&mut self, workspace: WorkspaceId, id: TemplateId) -> Result<Option<Template>, Fault>;
    /// Those of the templates that exist, in no particular order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[TemplateId],
    ) -> Result<Vec<Template>, Fault>;
    /// The template of a project in exactly this version and locale.
    fn find_exact(
        &mut self,
        workspace: WorkspaceId,
        project: &Slug,
        version: &Slug,
        locale: &Locale,
    ) -> Result<Option<Template>, Fault>;
    /// The template of a project in exactly this locale that has the highest id: the newest version.
    fn find_latest(
        &mut self,
        workspace: WorkspaceId,
        project: &Slug,
        locale: &Locale,
    ) -> Result<Option<Template>, Fault>;
    /// Up to `limit` templates with ids below `before`, newest first; of one project if it is named.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        project: Option<&Slug>,
        before: Option<TemplateId>,
        limit: usize,
    ) -> Result<Vec<Template>, Fault>;
}

/// Templates inside a unit of work.
pub trait Templates: ReadTemplates {
    /// Adds a template. [`Fault::Contended`] when its project, version and locale were taken meanwhile.
    fn add(&mut self, template: &Template) -> Result<(), Fault>;
    /// Erases a template. Says whether it was there.
    fn erase(&mut self, workspace: WorkspaceId, id: TemplateId) -> Result<bool, Fault>;
}
