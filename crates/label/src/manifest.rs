//! `manifest.json`: what a corpus is, and the one digest that proves it.

use serde::{Deserialize, Serialize};

use crate::{Category, Error, MeasureSpec, Result, Role, Thresholds};

/// The version of the folder's format that this crate reads and writes.
pub const MANIFEST_FORMAT: u32 = 1;

/// What a corpus says of a category: how it is measured and from where on it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategorySpec {
    /// The category.
    pub id: Category,
    /// A short name for people.
    pub title: String,
    /// How it is measured.
    pub measure: MeasureSpec,
    /// From where on it counts as present or absent.
    pub thresholds: Thresholds,
    /// The kinds of image it is judged on.
    pub roles: Vec<Role>,
}

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_FORMAT`].
    pub format: u32,
    /// `blake3:` and 64 hexadecimal digits: covers every image byte and every label.
    pub digest: String,
    /// The recipe's name.
    pub name: String,
    /// Name and version of the generator.
    pub generator: String,
    /// The recipe in full, as it was understood.
    pub recipe: serde_json::Value,
    /// BLAKE3 of the recipe's canonical JSON: shards of one corpus agree on it.
    pub recipe_digest: String,
    /// The seed.
    pub seed: u64,
    /// Images in the whole corpus that the recipe describes.
    pub total: u64,
    /// Images in this folder.
    pub count: u64,
    /// The split that the images lie in.
    pub split: String,
    /// Which part this is, `I/N`; `1/1` for the whole.
    pub shard: String,
    /// `dir` or `webdataset`.
    pub layout: String,
    /// The categories that the labels speak of.
    pub categories: Vec<CategorySpec>,
    /// BLAKE3 of this file with an empty checksum, so that a changed manifest is found out.
    #[serde(default)]
    pub checksum: String,
}

impl Manifest {
    /// The bytes of `manifest.json`, its checksum set.
    pub(crate) fn to_file(&self) -> Result<String> {
        let write = |manifest: &Self| {
            serde_json::to_string_pretty(manifest)
                .map(|text| text + "\n")
                .map_err(|e| Error::Invalid(format!("the manifest cannot be written: {e}")))
        };
        let mut manifest = Self { checksum: String::new(), ..self.clone() };
        manifest.checksum = format!("blake3:{}", blake3::hash(write(&manifest)?.as_bytes()));
        write(&manifest)
    }

    /// What this corpus says of a category.
    pub fn category(&self, id: Category) -> Option<&CategorySpec> {
        self.categories.iter().find(|spec| spec.id == id)
    }
}
