//! Two runs side by side, image by image.
//!
//! Both analyzers saw the same images, so what counts is where they differ: images that the second gets right and the first
//! got wrong are *fixed*, the others *broken*. An exact test says whether a fair coin would split them as unevenly, for
//! misses and for false alarms apart, since the one is often bought with the other: by category, and over all categories, for a
//! release that is a little worse everywhere is worse although no category alone tells. All of these tests are taken together
//! (Benjamini and Hochberg), so that two analyzers that are equally good are told apart in at most one of twenty comparisons.

mod bootstrap;
mod corpora;
mod pairing;
mod text;

use std::collections::BTreeMap;

use retake_label::{Category, State};
use serde::{Deserialize, Serialize};

pub use bootstrap::Plan;
pub use corpora::{Carried, CarriedCategory, Corpora, Pair};
pub use pairing::Pairing;
pub use text::{carried_table, markdown, table};

use crate::metrics::{self, Cases};
use crate::run::RunInfo;
use crate::score::score_rows;
use crate::stats::{benjamini_hochberg, sign_test, two_proportions};
use crate::table::{Column, Table};
use crate::{Difference, Estimate, Result};

/// The expected share of false claims among the changes that are claimed.
pub const FALSE_DISCOVERY_RATE: f64 = 0.05;

/// A run with its columns.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Who, on what.
    pub info: &'a RunInfo,
    /// What came of it.
    pub table: &'a Table,
}

/// How the second run differs from the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The first run.
    pub before: RunInfo,
    /// The second run.
    pub after: RunInfo,
    /// Whether images were compared one by one. Without it the runs may be on different images, and much larger changes go
    /// unnoticed.
    pub paired: bool,
    /// Images that are compared; in an unpaired comparison those of the first run.
    pub images: u64,
    /// Images that only one of the runs has.
    pub left_out: u64,
    /// Bootstrap replicates behind the intervals; 0 in an unpaired comparison.
    pub replicates: u32,
    /// The categories that both analyzers know.
    pub categories: Vec<CategoryComparison>,
    /// The categories together; only in a paired comparison.
    #[serde(default)]
    pub overall: Option<Overall>,
    /// Differences of the averages over these categories, by metric; only in a paired comparison.
    pub r#macro: BTreeMap<String, Difference>,
    /// Every decision that became right or wrong, by category and image; only in a paired comparison.
    pub changes: Vec<Changed>,
}

/// One category of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryComparison {
    /// The category.
    pub category: Category,
    /// Every metric before and after.
    pub metrics: BTreeMap<String, Change>,
    /// Of the images with the defect: those that are found now and were missed, and the reverse.
    pub recall: Test,
    /// Of the images without the defect: those that are cleared now and were not, and the reverse.
    pub specificity: Test,
    /// All decisions together; informative, and in no verdict.
    pub decisions: Test,
}

/// The decisions on all categories.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overall {
    /// Where the defect is there: what is found now and was missed, and the reverse.
    pub recall: Test,
    /// Where it is not there: what is cleared now and was not, and the reverse.
    pub specificity: Test,
}

/// A metric before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Before.
    pub before: Estimate,
    /// After.
    pub after: Estimate,
    /// After minus before.
    pub difference: Difference,
}

/// Whether decisions got better or worse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Images that are right now and were wrong; over several categories decisions, of which an image has one in each.
    pub fixed: u64,
    /// Images or decisions that are wrong now and were right.
    pub broken: u64,
    /// Samples with more fixed than broken ones, and the reverse: what is tested, as images of one sample are alike. With
    /// one image a sample these are the images.
    pub samples: [u64; 2],
    /// The two-sided p-value of the exact test (McNemar's; in an unpaired comparison of two proportions).
    pub p: f64,
    /// The p-value adjusted for all tests of the comparison.
    pub adjusted_p: f64,
    /// What follows.
    pub verdict: Verdict,
}

/// What a test says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Better beyond chance.
    Improved,
    /// Worse beyond chance.
    Regressed,
    /// No change beyond chance.
    Unchanged,
}

