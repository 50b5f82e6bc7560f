//! What is in the files of the benchmark: bytes that nobody can compress or has seen before, and pictures.
//! Deterministic, so that a run can be repeated; keeps nothing.

use anyhow::{Context as _, Result};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a file's bytes.
pub(super) type Digest = [u8; 32];

/// As cameras save.
const JPEG_QUALITY: u8 = 90;
/// How much the grain changes a colour at most.
const GRAIN: u8 = 24;

pub(super) fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// A stream of numbers that differs for each seed (Marsaglia's xorshift).
struct Noise(u64);

impl Noise {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// So many bytes that are neither a picture nor a sound.
pub(super) fn bytes(count: usize, seed: u64) -> Vec<u8> {
    let mut noise = Noise::new(seed);
    let mut bytes = Vec::with_capacity(count + 8);
    bytes.extend_from_slice(b"causerie");
    while bytes.len() < count {
        bytes.extend_from_slice(&noise.next().to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}

/// A photograph as a JPEG: soft shapes with the grain of a sensor, which is what makes photographs large.
pub(super) fn photograph((width, height): (u32, u32), seed: u64) -> Result<Vec<u8>> {
    /// How fast each colour changes across and down.
    const SLOPES: [(u32, u32); 3] = [(3, 5), (7, 2), (4, 4)];
    let mut noise = Noise::new(seed);
    let [shift, ..] = noise.next().to_le_bytes();
    let count = usize::try_from(width)? * usize::try_from(height)?;
    let mut pixels = Vec::with_capacity(3 * count);
    for y in 0..height {
        for x in 0..width {
            let grain = noise.next().to_le_bytes();
            for ((across, down), grain) in SLOPES.into_iter().zip(grain) {
                let along = (x * across + y * down) / 16 + u32::from(shift);
                pixels.push(64 + wave(along) / 2 + grain % GRAIN);
            }
        }
    }
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY);
    encoder
        .encode(&pixels, width, height, ExtendedColorType::Rgb8)
        .context("a picture could not be made")?;
    Ok(jpeg)
}

/// Up and down again, from 0 to 255.
fn wave(along: u32) -> u8 {
    let [low, high, ..] = along.to_le_bytes();
    if high.is_multiple_of(2) {
        low
    } else {
        u8::MAX - low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_differ_from_seed_to_seed_and_are_the_same_again() {
        let some = bytes(1_001, 1);
        assert_eq!(some.len(), 1_001);
        assert_eq!(some, bytes(1_001, 1));
        assert_ne!(digest(&some), digest(&bytes(1_001, 2)));
    }

    #[test]
    fn a_photograph_can_be_read_and_is_as_large_as_those_of_cameras() {
        let jpeg = photograph((400, 300), 7).expect("a picture");
        let read = image::load_from_memory(&jpeg).expect("readable");
        assert_eq!((read.width(), read.height()), (400, 300));
        assert_ne!(jpeg, photograph((400, 300), 8).expect("a picture"));
        // Three to six megabytes for twelve megapixels.
        let per_pixel = jpeg.len() * 100 / (400 * 300);
        assert!((25..=50).contains(&per_pixel), "{per_pixel}");
    }
}
