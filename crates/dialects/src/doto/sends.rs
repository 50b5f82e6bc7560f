//! Sends messages: as the agent who owns the token, as a bot, or as the customer of a conversation.
//!
//! Whether it may be said is decided by the core.

use causerie_core::act::Resolved as Found;
use causerie_core::act::{
    AddMember, SendMessage, add_member, find_conversation, find_memberships, find_message,
    resolve_contact, send_message, turn_conversation,
};
use causerie_core::channel::Platform;
use causerie_core::claim::Once;
use causerie_core::media::{Attachment, Attachments, Media};
use causerie_core::outbound::ReceiverRole;
use causerie_core::port::{Snapshot, Unit};
use causerie_core::receipt::Seen;
use causerie_core::{
    Addressed, Context, Error, Invalid, MessageId, ParticipantId, ParticipantKind, Refusal, Role,
    Status, Visibility,
};
use causerie_http::extract::{Call, Sent};
use causerie_http::{Members, Problem};

use super::around::{Around, Wanted, placed_message};
use super::draft::{Mail, Wish};
use super::entry::{self, placed_participant};
use super::inbox_view::is_api;
use super::json;
use super::known::Talk;
use super::talk::contact_of;
use super::wire::Way;

/// What of a wish had to be looked up.
#[derive(Debug, Default)]
struct LookedUp {
    sender: Option<ParticipantId>,
    reply_to: Option<MessageId>,
    contact: Option<ParticipantId>,
    is_mail: bool,
}

/// A message that was sent, and what is shown with it.
pub(super) struct Said {
    pub(super) seen: Seen,
    pub(super) around: Around,
}

/// Says something in a conversation, once for each `Idempotency-Key`. Who says it joins, and a conversation that was
/// finished is opened again.
///
/// # Errors
/// Those of [`send_message`].
pub(super) async fn say(
    call: &Call,
    talk: Talk,
    mut wish: Wish,
    members: &mut Members,
) -> Result<Said, Problem> {
    if members.files().next().is_some()
        && let Some(id) = call.sent_before().await?
    {
        return show_again(call, talk, id).await;
    }
    let found = look_up(call, talk, &wish).await?;
    let voice = match (found.sender, wish.way) {
        (None, Way::Outgoing | Way::Activity) => Some(entry::voice(call).await?),
        _ => None,
    };
    if wish.in_reply_to.is_some() && found.reply_to.is_none() {
        wish.keep_unanswered();
    }
    wish.draft.reply_to = found.reply_to;
    attach(call, &mut wish, members).await?;
    let kept = json::extra(&wish.extra());
    wish.draft.extra = kept.map_err(|wrong| Refusal::from(wrong.at("content_attributes")))?;
    let sender = found.sender.or(voice.as_ref().map(super::known::Voice::id));
    let plain = wish.draft.reply_to.is_none()
        && wish.draft.attachments.is_empty()
        && wish.draft.extra.is_none();
    let cmd = SendMessage {
        conversation: talk.id,
        sender,
        draft: wish.draft,
        once: None,
    };
    let sent = if found.is_mail {
        send_anyhow(call, cmd, wish.mail, found.contact).await?
    } else {
        send(call, cmd).await?
    };
    match (sent, voice) {
        (Sent::Done(seen), Some(voice)) if plain => Ok(Said {
            seen,
            around: voice.around,
        }),
        (Sent::Done(seen), _) => show(call, seen).await,
        (Sent::Replayed(id), _) => show_again(call, talk, id).await,
    }
}

/// Shows a message that was sent before, as it is now.
async fn show_again(call: &Call, talk: Talk, id: MessageId) -> Result<Said, Problem> {
    let seen = call
        .read(move |snapshot, cx| find_message(snapshot, cx, talk.id, id))
        .await?;
    show(call, seen).await
}

/// Gathers what is shown with a message.
async fn show(call: &Call, seen: Seen) -> Result<Said, Problem> {
    call.read(move |snapshot, cx| {
        let mut wanted = Wanted::default();
        wanted.message(&seen);
        let around = wanted.gather(snapshot, cx)?;
        Ok(Said { seen, around })
    })
    .await
}

/// Finds what the wish names by numbers, and the customer where they say it.
async fn look_up(call: &Call, talk: Talk, wish: &Wish) -> Result<LookedUp, Problem> {
    let incoming = wish.way == Way::Incoming;
    let (reply, bot) = (wish.in_reply_to, wish.bot);
    let mail = !wish.mail.is_empty();
    let is_public = wish.draft.visibility == Visibility::Public;
    if !incoming && !mail && reply.is_none() && bot.is_none() {
        return Ok(LookedUp::default());
    }
    call.read(move |snapshot, cx| {
        let mut found = LookedUp::default();
        if let Some(number) = reply {
            found.reply_to = find_answered(snapshot, cx, talk, number)?;
        }
        if incoming || mail {
            let platform = entry::platform(snapshot, cx, talk.id)?;
            if incoming && !platform.is_some_and(is_api) {
                let only = "expected outgoing: incoming messages are taken in API inboxes only";
                return Err(Invalid::new(only).at("message_type").into());
            }
            found.is_mail = mail && is_public && platform == Some(Platform::Email);
            let contact = contact_of(snapshot, cx, talk.id)?;
            found.contact = contact.map(|contact| contact.id);
        }
        if incoming {
            let none = Invalid::new("expected outgoing: the conversation has no contact");
            let contact = found.contact.ok_or_else(|| none.at("message_type"))?;
            found.sender = Some(contact);
        } else if let Some(number) = bot {
            found.sender = Some(find_bot(snapshot, cx, number)?);
        }
        Ok(found)
    })
    .await
}

