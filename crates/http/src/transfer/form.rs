//! Bodies of `multipart/form-data` (RFC 7578): texts within the limit of a body, and files that are passed on.
//!
//! Parts are read in their order and never gathered.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{self, DispositionParam};
use actix_web::mime::Mime;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::inward::{IDLE_MAX, UPLOAD_MAX};
use crate::app::App;
use crate::mount::body_bytes_max;
use crate::problem::{Problem, Trouble};

/// How many parts a form may have.
const PARTS_MAX: usize = 64;

/// Whether a request says that its body is a form.
pub(crate) fn is_form(request: &HttpRequest) -> bool {
    let declared = request.headers().get(header::CONTENT_TYPE);
    let essence = declared.and_then(|value| value.as_bytes().split(|byte| *byte == b';').next());
    essence.is_some_and(|essence| {
        essence
            .trim_ascii()
            .eq_ignore_ascii_case(b"multipart/form-data")
    })
}

/// The parts of a form that are still to come.
pub(crate) struct Form {
    parts: Multipart,
    deadline: Instant,
    parts_left: usize,
    text_bytes_left: usize,
    text_bytes_max: usize,
}

impl Form {
    /// Begins to read the body of a request.
    ///
    /// # Errors
    /// `media_type_unsupported`.
    pub(crate) fn of(app: &App, request: &HttpRequest, body: Payload) -> Result<Self, Problem> {
        if !is_form(request) {
            return Err(Problem::new(Trouble::MediaTypeUnsupported)
                .with_detail("Send this one as `multipart/form-data`."));
        }
        let text_bytes_max = body_bytes_max(app, request);
        Ok(Self {
            parts: Multipart::new(request.headers(), body),
            deadline: Instant::now() + UPLOAD_MAX,
            parts_left: PARTS_MAX,
            text_bytes_left: text_bytes_max,
            text_bytes_max,
        })
    }

    /// The next part, once the one before was read; `None` after the last.
    ///
    /// # Errors
    /// `form_malformed`, `request_timeout`.
    pub(crate) async fn next(&mut self) -> Result<Option<Part>, Problem> {
        let next = timeout_at(self.patience(), self.parts.next()).await;
        let Some(field) = next.map_err(|_| Trouble::RequestTimeout)? else {
            return Ok(None);
        };
        let field = field.map_err(|error| explain(&error))?;
        self.parts_left = self.parts_left.checked_sub(1).ok_or_else(|| {
            let problem = format!("It has more than {PARTS_MAX} parts.");
            Problem::new(Trouble::FormMalformed).with_detail(problem)
        })?;
        Ok(Some(Part(field)))
    }

    /// Until when more is awaited.
    fn patience(&self) -> Instant {
        self.deadline.min(Instant::now() + IDLE_MAX)
    }

    /// Reads a part that is a text.
    ///
    /// # Errors
    /// `form_malformed`, `request_timeout`, `body_too_large` when all texts together are longer than a body may be.
    pub(crate) async fn text(&mut self, part: Part) -> Result<String, Problem> {
        let mut text = Vec::new();
        let mut bytes = std::pin::pin!(part.into_bytes());
        loop {
            let next = timeout_at(self.patience(), bytes.next()).await;
            let Some(piece) = next.map_err(|_| Trouble::RequestTimeout)? else {
                break;
            };
            let piece = piece?;
            let left = self.text_bytes_left.checked_sub(piece.len());
            self.text_bytes_left = left.ok_or_else(|| {
                let problem = format!("All texts together: at most {} bytes.", self.text_bytes_max);
                Problem::new(Trouble::BodyTooLarge).with_detail(problem)
            })?;
            text.extend_from_slice(&piece);
        }
        String::from_utf8(text).map_err(|_| {
            Problem::new(Trouble::FormMalformed).with_detail("Expected texts to be UTF-8.")
        })
    }
}

/// One part of a form.
pub(crate) struct Part(Field);

impl Part {
    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        self.0.name().unwrap_or_default()
    }

    /// Whether it is a file by its own account: it names one.
    pub(crate) fn is_file(&self) -> bool {
        !self.file_name().is_empty()
    }

    /// The name of the file that it holds, as it was given; empty if it was not.
    pub(crate) fn file_name(&self) -> String {
        let parameters = self.0.content_disposition().map(|said| &said.parameters);
        let extended = parameters.iter().flat_map(|all| all.iter());
        let extended = extended.filter_map(DispositionParam::as_filename_ext);
        let mut extended = extended.map(|name| String::from_utf8_lossy(&name.value).into_owned());
        let plain = || Some(self.0.content_disposition()?.get_filename()?.to_owned());
        extended.next().or_else(plain).unwrap_or_default()
    }

    /// What it is, as far as its sender says.
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.0.content_type().map(Mime::essence_str)
    }

    /// Its bytes.
    pub(crate) fn into_bytes(self) -> impl Stream<Item = Result<Bytes, Problem>> {
        self.0.map(|piece| piece.map_err(|error| explain(&error)))
    }
}

fn explain(error: &MultipartError) -> Problem {
    // The library's words tell of the form only, and repeat nothing that is in it.
    Problem::new(Trouble::FormMalformed).with_detail(format!("{error}."))
}
