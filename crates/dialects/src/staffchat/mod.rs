//! The message API of staff chat.
