//! Serves until a signal, then stops so that nobody is cut off.
//!
//! On SIGTERM or SIGINT `/readyz` turns to 503 and no more requests are taken; those under way are finished
//! and the store keeps what it accepted. Connections that the system took for us meanwhile are not reset:
//! the doorman below tells them to come back. A second signal ends the process at once.

use std::net::TcpListener;
use std::process;
use std::time::Duration;

use actix_web::dev::Server;
use anyhow::{Context as _, Result, bail};
use causerie_http::App;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

/// What whoever comes too late is answered.
const COME_BACK: &str = r#"{"type":"/docs/problems#unavailable","title":"Unavailable","status":503,"detail":"The server is stopping. Try again in a moment.","code":"unavailable"}"#;
/// How long connections that were just accepted have for their first request before all that are silent are
/// closed.
const FIRST_WORDS_WITHIN: Duration = Duration::from_millis(300);
/// How long somebody who came too late may take to say and hear everything.
const TURNED_AWAY_WITHIN: Duration = Duration::from_secs(2);
/// How much of their request is read.
const HEARD_BYTES_MAX: u64 = 1024 * 1024;
/// The status of a process that a second signal ended.
const ABANDONED: i32 = 130;

/// Serves until a signal and drains. `ready` is called when requests are served, `close` when the last one
/// has been.
///
/// # Errors
/// When the server cannot be started or ends by itself.
pub(crate) async fn serve(
    app: &App,
    listener: TcpListener,
    start: impl FnOnce(App, Vec<TcpListener>) -> std::io::Result<Server>,
    ready: impl FnOnce(),
    close: impl FnOnce() + Send + 'static,
) -> Result<()> {
    let mut signals = Signals::listen()?;
    // A second handle keeps the listener open when the server lets go of the first.
    let spare = listener
        .try_clone()
        .context("the listener cannot be shared")?;
    let server = start(app.clone(), vec![listener]).context("the server cannot be started")?;
    let handle = server.handle();
    let mut server = actix_web::rt::spawn(server);
    ready();
    let name = tokio::select! {
        name = signals.next() => name,
        _ = &mut server => bail!("the server ended by itself; see the log"),
    };
    tracing::info!(signal = name, "stopping: requests under way are finished");
    app.begin_drain();
    let finish = async {
        let (finished, watched) = watch::channel(false);
        let doorman = actix_web::rt::spawn(turn_away(spare, watched));
        // Stopping closes connections from which nothing has been read yet. Those that were accepted a
        // moment ago are about to bring their first request, so nobody new is taken and they are heard.
        handle.pause().await;
        tokio::time::sleep(FIRST_WORDS_WITHIN).await;
        handle.stop(true).await;
        // A doorman that failed has left already.
        let _ = finished.send(true);
        // The doorman's own faults concern nobody who was accepted.
        let _ = doorman.await;
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
    start: impl FnOnce() -> std::io::Result<Server>,
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
async fn turn_away(listener: TcpListener, mut finished: watch::Receiver<bool>) -> Result<()> {
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
            apologise(stream),
        )));
        guests.retain(|guest| !guest.is_finished());
    }
    // What is in the system's queue may not have been announced yet.
    let listener = listener.into_std()?;
    while let Ok((stream, _)) = listener.accept() {
        let apology = apologise(TcpStream::from_std(stream)?);
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
async fn apologise(mut stream: TcpStream) -> std::io::Result<()> {
    let mut heard = [0; 4096];
    if stream.read(&mut heard).await? == 0 {
        return Ok(());
    }
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
         content-type: application/problem+json\r\ncontent-length: {}\r\n\r\n{COME_BACK}",
        COME_BACK.len()
    );
    stream.write_all(answer.as_bytes()).await?;
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
