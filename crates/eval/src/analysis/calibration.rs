//! Whether a score of 0.8 is right in eight of ten cases.

use serde::{Deserialize, Serialize};

use crate::metrics::{Answer, Cases, Ranked, Tally};
use crate::{Estimate, Method};

/// Bins that the scores are sorted into.
pub const BINS: usize = 10;

/// How far the scores are from being probabilities, over the answered images on which the category is present or absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Expected calibration error: the mean over the images of the distance between their bin's mean score and the
    /// share of defects in it (Naeini, Cooper and Hauskrecht 2015), in bins of equal mass.
    pub ece: Estimate,
    /// The calibration error that a perfectly calibrated analyzer would show on so many images by chance.
    pub ece_by_chance: f64,
    /// Brier's score (1950): the mean squared distance between the score and the truth as 1 or 0.
    pub brier: Estimate,
    /// The reliability curve, by rising score.
    pub bins: Vec<Bin>,
}

/// A bin of images with neighbouring scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// The lowest score in it.
    pub from: f64,
    /// The highest score in it.
    pub to: f64,
    /// The mean score in it.
    pub score: f64,
    /// The share of images with the defect in it.
    pub observed: Estimate,
}

impl Calibration {
    /// Of the cases of a category; `None` without scores.
    pub fn of(cases: &Cases) -> Option<Self> {
        let ranked = cases.by_score();
        if !cases.scored() || ranked.is_empty() {
            return None;
        }
        let groups = equal_mass(ranked);
        let highest: Vec<f64> = groups.iter().map(|group| group[0].score).collect();
        let mut brier = Tally::default();
        let mut observed = vec![Tally::default(); groups.len()];
        for case in cases.as_slice() {
            if let Answer::Decided { score, .. } = case.answer() {
                let error = score - as_share(case.truth);
                brier.add_value(case.cluster, error * error);
                observed[bin_of(&highest, score)].add(case.cluster, case.truth);
            }
        }
        let bins: Vec<Bin> = groups.iter().zip(observed).map(|(group, seen)| bin(group, seen)).collect();
        let n = ranked.len() as f64;
        let (mut ece, mut by_chance) = (0.0, 0.0);
        let mut signs = Vec::with_capacity(groups.len());
        for (group, bin) in groups.iter().zip(&bins) {
            let (share, observed) = (group.len() as f64 / n, bin.observed.value.unwrap_or(0.0));
            ece += share * (observed - bin.score).abs();
            let spread: f64 = group.iter().map(|s| s.score * (1.0 - s.score)).sum();
            // The mean distance from its middle of a normal distribution.
            by_chance += share * (2.0 / std::f64::consts::PI * spread).sqrt() / group.len() as f64;
            signs.push(if observed < bin.score { -1.0 } else { 1.0 });
        }
        Some(Self {
            ece: interval(ece, cases, |score| signs[bin_of(&highest, score)]),
            ece_by_chance: by_chance,
            brier: brier.estimate(),
            bins,
        })
    }
}

/// The first bin whose highest score is at least this one.
fn bin_of(highest: &[f64], score: f64) -> usize {
    highest.partition_point(|highest| *highest < score)
}

fn as_share(truth: bool) -> f64 {
    f64::from(u8::from(truth))
}

/// The interval of a mean of signed errors: the bins and their signs are held, so each error adds its own share.
fn interval(ece: f64, cases: &Cases, sign: impl Fn(f64) -> f64) -> Estimate {
    let (mut n, mut samples, mut squares) = (0u64, 0u64, 0.0);
    for sample in cases.as_slice().chunk_by(|a, b| a.cluster == b.cluster) {
        let (before, mut sum) = (n, 0.0);
        for case in sample {
            let Answer::Decided { score, .. } = case.answer() else { continue };
            sum += sign(score) * (as_share(case.truth) - score) - ece;
            n += 1;
        }
        samples += u64::from(n > before);
        squares += sum * sum;
    }
    let (n_images, samples) = (n as f64, samples as f64);
    let variance = squares / (n_images * n_images) * samples / (samples - 1.0).max(1.0);
    let known = samples > 1.0 && variance > 0.0 && ece > 0.0 && ece < 1.0;
    let effective = if known { (ece * (1.0 - ece) / variance).max(1.0) } else { samples };
    Estimate::wilson(ece, effective, n, Method::WilsonJackknife)
}

/// Cuts scores that are sorted, highest first, into at most [`BINS`] bins, lowest first: each is closed once it holds its share of
/// the images that were left, and never between equal scores.
fn equal_mass(ranked: &[Ranked]) -> Vec<&[Ranked]> {
    let mut bins = Vec::with_capacity(BINS);
    let (mut start, mut end) = (ranked.len(), ranked.len());
    for group in ranked.chunk_by(|a, b| a.score == b.score).rev() {
        start -= group.len();
        let wanted = end.div_ceil(BINS - bins.len());
        if end - start >= wanted {
            bins.push(&ranked[start..end]);
            end = start;
        }
    }
    if start < end {
        bins.push(&ranked[start..end]);
    }
    bins
}

fn bin(group: &[Ranked], observed: Tally) -> Bin {
    Bin {
        from: group[group.len() - 1].score,
        to: group[0].score,
        score: group.iter().map(|s| s.score).sum::<f64>() / group.len() as f64,
        observed: observed.estimate(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Case;

    /// Of score, sample and truth.
    fn calibrated(images: impl Iterator<Item = (f64, u32, bool)>) -> Calibration {
        let answer = |score| Answer::Decided { present: score >= 0.5, score };
        let case = |(score, cluster, truth)| Case::new(cluster, truth, answer(score));
        Calibration::of(&Cases::new(images.map(case).collect(), 4000, true)).unwrap()
    }

    #[test]
    fn equal_scores_share_a_bin_and_bins_are_of_equal_mass() {
        let images = (0..1000u32).map(|i| (f64::from(i % 100) / 100.0, i, i % 3 == 0));
        let calibration = calibrated(images);
        assert_eq!(calibration.bins.len(), BINS);
        assert!(calibration.bins.iter().all(|bin| bin.observed.n == 100), "{calibration:?}");
        let heap = (0..1000u32).map(|i| (if i < 900 { 0.0 } else { 0.5 }, i, i >= 950));
        let calibration = calibrated(heap);
        assert_eq!(calibration.bins.len(), 2);
        assert_eq!(calibration.ece.value, Some(0.0));
        assert!((calibration.brier.value.unwrap() - 0.025).abs() < 1e-12);
    }

    #[test]
    fn a_calibrated_score_errs_as_much_as_chance() {
        let draw = |i: u32, p: &str| crate::hash::unit(p, &[&i.to_le_bytes()]);
        let images = (0..4000u32).map(|i| (draw(i, "score"), i, draw(i, "truth") < draw(i, "score")));
        let calibration = calibrated(images);
        let (ece, chance) = (calibration.ece.value.unwrap(), calibration.ece_by_chance);
        assert!(ece < 2.0 * chance && ece > chance / 2.0, "{ece} {chance}");
        assert!((calibration.brier.value.unwrap() - 1.0 / 6.0).abs() < 0.01);
        let overconfident = (0..4000u32).map(|i| (0.9, i, i % 2 == 0));
        let calibration = calibrated(overconfident);
        assert!((calibration.ece.value.unwrap() - 0.4).abs() < 1e-9);
    }
}
