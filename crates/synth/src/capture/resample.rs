//! A picture on another grid of samples: coarser as a sensor bins light, and back as a phone enlarges.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

use retake_simd::nearest;

use crate::image::{LightRows, Rgb8};

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

    /// The first fine sample of a coarse one, and the shares from there on.
    #[inline(always)]
    pub(super) fn get(&self, i: usize) -> (usize, &[f32]) {
        let (first, begin, end) = self.spans[i];
        (first, &self.shares[begin..end])
    }

    /// For every coarse sample, its first fine one and the shares from there on.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.spans.iter().map(|&(first, begin, end)| (first, &self.shares[begin..end]))
    }
}

/// Takes the rows of light off a sensor that has coarser samples than the picture: the mean that falls on each.
pub(super) struct Binning {
    columns: Spans,
    rows: Spans,
    /// The rows of a coarse row added up, and one value more, so that one load of four gets any pixel.
    tall: Vec<f32>,
}

impl Binning {
    /// From a picture of one size, px, to a smaller one.
    pub(super) fn new([width, height]: [usize; 2], [to_width, to_height]: [usize; 2]) -> Self {
        Self {
            columns: Spans::new(width, to_width),
            rows: Spans::new(height, to_height),
            tall: vec![0.0; 3 * width + 1],
        }
    }

    /// The rows of the picture before this one make coarse row `y`.
    pub(super) fn end(&self, y: usize) -> usize {
        let (first, shares) = self.rows.get(y);
        first + shares.len()
    }

    /// The three channels of coarse row `y`.
    #[inline(always)]
    pub(super) fn row(&mut self, image: &LightRows, y: usize, channels: &mut [Vec<f32>; 3]) {
        let (first, shares) = self.rows.get(y);
        let mut sources = (first..).map(|y| image.row(y)).zip(shares);
        if let Some((row, share)) = sources.next() {
            for (sum, v) in self.tall.iter_mut().zip(row.as_flattened()) {
                *sum = share * v;
            }
        }
        for (row, share) in sources {
            for (sum, v) in self.tall.iter_mut().zip(row.as_flattened()) {
                *sum += share * v;
            }
        }
        let [reds, greens, blues] = channels;
        let outs = reds.iter_mut().zip(greens).zip(blues);
        for (((red, green), blue), (first, shares)) in outs.zip(self.columns.iter()) {
            [*red, *green, *blue, _] = gathered(&self.tall, first, shares, 0.0);
        }
    }
}

/// `start` and the pixels from `first` on by their shares; three values a pixel, the fourth of the result has no meaning.
#[inline(always)]
pub(crate) fn gathered(row: &[f32], first: usize, shares: &[f32], start: f32) -> [f32; 4] {
    let mut sum = [start; 4];
    for (i, share) in shares.iter().enumerate() {
        let pixel: &[f32; 4] = row[3 * (first + i)..].first_chunk().expect("a value follows");
        for k in 0..4 {
            sum[k] += share * pixel[k];
        }
    }
    sum
}

/// What an enlarged sample is made of: the first of four samples, the border repeated before and after, and their weights.
#[derive(Clone, Copy, Debug)]
struct Cubic {
    first: u32,
    weights: [f32; 4],
}

/// Samples that the border is repeated before the first one.
const BEFORE: usize = 2;

