//! The harness against an analyzer whose errors are known beforehand.

mod support;

use retake_eval::report::{self, Report};
use retake_eval::{Estimate, metrics};
use retake_label::Category;
use support::{corpus, run_all, setup, simulations};

fn report(spec: &str, images: usize) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let run = run_all(folder.path(), spec, &corpus(images), &setup(2)).unwrap();
    Report::build(&run).unwrap()
}

fn covers(estimate: &Estimate, truth: f64) -> bool {
    estimate.low.unwrap() <= truth && truth <= estimate.high.unwrap()
}

#[test]
fn a_perfect_oracle_is_perfect_and_still_has_intervals() {
    let report = report("builtin:oracle", 300);
    for category in &report.categories {
        assert!(category.counts.borderline > 0 && category.counts.present() > 0, "{category:?}");
        for metric in metrics::ALL {
            let estimate = category.metrics[metric.id()];
            assert_eq!(estimate.value, Some(1.0), "{} of {}", metric.id(), category.category);
            assert!(estimate.low.unwrap() < 1.0 && estimate.high == Some(1.0));
        }
    }
    for estimate in report.r#macro.values().chain(report.micro.values()) {
        assert!(estimate.value == Some(1.0) && estimate.low.unwrap() < 1.0);
    }
}

/// `RETAKE_SIMULATIONS=1000 cargo test --release -p retake-eval --test oracle` simulates more.
#[test]
fn intervals_cover_the_truth_as_often_as_they_promise() {
    const IMAGES: usize = 600;
    let reports: Vec<Report> = (0..simulations(60))
        .map(|seed| report(&format!("builtin:oracle?miss=0.1&false_alarm=0.02&seed={seed}"), IMAGES))
        .collect();
    let mut told = Vec::new();
    for metric in metrics::ALL {
        let (mut covered, mut intervals) = (0, 0);
        let mut of = |estimates: Vec<Estimate>, truth: f64| {
            intervals += estimates.len();
            covered += estimates.iter().filter(|estimate| covers(estimate, truth)).count();
        };
        for category in 0..reports[0].categories.len() {
            let estimates: Vec<Estimate> =
                reports.iter().map(|report| report.categories[category].metrics[metric.id()]).collect();
            // What the set rates come to on these images; of a ranking no more is known than what it is on average.
            let counts = &reports[0].categories[category].counts;
            let (with, without) = (counts.present() as f64, counts.absent() as f64);
            let truth = match metric.id() {
                "recall" => 0.9,
                "specificity" => 0.98,
                "precision" => 0.9 * with / (0.9 * with + 0.02 * without),
                "f1" => 1.8 * with / (1.9 * with + 0.02 * without),
                "accuracy" => (0.9 * with + 0.98 * without) / (with + without),
                _ => estimates.iter().filter_map(|e| e.value).sum::<f64>() / estimates.len() as f64,
            };
            of(estimates, truth);
        }
        let means: Vec<Estimate> = reports.iter().map(|report| report.r#macro[metric.id()]).collect();
        let truth = means.iter().filter_map(|e| e.value).sum::<f64>() / means.len() as f64;
        of(means, truth);
        told.push((metric.id(), covered as f64 / intervals as f64, intervals));
    }
    for (metric, rate, intervals) in &told {
        // 93 to 97 %, give or take three deviations of so many intervals.
        let room = 3.0 * (0.95 * 0.05 / *intervals as f64).sqrt();
        assert!((0.93 - room..=0.97 + room).contains(rate), "{metric}: {rate} of {intervals}; all: {told:?}");
    }
    let backlit = reports[0].categories.iter().find(|c| c.category == Category::BACKLIT_FACE).unwrap();
    assert_eq!(backlit.counts.not_applicable, 450);
}

#[test]
fn noise_spoils_the_ranking_and_no_decision() {
    let (clean, noisy) = (report("builtin:oracle", 1000), report("builtin:oracle?noise=0.9", 1000));
    for (clean, noisy) in clean.categories.iter().zip(&noisy.categories) {
        assert_eq!(clean.counts, noisy.counts);
        assert!(noisy.metrics["auroc"].high < clean.metrics["auroc"].value);
    }
}

#[test]
fn abstentions_stay_in_the_denominators() {
    let report = report("builtin:oracle?abstain=0.25", 2000);
    assert!((400..600).contains(&report.outcomes.abstained), "{:?}", report.outcomes);
    for category in &report.categories {
        assert!(covers(&category.metrics["recall"], 0.75), "{category:?}");
        assert!(covers(&category.metrics["specificity"], 0.75), "{category:?}");
        assert_eq!(category.metrics["precision"].value, Some(1.0));
        assert_eq!(category.metrics["recall"].n, category.counts.present());
        assert_eq!(category.metrics["specificity"].n, category.counts.absent());
    }
}

#[test]
fn the_table_fits_a_terminal_and_says_what_it_leaves_out() {
    let report = report("builtin:oracle?miss=0.3&false_alarm=0.1&abstain=0.02", 400);
    let table = report::table(&report, None);
    assert!(table.lines().take(7).all(|line| line.chars().count() <= 100), "{table}");
    for needle in ["blur", "micro", "macro", "borderline, left out: blur", "abstained on", "AUROC"] {
        assert!(table.contains(needle), "{needle} is missing:\n{table}");
    }
    let markdown = report::markdown(&report, None);
    assert_eq!(markdown.lines().filter(|line| line.starts_with("| ")).count(), 6, "{markdown}");
}

#[test]
fn a_report_reads_back_and_holds_no_nan() {
    let folder = tempfile::tempdir().unwrap();
    // Three images leave metrics without anything to measure.
    let run = run_all(folder.path(), "builtin:oracle", &corpus(3), &setup(1)).unwrap();
    let (report, timing) = report::write(&run).unwrap();
    let path = folder.path().join(report::FILE);
    assert_eq!(Report::read(&path).unwrap(), report);
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("\"value\": null") && !text.contains("NaN"));
    assert!(report.micro.values().all(|e| e.value.is_none() == (e.method == retake_eval::Method::None)));
    assert!(timing.latency.is_some());
}
