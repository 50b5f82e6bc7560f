//! What edits keep, and what the ways of deleting leave.

use std::time::Duration;

use causerie_core::act::*;
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint};
use causerie_core::page::{Limit, Order};
use causerie_core::port::MessageFilter;
use causerie_core::reaction::ReactionName;
use causerie_core::search::SearchQuery;
use causerie_core::tag::{TagName, Tags};
use causerie_core::text::*;
use causerie_core::*;

use crate::world::{World, refused};

/// An owner and a member in a group.
struct Room {
    world: World,
    owner: ParticipantId,
    member: ParticipantId,
    group: ConversationId,
}

fn room() -> Room {
    let world = World::new();
    let [owner, member] = ["ada", "bo"].map(|name| world.participant(name));
    let group = world.group(&[(owner, Role::Owner), (member, Role::Member)]);
    Room {
        world,
        owner,
        member,
        group,
    }
}

impl Room {
    /// A tagged message of the member with a revision and a reaction.
    fn laden(&self) -> Message {
        let mut cmd = SendMessage::text(self.group, self.member, Text::from_stored("first words"));
        cmd.draft.tags = Tags::parse(["vip"]).expect("a tag");
        let sent = self.world.send_cmd(self.world.cx(), cmd).expect("sent");
        let (group, message) = (self.group, sent.id);
        let edit = EditMessage {
            conversation: group,
            message,
            acting_as: None,
            change: MessageChange {
                text: Some(Text::from_stored("second words")),
                ..MessageChange::default()
            },
        };
        let react = AddReaction {
            conversation: group,
            message,
            participant: Some(self.owner),
            name: ReactionName::parse("👍").expect("a name"),
        };
        let edited = self.world.write(move |unit, cx| {
            edit_message(unit, cx, &edit)?;
            add_reaction(unit, cx, &react)?;
            lock_message(unit, cx, group, message)
        });
        edited.expect("edited")
    }

    fn delete(
        &self,
        message: MessageId,
        mode: DeleteMode,
        acting_as: Option<ParticipantId>,
    ) -> Result<Deleted, String> {
        let cmd = DeleteMessage {
            conversation: self.group,
            message,
            mode,
            acting_as,
        };
        self.world
            .write(move |unit, cx| delete_message(unit, cx, &cmd))
    }

    /// How much can be read of a message: revisions, reactions, hits by tag and by word.
    fn traces(&self, message: MessageId) -> [usize; 4] {
        let group = self.group;
        let found = self.world.read(move |snapshot, cx| {
            let limit = Limit::default();
            let tagged = MessageFilter {
                tag: Some(TagName::from_stored("vip")),
                ..MessageFilter::everything()
            };
            let everything = MessageFilter::everything();
            let query = SearchQuery::parse("words").expect("a query");
            Ok([
                list_revisions(snapshot, cx, group, message)?.len(),
                list_reactions(snapshot, cx, group, message, None, limit)?
                    .items
                    .len(),
                list_all_messages(snapshot, cx, &tagged, Order::Descending, None, limit)?
                    .items
                    .len(),
                search_messages(snapshot, cx, &query, &everything, None, limit)?
                    .items
                    .len(),
            ])
        });
        found.expect("a message or its tombstone")
    }
}

fn tombstone(deleted: Result<Deleted, String>) -> Message {
    match deleted.expect("deleted") {
        Deleted::Tombstone(message) => *message,
        Deleted::Purged => panic!("its place stays"),
    }
}

#[test]
fn what_is_hidden_or_redacted_shows_nothing_but_its_place() {
    for mode in [DeleteMode::Soft, DeleteMode::Redact] {
        let room = room();
        let message = room.laden();
        assert_eq!(room.traces(message.id), [1, 1, 1, 1]);
        let gone = tombstone(room.delete(message.id, mode, Some(room.member)));
        assert_eq!((gone.id, gone.seq), (message.id, message.seq));
        assert_eq!(gone.delete_mode, Some(mode));
        assert!(gone.deleted_at.is_some() && gone.text.as_str().is_empty());
        assert!(gone.tags.is_empty() && gone.reactions.is_empty() && gone.content.is_none());
        assert_eq!(room.traces(message.id), [0, 0, 0, 0]);
        assert_eq!(room.world.list(room.group), [gone]);
        let next = room.world.send(room.group, room.owner, "next");
        assert_eq!(next.expect("sent").seq, Seq::new(2));
    }
}

