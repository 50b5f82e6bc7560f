//! Values at their limits: every text kept to the byte, every number to its bounds.
//!
//! Which values are acceptable is decided in core; all of these are.

use causerie_core::text::Metadata;
use causerie_core::{
    Conversation, ConversationId, Message, MessageId, Participant, ParticipantId, Seq, Settings,
};

use super::setting::{Setting, at, saying};
use crate::fixture::{description, display_name, external_id, metadata, reference, text, title};
use crate::subject::Subject;

/// Texts that something on the way might want to improve.
pub(super) const DIFFICULT: &[&str] = &[
    "plain",
    " leading and trailing blanks  ",
    "tab\tline\nreturn\r\nboth\rend\n",
    "it's \"quoted\" `and` \\escaped\\ \\n \\x00 \\u0000",
    "'; DROP TABLE message; --",
    "100% _under_ $1 ?1 :name @p {0} %s",
    "👩‍👩‍👧‍👦🏳️‍🌈 four bytes each: 𝄞𠜎𐍈",
    "e\u{301} is not \u{e9}, \u{212b} is not \u{c5}, \u{fb01} is not fi",
    "\u{202e}right to left\u{202c} שלום مرحبا",
    "\u{1}\u{7f}\u{85}\u{a0}\u{200b}\u{feff}\u{fffd}\u{ffff}\u{10ffff}",
    "\u{feff}begins with a mark",
    "NULL",
    "0123",
    "1e5",
    "true",
    "\\\\x6162",
    "{\"looks\":\"like json\"}",
    "<script>alert(1)</script>&amp;",
];

pub(super) fn texts_are_kept_to_the_byte(subject: &mut Subject) {
    let set = Setting::new(subject);
    for (seq, wanted) in (1..).zip(DIFFICULT) {
        let message = set.fixture.message_with(&set.room, &set.ann, seq, |state| {
            state.text = text(wanted);
            state.reference = Some(reference(wanted));
        });
        let person = set.fixture.participant_with(set.here, |state| {
            state.display_name = display_name(wanted);
            state.external_id = Some(external_id(wanted));
        });
        let place = set.fixture.conversation_with(set.here, |state| {
            state.title = Some(title(wanted));
            state.description = Some(description(wanted));
        });
        subject.put(&message);
        subject.put(&person);
        subject.put(&place);
        let member = set.fixture.member_with(&place, &person, |state| {
            state.display_name = Some(display_name(wanted));
        });
        subject.put(&member);
        let found = subject.message(&message).expect("appended");
        assert_eq!(found.text.as_str(), *wanted);
        assert_eq!(found.reference, Some(reference(wanted)));
        let found = subject.participant(&person).expect("added");
        assert_eq!(found.display_name.as_str(), *wanted);
        assert_eq!(found.external_id, Some(external_id(wanted)));
        let found = subject.conversation(&place).expect("added");
        assert_eq!(found.title, Some(title(wanted)));
        assert_eq!(found.description, Some(description(wanted)));
        let found = subject.member(&member).expect("added");
        assert_eq!(found.display_name, Some(display_name(wanted)));
    }
}

pub(super) fn edited_texts_are_kept_to_the_byte(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut message = set.say(subject, 1).remove(0);
    for (round, wanted) in (1..).zip(DIFFICULT) {
        let earlier = message.edit(&saying(wanted), at(round));
        let now = message.clone();
        subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
        let found = subject.message(&message).expect("appended");
        assert_eq!(found.text.as_str(), *wanted);
    }
    let (here, id) = (set.here, message.id);
    let kept = subject.read(move |snapshot| snapshot.messages().revisions(here, id));
    let kept: Vec<_> = kept[1..].iter().map(|one| one.text.as_str()).collect();
    assert_eq!(kept, DIFFICULT[..DIFFICULT.len() - 1]);
}

pub(super) fn metadata_is_kept_as_it_was_written(subject: &mut Subject) {
    let set = Setting::new(subject);
    let written = [
        r"{}",
        r#"{ "b" : 1 ,  "a":2.50,"b":2}"#,
        r#"{"n":1e400,"i":123456789012345678901234567890,"z":-0,"f":0.1000}"#,
        r#"{"nul":"\u0000","pair":"\ud83d\ude00","slash":"\/","raw":"😀"}"#,
        "{\n\t\"deep\": [[[[{\"x\": null}]]]],\r\n \"\": true\n}",
    ];
    for (seq, wanted) in (1..).zip(written) {
        let message = set.fixture.message_with(&set.room, &set.ann, seq, |state| {
            state.metadata = metadata(wanted);
        });
        let person = set
            .fixture
            .participant_with(set.here, |state| state.metadata = metadata(wanted));
        let place = set
            .fixture
            .conversation_with(set.here, |state| state.metadata = metadata(wanted));
        subject.put(&message);
        subject.put(&person);
        subject.put(&place);
        let kept: [Option<Metadata>; 3] = [
            subject.message(&message).map(|one| one.metadata.clone()),
            subject.participant(&person).map(|one| one.metadata.clone()),
            subject.conversation(&place).map(|one| one.metadata.clone()),
        ];
        for kept in kept {
            assert_eq!(kept.expect("stored").as_str(), wanted);
        }
    }
}

