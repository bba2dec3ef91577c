//! `retake show`: one image of a corpus, and what is known of it.

use std::path::PathBuf;

use anyhow::Context as _;
use retake_label::corpus::Corpus;
use retake_synth::look;

use crate::exit::Exit;
use crate::output::{decode, say, write_picture, write_whole};

/// Show one image of a corpus: its label as text, and the picture with the truth drawn over it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The corpus's folder
    dir: PathBuf,

    /// The image's id, such as 000000012 or just 12
    id: String,

    /// Write the picture here (.png or .jpg)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Draw the truth over the picture
    #[arg(long, requires = "out")]
    truth: bool,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let corpus = Corpus::open(&self.dir)?;
        let id = format!("{:0>9}", self.id);
        let position = corpus.position(&id).with_context(|| {
            let (first, last) = (&corpus.records[0], &corpus.records[corpus.len() - 1]);
            let dir = self.dir.display();
            format!("{dir}: no image `{}`; ids run from {} to {}", self.id, first.image_id, last.image_id)
        })?;
        let record = &corpus.records[position];
        say(serde_json::to_string_pretty(record)?)?;
        if let Some(out) = &self.out {
            let bytes = corpus.image_bytes(position)?;
            if self.truth {
                let mut picture = decode(&bytes, record.file_name.as_ref())?;
                look::draw_truth(&mut picture, record)?;
                write_picture(out, &picture)?;
            } else if out.extension() == std::path::Path::new(&record.file_name).extension() {
                write_whole(out, &bytes)?;
            } else {
                write_picture(out, &decode(&bytes, record.file_name.as_ref())?)?;
            }
        }
        Ok(Exit::Passed)
    }
}
