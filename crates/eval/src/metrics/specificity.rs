//! Specificity.

use super::{Case, Cases, Metric, Outcome, proportion};

/// Of the images without the defect, the share that was called so (true negative rate).
#[derive(Clone, Copy, Debug)]
pub(super) struct Specificity;

impl Metric for Specificity {
    fn id(&self) -> &'static str {
        "specificity"
    }

    fn title(&self) -> &'static str {
        "Specificity"
    }

    fn definition(&self) -> &'static str {
        "tn / all images without the defect: the share that was cleared; an unanswered image is not"
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(outcome)
    }

    fn resampled(&self, cases: &Cases, weights: &[u32]) -> Option<f64> {
        proportion::weighted_share(cases, weights, outcome)
    }
}

fn outcome(case: &Case) -> Option<bool> {
    (!case.truth).then(|| case.called() == Some(false))
}
