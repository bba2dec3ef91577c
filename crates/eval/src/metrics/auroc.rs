//! Area under the receiver operating characteristic.

use super::{Assessment, Cases, Metric};

/// The probability that a random defective image gets a higher score than a random clean one (ties count half).
///
/// A pair with an unanswered image is lost. The influences are the structural components of DeLong, DeLong and
/// Clarke-Pearson 1988, summed over the images of a sample as in Obuchowski 1997.
#[derive(Clone, Copy, Debug)]
pub(super) struct Auroc;

impl Metric for Auroc {
    fn id(&self) -> &'static str {
        "auroc"
    }

    fn title(&self) -> &'static str {
        "AUROC"
    }

    fn definition(&self) -> &'static str {
        "probability that a random image with the defect scores above a random one without (a tie is half a \
         win, an unanswered image loses)"
    }

    fn pools(&self) -> bool {
        false
    }

    fn assess(&self, cases: &Cases) -> Assessment {
        let Some(ranking) = cases.ranking() else { return Assessment::NONE };
        let (positives, negatives) = (ranking.positives as f64, ranking.negatives as f64);
        let answered: u64 = ranking.groups().iter().map(|g| g.negatives).sum();
        // Twice the wins of one image of each group, so that ties stay whole numbers.
        let (mut above, mut passed, mut twice_wins) = (0u64, 0u64, 0u64);
        let mut wins = Vec::with_capacity(ranking.groups().len());
        for group in ranking.groups() {
            passed += group.negatives;
            let of_positive = 2 * (answered - passed) + group.negatives;
            let of_negative = 2 * above + group.positives;
            wins.push([of_negative, of_positive]);
            twice_wins += group.positives * of_positive;
            above += group.positives;
        }
        let value = twice_wins as f64 / 2.0 / (positives * negatives);
        ranking.assess(cases, value, |truth, group| {
            let won = group.map_or(0, |g| wins[g][usize::from(truth)]) as f64 / 2.0;
            if truth { (won / negatives - value) / positives } else { (won / positives - value) / negatives }
        })
    }

    fn resampled(&self, cases: &Cases, weights: &[u32]) -> Option<f64> {
        let (groups, [positives, negatives]) = cases.ranking()?.weighted(cases, weights);
        let (mut above, mut wins) = (0.0, 0.0);
        for [with, without] in groups {
            wins += without * (above + with / 2.0);
            above += with;
        }
        (positives > 0.0 && negatives > 0.0).then(|| wins / (positives * negatives))
    }
}
