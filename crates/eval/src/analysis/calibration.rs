//! Whether a score of 0.8 is right in eight of ten cases.

use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::metrics::{Running, Tally};
use crate::table::{Column, Table};

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

/// An answered image.
#[derive(Clone, Copy)]
struct Scored {
    score: f64,
    sample: u32,
    truth: bool,
}

impl Calibration {
    /// Of a category; `None` without scores.
    pub fn of(table: &Table, column: &Column) -> Option<Self> {
        if !column.scored {
            return None;
        }
        let rows = (0..table.len()).filter(|row| column.replies[*row].answered());
        let scored = rows.filter_map(|row| {
            let truth = column.truth(row)?;
            Some(Scored { score: column.scores[row], sample: table.samples[row], truth })
        });
        Self::of_scored(scored.collect())
    }

    /// Of answered images as score, sample and truth; `None` without any.
    pub fn of_scores(images: impl IntoIterator<Item = (f64, u32, bool)>) -> Option<Self> {
        Self::of_scored(
            images.into_iter().map(|(score, sample, truth)| Scored { score, sample, truth }).collect(),
        )
    }

    fn of_scored(mut scored: Vec<Scored>) -> Option<Self> {
        let mut brier = Tally::default();
        scored.sort_unstable_by_key(|s| s.sample);
        let samples = scored.last().map_or(0, |last| last.sample + 1);
        for s in &scored {
            let error = s.score - f64::from(u8::from(s.truth));
            brier.add_value(s.sample, error * error);
        }
        scored.sort_by(|a, b| a.score.total_cmp(&b.score));
        let groups = equal_mass(&scored);
        let bins: Vec<Bin> = groups.iter().map(|group| bin(group, samples)).collect();
        let n = scored.len() as f64;
        let (mut ece, mut by_chance) = (0.0, 0.0);
        let mut errors = Vec::with_capacity(scored.len());
        for (group, bin) in groups.iter().zip(&bins) {
            let (share, observed) = (group.len() as f64 / n, bin.observed.value.unwrap_or(0.0));
            ece += share * (observed - bin.score).abs();
            let spread: f64 = group.iter().map(|s| s.score * (1.0 - s.score)).sum();
            // The mean distance from its middle of a normal distribution.
            by_chance += share * (2.0 / std::f64::consts::PI * spread).sqrt() / group.len() as f64;
            let sign = if observed < bin.score { -1.0 } else { 1.0 };
            errors.extend(group.iter().map(|s| (s.sample, sign * (f64::from(u8::from(s.truth)) - s.score))));
        }
        (!scored.is_empty()).then(|| Self {
            ece: interval(ece, &errors, samples),
            ece_by_chance: by_chance,
            brier: brier.estimate(),
            bins,
        })
    }
}

/// The interval of a mean of signed errors: the bins and their signs are held, so each error adds its own share.
fn interval(ece: f64, errors: &[(u32, f64)], samples: u32) -> Estimate {
    use crate::Method;
    let n = errors.len() as f64;
    let mut by_sample: Vec<Option<f64>> = vec![None; samples as usize];
    for (sample, error) in errors {
        *by_sample[*sample as usize].get_or_insert(0.0) += error - ece;
    }
    let influences = || by_sample.iter().flatten().map(|sum| sum / n);
    let squares: f64 = influences().map(|influence| influence * influence).sum();
    let samples = influences().count() as f64;
    let variance = squares * samples / (samples - 1.0).max(1.0);
    let known = samples > 1.0 && variance > 0.0 && ece > 0.0 && ece < 1.0;
    let effective = if known { (ece * (1.0 - ece) / variance).max(1.0) } else { samples };
    Estimate::wilson(ece, effective, errors.len() as u64, Method::WilsonJackknife)
}

/// Cuts sorted scores into at most [`BINS`] bins: each is closed once it holds its share of the images that were left, and
/// never between equal scores.
fn equal_mass(scored: &[Scored]) -> Vec<&[Scored]> {
    let mut bins = Vec::with_capacity(BINS);
    let (mut start, mut end) = (0, 0);
    for group in scored.chunk_by(|a, b| a.score == b.score) {
        end += group.len();
        let wanted = (scored.len() - start).div_ceil(BINS - bins.len());
        if end - start >= wanted {
            bins.push(&scored[start..end]);
            start = end;
        }
    }
    if start < end {
        bins.push(&scored[start..end]);
    }
    bins
}

fn bin(group: &[Scored], samples: u32) -> Bin {
    let mut observed = Running::new(samples);
    for image in group {
        observed.add_image(image.sample);
        if image.truth {
            observed.add_hit(image.sample);
        }
    }
    Bin {
        from: group[0].score,
        to: group[group.len() - 1].score,
        score: group.iter().map(|s| s.score).sum::<f64>() / group.len() as f64,
        observed: observed.estimate(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_share_a_bin_and_bins_are_of_equal_mass() {
        let images = (0..1000u32).map(|i| (f64::from(i % 100) / 100.0, i, i % 3 == 0));
        let calibration = Calibration::of_scores(images).unwrap();
        assert_eq!(calibration.bins.len(), BINS);
        assert!(calibration.bins.iter().all(|bin| bin.observed.n == 100), "{calibration:?}");
        let heap = (0..1000u32).map(|i| (if i < 900 { 0.0 } else { 0.5 }, i, i >= 950));
        let calibration = Calibration::of_scores(heap).unwrap();
        assert_eq!(calibration.bins.len(), 2);
        assert_eq!(calibration.ece.value, Some(0.0));
        assert!((calibration.brier.value.unwrap() - 0.025).abs() < 1e-12);
    }

    #[test]
    fn a_calibrated_score_errs_as_much_as_chance() {
        let draw = |i: u32, p: &str| crate::hash::unit(p, &[&i.to_le_bytes()]);
        let images = (0..4000u32).map(|i| (draw(i, "score"), i, draw(i, "truth") < draw(i, "score")));
        let calibration = Calibration::of_scores(images).unwrap();
        let (ece, chance) = (calibration.ece.value.unwrap(), calibration.ece_by_chance);
        assert!(ece < 2.0 * chance && ece > chance / 2.0, "{ece} {chance}");
        assert!((calibration.brier.value.unwrap() - 1.0 / 6.0).abs() < 0.01);
        let overconfident = (0..4000u32).map(|i| (0.9, i, i % 2 == 0));
        let calibration = Calibration::of_scores(overconfident).unwrap();
        assert!((calibration.ece.value.unwrap() - 0.4).abs() < 1e-9);
    }
}