/// A decision that became right or wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// The category.
    pub category: Category,
    /// The image.
    pub image_id: String,
    /// Whether the defect is there.
    pub truth: State,
    /// Whether it is right now.
    pub fixed: bool,
    /// The picture's file, where the corpus lies at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Comparison {
    /// Compares runs on the same images, one by one.
    ///
    /// # Errors
    /// When they are on different corpora, have no image in common, or disagree about the truth of an image.
    pub fn paired(before: Side<'_>, after: Side<'_>, plan: &Plan) -> Result<Self> {
        let pairing = Pairing::new(before, after)?;
        let columns = pairing.columns();
        let cases: Vec<[Cases; 2]> = columns.iter().map(|column| pairing.cases(*column)).collect();
        let replicates = bootstrap::differences(&cases, before.table.sample_count(), plan);
        let mut categories = Vec::new();
        let mut changes = Vec::new();
        for (position, (columns, cases)) in columns.iter().zip(&cases).enumerate() {
            let category = columns[0].category();
            let change = |(i, metric): (usize, &&dyn metrics::Metric)| {
                let [before, after] = [&cases[0], &cases[1]].map(|cases| metric.assess(cases).estimate);
                let difference = replicates.of(position, i, &before, &after);
                (metric.id().to_owned(), Change { before, after, difference })
            };
            categories.push(CategoryComparison {
                category,
                metrics: metrics::ALL.iter().enumerate().map(change).collect(),
                recall: tested(std::slice::from_ref(cases), |truth| truth),
                specificity: tested(std::slice::from_ref(cases), |truth| !truth),
                decisions: tested(std::slice::from_ref(cases), |_| true),
            });
            changes.extend(pairing.changes(*columns));
        }
        let mut overall =
            Overall { recall: tested(&cases, |truth| truth), specificity: tested(&cases, |truth| !truth) };
        adjust(&mut categories, Some(&mut overall));
        Ok(Self {
            before: before.info.clone(),
            after: after.info.clone(),
            paired: true,
            images: pairing.len() as u64,
            left_out: pairing.left_out(),
            replicates: replicates.count(),
            r#macro: replicates.macros(&categories),
            overall: Some(overall),
            categories,
            changes,
        })
    }

    /// Compares runs on different images, or as if they were.
    pub fn unpaired(before: Side<'_>, after: Side<'_>) -> Self {
        let both = before.table.columns.iter().filter_map(|a| {
            let b = after.table.column(a.category())?;
            (a.supported && b.supported).then_some((a, b))
        });
        let mut categories: Vec<CategoryComparison> = both
            .map(|(a, b)| {
                let cases = [(before.table, a), (after.table, b)].map(|(table, column)| {
                    score_rows(table, column, 0..table.len(), |row| column.replies[row]).cases
                });
                let change = |metric: &&dyn metrics::Metric| {
                    let [before, after] = [&cases[0], &cases[1]].map(|cases| metric.assess(cases));
                    let difference = Difference::independent(&before.estimate, &after.estimate);
                    (
                        metric.id().to_owned(),
                        Change { before: before.estimate, after: after.estimate, difference },
                    )
                };
                CategoryComparison {
                    category: a.category(),
                    metrics: metrics::ALL.iter().map(change).collect(),
                    recall: unpaired(&cases, "recall"),
                    specificity: unpaired(&cases, "specificity"),
                    decisions: unpaired(&cases, "accuracy"),
                }
            })
            .collect();
        adjust(&mut categories, None);
        Self {
            before: before.info.clone(),
            after: after.info.clone(),
            paired: false,
            images: before.table.len() as u64,
            left_out: 0,
            replicates: 0,
            categories,
            overall: None,
            r#macro: BTreeMap::new(),
            changes: Vec::new(),
        }
    }

    /// Whether anything got worse beyond chance.
    pub fn regressed(&self) -> bool {
        self.tests().any(|(.., test)| test.verdict == Verdict::Regressed)
    }

    /// Whether anything got better beyond chance.
    pub fn improved(&self) -> bool {
        self.tests().any(|(.., test)| test.verdict == Verdict::Improved)
    }

    /// All tests that the verdict rests on: of a category or of all together, and of which errors.
    pub fn tests(&self) -> impl Iterator<Item = (Option<Category>, &'static str, &Test)> {
        let of_category = self.categories.iter().map(|c| (Some(c.category), &c.recall, &c.specificity));
        let overall = self.overall.iter().map(|all| (None, &all.recall, &all.specificity));
        of_category.chain(overall).flat_map(|(category, recall, specificity)| {
            [(category, "misses", recall), (category, "false alarms", specificity)]
        })
    }
}

