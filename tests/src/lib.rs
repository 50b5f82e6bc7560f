//! What the end-to-end tests share: the real binary as a child process, a database of its own for each
//! test, a client that notices everything that happens to a connection, and checks of what must hold.
//!
//! Knows the API by its documents only: nothing of the server is linked in. Everything here panics when
//! it cannot do its part, because a test that cannot run has failed.
//!
//! The binary is the one that `CAUSERIE_TEST_BINARY` names, otherwise the one beside the tests in the target
//! directory. Tests on Postgres need `CAUSERIE_TEST_POSTGRES_URL`; without it they say so and pass, unless
//! `CAUSERIE_TEST_REQUIRE_POSTGRES=1` forbids that. Programs of other products' clients need Node or Python and their
//! registries; without them the tests say so and pass, unless `CAUSERIE_TEST_REQUIRE_CLIENTS=1` forbids that.

#![expect(
    clippy::missing_panics_doc,
    reason = "everything here panics when it cannot do its part, as said above"
)]

pub mod check;
pub mod client;
pub mod curl;
pub mod database;
pub mod dialect;
pub mod document;
pub mod form;
pub mod mail;
pub mod moment;
pub mod pictures;
pub mod platform;
pub mod program;
pub mod random;
pub mod scene;
pub mod sender;
pub mod server;
pub mod shape;
pub mod shelf;

pub use client::{Answer, Client, Failure};
pub use database::Database;
pub use dialect::Dialect;
pub use document::Document;
pub use form::Form;
pub use random::Random;
pub use scene::Scene;
pub use server::{Line, Server};
pub use shelf::Shelf;

use std::time::Duration;

/// How long anything is waited for before the test fails.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Makes a test for each store of functions that take a [`Database`].
#[macro_export]
macro_rules! on_both_stores {
    ($($(#[$attribute:meta])* $name:ident),+ $(,)?) => {
        mod sqlite {
            $($(#[$attribute])* #[test] fn $name() { super::$name(&$crate::Database::sqlite()); })+
        }

        $crate::on_postgres!($($(#[$attribute])* $name),+);
    };
}

/// Makes a test for each store and each place for files of functions that take a [`Database`] and a [`Shelf`].
#[macro_export]
macro_rules! on_both_stores_and_shelves {
    ($($name:ident),+ $(,)?) => {
        mod in_a_directory {
            $(fn $name(database: &$crate::Database) {
                super::$name(database, &$crate::Shelf::directory());
            })+
            $crate::on_both_stores!($($name),+);
        }

        mod in_a_bucket {
            $(fn $name(database: &$crate::Database) {
                super::$name(database, &$crate::Shelf::bucket());
            })+
            $crate::on_both_stores!($($name),+);
        }
    };
}

/// Makes a test on Postgres of functions that take a [`Database`].
#[macro_export]
macro_rules! on_postgres {
    ($($(#[$attribute:meta])* $name:ident),+ $(,)?) => {
        mod postgres {
            $($(#[$attribute])* #[test] fn $name() {
                if let Some(database) = $crate::Database::postgres(stringify!($name)) {
                    super::$name(&database);
                }
            })+
        }
    };
}

/// Looks again and again until something is found.
///
/// # Panics
/// When it was not found in time.
#[track_caller]
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = std::time::Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(std::time::Instant::now() < end, "in vain waited for {what}");
        pause(Duration::from_millis(20));
    }
}

/// Lets others run for a while: to spread load over time, never to be sure of anything.
pub fn pause(time: Duration) {
    std::thread::park_timeout(time);
}
