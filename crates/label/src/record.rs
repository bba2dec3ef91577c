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
    /// Share of it that lies outside the picture, 0-1.
    #[serde(default)]
    pub cropped: f64,
    /// Share of the part in the picture that a hand covers, 0-1.
    #[serde(default)]
    pub covered: f64,
    /// Share of the part in the picture and under no hand that mirrored light clips, 0-1.
    #[serde(default)]
    pub glared: f64,
    /// Share of that part on which added light, clipping or not, leaves print and paper too alike to be told
    /// apart, 0-1.
    #[serde(default)]
    pub faded: f64,
    /// Contrast of its print with its paper, Michelson, mean over what is not faded, 0-1; 0 where nothing is left.
    #[serde(default)]
    pub contrast: f64,
    /// Height of its small letters, or of all when they are capitals, mm on the card.
    #[serde(default)]
    pub x_height_mm: f64,
    /// Width of its strokes, mm on the card.
    #[serde(default)]
    pub stroke_mm: f64,
    /// Standard deviation of defocus and motion at its middle, in widths of its strokes.
    #[serde(default)]
    pub blur: f64,
    /// True samples per inch at its middle.
    #[serde(default)]
    pub dpi: f64,
    /// The character error rate that a good reader is expected to have on it, 0-1: `legible` follows from it and the number of letters.
    #[serde(default)]
    pub expected_error: f64,
}

/// How far the lens and the hand spread a point of the card: standard deviations of the point-spread function's two
/// parts, mean of both axes, averaged over the card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointSpread {
    /// Of defocus, mm on the card.
    pub defocus_mm: f64,
    /// Of motion, mm on the card.
    pub motion_mm: f64,
    /// Of defocus, px.
    pub defocus_px: f64,
    /// Of motion, px.
    pub motion_px: f64,
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
    /// How many of the corners lie outside the picture; 0 on a selfie.
    #[serde(default)]
    pub corners_lost: u32,
    /// The two kinds of blur apart; zeros on a selfie.
    #[serde(default)]
    pub point_spread: PointSpread,
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
