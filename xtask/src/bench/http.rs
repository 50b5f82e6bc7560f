//! As much of an HTTP/1.1 client as the benchmark needs: one request at a time on a kept
//! connection, answers with a length. It shares two cores with what it measures, so it is small.
//! No redirects, no chunks, no TLS: an answer that needs them is an error.

use std::fmt::Write as _;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const BUFFER_BYTES_MIN: usize = 4 * 1024;
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The bytes of one request.
pub(super) fn request(method: &str, path: &str, key: Option<&str>, body: Option<&str>) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    if let Some(key) = key {
        let _ = write!(text, "Authorization: Bearer {key}\r\n");
    }
    if let Some(body) = body {
        let _ = write!(
            text,
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
    }
    text.push_str("\r\n");
    text.push_str(body.unwrap_or_default());
    text.into_bytes()
}

/// What came back; the body borrows the buffer of its connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

/// One kept connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .context("the server does not listen")?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; BUFFER_BYTES_MIN],
            filled: 0,
        })
    }

    /// Sends `request` and waits for the whole answer.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream
            .write_all(request)
            .await
            .context("the server does not read")?;
        self.filled = 0;
        let head = loop {
            self.fill().await?;
            if let Some(head) = Head::parse(&self.buffer[..self.filled])? {
                break head;
            }
            if self.filled > HEAD_BYTES_MAX {
                bail!("the head of an answer has more than {HEAD_BYTES_MAX} bytes");
            }
        };
        let end = head.bytes + head.body_bytes;
        while self.filled < end {
            if self.buffer.len() < end {
                self.buffer.resize(end, 0);
            }
            self.fill().await?;
        }
        if self.filled > end {
            bail!("the server sent more than its answer");
        }
        Ok(Answer {
            status: head.status,
            body: &self.buffer[head.bytes..end],
        })
    }

    async fn fill(&mut self) -> Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        match self.stream.read(&mut self.buffer[self.filled..]).await? {
            0 => bail!("the server closed a connection before its answer"),
            count => self.filled += count,
        }
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    bytes: usize,
    body_bytes: usize,
}

impl Head {
    /// The head at the start of `bytes`, or `None` while it is incomplete.
    fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        const END: &[u8] = b"\r\n\r\n";
        const LENGTH: &[u8] = b"content-length:";
        let Some(at) = bytes.windows(END.len()).position(|window| window == END) else {
            return Ok(None);
        };
        let mut lines = bytes[..at].split(|&byte| byte == b'\n');
        let status = lines
            .next()
            .and_then(|line| line.get(9..12))
            .context("no status line")?;
        let status = std::str::from_utf8(status)?.parse().context("no status")?;
        let length = lines.find_map(|line| {
            let (name, value) = line.split_at_checked(LENGTH.len())?;
            name.eq_ignore_ascii_case(LENGTH).then_some(value)
        });
        let body_bytes = match length {
            Some(value) => std::str::from_utf8(value)?
                .trim()
                .parse()
                .context("no length")?,
            None if status == 204 || status == 304 => 0,
            None => bail!("an answer with status {status} has no content-length"),
        };
        Ok(Some(Self {
            status,
            bytes: at + END.len(),
            body_bytes,
        }))
    }
}

/// A server that answers every request, which has to arrive in one piece, with what `answer` makes of
/// it.
#[cfg(test)]
pub(super) fn serve(answer: impl Fn(&str) -> String + Clone + Send + 'static) -> SocketAddr {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    let text = answer(&String::from_utf8_lossy(&buffer[..count]));
                    if stream.write_all(text.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let head = b"HTTP/1.1 201 Created\r\nContent-LENGTH: 12\r\nx: y\r\n\r\n{";
        assert_eq!(Head::parse(&head[..30]).expect("no mistake"), None);
        let expected = Head {
            status: 201,
            bytes: head.len() - 1,
            body_bytes: 12,
        };
        assert_eq!(Head::parse(head).expect("a head"), Some(expected));
    }

    #[test]
    fn an_answer_without_a_length_is_refused() {
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        let empty = Head::parse(b"HTTP/1.1 204 No Content\r\n\r\n").expect("a head");
        assert_eq!(empty.map(|head| head.body_bytes), Some(0));
    }

    #[test]
    fn a_request_carries_its_length_and_key() {
        let bytes = request("POST", "/echo", Some("ck_x"), Some("{}"));
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.starts_with("POST /echo HTTP/1.1\r\n") && text.ends_with("\r\n\r\n{}"));
        assert!(text.contains("Bearer ck_x\r\n") && text.contains("Content-Length: 2\r\n"));
    }
}
