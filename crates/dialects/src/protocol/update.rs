//! Changes messages: what they say, who reacted to them, which files go with them, that they were read.
//!
//! What a request does not say stays; reactions and attachments are added to those that there are.

use causerie_core::act::{
    AddReaction, EditMessage, add_reaction, edit_message, find_member, list_participants,
    list_reactions, mark, remove_reaction,
};
use causerie_core::page::Limit;
use causerie_core::port::{ParticipantFilter, Snapshot, Unit};
use causerie_core::reaction::{Reaction, ReactionName};
use causerie_core::receipt::{ReceiptKind, Seen};
use causerie_core::text::{ExternalId, Text};
use causerie_core::{
    Bearer, Error, Invalid, MessageChange, ParticipantId, Refusal, Scope, Settings, Timestamp,
};
use causerie_http::extract::{Call, Given};
use causerie_http::members::{Members, texts, unix_time};
use causerie_http::{Answered, Problem};

use super::NAME;
use super::conversations::given;
use super::kept::{KeptContact, KeptMessage, KeptReaction, keep, read};
use super::messages::{as_attachments, find_shown, read_text, show_message};
use super::named::ids;
use super::problem::malformed;
use super::wire::{seconds, username};
use super::you::{self, You};

/// How many reactions one request may add.
const REACTIONS_ADDED_MAX: usize = 100;

/// What is to become of a message.
#[derive(Clone, Debug)]
struct Change {
    text: Option<Text>,
    reactions: Option<Vec<Reacted>>,
    attachments: Vec<String>,
    read_at: Given<Timestamp>,
}

/// What is to become of its reactions, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reacted {
    ClearAll,
    Clear(ReactionName),
    Add(ReactionName, ExternalId),
}

impl Change {
    fn read(members: &Members, limits: &Settings) -> Result<Self, Problem> {
        let change = Self {
            text: read_message(members, limits),
            reactions: read_reactions(members),
            attachments: members.maybe("attachments", ids).unwrap_or_default(),
            read_at: given(members, "read_at", unix_time),
        };
        members.finish_with(Some(change)).map_err(malformed)
    }
}

