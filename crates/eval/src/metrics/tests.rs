//! The contract of every metric, against brute force and by simulation.

use proptest::prelude::*;

use super::*;
use crate::Method;

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        8 => (0u8..=10).prop_map(|s| {
            let score = f64::from(s) / 10.0;
            Answer::Decided { present: score >= 0.5, score }
        }),
        1 => Just(Answer::Abstained),
        1 => Just(Answer::Failed),
    ]
}

fn any_cases() -> impl Strategy<Value = Cases> {
    let case = (0u32..12, any::<bool>(), answer())
        .prop_map(|(cluster, truth, answer)| Case::new(cluster, truth, answer));
    proptest::collection::vec(case, 0..40).prop_map(|cases| Cases::new(cases, 12, true))
}

/// Every metric by its definition, with no thought of speed.
fn by_definition(id: &str, cases: &[Case]) -> Option<f64> {
    let count = |f: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| f(case)).count() as f64;
    let tp = count(&|c| c.truth && c.called() == Some(true));
    let fp = count(&|c| !c.truth && c.called() == Some(true));
    let tn = count(&|c| !c.truth && c.called() == Some(false));
    let (positives, negatives) = (count(&|c| c.truth), count(&|c| !c.truth));
    let ratio = |a: f64, b: f64| (b > 0.0).then(|| a / b);
    let score = |case: &Case| match case.answer() {
        Answer::Decided { score, .. } => Some(score),
        _ => None,
    };
    match id {
        "precision" => ratio(tp, tp + fp),
        "recall" => ratio(tp, positives),
        "specificity" => ratio(tn, negatives),
        "accuracy" => ratio(tp + tn, positives + negatives),
        "f1" => ratio(2.0 * tp, tp + fp + positives),
        "auroc" => {
            let mut wins = 0.0;
            for p in cases.iter().filter(|c| c.truth) {
                for n in cases.iter().filter(|c| !c.truth) {
                    if let (Some(p), Some(n)) = (score(p), score(n)) {
                        wins += if p > n { 1.0 } else { f64::from(u8::from(p == n)) / 2.0 };
                    }
                }
            }
            ratio(wins, positives * negatives)
        }
        "average_precision" => {
            let precision_at = |threshold: f64| {
                let above = |c: &Case| score(c).is_some_and(|s| s >= threshold);
                count(&|c| c.truth && above(c)) / count(&|c| above(c))
            };
            let retrieved = cases.iter().filter(|c| c.truth).filter_map(score);
            let sum: f64 = retrieved.map(precision_at).sum();
            if negatives > 0.0 { ratio(sum, positives) } else { None }
        }
        other => panic!("no definition of `{other}`: add it here"),
    }
}

proptest! {
    #[test]
    fn values_follow_their_definition(cases in any_cases()) {
        for metric in ALL {
            let value = metric.assess(&cases).estimate.value;
            match (value, by_definition(metric.id(), &cases.cases)) {
                (None, None) => {}
                (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12, "{}: {a} {b}", metric.id()),
                other => prop_assert!(false, "{}: {other:?}", metric.id()),
            }
        }
    }

    #[test]
    fn estimates_are_whole_or_absent(cases in any_cases()) {
        for metric in ALL {
            let Assessment { estimate, influence, .. } = metric.assess(&cases);
            match (estimate.value, estimate.low, estimate.high) {
                (Some(value), Some(low), Some(high)) => {
                    prop_assert!(0.0 <= low && low <= value && value <= high && high <= 1.0, "{estimate:?}");
                    prop_assert!(low < high && estimate.n > 0 && estimate.method != Method::None);
                    prop_assert_eq!(influence.len(), 12);
                    prop_assert!(influence.iter().sum::<f64>().abs() < 1e-12);
                }
                _ => prop_assert_eq!(estimate, Estimate::NONE),
            }
        }
    }

    #[test]
    fn the_order_of_images_does_not_matter(cases in any_cases(), turn in 0usize..40) {
        let mut turned = cases.as_slice().to_vec();
        if !turned.is_empty() {
            let len = turned.len();
            turned.rotate_left(turn % len);
        }
        let turned = Cases::new(turned, 12, true);
        for metric in ALL {
            let (a, b) = (metric.assess(&cases).estimate, metric.assess(&turned).estimate);
            prop_assert_eq!(a.value, b.value);
            prop_assert!(a.low.zip(b.low).is_none_or(|(a, b)| (a - b).abs() < 1e-12));
        }
    }

    #[test]
    fn an_image_that_is_not_answered_helps_no_share_of_the_truth(cases in any_cases(), which in 0usize..40) {
        let mut spoiled = cases.as_slice().to_vec();
        if let Some(case) = spoiled.get_mut(which) {
            *case = Case::new(case.cluster, case.truth, Answer::Failed);
        }
        let spoiled = Cases::new(spoiled, 12, true);
        for id in ["recall", "specificity", "accuracy", "auroc"] {
            let metric = by_id(id).unwrap();
            let (before, after) = (metric.assess(&cases).estimate, metric.assess(&spoiled).estimate);
            prop_assert!(after.value <= before.value, "{id}");
            prop_assert_eq!(after.n, before.n);
        }
    }
}

