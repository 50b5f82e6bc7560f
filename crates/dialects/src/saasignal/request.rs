//! Requests as `SaaSignal` takes them: a JSON object, parameters of lists.
//!
//! What the members mean is known to handlers only.

use std::sync::Arc;

use causerie_core::page::{Limit, Place, cursor};
use causerie_core::text::Metadata;
use causerie_core::{Caller, Context, Invalid, Settings};
use causerie_http::extract::{Call, Spell};
use causerie_http::members::text;
use causerie_http::problem::Trouble;
use causerie_http::{Members, Problem};
use serde_json::value::RawValue;

use super::problem::bad_request;

/// The members of the body: of a JSON object, or none at all without a body.
///
/// # Errors
/// 400 for anything else.
pub(super) async fn body(call: &mut Call) -> Result<Members, Problem> {
    let members = call.members().await.map_err(bad_request)?;
    let written = call.body().trim_ascii_start();
    if written.is_empty() || written.starts_with(b"{") {
        Ok(members)
    } else {
        let detail = "Expected a JSON object.";
        Err(Problem::new(Trouble::JsonMalformed).with_detail(detail))
    }
}

/// The parameters of the query, read with `take`.
///
/// # Errors
/// 400 with everything that is wrong with them.
pub(super) fn query<T>(call: &Call, take: impl FnOnce(&Members) -> T) -> Result<T, Problem> {
    let read = || {
        let parameters = call.parameters()?;
        let taken = take(&parameters);
        parameters.finish().map(|()| taken)
    };
    read().map_err(bad_request)
}

/// The parameters `limit` and `cursor`.
pub(super) fn page<P: Place>(parameters: &Members, usual: Limit) -> (Limit, Option<P>) {
    let limit = parameters.parsed("limit", Limit::spell);
    let cursor = parameters.parsed("cursor", cursor::read);
    (limit.unwrap_or(usual), cursor)
}

/// A metadata object.
pub(super) fn metadata(raw: &RawValue, limits: &Settings) -> Result<Metadata, Invalid> {
    Metadata::parse(raw.get(), limits)
}

/// A text that an empty one takes away.
pub(super) fn or_none<T>(
    raw: &RawValue,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Result<Option<T>, Invalid> {
    let text = text(raw)?;
    if text.is_empty() {
        Ok(None)
    } else {
        parse(&text).map(Some)
    }
}

/// The context in which an answer is made: what a change shows does not depend on the scope to read. Callers who are
/// bound to somebody go on as they are.
pub(super) fn shown(cx: &Context) -> Context {
    let mut cx = cx.clone();
    if cx.caller.participant().is_none() {
        cx.caller = Caller::embedding(Arc::new(cx.caller.workspace().clone()));
    }
    cx
}
