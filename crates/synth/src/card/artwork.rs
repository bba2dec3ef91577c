//! What a printed card is: its colour, and where everything on it stands, in millimetres from its top left
//! corner as printed, x to the right and y down.

use retake_label::Quad;
use serde::{Deserialize, Serialize};

use super::foil::HologramPatch;
use super::reflectance::Reflectance;

/// A box on the card: left, top, width, height, mm.
pub type Rect = [f64; 4];

/// One side of one person's card.
#[derive(Clone, Debug)]
pub struct Artwork {
    /// Width and height, mm.
    pub size_mm: [f64; 2],
    /// Radius of the corners, mm.
    pub corner_radius: f64,
    /// Thickness, mm.
    pub thickness: f64,
    /// Diffuse reflectance (0-1, linear) under the laminate; the corners are not cut.
    pub albedo: Reflectance,
    /// The clear layer on top.
    pub laminate: Laminate,
    /// Optically variable patches, over the print.
    pub holograms: Vec<HologramPatch>,
    /// What was printed for this person, in the order of the design, the machine-readable lines last.
    pub fields: Vec<PrintedField>,
    /// The lines of the machine-readable zone; none on a side without one.
    pub mrz: Vec<String>,
    /// Where the portrait is.
    pub portrait_mm: Option<Rect>,
}

/// A text that was printed for this person.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintedField {
    /// The field's name in the design.
    pub name: String,
    /// The text as printed.
    pub text: String,
    /// The box that its ink fills: top left, top right, bottom right, bottom left, mm.
    pub quad_mm: Quad,
    /// Height of its lower case letters, or of the letters that it has when they are all capitals, mm.
    pub x_height_mm: f64,
    /// Width of its upright strokes, mm.
    pub stroke_mm: f64,
}

/// The clear layer over the print.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Laminate {
    /// GGX alpha, 0.015 (glossy) to 0.35 (matte).
    pub roughness: f64,
    /// Refractive index: 1.585 polycarbonate, 1.53 PVC, 1.57 PET.
    pub refractive_index: f64,
}
