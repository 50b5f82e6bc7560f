//! Places for files that last as long as a test: a directory, and a bucket of a real server on loopback.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use bytes::Bytes;
use causerie_core::media::{Arrived, Digest, FileName, Media};
use causerie_core::port::{Files, FilesFault, Inspected, Inspector as _};
use causerie_core::{MediaId, Timestamp, WorkspaceId};
use causerie_media::{FilesUrl, Inspector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// More than any test writes.
pub(crate) const PLENTY: u64 = 64 * 1024 * 1024;

/// A place for files.
pub(crate) struct Site {
    pub(crate) files: Arc<dyn Files>,
    pub(crate) directory: TempDir,
    pub(crate) server: Option<Server>,
}

/// A server that speaks the S3 protocol, with one bucket.
pub(crate) struct Server {
    pub(crate) runtime: Runtime,
    pub(crate) address: SocketAddr,
}

impl Site {
    pub(crate) fn directory() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = FilesUrl::directory(directory.path().join("files"));
        Self {
            files: causerie_media::open(&url).expect("a directory"),
            directory,
            server: None,
        }
    }

    pub(crate) fn bucket() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(directory.path().join("media")).expect("a bucket");
        let server = Server::start(&directory);
        let url = server.url("media", "secret").parse().expect("an address");
        Self {
            files: causerie_media::open(&url).expect("a bucket"),
            directory,
            server: Some(server),
        }
    }

    /// Lets a whole file arrive.
    pub(crate) fn receive(&self, id: MediaId, bytes: &[u8]) -> Result<Arrived, FilesFault> {
        self.receive_in(workspace(1), id, bytes)
    }

    pub(crate) fn receive_in(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        bytes: &[u8],
    ) -> Result<Arrived, FilesFault> {
        let mut incoming = wait(self.files.receive(workspace, id, PLENTY))?;
        for piece in bytes.chunks(100_000) {
            wait(incoming.write(Bytes::copy_from_slice(piece)))?;
        }
        wait(incoming.finish())
    }

    /// Lets a whole file arrive and keeps it.
    pub(crate) fn keep(&self, id: MediaId, bytes: &[u8]) -> Arrived {
        let arrived = self.receive(id, bytes).expect("it arrives");
        wait(self.files.keep(workspace(1), id, &arrived)).expect("it is kept");
        arrived
    }

    pub(crate) fn read(&self, digest: Digest, range: Range<u64>) -> Result<Vec<u8>, FilesFault> {
        let mut outgoing = wait(self.files.read(workspace(1), digest, range))?;
        let mut all = Vec::new();
        while let Some(piece) = wait(outgoing.read())? {
            assert!(!piece.is_empty(), "a piece has bytes");
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    pub(crate) fn list(&self) -> Vec<(WorkspaceId, Digest, u64)> {
        wait(self.files.list(None, 1000)).expect("a list")
    }
}

impl Server {
    fn start(directory: &TempDir) -> Self {
        let store = s3s_fs::FileSystem::new(directory.path()).expect("a store");
        let mut builder = S3ServiceBuilder::new(store);
        builder.set_auth(SimpleAuth::from_single("ada", "secret"));
        let service = builder.build();
        let runtime = Runtime::new().expect("a runtime");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        listener.set_nonblocking(true).expect("a socket");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            loop {
                let (socket, _) = listener.accept().await.expect("a connection");
                let service = service.clone();
                tokio::spawn(async move {
                    let builder = Builder::new(TokioExecutor::new());
                    let served = builder.serve_connection(TokioIo::new(socket), service);
                    drop(served.await);
                });
            }
        });
        Self { runtime, address }
    }

    pub(crate) fn url(&self, bucket: &str, secret: &str) -> String {
        format!(
            "s3://{bucket}/some/prefix?endpoint=http://{}&region=us-east-1&allow_http=true\
             &access_key=ada&secret_key={secret}",
            self.address
        )
    }
}

pub(crate) fn workspace(number: u8) -> WorkspaceId {
    WorkspaceId::from_bytes([number; 16])
}

pub(crate) fn file(number: u8) -> MediaId {
    MediaId::from_bytes([number; 16])
}

/// Bytes that no two blocks of a file share, binary from the first on.
pub(crate) fn noise(size: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    };
    let mut block: Vec<u8> = std::iter::repeat_with(&mut next)
        .take(1024)
        .flatten()
        .collect();
    block[0] = 0;
    let mut bytes = block.repeat(size / block.len() + 1);
    bytes.truncate(size);
    for place in (8..size.saturating_sub(4)).step_by(block.len()) {
        bytes[place..place + 4].copy_from_slice(&next());
    }
    bytes
}

/// Waits for a future on this thread, without any runtime.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        std::thread::park();
    }
}

impl Site {
    /// Keeps a file and looks into it, in a real process.
    pub(crate) fn inspect(&self, bytes: &[u8]) -> Inspected {
        self.inspector().inspect(&self.media(bytes))
    }

    /// The entry of a file that is kept.
    pub(crate) fn media(&self, bytes: &[u8]) -> Media {
        let now = Timestamp::default();
        let name = FileName::clean("it");
        let mut media = Media::request(file(1), workspace(1), None, name, None, now);
        media
            .arrive(&self.keep(file(1), bytes), now)
            .expect("the first time");
        media
    }
}

impl Site {
    fn inspector(&self) -> Inspector {
        let test = std::env::current_exe().expect("a path");
        let built = test
            .parent()
            .and_then(|deps| deps.parent())
            .expect("a target directory");
        let program = built.join("examples/inspect_file");
        assert!(
            program.exists(),
            "it is built by `cargo test -p causerie-media`"
        );
        Inspector::new(Arc::clone(&self.files), program, Vec::new())
    }
}
