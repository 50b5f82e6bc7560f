//! What every place for files promises, tried on a directory and on a bucket; and looking into files.
//!
//! Killing the process meanwhile is tried elsewhere.

mod bucket;
mod directory;
mod picture;
mod site;
mod sound;

use std::time::Duration;

use bytes::Bytes;
use causerie_core::media::Digest;
use causerie_core::port::FilesFault;

use site::{PLENTY, Site, file, noise, wait, workspace};

/// Larger than any piece or part.
const LARGE: usize = 20 * 1024 * 1024 + 7;

macro_rules! on_each_place {
    ($($case:ident)+) => {$(
        mod $case {
            use super::Site;

            #[test]
            fn in_a_directory() {
                super::$case(&Site::directory());
            }

            #[test]
            fn in_a_bucket() {
                super::$case(&Site::bucket());
            }
        }
    )+};
}

on_each_place! {
    what_arrives_is_described_and_read_back_once_it_is_kept
    a_half_written_file_is_nowhere
    keeping_twice_changes_nothing
    the_same_bytes_are_kept_once
    too_many_bytes_are_refused_at_once
    any_range_can_be_read
    what_is_kept_is_listed_in_order
    what_never_came_to_be_kept_is_listed_as_stale_and_discarded
    two_uploads_for_one_file_never_mix
    an_empty_file_is_a_file
    what_arrived_is_found_again_by_examining
    workspaces_do_not_see_each_other
}

fn what_arrives_is_described_and_read_back_once_it_is_kept(site: &Site) {
    for (number, size) in [(1, 3), (2, 700_000), (3, LARGE)] {
        let bytes = noise(size, u32::from(number));
        let arrived = site.receive(file(number), &bytes).expect("it arrives");
        assert_eq!(usize::try_from(arrived.size), Ok(size));
        assert_eq!(arrived.media_type.as_str(), "application/octet-stream");
        assert_eq!(site.read(arrived.digest, 0..1), Err(FilesFault::Missing));
        wait(site.files.keep(workspace(1), file(number), &arrived)).expect("it is kept");
        assert!(
            site.read(arrived.digest, 0..arrived.size)
                .expect("it is there")
                == bytes
        );
    }
    let text = site.receive(file(4), b"abc").expect("it arrives");
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(text.digest.to_string(), expected);
}

fn a_half_written_file_is_nowhere(site: &Site) {
    let bytes = noise(LARGE, 1);
    let arrived = site.receive(file(1), &bytes).expect("it arrives");
    wait(site.files.discard(workspace(1), file(1))).expect("it goes");
    let mut incoming = wait(site.files.receive(workspace(1), file(1), PLENTY)).expect("a place");
    wait(incoming.write(Bytes::copy_from_slice(&bytes[..LARGE - 1]))).expect("it is written");
    let nowhere = || {
        assert_eq!(site.list(), []);
        assert_eq!(site.read(arrived.digest, 0..1), Err(FilesFault::Missing));
        let kept = wait(site.files.keep(workspace(1), file(1), &arrived));
        assert_eq!(kept, Err(FilesFault::Missing));
        let examined = wait(site.files.examine(workspace(1), file(1), PLENTY));
        assert_eq!(examined, Err(FilesFault::Missing));
    };
    nowhere();
    drop(incoming);
    nowhere();
}

fn keeping_twice_changes_nothing(site: &Site) {
    let bytes = noise(1000, 1);
    let arrived = site.keep(file(1), &bytes);
    wait(site.files.keep(workspace(1), file(1), &arrived)).expect("it is kept");
    assert_eq!(site.read(arrived.digest, 0..1000), Ok(bytes));
    let mut other = arrived;
    other.digest = Digest([7; 32]);
    let kept = wait(site.files.keep(workspace(1), file(1), &other));
    assert_eq!(kept, Err(FilesFault::Missing));
}

fn the_same_bytes_are_kept_once(site: &Site) {
    let bytes = noise(1000, 1);
    let arrived = site.keep(file(1), &bytes);
    assert_eq!(site.keep(file(2), &bytes), arrived);
    assert_eq!(site.list(), [(workspace(1), arrived.digest, 1000)]);
    assert_eq!(site.read(arrived.digest, 0..1000), Ok(bytes));
    for _ in 0..2 {
        wait(site.files.erase(workspace(1), arrived.digest)).expect("it is erased");
        assert_eq!(site.read(arrived.digest, 0..1), Err(FilesFault::Missing));
        assert_eq!(site.list(), []);
    }
}

fn too_many_bytes_are_refused_at_once(site: &Site) {
    let too_large = Err(FilesFault::TooLarge { bytes_max: 10 });
    let mut incoming = wait(site.files.receive(workspace(1), file(1), 10)).expect("a place");
    wait(incoming.write(Bytes::from_static(b"0123456789"))).expect("as many as are allowed");
    assert_eq!(wait(incoming.write(Bytes::from_static(b"x"))), too_large);
    assert_eq!(wait(incoming.write(Bytes::from_static(b"x"))), too_large);
    let mut incoming = wait(site.files.receive(workspace(1), file(1), 10)).expect("a place");
    wait(incoming.write(Bytes::from_static(b"0123456789"))).expect("as many as are allowed");
    assert_eq!(wait(incoming.finish()).map(|arrived| arrived.size), Ok(10));
}

