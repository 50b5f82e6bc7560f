//! The bytes of files: how they arrive, what room there is for them, what is made of them, and when they go.

use std::sync::Arc;
use std::time::Duration;

use causerie_core::act::*;
use causerie_core::media::*;
use causerie_core::*;

use crate::files::{arrived, digest, request, upload, upload_as};
use crate::world::{World, told, workspace};

fn kept_bytes(world: &World) -> u64 {
    let home = world.caller.workspace().id;
    world
        .read(move |snapshot, _| Ok(snapshot.library().kept_bytes(home)?))
        .expect("a number")
}

#[test]
fn the_bytes_of_a_file_arrive_once() {
    let world = World::new();
    let home = world.caller.workspace().id;
    let media = world.done(|unit, cx| request_media(unit, cx, &request(None)));
    assert_eq!((media.status, media.size), (MediaStatus::Requested, 0));
    let id = media.id;
    let reserve = |number| {
        world.act(&world.caller, move |unit, cx| {
            reserve_media(unit, home, id, &arrived(number, "text/plain"), cx.now)
        })
    };
    let arrive = |number| {
        world.act(&world.caller, move |unit, cx| {
            arrive_media(unit, home, id, &arrived(number, "text/plain"), cx.now)
        })
    };
    assert!(reserve(1).expect("room"), "its bytes are wanted");
    let first = arrive(1).expect("arrived");
    assert_eq!((first.status, first.size), (MediaStatus::Ready, 10));
    assert!(!reserve(1).expect("known"), "they are there already");
    assert_eq!(arrive(1).expect("again"), first);
    assert_eq!(told(reserve(2)), "media_uploaded");
    assert_eq!(told(arrive(2)), "media_uploaded");
    assert_eq!(
        world.topics(1),
        ["media.requested", "media.uploaded", "media.ready"]
    );
    let image = upload_as(&world, None, &arrived(3, "image/png"));
    assert_eq!(image.status, MediaStatus::Uploaded);
    let nowhere = world.act(&world.caller, move |unit, cx| {
        let unknown = cx.fresh.into();
        arrive_media(unit, home, unknown, &arrived(1, "text/plain"), cx.now)
    });
    assert_eq!(told(nowhere), "media_not_found");
}

#[test]
fn i7_there_is_room_for_so_many_bytes_and_equal_ones_count_once() {
    let world = World::new();
    let home = world.caller.workspace().id;
    let operators = workspace("operator").into_root();
    let (founded, operator) = (operators.clone(), Caller::embedding(Arc::new(operators)));
    let pending = world
        .store
        .write(move |unit| found_workspace(unit, &founded));
    pending.wait().expect("a root");
    let plan = Plan {
        file_bytes_max: 50,
        storage_bytes_max: 60,
        ..Plan::default()
    };
    world
        .act(&operator, move |unit, cx| grant_plan(unit, cx, home, plan))
        .expect("granted");
    let left = |world: &World| world.read(move |snapshot, _| upload_room(snapshot, home));
    let bring = |number| {
        world.act(&world.caller, move |unit, cx| {
            let bytes = arrived(number, "text/plain");
            receive_media(unit, cx, &request(None), &bytes)
        })
    };
    assert_eq!(left(&world), Ok(50));
    assert_eq!(told(bring(6)), "media_too_large");
    assert_eq!((kept_bytes(&world), left(&world)), (0, Ok(50)));
    for _ in 0..3 {
        upload(&world, None, 4);
        assert_eq!((kept_bytes(&world), left(&world)), (40, Ok(20)));
    }
    assert_eq!(told(bring(3)), "storage_full");
    assert_eq!(kept_bytes(&world), 40, "what was refused is not kept");
    bring(2).expect("room for that");
    assert_eq!(left(&world), Err("storage_full".to_owned()));
}

#[test]
fn i11_bytes_go_when_no_file_has_them_any_more() {
    let world = World::new();
    let home = world.caller.workspace().id;
    let [one, two] = [7, 7].map(|number| upload(&world, None, number).id);
    let erase = |id| world.done(move |unit, cx| delete_media(unit, cx, id));
    let doom = |now: Timestamp| world.done(move |unit, _| doom_files(unit, now, 9));
    let later = |by| world.cx().now.plus(by);
    erase(one);
    assert_eq!(
        doom(later(Duration::from_hours(99))),
        [],
        "another file has them"
    );
    erase(two);
    let now = world.cx().now;
    assert_eq!(doom(now), [(home, digest(7))]);
    assert_eq!(doom(now), [], "whoever doomed them has a lease");
    let again = now.plus(ERASURE_LEASE);
    assert_eq!(
        doom(again),
        [(home, digest(7))],
        "who died is followed by another"
    );
    let refused = world.act(&world.caller, move |unit, cx| {
        match receive_media(unit, cx, &request(None), &arrived(7, "text/plain")) {
            Err(Error::Fault(Fault::Contended(_))) => Err(Refusal::NotAllowed.into()),
            other => other,
        }
    });
    assert_eq!(told(refused), "not_allowed", "nothing begins to use them");
    assert_eq!(kept_bytes(&world), 70);
    world.done(move |unit, _| forget_files(unit, &[(home, digest(7))]));
    assert_eq!(kept_bytes(&world), 0);
    upload(&world, None, 7);
    assert_eq!(kept_bytes(&world), 70);
}

