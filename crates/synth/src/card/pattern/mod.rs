//! The printed background: gradients, fine line work and emblems, each kind in a file of its own and one
//! line of [`Layer`].

mod band;
mod gradient;
mod height_lines;
mod microtext;
mod rays;
mod rosette;
mod shape;
mod waves;

use serde::{Deserialize, Serialize};

pub use band::Band;
pub use gradient::Gradient;
pub use height_lines::HeightLines;
pub use microtext::Microtext;
pub use rays::Rays;
pub use rosette::Rosette;
pub use shape::Shape;
pub use waves::{Relief, Waves};

use super::canvas::{Blend, Print};
use super::raster::{Coverage, Grid};
use super::value::Colour;

/// One layer of the background.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// A smooth run of colours.
    Gradient(Gradient),
    /// Families of parallel waves, which a relief may bend.
    Waves(Waves),
    /// A closed guilloche about a point.
    Rosette(Rosette),
    /// A guilloche along a strip.
    Band(Band),
    /// Fine lines out of a point.
    Rays(Rays),
    /// The height lines of a hilly country.
    HeightLines(HeightLines),
    /// Lines of tiny letters.
    Microtext(Microtext),
    /// An emblem or a plain shape.
    Shape(Shape),
}

impl Layer {
    /// The path that the layer draws or bends its lines by.
    pub(super) fn path_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Shape(shape) => Some(&mut shape.path),
            Self::Waves(waves) => waves.relief.as_mut().map(|relief| &mut relief.path),
            _ => None,
        }
    }

    /// The plates that print the layer.
    ///
    /// # Errors
    /// What is wrong with it, for a person, as far as its types allowed it.
    pub(super) fn plates(&self, grid: &Grid) -> Result<Vec<Print>, String> {
        match self {
            Self::Gradient(layer) => layer.plates(grid),
            Self::Waves(layer) => layer.plates(grid),
            Self::Rosette(layer) => layer.plates(grid),
            Self::Band(layer) => layer.plates(grid),
            Self::Rays(layer) => layer.plates(grid),
            Self::HeightLines(layer) => layer.plates(grid),
            Self::Microtext(layer) => layer.plates(grid),
            Self::Shape(layer) => layer.plates(grid),
        }
    }
}

/// A plate of line work: transparent ink, its colours spread over the artwork's width.
fn line_work(grid: &Grid, coverage: Coverage, inks: &[Colour], opacity: f64) -> Print {
    let span = [0.0, grid.width as f64 / grid.px_per_mm];
    Print { coverage, inks: inks.to_vec(), span, opacity, blend: Blend::Glaze }
}

/// Refuses what would loop or draw without end.
fn demand(fine: bool, problem: &str) -> Result<(), String> {
    if fine { Ok(()) } else { Err(problem.to_owned()) }
}
