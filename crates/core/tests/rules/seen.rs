//! When a message was first received and read, against every mark and every answer, one by one.

use causerie_core::act::*;
use causerie_core::receipt::ReceiptKind;
use causerie_core::*;

use crate::world::World;

/// Somebody with their watermarks.
struct Person {
    id: ParticipantId,
    contact: bool,
    read: u64,
    delivered: u64,
}

/// A step of a watermark.
struct Step {
    who: usize,
    kind: ReceiptKind,
    seq: u64,
    at: Timestamp,
}

/// Something that was said.
struct Said {
    who: usize,
    seq: u64,
    note: bool,
    at: Timestamp,
}

/// A conversation and all that ever happened in it.
struct Story {
    world: World,
    group: ConversationId,
    people: Vec<Person>,
    said: Vec<Said>,
    steps: Vec<Step>,
    number: u64,
}

impl Story {
    fn begin(seed: u64) -> Self {
        let world = World::new();
        let kinds = [
            ParticipantKind::Agent,
            ParticipantKind::Contact,
            ParticipantKind::Agent,
            ParticipantKind::Contact,
            ParticipantKind::Bot,
            ParticipantKind::Contact,
        ];
        let people: Vec<Person> = kinds
            .iter()
            .zip(["a", "b", "c", "d", "e", "f"])
            .map(|(kind, name)| Person {
                id: world.participant_of(*kind, name),
                contact: *kind == ParticipantKind::Contact,
                read: 0,
                delivered: 0,
            })
            .collect();
        let members: Vec<_> = people.iter().map(|one| (one.id, Role::Member)).collect();
        Self {
            group: world.group(&members),
            world,
            people,
            said: Vec::new(),
            steps: Vec::new(),
            number: seed,
        }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.number = self
            .number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.number >> 33) % bound
    }

    fn someone(&mut self) -> usize {
        usize::try_from(self.below(6)).expect("small")
    }

    fn say(&mut self) {
        let who = self.someone();
        let note = !self.people[who].contact && self.below(3) == 0;
        let id = self.people[who].id;
        let sent = if note {
            self.world.note(self.group, id, "note")
        } else {
            self.world.send(self.group, id, "hello")
        };
        let sent = sent.expect("sent");
        let (seq, at) = (sent.seq.get(), sent.created_at);
        let person = &mut self.people[who];
        (person.read, person.delivered) = (seq, seq);
        self.said.push(Said { who, seq, note, at });
    }

    /// Moves a watermark of somebody to some place that they may see.
    fn step(&mut self) {
        let who = self.someone();
        let contact = self.people[who].contact;
        let seen = self.said.iter().rfind(|one| !contact || !one.note);
        let Some(newest) = seen.map(|one| one.seq) else {
            return;
        };
        let seq = newest - self.below(newest.min(4));
        let kind = if self.below(2) == 0 {
            ReceiptKind::Read
        } else {
            ReceiptKind::Delivered
        };
        let (group, id, place) = (self.group, self.people[who].id, Seq::new(seq));
        let marked = self
            .world
            .write(move |unit, cx| mark(unit, cx, group, id, kind, place).map(|_| cx.now));
        let at = marked.expect("marked");
        let person = &mut self.people[who];
        let moved = match kind {
            ReceiptKind::Read => seq > person.read,
            ReceiptKind::Delivered => seq > person.delivered,
        };
        if moved {
            person.delivered = person.delivered.max(seq);
            if kind == ReceiptKind::Read {
                person.read = seq;
            }
            self.steps.push(Step { who, kind, seq, at });
        }
    }

    /// When somebody but the sender first had a message, or first read it, as far as marks and what was said
    /// to this sight tell.
    fn first(&self, of: &Said, kind: ReceiptKind, sight: Sight) -> Option<Timestamp> {
        let counts = |who: usize| who != of.who && !(of.note && self.people[who].contact);
        let marks = self
            .steps
            .iter()
            .filter(|one| one.seq >= of.seq && one.kind >= kind && counts(one.who))
            .map(|one| one.at);
        let answers = self
            .said
            .iter()
            .filter(|one| one.seq > of.seq && counts(one.who))
            .filter(|one| sight == Sight::Everything || !one.note)
            .map(|one| one.at);
        marks.chain(answers).min()
    }

    fn check(&self, seed: u64) {
        let contact = self.world.bound(self.people[1].id, "messaging:*");
        for (caller, sight) in [
            (&self.world.caller, Sight::Everything),
            (&contact, Sight::Public),
        ] {
            let shown = self.world.seen(caller, self.group);
            let covered = |one: &&Said| sight == Sight::Everything || !one.note;
            let said: Vec<&Said> = self.said.iter().filter(covered).collect();
            assert_eq!(shown.len(), said.len());
            for (seen, said) in shown.iter().zip(said) {
                let found = (seen.delivered_at, seen.read_at);
                let expected = (
                    self.first(said, ReceiptKind::Delivered, sight),
                    self.first(said, ReceiptKind::Read, sight),
                );
                let place = said.seq;
                assert_eq!(found, expected, "seed {seed}, place {place}, {sight:?}");
            }
        }
    }
}

#[test]
fn the_first_times_are_those_of_all_marks_and_answers() {
    for seed in 0..300 {
        let mut story = Story::begin(seed);
        for _ in 0..60 {
            if story.below(4) == 0 {
                story.say();
            } else {
                story.step();
            }
        }
        story.check(seed);
    }
}
