use image::{Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::*;
use crate::testing::{Scene, hash};

/// A card, or a place of noise.
fn picture(width: u32, height: u32) -> RgbImage {
    let scene = Scene::default().paint();
    RgbImage::from_fn(width, height, |x, y| {
        if x < width / 8 {
            Rgb([0, 1, 2].map(|c| hash(x, y, c) as u8))
        } else {
            *scene.get_pixel(100 + x, 100 + y)
        }
    })
}

fn encoded(image: &RgbImage, set: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    set(&mut encoder);
    encoder.encode(image.as_raw(), image.width() as u16, image.height() as u16, ColorType::Rgb).unwrap();
    file
}

fn decoded(file: &[u8]) -> Option<Photo> {
    decode(file, 1 << 24, &mut Default::default())
}

/// The largest difference from the library's pixels, in brightness, and from its colours where they are stored.
fn off(photo: &Photo, file: &[u8]) -> f32 {
    let judge = image::load_from_memory(file).unwrap().into_rgb8();
    assert_eq!(photo.size, [judge.width() as usize, judge.height() as usize]);
    let mut most = 0.0f32;
    for (x, y, pixel) in judge.enumerate_pixels() {
        // What is limited has lost its brightness.
        if pixel.0.iter().any(|v| [0, 255].contains(v)) {
            continue;
        }
        let [r, g, b] = pixel.0.map(f32::from);
        let luma = 0.299 * r + 0.587 * g + 0.114 * b;
        most = most.max((luma - f32::from(photo.luma.row(y as usize)[x as usize])).abs());
        if photo.factor == [1, 1] {
            let differences = [128.0 + (b - luma) / 1.772, 128.0 + (r - luma) / 1.402];
            for (samples, difference) in photo.chroma.iter().zip(differences) {
                most = most.max((difference - f32::from(samples.row(y as usize)[x as usize])).abs());
            }
        }
    }
    most
}

#[test]
fn photos_of_every_usual_kind_decode_to_what_the_library_decodes() {
    for (width, height) in [(1, 1), (8, 8), (17, 33), (250, 131), (640, 480)] {
        let image = picture(width, height);
        for (factor, sampling) in [
            ([1, 1], SamplingFactor::R_4_4_4),
            ([2, 1], SamplingFactor::R_4_2_2),
            ([1, 2], SamplingFactor::R_4_4_0),
            ([2, 2], SamplingFactor::R_4_2_0),
        ] {
            for restart in [0, 3] {
                let file = encoded(&image, |encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder.set_restart_interval(restart);
                });
                let case = format!("{width} x {height}, {factor:?}, restart {restart}");
                let photo = decoded(&file).unwrap_or_else(|| panic!("{case}"));
                assert_eq!(photo.factor, factor, "{case}");
                let off = off(&photo, &file);
                assert!(off < 2.6, "{case}: {off}");
            }
        }
    }
}

#[test]
fn what_is_of_another_kind_or_too_large_is_left_to_the_library() {
    let image = picture(64, 48);
    assert!(decoded(&encoded(&image, |encoder| encoder.set_progressive(true))).is_none());
    // A scan for each component.
    assert!(decoded(&encoded(&image, |encoder| encoder.set_optimized_huffman_tables(true))).is_none());
    let file = encoded(&image, |_| {});
    assert!(decoded(&file).is_some());
    assert!(decode(&file, 64 * 48 - 1, &mut Default::default()).is_none());
    let mut grey = Vec::new();
    Encoder::new(&mut grey, 90).encode(&[7; 64], 8, 8, ColorType::Luma).unwrap();
    assert!(decoded(&grey).is_none());
    assert!(decoded(b"\x89PNG\r\n\x1a\n").is_none());
}

#[test]
fn a_file_that_is_cut_or_damaged_gives_nothing_or_a_picture_of_its_size_and_no_crash() {
    let file = encoded(&picture(56, 40), |encoder| encoder.set_restart_interval(2));
    for end in 0..file.len() {
        assert!(decoded(&file[..end]).is_none(), "cut at {end}");
    }
    for at in 0..file.len() {
        for bit in [0, 3, 7] {
            let mut damaged = file.clone();
            damaged[at] ^= 1 << bit;
            if let Some(photo) = decoded(&damaged) {
                let [w, h] = photo.size;
                assert!(photo.luma.values.len() >= w * h);
            }
        }
    }
}
