//! The phone's processing, row by row: a row of light goes in, a finished row comes out some rows later, and the rows
//! between stay in the cache.

use retake_simd::{array, kernel};

use super::noise::Noise;
use super::tone::ToneCurve;
use crate::capture::resample::{Binning, Enlarging, byte};
use crate::image::{LightRows, Rgb8};
use crate::scene::Sensor;

/// Rows that are kept of every stage: more than any stage looks back.
const KEPT: usize = 16;
/// Rows from a row of light to the finished row.
const DELAY: usize = 8;

/// Rows of one stage, by their number.
struct Rows(Vec<Vec<f32>>);

impl Rows {
    fn new(width: usize) -> Self {
        Self(vec![vec![0.0; width]; KEPT])
    }

    #[inline(always)]
    fn get(&self, row: usize) -> &[f32] {
        &self.0[row % KEPT]
    }

    #[inline(always)]
    fn get_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.0[row % KEPT]
    }
}

/// The state between rows.
pub(super) struct Development {
    noise: Noise,
    curve: ToneCurve,
    gains: [f32; 3],
    denoise: f32,
    sharpen: f32,
    /// Variance of the noise for each byte of luma.
    variances: [f32; 256],
    /// Samples of the sensor across and down.
    size: [usize; 2],
    /// The way to the sensor's samples and back to the picture's, where the sensor has fewer.
    resampling: Option<(Binning, Enlarging)>,
    /// One row of each channel.
    light: [Vec<f32>; 3],
    luma: Rows,
    smooth: Rows,
    sharp: Rows,
    /// Blue and red difference at half the resolution: as they come, and after their mean.
    chroma: [Rows; 2],
    soft: [Rows; 2],
    sums: [Vec<f32>; 2],
    /// One finished row of each channel, and of pixels with a byte more.
    bytes: [Vec<u8>; 3],
    pixels: Vec<u8>,
    /// How many half samples around it the colour of one is mixed from.
    radius: usize,
    /// The next row of samples.
    next: usize,
}

impl Development {
    /// For a picture of one size, px, on a sensor with at most as many samples.
    pub(super) fn new(
        picture: [usize; 2],
        [width, height]: [usize; 2],
        sensor: &Sensor,
        noise: Noise,
        curve: ToneCurve,
        variances: [f32; 256],
    ) -> Self {
        let half = width.div_ceil(2);
        let denoise = sensor.denoise as f32;
        Self {
            noise,
            curve,
            gains: sensor.white_balance.map(|g| g as f32),
            denoise,
            sharpen: sensor.sharpen as f32,
            variances,
            size: [width, height],
            resampling: (picture != [width, height]).then(|| {
                let size = [width, height];
                (Binning::new(picture, size), Enlarging::new(size, picture))
            }),
            light: core::array::from_fn(|_| vec![0.0; width]),
            luma: Rows::new(width),
            smooth: Rows::new(width),
            sharp: Rows::new(width),
            chroma: [Rows::new(half), Rows::new(half)],
            soft: [Rows::new(half), Rows::new(half)],
            sums: [vec![0.0; width], vec![0.0; width]],
            bytes: core::array::from_fn(|_| vec![0; width]),
            pixels: vec![0; 3 * width + 1],
            radius: if denoise > 0.0 { 1 } else { 0 },
            next: 0,
        }
    }

    /// The last row of the picture, and of chroma.
    fn last(&self) -> [usize; 2] {
        [self.size[1] - 1, self.size[1].div_ceil(2) - 1]
    }

