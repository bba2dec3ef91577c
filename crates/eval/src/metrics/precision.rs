//! Precision.

use super::{Case, Cases, Metric, Outcome, proportion};

/// Of the images called defective, the share that are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Precision;

impl Metric for Precision {
    fn id(&self) -> &'static str {
        "precision"
    }

    fn title(&self) -> &'static str {
        "Precision"
    }

    fn definition(&self) -> &'static str {
        "tp / (tp + fp): of the images called defective, the share that are; unanswered images claim nothing"
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(outcome)
    }

    fn resampled(&self, cases: &Cases, weights: &[u32]) -> Option<f64> {
        proportion::weighted_share(cases, weights, outcome)
    }
}

fn outcome(case: &Case) -> Option<bool> {
    (case.called() == Some(true)).then_some(case.truth)
}
