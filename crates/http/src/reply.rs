//! Answers: rendered once, kept for retries, sent as they were kept.
//!
//! Views are written by serde straight into the bytes of the body.

use std::fmt::Display;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use causerie_core::claim::Answer;
use causerie_core::{Fault, MessageId};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::problem::Problem;

/// What a handler comes to: an answer, or a problem.
pub type Answered = Result<HttpResponse, Problem>;

/// Tells that an answer is the one that an earlier request was given.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The value of that header.
pub(crate) const REPLAYED_TRUE: HeaderValue = HeaderValue::from_static("true");

/// Something that is shown as the text of its `Display`, written without a text in between.
#[derive(Clone, Copy, Debug)]
pub struct Shown<T>(pub T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// JSON that is passed on as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a>(pub &'a str);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// An answer that can be sent now and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    status: u16,
    location: String,
    etag: String,
    body: Vec<u8>,
    shows: Option<MessageId>,
}

impl Rendered {
    /// An answer of this status with a view as its body; `size_bytes` is a guess of its length.
    pub fn json<V: Serialize>(status: StatusCode, view: &V, size_bytes: usize) -> Self {
        let mut body = Vec::with_capacity(size_bytes);
        if let Err(error) = serde_json::to_writer(&mut body, view) {
            // Only stored metadata that is no JSON can do this.
            tracing::error!(%error, "a view cannot be written");
            body.clear();
            body.extend_from_slice(b"null");
        }
        Self {
            status: status.as_u16(),
            location: String::new(),
            etag: String::new(),
            body,
            shows: None,
        }
    }

    /// Says the text of which message it shows: kept for a retry, it goes with that.
    #[must_use]
    pub fn showing(mut self, message: MessageId) -> Self {
        self.shows = Some(message);
        self
    }

    /// The message whose text it shows.
    pub(crate) fn shows(&self) -> Option<MessageId> {
        self.shows
    }

    /// Says where the thing is that was made.
    #[must_use]
    pub fn at(mut self, location: String) -> Self {
        self.location = location;
        self
    }

    /// Says which state of the thing the body shows.
    #[must_use]
    pub fn tagged(mut self, etag: String) -> Self {
        self.etag = etag;
        self
    }

    /// Its status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Its body, a JSON text.
    pub fn body(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or("null")
    }

    /// The answer as bytes, for the claim that it is kept with.
    pub fn to_answer(&self) -> Answer {
        let parts = [self.location.as_bytes(), self.etag.as_bytes()];
        let mut bytes = Vec::with_capacity(self.body.len() + 96);
        bytes.extend_from_slice(&self.status.to_be_bytes());
        for part in parts {
            bytes.extend_from_slice(&u16::try_from(part.len()).unwrap_or(0).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes.extend_from_slice(&self.body);
        Answer(bytes)
    }

    /// Reads what [`Rendered::to_answer`] wrote.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] when it did not.
    pub fn from_answer(answer: &Answer) -> Result<Self, Fault> {
        parse(&answer.0).ok_or_else(|| Fault::corrupt("claim", "answer", ""))
    }

    /// The answer to the first request.
    pub fn into_response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::with_body(status, BoxBody::new(self.body));
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        for (name, value) in [(header::LOCATION, self.location), (header::ETAG, self.etag)] {
            if !value.is_empty()
                && let Ok(value) = HeaderValue::from_maybe_shared(value)
            {
                headers.insert(name, value);
            }
        }
        response
    }

    /// The answer to a retry.
    pub fn into_replay(self) -> HttpResponse {
        let mut response = self.into_response();
        response.headers_mut().insert(REPLAYED, REPLAYED_TRUE);
        response
    }
}

fn parse(bytes: &[u8]) -> Option<Rendered> {
    let (status, rest) = bytes.split_first_chunk()?;
    let (location, rest) = text(rest)?;
    let (etag, body) = text(rest)?;
    Some(Rendered {
        status: u16::from_be_bytes(*status),
        location,
        etag,
        body: body.to_vec(),
        shows: None,
    })
}

fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((std::str::from_utf8(text).ok()?.to_owned(), rest))
}
