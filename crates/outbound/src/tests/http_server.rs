//! A small HTTP server that says what it is told to say, and remembers what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What it was asked.
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// What it says.
pub(super) enum Say {
    /// This, then the connection ends.
    This(String),
    /// This, and then the same letter until nobody listens any more.
    Endlessly(String),
    /// This, and then nothing until the other side leaves.
    Hold(String),
}

impl Say {
    /// A whole answer.
    pub(super) fn answer(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::This(format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
        ))
    }

    pub(super) fn redirect(status: &str, to: &str) -> Self {
        Self::answer(status, &format!("Location: {to}\r\n"), "")
    }
}

/// The server; it goes with the process.
pub(super) struct HttpServer {
    pub(super) address: SocketAddr,
    pub(super) asked: Receiver<Asked>,
}

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

impl HttpServer {
    pub(super) fn start<F>(tls: Option<Arc<ServerConfig>>, say: F) -> Self
    where
        F: Fn(&Asked) -> Say + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, asked) = channel();
        let say = Arc::new(say);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (say, sender, tls) = (Arc::clone(&say), sender.clone(), tls.clone());
                thread::spawn(move || {
                    let Some(mut reader) = open(stream, tls) else {
                        return;
                    };
                    // Clients that leave early are part of the tests.
                    let Some(question) = read(&mut reader) else {
                        return;
                    };
                    let said = say(&question);
                    let _ = sender.send(question);
                    answer(&mut reader, &said);
                });
            }
        });
        Self { address, asked }
    }

    /// What it was asked next.
    pub(super) fn next(&self) -> Asked {
        let limit = std::time::Duration::from_secs(20);
        self.asked.recv_timeout(limit).expect("a call")
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn open(stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> Option<BufReader<Box<dyn Stream>>> {
    Some(BufReader::new(match tls {
        None => Box::new(stream),
        Some(config) => {
            let connection = ServerConnection::new(config).ok()?;
            Box::new(StreamOwned::new(connection, stream))
        }
    }))
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        path,
        headers,
        body,
    })
}

fn answer(reader: &mut BufReader<Box<dyn Stream>>, said: &Say) {
    let stream = reader.get_mut();
    let (Say::This(text) | Say::Endlessly(text) | Say::Hold(text)) = said;
    let mut open = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush())
        .is_ok();
    match said {
        Say::This(_) => {}
        Say::Endlessly(_) => {
            while open {
                open = stream.write_all(&[b'x'; 4096]).is_ok();
            }
        }
        Say::Hold(_) => {
            let _ = stream.read(&mut [0]);
        }
    }
}
