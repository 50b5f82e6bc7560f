//! What a directory promises beyond what every place does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use std::path::Path;

use causerie_core::port::Files;
use causerie_media::FilesUrl;

use crate::site::{Site, file, noise, wait, workspace};

#[test]
fn only_its_owner_can_read_it() {
    let site = Site::directory();
    site.keep(file(1), &noise(10, 1));
    site.receive(file(2), &noise(10, 2)).expect("it arrives");
    let mut directories = vec![site.directory.path().join("files")];
    let mut seen = 0;
    while let Some(directory) = directories.pop() {
        let mode = |path: &Path| fs::metadata(path).expect("it").permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700, "{}", directory.display());
        for entry in fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn what_others_put_there_is_passed_over() {
    let site = Site::directory();
    let arrived = site.keep(file(1), &noise(10, 1));
    let kept = site.directory.path().join("files/kept");
    fs::write(kept.join("README"), "x").expect("written");
    let workspace = kept.join(workspace(1).to_string());
    fs::create_dir_all(workspace.join("zz")).expect("made");
    fs::write(workspace.join("zz/note"), "x").expect("written");
    let listed: Vec<_> = site
        .list()
        .into_iter()
        .map(|(_, digest, _)| digest)
        .collect();
    assert_eq!(listed, [arrived.digest]);
}

#[test]
fn a_file_that_was_cut_short_is_not_served_as_whole() {
    let site = Site::directory();
    let arrived = site.keep(file(1), &noise(1000, 1));
    let digest = arrived.digest.to_string();
    let path = format!("files/kept/{}/{}/{digest}", workspace(1), &digest[..2]);
    let kept = fs::File::options()
        .write(true)
        .open(site.directory.path().join(path));
    kept.and_then(|kept| kept.set_len(10)).expect("cut");
    assert!(site.read(arrived.digest, 0..1000).is_err());
}

#[test]
fn a_place_that_is_no_directory_is_refused_with_a_sentence_that_helps() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("file");
    fs::write(&path, "x").expect("written");
    let error = causerie_media::open(&FilesUrl::directory(&path)).expect_err("no directory");
    let said = error.to_string();
    assert!(said.contains(&*path.to_string_lossy()), "{said}");
    assert!(said.ends_with("Give a directory that this user may create, read and write"));
}

#[test]
fn it_can_be_used_and_dropped_inside_another_runtime() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.build().expect("a runtime");
    let written = runtime.block_on(async {
        let directory = tempfile::tempdir().expect("a directory");
        let files = causerie_media::open(&FilesUrl::directory(directory.path())).expect("a place");
        write_one(&*files).await
    });
    assert_eq!(written, 3);
}

pub(crate) async fn write_one(files: &dyn Files) -> u64 {
    let incoming = files.receive(workspace(1), file(1), 10).await;
    let mut incoming = incoming.expect("a place");
    incoming.write("abc".into()).await.expect("written");
    let arrived = incoming.finish().await.expect("it arrives");
    files
        .keep(workspace(1), file(1), &arrived)
        .await
        .expect("it is kept");
    arrived.size
}

#[test]
fn nobody_is_sent_to_a_directory() {
    let site = Site::directory();
    let day = std::time::Duration::from_hours(24);
    let signed = wait(site.files.sign_upload(workspace(1), file(1), day));
    assert_eq!(signed, Ok(None));
}
