//! The metrics: each in a file of its own and one line of [`ALL`].
//!
//! All of them look at the same cases, one per image on which a category is clearly present or clearly absent.
//! Borderline images and images that the category says nothing about never become a case.
//!
//! An image without an answer (abstention, error, time-out, crash, nonsense) is treated alike by all: **it stays in every
//! denominator that the truth sets.** For recall it is a miss, for specificity it is not cleared, for accuracy it
//! is wrong, it wins no pair of AUROC, and AP never retrieves it. What only counts claims, which is precision and
//! the precisions within AP, does not see an unanswered image without the defect: nothing was claimed.
//!
//! Intervals take images of one sample (counterfactual twins) as one draw, never as independent ones.

mod accuracy;
mod auroc;
mod average_precision;
mod f1;
mod precision;
mod proportion;
mod ranking;
mod recall;
mod specificity;
mod tally;

mod average;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

pub use average::Macro;
pub(crate) use proportion::Counted;
pub(crate) use ranking::Ranked;
use ranking::Ranking;
pub(crate) use tally::Curves;
pub use tally::Tally;

use crate::Estimate;
use crate::table::Reply;

/// Every metric, in the order of the report. A new one is a file beside this one and a line here.
pub const ALL: &[&dyn Metric] = &[
    &precision::Precision,
    &recall::Recall,
    &f1::F1,
    &specificity::Specificity,
    &accuracy::Accuracy,
    &average_precision::AveragePrecision,
    &auroc::Auroc,
];

/// A quantity in 0-1, higher is better, that is computed from the cases of one category.
pub trait Metric: Sync {
    /// Its key in reports, `snake_case`.
    fn id(&self) -> &'static str;

    /// A short heading.
    fn title(&self) -> &'static str;

    /// What it is, in one sentence.
    fn definition(&self) -> &'static str;

    /// What it says of a case, where it is a share of the cases or a function of one.
    fn outcome(&self) -> Option<Outcome> {
        None
    }

    /// Itself, from the share of what [`outcome`](Self::outcome) says.
    fn of_share(&self, share: Assessment) -> Assessment {
        share
    }

    /// Whether cases of different categories may be pooled (micro average). Ranking metrics may not: the scores
    /// of two categories share no scale.
    fn pools(&self) -> bool {
        self.outcome().is_some()
    }

    /// The value with its interval. Without anything to measure, [`Assessment::NONE`].
    fn assess(&self, cases: &Cases) -> Assessment {
        self.outcome().map_or(Assessment::NONE, |outcome| self.of_share(proportion::share(cases, outcome)))
    }

    /// The value when each sample counts as often as `weights` says, by cluster: what a bootstrap needs.
    fn resampled(&self, cases: &Cases, weights: &[u32]) -> Option<f64>;
}

/// Whether a case is a hit; `None` where it does not count.
pub type Outcome = fn(&Case) -> Option<bool>;

/// The metric with this id.
pub fn by_id(id: &str) -> Option<&'static dyn Metric> {
    ALL.iter().copied().find(|metric| metric.id() == id)
}

/// What the analyzer made of one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// It judged.
    Decided {
        /// Its decision: its own, else its score against the threshold of the run.
        present: bool,
        /// Its rank among the images: the score, 0-1; without one its decision as 1 or 0.
        score: f64,
    },
    /// It declined.
    Abstained,
    /// It gave no usable answer.
    Failed,
}

/// One image on which a category is clearly present or clearly absent.
///
/// Its [`Answer`] is taken apart, so that millions of cases take two thirds of the memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// The sample that the image belongs to, counted from 0 and below [`Cases::clusters()`].
    pub cluster: u32,
    /// Whether the defect is there.
    pub truth: bool,
    reply: Reply,
    score: f64,
}

impl Case {
    /// What the analyzer made of an image of this sample.
    pub fn new(cluster: u32, truth: bool, answer: Answer) -> Self {
        let (reply, score) = match answer {
            Answer::Decided { present: true, score } => (Reply::Called, score),
            Answer::Decided { present: false, score } => (Reply::Clear, score),
            Answer::Abstained => (Reply::Abstained, 0.0),
            Answer::Failed => (Reply::Failed, 0.0),
        };
        Self::of_reply(cluster, truth, reply, score)
    }

    /// The same of a table's cells; the score of an image without an answer is 0.
    pub(crate) fn of_reply(cluster: u32, truth: bool, reply: Reply, score: f64) -> Self {
        Self { cluster, truth, reply, score }
    }

