//! Who was judged on what, and every category in one table.

use std::collections::BTreeMap;

use retake_label::Category;
use serde::Serialize;

use super::plot::interval;
use super::svg::Markup;
use super::words::{self, Percent};
use super::{Page, Side};
use crate::report::CategoryReport;
use crate::{Estimate, metrics};

/// The metrics that get a drawing, and those that get a number.
const DRAWN: [&str; 3] = ["recall", "precision", "specificity"];
const WRITTEN: [&str; 3] = ["f1", "average_precision", "auroc"];

/// What run the page shows.
#[derive(Serialize)]
pub(super) struct About {
    analyzer: String,
    version: String,
    corpus: String,
    images: String,
    /// What is missing of the run, in words.
    unfinished: Option<String>,
    baseline: Option<String>,
    /// Names and values, for the end of the page.
    facts: Vec<(&'static str, String)>,
    definitions: Vec<(&'static str, &'static str)>,
}

impl About {
    pub(super) fn of(page: &Page<'_>) -> Self {
        let report = page.run.report;
        let run = &report.run;
        let total = run.corpus.images;
        let unfinished = (report.images < total).then(|| {
            format!(
                "The run is unfinished: {} of {} images.",
                words::count(report.images),
                words::count(total)
            )
        });
        let mut facts = vec![
            ("Analyzer", format!("{} {}", run.analyzer.name, run.analyzer.version)),
            ("Opened from", run.spec.clone()),
            ("Corpus", run.corpus.name.clone()),
            ("Digest of the corpus", run.corpus.digest.clone()),
            ("Images", words::count(report.images)),
            ("Harness", run.harness.clone()),
            ("Threshold for findings without a decision", run.conditions.threshold.to_string()),
            ("Time limit per image", format!("{} s", run.conditions.answer_seconds)),
        ];
        if let Some(baseline) = page.baseline {
            let run = &baseline.report.run;
            facts
                .push(("Baseline", format!("{}, opened from {}, {}", name(baseline), run.spec, run.harness)));
        }
        Self {
            analyzer: run.analyzer.name.clone(),
            version: run.analyzer.version.clone(),
            corpus: run.corpus.name.clone(),
            images: words::counted(report.images, "image"),
            unfinished,
            baseline: page.baseline.map(name),
            facts,
            definitions: metrics::ALL.iter().map(|metric| (metric.title(), metric.definition())).collect(),
        }
    }
}

fn name(side: Side<'_>) -> String {
    let analyzer = &side.report.run.analyzer;
    format!("{} {}", analyzer.name, analyzer.version)
}

/// Every category, and the averages.
#[derive(Serialize)]
pub(super) struct Overview {
    figures: Vec<Figure>,
    drawn: Vec<&'static str>,
    written: Vec<&'static str>,
    rows: Vec<Row>,
    averages: Vec<Row>,
    unsupported: Vec<String>,
    left_out: Option<String>,
}

/// A figure of the first line.
#[derive(Serialize)]
struct Figure {
    title: String,
    value: String,
    unit: &'static str,
    note: String,
}

#[derive(Serialize)]
struct Row {
    id: &'static str,
    title: &'static str,
    present: String,
    drawn: Vec<Cell>,
    written: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    percent: Percent,
    before: Option<Percent>,
    drawing: Option<Markup>,
}

impl Overview {
    pub(super) fn of(page: &Page<'_>) -> Self {
        let report = page.run.report;
        let before = page.baseline.map(|side| side.report);
        let before_of = |category: Category| {
            let rows = before?.categories.iter();
            rows.filter(|row| row.supported).find(|row| row.category == category).map(|row| &row.metrics)
        };
        let supported = report.categories.iter().filter(|row| row.supported);
        let rows = supported.map(|row| Row {
            present: words::count(row.counts.present()),
            ..Row::new(row.category.id(), row.category.title(), &row.metrics, before_of(row.category))
        });
        let averages = [
            Row::new("", "Mean of categories", &report.r#macro, before.map(|report| &report.r#macro)),
            Row::new("", "All decisions", &report.micro, before.map(|report| &report.micro)),
        ];
        let borderline: u64 = report.categories.iter().map(|row| row.counts.borderline).sum();
        let left_out = (borderline > 0).then(|| {
            let decisions = words::counted(borderline, "decision");
            format!("{decisions} on borderline images are in no figure.")
        });
        Self {
            figures: figures(page),
            drawn: DRAWN.map(title).to_vec(),
            written: WRITTEN.map(title).to_vec(),
            rows: rows.collect(),
            averages: averages.into(),
            unsupported: unsupported(&report.categories),
            left_out,
        }
    }
}

impl Row {
    fn new(
        id: &'static str,
        title: &'static str,
        metrics: &BTreeMap<String, Estimate>,
        before: Option<&BTreeMap<String, Estimate>>,
    ) -> Self {
        let cell = |metric: &&str| {
            let estimate = metrics.get(*metric);
            let before = before.map(|before| before.get(*metric).unwrap_or(&Estimate::NONE));
            let drawing = DRAWN.contains(metric).then(|| interval::draw(estimate, before));
            Cell {
                percent: Percent::of(estimate.unwrap_or(&Estimate::NONE)),
                before: before.map(Percent::of),
                drawing,
            }
        };
        let [drawn, written] = [DRAWN, WRITTEN].map(|ids| ids.iter().map(cell).collect());
        Self { id, title, present: String::new(), drawn, written }
    }
}

/// The names of the categories that the analyzer does not judge.
pub(super) fn unsupported(categories: &[CategoryReport]) -> Vec<String> {
    categories.iter().filter(|row| !row.supported).map(|row| words::lower_title(row.category)).collect()
}

fn title(id: &str) -> &'static str {
    metrics::by_id(id).map_or("", |metric| metric.title())
}

fn figures(page: &Page<'_>) -> Vec<Figure> {
    let report = page.run.report;
    let mean = |id: &str| {
        let estimate = report.r#macro.get(id).unwrap_or(&Estimate::NONE);
        let percent = Percent::of(estimate);
        let note = match percent.range.as_str() {
            "" => "nothing to measure".to_owned(),
            range => format!("{range}, mean of {}", counted_categories(estimate.n)),
        };
        Figure { title: title(id).to_owned(), value: percent.value, unit: "%", note }
    };
    let mut figures = vec![mean("recall"), mean("precision"), mean("f1")];
    if let Some((timing, rate)) = page.run.timing.and_then(|t| Some((t, t.images_per_second?))) {
        let note = timing.latency.map_or_else(String::new, |latency| {
            format!("99 % answered within {} ms", words::three_digits(latency.p99_ms))
        });
        figures.push(Figure {
            title: "Images per second".into(),
            value: words::three_digits(rate),
            unit: "",
            note,
        });
    }
    let outcomes = &report.outcomes;
    let unanswered = outcomes.abstained + outcomes.failures();
    figures.push(Figure {
        title: "Without an answer".into(),
        value: words::count(unanswered),
        unit: "",
        note: format!("of {}", words::counted(report.images, "image")),
    });
    figures
}

fn counted_categories(n: u64) -> String {
    if n == 1 { "1 category".to_owned() } else { format!("{n} categories") }
}
