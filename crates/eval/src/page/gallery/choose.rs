//! Which errors are worth looking at.
//!
//! Misses by how bad the defect was, false alarms by how sure the analyzer was; beside a baseline those first that it had
//! right. Of one sample the worst comes first and the
//! others after all other samples, so that the twins of one bad card do not fill the gallery.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use retake_label::{Category, Direction, State};
use serde::Serialize;

use super::super::{Side, words};
use super::answer::Answer;
use crate::run::Entry;

/// A kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// The defect is there and was not called.
    Missed,
    /// The defect is not there and was called.
    FalseAlarm,
    /// The defect is there and the analyzer gave no answer.
    NoAnswer,
    /// The baseline erred and the run is right.
    Fixed,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Missed, Self::FalseAlarm, Self::NoAnswer, Self::Fixed];

    /// The kind as it stands in the page's attributes.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::FalseAlarm => "false_alarm",
            Self::NoAnswer => "no_answer",
            Self::Fixed => "fixed",
        }
    }

    /// For people, one image.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Missed => "Missed",
            Self::FalseAlarm => "False alarm",
            Self::NoAnswer => "No answer",
            Self::Fixed => "Fixed",
        }
    }

    /// What comes first; `beside` a baseline.
    pub(super) fn order(self, beside: bool) -> &'static str {
        match (self, beside) {
            (Self::Missed | Self::NoAnswer, false) => "the most severe first",
            (Self::FalseAlarm, false) => "the most confident first",
            (Self::Missed | Self::NoAnswer, true) => {
                "those that the baseline had right first, then the most severe"
            }
            (Self::FalseAlarm, true) => "those that the baseline had right first, then the most confident",
            (Self::Fixed, _) => "where the baseline erred and this run is right",
        }
    }
}

/// The errors of one kind and category.
pub(super) struct Group {
    pub(super) category: Category,
    pub(super) kind: Kind,
    /// The chosen ones, as positions in the run's entries, the most interesting first.
    pub(super) chosen: Vec<usize>,
    /// How many there are.
    pub(super) total: usize,
}

/// The groups that are not empty, by category and kind, with at most `most` errors chosen in each.
pub(super) fn choose(run: Side<'_>, baseline: Option<Side<'_>>, most: usize) -> Vec<Group> {
    let report = run.report;
    let mut groups = Vec::new();
    for row in report.categories.iter().filter(|row| row.supported) {
        let category = row.category;
        let lower_is_worse = words::spec(report, category)
            .is_some_and(|spec| spec.measure.direction == Direction::LowerIsWorse);
        let mut candidates: BTreeMap<Kind, Vec<Candidate>> = BTreeMap::new();
        for (position, entry) in run.entries.iter().enumerate() {
            let before = baseline.and_then(|side| same_image(side, entry).map(|e| (side, e)));
            let Some(kind) = kind(run, entry, before, category) else { continue };
            let present = entry.truth.get(&category) == Some(&State::Present);
            let was = before.and_then(|(side, entry)| Answer::of(side, entry, category).called);
            let answer = Answer::of(run, entry, category);
            let measure = entry.measures.get(&category).copied().unwrap_or(0.0);
            let candidate = Candidate {
                position,
                broken: was == Some(present),
                severity: if lower_is_worse { -measure } else { measure },
                score: answer.score.unwrap_or(f64::from(u8::from(answer.called == Some(true)))),
            };
            candidates.entry(kind).or_default().push(candidate);
        }
        for (kind, mut of_kind) in candidates {
            of_kind.sort_by(|a, b| a.before(b, kind));
            let total = of_kind.len();
            let chosen = one_per_sample_first(run.entries, of_kind.into_iter().map(|c| c.position));
            groups.push(Group { category, kind, chosen: chosen.into_iter().take(most).collect(), total });
        }
    }
    groups
}

/// The outcome of the same image in another run on the same corpus.
pub(super) fn same_image<'a>(side: Side<'a>, entry: &Entry) -> Option<&'a Entry> {
    let found = side.entries.binary_search_by_key(&entry.index, |other| other.index).ok()?;
    Some(&side.entries[found])
}

struct Candidate {
    position: usize,
    /// Whether the baseline had it right.
    broken: bool,
    /// The measure, the greater the worse.
    severity: f64,
    score: f64,
}

impl Candidate {
    fn before(&self, other: &Self, kind: Kind) -> Ordering {
        let worst = other.severity.total_cmp(&self.severity);
        let by_interest = match kind {
            // The surer it was that nothing is there, the worse.
            Kind::Missed | Kind::NoAnswer | Kind::Fixed => worst.then(self.score.total_cmp(&other.score)),
            // The farther from a defect, the worse.
            Kind::FalseAlarm => other.score.total_cmp(&self.score).then(worst.reverse()),
        };
        other.broken.cmp(&self.broken).then(by_interest).then(self.position.cmp(&other.position))
    }
}

fn kind(
    run: Side<'_>,
    entry: &Entry,
    before: Option<(Side<'_>, &Entry)>,
    category: Category,
) -> Option<Kind> {
    let truth = match entry.truth.get(&category)? {
        State::Present => true,
        State::Absent => false,
        State::Borderline | State::NotApplicable => return None,
    };
    match (Answer::of(run, entry, category).called, truth) {
        (Some(false), true) => Some(Kind::Missed),
        (Some(true), false) => Some(Kind::FalseAlarm),
        (None, true) => Some(Kind::NoAnswer),
        (None, false) => None,
        (Some(_), _) => {
            let (side, entry) = before?;
            let called = Answer::of(side, entry, category).called?;
            (side.report.run.analyzer.supports(category) && called != truth).then_some(Kind::Fixed)
        }
    }
}

fn one_per_sample_first(entries: &[Entry], order: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let (mut first, others): (Vec<_>, Vec<_>) = order.partition(|at| seen.insert(&entries[*at].sample_id));
    first.extend(others);
    first
}