    /// What the analyzer made of it.
    pub fn answer(&self) -> Answer {
        match self.reply {
            Reply::Called | Reply::Clear => {
                Answer::Decided { present: self.reply.called(), score: self.score }
            }
            Reply::Abstained => Answer::Abstained,
            Reply::Failed => Answer::Failed,
        }
    }

    /// Whether the analyzer called the defect present; `None` where it did not answer.
    pub fn called(&self) -> Option<bool> {
        self.reply.answered().then(|| self.reply.called())
    }
}

/// The cases of one category, or of several pooled.
#[derive(Clone, Debug, Default)]
pub struct Cases {
    /// Those of one cluster together, clusters rising.
    cases: Vec<Case>,
    clusters: u32,
    scored: bool,
    /// Sorted when first asked for.
    order: OnceLock<Vec<Ranked>>,
    ranking: OnceLock<Option<Ranking>>,
}

impl Cases {
    /// Cases whose clusters are all below `clusters`, in any order. `scored` says whether the analyzer
    /// gave any score at all for the category; without one there is nothing to rank.
    ///
    /// # Panics
    /// When a cluster is out of range.
    pub fn new(mut cases: Vec<Case>, clusters: u32, scored: bool) -> Self {
        if !cases.is_sorted_by_key(|case| case.cluster) {
            cases.sort_by_key(|case| case.cluster);
        }
        assert!(cases.last().is_none_or(|case| case.cluster < clusters), "a cluster is out of range");
        Self { cases, clusters, scored, order: OnceLock::new(), ranking: OnceLock::new() }
    }

    /// Those of some samples. What is sorted already stays so.
    pub(crate) fn of_samples(&self, wanted: impl Fn(u32) -> bool) -> Self {
        let count = self.cases.iter().filter(|case| wanted(case.cluster)).count();
        let mut cases = Vec::with_capacity(count);
        cases.extend(self.cases.iter().filter(|case| wanted(case.cluster)));
        let mut order = Vec::with_capacity(count);
        order.extend(self.by_score().iter().filter(|ranked| wanted(ranked.cluster)));
        Self {
            cases,
            clusters: self.clusters,
            scored: self.scored,
            order: order.into(),
            ranking: OnceLock::new(),
        }
    }

    /// The same in the memory that all of them have.
    pub(crate) fn only_samples(mut self, wanted: impl Fn(u32) -> bool) -> Self {
        self.ranking.take();
        self.cases.retain(|case| wanted(case.cluster));
        if let Some(order) = self.order.get_mut() {
            order.retain(|ranked| wanted(ranked.cluster));
        }
        self
    }

    /// The same with every answer decided by its score against a threshold.
    pub(crate) fn decided_at(mut self, threshold: f64) -> Self {
        for case in &mut self.cases {
            case.reply = case.reply.decided_at(threshold, case.score);
        }
        self
    }

    /// The cases, those of one cluster together, clusters rising.
    pub fn as_slice(&self) -> &[Case] {
        &self.cases
    }

    /// Whether the analyzer gave any score at all.
    pub fn scored(&self) -> bool {
        self.scored
    }

    /// The number of samples in the corpus.
    pub fn clusters(&self) -> u32 {
        self.clusters
    }

    /// The answered cases, highest score first.
    pub(crate) fn by_score(&self) -> &[Ranked] {
        self.order.get_or_init(|| ranking::by_score(&self.cases))
    }

    /// The answered cases, highest score first; `None` without scores, or without both kinds of image.
    pub(crate) fn ranked(&self) -> Option<&[Ranked]> {
        let has = |truth: bool| self.cases.iter().any(|case| case.truth == truth);
        (self.scored && has(true) && has(false)).then(|| self.by_score())
    }

    /// The cases by score; `None` without scores, or without both kinds of image.
    fn ranking(&self) -> Option<&Ranking> {
        self.ranking.get_or_init(|| Ranking::new(self)).as_ref()
    }
}

/// A metric's value, and what each sample contributes to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The value with its interval.
    pub estimate: Estimate,
    /// How much each sample moves the value: the infinitesimal jackknife's influence, one per cluster, summing to 0
    /// up to rounding. Empty without a value.
    pub influence: Vec<f64>,
    /// The sample size at which the interval is taken.
    pub effective: f64,
}

impl Assessment {
    /// Nothing to measure.
    pub const NONE: Self = Self { estimate: Estimate::NONE, influence: Vec::new(), effective: 0.0 };
}