/// The new text; an empty one leaves the attachments to speak.
fn read_message(members: &Members, limits: &Settings) -> Option<Text> {
    let empties = members
        .get_raw("message")
        .is_some_and(|raw| raw.get() == r#""""#);
    if empties {
        return Some(Text::empty());
    }
    read_text(members, limits)
}

/// An object of lists of usernames, or a list of such objects as it is shown. Nothing at all clears everything, an
/// empty list a name.
fn read_reactions(members: &Members) -> Option<Vec<Reacted>> {
    let written = members.get_raw("reactions")?.get();
    let objects = match written.as_bytes().first() {
        _ if written == r#""""# => Vec::new(),
        Some(b'[') => members.objects("reactions")?,
        Some(b'n') => return None,
        _ => vec![members.object("reactions")?],
    };
    let mut all = Vec::new();
    for object in &objects {
        for (name, raw) in object.iter() {
            let Some(reaction) = object.note(name, ReactionName::parse(name)) else {
                continue;
            };
            let usernames = object.note(name, texts(raw)).unwrap_or_default();
            let usernames: Vec<_> = usernames.iter().filter(|one| !one.is_empty()).collect();
            if usernames.is_empty() {
                all.push(Reacted::Clear(reaction));
                continue;
            }
            for one in usernames {
                if let Some(one) = object.note(name, ExternalId::parse(one)) {
                    all.push(Reacted::Add(reaction.clone(), one));
                }
            }
        }
    }
    if all.len() > REACTIONS_ADDED_MAX {
        let problem = format!("expected at most {REACTIONS_ADDED_MAX} at a time");
        members.tell("reactions", &Invalid::new(problem));
    }
    if all.is_empty() {
        all.push(Reacted::ClearAll);
    }
    Some(all)
}

/// `PUT /v1/messages/:id`
pub(super) async fn update(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let members = call.members().await.map_err(malformed);
    let id = call.part("id")?.to_owned();
    let change = members.and_then(|members| Change::read(&members, call.caller().limits()));
    let sought = id.clone();
    let change = you::unless_missing(&call, change, move |snapshot, you| {
        let (of, id, _) = you.message(snapshot, &sought)?;
        find_shown(snapshot, you, of, id).map(drop)
    })
    .await?;
    let message = id.clone();
    you::write(&call, move |unit, you| {
        let (of, id, _) = you.message(unit, &message)?;
        let seen = find_shown(unit, you, of, id)?;
        apply(unit, you, &seen, &change)
    })
    .await?;
    show_message(&call, id).await
}

fn apply(unit: &mut dyn Unit, you: &You, seen: &Seen, change: &Change) -> Result<(), Error> {
    let edited = edit(unit, you, seen, change)?;
    let bearer = Bearer::Message(seen.id);
    let known = causerie_core::act::find_extras(unit, &you.key, NAME, &[bearer])?;
    let before: KeptMessage = read(known.get(&bearer))?;
    let mut kept = before.clone();
    if let Some(wanted) = &change.reactions {
        let (_, own) = find_member(unit, &you.cx, seen.conversation, you.me.id)?;
        if !own.member.role.writes() {
            return Err(Refusal::ReadOnlyMember.into());
        }
        Reacting::load(unit, you, seen, &mut kept)?.apply(unit, wanted)?;
    }
    match change.read_at {
        Given::Absent => {}
        Given::Null => kept.read_at = None,
        Given::Value(at) => {
            kept.read_at = Some(seconds(at));
            let (of, me) = (seen.conversation, you.me.id);
            mark(unit, &you.cx, of, me, ReceiptKind::Read, seen.seq)?;
        }
    }
    let touched = change.reactions.is_some() || kept != before;
    if touched {
        kept.updated_at = Some(seconds(you.key.now));
    }
    if touched && !(edited && kept == before) {
        keep(unit, &you.cx, bearer, &kept, "reactions")?;
    }
    Ok(())
}

/// Changes text and files. Says whether there was anything to change.
fn edit(unit: &mut dyn Unit, you: &You, seen: &Seen, change: &Change) -> Result<bool, Error> {
    let mut files: Vec<_> = seen.attachments.iter().map(|one| one.media).collect();
    let before = files.len();
    for (file, _) in you.attachments(unit, &change.attachments)? {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    let more = files.len() > before;
    if change.text.is_none() && !more {
        return Ok(false);
    }
    let attachments = more.then(|| as_attachments(files)).transpose()?;
    let cmd = EditMessage {
        conversation: seen.conversation,
        message: seen.id,
        acting_as: Some(you.me.id),
        change: MessageChange {
            text: change.text.clone(),
            attachments,
            ..MessageChange::default()
        },
    };
    edit_message(unit, &you.key, &cmd)?;
    Ok(true)
}

/// The reactions of one message while they are changed.
struct Reacting<'a> {
    you: &'a You,
    seen: &'a Seen,
    /// Those of participants.
    known: Vec<Reaction>,
    kept: &'a mut KeptMessage,
}

impl<'a> Reacting<'a> {
    fn load(
        snapshot: &mut dyn Snapshot,
        you: &'a You,
        seen: &'a Seen,
        kept: &'a mut KeptMessage,
    ) -> Result<Self, Error> {
        let (mut known, mut cursor) = (Vec::new(), None);
        let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
        while !seen.reactions.is_empty() {
            let (of, id) = (seen.conversation, seen.id);
            let page = list_reactions(snapshot, &you.cx, of, id, cursor, limit)?;
            known.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        Ok(Self {
            you,
            seen,
            known,
            kept,
        })
    }

    fn apply(&mut self, unit: &mut dyn Unit, wanted: &[Reacted]) -> Result<(), Error> {
        for (place, one) in wanted.iter().enumerate() {
            match one {
                Reacted::ClearAll => self.clear(unit, |_| true)?,
                Reacted::Clear(name) => self.clear(unit, |of| of == name.as_str())?,
                Reacted::Add(name, username) => {
                    let label = format!("reaction {place}");
                    self.add(unit, label.as_bytes(), name, username)?;
                }
            }
        }
        Ok(())
    }

    fn clear(&mut self, unit: &mut dyn Unit, which: impl Fn(&str) -> bool) -> Result<(), Error> {
        let (of, message) = (self.seen.conversation, self.seen.id);
        for one in self.known.extract_if(.., |one| which(one.name.as_str())) {
            remove_reaction(unit, &self.you.key, of, message, one.id)?;
        }
        self.kept.reactions.retain(|one| !which(&one.name));
        Ok(())
    }

    fn add(
        &mut self,
        unit: &mut dyn Unit,
        label: &[u8],
        name: &ReactionName,
        username: &ExternalId,
    ) -> Result<(), Error> {
        let (kept_name, kept_username) = (name.as_str(), username.as_str());
        let same = |one: &KeptReaction| one.name == kept_name && one.username == kept_username;
        let participant = self.find(unit, username)?;
        let mut reaction = KeptReaction {
            name: kept_name.to_owned(),
            username: kept_username.to_owned(),
            participant: None,
        };
        if let Some(participant) = participant {
            let by = |one: &Reaction| one.name == *name && one.participant == participant;
            if self.known.iter().any(by) {
                return Ok(());
            }
            let cmd = AddReaction {
                conversation: self.seen.conversation,
                message: self.seen.id,
                participant: Some(participant),
                name: name.clone(),
            };
            self.known
                .push(add_reaction(unit, &self.you.key.another(label), &cmd)?);
            reaction.participant = Some(participant.to_string());
            self.kept.reactions.retain(|one| !same(one));
        } else if self.kept.reactions.iter().any(same) {
            return Ok(());
        }
        self.kept.reactions.push(reaction);
        Ok(())
    }

    /// The member who is called so and as whom the key may react; for all others the name is a text.
    fn find(
        &self,
        snapshot: &mut dyn Snapshot,
        name: &ExternalId,
    ) -> Result<Option<ParticipantId>, Error> {
        let me = &self.you.me;
        if username(me, &KeptContact::default()) == name.as_str() {
            return Ok(Some(me.id));
        }
        if self.you.key.caller.participant().is_some() {
            return Ok(None);
        }
        let filter = ParticipantFilter {
            external_id: Some(name.clone()),
            archived: Some(false),
            ..ParticipantFilter::default()
        };
        let limit = Limit::new(1).unwrap_or_default();
        let page = list_participants(snapshot, &self.you.key, &filter, None, limit)?;
        let Some(found) = page.items.first() else {
            return Ok(None);
        };
        match find_member(snapshot, &self.you.cx, self.seen.conversation, found.id) {
            Ok((_, now)) if now.member.role.writes() => Ok(Some(found.id)),
            Ok(_) | Err(Error::Refusal(Refusal::MemberNotFound)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
