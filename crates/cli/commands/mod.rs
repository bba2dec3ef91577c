//! The commands, one file each: its arguments, and what it calls.

pub(crate) mod bench;
pub(crate) mod compare;
pub(crate) mod demo;
pub(crate) mod evaluate;
pub(crate) mod gate;
pub(crate) mod generate;
pub(crate) mod history;
pub(crate) mod lists;
pub(crate) mod lock;
pub(crate) mod merge;
pub(crate) mod power;
pub(crate) mod render;
pub(crate) mod report;
pub(crate) mod sheet;
pub(crate) mod show;
pub(crate) mod shrink;
pub(crate) mod verify;

use anyhow::Context as _;

/// Threads to work with.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Jobs {
    /// Threads to work with [default: one per processor]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

impl Jobs {
    /// How many.
    pub(crate) fn count(self) -> usize {
        self.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
    }

    /// A pool of that many threads.
    pub(crate) fn pool(self) -> anyhow::Result<rayon::ThreadPool> {
        rayon::ThreadPoolBuilder::new().num_threads(self.count()).build().context("the threads did not start")
    }
}

/// A recipe, with what the command line overrides in it.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RecipeChoice {
    /// Number of images, instead of the recipe's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=999_999_999))]
    pub(crate) count: Option<u64>,

    /// Seed, instead of the recipe's
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
}

impl RecipeChoice {
    /// Finds the recipe by name or path and overrides it.
    pub(crate) fn find(&self, name_or_path: &str) -> anyhow::Result<retake_synth::recipe::Recipe> {
        let mut recipe = retake_synth::recipe::Recipe::find(name_or_path)?;
        recipe.count = self.count.unwrap_or(recipe.count);
        recipe.seed = self.seed.unwrap_or(recipe.seed);
        Ok(recipe)
    }
}
