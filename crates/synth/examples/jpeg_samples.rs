//! Writes pictures, the JPEG files made of them, and what those decode to, for
//! `scripts/peers/check_jpeg.py` to compare with libjpeg: `cargo run --example jpeg_samples -- DIR`.

use std::fs;
use std::path::PathBuf;

use retake_synth::file::jpeg::{self, Chroma, JFIF};
use retake_synth::image::Rgb8;
use retake_synth::rng::pixel_hash;

fn main() -> std::io::Result<()> {
    let dir: PathBuf = std::env::args_os().nth(1).ok_or(std::io::ErrorKind::InvalidInput)?.into();
    fs::create_dir_all(&dir)?;
    let mut sizes: Vec<(usize, usize)> = (1..=34).map(|n| (n, 35 - n)).collect();
    sizes.extend([(16, 16), (64, 48), (8, 40), (5, 5), (321, 243), (200, 199), (1600, 1200)]);
    for (number, (width, height)) in sizes.into_iter().enumerate() {
        let picture = picture(width, height, number as u64);
        for quality in [5, 50, 77, 90, 97, 100] {
            for (chroma, name) in [(Chroma::Half, 420), (Chroma::Full, 444)] {
                let stem = dir.join(format!("{width}x{height}-q{quality}-{name}"));
                fs::write(stem.with_extension("rgb"), &picture.data)?;
                fs::write(stem.with_extension("jpg"), jpeg::encode(&picture, quality, chroma, &JFIF))?;
                fs::write(stem.with_extension("dec"), jpeg::round_trip(&picture, quality, chroma).data)?;
            }
        }
    }
    Ok(())
}

/// Slopes, hard coloured edges and noise: every branch of the encoder is taken.
fn picture(width: usize, height: usize, seed: u64) -> Rgb8 {
    let sample = |x: usize, y: usize, channel: u32| {
        let noise = pixel_hash(seed, x as u32, y as u32, channel);
        let edge = pixel_hash(seed, (x / 13) as u32, (y / 9) as u32, channel + 3) % 3;
        match edge {
            0 => noise as u8,
            1 => ((x * 3 + y * 2) as u32 % 256) as u8 / 2 + (noise % 16) as u8,
            _ => 255 * u8::from(noise.is_multiple_of(40)),
        }
    };
    let pixel = |i: usize| [0, 1, 2].map(|channel| sample(i % width, i / width, channel));
    Rgb8 { width, height, data: (0..width * height).flat_map(pixel).collect() }
}
