//! What a person is drawn of: surfaces in the picture, one layer each.

use std::rc::Rc;

use glam::{Vec3, Vec4};

use super::cloth;
use super::figure::{Figure, Surface};
use super::light::Lit;
use super::raster::{Numbered, ScreenVertex, Sides, by_strips};
use super::render::{Lens, SAMPLES};
use super::trim::Trimmed;

/// Bits of a triangle's number below those of its layer's.
pub(super) const LAYER_BITS: u32 = 28;

/// What a triangle belongs to, in the order in which they are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Skin,
    Shirt,
    Eye(usize),
    Teeth,
    Tongue,
    /// Skin that hangs on the jaw.
    Jaw,
}

/// What light is gathered at. The jaw's is the skin's.
pub(super) const PARTS: [Part; 6] =
    [Part::Skin, Part::Shirt, Part::Eye(0), Part::Eye(1), Part::Teeth, Part::Tongue];

impl Part {
    pub(super) fn is_skin(self) -> bool {
        matches!(self, Self::Skin | Self::Jaw)
    }
}

/// A part ready to be drawn.
pub(super) struct Layer<'a> {
    pub(super) part: Part,
    pub(super) first: u32,
    pub(super) screen: Rc<[ScreenVertex]>,
    pub(super) triangles: &'a [[u32; 3]],
    pub(super) surface: &'a Surface,
    pub(super) lits: &'a [Lit],
    /// What paint knows at vertices already: see [`super::skin::Painter::soft`] and [`cloth::folds`].
    pub(super) soft: Rc<[Vec4]>,
    /// What is drawn instead of all of the triangles where the surface ends inside of them.
    pub(super) trimmed: Option<Trimmed>,
}

/// What of a layer is rasterised.
pub(super) struct Outline<'a> {
    pub(super) screen: &'a [ScreenVertex],
    pub(super) triangles: &'a [[u32; 3]],
    pub(super) sides: Sides,
    /// Where it is trimmed, see [`super::raster::Raster::draw`].
    pub(super) levels: Option<&'a [f32]>,
}

impl Layer<'_> {
    pub(super) fn outline(&self) -> Outline<'_> {
        match &self.trimmed {
            Some(part) => {
                let levels = Some(part.levels.as_slice());
                Outline { screen: &part.screen, triangles: &part.triangles, sides: Sides::Both, levels }
            }
            None => {
                Outline { screen: &self.screen, triangles: self.triangles, sides: Sides::Front, levels: None }
            }
        }
    }

    /// The triangles that strips see, see [`by_strips`].
    pub(super) fn by_strips(&self, rows: [usize; 3]) -> Vec<Vec<Numbered>> {
        let Outline { screen, triangles, sides, .. } = self.outline();
        by_strips(screen, triangles, self.first, sides, rows)
    }
}

/// The surface that a part is drawn from.
pub(super) fn surface_of(figure: &Figure, part: Part) -> &Surface {
    match part {
        Part::Skin | Part::Jaw => &figure.skin,
        Part::Shirt => &figure.shirt,
        Part::Eye(k) => &figure.eyes[k],
        Part::Teeth => &figure.teeth,
        Part::Tongue => &figure.tongue,
    }
}

/// A part's vertices in the picture, in samples. Skin under the shirt is drawn in a little, lest bones that
/// stand out of the neck pierce the cloth or hang over its edge; deep under it, none is drawn.
pub(super) fn screen(part: Part, surface: &Surface, cloth: &cloth::Cloth, lens: &Lens) -> Rc<[ScreenVertex]> {
    const DEEP: f32 = 12.0;
    let points = surface.positions.iter().zip(&surface.normals).zip(&surface.topology.rest);
    let project = |((&point, &normal), &rest): ((&Vec3, &Vec3), &Vec3)| {
        let below = if part == Part::Skin && rest.y < 30.0 { cloth.under(rest) } else { 0.0 };
        let at = lens.project(point - normal * (DEEP * below), SAMPLES as f32);
        // As if behind the camera.
        if below > 0.0 && cloth.hides(rest) { ScreenVertex { weight: -1.0, ..at } } else { at }
    };
    points.map(project).collect()
}
