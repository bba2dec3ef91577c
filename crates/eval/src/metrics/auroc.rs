//! Area under the receiver operating characteristic.

use super::ranking::Group;
use super::{Assessment, Cases, Metric};

/// The probability that a random defective image gets a higher score than a random clean one (ties count half).
///
/// A pair with an unanswered image is lost. The influences are the structural components of DeLong, DeLong and
/// Clarke-Pearson 1988, summed over the images of a sample as in Obuchowski 1997.
#[derive(Clone, Copy, Debug)]
pub(super) struct Auroc;

/// The wins of one image of each group, walking down the ranking; twice as many, so that ties stay whole numbers.
struct Wins {
    /// Images without the defect, in all groups.
    answered: u64,
    /// Images with the defect above.
    above: u64,
    /// Images without the defect above, and in the group.
    passed: u64,
}

impl Wins {
    /// Of one without the defect and of one with it.
    fn next(&mut self, group: &Group) -> [u64; 2] {
        self.passed += group.negatives;
        let of_positive = 2 * (self.answered - self.passed) + group.negatives;
        let of_negative = 2 * self.above + group.positives;
        self.above += group.positives;
        [of_negative, of_positive]
    }
}

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

    fn assess(&self, cases: &Cases) -> Assessment {
        let Some(ranking) = cases.ranking() else { return Assessment::NONE };
        let (positives, negatives) = (ranking.positives as f64, ranking.negatives as f64);
        let answered: u64 = ranking.groups().map(|g| g.negatives).sum();
        let mut wins = Wins { answered, above: 0, passed: 0 };
        let twice_wins: u64 = ranking.groups().map(|group| group.positives * wins.next(&group)[1]).sum();
        let value = twice_wins as f64 / 2.0 / (positives * negatives);
        let influence = |twice: [u64; 2]| {
            let [of_negative, of_positive] = twice.map(|wins| wins as f64 / 2.0);
            [(of_negative / positives - value) / negatives, (of_positive / negatives - value) / positives]
        };
        let mut wins = Wins { answered, above: 0, passed: 0 };
        ranking.assess(cases, value, influence([0; 2]), |group| influence(wins.next(&group)))
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
