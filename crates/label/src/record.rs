//! The truth about one image: a line of `metadata.jsonl`.
//!
//! Keys are fixed: more may be added, none renamed. Every line has the same keys with the same types,
//! since the loaders of tabular data infer a schema from the first lines: an unknown string is `""`, an
//! unknown list `[]`, and a measure that does not apply is `0.0` beside the state `not_applicable`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{BBox, Category, Quad, Rle, State};

/// What an image shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The side of a document with the portrait.
    DocumentFront,
    /// The other side.
    DocumentBack,
    /// The holder's face.
    Selfie,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::DocumentFront, Self::DocumentBack, Self::Selfie];

    /// Whether the image shows a document.
    pub fn is_document(self) -> bool {
        self != Self::Selfie
    }

    /// The role as it stands in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::DocumentFront => "document_front",
            Self::DocumentBack => "document_back",
            Self::Selfie => "selfie",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// A printed field and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldTruth {
    /// The field's name in the card design, such as `surname`.
    pub name: String,
    /// The text as printed.
    pub text: String,
    /// Its corners in the picture, px.
    pub quad: Quad,
    /// Whether a good reader can still read it.
    pub legible: bool,
    /// The categories that each alone make it unreadable.
    #[serde(default)]
    pub unreadable_by: Vec<Category>,
}

/// Where a defect is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// The defect.
    pub category: Category,
    /// The box around the mask, px.
    pub bbox: BBox,
    /// The mask, run-length encoded as COCO does.
    pub rle: Rle,
}

/// The truth about one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The image's path from the split's folder, with `/` between the parts.
    pub file_name: String,
    /// The image's number in the corpus, nine digits.
    pub image_id: String,
    /// The sample's number: images of one sample show the same card, scene and noise.
    pub sample_id: String,
    /// The image that this one is the counterfactual twin of, or `""`.
    pub twin_of: String,
    /// What the image shows.
    pub role: Role,
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// The card design's id, or `""` on a selfie.
    pub document: String,
    /// The persona's number, nine digits.
    pub persona: String,
    /// The state per category.
    pub labels: BTreeMap<Category, State>,
    /// The measure per category, in the unit the manifest names.
    pub measures: BTreeMap<Category, f64>,
    /// The severity that was asked for, 0-1; 0 where the defect is off.
    pub severities: BTreeMap<Category, f64>,
    /// The card's corners, also when outside the picture; empty on a selfie.
    pub corners: Vec<[f64; 2]>,
    /// The printed fields.
    pub fields: Vec<FieldTruth>,
    /// The lines of the machine-readable zone; empty without one.
    pub mrz: Vec<String>,
    /// The face as left, top, width, height in px; empty where none is shown.
    pub face: Vec<f64>,
    /// Where the defects are.
    pub regions: Vec<Region>,
    /// Facts about the scene to slice results by, such as `surface` or `skin_tone`.
    #[serde(default)]
    pub scene: BTreeMap<String, String>,
    /// BLAKE3 of the image file, hexadecimal.
    #[serde(default)]
    pub blake3: String,
}
