//! `retake render`: one image of a recipe, alone, as it is or otherwise.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context as _;
use retake_label::Category;
use retake_synth::look;
use retake_synth::shot::{Shot, Shots};
use retake_synth::studio::Studio;

use super::RecipeChoice;
use crate::exit::Exit;
use crate::output::{decode, say, write_picture, write_whole};

/// Render one image of a recipe alone, with defects switched off or set.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A shipped recipe or the path of a TOML file
    #[arg(required_unless_present = "shot", conflicts_with = "shot")]
    recipe: Option<String>,

    #[command(flatten)]
    choice: RecipeChoice,

    /// The image's number, from 0
    #[arg(long, value_name = "K", default_value_t = 0)]
    index: u64,

    /// Render this shot, as `--write-shot` wrote it and you edited it
    #[arg(long, value_name = "FILE")]
    shot: Option<PathBuf>,

    /// Switch a defect off
    #[arg(long, value_name = "DEFECT")]
    without: Vec<Category>,

    /// Set a defect's severity, such as glare=0.4
    #[arg(long, value_name = "DEFECT=SEVERITY")]
    set: Vec<Assignment>,

    /// The picture's file: as the corpus stores it, or PNG or JPEG by its ending
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Draw the truth over the picture
    #[arg(long)]
    truth: bool,

    /// Write the shot here: plain JSON, to be edited and given to `--shot`
    #[arg(long, value_name = "FILE")]
    write_shot: Option<PathBuf>,

    /// Print the label
    #[arg(long)]
    label: bool,
}

/// `DEFECT=SEVERITY`.
#[derive(Clone, Copy, Debug)]
struct Assignment {
    category: Category,
    severity: f64,
}

impl FromStr for Assignment {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (id, severity) = text.split_once('=').context("write DEFECT=SEVERITY, such as glare=0.4")?;
        let severity: f64 = severity.parse().with_context(|| format!("`{severity}` is no number"))?;
        anyhow::ensure!((0.0..=1.0).contains(&severity), "a severity is 0.0 to 1.0, not {severity}");
        Ok(Self { category: Category::from_id(id)?, severity })
    }
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let mut shot = self.find_shot()?;
        for category in &self.without {
            shot = shot.with(*category, 0.0)?;
        }
        for set in &self.set {
            shot = shot.with(set.category, set.severity)?;
        }
        if let Some(path) = &self.write_shot {
            write_whole(path, serde_json::to_string_pretty(&shot)?.as_bytes())?;
        }
        let photo = Studio::new().photograph(&shot)?;
        let name = PathBuf::from(&photo.record.file_name);
        if self.truth || self.out.extension() != name.extension() {
            let mut picture = decode(&photo.bytes, &name)?;
            if self.truth {
                look::draw_truth(&mut picture, &photo.record)?;
            }
            write_picture(&self.out, &picture)?;
        } else {
            write_whole(&self.out, &photo.bytes)?;
        }
        if self.label {
            say(serde_json::to_string_pretty(&photo.record)?)?;
        }
        Ok(Exit::Passed)
    }

    fn find_shot(&self) -> anyhow::Result<Shot> {
        if let Some(path) = &self.shot {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            return serde_json::from_str(&text).with_context(|| format!("{}: not a shot", path.display()));
        }
        let recipe = self.choice.find(self.recipe.as_deref().unwrap_or_default())?;
        anyhow::ensure!(
            self.index < recipe.count,
            "there is no image {}: recipe `{}` has images 0 to {}",
            self.index,
            recipe.name,
            recipe.count - 1
        );
        Ok(Shots::new(recipe)?.shot(self.index))
    }
}
