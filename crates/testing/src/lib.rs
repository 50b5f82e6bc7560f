//! Conformance cases, model runs and fixtures for the storage adapters of Causerie, and golden files.
//!
//! For tests only; knows no adapter and no surface.

pub mod cases;
pub mod fixture;
pub mod golden;
pub mod model;
pub mod names;
mod subject;

pub use names::Names;
pub use subject::{Adapter, Opened, Put, Subject};
