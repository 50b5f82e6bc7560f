//! The place of other products' message APIs, spoken over the same use cases as the native one.
//!
//! There is none yet: this crate holds the layer's place, so that nothing else grows into it.
