//! Other products' message APIs, spoken over the same use cases as the native one: one module each.
//!
//! A dialect parses, calls a use case and renders. It decides nothing, knows no other dialect, and shares with the native
//! API only the kit of `causerie-http`.

#[cfg(feature = "bird")]
pub mod bird;
#[cfg(feature = "doto")]
pub mod doto;
#[cfg(feature = "protocol")]
pub mod protocol;
#[cfg(feature = "saasignal")]
pub mod saasignal;
#[cfg(feature = "staffchat")]
pub mod staffchat;
