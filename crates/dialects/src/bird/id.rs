//! Ids as UUIDs: the same sixteen bytes as everywhere else, in hexadecimal.
//!
//! Whether a thing has an id is not known here.

use std::sync::Arc;

use causerie_core::{Caller, Context, Invalid, ParticipantId, Refusal, Scope};
use causerie_http::extract::Call;
use causerie_http::{Problem, Shown};
use uuid::Uuid;

/// An id as it is written.
pub(super) type Hex = Shown<Uuid>;

/// How long a written id is.
const HEX_CHARS: usize = 36;

/// Writes an id.
pub(super) fn hex(bytes: [u8; 16]) -> Hex {
    Shown(Uuid::from_bytes(bytes))
}

/// Reads an id: as a UUID, or as the native API writes it, with whatever sort it names.
pub(super) fn read(text: &str) -> Result<[u8; 16], Invalid> {
    let hex = Some(text).filter(|text| text.len() == HEX_CHARS);
    let hex = hex.and_then(|text| Uuid::try_parse(text).ok());
    let native = || {
        let (_, written) = text.split_once('_')?;
        let id = ParticipantId::parse(&format!("{}{written}", ParticipantId::PREFIX));
        Some(id.ok()?.to_bytes())
    };
    hex.map(Uuid::into_bytes)
        .or_else(native)
        .ok_or(Invalid::new("expected a UUID"))
}

/// The id that stands in the path under this name; one that is none names nothing.
pub(super) fn in_path(call: &Call, name: &str, missing: Refusal) -> Result<[u8; 16], Problem> {
    read(call.part(name)?).map_err(|_| missing.into())
}

/// Lets a call in that has the scope, is within its rate, and names its own workspace.
pub(super) fn enter(call: &Call, scope: Scope) -> Result<(), Problem> {
    call.require(scope)?;
    let named = in_path(call, "workspaceId", Refusal::WorkspaceNotFound)?;
    if named == call.caller().workspace().id.to_bytes() {
        Ok(())
    } else {
        Err(Refusal::WorkspaceNotFound.into())
    }
}

/// The context in which the answer to a change is looked up: who may only write is told what it wrote all the same.
pub(super) fn of_answer(cx: &Context) -> Context {
    let mut cx = cx.clone();
    if cx.caller.require(Scope::MessagingRead).is_err() && cx.caller.participant().is_none() {
        cx.caller = Caller::embedding(Arc::new(cx.caller.workspace().clone()));
    }
    cx
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_in_either_spelling_and_nothing_else_is_one() {
        let bytes = [7; 16];
        let written = hex(bytes).0.to_string();
        assert_eq!(written, "07070707-0707-0707-0707-070707070707");
        assert_eq!(read(&written), Ok(bytes));
        assert_eq!(read(&written.to_uppercase()), Ok(bytes));
        let native = ParticipantId::from_bytes(bytes).to_string();
        assert_eq!(read(&native), Ok(bytes));
        assert_eq!(read(&native.replace("part", "msg")), Ok(bytes));
        for wrong in ["", "7", "07070707070707070707070707070707", "x", "msg_01"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
