//! Reactions: added and taken back by the caller.
//!
//! How they are grouped is in `facts`.

use actix_web::http::StatusCode;
use causerie_core::act::{
    AddReaction, add_reaction, find_message, find_reactions, list_reactions, remove_reaction,
};
use causerie_core::page::Limit;
use causerie_core::port::Snapshot;
use causerie_core::reaction::{Reaction, ReactionName};
use causerie_core::{ConversationId, Error, MessageId, Refusal, Scope, Subject};
use causerie_http::extract::{Call, number};
use causerie_http::{Answered, HttpResponse, Problem};

use super::messages::{Shown, find, numbers};
use super::you::{You, read, write};

/// As many digits as the number of a reaction has at most.
const DIGITS_MAX: usize = 15;
/// How many pages of reactions are looked through for the caller's own.
const PAGES_MAX: usize = 20;

/// Reacts to a message; doing so again changes nothing.
pub(super) async fn add(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let at = numbers(&call)?;
    let received = call.members().await.and_then(|members| {
        let name = members.need_text("reaction");
        let name = name.and_then(|name| members.note("reaction", ReactionName::parse(&name)));
        members.finish_with(name)
    });
    let name = match received {
        Ok(name) => name,
        Err(problem) => {
            read(&call, move |snapshot, you| find(snapshot, you, at)).await?;
            return Err(problem);
        }
    };
    let reacted = write(&call, move |unit, you| {
        let (conversation, message) = find(unit, you, at)?;
        let cmd = AddReaction {
            conversation,
            message,
            participant: Some(you.me.id),
            name: name.clone(),
        };
        match add_reaction(unit, &you.cx, &cmd) {
            Ok(_) | Err(Error::Refusal(Refusal::AlreadyReacted)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    });
    reacted.await?;
    // A new reaction has its number only now.
    let shown = read(&call, move |snapshot, you| {
        let (conversation, message) = find(snapshot, you, at)?;
        let seen = find_message(snapshot, &you.looking(), conversation, message)?;
        Shown::load(snapshot, you, seen)
    });
    let shown = shown.await?;
    Ok(shown.render(&call, StatusCode::OK, at.0)?.into_response())
}

/// Takes a reaction of the caller back: by its number, that of its group, or its name.
pub(super) async fn remove(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let at = numbers(&call)?;
    let named = named(&call)?;
    let removed = write(&call, move |unit, you| {
        let (of, message) = find(unit, you, at)?;
        let own = own(unit, you, (of, message), &named)?;
        remove_reaction(unit, &you.cx, of, message, own.id)
    });
    removed.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a path says about a reaction.
#[derive(Clone, Debug)]
enum Named {
    Number(u64),
    Name(ReactionName),
}

fn named(call: &Call) -> Result<Named, Problem> {
    if let Some(number) = number(call.part("reaction")?, DIGITS_MAX) {
        return Ok(Named::Number(number));
    }
    let name = call.last_part("reaction")?;
    let name = ReactionName::parse(&name).map_err(|_| Refusal::ReactionNotFound)?;
    Ok(Named::Name(name))
}

/// The caller's own reaction of that name, or of the name of the reaction with that number.
fn own(
    snapshot: &mut dyn Snapshot,
    you: &You,
    (of, message): (ConversationId, MessageId),
    named: &Named,
) -> Result<Reaction, Error> {
    let seen = find_message(snapshot, &you.looking(), of, message)?;
    let shown = find_reactions(snapshot, &you.looking(), [&seen.message])?;
    let shown = shown.into_values().next().unwrap_or_default();
    let name = match named {
        Named::Name(name) => name.clone(),
        Named::Number(number) => {
            let id = match you.placed(snapshot, *number)? {
                Some(Subject::Reaction(conversation, id, _)) if conversation == of => id,
                _ => return Err(Refusal::ReactionNotFound.into()),
            };
            let named = shown.iter().find(|one| one.id == id);
            named.ok_or(Refusal::ReactionNotFound)?.name.clone()
        }
    };
    let is_own = |one: &Reaction| one.participant == you.me.id && one.name == name;
    let mut at = None;
    for _ in 0..PAGES_MAX {
        let limit = Limit::new(u64::from(Limit::MAX)).unwrap_or_default();
        let page = list_reactions(snapshot, &you.looking(), of, message, at, limit)?;
        if let Some(own) = page.items.into_iter().find(is_own) {
            return Ok(own);
        }
        at = page.next;
        if at.is_none() {
            break;
        }
    }
    Err(Refusal::ReactionNotFound.into())
}
