//! Shares of images, and their interval when images come in samples.

use super::{Assessment, Case, Cases};
use crate::estimate::{Estimate, Method};

/// The share of `Some(true)` among the cases for which `outcome` is not `None`.
///
/// Wilson's interval; when samples have more than one image in the denominator, at the number of images divided by
/// the design effect (the variance between samples over that of independent images, at least 1). Where all
/// images agree, that variance says nothing, and each sample counts once.
pub(super) fn share(cases: &Cases, outcome: impl Fn(&Case) -> Option<bool>) -> Assessment {
    let mut counted = Counted::new(cases.clusters);
    cases.cases.iter().for_each(|case| counted.add(case.cluster, outcome(case)));
    counted.share()
}

/// What is counted of each sample, whatever the order of the cases.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// Cases that count, and hits among them.
    by_cluster: Vec<[u32; 2]>,
}

impl Counted {
    /// Over so many samples.
    pub(crate) fn new(clusters: u32) -> Self {
        Self { by_cluster: vec![[0; 2]; clusters as usize] }
    }

    /// Counts a case of a sample, if it counts.
    #[inline]
    pub(crate) fn add(&mut self, cluster: u32, hit: Option<bool>) {
        let [trials, hits] = &mut self.by_cluster[cluster as usize];
        *trials += u32::from(hit.is_some());
        *hits += u32::from(hit == Some(true));
    }

    /// The share of hits.
    pub(crate) fn share(&self) -> Assessment {
        let (mut n, mut k) = (0u64, 0u64);
        let (mut samples, mut largest) = (0u64, 0u32);
        for [trials, hits] in &self.by_cluster {
            (n, k) = (n + u64::from(*trials), k + u64::from(*hits));
            samples += u64::from(*trials > 0);
            largest = largest.max(*trials);
        }
        if n == 0 {
            return Assessment::NONE;
        }
        let p = k as f64 / n as f64;
        let of = |[trials, hits]: &[u32; 2]| (f64::from(*hits) - p * f64::from(*trials)) / n as f64;
        let influence: Vec<f64> = self.by_cluster.iter().map(of).collect();
        if largest <= 1 {
            let estimate = Estimate::wilson(p, n as f64, n, Method::Wilson);
            return Assessment { estimate, influence, effective: n as f64 };
        }
        let effective = if k == 0 || k == n || samples == 1 {
            samples as f64
        } else {
            let variance = variance(&influence, samples);
            (p * (1.0 - p) / variance).min(n as f64)
        };
        let estimate = Estimate::wilson(p, effective, n, Method::WilsonClustered);
        Assessment { estimate, influence, effective }
    }
}

/// The same share with samples counted as often as their weights say; `None` when nothing is left to count.
pub(super) fn weighted_share(
    cases: &Cases,
    weights: &[u32],
    outcome: impl Fn(&Case) -> Option<bool>,
) -> Option<f64> {
    let (mut hits, mut trials) = (0u64, 0u64);
    for case in &cases.cases {
        if let Some(hit) = outcome(case) {
            let weight = u64::from(weights[case.cluster as usize]);
            trials += weight;
            hits += weight * u64::from(hit);
        }
    }
    (trials > 0).then(|| hits as f64 / trials as f64)
}

/// The variance that influences of this many independent samples give, with Bessel's correction.
pub(super) fn variance(influence: &[f64], samples: u64) -> f64 {
    let squares: f64 = influence.iter().map(|i| i * i).sum();
    with_bessel(squares, samples)
}

/// Bessel's correction of a sum of squares over this many samples, at least two.
pub(super) fn with_bessel(squares: f64, samples: u64) -> f64 {
    squares * samples as f64 / (samples as f64 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::Answer;
    use super::*;

    fn cases(clusters: &[u32], hits: &[bool]) -> Cases {
        let answer = |present| Answer::Decided { present, score: f64::from(u8::from(present)) };
        let cases = clusters.iter().zip(hits);
        let cases = cases.map(|(cluster, hit)| Case::new(*cluster, true, answer(*hit)));
        Cases::new(cases.collect(), clusters.iter().max().map_or(0, |c| c + 1), true)
    }

    #[test]
    fn perfectly_alike_twins_count_once() {
        let hits: Vec<bool> = (0..100).map(|i| i % 5 != 0).collect();
        let single = share(&cases(&(0..100).collect::<Vec<_>>(), &hits), Case::called);
        let doubled_hits: Vec<bool> = hits.iter().flat_map(|h| [*h, *h]).collect();
        let doubled_clusters: Vec<u32> = (0..100).flat_map(|c| [c, c]).collect();
        let doubled = share(&cases(&doubled_clusters, &doubled_hits), Case::called);
        assert_eq!(doubled.estimate.n, 200);
        assert_eq!(doubled.estimate.value, single.estimate.value);
        // Bessel's correction: 99 of 100.
        assert!((doubled.effective - 99.0).abs() < 1e-9, "{}", doubled.effective);
        let independent = share(&cases(&(0..200).collect::<Vec<_>>(), &doubled_hits), Case::called);
        assert!(doubled.estimate.margin() > independent.estimate.margin());
    }

    #[test]
    fn a_perfect_score_on_twins_is_as_sure_as_its_samples() {
        let twins = share(&cases(&[0, 0, 1, 1, 2, 2], &[true; 6]), Case::called);
        let three = share(&cases(&[0, 1, 2], &[true; 3]), Case::called);
        assert_eq!(twins.estimate.low, three.estimate.low);
        assert_eq!(twins.estimate.method, Method::WilsonClustered);
        assert_eq!(three.estimate.method, Method::Wilson);
    }

    #[test]
    fn alternating_twins_are_no_better_than_independent_images() {
        let a = share(&cases(&[0, 0, 1, 1, 2, 2], &[true, false, true, false, true, false]), Case::called);
        assert_eq!(a.effective, 6.0);
    }
}
