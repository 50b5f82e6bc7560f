//! Looking into pictures, good and bad, and into what only claims to be one.

use std::io::Cursor;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use causerie_core::media::{Facts, Fit, Preset};
use causerie_core::port::{Inspected, Inspector as _, Made};
use causerie_media::Inspector;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::site::{Site, noise, wait, workspace};

/// A picture whose left half is red and whose right half is blue.
fn halves(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, _| {
        if x < width / 2 {
            Rgb([250, 5, 5])
        } else {
            Rgb([5, 5, 250])
        }
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

fn known(inspected: Inspected) -> (Facts, Vec<Made>) {
    match inspected {
        Inspected::Known {
            facts,
            made: versions,
        } => (facts, versions),
        other => panic!("expected a picture, found {other:?}"),
    }
}

/// Keeps a version as its file's owner would, and reads it back.
fn version(site: &Site, versions: &[Made], preset: Preset) -> (DynamicImage, Vec<u8>) {
    let made = versions
        .iter()
        .find(|one| one.preset == preset)
        .expect("all are made");
    let (id, arrived) = (made.place, &made.arrived);
    wait(site.files.keep(workspace(1), id, arrived)).expect("it is kept");
    let bytes = site
        .read(arrived.digest, 0..arrived.size)
        .expect("it is there");
    let picture = image::load_from_memory(&bytes).expect("a picture");
    let version = made.version();
    assert_eq!(
        (version.width, version.height),
        (picture.width(), picture.height())
    );
    assert_eq!(version.media_type, arrived.media_type);
    (picture, bytes)
}

fn size(facts: Facts) -> (Option<u32>, Option<u32>) {
    (facts.width, facts.height)
}

/// A JPEG whose camera lay on its side and knew where it was.
fn sideways() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        let mut entry = Vec::new();
        entry.extend(tag.to_be_bytes());
        entry.extend(kind.to_be_bytes());
        entry.extend(count.to_be_bytes());
        entry.extend(value);
        entry
    };
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x02".to_vec();
    exif.extend(entry(0x0112, 3, 1, [0, 6, 0, 0]));
    exif.extend(entry(0x8825, 4, 1, 38_u32.to_be_bytes()));
    exif.extend([0; 4]);
    exif.extend(b"\0\x01");
    exif.extend(entry(0x001D, 2, 20, 56_u32.to_be_bytes()));
    exif.extend([0; 4]);
    exif.extend(b"WHERE-THE-OWNER-IS\0\0");
    let jpeg = encoded(&halves(400, 200), ImageFormat::Jpeg);
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    [&jpeg[..2], b"\xFF\xE1", &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn every_version_of_a_picture_is_made_and_none_is_larger() {
    let site = Site::directory();
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
    ] {
        let bytes = encoded(&halves(1000, 500), format);
        let (facts, versions) = known(site.inspect(&bytes));
        assert_eq!(size(facts), (Some(1000), Some(500)), "{format:?}");
        assert_eq!(facts.duration_ms, None);
        assert_eq!(versions.len(), Preset::ALL.len());
        for made in &versions {
            let (Fit::Within(across, down) | Fit::Cover(across, down)) = made.preset.fit();
            assert!(
                made.width <= across.min(1000) && made.height <= down.min(500),
                "{made:?}"
            );
            assert_eq!(made.arrived.media_type.as_str(), "image/jpeg");
        }
        let (chat, _) = version(&site, &versions, Preset::Chat);
        assert_eq!((chat.width(), chat.height()), (480, 240));
        let square = version(&site, &versions, Preset::SmallSquare).0.into_rgb8();
        assert_eq!(square.dimensions(), (128, 128));
        let (left, right) = (square.get_pixel(10, 64), square.get_pixel(117, 64));
        assert!(left[0] > 200 && left[2] < 60 && right[2] > 200 && right[0] < 60);
    }
}

#[test]
fn a_picture_is_turned_upright_and_says_nothing_of_its_camera() {
    let site = Site::directory();
    let bytes = sideways();
    let says = |bytes: &[u8], mark: &[u8]| bytes.windows(mark.len()).any(|part| part == mark);
    assert!(says(&bytes, b"WHERE-THE-OWNER-IS"));
    let (facts, versions) = known(site.inspect(&bytes));
    assert_eq!(size(facts), (Some(200), Some(400)));
    for preset in Preset::ALL {
        let (_, bytes) = version(&site, &versions, *preset);
        assert!(
            !says(&bytes, b"Exif") && !says(&bytes, b"WHERE"),
            "{preset:?}"
        );
    }
    let thumbnail = version(&site, &versions, Preset::Thumbnail).0.into_rgb8();
    assert_eq!(thumbnail.dimensions(), (80, 160));
    let (top, bottom) = (thumbnail.get_pixel(40, 20), thumbnail.get_pixel(40, 140));
    assert!(top[0] > 200 && bottom[2] > 200, "what was left is above");
}

#[test]
fn transparency_stays() {
    let site = Site::directory();
    let clear = RgbaImage::from_fn(300, 300, |x, _| {
        Rgba([9, 200, 9, if x < 150 { 0 } else { 255 }])
    });
    let bytes = encoded(&DynamicImage::ImageRgba8(clear), ImageFormat::Png);
    let (_, versions) = known(site.inspect(&bytes));
    let (thumbnail, _) = version(&site, &versions, Preset::Thumbnail);
    assert_eq!(versions[0].arrived.media_type.as_str(), "image/png");
    let thumbnail = thumbnail.into_rgba8();
    assert_eq!(thumbnail.get_pixel(10, 80)[3], 0);
    assert_eq!(*thumbnail.get_pixel(150, 80), Rgba([9, 200, 9, 255]));
    let opaque = encoded(&halves(300, 300).into_rgba8().into(), ImageFormat::Png);
    let (_, versions) = known(site.inspect(&opaque));
    assert_eq!(versions[0].arrived.media_type.as_str(), "image/jpeg");
}

#[test]
fn the_smallest_and_the_widest_picture_have_all_versions() {
    let site = Site::directory();
    for (width, height) in [(1, 1), (20_000, 10), (3, 9000)] {
        let bytes = encoded(&halves(width, height), ImageFormat::Png);
        let (facts, versions) = known(site.inspect(&bytes));
        assert_eq!(size(facts), (Some(width), Some(height)));
        for preset in Preset::ALL {
            version(&site, &versions, *preset);
        }
    }
}

#[test]
fn another_try_leaves_nothing_twice() {
    let site = Site::directory();
    let bytes = encoded(&halves(100, 100), ImageFormat::Png);
    assert_eq!(site.inspect(&bytes), site.inspect(&bytes));
    let stale = wait(site.files.list_stale(Duration::ZERO, 1000)).expect("a list");
    assert_eq!(stale.len(), Preset::ALL.len());
}

#[test]
fn what_is_no_picture_stays_a_plain_file() {
    let site = Site::directory();
    let png = encoded(&halves(300, 300), ImageFormat::Png);
    for bytes in [
        noise(10_000, 1),
        Vec::new(),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        png[..png.len() / 2].to_vec(),
        b"\xFF\xD8\xFF\xE0\0\x10JFIF".to_vec(),
        b"GIF89a\x01\0\x01\0\x80".to_vec(),
    ] {
        assert_eq!(site.inspect(&bytes), Inspected::nothing());
    }
}

#[test]
fn a_jpeg_that_was_cut_short_breaks_nothing() {
    let site = Site::directory();
    let jpeg = encoded(&halves(800, 800), ImageFormat::Jpeg);
    for part in 1..8 {
        let inspected = site.inspect(&jpeg[..jpeg.len() * part / 8]);
        assert!(!matches!(inspected, Inspected::Failed(_)), "{inspected:?}");
    }
}

#[test]
fn a_bomb_fails_before_it_goes_off() {
    let site = Site::directory();
    let mut bomb = encoded(&halves(10, 10), ImageFormat::Png);
    for (width, height) in [
        (50_000_u32, 50_000_u32),
        (u32::MAX >> 1, 1),
        (1_000_000, 1000),
    ] {
        bomb[16..20].copy_from_slice(&width.to_be_bytes());
        bomb[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = crc32fast::hash(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        let failed = Inspected::Failed("the picture is too large to be shown".into());
        assert_eq!(site.inspect(&bomb), failed, "{width} {height}");
    }
}

/// Looks into a file with something else in the place of the child.
fn inspect_with(script: &str, timeout: Duration) -> Inspected {
    let site = Site::directory();
    let arguments = vec!["-c".into(), script.into()];
    let inspector =
        Inspector::new(Arc::clone(&site.files), "/bin/sh".into(), arguments).with_timeout(timeout);
    inspector.inspect(&site.media(b"abc"))
}

#[test]
fn a_child_that_hangs_crashes_or_lies_is_a_failure() {
    let minute = Duration::from_mins(1);
    let failed = |reason: &str| Inspected::Failed(reason.into());
    let hangs = inspect_with("exec sleep 600", Duration::from_millis(50));
    assert_eq!(hangs, failed("reading it took too long"));
    let computes = inspect_with("ulimit -St 1; while :; do :; done", minute);
    assert_eq!(computes, failed("reading it took too long"));
    assert_eq!(inspect_with("exit 3", minute), failed("reading it failed"));
    let aborts = inspect_with("kill -ABRT $$", minute);
    assert_eq!(aborts, failed("reading it took too much memory, or failed"));
    let nothing = failed("reading it ended without a result");
    assert_eq!(inspect_with("echo hello", minute), nothing);
    assert_eq!(inspect_with(":", minute), nothing);
    assert_eq!(
        inspect_with("echo '\"Unknown\"'", minute),
        Inspected::nothing()
    );
}

#[test]
fn a_child_that_is_ended_from_outside_says_nothing_of_its_file() {
    for signal in ["TERM", "INT", "HUP", "KILL"] {
        let script = format!("kill -{signal} $$");
        let inspected = inspect_with(&script, Duration::from_mins(1));
        assert!(matches!(inspected, Inspected::Later(_)), "{inspected:?}");
    }
}

#[test]
fn whoever_has_to_stop_waits_for_no_child() {
    let site = Site::directory();
    let begun = site.directory.path().join("begun");
    let script = format!("touch {}; exec sleep 600", begun.display());
    let arguments = vec!["-c".into(), script.into()];
    let inspector = Inspector::new(Arc::clone(&site.files), "/bin/sh".into(), arguments);
    let media = site.media(b"abc");
    let inspected = thread::scope(|scope| {
        let inspecting = scope.spawn(|| inspector.inspect(&media));
        while !begun.exists() {
            thread::yield_now();
        }
        inspector.interrupt();
        inspecting.join().expect("no panic")
    });
    assert_eq!(inspected, Inspected::Interrupted);
    assert_eq!(inspector.inspect(&media), Inspected::Interrupted);
}

#[test]
fn a_child_that_cannot_be_started_is_a_fault_of_ours() {
    let site = Site::directory();
    let inspector = Inspector::new(
        Arc::clone(&site.files),
        "/nowhere/at-all".into(),
        Vec::new(),
    );
    let inspected = inspector.inspect(&site.media(b"abc"));
    let Inspected::Later(said) = inspected else {
        panic!("expected a fault, found {inspected:?}");
    };
    assert!(
        said.contains("/nowhere/at-all could not be started"),
        "{said}"
    );
}
