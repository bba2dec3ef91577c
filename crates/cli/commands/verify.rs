//! `retake verify`: whether a corpus is whole and unchanged, and whether a recipe still gives it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use retake_label::corpus::{self, Contents, Plan};
use retake_synth::generate::replay;
use retake_synth::lock::Lock;
use retake_synth::recipe::Recipe;
use retake_synth::shot::Shots;

use super::generate::GENERATOR;
use super::{Jobs, lock};
use crate::exit::Exit;
use crate::output::say;
use crate::progress;

/// Check that a corpus is whole and unchanged: every image, label and the digest.
///
/// With `--regenerate`, render it again and compare every byte; with `--recipe`, render a recipe and compare it with its
/// lock.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The corpus's folder
    #[arg(required_unless_present = "recipe", conflicts_with = "recipe")]
    dir: Option<PathBuf>,

    /// Also render the corpus again, from the recipe in its manifest
    #[arg(long, conflicts_with = "recipe")]
    regenerate: bool,

    /// Render this recipe (shipped, or the path of a TOML file) and compare the digests with its lock
    #[arg(long, value_name = "RECIPE")]
    recipe: Option<String>,

    /// With `--recipe`: only the cuts of up to this number of images
    #[arg(long, value_name = "N", requires = "recipe")]
    count: Option<u64>,

    #[command(flatten)]
    jobs: Jobs,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        if let Some(recipe) = &self.recipe {
            return verify_recipe(recipe, self.count, self.jobs);
        }
        let dir = self.dir.context("give the corpus's folder")?;
        let report = verify_folder(&dir)?;
        say(format_args!("{} images, {}: as it was made", report.images, report.digest))?;
        if self.regenerate {
            regenerate(&dir, self.jobs)?;
            say(format_args!("rendered again by {GENERATOR}: the same bytes"))?;
        }
        Ok(Exit::Passed)
    }
}

fn verify_folder(dir: &Path) -> anyhow::Result<corpus::Report> {
    let bar = progress::bar(0, "verify");
    let report = corpus::verify(dir, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    Ok(report)
}

fn verify_recipe(name: &str, count: Option<u64>, jobs: Jobs) -> anyhow::Result<Exit> {
    let recipe = Recipe::find(name)?;
    let expected =
        Lock::find(name).with_context(|| format!("`{name}` has no lock; `retake lock` writes one"))?;
    let cuts: Vec<u64> = expected.cuts_up_to(count).iter().map(|cut| cut.images).collect();
    ensure!(!cuts.is_empty(), "the shortest cut of `{name}` has {} images", expected.cuts[0].images);
    let found = lock::make(recipe, &cuts, jobs)?;
    if let Some((found, expected_cut)) = found.difference(&expected) {
        bail!(
            "the first {} images of `{name}` are {}, locked as {} by {} (this is {GENERATOR})",
            found.images,
            found.digest,
            expected_cut.digest,
            expected.generator
        );
    }
    for cut in &found.cuts {
        say(format_args!("{} images, {}: as locked", cut.images, cut.digest))?;
    }
    Ok(Exit::Passed)
}

/// Renders a corpus again and compares it image by image with what the folder holds.
fn regenerate(dir: &Path, jobs: Jobs) -> anyhow::Result<()> {
    let contents = Contents::open(dir)?;
    let plan = Plan::of(contents.manifest())?;
    ensure!(
        plan.generator == GENERATOR,
        "{}: made by {}; this is {GENERATOR}, which may give other bytes",
        dir.display(),
        plan.generator
    );
    let recipe: Recipe = serde_json::from_value(plan.recipe.clone())
        .with_context(|| format!("{}: the recipe in its manifest", dir.display()))?;
    let mut lines = Vec::new();
    contents.visit(&mut |entry| {
        lines.push(blake3::hash(entry.line.as_bytes()));
        Ok(())
    })?;
    let range = plan.shard.range(plan.total);
    let bar = progress::bar(range.end - range.start, "render");
    let shots = Shots::new(recipe)?;
    let start = range.start;
    let mut wrong = None;
    jobs.pool()?.install(|| {
        replay(&shots, range, &mut |made| {
            // The line holds the hash of the image, so one comparison covers both.
            if lines[(made.index - start) as usize] != blake3::hash(made.line.as_bytes()) {
                wrong.get_or_insert(made.record.file_name);
            }
            bar.inc(1);
            Ok(())
        })
    })?;
    bar.finish_and_clear();
    match wrong {
        Some(file) => bail!("{}: {file}: rendered again it is another image or label", dir.display()),
        None => Ok(()),
    }
}
