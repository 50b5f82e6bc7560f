//! Mail and gateways: hands messages over to platforms outside, and reads what comes back.
//!
//! [`Post`] is the [`Courier`](causerie_core::port::Courier): mail by SMTP, everything else by signed calls to a
//! gateway. [`CheckedClient`] makes those calls and never connects to where it may not. [`MimeReader`] reads mail
//! that comes in, and [`verify_signature`] tells whether a call that comes in was signed. Nothing here decides
//! what a message may do, keeps anything, or tries twice.

mod allowed;
mod client;
mod gateway;
mod mail;
mod post;
mod reader;
mod signature;
#[cfg(test)]
mod tests;
mod trust;

pub use allowed::{ALLOWED_NETWORKS_MAX, Allowed, AllowedError};
pub use client::{ANSWER_BYTES_MAX, Answer, CallFault, CheckedClient, REDIRECTS_MAX};
pub use post::{Links, OutboundConfig, OutboundFault, Post};
pub use reader::MimeReader;

pub use signature::{
    SECRET_ENTROPY_BYTES, SIGNATURE_TOLERANCE_S, SIGNATURES_MAX, Signed, is_secret, new_secret,
    verify_signature,
};
