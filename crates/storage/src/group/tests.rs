//! A group on an engine that follows a script: who is run again, who is told what, and when.

use std::sync::Mutex;

use causerie_core::port::Unit;

use super::*;

/// What running the next job gives.
enum Scene {
    Keep,
    /// Refused without having touched anything.
    Refuse,
    /// Refused after a change.
    Undo,
    Fail(fn() -> Fault),
    /// Fails, and takes the transaction down.
    TakeDown,
    /// Fails, and the connection is gone.
    Lose,
}

#[derive(Default)]
struct Script {
    scenes: VecDeque<Scene>,
    trace: Vec<&'static str>,
    gone: bool,
    lost: bool,
    commits_fail: usize,
    appends: VecDeque<Fault>,
}

/// The script is shared with the test, which looks at the trace afterwards.
#[derive(Clone, Default)]
struct Played<const SHARED: bool>(Arc<Mutex<Script>>);

impl<const SHARED: bool> Played<SHARED> {
    fn step(&self, step: &'static str) -> std::sync::MutexGuard<'_, Script> {
        let mut script = self
            .0
            .lock()
            .expect("no test panics while it holds the script");
        script.trace.push(step);
        script
    }
}

fn broken() -> Fault {
    Fault::unavailable("broken")
}

fn contended() -> Fault {
    Fault::contended("another was faster")
}

impl<const SHARED: bool> Engine for Played<SHARED> {
    const SHARED: bool = SHARED;

    fn begin(&mut self) -> Result<(), Fault> {
        let mut script = self.step("begin");
        (script.gone, script.lost) = (false, false);
        Ok(())
    }

    fn mark(&mut self) -> Result<(), Fault> {
        drop(self.step("mark"));
        Ok(())
    }

    fn undo(&mut self) -> Result<(), Fault> {
        let script = self.step("undo");
        if script.gone { Err(broken()) } else { Ok(()) }
    }

    fn run(&mut self, _job: &mut dyn WriteJob, log: &mut Log) -> Ran {
        let mut script = self.step("run");
        let workspace = WorkspaceId::from_bytes([1; 16]);
        let fixture = causerie_testing::fixture::Fixture::default();
        let event = fixture.event(&fixture.conversation(workspace));
        log.push(Logged {
            workspace,
            event,
            placed: None,
        });
        let (verdict, touched) = match script.scenes.pop_front().unwrap_or(Scene::Keep) {
            Scene::Keep => (Verdict::Keep, true),
            Scene::Refuse => (Verdict::Undo, false),
            Scene::Undo => (Verdict::Undo, true),
            Scene::Fail(fault) => (Verdict::Fail(fault()), true),
            Scene::TakeDown => {
                script.gone = true;
                (Verdict::Fail(broken()), true)
            }
            Scene::Lose => {
                (script.gone, script.lost) = (true, true);
                (Verdict::Fail(broken()), true)
            }
        };
        Ran { verdict, touched }
    }

    fn append(&mut self, log: &Log) -> Result<Heads, Fault> {
        let mut script = self.step("append");
        match script.appends.pop_front() {
            Some(fault) => Err(fault),
            None => Ok(vec![(
                log[0].workspace,
                Position::new(u64::try_from(log.len()).unwrap_or(0)),
            )]),
        }
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let mut script = self.step("commit");
        if script.commits_fail > 0 {
            script.commits_fail -= 1;
            return Err(broken());
        }
        Ok(())
    }

    fn rollback(&mut self) {
        drop(self.step("rollback"));
    }

    fn is_lost(&mut self) -> bool {
        self.0
            .lock()
            .expect("no test panics while it holds the script")
            .lost
    }

    fn ring(&mut self, heads: Heads) {
        let kept = match heads.first().map(|(_, head)| head.get()) {
            Some(1) => "ring 1",
            Some(2) => "ring 2",
            Some(3) => "ring 3",
            _ => "ring",
        };
        drop(self.step(kept));
    }

    fn rest(&mut self, _: Rest) {}
}

struct Told {
    number: usize,
    outcomes: Arc<Mutex<Vec<(usize, &'static str)>>>,
}

impl WriteJob for Told {
    fn run(&mut self, _unit: &mut dyn Unit) -> Verdict {
        Verdict::Keep
    }

