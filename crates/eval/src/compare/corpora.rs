//! How far figures from one corpus carry over to another: synthetic photos against real ones.

use std::collections::BTreeMap;

use retake_label::Category;
use serde::{Deserialize, Serialize};

use super::Side;
use crate::metrics;
use crate::score::score;
use crate::stats::spearman;
use crate::{Difference, Error, Estimate, Result};

/// The metrics that are set side by side.
const METRICS: [&str; 5] = ["precision", "recall", "specificity", "f1", "auroc"];

/// One analyzer on both corpora.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// On synthetic images.
    pub synthetic: Side<'a>,
    /// On real ones.
    pub real: Side<'a>,
}

/// What carries over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpora {
    /// By analyzer.
    pub analyzers: Vec<Carried>,
    /// By category and metric: Spearman's rank correlation of the analyzers' figures on the two corpora, so 1 when both put
    /// them in the same order; only from three analyzers on.
    pub rank_correlation: BTreeMap<Category, BTreeMap<String, f64>>,
}

/// One analyzer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// Its name and version; what it was opened from where another one has the same.
    pub analyzer: String,
    /// The categories that both corpora speak of and the analyzer knows.
    pub categories: Vec<CarriedCategory>,
}

/// One category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarriedCategory {
    /// The category.
    pub category: Category,
    /// By metric.
    pub metrics: BTreeMap<String, Figures>,
}

/// A metric on both corpora.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// On synthetic images.
    pub synthetic: Estimate,
    /// On real ones.
    pub real: Estimate,
    /// Real minus synthetic.
    pub difference: Difference,
}

impl Corpora {
    /// Sets analyzers side by side.
    ///
    /// # Errors
    /// When the two runs of a pair are of different analyzers, or no category is in both.
    pub fn of(pairs: &[Pair<'_>]) -> Result<Self> {
        let mut analyzers = pairs.iter().map(carried).collect::<Result<Vec<_>>>()?;
        // One version with several sets of options is told apart by these.
        let names: Vec<String> = analyzers.iter().map(|of| of.analyzer.clone()).collect();
        for (of, pair) in analyzers.iter_mut().zip(pairs) {
            if names.iter().filter(|name| **name == of.analyzer).count() > 1 {
                of.analyzer = pair.synthetic.info.spec.clone();
            }
        }
        let mut points: BTreeMap<Category, BTreeMap<String, Vec<(f64, f64)>>> = BTreeMap::new();
        for category in analyzers.iter().flat_map(|analyzer| &analyzer.categories) {
            for (metric, figures) in &category.metrics {
                if let (Some(a), Some(b)) = (figures.synthetic.value, figures.real.value) {
                    points
                        .entry(category.category)
                        .or_default()
                        .entry(metric.clone())
                        .or_default()
                        .push((a, b));
                }
            }
        }
        let correlated = |points: Vec<(f64, f64)>| if points.len() < 3 { None } else { spearman(&points) };
        let rank_correlation = points.into_iter().map(|(category, metrics)| {
            let known =
                metrics.into_iter().filter_map(|(metric, points)| Some((metric, correlated(points)?)));
            (category, known.collect::<BTreeMap<_, _>>())
        });
        let rank_correlation = rank_correlation.filter(|(_, metrics)| !metrics.is_empty()).collect();
        Ok(Self { analyzers, rank_correlation })
    }
}

fn carried(pair: &Pair<'_>) -> Result<Carried> {
    let [synthetic, real] = [pair.synthetic, pair.real].map(|side| {
        let analyzer = &side.info.analyzer;
        format!("{} {}", analyzer.name, analyzer.version)
    });
    if synthetic != real {
        return Err(Error::Runs(format!(
            "a pair of runs must be of one analyzer, not of {synthetic} and of {real}"
        )));
    }
    let both = pair.synthetic.table.columns.iter().filter_map(|a| {
        let b = pair.real.table.column(a.category())?;
        (a.supported && b.supported).then_some((a, b))
    });
    let categories: Vec<CarriedCategory> = both
        .map(|(a, b)| {
            let cases = [score(pair.synthetic.table, a).cases, score(pair.real.table, b).cases];
            let figures = METRICS.iter().filter_map(|id| metrics::by_id(id)).map(|metric| {
                let [synthetic, real] = [&cases[0], &cases[1]].map(|cases| metric.assess(cases).estimate);
                let difference = Difference::independent(&synthetic, &real);
                (metric.id().to_owned(), Figures { synthetic, real, difference })
            });
            CarriedCategory { category: a.category(), metrics: figures.collect() }
        })
        .collect();
    if categories.is_empty() {
        return Err(Error::Runs(format!("no category that {synthetic} knows is in both corpora")));
    }
    Ok(Carried { analyzer: synthetic, categories })
}