    /// Noise, white balance and tone of a row; luma and the sums of the colour differences.
    #[inline(always)]
    fn expose(&mut self, y: usize, frame: &LightRows) {
        match &mut self.resampling {
            Some((binning, _)) => binning.row(frame, y, &mut self.light),
            None => split(frame.row(y), &mut self.light),
        }
        for (k, channel) in self.light.iter_mut().enumerate() {
            self.noise.add(y, k as u32, channel);
            let mut gain = self.gains[k];
            if self.curve.has_toe() {
                channel.iter_mut().for_each(|v| *v = self.curve.lift(*v * gain));
                gain = 1.0;
            }
            for v in channel.iter_mut() {
                *v = self.curve.encode(*v * gain);
            }
        }
        let [r, g, b] = &self.light;
        let luma = self.luma.get_mut(y);
        for (((luma, r), g), b) in luma.iter_mut().zip(r).zip(g).zip(b) {
            *luma = 0.299 * r + 0.587 * g + 0.114 * b;
        }
        let luma = self.luma.get(y);
        let fresh = y.is_multiple_of(2);
        // The last row of an odd height stands for two.
        let weight = if fresh && y == self.size[1] - 1 { 0.5 } else { 0.25 };
        for (rows, channel) in self.chroma.iter_mut().zip([b, r]) {
            let sums = rows.get_mut(y / 2);
            halve(sums, channel, luma, weight, fresh);
        }
    }

    /// Means of the colour differences around row `y` of them.
    #[inline(always)]
    fn soften(&mut self, y: usize) {
        let [_, last] = self.last();
        for (from, to) in self.chroma.iter().zip(&mut self.soft) {
            let out = to.get_mut(y);
            if self.radius == 0 {
                out.copy_from_slice(from.get(y));
                continue;
            }
            let rows = [y.saturating_sub(1), y, (y + 1).min(last)].map(|row| from.get(row));
            mean_of_nine(rows, &mut self.sums[0][..out.len()], out);
        }
    }

    #[inline(always)]
    fn denoise(&mut self, y: usize) {
        let [last, _] = self.last();
        let rows = [y.saturating_sub(1), y, (y + 1).min(last)].map(|row| self.luma.get(row));
        let out = self.smooth.get_mut(y);
        if self.denoise > 0.0 {
            denoise(rows, self.denoise, &self.variances, &mut self.sums, out);
        } else {
            out.copy_from_slice(rows[1]);
        }
    }

    #[inline(always)]
    fn sharpen(&mut self, y: usize) {
        let [last, _] = self.last();
        let row = |d: usize| (y + d).saturating_sub(2).min(last);
        let rows = [0, 1, 2, 3, 4].map(|d| self.smooth.get(row(d)));
        unsharp(rows, self.sharpen, &mut self.sums[0], self.sharp.get_mut(y));
    }

    /// Whether the rows of light before `ready` make row `y` of samples.
    #[inline(always)]
    fn is_lit(&self, y: usize, ready: usize) -> bool {
        self.resampling.as_ref().map_or(y + 1, |(binning, _)| binning.end(y)) <= ready
    }

    #[inline(always)]
    fn run(&mut self, frame: &LightRows, ready: usize, picture: &mut Rgb8) {
        let [_, height] = self.size;
        let halves = height.div_ceil(2);
        while self.next < height + DELAY && (self.next >= height || self.is_lit(self.next, ready)) {
            let y = self.next;
            self.next += 1;
            if y < height {
                self.expose(y, frame);
            }
            if (1..=height).contains(&y) {
                self.denoise(y - 1);
            }
            if (3..height + 3).contains(&y) {
                self.sharpen(y - 3);
            }
            // The next row of differences is whole three rows on.
            if y % 2 == 1 && (3..2 * halves + 3).contains(&y) {
                self.soften((y - 3) / 2);
            }
            if y >= DELAY {
                self.finish(y - DELAY, picture);
            }
        }
    }

    /// The bytes of row `y`.
    #[inline(always)]
    fn finish(&mut self, y: usize, picture: &mut Rgb8) {
        let [_, last] = self.last();
        // A row of pixels lies a quarter of a step above or below the middle of its row of differences.
        let near = y / 2;
        let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(last) };
        let [blue, red] = &mut self.sums;
        for (wide, rows) in [(blue, &self.soft[0]), (red, &self.soft[1])] {
            enlarge(rows.get(near), rows.get(far), &mut self.light[0], wide);
        }
        let luma = self.sharp.get(y);
        let [blue, red] = &self.sums;
        let [reds, greens, blues] = &mut self.bytes;
        for (((out, y), r), b) in greens.iter_mut().zip(luma).zip(red).zip(blue) {
            *out = byte(y - (0.299 * r + 0.114 * b) * (1.0 / 0.587));
        }
        for (bytes, differences) in [(&mut *reds, red), (&mut *blues, blue)] {
            for ((out, y), difference) in bytes.iter_mut().zip(luma).zip(differences) {
                *out = byte(y + difference);
            }
        }
        interleave([reds, greens, blues], &mut self.pixels);
        let pixels = &self.pixels[..3 * luma.len()];
        match &mut self.resampling {
            Some((_, enlarging)) => enlarging.row(y, pixels, picture),
            None => picture.data[y * pixels.len()..][..pixels.len()].copy_from_slice(pixels),
        }
    }
}

