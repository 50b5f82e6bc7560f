//! Random numbers for moments and choices; each run prints its seed.
//!
//! Not for secrets.

use std::hash::{BuildHasher as _, RandomState};

/// A sequence of numbers that looks random (`SplitMix64`).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// A new sequence, or the one of `CAUSERIE_TEST_SEED`.
    pub fn new() -> Self {
        let given = std::env::var("CAUSERIE_TEST_SEED").ok();
        let given = given.map(|text| text.parse().expect("CAUSERIE_TEST_SEED is a number"));
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
        eprintln!("CAUSERIE_TEST_SEED={seed}");
        Self(seed)
    }

    /// A number from `from` up to, but not including, `to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        from + (mixed ^ (mixed >> 31)) % (to - from)
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}
