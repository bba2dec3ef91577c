//! By facts about the images: which surfaces, phones or skins the analyzer is worse on.

use serde::Serialize;

use super::heat::Cell;
use super::words::{self, count, heading};
use crate::Estimate;
use crate::analysis::slices::{Figures, Slice, Worst};
use crate::report::Report;

/// The worst slices in words, and all of them as tables.
#[derive(Serialize)]
pub(super) struct Slices {
    /// Those that differ from the rest beyond chance.
    beyond: Vec<String>,
    /// How many comparisons there were to find them in.
    note: String,
    matrices: Vec<Matrix>,
}

/// One figure of all categories on all slices.
#[derive(Serialize)]
struct Matrix {
    title: &'static str,
    columns: Vec<&'static str>,
    groups: Vec<Group>,
}

/// The slices of one fact.
#[derive(Serialize)]
struct Group {
    title: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    title: String,
    images: String,
    cells: Vec<Cell>,
}

impl Slices {
    pub(super) fn of(report: &Report) -> Self {
        let slices = &report.slices;
        let beyond: Vec<String> =
            slices.worst.iter().filter(|worst| worst.beyond_chance).map(in_words).collect();
        let least = slices.least;
        let mut note = format!("Slices of fewer than {least} images are greyed and not ranked.");
        if beyond.is_empty() {
            note = format!("No slice differs from the rest beyond chance. {note}");
        }
        if !slices.left_out.is_empty() {
            let facts: Vec<String> = slices.left_out.iter().map(|key| key.replace('_', " ")).collect();
            note += &format!(" Too many values to slice by: {}.", words::list(&facts));
        }
        let matrices = [
            matrix(report, "recall", "Recall", |figures| figures.recall),
            matrix(report, "specificity", "Specificity", |figures| figures.specificity),
        ];
        let matrices = if slices.slices.is_empty() { Vec::new() } else { matrices.into() };
        Self { beyond, note, matrices }
    }
}

/// Such as `Glare spots, recall on surface wood: 61 % (50–71), elsewhere 84 % (80–88).`
fn in_words(worst: &Worst) -> String {
    let [here, rest] = [worst.estimate, worst.rest].map(|e| words::in_words(&e).unwrap_or_default());
    let (category, metric) = (worst.category.title(), &worst.metric);
    let (fact, value) = (worst.attribute.replace('_', " "), worst.value.replace('_', " "));
    format!("{category}, {metric} on {fact} {value}: {here}, elsewhere {rest}.")
}

fn matrix(report: &Report, id: &str, title: &'static str, pick: fn(&Figures) -> Estimate) -> Matrix {
    let categories: Vec<_> =
        report.categories.iter().filter(|row| row.supported).map(|row| row.category).collect();
    let mut groups: Vec<Group> = Vec::new();
    for slices in report.slices.slices.chunk_by(|a, b| a.attribute == b.attribute) {
        let row = |slice: &Slice| Row {
            title: slice.value.replace('_', " "),
            images: count(slice.images),
            cells: categories
                .iter()
                .map(|category| {
                    let worst = |w: &&Worst| {
                        (w.category, w.metric.as_str(), &w.attribute, &w.value)
                            == (*category, id, &slice.attribute, &slice.value)
                    };
                    let beyond = report.slices.worst.iter().filter(|w| w.beyond_chance).any(|w| worst(&w));
                    let estimate = slice.categories.get(category).map_or(Estimate::NONE, pick);
                    cell(&estimate, report.slices.least, beyond)
                })
                .collect(),
        };
        // A fact of one value tells nothing.
        if slices.len() > 1 {
            groups
                .push(Group { title: heading(&slices[0].attribute), rows: slices.iter().map(row).collect() });
        }
    }
    Matrix { title, columns: categories.iter().map(|category| category.title()).collect(), groups }
}

fn cell(estimate: &Estimate, least: u64, beyond: bool) -> Cell {
    match words::bounds(estimate) {
        Some([value, low, high]) => Cell {
            text: format!("{:.0} %", 100.0 * value),
            of: format!("{}, n {}", words::range(low, high), count(estimate.n)),
            heat: words::heat(1.0 - value),
            few: estimate.n < least,
            beyond,
        },
        None => Cell::NONE,
    }
}
