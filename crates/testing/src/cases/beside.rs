//! What pages show beside many things, each port in one statement: reactions, recipients, members, pairs, uses of
//! files.
//!
//! What each of them is alone is with its port.

use causerie_core::delivery::DeliveryStatus;
use causerie_core::port::MediaUse;
use causerie_core::{ConversationKind, DirectKey, Member, Message};

use super::library::attach;
use super::setting::{Setting, at, shuffled, sorted};
use crate::subject::Subject;

pub(super) fn the_oldest_reactions_to_each_of_many_messages_are_found(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 3);
    let names = ["👍", "wow", "no", "yes"];
    let react = |of: &Message, count: usize| -> Vec<_> {
        let names = names[..count].iter();
        names
            .map(|name| set.fixture.reaction(of, &set.bob, name))
            .collect()
    };
    let (many, one) = (react(&said[0], 4), react(&said[2], 1));
    subject.put_all(&shuffled(&many));
    subject.put_all(&one);
    let ids = [said[2].id, said[1].id, set.unknown(), said[0].id];
    let found = |workspace, limit| {
        let found =
            subject.read(move |snapshot| snapshot.reactions().of_messages(workspace, &ids, limit));
        sorted(found, |one| one.message)
    };
    assert_eq!(found(set.here, 9), [many.clone(), one.clone()].concat());
    assert_eq!(found(set.here, 2), [many[..2].to_vec(), one].concat());
    assert_eq!(found(set.elsewhere, 9), []);
    let here = set.here;
    let none = subject.read(move |snapshot| snapshot.reactions().of_messages(here, &[], 9));
    assert_eq!(none, []);
}

pub(super) fn recipients_of_many_messages_are_listed_by_message_and_participant(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let said = set.say(subject, 3);
    let to = |of: &Message, who| set.fixture.recipient(of, who, DeliveryStatus::Read);
    let made = [
        to(&said[0], &set.ann),
        to(&said[0], &set.bob),
        to(&said[2], &set.ann),
    ];
    subject.put_all(&shuffled(&made));
    let ids = [said[2].id, said[1].id, set.unknown(), said[0].id];
    let list = |workspace| {
        subject.read(move |snapshot| snapshot.receipts().recipients_of(workspace, &ids))
    };
    assert_eq!(list(set.here), made);
    assert_eq!(list(set.elsewhere), []);
}

pub(super) fn the_first_present_members_of_each_of_many_conversations_are_found(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let rooms = [(); 2].map(|()| set.fixture.conversation(set.here));
    subject.put_all(&rooms);
    let cleo = set.fixture.participant(set.here, "Cleo");
    subject.put(&cleo);
    let mut made: Vec<Member> = [&set.ann, &set.bob, &cleo]
        .map(|who| set.fixture.member(&rooms[0], who))
        .into();
    subject.put_all(&shuffled(&made));
    let gone = set
        .fixture
        .member_with(&rooms[1], &set.ann, |state| state.left_at = Some(at(1)));
    subject.put(&gone);
    let ids = [rooms[1].id, set.room.id, set.unknown(), rooms[0].id];
    let first = |workspace, limit| {
        let found =
            subject.read(move |snapshot| snapshot.members().first_of(workspace, &ids, limit));
        sorted(found, |one| one.conversation)
    };
    let own = [set.ann_in.clone(), set.bob_in.clone()];
    let all = [own.to_vec(), made.clone()].concat();
    assert_eq!(first(set.here, 9), all);
    made.truncate(2);
    assert_eq!(first(set.here, 2), [own.to_vec(), made].concat());
    assert_eq!(first(set.elsewhere, 9), []);
}

pub(super) fn those_of_many_pairs_that_have_a_conversation_are_found(subject: &mut Subject) {
    let set = Setting::new(subject);
    let cleo = set.fixture.participant(set.here, "Cleo");
    subject.put(&cleo);
    let pairs = [
        DirectKey::new(set.ann.id, set.bob.id),
        DirectKey::new(cleo.id, set.bob.id),
        DirectKey::new(cleo.id, set.ann.id),
    ];
    let direct = |pair| {
        set.fixture.conversation_with(set.here, |state| {
            state.kind = ConversationKind::Direct;
            state.direct = Some(pair);
        })
    };
    let made = [direct(pairs[0]), direct(pairs[2])];
    subject.put_all(&made);
    let find = |workspace| {
        let found =
            subject.read(move |snapshot| snapshot.conversations().find_directs(workspace, &pairs));
        sorted(found, |one| one.id)
    };
    assert_eq!(find(set.here), made);
    assert_eq!(find(set.elsewhere), []);
    super::filters::delete(&set, subject, &made[0]);
    assert_eq!(find(set.here), made[1..]);
}

pub(super) fn the_newest_use_of_each_of_many_files_is_found(subject: &mut Subject) {
    let set = Setting::new(subject);
    let files = [(); 3].map(|()| set.fixture.ready_media(set.here));
    subject.put_all(&files);
    let said = set.say(subject, 3);
    let uses = [(0, 0), (0, 2), (0, 1), (2, 1)].map(|(file, message)| MediaUse {
        media: files[file].id,
        message: said[message].id,
        conversation: set.room.id,
    });
    attach(subject, set.here, &uses);
    let ids = [files[2].id, files[1].id, set.unknown(), files[0].id];
    let newest = |workspace| {
        let found = subject.read(move |snapshot| snapshot.library().newest_uses(workspace, &ids));
        sorted(found, |one| one.media)
    };
    assert_eq!(newest(set.here), [uses[1], uses[3]]);
    assert_eq!(newest(set.elsewhere), []);
}
