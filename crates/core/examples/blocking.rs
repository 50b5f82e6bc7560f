//! A conversation inside a program without a runtime: every result is waited for on the thread.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::sync::Arc;

use causerie_core::act::{self, CreateConversation, CreateParticipant, FirstMember, SendMessage};
use causerie_core::contact::{Identifiers, Profile};
use causerie_core::memory::Memory;
use causerie_core::page::{Limit, Order};
use causerie_core::port::{Clock, Ids, RandomIds, SystemClock};
use causerie_core::text::{DisplayName, Metadata, Name, Text};
use causerie_core::{Caller, ConversationKind, ParticipantKind, Role, Workspace};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Memory::store();
    let now = SystemClock.now();
    let workspace = Workspace::new(RandomIds.fresh(now).into(), Name::parse("shop")?, now);
    let caller = Caller::embedding(Arc::new(workspace.clone()));
    let cx = move || caller.context(&SystemClock, &RandomIds);
    store
        .write(move |unit| act::found_workspace(unit, &workspace))
        .wait()?;

    let mut people = Vec::new();
    for (name, kind) in [
        ("Ada", ParticipantKind::Agent),
        ("Bo", ParticipantKind::Contact),
    ] {
        let now = cx();
        let display_name = DisplayName::parse(name, now.limits())?;
        let metadata = Metadata::default();
        let cmd = CreateParticipant {
            external_id: None,
            kind,
            display_name,
            identifiers: Identifiers::default(),
            profile: Profile::default(),
            metadata,
        };
        people.push(
            store
                .write(move |unit| act::create_participant(unit, &now, &cmd))
                .wait()?,
        );
    }

    let member = |participant| FirstMember {
        participant,
        role: Role::Member,
        display_name: None,
    };
    let cmd = CreateConversation {
        kind: ConversationKind::Direct,
        title: None,
        description: None,
        metadata: Metadata::default(),
        avatar_url: None,
        members: people.iter().map(|one| member(one.id)).collect(),
    };
    let now = cx();
    let created = store
        .write(move |unit| act::create_conversation(unit, &now, &cmd))
        .wait()?;
    let act::CreatedConversation::Created(conversation) = created else {
        return Err("the pair had a conversation before".into());
    };

    for (from, words) in [
        (1, "Where is my order?"),
        (0, "On its way."),
        (1, "Thank you!"),
    ] {
        let now = cx();
        let text = Text::parse(words, now.limits())?;
        store
            .send(
                now,
                SendMessage::text(conversation.id, people[from].id, text),
            )
            .wait()?;
    }

    let now = cx();
    let list = act::ListMessages {
        conversation: conversation.id,
        order: Order::Ascending,
        limit: Limit::default(),
        cursor: None,
        after: None,
        before: None,
        tombstones: causerie_core::port::Tombstones::default(),
    };
    let page = store
        .read(move |snapshot| act::list_messages(snapshot, &now, &list))
        .wait()?;
    for seen in page.items {
        println!("{} {}", seen.message.seq, seen.message.text);
    }
    Ok(())
}
