//! `retake history`: the trend over releases.

use std::path::PathBuf;

use retake_eval::history::History;
use retake_eval::report;
use retake_eval::run::Folder;

use crate::exit::Exit;
use crate::output::{say, write_whole};

/// Show a metric over the runs of several releases, as a table and as a plot.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The runs' folders, oldest first
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,

    /// The metric
    #[arg(long, value_name = "METRIC", default_value = "f1")]
    metric: String,

    /// Also write the plot as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Also write the figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let read = |path: &PathBuf| -> anyhow::Result<_> { Ok(report::read(&Folder::read(path)?, None)?.0) };
        let reports = self.runs.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
        let history = History::of(&reports, &self.metric)?;
        say(history.table().trim_end())?;
        if let Some(path) = &self.svg {
            write_whole(path, history.svg().as_bytes())?;
        }
        if let Some(path) = &self.json {
            write_whole(path, (serde_json::to_string_pretty(&history)? + "\n").as_bytes())?;
        }
        Ok(Exit::Passed)
    }
}
