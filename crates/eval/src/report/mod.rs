//! `report.json`: what a run amounts to, in estimates.
//!
//! Derived from the run folder alone, and the same to the byte for the same findings. What took how long is no
//! property of the findings, and stands in `timing.json`.

mod more;
mod table;
mod timing;

use std::collections::BTreeMap;
use std::path::Path;

pub use more::{calibrated_table, details, prevalence_table};
use retake_label::Category;
use serde::{Deserialize, Serialize};
pub(crate) use table::percent;
pub use table::{markdown, table};
pub use timing::{Latency, TimingReport};

use crate::analysis::calibration::Calibration;
use crate::analysis::curve::Curve;
use crate::analysis::localisation::Localisation;
use crate::analysis::prevalence::{Profile, Restated};
use crate::analysis::psychometric::Psychometric;
use crate::analysis::slices::Slices;
use crate::analysis::threshold::{self, Calibrated, Judged};
use crate::analysis::twins::Twins;
use crate::analyzer::{FailureKind, Outcome};
use crate::metrics::{self, Assessment, Macro};
use crate::run::{Entry, Folder, Line, RunInfo};
use crate::score::{self, Coincidence, Counts};
use crate::table::{Builder, Decision, Table};
use crate::{Error, Estimate, Result, parallel};

/// The version of the report's format.
pub const FORMAT: u32 = 2;
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
    /// The scores at thresholds that were chosen on other samples; `null` without scores.
    pub calibrated: Option<Calibrated>,
    /// Precision under the shipped profiles of how common failures are.
    pub prevalence: Vec<Restated>,
    /// By facts about the images.
    pub slices: Slices,
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
}

/// Counts outcomes, which may come in any order.
#[derive(Debug)]
struct OutcomesBuilder {
    outcomes: Outcomes,
    firsts: BTreeMap<FailureKind, usize>,
}

impl Default for OutcomesBuilder {
    fn default() -> Self {
        let failed = FailureKind::ALL.map(|kind| (kind, 0)).into();
        Self { outcomes: Outcomes { failed, ..Outcomes::default() }, firsts: BTreeMap::new() }
    }
}

impl OutcomesBuilder {
    /// Counts one.
    fn push(&mut self, line: &Line<'_>) {
        let outcomes = &mut self.outcomes;
        match &*line.outcome {
            Outcome::Findings(_) => outcomes.judged += 1,
            Outcome::Abstained => outcomes.abstained += 1,
            Outcome::Failed(failure) => {
                *outcomes.failed.entry(failure.kind).or_default() += 1;
                let first = self.firsts.entry(failure.kind).or_insert(usize::MAX);
                if line.index < *first {
                    *first = line.index;
                    let example = format!("{}: {}", line.image_id, failure.message);
                    outcomes.examples.insert(failure.kind, example);
                }
            }
        }
    }

    /// Adds what another one counted.
    fn append(&mut self, part: Self) {
        let outcomes = &mut self.outcomes;
        outcomes.judged += part.outcomes.judged;
        outcomes.abstained += part.outcomes.abstained;
        for (kind, n) in part.outcomes.failed {
            *outcomes.failed.entry(kind).or_default() += n;
        }
        for (kind, example) in part.outcomes.examples {
            let (first, here) = (self.firsts.entry(kind).or_insert(usize::MAX), part.firsts[&kind]);
            if here < *first {
                *first = here;
                outcomes.examples.insert(kind, example);
            }
        }
    }

    /// The counts.
    fn finish(self) -> Outcomes {
        self.outcomes
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
    /// How far the scores are from probabilities; `null` without scores.
    pub calibration: Option<Calibration>,
    /// Precision, recall and false alarms over the threshold; `null` without scores.
    pub curve: Option<Curve>,
    /// Recall over the measure; `null` when too few images have the defect.
    pub psychometric: Option<Psychometric>,
    /// What the defect alone changes; `null` without twins.
    pub twins: Option<Twins>,
    /// Whether it is found in the right place; `null` without boxes.
    pub localisation: Option<Localisation>,
}

impl Report {
    /// Scores the outcomes in a run folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn build(folder: &Folder) -> Result<Self> {
        Ok(read(folder, None)?.0)
    }

    /// Scores a table of outcomes.
    pub fn of(run: RunInfo, table: &Table, outcomes: Outcomes) -> Self {
        // What looks at all columns is worked out beside them: threads that wait for one another leave processors idle.
        std::thread::scope(|scope| {
            let micro = scope.spawn(|| micro(table));
            let slices = scope.spawn(|| Slices::of(table));
            let (categories, macros, calibrated) = by_category(table);
            Self {
                format: FORMAT,
                images: table.len() as u64,
                outcomes,
                micro: parallel::joined(micro),
                r#macro: macros,
                prevalence: Profile::shipped().iter().map(|profile| restate(&categories, profile)).collect(),
                categories,
                calibrated,
                slices: parallel::joined(slices),
                run,
            }
        })
    }

    /// The precision of the categories under a profile of how common failures are.
    pub fn restated(&self, profile: &Profile) -> Restated {
        restate(&self.categories, profile)
    }

    /// Reads a report.
    ///
    /// # Errors
    /// When the file cannot be read or is of another format.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
        let wrong = |e: serde_json::Error| Error::format(path, Some(e.line()), e.to_string());
        #[derive(Deserialize)]
        struct Versioned {
            format: u32,
        }
        match serde_json::from_str(&text).map_err(wrong)? {
            Versioned { format: FORMAT } => serde_json::from_str(&text).map_err(wrong),
            Versioned { format } => {
                let problem = format!(
                    "format {format}; this program reads format {FORMAT}: `retake report` makes it anew"
                );
                Err(Error::format(path, None, problem))
            }
        }
    }
}

