//! Averages over categories.

use super::ranking::effective;
use super::{Assessment, Case, Cases};
use crate::estimate::{Estimate, Method};

/// The cases of all categories as one, for micro averages.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    cases: Vec<Case>,
    clusters: u32,
    scored: bool,
}

impl Pool {
    /// Adds the cases of a category.
    pub fn add(&mut self, column: &Cases) {
        // No more than it takes: a run of millions of images is most of what is in memory.
        self.cases.reserve_exact(column.as_slice().len());
        self.cases.extend_from_slice(column.as_slice());
        self.clusters = self.clusters.max(column.clusters());
        self.scored |= column.scored;
    }

    /// What was added.
    pub fn finish(self) -> Cases {
        Cases::new(self.cases, self.clusters, self.scored)
    }
}

/// A macro average in the making: the plain mean over the categories that have a value.
///
/// Categories share images, so their errors are not independent. The influences of a sample on all of them
/// are averaged before they are squared, which takes that in.
#[derive(Clone, Debug, Default)]
pub struct Macro {
    values: f64,
    categories: u64,
    influence: Vec<f64>,
    fewest: f64,
    all: f64,
}

impl Macro {
    /// Adds a category; one without a value is left out.
    pub fn add(&mut self, category: &Assessment) {
        let Some(value) = category.estimate.value else { return };
        self.fewest =
            if self.categories == 0 { category.effective } else { self.fewest.min(category.effective) };
        self.all += category.effective;
        self.values += value;
        self.categories += 1;
        self.influence.resize(self.influence.len().max(category.influence.len()), 0.0);
        for (sum, i) in self.influence.iter_mut().zip(&category.influence) {
            *sum += i;
        }
    }

    /// The mean over what was added; its `n` is the number of categories.
    pub fn finish(mut self) -> Estimate {
        if self.categories == 0 {
            return Estimate::NONE;
        }
        let count = self.categories as f64;
        for i in &mut self.influence {
            *i /= count;
        }
        let value = (self.values / count).clamp(0.0, 1.0);
        let samples = self.influence.iter().filter(|i| **i != 0.0).count() as u64;
        // At an end of the range every category is at that end: as sure as the least sure of them.
        let effective = effective(value, &self.influence, samples, self.fewest, self.all);
        Estimate::wilson(value, effective, self.categories, Method::WilsonJackknife)
    }
}
