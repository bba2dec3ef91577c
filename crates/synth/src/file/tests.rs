//! Files against independent readers and encoders.

use ::exif as kamadak;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;

use super::jpeg::{self, Chroma, JFIF};
use super::*;
use crate::rng::pixel_hash;

/// A picture with slopes, edges and noise. Its colours avoid the one tie that the oracle's luma rounds down
/// and libjpeg's rounds up.
fn picture(width: usize, height: usize, seed: u64, gray: bool) -> Rgb8 {
    let mut data = Vec::with_capacity(3 * width * height);
    for y in 0..height as u32 {
        for x in 0..width as u32 {
            let noise = |channel| pixel_hash(seed, x, y, channel) % 24;
            let edge = if (x / 11 + y / 7) % 3 == 0 { 120 } else { 0 };
            let sample = |channel| (edge + (x * (2 + channel) + y * 3) % 160 + noise(channel)).min(255) as u8;
            let mut pixel = if gray { [sample(0); 3] } else { [sample(0), sample(1), sample(2)] };
            while !gray && luma(pixel) % 65536 == 32768 {
                pixel[2] ^= 1;
            }
            data.extend(pixel);
        }
    }
    Rgb8 { width, height, data }
}

fn luma([r, g, b]: [u8; 3]) -> u32 {
    19595 * u32::from(r) + 38470 * u32::from(g) + 7471 * u32::from(b)
}

/// The entropy-coded data behind the header of the scan.
fn scan(file: &[u8]) -> &[u8] {
    let start = file.windows(2).position(|marker| marker == [0xff, 0xda]).expect("a scan");
    &file[start + 14..]
}

fn oracle(picture: &Rgb8, quality: u8, sampling: SamplingFactor) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(sampling);
    encoder.encode(&picture.data, picture.width as u16, picture.height as u16, ColorType::Rgb).unwrap();
    out
}

