//! Which defect makes the analyzer cry another: false alarms by what else was on the image.

use serde::Serialize;

use super::words::{self, count};
use crate::report::{CategoryReport, Report};

/// A row per category that was called, a column per defect that was really there.
#[derive(Serialize)]
pub(super) struct Confusion {
    columns: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    title: &'static str,
    overall: Cell,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    /// False alarms of images, in words; empty where there is no such image.
    of: String,
    /// How strong the colour is, 0-9.
    heat: u8,
    /// Whether the rate is above the category's own beyond chance.
    beyond: bool,
}

impl Confusion {
    /// `None` where no image shows two things apart.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let rows: Vec<&CategoryReport> = report.categories.iter().filter(|row| row.supported).collect();
        let columns: Vec<_> = report
            .categories
            .iter()
            .map(|row| row.category)
            .filter(|cause| rows.iter().any(|row| row.confused_with.contains_key(cause)))
            .collect();
        (!columns.is_empty()).then(|| Self {
            columns: columns.iter().map(|cause| cause.title()).collect(),
            rows: rows
                .iter()
                .map(|row| {
                    let overall = row.counts.fp as f64 / row.counts.absent().max(1) as f64;
                    Row {
                        title: row.category.title(),
                        overall: cell(row.counts.fp, row.counts.absent(), false),
                        cells: columns
                            .iter()
                            .map(|cause| match row.confused_with.get(cause) {
                                Some(of) => cell(of.false_alarms, of.images, of.exceeds(overall)),
                                None => cell(0, 0, false),
                            })
                            .collect(),
                    }
                })
                .collect(),
        })
    }
}

fn cell(false_alarms: u64, images: u64, beyond: bool) -> Cell {
    if images == 0 {
        return Cell { text: String::new(), of: String::new(), heat: 0, beyond };
    }
    let rate = false_alarms as f64 / images as f64;
    Cell {
        text: format!("{} %", words::three_digits((100.0 * rate).round())),
        of: format!("{} of {}", count(false_alarms), count(images)),
        // The square root spreads the small rates, which are the usual ones.
        heat: (rate.sqrt() * 9.0).round() as u8,
        beyond,
    }
}
