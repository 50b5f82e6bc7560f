//! A real SMTP server: the state machine of the crate `mailin` with connections, and answers that a test chooses.
//!
//! Judges nothing: every mail is handed to the test as it came.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use mailin::response::OK;
use mailin::{Action, Handler, Response, SessionBuilder};

use crate::DEADLINE;

/// A mail as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// Who sent it, by the envelope.
    pub from: String,
    /// To whom, by the envelope.
    pub to: Vec<String>,
    /// All of it.
    pub text: String,
}

/// The server; it goes with the process.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    arrivals: Receiver<Arrival>,
    refusal: Arc<AtomicU16>,
    refused: Arc<AtomicU16>,
}

impl MailServer {
    /// Starts it; it takes everything.
    pub fn start() -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").expect("a port"))
    }

    /// Starts it at a place that somebody kept free.
    pub fn at(listener: TcpListener) -> Self {
        let address = listener.local_addr().expect("an address");
        let (sender, arrivals) = channel();
        let refusal = Arc::new(AtomicU16::new(0));
        let refused = Arc::new(AtomicU16::new(0));
        let (answer, count) = (Arc::clone(&refusal), Arc::clone(&refused));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let desk = Desk {
                    arrival: Arrival::default(),
                    sender: sender.clone(),
                    refusal: Arc::clone(&answer),
                    refused: Arc::clone(&count),
                };
                // Whoever hangs up is tried by others.
                thread::spawn(move || drop(serve(stream, desk)));
            }
        });
        Self {
            address,
            arrivals,
            refusal,
            refused,
        }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers mails with this code from now on; 0 for taking them.
    pub fn refuse(&self, code: u16) {
        self.refusal.store(code, Ordering::SeqCst);
    }

    /// How many mails it has not taken.
    pub fn refused(&self) -> u16 {
        self.refused.load(Ordering::SeqCst)
    }

    /// The next mail.
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub fn next(&self) -> Arrival {
        self.arrivals.recv_timeout(DEADLINE).expect("a mail")
    }
}

impl Arrival {
    /// A header, its lines joined; empty if there is none.
    pub fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default();
        let whole = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut lines = whole.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or_else(String::new, |(_, value)| value.trim().to_owned())
    }
}

fn serve(mut stream: TcpStream, desk: Desk) -> io::Result<()> {
    let mut session = SessionBuilder::new("mx.test").build(stream.peer_addr()?.ip(), desk);
    stream.write_all(&session.greeting().buffer()?)?;
    let mut from = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        if from.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let answer = session.process(&line);
        if answer.action != Action::NoReply {
            from.get_mut().write_all(&answer.buffer()?)?;
        }
        if answer.action == Action::Close {
            return Ok(());
        }
    }
}

struct Desk {
    arrival: Arrival,
    sender: Sender<Arrival>,
    refusal: Arc<AtomicU16>,
    refused: Arc<AtomicU16>,
}

impl Handler for Desk {
    fn mail(&mut self, _ip: IpAddr, _domain: &str, from: &str) -> Response {
        self.arrival = Arrival {
            from: from.to_owned(),
            ..Arrival::default()
        };
        OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.arrival.to.push(to.to_owned());
        OK
    }

    fn data(&mut self, buf: &[u8]) -> io::Result<()> {
        self.arrival.text.push_str(&String::from_utf8_lossy(buf));
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        match self.refusal.load(Ordering::SeqCst) {
            0 => {
                // Nobody listens once the test is over.
                let _ = self.sender.send(self.arrival.clone());
                OK
            }
            code => {
                self.refused.fetch_add(1, Ordering::SeqCst);
                Response::custom(code, "as the test says".to_owned())
            }
        }
    }
}
