//! `gate.toml`: what a release must reach.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use retake_label::Category;
use serde::{Deserialize, Serialize};

use crate::report::{Report, TimingReport};
use crate::{Error, Result, metrics, toml_file};

const VERSION: u32 = 1;

/// What a release must reach. Unknown keys are errors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The version of the file's format.
    pub version: u32,
    /// Minima, by metric, for every category that the analyzer knows and that has a value.
    #[serde(default)]
    pub all: BTreeMap<String, Minimum>,
    /// Minima of single categories, by metric; they go before those of `all`.
    #[serde(default)]
    pub category: BTreeMap<Category, BTreeMap<String, Minimum>>,
    /// Minima of the averages over the categories.
    #[serde(default)]
    pub r#macro: BTreeMap<String, Minimum>,
    /// How far metrics of a category may fall below the baseline's, 0-1, by metric.
    #[serde(default)]
    pub drop: BTreeMap<String, f64>,
    /// What must be shown about a drop.
    #[serde(default)]
    pub drop_test: DropTest,
    /// About the run as a whole.
    #[serde(default)]
    pub run: RunPolicy,
}

/// A minimum: a number, which the lower end of the interval must reach, or `{ at_least = 0.9, on = "point" }`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number, or { at_least = NUMBER, on = \"bound\" or \"point\" }")]
pub enum Minimum {
    /// On the bound.
    Bound(f64),
    /// As said.
    Stated(Stated),
}

/// A minimum in full.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// The minimum, 0-1.
    pub at_least: f64,
    /// What must reach it.
    #[serde(default)]
    pub on: On,
}

/// What must reach a minimum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// The lower end of the 95 % interval: no luck passes.
    #[default]
    Bound,
    /// The value.
    Point,
}

/// What must be shown about a drop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropTest {
    /// The gate fails when a drop is beyond what is allowed beyond chance (5 % for all drops together): a release that is as
    /// good as the baseline passes, on a small corpus a worse one may as well.
    #[default]
    Regression,
    /// The gate passes only when the lower end of the 95 % interval of the difference is within what is allowed: no worse
    /// release passes, on a small corpus hardly any.
    NonInferiority,
}

/// Limits of the run as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunPolicy {
    /// Share of the images that the analyzer may fail on (error, time-out, crash, nonsense), 0-1.
    pub max_failures: Option<f64>,
    /// Share of the images that it may abstain on, 0-1.
    pub max_abstained: Option<f64>,
    /// Images per second that it must reach.
    pub min_images_per_second: Option<f64>,
    /// Milliseconds in which 99 % of its answers must come.
    pub max_p99_ms: Option<f64>,
}

impl Minimum {
    /// The minimum.
    pub fn at_least(&self) -> f64 {
        match self {
            Self::Bound(at_least) => *at_least,
            Self::Stated(stated) => stated.at_least,
        }
    }

