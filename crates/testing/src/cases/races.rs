//! Acts that happen once although many try at the same moment, on the rules of core.
//!
//! Sends that race are in `sends`; that each act does the right thing alone is tested in core.

use std::sync::{Arc, Barrier};
use std::thread::{self, ScopedJoinHandle};

use causerie_core::act::{
    AddMember, Bootstrap, CreateConversation, CreateParticipant, CreatedConversation, FirstMember,
    PostToChannel, Posted, ReceiveInbound, Received, To, UpsertParticipant, Upserted, Who,
    add_member, bootstrap, create_conversation, create_participant, once, post_to_channel,
    receive_inbound, upsert_participant,
};
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint, Once};
use causerie_core::contact::{Identifiers, Profile, ProfileChange};
use causerie_core::outbound::ReceiverRole;
use causerie_core::port::{Ids, ParticipantFilter, Unit};
use causerie_core::text::Metadata;
use causerie_core::{
    Context, ConversationKind, Draft, Error, Fresh, ParticipantKind, Refusal, Role, SecretHash,
    Workspace,
};

use super::setting::Setting;
use crate::fixture::{Fixture, START, display_name, external_id, identifier, reference, text};
use crate::subject::Subject;

const RACERS: usize = 6;

/// What became of the same work, begun by several threads at the same moment, each with its own
/// context.
fn race<T: Send + 'static>(
    subject: &Subject,
    contexts: Vec<Context>,
    work: impl Fn(&mut dyn Unit, &Context) -> Result<T, Error> + Clone + Send + 'static,
) -> Vec<Result<T, Error>> {
    let start = &Barrier::new(contexts.len());
    thread::scope(|scope| {
        let run = |cx: Context| {
            let work = work.clone();
            scope.spawn(move || {
                start.wait();
                subject.store().write(move |unit| work(unit, &cx)).wait()
            })
        };
        let racers: Vec<_> = contexts.into_iter().map(run).collect();
        let joined = racers.into_iter().map(ScopedJoinHandle::join);
        joined.map(|one| one.expect("no racer panics")).collect()
    })
}

fn contexts(set: &Setting, subject: &Subject) -> Vec<Context> {
    let here = set.here;
    let workspace: Option<Workspace> =
        subject.read(move |snapshot| snapshot.workspaces().find(here));
    let workspace = workspace.expect("it was added");
    (0..RACERS)
        .map(|_| set.fixture.context(&workspace))
        .collect()
}

pub(super) fn of_participants_with_the_same_external_id_one_is_created(subject: &mut Subject) {
    let set = Setting::new(subject);
    for round in 0..12 {
        let cmd = CreateParticipant {
            external_id: Some(external_id(&format!("x {round}"))),
            kind: ParticipantKind::Contact,
            display_name: display_name("Racer"),
            identifiers: Identifiers::default(),
            profile: Profile::default(),
            metadata: Metadata::default(),
        };
        let results = race(subject, contexts(&set, subject), move |unit, cx| {
            create_participant(unit, cx, &cmd)
        });
        let mut created = 0;
        for result in results {
            match result {
                Ok(_) => created += 1,
                Err(Error::Refusal(Refusal::ExternalIdTaken)) => {}
                Err(other) => panic!("expected external_id_taken, found {other:?}"),
            }
        }
        assert_eq!(created, 1);
    }
    assert_eq!(subject.events(set.here).len(), 12);
}

pub(super) fn of_upserts_of_the_same_participant_one_creates(subject: &mut Subject) {
    let set = Setting::new(subject);
    for round in 0..12 {
        let cmd = UpsertParticipant {
            external_id: external_id(&format!("x {round}")),
            kind: None,
            display_name: None,
            identifiers: None,
            profile: ProfileChange::default(),
            metadata: None,
        };
        let results = race(subject, contexts(&set, subject), move |unit, cx| {
            upsert_participant(unit, cx, &cmd)
        });
        let (mut created, mut all) = (0, Vec::new());
        for result in results {
            all.push(match result.expect("an upsert is never refused here") {
                Upserted::Created(one) => {
                    created += 1;
                    one
                }
                Upserted::Existing(one) => one,
            });
        }
        assert_eq!(created, 1);
        assert!(all.iter().all(|one| *one == all[0]));
    }
}

pub(super) fn of_letters_to_somebody_new_one_creates_them_and_their_conversation(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let bot = set
        .fixture
        .participant_with(set.here, |state| state.kind = ParticipantKind::Bot);
    let channel = set.fixture.channel(set.here, &bot);
    subject.put(&bot);
    subject.put(&channel);
    for round in 0..8 {
        let address = identifier("emailaddress", &format!("{round}@x.org"));
        let cmd = PostToChannel {
            channel: channel.id,
            receivers: vec![To {
                who: Who::Reached(address.clone(), None),
                role: ReceiverRole::To,
            }],
            sender: None,
            title: None,
            draft: Draft::text(text("Dear reader")),
            once: None,
            later: None,
        };
        let results = race(subject, contexts(&set, subject), move |unit, cx| {
            post_to_channel(unit, cx, &cmd)
        });
        let places: Vec<_> = results
            .into_iter()
            .map(
                |result| match result.expect("a letter is never refused here") {
                    Once::Done(Posted::Sent(seen)) => (seen.conversation, seen.seq.get()),
                    other => panic!("expected a message, found {other:?}"),
                },
            )
            .collect();
        let mut seqs: Vec<u64> = places.iter().map(|(_, seq)| *seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, [1, 2, 3, 4, 5, 6]);
        assert!(places.iter().all(|(talk, _)| *talk == places[0].0));
        let here = set.here;
        let found =
            subject.read(move |snapshot| snapshot.participants().find_identified(here, &[address]));
        assert_eq!(found.len(), 1);
    }
    let here = set.here;
    let everybody = ParticipantFilter::default();
    let all =
        subject.read(move |snapshot| snapshot.participants().page(here, &everybody, None, 99));
    assert_eq!(all.len(), 3 + 8, "Ann, Bob, the bot and each reader once");
}

