//! Calls to gateways: what they carry, what their answers mean, and where they never go.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use causerie_core::outbound::Handed;
use causerie_core::port::Courier as _;
use serde_json::{Value, json};

use super::fixture::{
    Authority, DOMAIN, Setup, Shelf, deliver, enclose, gateway, gateway_secret, now, parcel, wait,
};
use super::http_server::{Asked, HttpServer, Say};
use crate::{Signed, verify_signature};

fn verified(asked: &Asked) -> bool {
    let signed = Signed {
        id: &asked.headers["webhook-id"],
        timestamp: &asked.headers["webhook-timestamp"],
        signature: &asked.headers["webhook-signature"],
    };
    verify_signature(&gateway_secret(), signed, &asked.body, now())
}

fn taken(reference: Option<&str>) -> Handed {
    Handed::Taken {
        reference: reference.map(str::to_owned),
    }
}

/// What becomes of a message that a gateway answers so.
fn answered(say: impl Fn(&Asked) -> Say + Send + Sync + 'static) -> Handed {
    let server = HttpServer::start(None, say);
    deliver(parcel(gateway(&server.url("/send")), "Hello!"))
}

fn is_refused(handed: &Handed, word: &str) -> bool {
    matches!(handed, Handed::Refused { reason, .. } if reason.contains(word))
}

fn is_later(handed: &Handed) -> bool {
    matches!(handed, Handed::Later { .. })
}