fn any_range_can_be_read(site: &Site) {
    let bytes = noise(1_500_000, 1);
    let arrived = site.keep(file(1), &bytes);
    for range in [
        0..1,
        0..1_500_000,
        524_287..1_048_577,
        1_499_999..1_500_000,
        5..5,
    ] {
        let read = site
            .read(arrived.digest, range.clone())
            .expect("it is there");
        let start = usize::try_from(range.start).expect("small");
        let end = usize::try_from(range.end).expect("small");
        assert!(read == bytes[start..end], "{range:?}");
    }
}

fn what_is_kept_is_listed_in_order(site: &Site) {
    let mut expected = Vec::new();
    for number in 1..=9 {
        let (place, id) = (workspace(1 + number % 3), file(number));
        let bytes = noise(usize::from(number), 1);
        let arrived = site.receive_in(place, id, &bytes).expect("it arrives");
        wait(site.files.keep(place, id, &arrived)).expect("it is kept");
        expected.push((place, arrived.digest, arrived.size));
    }
    expected.sort_unstable();
    assert_eq!(site.list(), expected);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = wait(site.files.list(after, 2)).expect("a page");
        let Some(&(place, digest, _)) = page.last() else {
            break;
        };
        assert!(page.len() <= 2);
        after = Some((place, digest));
        paged.extend(page);
    }
    assert_eq!(paged, expected);
}

fn what_never_came_to_be_kept_is_listed_as_stale_and_discarded(site: &Site) {
    let arrived = site.receive(file(1), b"abc").expect("it arrives");
    site.keep(file(2), b"def");
    let stale = |age| wait(site.files.list_stale(age, 10)).expect("a list");
    assert_eq!(stale(Duration::from_hours(1)), []);
    assert_eq!(stale(Duration::ZERO), [(workspace(1), file(1))]);
    assert_eq!(wait(site.files.list_stale(Duration::ZERO, 0)), Ok(vec![]));
    for _ in 0..2 {
        wait(site.files.discard(workspace(1), file(1))).expect("it goes");
        assert_eq!(stale(Duration::ZERO), []);
    }
    let kept = wait(site.files.keep(workspace(1), file(1), &arrived));
    assert_eq!(kept, Err(FilesFault::Missing));
}

fn two_uploads_for_one_file_never_mix(site: &Site) {
    let (first, second) = (noise(LARGE, 1), noise(LARGE, 2));
    let open = || wait(site.files.receive(workspace(1), file(1), PLENTY)).expect("a place");
    let mut uploads = [(open(), &first), (open(), &second)];
    for at in (0..LARGE).step_by(1 << 20) {
        for (incoming, bytes) in &mut uploads {
            let end = bytes.len().min(at + (1 << 20));
            // The first may be told that its place went to another.
            drop(wait(
                incoming.write(Bytes::copy_from_slice(&bytes[at..end])),
            ));
        }
    }
    let [(one, _), (other, _)] = uploads;
    let ended = [(wait(one.finish()), first), (wait(other.finish()), second)];
    assert!(ended[1].0.is_ok(), "the last to open the place has it");
    for (arrived, bytes) in ended {
        let Ok(arrived) = arrived else { continue };
        if wait(site.files.keep(workspace(1), file(1), &arrived)).is_ok() {
            let read = site.read(arrived.digest, 0..arrived.size);
            assert!(read.expect("it is there") == bytes);
        }
    }
    assert!(!site.list().is_empty());
}

fn an_empty_file_is_a_file(site: &Site) {
    let arrived = site.keep(file(1), b"");
    assert_eq!(arrived.size, 0);
    assert_eq!(site.read(arrived.digest, 0..0), Ok(Vec::new()));
    assert_eq!(site.list(), [(workspace(1), arrived.digest, 0)]);
}

fn what_arrived_is_found_again_by_examining(site: &Site) {
    let arrived = site.receive(file(1), b"some text").expect("it arrives");
    for _ in 0..2 {
        let examined = wait(site.files.examine(workspace(1), file(1), PLENTY));
        assert_eq!(examined.as_ref(), Ok(&arrived));
    }
    let examined = wait(site.files.examine(workspace(1), file(1), 8));
    assert_eq!(examined, Err(FilesFault::TooLarge { bytes_max: 8 }));
    wait(site.files.keep(workspace(1), file(1), &arrived)).expect("it is kept");
}

fn workspaces_do_not_see_each_other(site: &Site) {
    let arrived = site.keep(file(1), b"abc");
    let other = wait(site.files.read(workspace(2), arrived.digest, 0..3));
    assert_eq!(other.err(), Some(FilesFault::Missing));
    wait(site.files.erase(workspace(2), arrived.digest)).expect("nothing is there");
    assert_eq!(site.read(arrived.digest, 0..3), Ok(b"abc".to_vec()));
}
