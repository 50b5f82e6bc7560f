//! The files of a message that is to be sent: named as members of its JSON, or brought along in a form.
//!
//! Which files may be referred to is decided by the core.

use causerie_core::MediaId;
use causerie_core::act::{find_conversation, upload_room};
use causerie_core::claim::Fingerprint;
use causerie_core::media::{ATTACHMENTS_MAX, AltText, Attachment, Attachments};
use causerie_core::{ConversationId, ParticipantId};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::drafts::{SendBody, Wish};
use super::wire::Answered;
use crate::extract::{Call, Check, Given, Object, WireBody, read_command};
use crate::problem::{Problem, Wrong};
use crate::transfer::{Brought, Form, Part, Upload, arrive, reserve};

/// A file that was uploaded before.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewAttachment, example = json!({"media_id": "media_01J9ZK6QW8T2V4X6Y8Z0A2C4E6"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct AttachmentBody {
    media_id: String,
    /// What stands for it where it cannot be seen: 1 to 1,000 characters.
    alt_text: Option<String>,
    /// Whether the text of the message shows it in its place; not unless given.
    inline: Option<bool>,
}

/// The files that a body names; none if it names none.
pub(super) fn attachments(
    given: Vec<Object<AttachmentBody>>,
    brought: &[Attachment],
    check: &mut Check<'_>,
) -> Option<Attachments> {
    let mut all = Vec::with_capacity(given.len() + brought.len());
    for (place, Object(one)) in given.into_iter().enumerate().take(ATTACHMENTS_MAX + 1) {
        let at = |member: &str| format!("/attachments/{place}/{member}");
        let media = check.note(at("media_id"), MediaId::parse(&one.media_id));
        let alt_text = one.alt_text.map(|text| AltText::parse(&text));
        let alt_text = match alt_text {
            None => Some(None),
            Some(parsed) => check.note(at("alt_text"), parsed).map(Some),
        };
        if let (Some(media), Some(alt_text)) = (media, alt_text) {
            all.push(Attachment {
                media,
                alt_text,
                inline: one.inline.unwrap_or_default(),
            });
        }
    }
    all.extend_from_slice(brought);
    check.refusal(Attachments::parse(all))
}

/// The files that a change names, in place of all the old; none if it names none, or wrong ones.
pub(super) fn new_attachments(
    given: Given<Vec<Object<AttachmentBody>>>,
    check: &mut Check<'_>,
) -> Option<Attachments> {
    let given = given.change()?.unwrap_or_default();
    attachments(given, &[], check)
}

/// A send with the files that came with it.
#[derive(Deserialize)]
#[serde(transparent)]
struct WithFiles<'a>(#[serde(borrow)] SendBody<'a>);

impl<'a> WireBody<'a> for WithFiles<'a> {
    type To = (ConversationId, Vec<Attachment>);
    type Command = Wish;

    fn into_command(self, (to, brought): Self::To, check: &mut Check<'_>) -> Option<Wish> {
        self.0.read(to, &brought, check)
    }
}

/// A new message as a form: either `message`, or `body`, `participant_id`, `type`, `direction`, `private`,
/// `reply_to`, `reference`, `source_id`, `echo_id` and `scheduled_for` as parts of their own; and its files.
#[derive(ToSchema)]
#[schema(as = NewMessageForm)]
#[expect(dead_code, reason = "describes a form that is read part by part")]
pub(crate) struct SendForm {
    /// All members of a send, as JSON.
    message: Option<SendBody<'static>>,
    /// In place of `message`: what it says.
    body: Option<String>,
    /// In place of `message`: who says it.
    participant_id: Option<String>,
    /// Up to 30 files, as parts called `file`, `files[]` or `attachments[]`.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
}

/// A message and its files, as a form brought them.
pub(super) struct Sending {
    /// What is to be sent; it refers to the files.
    pub(super) wish: Wish,
    pub(super) brought: Vec<Brought>,
    /// Everything that the form said, files by their hashes and names: the same for each retry.
    pub(super) said: Vec<u8>,
}

/// The parts of a form so far.
#[derive(Default)]
struct Parts {
    message: Option<String>,
    members: Map<String, Value>,
    brought: Vec<Brought>,
}

/// Members of a send that may be parts by themselves, as they are texts.
const MEMBERS: [&str; 9] = [
    "body",
    "participant_id",
    "type",
    "direction",
    "reply_to",
    "reference",
    "source_id",
    "echo_id",
    "scheduled_for",
];

impl Call {
    /// Sends a message that comes as a form, with its files.
    pub(super) async fn send_with_files(&mut self, to: ConversationId) -> Answered {
        self.idempotency_key()?;
        self.refuse_missing(move |snapshot, cx| find_conversation(snapshot, cx, to).map(drop))
            .await?;
        let room = self
            .read(|snapshot, cx| upload_room(snapshot, cx.workspace()))
            .await?;
        let Sending {
            wish,
            brought,
            said,
        } = self.receive_sending(to, room).await?;
        let header = self.claim_of(b"", &said)?;
        let header_claims = header.into_iter().collect();
        if !brought.is_empty() && self.answered(header_claims).await?.is_none() {
            let kept = reserve(self.app(), brought).await?;
            self.write(move |unit, cx| arrive(unit, &kept, cx.now))
                .await?;
        }
        Ok(self.submit(wish, header).outcome().await?.into_response())
    }

