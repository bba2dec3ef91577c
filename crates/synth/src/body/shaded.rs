//! Skin and cloth as they are shaded at the nodes of a lattice. What is finer than nodes, pores and weave, is added at every
//! pixel.

use glam::{Vec3, Vec4};

use super::lattice::{Lattice, Node};
use super::parts::LAYER_BITS;
use super::raster::Raster;
use super::render::{SAMPLES, Shading};

/// Distance between nodes, mm: less than the features of all that is worked out there.
const PITCH: f32 = 0.75;
/// Detail from which skin has nodes at every other pixel at least, px per mm: what is lost between them hardly shows in a
/// picture as small as that on a card.
const COARSE: f32 = 1.1;
/// The most pixels between two nodes.
const MOST_STEP: usize = 4;
/// Change of nearness from a node to a pixel, as a share, from which an edge lies between.
const EDGE: f32 = 0.005;

/// A surface at one place, shaded but for its finest structure; all of it may be interpolated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shaded {
    /// Place on the default shape, mm.
    pub(super) rest: Vec3,
    /// Nearness, as in [`super::raster::ScreenVertex`].
    pub(super) nearness: f32,
    /// What the camera sees, cd/m2 per channel.
    pub(super) color: Vec3,
    /// Detail of the picture here, px per mm.
    pub(super) fine: f32,
    /// Relative change of the colour with the normal.
    pub(super) tilt: Vec3,
    /// How much of a face it is, 0-1.
    pub(super) face: f32,
    /// Relative change of each channel with the albedo's structure.
    pub(super) grain: Vec3,
    /// How dark pores are in it.
    pub(super) pores: f32,
}

/// Values of a node.
const VALUES: usize = 4;

/// Nodes over a person.
pub(super) type Nodes = Lattice<VALUES>;

/// Nodes over a picture of this width, px, with so many px per mm.
pub(super) fn nodes(width: usize, fine: f32) -> Nodes {
    let least = if fine < COARSE { 1 } else { 2 };
    Lattice::new(width, ((PITCH * fine) as usize).clamp(least, MOST_STEP), EDGE)
}

/// Whether nodes in a picture with so many px per mm are no farther apart than [`PITCH`]: ribs and seams of cloth are finer
/// than what is farther apart shows.
pub(super) fn is_close(fine: f32) -> bool {
    PITCH * fine >= 2.0
}

impl Shaded {
    /// A layer's surface at a pixel of the nodes' row, interpolated; `None` near an edge, or where nodes are no coarser than pixels.
    pub(super) fn between(
        nodes: &mut Nodes,
        shading: &Shading<'_>,
        raster: &Raster,
        x: usize,
        layer: u32,
        nearness: f32,
    ) -> Option<Self> {
        nodes
            .at(|x, y| node(shading, raster, x * SAMPLES, y * SAMPLES), x, layer, nearness)
            .map(Self::unpacked)
    }

    fn packed(&self) -> [Vec4; VALUES] {
        [
            self.rest.extend(self.nearness),
            self.color.extend(self.fine),
            self.tilt.extend(self.face),
            self.grain.extend(self.pores),
        ]
    }

    fn unpacked([rest, color, tilt, grain]: [Vec4; VALUES]) -> Self {
        Self {
            rest: rest.truncate(),
            nearness: rest.w,
            color: color.truncate(),
            fine: color.w,
            tilt: tilt.truncate(),
            face: tilt.w,
            grain: grain.truncate(),
            pores: grain.w,
        }
    }
}

/// The node at a sample.
#[inline(never)]
fn node(shading: &Shading<'_>, raster: &Raster, x: usize, y: usize) -> Node<VALUES> {
    let Some((nearness, number)) = raster.get(x, y) else { return Node::EMPTY };
    let layer = number >> LAYER_BITS;
    if !shading.is_smooth(layer) {
        return Node::EMPTY;
    }
    let fragment = shading.fragment(number, nearness, x, y);
    let shaded = shading.surface(&fragment, layer);
    Node::new(layer, shaded.nearness, shaded.packed())
}