/// Puts a row's channels together, three bytes a pixel; one byte more is written.
#[inline(always)]
fn interleave([r, g, b]: [&[u8]; 3], out: &mut [u8]) {
    const COUNT: usize = 16;
    let words = |r: &[u8; COUNT], g: &[u8; COUNT], b: &[u8; COUNT]| -> [u32; COUNT] {
        array!(COUNT, |i| u32::from(r[i]) | u32::from(g[i]) << 8 | u32::from(b[i]) << 16)
    };
    let (reds, rest) = r.as_chunks::<COUNT>();
    let chunks = reds.iter().zip(g.as_chunks::<COUNT>().0).zip(b.as_chunks::<COUNT>().0);
    for (chunk, ((r, g), b)) in chunks.enumerate() {
        let out: &mut [u8; 3 * COUNT + 1] =
            out[3 * COUNT * chunk..].first_chunk_mut().expect("a byte follows");
        // The fourth byte of each is overwritten by the next.
        for (i, word) in words(r, g, b).into_iter().enumerate() {
            out[3 * i..3 * i + 4].copy_from_slice(&word.to_le_bytes());
        }
    }
    for i in r.len() - rest.len()..r.len() {
        out[3 * i..3 * i + 3].copy_from_slice(&[r[i], g[i], b[i]]);
    }
}

/// Takes a row's channels apart.
#[inline(always)]
fn split(row: &[[f32; 3]], [r, g, b]: &mut [Vec<f32>; 3]) {
    for (((r, g), b), pixel) in r.iter_mut().zip(g).zip(b).zip(row) {
        (*r, *g, *b) = (pixel[0], pixel[1], pixel[2]);
    }
}

kernel! {
    /// Runs the rows of light before `ready` through the stages.
    pub(super) fn develop(state: &mut Development, frame: &LightRows, ready: usize, picture: &mut Rgb8) {
        state.run(frame, ready, picture);
    }
}

/// Adds the means of pairs of `channel - luma` to `sums`, or begins them anew.
#[inline(always)]
fn halve(sums: &mut [f32], channel: &[f32], luma: &[f32], weight: f32, fresh: bool) {
    let keep = if fresh { 0.0 } else { 1.0 };
    let (pairs, rest) = channel.as_chunks::<2>();
    let (lumas, _) = luma.as_chunks::<2>();
    for ((sum, [a, b]), [p, q]) in sums.iter_mut().zip(pairs).zip(lumas) {
        *sum = *sum * keep + weight * ((a - p) + (b - q));
    }
    if let ([v], Some(sum)) = (rest, sums.last_mut()) {
        *sum = *sum * keep + 2.0 * weight * (v - luma[luma.len() - 1]);
    }
}

/// Means over three by three samples, the border repeated.
#[inline(always)]
fn mean_of_nine([above, row, below]: [&[f32]; 3], sums: &mut [f32], out: &mut [f32]) {
    for (((sum, a), b), c) in sums.iter_mut().zip(above).zip(row).zip(below) {
        *sum = (a + b + c) * (1.0 / 9.0);
    }
    let last = out.len() - 1;
    for (out, around) in out[1..].iter_mut().zip(sums.windows(3)) {
        *out = around[0] + around[1] + around[2];
    }
    out[0] = 2.0 * sums[0] + sums[1.min(last)];
    out[last] = 2.0 * sums[last] + sums[last.saturating_sub(1)];
}