/// Weights of Catmull-Rom's cubic (Keys 1981, a = -1/2).
fn cubics(from: usize, to: usize) -> Vec<Cubic> {
    let one = |i: usize| {
        let x = (i as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let base = x.floor();
        let t = (x - base) as f32;
        let (t2, t3) = (t * t, t * t * t);
        let weights = [
            -0.5 * t + t2 - 0.5 * t3,
            1.0 - 2.5 * t2 + 1.5 * t3,
            0.5 * t + 2.0 * t2 - 1.5 * t3,
            -0.5 * t2 + 0.5 * t3,
        ];
        // The sample before the base, counted from the first of the border; the base is -1 at the least.
        Cubic { first: (base + (BEFORE as f64 - 1.0)) as u32, weights }
    };
    (0..to).map(one).collect()
}

/// Enlarges a picture with Catmull-Rom's cubic, as phones and messengers do: takes its rows one after the other and gives
/// the rows that they make as soon as they can be made.
pub(super) struct Enlarging {
    columns: Vec<Cubic>,
    rows: Vec<Cubic>,
    height: usize,
    /// The row that came last with its border, and one value more, so that one load of four gets any pixel.
    source: Vec<f32>,
    /// The last four rows already widened, with one value more.
    wide: [Vec<f32>; 4],
    /// Rows that were given.
    given: usize,
}

impl Enlarging {
    /// From a picture of one size, px, to another.
    pub(super) fn new([width, height]: [usize; 2], [to_width, to_height]: [usize; 2]) -> Self {
        Self {
            columns: cubics(width, to_width),
            rows: cubics(height, to_height),
            height,
            source: vec![0.0; 3 * (BEFORE + width + 2) + 1],
            wide: core::array::from_fn(|_| vec![0.0; 3 * to_width + 1]),
            given: 0,
        }
    }

    /// Takes row `y` of three bytes a pixel, and writes what can be made of all rows so far.
    #[inline(always)]
    pub(super) fn row(&mut self, y: usize, bytes: &[u8], out: &mut Rgb8) {
        let count = bytes.len();
        for (to, byte) in self.source[3 * BEFORE..].iter_mut().zip(bytes) {
            *to = f32::from(*byte);
        }
        for i in 0..3 {
            let (first, last) = (f32::from(bytes[i]), f32::from(bytes[count - 3 + i]));
            for pixel in 0..BEFORE {
                self.source[3 * pixel + i] = first;
                self.source[3 * (BEFORE + pixel) + count + i] = last;
            }
        }
        widen(&self.source, &self.columns, &mut self.wide[y % 4]);
        let stride = 3 * out.width;
        let last = self.height - 1;
        while let Some(Cubic { first, weights }) = self.rows.get(self.given) {
            let at = |d: usize| (*first as usize + d).saturating_sub(BEFORE).min(last);
            if at(3) > y {
                break;
            }
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| &self.wide[at(i) % 4][..stride]);
            mix_rows([a, b, c, d], weights, &mut out.data[self.given * stride..][..stride]);
            self.given += 1;
        }
    }
}

#[inline(always)]
fn widen(row: &[f32], columns: &[Cubic], out: &mut [f32]) {
    for (i, Cubic { first, weights: [p, q, r, s] }) in columns.iter().enumerate() {
        let around: &[f32; 13] = row[3 * *first as usize..].first_chunk().expect("the border follows");
        // The fourth value is overwritten by the next pixel.
        let out: &mut [f32; 4] = out[3 * i..].first_chunk_mut().expect("a value follows");
        for k in 0..4 {
            out[k] = p * around[k] + q * around[3 + k] + r * around[6 + k] + s * around[9 + k];
        }
    }
}

#[inline(always)]
fn mix_rows([a, b, c, d]: [&[f32]; 4], [p, q, r, s]: &[f32; 4], out: &mut [u8]) {
    for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        let v = p * a + q * b + r * c + s * d;
        *out = byte(v);
    }
}

/// The nearest byte.
#[inline(always)]
pub(super) fn byte(v: f32) -> u8 {
    nearest(v.max(0.0).min(255.0)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::LinearImage;

    #[test]
    fn coarse_sampling_keeps_light_and_enlarging_keeps_flat_colour() {
        let mut image = LinearImage::filled(97, 61, [0.1; 3]);
        for (i, p) in image.pixels.iter_mut().enumerate() {
            p[0] = (i % 7) as f32 * 0.1;
        }
        let mut binning = Binning::new([97, 61], [31, 22]);
        let mut sum = 0.0;
        for y in 0..22 {
            let mut channels = core::array::from_fn(|_| vec![0.0; 31]);
            binning.row(&image.clone().into(), y, &mut channels);
            sum += channels[0].iter().map(|v| f64::from(*v)).sum::<f64>();
        }
        let mean = image.pixels.iter().map(|p| f64::from(p[0])).sum::<f64>() / image.pixels.len() as f64;
        assert!((sum / (31.0 * 22.0) - mean).abs() < 1e-4);
        let mut large = Rgb8 { width: 40, height: 33, data: vec![0; 3 * 40 * 33] };
        let mut enlarging = Enlarging::new([9, 9], [40, 33]);
        for y in 0..9 {
            enlarging.row(y, &[77; 27], &mut large);
        }
        assert!(large.data.iter().all(|v| *v == 77));
    }
}
