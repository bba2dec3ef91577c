//! `report.json`: what a run amounts to, in estimates.
//!
//! Derived from the run folder alone, and the same to the byte for the same findings. What took how long is no
//! property of the findings, and stands in `timing.json`.

mod table;
mod timing;

use std::collections::BTreeMap;
use std::path::Path;

use retake_label::Category;
use serde::{Deserialize, Serialize};
pub use table::{markdown, table};
pub use timing::{Latency, TimingReport};

use crate::analyzer::{FailureKind, Outcome};
use crate::metrics::{self, Assessment, Macro};
use crate::run::{Entry, Folder, RunInfo};
use crate::score::{self, Coincidence, Column, Counts};
use crate::{Error, Estimate, Result};

/// The version of the report's format.
pub const FORMAT: u32 = 1;
/// The report's file in the run folder.
pub const FILE: &str = "report.json";
/// The timing's file in the run folder.
pub const TIMING_FILE: &str = "timing.json";

/// `report.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// What run it is.
    pub run: RunInfo,
    /// Images with an outcome; less than the corpus has while a run is under way.
    pub images: u64,
    /// What came of the images.
    pub outcomes: Outcomes,
    /// Averages over all decisions of all categories, by metric; only of metrics that can be pooled.
    pub micro: BTreeMap<String, Estimate>,
    /// Averages over categories, by metric.
    pub r#macro: BTreeMap<String, Estimate>,
    /// The categories of the corpus, in its order.
    pub categories: Vec<CategoryReport>,
}

/// How many images had which outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcomes {
    /// Judged.
    pub judged: u64,
    /// The analyzer abstained.
    pub abstained: u64,
    /// The analyzer failed, by kind.
    pub failed: BTreeMap<FailureKind, u64>,
    /// The first failure of each kind, by index, as an example.
    pub examples: BTreeMap<FailureKind, String>,
}

impl Outcomes {
    /// All failures.
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    fn of(entries: &[Entry]) -> Self {
        let mut outcomes = Self { failed: FailureKind::ALL.map(|kind| (kind, 0)).into(), ..Self::default() };
        for entry in entries {
            match &entry.outcome {
                Outcome::Findings(_) => outcomes.judged += 1,
                Outcome::Abstained => outcomes.abstained += 1,
                Outcome::Failed(failure) => {
                    *outcomes.failed.entry(failure.kind).or_default() += 1;
                    let example = || format!("{}: {}", entry.image_id, failure.message);
                    outcomes.examples.entry(failure.kind).or_insert_with(example);
                }
            }
        }
        outcomes
    }
}

/// One category of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryReport {
    /// The category.
    pub category: Category,
    /// Whether the analyzer knows it.
    pub supported: bool,
    /// What happened to the images.
    pub counts: Counts,
    /// What it may be mistaken for: the false alarms on images with another defect, by that defect.
    pub confused_with: BTreeMap<Category, Coincidence>,
    /// The metrics, by id.
    pub metrics: BTreeMap<String, Estimate>,
}

impl Report {
    /// Scores the outcomes in a run folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn build(folder: &Folder) -> Result<Self> {
        Ok(Self::of(folder.info().clone(), &folder.entries()?))
    }

    /// Scores outcomes, which must come by index.
    pub fn of(run: RunInfo, entries: &[Entry]) -> Self {
        let categories = run.corpus.categories();
        let columns = score::columns(entries, &categories, &run.analyzer, run.conditions.threshold);
        let pooled = metrics::pooled(columns.iter().map(|column| &column.cases));
        let mut by_column = vec![BTreeMap::new(); columns.len()];
        let mut micro = BTreeMap::new();
        let mut macros = BTreeMap::new();
        for metric in metrics::ALL {
            let mut mean = Macro::default();
            // Categories are independent, and are added in their order, so threads cannot change a bit.
            let assessed = in_parallel(&columns, |column| metric.assess(&column.cases));
            for (assessment, metrics) in assessed.iter().zip(&mut by_column) {
                mean.add(assessment);
                metrics.insert(metric.id().to_owned(), assessment.estimate);
            }
            macros.insert(metric.id().to_owned(), mean.finish());
            if metric.pools() {
                micro.insert(metric.id().to_owned(), metric.assess(&pooled).estimate);
            }
        }
        let categories = columns.into_iter().zip(by_column).map(|(column, metrics)| CategoryReport {
            category: column.category,
            supported: column.supported,
            counts: column.counts,
            confused_with: column.confused_with,
            metrics,
        });
        Self {
            format: FORMAT,
            images: entries.len() as u64,
            outcomes: Outcomes::of(entries),
            micro,
            r#macro: macros,
            categories: categories.collect(),
            run,
        }
    }

    /// Reads a report.
    ///
    /// # Errors
    /// When the file cannot be read or is of another format.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
        let report: Self =
            serde_json::from_str(&text).map_err(|e| Error::format(path, Some(e.line()), e.to_string()))?;
        if report.format == FORMAT {
            return Ok(report);
        }
        Err(Error::format(
            path,
            None,
            format!("format {}; this program reads format {FORMAT}", report.format),
        ))
    }
}

/// Scores a run folder and writes `report.json` and `timing.json` into it.
///
/// # Errors
/// When the folder cannot be read or written.
pub fn write(folder: &Folder) -> Result<(Report, TimingReport)> {
    let entries = folder.entries()?;
    let report = Report::of(folder.info().clone(), &entries);
    let timing = TimingReport::of(&entries);
    folder.write_json(FILE, &report)?;
    folder.write_json(TIMING_FILE, &timing)?;
    Ok((report, timing))
}

/// The assessments of all columns, in their order, on as many threads as there are processors.
fn in_parallel(columns: &[Column], assess: impl Fn(&Column) -> Assessment + Sync) -> Vec<Assessment> {
    /// Below this many cases threads cost more than they bring.
    const WORTHWHILE: usize = 100_000;
    let cases: usize = columns.iter().map(|column| column.cases.as_slice().len()).sum();
    if cases < WORTHWHILE {
        return columns.iter().map(assess).collect();
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(columns.len());
    let share = columns.len().div_ceil(threads);
    let assess = &assess;
    std::thread::scope(|scope| {
        let handles: Vec<_> = columns
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(assess).collect::<Vec<_>>()))
            .collect();
        handles.into_iter().flat_map(|h| h.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
    })
}
