//! What the scores are worth at thresholds that were chosen on other images than those that judge them.

use serde::Serialize;

use super::words::{self, Percent};
use crate::report::Report;
use crate::{Estimate, metrics};

/// Metrics that get a column.
const SHOWN: [&str; 4] = ["recall", "precision", "f1", "specificity"];

/// A row per category.
#[derive(Serialize)]
pub(super) struct Thresholds {
    lead: String,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    title: &'static str,
    /// The chosen threshold; empty for the mean.
    threshold: String,
    cells: Vec<Percent>,
    /// F1 at the analyzer's own decision, on all images.
    own: Percent,
}

impl Thresholds {
    /// `None` without scores to choose a threshold for.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let calibrated = report.calibrated.as_ref()?;
        let own = |estimate: Option<&Estimate>| Percent::of(estimate.unwrap_or(&Estimate::NONE));
        let cells = |of: &std::collections::BTreeMap<String, Estimate>| {
            SHOWN.iter().filter_map(|id| of.get(*id)).map(Percent::of).collect()
        };
        let mut rows: Vec<Row> = calibrated
            .categories
            .iter()
            .map(|chosen| {
                let row = report.categories.iter().find(|row| row.category == chosen.category);
                Row {
                    title: chosen.category.title(),
                    threshold: format!("{:.2}", chosen.threshold),
                    cells: cells(&chosen.metrics),
                    own: own(row.and_then(|row| row.metrics.get("f1"))),
                }
            })
            .collect();
        rows.push(Row {
            title: "Mean of categories",
            threshold: String::new(),
            cells: cells(&calibrated.r#macro),
            own: own(report.r#macro.get("f1")),
        });
        let [chosen, judged] = [calibrated.chosen_on, calibrated.judged_on];
        Some(Self {
            lead: format!(
                "If each score were cut where F1 is highest: chosen on {}, judged on the {} of other samples. No \
                 threshold is judged on the images that it was chosen on.",
                words::counted(chosen, "image"),
                words::counted(judged, "image")
            ),
            columns: SHOWN.iter().filter_map(|id| metrics::by_id(id)).map(metrics::Metric::title).collect(),
            rows,
        })
    }
}
