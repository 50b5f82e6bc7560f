//! A real SMTP server: the state machine of the crate mailin, with connections, TLS, and answers that a test
//! chooses.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use mailin::response::{AUTH_OK, INVALID_CREDENTIALS, NO_SERVICE, OK};
use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A mail as it arrived.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) bytes: Vec<u8>,
}

/// How the server behaves.
#[derive(Clone, Default)]
pub(super) struct Manners {
    /// What TLS is done with.
    pub(super) tls: Option<Arc<ServerConfig>>,
    /// Whether TLS begins with the first byte.
    pub(super) implicit: bool,
    /// Which mechanism it offers to log in by, for the user `ada` with the fixture's password.
    pub(super) login: Option<AuthMechanism>,
    /// What it answers to receivers other than 250.
    pub(super) receivers: HashMap<&'static str, u16>,
    /// What it answers at the end of a mail other than 250.
    pub(super) end: Option<u16>,
    /// What it says in place of its greeting.
    pub(super) greeting: Option<&'static str>,
    /// What somebody on the way adds to its last reply before TLS.
    pub(super) injected: &'static str,
}

/// The server; it goes with the process.
pub(super) struct SmtpServer {
    pub(super) port: u16,
    pub(super) arrivals: Receiver<Arrival>,
    /// Every command that was said, in its order.
    pub(super) heard: Arc<Mutex<Vec<String>>>,
}

impl SmtpServer {
    pub(super) fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, arrivals) = channel();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manners, sender, ears) = (manners.clone(), sender.clone(), Arc::clone(&ears));
                // Clients that break off are part of the tests.
                thread::spawn(move || serve(stream, &manners, sender, &ears));
            }
        });
        Self {
            port,
            arrivals,
            heard,
        }
    }

    /// The mail that arrived next.
    pub(super) fn next(&self) -> Arrival {
        self.arrivals
            .recv_timeout(Duration::from_secs(20))
            .expect("a mail")
    }

    /// Whether a command was heard.
    pub(super) fn heard(&self, command: &str) -> bool {
        let heard = self.heard.lock().expect("not poisoned");
        heard
            .iter()
            .any(|line| line.to_ascii_uppercase().starts_with(command))
    }
}

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

fn serve(
    stream: TcpStream,
    manners: &Manners,
    sender: Sender<Arrival>,
    ears: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut builder = SessionBuilder::new("mx.test");
    if manners.tls.is_some() && !manners.implicit {
        builder.enable_start_tls();
    }
    if let Some(login) = &manners.login {
        builder.enable_auth(login.clone());
    }
    let peer = stream.peer_addr()?.ip();
    let desk = Desk {
        manners: manners.clone(),
        arrival: Arrival::default(),
        sender,
    };
    let mut session = builder.build(peer, desk);
    let mut stream = stream;
    if let Some(said) = manners.greeting {
        stream.write_all(said.as_bytes())?;
        let _ = stream.read(&mut [0])?;
        return Ok(());
    }
    if manners.implicit {
        session.tls_active();
        let mut stream = BufReader::new(protected(stream, manners)?);
        stream.get_mut().write_all(&session.greeting().buffer()?)?;
        return converse(&mut session, &mut stream, ears, "").map(|_| ());
    }
    stream.write_all(&session.greeting().buffer()?)?;
    let mut plain: BufReader<Box<dyn Stream>> = BufReader::new(Box::new(stream.try_clone()?));
    if converse(&mut session, &mut plain, ears, manners.injected)? == End::Upgrade {
        session.tls_active();
        let mut protected = BufReader::new(protected(stream, manners)?);
        converse(&mut session, &mut protected, ears, "")?;
    }
    Ok(())
}

#[derive(PartialEq)]
enum End {
    Left,
    Upgrade,
}

fn protected(stream: TcpStream, manners: &Manners) -> io::Result<Box<dyn Stream>> {
    let config = manners
        .tls
        .clone()
        .ok_or_else(|| io::Error::other("no TLS"))?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    Ok(Box::new(StreamOwned::new(connection, stream)))
}

fn converse(
    session: &mut Session<Desk>,
    stream: &mut BufReader<Box<dyn Stream>>,
    ears: &Mutex<Vec<String>>,
    injected: &str,
) -> io::Result<End> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line)? == 0 {
            return Ok(End::Left);
        }
        let heard = String::from_utf8_lossy(&line).trim_end().to_owned();
        ears.lock().expect("not poisoned").push(heard);
        let answer = session.process(&line);
        if answer.action != Action::NoReply {
            let mut said = answer.buffer()?;
            if answer.action == Action::UpgradeTls {
                said.extend_from_slice(injected.as_bytes());
            }
            stream.get_mut().write_all(&said)?;
            stream.get_mut().flush()?;
        }
        match answer.action {
            Action::Close => return Ok(End::Left),
            Action::UpgradeTls => return Ok(End::Upgrade),
            Action::Reply | Action::NoReply => {}
        }
    }
}

/// Decides as the test says.
struct Desk {
    manners: Manners,
    arrival: Arrival,
    sender: Sender<Arrival>,
}

impl Desk {
    fn login(&self, username: &str, password: &str) -> Response {
        match (username, password) {
            ("ada", super::fixture::SECRET) if self.manners.login.is_some() => AUTH_OK,
            _ => INVALID_CREDENTIALS,
        }
    }
}

fn other_than_ok(code: Option<u16>) -> Response {
    code.map_or(OK, |code| {
        Response::custom(code, "as the test says".to_owned())
    })
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
        let code = self.manners.receivers.get(to).copied();
        if code.is_none() {
            self.arrival.to.push(to.to_owned());
        }
        other_than_ok(code)
    }

    fn data(&mut self, buf: &[u8]) -> io::Result<()> {
        self.arrival.bytes.extend_from_slice(buf);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        if self.manners.end.is_none() && self.sender.send(self.arrival.clone()).is_err() {
            return NO_SERVICE;
        }
        other_than_ok(self.manners.end)
    }

    fn auth_plain(&mut self, _authorized: &str, username: &str, password: &str) -> Response {
        self.login(username, password)
    }

    fn auth_login(&mut self, username: &str, password: &str) -> Response {
        self.login(username, password)
    }
}
