//! Thresholds chosen on one part of a run and judged on the rest.
//!
//! A threshold that is chosen on the images that it is judged on flatters. Here samples are split in two by a draw that
//! depends on nothing but their number: on the one part each category's threshold is the one of the highest F1, on the other
//! it is scored. No sample has images in both.

use std::collections::BTreeMap;

use retake_label::Category;
use serde::{Deserialize, Serialize};

use super::curve;
use crate::Estimate;
use crate::metrics::{self, Assessment, Cases, Macro};
use crate::score::Counts;
use crate::table::{Column, Table};

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

/// Puts the categories together, in the order of the corpus.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    categories: Vec<CalibratedCategory>,
    means: Vec<Macro>,
}

impl Builder {
    /// Adds the next category, if there is a threshold for it.
    pub(crate) fn add(&mut self, judged: Option<Judged>) {
        let Some(Judged { category, assessed }) = judged else { return };
        self.means.resize_with(assessed.len(), Macro::default);
        self.means.iter_mut().zip(&assessed).for_each(|(mean, assessment)| mean.add(assessment));
        self.categories.push(category);
    }

    /// All of them; `None` without any.
    pub(crate) fn finish(self, table: &Table) -> Option<Calibrated> {
        let ids = metrics::ALL.iter().map(|metric| metric.id().to_owned());
        let chosen_on = rows(table, true).count() as u64;
        (!self.categories.is_empty()).then(|| Calibrated {
            chosen_on,
            judged_on: table.len() as u64 - chosen_on,
            categories: self.categories,
            r#macro: ids.zip(self.means.into_iter().map(Macro::finish)).collect(),
        })
    }
}

/// A category at the threshold of its calibration images.
#[derive(Debug)]
pub(crate) struct Judged {
    category: CalibratedCategory,
    assessed: Vec<Assessment>,
}

impl Judged {
    /// From a category's column and cases, and the samples that thresholds are [`chosen`] on; `None` where there is no threshold
    /// to choose.
    pub(crate) fn of(table: &Table, column: &Column, cases: Cases, chosen: &[bool]) -> Option<Self> {
        if !cases.scored() {
            return None;
        }
        let threshold = curve::best(&cases.of_samples(|sample| chosen[sample as usize]))?.threshold;
        let reply = |row: usize| column.replies[row].decided_at(threshold, column.scores[row]);
        let judged = cases.only_samples(|sample| !chosen[sample as usize]).decided_at(threshold);
        let assessed: Vec<Assessment> = metrics::ALL.iter().map(|metric| metric.assess(&judged)).collect();
        let ids = metrics::ALL.iter().map(|metric| metric.id().to_owned());
        let category = CalibratedCategory {
            category: column.category(),
            threshold,
            counts: Counts::of(column, rows(table, false), reply),
            metrics: ids.zip(assessed.iter().map(|assessment| assessment.estimate)).collect(),
        };
        Some(Self { category, assessed })
    }
}

/// By sample, whether thresholds are chosen on it.
pub(crate) fn chosen(table: &Table) -> Vec<bool> {
    let mut chosen = vec![false; table.sample_count() as usize];
    table
        .samples
        .iter()
        .zip(&table.draws)
        .for_each(|(sample, draw)| chosen[*sample as usize] = *draw < SHARE);
    chosen
}

/// The rows of the samples that thresholds are chosen on, or of the others.
fn rows(table: &Table, calibration: bool) -> impl Iterator<Item = usize> {
    (0..table.len()).filter(move |row| (table.draws[*row] < SHARE) == calibration)
}
