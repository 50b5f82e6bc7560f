//! An HTTP client that keeps one connection and tells exactly how an exchange ended.
//!
//! Speaks as much HTTP/1.1 as the server does. Repeats nothing by itself: what a lost answer means is what
//! the tests are about.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::DEADLINE;

/// A client with a key.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    key: String,
    connection: Option<BufReader<TcpStream>>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there was no answer.
#[derive(Debug)]
pub enum Failure {
    /// Nobody took the connection: the request was not sent.
    Refused(io::Error),
    /// A connection that was kept turned out to be closed before the first byte of an answer; the server
    /// may have closed it before it could see the request.
    Stale(io::Error),
    /// The request went out on a new connection and no whole answer came back.
    Unanswered(io::Error),
}

impl Client {
    /// A client that is not connected yet.
    pub fn new(address: SocketAddr, key: &str) -> Self {
        Self {
            address,
            key: key.to_owned(),
            connection: None,
        }
    }

    /// The same with another key and a connection of its own.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self::new(self.address, key)
    }

    /// Somebody without a key, at the server of an address or, if that is relative, at this one; and the path.
    ///
    /// # Panics
    /// When the address is none.
    #[track_caller]
    pub fn stranger(&self, url: &str) -> (Self, String) {
        let Some(rest) = url.strip_prefix("http://") else {
            return (self.with_key(""), url.to_owned());
        };
        let (host, path) = rest.split_once('/').expect("a path");
        let address = host.parse().expect("an address");
        (Self::new(address, ""), format!("/{path}"))
    }

    /// The same with a connection of its own.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::new(self.address, &self.key)
    }

    /// Talks to another address from now on.
    pub fn turn_to(&mut self, address: SocketAddr) {
        if self.address != address {
            self.address = address;
            self.connection = None;
        }
    }

    /// Asks and has to be answered.
    ///
    /// # Panics
    /// When no answer comes.
    #[track_caller]
    pub fn get(&mut self, path: &str) -> Answer {
        self.call("GET", path, &[], None)
    }

    /// Posts and has to be answered.
    ///
    /// # Panics
    /// When no answer comes.
    #[track_caller]
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, &[], Some(body))
    }

    /// Asks and has to be answered; asks again when a kept connection was closed meanwhile.
    ///
    /// # Panics
    /// When no answer comes.
    #[track_caller]
    pub fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let answer = match self.request(method, path, headers, body) {
            Err(Failure::Stale(_)) => self.request(method, path, headers, body),
            answer => answer,
        };
        match answer {
            Ok(answer) => answer,
            Err(failure) => panic!("{method} {path}: {failure:?}"),
        }
    }

    /// Sends bytes of any type and has to be answered.
    ///
    /// # Panics
    /// When no answer comes.
    #[track_caller]
    pub fn bring(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        // What a kept connection has become matters to none of these.
        self.connection = None;
        match self.exchange(method, path, headers, body) {
            Ok(answer) => answer,
            Err(failure) => panic!("{method} {path}: {failure:?}"),
        }
    }

    /// Sends only a part of the bytes that it announces, and has to be answered all the same.
    ///
    /// # Panics
    /// When no answer comes.
    #[track_caller]
    pub fn begin(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        announced: usize,
        part: &[u8],
    ) -> Answer {
        let mut connection = self.cut_off(method, path, headers, announced, part);
        read_answer(&mut connection, method).expect("an answer before the end of the body")
    }

    /// Sends only a part of the bytes that it announces; the connection breaks off when it is dropped.
    ///
    /// # Panics
    /// When nobody takes it.
    #[track_caller]
    pub fn cut_off(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        announced: usize,
        part: &[u8],
    ) -> BufReader<TcpStream> {
        let mut connection = connect(self.address).expect("a connection");
        let mut request = self.head(method, path, headers, announced);
        request.extend_from_slice(part);
        let stream = connection.get_mut();
        stream.write_all(&request).expect("it is sent");
        connection
    }

    /// Sends the rest of what was [cut off](Self::cut_off), and has to be answered.
    ///
    /// # Panics
    /// When no answer comes.
    #[track_caller]
    pub fn complete(connection: &mut BufReader<TcpStream>, rest: &[u8]) -> Answer {
        let sent = connection.get_mut().write_all(rest);
        sent.expect("the rest is taken");
        read_answer(connection, "POST").expect("an answer")
    }

    /// Asks once.
    ///
    /// # Errors
    /// How the exchange ended, if not with an answer.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut headers = headers.to_vec();
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.exchange(method, path, &headers, body.as_bytes())
    }

    /// Asks once, with bytes of any type.
    ///
    /// # Errors
    /// How the exchange ended, if not with an answer.
    pub fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, Failure> {
        let kept = self.connection.is_some();
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(self.address).map_err(Failure::Refused)?,
        };
        let mut request = self.head(method, path, headers, body.len());
        request.extend_from_slice(body);
        let sent = connection.get_mut().write_all(&request);
        // Whoever refuses a body need not read all of it before the answer.
        let exchange = match (sent, read_answer(&mut connection, method)) {
            (Err(error), Err(_)) => Err(error),
            (_, answer) => answer,
        };
        match exchange {
            Ok(answer) => {
                if answer.header("connection") != Some("close") {
                    self.connection = Some(connection);
                }
                Ok(answer)
            }
            Err(error) if kept && is_hang_up(&error) => Err(Failure::Stale(error)),
            Err(error) => Err(Failure::Unanswered(error)),
        }
    }

    fn head(&self, method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> Vec<u8> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        if !self.key.is_empty() {
            text.extend(["authorization: Bearer ", &self.key, "\r\n"]);
        }
        for (name, value) in headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.extend(["content-length: ", &length.to_string(), "\r\n\r\n"]);
        text.into_bytes()
    }
}

