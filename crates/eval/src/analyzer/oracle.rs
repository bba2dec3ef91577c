//! An analyzer that knows the truth and errs at known rates, so that the harness can be tested against
//! numbers that are known beforehand.

use std::sync::Arc;

use retake_label::{Category, Finding, Record, State};

use super::{Analyzer, Backchannel, Description, FailureKind, Outcome, Request, Setup};
use crate::hash;

/// How an oracle errs. Every rate is a probability, 0-1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rates {
    /// Of calling a present defect absent.
    pub(super) miss: f64,
    /// Of calling an absent defect present.
    pub(super) false_alarm: f64,
    /// Share of the score that is random; decisions do not change, the ranking gets worse.
    pub(super) noise: f64,
    /// Of abstaining on an image.
    pub(super) abstain: f64,
    /// Picks other errors at the same rates.
    pub(super) seed: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Oracle {
    rates: Rates,
    categories: Vec<Category>,
    truth: Arc<Backchannel>,
}

impl Oracle {
    pub(super) fn new(rates: Rates, setup: &Setup) -> Self {
        Self { rates, categories: setup.categories.clone(), truth: Arc::clone(&setup.backchannel) }
    }

    /// Uniform in `[0, 1)` by image and purpose, so that an image is judged alike in every run.
    fn draw(&self, record: &Record, category: &str, purpose: &str) -> f64 {
        let seed = self.rates.seed.to_le_bytes();
        hash::unit(purpose, &[&seed, record.image_id.as_bytes(), category.as_bytes()])
    }

    fn judge(&self, record: &Record, category: Category) -> Option<Finding> {
        let state = record.labels.get(&category).copied().unwrap_or(State::NotApplicable);
        let chance = match state {
            State::Present => 1.0 - self.rates.miss,
            State::Absent => self.rates.false_alarm,
            State::Borderline => 0.5,
            State::NotApplicable => return None,
        };
        let draw = |purpose| self.draw(record, category.id(), purpose);
        let present = draw("call") < chance;
        // Sure where it is right, near the threshold where it errs.
        let u = draw("score");
        let right = (state == State::Present) == present;
        let doubt = if right { 0.5 * u * u } else { 0.25 + 0.25 * u };
        let clean = if present { 1.0 - doubt } else { doubt };
        let score = clean + self.rates.noise * (draw("noise") - clean);
        Some(Finding { category, score: Some(score), present: Some(present), bbox: None, reason: None })
    }
}

impl Analyzer for Oracle {
    fn describe(&self) -> Description {
        Description::new("oracle", env!("CARGO_PKG_VERSION"), self.categories.iter().copied())
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        let Some(record) = self.truth.look(request.id) else {
            return Outcome::failed(FailureKind::Error, "the oracle was not told about this image");
        };
        if self.draw(&record, "", "abstain") < self.rates.abstain {
            return Outcome::Abstained;
        }
        Outcome::Findings(self.categories.iter().filter_map(|c| self.judge(&record, *c)).collect())
    }
}
