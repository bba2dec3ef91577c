//! Thresholds chosen on one part of a run and judged on the rest.
//!
//! A threshold that is chosen on the images that it is judged on flatters. Here samples are split in two by a draw that
//! depends on nothing but their number: on the one part each category's threshold is the one of the highest F1, on the other
//! it is scored. No sample has images in both.

use std::collections::BTreeMap;

use retake_label::Category;
use serde::{Deserialize, Serialize};

use super::curve;
use crate::metrics::{self, Assessment, Macro};
use crate::score::{Counts, score_rows};
use crate::table::{Column, Reply, Table};
use crate::{Estimate, parallel};

/// The share of the samples that thresholds are chosen on.
pub const SHARE: f32 = 0.3;

/// What the analyzer's scores are worth with thresholds chosen on other samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibrated {
    /// Images that thresholds were chosen on.
    pub chosen_on: u64,
    /// Images that are judged.
    pub judged_on: u64,
    /// The categories that have a threshold.
    pub categories: Vec<CalibratedCategory>,
    /// Averages over these categories, by metric.
    pub r#macro: BTreeMap<String, Estimate>,
}

/// A category with its threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibratedCategory {
    /// The category.
    pub category: Category,
    /// The threshold of the highest F1 on the calibration images; images with at least this score are called.
    pub threshold: f64,
    /// What happened to the judged images.
    pub counts: Counts,
    /// The metrics on the judged images, by id.
    pub metrics: BTreeMap<String, Estimate>,
}

impl Calibrated {
    /// Of a run; `None` when no category has scores and images with the defect to choose a threshold on.
    pub fn of(table: &Table) -> Option<Self> {
        let judged = parallel::map(table.columns.len(), |at| judge(table, &table.columns[at]));
        let mut means: Vec<Macro> = metrics::ALL.iter().map(|_| Macro::default()).collect();
        let mut categories = Vec::new();
        for (category, assessed) in judged.into_iter().flatten() {
            means.iter_mut().zip(&assessed).for_each(|(mean, assessment)| mean.add(assessment));
            categories.push(category);
        }
        let ids = metrics::ALL.iter().map(|metric| metric.id().to_owned());
        let chosen_on = rows(table, true).count() as u64;
        (!categories.is_empty()).then(|| Self {
            chosen_on,
            judged_on: table.len() as u64 - chosen_on,
            categories,
            r#macro: ids.zip(means.into_iter().map(Macro::finish)).collect(),
        })
    }
}

/// A category at the threshold of its calibration images; `None` where there is none to choose.
fn judge(table: &Table, column: &Column) -> Option<(CalibratedCategory, Vec<Assessment>)> {
    let threshold = choose(table, column)?;
    let reply = |row: usize| match column.replies[row] {
        reply if !reply.answered() => reply,
        _ if column.scores[row] >= threshold => Reply::Called,
        _ => Reply::Clear,
    };
    let scored = score_rows(table, column, rows(table, false), &reply);
    let assessed: Vec<Assessment> = metrics::ALL.iter().map(|metric| metric.assess(&scored.cases)).collect();
    let ids = metrics::ALL.iter().map(|metric| metric.id().to_owned());
    let category = CalibratedCategory {
        category: column.category(),
        threshold,
        counts: scored.counts,
        metrics: ids.zip(assessed.iter().map(|assessment| assessment.estimate)).collect(),
    };
    Some((category, assessed))
}

/// The rows of the samples that thresholds are chosen on, or of the others.
fn rows(table: &Table, calibration: bool) -> impl Iterator<Item = usize> {
    (0..table.len()).filter(move |row| (table.draws[*row] < SHARE) == calibration)
}

fn choose(table: &Table, column: &Column) -> Option<f64> {
    let scored = score_rows(table, column, rows(table, true), &|row| column.replies[row]);
    curve::best(&scored.cases).map(|best| best.threshold)
}
