//! Recipes: a small TOML file and a seed stand for a whole corpus.
//!
//! A recipe is checked completely before the first image is drawn: an unknown key, a wrong type or a mix
//! that cannot be rendered is an error with its line and what would be right.

mod check;
mod plan;

use std::collections::BTreeMap;
use std::path::Path;

use retake_label::{Category, CategorySpec, MeasureSpec, Thresholds};
use serde::{Deserialize, Serialize};

use crate::defects;
use crate::scene::FileFormat;
use crate::{Error, Result, toml_file};

pub use plan::{ImagePlan, Plan};

/// The version of the recipe language.
pub const RECIPE_VERSION: u32 = 1;

/// What a recipe's text says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// [`RECIPE_VERSION`].
    pub version: u32,
    /// A short name, `snake_case`; it names the corpus.
    pub name: String,
    /// What the corpus is for, one sentence.
    pub description: String,
    /// The seed.
    pub seed: u64,
    /// The number of images.
    pub count: u64,
    /// The number of different people.
    pub personas: u64,
    /// How the images of one sample differ.
    #[serde(default)]
    pub variants: Variants,
    /// Weights of the samples' focus: a category's id, or `clean`.
    pub mix: BTreeMap<Focus, f64>,
    /// Severities of the focus.
    #[serde(default)]
    pub severity: Severity,
    /// Chance of each other defect to join the focus, 0-1.
    #[serde(default)]
    pub companions: f64,
    /// Weights of the card designs' sides, as `design/front`.
    pub documents: BTreeMap<String, f64>,
    /// Share of selfies among the samples whose focus fits any image, 0-1.
    #[serde(default)]
    pub selfies: f64,
    /// Share of samples that are a hard negative, 0-1: without fault by themselves, and inviting a false alarm.
    #[serde(default)]
    pub hard_negatives: f64,
    /// Share of documents that were photographed with the phone turned by quarters against the card, 0-1.
    #[serde(default)]
    pub turned: f64,
    /// Share of documents that are held up in a hand, far before what they would lie on, 0-1.
    #[serde(default)]
    pub held: f64,
    /// Sizes of the pictures.
    pub sizes: Vec<Size>,
    /// How pictures are stored.
    #[serde(default)]
    pub file: FileOptions,
    /// Thresholds that differ from the defects' own.
    #[serde(default)]
    pub thresholds: BTreeMap<Category, Thresholds>,
}

/// What a sample is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Focus {
    /// No defect: a negative for all categories.
    Clean,
    /// A defect of this category.
    On(Category),
}

/// How the images of one sample differ; they share card, scene and noise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Variants {
    /// One image a sample.
    #[default]
    None,
    /// Two images: as drawn, and without its focus. A clean sample's second image has a near miss: one
    /// defect at a severity just below that from which it counts.
    Twins {
        /// Lowest and highest severity of a clean sample's near miss, shares of the defect's brink.
        near_miss: [f64; 2],
    },
    /// One image for each of these severities of the focus.
    Ladder {
        /// The severities, rising.
        rungs: Vec<f64>,
    },
}

impl Variants {
    /// Images of one sample.
    pub fn per_sample(&self) -> u64 {
        match self {
            Self::None => 1,
            Self::Twins { .. } => 2,
            Self::Ladder { rungs } => rungs.len().max(1) as u64,
        }
    }
}

/// The range that the focus's severity is spread over, evenly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Severity {
    /// Lowest, above 0.
    pub low: f64,
    /// Highest, at most 1.
    pub high: f64,
}

impl Default for Severity {
    fn default() -> Self {
        Self { low: 0.05, high: 1.0 }
    }
}

/// A size of picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Longer side, px.
    pub long: u32,
    /// Shorter side, px.
    pub short: u32,
    /// How often it is drawn.
    pub weight: f64,
}

/// How pictures are stored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileOptions {
    /// File format.
    pub format: FileFormat,
    /// Lowest and highest JPEG quality.
    #[serde(default = "default_quality")]
    pub quality: [u8; 2],
}

fn default_quality() -> [u8; 2] {
    [88, 96]
}

impl Default for FileOptions {
    fn default() -> Self {
        Self { format: FileFormat::Jpeg, quality: default_quality() }
    }
}

/// A recipe that ships with the program.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    text: &'static str,
    /// The text of its [`crate::lock::Lock`].
    pub(crate) lock: &'static str,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(Builtin {
            name: $name,
            text: include_str!(concat!("../../../../datasets/", $name, ".toml")),
            lock: include_str!(concat!("../../../../datasets/", $name, ".lock")),
        }),*]
    };
}

/// The recipes that ship with the program.
pub const BUILTIN: &[Builtin] = shipped!["demo", "smoke", "standard", "ladder"];

impl Builtin {
    /// The recipe.
    ///
    /// # Errors
    /// [`Error::Toml`]; a test holds that no shipped recipe has one.
    pub fn recipe(&self) -> Result<Recipe> {
        Recipe::parse(&Path::new("datasets").join(self.name).with_extension("toml"), self.text)
    }
}

impl Recipe {
    /// Finds a recipe by the name of a shipped one, or else reads the file at that path.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a bare name that is neither, [`Error::Io`], [`Error::Toml`].
    pub fn find(name_or_path: &str) -> Result<Self> {
        if let Some(builtin) = BUILTIN.iter().find(|b| b.name == name_or_path) {
            return builtin.recipe();
        }
        let path = Path::new(name_or_path);
        let is_name = !name_or_path.contains(['/', '\\', '.']);
        if is_name && !path.exists() {
            let known: Vec<&str> = BUILTIN.iter().map(|b| b.name).collect();
            return Err(Error::Unknown {
                kind: "recipe",
                name: name_or_path.to_owned(),
                known: format!("{} (or give the path of a TOML file)", known.join(", ")),
            });
        }
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// Reads a recipe from the text of the file at `path`.
    ///
    /// # Errors
    /// [`Error::Toml`] with line, column and what would be right.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let recipe: Self = toml_file::parse(path, text)?;
        check::check(&recipe)
            .map_err(|complaint| toml_file::complain(path, text, complaint.place(text), complaint.problem))?;
        Ok(recipe)
    }

    /// The thresholds of a category: the recipe's, or else the defect's own.
    pub fn thresholds(&self, defect: &dyn defects::Defect) -> Thresholds {
        let profile = defect.profile();
        self.thresholds.get(&profile.category).copied().unwrap_or(profile.thresholds)
    }

    /// What the corpus's manifest says of its categories.
    pub fn category_specs(&self) -> Vec<CategorySpec> {
        defects::ALL
            .iter()
            .map(|defect| {
                let profile = defect.profile();
                CategorySpec {
                    id: profile.category,
                    title: profile.category.title().to_owned(),
                    measure: MeasureSpec {
                        name: profile.measure.to_owned(),
                        unit: profile.unit.to_owned(),
                        direction: profile.direction,
                    },
                    thresholds: self.thresholds(*defect),
                    roles: profile.roles.to_vec(),
                }
            })
            .collect()
    }
}

impl Serialize for Focus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Clean => serializer.serialize_str("clean"),
            Self::On(category) => category.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Focus {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        if id == "clean" {
            return Ok(Self::Clean);
        }
        Category::from_id(&id).map(Self::On).map_err(serde::de::Error::custom)
    }
}
