//! `retake lock`: writes down the digests that a recipe gives.

use std::path::{Path, PathBuf};

use retake_synth::lock::Lock;
use retake_synth::recipe::Recipe;

use super::Jobs;
use super::generate::GENERATOR;
use crate::exit::Exit;
use crate::output::{say, write_whole};
use crate::progress;

/// Write the digests that a recipe gives with this version, for `retake verify --recipe` to check.
///
/// A lock of this version that says otherwise is left alone: other bytes are a new version.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The path of a recipe's TOML file; the lock lies beside it
    recipe: PathBuf,

    /// Number of images of a cut; give several for short and long checks [default: all images]
    #[arg(long, value_name = "N")]
    cut: Vec<u64>,

    #[command(flatten)]
    jobs: Jobs,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let name = self.recipe.to_string_lossy();
        anyhow::ensure!(self.recipe.is_file(), "{name}: give the path of a recipe's TOML file");
        let recipe = Recipe::find(&name)?;
        let title = recipe.name.clone();
        let cuts = if self.cut.is_empty() { vec![recipe.count] } else { self.cut };
        let lock = make(recipe, &cuts, self.jobs)?;
        let path = Lock::path(&self.recipe);
        refuse_other_bytes(&path, &lock)?;
        write_whole(&path, lock.to_text(&title)?.as_bytes())?;
        say(format_args!("{}", path.display()))?;
        Ok(Exit::Passed)
    }
}

/// Renders the recipe with a progress bar and gives its lock.
pub(crate) fn make(recipe: Recipe, cuts: &[u64], jobs: Jobs) -> anyhow::Result<Lock> {
    let bar = progress::bar(cuts.iter().copied().max().unwrap_or(0), "render");
    let count = bar.clone();
    let lock = jobs.pool()?.install(|| Lock::of(recipe, GENERATOR, cuts, &mut || count.inc(1)))?;
    bar.finish_and_clear();
    Ok(lock)
}

fn refuse_other_bytes(path: &Path, lock: &Lock) -> anyhow::Result<()> {
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(()) };
    let there = Lock::parse(path, &text)?;
    if let Some((cut, _)) = lock.difference(&there).filter(|_| there.generator == lock.generator) {
        anyhow::bail!(
            "{}: the first {} images are not those of {} any more; other bytes are a new version: raise `version` in \
             Cargo.toml and say in CHANGELOG.md what changed, then lock again",
            path.display(),
            cut.images,
            lock.generator
        );
    }
    Ok(())
}
