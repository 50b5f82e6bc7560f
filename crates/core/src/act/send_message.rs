//! Sends messages: one, or as many as wait at the same moment.

use std::collections::{BTreeMap, HashSet};

use crate::claim::{Answer, Claim, ClaimKey, ClaimSource, Fingerprint, Once};
use crate::context::{Caller, Context};
use crate::draft::Draft;
use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId, WorkspaceId};
use crate::message::Visibility;
use crate::port::Unit;
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};
use crate::text::Text;
use crate::timestamp::Timestamp;

use super::pass::Pass;

/// The wish to say something.
#[derive(Clone, Debug)]
pub struct SendMessage {
    /// Where.
    pub conversation: ConversationId,
    /// Who says it; a bound caller may leave it out.
    pub sender: Option<ParticipantId>,
    /// What.
    pub draft: Draft,
    /// That it happen once, and how its answer is remembered.
    pub once: Option<SendOnce>,
}

/// Claims on a send, and how the message it makes is rendered for whoever retries.
#[derive(Clone, Debug)]
pub struct SendOnce {
    /// The claims; a retry that presents any of them is given the first answer.
    pub claims: Vec<Claim>,
    /// Renders the answer. Runs inside the unit: it must be quick and touch nothing.
    pub render: fn(&Seen) -> Answer,
}

impl SendMessage {
    /// A plain text message.
    pub fn text(conversation: ConversationId, sender: ParticipantId, text: Text) -> Self {
        Self {
            conversation,
            sender: Some(sender),
            draft: Draft::text(text),
            once: None,
        }
    }

    /// The claim that its reference makes, if it has one: the same reference in the same conversation with the
    /// same content, sender and time is the same send for as long as claims stand. References of private
    /// notes are apart from public ones, so that nobody learns of a note from a reference that is taken.
    pub fn reference_claim(
        &self,
        caller: &Caller,
        scheduled_for: Option<Timestamp>,
    ) -> Option<Claim> {
        let draft = &self.draft;
        let reference = draft.reference.as_ref()?;
        let sender = self.sender.or(caller.participant());
        let sender = sender.map(ParticipantId::to_bytes);
        let reply_to = draft.reply_to.map(MessageId::to_bytes);
        let due = scheduled_for.map(|time| time.unix_micros().to_be_bytes());
        let rest = (!draft.is_plain()).then(|| draft.to_stored());
        let mut parts: Vec<&[u8]> = vec![
            sender.as_ref().map_or(&[], |id| id),
            draft.kind.as_str().as_bytes(),
            draft.text.as_str().as_bytes(),
            reply_to.as_ref().map_or(&[], |id| id),
            draft.metadata.as_str().as_bytes(),
        ];
        // What has none of these keeps the claim that it had before there were any.
        parts.extend(rest.as_ref().map(String::as_bytes));
        parts.extend(due.as_ref().map(<[u8; 8]>::as_slice));
        let fingerprint = Fingerprint::of(&parts);
        let conversation = self.conversation.to_bytes();
        let mut key: Vec<&[u8]> = vec![&conversation, reference.as_str().as_bytes()];
        if draft.visibility == Visibility::Private {
            key.push(b"private");
        }
        Some(Claim::new(ClaimSource::Reference, &key, fingerprint))
    }

    pub(super) fn claims(&self) -> &[Claim] {
        self.once.as_ref().map_or(&[], |once| &once.claims)
    }
}

/// Sends one message: the next `seq` of its conversation, at a time not before the last message's.
/// The sender has then read everything up to it. Its tags exist from then on, the message that it answers
/// counts it, and its price is taken from the balance.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `conversation_not_found`, `conversation_not_open`,
/// `not_a_member`, `read_only_member`, `participant_archived`, `not_allowed` for a private note of a contact,
/// `template_not_found`, `channel_inactive`, `insufficient_tokens`, `idempotency_key_reused`, `reference_reused`, `answer_erased`;
/// `validation_failed` at `participant_id`, `reply_to`, `type`, `direction`, `private`, `body`, `content`,
/// `attachments/N/media_id`, `template` or `template/parameters/NAME`.
pub fn send_message(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &SendMessage,
) -> Result<Once<Seen>, Error> {
    let mut results = send_messages(unit, &[(cx.clone(), cmd.clone())])?;
    Ok(results
        .pop()
        .unwrap_or(Err(Refusal::ConversationNotFound))?)
}

/// Sends a batch, one statement per collection and workspace. Every send is decided on its own, as if
/// those before it in the batch had been sent before; a refused one never takes its neighbours down.
///
/// # Errors
/// A fault, and then nothing was sent.
pub fn send_messages(
    unit: &mut dyn Unit,
    batch: &[(Context, SendMessage)],
) -> Result<Vec<Result<Once<Seen>, Refusal>>, Fault> {
    let mut outcomes: Vec<Option<Result<Once<Seen>, Refusal>>> = vec![None; batch.len()];
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<usize>> = BTreeMap::new();
    for (index, (cx, _)) in batch.iter().enumerate() {
        by_workspace.entry(cx.workspace()).or_default().push(index);
    }
    for (workspace, mut indexes) in by_workspace {
        while !indexes.is_empty() {
            let later = put_off_repeated_claims(batch, &mut indexes);
            let sends: Vec<_> = indexes.iter().map(|index| &batch[*index]).collect();
            let mut pass = Pass::load(unit, workspace, &sends)?;
            for (place, index) in indexes.into_iter().enumerate() {
                let (cx, cmd) = &batch[index];
                outcomes[index] = Some(pass.decide(place, cx, cmd));
            }
            pass.store(unit)?;
            indexes = later;
        }
    }
    Ok(outcomes
        .into_iter()
        .map(|one| one.unwrap_or(Err(Refusal::ConversationNotFound)))
        .collect())
}

/// Leaves each claim in `indexes` once; whoever repeats one waits for the next pass, when the first has
/// an answer.
fn put_off_repeated_claims(
    batch: &[(Context, SendMessage)],
    indexes: &mut Vec<usize>,
) -> Vec<usize> {
    let mut seen: HashSet<ClaimKey> = HashSet::new();
    let mut put_off = Vec::new();
    indexes.retain(|index| {
        let claims = batch[*index].1.claims();
        let repeated = claims.iter().any(|claim| seen.contains(&claim.key));
        seen.extend(claims.iter().map(|claim| claim.key));
        if repeated {
            put_off.push(*index);
        }
        !repeated
    });
    put_off
}
