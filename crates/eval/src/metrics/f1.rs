//! F1.

use super::{Assessment, Case, Cases, Metric, Outcome, proportion};

/// The harmonic mean of precision and recall.
///
/// `2 tp / (2 tp + fp + fn)` is no proportion, but an increasing function of one: with `J = tp / (tp + fp + fn)`
/// (Jaccard's index) it is `2 J / (1 + J)` (Hand, Christen and Kirielle 2021), so Wilson's interval of `J`
/// carries over.
#[derive(Clone, Copy, Debug)]
pub(super) struct F1;

impl Metric for F1 {
    fn id(&self) -> &'static str {
        "f1"
    }

    fn title(&self) -> &'static str {
        "F1"
    }

    fn definition(&self) -> &'static str {
        "2 tp / (2 tp + fp + fn): the harmonic mean of precision and recall; an unanswered image with the \
         defect is a miss"
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(outcome)
    }

    fn of_share(&self, jaccard: Assessment) -> Assessment {
        let Some(j) = jaccard.estimate.value else { return Assessment::NONE };
        let slope = 2.0 / ((1.0 + j) * (1.0 + j));
        Assessment {
            estimate: jaccard.estimate.map(|j| 2.0 * j / (1.0 + j)),
            influence: jaccard.influence.iter().map(|i| i * slope).collect(),
            effective: jaccard.effective,
        }
    }

    fn resampled(&self, cases: &Cases, weights: &[u32]) -> Option<f64> {
        proportion::weighted_share(cases, weights, outcome).map(|j| 2.0 * j / (1.0 + j))
    }
}

/// Whether an image that has the defect or was called is both.
fn outcome(case: &Case) -> Option<bool> {
    let called = case.called() == Some(true);
    (case.truth || called).then_some(case.truth && called)
}
