//! Averages over categories.

use super::Assessment;
use super::ranking::effective;
use crate::estimate::{Estimate, Method};

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
