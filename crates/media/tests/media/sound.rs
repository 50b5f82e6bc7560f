//! Looking into sounds: files as small as their formats allow, without anything to hear.

use causerie_core::media::Facts;
use causerie_core::port::Inspected;

use crate::site::Site;

fn duration_ms(bytes: &[u8]) -> Option<u64> {
    match Site::directory().inspect(bytes) {
        Inspected::Known {
            facts,
            made: versions,
        } => {
            assert!(versions.is_empty() && facts.width.is_none());
            facts.duration_ms
        }
        other => panic!("expected a sound, found {other:?}"),
    }
}

fn of_type(bytes: &[u8]) -> String {
    let arrived = Site::directory().receive(crate::site::file(1), bytes);
    arrived.expect("it arrives").media_type.to_string()
}

/// Some formats say nothing of their length: what their first frames tell is a little off.
#[track_caller]
fn check(bytes: &[u8], media_type: &str, expected_ms: u64) {
    assert_eq!(of_type(bytes), media_type);
    let found = duration_ms(bytes).expect("a duration");
    let apart = found.abs_diff(expected_ms);
    assert!(
        apart * 30 <= expected_ms,
        "found {found} ms, expected {expected_ms} ms"
    );
}

/// Numbers in the order of a format.
fn le(value: u32) -> [u8; 4] {
    value.to_le_bytes()
}

fn be(value: u32) -> [u8; 4] {
    value.to_be_bytes()
}

#[test]
fn wav() {
    let samples = vec![0_u8; 2 * 8000 * 3];
    let length = u32::try_from(samples.len()).expect("short");
    let mut bytes = [b"RIFF".as_slice(), &le(36 + length), b"WAVEfmt ", &le(16)].concat();
    bytes.extend(b"\x01\0\x01\0");
    bytes.extend([le(8000), le(16_000)].concat());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(le(length));
    bytes.extend(&samples);
    check(&bytes, "audio/wav", 3000);
}

#[test]
fn flac() {
    let mut bytes = b"fLaC\x80\0\0\x22".to_vec();
    bytes.extend(b"\x10\0\x10\0\0\0\0\0\0\0");
    // 20 bits 44,100 Hz, 3 bits channels - 1, 5 bits depth - 1, 36 bits samples.
    let packed: u64 = (44_100 << 44) | (1 << 41) | (15 << 36) | (44_100 * 5);
    bytes.extend(packed.to_be_bytes());
    bytes.extend([0; 16]);
    bytes.extend(b"\xFF\xF8\xC9\x18\0\xC2");
    bytes.extend([0; 64]);
    check(&bytes, "audio/flac", 5000);
}

/// A frame of MPEG 1 layer III at 44,100 Hz: 1,152 samples.
fn mp3_frame(rate: u8, length: usize) -> Vec<u8> {
    let mut frame = vec![0; length];
    frame[..4].copy_from_slice(&[0xFF, 0xFB, rate << 4, 0x64]);
    frame
}

#[test]
fn mp3_with_a_constant_rate() {
    let bytes = mp3_frame(9, 417).repeat(200);
    check(&bytes, "audio/mpeg", 5224);
}

#[test]
fn mp3_with_a_rate_that_varies() {
    let rest = [mp3_frame(9, 417), mp3_frame(5, 208), mp3_frame(11, 626)].concat();
    let rest = rest.repeat(100);
    let mut head = mp3_frame(9, 417);
    let length = u32::try_from(rest.len() + head.len()).expect("short");
    let tag = [b"Xing".as_slice(), &be(3), &be(300), &be(length)].concat();
    head[36..36 + tag.len()].copy_from_slice(&tag);
    check(&[head, rest].concat(), "audio/mpeg", 7836);
}

#[test]
fn aac() {
    let length: u8 = 200;
    let mut frame = vec![0; usize::from(length)];
    let head = [
        0xFF,
        0xF1,
        0x50,
        0x80,
        length >> 3,
        length << 5 | 0x1F,
        0xFC,
    ];
    frame[..7].copy_from_slice(&head);
    check(&frame.repeat(100), "audio/aac", 2322);
}

