//! What a handler is given: one [`Call`], from which it takes what it needs in the order of the checks.
//!
//! 401 was decided at the door; a handler asks for the scope (403), its ids (404), then query and body
//! (400, 413, 415, 422). Nothing here knows a route.

mod body;
mod caller;
mod compressed;
mod idempotency;
mod knock;
mod page;
mod path;
mod precondition;
mod send;
mod stranger;

pub(crate) use body::explain_other;
pub use body::{Check, Given, Object, WireBody, read_command};
pub use caller::{Call, gate};
pub use idempotency::IDEMPOTENCY_KEY;
pub use knock::Knock;
pub use page::{Query, Spell};
pub use page::{next_cursor, number};
pub use path::PathId;
pub use precondition::IfMatch;
pub(crate) use send::Replays;
pub use send::Sent;
pub use stranger::Stranger;
