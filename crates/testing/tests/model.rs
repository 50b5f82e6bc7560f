//! The model run agrees with itself, and does what it is meant to do.
//!
//! Adapters run it against their own storages.

mod kept;

#[test]
fn memory_behaves_like_memory() {
    causerie_testing::model::check(kept::open);
}
