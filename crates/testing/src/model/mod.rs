//! Model runs: random operations on the in-memory storage and on another one, compared after each
//! step.
//!
//! One operation at a time: what happens under concurrency is the business of the cases.

mod draft;
mod draw;
mod extra;
mod op;
mod outside;
mod people;
mod portrait;
mod reach;
mod tenant;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use causerie_core::memory::Memory;
use causerie_core::{Fault, Store};

use crate::fixture::Fixture;
use crate::subject::Subject;
use draw::Draw;
use portrait::{ALL, Portrait, portrait};

/// The variable that makes a run use this seed only: what a failed run says.
pub const SEED_VARIABLE: &str = "CAUSERIE_MODEL_SEED";
/// The variable that says how many operations a run has.
pub const STEPS_VARIABLE: &str = "CAUSERIE_MODEL_STEPS";

const STEPS: u64 = 1_200;
const SEEDS: std::ops::RangeInclusive<u64> = 1..=4;
/// A run compares everything after so many steps, and reopens.
const REOPEN_STEPS: u64 = 150;

/// Runs the model against storages that `open` makes, one for each seed; does nothing where there
/// is none.
///
/// # Panics
/// When the storages differ, or a variable is no number. Says the seed, the step and the operation.
pub fn check<S: Into<Option<Subject>>>(open: impl Fn() -> S) {
    let steps = number(STEPS_VARIABLE).unwrap_or(STEPS);
    let seeds: Vec<u64> = number(SEED_VARIABLE).map_or_else(|| SEEDS.collect(), |seed| vec![seed]);
    for seed in seeds {
        let Some(subject) = open().into() else {
            return;
        };
        run(subject, seed, steps);
    }
}

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    let number = value.parse();
    Some(number.unwrap_or_else(|_| panic!("expected a number in {variable}, found {value:?}")))
}

/// Applies as many operations as `steps` says, drawn from `seed`, to an empty storage and to
/// memory.
///
/// # Panics
/// When the storages differ. Says the seed, the step and the operation.
pub fn run(mut subject: Subject, seed: u64, steps: u64) {
    let fixture = Fixture::default();
    let workspaces = [
        fixture.workspace("root").into_root(),
        fixture.workspace("another"),
    ];
    let memory = Memory::store();
    for store in [&memory, subject.store()] {
        let all = workspaces.clone();
        let added = store.write(move |unit| {
            let port = unit.workspaces_mut();
            Ok(all.iter().try_for_each(|one| port.add(one))?)
        });
        added.wait().expect("workspaces can be added");
    }
    let mut draw = Draw::new(seed, fixture, &workspaces);
    for step in 1..=steps {
        let (cx, op) = draw.next();
        let compared = catch_unwind(AssertUnwindSafe(|| {
            let expected = op.apply(&cx, &memory);
            assert_eq!(op.apply(&cx, subject.store()), expected);
            if step % REOPEN_STEPS == 0 || step == steps {
                compare(&memory, subject.store());
                subject.reopen();
                compare(&memory, subject.store());
            }
            expected
        }));
        match compared {
            Ok(outcome) => draw.learn(&cx, &op, &outcome),
            Err(panic) => {
                eprintln!(
                    "{SEED_VARIABLE}={seed} {STEPS_VARIABLE}={step} ends with {op:#?}\nby {cx:?}"
                );
                resume_unwind(panic);
            }
        }
    }
}

fn compare(expected: &Store, found: &Store) {
    let [expected, found] = [expected, found].map(all_of);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.into_iter().zip(expected) {
        found.check(&expected);
    }
}