#[test]
fn a_message_is_handed_over_whole_and_signed() {
    let server = HttpServer::start(None, |_| {
        Say::answer("201 Created", "", r#"{"reference":"gw-1"}"#)
    });
    let mut parcel = parcel(gateway(&server.url("/send?x=1")), "Grüße \u{1F600}");
    let mut shelf = Shelf::default();
    let file = enclose(&mut shelf, 12, "cat.png", "image/png", true, b"png");
    parcel.files.push(file);
    let media = parcel.files[0].media.id;
    assert_eq!(deliver(parcel.clone()), taken(Some("gw-1")));
    let asked = server.next();
    assert_eq!(asked.path, "/send?x=1");
    assert!(verified(&asked));
    let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
    let expected = json!({
        "type": "message.outbound",
        "timestamp": "2026-02-28T12:30:45.000Z",
        "data": {
            "message_id": parcel.message.id.to_string(),
            "conversation_id": parcel.message.conversation.to_string(),
            "channel_id": parcel.channel.id.to_string(),
            "platform": "sms",
            "title": "Your order",
            "sender_name": "Ada",
            "from": "+31612345678",
            "receivers": [{
                "participant_id": parcel.receivers[0].participant.to_string(),
                "type": "to",
                "name": "Bob",
                "identifier": {"key": "phonenumber", "value": "+31687654321"},
            }],
            "kind": "text",
            "text": "Grüße \u{1F600}",
            "content_type": "text",
            "content": null,
            "reply_to": null,
            "reference": null,
            "metadata": {},
            "attachments": [{
                "media_id": media.to_string(),
                "name": "cat.png",
                "content_type": "image/png",
                "size": 3,
                "alt_text": null,
                "inline": true,
                "kind": "image",
                "url": format!("https://{DOMAIN}/files/{media}"),
            }],
            "try": 1,
        },
    });
    assert_eq!(body, expected);
}

#[test]
fn every_try_has_the_same_id() {
    let server = HttpServer::start(None, |_| Say::answer("503 Busy", "Retry-After: 7\r\n", ""));
    let mut parcel = parcel(gateway(&server.url("/")), "Hello!");
    let post = Setup::default().post();
    for tries in 1..=3 {
        parcel.tries = tries;
        let Handed::Later { after, .. } = wait(post.deliver(parcel.clone())) else {
            panic!("a gateway that is busy is asked again");
        };
        assert_eq!(after, Some(Duration::from_secs(7)));
        let asked = server.next();
        assert_eq!(asked.headers["webhook-id"], parcel.message.id.to_string());
        assert!(verified(&asked));
        let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
        assert_eq!(body["data"]["try"], json!(tries));
    }
}

#[test]
fn a_status_says_whether_to_try_again() {
    for status in ["200 OK", "202 Accepted", "204 No Content"] {
        assert_eq!(
            answered(move |_| Say::answer(status, "", "")),
            taken(None),
            "{status}"
        );
    }
    for status in [
        "408 A", "425 A", "429 A", "500 A", "502 A", "503 A", "599 A",
    ] {
        assert!(
            is_later(&answered(move |_| Say::answer(status, "", ""))),
            "{status}"
        );
    }
    for status in ["400 A", "401 A", "404 A", "410 A", "422 A"] {
        let handed = answered(move |_| Say::answer(status, "", ""));
        assert!(is_refused(&handed, "refused"), "{status} {handed:?}");
    }
}

#[test]
fn a_date_to_wait_for_becomes_a_pause() {
    let handed = answered(|_| {
        let headers = "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n";
        Say::answer("429 Too Many", headers, "")
    });
    let Handed::Later { after, .. } = handed else {
        panic!("expected another try, found {handed:?}");
    };
    assert!(after.expect("a pause") > Duration::from_hours(24));
}

#[test]
fn references_that_are_none_are_left_out() {
    let long = "x".repeat(257);
    for body in [
        "ok".to_owned(),
        r#"{"reference":7}"#.to_owned(),
        r#"{"reference":""}"#.to_owned(),
        r#"{"reference":"a\nb"}"#.to_owned(),
        format!(r#"{{"reference":"{long}"}}"#),
    ] {
        let said = body.clone();
        assert_eq!(
            answered(move |_| Say::answer("200 OK", "", &said)),
            taken(None),
            "{body}"
        );
    }
}

#[test]
fn a_channel_is_tested_with_a_signed_call() {
    let server = HttpServer::start(None, |_| Say::answer("200 OK", "", ""));
    let channel = gateway(&server.url("/"));
    let handed = wait(Setup::default().post().test(channel.clone()));
    assert_eq!(handed, taken(None));
    let asked = server.next();
    assert!(verified(&asked));
    let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
    assert_eq!(body["type"], "channel.test");
    assert_eq!(body["data"]["channel_id"], channel.id.to_string());
}

#[test]
fn what_is_not_public_is_not_called_however_it_is_written() {
    let server = HttpServer::start(None, |_| Say::answer("200 OK", "", ""));
    let port = server.address.port();
    let courier = Setup {
        allowed: "",
        ..Setup::default()
    }
    .post();
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "１２７.0.0.1",
    ] {
        let channel = gateway(&format!("http://{host}:{port}/"));
        let handed = wait(courier.deliver(parcel(channel, "Hello!")));
        assert!(is_refused(&handed, "outbound_allow"), "{host} {handed:?}");
    }
    assert!(server.asked.try_recv().is_err(), "nobody was called");
}

#[test]
fn a_redirect_that_repeats_the_call_is_followed() {
    for status in ["307 Temporary Redirect", "308 Permanent Redirect"] {
        let server = HttpServer::start(None, move |asked| match asked.path.as_str() {
            "/old" => Say::redirect(status, "/new"),
            _ => Say::answer("200 OK", "", r#"{"reference":"moved"}"#),
        });
        let handed = deliver(parcel(gateway(&server.url("/old")), "Hello!"));
        assert_eq!(handed, taken(Some("moved")));
        let (first, second) = (server.next(), server.next());
        assert_eq!(
            (first.body == second.body, second.path.as_str()),
            (true, "/new")
        );
        assert!(verified(&second));
    }
}

#[test]
fn other_redirects_are_not_followed() {
    for status in ["301 A", "302 A", "303 A", "300 A"] {
        let handed = answered(move |_| Say::redirect(status, "/elsewhere"));
        assert!(is_refused(&handed, "redirects"), "{status} {handed:?}");
    }
    let endless = answered(|_| Say::redirect("307 A", "/again"));
    assert!(is_refused(&endless, "redirects"), "{endless:?}");
    let nowhere = answered(|_| Say::answer("307 A", "", ""));
    assert!(is_refused(&nowhere, "redirects"), "{nowhere:?}");
    let file = answered(|_| Say::redirect("307 A", "file:///etc/passwd"));
    assert!(is_refused(&file, "address"), "{file:?}");
}

#[test]
fn a_redirect_is_checked_like_an_address() {
    let forbidden = HttpServer::start(None, |_| Say::answer("200 OK", "", ""));
    let port = forbidden.address.port();
    for target in [
        format!("http://127.0.0.2:{port}/"),
        format!("http://[::1]:{port}/"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let to = target.clone();
        let server = HttpServer::start(None, move |_| Say::redirect("307 A", &to));
        let courier = Setup {
            allowed: "127.0.0.1",
            ..Setup::default()
        }
        .post();
        let handed = wait(courier.deliver(parcel(gateway(&server.url("/")), "Hello!")));
        assert!(is_refused(&handed, "outbound_allow"), "{target} {handed:?}");
    }
    assert!(forbidden.asked.try_recv().is_err(), "nobody was called");
}

#[test]
fn https_is_used_with_an_authority_that_is_trusted_and_never_given_up() {
    let authority = Authority::new();
    let plain = HttpServer::start(None, |_| Say::answer("200 OK", "", ""));
    let to = plain.url("/");
    let server = HttpServer::start(Some(authority.server), move |asked| {
        match asked.path.as_str() {
            "/down" => Say::redirect("307 A", &to),
            _ => Say::answer("200 OK", "", ""),
        }
    });
    let url = |path: &str| format!("https://localhost:{}{path}", server.address.port());
    let stranger = deliver(parcel(gateway(&url("/")), "Hello!"));
    assert!(is_later(&stranger), "{stranger:?}");
    let post = Setup {
        extra_roots: Some(authority.pem),
        ..Setup::default()
    }
    .post();
    assert_eq!(
        wait(post.deliver(parcel(gateway(&url("/")), "Hello!"))),
        taken(None)
    );
    let down = wait(post.deliver(parcel(gateway(&url("/down")), "Hello!")));
    assert!(is_refused(&down, "redirects"), "{down:?}");
    assert!(plain.asked.try_recv().is_err(), "nobody was called");
}

#[test]
fn an_answer_without_end_is_not_waited_for() {
    let endless = answered(|_| Say::Endlessly("HTTP/1.1 200 OK\r\n\r\n".to_owned()));
    assert_eq!(endless, taken(None));
    let huge = answered(|_| Say::answer("200 OK", "", &"x".repeat(10_000_000)));
    assert_eq!(huge, taken(None));
    let header = answered(|_| Say::Endlessly("HTTP/1.1 200 OK\r\nX: ".to_owned()));
    assert!(is_later(&header), "{header:?}");
}

#[test]
fn silence_is_not_waited_for() {
    let held = |said: &'static str, limit: Duration| {
        let server = HttpServer::start(None, |_| Say::Hold(said.to_owned()));
        let courier = Setup {
            call_limit: limit,
            ..Setup::default()
        };
        let parcel = parcel(gateway(&server.url("/")), "Hello!");
        wait(courier.post().deliver(parcel))
    };
    let silent = held("", Duration::from_millis(300));
    assert!(is_later(&silent), "{silent:?}");
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{";
    // Long enough for a machine that is busy: the status has to arrive.
    assert_eq!(held(half, Duration::from_secs(3)), taken(None));
}

#[test]
fn a_broken_connection_is_tried_again() {
    let broken = answered(|_| Say::This(String::new()));
    assert!(is_later(&broken), "{broken:?}");
    let nonsense = answered(|_| Say::This("SSH-2.0\r\n\r\n".to_owned()));
    assert!(is_later(&nonsense), "{nonsense:?}");
    let nobody = HttpServer::start(None, |_| Say::answer("200 OK", "", "")).address;
    let unused = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = unused.local_addr().expect("an address");
    drop(unused);
    assert_ne!(nobody, closed);
    let handed = deliver(parcel(gateway(&format!("http://{closed}/")), "Hello!"));
    assert!(is_later(&handed), "{handed:?}");
}

#[test]
fn a_courier_works_in_any_runtime_and_may_be_dropped_there() {
    let calls = AtomicUsize::new(0);
    let server = HttpServer::start(None, |_| Say::answer("200 OK", "", ""));
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }
        .build()
        .expect("a runtime without time or network");
    runtime.block_on(async {
        let post = Setup::default().post();
        let handed = post
            .deliver(parcel(gateway(&server.url("/")), "Hello!"))
            .await;
        assert_eq!(handed, taken(None));
        calls.fetch_add(1, Ordering::Relaxed);
        drop(post);
    });
    assert_eq!(calls.into_inner(), 1);
}

#[test]
fn no_secret_is_in_what_a_courier_shows() {
    let shown = format!("{:?}", Setup::default().post());
    assert!(
        shown.contains(DOMAIN) && !shown.contains("hunter2"),
        "{shown}"
    );
    let without = format!("{:?}", gateway("https://gw.example/?token=hunter2"));
    assert!(!without.contains("hunter2"), "{without}");
}
