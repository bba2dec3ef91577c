//! How fine the card's structure is, by frequency.
//!
//! The power spectrum of print falls with frequency down to a floor, that of the sensor's noise and of the encoder. Where a picture was
//! enlarged nothing of the print is left past the frequency that its true samples could carry (Nyquist's), and the spectrum
//! reaches the floor there, sharply; blur pulls it down gradually and from lower frequencies on. Spectra are means of
//! periodograms over short windows that overlap by half (Welch, 1967).

use std::f32::consts::TAU;
use std::sync::LazyLock;

/// Samples of a window, px.
const WINDOW: usize = 64;

/// Frequencies that are told apart: up to half a cycle per pixel, without the mean.
pub(crate) const BINS: usize = WINDOW / 2;

/// Value from which a place is clipped and its window says nothing, byte scale.
const FULL: f32 = 252.0;

/// Windows that a spectrum must be a mean of.
const LEAST: u32 = 8;

/// The highest frequencies, as many as the floor is taken from.
const FLOOR: usize = 5;

/// Rise over the floor that counts as structure, log2 of power.
const RISE: f32 = 2.0;

/// Power that is added before logarithms are taken, squared byte scale.
const LEAST_POWER: f32 = 0.01;

/// Power by frequency along one direction, log2; index `k` is `k + 1` cycles per [`WINDOW`].
type Powers = [f32; BINS];

/// Power spectra of the card along rows and along columns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spectrum {
    /// None where too little of the card is seen.
    axes: [Option<Powers>; 2],
}

impl Spectrum {
    /// From what was summed along both directions.
    pub(crate) fn of(sums: [&Periodograms; 2]) -> Self {
        Self { axes: sums.map(Periodograms::mean) }
    }

    /// The highest frequency at which there is more than the floor, as a share of half a cycle per pixel: 1 for structure down
    /// to the pixel. 1 where nothing is known, too.
    pub(crate) fn cut_off(&self) -> f32 {
        let known: Vec<&Powers> = self.axes.iter().flatten().collect();
        if known.is_empty() {
            return 1.0;
        }
        let power: Powers =
            core::array::from_fn(|k| known.iter().map(|axis| axis[k]).sum::<f32>() / known.len() as f32);
        let level = power[BINS - FLOOR..].iter().sum::<f32>() / FLOOR as f32 + RISE;
        let Some(last) = power.iter().rposition(|p| *p > level) else { return 0.5 / BINS as f32 };
        let next = power.get(last + 1).copied().unwrap_or(level);
        let beyond = ((power[last] - level) / (power[last] - next).max(1e-3)).clamp(0.0, 1.0);
        ((last + 1) as f32 + beyond) / BINS as f32
    }

    /// Power at a frequency, cycles per pixel, along the axis with less and the one with more of it, log2 of squared byte
    /// scale; 0 where nothing is known.
    pub(crate) fn power(&self, frequency: f32) -> [f32; 2] {
        let at = (frequency * WINDOW as f32 - 1.0).clamp(0.0, (BINS - 1) as f32);
        let (low, share) = (at as usize, at.fract());
        let high = (low + 1).min(BINS - 1);
        let mut known = self.axes.iter().flatten().map(|axis| axis[low] + (axis[high] - axis[low]) * share);
        let Some(first) = known.next() else { return [0.0; 2] };
        let second = known.next().unwrap_or(first);
        [first.min(second), first.max(second)]
    }
}

/// Sums of periodograms along lines of one direction.
#[derive(Debug)]
pub(crate) struct Periodograms {
    sum: [f32; BINS],
    count: u32,
}

impl Default for Periodograms {
    fn default() -> Self {
        Self { sum: [0.0; BINS], count: 0 }
    }
}

impl Periodograms {
    /// Adds the windows of a line that do not clip.
    pub(crate) fn add(&mut self, line: &[f32]) {
        for start in (0..(line.len() + 1).saturating_sub(WINDOW)).step_by(WINDOW / 2) {
            let Some(window) = line[start..].first_chunk::<WINDOW>() else { continue };
            self.count += u32::from(add_window(window, &TABLES, &mut self.sum));
        }
    }

    fn mean(&self) -> Option<Powers> {
        let share = 1.0 / (self.count as f32 * WINDOW as f32);
        (self.count >= LEAST).then(|| self.sum.map(|sum| libm::log2f(sum * share + LEAST_POWER)))
    }
}

/// What a window is weighed and transformed by.
struct Tables {
    /// Hann's window.
    taper: [f32; WINDOW],
    /// Cosines and sines of each place from 1 to half the window's length, by frequency.
    cosines: [[f32; BINS]; BINS],
    sines: [[f32; BINS]; BINS],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let angle = |turns: usize| (turns % WINDOW) as f32 * (TAU / WINDOW as f32);
    let by =
        |of: fn(f32) -> f32| core::array::from_fn(|n| core::array::from_fn(|k| of(angle((n + 1) * (k + 1)))));
    Tables {
        taper: core::array::from_fn(|n| 0.5 - 0.5 * libm::cosf(angle(n))),
        cosines: by(libm::cosf),
        sines: by(libm::sinf),
    }
});

