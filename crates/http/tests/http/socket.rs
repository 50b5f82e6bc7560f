//! What only a real connection shows: slow bodies, large bodies, HEAD, draining.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use causerie_core::memory::Memory;
use causerie_http::{AppConfig, ServeConfig, serve_mounted};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::surface::toy::mount;
use crate::world::World;

/// A server on a port of its own.
struct Served {
    world: World,
    address: std::net::SocketAddr,
    handle: ServerHandle,
}

async fn served(config: AppConfig) -> Served {
    let world = World::with(Memory::store(), config).await;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let limits = ServeConfig {
        workers: Some(1),
        ..ServeConfig::default()
    };
    let server = serve_mounted(world.app.clone(), &[mount()], vec![listener], &limits);
    let server = server.expect("a server");
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Served {
        world,
        address,
        handle,
    }
}

impl Served {
    async fn connect(&self, head: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("connected");
        let key = &self.world.root.key;
        let head = head.replace("KEY", key).replace('\n', "\r\n");
        stream.write_all(head.as_bytes()).await.expect("written");
        stream
    }
}

/// Reads until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let read = tokio::time::timeout(Duration::from_secs(20), read).await;
    read.expect("the connection is closed in time")
        .expect("read");
    String::from_utf8(bytes).expect("UTF-8")
}

#[actix_web::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let served = served(AppConfig {
        request_timeout: Duration::from_millis(50),
        ..AppConfig::default()
    })
    .await;
    for head in [
        "POST /v1/participants HTTP/1.1\nHost: x\nX-API-Key: KEY\nConnection: close\n\
         Content-Type: application/json\nContent-Length: 100\n\n{",
        "POST /dialects/toy/things HTTP/1.1\nHost: x\nAuthorization: ToyKey KEY\nConnection: close\n\
         Content-Type: multipart/form-data; boundary=b\nContent-Length: 100\n\n--b\n",
    ] {
        let mut stream = served.connect(head).await;
        let mut bytes = vec![0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut bytes)).await;
        let length = read.expect("an answer in time").expect("read");
        let answer = String::from_utf8_lossy(&bytes[..length]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("\"request_timeout\""), "{answer}");
    }
    served.handle.stop(false).await;
}

#[actix_web::test]
async fn a_body_that_is_announced_as_too_large_is_refused_before_it_is_sent() {
    let served = served(AppConfig::default()).await;
    let head = "POST /v1/participants HTTP/1.1\nHost: x\nX-API-Key: KEY\nExpect: 100-continue\n\
                Content-Type: application/json\nContent-Length: 300000\n\n";
    let mut stream = served.connect(head).await;
    let mut answer = String::new();
    let mut bytes = vec![0; 4096];
    while !answer.contains("body_too_large") {
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut bytes)).await;
        let length = read.expect("an answer in time").expect("read");
        assert_ne!(length, 0, "{answer}");
        answer += &String::from_utf8_lossy(&bytes[..length]);
    }
    assert!(answer.contains("HTTP/1.1 413"), "{answer}");
    served.handle.stop(false).await;
}