pub(super) fn i4_what_comes_in_many_times_at_once_comes_in_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let channel = set.fixture.channel(set.here, &set.ann);
    subject.put(&channel);
    for round in 0..8 {
        let cmd = ReceiveInbound {
            channel: channel.id,
            from: identifier("emailaddress", "ada@x.org"),
            from_name: None,
            reference: Some(reference(&format!("<{round}@x>"))),
            follows: Vec::new(),
            title: None,
            draft: Draft::text(text("hello")),
        };
        let results = race(subject, contexts(&set, subject), move |unit, cx| {
            receive_inbound(unit, cx, &cmd)
        });
        let (mut new, mut ids) = (0, Vec::new());
        for result in results {
            let (Received::New(seen) | Received::Known(seen)) = match result {
                Ok(Received::New(seen)) => {
                    new += 1;
                    Received::New(seen)
                }
                other => other.expect("what comes in again is known"),
            };
            ids.push(seen.id);
        }
        assert_eq!(new, 1);
        assert!(ids.iter().all(|id| *id == ids[0]));
    }
}

pub(super) fn of_conversations_of_a_pair_one_is_created(subject: &mut Subject) {
    let set = Setting::new(subject);
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
        members: vec![member(set.ann.id), member(set.bob.id)],
    };
    let results = race(subject, contexts(&set, subject), move |unit, cx| {
        create_conversation(unit, cx, &cmd)
    });
    let (mut created, mut all) = (0, Vec::new());
    for result in results {
        all.push(match result.expect("asking again is never refused") {
            CreatedConversation::Created(one) => {
                created += 1;
                one
            }
            CreatedConversation::Existing(one) => one,
        });
    }
    assert_eq!(created, 1);
    assert!(all.iter().all(|one| *one == all[0]));
    assert_eq!(subject.events(set.here).len(), 3);
}

pub(super) fn whoever_joins_at_once_is_counted_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let cleo = set.fixture.participant(set.here, "Cleo");
    subject.put(&cleo);
    let cmd = AddMember {
        conversation: set.room.id,
        participant: cleo.id,
        role: Role::Member,
        display_name: None,
    };
    let results = race(subject, contexts(&set, subject), move |unit, cx| {
        add_member(unit, cx, &cmd)
    });
    let joined = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(joined, 1);
    for result in results {
        assert!(
            matches!(result, Ok(_) | Err(Error::Refusal(Refusal::AlreadyMember))),
            "{result:?}"
        );
    }
    let room = subject.conversation(&set.room).expect("it exists");
    assert_eq!(room.member_count, 3);
}

pub(super) fn i4_of_acts_with_the_same_claim_one_happens(subject: &mut Subject) {
    let set = Setting::new(subject);
    let fingerprint = Fingerprint::of(&[b"create a participant"]);
    let claim = Claim::new(ClaimSource::IdempotencyKey, &[b"shared"], fingerprint);
    let results = race(subject, contexts(&set, subject), move |unit, cx| {
        let create = |unit: &mut dyn Unit| {
            let cmd = CreateParticipant {
                external_id: None,
                kind: ParticipantKind::Bot,
                display_name: display_name("Once"),
                identifiers: Identifiers::default(),
                profile: Profile::default(),
                metadata: Metadata::default(),
            };
            create_participant(unit, cx, &cmd)
        };
        once(unit, cx, Some(&claim), create, |one| {
            (Answer(one.id.to_bytes().to_vec()), None)
        })
    });
    let (mut done, mut answers) = (Vec::new(), Vec::new());
    for result in results {
        match result.expect("a retry is never refused") {
            Once::Done(one) => done.push(Answer(one.id.to_bytes().to_vec())),
            Once::Replayed(answer) => answers.push(answer),
        }
    }
    assert_eq!((done.len(), answers.len()), (1, RACERS - 1));
    assert!(answers.iter().all(|answer| *answer == done[0]));
    assert_eq!(subject.events(set.here).len(), 1);
}

pub(super) fn of_first_starts_one_makes_the_root(subject: &mut Subject) {
    let fixture = Fixture::default();
    let starts: Vec<(Fresh, Fresh)> = (0..RACERS)
        .map(|_| (fixture.ids.fresh(START), fixture.ids.fresh(START)))
        .collect();
    let subject = &*subject;
    let start = Arc::new(Barrier::new(RACERS));
    let results: Vec<_> = thread::scope(|scope| {
        let run = |(workspace, key)| {
            let start = Arc::clone(&start);
            let cmd = Bootstrap {
                workspace,
                key,
                hash: SecretHash::from_stored("$argon2id$hash"),
                now: START,
            };
            scope.spawn(move || {
                start.wait();
                subject
                    .store()
                    .write(move |unit| bootstrap(unit, &cmd))
                    .wait()
            })
        };
        let racers: Vec<_> = starts.into_iter().map(run).collect();
        racers.into_iter().map(ScopedJoinHandle::join).collect()
    });
    let mut keys = Vec::new();
    for result in results {
        keys.extend(result.expect("no racer panics").expect("no start fails"));
    }
    assert_eq!(keys.len(), 1);
    let root = subject.read(|snapshot| snapshot.workspaces().find_root());
    assert_eq!(root.expect("a root").id, keys[0].workspace);
    let all = subject.read(|snapshot| snapshot.workspaces().page(None, 9));
    assert_eq!(all.len(), 1);
}
