//! A picture on another grid of samples: coarser as a sensor bins light, and back as a phone enlarges.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

use retake_simd::kernel;

use crate::image::{LinearImage, Rgb8};

/// Which samples fall into each of fewer samples, and with what share.
pub(super) struct Spans {
    /// First source sample, and where its shares begin and end.
    spans: Vec<(usize, usize, usize)>,
    shares: Vec<f32>,
}

impl Spans {
    pub(super) fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        let (mut spans, mut shares) = (Vec::with_capacity(to), Vec::new());
        for i in 0..to {
            let (start, end) = (i as f64 * scale, (i + 1) as f64 * scale);
            let (first, begin) = (start as usize, shares.len());
            shares.extend((first..(end.ceil() as usize).min(from)).map(|j| {
                let overlap = end.min((j + 1) as f64) - start.max(j as f64);
                (overlap / scale) as f32
            }));
            spans.push((first, begin, shares.len()));
        }
        Self { spans, shares }
    }

    /// For every coarse sample, its first fine one and the shares from there on.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.spans.iter().map(|&(first, begin, end)| (first, &self.shares[begin..end]))
    }
}

/// Mean of the light that falls on each sample of a coarser grid.
pub(super) fn area_average(image: &LinearImage, width: usize, height: usize) -> LinearImage {
    let (columns, rows) = (Spans::new(image.width, width), Spans::new(image.height, height));
    let mut out = LinearImage::unset(width, height);
    average(image, &columns, &rows, &mut out);
    out
}

kernel! {
    /// Puts the means of spans of `image` into `out`.
    fn average(image: &LinearImage, columns: &Spans, rows: &Spans, out: &mut LinearImage) {
        // The rows of a coarse row added up, and one value more, so that one load of four gets any pixel.
        let mut tall = vec![0.0f32; 3 * image.width + 1];
        for (out, (first, shares)) in out.pixels.chunks_exact_mut(out.width).zip(rows.iter()) {
            tall.fill(0.0);
            for (row, share) in image.pixels[first * image.width..].chunks_exact(image.width).zip(shares) {
                for (sum, v) in tall.iter_mut().zip(row.as_flattened()) {
                    *sum += share * v;
                }
            }
            for (out, (first, shares)) in out.iter_mut().zip(columns.iter()) {
                let sum = gathered(&tall, first, shares, 0.0);
                *out = [sum[0], sum[1], sum[2]];
            }
        }
    }
}

/// `start` and the pixels from `first` on by their shares; three values a pixel, the fourth of the result has no meaning.
#[inline(always)]
pub(super) fn gathered(row: &[f32], first: usize, shares: &[f32], start: f32) -> [f32; 4] {
    let mut sum = [start; 4];
    for (i, share) in shares.iter().enumerate() {
        let pixel: &[f32; 4] = row[3 * (first + i)..].first_chunk().expect("a value follows");
        for k in 0..4 {
            sum[k] += share * pixel[k];
        }
    }
    sum
}

/// The four samples that an enlarged one is made of, and their weights.
type Cubic = ([usize; 4], [f32; 4]);

/// Weights of Catmull-Rom's cubic (Keys 1981, a = -1/2), the border repeated.
fn cubics(from: usize, to: usize) -> Vec<Cubic> {
    (0..to)
        .map(|i| {
            let x = (i as f64 + 0.5) * from as f64 / to as f64 - 0.5;
            let base = x.floor();
            let t = (x - base) as f32;
            let at = core::array::from_fn(|d| {
                (base as isize - 1 + d as isize).clamp(0, from as isize - 1) as usize
            });
            let (t2, t3) = (t * t, t * t * t);
            let weights = [
                -0.5 * t + t2 - 0.5 * t3,
                1.0 - 2.5 * t2 + 1.5 * t3,
                0.5 * t + 2.0 * t2 - 1.5 * t3,
                -0.5 * t2 + 0.5 * t3,
            ];
            (at, weights)
        })
        .collect()
}

/// Enlarges with Catmull-Rom's cubic, as phones and messengers do.
pub(super) fn enlarge(image: &Rgb8, width: usize, height: usize) -> Rgb8 {
    let (columns, rows) = (cubics(image.width, width), cubics(image.height, height));
    let mut out = Rgb8 { width, height, data: vec![0; 3 * width * height] };
    widen_all(image, &columns, &rows, &mut out);
    out
}

/// A row of pixels, three values each, and one value more, so that one load of four gets any pixel.
type Wide = Vec<f32>;

kernel! {
    fn widen_all(image: &Rgb8, columns: &[Cubic], rows: &[Cubic], out: &mut Rgb8) {
        let width = out.width;
        // Rows already widened: a row of the result needs four that follow one another.
        let wide = || (usize::MAX, vec![0.0; 3 * width + 1]);
        let mut wide: [(usize, Wide); 4] = [wide(), wide(), wide(), wide()];
        let mut source = vec![0.0f32; 3 * image.width + 1];
        for ((at, weights), out) in rows.iter().zip(out.data.chunks_exact_mut(3 * width)) {
            for &row in at {
                let slot = &mut wide[row % 4];
                if slot.0 != row {
                    slot.0 = row;
                    let bytes = &image.data[row * image.width * 3..][..image.width * 3];
                    for (to, byte) in source.iter_mut().zip(bytes) {
                        *to = f32::from(*byte);
                    }
                    widen(&source, columns, &mut slot.1);
                }
            }
            let [a, b, c, d] = at.map(|row| &wide[row % 4].1[..3 * width]);
            mix_rows([a, b, c, d], weights, out);
        }
    }
}

#[inline(always)]
fn widen(row: &[f32], columns: &[Cubic], out: &mut [f32]) {
    let pixel = |i: usize| -> &[f32; 4] { row[3 * i..].first_chunk().expect("a value follows") };
    for (i, (at, [p, q, r, s])) in columns.iter().enumerate() {
        let (a, b, c, d) = (pixel(at[0]), pixel(at[1]), pixel(at[2]), pixel(at[3]));
        // The fourth value is overwritten by the next pixel.
        let out: &mut [f32; 4] = out[3 * i..].first_chunk_mut().expect("a value follows");
        for k in 0..4 {
            out[k] = p * a[k] + q * b[k] + r * c[k] + s * d[k];
        }
    }
}

#[inline(always)]
fn mix_rows([a, b, c, d]: [&[f32]; 4], [p, q, r, s]: &[f32; 4], out: &mut [u8]) {
    for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        let v = p * a + q * b + r * c + s * d;
        *out = (v + 0.5).max(0.0).min(255.0) as i32 as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarse_sampling_keeps_light_and_enlarging_keeps_flat_colour() {
        let mut image = LinearImage::filled(97, 61, [0.1; 3]);
        for (i, p) in image.pixels.iter_mut().enumerate() {
            p[0] = (i % 7) as f32 * 0.1;
        }
        let small = area_average(&image, 31, 22);
        let mean =
            |i: &LinearImage| i.pixels.iter().map(|p| f64::from(p[0])).sum::<f64>() / i.pixels.len() as f64;
        assert!((mean(&small) - mean(&image)).abs() < 1e-4);
        let flat = Rgb8 { width: 9, height: 9, data: vec![77; 243] };
        assert!(enlarge(&flat, 40, 33).data.iter().all(|v| *v == 77));
    }
}
