//! The message API of Doto.
