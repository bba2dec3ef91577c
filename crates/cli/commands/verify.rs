//! `retake verify`: whether a corpus is whole and unchanged.

use std::path::PathBuf;

use retake_label::corpus;

use crate::exit::Exit;
use crate::output::say;
use crate::progress;

/// Check that a corpus is whole and unchanged: every image, label and the digest.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The corpus's folder
    dir: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let bar = progress::bar(0, "verify");
        let report = corpus::verify(&self.dir, &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        say(format_args!("{} images, {}: as it was made", report.images, report.digest))?;
        Ok(Exit::Passed)
    }
}
