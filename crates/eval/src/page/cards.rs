//! A card per category: its figures, its curves, and what happened to its images.

use retake_label::{CategorySpec, Direction};
use serde::Serialize;

use super::Page;
use super::plot::{interval, precision_recall, reliability, severity};
use super::svg::Markup;
use super::words::{self, Percent, count, measure};
use crate::analysis::localisation::Localisation;
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
    plots: Vec<Plot>,
    counts: Counts,
    /// How well its boxes lie, in words; `None` without boxes.
    pointed: Option<String>,
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

/// A curve with what it says.
#[derive(Serialize)]
struct Plot {
    title: &'static str,
    drawing: Markup,
    caption: String,
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
        plots: plots(row, before, words::spec(page.run.report, row.category)),
        counts: Counts {
            found: count(c.tp),
            missed: count(c.r#fn),
            false_alarms: count(c.fp),
            cleared: count(c.tn),
            unanswered: count(c.abstained_present + c.abstained_absent + c.failed_present + c.failed_absent),
            borderline: count(c.borderline),
        },
        pointed: row.localisation.as_ref().and_then(pointed),
        misses: c.r#fn,
        false_alarms: c.fp,
    }
}

fn plots(row: &CategoryReport, before: Option<&CategoryReport>, spec: Option<&CategorySpec>) -> Vec<Plot> {
    let mut plots = Vec::new();
    if let (Some(fit), Some(spec)) = (&row.psychometric, spec) {
        let before = before.and_then(|row| row.psychometric.as_ref());
        let drawing = severity::draw(fit, before, spec);
        let caption = words::sentence(&fit.sentence);
        plots.extend(drawing.map(|drawing| Plot { title: "How bad it must be", drawing, caption }));
    }
    if let Some(drawing) = precision_recall::draw(row, before) {
        let caption =
            "The dot is where the analyzer decides; the curve, where other thresholds would.".to_owned();
        plots.push(Plot { title: "Precision over recall", drawing, caption });
    }
    if let Some(calibration) = &row.calibration {
        let caption = words::in_words(&calibration.ece).map_or_else(String::new, |error| {
            let chance = 100.0 * calibration.ece_by_chance;
            format!("Scores are off by {error} on average; {chance:.0} % would be chance.")
        });
        let drawing = reliability::draw(calibration, row.category);
        plots.push(Plot { title: "Are scores probabilities?", drawing, caption });
    }
    plots
}

/// Such as `A box on 93 % (88–96) of what it found; overlap with the truth 61 % (55–66) on average, half or more on 70 % (61–78).`
fn pointed(localisation: &Localisation) -> Option<String> {
    let [boxed, iou, right] =
        [&localisation.boxed, &localisation.iou, &localisation.right].map(words::in_words);
    let (boxed, iou, right) = (boxed?, iou?, right?);
    Some(format!(
        "A box on {boxed} of what it found; overlap with the truth {iou} on average, half or more on {right}."
    ))
}

/// Such as `Clipped area: present from 2 % of the card, absent up to 1 % of the card.`
fn measured(spec: &CategorySpec) -> String {
    let [present, absent] =
        [spec.thresholds.present, spec.thresholds.absent].map(|v| measure(v, &spec.measure.unit));
    let name = words::capitalised(&spec.measure.name);
    match spec.measure.direction {
        Direction::HigherIsWorse => format!("{name}: present from {present}, absent up to {absent}."),
        Direction::LowerIsWorse => format!("{name}: present up to {present}, absent from {absent}."),
    }
}
