//! `causerie bench-seed`: fills a database with conversations, through the same batches as real sends.
//!
//! For `cargo xtask bench`; no part of the product.

mod vocabulary;

use std::collections::VecDeque;

use anyhow::{Result, anyhow};
use causerie_core::act::{
    self, CreateConversation, CreateParticipant, CreatedConversation, FirstMember, SendMessage,
};
use causerie_core::contact::{Identifiers, Profile};
use causerie_core::port::{RandomIds, SystemClock};
use causerie_core::text::{DisplayName, Metadata, Text, Title};
use causerie_core::{
    Caller, ConversationId, ConversationKind, ParticipantId, ParticipantKind, Role,
};
use serde_json::json;

use self::vocabulary::Vocabulary;
use crate::assemble::{self, Direct};
use crate::cli::SeedArgs;
use crate::config::Config;
use crate::output;

/// Sends that wait for their commit at the same time: enough for full batches, fewer than the queue takes.
const IN_FLIGHT_MAX: usize = 2_048;
const PARTICIPANTS: usize = 10;

/// Creates participants and conversations and sends messages to them in turn; prints each conversation's
/// id as a line of JSON, then as many searches as were asked for, each of which finds a message.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn run(config: &Config, args: SeedArgs) -> Result<()> {
    let direct = Direct::open(config)?;
    direct.found()?;
    let caller = direct.caller(None)?;
    let people = (0..PARTICIPANTS)
        .map(|number| participant(&direct, &caller, number))
        .collect::<Result<Vec<_>>>()?;
    let conversations = (0..args.conversations)
        .map(|number| conversation(&direct, &caller, &people, number))
        .collect::<Result<Vec<_>>>()?;
    let queries = send_all(&direct, &caller, &people, &conversations, args)?;
    for id in conversations {
        output::say(json!({"conversation_id": id.to_string()}));
    }
    for query in queries {
        output::say(json!({"query": query}));
    }
    Ok(())
}

fn participant(direct: &Direct, caller: &Caller, number: usize) -> Result<ParticipantId> {
    let cx = caller.context(&SystemClock, &RandomIds);
    let name = format!("Seed {number}");
    let cmd = CreateParticipant {
        external_id: None,
        kind: ParticipantKind::Bot,
        display_name: DisplayName::parse(&name, cx.limits()).map_err(|error| anyhow!("{error}"))?,
        metadata: Metadata::default(),
        identifiers: Identifiers::default(),
        profile: Profile::default(),
    };
    let created = direct.write(move |unit| act::create_participant(unit, &cx, &cmd))?;
    Ok(created.id)
}

fn conversation(
    direct: &Direct,
    caller: &Caller,
    people: &[ParticipantId],
    number: u64,
) -> Result<ConversationId> {
    let cx = caller.context(&SystemClock, &RandomIds);
    let title = format!("Seed {number}");
    let member = |participant: &ParticipantId| FirstMember {
        participant: *participant,
        role: Role::Member,
        display_name: None,
    };
    let cmd = CreateConversation {
        kind: ConversationKind::Group,
        title: Some(Title::parse(&title, cx.limits()).map_err(|error| anyhow!("{error}"))?),
        description: None,
        metadata: Metadata::default(),
        avatar_url: None,
        members: people.iter().map(member).collect(),
    };
    match direct.write(move |unit| act::create_conversation(unit, &cx, &cmd))? {
        CreatedConversation::Created(one) | CreatedConversation::Existing(one) => Ok(one.id),
    }
}

/// Gives searches for messages from the whole history.
fn send_all(
    direct: &Direct,
    caller: &Caller,
    people: &[ParticipantId],
    conversations: &[ConversationId],
    args: SeedArgs,
) -> Result<Vec<String>> {
    let mut vocabulary = Vocabulary::new();
    let mut queries = Vec::with_capacity(args.queries);
    let senders = people.iter().cycle();
    let turns = conversations.iter().cycle().zip(senders);
    let mut in_flight = VecDeque::with_capacity(IN_FLIGHT_MAX);
    for (number, (conversation, sender)) in turns.take(args.messages).enumerate() {
        if in_flight.len() == IN_FLIGHT_MAX
            && let Some(oldest) = in_flight.pop_front()
        {
            wait(oldest)?;
        }
        let said = vocabulary.say();
        // The first message from its place in the history on that has the words for it.
        if number * args.queries >= queries.len() * args.messages && queries.len() < args.queries {
            queries.extend(vocabulary.query(queries.len(), &said));
        }
        let text = Text::parse(&vocabulary.text(&said), caller.limits());
        let text = text.map_err(|error| anyhow!("{error}"))?;
        let cx = caller.context(&SystemClock, &RandomIds);
        let cmd = SendMessage::text(*conversation, *sender, text);
        in_flight.push_back(direct.store().send(cx, cmd));
    }
    in_flight.into_iter().try_for_each(wait)?;
    Ok(queries)
}

fn wait<T>(sent: causerie_core::Pending<T>) -> Result<()> {
    sent.wait().map(drop).map_err(assemble::explain)
}
