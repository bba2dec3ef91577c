//! Which defect makes the analyzer cry another.

use std::collections::BTreeMap;

use retake_label::Category;
use serde::Serialize;

use super::heat::Cell;
use super::words::{self, count};
use crate::analysis::twins::Effect;
use crate::report::{CategoryReport, Report};

/// A table of what was caused, from twins, and one of what came together, from all images.
#[derive(Serialize)]
pub(super) struct Confusion {
    tables: Vec<Heat>,
}

/// A row per category that was called, a column per defect that was really there.
#[derive(Serialize)]
struct Heat {
    title: &'static str,
    lead: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    title: &'static str,
    cells: Vec<Cell>,
}

impl Confusion {
    pub(super) fn of(report: &Report) -> Self {
        Self { tables: [caused(report), together(report)].into_iter().flatten().collect() }
    }
}

/// What one defect alone adds to the calls of another category.
fn caused(report: &Report) -> Option<Heat> {
    let cries: BTreeMap<Category, &BTreeMap<Category, Effect>> =
        report.categories.iter().filter_map(|row| Some((row.category, &row.twins.as_ref()?.cries))).collect();
    heat(
        report,
        "What each defect makes it cry",
        "Pairs of images that differ in one defect (column): how much more often another category (row), absent on both, \
         is called where that defect is. Percentage points; outlined where the 95 % interval is above zero.",
        |row, cause| match cries.get(&cause).and_then(|cries| cries.get(&row.category)) {
            Some(effect) => effect_cell(effect),
            None => Cell::NONE,
        },
    )
}

/// How often a category was called where another defect was.
fn together(report: &Report) -> Option<Heat> {
    heat(
        report,
        "False alarms by what was there",
        "All images without the category (row) and with another defect (column): the share on which the category was \
         called. Outlined where that is beyond chance more than on all images without the category.",
        |row, cause| match row.confused_with.get(&cause) {
            Some(of) => {
                let overall = row.counts.fp as f64 / row.counts.absent().max(1) as f64;
                cell(of.false_alarms, of.images, of.exceeds(overall))
            }
            None => Cell::NONE,
        },
    )
}

/// `None` where no cell has anything to say.
fn heat(
    report: &Report,
    title: &'static str,
    lead: &'static str,
    cell: impl Fn(&CategoryReport, Category) -> Cell,
) -> Option<Heat> {
    let rows: Vec<&CategoryReport> = report.categories.iter().filter(|row| row.supported).collect();
    let said = |row: &CategoryReport, cause| !cell(row, cause).of.is_empty();
    let all = report.categories.iter().map(|row| row.category);
    let columns: Vec<Category> = all.filter(|cause| rows.iter().any(|row| said(row, *cause))).collect();
    let rows: Vec<Row> = rows
        .iter()
        .filter(|row| columns.iter().any(|cause| said(row, *cause)))
        .map(|row| Row {
            title: row.category.title(),
            cells: columns.iter().map(|cause| cell(row, *cause)).collect(),
        })
        .collect();
    let columns = columns.iter().map(|cause| cause.title()).collect::<Vec<_>>();
    (!rows.is_empty()).then_some(Heat { title, lead, columns, rows })
}

fn effect_cell(effect: &Effect) -> Cell {
    let (Some(value), Some(low)) = (effect.effect.value, effect.effect.low) else { return Cell::NONE };
    let points = (100.0 * value).round();
    Cell {
        text: if points == 0.0 { "0".to_owned() } else { format!("{points:+.0}").replace('-', "−") },
        of: format!("{} of {}", count(effect.only_with), words::counted(effect.effect.n, "pair")),
        heat: words::heat(value),
        few: false,
        beyond: low > 0.0,
    }
}

fn cell(false_alarms: u64, images: u64, beyond: bool) -> Cell {
    if images == 0 {
        return Cell::NONE;
    }
    let rate = false_alarms as f64 / images as f64;
    Cell {
        text: format!("{:.0} %", 100.0 * rate),
        of: format!("{} of {}", count(false_alarms), count(images)),
        heat: words::heat(rate),
        few: false,
        beyond,
    }
}
