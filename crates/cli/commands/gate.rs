//! `retake gate`: whether a release may go out.

use std::path::PathBuf;

use anyhow::Context as _;
use retake_eval::compare::{Comparison, Plan};
use retake_eval::gate::{self, Policy};
use retake_eval::report;
use retake_eval::run::Folder;

use super::compare::Loaded;
use super::evaluate;
use crate::exit::Exit;
use crate::output::{say, write_whole};

/// Hold a run against a policy: minima, allowed drops against a baseline, failures and speed.
///
/// Exit code 0 when it passes, 1 when it does not, 2 when it could not be judged, 3 when the analyzer failed on every image.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The run's folder
    #[arg(value_name = "RUN", required_unless_present = "init", conflicts_with = "init")]
    run: Option<PathBuf>,

    /// The policy
    #[arg(long, value_name = "FILE", default_value = "gate.toml")]
    policy: PathBuf,

    /// An earlier run on the same images that the run may not fall behind
    #[arg(long, value_name = "RUN")]
    baseline: Option<PathBuf>,

    /// Write a policy that this run passes, to be edited, to --policy
    #[arg(long, value_name = "RUN", conflicts_with_all = ["baseline", "junit", "markdown", "json"])]
    init: Option<PathBuf>,

    /// Also write the checks as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Also write the checks as Markdown, for a step summary
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Also write the checks as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        if let Some(run) = &self.init {
            return self.write_policy(run);
        }
        let run = self.run.as_deref().context("give the run's folder")?;
        let policy = Policy::read(&self.policy)?;
        let folder = Folder::read(run)?;
        let (report, timing) = report::read(&folder, None)?;
        anyhow::ensure!(report.images > 0, "{}: the run has no outcome yet", run.display());
        anyhow::ensure!(
            self.baseline.is_some() || policy.drop.is_empty(),
            "{}: [drop] needs the run of an earlier release: give --baseline",
            self.policy.display()
        );
        let comparison = match &self.baseline {
            Some(baseline) => {
                let (before, after) = (Loaded::read(baseline)?, Loaded::read(run)?);
                Some(Comparison::paired(before.side(), after.side(), &Plan::default())?)
            }
            None => None,
        };
        let verdict = gate::judge(&policy, &report, &timing, comparison.as_ref());
        say(gate::text(&verdict).trim_end())?;
        if let Some(path) = &self.junit {
            write_whole(path, gate::junit(&verdict)?.as_bytes())?;
        }
        if let Some(path) = &self.markdown {
            write_whole(path, gate::markdown(&verdict).as_bytes())?;
        }
        if let Some(path) = &self.json {
            write_whole(path, (serde_json::to_string_pretty(&verdict)? + "\n").as_bytes())?;
        }
        match evaluate::exit_of(&report) {
            Exit::Passed if verdict.passed => Ok(Exit::Passed),
            Exit::Passed => Ok(Exit::Failed),
            failed => Ok(failed),
        }
    }

    fn write_policy(&self, run: &std::path::Path) -> anyhow::Result<Exit> {
        anyhow::ensure!(
            !self.policy.exists(),
            "{}: there is a policy already; remove it, or name another file with --policy",
            self.policy.display()
        );
        let (report, timing) = report::read(&Folder::read(run)?, None)?;
        anyhow::ensure!(report.outcomes.judged > 0, "{}: the run judged no image", run.display());
        write_whole(&self.policy, Policy::from_run(&report, &timing).as_bytes())?;
        say(self.policy.display())?;
        Ok(Exit::Passed)
    }
}
