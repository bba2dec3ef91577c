//! Comparisons and gates against analyzers whose quality is known beforehand.

mod support;

use retake_eval::compare::{Comparison, Plan, Side, Verdict};
use retake_eval::gate::{self, Policy};
use retake_eval::report;
use retake_eval::run::Folder;
use retake_eval::table::Table;
use support::{corpus, run_all, setup, simulations};

struct Run {
    folder: Folder,
    table: Table,
    _place: tempfile::TempDir,
}

fn run(spec: &str, images: usize) -> Run {
    let place = tempfile::tempdir().unwrap();
    let folder = run_all(place.path(), spec, &corpus(images), &setup(2)).unwrap();
    Run { table: Table::read(&folder, None).unwrap(), folder, _place: place }
}

impl Run {
    fn side(&self) -> Side<'_> {
        Side { info: self.folder.info(), table: &self.table }
    }
}

fn plan() -> Plan {
    Plan { seed: 1, replicates: 200 }
}

/// `RETAKE_SIMULATIONS=1000 cargo test --release -p retake-eval --test compare` simulates more.
#[test]
fn equally_good_releases_are_rarely_told_apart() {
    let policy =
        Policy::parse("p".as_ref(), "version = 1\n[drop]\nrecall = 0.0\nspecificity = 0.0\nf1 = 0.01\n")
            .unwrap();
    let pairs = simulations(60);
    let (mut changed, mut failed, mut covered, mut intervals) = (0, 0, 0, 0);
    for seed in 0..pairs {
        let spec = |s: u32| format!("builtin:oracle?miss=0.15&false_alarm=0.05&seed={s}");
        let (a, b) = (run(&spec(2 * seed), 400), run(&spec(2 * seed + 1), 400));
        let comparison = Comparison::paired(a.side(), b.side(), &plan()).unwrap();
        changed += u32::from(comparison.tests().any(|(.., test)| test.verdict != Verdict::Unchanged));
        let differences = comparison.categories.iter().flat_map(|c| c.metrics.values().map(|m| m.difference));
        for difference in differences.chain(comparison.r#macro.values().copied()) {
            let (low, high) = (difference.low.unwrap(), difference.high.unwrap());
            covered += u32::from(low <= 0.0 && 0.0 <= high);
            intervals += 1;
        }
        let (report, timing) = report::read(&b.folder, None).unwrap();
        failed += u32::from(!gate::judge(&policy, &report, &timing, Some(&comparison)).passed);
    }
    let deviations = |share: f64, n: f64| 3.0 * (share * (1.0 - share) / n).sqrt();
    let most = 0.05 + deviations(0.05, f64::from(pairs));
    let [changed, failed] = [changed, failed].map(|n| f64::from(n) / f64::from(pairs));
    let covered = f64::from(covered) / f64::from(intervals);
    let told = format!("{changed} changed, {failed} failed, {covered} covered, of {pairs}");
    assert!(changed <= most && failed <= most, "{told}");
    // Intervals of one comparison hang together, so there are about as many as comparisons times categories.
    let room = deviations(0.95, 3.0 * f64::from(pairs));
    assert!((0.93 - room..=0.97 + room).contains(&covered), "{told}");
}

#[test]
fn a_worse_release_regresses_and_its_images_are_named() {
    let (a, b) = (run("builtin:oracle?miss=0.05&seed=1", 600), run("builtin:oracle?miss=0.35&seed=2", 600));
    let comparison = Comparison::paired(a.side(), b.side(), &plan()).unwrap();
    assert!(comparison.regressed() && comparison.paired && comparison.left_out == 0);
    for category in &comparison.categories {
        assert_eq!(category.recall.verdict, Verdict::Regressed, "{category:?}");
        assert_eq!(category.specificity.verdict, Verdict::Unchanged);
        let difference = category.metrics["recall"].difference;
        assert!(difference.low < difference.value && difference.high.unwrap() < 0.0, "{difference:?}");
        let named = comparison.changes.iter().filter(|c| c.category == category.category && !c.fixed);
        assert_eq!(named.count() as u64, category.decisions.broken);
    }
    let back = Comparison::paired(b.side(), a.side(), &plan()).unwrap();
    assert!(!back.regressed());
    assert!(Comparison::unpaired(a.side(), b.side()).regressed());
}

#[test]
fn a_release_that_is_a_little_worse_everywhere_regresses() {
    let (a, b) = (run("builtin:oracle?miss=0.02&seed=1", 160), run("builtin:oracle?miss=0.3&seed=2", 160));
    let comparison = Comparison::paired(a.side(), b.side(), &plan()).unwrap();
    let overall = comparison.overall.unwrap();
    assert!(comparison.categories.iter().all(|c| c.recall.p > overall.recall.p), "{comparison:?}");
    assert_eq!(overall.recall.verdict, Verdict::Regressed, "{overall:?}");
    assert_eq!(overall.specificity.verdict, Verdict::Unchanged);
    let sum = |of: fn(&retake_eval::compare::Test) -> u64| -> u64 {
        comparison.categories.iter().map(|c| of(&c.recall)).sum()
    };
    assert_eq!([overall.recall.fixed, overall.recall.broken], [sum(|t| t.fixed), sum(|t| t.broken)]);
    assert!(comparison.regressed() && !comparison.improved());
    let text = retake_eval::compare::table(&comparison);
    assert!(
        text.contains("REGRESSED all categories, misses")
            && !text.contains("p 0.000")
            && text.contains("REGRESSED beyond chance"),
        "{text}"
    );
    let back = Comparison::paired(b.side(), a.side(), &plan()).unwrap();
    assert!(back.improved() && !back.regressed());
    assert!(Comparison::unpaired(a.side(), b.side()).overall.is_none());
}

#[test]
fn the_same_run_twice_has_no_change_and_still_an_interval() {
    let a = run("builtin:oracle?miss=0.1&seed=1", 200);
    let comparison = Comparison::paired(a.side(), a.side(), &plan()).unwrap();
    assert!(!comparison.regressed() && comparison.changes.is_empty());
    for category in &comparison.categories {
        let difference = category.metrics["recall"].difference;
        assert_eq!(difference.value, Some(0.0));
        assert!(difference.low.unwrap() < 0.0 && difference.high.unwrap() > 0.0, "{difference:?}");
    }
}

#[test]
fn runs_on_other_images_are_refused() {
    let (a, mut b) = (run("builtin:oracle", 100), run("builtin:oracle", 100));
    b.table.columns[0].states.reverse();
    let error = Comparison::paired(a.side(), b.side(), &plan()).unwrap_err().to_string();
    assert!(error.contains("disagree about the truth"), "{error}");
    let other = retake_eval::run::RunInfo {
        corpus: retake_eval::corpus::CorpusInfo {
            digest: "blake3:other".to_owned(),
            ..b.folder.info().corpus.clone()
        },
        ..b.folder.info().clone()
    };
    let error = Comparison::paired(a.side(), Side { info: &other, table: &b.table }, &plan())
        .unwrap_err()
        .to_string();
    assert!(error.contains("different corpora") && error.contains("--unpaired"), "{error}");
}