    /// What must reach it.
    pub fn on(&self) -> On {
        match self {
            Self::Bound(_) => On::Bound,
            Self::Stated(stated) => stated.on,
        }
    }
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// When the file cannot be read or is no policy, with line and key.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
        Self::parse(path, &text)
    }

    /// Parses a policy; `path` stands in complaints.
    ///
    /// # Errors
    /// When it is no policy, with line and key.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let policy: Self = toml_file::parse(path, text)?;
        let complain = |key: &[&str], problem: String| toml_file::complain(path, text, key, problem);
        if policy.version != VERSION {
            return Err(complain(&["version"], format!("this program reads version {VERSION}")));
        }
        for (table, minima) in [("all", &policy.all), ("macro", &policy.r#macro)] {
            check_minima(minima, &|metric, problem| complain(&[table, metric], problem))?;
        }
        for (category, minima) in &policy.category {
            check_minima(minima, &|metric, problem| complain(&["category", category.id(), metric], problem))?;
        }
        for (metric, drop) in &policy.drop {
            check_metric(metric).map_err(|problem| complain(&["drop", metric], problem))?;
            if !(0.0..1.0).contains(drop) {
                return Err(complain(
                    &["drop", metric],
                    "give a share of at least 0.0 and below 1.0".to_owned(),
                ));
            }
        }
        let run = &policy.run;
        for (key, share) in [("max_failures", run.max_failures), ("max_abstained", run.max_abstained)] {
            if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                return Err(complain(&["run", key], "give a share of the images, 0.0 to 1.0".to_owned()));
            }
        }
        for (key, limit) in
            [("min_images_per_second", run.min_images_per_second), ("max_p99_ms", run.max_p99_ms)]
        {
            if limit.is_some_and(|limit| !(limit > 0.0 && limit.is_finite())) {
                return Err(complain(&["run", key], "give a number above 0".to_owned()));
            }
        }
        if policy == (Self { version: VERSION, drop_test: policy.drop_test, ..Self::default() }) {
            return Err(complain(
                &["version"],
                "the policy asks for nothing: give [all], [category.NAME], [macro], [drop] or [run]"
                    .to_owned(),
            ));
        }
        Ok(policy)
    }

    /// A policy that the run passes with what it reached, to be edited: minima at its own lower bounds, rounded down.
    pub fn from_run(report: &Report, timing: &TimingReport) -> String {
        let run = &report.run;
        let mut out = format!(
            "# Made from a run of {} {} on `{}`.\n# A number must be reached by the lower end of the 95 % interval;\n\
             # {{ at_least = 0.9, on = \"point\" }} asks it of the value alone.\nversion = {VERSION}\n",
            run.analyzer.name, run.analyzer.version, run.corpus.name
        );
        let down = |value: f64| (value * 100.0).floor() / 100.0;
        let minima = |out: &mut String, of: &BTreeMap<String, crate::Estimate>, ids: &[&str]| {
            for (id, low) in ids.iter().filter_map(|id| Some((id, of.get(*id)?.low?))) {
                let _ = match down(low) {
                    low if low > 0.0 => writeln!(out, "{id} = {low:.2}"),
                    _ => writeln!(out, "# {id}: the run reached nothing that could be asked for"),
                };
            }
        };
        out.push_str("\n[macro]\n");
        minima(&mut out, &report.r#macro, &["f1"]);
        for category in
            report.categories.iter().filter(|c| c.supported && c.metrics["recall"].value.is_some())
        {
            let _ = writeln!(out, "\n[category.{}]", category.category);
            minima(&mut out, &category.metrics, &["recall", "specificity"]);
        }
        out.push_str(
            "\n# For a gate with --baseline, the run of an earlier release: a fall beyond these is a regression when it is\n\
             # beyond chance. With drop_test = \"non_inferiority\" (at the top) a release must show that it fell by no more.\n\
             # [drop]\n# recall = 0.0\n# specificity = 0.0\n\n[run]\n",
        );
        let failures = report.outcomes.failures() as f64 / report.images.max(1) as f64;
        let _ = writeln!(out, "max_failures = {:.3}", (failures * 1000.0).ceil() / 1000.0);
        out.push_str("# Speed is that of the machine, so leave room.\n");
        if let Some(rate) = timing.images_per_second {
            let _ = writeln!(out, "min_images_per_second = {:.2}", (rate / 2.0).max(0.01));
        }
        if let Some(latency) = timing.latency {
            let _ = writeln!(out, "max_p99_ms = {:.2}", latency.p99_ms * 2.0 + 0.01);
        }
        out
    }
}

fn check_minima(minima: &BTreeMap<String, Minimum>, complain: &dyn Fn(&str, String) -> Error) -> Result<()> {
    for (metric, minimum) in minima {
        check_metric(metric).map_err(|problem| complain(metric, problem))?;
        let at_least = minimum.at_least();
        if !(at_least > 0.0 && at_least <= 1.0) || (at_least >= 1.0 && minimum.on() == On::Bound) {
            let problem =
                format!("{at_least} can not be reached or is always: give a share above 0.0 and below 1.0");
            return Err(complain(metric, problem));
        }
    }
    Ok(())
}

fn check_metric(id: &str) -> Result<(), String> {
    if metrics::by_id(id).is_some() {
        return Ok(());
    }
    let known = metrics::ALL.iter().map(|metric| metric.id()).collect::<Vec<_>>().join(", ");
    Err(format!("there is no metric `{id}`; there are: {known}"))
}