/// A row at twice the resolution, three quarters of the near row and a quarter of the far one, the same along the row.
#[inline(always)]
fn enlarge(near: &[f32], far: &[f32], tall: &mut [f32], out: &mut [f32]) {
    let count = near.len();
    let tall = &mut tall[..count];
    for ((tall, near), far) in tall.iter_mut().zip(near).zip(far) {
        *tall = 0.75 * near + 0.25 * far;
    }
    let last = out.len() - 1;
    out[0] = tall[0];
    out[last] = tall[count - 1];
    let (pairs, _) = out[1..].as_chunks_mut::<2>();
    for (pair, [left, right]) in pairs.iter_mut().zip(tall.array_windows::<2>()) {
        *pair = [0.75 * left + 0.25 * right, 0.25 * left + 0.75 * right];
    }
}

/// Lee's filter (1980): pulls luma to its local mean by the share of the local variance that is noise. `variances` are the
/// noise's, for each byte of luma.
#[inline(always)]
pub(super) fn denoise(
    [above, row, below]: [&[f32]; 3],
    strength: f32,
    variances: &[f32; 256],
    [sums, squares]: &mut [Vec<f32>; 2],
    out: &mut [f32],
) {
    const NINTH: f32 = 1.0 / 9.0;
    for ((((sum, square), a), b), c) in sums.iter_mut().zip(squares.iter_mut()).zip(above).zip(row).zip(below)
    {
        *sum = (a + b + c) * NINTH;
        *square = (a * a + b * b + c * c) * NINTH;
    }
    // Noise alone often looks twice its variance in nine pixels.
    let expected = |mean: f32| 2.0 * variances[usize::from(byte(mean))];
    let pull = |v: f32, mean: f32, square: f32, noise: f32| {
        let variance = (square - mean * mean).max(1e-6);
        let keep = 1.0 - strength * (noise / variance).min(1.0);
        mean + (v - mean) * keep
    };
    let one = |v: f32, mean: f32, square: f32| pull(v, mean, square, expected(mean));
    let last = out.len() - 1;
    // The table is looked up apart from the arithmetic, which then runs many pixels at a time.
    for (out, s) in out[1..].iter_mut().zip(sums.array_windows::<3>()) {
        *out = expected(s[0] + s[1] + s[2]);
    }
    let around = sums.array_windows::<3>().zip(squares.array_windows::<3>());
    for ((out, v), (s, q)) in out[1..].iter_mut().zip(&row[1..]).zip(around) {
        *out = pull(*v, s[0] + s[1] + s[2], q[0] + q[1] + q[2], *out);
    }
    let near = last.saturating_sub(1);
    out[0] = one(row[0], 2.0 * sums[0] + sums[1.min(last)], 2.0 * squares[0] + squares[1.min(last)]);
    out[last] = one(row[last], 2.0 * sums[last] + sums[near], 2.0 * squares[last] + squares[near]);
}

/// Unsharp mask with a binomial blur of one pixel's deviation.
#[inline(always)]
pub(super) fn unsharp([a, b, c, d, e]: [&[f32]; 5], amount: f32, tall: &mut [f32], out: &mut [f32]) {
    const SIXTEENTH: f32 = 1.0 / 16.0;
    for (((((tall, a), b), c), d), e) in tall.iter_mut().zip(a).zip(b).zip(c).zip(d).zip(e) {
        *tall = ((a + e) + 4.0 * (b + d) + 6.0 * c) * SIXTEENTH;
    }
    let last = out.len() - 1;
    let mix = |v: f32, [a, b, c, d, e]: [f32; 5]| {
        let soft = ((a + e) + 4.0 * (b + d) + 6.0 * c) * SIXTEENTH;
        v + amount * (v - soft)
    };
    let at = |i: usize, d: usize| tall[(i + d).saturating_sub(2).min(last)];
    for i in (0..2.min(out.len())).chain(last.saturating_sub(1)..=last) {
        out[i] = mix(c[i], core::array::from_fn(|d| at(i, d)));
    }
    if out.len() > 4 {
        for ((out, v), around) in out[2..last - 1].iter_mut().zip(&c[2..]).zip(tall.array_windows::<5>()) {
            *out = mix(*v, *around);
        }
    }
}
