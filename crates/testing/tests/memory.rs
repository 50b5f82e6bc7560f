//! The in-memory storage keeps every promise of a storage.
//!
//! Durability is not among them: what is "reopened" here never went away.

mod kept;

causerie_testing::conformance!(memory, crate::kept::open);