/// Adjusts the tests of recall and specificity for each other, those of all decisions of a category among themselves.
fn adjust(categories: &mut [CategoryComparison], overall: Option<&mut Overall>) {
    let settle = |tests: Vec<(&mut Test, bool)>| {
        let adjusted = benjamini_hochberg(&tests.iter().map(|(test, _)| test.p).collect::<Vec<_>>());
        for ((test, worse), adjusted) in tests.into_iter().zip(adjusted) {
            test.adjusted_p = adjusted;
            test.verdict = match (adjusted <= FALSE_DISCOVERY_RATE, worse) {
                (true, true) => Verdict::Regressed,
                (true, false) => Verdict::Improved,
                (false, _) => Verdict::Unchanged,
            };
        }
    };
    let fell = |change: &Change| change.after.value < change.before.value;
    let mut tests = Vec::new();
    let mut decisions = Vec::new();
    for category in categories {
        let [recall, specificity, accuracy] =
            ["recall", "specificity", "accuracy"].map(|id| category.metrics.get(id).is_some_and(fell));
        // Of unpaired images no sample was fixed or broken; there the rates tell the direction.
        let worse = |test: &Test, fell: bool| {
            if test.samples == [0, 0] { fell } else { test.samples[1] > test.samples[0] }
        };
        let directions = [
            worse(&category.recall, recall),
            worse(&category.specificity, specificity),
            worse(&category.decisions, accuracy),
        ];
        tests.push((&mut category.recall, directions[0]));
        tests.push((&mut category.specificity, directions[1]));
        decisions.push((&mut category.decisions, directions[2]));
    }
    for test in overall.into_iter().flat_map(|all| [&mut all.recall, &mut all.specificity]) {
        let fell = test.samples[1] > test.samples[0];
        tests.push((test, fell));
    }
    settle(tests);
    settle(decisions);
}

/// The exact test over the images of some truth, of one category or of several; the cases of the two runs stand in the same
/// order.
fn tested(categories: &[[Cases; 2]], counts: impl Fn(bool) -> bool) -> Test {
    let mut net: BTreeMap<u32, i64> = BTreeMap::new();
    let (mut fixed, mut broken) = (0, 0);
    let pairs = categories.iter().flat_map(|[before, after]| before.as_slice().iter().zip(after.as_slice()));
    for (a, b) in pairs.filter(|(a, _)| counts(a.truth)) {
        let [was, is] = [a, b].map(|case| case.called() == Some(case.truth));
        if was != is {
            fixed += u64::from(is);
            broken += u64::from(was);
            *net.entry(a.cluster).or_default() += if is { 1 } else { -1 };
        }
    }
    let samples =
        [net.values().filter(|n| **n > 0).count() as u64, net.values().filter(|n| **n < 0).count() as u64];
    let p = sign_test(samples[0], samples[1]);
    Test { fixed, broken, samples, p, adjusted_p: p, verdict: Verdict::Unchanged }
}

fn unpaired(cases: &[Cases; 2], metric: &str) -> Test {
    let assessed =
        metrics::by_id(metric).map(|metric| [&cases[0], &cases[1]].map(|cases| metric.assess(cases)));
    let rates = assessed
        .and_then(|[a, b]| Some([(a.estimate.value?, a.effective), (b.estimate.value?, b.effective)]));
    let p = rates.map_or(1.0, |[(p, n), (q, m)]| two_proportions(p, n, q, m));
    Test { fixed: 0, broken: 0, samples: [0, 0], p, adjusted_p: p, verdict: Verdict::Unchanged }
}

/// The columns of one category in two runs.
type Columns<'a> = [&'a Column; 2];
