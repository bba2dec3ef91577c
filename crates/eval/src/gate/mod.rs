//! A release passes, or it does not.
//!
//! A gate holds a run against a [`Policy`]. Every demand becomes one check with what was asked, what was found and, where the
//! corpus is too small to tell, how many images it would take.

mod output;
mod policy;

use std::collections::BTreeMap;

pub use output::{junit, markdown, text};
pub use policy::{DropTest, Minimum, On, Policy, RunPolicy, Stated};
use retake_label::Category;
use serde::{Deserialize, Serialize};

use crate::compare::{CategoryComparison, Comparison};
use crate::power::{Drop, perfect_images};
use crate::report::{CategoryReport, Report, TimingReport};
use crate::stats::{benjamini_hochberg, normal_cdf, sign_test_one_sided};
use crate::{Difference, Estimate, Z95};

/// The chance of a false alarm that all drops of a gate share.
const LEVEL: f64 = 0.05;
/// The chance at which a corpus is taken to be large enough to notice a drop.
const POWER: f64 = 0.8;

/// What a gate found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The analyzer, by name and version.
    pub analyzer: String,
    /// The baseline, by name and version.
    pub baseline: Option<String>,
    /// Whether every check passed.
    pub passed: bool,
    /// The checks.
    pub checks: Vec<Check>,
}

/// One demand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What it is about: `category.glare`, `macro`, `run` or `drop.glare`.
    pub group: String,
    /// The metric or limit.
    pub name: String,
    /// Whether it was met.
    pub passed: bool,
    /// What was asked and what was found, in words.
    pub message: String,
    /// Whether and how far the corpus is too small for the check to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_small: Option<String>,
}

/// Holds a run against a policy; `comparison` is that of the baseline with the run.
pub fn judge(
    policy: &Policy,
    report: &Report,
    timing: &TimingReport,
    comparison: Option<&Comparison>,
) -> Verdict {
    let mut checks = minima(policy, report);
    checks.extend(limits(&policy.run, report, timing));
    if let Some(comparison) = comparison {
        checks.extend(drops(policy, comparison));
    }
    let named = |run: &crate::run::RunInfo| format!("{} {}", run.analyzer.name, run.analyzer.version);
    let total = report.run.corpus.images;
    if report.images < total {
        checks.push(Check {
            group: "run".to_owned(),
            name: "complete".to_owned(),
            passed: false,
            message: format!("the run is unfinished: {} of {total} images", report.images),
            too_small: None,
        });
    }
    Verdict {
        analyzer: named(&report.run),
        baseline: comparison.map(|comparison| named(&comparison.before)),
        passed: checks.iter().all(|check| check.passed),
        checks,
    }
}

fn minima(policy: &Policy, report: &Report) -> Vec<Check> {
    let mut checks = Vec::new();
    for category in &report.categories {
        let own = policy.category.get(&category.category);
        let mut wanted: BTreeMap<&String, (&Minimum, bool)> =
            policy.all.iter().map(|(metric, minimum)| (metric, (minimum, false))).collect();
        wanted.extend(own.into_iter().flatten().map(|(metric, minimum)| (metric, (minimum, true))));
        for (metric, (minimum, asked_by_name)) in wanted {
            // What `[all]` asks for holds where there is something to ask.
            if asked_by_name || (category.supported && category.metrics[metric].value.is_some()) {
                checks.push(minimum_of(category, metric, minimum));
            }
        }
    }
    let known = |category: &Category| report.categories.iter().any(|c| c.category == *category);
    for category in policy.category.keys().filter(|category| !known(category)) {
        checks.push(Check {
            group: format!("category.{category}"),
            name: "labelled".to_owned(),
            passed: false,
            message: "the corpus says nothing about this category".to_owned(),
            too_small: None,
        });
    }
    for (metric, minimum) in &policy.r#macro {
        checks.push(minimum_check("macro", metric, &report.r#macro[metric], minimum, None));
    }
    checks
}

fn minimum_of(category: &CategoryReport, metric: &str, minimum: &Minimum) -> Check {
    let group = format!("category.{}", category.category);
    let samples = samples_of(&category.metrics[metric]);
    let mut check = minimum_check(&group, metric, &category.metrics[metric], minimum, samples);
    if !category.supported {
        check.message = "the analyzer does not know this category".to_owned();
    }
    check
}

/// Images behind an estimate of a share.
fn samples_of(estimate: &Estimate) -> Option<u64> {
    use crate::Method;
    matches!(estimate.method, Method::Wilson | Method::WilsonClustered).then_some(estimate.n)
}

fn minimum_check(
    group: &str,
    metric: &str,
    estimate: &Estimate,
    minimum: &Minimum,
    images: Option<u64>,
) -> Check {
    let at_least = minimum.at_least();
    let (reached, what) = match minimum.on() {
        On::Bound => (estimate.low, "lower bound"),
        On::Point => (estimate.value, "value"),
    };
    let message = match (estimate.value, estimate.low, estimate.high) {
        (Some(value), Some(low), Some(high)) => format!(
            "{what} must be at least {at_least:.3}: {value:.3} ({low:.3}-{high:.3}, n {})",
            estimate.n
        ),
        _ => "there is nothing to measure".to_owned(),
    };
    let needed = perfect_images(at_least);
    let hopeless = minimum.on() == On::Bound && images.is_some_and(|n| n < needed);
    Check {
        group: group.to_owned(),
        name: metric.to_owned(),
        passed: reached.is_some_and(|reached| reached >= at_least),
        message,
        too_small: hopeless.then(|| {
            format!(
                "even a perfect result on {} images has a lower bound below {at_least:.3}; it takes at least {needed}",
                estimate.n
            )
        }),
    }
}

fn limits(policy: &RunPolicy, report: &Report, timing: &TimingReport) -> Vec<Check> {
    let images = report.images.max(1) as f64;
    let outcomes = &report.outcomes;
    let check = |name: &str, passed: bool, message: String| Check {
        group: "run".to_owned(),
        name: name.to_owned(),
        passed,
        message,
        too_small: None,
    };
    let share = |name: &str, limit: Option<f64>, count: u64, what: &str| {
        let limit = limit?;
        let found = count as f64 / images;
        let message = format!(
            "{what} on at most {:.2} % of the images: {count}, {:.2} %",
            100.0 * limit,
            100.0 * found
        );
        Some(check(name, found <= limit, message))
    };
    let rate = policy.min_images_per_second.map(|limit| {
        let found = timing.images_per_second.unwrap_or(0.0);
        check(
            "min_images_per_second",
            found >= limit,
            format!("at least {limit:.2} images per second: {found:.2}"),
        )
    });
    let p99 = policy.max_p99_ms.map(|limit| {
        let found = timing.latency.map(|latency| latency.p99_ms);
        let text = found.map_or("none was answered".to_owned(), |ms| format!("{ms:.2} ms"));
        check(
            "max_p99_ms",
            found.is_some_and(|ms| ms <= limit),
            format!("99 % of answers within {limit:.2} ms: {text}"),
        )
    });
    let failures = share("max_failures", policy.max_failures, outcomes.failures(), "failures");
    let abstained = share("max_abstained", policy.max_abstained, outcomes.abstained, "abstentions");
    [failures, abstained, rate, p99].into_iter().flatten().collect()
}

/// A drop of one metric of one category.
struct Candidate<'a> {
    category: &'a CategoryComparison,
    metric: &'a str,
    allowed: f64,
    difference: Difference,
    p: f64,
}

