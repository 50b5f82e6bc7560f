//! The same results, awaited: a hundred senders at once, whose messages come out in one order.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::sync::Arc;

use causerie_core::act::{self, CreateConversation, CreateParticipant, FirstMember, SendMessage};
use causerie_core::claim::Once;
use causerie_core::contact::{Identifiers, Profile};
use causerie_core::memory::Memory;
use causerie_core::port::{Clock, Ids, RandomIds, SystemClock};
use causerie_core::text::{DisplayName, Metadata, Name, Text};
use causerie_core::{Caller, ConversationKind, ParticipantKind, Role, Workspace};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Memory::store();
    let now = SystemClock.now();
    let workspace = Workspace::new(RandomIds.fresh(now).into(), Name::parse("shop")?, now);
    let caller = Caller::embedding(Arc::new(workspace.clone()));
    let cx = move || caller.context(&SystemClock, &RandomIds);
    store
        .write(move |unit| act::found_workspace(unit, &workspace))
        .await?;

    let now = cx();
    let bot = CreateParticipant {
        external_id: None,
        kind: ParticipantKind::Bot,
        display_name: DisplayName::parse("Counter", now.limits())?,
        identifiers: Identifiers::default(),
        profile: Profile::default(),
        metadata: Metadata::default(),
    };
    let bot = store
        .write(move |unit| act::create_participant(unit, &now, &bot))
        .await?;
    let member = FirstMember {
        participant: bot.id,
        role: Role::Member,
        display_name: None,
    };
    let group = CreateConversation {
        kind: ConversationKind::Group,
        title: None,
        description: None,
        metadata: Metadata::default(),
        avatar_url: None,
        members: vec![member],
    };
    let now = cx();
    let created = store
        .write(move |unit| act::create_conversation(unit, &now, &group))
        .await?;
    let act::CreatedConversation::Created(group) = created else {
        return Err("a group is always new".into());
    };

    let mut senders = tokio::task::JoinSet::new();
    for number in 0..100 {
        let (store, now) = (store.clone(), cx());
        let text = Text::parse(&format!("number {number}"), now.limits())?;
        let cmd = SendMessage::text(group.id, bot.id, text);
        senders.spawn(async move { store.send(now, cmd).await });
    }
    let mut places = Vec::new();
    while let Some(sent) = senders.join_next().await {
        if let Once::Done(message) = sent?? {
            places.push(message.seq.get());
        }
    }
    places.sort_unstable();
    assert_eq!(places, (1..=100).collect::<Vec<_>>());
    println!("100 messages, no gap, none twice");
    Ok(())
}
