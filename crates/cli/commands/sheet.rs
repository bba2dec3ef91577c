//! `retake sheet`: a corpus at a glance.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use retake_label::corpus::Corpus;
use retake_synth::look::{self, Cell, Row};

use super::Jobs;
use crate::exit::Exit;
use crate::output::{decode, say, write_picture};

/// Make a contact sheet: a row per category, severity rising to the right.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The corpus's folder
    dir: PathBuf,

    /// The sheet's file (.png or .jpg)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Pictures in a row
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=40))]
    columns: u8,

    /// Width of a picture, px
    #[arg(long, value_name = "PX", default_value_t = 400, value_parser = clap::value_parser!(u32).range(40..=4000))]
    width: u32,

    /// Draw the truth over the pictures
    #[arg(long)]
    truth: bool,

    #[command(flatten)]
    jobs: Jobs,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let pool = self.jobs.pool()?;
        pool.install(|| sheet(&self.dir, &self.out, usize::from(self.columns), self.width, self.truth))?;
        say(self.out.display())?;
        Ok(Exit::Passed)
    }
}

/// Makes a contact sheet on the threads of the current pool.
pub(crate) fn sheet(dir: &Path, out: &Path, columns: usize, width: u32, truth: bool) -> anyhow::Result<()> {
    let corpus = Corpus::open(dir)?;
    let rows: Vec<Row> = look::choose(&corpus.records, columns)
        .into_par_iter()
        .map(|row| {
            let cells: anyhow::Result<Vec<Cell>> = row
                .images
                .into_par_iter()
                .map(|(position, caption)| {
                    let record = &corpus.records[position];
                    let mut picture = decode(&corpus.image_bytes(position)?, record.file_name.as_ref())?;
                    if truth {
                        look::draw_truth(&mut picture, record)?;
                    }
                    Ok(Cell { picture, caption })
                })
                .collect();
            let title = row.category.map_or("No defect", |c| c.title()).to_owned();
            Ok(Row { title, cells: cells? })
        })
        .collect::<anyhow::Result<_>>()?;
    write_picture(out, &look::draw_sheet(&rows, [width, width * 3 / 4]))
}
