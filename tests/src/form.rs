//! Forms with files (`multipart/form-data`), and what is brought with them.
//!
//! Names go over the wire as they are given.

use serde_json::Value;

use crate::client::{Answer, Client};

/// Where parts end.
const BOUNDARY: &str = "----a-boundary-that-is-in-no-file";

/// A form.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<u8>);

impl Form {
    /// The header that says what it is.
    pub const TYPE: (&'static str, &'static str) = (
        "content-type",
        "multipart/form-data; boundary=----a-boundary-that-is-in-no-file",
    );

    /// With a text.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.part(&format!("name=\"{name}\""), "", value.as_bytes());
        self
    }

    /// With a file.
    #[must_use]
    pub fn file(self, name: &str, file_name: &str, bytes: &[u8]) -> Self {
        self.file_of(name, file_name, "application/octet-stream", bytes)
    }

    /// With a file that says what it is.
    #[must_use]
    pub fn file_of(mut self, name: &str, file_name: &str, kind: &str, bytes: &[u8]) -> Self {
        let named = format!("name=\"{name}\"; filename=\"{file_name}\"");
        self.part(&named, &format!("content-type: {kind}\r\n"), bytes);
        self
    }

    /// All of it.
    pub fn bytes(&self) -> Vec<u8> {
        [&self.0[..], b"--", BOUNDARY.as_bytes(), b"--\r\n"].concat()
    }

    /// Posts it; has to be answered.
    #[track_caller]
    pub fn post(&self, client: &mut Client, path: &str) -> Answer {
        client.bring("POST", path, &[Self::TYPE], &self.bytes())
    }

    fn part(&mut self, named: &str, headers: &str, bytes: &[u8]) {
        let head =
            format!("--{BOUNDARY}\r\ncontent-disposition: form-data; {named}\r\n{headers}\r\n");
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(bytes);
        self.0.extend_from_slice(b"\r\n");
    }
}

/// Uploads a file; gives it.
#[track_caller]
pub fn upload(client: &mut Client, name: &str, bytes: &[u8]) -> Value {
    let form = Form::default().file("file", name, bytes);
    form.post(client, "/v1/media").expect(201)
}
