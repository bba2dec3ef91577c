//! Results by surface, light, phone, skin tone and whatever else is known of the images.
//!
//! Among many slices one is always the worst by chance. So a slice is ranked only from [`LEAST`] images on, and is said to
//! differ from the rest only when it does so beyond chance with all comparisons taken together.

use std::collections::BTreeMap;

use retake_label::Category;
use serde::{Deserialize, Serialize};

use crate::metrics::Tally;
use crate::stats::{benjamini_hochberg, two_proportions};
use crate::table::{Attribute, Column, Table};
use crate::{Estimate, parallel};

/// Images that a slice's figure must be taken over to be ranked.
pub const LEAST: u64 = 30;
/// A fact with more values than this names images rather than kinds of image, and is not sliced by.
pub const MOST_VALUES: usize = 40;
/// The expected share of false claims among the slices that are said to differ.
pub const FALSE_DISCOVERY_RATE: f64 = 0.05;

/// All slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slices {
    /// [`LEAST`].
    pub least: u64,
    /// Facts that were left out because they have more than [`MOST_VALUES`] values.
    pub left_out: Vec<String>,
    /// By fact and value.
    pub slices: Vec<Slice>,
    /// For each category and figure the worst of the ranked slices, those that differ from the rest beyond chance first,
    /// then by falling distance to the rest.
    pub worst: Vec<Worst>,
}

/// The images that share a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// The fact, such as `surface`.
    pub attribute: String,
    /// Its value.
    pub value: String,
    /// Images.
    pub images: u64,
    /// What holds on them, by category.
    pub categories: BTreeMap<Category, Figures>,
}

/// What holds for a category on some images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// As the metric of this name.
    pub recall: Estimate,
    /// As the metric of this name.
    pub specificity: Estimate,
    /// As the metric of this name.
    pub precision: Estimate,
    /// As the metric of this name.
    pub f1: Estimate,
}

/// The worst slice for a category and figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worst {
    /// The category.
    pub category: Category,
    /// `recall` or `specificity`.
    pub metric: String,
    /// The fact.
    pub attribute: String,
    /// Its value.
    pub value: String,
    /// The figure on the slice.
    pub estimate: Estimate,
    /// The figure on all other images that have the fact.
    pub rest: Estimate,
    /// The p-value of the difference, adjusted for all slices (Benjamini and Hochberg).
    pub adjusted_p: f64,
    /// Whether the slice differs from the rest beyond chance.
    pub beyond_chance: bool,
}

/// The figures that slices are ranked by.
const RANKED: [&str; 2] = ["recall", "specificity"];

/// The shares of one category on one slice.
#[derive(Clone, Copy, Default)]
struct Tallies {
    /// In the order of [`RANKED`].
    ranked: [Tally; 2],
    precision: Tally,
    jaccard: Tally,
}

impl Tallies {
    fn add(&mut self, sample: u32, truth: bool, called: bool, cleared: bool) {
        if truth {
            self.ranked[0].add(sample, called);
        } else {
            self.ranked[1].add(sample, cleared);
        }
        if called {
            self.precision.add(sample, truth);
        }
        if called || truth {
            self.jaccard.add(sample, truth && called);
        }
    }

    fn figures(&self) -> Figures {
        Figures {
            recall: self.ranked[0].estimate(),
            specificity: self.ranked[1].estimate(),
            precision: self.precision.estimate(),
            f1: self.jaccard.estimate().map(|j| 2.0 * j / (1.0 + j)),
        }
    }
}