retake_simd::kernel! {
    /// Adds the periodogram of a window, its mean taken off, and says whether it counts: one that clips does not. Real input: places at
    /// equal distance from both ends are taken together.
    fn add_window(window: &[f32; WINDOW], tables: &Tables, sum: &mut [f32; BINS]) -> bool {
        let (mut most, mut mean) = ([0.0f32; LANES], [0.0f32; LANES]);
        for part in window.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                most[lane] = if part[lane] > most[lane] { part[lane] } else { most[lane] };
                mean[lane] += part[lane];
            }
        }
        if most.iter().any(|v| *v >= FULL) {
            return false;
        }
        let mean = mean.iter().sum::<f32>() / WINDOW as f32;
        let mut tapered = [0.0f32; WINDOW];
        for i in 0..WINDOW {
            tapered[i] = (window[i] - mean) * tables.taper[i];
        }
        let (mut real, mut imaginary) = ([0.0f32; BINS], [0.0f32; BINS]);
        for n in 1..=BINS {
            // The middle is its own mirror image, and its sines are 0.
            let mirrored = if n == BINS { 0.0 } else { tapered[WINDOW - n] };
            let (even, odd) = (tapered[n] + mirrored, tapered[n] - mirrored);
            let (cosines, sines) = (&tables.cosines[n - 1], &tables.sines[n - 1]);
            for k in 0..BINS {
                real[k] += even * cosines[k];
                imaginary[k] += odd * sines[k];
            }
        }
        // The first place stands for itself, and Hann's window is 0 there.
        for k in 0..BINS {
            sum[k] += real[k] * real[k] + imaginary[k] * imaginary[k];
        }
        true
    }
}

/// Places of a window that are looked at together.
const LANES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hash;

    /// White noise through a low pass at a share of half a cycle per pixel, with a floor of noise of its own.
    fn limited(share: f32, seed: u32) -> Vec<f32> {
        let reach = 40;
        let noise = |x: i32, channel: u32| (hash(x as u32, seed, channel) % 256) as f32 - 127.5;
        let kernel = |t: i32| {
            let window = 0.5 + 0.5 * libm::cosf(t as f32 / (reach + 1) as f32 * core::f32::consts::PI);
            let x = core::f32::consts::PI * share * t as f32;
            window * if t == 0 { share } else { share * libm::sinf(x) / x }
        };
        (0..640)
            .map(|x| {
                let passed: f32 = (-reach..=reach).map(|t| kernel(t) * noise(1000 + x + t, 0)).sum();
                110.0 + 0.8 * passed + 0.01 * noise(x, 1)
            })
            .collect()
    }

    fn of(lines: impl Iterator<Item = Vec<f32>>) -> Spectrum {
        let mut sums = Periodograms::default();
        lines.for_each(|line| sums.add(&line));
        Spectrum::of([&sums, &Periodograms::default()])
    }

    #[test]
    fn a_periodogram_is_what_the_sums_of_its_definition_give() {
        let line: Vec<f32> = (0..WINDOW as u32).map(|x| (hash(x, 7, 0) % 200) as f32).collect();
        let mut sums = Periodograms::default();
        sums.add(&line);
        assert_eq!(sums.count, 1);
        let mean = line.iter().map(|v| f64::from(*v)).sum::<f64>() / WINDOW as f64;
        for k in 0..BINS {
            let (mut real, mut imaginary) = (0.0f64, 0.0f64);
            for (n, v) in line.iter().enumerate() {
                let turn = core::f64::consts::TAU / WINDOW as f64 * n as f64;
                let tapered = (f64::from(*v) - mean) * (0.5 - 0.5 * libm::cos(turn));
                real += tapered * libm::cos(turn * (k + 1) as f64);
                imaginary += tapered * libm::sin(turn * (k + 1) as f64);
            }
            let expected = real * real + imaginary * imaginary;
            assert!((f64::from(sums.sum[k]) - expected).abs() < 1e-4 * expected + 1.0, "{k}");
        }
    }

    #[test]
    fn the_cut_off_is_where_a_low_pass_cuts() {
        for share in [0.25, 0.4, 0.6] {
            let found = of((0..24).map(|seed| limited(share, seed))).cut_off();
            // The window tells frequencies apart that differ by two of its cycles.
            assert!((0.0..0.08).contains(&(found - share)), "{share}: {found}");
        }
    }

    #[test]
    fn a_wave_has_its_power_at_its_frequency_and_clipped_windows_do_not_count() {
        let wave = |amplitude: f32| -> Vec<f32> {
            (0..320).map(|x| 120.0 + amplitude * libm::sinf(x as f32 * TAU * 0.125)).collect()
        };
        let spectrum = of((0..2).map(|_| wave(60.0)));
        let [low, high] = spectrum.power(0.125);
        // Amplitude squared by the window's length, by a quarter, by the squared mean of the taper.
        assert_eq!(low, high);
        assert!((low - libm::log2f(60.0 * 60.0 * 64.0 / 16.0)).abs() < 0.01, "{low}");
        assert!(spectrum.power(0.3)[1] < -4.0);
        let clipped = of((0..2).map(|_| wave(140.0)));
        assert_eq!(clipped, Spectrum::default());
        assert_eq!((clipped.cut_off(), clipped.power(0.1)), (1.0, [0.0; 2]));
    }
}
