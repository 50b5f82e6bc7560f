//! Serves until a signal, then stops so that nobody is cut off.
//!
//! On SIGTERM or SIGINT `/readyz` turns to 503 and no more requests are taken; those under way are finished
//! and the store keeps what it accepted. Connections that the system took for us meanwhile are not reset:
//! the doorman below tells them to come back. A second signal ends the process at once.

use std::fmt::Write as _;
use std::io;
use std::net::TcpListener;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::MessageBody as _;
use actix_web::dev::{Server, ServerHandle};
use anyhow::{Context as _, Result, bail};
use causerie_http::App;
use futures_util::future::{join_all, select_all};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long connections that were just accepted have for their first request before all that are silent are
/// closed.
const FIRST_WORDS_WITHIN: Duration = Duration::from_millis(300);
/// How long somebody who came too late may take to say and hear everything.
const TURNED_AWAY_WITHIN: Duration = Duration::from_secs(2);
/// How much of their request is read.
const HEARD_BYTES_MAX: u64 = 1024 * 1024;
/// The status of a process that a second signal ended.
const ABANDONED: i32 = 130;

/// A listener, and who serves it.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) serve: Box<dyn FnOnce(Vec<TcpListener>) -> io::Result<Server>>,
    /// What whoever comes too late is answered.
    pub(crate) come_back: HttpResponse,
}

/// A door that is open.
struct Open {
    server: Server,
    /// Keeps the listener open when the server lets go of it.
    spare: TcpListener,
    come_back: Arc<str>,
}

impl Door {
    fn open(self) -> Result<Open> {
        let spare = self.listener.try_clone();
        Ok(Open {
            spare: spare.context("the listener cannot be shared")?,
            server: (self.serve)(vec![self.listener]).context("the server cannot be started")?,
            come_back: written(self.come_back).into(),
        })
    }
}

/// The bytes of an answer after which the connection is closed.
fn written(answer: HttpResponse) -> String {
    let mut head = format!("HTTP/1.1 {}\r\nconnection: close\r\n", answer.status());
    for (name, value) in answer.headers() {
        let value = value.to_str().unwrap_or_default();
        // Writing to a string never fails.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let body = answer.into_body().try_into_bytes().unwrap_or_default();
    format!(
        "{head}content-length: {}\r\n\r\n{}",
        body.len(),
        String::from_utf8_lossy(&body)
    )
}

/// Serves until a signal and drains. `ready` is called when requests are served, `close` when the last one
/// has been.
///
/// # Errors
/// When the server cannot be started or ends by itself.
pub(crate) async fn serve(
    app: &App,
    doors: Vec<Door>,
    ready: impl FnOnce(),
    close: impl FnOnce() + Send + 'static,
) -> Result<()> {
    let mut signals = Signals::listen()?;
    let (mut handles, mut servers, mut spares) = (Vec::new(), Vec::new(), Vec::new());
    for door in doors {
        let open = door.open()?;
        handles.push(open.server.handle());
        servers.push(actix_web::rt::spawn(open.server));
        spares.push((open.spare, open.come_back));
    }
    ready();
    let name = tokio::select! {
        name = signals.next() => name,
        _ = select_all(servers) => bail!("the server ended by itself; see the log"),
    };
    tracing::info!(signal = name, "stopping: requests under way are finished");
    app.begin_drain();
    let finish = async {
        let (finished, watched) = watch::channel(false);
        let doormen: Vec<_> = spares
            .into_iter()
            .map(|(spare, words)| actix_web::rt::spawn(turn_away(spare, words, watched.clone())))
            .collect();
        // Stopping closes connections from which nothing has been read yet. Those that were accepted a
        // moment ago are about to bring their first request, so nobody new is taken and they are heard.
        join_all(handles.iter().map(ServerHandle::pause)).await;
        tokio::time::sleep(FIRST_WORDS_WITHIN).await;
        join_all(handles.iter().map(|handle| handle.stop(true))).await;
        // A doorman that failed has left already.
        let _ = finished.send(true);
        // The doorman's own faults concern nobody who was accepted.
        join_all(doormen).await;
        let closed = run_on_a_thread(close)?;
        closed.await.context("the store was not closed")
    };
    tokio::select! {
        result = finish => result,
        name = signals.next() => {
            tracing::warn!(signal = name, "stopping at once: requests under way are cut off");
            process::exit(ABANDONED)
        }
    }
}

/// Serves until a signal and stops, without any of the above: for measurements.
///
/// # Errors
/// When the server cannot be started or ends by itself.
pub(crate) async fn serve_plain(
    start: impl FnOnce() -> io::Result<Server>,
    ready: impl FnOnce(),
) -> Result<()> {
    let mut signals = Signals::listen()?;
    let server = start().context("the server cannot be started")?;
    let handle = server.handle();
    let mut server = actix_web::rt::spawn(server);
    ready();
    tokio::select! {
        _ = signals.next() => handle.stop(false).await,
        _ = &mut server => bail!("the server ended by itself; see the log"),
    }
    Ok(())
}

/// Closing waits for threads, so it has one of its own.
fn run_on_a_thread(
    work: impl FnOnce() + Send + 'static,
) -> Result<tokio::sync::oneshot::Receiver<()>> {
    let (done, closed) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("causerie-close".to_owned())
        .spawn(move || {
            work();
            // Nobody waits when a second signal came.
            let _ = done.send(());
        })
        .context("the system has no thread for closing the store")?;
    Ok(closed)
}

/// Answers 503 to whoever still connects, until the server has finished and nobody is left in the queue.
async fn turn_away(
    listener: TcpListener,
    words: Arc<str>,
    mut finished: watch::Receiver<bool>,
) -> Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut guests = Vec::new();
    loop {
        let (stream, _) = tokio::select! {
            biased;
            accepted = listener.accept() => accepted?,
            _ = finished.wait_for(|finished| *finished) => break,
        };
        guests.push(actix_web::rt::spawn(timeout(
            TURNED_AWAY_WITHIN,
            apologise(stream, Arc::clone(&words)),
        )));
        guests.retain(|guest| !guest.is_finished());
    }
    // What is in the system's queue may not have been announced yet.
    let listener = listener.into_std()?;
    while let Ok((stream, _)) = listener.accept() {
        let apology = apologise(TcpStream::from_std(stream)?, Arc::clone(&words));
        guests.push(actix_web::rt::spawn(timeout(TURNED_AWAY_WITHIN, apology)));
    }
    drop(listener);
    for guest in guests {
        // Whoever hung up needs no apology.
        let _ = guest.await;
    }
    Ok(())
}

/// Hears the beginning of a request, says to come back, and reads on until the other end has closed: a
/// connection that is closed with something unread is reset.
async fn apologise(mut stream: TcpStream, words: Arc<str>) -> io::Result<()> {
    let mut heard = [0; 4096];
    if stream.read(&mut heard).await? == 0 {
        return Ok(());
    }
    stream.write_all(words.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = stream.take(HEARD_BYTES_MAX);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("the system lets nobody listen for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
