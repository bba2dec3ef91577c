//! From answers and truth to the cases that metrics count.

use std::collections::BTreeMap;

use retake_label::{Category, State};
use serde::{Deserialize, Serialize};

use crate::metrics::{Case, Cases, Counted, Outcome};
use crate::table::{Column, Reply, Table};
use crate::wilson;

/// How often what happened to a category, in images. Each image of the run is counted in exactly one field, but for
/// `borderline_called`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Present and called so.
    pub tp: u64,
    /// Absent and called present.
    pub fp: u64,
    /// Present and called absent.
    pub r#fn: u64,
    /// Absent and called so.
    pub tn: u64,
    /// Present; the analyzer abstained.
    pub abstained_present: u64,
    /// Absent; the analyzer abstained.
    pub abstained_absent: u64,
    /// Present; the analyzer failed.
    pub failed_present: u64,
    /// Absent; the analyzer failed.
    pub failed_absent: u64,
    /// Neither clearly present nor clearly absent; in no metric.
    pub borderline: u64,
    /// Those of them that were called present.
    pub borderline_called: u64,
    /// The category applies, and the analyzer does not know it; in no metric.
    pub unsupported: u64,
    /// The category says nothing about the image; in no metric.
    pub not_applicable: u64,
}

impl Counts {
    /// Images with the defect.
    pub fn present(&self) -> u64 {
        self.tp + self.r#fn + self.abstained_present + self.failed_present
    }

    /// Images without the defect.
    pub fn absent(&self) -> u64 {
        self.fp + self.tn + self.abstained_absent + self.failed_absent
    }

    /// What happened on some rows, with other decisions than the table's.
    pub(crate) fn of(
        column: &Column,
        rows: impl Iterator<Item = usize>,
        reply: impl Fn(usize) -> Reply,
    ) -> Self {
        let mut counts = Self::default();
        rows.for_each(|row| {
            counts.add(column, row, reply(row));
        });
        counts
    }

    /// Counts a row, and says what is true of it where that is a case of the metrics.
    fn add(&mut self, column: &Column, row: usize, reply: Reply) -> Option<bool> {
        match column.states[row] {
            State::NotApplicable => self.not_applicable += 1,
            _ if !column.supported => self.unsupported += 1,
            State::Borderline => {
                self.borderline += 1;
                self.borderline_called += u64::from(reply.called());
            }
            state @ (State::Present | State::Absent) => {
                let truth = state == State::Present;
                self.count(truth, reply);
                return Some(truth);
            }
        }
        None
    }

    fn count(&mut self, truth: bool, reply: Reply) {
        let field = match (reply, truth) {
            (Reply::Called, true) => &mut self.tp,
            (Reply::Called, false) => &mut self.fp,
            (Reply::Clear, true) => &mut self.r#fn,
            (Reply::Clear, false) => &mut self.tn,
            (Reply::Abstained, true) => &mut self.abstained_present,
            (Reply::Abstained, false) => &mut self.abstained_absent,
            (Reply::Failed, true) => &mut self.failed_present,
            (Reply::Failed, false) => &mut self.failed_absent,
        };
        *field += 1;
    }
}

/// One category of a run, counted.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The images that metrics count; none when the analyzer does not know the category.
    pub cases: Cases,
    /// What happened to all images.
    pub counts: Counts,
    /// What it may be mistaken for: the false alarms on images with another defect, by that defect.
    pub confused_with: BTreeMap<Category, Coincidence>,
}

/// Images on which a category is absent and another is present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coincidence {
    /// All of them.
    pub images: u64,
    /// Those that were called present.
    pub false_alarms: u64,
}

impl Coincidence {
    /// Whether false alarms are more common on these images than a rate, beyond chance (95 %).
    pub fn exceeds(&self, rate: f64) -> bool {
        self.images > 0 && wilson(self.false_alarms as f64 / self.images as f64, self.images as f64).0 > rate
    }
}

/// Sorts out the rows of a table for one of its columns.
pub fn score(table: &Table, column: &Column) -> Scored {
    score_rows(table, column, 0..table.len(), |row| column.replies[row])
}

/// Sorts out some rows, which must rise, with other decisions than the table's.
pub fn score_rows(
    table: &Table,
    column: &Column,
    rows: impl Iterator<Item = usize> + Clone,
    reply: impl Fn(usize) -> Reply,
) -> Scored {
    let mut counts = Counts::default();
    // No more than it takes: for a run of millions of images this is much of what is in memory.
    let mut cases = Vec::with_capacity(rows.clone().filter(|row| column.truth(*row).is_some()).count());
    let mut coincidences = vec![Coincidence::default(); table.columns.len()];
    for row in rows {
        let reply = reply(row);
        let Some(truth) = counts.add(column, row, reply) else { continue };
        cases.push(case(table, column, row, truth, reply));
        if !truth {
            coincide(&mut coincidences, table, row, reply.called());
        }
    }
    let coincidences = table.columns.iter().map(Column::category).zip(coincidences);
    Scored {
        cases: Cases::new(cases, table.sample_count(), column.scored),
        counts,
        confused_with: coincidences.filter(|(_, c)| c.images > 0).collect(),
    }
}

/// The cases of all columns as one, with the table's own decisions, counted where they stand.
pub(crate) fn pooled(table: &Table, outcome: Outcome) -> Counted {
    let mut counted = Counted::new(table.sample_count());
    for column in &table.columns {
        for row in 0..table.len() {
            if let Some(truth) = column.truth(row) {
                let case = case(table, column, row, truth, column.replies[row]);
                counted.add(case.cluster, outcome(&case));
            }
        }
    }
    counted
}

fn case(table: &Table, column: &Column, row: usize, truth: bool, reply: Reply) -> Case {
    Case::of_reply(table.samples[row], truth, reply, column.scores[row])
}

fn coincide(coincidences: &mut [Coincidence], table: &Table, row: usize, called: bool) {
    for (coincidence, other) in coincidences.iter_mut().zip(&table.columns) {
        let there = other.states[row] == State::Present;
        coincidence.images += u64::from(there);
        coincidence.false_alarms += u64::from(called && there);
    }
}