fn drops(policy: &Policy, comparison: &Comparison) -> Vec<Check> {
    let mut candidates = Vec::new();
    for category in &comparison.categories {
        for (metric, allowed) in &policy.drop {
            let difference = category.metrics[metric].difference;
            if difference.value.is_some() {
                let p = p_of_drop(category, metric, *allowed, &difference);
                candidates.push(Candidate { category, metric, allowed: *allowed, difference, p });
            }
        }
    }
    let adjusted = benjamini_hochberg(&candidates.iter().map(|c| c.p).collect::<Vec<_>>());
    candidates
        .iter()
        .zip(adjusted)
        .map(|(candidate, adjusted)| drop_check(policy, candidate, adjusted))
        .collect()
}

/// The one-sided p-value of "the metric fell by no more than is allowed".
fn p_of_drop(category: &CategoryComparison, metric: &str, allowed: f64, difference: &Difference) -> f64 {
    let test = match metric {
        "recall" => Some(&category.recall),
        "specificity" => Some(&category.specificity),
        "accuracy" => Some(&category.decisions),
        _ => None,
    };
    if let Some(test) = test.filter(|test| allowed == 0.0 && test.samples != [0, 0]) {
        return sign_test_one_sided(test.samples[0], test.samples[1]);
    }
    let (Some(value), Some(low), Some(high)) = (difference.value, difference.low, difference.high) else {
        return 1.0;
    };
    // The wider of the interval's sides, as a normal distribution's.
    let deviation = (value - low).max(high - value) / Z95;
    if deviation > 0.0 {
        normal_cdf((value + allowed) / deviation)
    } else {
        f64::from(u8::from(value >= -allowed))
    }
}

fn drop_check(policy: &Policy, candidate: &Candidate<'_>, adjusted: f64) -> Check {
    let Candidate { category, metric, allowed, difference, .. } = candidate;
    let (value, low, high) = match (difference.value, difference.low, difference.high) {
        (Some(value), Some(low), Some(high)) => (value, low, high),
        _ => (0.0, 0.0, 0.0),
    };
    let passed = match policy.drop_test {
        DropTest::Regression => adjusted > LEVEL,
        DropTest::NonInferiority => low >= -allowed,
    };
    let before = category.metrics[*metric].before;
    let found = format!("{:+.2} points ({:+.2} to {:+.2})", 100.0 * value, 100.0 * low, 100.0 * high);
    let message = match policy.drop_test {
        DropTest::Regression => {
            format!(
                "no fall beyond {:.2} points beyond chance: {found}, adjusted p {adjusted:.3}",
                100.0 * allowed
            )
        }
        DropTest::NonInferiority => {
            format!("the fall must be shown to be within {:.2} points: {found}", 100.0 * allowed)
        }
    };
    Check {
        group: format!("drop.{}", category.category),
        name: (*metric).to_owned(),
        passed,
        message,
        too_small: too_small(
            candidate,
            &before,
            policy.drop_test == DropTest::NonInferiority && !passed && value >= -allowed,
        ),
    }
}

/// Whether a drop of twice what is allowed (of five points where none is) would likely go unnoticed.
fn too_small(candidate: &Candidate<'_>, before: &Estimate, unproven: bool) -> Option<String> {
    let rate = before.value.filter(|_| matches!(candidate.metric, "recall" | "specificity" | "accuracy"))?;
    let target = if candidate.allowed > 0.0 { 2.0 * candidate.allowed } else { 0.05 };
    let drop = Drop::of_errors_added((target - candidate.allowed).min(rate.max(0.001)));
    let chance = drop.power(before.n);
    (unproven || chance < POWER).then(|| {
        let needed = drop.images_needed(POWER).map_or("far more".to_owned(), |n| n.to_string());
        format!(
            "a fall of {:.1} points would be noticed in {:.0} % of cases at best; it takes at least {needed} images, here are {}",
            100.0 * target,
            100.0 * chance,
            before.n
        )
    })
}

#[cfg(test)]
mod tests;
