//! What a bucket promises beyond what every place does.

use std::net::TcpListener;
use std::time::Duration;

use causerie_core::media::Digest;
use causerie_core::port::FilesFault;

use crate::directory::write_one;
use crate::site::{PLENTY, Server, Site, file, noise, wait, workspace};

const MINUTE: Duration = Duration::from_mins(1);

fn server(site: &Site) -> &Server {
    site.server.as_ref().expect("a server")
}

/// Puts bytes to the signed address of a file, as a browser would.
fn put(site: &Site, address: &str, media_type: &str, bytes: &[u8]) -> u16 {
    server(site).runtime.block_on(async {
        let request = reqwest::Client::new().put(address);
        let request = request
            .header("content-type", media_type)
            .body(bytes.to_vec());
        request.send().await.expect("an answer").status().as_u16()
    })
}

/// What an address answers: status, type, disposition and bytes.
fn get(site: &Site, address: &str) -> (u16, String, String, Vec<u8>) {
    server(site).runtime.block_on(async {
        let answer = reqwest::get(address).await.expect("an answer");
        let header = |name| {
            let value = answer.headers().get(name).map(|value| value.to_str());
            value.and_then(Result::ok).unwrap_or_default().to_owned()
        };
        let (kind, disposition) = (header("content-type"), header("content-disposition"));
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.expect("bytes").to_vec();
        (status, kind, disposition, bytes)
    })
}

fn upload_address(site: &Site) -> String {
    let signed = wait(site.files.sign_upload(workspace(1), file(1), MINUTE));
    signed.expect("it is signed").expect("a bucket signs")
}

fn download_address(site: &Site, arrived: &causerie_core::media::Arrived) -> String {
    let (digest, media_type) = (arrived.digest, &arrived.media_type);
    let signed = site
        .files
        .sign_download(workspace(1), digest, media_type, MINUTE);
    wait(signed).expect("it is signed").expect("a bucket signs")
}

#[test]
fn anybody_may_put_and_get_with_a_signed_address() {
    let site = Site::bucket();
    let png = [b"\x89PNG\r\n\x1a\n\0".as_slice(), &noise(12_000_000, 1)].concat();
    assert_eq!(put(&site, &upload_address(&site), "text/html", &png), 200);
    let arrived = wait(site.files.examine(workspace(1), file(1), PLENTY)).expect("it is there");
    assert_eq!(arrived.media_type.as_str(), "image/png");
    wait(site.files.keep(workspace(1), file(1), &arrived)).expect("it is kept");
    assert!(
        site.read(arrived.digest, 0..arrived.size)
            .expect("it is there")
            == png
    );
    let (status, kind, disposition, bytes) = get(&site, &download_address(&site, &arrived));
    assert_eq!((status, &*kind, &*disposition), (200, "image/png", ""));
    assert!(bytes == png);
    let stale = wait(site.files.list_stale(Duration::ZERO, 10));
    assert_eq!(stale, Ok(vec![]), "nothing is left behind");
}

#[test]
fn an_address_without_its_signature_opens_nothing() {
    let site = Site::bucket();
    let arrived = site.keep(file(1), b"abc");
    let address = download_address(&site, &arrived);
    let (bare, _) = address.split_once('?').expect("a signature");
    assert_eq!(get(&site, bare).0, 403);
    let other = Digest([1; 32]).to_string();
    let forged = address.replace(&arrived.digest.to_string(), &other);
    assert_eq!(get(&site, &forged).0, 403);
}

#[test]
fn what_a_client_says_of_its_bytes_is_not_believed() {
    let site = Site::bucket();
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    assert_eq!(put(&site, &upload_address(&site), "image/png", page), 200);
    let arrived = wait(site.files.examine(workspace(1), file(1), PLENTY)).expect("it is there");
    assert_eq!(arrived.media_type.as_str(), "text/html");
    wait(site.files.keep(workspace(1), file(1), &arrived)).expect("it is kept");
    let (_, kind, disposition, _) = get(&site, &download_address(&site, &arrived));
    assert_eq!((&*kind, &*disposition), ("text/html", "attachment"));
}

#[test]
fn what_is_put_after_the_examination_is_not_kept() {
    let site = Site::bucket();
    let address = upload_address(&site);
    put(&site, &address, "text/plain", b"harmless");
    let arrived = wait(site.files.examine(workspace(1), file(1), PLENTY)).expect("it is there");
    put(&site, &address, "text/plain", b"harmful!");
    wait(site.files.keep(workspace(1), file(1), &arrived)).expect("it is kept");
    assert_eq!(site.read(arrived.digest, 0..8), Ok(b"harmless".to_vec()));
}

#[test]
fn more_than_is_allowed_is_found_when_it_is_examined() {
    let site = Site::bucket();
    put(&site, &upload_address(&site), "text/plain", b"0123456789x");
    let examined = wait(site.files.examine(workspace(1), file(1), 10));
    assert_eq!(examined, Err(FilesFault::TooLarge { bytes_max: 10 }));
    wait(site.files.discard(workspace(1), file(1))).expect("it goes");
    let examined = wait(site.files.examine(workspace(1), file(1), 10));
    assert_eq!(examined, Err(FilesFault::Missing));
}

#[test]
fn a_bucket_that_cannot_be_used_is_refused_with_a_sentence_that_helps() {
    let site = Site::bucket();
    let right = server(&site).url("media", "secret");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = listener.local_addr().expect("an address").to_string();
    drop(listener);
    for wrong in [
        right.replace("=secret", "=other"),
        right.replace(&server(&site).address.to_string(), &nobody),
    ] {
        let url = wrong.parse().expect("an address");
        let said = causerie_media::open(&url)
            .expect_err("no bucket")
            .to_string();
        assert!(said.contains("Check that the bucket exists"), "{said}");
        assert!(
            !said.contains("other") && !said.contains("secret"),
            "{said}"
        );
    }
}

#[test]
fn it_can_be_used_and_dropped_inside_another_runtime() {
    let site = Site::bucket();
    let url = server(&site)
        .url("media", "secret")
        .parse()
        .expect("an address");
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.build().expect("a runtime");
    let written = runtime.block_on(async {
        let files = causerie_media::open(&url).expect("a bucket");
        write_one(&*files).await
    });
    assert_eq!(written, 3);
}
