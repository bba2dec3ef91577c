//! What a corpus is going to be: the manifest before the digest is known.

use serde::{Deserialize, Serialize};

use super::layout::MAX_TOTAL;
use super::{Layout, Shard};
use crate::{CategorySpec, Error, MANIFEST_FORMAT, Manifest, Result};

/// Everything that tells one corpus from another before it is rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The recipe's name.
    pub name: String,
    /// Name and version of the generator.
    pub generator: String,
    /// The recipe in full, as it was understood.
    pub recipe: serde_json::Value,
    /// The seed.
    pub seed: u64,
    /// Images in the whole corpus.
    pub total: u64,
    /// The split: the name of the data's folder, such as `test`.
    pub split: String,
    /// Which part of the corpus the folder holds.
    pub shard: Shard,
    /// How the images lie in the folder.
    pub layout: Layout,
    /// The categories that the labels speak of.
    pub categories: Vec<CategorySpec>,
}

impl Plan {
    /// `blake3:` and 64 hexadecimal digits of the recipe's canonical JSON (keys sorted, no spaces).
    pub fn recipe_digest(&self) -> String {
        format!("blake3:{}", blake3::hash(self.recipe.to_string().as_bytes()))
    }

    /// The manifest of the corpus, complete but for its digest.
    pub fn manifest(&self) -> Manifest {
        let range = self.shard.range(self.total);
        Manifest {
            format: MANIFEST_FORMAT,
            digest: String::new(),
            name: self.name.clone(),
            generator: self.generator.clone(),
            recipe: self.recipe.clone(),
            recipe_digest: self.recipe_digest(),
            seed: self.seed,
            total: self.total,
            count: range.end - range.start,
            split: self.split.clone(),
            shard: self.shard.to_string(),
            layout: self.layout.to_string(),
            categories: self.categories.clone(),
            checksum: String::new(),
        }
    }

    /// The plan that a manifest was made from.
    ///
    /// # Errors
    /// [`Error::Invalid`] when its shard or layout is none.
    pub fn of(manifest: &Manifest) -> Result<Self> {
        Ok(Self {
            name: manifest.name.clone(),
            generator: manifest.generator.clone(),
            recipe: manifest.recipe.clone(),
            seed: manifest.seed,
            total: manifest.total,
            split: manifest.split.clone(),
            shard: manifest.shard.parse()?,
            layout: manifest.layout.parse()?,
            categories: manifest.categories.clone(),
        })
    }

    /// Checks what a folder could not hold.
    pub(super) fn check(&self) -> Result<()> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.split.is_empty() || !self.split.chars().all(plain) {
            return Err(Error::Invalid(format!("split `{}` must be of a-z, 0-9 and _", self.split)));
        }
        if self.total > MAX_TOTAL {
            return Err(Error::Invalid(format!(
                "{} images are too many; a corpus holds {MAX_TOTAL}",
                self.total
            )));
        }
        for spec in &self.categories {
            spec.thresholds
                .check(spec.measure.direction)
                .map_err(|e| Error::Invalid(format!("thresholds of {}: {e}", spec.id)))?;
        }
        Ok(())
    }

    /// What differs from the plan of a folder, as `key: there, not here`; `None` when nothing does.
    pub(super) fn difference(&self, there: &Self, shard_too: bool) -> Option<String> {
        let say = |key: &str, there: &dyn std::fmt::Display, here: &dyn std::fmt::Display| {
            Some(format!("its {key} is {there}, not {here}"))
        };
        if self.name != there.name {
            return say("recipe", &there.name, &self.name);
        }
        if self.generator != there.generator {
            return say("generator", &there.generator, &self.generator);
        }
        if self.seed != there.seed {
            return say("seed", &there.seed, &self.seed);
        }
        if self.total != there.total {
            return say("total number of images", &there.total, &self.total);
        }
        if self.recipe != there.recipe {
            return Some(recipe_difference(&there.recipe, &self.recipe));
        }
        if self.split != there.split {
            return say("split", &there.split, &self.split);
        }
        if self.layout != there.layout {
            return say("layout", &there.layout, &self.layout);
        }
        if shard_too && self.shard != there.shard {
            return say("shard", &there.shard, &self.shard);
        }
        (self.categories != there.categories)
            .then(|| "its categories are measured or cut differently".to_owned())
    }
}

/// The first key in which two recipes differ.
fn recipe_difference(there: &serde_json::Value, here: &serde_json::Value) -> String {
    let nothing = serde_json::Map::new();
    let table = |value: &serde_json::Value| value.as_object().cloned().unwrap_or_else(|| nothing.clone());
    let (there, here) = (table(there), table(here));
    let text = |value: Option<&serde_json::Value>| value.map_or("not set".to_owned(), |v| v.to_string());
    let keys = there.keys().chain(here.keys());
    let differing = keys.into_iter().find(|key| there.get(*key) != here.get(*key));
    differing.map_or("its recipe is another".to_owned(), |key| {
        format!("its recipe's `{key}` is {}, not {}", text(there.get(key)), text(here.get(key)))
    })
}
