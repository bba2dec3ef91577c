//! What a recipe's types cannot say: that its numbers make a corpus.

use std::ops::Range;

use super::{Focus, RECIPE_VERSION, Recipe, Variants};
use crate::card;
use crate::defects;

/// What is wrong with a recipe, and under which key.
pub(super) struct Complaint {
    /// Path of the key, outermost first.
    key: Vec<String>,
    /// What is wrong, and what would be right.
    pub(super) problem: String,
}

impl Complaint {
    /// The bytes of `text` that set the key, or those of the nearest table above it.
    pub(super) fn place(&self, text: &str) -> Range<usize> {
        let Ok(document) = toml::de::DeTable::parse(text) else { return 0..0 };
        let mut table = Some(document.get_ref());
        let mut span = 0..0;
        for part in &self.key {
            let Some((key, value)) = table.and_then(|t| t.get_key_value(part.as_str())) else { break };
            span = key.span();
            table = value.get_ref().as_table();
        }
        span
    }
}

fn complain(key: &[&str], problem: impl Into<String>) -> Result<(), Complaint> {
    Err(Complaint { key: key.iter().map(|k| (*k).to_owned()).collect(), problem: problem.into() })
}

fn ensure(holds: bool, key: &[&str], problem: impl FnOnce() -> String) -> Result<(), Complaint> {
    if holds { Ok(()) } else { complain(key, problem()) }
}

pub(super) fn check(recipe: &Recipe) -> Result<(), Complaint> {
    ensure(recipe.version == RECIPE_VERSION, &["version"], || {
        format!("version {} is not known; this program reads version {RECIPE_VERSION}", recipe.version)
    })?;
    let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    ensure(!recipe.name.is_empty() && recipe.name.chars().all(snake), &["name"], || {
        format!("`{}` is no name: use lower-case letters, digits and `_`", recipe.name)
    })?;
    ensure((1..=999_999_999).contains(&recipe.count), &["count"], || {
        format!("{} images are not possible; give 1 to 999999999", recipe.count)
    })?;
    ensure((1..=999_999_999).contains(&recipe.personas), &["personas"], || {
        "give 1 to 999999999 personas".to_owned()
    })?;
    share(recipe.companions, &["companions"])?;
    share(recipe.selfies, &["selfies"])?;
    share(recipe.hard_negatives, &["hard_negatives"])?;
    share(recipe.turned, &["turned"])?;
    share(recipe.held, &["held"])?;
    severities(recipe)?;
    mix(recipe)?;
    documents(recipe)?;
    pictures(recipe)?;
    thresholds(recipe)
}

fn share(value: f64, key: &[&str]) -> Result<(), Complaint> {
    ensure((0.0..=1.0).contains(&value), key, || format!("{value} is no share; give 0.0 to 1.0"))
}

fn severities(recipe: &Recipe) -> Result<(), Complaint> {
    let range = |low: f64, high: f64| 0.0 < low && low <= high && high <= 1.0;
    let severity = recipe.severity;
    ensure(range(severity.low, severity.high), &["severity"], || {
        format!("{} to {} is no range; severities are above 0 and at most 1", severity.low, severity.high)
    })?;
    match &recipe.variants {
        Variants::None => Ok(()),
        Variants::Twins { near_miss: [low, high] } => {
            ensure(range(*low, *high), &["variants", "near_miss"], || {
                format!("{low} to {high} is no range; severities are above 0 and at most 1")
            })
        }
        Variants::Ladder { rungs } => {
            let rising = rungs.windows(2).all(|w| w[0] < w[1]);
            let inside = rungs.iter().all(|r| (0.0..=1.0).contains(r));
            ensure(rungs.len() >= 2 && rising && inside, &["variants", "rungs"], || {
                "a ladder needs two or more severities from 0.0 to 1.0, each above the last".to_owned()
            })?;
            ensure(!recipe.mix.contains_key(&Focus::Clean), &["mix", "clean"], || {
                "a ladder has no clean samples: its rung 0.0 is clean; remove `clean`".to_owned()
            })
        }
    }
}

fn weight(value: f64, key: &[&str]) -> Result<(), Complaint> {
    ensure(value.is_finite() && value >= 0.0, key, || format!("{value} is no weight; give 0.0 or more"))
}

fn mix(recipe: &Recipe) -> Result<(), Complaint> {
    for (focus, value) in &recipe.mix {
        let Focus::On(category) = focus else {
            weight(*value, &["mix", "clean"])?;
            continue;
        };
        weight(*value, &["mix", category.id()])?;
        ensure(defects::find(*category).is_some(), &["mix", category.id()], || {
            let known: Vec<&str> = defects::ALL.iter().map(|d| d.profile().category.id()).collect();
            format!("`{category}` cannot be rendered yet; there are: clean, {}", known.join(", "))
        })?;
    }
    ensure(recipe.mix.values().sum::<f64>() > 0.0, &["mix"], || {
        "the weights sum to nothing; give at least one above 0".to_owned()
    })
}

fn documents(recipe: &Recipe) -> Result<(), Complaint> {
    for (name, value) in &recipe.documents {
        weight(*value, &["documents", name])?;
        if let Err(e) = card::find_side(name) {
            complain(&["documents", name], e.to_string())?;
        }
    }
    ensure(recipe.documents.values().sum::<f64>() > 0.0, &["documents"], || {
        "the weights sum to nothing; give at least one above 0".to_owned()
    })
}

fn pictures(recipe: &Recipe) -> Result<(), Complaint> {
    for size in &recipe.sizes {
        weight(size.weight, &["sizes"])?;
        ensure(size.short >= 240 && size.long >= size.short && size.long <= 8192, &["sizes"], || {
            format!(
                "{} x {} is no picture; `long` is at most 8192, `short` at least 240 and at most `long`",
                size.long, size.short
            )
        })?;
    }
    ensure(recipe.sizes.iter().map(|s| s.weight).sum::<f64>() > 0.0, &["sizes"], || {
        "give at least one size with a weight above 0".to_owned()
    })?;
    let [low, high] = recipe.file.quality;
    ensure(1 <= low && low <= high && high <= 100, &["file", "quality"], || {
        format!("[{low}, {high}] is no range of JPEG qualities; give two of 1 to 100, the lower first")
    })
}

fn thresholds(recipe: &Recipe) -> Result<(), Complaint> {
    for (category, thresholds) in &recipe.thresholds {
        let key = ["thresholds", category.id()];
        let Some(defect) = defects::find(*category) else {
            return complain(&key, format!("`{category}` cannot be rendered yet, so it has no thresholds"));
        };
        if let Err(e) = thresholds.check(defect.profile().direction) {
            complain(&key, e.to_string())?;
        }
    }
    Ok(())
}