#[test]
fn whole_units_are_those_of_an_independent_encoder() {
    // Below these qualities the oracle's rounding differs from libjpeg's; there `check_jpeg.py` is the judge.
    for (seed, quality) in [90, 93, 96, 98, 100].into_iter().enumerate() {
        let color = picture(80, 48, seed as u64, false);
        let ours = jpeg::encode(&color, quality, Chroma::Full, &JFIF);
        assert_eq!(scan(&ours), scan(&oracle(&color, quality, SamplingFactor::R_4_4_4)), "quality {quality}");
        // The oracle drops samples where libjpeg averages them, which does not matter without colour.
        let gray = picture(96, 64, seed as u64, true);
        let ours = jpeg::encode(&gray, quality, Chroma::Half, &JFIF);
        assert_eq!(scan(&ours), scan(&oracle(&gray, quality, SamplingFactor::R_4_2_0)), "quality {quality}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_size_decodes_to_nearly_the_same_picture(
        width in 1usize..70, height in 1usize..70, quality in 85u8..=100, half in any::<bool>(), seed in any::<u64>(),
    ) {
        let original = smooth(width, height, seed);
        let file = jpeg::encode(&original, quality, Chroma::of(half), &JFIF);
        let decoded = image::load_from_memory_with_format(&file, image::ImageFormat::Jpeg).unwrap().into_rgb8();
        prop_assert_eq!((decoded.width() as usize, decoded.height() as usize), (width, height));
        let ours = jpeg::round_trip(&original, quality, Chroma::of(half));
        prop_assert!(mean_difference(decoded.as_raw(), &ours.data) < 1.0, "another decoder");
        prop_assert!(mean_difference(&original.data, &ours.data) < 6.0, "the original");
    }
}

fn smooth(width: usize, height: usize, seed: u64) -> Rgb8 {
    let slopes: [u64; 3] = std::array::from_fn(|i| seed >> (8 * i) & 1);
    let sample = |x: usize, y: usize, channel: usize| {
        (60 + 2 * x * (1 + slopes[channel] as usize) / 3 + y + 20 * channel) as u8
    };
    let data =
        (0..height).flat_map(|y| (0..width).flat_map(move |x| [0, 1, 2].map(|c| sample(x, y, c)))).collect();
    Rgb8 { width, height, data }
}

fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

fn exif() -> Exif {
    Exif {
        make: "Lumenza".into(),
        model: "Lumenza P5".into(),
        orientation: Orientation::QuarterTurn,
        taken: [2025, 3, 9, 14, 5, 59],
        exposure_time: 0.0083,
        f_number: 1.8,
        iso: 320,
        focal_length: 4.25,
        focal_length_35mm: 26,
    }
}

fn spec(format: FileFormat, history: Vec<(u32, u8)>) -> FileSpec {
    FileSpec { format, quality: 90, subsample: true, history }
}

#[test]
fn capture_metadata_reads_back() {
    let picture = picture(40, 30, 1, false);
    for format in [FileFormat::Jpeg, FileFormat::Png] {
        let file = encode(&picture, &spec(format, vec![]), Some(&exif()));
        let read = kamadak::Reader::new().read_from_container(&mut std::io::Cursor::new(&file)).unwrap();
        let shown =
            |tag| read.get_field(tag, kamadak::In::PRIMARY).expect("the tag").display_value().to_string();
        let expected = [
            (kamadak::Tag::Make, "\"Lumenza\""),
            (kamadak::Tag::Model, "\"Lumenza P5\""),
            (kamadak::Tag::Orientation, "row 0 at right and column 0 at top"),
            (kamadak::Tag::DateTimeOriginal, "2025-03-09 14:05:59"),
            (kamadak::Tag::ExposureTime, "1/120"),
            (kamadak::Tag::FNumber, "1.8"),
            (kamadak::Tag::PhotographicSensitivity, "320"),
            (kamadak::Tag::FocalLength, "4.25"),
            (kamadak::Tag::FocalLengthIn35mmFilm, "26"),
            (kamadak::Tag::PixelXDimension, "40"),
            (kamadak::Tag::PixelYDimension, "30"),
            (kamadak::Tag::ExifVersion, "2.32"),
            (kamadak::Tag::ColorSpace, "sRGB"),
        ];
        for (tag, value) in expected {
            assert_eq!(shown(tag), value, "{tag} in {format:?}");
        }
    }
}

#[test]
fn every_file_says_that_it_is_synthetic() {
    for format in [FileFormat::Jpeg, FileFormat::Png] {
        for exif in [None, Some(exif())] {
            let file = encode(&picture(16, 16, 2, false), &spec(format, vec![]), exif.as_ref());
            let has = |text: &[u8]| file.windows(text.len()).any(|window| window == text);
            assert!(has(b"http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"));
            assert_eq!(has(b"Lumenza P5"), exif.is_some());
        }
    }
}

#[test]
fn a_png_is_the_picture_itself() {
    let original = picture(33, 21, 3, false);
    let file = encode(&original, &spec(FileFormat::Png, vec![]), Some(&exif()));
    let decoded = image::load_from_memory_with_format(&file, image::ImageFormat::Png).unwrap().into_rgb8();
    assert_eq!(decoded.into_raw(), original.data);
}

#[test]
fn earlier_generations_shrink_and_wear_the_picture() {
    let original = picture(120, 90, 4, false);
    let aged = spec(FileFormat::Png, vec![(100, 80), (64, 60), (500, 60)]);
    let file = encode(&original, &aged, None);
    let decoded = image::load_from_memory(&file).unwrap().into_rgb8();
    assert_eq!(decoded.dimensions(), (120, 90));
    // What is left is what 64 pixels can hold.
    let small = resize::resized(&original, 64, 48);
    let back = resize::resized(&small, 120, 90);
    let file = Rgb8 { width: 120, height: 90, data: decoded.into_raw() };
    assert!(mean_difference(&file.data, &back.data) < 0.8 * mean_difference(&file.data, &original.data));
    let once = jpeg::round_trip(&original, 60, Chroma::Half);
    assert!(mean_difference(&once.data, &original.data) > 1.0);
    // Storing it again at the same quality changes much less than the first time.
    let twice = jpeg::round_trip(&once, 60, Chroma::Half);
    assert!(mean_difference(&twice.data, &once.data) < 0.5 * mean_difference(&once.data, &original.data));
}

#[test]
fn resizing_keeps_flat_areas_and_slopes() {
    let flat = Rgb8 { width: 31, height: 17, data: [9, 120, 250].repeat(31 * 17) };
    assert_eq!(resize::resized(&flat, 12, 7).data, [9, 120, 250].repeat(12 * 7));
    assert_eq!(resize::resized(&flat, 50, 33).data, [9, 120, 250].repeat(50 * 33));
    let slope = Rgb8 { width: 100, height: 2, data: (0..600).map(|i| (i / 3 % 100 * 2) as u8).collect() };
    let half = resize::resized(&slope, 50, 1);
    for x in 4..46 {
        let expected = (2 * x) as f64 * 2.0 + 1.0;
        assert!((f64::from(half.data[3 * x]) - expected).abs() <= 1.0, "{x}: {}", half.data[3 * x]);
    }
}

#[test]
fn files_are_golden() {
    let original = picture(101, 67, 5, false);
    let mut history = spec(FileFormat::Jpeg, vec![(80, 70), (64, 85)]);
    history.subsample = false;
    let hashes = [spec(FileFormat::Jpeg, vec![]), spec(FileFormat::Png, vec![]), history]
        .map(|spec| blake3::hash(&encode(&original, &spec, Some(&exif()))).to_hex()[..16].to_owned());
    assert_eq!(hashes, GOLDEN);
}

const GOLDEN: [&str; 3] = ["c0b8cc3ab3a5cab8", "541fad140ab96a6b", "629d5e128a484335"];
