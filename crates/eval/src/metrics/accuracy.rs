//! Accuracy.

use super::{Case, Cases, Metric, Outcome, proportion};

/// The share of images that was judged rightly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accuracy;

impl Metric for Accuracy {
    fn id(&self) -> &'static str {
        "accuracy"
    }

    fn title(&self) -> &'static str {
        "Accuracy"
    }

    fn definition(&self) -> &'static str {
        "(tp + tn) / all images: the share that was judged rightly; an unanswered image was not"
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(outcome)
    }

    fn resampled(&self, cases: &Cases, weights: &[u32]) -> Option<f64> {
        proportion::weighted_share(cases, weights, outcome)
    }
}

fn outcome(case: &Case) -> Option<bool> {
    Some(case.called() == Some(case.truth))
}