/// A page of Ogg with one packet.
fn page(kind: u8, granule: u64, number: u32, packet: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(kind);
    page.extend(granule.to_le_bytes());
    page.extend([le(7), le(number), le(0)].concat());
    let lacing = u8::try_from(packet.len()).expect("short");
    page.extend([1, lacing]);
    page.extend(packet);
    let sum = page.iter().fold(0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            sum << 1 ^ if sum >> 31 == 1 { 0x04C1_1DB7 } else { 0 }
        })
    });
    page[22..26].copy_from_slice(&le(sum));
    page
}

#[test]
fn ogg_opus() {
    let head = b"OpusHead\x01\x01\x38\x01\x80\xBB\0\0\0\0\0";
    let tags = b"OpusTags\x04\0\0\0test\0\0\0\0";
    let bytes = [
        page(2, 0, 0, head),
        page(0, 0, 1, tags),
        page(0, 48_000, 2, &[0xFC; 100]),
        page(4, 4 * 48_000 + 312, 3, &[0xFC; 100]),
    ];
    check(&bytes.concat(), "audio/ogg", 4000);
}

#[test]
fn ogg_vorbis() {
    let mut head = b"\x01vorbis\0\0\0\0\x01".to_vec();
    head.extend([le(44_100), le(0), le(64_000), le(0)].concat());
    head.extend([0xB8, 1]);
    let bytes = [
        page(2, 0, 0, &head),
        page(0, 0, 1, b"\x03vorbis\x04\0\0\0test\0\0\0\0\x01"),
        page(0, 0, 2, b"\x05vorbis\0\0\0\0"),
        page(4, 2 * 44_100, 3, &[0; 100]),
    ];
    check(&bytes.concat(), "audio/ogg", 2000);
}

/// A box of MP4.
fn atom(name: &str, inside: &[&[u8]]) -> Vec<u8> {
    let inside = inside.concat();
    let length = u32::try_from(inside.len() + 8).expect("short");
    [&be(length), name.as_bytes(), &inside].concat()
}

#[test]
fn m4a() {
    let times = [be(0), be(0), be(0), be(1000), be(6000)].concat();
    let movie = atom("mvhd", &[&times, &[0; 80]]);
    let times = atom("mdhd", &[&times, &[0; 4]]);
    let hdlr = atom("hdlr", &[&[0; 8], b"soun", &[0; 13]]);
    let mp4a = atom(
        "mp4a",
        &[
            b"\0\0\0\0\0\0\0\x01",
            &[0; 8],
            b"\0\x02\0\x10\0\0\0\0\xAC\x44\0\0",
        ],
    );
    let stsd = atom("stsd", &[&be(0), &be(1), &mp4a]);
    let minf = atom("minf", &[&atom("stbl", &[&stsd])]);
    let trak = atom("trak", &[&atom("mdia", &[&times, &hdlr, &minf])]);
    let bytes = [
        atom("ftyp", &[b"M4A \0\0\0\0isom"]),
        atom("moov", &[&movie, &trak]),
        atom("mdat", &[&[0; 1000]]),
    ];
    check(&bytes.concat(), "audio/mp4", 6000);
}

#[test]
fn a_sound_that_was_cut_short_breaks_nothing() {
    let site = Site::directory();
    for bytes in [
        &b"RIFF\xFF\xFF\xFF\xFFWAVE"[..],
        b"fLaC\0\0\0\x22",
        b"ID3\x04\0\0\x7F\x7F\x7F\x7F",
    ] {
        assert_eq!(site.inspect(bytes), Inspected::nothing());
    }
    let cut = site.inspect(&mp3_frame(9, 417).repeat(3)[..1000]);
    assert!(!matches!(cut, Inspected::Failed(_)), "{cut:?}");
}

#[test]
fn nothing_else_is_learned_of_a_sound() {
    let Inspected::Known { facts, .. } = Site::directory().inspect(&mp3_frame(9, 417).repeat(50))
    else {
        panic!("expected a sound");
    };
    let expected = Facts {
        duration_ms: facts.duration_ms,
        ..Facts::default()
    };
    assert_eq!(facts, expected);
}
