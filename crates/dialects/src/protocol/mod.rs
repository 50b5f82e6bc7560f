//! The message API of Protocol.
