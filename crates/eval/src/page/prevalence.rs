//! Precision for the mix of failures that production sees.

use serde::Serialize;

use super::words::{self, Percent};
use crate::report::Report;

/// A row per category, a column per profile.
#[derive(Serialize)]
pub(super) struct Prevalence {
    /// Name and description.
    profiles: Vec<[String; 2]>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    title: String,
    /// On the images of the run.
    here: Percent,
    cells: Vec<Option<Cell>>,
}

#[derive(Serialize)]
struct Cell {
    /// The share of images that have the defect.
    prevalence: String,
    percent: Percent,
}

impl Prevalence {
    /// Without rows where no profile knows a category.
    pub(super) fn of(report: &Report) -> Self {
        let profiles = &report.prevalence;
        let known = report
            .categories
            .iter()
            .filter(|row| profiles.iter().any(|profile| profile.categories.contains_key(&row.category)));
        let mut rows: Vec<Row> = known
            .filter_map(|row| {
                let cell = |profile: &crate::analysis::prevalence::Restated| {
                    let restated = profile.categories.get(&row.category)?;
                    let prevalence = format!("{} %", words::three_digits(100.0 * restated.prevalence));
                    Some(Cell { prevalence, percent: Percent::of(&restated.precision) })
                };
                Some(Row {
                    title: row.category.title().to_owned(),
                    here: Percent::of(row.metrics.get("precision")?),
                    cells: profiles.iter().map(cell).collect(),
                })
            })
            .collect();
        if let (false, Some(here)) = (rows.is_empty(), report.micro.get("precision")) {
            let overall = profiles.iter().map(|profile| {
                Some(Cell { prevalence: String::new(), percent: Percent::of(&profile.overall) })
            });
            rows.push(Row {
                title: "All calls".to_owned(),
                here: Percent::of(here),
                cells: overall.collect(),
            });
        }
        let profiles =
            profiles.iter().map(|p| [p.profile.replace('_', " "), p.description.clone()]).collect();
        Self { profiles, rows }
    }
}
