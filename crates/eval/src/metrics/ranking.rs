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
    groups: Vec<Packed>,
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
    /// Those with the defect.
    pub(super) positives: u64,
    /// Those without.
    pub(super) negatives: u64,
}

/// The same as it is kept: there are as many as images where no two scores are equal.
#[derive(Clone, Copy, Debug)]
struct Packed {
    images: u32,
    positives: u32,
}

impl Packed {
    fn group(self) -> Group {
        Group { positives: u64::from(self.positives), negatives: u64::from(self.images - self.positives) }
    }
}

impl Ranking {
    /// Sorts the cases; see [`Cases::ranking`].
    pub(super) fn new(cases: &Cases) -> Option<Self> {
        let positives = cases.cases.iter().filter(|case| case.truth).count() as u64;
        let negatives = cases.cases.len() as u64 - positives;
        if !cases.scored || positives == 0 || negatives == 0 {
            return None;
        }
        let groups = || cases.by_score().chunk_by(|a, b| a.score == b.score);
        let mut packed = Vec::with_capacity(groups().count());
        packed.extend(groups().map(|group| {
            let positives = group.iter().filter(|case| case.truth).count();
            Packed { images: group.len() as u32, positives: positives as u32 }
        }));
        let groups = packed;
        let samples = samples_of(cases, true).min(samples_of(cases, false));
        Some(Self { positives, negatives, samples, groups })
    }

    /// The groups, highest score first.
    pub(super) fn groups(&self) -> impl DoubleEndedIterator<Item = Group> + ExactSizeIterator {
        self.groups.iter().map(|group| group.group())
    }

    /// The groups under weights of samples: by group, highest score first, the weight with the defect and without it;
    /// then these weights of all cases, answered or not.
    pub(super) fn weighted(&self, cases: &Cases, weights: &[u32]) -> (Vec<[f64; 2]>, [f64; 2]) {
        let weight = |cluster: u32| f64::from(weights[cluster as usize]);
        let mut all = [0.0; 2];
        for case in &cases.cases {
            all[usize::from(!case.truth)] += weight(case.cluster);
        }
        let mut rest = cases.by_score();
        let groups = self.groups.iter().map(|group| {
            let mut sums = [0.0; 2];
            for case in first(&mut rest, group) {
                sums[usize::from(!case.truth)] += weight(case.cluster);
            }
            sums
        });
        (groups.collect(), all)
    }

    /// The estimate of a value by its derivatives by the weights of cases, without the defect and with it: of an unanswered one,
    /// and of those of a group, which is asked for group by group, highest score first.
    pub(super) fn assess(
        &self,
        cases: &Cases,
        value: f64,
        unanswered: [f64; 2],
        mut influence: impl FnMut(Group) -> [f64; 2],
    ) -> Assessment {
        let mut by_cluster = vec![0.0; cases.clusters as usize];
        for case in cases.cases.iter().filter(|case| case.called().is_none()) {
            by_cluster[case.cluster as usize] += unanswered[usize::from(case.truth)];
        }
        let mut rest = cases.by_score();
        for group in &self.groups {
            let of = influence(group.group());
            for case in first(&mut rest, group) {
                by_cluster[case.cluster as usize] += of[usize::from(case.truth)];
            }
        }
        let n = cases.cases.len() as u64;
        let effective = effective(value, &by_cluster, self.samples, self.samples as f64, n as f64);
        let estimate = Estimate::wilson(value, effective, n, Method::WilsonJackknife);
        Assessment { estimate, influence: by_cluster, effective }
    }
}

/// Takes a group's images off the order.
fn first<'a>(rest: &mut &'a [Ranked], group: &Packed) -> &'a [Ranked] {
    let (first, others) = rest.split_at(group.images as usize);
    *rest = others;
    first
}

/// The answered cases, highest score first.
pub(super) fn by_score(cases: &[Case]) -> Vec<Ranked> {
    let ranked = cases.iter().filter_map(|case| match case.answer() {
        Answer::Decided { score, .. } => Some(Ranked { score, cluster: case.cluster, truth: case.truth }),
        Answer::Abstained | Answer::Failed => None,
    });
    let mut order = Vec::with_capacity(cases.iter().filter(|case| case.called().is_some()).count());
    order.extend(ranked);
    order.sort_unstable_by(|a: &Ranked, b| b.score.total_cmp(&a.score));
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