    fn settle(self: Box<Self>, outcome: Result<(), Fault>) {
        let word = match outcome {
            Ok(()) => "ok",
            Err(Fault::Unavailable(_)) => "unavailable",
            Err(Fault::Contended(_)) => "contended",
            Err(Fault::Panicked(_)) => "panicked",
            Err(_) => "another fault",
        };
        self.outcomes
            .lock()
            .expect("whole")
            .push((self.number, word));
    }
}

/// Plays a script with as many jobs as `jobs` says, all of them waiting, and returns what was done
/// and told.
fn play<const SHARED: bool>(
    jobs: usize,
    jobs_max: usize,
    script: Script,
) -> (String, Vec<(usize, &'static str)>) {
    let queue: Arc<Queue<Box<dyn WriteJob>>> = Arc::new(Queue::new(jobs));
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    for number in 1..=jobs {
        let outcomes = Arc::clone(&outcomes);
        assert!(queue.push(Box::new(Told { number, outcomes })).is_ok());
    }
    queue.close();
    let engine = Played::<SHARED>(Arc::new(Mutex::new(script)));
    let limits = Limits {
        jobs_max,
        time_max: Duration::from_mins(1),
    };
    Writer::new(engine.clone(), queue, limits, Meters::of("write")).work();
    let trace = engine.0.lock().expect("whole").trace.join(" ");
    let mut outcomes = outcomes.lock().expect("whole").clone();
    outcomes.sort_unstable();
    (trace, outcomes)
}

fn script(scenes: impl IntoIterator<Item = Scene>) -> Script {
    Script {
        scenes: scenes.into_iter().collect(),
        ..Script::default()
    }
}

const ALL_OK: [(usize, &str); 3] = [(1, "ok"), (2, "ok"), (3, "ok")];

#[test]
fn waiting_jobs_share_a_commit() {
    let (trace, outcomes) = play::<false>(3, 10, script([]));
    assert_eq!(trace, "begin run mark run mark run append commit ring 3");
    assert_eq!(outcomes, ALL_OK);
}

#[test]
fn a_group_of_one_needs_no_savepoint() {
    let (trace, outcomes) = play::<false>(2, 1, script([]));
    let alone = "begin run append commit ring 1";
    assert_eq!(trace, format!("{alone} {alone}"));
    assert_eq!(outcomes, ALL_OK[..2]);
}

#[test]
fn a_refused_job_leaves_nothing_and_disturbs_nobody() {
    let (trace, outcomes) = play::<false>(3, 10, script([Scene::Keep, Scene::Undo, Scene::Keep]));
    assert_eq!(trace, "begin run mark run undo run append commit ring 2");
    assert_eq!(outcomes, ALL_OK);
}

#[test]
fn a_job_that_touched_nothing_is_not_undone() {
    let (trace, outcomes) = play::<false>(2, 10, script([Scene::Refuse, Scene::Keep]));
    assert_eq!(trace, "begin run run append commit ring 1");
    assert_eq!(outcomes, ALL_OK[..2]);
}

#[test]
fn the_first_job_is_undone_with_the_whole_transaction() {
    let (trace, outcomes) = play::<false>(2, 10, script([Scene::Fail(broken), Scene::Keep]));
    assert_eq!(trace, "begin run rollback begin run append commit ring 1");
    assert_eq!(outcomes, [(1, "unavailable"), (2, "ok")]);
}

#[test]
fn nothing_kept_is_nothing_committed() {
    let (trace, outcomes) = play::<false>(1, 10, script([Scene::Refuse]));
    assert_eq!(trace, "begin run rollback");
    assert_eq!(outcomes, [(1, "ok")]);
}

#[test]
fn neighbours_of_a_job_that_took_the_transaction_down_are_run_again() {
    let (trace, outcomes) = play::<false>(3, 10, script([Scene::Keep, Scene::TakeDown]));
    assert_eq!(
        trace,
        "begin run mark run undo rollback begin run mark run append commit ring 2"
    );
    assert_eq!(outcomes, [(1, "ok"), (2, "unavailable"), (3, "ok")]);
}

#[test]
fn a_contended_job_is_run_again_three_times() {
    let scenes = || (0..3).map(|_| Scene::Fail(contended));
    let (_, outcomes) = play::<false>(1, 10, script(scenes()));
    assert_eq!(outcomes, [(1, "ok")]);
    let (trace, outcomes) = play::<false>(1, 10, script(scenes().chain([Scene::Fail(contended)])));
    assert_eq!(trace.matches("run").count(), 4);
    assert_eq!(outcomes, [(1, "unavailable")]);
}

#[test]
fn who_would_wait_for_a_lock_becomes_the_first_of_the_next_group() {
    let (trace, outcomes) = play::<true>(
        3,
        10,
        script([Scene::Keep, Scene::Fail(broken), Scene::Keep]),
    );
    let next = "begin run append commit ring 1";
    assert_eq!(
        trace,
        format!("begin run mark run undo run append commit ring 2 {next}")
    );
    assert_eq!(outcomes, ALL_OK);
    // As the first it may wait: a fault is its own then.
    let fails = [
        Scene::Keep,
        Scene::Fail(broken),
        Scene::Keep,
        Scene::Fail(broken),
    ];
    let (_, outcomes) = play::<true>(3, 10, script(fails));
    assert_eq!(outcomes, [(1, "ok"), (2, "unavailable"), (3, "ok")]);
}

#[test]
fn a_lost_connection_is_forgiven_once() {
    let (trace, outcomes) = play::<true>(2, 10, script([Scene::Keep, Scene::Lose]));
    assert_eq!(
        trace,
        "begin run mark run undo rollback begin run mark run append commit ring 2"
    );
    assert_eq!(outcomes, ALL_OK[..2]);
    let twice = [Scene::Keep, Scene::Lose, Scene::Keep, Scene::Lose];
    let (_, outcomes) = play::<true>(2, 10, script(twice));
    assert_eq!(outcomes, [(1, "unavailable"), (2, "unavailable")]);
}

#[test]
fn a_failed_commit_fails_everyone_in_it_and_nobody_after() {
    let failing = || Script {
        commits_fail: 1,
        ..Script::default()
    };
    let (trace, outcomes) = play::<false>(3, 2, failing());
    assert_eq!(
        trace,
        "begin run mark run append commit rollback begin run append commit ring 1"
    );
    assert_eq!(
        outcomes,
        [(1, "unavailable"), (2, "unavailable"), (3, "ok")]
    );
}

#[test]
fn events_are_told_where_they_stand_in_the_log_of_their_own_workspace() {
    let fixture = causerie_testing::fixture::Fixture::default();
    let [one, other] = [1, 2].map(|byte| WorkspaceId::from_bytes([byte; 16]));
    let logged = |workspace, placed: Option<&Placed>| Logged {
        workspace,
        event: fixture.event(&fixture.conversation(workspace)),
        placed: placed.cloned(),
    };
    let places: [Placed; 3] = Default::default();
    let log = vec![
        logged(one, None),
        logged(one, Some(&places[0])),
        logged(one, None),
        logged(other, Some(&places[1])),
        logged(other, Some(&places[2])),
    ];
    let heads = vec![(other, Position::new(2)), (one, Position::new(10))];
    assert_eq!(places[0].position(), None);
    place(&log, &heads);
    let told = places.map(|one| one.after(1).position().map(Position::get));
    assert_eq!(told, [Some(10), Some(2), Some(3)]);
}

#[test]
fn a_log_that_cannot_be_appended_to_undoes_the_group() {
    let failing = |faults: [Fault; 1]| Script {
        appends: faults.into(),
        ..Script::default()
    };
    let (_, outcomes) = play::<true>(2, 10, failing([broken()]));
    assert_eq!(outcomes, [(1, "unavailable"), (2, "unavailable")]);
    let (trace, outcomes) = play::<true>(2, 10, failing([contended()]));
    assert_eq!(
        trace,
        "begin run mark run append rollback begin run mark run append commit ring 2"
    );
    assert_eq!(outcomes, ALL_OK[..2]);
}

#[test]
fn a_panic_becomes_a_fault_with_its_text() {
    let text = String::from("of a job");
    for (panic, expected) in [
        (caught(|| panic!("plain")), "plain"),
        (caught(|| panic!("{text}")), "of a job"),
    ] {
        assert!(matches!(panic, Verdict::Fail(Fault::Panicked(found)) if found == expected));
    }
}