    /// Receives a message with files as a form.
    ///
    /// # Errors
    /// Those of [`Form`] and [`Upload`], `validation_failed`.
    pub(super) async fn receive_sending(
        &mut self,
        to: ConversationId,
        room: u64,
    ) -> Result<Sending, Problem> {
        let mut form = self.form()?;
        let upload = Upload::begin(self.app(), self.caller().workspace().id, room).await?;
        let mut parts = Parts::default();
        while let Some(part) = form.next().await? {
            self.take_part(&mut parts, part, &mut form, &upload).await?;
        }
        self.sending_of(parts, to)
    }

    async fn take_part(
        &self,
        parts: &mut Parts,
        part: Part,
        form: &mut Form,
        upload: &Upload,
    ) -> Result<(), Problem> {
        let name = part.name().to_owned();
        match name.as_str() {
            "message" if parts.message.is_none() => parts.message = Some(form.text(part).await?),
            "private" if !parts.members.contains_key("private") => {
                let private = form.text(part).await?.parse::<bool>();
                let private = private.map_err(|_| wrong(&name, "expected true or false"))?;
                parts.members.insert(name, private.into());
            }
            one if MEMBERS.contains(&one) && !parts.members.contains_key(one) => {
                parts.members.insert(name, form.text(part).await?.into());
            }
            "file" | "file[]" | "files" | "files[]" | "attachments[]" => {
                if parts.brought.len() == ATTACHMENTS_MAX {
                    return Err(wrong("file", "expected at most 30 files"));
                }
                parts.brought.push(self.land(part, upload).await?);
            }
            one => {
                let expected = "expected message, a text of it or file, texts once each";
                return Err(wrong(one, expected));
            }
        }
        Ok(())
    }

    fn sending_of(&self, parts: Parts, to: ConversationId) -> Result<Sending, Problem> {
        let Parts {
            message,
            members,
            mut brought,
        } = parts;
        let json = match message {
            Some(_) if !members.is_empty() => {
                let expected = "expected either it or texts of it";
                return Err(wrong("message", expected));
            }
            Some(message) => message,
            None => Value::Object(members).to_string(),
        };
        let files: Vec<_> = brought.iter().map(attachment).collect();
        let limits = self.caller().limits();
        let mut wish = read_command::<WithFiles<'_>>(json.as_bytes(), (to, files), limits)?;
        let owner = wish.send.sender;
        for one in &mut brought {
            one.cmd.owner = owner;
        }
        let alike: Vec<_> = brought.iter().enumerate().map(alike).collect();
        let named = wish.send.draft.attachments.iter().cloned();
        let kept = wish.send.draft.attachments.len() - brought.len();
        let same = named.take(kept).chain(alike.iter().cloned()).collect();
        wish.alike = Some(Attachments::parse(same)?);
        let ids = alike.iter().flat_map(|one| one.media.to_bytes());
        let said = json.bytes().chain(ids).collect();
        Ok(Sending {
            wish,
            brought,
            said,
        })
    }
}

fn attachment(brought: &Brought) -> Attachment {
    Attachment {
        media: brought.cx.fresh.into(),
        alt_text: None,
        inline: false,
    }
}

/// A file that came along under an id that it has in each retry: of its bytes, its name and its place.
fn alike((place, brought): (usize, &Brought)) -> Attachment {
    let place = u64::try_from(place).unwrap_or(u64::MAX).to_be_bytes();
    let name = brought.cmd.name.as_str().as_bytes();
    let Fingerprint(hash) = Fingerprint::of(&[&brought.landed.arrived.digest.0, name, &place]);
    let (id, _) = hash.split_first_chunk().unwrap_or((&[0; 16], &[]));
    Attachment {
        media: MediaId::from_bytes(*id),
        alt_text: None,
        inline: false,
    }
}

/// The problem of a part of a form.
pub(super) fn wrong(part: &str, expected: &'static str) -> Problem {
    let part: String = part.chars().take(PART_CHARS_MAX).collect();
    let expected = causerie_core::Invalid::new(expected);
    Problem::invalid(vec![Wrong::at_pointer(format!("/{part}"), &expected)])
}

/// How many characters of a part's name are told.
const PART_CHARS_MAX: usize = 64;

/// A participant that a part of a form names.
pub(super) fn participant(part: Option<&str>) -> Result<Option<ParticipantId>, Problem> {
    let parsed = part.map(ParticipantId::parse).transpose();
    parsed.map_err(|invalid| Problem::invalid(vec![Wrong::at_pointer("/participant_id", &invalid)]))
}
