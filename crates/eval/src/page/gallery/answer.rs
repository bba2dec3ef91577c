//! What an analyzer said of one category on one image, in words and boxes.

use retake_label::{BBox, Category};

use super::super::{Side, words};
use crate::analyzer::Outcome;
use crate::run::Entry;
use crate::table::{Decision, reply};

/// The longest message of a failure that is shown.
const MESSAGE: usize = 160;

/// An answer.
pub(super) struct Answer {
    /// The decision; `None` without one.
    pub(super) called: Option<bool>,
    /// The highest score that it gave for the category.
    pub(super) score: Option<f64>,
    /// Where it saw the defect.
    pub(super) boxes: Vec<BBox>,
    /// All of it in words.
    pub(super) words: String,
}

impl Answer {
    /// The answer to an image of this run.
    pub(super) fn of(side: Side<'_>, entry: &Entry, category: Category) -> Self {
        let run = &side.report.run;
        let silent = |words: String| Self { called: None, score: None, boxes: Vec::new(), words };
        if !run.analyzer.supports(category) {
            return silent("does not judge this category".to_owned());
        }
        let findings = match &entry.outcome {
            Outcome::Findings(findings) => findings,
            Outcome::Abstained => return silent("abstained".to_owned()),
            Outcome::Failed(failure) => {
                let message = words::cut(&failure.message, MESSAGE);
                return silent(format!("failed ({}): {message}", failure.kind));
            }
        };
        let of_category = || findings.iter().filter(|finding| finding.category == category);
        let score = of_category().filter_map(|finding| finding.score).reduce(f64::max);
        let decision = Decision::Own(run.conditions.threshold);
        let called = reply(&entry.outcome, category, decision).0.called();
        let decision = if called { "called it" } else { "did not call it" };
        Self {
            called: Some(called),
            score,
            boxes: of_category().filter_map(|finding| finding.bbox).collect(),
            words: score.map_or_else(|| decision.to_owned(), |s| format!("{decision}, score {s:.2}")),
        }
    }
}
