//! A card per category: its figures, its curves, and what happened to its images.

use retake_label::{CategorySpec, Direction};
use serde::Serialize;

use super::Page;
use super::plot::interval;
use super::svg::Markup;
use super::words::{self, Percent, count, measure};
use crate::metrics;
use crate::report::CategoryReport;

/// A category.
#[derive(Serialize)]
pub(super) struct Card {
    id: &'static str,
    title: &'static str,
    /// How it is measured, in words.
    measured: Option<String>,
    supported: bool,
    metrics: Vec<Metric>,
    counts: Counts,
    misses: u64,
    false_alarms: u64,
}

#[derive(Serialize)]
struct Metric {
    title: &'static str,
    percent: Percent,
    before: Option<Percent>,
    drawing: Markup,
}

/// What happened to the images.
#[derive(Serialize)]
struct Counts {
    found: String,
    missed: String,
    false_alarms: String,
    cleared: String,
    unanswered: String,
    borderline: String,
}

/// The cards, in the order of the corpus.
pub(super) fn all(page: &Page<'_>) -> Vec<Card> {
    page.run.report.categories.iter().map(|row| card(page, row)).collect()
}

fn card(page: &Page<'_>, row: &CategoryReport) -> Card {
    let before = page.baseline.and_then(|side| {
        side.report.categories.iter().find(|other| other.category == row.category && other.supported)
    });
    let metrics = metrics::ALL.iter().filter_map(|metric| {
        let estimate = row.metrics.get(metric.id())?;
        let before = before.and_then(|row| row.metrics.get(metric.id()));
        Some(Metric {
            title: metric.title(),
            percent: Percent::of(estimate),
            before: before.map(Percent::of),
            drawing: interval::draw(Some(estimate), before),
        })
    });
    let c = &row.counts;
    Card {
        id: row.category.id(),
        title: row.category.title(),
        measured: words::spec(page.run.report, row.category).map(measured),
        supported: row.supported,
        metrics: metrics.collect(),
        counts: Counts {
            found: count(c.tp),
            missed: count(c.r#fn),
            false_alarms: count(c.fp),
            cleared: count(c.tn),
            unanswered: count(c.abstained_present + c.abstained_absent + c.failed_present + c.failed_absent),
            borderline: count(c.borderline),
        },
        misses: c.r#fn,
        false_alarms: c.fp,
    }
}

/// Such as `Clipped area: present from 2 % of the card, absent up to 1 % of the card.`
fn measured(spec: &CategorySpec) -> String {
    let [present, absent] =
        [spec.thresholds.present, spec.thresholds.absent].map(|v| measure(v, &spec.measure.unit));
    let mut name = spec.measure.name.clone();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    match spec.measure.direction {
        Direction::HigherIsWorse => format!("{name}: present from {present}, absent up to {absent}."),
        Direction::LowerIsWorse => format!("{name}: present up to {present}, absent from {absent}."),
    }
}
