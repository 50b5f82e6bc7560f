//! Bodies that are compressed: handed on little by little, so that little of what they unfold to is in memory before
//! it is counted.
//!
//! Decompresses nothing itself.

use std::iter;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// How many bytes are decompressed at once: they become a thousand times as many at most.
const PIECE_BYTES_MAX: usize = 1024;

/// The body of a request, in small pieces if it is compressed.
pub(super) fn in_pieces(request: &HttpRequest, payload: &mut Payload) -> Payload {
    let payload = payload.take();
    if !request.headers().contains_key(header::CONTENT_ENCODING) {
        return payload;
    }
    let pieces = payload.map_ok(|piece| stream::iter(split(piece)).map(Ok));
    Payload::Stream {
        payload: Box::pin(pieces.try_flatten()),
    }
}

fn split(mut rest: Bytes) -> impl Iterator<Item = Bytes> {
    iter::from_fn(move || {
        let next = rest.split_to(rest.len().min(PIECE_BYTES_MAX));
        (!next.is_empty()).then_some(next)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn a_compressed_body_is_handed_on_little_by_little() {
        let body: Vec<u8> = (0..=u8::MAX)
            .cycle()
            .take(5 * PIECE_BYTES_MAX / 2)
            .collect();
        let request = TestRequest::post().insert_header((header::CONTENT_ENCODING, "gzip"));
        let (request, mut payload) = request.set_payload(body.clone()).to_http_parts();
        let pieces: Vec<Bytes> = in_pieces(&request, &mut payload)
            .try_collect()
            .await
            .expect("a body");
        assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES_MAX));
        assert_eq!(pieces.concat(), body);
    }
}
