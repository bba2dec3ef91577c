//! A card design as data: everything on both sides, in millimetres from the top left corner.
//!
//! A design is a folder with a `design.toml`. Each struct here is a table of that file; keys that it does
//! not know are errors.

use serde::{Deserialize, Serialize};

use super::artwork::{Laminate, Rect};
use super::barcode::CodeSpec;
use super::foil::HologramPatch;
use super::mrz::MrzFormat;
use super::pattern::Layer;
use super::value::{Colour, DateFormat, FontName, Source};

use std::collections::BTreeMap;

/// A side of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The side with the portrait.
    Front,
    /// The other.
    Back,
}

/// A document's design.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// The name by which recipes call it: that of its folder.
    #[serde(skip)]
    pub name: String,
    /// What it is, for people: the kind of document, a comma, and who issues it.
    pub title: String,
    /// Width and height, mm: 85.6 x 53.98 for ID-1, 125 x 88 for a passport's page (ISO/IEC 7810).
    pub size: [f64; 2],
    /// Radius of the corners, mm: 3.18 for ID-1.
    pub corner_radius: f64,
    /// Thickness, mm: 0.76 for ID-1.
    pub thickness: f64,
    /// The clear layer on top.
    pub laminate: Laminate,
    /// How dates are written.
    #[serde(default)]
    pub dates: DateFormat,
    /// The machine-readable zone, where a side shows one.
    pub mrz: Option<MrzSpec>,
    /// Named SVG paths (`M L H V C Q Z`): a layer's `path` may be one of these names.
    #[serde(default)]
    pub paths: BTreeMap<String, String>,
    /// Named looks of text.
    pub styles: BTreeMap<String, Style>,
    /// The side with the portrait.
    pub front: Face,
    /// The other side.
    pub back: Option<Face>,
}

/// What the machine-readable zone says of the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MrzSpec {
    /// Layout.
    pub format: MrzFormat,
    /// One or two letters: `ID`, `P`.
    pub document_code: String,
    /// Three letters of the state: `UTO`.
    pub issuer: String,
}

/// A look of text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Style {
    /// The font.
    pub font: FontName,
    /// Height of the em square, mm.
    pub size: f64,
    /// The ink.
    pub ink: Colour,
    /// Space added between characters, ems.
    #[serde(default)]
    pub spacing: f64,
    /// Whether all is set in capitals.
    #[serde(default)]
    pub capitals: bool,
    /// Width of the letters against the font's own.
    #[serde(default = "one")]
    pub condense: f64,
    /// Share of the ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
}

/// One side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Face {
    /// Colour of the unprinted card.
    pub paper: Colour,
    /// The printed background, first to last.
    #[serde(default)]
    pub layers: Vec<Layer>,
    /// The mark that says that it is no real document.
    pub specimen: Label,
    /// Fixed texts.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// Texts of the holder.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// The portrait.
    pub portrait: Option<PortraitSpec>,
    /// A second, faint portrait.
    pub ghost: Option<PortraitSpec>,
    /// Fine print over the portrait.
    #[serde(default)]
    pub overlay: Vec<Layer>,
    /// The signature.
    pub signature: Option<SignatureSpec>,
    /// Codes of the holder's data.
    #[serde(default)]
    pub codes: Vec<CodeSpec>,
    /// Where the machine-readable zone stands.
    pub mrz_at: Option<[f64; 2]>,
    /// Optically variable patches.
    #[serde(default)]
    pub holograms: Vec<HologramPatch>,
}

/// A fixed text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The text.
    pub text: String,
    /// Where its baseline starts (or its middle or end, by `align`), mm.
    pub at: [f64; 2],
    /// Name of its style.
    pub style: String,
    /// Turned clockwise, degrees.
    #[serde(default)]
    pub angle: f64,
    /// Which part of it stands on `at`.
    #[serde(default)]
    pub align: Align,
}

/// A text of the holder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in the truth.
    pub name: String,
    /// What of the persona it prints.
    pub source: Source,
    /// Where its baseline starts (or its middle or end, by `align`), mm.
    pub at: [f64; 2],
    /// Name of its style.
    pub style: String,
    /// The widest that it may be, mm; a longer text is set narrower, and below 0.75 smaller.
    pub width: f64,
    /// Turned clockwise, degrees.
    #[serde(default)]
    pub angle: f64,
    /// Which part of it stands on `at`.
    #[serde(default)]
    pub align: Align,
    /// Small text above it, in the style `caption`.
    pub caption: Option<String>,
    /// From the field's baseline up to the caption's, mm.
    #[serde(default = "caption_rise")]
    pub caption_rise: f64,
}

/// Which part of a text stands on its point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Its start.
    #[default]
    Left,
    /// Its middle.
    Centre,
    /// Its end.
    Right,
}

/// A place for the portrait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortraitSpec {
    /// Where it is, mm. The portrait is cut to its shape.
    pub area: Rect,
    /// How it is printed.
    pub tone: Tone,
    /// Share of the background print that shows through, 0-1.
    #[serde(default)]
    pub see_through: f64,
    /// Share of the portrait's ink, 0-1.
    #[serde(default = "one")]
    pub opacity: f64,
    /// Width over which its edges fade, mm.
    #[serde(default)]
    pub fade: f64,
}

/// How a portrait is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Four colours, with their smaller gamut.
    Colour,
    /// Engraved by laser: greys.
    Grey,
    /// One ink.
    Ink(Colour),
}

/// The holder's signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureSpec {
    /// The box that it fits into, mm.
    pub area: Rect,
    /// The ink.
    pub ink: Colour,
}

impl Design {
    /// The kind of document, as labels have it: `driving_licence` of "Driving licence, Republic of Utopia".
    pub fn kind(&self) -> String {
        let kind = self.title.split(',').next().unwrap_or_default();
        kind.trim().to_lowercase().replace(char::is_whitespace, "_")
    }

    /// The face of a side, if the design has it.
    pub fn face(&self, side: Side) -> Option<&Face> {
        match side {
            Side::Front => Some(&self.front),
            Side::Back => self.back.as_ref(),
        }
    }

    /// Puts the paths in the place of their names.
    pub(super) fn resolve_paths(&mut self) {
        let faces = std::iter::once(&mut self.front).chain(self.back.as_mut());
        for layer in faces.flat_map(|face| face.layers.iter_mut().chain(&mut face.overlay)) {
            if let Some(path) = layer.path_mut()
                && let Some(named) = self.paths.get(path)
            {
                path.clone_from(named);
            }
        }
    }

    /// The sides that it has.
    pub fn sides(&self) -> &'static [Side] {
        if self.back.is_some() { &[Side::Front, Side::Back] } else { &[Side::Front] }
    }
}

pub(super) fn one() -> f64 {
    1.0
}

fn caption_rise() -> f64 {
    3.15
}
