//! A platform's gateway: takes every call and tells which message came when.
//! Checks no signature and knows no platform; it costs as little as an HTTP server can.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// One call: the id of the message, and when it was there.
type Call = (String, Instant);

/// Listens on the loopback interface until it is dropped.
#[derive(Debug)]
pub(super) struct Gateway {
    address: SocketAddr,
    calls: Receiver<Call>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    pub(super) fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let (called, calls) = channel();
        let (stop, stopped) = oneshot::channel();
        // The connections end with the runtime.
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, called) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self {
            address,
            calls,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Waits until so many different messages have come; gives the moment of the last one.
    pub(super) fn wait_for(&self, count: usize, at_most: Duration) -> Result<Instant> {
        let end = Instant::now() + at_most;
        let mut known = HashSet::with_capacity(count);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let call = self.calls.recv_timeout(left);
            let (id, at) = call
                .with_context(|| format!("{} of {count} messages were handed over", known.len()))?;
            known.insert(id);
            if known.len() == count {
                return Ok(at);
            }
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It cannot be helped here if it panicked.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, called: Sender<Call>) {
    while let Ok((stream, _)) = listener.accept().await {
        let called = called.clone();
        tokio::spawn(async move {
            // A connection that breaks was closed by the other side.
            let _ = answer(stream, &called).await;
        });
    }
}

/// Answers call after call on one connection.
async fn answer(stream: TcpStream, called: &Sender<Call>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        let (mut id, mut length) = (String::new(), 0);
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                if line.trim_end().is_empty() {
                    break;
                }
                continue;
            };
            if name.eq_ignore_ascii_case("webhook-id") {
                value.clone_into(&mut id);
            } else if name.eq_ignore_ascii_case("content-length") {
                length = value.parse()?;
            }
        }
        body.resize(length, 0);
        stream.read_exact(&mut body).await?;
        called.send((id, Instant::now()))?;
        stream.write_all(ANSWER).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::burst;

    fn call(id: &str) -> Vec<u8> {
        let head = "POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 2\r\nWebhook-Id: ";
        format!("{head}{id}\r\n\r\n{{}}").into_bytes()
    }

    #[test]
    fn different_messages_are_counted() {
        let gateway = Gateway::start().expect("a gateway");
        let ids = ["msg_1", "msg_1", "msg_2", "msg_1", "msg_3"];
        let calls: Vec<Vec<u8>> = ids.map(call).into();
        let started = Instant::now();
        burst::run(gateway.address, &calls.into(), 2).expect("answers");
        let moment = Duration::from_millis(10);
        let last = gateway.wait_for(3, moment).expect("three messages");
        assert!(last >= started);
        let failure = gateway.wait_for(1, moment).expect_err("no more came");
        assert!(failure.to_string().contains("0 of 1"), "{failure:#}");
    }
}
