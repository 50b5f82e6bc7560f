//! A connection to a mail server that reads only so much, and nothing that was said ahead of TLS.
//!
//! It knows of SMTP only what a reply looks like.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes a mail server may say in one session.
const SAID_BYTES_MAX: usize = 256 * 1024;

/// What the first record of TLS starts with: a handshake.
const HANDSHAKE: u8 = 0x16;

/// A connection with a limit on what is read.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    peer: SocketAddr,
    left: usize,
    /// What was read in the clear since the last command, as long as TLS is still to begin.
    clear: Option<Vec<u8>>,
}

impl<S> Wire<S> {
    /// A connection that stays as it is.
    pub(super) fn new(stream: S, peer: SocketAddr) -> Self {
        Self {
            stream,
            peer,
            left: SAID_BYTES_MAX,
            clear: None,
        }
    }

    /// A connection on which TLS begins some time. What somebody on the way adds to the last reply in the clear,
    /// to have it taken for a reply under TLS, ends it.
    pub(super) fn before_tls(stream: S, peer: SocketAddr) -> Self {
        Self {
            clear: Some(Vec::new()),
            ..Self::new(stream, peer)
        }
    }

    /// Looks at what is about to be written.
    fn watch(&mut self, written: &[u8]) -> io::Result<()> {
        let Some(clear) = &mut self.clear else {
            return Ok(());
        };
        if written.first() != Some(&HANDSHAKE) {
            clear.clear();
        } else if is_one_reply(clear) {
            self.clear = None;
        } else {
            return Err(io::Error::other(
                "somebody said more than the mail server may",
            ));
        }
        Ok(())
    }
}

/// Whether these are the lines of one reply, and nothing else (RFC 5321, 4.2.1).
fn is_one_reply(said: &[u8]) -> bool {
    let Some(lines) = said.strip_suffix(b"\n") else {
        return false;
    };
    let mut lines = lines.split(|byte| *byte == b'\n').rev();
    let goes_on = |line: &[u8]| line.get(3) == Some(&b'-');
    lines.next().is_some_and(|last| !goes_on(last)) && lines.all(goes_on)
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let more = buf.filled().len() - before;
        if more > self.left {
            let problem = "the mail server says too much";
            return Poll::Ready(Err(io::Error::other(problem)));
        }
        self.left -= more;
        if let Some(clear) = &mut self.clear {
            clear.extend_from_slice(&buf.filled()[before..]);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.watch(buf)?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S> AsyncTokioStream for Wire<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
