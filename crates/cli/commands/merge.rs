//! `retake merge`: shards become the corpus that one run would have made.

use std::path::PathBuf;

use retake_label::corpus;

use crate::exit::Exit;
use crate::output::say;
use crate::progress;

/// Join the shards of a corpus.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shards' folders, in any order
    #[arg(required = true)]
    shards: Vec<PathBuf>,

    /// The joined corpus's folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let bar = progress::bar(0, "merge");
        let manifest = corpus::merge(&self.shards, &self.out, &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        say(format_args!("{} images, {}", manifest.count, manifest.digest))?;
        Ok(Exit::Passed)
    }
}
