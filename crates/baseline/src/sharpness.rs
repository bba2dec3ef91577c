//! The finest structure of the card, at the picture's full resolution.
//!
//! Along rows and columns through the card two things are measured. *Steps* of contrast: how wide they are. And
//! *flat places*: how fast what little happens there changes from pixel to pixel, as the energy of second
//! differences over that of first differences. For noise that is independent between pixels the ratio is exactly 3
//! (variances 6 and 2 times the noise's); the smoother the structure, the nearer to 0. A phone's denoising and the encoder
//! leave about 2, and enlarging by a factor takes off about the share of samples that are not true.

use crate::picture::{Picture, Pixels, luma_of};
use crate::plane::marked;
use crate::plane::quantile;
use crate::spectrum::{Periodograms, Spectrum};

/// Rows, and as many columns, that are looked at.
const LINES: usize = 48;

/// Range of [`WINDOW`] pixels in a row below which they are flat, byte scale.
const FLAT: f32 = 14.0;

/// Pixels in a row that are flat or not.
const WINDOW: usize = 11;

/// Value from which a place is not flat but full, byte scale.
const FULL: f32 = 252.0;

/// Least contrast of a step, byte scale.
const STEP: f32 = 40.0;

/// Slope at which a step ends, share of its steepest slope.
const FOOT: f32 = 0.08;

/// Roughness at which hardly a sample is true, and at which all are, after a phone's denoising and compression: counted on the training
/// recipe.
const ROUGHNESS_OF_NONE: f32 = 1.0;
const ROUGHNESS_OF_ALL: f32 = 2.0;

/// What the finest structure looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sharpness {
    /// Median width of steps (contrast over steepest slope) along rows and along columns, px; 0 without steps.
    pub(crate) edge_widths: [f32; 2],
    /// Energy of second over first differences in flat places, mean of both axes, 0-4.
    pub(crate) roughness: f32,
    /// Power by frequency.
    pub(crate) spectrum: Spectrum,
}

impl Sharpness {
    /// Measures inside the card's upright box.
    pub(crate) fn of(picture: &Picture) -> Self {
        match &picture.pixels {
            Pixels::Photo { luma, .. } => {
                Self::along(picture, |x, y| f32::from(luma.values[y * luma.stride + x]))
            }
            Pixels::Rgb(rgb) => {
                let (raw, width) = (rgb.as_raw(), rgb.width() as usize);
                Self::along(picture, |x, y| {
                    let i = 3 * (y * width + x);
                    luma_of([0, 1, 2].map(|c| f32::from(raw[i + c])))
                })
            }
        }
    }

    /// Measures along rows and columns, given the luma of each pixel.
    fn along(picture: &Picture, luma: impl Fn(usize, usize) -> f32) -> Self {
        let scale = picture.work.scale;
        let quad = &picture.card().quad;
        let [xs, ys] = [0, 1].map(|axis| {
            let at = quad.map(|p| ((p[axis] * scale).max(0.0) as usize).min(picture.size[axis]));
            [at.into_iter().min().unwrap_or(0), at.into_iter().max().unwrap_or(0)]
        });
        let (mut edge_widths, mut roughness) = ([0.0; 2], 0.0);
        let mut periodograms = [(); 2].map(|()| Periodograms::default());
        for axis in [0, 1] {
            let ([from, to], [first, last]) = if axis == 0 { (xs, ys) } else { (ys, xs) };
            let across = |k: usize| first + (last - first) * (2 * k + 1) / (2 * LINES);
            let length = to - from;
            let mut lines = vec![0.0; LINES * length];
            if axis == 0 {
                for (k, line) in lines.chunks_exact_mut(length.max(1)).enumerate() {
                    line.iter_mut().enumerate().for_each(|(i, v)| *v = luma(from + i, across(k)));
                }
            } else {
                // Columns are read side by side: down one after the other, each pixel would be on a page of its own.
                for i in 0..length {
                    (0..LINES).for_each(|k| lines[k * length + i] = luma(across(k), from + i));
                }
            }
            let mut profile = Profile::default();
            for line in lines.chunks_exact(length.max(1)) {
                profile.add(line);
                periodograms[axis].add(line);
            }
            edge_widths[axis] = quantile(&mut profile.widths, 0.5);
            roughness += 0.5 * profile.roughness();
        }
        Self { edge_widths, roughness, spectrum: Spectrum::of(periodograms.each_ref()) }
    }

    /// Share of the samples along an axis that are true, above 0 to 1.
    pub(crate) fn sampling(&self) -> f32 {
        ((self.roughness - ROUGHNESS_OF_NONE) / (ROUGHNESS_OF_ALL - ROUGHNESS_OF_NONE)).clamp(0.12, 1.0)
    }
}

/// Sums along lines of one direction.
#[derive(Debug, Default)]
struct Profile {
    widths: Vec<f32>,
    first: f64,
    second: f64,
    /// Least and greatest value of the window from each pixel on.
    low: Vec<f32>,
    high: Vec<f32>,
    /// Places at which a slope is steeper than its neighbours.
    marks: Vec<u8>,
}

retake_simd::kernel! {
    /// Puts the least and the greatest of the [`WINDOW`] values from each place on in that place; the last places hold what is
    /// left over. By doubling, as in van Herk's filter without its bookkeeping.
    fn running(low: &mut [f32], high: &mut [f32]) {
        let mut covered = 1;
        while covered < WINDOW {
            let step = covered.min(WINDOW - covered);
            let length = low.len().saturating_sub(step);
            for i in 0..length {
                let (a, b) = (low[i], low[i + step]);
                low[i] = if b < a { b } else { a };
            }
            for i in 0..length {
                let (a, b) = (high[i], high[i + step]);
                high[i] = if b > a { b } else { a };
            }
            covered += step;
        }
    }
}