pub(super) fn the_longest_texts_are_kept(subject: &mut Subject) {
    let set = Setting::new(subject);
    let limits = Settings::default();
    let long = |chars: usize| "𝄞".repeat(chars);
    let data = format!(r#"{{"x":"{}"}}"#, "y".repeat(limits.metadata_bytes_max - 8));
    let message = set.fixture.message_with(&set.room, &set.ann, 1, |state| {
        state.text = text(&long(limits.text_chars_max));
        state.metadata = metadata(&data);
        state.reference = Some(reference(&long(256)));
    });
    let person = set.fixture.participant_with(set.here, |state| {
        state.display_name = display_name(&long(limits.display_name_chars_max));
        state.external_id = Some(external_id(&long(256)));
        state.metadata = metadata(&data);
    });
    let place = set.fixture.conversation_with(set.here, |state| {
        state.title = Some(title(&long(limits.title_chars_max)));
        state.description = Some(description(&long(limits.description_chars_max)));
        state.metadata = metadata(&data);
    });
    subject.put(&message);
    subject.put(&person);
    subject.put(&place);
    let here = set.here;
    let found = subject.read(move |snapshot| {
        let wanted = external_id(&"𝄞".repeat(256));
        snapshot.participants().find_external(here, &wanted)
    });
    assert_eq!(found, Some(person));
    assert_eq!(subject.message(&message), Some(message));
    assert_eq!(subject.conversation(&place), Some(place));
}

pub(super) fn times_and_numbers_are_kept_to_their_bounds(subject: &mut Subject) {
    let set = Setting::new(subject);
    for micros in [i64::MIN, -1, 0, 999, i64::MAX] {
        let person = set.fixture.participant_with(set.here, |state| {
            state.created_at = at(micros);
            state.updated_at = at(micros);
            state.archived_at = Some(at(micros));
        });
        let place = set.fixture.conversation_with(set.here, |state| {
            state.created_at = at(micros);
            state.updated_at = at(micros);
            state.last_message_at = Some(at(micros));
            state.last_seq = Seq::MAX;
            state.member_count = 1_000_000;
        });
        subject.put(&person);
        subject.put(&place);
        let member = set.fixture.member_with(&place, &person, |state| {
            state.read_seq = Seq::MAX;
            state.joined_at = at(micros);
            state.read_at = Some(at(micros));
        });
        subject.put(&member);
        let message = set.fixture.message_with(&place, &person, 1, |state| {
            state.seq = if micros == i64::MAX {
                Seq::MAX
            } else {
                Seq::new(1)
            };
            state.revision_count = 2_147_483_647;
            state.created_at = at(micros);
            state.edited_at = Some(at(micros));
        });
        subject.put(&message);
        assert_eq!(subject.participant(&person), Some(person));
        assert_eq!(subject.conversation(&place), Some(place));
        assert_eq!(subject.member(&member), Some(member));
        assert_eq!(subject.message(&message), Some(message));
    }
}

pub(super) fn ids_are_kept_to_the_bit(subject: &mut Subject) {
    let set = Setting::new(subject);
    for byte in [0x00, 0x22, 0x27, 0x5C, 0x7F, 0x80, 0xFF] {
        let person = set.fixture.participant_with(set.here, |state| {
            state.id = ParticipantId::from_bytes([byte; 16]);
        });
        let place = set.fixture.conversation_with(set.here, |state| {
            state.id = ConversationId::from_bytes([byte; 16]);
        });
        subject.put(&person);
        subject.put(&place);
        let message = set.fixture.message_with(&place, &person, 1, |state| {
            state.id = MessageId::from_bytes([byte; 16]);
            state.reply_to = Some(MessageId::from_bytes([byte; 16]));
        });
        subject.put(&message);
        let found: (Option<Participant>, Option<Message>, Option<Conversation>) = (
            subject.participant(&person),
            subject.message(&message),
            subject.conversation(&place),
        );
        assert_eq!(found.0, Some(person));
        assert_eq!(found.1, Some(message));
        assert_eq!(found.2.map(|one| one.id), Some(place.id));
    }
}
