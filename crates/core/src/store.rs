//! Store.
/// x
pub struct Store;
