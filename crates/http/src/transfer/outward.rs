//! Bytes on their way out, as HTTP has it (RFC 9110): ranges, conditions, and headers that keep a browser from
//! running what somebody uploaded.
//!
//! Who may have them was decided before.

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    self, Charset, ContentDisposition, DispositionParam, DispositionType, EntityTag, ExtendedValue,
    Header, HeaderMap, HeaderValue, IfNoneMatch, IfRange, LanguageTag,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use causerie_core::Refusal;
use causerie_core::media::{Media, Preset, Stored};
use causerie_core::port::{FilesFault, Outgoing};
use futures_util::{Stream, StreamExt, stream};

use crate::app::App;
use crate::observe::{DOWNLOAD_BYTES, DOWNLOADS};
use crate::problem::Problem;

/// What a browser may do with a file: show it, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
/// The bytes of a file never change.
const FOREVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// Answers with the bytes of a file or of one of its versions, or with as many of them as are asked for.
///
/// # Errors
/// `media_not_uploaded`, `range_unsatisfiable`, `unavailable`; `media_not_found` also for a version that the file
/// has not, as it stands in the path.
pub(crate) async fn respond(
    app: &App,
    request: &HttpRequest,
    media: &Media,
    version: Option<Preset>,
) -> Result<HttpResponse, Problem> {
    let stored = media.bytes(version).map_err(|refusal| match refusal {
        Refusal::Invalid { .. } => Refusal::MediaNotFound,
        other => other,
    })?;
    let tag = EntityTag::new_strong(stored.digest.to_string());
    if is_known(request, &tag) {
        let mut response = HttpResponse::new(StatusCode::NOT_MODIFIED);
        describe(response.headers_mut(), &tag);
        return Ok(response);
    }
    let (status, range) = match asked_range(request, &tag, stored.size) {
        Asked::Whole => (StatusCode::OK, 0..stored.size),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Nothing => return Err(Problem::range_unsatisfiable(stored.size)),
    };
    let mut response = HttpResponse::build(status);
    let size = range.end - range.start;
    let mut response = if *request.method() == Method::HEAD || size == 0 {
        response.body(SizedStream::new(
            size,
            stream::empty::<Result<Bytes, FilesFault>>(),
        ))
    } else {
        let reading = app
            .files()
            .read(media.workspace, stored.digest, range.clone());
        response.body(SizedStream::new(size, flow(reading.await?)))
    };
    let headers = response.headers_mut();
    describe(headers, &tag);
    headers.insert(header::CONTENT_TYPE, type_of(&stored));
    headers.insert(
        header::CONTENT_DISPOSITION,
        disposition(media, version, &stored),
    );
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    if status == StatusCode::PARTIAL_CONTENT {
        let (first, last) = (range.start, range.end - 1);
        let place = format!("bytes {first}-{last}/{}", stored.size);
        put(headers, header::CONTENT_RANGE, &place);
    }
    Ok(response)
}

/// The headers that an answer has with and without a body.
fn describe(headers: &mut HeaderMap, tag: &EntityTag) {
    put(headers, header::ETAG, &tag.to_string());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, FOREVER);
}

fn put(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn type_of(stored: &Stored<'_>) -> HeaderValue {
    let written = HeaderValue::from_str(stored.media_type.as_str());
    written.unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// The bytes, piece by piece, as fast as they are taken.
fn flow(outgoing: Box<dyn Outgoing>) -> impl Stream<Item = Result<Bytes, FilesFault>> {
    metrics::counter!(DOWNLOADS).increment(1);
    let sent = metrics::counter!(DOWNLOAD_BYTES);
    let pieces = stream::unfold(Some(outgoing), |outgoing| async move {
        let mut outgoing = outgoing?;
        match outgoing.read().await {
            Ok(piece) => piece.map(|piece| (Ok(piece), Some(outgoing))),
            Err(fault) => {
                // The head is gone already: the connection is cut.
                tracing::error!(%fault, "the bytes of a file cannot be read");
                Some((Err(fault), None))
            }
        }
    });
    pieces.inspect(move |piece| {
        let length = piece.as_ref().map_or(0, Bytes::len);
        sent.increment(u64::try_from(length).unwrap_or(u64::MAX));
    })
}

/// Whether the client has these bytes already.
fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    if !request.headers().contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|one| one.weak_eq(tag)),
        Err(_) => false,
    }
}

enum Asked {
    Whole,
    Part(Range<u64>),
    Nothing,
}

/// What is asked for; several ranges, units that we do not know and what cannot be read count as all of it.
fn asked_range(request: &HttpRequest, tag: &EntityTag, size: u64) -> Asked {
    let headers = request.headers();
    if !headers.contains_key(header::RANGE) || *request.method() != Method::GET {
        return Asked::Whole;
    }
    if headers.contains_key(header::IF_RANGE) {
        match IfRange::parse(request) {
            Ok(IfRange::EntityTag(seen)) if seen.strong_eq(tag) => {}
            _ => return Asked::Whole,
        }
    }
    let Ok(header::Range::Bytes(ranges)) = header::Range::parse(request) else {
        return Asked::Whole;
    };
    let [range] = ranges.as_slice() else {
        return Asked::Whole;
    };
    match range.to_satisfiable_range(size) {
        Some((first, last)) => Asked::Part(first..last + 1),
        None => Asked::Nothing,
    }
}

/// How a file is to be shown, and under which name it is saved (RFC 6266).
fn disposition(media: &Media, version: Option<Preset>, stored: &Stored<'_>) -> HeaderValue {
    let name = match version {
        None => media.name.as_str().to_owned(),
        Some(preset) => {
            let name = media.name.as_str();
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            let kind = stored.media_type.as_str().rsplit('/').next();
            format!("{stem}-{}.{}", preset.as_str(), kind.unwrap_or_default())
        }
    };
    let disposition = if stored.media_type.shows_inline() {
        DispositionType::Inline
    } else {
        DispositionType::Attachment
    };
    let plain = |letter: char| if letter.is_ascii() { letter } else { '_' };
    let plain: String = name.chars().map(plain).collect();
    let mut parameters = vec![DispositionParam::Filename(plain.clone())];
    if plain != name {
        parameters.push(DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None::<LanguageTag>,
            value: name.into_bytes(),
        }));
    }
    let said = ContentDisposition {
        disposition,
        parameters,
    };
    let written = HeaderValue::from_str(&said.to_string());
    written.unwrap_or(HeaderValue::from_static("attachment"))
}
