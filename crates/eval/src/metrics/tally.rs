//! Means over images that come sample by sample, in one pass and constant memory.

use super::proportion;
use crate::estimate::{Estimate, Method};

/// A mean of values in 0-1 over images, and its interval with samples as the unit: for shares the streaming form of
/// `proportion::share`, which says how they are treated.
///
/// Images of one sample must be added one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    sample: Option<u32>,
    /// Of the sample under way: images, and the sum of their values.
    open: [f64; 2],
    sums: Sums,
}

impl Tally {
    /// Adds an image of a sample.
    pub fn add(&mut self, sample: u32, hit: bool) {
        self.push(sample, f64::from(u8::from(hit)));
    }

    /// Adds an image of a sample whose value is no yes or no but lies in 0-1.
    pub fn add_value(&mut self, sample: u32, value: f64) {
        self.sums.fractional = true;
        self.push(sample, value);
    }

    fn push(&mut self, sample: u32, value: f64) {
        if self.sample != Some(sample) {
            self.close();
            self.sample = Some(sample);
        }
        self.open[0] += 1.0;
        self.open[1] += value;
    }

    fn close(&mut self) {
        let [images, sum] = std::mem::take(&mut self.open);
        if images > 0.0 {
            let sums = &mut self.sums;
            sums.samples += 1;
            sums.n += images;
            sums.sum += sum;
            sums.vv += sum * sum;
            sums.vi += sum * images;
            sums.ii += images * images;
            sums.largest = sums.largest.max(images);
        }
    }

    /// The images of this tally that are not in `part`, which holds whole samples of it.
    #[must_use]
    pub fn without(mut self, mut part: Self) -> Self {
        self.close();
        part.close();
        let (all, part) = (&mut self.sums, &part.sums);
        all.samples -= part.samples.min(all.samples);
        all.n -= part.n;
        all.sum -= part.sum;
        all.vv -= part.vv;
        all.vi -= part.vi;
        all.ii -= part.ii;
        self
    }

    /// The images so far.
    pub fn images(&self) -> u64 {
        (self.sums.n + self.open[0]) as u64
    }

    /// The mean.
    pub fn estimate(mut self) -> Estimate {
        self.close();
        self.sums.estimate()
    }

    /// The mean, and the number of independent images that it is worth; nothing without images.
    pub fn value(mut self) -> Option<(f64, f64)> {
        self.close();
        self.sums.value()
    }
}

/// Recall, precision and the rate of false alarms while a threshold falls from image to image. One record a sample: what is
/// asked for in the order of scores is never in the processor's cache.
#[derive(Clone, Debug)]
pub(crate) struct Curves {
    by_sample: Vec<Standing>,
    recall: Sums,
    precision: Sums,
    alarms: Sums,
}

/// How the images of a sample stand.
#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    /// Images with the defect, and without it.
    all: [u32; 2],
    /// Those of them that are above the threshold.
    called: [u32; 2],
}

impl Curves {
    /// Over so many samples.
    pub(crate) fn new(samples: u32) -> Self {
        let [recall, precision, alarms] = [Sums::default(); 3];
        Self { by_sample: vec![Standing::default(); samples as usize], recall, precision, alarms }
    }

    /// One more image of a sample, below the threshold.
    pub(crate) fn add(&mut self, sample: u32, truth: bool) {
        let images = &mut self.by_sample[sample as usize].all[usize::from(!truth)];
        if truth { &mut self.recall } else { &mut self.alarms }.add_image(images, 0);
    }

    /// An image of a sample comes to be above the threshold.
    #[inline]
    pub(crate) fn call(&mut self, sample: u32, truth: bool) {
        let Standing { all, called } = &mut self.by_sample[sample as usize];
        let [with, without] = *called;
        self.precision.add_image(&mut { with + without }, with);
        if truth {
            self.precision.add_hit(with + without + 1, &mut { with });
            self.recall.add_hit(all[0], &mut called[0]);
        } else {
            self.alarms.add_hit(all[1], &mut called[1]);
        }
    }

    /// Recall, precision, and the rate of false alarms so far.
    pub(crate) fn estimates(&self) -> [Estimate; 3] {
        [&self.recall, &self.precision, &self.alarms].map(Sums::estimate)
    }
}

/// Sums over samples, each with its number of images and the sum of their values.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    samples: u64,
    /// Images.
    n: f64,
    /// Values.
    sum: f64,
    /// Values of a sample, squared.
    vv: f64,
    /// Values times images of a sample.
    vi: f64,
    /// Images of a sample, squared.
    ii: f64,
    /// The most images that a sample has.
    largest: f64,
    /// Whether values lie between 0 and 1.
    fractional: bool,
}

