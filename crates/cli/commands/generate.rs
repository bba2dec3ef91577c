//! `retake generate`: a corpus from a recipe.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use retake_label::Manifest;
use retake_label::corpus::{Layout, Opened, Plan, Shard, Writer};
use retake_synth::recipe::Recipe;
use retake_synth::shot::Shots;

use super::{Jobs, RecipeChoice};
use crate::exit::Exit;
use crate::output::say;
use crate::progress;

/// Name and version of what made a corpus: another version may give other bytes.
pub(crate) const GENERATOR: &str = concat!("retake ", env!("CARGO_PKG_VERSION"));

/// Generate a labelled corpus.
///
/// A run that was stopped goes on where it was when it is started again; one that has finished says so.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A shipped recipe (see `retake recipes`) or the path of a TOML file
    recipe: String,

    /// The corpus's folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    #[command(flatten)]
    choice: RecipeChoice,

    #[command(flatten)]
    jobs: Jobs,

    /// Make only this part of the corpus, such as 2/7; `retake merge` joins the parts
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    shard: Shard,

    /// The split's name: the folder that the images lie in
    #[arg(long, value_name = "NAME", default_value = "test")]
    split: String,

    /// `dir`: an image per file; `webdataset`: tars
    #[arg(long, value_name = "LAYOUT", default_value = "dir")]
    format: Layout,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let recipe = self.choice.find(&self.recipe)?;
        let plan = plan(&recipe, self.split, self.shard, self.format)?;
        let manifest = generate(recipe, plan, &self.out, self.jobs)?;
        say(format_args!("{} images, {}", manifest.count, manifest.digest))?;
        Ok(Exit::Passed)
    }
}

/// What the corpus of a recipe is going to be.
pub(crate) fn plan(recipe: &Recipe, split: String, shard: Shard, layout: Layout) -> anyhow::Result<Plan> {
    Ok(Plan {
        name: recipe.name.clone(),
        generator: GENERATOR.to_owned(),
        recipe: serde_json::to_value(recipe).context("the recipe")?,
        seed: recipe.seed,
        total: recipe.count,
        split,
        shard,
        layout,
        categories: recipe.category_specs(),
    })
}

/// Generates what is missing of a corpus, with a progress bar.
pub(crate) fn generate(recipe: Recipe, plan: Plan, out: &Path, jobs: Jobs) -> anyhow::Result<Manifest> {
    let writer = match Writer::open(out, plan)? {
        Opened::Finished(manifest) => {
            say(format_args!("{} is finished already", out.display()))?;
            return Ok(*manifest);
        }
        Opened::Unfinished(writer) => writer,
    };
    let range = writer.range();
    let bar = progress::bar(range.end - range.start, "generate");
    bar.inc(writer.done());
    if writer.done() > 0 {
        say(format_args!("{} of {} images are there already", writer.done(), range.end - range.start))?;
    }
    let shots = Shots::new(recipe)?;
    jobs.pool()?.install(|| retake_synth::generate::generate(&shots, range, &writer, &|_| bar.inc(1)))?;
    bar.finish_and_clear();
    Ok(writer.finish()?)
}
