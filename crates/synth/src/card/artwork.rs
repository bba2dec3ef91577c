//! What a printed card is: its colour, and where everything on it stands, in millimetres from its top left
//! corner as printed, x to the right and y down.

use retake_label::Quad;
use serde::{Deserialize, Serialize};

use crate::image::LinearImage;

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
    pub albedo: LinearImage,
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

/// An optically variable patch: a foil of diffraction gratings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HologramPatch {
    /// Where it is, mm. It fills the ellipse inside.
    pub area: Rect,
    /// How its gratings are laid out.
    pub kind: HologramKind,
    /// Seed of the layout.
    pub seed: u64,
}

/// Layouts of gratings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HologramKind {
    /// Lines along circles about the middle, in rings of different pitch: a spinning sun.
    Rosette,
    /// Small cells, each with lines of its own direction: a glittering mosaic.
    Mosaic,
    /// Bands across, each with lines of its own pitch: a running rainbow.
    Bands,
}

/// The grating at one point of a patch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grating {
    /// Unit vector across the lines, on the card.
    pub across: [f64; 2],
    /// Distance of the lines, nm.
    pub pitch_nm: f64,
    /// Share of the light that it sends into the first order, 0-1; soft at the patch's rim.
    pub efficiency: f64,
}

impl HologramPatch {
    /// The grating at a point of the card, mm; `None` outside the patch.
    pub fn grating(&self, x: f64, y: f64) -> Option<Grating> {
        let [left, top, width, height] = self.area;
        let (u, v) = ((x - left) / width * 2.0 - 1.0, (y - top) / height * 2.0 - 1.0);
        let radius = (u * u + v * v).sqrt();
        let rim = ((1.0 - radius) * width.min(height) / 2.0 / 0.3).clamp(0.0, 1.0);
        if rim <= 0.0 {
            return None;
        }
        let hash = |a: i64, b: i64| {
            let bits = crate::rng::pixel_hash(self.seed, (a + 4096) as u32, (b + 4096) as u32, 0);
            f64::from(bits) / 4_294_967_296.0
        };
        let (across, pitch_nm, share) = match self.kind {
            HologramKind::Rosette => {
                let ring = (radius * 7.0).floor() as i64;
                let spokes = libm::cos(libm::atan2(v, u) * 12.0 + ring as f64);
                let r = radius.max(1e-9);
                ([u / r, v / r], 900.0 + 500.0 * hash(ring, 0), 0.45 + 0.35 * spokes)
            }
            HologramKind::Mosaic => {
                let (i, j) = ((x / 0.8).floor() as i64, (y / 0.8).floor() as i64);
                let turn = hash(i, j) * core::f64::consts::PI;
                ([libm::cos(turn), libm::sin(turn)], 1000.0 + 300.0 * hash(j, i), 0.6)
            }
            HologramKind::Bands => {
                let band = ((x + 0.35 * y) / 1.6).floor() as i64;
                ([0.943_858, 0.330_350], 850.0 + 700.0 * hash(band, 1), 0.5)
            }
        };
        Some(Grating { across, pitch_nm, efficiency: share * rim })
    }
}
