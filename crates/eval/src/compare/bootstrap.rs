//! Intervals of differences, from samples drawn again and again.
//!
//! A replicate draws as many samples as there are, with replacement, and takes every metric of both runs on what was drawn;
//! the middle 95 % of the differences are the interval. Images of one sample are drawn together, both runs on the same draw.

use std::collections::BTreeMap;

use super::CategoryComparison;
use crate::metrics::{self, Cases};
use crate::{Difference, Estimate, Method, hash, parallel};

/// How much to draw.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Makes the draws.
    pub seed: u64,
    /// Replicates; fewer are drawn on large runs, where each tells more.
    pub replicates: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Self { seed: 0, replicates: 2000 }
    }
}

/// Cases times replicates that are worth waiting for.
const WORK: u64 = 400_000_000;
/// However large the run.
const FEWEST: u32 = 300;

/// The differences of every replicate, by category and metric.
pub(super) struct Replicates {
    /// By replicate, then by category and metric.
    drawn: Vec<Vec<Vec<Option<f64>>>>,
}

/// Draws the differences between two runs, whose cases of each category stand in the same order.
pub(super) fn differences(cases: &[[Cases; 2]], samples: u32, plan: &Plan) -> Replicates {
    let size: u64 =
        cases.iter().map(|pair| pair[0].as_slice().len() as u64 * 2 * metrics::ALL.len() as u64).sum();
    let affordable = u32::try_from(WORK / size.max(1)).unwrap_or(u32::MAX);
    let count = plan.replicates.min(affordable.max(FEWEST)).max(1) as usize;
    // Sorted once, before threads share them.
    for metric in metrics::ALL {
        cases.iter().flatten().for_each(|cases| drop(metric.assess(cases)));
    }
    let drawn = parallel::map(count, |replicate| {
        let weights = weights(plan.seed, replicate as u64, samples);
        let of = |pair: &[Cases; 2]| {
            let difference = |metric: &&dyn metrics::Metric| {
                Some(metric.resampled(&pair[1], &weights)? - metric.resampled(&pair[0], &weights)?)
            };
            metrics::ALL.iter().map(difference).collect()
        };
        cases.iter().map(of).collect()
    });
    Replicates { drawn }
}

/// How often each sample is drawn in a replicate.
fn weights(seed: u64, replicate: u64, samples: u32) -> Vec<u32> {
    let mut state = hash::word("bootstrap", &[&seed.to_le_bytes(), &replicate.to_le_bytes()]);
    let mut weights = vec![0; samples as usize];
    for _ in 0..samples {
        // SplitMix64 (Steele, Lea and Flood 2014), and Lemire's way from 64 bits to a number below `samples`.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let at = (u128::from(z ^ (z >> 31)) * u128::from(samples)) >> 64;
        weights[at as usize] += 1;
    }
    weights
}

impl Replicates {
    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.drawn.len() as u32
    }

    /// The difference of a metric with its interval.
    pub(super) fn of(
        &self,
        category: usize,
        metric: usize,
        before: &Estimate,
        after: &Estimate,
    ) -> Difference {
        let (Some(a), Some(b)) = (before.value, after.value) else { return Difference::NONE };
        let drawn = self.drawn.iter().filter_map(|replicate| replicate[category][metric]).collect();
        interval(b - a, drawn, before.n.max(after.n))
    }

    /// The differences of the averages over the categories that have a value before and after.
    pub(super) fn macros(&self, categories: &[CategoryComparison]) -> BTreeMap<String, Difference> {
        let of_metric = |(i, metric): (usize, &&dyn metrics::Metric)| {
            let known: Vec<(usize, f64)> = categories
                .iter()
                .enumerate()
                .filter_map(|(at, category)| Some((at, category.metrics[metric.id()].difference.value?)))
                .collect();
            if known.is_empty() {
                return (metric.id().to_owned(), Difference::NONE);
            }
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let drawn = self.drawn.iter().filter_map(|replicate| {
                let values: Vec<f64> = known.iter().filter_map(|(at, _)| replicate[*at][i]).collect();
                (!values.is_empty()).then(|| mean(&values))
            });
            let value = mean(&known.iter().map(|(_, value)| *value).collect::<Vec<_>>());
            let images = known.iter().map(|(at, _)| categories[*at].metrics[metric.id()].before.n).sum();
            let difference = interval(value, drawn.collect(), images);
            (metric.id().to_owned(), Difference { n: known.len() as u64, ..difference })
        };
        metrics::ALL.iter().enumerate().map(of_metric).collect()
    }
}

/// The middle 95 % of the draws. When no draw differs from the others the bootstrap knows nothing; then the interval is that
/// of as many pairs without a change.
fn interval(value: f64, mut drawn: Vec<f64>, n: u64) -> Difference {
    drawn.sort_by(f64::total_cmp);
    match (drawn.first(), drawn.last()) {
        (Some(first), Some(last)) if last - first > 1e-12 => {
            let quantile = |share: f64| drawn[((drawn.len() - 1) as f64 * share).round() as usize];
            let (low, high) = (quantile(0.025).min(value), quantile(0.975).max(value));
            Difference { value: Some(value), low: Some(low), high: Some(high), n, method: Method::Bootstrap }
        }
        _ => {
            let unchanged = Difference::paired(0, 0, n.max(1), n.max(1) as f64);
            let around = |end: Option<f64>| end.map(|end| (value + end).clamp(-1.0, 1.0));
            Difference {
                value: Some(value),
                low: around(unchanged.low),
                high: around(unchanged.high),
                n,
                ..unchanged
            }
        }
    }
}
