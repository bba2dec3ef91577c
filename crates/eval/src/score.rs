//! From answers and truth to the cases that metrics count.

use std::collections::{BTreeMap, HashMap};

use retake_label::{Category, State};
use serde::{Deserialize, Serialize};

use crate::analyzer::{Description, Outcome};
use crate::metrics::{Answer, Case, Cases};
use crate::run::Entry;
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

    fn count(&mut self, truth: bool, answer: Answer) {
        let field = match (answer, truth) {
            (Answer::Decided { present: true, .. }, true) => &mut self.tp,
            (Answer::Decided { present: true, .. }, false) => &mut self.fp,
            (Answer::Decided { present: false, .. }, true) => &mut self.r#fn,
            (Answer::Decided { present: false, .. }, false) => &mut self.tn,
            (Answer::Abstained, true) => &mut self.abstained_present,
            (Answer::Abstained, false) => &mut self.abstained_absent,
            (Answer::Failed, true) => &mut self.failed_present,
            (Answer::Failed, false) => &mut self.failed_absent,
        };
        *field += 1;
    }
}

/// One category of a run.
#[derive(Clone, Debug)]
pub struct Column {
    /// The category.
    pub category: Category,
    /// Whether the analyzer knows it.
    pub supported: bool,
    /// The images that metrics count; none when it is not supported.
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

/// What the answer to an image says about one category.
///
/// Several findings of the category count as the worst. Without a finding it was looked for and not found. The
/// decision is the analyzer's own, else the score against `threshold`; the rank is the score, else the decision.
pub fn answer(outcome: &Outcome, category: Category, threshold: f64) -> Answer {
    let findings = match outcome {
        Outcome::Findings(findings) => findings,
        Outcome::Abstained => return Answer::Abstained,
        Outcome::Failed(_) => return Answer::Failed,
    };
    let (mut present, mut score) = (false, 0.0f64);
    for finding in findings.iter().filter(|finding| finding.category == category) {
        let called = finding.present.unwrap_or(finding.score.is_some_and(|s| s >= threshold));
        present |= called;
        score = score.max(finding.score.unwrap_or(f64::from(u8::from(called))));
    }
    Answer::Decided { present, score }
}

/// Sorts out the entries of a run, which must come by index, one column per category.
pub fn columns(
    entries: &[Entry],
    categories: &[Category],
    analyzer: &Description,
    threshold: f64,
) -> Vec<Column> {
    let (clusters, count) = clusters(entries);
    let mut sorters: Vec<Sorter> = categories
        .iter()
        .map(|c| Sorter::new(*c, analyzer.supports(*c), threshold, categories.len()))
        .collect();
    let mut states = vec![State::NotApplicable; categories.len()];
    for (entry, cluster) in entries.iter().zip(clusters) {
        for (state, category) in states.iter_mut().zip(categories) {
            *state = entry.truth.get(category).copied().unwrap_or(State::NotApplicable);
        }
        for (sorter, state) in sorters.iter_mut().zip(&states) {
            sorter.add(&entry.outcome, *state, cluster, &states);
        }
    }
    sorters.into_iter().map(|sorter| sorter.finish(categories, count)).collect()
}

/// A column in the making.
struct Sorter {
    category: Category,
    supported: bool,
    threshold: f64,
    cases: Vec<Case>,
    scored: bool,
    counts: Counts,
    coincidences: Vec<Coincidence>,
}

impl Sorter {
    fn new(category: Category, supported: bool, threshold: f64, categories: usize) -> Self {
        Self {
            category,
            supported,
            threshold,
            cases: Vec::new(),
            scored: false,
            counts: Counts::default(),
            coincidences: vec![Coincidence::default(); categories],
        }
    }

    /// Adds an image of this state; `states` are those of all categories.
    fn add(&mut self, outcome: &Outcome, state: State, cluster: u32, states: &[State]) {
        if state == State::NotApplicable {
            self.counts.not_applicable += 1;
            return;
        }
        if !self.supported {
            self.counts.unsupported += 1;
            return;
        }
        let answer = answer(outcome, self.category, self.threshold);
        self.scored |= has_score(outcome, self.category);
        let called = matches!(answer, Answer::Decided { present: true, .. });
        if state == State::Borderline {
            self.counts.borderline += 1;
            self.counts.borderline_called += u64::from(called);
            return;
        }
        let truth = state == State::Present;
        self.counts.count(truth, answer);
        self.cases.push(Case { cluster, truth, answer });
        if !truth {
            for (coincidence, other) in self.coincidences.iter_mut().zip(states) {
                coincidence.images += u64::from(*other == State::Present);
                coincidence.false_alarms += u64::from(called && *other == State::Present);
            }
        }
    }

    fn finish(self, categories: &[Category], clusters: u32) -> Column {
        let coincidences = categories.iter().copied().zip(self.coincidences);
        Column {
            category: self.category,
            supported: self.supported,
            cases: Cases::new(self.cases, clusters, self.scored),
            counts: self.counts,
            confused_with: coincidences.filter(|(_, c)| c.images > 0).collect(),
        }
    }
}

fn has_score(outcome: &Outcome, category: Category) -> bool {
    match outcome {
        Outcome::Findings(findings) => findings.iter().any(|f| f.category == category && f.score.is_some()),
        Outcome::Abstained | Outcome::Failed(_) => false,
    }
}

/// Numbers the samples in the order in which they come, and says which each entry belongs to.
fn clusters(entries: &[Entry]) -> (Vec<u32>, u32) {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let clusters = entries
        .iter()
        .map(|entry| {
            let next = numbers.len() as u32;
            *numbers.entry(&entry.sample_id).or_insert(next)
        })
        .collect();
    (clusters, numbers.len() as u32)
}