#[test]
fn a_deletion_goes_on_to_a_stronger_one_and_never_back() {
    let room = room();
    let message = room.laden().id;
    let topics = || {
        let all = room.world.topics(0);
        let of = |topic: &&str| {
            ["message.deleted", "message.redacted", "message.purged"].contains(topic)
        };
        all.into_iter().filter(of).collect::<Vec<_>>()
    };
    let soft = tombstone(room.delete(message, DeleteMode::Soft, None));
    let again = tombstone(room.delete(message, DeleteMode::Soft, None));
    assert_eq!((&again, topics()), (&soft, vec!["message.deleted"]));
    let hard = tombstone(room.delete(message, DeleteMode::Redact, None));
    assert_eq!(hard.deleted_at, soft.deleted_at, "it was gone since then");
    assert_eq!(hard.delete_mode, Some(DeleteMode::Redact));
    for milder in [DeleteMode::Soft, DeleteMode::Redact] {
        assert_eq!(tombstone(room.delete(message, milder, None)), hard);
    }
    assert_eq!(topics(), ["message.deleted", "message.redacted"]);
    assert_eq!(
        room.delete(message, DeleteMode::Purge, None),
        Ok(Deleted::Purged)
    );
    for mode in DeleteMode::ALL {
        assert_eq!(
            refused(room.delete(message, *mode, None)),
            "message_not_found"
        );
    }
    assert_eq!(
        topics(),
        ["message.deleted", "message.redacted", "message.purged"]
    );
    assert_eq!(room.world.list(room.group), []);
}

#[test]
fn only_those_who_moderate_purge() {
    let room = room();
    let message = room.laden().id;
    let purge = |who| room.delete(message, DeleteMode::Purge, who);
    assert_eq!(refused(purge(Some(room.member))), "not_allowed");
    assert_eq!(room.traces(message), [1, 1, 1, 1]);
    assert_eq!(purge(Some(room.owner)), Ok(Deleted::Purged));
}

#[test]
fn who_answered_what_was_purged_answers_nothing_and_a_purged_answer_counts_no_more() {
    let room = room();
    let question = room
        .world
        .send(room.group, room.owner, "question")
        .expect("sent")
        .id;
    let answer = |visibility| {
        let mut cmd = SendMessage::text(room.group, room.member, Text::from_stored("answer"));
        cmd.draft.reply_to = Some(question);
        cmd.draft.visibility = visibility;
        room.world.send_cmd(room.world.cx(), cmd).expect("sent").id
    };
    let answers = [
        answer(Visibility::Public),
        answer(Visibility::Private),
        answer(Visibility::Public),
    ];
    let counts = || {
        let question = &room.world.list(room.group)[0];
        (question.reply_count, question.public_reply_count)
    };
    assert_eq!(counts(), (3, 2));
    tombstone(room.delete(answers[0], DeleteMode::Soft, None));
    assert_eq!(counts(), (3, 2), "a tombstone still answers");
    for (one, expected) in answers.iter().zip([(2, 1), (1, 1), (0, 0)]) {
        assert_eq!(
            room.delete(*one, DeleteMode::Purge, None),
            Ok(Deleted::Purged)
        );
        assert_eq!(counts(), expected);
    }
    let last = answer(Visibility::Public);
    room.delete(question, DeleteMode::Purge, None)
        .expect("purged");
    let left = room.world.list(room.group);
    assert_eq!((left.len(), left[0].id, left[0].reply_to), (1, last, None));
    assert_eq!(left[0].seq, Seq::new(5), "places stay used");
}

#[test]
fn i4_a_retry_of_what_was_deleted_is_given_nothing_and_sends_nothing() {
    for mode in DeleteMode::ALL {
        let room = room();
        let send = || {
            let claim = Claim::new(ClaimSource::IdempotencyKey, &[b"k"], Fingerprint::of(&[]));
            let mut cmd = SendMessage::text(room.group, room.member, Text::from_stored("secret"));
            cmd.once = Some(SendOnce {
                claims: vec![claim],
                render: |message| Answer(message.text.as_str().as_bytes().to_vec()),
            });
            room.world.send_cmd(room.world.cx(), cmd)
        };
        let first = send().expect("new").id;
        assert_eq!(refused(send()), "replayed");
        room.delete(first, *mode, None).expect("deleted");
        assert_eq!(refused(send()), "answer_erased");
        let left = room.world.list(room.group).len();
        assert_eq!(left, usize::from(*mode != DeleteMode::Purge));
    }
}

