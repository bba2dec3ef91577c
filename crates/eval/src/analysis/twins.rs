//! What one defect alone does to the analyzer's answers, from images that differ in nothing else.
//!
//! A pair is an image and its twin when exactly one severity differs between them and that defect is present on the one
//! and absent on the other. So a cry of another category that comes with the defect is caused by it, whatever else is in
//! the picture: the matrix of causes and cries tells what an analyzer mistakes for what.

use std::collections::BTreeMap;

use retake_label::{Category, State};
use serde::{Deserialize, Serialize};

use crate::metrics::Tally;
use crate::table::{Column, Table};
use crate::{Difference, Estimate};

/// The pairs of one defect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Twins {
    /// How often the defect was called where it is, and where only it is missing.
    pub effect: Effect,
    /// By other category: how often that was called, on the pairs on both of whose images it is absent.
    pub cries: BTreeMap<Category, Effect>,
}

/// What the defect changes in the answers about one category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The share of pairs that are called with the defect.
    pub with: Estimate,
    /// The share of pairs that are called without it.
    pub without: Estimate,
    /// Pairs that are called only with the defect.
    pub only_with: u64,
    /// Pairs that are called only without it.
    pub only_without: u64,
    /// `with - without`.
    pub effect: Difference,
}

/// Two rows that differ in one defect.
#[derive(Clone, Copy, Debug)]
struct Pair {
    with: usize,
    without: usize,
}

impl Twins {
    /// Of every category that has pairs and is known to the analyzer.
    pub fn of(table: &Table) -> BTreeMap<Category, Self> {
        let pairs = pairs(table);
        let causes =
            table.columns.iter().zip(&pairs).filter(|(cause, pairs)| cause.supported && !pairs.is_empty());
        causes
            .map(|(cause, pairs)| {
                let others = table.columns.iter().filter(|c| c.supported && c.category() != cause.category());
                let cries = others.filter_map(|other| {
                    let absent = |row: usize| other.states[row] == State::Absent;
                    let clear =
                        pairs.iter().copied().filter(|pair| absent(pair.with) && absent(pair.without));
                    Some((other.category(), effect(table, other, clear)?))
                });
                let cries = cries.collect();
                (
                    cause.category(),
                    effect(table, cause, pairs.iter().copied()).map(|effect| Self { effect, cries }),
                )
            })
            .filter_map(|(category, twins)| Some((category, twins?)))
            .collect()
    }
}

/// The pairs of each column.
fn pairs(table: &Table) -> Vec<Vec<Pair>> {
    let mut pairs = vec![Vec::new(); table.columns.len()];
    for (row, twin) in table.twins.iter().enumerate() {
        let Some(twin) = twin.map(|twin| twin as usize) else { continue };
        let mut differing =
            table.columns.iter().enumerate().filter(|(_, c)| c.severities[row] != c.severities[twin]);
        let (Some((position, column)), None) = (differing.next(), differing.next()) else { continue };
        let pair = match (column.states[row], column.states[twin]) {
            (State::Present, State::Absent) => Pair { with: row, without: twin },
            (State::Absent, State::Present) => Pair { with: twin, without: row },
            _ => continue,
        };
        pairs[position].push(pair);
    }
    pairs
}

fn effect(table: &Table, column: &Column, pairs: impl Iterator<Item = Pair>) -> Option<Effect> {
    let [mut with, mut without, mut gained, mut lost] = [Tally::default(); 4];
    let (mut only_with, mut only_without) = (0, 0);
    for pair in pairs {
        let sample = table.samples[pair.with];
        let (a, b) = (column.replies[pair.with].called(), column.replies[pair.without].called());
        with.add(sample, a);
        without.add(sample, b);
        gained.add(sample, a && !b);
        lost.add(sample, b && !a);
        only_with += u64::from(a && !b);
        only_without += u64::from(b && !a);
    }
    let n = with.images();
    // Pairs of one sample (rungs of a ladder) are alike; they are worth what the less certain share says.
    let effective = gained.value()?.1.min(lost.value()?.1);
    Some(Effect {
        with: with.estimate(),
        without: without.estimate(),
        only_with,
        only_without,
        effect: Difference::paired(only_with, only_without, n, effective),
    })
}
