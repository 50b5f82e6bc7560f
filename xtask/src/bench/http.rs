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
/// How much of a body is read at once when nobody wants it.
const DRAIN_BYTES: usize = 256 * 1024;

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

/// One part of a form.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    Text(&'a str, &'a str),
    File(&'a str, &'a [u8]),
}

/// The bytes of one request that brings a form.
pub(super) fn form_request(path: &str, key: &str, parts: &[Part<'_>]) -> Vec<u8> {
    const BOUNDARY: &str = "causerie-bench-c2d1a7f0";
    let heads: Vec<String> = parts
        .iter()
        .map(|part| {
            let (name, more) = match part {
                Part::Text(name, _) => (name, String::new()),
                Part::File(name, _) => (name, "; filename=\"bench.bin\"".to_owned()),
            };
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n")
        })
        .collect();
    let tail = format!("--{BOUNDARY}--\r\n");
    let bodies = parts.iter().map(|part| match part {
        Part::Text(_, text) => text.as_bytes(),
        Part::File(_, bytes) => bytes,
    });
    let pieces = heads.iter().map(String::as_bytes).zip(bodies);
    let length: usize = pieces
        .clone()
        .map(|(head, body)| head.len() + body.len() + 2)
        .sum();
    let mut bytes = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n",
        length + tail.len()
    )
    .into_bytes();
    bytes.reserve_exact(length + tail.len());
    for (head, body) in pieces {
        bytes.extend_from_slice(head);
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(tail.as_bytes());
    bytes
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
        let head = self.begin(request).await?;
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

    /// Sends `request` and waits for the whole answer, of which it keeps nothing but the status and the
    /// number of bytes that its body has.
    pub(super) async fn drain(&mut self, request: &[u8]) -> Result<(u16, usize)> {
        let head = self.begin(request).await?;
        let mut left = (head.bytes + head.body_bytes)
            .checked_sub(self.filled)
            .context("the server sent more than its answer")?;
        if self.buffer.len() < DRAIN_BYTES {
            self.buffer.resize(DRAIN_BYTES, 0);
        }
        while left > 0 {
            let most = left.min(self.buffer.len());
            match self.stream.read(&mut self.buffer[..most]).await? {
                0 => bail!("the server closed a connection before the end of its answer"),
                count => left -= count,
            }
        }
        Ok((head.status, head.body_bytes))
    }

    /// Sends `request` and waits for the head of the answer; the beginning of the body may be there too.
    async fn begin(&mut self, request: &[u8]) -> Result<Head> {
        self.stream
            .write_all(request)
            .await
            .context("the server does not read")?;
        self.filled = 0;
        loop {
            self.fill().await?;
            if let Some(head) = Head::parse(&self.buffer[..self.filled])? {
                return Ok(head);
            }
            if self.filled > HEAD_BYTES_MAX {
                bail!("the head of an answer has more than {HEAD_BYTES_MAX} bytes");
            }
        }
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
    fn a_form_has_its_parts_and_their_length() {
        let parts = [Part::Text("body", "Hi"), Part::File("file", b"\0\r\n\xff")];
        let bytes = form_request("/v1/media", "ck_x", &parts);
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, body) = bytes.split_at(end.expect("a head") + 4);
        let head = String::from_utf8_lossy(head);
        let length = format!("Content-Length: {}\r\n", body.len());
        assert!(head.contains(&length) && head.contains("boundary=causerie-bench-"));
        let expected: &[u8] = b"--causerie-bench-c2d1a7f0\r\n\
            Content-Disposition: form-data; name=\"body\"\r\n\r\nHi\r\n\
            --causerie-bench-c2d1a7f0\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"bench.bin\"\r\n\r\n\
            \0\r\n\xff\r\n--causerie-bench-c2d1a7f0--\r\n";
        assert_eq!(body, expected);
    }

    #[test]
    fn a_drained_answer_leaves_the_connection_usable() {
        let address = serve(|_| {
            let body = "x".repeat(100_000);
            format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{body}")
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let mut connection = Connection::open(address).await.expect("a connection");
            let request = request("GET", "/", None, None);
            for _ in 0..3 {
                let drained = connection.drain(&request).await.expect("an answer");
                assert_eq!(drained, (200, 100_000));
            }
            let answer = connection.exchange(&request).await.expect("an answer");
            assert_eq!(answer.body.len(), 100_000);
        });
    }

    #[test]
    fn a_request_carries_its_length_and_key() {
        let bytes = request("POST", "/echo", Some("ck_x"), Some("{}"));
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.starts_with("POST /echo HTTP/1.1\r\n") && text.ends_with("\r\n\r\n{}"));
        assert!(text.contains("Bearer ck_x\r\n") && text.contains("Content-Length: 2\r\n"));
    }
}