impl Answer {
    /// The first header with this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of an answer that has to have this status.
    ///
    /// # Panics
    /// When it has another one, or the body is no JSON.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(_) if self.body.is_empty() => Value::Null,
            Err(error) => panic!("{error}: {}", self.text()),
        }
    }

    /// The code of a problem that has to have this status.
    ///
    /// # Panics
    /// When it has another one, or is no problem.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        self.code().expect("a problem has a code")
    }

    /// The code of a problem.
    pub fn code(&self) -> Option<String> {
        let value: Value = serde_json::from_slice(&self.body).ok()?;
        Some(value["code"].as_str()?.to_owned())
    }
}

/// A text as a value of a query.
pub fn encoded(text: &str) -> String {
    let mut written = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            written.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

fn connect(address: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, DEADLINE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    Ok(BufReader::new(stream))
}

/// Whether the other end closed the connection before it answered anything.
fn is_hang_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
    )
}

fn read_answer(from: &mut BufReader<TcpStream>, method: &str) -> io::Result<Answer> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| cut_off("a status line"))?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Err(cut_off("headers"));
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    if method == "HEAD" || status == 204 || status == 304 {
        return Ok(answer);
    }
    answer.body = if answer.header("transfer-encoding") == Some("chunked") {
        read_chunks(from)?
    } else {
        let length = answer
            .header("content-length")
            .and_then(|text| text.parse().ok());
        let mut body = vec![0; length.ok_or_else(|| cut_off("a length"))?];
        from.read_exact(&mut body)?;
        body
    };
    Ok(answer)
}

fn read_chunks(from: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim_end(), 16).map_err(|_| cut_off("a chunk"))?;
        let mut chunk = vec![0; size + 2];
        from.read_exact(&mut chunk)?;
        body.extend_from_slice(&chunk[..size]);
        if size == 0 {
            return Ok(body);
        }
    }
}

fn cut_off(expected: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("expected {expected}"))
}
