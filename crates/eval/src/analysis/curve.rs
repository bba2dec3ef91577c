//! The precision-recall and ROC curves, as what would be if the threshold were another.

use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::metrics::{Cases, Curves, Ranked};

/// Thresholds are thinned so that neither recall nor the rate of false alarms jumps by more than one in so many, where
/// the scores allow it.
const STEPS: u64 = 50;

/// What the analyzer would do at other thresholds. An unanswered image with the defect is missed at each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Images with the defect.
    pub positives: u64,
    /// Images without it.
    pub negatives: u64,
    /// The points, by falling threshold.
    pub points: Vec<Point>,
    /// The threshold of the highest F1. It is chosen on the images that it is measured on, so it flatters.
    pub best: Option<Best>,
}

/// What holds at one threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Images with at least this score are called.
    pub threshold: f64,
    /// Of the images with the defect, the share that is called.
    pub recall: Estimate,
    /// Of the called images, the share that has the defect.
    pub precision: Estimate,
    /// Of the images without the defect, the share that is called.
    pub false_positive_rate: Estimate,
}

/// The threshold that fits some images best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// The threshold, halfway between the score that is called and the next lower one.
    pub threshold: f64,
    /// F1 on the images it was chosen on.
    pub f1: f64,
}

impl Curve {
    /// Of the cases of a category; `None` without scores or without both kinds of image.
    pub fn of(cases: &Cases) -> Option<Self> {
        let ranked = cases.ranked()?;
        let positives = positives(cases);
        let negatives = cases.as_slice().len() as u64 - positives;
        let mut curves = Curves::new(cases.clusters());
        cases.as_slice().iter().for_each(|case| curves.add(case.cluster, case.truth));
        let (mut tp, mut fp, mut last) = (0, 0, (0, 0));
        let mut points = Vec::new();
        let mut rest = ranked;
        for group in ranked.chunk_by(|a, b| a.score == b.score) {
            for image in group {
                curves.call(image.cluster, image.truth);
                *if image.truth { &mut tp } else { &mut fp } += 1;
            }
            rest = &rest[group.len()..];
            let step = (tp * STEPS / positives, fp * STEPS / negatives);
            if step != last || rest.is_empty() || points.is_empty() {
                last = step;
                let [recall, precision, false_positive_rate] = curves.estimates();
                points.push(Point { threshold: group[0].score, recall, precision, false_positive_rate });
            }
        }
        Some(Self { positives, negatives, points, best: best(cases) })
    }
}

/// The threshold of the highest F1 on these cases; of several the highest. `None` without scores, without both kinds of
/// image, or without an answered one with the defect.
pub fn best(cases: &Cases) -> Option<Best> {
    let positives = positives(cases) as f64;
    let (mut tp, mut called) = (0.0, 0.0);
    let mut best: Option<Best> = None;
    let same_score = |a: &Ranked, b: &Ranked| a.score == b.score;
    let mut groups = cases.ranked()?.chunk_by(same_score).peekable();
    while let Some(group) = groups.next() {
        tp += group.iter().filter(|image| image.truth).count() as f64;
        called += group.len() as f64;
        let f1 = 2.0 * tp / (positives + called);
        if tp > 0.0 && best.is_none_or(|best| f1 > best.f1) {
            let next = groups.peek().map_or(group[0].score, |next| next[0].score);
            best = Some(Best { threshold: f64::midpoint(group[0].score, next), f1 });
        }
    }
    best
}

/// Images with the defect, answered or not.
fn positives(cases: &Cases) -> u64 {
    cases.as_slice().iter().filter(|case| case.truth).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{self, Answer, Case};

    fn cases(images: u32, threshold: f64) -> Cases {
        let case = |i: u32| {
            let truth = i.is_multiple_of(3);
            let noise = crate::hash::unit("curve", &[&i.to_le_bytes()]);
            let score = if truth { 0.2 + 0.8 * noise } else { 0.7 * noise * noise };
            let score = (score * 64.0).round() / 64.0;
            let answer = if i.is_multiple_of(17) {
                Answer::Failed
            } else {
                Answer::Decided { present: score >= threshold, score }
            };
            Case::new(i / 2, truth, answer)
        };
        Cases::new((0..images).map(case).collect(), images.div_ceil(2), true)
    }

    #[test]
    fn a_point_is_what_the_metrics_give_at_its_threshold() {
        let curve = Curve::of(&cases(900, 0.5)).unwrap();
        assert!(curve.points.len() > 20);
        for point in &curve.points {
            let at = cases(900, point.threshold);
            let metric = |id| metrics::by_id(id).unwrap().assess(&at).estimate;
            for (ours, theirs) in [(point.recall, metric("recall")), (point.precision, metric("precision"))] {
                assert_eq!((ours.n, ours.method), (theirs.n, theirs.method));
                for (a, b) in [(ours.value, theirs.value), (ours.low, theirs.low), (ours.high, theirs.high)] {
                    assert!((a.unwrap() - b.unwrap()).abs() < 1e-12, "{ours:?} {theirs:?}");
                }
            }
        }
    }

    #[test]
    fn the_best_threshold_beats_all_others() {
        let best = best(&cases(900, 0.5)).unwrap();
        let f1 =
            |threshold| metrics::by_id("f1").unwrap().assess(&cases(900, threshold)).estimate.value.unwrap();
        assert!((f1(best.threshold) - best.f1).abs() < 1e-12);
        assert!((0..=64).all(|step| f1(f64::from(step) / 64.0) <= best.f1 + 1e-12));
    }
}
