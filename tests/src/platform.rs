//! A platform outside that takes signed calls: a small HTTP server, whose answers a test chooses.
//!
//! Judges nothing: every call is handed to the test as it came.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use standardwebhooks::Webhook;

use crate::DEADLINE;

/// A call as it came.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, byte by byte.
    pub bytes: Vec<u8>,
}

/// What is answered: a status and a body.
pub type Reply = (u16, Value);

/// The server; it goes with the process.
#[derive(Debug)]
pub struct Platform {
    url: String,
    calls: Receiver<Taken>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    gate: Arc<Mutex<()>>,
}

impl Platform {
    /// Starts it; it answers 200 to what no reply was chosen for.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, calls) = channel();
        let replies = Arc::new(Mutex::new(VecDeque::new()));
        let gate = Arc::new(Mutex::new(()));
        let (chosen, opened) = (Arc::clone(&replies), Arc::clone(&gate));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sender, chosen) = (sender.clone(), Arc::clone(&chosen));
                let opened = Arc::clone(&opened);
                // Whoever hangs up is tried by others.
                thread::spawn(move || drop(serve(stream, &sender, &chosen, &opened)));
            }
        });
        Self {
            url: format!("http://{address}/hook"),
            calls,
            replies,
            gate,
        }
    }

    /// Where it takes calls.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Chooses what the next call is answered.
    pub fn reply(&self, status: u16, body: Value) {
        let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        replies.push_back((status, body));
    }

    /// Takes calls and answers none until what this gives is dropped.
    pub fn hold(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next call.
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub fn next(&self) -> Taken {
        self.calls.recv_timeout(DEADLINE).expect("a call")
    }

    /// Whether nobody calls for a while.
    pub fn is_quiet(&self, time: Duration) -> bool {
        self.calls.recv_timeout(time).is_err()
    }
}

impl Taken {
    /// A header.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).expect(name)
    }

    /// What it says, once the specification's own library has verified the signature.
    ///
    /// # Panics
    /// When it is not signed with this secret.
    #[track_caller]
    pub fn verified(&self, secret: &str) -> Value {
        let webhook = Webhook::new(secret).expect("a secret");
        let at = self.header("webhook-timestamp").parse().expect("a time");
        let expected = webhook.sign(self.header("webhook-id"), at, &self.bytes);
        assert_eq!(
            self.header("webhook-signature"),
            expected.expect("a signature")
        );
        serde_json::from_slice(&self.bytes).expect("JSON")
    }
}

/// The headers of a call that a platform signs at this time, in seconds since 1970.
pub fn signed(secret: &str, id: &str, at: i64, body: &[u8]) -> [(&'static str, String); 3] {
    let webhook = Webhook::new(secret).expect("a secret");
    let signature = webhook.sign(id, at, body).expect("a signature");
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", signature),
    ]
}

fn serve(
    stream: TcpStream,
    sender: &Sender<Taken>,
    replies: &Mutex<VecDeque<Reply>>,
    gate: &Mutex<()>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(DEADLINE))?;
    let mut from = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            from.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok());
        let mut bytes = vec![0; length.unwrap_or(0)];
        from.read_exact(&mut bytes)?;
        let chosen = replies.lock().unwrap_or_else(PoisonError::into_inner);
        let (status, body) = { chosen }.pop_front().unwrap_or((200, Value::Null));
        // The test hears of it before the caller does, so that it can kill the caller in between.
        if sender.send(Taken { headers, bytes }).is_err() {
            return Ok(());
        }
        drop(gate.lock().unwrap_or_else(PoisonError::into_inner));
        let body = body.to_string();
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status} As chosen\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        from.get_mut().write_all(answer.as_bytes())?;
    }
}