#[actix_web::test]
async fn head_is_answered_like_get_without_the_body() {
    let served = served(AppConfig::default()).await;
    let head = "HEAD /v1/me HTTP/1.1\nHost: x\nX-API-Key: KEY\nConnection: close\n\n";
    let answer = rest(&mut served.connect(head).await).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("content-type: application/json"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    served.handle.stop(false).await;
}

#[actix_web::test]
async fn a_file_that_is_cut_off_leaves_nothing() {
    let served = served(AppConfig::default()).await;
    let body = r#"{"name":"a.png"}"#;
    let asked = served.world.tell("POST", "/v1/media/uploads", body).await;
    let asked = asked.expect(201).json();
    let url = asked["upload"]["url"].as_str().expect("an address");
    let put = format!("PUT {url} HTTP/1.1\nHost: x\nContent-Length: 100000\n\nhalf");
    let form = "POST /v1/media HTTP/1.1\nHost: x\nX-API-Key: KEY\nContent-Length: 100000\n\
                Content-Type: multipart/form-data; boundary=border\n\n--border\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"a\"\n\nhalf";
    for head in [put.as_str(), form] {
        let before = served.world.files.opened();
        let stream = served.connect(head).await;
        while served.world.files.opened() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(stream);
        while served.world.files.open() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert_eq!(served.world.files.count(), (0, 0));
    let listed = served.world.ask("GET", "/v1/media").await.json();
    assert_eq!(
        listed["items"].as_array().map(Vec::len),
        Some(1),
        "{listed}"
    );
    assert_eq!(listed["items"][0]["status"], "requested");
    served.handle.stop(false).await;
}

#[actix_web::test]
async fn a_file_that_ends_early_is_refused() {
    let served = served(AppConfig::default()).await;
    let body = r#"{"name":"a.png"}"#;
    let asked = served.world.tell("POST", "/v1/media/uploads", body).await;
    let asked = asked.expect(201).json();
    let url = asked["upload"]["url"].as_str().expect("an address");
    let put =
        format!("PUT {url} HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n4\nhalf\nno length\n");
    let mut stream = served.connect(&put).await;
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("body_incomplete"), "{answer}");
    served.handle.stop(false).await;
}

#[actix_web::test]
async fn a_file_that_is_too_large_is_refused_while_it_arrives() {
    let served = served(AppConfig::default()).await;
    let own = served.world.root.workspace.id;
    let plan = format!("/v1/workspaces/{own}/plan");
    let limit = r#"{"file_bytes_max":100000}"#;
    served.world.tell("PUT", plan, limit).await.expect(200);
    let head = "POST /v1/media HTTP/1.1\nHost: x\nX-API-Key: KEY\nContent-Length: 1000000000\n\
                Content-Type: multipart/form-data; boundary=border\n\n--border\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"a\"\n\n";
    let mut stream = served.connect(head).await;
    let (mut reading, mut writing) = stream.split();
    let mut answer = vec![0; 4096];
    let piece = vec![b'x'; 65_536];
    let send = async {
        // Far from all that was announced.
        while writing.write_all(&piece).await.is_ok() {}
        std::future::pending::<()>().await;
    };
    let length = tokio::select! {
        read = reading.read(&mut answer) => read.expect("read"),
        () = send => 0,
        () = tokio::time::sleep(Duration::from_secs(20)) => 0,
    };
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("media_too_large"), "{answer}");
    served.handle.stop(false).await;
}

#[actix_web::test]
async fn a_file_flows_at_the_pace_of_its_reader_and_frees_everything_when_that_goes() {
    let served = served(AppConfig::default()).await;
    let bytes = vec![b'x'; 50_000_000];
    let id = served.world.file("long.bin", &bytes).await;
    let head = format!("GET /v1/media/{id}/content HTTP/1.1\nHost: x\nX-API-Key: KEY\n\n");
    let mut stream = served.connect(&head).await;
    let mut start = vec![0; 4096];
    let length = stream.read(&mut start).await.expect("read");
    let start = String::from_utf8_lossy(&start[..length]).into_owned();
    assert!(start.contains("content-length: 50000000\r\n"), "{start}");
    assert_eq!(served.world.files.open(), 1);
    drop(stream);
    while served.world.files.open() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let head = format!(
        "HEAD /v1/media/{id}/content HTTP/1.1\nHost: x\nX-API-Key: KEY\nConnection: close\n\n"
    );
    let answer = rest(&mut served.connect(&head).await).await;
    assert!(answer.contains("content-length: 50000000\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(!answer.contains("transfer-encoding"), "{answer}");
    served.handle.stop(false).await;
}

#[actix_web::test]
async fn a_drain_ends_long_polls_and_closes_connections() {
    let served = served(AppConfig::default()).await;
    let poll = "GET /v1/events?after=1000&wait=30 HTTP/1.1\nHost: x\nX-API-Key: KEY\n\n";
    let mut stream = served.connect(poll).await;
    // Whether the drain finds the poll waiting or on its way, it is answered.
    while served.world.app.door().verifications().0 == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    served.world.app.begin_drain();
    served.handle.stop(true).await;
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(
        answer.ends_with(r#"{"items":[],"next_after":1000}"#),
        "{answer}"
    );
}

#[actix_web::test]
async fn a_long_poll_is_woken_by_what_happens() {
    let served = served(AppConfig::default()).await;
    let before = served.world.ask("GET", "/v1/events?limit=100").await.json();
    let after = before["next_after"].as_u64().expect("a position");
    let poll = format!(
        "GET /v1/events?after={after}&wait=30 HTTP/1.1\nHost: x\nX-API-Key: KEY\nConnection: close\n\n"
    );
    let mut stream = served.connect(&poll).await;
    let ada = served.world.participant("Ada").await;
    let answer = rest(&mut stream).await;
    assert!(
        answer.contains("participant.created") && answer.contains(&ada),
        "{answer}"
    );
    served.handle.stop(false).await;
}
