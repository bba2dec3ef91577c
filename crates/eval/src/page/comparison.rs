//! What changed since the baseline, image by image.

use serde::Serialize;

use super::words::{self, lower_title};
use crate::compare::{self, Change, Test, Verdict};
use crate::{Difference, metrics};

/// Metrics whose change is shown.
const SHOWN: [&str; 4] = ["recall", "specificity", "precision", "f1"];

/// The paired comparison with the baseline.
#[derive(Serialize)]
pub(super) struct Comparison {
    /// What a release manager reads first.
    verdict: String,
    regressed: bool,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    /// The mean over the categories.
    mean: Vec<Cell>,
    /// Over all categories.
    overall: Vec<Tested>,
    note: String,
}

#[derive(Serialize)]
struct Row {
    id: &'static str,
    title: &'static str,
    cells: Vec<Cell>,
    tests: [Tested; 2],
}

/// A metric's change.
#[derive(Serialize)]
struct Cell {
    /// After, percent.
    after: String,
    /// The change in points, with its sign.
    points: String,
    /// Its interval.
    range: String,
}

/// Fixed and broken images of one kind.
#[derive(Serialize)]
struct Tested {
    text: String,
    p: String,
    /// `improved`, `regressed` or empty.
    verdict: &'static str,
}

impl Comparison {
    pub(super) fn of(comparison: &compare::Comparison) -> Self {
        let rows = comparison.categories.iter().map(|category| Row {
            id: category.category.id(),
            title: category.category.title(),
            cells: SHOWN.iter().filter_map(|id| category.metrics.get(*id)).map(Cell::of_change).collect(),
            tests: [&category.recall, &category.specificity].map(Tested::of),
        });
        let mean = SHOWN.iter().filter_map(|id| comparison.r#macro.get(*id)).map(|d| Cell::of(None, d));
        Self {
            verdict: verdict(comparison),
            regressed: comparison.regressed(),
            columns: SHOWN.iter().filter_map(|id| metrics::by_id(id)).map(metrics::Metric::title).collect(),
            rows: rows.collect(),
            mean: mean.collect(),
            overall: comparison
                .overall
                .iter()
                .flat_map(|all| [&all.recall, &all.specificity])
                .map(Tested::of)
                .collect(),
            note: note(comparison),
        }
    }
}

/// Which categories moved beyond chance.
fn verdict(comparison: &compare::Comparison) -> String {
    let moved = |wanted: Verdict| -> Vec<String> {
        let moved = comparison.tests().filter(|(.., test)| test.verdict == wanted);
        moved
            .map(|(category, what, _)| match category {
                Some(category) => format!("{what} of {}", lower_title(category)),
                None => format!("{what} over all categories"),
            })
            .collect()
    };
    let (worse, better) = (moved(Verdict::Regressed), moved(Verdict::Improved));
    match (worse.is_empty(), better.is_empty()) {
        (true, true) => "Nothing changed beyond chance.".to_owned(),
        (true, false) => format!("Better beyond chance: {}. Nothing is worse.", words::list(&better)),
        (false, true) => format!("Worse beyond chance: {}.", words::list(&worse)),
        (false, false) => {
            let (worse, better) = (words::list(&worse), words::list(&better));
            format!("Worse beyond chance: {worse}. Better: {better}.")
        }
    }
}

fn note(comparison: &compare::Comparison) -> String {
    let images = words::counted(comparison.images, "image");
    let mut note = format!(
        "{images} paired; changes in points with 95 % intervals from {} draws of samples; p by the exact test on fixed and \
         broken images (McNemar), adjusted for all of these tests (Benjamini and Hochberg).",
        words::count(u64::from(comparison.replicates))
    );
    if comparison.left_out > 0 {
        let left_out = words::counted(comparison.left_out, "image");
        note += &format!(" {left_out} in one run only, and left out.");
    }
    note
}

impl Cell {
    fn of_change(change: &Change) -> Self {
        Self::of(change.after.value, &change.difference)
    }

    fn of(after: Option<f64>, difference: &Difference) -> Self {
        let after = after.map_or_else(String::new, |value| format!("{:.1}", 100.0 * value));
        match (difference.value, difference.low, difference.high) {
            (Some(value), Some(low), Some(high)) => {
                Self { after, points: signed(value), range: format!("{} to {}", signed(low), signed(high)) }
            }
            _ => Self { after: "–".to_owned(), points: String::new(), range: String::new() },
        }
    }
}

/// Such as `+2.5`, in points, with a real minus sign.
fn signed(share: f64) -> String {
    let text = format!("{:+.1}", 100.0 * share);
    if text == "-0.0" { "+0.0".to_owned() } else { text.replace('-', "\u{2212}") }
}

impl Tested {
    fn of(test: &Test) -> Self {
        let text = match (test.fixed, test.broken) {
            (0, 0) => "none".to_owned(),
            (fixed, broken) => format!("{} fixed, {} broken", words::count(fixed), words::count(broken)),
        };
        let p = match test.adjusted_p {
            _ if test.fixed + test.broken == 0 => String::new(),
            p if p < 0.001 => "p < 0.001".to_owned(),
            p => format!("p {p:.3}"),
        };
        let verdict = match test.verdict {
            Verdict::Improved => "improved",
            Verdict::Regressed => "regressed",
            Verdict::Unchanged => "",
        };
        Self { text, p, verdict }
    }
}