/// The message with this number in a conversation; what the caller does not see answers nothing.
fn find_answered(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    talk: Talk,
    number: u64,
) -> Result<Option<MessageId>, Error> {
    let Some((id, _)) = placed_message(snapshot, cx, talk.id, number)? else {
        return Ok(None);
    };
    match find_message(snapshot, cx, talk.id, id) {
        Ok(_) => Ok(Some(id)),
        Err(Error::Refusal(_)) => Ok(None),
        Err(broken) => Err(broken),
    }
}

fn find_bot(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    number: u64,
) -> Result<ParticipantId, Error> {
    let found = match placed_participant(snapshot, cx, number) {
        Ok(found) => Some(found).filter(|one| one.kind == ParticipantKind::Bot),
        Err(Error::Refusal(Refusal::ParticipantNotFound)) => None,
        Err(other) => return Err(other),
    };
    let none = || Invalid::new("expected the id of a bot").at("sender_id");
    Ok(found.ok_or_else(none)?.id)
}

/// Keeps the files that came along, and lets the message have them after those that were there already.
async fn attach(call: &Call, wish: &mut Wish, members: &mut Members) -> Result<(), Problem> {
    let named = |field: &str| field.split('[').next() == Some("attachments");
    let wanted: Vec<bool> = members.files().map(|file| named(file.field)).collect();
    let kept = call.keep_files(members, None).await?;
    let brought = kept.iter().zip(wanted).filter(|(_, wanted)| *wanted);
    let brought: Vec<&Media> = brought.map(|(media, _)| media).collect();
    let all_pictures = wish.files.is_empty()
        && brought
            .iter()
            .all(|media| media.kind() == causerie_core::media::AttachmentKind::Image);
    let ids = wish
        .files
        .iter()
        .copied()
        .chain(brought.iter().map(|media| media.id));
    let all = ids.map(|media| Attachment {
        media,
        alt_text: None,
        inline: false,
    });
    let attachments = Attachments::parse(all.collect())?;
    wish.attach(attachments, all_pictures);
    Ok(())
}

/// The short way, which shares its trip with others; the long one where somebody has to join or to reopen first.
async fn send(call: &Call, cmd: SendMessage) -> Result<Sent<Seen>, Problem> {
    match call.send(cmd.clone()).await {
        Err(refused) if matches!(refused.code(), "not_a_member" | "conversation_not_open") => {
            send_anyhow(call, cmd, Mail::default(), None).await
        }
        sent => sent,
    }
}

async fn send_anyhow(
    call: &Call,
    cmd: SendMessage,
    mail: Mail,
    contact: Option<ParticipantId>,
) -> Result<Sent<Seen>, Problem> {
    call.send_within(cmd, move |unit, cx, cmd| {
        let mut cmd = cmd.clone();
        if !mail.is_empty() {
            cmd.draft.receivers = receivers(unit, cx, &mail, contact)?;
        }
        send_joined(unit, cx, &cmd)
    })
    .await
}

/// Sends in one unit with what has to happen before: the conversation is opened again, and who says it joins.
pub(super) fn send_joined(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &SendMessage,
) -> Result<Once<Seen>, Error> {
    let of = cmd.conversation;
    if !find_conversation(unit, cx, of)?.status.takes_messages() {
        turn_conversation(unit, cx, of, Status::Open, None)?;
    }
    if let Some(sender) = cmd.sender {
        join(unit, cx, of, sender)?;
    }
    send_message(unit, cx, cmd)
}

/// Lets somebody be in a conversation who is not.
pub(super) fn join(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: causerie_core::ConversationId,
    participant: ParticipantId,
) -> Result<(), Error> {
    if !find_memberships(unit, cx, &[(conversation, participant)])?.is_empty() {
        return Ok(());
    }
    let cmd = AddMember {
        conversation,
        participant,
        role: Role::Admin,
        display_name: None,
    };
    match add_member(unit, cx, &cmd) {
        Ok(_) | Err(Error::Refusal(Refusal::AlreadyMember)) => Ok(()),
        Err(refused) => Err(refused),
    }
}

/// Those whom mail is for: who is named, and the customer unless others are named in their place.
fn receivers(
    unit: &mut dyn Unit,
    cx: &Context,
    mail: &Mail,
    contact: Option<ParticipantId>,
) -> Result<Vec<Addressed>, Error> {
    let mut all: Vec<Addressed> = Vec::new();
    if mail.to.is_empty() {
        all.extend(contact.map(|participant| Addressed {
            participant,
            role: ReceiverRole::To,
            reached_by: None,
        }));
    }
    let sorts = [
        (&mail.to, ReceiverRole::To),
        (&mail.cc, ReceiverRole::Cc),
        (&mail.bcc, ReceiverRole::Bcc),
    ];
    for (identifiers, role) in sorts {
        for identifier in identifiers {
            let cx = cx.another(identifier.value().as_bytes());
            let (Found::Created(one) | Found::Existing(one)) =
                resolve_contact(unit, &cx, identifier, None)?;
            if all.iter().all(|known| known.participant != one.id) {
                all.push(Addressed {
                    participant: one.id,
                    role,
                    reached_by: Some(identifier.clone()),
                });
            }
        }
    }
    Ok(all)
}
