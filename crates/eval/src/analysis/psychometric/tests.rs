use retake_label::Direction;

use super::*;
use crate::hash::unit;

/// Images whose calls follow a logistic curve in the logarithm of the measure.
fn simulated(images: u32, seed: u64, midpoint: f64, slope: f64, guess: f64, lapse: f64) -> Vec<Seen> {
    let draw = |i: u32, purpose: &str| unit(purpose, &[&seed.to_le_bytes(), &i.to_le_bytes()]);
    (0..images)
        .map(|i| {
            let clean = i.is_multiple_of(3);
            let measure = if clean { 0.0 } else { 0.002 * libm::pow(150.0, draw(i, "measure")) };
            let core = 1.0 / (1.0 + libm::exp(-slope * libm::log(measure / midpoint)));
            let rate = guess + (1.0 - guess - lapse) * core;
            Seen { measure, sample: i, called: draw(i, "call") < rate }
        })
        .collect()
}

#[test]
fn intervals_of_thresholds_cover_the_truth_as_often_as_they_promise() {
    let (mut covered, mut half) = (0, 0);
    let runs = 120;
    for seed in 0..runs {
        let seen = simulated(600, seed, 0.02, 3.0, 0.03, 0.04);
        let found = Psychometric::fitted(&seen, Direction::HigherIsWorse).unwrap();
        assert!(found.rises);
        // Where 0.03 + 0.93 F = level.
        for (threshold, level) in found.thresholds.iter().zip(LEVELS) {
            let core = (level - 0.03) / 0.93;
            let truth = 0.02 * libm::exp(libm::log(core / (1.0 - core)) / 3.0);
            let (mild, bad) = (threshold.mild.unwrap_or(0.0), threshold.bad.unwrap_or(f64::INFINITY));
            let inside = mild <= truth && truth <= bad;
            covered += u32::from(inside);
            half += u32::from(inside && level == 0.5);
        }
    }
    // 95 % of 240 and 120, give or take three deviations.
    assert!((218..=238).contains(&covered), "{covered}");
    assert!((107..=120).contains(&half), "{half}");
}

#[test]
fn an_abrupt_start_has_an_interval_by_counting() {
    let seen: Vec<Seen> =
        (0..200).map(|i| Seen { measure: f64::from(i) / 1000.0, sample: i, called: i >= 80 }).collect();
    let found = Psychometric::fitted(&seen, Direction::HigherIsWorse).unwrap();
    let [half, most] = &found.thresholds[..] else { panic!() };
    assert_eq!(half.status, Status::Reached);
    let (mild, at, bad) = (half.mild.unwrap(), half.measure.unwrap(), half.bad.unwrap());
    assert!((0.078..=0.081).contains(&at) && mild < at && at < bad, "{half:?}");
    assert!((mild - 0.074).abs() < 1e-9 && (bad - 0.085).abs() < 1e-9, "six in a row: {half:?}");
    assert!(most.bad.unwrap() > bad, "{most:?}");
}

#[test]
fn what_is_never_found_is_said_to_be_never_found() {
    let seen = simulated(900, 1, 0.02, 3.0, 0.0, 0.4);
    let found = Psychometric::fitted(&seen, Direction::HigherIsWorse).unwrap();
    assert_eq!(found.thresholds[0].status, Status::Reached);
    let most = &found.thresholds[1];
    assert_eq!((most.status, most.measure, most.bad), (Status::NotReached, None, None));
    assert!((found.lapse - 0.4).abs() < 0.1, "{found:?}");
    assert!(found.in_words("Glare", "share of the card").contains("never nine tenths"));
    let coin: Vec<Seen> = seen.iter().map(|s| Seen { called: s.sample % 2 == 0, ..*s }).collect();
    let found = Psychometric::fitted(&coin, Direction::HigherIsWorse).unwrap();
    assert!(!found.rises && found.thresholds.iter().all(|t| t.status == Status::Unclear), "{found:?}");
    let same: Vec<Seen> = seen.iter().map(|s| Seen { measure: 1.0, ..*s }).collect();
    assert!(Psychometric::fitted(&same, Direction::HigherIsWorse).is_none());
}

#[test]
fn a_measure_that_falls_is_read_downwards() {
    let seen: Vec<Seen> = simulated(900, 2, 0.02, 4.0, 0.0, 0.0)
        .into_iter()
        .filter(|s| s.measure > 0.0)
        .map(|s| Seen { measure: 3.0 / s.measure, ..s })
        .collect();
    let found = Psychometric::fitted(&seen, Direction::LowerIsWorse).unwrap();
    let half = &found.thresholds[0];
    assert!((half.measure.unwrap() - 150.0).abs() < 15.0, "{half:?}");
    assert!(half.mild.unwrap() > half.measure.unwrap() && half.bad.unwrap() < half.measure.unwrap());
    let sentence = found.in_words("Low resolution", "dpi");
    assert!(
        sentence.starts_with("finds low resolution: half from 1") && sentence.contains("dpi down ("),
        "{sentence}"
    );
}
