//! Recall.

use super::{Case, Cases, Metric, Outcome, proportion};

/// Of the defective images, the share that was called so (sensitivity, true positive rate).
#[derive(Clone, Copy, Debug)]
pub(super) struct Recall;

impl Metric for Recall {
    fn id(&self) -> &'static str {
        "recall"
    }

    fn title(&self) -> &'static str {
        "Recall"
    }

    fn definition(&self) -> &'static str {
        "tp / all images with the defect: the share that was found; an unanswered image is a miss"
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(outcome)
    }

    fn resampled(&self, cases: &Cases, weights: &[u32]) -> Option<f64> {
        proportion::weighted_share(cases, weights, outcome)
    }
}

fn outcome(case: &Case) -> Option<bool> {
    case.truth.then(|| case.called() == Some(true))
}
