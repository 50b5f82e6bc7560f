//! What a client wants to say: read from the body, then made of things that there are.
//!
//! What may be said is decided by the core.

use causerie_core::act::{SendMessage, find_message};
use causerie_core::media::{Attachment, Attachments};
use causerie_core::port::Snapshot;
use causerie_core::receipt::Seen;
use causerie_core::text::Text;
use causerie_core::{
    Conversation, ConversationId, Draft, Error, Invalid, MediaId, Refusal, Settings,
};
use causerie_http::Members;

use super::you::You;

/// A message as it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    text: Text,
    parent: Option<u64>,
    files: Vec<u64>,
    awaits_files: bool,
}

/// A message that can be sent, but for what the core has against it.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) draft: Draft,
    pub(super) parent: Option<Seen>,
    pub(super) media: Vec<MediaId>,
}

impl Wish {
    /// Reads `message`, `parent_id`, `files` and `fileCount`.
    pub(super) fn read(members: &Members, limits: &Settings) -> Option<Self> {
        let text = members.need_text("message");
        let text = text.and_then(|text| members.note("message", message(&text, limits)));
        let files = members.texts("files").unwrap_or_default();
        let parsed = files.iter().map(|id| id.parse::<u64>());
        let files = parsed.collect::<Result<Vec<u64>, _>>();
        let files = files.map_err(|_| Invalid::new("expected the numbers of files"));
        let count = members.integer("fileCount").unwrap_or(0);
        if count < 0 {
            members.tell("fileCount", &Invalid::new("expected 0 or more"));
        }
        let parent = members.integer("parent_id").map(u64::try_from);
        let expected = |_| Invalid::new("expected the number of a message");
        Some(Self {
            parent: members.note("parent_id", parent.transpose().map_err(expected))?,
            files: members.note("files", files)?,
            awaits_files: count > 0,
            text: text?,
        })
    }

    /// The draft of a message that refers to nothing.
    pub(super) fn plain(&self) -> Option<Draft> {
        let refers = self.parent.is_some() || !self.files.is_empty();
        (!refers).then(|| Draft {
            awaits_files: self.awaits_files,
            ..Draft::text(self.text.clone())
        })
    }

    /// Finds what it refers to.
    ///
    /// # Errors
    /// `validation_failed` at `parent_id` or `files.N` for what is not there, or was deleted.
    pub(super) fn find(
        &self,
        snapshot: &mut dyn Snapshot,
        you: &You,
        of: Option<ConversationId>,
    ) -> Result<Ready, Error> {
        let parent = self.find_parent(snapshot, you, of)?;
        let media = you.files(snapshot, &self.files)?;
        let one = |media: &MediaId| Attachment {
            media: *media,
            alt_text: None,
            inline: false,
        };
        let draft = Draft {
            attachments: Attachments::parse(media.iter().map(one).collect())?,
            reply_to: parent.as_ref().map(|parent| parent.id),
            awaits_files: self.awaits_files,
            ..Draft::text(self.text.clone())
        };
        Ok(Ready {
            draft,
            parent,
            media,
        })
    }

    fn find_parent(
        &self,
        snapshot: &mut dyn Snapshot,
        you: &You,
        of: Option<ConversationId>,
    ) -> Result<Option<Seen>, Error> {
        let Some(number) = self.parent else {
            return Ok(None);
        };
        let of = of.ok_or_else(|| unfit("parent_id"))?;
        let id = you
            .message(snapshot, of, number)
            .map_err(unfit_if_missing)?;
        let found = find_message(snapshot, &you.looking(), of, id).map_err(unfit_if_missing)?;
        if found.deleted_at.is_some() {
            return Err(unfit("parent_id").into());
        }
        Ok(Some(found))
    }
}

impl Ready {
    /// The command that sends it as the caller.
    pub(super) fn command(self, you: &You, to: &Conversation) -> SendMessage {
        SendMessage {
            conversation: to.id,
            sender: Some(you.me.id),
            draft: self.draft,
            once: None,
        }
    }
}

/// What a message says; it may say nothing where files say it.
pub(super) fn message(text: &str, limits: &Settings) -> Result<Text, Invalid> {
    if text.is_empty() {
        return Ok(Text::empty());
    }
    Text::parse(text, limits)
}

fn unfit(field: &'static str) -> Refusal {
    let problem = "expected a message of this conversation that was not deleted";
    Invalid::new(problem).at(field).into()
}

fn unfit_if_missing(error: Error) -> Error {
    match error {
        Error::Refusal(Refusal::MessageNotFound) => unfit("parent_id").into(),
        other => other,
    }
}
