//! Files that a message announced before they were there.

use causerie_core::act::*;
use causerie_core::media::*;
use causerie_core::text::Text;
use causerie_core::*;

use crate::files::{attachments, upload};
use crate::world::{World, told};

#[test]
fn a_message_is_given_the_files_that_it_announced_without_being_edited() {
    let world = World::new();
    let ada = world.participant("ada");
    let bo = world.participant("bo");
    let group = world.group(&[(ada, Role::Owner), (bo, Role::Member)]);
    let mut cmd = SendMessage::text(group, ada, Text::empty());
    let silent = world.store.send(world.cx(), cmd.clone()).wait();
    assert_eq!(told(silent), "body");
    cmd.draft.awaits_files = true;
    let sent = world.send_cmd(world.cx(), cmd).expect("sent").id;
    let [one, two] = [1, 2].map(|number| upload(&world, None, number).id);
    let give = |caller: &Caller, media: MediaId| {
        let files: Vec<Attachment> = attachments(&[media]).iter().cloned().collect();
        world.act(caller, move |unit, cx| {
            add_files(unit, cx, group, sent, &files)
        })
    };
    assert_eq!(
        told(give(&world.bound(bo, "messaging:*"), one)),
        "not_allowed"
    );
    give(&world.caller, one).expect("it is there");
    let seen = give(&world.caller, two).expect("it is there");
    let files: Vec<MediaId> = seen.files.iter().map(|media| media.id).collect();
    assert_eq!(files, [one, two]);
    assert_eq!((seen.edited_at, seen.revision_count), (None, 0));
    assert_eq!(told(give(&world.caller, two)), "attachments/2/media_id");

    let of = |caller: &Caller| {
        let found = world.read_as(caller, move |snapshot, cx| {
            find_uses(snapshot, cx, &[one, two])
        });
        found.expect("no refusal").len()
    };
    assert_eq!(of(&world.caller), 2);
    let cy = world.participant("cy");
    assert_eq!(of(&world.bound(cy, "messaging:*")), 0);

    let delete = DeleteMessage {
        conversation: group,
        message: sent,
        mode: DeleteMode::Soft,
        acting_as: None,
    };
    world.done(move |unit, cx| delete_message(unit, cx, &delete));
    let three = upload(&world, None, 3).id;
    assert_eq!(told(give(&world.caller, three)), "message_deleted");
}
