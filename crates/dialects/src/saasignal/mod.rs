//! The message API of SaaSignal.