#[test]
fn bytes_that_are_on_their_way_are_not_erased() {
    let world = World::new();
    let home = world.caller.workspace().id;
    let bytes = arrived(5, "text/plain");
    let media = world.done(move |unit, cx| receive_media(unit, cx, &request(None), &bytes));
    let grace = media.created_at.plus(ARRIVAL_GRACE);
    let doom = |now: Timestamp| world.done(move |unit, _| doom_files(unit, now, 9));
    assert_eq!(doom(media.created_at), []);
    assert_eq!(doom(grace), [(home, digest(5))], "they never came");
}

#[test]
fn a_picture_is_looked_into_under_a_lease() {
    let world = World::new();
    let home = world.caller.workspace().id;
    let picture = upload_as(&world, None, &arrived(1, "image/png"));
    let claim = |now| world.done(move |unit, _| claim_media(unit, now, 9));
    let now = world.cx().now;
    let claimed = claim(now).remove(0);
    assert_eq!(
        (claimed.status, claimed.tries),
        (MediaStatus::Processing, 1)
    );
    assert_eq!(claim(now), [], "somebody looks into it");
    let due = world.read(|snapshot, _| next_media_due(snapshot));
    assert_eq!(due, Ok(Some(now.plus(PROCESSING_LEASE))));
    let second = claim(now.plus(PROCESSING_LEASE)).remove(0);
    let small = arrived(9, "image/jpeg");
    let version = Version {
        preset: Preset::Chat,
        digest: small.digest,
        media_type: small.media_type.clone(),
        size: small.size,
        width: 2,
        height: 1,
    };
    let known = Processed::Known {
        facts: Facts {
            width: Some(4),
            height: Some(2),
            duration_ms: None,
        },
        versions: vec![version],
    };
    world.done(move |unit, cx| reserve_versions(unit, home, std::slice::from_ref(&small), cx.now));
    let settle = |tries| {
        let known = known.clone();
        let place = (home, picture.id);
        world.done(move |unit, cx| settle_media(unit, place, tries, &known, cx.now))
    };
    assert!(!settle(1), "its lease has ended");
    assert!(settle(second.tries));
    assert!(!settle(second.tries), "it is settled");
    let id = picture.id;
    let ready = world
        .read(move |snapshot, cx| find_media(snapshot, cx, id))
        .expect("a file");
    assert_eq!(
        (ready.status, ready.versions.len()),
        (MediaStatus::Ready, 1)
    );
    assert_eq!(ready.bytes(Some(Preset::Chat)).expect("a version").size, 90);
    assert_eq!(kept_bytes(&world), 100);
    world.done(move |unit, cx| delete_media(unit, cx, id));
    let doomed = world.done(|unit, cx| doom_files(unit, cx.now, 9));
    assert_eq!(doomed.len(), 2, "its versions go with it");
    assert_eq!(
        world.topics(0)[1..],
        [
            "media.requested",
            "media.uploaded",
            "media.processing",
            "media.ready",
            "media.deleted"
        ]
    );
}

#[test]
fn a_file_that_nobody_comes_to_an_end_with_has_failed_and_can_be_had() {
    let world = World::new();
    let picture = upload_as(&world, None, &arrived(1, "image/png"));
    let mut now = world.cx().now;
    for tries in 1..=PROCESSING_TRIES_MAX {
        let claimed = world.done(move |unit, _| claim_media(unit, now, 9));
        assert_eq!(claimed[0].tries, tries);
        now = now.plus(PROCESSING_LEASE);
    }
    assert_eq!(world.done(move |unit, _| claim_media(unit, now, 9)), []);
    let id = picture.id;
    let failed = world
        .read(move |snapshot, cx| find_media(snapshot, cx, id))
        .expect("a file");
    assert_eq!((failed.status, failed.due_at), (MediaStatus::Failed, None));
    assert!(failed.bytes(None).is_ok());
    let due = world.read(|snapshot, _| next_media_due(snapshot));
    assert_eq!(due, Ok(None));
}
