//! Places for files that last as long as a test: a directory, and a bucket of a real server on loopback that speaks
//! the S3 protocol.
//!
//! Both keep what they have in files here, to look at behind the server's back.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::database::Database;
use crate::server::{Line, Server};

/// The secret of the bucket.
pub const BUCKET_SECRET: &str = "hVf1PyoSjrGKQdDJ6CqsBEmWLXi4n3";

/// A place for files.
#[derive(Debug)]
pub struct Shelf {
    directory: TempDir,
    url: String,
    /// Serves the bucket, if it is one.
    server: Option<Runtime>,
}

impl Shelf {
    /// A directory that does not exist yet.
    pub fn directory() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        Self {
            url: format!("file:{}", directory.path().join("files").display()),
            directory,
            server: None,
        }
    }

    /// An empty bucket.
    pub fn bucket() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        fs::create_dir(directory.path().join("media")).expect("a bucket");
        let store = s3s_fs::FileSystem::new(directory.path()).expect("a store");
        let mut builder = S3ServiceBuilder::new(store);
        builder.set_auth(SimpleAuth::from_single("ada", BUCKET_SECRET));
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
                    // Whoever hangs up has its reasons.
                    drop(
                        builder
                            .serve_connection(TokioIo::new(socket), service)
                            .await,
                    );
                });
            }
        });
        Self {
            directory,
            url: format!(
                "s3://media/some/prefix?endpoint=http://{address}&region=us-east-1&allow_http=true\
                 &access_key=ada&secret_key={BUCKET_SECRET}"
            ),
            server: Some(runtime),
        }
    }

    /// Whether addresses of it lead past the server.
    pub fn is_bucket(&self) -> bool {
        self.server.is_some()
    }

    /// A command line that names it and a database.
    pub fn line(&self, database: &Database) -> Line {
        Line::new(database).args(["--files", &self.url])
    }

    /// A server that keeps its files here and erases soon what may be erased.
    #[track_caller]
    pub fn serve(&self, database: &Database) -> Server {
        let line = self.line(database);
        line.args(["--sweep-idle-ms", "50"]).serve(database)
    }

    /// The files that have bytes kept under their hash.
    pub fn kept(&self) -> Vec<PathBuf> {
        let mut all = Vec::new();
        collect(self.directory.path(), &mut all);
        let is_kept = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            path.components().any(|part| part.as_os_str() == "kept")
                && name.is_some_and(|name| {
                    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
                })
        };
        all.retain(is_kept);
        all.sort();
        all
    }

    /// Whether anything here has these bytes in it.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let all = crate::database::files(self.directory.path());
        all.windows(bytes.len()).any(|window| window == bytes)
    }
}

fn collect(directory: &Path, all: &mut Vec<PathBuf>) {
    // Files come and go meanwhile.
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, all);
        } else {
            all.push(path);
        }
    }
}