/// All workspaces of a storage.
fn all_of(store: &Store) -> Vec<Portrait> {
    let read = store.read(|snapshot| {
        let workspaces = snapshot.workspaces().page(None, ALL)?;
        let all = workspaces.into_iter().map(|one| portrait(snapshot, one));
        Ok(all.collect::<Result<Vec<Portrait>, Fault>>()?)
    });
    read.wait().expect("everything can be read")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use causerie_core::act::{SendMessage, send_message};
    use causerie_core::claim::Once;
    use causerie_core::receipt::Seen;
    use causerie_core::{Context, Error, Refusal};

    use super::op::{Op, Outcome};
    use super::*;

    /// How often the operations of a long run came out in which way.
    fn outcomes() -> BTreeMap<String, usize> {
        let fixture = Fixture::default();
        let root = fixture.workspace("root").into_root();
        let workspaces = [root, fixture.workspace("another")];
        let memory = Memory::store();
        let all = workspaces.clone();
        let added = memory.write(move |unit| {
            let port = unit.workspaces_mut();
            Ok(all.iter().try_for_each(|one| port.add(one))?)
        });
        added.wait().expect("workspaces can be added");
        let mut draw = Draw::new(5, fixture, &workspaces);
        let mut counts = BTreeMap::new();
        for _ in 0..6_000 {
            let (cx, op) = draw.next();
            let outcome = op.apply(&cx, &memory);
            let name = match &outcome {
                Outcome::Refused(refusal) => refusal.code().to_owned(),
                other => {
                    let shown = format!("{other:?}");
                    let end = shown.find('(').unwrap_or(shown.len());
                    shown[..end].to_owned()
                }
            };
            *counts.entry(name).or_default() += 1;
            draw.learn(&cx, &op, &outcome);
        }
        counts
    }

    #[test]
    fn a_long_run_reaches_every_outcome_and_is_not_mostly_refused() {
        let counts = outcomes();
        let codes: Vec<&str> = Refusal::TABLE.iter().map(|(code, _, _)| *code).collect();
        let (refused, done): (Vec<_>, Vec<_>) = counts
            .iter()
            .partition(|(name, _)| codes.contains(&name.as_str()));
        let total = |of: &[(&String, &usize)]| of.iter().map(|(_, count)| **count).sum::<usize>();
        assert!(total(&done) > total(&refused), "{counts:#?}");
        assert_eq!(done.len(), 57, "{counts:#?}");
        assert!(
            counts["Sent"] > 90 && counts["SentBatch"] > 100,
            "{counts:#?}"
        );
        assert!(refused.len() >= 30, "{counts:#?}");
    }

    /// Whether two sends present the same claim: the later one is put off then.
    fn repeats_a_claim(batch: &[(Context, SendMessage)]) -> bool {
        let claims = batch.iter().flat_map(|(_, cmd)| &cmd.once);
        let keys: Vec<_> = claims
            .flat_map(|once| once.claims.iter().map(|claim| claim.key))
            .collect();
        keys.iter().collect::<BTreeSet<_>>().len() < keys.len()
    }

    #[test]
    fn a_batch_comes_to_what_its_sends_come_to_one_by_one() {
        let fixture = Fixture::default();
        let root = fixture.workspace("root").into_root();
        let workspaces = [root, fixture.workspace("another")];
        let (together, apart) = (Memory::store(), Memory::store());
        for store in [&together, &apart] {
            let all = workspaces.clone();
            let added = store.write(move |unit| {
                let port = unit.workspaces_mut();
                Ok(all.iter().try_for_each(|one| port.add(one))?)
            });
            added.wait().expect("workspaces can be added");
        }
        let mut draw = Draw::new(8, fixture, &workspaces);
        let mut batches = 0;
        for _ in 0..4_800 {
            let (cx, op) = draw.next();
            let outcome = op.apply(&cx, &together);
            match &op {
                // The log and the times of tags tell of the batch.
                _ if matches!(
                    outcome,
                    Outcome::Tags(_) | Outcome::Events(_) | Outcome::Positions(_)
                ) => {}
                Op::SendBatch(batch) if !repeats_a_claim(batch) => {
                    batches += 1;
                    let sent: Vec<_> = batch
                        .iter()
                        .map(|(cx, cmd)| one_by_one(&apart, cx, cmd))
                        .collect();
                    assert_eq!(outcome, Outcome::SentBatch(sent));
                }
                _ => assert_eq!(op.apply(&cx, &apart), outcome, "{op:?}"),
            }
            draw.learn(&cx, &op, &outcome);
        }
        assert!(batches > 100, "{batches}");
        let [together, apart] = [together, apart].map(|store| all_of(&store));
        for (one, other) in together.iter().zip(&apart) {
            one.check_talk(other);
        }
    }

    fn one_by_one(store: &Store, cx: &Context, cmd: &SendMessage) -> Result<Once<Seen>, Refusal> {
        let (cx, cmd) = (cx.clone(), cmd.clone());
        let sent = store.write(move |unit| send_message(unit, &cx, &cmd));
        match sent.wait() {
            Ok(sent) => Ok(sent),
            Err(Error::Refusal(refusal)) => Err(refusal),
            Err(Error::Fault(fault)) => panic!("expected no fault, found {fault:?}"),
        }
    }
}