#[test]
fn ids_are_unique_and_found() {
    for (i, metric) in ALL.iter().enumerate() {
        assert!(ALL[..i].iter().all(|other| other.id() != metric.id()));
        assert_eq!(by_id(metric.id()).unwrap().title(), metric.title());
        assert!(metric.id().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
        assert!(!metric.definition().is_empty());
    }
}

#[test]
fn a_perfect_analyzer_gets_one_and_a_hopeless_one_nothing() {
    let of = |right: bool| {
        let case = |i: u32| {
            let truth = i.is_multiple_of(3);
            let present = truth == right;
            Case::new(i, truth, Answer::Decided { present, score: if present { 0.9 } else { 0.1 } })
        };
        Cases::new((0..90).map(case).collect(), 90, true)
    };
    for metric in ALL {
        let best = metric.assess(&of(true)).estimate;
        assert_eq!((best.value, best.high), (Some(1.0), Some(1.0)), "{}", metric.id());
        assert!(best.low.unwrap() > 0.8 && best.low.unwrap() < 1.0);
        let worst = metric.assess(&of(false)).estimate.value.unwrap();
        assert!(worst <= 1.0 / 3.0, "{}: {worst}", metric.id());
    }
}

#[test]
fn without_scores_there_is_no_ranking() {
    let decided = |truth| Answer::Decided { present: truth, score: f64::from(u8::from(truth)) };
    let case = |cluster, truth| Case::new(cluster, truth, decided(truth));
    let cases = Cases::new(vec![case(0, true), case(1, false)], 2, false);
    assert_eq!(by_id("auroc").unwrap().assess(&cases), Assessment::NONE);
    assert_eq!(by_id("average_precision").unwrap().assess(&cases), Assessment::NONE);
    assert_eq!(by_id("recall").unwrap().assess(&cases).estimate.value, Some(1.0));
}

/// Draws without a pattern.
struct Draws(u64);

impl Draws {
    fn unit(&mut self) -> f64 {
        // SplitMix64 (Steele, Lea and Flood 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Samples of `twins` images that share a mood; the scores of defective images are 1.5 deviations higher.
    fn cases(&mut self, samples: u32, twins: u32) -> Cases {
        let mut cases = Vec::new();
        for cluster in 0..samples {
            let mood = self.normal();
            for _ in 0..twins {
                let truth = self.unit() < 0.3;
                let own = if twins > 1 { 0.6 * mood + 0.8 * self.normal() } else { self.normal() };
                let score = 0.4 + 0.1 * own + if truth { 0.15 } else { 0.0 };
                let answer = Answer::Decided { present: score >= 0.5, score };
                cases.push(Case::new(cluster, truth, answer));
            }
        }
        Cases::new(cases, samples, true)
    }
}

#[test]
fn influences_foretell_what_one_more_image_does() {
    let cases = Draws(0).cases(400, 1);
    for metric in ALL {
        let base = metric.assess(&cases);
        for i in (0..400).step_by(37) {
            let mut more = cases.as_slice().to_vec();
            more.push(Case { cluster: 400, ..more[i] });
            let more = Cases::new(more, 401, true);
            let change = metric.assess(&more).estimate.value.unwrap() - base.estimate.value.unwrap();
            let error = (change - base.influence[i]).abs();
            assert!(
                error < 3.0 / (120.0 * 120.0),
                "{} case {i}: {change} {}",
                metric.id(),
                base.influence[i]
            );
        }
    }
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_promise() {
    // The truth, from a sample large enough for its own error not to matter.
    let large = Draws(1 << 50).cases(200_000, 1);
    let truth: Vec<f64> = ALL.iter().map(|m| m.assess(&large).estimate.value.unwrap()).collect();
    for (samples, twins) in [(60, 1), (400, 1), (60, 4), (200, 3)] {
        let trials = 400;
        let mut covered = vec![0u32; ALL.len() + 1];
        for trial in 0..trials {
            let mut draws = Draws(trial + 1);
            let columns = [draws.cases(samples, twins), draws.cases(samples, twins)];
            let mut mean = Macro::default();
            for (m, metric) in ALL.iter().enumerate() {
                let assessed = columns.each_ref().map(|cases| metric.assess(cases));
                let Estimate { low, high, .. } = assessed[0].estimate;
                covered[m] += u32::from(low.unwrap() <= truth[m] && truth[m] <= high.unwrap());
                if metric.id() == "recall" {
                    assessed.iter().for_each(|a| mean.add(a));
                    let Estimate { low, high, .. } = std::mem::take(&mut mean).finish();
                    covered[ALL.len()] += u32::from(low.unwrap() <= truth[m] && truth[m] <= high.unwrap());
                }
            }
        }
        for (name, covered) in ALL.iter().map(|m| m.id()).chain(["macro recall"]).zip(covered) {
            let share = f64::from(covered) / trials as f64;
            assert!((0.92..=0.985).contains(&share), "{samples} x {twins} {name}: {share}");
        }
    }
}
