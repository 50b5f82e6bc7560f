//! Pictures, sounds and noise, made by the tests.
//!
//! Nothing here is read back.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// A PNG whose colours run from one side to the other; no two sizes have the same bytes.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let shade = |number: u32, of: u32| u8::try_from(number * 255 / of.max(1)).unwrap_or(255);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([shade(x, width), shade(y, height), 90])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("a picture");
    bytes.into_inner()
}

/// A sound of so many milliseconds: one channel, 8,000 samples a second.
pub fn wav(duration_ms: u32) -> Vec<u8> {
    let size = duration_ms * 8 * 2;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + size).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    for part in [1_u16, 1] {
        bytes.extend_from_slice(&part.to_le_bytes());
    }
    for part in [8_000_u32, 16_000] {
        bytes.extend_from_slice(&part.to_le_bytes());
    }
    for part in [2_u16, 16] {
        bytes.extend_from_slice(&part.to_le_bytes());
    }
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.extend((0..size / 2).flat_map(|at| u16::try_from(at % 997).unwrap_or(0).to_le_bytes()));
    bytes
}

/// Bytes that are nothing, different for each seed.
pub fn noise(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = b"\0noise".to_vec();
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}
