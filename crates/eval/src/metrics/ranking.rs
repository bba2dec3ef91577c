//! What the ranking metrics share: tie groups, and an interval from influences.

use super::{Assessment, Case, Cases, proportion};
use crate::estimate::{Estimate, Method};
use crate::metrics::Answer;

/// The answered cases in groups of equal score, highest first.
#[derive(Clone, Debug)]
pub(super) struct Ranking {
    /// Images with the defect, answered or not.
    pub(super) positives: u64,
    /// Images without the defect, answered or not.
    pub(super) negatives: u64,
    /// The number of samples on the scarcer side, which decides how much can be known.
    samples: u64,
    groups: Vec<Group>,
}

/// An answered case with all that the ranking needs of it, so that walking down the ranking stays in order in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ranked {
    /// Its score.
    pub(crate) score: f64,
    /// The sample that the image belongs to.
    pub(crate) cluster: u32,
    /// Whether the defect is there.
    pub(crate) truth: bool,
}

/// Images of equal score.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// One past its end in the order.
    end: usize,
    /// Those with the defect.
    pub(super) positives: u64,
    /// Those without.
    pub(super) negatives: u64,
}

impl Ranking {
    /// Sorts the cases; see [`Cases::ranking`].
    pub(super) fn new(cases: &Cases) -> Option<Self> {
        let positives = cases.cases.iter().filter(|case| case.truth).count() as u64;
        let negatives = cases.cases.len() as u64 - positives;
        if !cases.scored || positives == 0 || negatives == 0 {
            return None;
        }
        let mut end = 0;
        let groups = cases.by_score().chunk_by(|a, b| a.score == b.score).map(|group| {
            end += group.len();
            let positives = group.iter().filter(|case| case.truth).count() as u64;
            Group { end, positives, negatives: group.len() as u64 - positives }
        });
        let groups = groups.collect();
        let samples = samples_of(cases, true).min(samples_of(cases, false));
        Some(Self { positives, negatives, samples, groups })
    }

    /// The groups, highest score first.
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The groups under weights of samples: by group, highest score first, the weight with the defect and without it;
    /// then these weights of all cases, answered or not.
    pub(super) fn weighted(&self, cases: &Cases, weights: &[u32]) -> (Vec<[f64; 2]>, [f64; 2]) {
        let weight = |cluster: u32| f64::from(weights[cluster as usize]);
        let mut all = [0.0; 2];
        for case in &cases.cases {
            all[usize::from(!case.truth)] += weight(case.cluster);
        }
        let (order, mut start) = (cases.by_score(), 0);
        let groups = self.groups.iter().map(|group| {
            let mut sums = [0.0; 2];
            for case in &order[start..group.end] {
                sums[usize::from(!case.truth)] += weight(case.cluster);
            }
            start = group.end;
            sums
        });
        (groups.collect(), all)
    }

    /// The estimate of a value whose derivative by the weight of a case is `influence(truth, group)`, where the group
    /// is `None` for an unanswered case.
    pub(super) fn assess(
        &self,
        cases: &Cases,
        value: f64,
        influence: impl Fn(bool, Option<usize>) -> f64,
    ) -> Assessment {
        let mut by_cluster = vec![0.0; cases.clusters as usize];
        for case in cases.cases.iter().filter(|case| case.called().is_none()) {
            by_cluster[case.cluster as usize] += influence(case.truth, None);
        }
        let (order, mut start) = (cases.by_score(), 0);
        for (g, group) in self.groups.iter().enumerate() {
            let of = [influence(false, Some(g)), influence(true, Some(g))];
            for case in &order[start..group.end] {
                by_cluster[case.cluster as usize] += of[usize::from(case.truth)];
            }
            start = group.end;
        }
        let n = cases.cases.len() as u64;
        let effective = effective(value, &by_cluster, self.samples, self.samples as f64, n as f64);
        let estimate = Estimate::wilson(value, effective, n, Method::WilsonJackknife);
        Assessment { estimate, influence: by_cluster, effective }
    }
}

/// The answered cases, highest score first.
pub(super) fn by_score(cases: &[Case]) -> Vec<Ranked> {
    let ranked = cases.iter().filter_map(|case| match case.answer() {
        Answer::Decided { score, .. } => Some(Ranked { score, cluster: case.cluster, truth: case.truth }),
        Answer::Abstained | Answer::Failed => None,
    });
    let mut order: Vec<Ranked> = ranked.collect();
    order.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
    order
}

/// The number of samples with at least one image of this truth.
fn samples_of(cases: &Cases, truth: bool) -> u64 {
    let (mut samples, mut last) = (0, None);
    for case in cases.cases.iter().filter(|case| case.truth == truth) {
        samples += u64::from(last != Some(case.cluster));
        last = Some(case.cluster);
    }
    samples
}

/// The sample size at which a proportion of this value would have the variance of its influences, at most `most`.
///
/// Where that variance is unknown (fewer than two samples) or says nothing (a value at an end of its
/// range, where all influences vanish), `at_an_end`.
pub(super) fn effective(value: f64, influence: &[f64], samples: u64, at_an_end: f64, most: f64) -> f64 {
    if samples < 2 || value <= 0.0 || value >= 1.0 {
        at_an_end
    } else {
        (value * (1.0 - value) / proportion::variance(influence, samples)).min(most)
    }
}