impl Slices {
    /// Of a run.
    pub fn of(table: &Table) -> Self {
        let known = |a: &&Attribute| a.values.iter().filter(|value| !value.is_empty()).count() > 0;
        let (kept, left): (Vec<&Attribute>, Vec<&Attribute>) =
            table.attributes.iter().filter(known).partition(|a| a.values.len() <= MOST_VALUES + 1);
        let mut left_out: Vec<String> = left.into_iter().map(|a| a.key.clone()).collect();
        left_out.sort_unstable();
        let (mut slices, mut candidates) = (Vec::new(), Vec::new());
        let columns: Vec<_> = table.columns.iter().filter(|column| column.supported).collect();
        // Most facts are known of all images.
        let everywhere = parallel::map(columns.len(), |at| tally_all(table, columns[at], |_| true));
        for attribute in kept {
            let mut images = vec![0u64; attribute.values.len()];
            attribute.codes.iter().for_each(|code| images[*code as usize] += 1);
            let unknown = attribute.values.iter().position(String::is_empty);
            let is_known = |row: usize| unknown != Some(attribute.codes[row] as usize);
            let is_everywhere = unknown.is_none_or(|code| images[code] == 0);
            let tallied = parallel::map(columns.len(), |at| tally(table, columns[at], attribute, is_known));
            let known = (!is_everywhere)
                .then(|| parallel::map(columns.len(), |at| tally_all(table, columns[at], is_known)));
            let all = known.as_ref().unwrap_or(&everywhere);
            for ((column, by_value), all) in columns.iter().zip(&tallied).zip(all) {
                for (value, of) in attribute.values.iter().zip(by_value) {
                    let pairs = of.ranked.into_iter().zip(all.ranked).zip(RANKED);
                    candidates.extend(pairs.filter_map(|((of, all), metric)| {
                        candidate(column.category(), metric, (&attribute.key, value), of, all.without(of))
                    }));
                }
            }
            for (code, value) in attribute.values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
                let figures = columns.iter().zip(&tallied).map(|(c, t)| (c.category(), t[code].figures()));
                let something = |f: &Figures| f.recall.n + f.specificity.n > 0;
                let categories = figures.filter(|(_, figures)| something(figures)).collect();
                slices.push(Slice {
                    attribute: attribute.key.clone(),
                    value: value.clone(),
                    images: images[code],
                    categories,
                });
            }
        }
        slices.sort_by(|a, b| (&a.attribute, order(&a.value)).cmp(&(&b.attribute, order(&b.value))));
        Self { least: LEAST, left_out, slices, worst: worst(candidates) }
    }
}

/// Numbers by size, other values by their letters.
fn order(value: &str) -> (u64, &str) {
    (value.parse().unwrap_or(u64::MAX), value)
}

/// The shares of every value of a fact, over the images that know it.
fn tally(
    table: &Table,
    column: &Column,
    attribute: &Attribute,
    is_known: impl Fn(usize) -> bool,
) -> Vec<Tallies> {
    let mut tallies = vec![Tallies::default(); attribute.values.len()];
    visit(table, column, is_known, |row, sample, [truth, called, cleared]| {
        tallies[attribute.codes[row] as usize].add(sample, truth, called, cleared);
    });
    tallies
}

/// The shares over all images that know a fact.
fn tally_all(table: &Table, column: &Column, is_known: impl Fn(usize) -> bool) -> Tallies {
    let mut tallies = Tallies::default();
    visit(table, column, is_known, |_, sample, [truth, called, cleared]| {
        tallies.add(sample, truth, called, cleared);
    });
    tallies
}

/// Hands on the rows that are cases of a category: the row, its sample, and whether the defect is there, was called, was cleared.
fn visit(
    table: &Table,
    column: &Column,
    wanted: impl Fn(usize) -> bool,
    mut f: impl FnMut(usize, u32, [bool; 3]),
) {
    for row in (0..table.len()).filter(|row| wanted(*row)) {
        let Some(truth) = column.truth(row) else { continue };
        let reply = column.replies[row];
        let called = reply.called();
        f(row, table.samples[row], [truth, called, reply.answered() && !called]);
    }
}

/// A slice that may be ranked, with the p-value of its distance to the rest.
fn candidate(category: Category, metric: &str, fact: (&str, &str), of: Tally, rest: Tally) -> Option<Worst> {
    if of.images() < LEAST || rest.images() < LEAST {
        return None;
    }
    let ((p, n), (q, m)) = (of.value()?, rest.value()?);
    Some(Worst {
        category,
        metric: metric.to_owned(),
        attribute: fact.0.to_owned(),
        value: fact.1.to_owned(),
        estimate: of.estimate(),
        rest: rest.estimate(),
        adjusted_p: two_proportions(p, n, q, m),
        beyond_chance: false,
    })
}

/// The worst slice of each category and figure.
fn worst(mut candidates: Vec<Worst>) -> Vec<Worst> {
    let p: Vec<f64> = candidates.iter().map(|c| c.adjusted_p).collect();
    for (candidate, adjusted) in candidates.iter_mut().zip(benjamini_hochberg(&p)) {
        candidate.adjusted_p = adjusted;
        candidate.beyond_chance = adjusted <= FALSE_DISCOVERY_RATE;
    }
    let distance = |w: &Worst| w.estimate.value.unwrap_or(0.0) - w.rest.value.unwrap_or(0.0);
    candidates.retain(|candidate| distance(candidate) < 0.0);
    candidates.sort_by(|a, b| {
        let first = b.beyond_chance.cmp(&a.beyond_chance).then(distance(a).total_cmp(&distance(b)));
        first.then_with(|| {
            (&a.category, &a.metric, &a.attribute, &a.value).cmp(&(
                &b.category,
                &b.metric,
                &b.attribute,
                &b.value,
            ))
        })
    });
    let mut seen = std::collections::BTreeSet::new();
    candidates.retain(|candidate| seen.insert((candidate.category, candidate.metric.clone())));
    candidates
}
