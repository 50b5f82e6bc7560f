//! Conformance cases, model runs and fixtures for the storage adapters of Causerie, files in memory, and
//! golden files.
//!
//! For tests only; knows no adapter and no surface. To test an adapter, write an [`Adapter`] that
//! opens a database of its own, and in a test of the adapter's package:
//!
//! ```text
//! fn open() -> causerie_testing::Subject {
//!     causerie_testing::Subject::new(EmptyDatabase::new())
//! }
//!
//! causerie_testing::conformance!(sqlite, crate::open);
//!
//! #[test]
//! fn sqlite_behaves_like_memory() {
//!     causerie_testing::model::check(open);
//! }
//! ```
//!
//! Where there may be no database, `open` returns an `Option<Subject>` and says why there is none.
//! To add a case: write a function in the file of its port and list it in [`cases`]; one that is
//! not listed is dead code, which fails the build of the tests.

pub mod cases;
mod files;
pub mod fixture;
pub mod golden;
pub mod model;
pub mod names;
mod subject;

pub use files::MemoryFiles;
pub use names::Names;
pub use subject::{Adapter, Opened, Put, Subject};
