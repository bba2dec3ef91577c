//! The card's flat face: designs, printing, and what stands where.
//!
//! A [`Design`] is data. A [`Blank`] is one side of it printed without anyone's data, to be kept and
//! personalised for each [`crate::persona::Persona`] into an [`Artwork`]: reflectance under a clear laminate, with the place of
//! every printed field in millimetres. All states are fictional, and every side says SPECIMEN.

mod artwork;
mod barcode;
mod blank;
mod canvas;
mod design;
mod document;
mod foil;
mod font;
mod load;
pub mod mrz;
mod path;
mod pattern;
mod portrait;
mod pressing;
pub(crate) mod prose;
mod raster;
mod reflectance;
mod signature;
mod stored;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod wear;

pub use artwork::{Artwork, Laminate, PrintedField, Rect};
pub use barcode::{CodeKind, CodeSpec};
pub use blank::Blank;
pub use design::{
    Align, Design, Face, Field, Label, MrzSpec, PortraitSpec, Side, SignatureSpec, Style, Tone,
};
pub use document::find_side;
pub use foil::{Grating, HologramKind, HologramPatch};
pub use load::names;
pub use pattern::{Band, Gradient, HeightLines, Layer, Microtext, Rays, Relief, Rosette, Shape, Waves};
pub use reflectance::Reflectance;
pub use value::{Colour, DateFormat, FontName, Source};

use crate::Result;
use crate::image::LinearImage;
use crate::persona::Persona;

/// Prints one side of one persona's card: [`Blank::new`] and [`Blank::personalise`] in one. Keep the
/// [`Blank`] when there are more personas to come.
///
/// # Errors
/// As those two.
pub fn render(
    design: &Design,
    side: Side,
    persona: &Persona,
    portrait: Option<&LinearImage>,
    px_per_mm: f64,
) -> Result<Artwork> {
    Blank::new(design, side, px_per_mm)?.personalise(persona, portrait)
}