impl Sums {
    /// One more image, no hit so far, of a sample that had so many with so many hits.
    #[inline]
    fn add_image(&mut self, images: &mut u32, hits: u32) {
        self.samples += u64::from(*images == 0);
        self.n += 1.0;
        self.vi += f64::from(hits);
        self.ii += 2.0 * f64::from(*images) + 1.0;
        *images += 1;
        self.largest = self.largest.max(f64::from(*images));
    }

    /// One of the images of a sample turns out to be a hit.
    #[inline]
    fn add_hit(&mut self, images: u32, hits: &mut u32) {
        self.sum += 1.0;
        self.vv += 2.0 * f64::from(*hits) + 1.0;
        self.vi += f64::from(images);
        *hits += 1;
    }

    fn estimate(&self) -> Estimate {
        let Some((value, effective)) = self.value() else { return Estimate::NONE };
        let method = match (self.fractional, self.largest <= 1.0) {
            (true, _) => Method::WilsonJackknife,
            (false, true) => Method::Wilson,
            (false, false) => Method::WilsonClustered,
        };
        Estimate::wilson(value, effective, self.n as u64, method)
    }

    fn value(&self) -> Option<(f64, f64)> {
        if self.n == 0.0 {
            return None;
        }
        let p = (self.sum / self.n).clamp(0.0, 1.0);
        if !self.fractional && self.largest <= 1.0 {
            return Some((p, self.n));
        }
        if self.sum == 0.0 || self.sum == self.n || self.samples == 1 {
            return Some((p, self.samples as f64));
        }
        let squares = (self.vv - 2.0 * p * self.vi + p * p * self.ii) / (self.n * self.n);
        let variance = proportion::with_bessel(squares, self.samples);
        let independent = p * (1.0 - p) / variance;
        // Alternating twins have no variance at all between samples: at best, images are independent.
        let effective = match self.fractional {
            _ if variance <= 0.0 => self.n,
            true => independent,
            false => independent.min(self.n),
        };
        Some((p, effective))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Case, Cases};
    use super::*;

    #[test]
    fn one_pass_gives_what_the_stored_cases_give() {
        for (pattern, images) in
            [(0b1011_0111_0101_u32, [1, 2, 3]), (0b1111_1111_1111, [2, 2, 2]), (0b1, [1, 1, 1])]
        {
            let mut tally = Tally::default();
            let mut cases = Vec::new();
            for i in 0..12u32 {
                let sample =
                    (0..).find(|s| images.iter().cycle().take(*s as usize + 1).sum::<u32>() > i).unwrap();
                let hit = pattern >> i & 1 == 1;
                tally.add(sample, hit);
                let answer = Answer::Decided { present: hit, score: 0.0 };
                cases.push(Case::new(sample, true, answer));
            }
            let stored = proportion::share(&Cases::new(cases.clone(), 12, false), Case::called).estimate;
            let streamed = tally.estimate();
            let mut curves = Curves::new(12);
            cases.iter().for_each(|case| curves.add(case.cluster, true));
            let called = cases.iter().filter(|case| case.called() == Some(true));
            called.for_each(|case| curves.call(case.cluster, true));
            assert_eq!(curves.estimates()[0], streamed);
            assert_eq!((streamed.n, streamed.method), (stored.n, stored.method));
            for (a, b) in
                [(streamed.value, stored.value), (streamed.low, stored.low), (streamed.high, stored.high)]
            {
                assert!((a.unwrap() - b.unwrap()).abs() < 1e-12, "{streamed:?} {stored:?}");
            }
        }
    }

    #[test]
    fn what_is_taken_away_leaves_the_rest() {
        let [mut all, mut part, mut rest] = [Tally::default(); 3];
        for i in 0..60u32 {
            let hit = i % 7 < 4;
            all.add(i / 2, hit);
            if i / 2 % 3 == 0 { &mut part } else { &mut rest }.add(i / 2, hit);
        }
        assert_eq!(all.without(part).estimate(), rest.estimate());
    }

    #[test]
    fn the_mean_of_values_has_the_standard_error_of_a_mean() {
        let values = [0.1, 0.4, 0.35, 0.8, 0.2];
        let mut tally = Tally::default();
        values.iter().enumerate().for_each(|(i, v)| tally.add_value(i as u32, *v));
        let (mean, effective) = tally.value().unwrap();
        let m = values.iter().sum::<f64>() / 5.0;
        let variance = values.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / 4.0 / 5.0;
        assert!((mean - m).abs() < 1e-12 && (m * (1.0 - m) / effective - variance).abs() < 1e-12);
    }
}