/// The categories of a table, the averages over them, and their scores at thresholds of their own.
fn by_category(table: &Table) -> (Vec<CategoryReport>, BTreeMap<String, Estimate>, Option<Calibrated>) {
    let twins = Twins::of(table);
    let mut macros: Vec<Macro> = metrics::ALL.iter().map(|_| Macro::default()).collect();
    let (mut categories, mut calibrated) = (Vec::new(), threshold::Builder::default());
    let chosen = threshold::chosen(table);
    let judge = |at: usize| {
        let column = &table.columns[at];
        // What takes its own copy of the rows comes before the cases are made, so that fewer copies are in memory at once.
        let psychometric = Psychometric::of(table, column);
        let scored = score::score(table, column);
        let assessed: Vec<Assessment> = metrics::ALL.iter().map(|m| m.assess(&scored.cases)).collect();
        let report = CategoryReport {
            category: column.category(),
            supported: column.supported,
            metrics: named(assessed.iter().map(|a| a.estimate)),
            counts: scored.counts,
            confused_with: scored.confused_with,
            calibration: Calibration::of(&scored.cases),
            curve: Curve::of(&scored.cases),
            psychometric,
            twins: twins.get(&column.category()).cloned(),
            localisation: Localisation::of(table, column),
        };
        // What is sorted by score is sorted once for both.
        (report, assessed, Judged::of(table, column, scored.cases, &chosen))
    };
    // Averages take the columns in their order, so threads cannot change a bit.
    parallel::in_order(table.columns.len(), judge, |(report, assessed, judged)| {
        macros.iter_mut().zip(&assessed).for_each(|(mean, assessment)| mean.add(assessment));
        categories.push(report);
        calibrated.add(judged);
    });
    (categories, named(macros.into_iter().map(Macro::finish)), calibrated.finish(table))
}

fn named(estimates: impl Iterator<Item = Estimate>) -> BTreeMap<String, Estimate> {
    metrics::ALL.iter().map(|metric| metric.id().to_owned()).zip(estimates).collect()
}

/// The metrics over all decisions of all categories.
fn micro(table: &Table) -> BTreeMap<String, Estimate> {
    let shares = metrics::ALL.iter().filter_map(|metric| Some((metric, metric.outcome()?)));
    shares
        .map(|(metric, outcome)| {
            let share = metric.of_share(score::pooled(table, outcome).share());
            (metric.id().to_owned(), share.estimate)
        })
        .collect()
}

fn restate(categories: &[CategoryReport], profile: &Profile) -> Restated {
    let rates = categories.iter().map(|c| (c.category, c.metrics["recall"], c.metrics["specificity"]));
    Restated::of(profile, rates)
}

/// Scores what is in a run folder, in one pass over its findings. Without `decision` the analyzer's own at the threshold
/// of the run.
///
/// # Errors
/// When the folder cannot be read or an image stands twice.
pub fn read(folder: &Folder, decision: Option<Decision>) -> Result<(Report, TimingReport)> {
    let start = || Scorer::new(folder.info(), decision);
    let scorer = folder.gather(&start, &Scorer::push, Scorer::append)?;
    scorer.finish().map_err(|problem| Error::format(folder.findings(), None, problem))
}

/// Scores outcomes that are in memory, each of another image.
pub fn score_all(run: &RunInfo, entries: &[Entry]) -> (Report, TimingReport) {
    let mut scorer = Scorer::new(run, None);
    entries.iter().for_each(|entry| scorer.push(&entry.into()));
    let table = scorer.table.sorted();
    (Report::of(run.clone(), &table, scorer.outcomes.finish()), scorer.timing.finish())
}

/// A report in the making, outcome by outcome.
struct Scorer {
    run: RunInfo,
    table: Builder,
    outcomes: OutcomesBuilder,
    timing: timing::Builder,
}

impl Scorer {
    fn new(run: &RunInfo, decision: Option<Decision>) -> Self {
        Self {
            run: run.clone(),
            table: Builder::new(run, decision),
            outcomes: OutcomesBuilder::default(),
            timing: timing::Builder::default(),
        }
    }

    fn push(&mut self, line: &Line<'_>) {
        self.table.push_line(line);
        self.outcomes.push(line);
        self.timing.push(line);
    }

    fn append(&mut self, part: Self) {
        self.table.append(part.table);
        self.outcomes.append(part.outcomes);
        self.timing.append(part.timing);
    }

    fn finish(self) -> Result<(Report, TimingReport), String> {
        // Sorting latencies keeps a processor busy that the table leaves idle.
        let (table, timing) = std::thread::scope(|scope| {
            let timing = scope.spawn(|| self.timing.finish());
            (self.table.finish(), parallel::joined(timing))
        });
        Ok((Report::of(self.run, &table?, self.outcomes.finish()), timing))
    }
}

/// Scores a run folder and writes `report.json` and `timing.json` into it.
///
/// # Errors
/// When the folder cannot be read or written.
pub fn write(folder: &Folder) -> Result<(Report, TimingReport)> {
    let (report, timing) = read(folder, None)?;
    folder.write_json(FILE, &report)?;
    folder.write_json(TIMING_FILE, &timing)?;
    Ok((report, timing))
}
