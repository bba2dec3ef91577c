//! `retake recipes`, `defects`, `designs`, `analyzers`: what exists, from the code's own lists.

use retake_eval::analyzer::{KINDS, http_presets};
use retake_label::Direction;
use retake_synth::card::{self, Design};
use retake_synth::{defects, recipe};

use super::evaluate;
use crate::exit::Exit;
use crate::output::say;

/// List the recipes that ship with the program.
#[derive(Debug, clap::Args)]
pub(crate) struct Recipes {}

impl Recipes {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        for builtin in recipe::BUILTIN {
            let recipe = builtin.recipe()?;
            say(format_args!("{:10} {:>6} images  {}", recipe.name, recipe.count, recipe.description))?;
        }
        Ok(Exit::Passed)
    }
}

/// List the defects: what they are, how they are measured, from where on they count.
#[derive(Debug, clap::Args)]
pub(crate) struct Defects {}

impl Defects {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        for defect in defects::ALL {
            let profile = defect.profile();
            let (from, to) = match profile.direction {
                Direction::HigherIsWorse => (">=", "<="),
                Direction::LowerIsWorse => ("<=", ">="),
            };
            let roles: Vec<&str> = profile.roles.iter().map(|r| r.id()).collect();
            say(format_args!(
                "{}\n    {}\n    measure  {} ({})\n    present  {from} {}, absent {to} {}\n    because  {}\n    brink    severity {}: up to it, four captures of five are absent\n    on       {}\n",
                profile.category,
                profile.summary,
                profile.measure,
                profile.unit,
                profile.thresholds.present,
                profile.thresholds.absent,
                profile.reason,
                profile.brink,
                roles.join(", "),
            ))?;
        }
        Ok(Exit::Passed)
    }
}

/// List the card designs that ship with the program.
#[derive(Debug, clap::Args)]
pub(crate) struct Designs {
    /// Print only the sides' ids, as recipes name them, one a line
    #[arg(long)]
    ids: bool,
}

impl Designs {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        for name in card::names() {
            let design = Design::find(name)?;
            let sides: Vec<&str> = design.sides().iter().map(|side| side.id()).collect();
            if self.ids {
                for side in sides {
                    say(format_args!("{}/{side}", design.name))?;
                }
                continue;
            }
            let [w, h] = design.size;
            say(format_args!("{:16} {w} x {h} mm  {:12} {}", design.name, sides.join(", "), design.title))?;
        }
        Ok(Exit::Passed)
    }
}

/// List the analyzers: how each kind is written, and what is built in.
#[derive(Debug, clap::Args)]
pub(crate) struct Analyzers {}

impl Analyzers {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        for kind in KINDS {
            say(format_args!("{}:{}\n    {}", kind.scheme(), kind.usage(), kind.summary()))?;
        }
        say("")?;
        for (name, summary) in evaluate::registry().builtins() {
            say(format_args!("builtin:{name}\n    {summary}"))?;
        }
        for (name, summary) in http_presets() {
            say(format_args!("http:{name}\n    {summary}"))?;
        }
        Ok(Exit::Passed)
    }
}
