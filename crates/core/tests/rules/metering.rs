//! A balance under many sends at once: spent to the last whole price, never below zero.

use std::thread;

use causerie_core::act::*;
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint, Once};
use causerie_core::page::Limit;
use causerie_core::text::*;
use causerie_core::*;

use crate::limits::prices;
use crate::world::{World, code, refused};

/// A world that pays three tokens for a message, with a hundred of them.
fn paying() -> (World, Caller, ConversationId, ParticipantId) {
    let world = World::new();
    world.top_up(100).expect("topped up");
    let plan = Plan {
        metered: true,
        ..prices(3, 1, 0)
    };
    world.grant(plan).expect("granted");
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let caller = world.now();
    (world, caller, group, ada)
}

fn check(world: &World, group: ConversationId, sent: usize) {
    assert_eq!((sent, world.list(group).len()), (33, 33));
    assert_eq!(world.tokens(), Some(1));
    let ledger = world.read(|snapshot, cx| {
        let limit = Limit::new(100).expect("within bounds");
        list_ledger(snapshot, cx, None, limit)
    });
    let ledger = ledger.expect("a page").items;
    let numbers: Vec<u64> = ledger.iter().map(|one| one.number).collect();
    assert_eq!(numbers, (1..=34).rev().collect::<Vec<_>>());
    let sum: i64 = ledger.iter().map(|one| one.delta).sum();
    assert_eq!(sum, 1);
    for pair in ledger.windows(2) {
        let before = i64::try_from(pair[1].tokens).expect("small");
        let after = i64::try_from(pair[0].tokens).expect("small");
        assert_eq!(before + pair[0].delta, after);
    }
}

#[test]
fn many_threads_spend_what_there_is() {
    let (world, caller, group, ada) = paying();
    let (world, caller) = (&world, &caller);
    let sent: usize = thread::scope(|scope| {
        let running: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(move || {
                    let pending: Vec<_> = (0..20)
                        .map(|_| {
                            let cmd = SendMessage::text(group, ada, Text::from_stored("paid"));
                            world.store.send(world.cx_of(caller), cmd)
                        })
                        .collect();
                    let results = pending.into_iter().map(|one| code(one.wait()));
                    let (sent, refusals): (Vec<_>, Vec<_>) = results.partition(Result::is_ok);
                    for refusal in refusals {
                        assert_eq!(refused(refusal), "insufficient_tokens");
                    }
                    sent.len()
                })
            })
            .collect();
        let joined = running.into_iter().map(thread::ScopedJoinHandle::join);
        joined.map(|sent| sent.expect("no sender panics")).sum()
    });
    check(world, group, sent);
}

#[test]
fn a_batch_spends_what_there_is_and_its_refused_sends_cost_nothing() {
    let (world, caller, group, ada) = paying();
    let stranger = world.participant("bo");
    let batch: Vec<(Context, SendMessage)> = (0..60)
        .map(|turn| {
            let from = if turn % 4 == 0 { stranger } else { ada };
            let cmd = SendMessage::text(group, from, Text::from_stored("paid"));
            (world.cx_of(&caller), cmd)
        })
        .collect();
    let results = world
        .store
        .write(move |unit| Ok(send_messages(unit, &batch)?))
        .wait()
        .expect("kept");
    let sent = results.iter().filter(|one| one.is_ok()).count();
    check(&world, group, sent);
    for (turn, result) in results.iter().enumerate() {
        let refusal = result.as_ref().err().map(Refusal::code);
        match refusal {
            Some("not_a_member") => assert_eq!(turn % 4, 0),
            Some(code) => assert_eq!(code, "insufficient_tokens"),
            None => assert!(turn % 4 != 0),
        }
    }
}

#[test]
fn a_retry_costs_nothing_and_is_answered_by_an_empty_balance_too() {
    let (world, caller, group, ada) = paying();
    let send = || {
        let claim = Claim::new(ClaimSource::IdempotencyKey, &[b"k"], Fingerprint::of(&[]));
        let mut cmd = SendMessage::text(group, ada, Text::from_stored("once"));
        cmd.once = Some(SendOnce {
            claims: vec![claim],
            render: |_| Answer(b"kept".to_vec()),
        });
        code(world.store.send(world.cx_of(&caller), cmd).wait())
    };
    assert!(matches!(send(), Ok(Once::Done(_))));
    assert_eq!(world.tokens(), Some(97));
    for _ in 0..32 {
        let cmd = SendMessage::text(group, ada, Text::from_stored("paid"));
        world
            .send_cmd(world.cx_of(&caller), cmd)
            .expect("enough tokens");
    }
    assert_eq!(send(), Ok(Once::Replayed(Answer(b"kept".to_vec()))));
    assert_eq!(world.tokens(), Some(1));
}
