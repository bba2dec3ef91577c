//! Average precision.

use super::{Assessment, Cases, Metric};

/// The mean of the precisions at which each defective image is retrieved.
///
/// `sum over thresholds of (R_n - R_(n-1)) P_n`, without interpolation, equal scores at once, as in scikit-learn's
/// `average_precision_score`. An unanswered defective image is never retrieved.
#[derive(Clone, Copy, Debug)]
pub(super) struct AveragePrecision;

impl Metric for AveragePrecision {
    fn id(&self) -> &'static str {
        "average_precision"
    }

    fn title(&self) -> &'static str {
        "AP"
    }

    fn definition(&self) -> &'static str {
        "area under the precision-recall curve as the sum of (R_n - R_(n-1)) P_n over thresholds; an \
         unanswered image with the defect is never retrieved"
    }

    fn assess(&self, cases: &Cases) -> Assessment {
        let Some(ranking) = cases.ranking() else { return Assessment::NONE };
        let positives = ranking.positives as f64;
        let (mut tp, mut fp, mut sum) = (0u64, 0u64, 0.0);
        for group in ranking.groups() {
            tp += group.positives;
            fp += group.negatives;
            sum += group.positives as f64 * (tp as f64 / (tp + fp) as f64);
        }
        let value = sum / positives;
        // What one more image of either kind in this group or above does to the precisions from here down, lowest group first.
        let mut slopes = Vec::with_capacity(ranking.groups().len());
        let mut below = [0.0; 2];
        for group in ranking.groups().rev() {
            let [with, without] = [tp as f64, fp as f64];
            let step = group.positives as f64 / ((with + without) * (with + without));
            below = [below[0] - step * with, below[1] + step * without];
            slopes.push(below);
            tp -= group.positives;
            fp -= group.negatives;
        }
        ranking.assess(cases, value, [0.0, -value / positives], |group| {
            tp += group.positives;
            fp += group.negatives;
            let [with, without] = [tp as f64, fp as f64];
            let [of_negative, of_positive] = slopes.pop().unwrap_or_default();
            [of_negative / positives, (with / (with + without) + of_positive - value) / positives]
        })
    }

    fn resampled(&self, cases: &Cases, weights: &[u32]) -> Option<f64> {
        let (groups, [positives, _]) = cases.ranking()?.weighted(cases, weights);
        let (mut tp, mut fp, mut sum) = (0.0, 0.0, 0.0);
        for [with, without] in groups {
            tp += with;
            fp += without;
            if with > 0.0 {
                sum += with * (tp / (tp + fp));
            }
        }
        (positives > 0.0).then(|| sum / positives)
    }
}
