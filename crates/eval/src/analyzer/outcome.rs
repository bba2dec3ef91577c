//! What came of one request.

use std::fmt;

use retake_label::{Category, Finding};
use serde::{Deserialize, Serialize};

use super::Description;

/// An analyzer's answer on one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What it found. A supported category that is not among the findings was not found. Several findings
    /// of one category (two spots of glare) count as the worst of them.
    Findings(Vec<Finding>),
    /// It looks at the picture and declines to judge.
    Abstained,
    /// It gave no usable answer.
    Failed(Failure),
}

/// Why there is no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind of failure.
    pub kind: FailureKind,
    /// What happened, for people; bounded in length.
    pub message: String,
}

/// The kinds of failure that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The analyzer said that it failed.
    Error,
    /// It did not answer in time.
    Timeout,
    /// It died.
    Crash,
    /// It answered something that the protocol does not know.
    Protocol,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Error, Self::Timeout, Self::Crash, Self::Protocol];

    /// The kind as it stands in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Crash => "crash",
            Self::Protocol => "protocol",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl Outcome {
    /// A failure; the message is cut to a few hundred characters, so that a run folder stays readable.
    pub fn failed(kind: FailureKind, message: impl Into<String>) -> Self {
        const LONGEST: usize = 400;
        let mut message: String = message.into();
        cut(&mut message, LONGEST);
        Self::Failed(Failure { kind, message })
    }

    /// The outcome as it may be kept: findings that break the contract become a
    /// [`FailureKind::Protocol`] failure that says how.
    ///
    /// A finding must carry a score in 0-1, a decision, or both; its category must be one that the analyzer
    /// declared; its box must be finite. A reason that is too long is cut.
    #[must_use]
    pub fn checked(mut self, description: &Description) -> Self {
        let Self::Findings(findings) = &mut self else { return self };
        if let Some(problem) = findings.iter().find_map(|finding| problem(finding, description)) {
            return Self::failed(FailureKind::Protocol, problem);
        }
        for reason in findings.iter_mut().filter_map(|finding| finding.reason.as_mut()) {
            cut(reason, Finding::LONGEST_REASON);
        }
        self
    }
}

/// Cuts a text after so many characters, and says so.
fn cut(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push_str(" ...");
    }
}

fn problem(finding: &Finding, description: &Description) -> Option<String> {
    let category = finding.category;
    if !description.supports(category) {
        return Some(format!("finding of `{category}`, which the analyzer did not declare"));
    }
    match (finding.score, finding.present) {
        (None, None) => return Some(format!("finding of `{category}` with neither `score` nor `present`")),
        (Some(score), _) if !(0.0..=1.0).contains(&score) => {
            return Some(format!("score {score} of `{category}` is outside 0-1"));
        }
        _ => {}
    }
    let finite = |bbox: &retake_label::BBox| [bbox.x, bbox.y, bbox.w, bbox.h].iter().all(|v| v.is_finite());
    (!finding.bbox.as_ref().is_none_or(finite)).then(|| format!("box of `{category}` is not finite"))
}

impl From<Vec<Finding>> for Outcome {
    fn from(findings: Vec<Finding>) -> Self {
        Self::Findings(findings)
    }
}

/// `Ok` with findings, or the analyzer's own error as [`FailureKind::Error`]: lets an analyzer be written with
/// the `?` operator in a helper that returns a `Result`.
impl<E: fmt::Display> From<Result<Vec<Finding>, E>> for Outcome {
    fn from(result: Result<Vec<Finding>, E>) -> Self {
        match result {
            Ok(findings) => Self::Findings(findings),
            Err(error) => Self::failed(FailureKind::Error, error.to_string()),
        }
    }
}

/// One finding: the confidence that `category` is there, 0-1.
pub fn scored(category: Category, score: f64) -> Finding {
    Finding { category, score: Some(score), present: None, bbox: None, reason: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_that_break_the_contract_are_refused_with_the_reason() {
        let description = Description::new("a", "1", [Category::BLUR]);
        let bare = Finding { category: Category::BLUR, score: None, present: None, bbox: None, reason: None };
        let boxed = Finding { bbox: Some([0.0, f64::NAN, 1.0, 1.0].into()), ..scored(Category::BLUR, 0.5) };
        let cases = [
            (scored(Category::GLARE, 0.5), "`glare`, which the analyzer did not declare"),
            (scored(Category::BLUR, 1.5), "score 1.5 of `blur` is outside 0-1"),
            (scored(Category::BLUR, f64::NAN), "score NaN of `blur` is outside 0-1"),
            (bare, "neither `score` nor `present`"),
            (boxed, "box of `blur` is not finite"),
        ];
        for (finding, reason) in cases {
            match Outcome::Findings(vec![finding]).checked(&description) {
                Outcome::Failed(Failure { kind: FailureKind::Protocol, message }) => {
                    assert!(message.contains(reason), "{message}");
                }
                other => panic!("{reason}: {other:?}"),
            }
        }
        let good = Outcome::Findings(vec![scored(Category::BLUR, 1.0), scored(Category::BLUR, 0.0)]);
        assert_eq!(good.clone().checked(&description), good);
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let Outcome::Failed(failure) = Outcome::failed(FailureKind::Error, "é".repeat(100_000)) else {
            panic!()
        };
        assert!(failure.message.len() < 1000 && failure.message.ends_with("é ..."));

        let description = Description::new("a", "1", [Category::BLUR]);
        for (length, kept) in [(0, 0), (300, 300), (301, 304), (100_000, 304)] {
            let long = Finding { reason: Some("é".repeat(length)), ..scored(Category::BLUR, 0.5) };
            let Outcome::Findings(findings) = Outcome::Findings(vec![long]).checked(&description) else {
                panic!()
            };
            assert_eq!(findings[0].reason.as_ref().unwrap().chars().count(), kept);
        }
    }
}
