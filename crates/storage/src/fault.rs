//! What errors of the databases mean to the domain.
//!
//! Decides nothing about trying again: the lanes do.

use causerie_core::Fault;
use diesel::result::{DatabaseErrorKind, Error};

use crate::row::unreadable;

/// The fault that an error is.
///
/// A broken uniqueness is [`Fault::Contended`]: the domain looks before it adds, so somebody else
/// must have added in between. Deadlocks and time-outs of locks have no kind of their own in
/// diesel, and their texts are in the server's language: lanes run a job again alone before they
/// believe such an error.
pub(crate) fn of(error: Error) -> Fault {
    match error {
        Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure,
            _,
        ) => Fault::contended(error),
        Error::DatabaseError(_, ref cause) if is_deadlock(cause.message()) => {
            Fault::contended(error)
        }
        Error::DeserializationError(cause) => unreadable(&*cause),
        other => Fault::unavailable(other),
    }
}

fn is_deadlock(message: &str) -> bool {
    message.contains("deadlock detected") || message.contains("database is locked")
}
