//! The message API of Bird.
