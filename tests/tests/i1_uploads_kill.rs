//! I1 for files: the server is killed again and again while files arrive; every file that was acknowledged is there,
//! byte by byte, and none is ever shown by halves.
//!
//! Messages are sent through kills elsewhere.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use causerie_tests::sender::Whereabouts;
use causerie_tests::{
    Client, Database, Form, Random, Shelf, check, eventually, on_both_stores_and_shelves, pause,
    pictures, scene,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const KILLS: usize = 20;
const UPLOADERS: u64 = 6;
/// Large enough to be killed in the midst of.
const SIZES: [usize; 4] = [3_000, 70_000, 400_000, 1_500_000];

on_both_stores_and_shelves!(i1_a_file_is_whole_or_not_there_after_kill_9);

fn i1_a_file_is_whole_or_not_there_after_kill_9(database: &Database, shelf: &Shelf) {
    let mut random = Random::new();
    let mut server = shelf.serve(database);
    let whereabouts = Whereabouts::new(vec![server.address()]);
    let key = database.key();
    let acknowledged = thread::scope(|scope| {
        let (whereabouts, key) = (&whereabouts, key.as_str());
        let uploaders: Vec<_> = (0..UPLOADERS)
            .map(|number| scope.spawn(move || upload_on(whereabouts, key, number)))
            .collect();
        for round in 0..KILLS {
            let before = whereabouts.acknowledged();
            // Some are killed wherever they are, the rest in the midst of work, however slow the machine is.
            eventually("some files", || {
                let more = whereabouts.acknowledged() - before;
                (round % 5 == 0 || more > 0).then_some(())
            });
            pause(Duration::from_millis(random.between(1, 250)));
            server.kill();
            server = shelf.serve(database);
            whereabouts.moved(vec![server.address()]);
        }
        pause(Duration::from_millis(200));
        whereabouts.finish();
        let mut all = BTreeMap::new();
        for uploader in uploaders {
            all.extend(uploader.join().expect("an uploader ends well"));
        }
        all
    });
    eprintln!("{} files acknowledged", acknowledged.len());
    assert!(acknowledged.len() > KILLS, "there was load");

    let mut client = server.client(database);
    let all = check::walk(&mut client, "/v1/media");
    for media in &all {
        check_whole(
            &mut client,
            media,
            acknowledged.get(&scene::id(media)).copied(),
        );
    }
    let there: Vec<String> = all.iter().map(scene::id).collect();
    for id in acknowledged.keys() {
        assert!(there.contains(id), "{id} was acknowledged");
    }
    // Places that the killed left behind are nobody's loss, and what nothing uses may be there or not.
    let report = eventually("the doctor to be content", || {
        let output = shelf.line(database).args(["doctor"]).output();
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(report)
    });
    assert!(
        !report.contains("no entry") && !report.contains("no bytes"),
        "{report}"
    );
    server.stop();
}

/// Uploads one file after the other; gives how each that was acknowledged was made.
fn upload_on(whereabouts: &Whereabouts, key: &str, number: u64) -> BTreeMap<String, (usize, u64)> {
    let mut client = Client::new(whereabouts.address(0), key);
    let mut acknowledged = BTreeMap::new();
    let mut seed = number << 32;
    while !whereabouts.is_over() {
        seed += 1;
        let turn = usize::try_from(seed % 4).expect("small");
        let size = SIZES[turn];
        let form = Form::default().file("file", "a.bin", &pictures::noise(size, seed));
        client.turn_to(whereabouts.address(0));
        match client.exchange("POST", "/v1/media", &[Form::TYPE], &form.bytes()) {
            Ok(answer) if answer.status == 503 => {}
            Ok(answer) => {
                acknowledged.insert(scene::id(&answer.expect(201)), (size, seed));
                whereabouts.acknowledge();
            }
            Err(_) => pause(Duration::from_millis(20)),
        }
    }
    acknowledged
}

/// Whatever has arrived has bytes that are those of its hash, and those that were sent.
fn check_whole(client: &mut Client, media: &Value, made: Option<(usize, u64)>) {
    let path = format!("/v1/media/{}/content", scene::id(media));
    let answer = client.get(&path);
    if media["status"] == "requested" {
        assert!(made.is_none(), "it was acknowledged: {media}");
        assert_eq!(answer.status, 409, "{}", answer.text());
        return;
    }
    assert_eq!(answer.status, 200, "{media}: {}", answer.text());
    let digest = Sha256::digest(&answer.body);
    let hash = digest
        .iter()
        .fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
    let tag = answer.header("etag").expect("a tag");
    assert_eq!(tag.trim_matches('"'), hash, "the tag is the hash");
    if let Some((size, seed)) = made {
        assert!(answer.body == pictures::noise(size, seed), "{media}");
    }
}
