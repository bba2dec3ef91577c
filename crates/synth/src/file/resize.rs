//! Resizing a stored picture, as messengers do: cubic convolution, widened by the ratio where it shrinks, so that
//! nothing aliases.
//!
//! Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = -1/2; in the stored
//! (gamma-encoded) values, since that is what such programs work in. Plain f32 arithmetic in a fixed order.

use crate::image::Rgb8;

/// The size of a picture whose longer side shall be at most `longer` px, in the same proportions.
pub(super) fn fitted([width, height]: [u32; 2], longer: u32) -> [u32; 2] {
    let current = width.max(height);
    if current <= longer || longer == 0 {
        return [width, height];
    }
    let scale = |side: u32| {
        let rounded =
            (2 * u64::from(side) * u64::from(longer) + u64::from(current)) / (2 * u64::from(current));
        rounded.max(1) as u32
    };
    [scale(width), scale(height)]
}

/// The picture at this size, px.
pub(super) fn resized(picture: &Rgb8, width: usize, height: usize) -> Rgb8 {
    let across = taps(picture.width, width);
    let down = taps(picture.height, height);
    let narrow: Vec<f32> = picture
        .data
        .chunks_exact(3 * picture.width)
        .flat_map(|row| {
            let pixels = row.as_chunks::<3>().0;
            across.iter().flat_map(|taps| {
                let mut sum = [0.0f32; 3];
                for (pixel, weight) in pixels[taps.first..].iter().zip(&taps.weights) {
                    for (sum, sample) in sum.iter_mut().zip(pixel) {
                        *sum += weight * f32::from(*sample);
                    }
                }
                sum
            })
        })
        .collect();
    let mut data = Vec::with_capacity(3 * width * height);
    let mut sums = vec![0.0f32; 3 * width];
    for taps in &down {
        sums.fill(0.0);
        for (row, weight) in narrow.chunks_exact(3 * width).skip(taps.first).zip(&taps.weights) {
            for (sum, sample) in sums.iter_mut().zip(row) {
                *sum += weight * sample;
            }
        }
        data.extend(sums.iter().map(|sum| (sum + 0.5).floor().clamp(0.0, 255.0) as u8));
    }
    Rgb8 { width, height, data }
}

/// The source samples that make up one of the result.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

fn taps(from: usize, to: usize) -> Vec<Taps> {
    let ratio = from as f32 / to as f32;
    let width = ratio.max(1.0);
    let reach = 2.0 * width;
    let tap = |i: usize| {
        let centre = (i as f32 + 0.5) * ratio;
        let first = (centre - reach + 0.5).floor().max(0.0) as usize;
        let end = ((centre + reach + 0.5).floor() as usize).min(from);
        let weights: Vec<f32> = (first..end).map(|j| cubic((j as f32 + 0.5 - centre) / width)).collect();
        let total: f32 = weights.iter().sum();
        Taps { first, weights: weights.into_iter().map(|weight| weight / total).collect() }
    };
    (0..to).map(tap).collect()
}

fn cubic(x: f32) -> f32 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}