retake_simd::kernel! {
    /// Energies of the first and second differences in the flat places of a line, and marks of the places whose slope is steeper
    /// than their neighbours'. A mark and an energy stand for the difference from a place to the next.
    fn differences(line: &[f32], low: &[f32], high: &[f32], marks: &mut [u8]) -> [f32; 2] {
        let (mut firsts, mut seconds) = ([0.0f32; LANES], [0.0f32; LANES]);
        let n = line.len();
        let (low, high, marks) = (&low[..n], &high[..n], &mut marks[..n]);
        let (first, last) = (WINDOW / 2, n - WINDOW / 2);
        let mut i = first;
        while i < last {
            // A line's end is not worth a loop of its own: places before it are looked at twice and counted once.
            let from = i.min(last - LANES);
            let values = &line[from - 1..from + LANES + 2];
            let window = from - WINDOW / 2..from - WINDOW / 2 + LANES;
            let (least, most) = (&low[window.clone()], &high[window]);
            let marks = &mut marks[from..from + LANES];
            let counted = (i - from) as u32;
            for lane in 0..LANES {
                let before = values[lane + 1] - values[lane];
                let slope = values[lane + 2] - values[lane + 1];
                let after = values[lane + 3] - values[lane + 2];
                let flat = (most[lane] - least[lane] < FLAT) & (most[lane] < FULL);
                let weight = if flat & (lane as u32 >= counted) { 1.0 } else { 0.0 };
                let (steep, bend) = (slope * slope, slope - before);
                firsts[lane] += weight * steep;
                seconds[lane] += weight * (bend * bend);
                let is_step = (steep > 36.0) & (steep >= before * before) & (steep > after * after);
                marks[lane] = u8::from(is_step);
            }
            i = from + LANES;
        }
        [firsts.iter().sum(), seconds.iter().sum()]
    }
}

/// Places of a line that are looked at together.
const LANES: usize = 16;

/// Shortest line that says anything, px.
const SHORTEST: usize = 2 * WINDOW + LANES;

impl Profile {
    fn add(&mut self, line: &[f32]) {
        if line.len() < SHORTEST {
            return;
        }
        self.low.clear();
        self.low.extend_from_slice(line);
        self.high.clear();
        self.high.extend_from_slice(line);
        running(&mut self.low, &mut self.high);
        self.marks.clear();
        self.marks.resize(line.len(), 0);
        let [first, second] = differences(line, &self.low, &self.high, &mut self.marks);
        self.first += f64::from(first);
        self.second += f64::from(second);
        let marks = std::mem::take(&mut self.marks);
        marked(&marks).for_each(|i| self.step(line, i, line[i + 1] - line[i]));
        self.marks = marks;
    }

    /// Walks down both sides of the steepest place of a step.
    fn step(&mut self, line: &[f32], at: usize, slope: f32) {
        let foot = FOOT * slope.abs();
        let rises = |k: usize| (line[k + 1] - line[k]) * slope.signum() > foot;
        let (mut low, mut high) = (at, at + 1);
        while low > 0 && rises(low - 1) {
            low -= 1;
        }
        while high + 1 < line.len() && rises(high) {
            high += 1;
        }
        let contrast = (line[high] - line[low]).abs();
        if contrast > STEP {
            self.widths.push(contrast / slope.abs());
        }
    }

    fn roughness(&self) -> f32 {
        // Without any structure there is no sign of missing samples.
        if self.first > 0.0 { (self.second / self.first) as f32 } else { 2.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hash;

    #[test]
    fn a_gaussian_edge_is_as_wide_as_its_deviation_says() {
        // Contrast over steepest slope of a Gaussian edge is sigma times the root of 2 pi.
        for sigma in [1.5f32, 3.0, 5.0] {
            let line: Vec<f32> = (0..200)
                .map(|x| {
                    60.0 + 70.0 * (1.0 + libm::erff((x as f32 - 99.5) / (sigma * core::f32::consts::SQRT_2)))
                })
                .collect();
            let mut profile = Profile::default();
            profile.add(&line);
            assert_eq!(profile.widths.len(), 1);
            let expected = sigma * core::f32::consts::TAU.sqrt();
            // The foot of the edge below the least slope is left out.
            let off = profile.widths[0] / expected;
            assert!((0.9..1.05).contains(&off), "sigma {sigma}: {off}");
        }
    }

    #[test]
    fn independent_noise_is_three_and_enlarged_noise_is_smoother() {
        let noise = |x: u32, y: u32| 128.0 + (hash(x, y, 0) % 9) as f32 - 4.0;
        let roughness = |factor: f32| {
            let mut profile = Profile::default();
            for y in 0..60 {
                let line: Vec<f32> = (0..600)
                    .map(|x| {
                        let at = x as f32 / factor;
                        let (k, t) = (at as u32, at.fract());
                        noise(k, y) * (1.0 - t) + noise(k + 1, y) * t
                    })
                    .collect();
                profile.add(&line);
            }
            profile.roughness()
        };
        assert!((roughness(1.0) - 3.0).abs() < 0.1, "{}", roughness(1.0));
        let enlarged = [1.0, 1.5, 2.0, 4.0].map(roughness);
        assert!(enlarged.is_sorted_by(|a, b| a > b), "{enlarged:?}");
    }
}
