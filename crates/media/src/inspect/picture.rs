//! A picture's size, and smaller ones made of it.
//!
//! Nothing of the original but its pixels gets into them.

use std::fs::File;
use std::io::{self, BufReader, Seek as _};

use causerie_core::media::{Facts, Fit, Preset};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, RgbImage,
    RgbaImage,
};

use super::report::{Drawn, Report};

/// How many pixels a picture may have.
const PIXELS_MAX: u64 = 100_000_000;
/// How many bytes its pixels may take.
const PIXEL_BYTES_MAX: u64 = 400 * 1024 * 1024;
/// How good pictures without transparency are, of 100.
const JPEG_QUALITY: u8 = 82;

/// What a picture is; `None` for what is none.
pub(super) fn look(mut input: &File) -> io::Result<Option<Report>> {
    input.rewind()?;
    let reader = ImageReader::new(BufReader::new(input)).with_guessed_format()?;
    if reader.format().is_none() {
        return Ok(None);
    }
    Ok(Some(match decode(reader) {
        Ok(picture) => picture.report(),
        Err(Problem::TooLarge) => Report::Refused("the picture is too large to be shown".into()),
        Err(Problem::Unreadable) => Report::Unknown,
    }))
}

/// Why a picture is not shown.
enum Problem {
    TooLarge,
    Unreadable,
}

impl From<ImageError> for Problem {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            _ => Self::Unreadable,
        }
    }
}

/// Pixels as they are stored, and how they are to be turned.
struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    pixel_type: PixelType,
    transparent: bool,
    orientation: Orientation,
}

fn decode(mut reader: ImageReader<BufReader<&File>>) -> Result<Picture, Problem> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(PIXEL_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS_MAX || decoder.total_bytes() > PIXEL_BYTES_MAX {
        return Err(Problem::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder)?;
    let (pixels, pixel_type) = if image.color().has_alpha() {
        (image.into_rgba8().into_raw(), PixelType::U8x4)
    } else {
        (image.into_rgb8().into_raw(), PixelType::U8x3)
    };
    let clear = |pixel: &[u8]| pixel[3] < u8::MAX;
    Ok(Picture {
        transparent: pixel_type == PixelType::U8x4 && pixels.chunks_exact(4).any(clear),
        width,
        height,
        pixels,
        pixel_type,
        orientation,
    })
}

impl Picture {
    fn report(&self) -> Report {
        let (width, height) = turned(self.orientation, (self.width, self.height));
        let facts = Facts {
            width: Some(width),
            height: Some(height),
            duration_ms: None,
        };
        let drawn: Option<Vec<_>> = Preset::ALL
            .iter()
            .map(|preset| self.draw(*preset))
            .collect();
        drawn.map_or(Report::Unknown, |drawn| Report::Known(facts, drawn))
    }

    /// Turns only what was made smaller: turning the whole would take as much memory again.
    fn draw(&self, preset: Preset) -> Option<Drawn> {
        let shown = turned(self.orientation, (self.width, self.height));
        let (width, height) = fitted(preset.fit(), shown);
        let (across, down) = turned(self.orientation, (width, height));
        let whole = ImageRef::new(self.width, self.height, &self.pixels, self.pixel_type).ok()?;
        let mut small = Image::new(across, down, self.pixel_type);
        let options = ResizeOptions::new().use_alpha(self.transparent);
        let options = match preset.fit() {
            Fit::Within(..) => options,
            Fit::Cover(..) => options.fit_into_destination(Some((0.5, 0.5))),
        };
        Resizer::new().resize(&whole, &mut small, &options).ok()?;
        let small = small.into_vec();
        let mut small = if self.pixel_type == PixelType::U8x4 {
            DynamicImage::ImageRgba8(RgbaImage::from_raw(across, down, small)?)
        } else {
            DynamicImage::ImageRgb8(RgbImage::from_raw(across, down, small)?)
        };
        small.apply_orientation(self.orientation);
        Some(Drawn {
            preset,
            width,
            height,
            bytes: self.encode(small)?,
        })
    }

    fn encode(&self, small: DynamicImage) -> Option<Vec<u8>> {
        let mut bytes = io::Cursor::new(Vec::new());
        let written = if self.transparent {
            small.write_to(&mut bytes, ImageFormat::Png)
        } else {
            let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
            small.into_rgb8().write_with_encoder(encoder)
        };
        written.ok().map(|()| bytes.into_inner())
    }
}

/// A size as it is after turning, or before: it is the same exchange.
fn turned(orientation: Orientation, (width, height): (u32, u32)) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// The size of a picture when it is fitted.
fn fitted(fit: Fit, (width, height): (u32, u32)) -> (u32, u32) {
    let (Fit::Within(across, down) | Fit::Cover(across, down)) = fit;
    let wider = u64::from(width) * u64::from(down) > u64::from(height) * u64::from(across);
    match fit {
        Fit::Within(..) if width <= across && height <= down => (width, height),
        Fit::Within(..) if wider => (across, part(height, across, width)),
        Fit::Within(..) => (part(width, down, height), down),
        Fit::Cover(..) if wider => {
            let down_most = height.min(down);
            (part(across, down_most, down), down_most)
        }
        Fit::Cover(..) => {
            let across_most = width.min(across);
            (across_most, part(down, across_most, across))
        }
    }
}

/// `of * over / under`, rounded, but never nothing.
fn part(of: u32, over: u32, under: u32) -> u32 {
    let under = u64::from(under.max(1));
    let exact = (u64::from(of) * u64::from(over) * 2 + under) / (2 * under);
    u32::try_from(exact).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_fitted_and_never_made_larger() {
        for (fit, size, expected) in [
            (Fit::Within(160, 160), (4000, 3000), (160, 120)),
            (Fit::Within(160, 160), (3000, 4000), (120, 160)),
            (Fit::Within(160, 160), (100, 50), (100, 50)),
            (Fit::Within(160, 160), (10_000, 20), (160, 1)),
            (Fit::Cover(128, 128), (4000, 3000), (128, 128)),
            (Fit::Cover(128, 128), (100, 50), (50, 50)),
            (Fit::Cover(1200, 630), (1000, 2000), (1000, 525)),
            (Fit::Cover(1200, 630), (10_000, 315), (600, 315)),
            (Fit::Cover(480, 640), (1, 1), (1, 1)),
        ] {
            assert_eq!(fitted(fit, size), expected, "{fit:?} {size:?}");
        }
    }
}
