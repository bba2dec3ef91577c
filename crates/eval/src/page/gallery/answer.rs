//! What an analyzer said of one category on one image, in words and boxes.

use retake_label::{BBox, Category, Finding};
use serde::Serialize;

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
    pub(super) said: Said,
}

/// An answer in words.
#[derive(Serialize)]
pub(super) struct Said {
    /// What it decided.
    pub(super) words: String,
    /// Why, in its own words; of several findings the one with the highest score.
    pub(super) reason: Option<String>,
}

impl Answer {
    /// The answer to an image of this run.
    pub(super) fn of(side: Side<'_>, entry: &Entry, category: Category) -> Self {
        let run = &side.report.run;
        let silent = |words: String| Self {
            called: None,
            score: None,
            boxes: Vec::new(),
            said: Said { words, reason: None },
        };
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
        let by_score = |finding: &&Finding| finding.score.unwrap_or(f64::from(u8::from(called)));
        let explained = of_category().filter(|finding| finding.reason.is_some());
        let worst = explained.max_by(|a, b| by_score(a).total_cmp(&by_score(b)));
        Self {
            called: Some(called),
            score,
            boxes: of_category().filter_map(|finding| finding.bbox).collect(),
            said: Said {
                words: score.map_or_else(|| decision.to_owned(), |s| format!("{decision}, score {s:.2}")),
                reason: worst.and_then(|finding| finding.reason.clone()),
            },
        }
    }
}
