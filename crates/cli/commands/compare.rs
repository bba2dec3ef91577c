//! `retake compare`: releases on the same images.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use retake_eval::compare::{self, Comparison, Corpora, Pair, Plan, Side};
use retake_eval::corpus::{self, Images};
use retake_eval::run::{Folder, RunInfo};
use retake_eval::table::Table;

use crate::exit::Exit;
use crate::output::{say, write_whole};

/// Compare runs, image by image: what was fixed, what was broken, and whether it is more than chance.
///
/// Every later run is compared with the first. Exit code 1 when one of them regressed.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The runs' folders: the baseline, then one or more releases; with --corpora synthetic and real runs in turn
    #[arg(value_name = "RUN", required = true, num_args = 2..)]
    runs: Vec<PathBuf>,

    /// Compare runs on different images, or as if they were: only much larger changes are noticed
    #[arg(long)]
    unpaired: bool,

    /// Instead of releases, compare corpora: how far figures on synthetic images carry over to real ones. Give a synthetic and
    /// a real run of each analyzer in turn
    #[arg(long, conflicts_with_all = ["unpaired", "corpus", "markdown"])]
    corpora: bool,

    /// The corpus of the runs: lists the pictures of fixed and broken images by their path
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,

    /// Fixed and broken images to list per category
    #[arg(long, value_name = "N", default_value_t = 5)]
    list: usize,

    /// Draws the bootstrap
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// Also write the comparison as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Also write the comparison as JSON, with every fixed and broken image
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let runs = self.runs.iter().map(|path| Loaded::read(path)).collect::<anyhow::Result<Vec<_>>>()?;
        if self.corpora {
            return self.compare_corpora(&runs);
        }
        let corpus = self.corpus.as_deref().map(corpus::open).transpose()?;
        let plan = Plan { seed: self.seed, ..Plan::default() };
        let mut comparisons = Vec::new();
        for later in &runs[1..] {
            let (before, after) = (runs[0].side(), later.side());
            let mut comparison = if self.unpaired {
                Comparison::unpaired(before, after)
            } else {
                Comparison::paired(before, after, &plan)?
            };
            if let Some(corpus) = &corpus {
                locate(&mut comparison, &**corpus, &runs[0].table)?;
            }
            say(compare::table(&comparison))?;
            self.say_changes(&comparison)?;
            comparisons.push(comparison);
        }
        if let Some(path) = &self.markdown {
            let parts: Vec<String> = comparisons.iter().map(compare::markdown).collect();
            write_whole(path, parts.join("\n").as_bytes())?;
        }
        if let Some(path) = &self.json {
            write_whole(path, (serde_json::to_string_pretty(&comparisons)? + "\n").as_bytes())?;
        }
        let regressed = comparisons.iter().any(Comparison::regressed);
        Ok(if regressed { Exit::Failed } else { Exit::Passed })
    }

    fn compare_corpora(&self, runs: &[Loaded]) -> anyhow::Result<Exit> {
        anyhow::ensure!(
            runs.len().is_multiple_of(2),
            "--corpora takes pairs of runs: SYNTHETIC_RUN REAL_RUN, and the same of each further analyzer"
        );
        let pairs: Vec<Pair<'_>> = runs
            .chunks_exact(2)
            .map(|pair| Pair { synthetic: pair[0].side(), real: pair[1].side() })
            .collect();
        let corpora = Corpora::of(&pairs)?;
        say(compare::carried_table(&corpora).trim_end())?;
        if let Some(path) = &self.json {
            write_whole(path, (serde_json::to_string_pretty(&corpora)? + "\n").as_bytes())?;
        }
        Ok(Exit::Passed)
    }

    fn say_changes(&self, comparison: &Comparison) -> anyhow::Result<()> {
        for category in &comparison.categories {
            for fixed in [false, true] {
                let of_kind = |c: &&compare::Changed| c.category == category.category && c.fixed == fixed;
                let all: Vec<_> = comparison.changes.iter().filter(of_kind).collect();
                for change in all.iter().take(self.list) {
                    let (kind, what) = (if fixed { "fixed " } else { "broken" }, change.truth);
                    let file = change.file.as_deref().unwrap_or_default();
                    say(format_args!("{kind}  {} ({what})  {}  {file}", change.category, change.image_id))?;
                }
                if all.len() > self.list && self.list > 0 {
                    say(format_args!("        and {} more (--list, --json)", all.len() - self.list))?;
                }
            }
        }
        Ok(())
    }
}

/// Writes the pictures' paths into a comparison whose first run is `table`.
fn locate(comparison: &mut Comparison, corpus: &dyn Images, table: &Table) -> anyhow::Result<()> {
    let of_runs = &comparison.before.corpus.digest;
    anyhow::ensure!(
        corpus.corpus().digest == *of_runs,
        "--corpus holds other images ({}) than the runs were made on ({of_runs})",
        corpus.corpus().digest
    );
    let places = table.ids.iter().zip(&table.indices);
    let places: HashMap<&str, usize> = places.map(|(id, index)| (id, *index as usize)).collect();
    for change in &mut comparison.changes {
        let file = places.get(change.image_id.as_str()).and_then(|index| corpus.file(*index));
        change.file = file.map(|path| path.display().to_string());
    }
    Ok(())
}

/// A run folder as columns.
pub(crate) struct Loaded {
    pub(crate) info: RunInfo,
    pub(crate) table: Table,
}

impl Loaded {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let folder = Folder::read(path)?;
        let table = Table::read(&folder, None)?;
        anyhow::ensure!(!table.is_empty(), "{}: the run has no outcome yet", path.display());
        Ok(Self { info: folder.info().clone(), table })
    }

    pub(crate) fn side(&self) -> Side<'_> {
        Side { info: &self.info, table: &self.table }
    }
}