#[test]
fn revisions_are_the_earlier_states_oldest_first() {
    let room = room();
    let sent = room
        .world
        .send(room.group, room.member, "one")
        .expect("sent");
    let (group, message) = (room.group, sent.id);
    let edit = |change: MessageChange| {
        let cmd = EditMessage {
            conversation: group,
            message,
            acting_as: None,
            change,
        };
        room.world
            .write(move |unit, cx| edit_message(unit, cx, &cmd))
    };
    let content = Content::parse(ContentType::Form, r#"{ "a": 1.50 }"#).expect("a form");
    let steps = [
        MessageChange {
            text: Some(Text::from_stored("two")),
            ..MessageChange::default()
        },
        MessageChange {
            content: Some(Some((ContentType::Form, content.clone()))),
            metadata: Some(Metadata::from_stored(r#"{"k":1.0}"#)),
            ..MessageChange::default()
        },
        MessageChange {
            text: Some(Text::empty()),
            ..MessageChange::default()
        },
    ];
    for step in steps {
        edit(step).expect("edited");
    }
    let silent = MessageChange {
        content: Some(None),
        ..MessageChange::default()
    };
    assert_eq!(
        refused(edit(silent)),
        "validation_failed",
        "nothing is said"
    );
    assert_eq!(refused(edit(MessageChange::default())), "validation_failed");
    let kept = room
        .world
        .read(move |snapshot, cx| list_revisions(snapshot, cx, group, message))
        .expect("a list");
    let shown: Vec<(u32, &str, bool)> = kept
        .iter()
        .map(|one| (one.number, one.text.as_str(), one.content.is_some()))
        .collect();
    assert_eq!(
        shown,
        [(1, "one", false), (2, "two", false), (3, "two", true)]
    );
    assert_eq!(kept[2].metadata.as_str(), r#"{"k":1.0}"#);
    assert_eq!(room.world.list(group)[0].content, Some(content));
}

#[test]
fn a_workspace_forgets_what_is_older_than_its_retention() {
    let room = room();
    let (group, id) = (room.group, room.world.caller.workspace().id);
    let old = room.laden();
    let mut answer = SendMessage::text(group, room.owner, Text::from_stored("late words"));
    answer.draft.reply_to = Some(old.id);
    room.world
        .note(group, room.owner, "old note")
        .expect("a note");
    let day = i64::try_from(Duration::from_hours(24).as_secs()).expect("small");
    let seconds = &room.world.seconds;
    seconds.fetch_add(2 * day, std::sync::atomic::Ordering::Relaxed);
    let answer = room.world.send_cmd(room.world.cx(), answer).expect("sent");
    let retain = |limit| {
        let kept = room
            .world
            .write(move |unit, cx| retain(unit, id, cx.now, limit));
        kept.expect("no refusal")
    };
    let forgetful = || {
        let found = room
            .world
            .read(|snapshot, _| forgetful_workspaces(snapshot, None));
        found.expect("a page")
    };
    assert_eq!(
        (retain(10), forgetful().0),
        (0, vec![]),
        "never, unless set"
    );
    let change = SettingsChange {
        retention_days: Some(Some(1)),
        ..SettingsChange::default()
    };
    room.world
        .write(move |unit, cx| change_settings(unit, cx, &change))
        .expect("in range");
    assert_eq!(forgetful(), (vec![id], Some(id)));
    assert_eq!([retain(1), retain(1), retain(1)], [1, 1, 0], "oldest first");
    let left = room.world.list(group);
    assert_eq!(
        (left.len(), left[0].id, left[0].reply_to),
        (1, answer.id, None)
    );
    let topics = room.world.topics(0);
    let purged = topics.iter().filter(|one| **one == "message.purged");
    assert_eq!(purged.count(), 2);
    let next = room.world.send(group, room.owner, "next").expect("sent");
    assert_eq!(next.seq, Seq::new(4));
}
