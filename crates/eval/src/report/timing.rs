//! `timing.json`: how fast a run was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analyzer::Outcome;
use crate::run::Line;

/// `timing.json`. Measured on the machine of the run, so it differs from run to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimingReport {
    /// Images with an outcome.
    pub images: u64,
    /// Time that all sessions of the run took together, from start to last outcome, s. Includes reading or rendering.
    pub seconds: f64,
    /// Images per second of that time; `null` without images.
    pub images_per_second: Option<f64>,
    /// From request to answer, over the images that were judged; `null` without any.
    pub latency: Option<Latency>,
}

/// Quantiles of the latency, ms. The quantile q is the least latency that a share q of the images does not exceed
/// (nearest rank, definition 1 of Hyndman and Fan 1996): always one that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Median.
    pub p50_ms: f64,
    /// 90 % quantile.
    pub p90_ms: f64,
    /// 99 % quantile.
    pub p99_ms: f64,
}

/// Gathers the times of outcomes, which may come in any order.
#[derive(Debug, Default)]
pub(super) struct Builder {
    images: u64,
    sessions: BTreeMap<u32, f64>,
    latencies: Vec<f64>,
}

impl Builder {
    pub(super) fn push(&mut self, line: &Line<'_>) {
        self.images += 1;
        let last = self.sessions.entry(line.timing.session).or_default();
        *last = last.max(line.timing.done_ms);
        if matches!(*line.outcome, Outcome::Findings(_)) {
            self.latencies.push(line.timing.latency_ms);
        }
    }

    pub(super) fn append(&mut self, mut part: Self) {
        self.images += part.images;
        for (session, last) in part.sessions {
            let here = self.sessions.entry(session).or_default();
            *here = here.max(last);
        }
        self.latencies.append(&mut part.latencies);
    }

    pub(super) fn finish(mut self) -> TimingReport {
        let (images, latencies) = (self.images, &mut self.latencies);
        let seconds = self.sessions.values().sum::<f64>() / 1e3;
        latencies.sort_unstable_by(f64::total_cmp);
        let latency = (!latencies.is_empty()).then(|| Latency {
            p50_ms: quantile(latencies, 50),
            p90_ms: quantile(latencies, 90),
            p99_ms: quantile(latencies, 99),
        });
        let images_per_second = (images > 0 && seconds > 0.0).then(|| images as f64 / seconds);
        TimingReport { images, seconds, images_per_second, latency }
    }
}

/// The nearest-rank quantile of sorted values, of which there is at least one.
fn quantile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_nearest_rank() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!([50, 90, 99].map(|p| quantile(&hundred, p)), [50.0, 90.0, 99.0]);
        assert_eq!([50, 90, 99].map(|p| quantile(&[7.0], p)), [7.0; 3]);
        assert_eq!([50, 90, 99].map(|p| quantile(&[1.0, 2.0, 3.0], p)), [2.0, 3.0, 3.0]);
    }
}
