//! Skin and cloth shaded at nodes some pixels apart, and interpolated between those that lie on one smooth piece of
//! surface. What is finer than the nodes, pores and weave, is added at every pixel.

use glam::{Vec3, Vec4};

use super::raster::Raster;
use super::render::{LAYER_BITS, SAMPLES, Shading};

/// Distance between nodes, mm: less than the features of all that is worked out there.
const PITCH: f32 = 0.75;
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
}

impl Shaded {
    fn packed(&self) -> [Vec4; 4] {
        [
            self.rest.extend(self.nearness),
            self.color.extend(self.fine),
            self.tilt.extend(self.face),
            self.grain.extend(0.0),
        ]
    }

    fn unpacked([rest, color, tilt, grain]: [Vec4; 4]) -> Self {
        Self {
            rest: rest.truncate(),
            nearness: rest.w,
            color: color.truncate(),
            fine: color.w,
            tilt: tilt.truncate(),
            face: tilt.w,
            grain: grain.truncate(),
        }
    }
}

/// A node's layer when it has not been asked for yet, and when it shows nothing.
const UNKNOWN: u32 = u32::MAX;
const EMPTY: u32 = u32::MAX - 1;

#[derive(Clone, Copy, Debug)]
struct Node {
    layer: u32,
    values: [Vec4; 4],
}

impl Node {
    /// Whether it shows the same smooth piece of a layer.
    #[inline]
    fn shows(&self, layer: u32, nearness: f32) -> bool {
        self.layer == layer && (self.values[0].w - nearness).abs() < EDGE * nearness
    }
}

const UNASKED: Node = Node { layer: UNKNOWN, values: [Vec4::ZERO; 4] };

/// Two rows of nodes, each shaded when it is first asked for.
pub(super) struct Lattice {
    step: usize,
    /// Number of the upper row.
    row: usize,
    rows: [Vec<Node>; 2],
}

impl Lattice {
    /// Nodes over a picture of this width, px, with so many px per mm.
    pub(super) fn new(width: usize, fine: f32) -> Self {
        let step = ((PITCH * fine) as usize).clamp(1, MOST_STEP);
        let row = vec![UNASKED; width / step + 2];
        Self { step, row: usize::MAX, rows: [row.clone(), row] }
    }

    /// How many rows of pixels below its own the nodes of a row of pixels lie at most.
    pub(super) fn reach(&self) -> usize {
        self.step - 1
    }

    /// Goes to a row of pixels.
    pub(super) fn seek(&mut self, y: usize) {
        let row = y / self.step;
        if row == self.row {
            return;
        }
        if Some(row) == self.row.checked_add(1) {
            self.rows.swap(0, 1);
        } else {
            self.rows[0].fill(UNASKED);
        }
        self.rows[1].fill(UNASKED);
        self.row = row;
    }

    /// The layer's surface at a pixel of the row, interpolated; `None` near an edge, or where nodes are no coarser
    /// than pixels.
    pub(super) fn at(
        &mut self,
        shading: &Shading<'_>,
        raster: &Raster,
        [x, y]: [usize; 2],
        layer: u32,
        nearness: f32,
    ) -> Option<Shaded> {
        if self.step == 1 {
            return None;
        }
        let (column, x, y) = (x / self.step, x % self.step, y % self.step);
        let left = self.pair(shading, raster, column, y, layer, nearness)?;
        if x == 0 {
            return Some(Shaded::unpacked(left));
        }
        let right = self.pair(shading, raster, column + 1, y, layer, nearness)?;
        Some(Shaded::unpacked(mix(left, right, x as f32 / self.step as f32)))
    }

    /// Between the upper and the lower node of a column, `y` pixels below the upper.
    fn pair(
        &mut self,
        shading: &Shading<'_>,
        raster: &Raster,
        column: usize,
        y: usize,
        layer: u32,
        nearness: f32,
    ) -> Option<[Vec4; 4]> {
        let upper = *self.node(shading, raster, 0, column);
        if !upper.shows(layer, nearness) {
            return None;
        }
        if y == 0 {
            return Some(upper.values);
        }
        let t = y as f32 / self.step as f32;
        let lower = self.node(shading, raster, 1, column);
        lower.shows(layer, nearness).then(|| mix(upper.values, lower.values, t))
    }

    #[inline]
    fn node(&mut self, shading: &Shading<'_>, raster: &Raster, k: usize, column: usize) -> &Node {
        if self.rows[k][column].layer == UNKNOWN {
            let (x, y) = (column * self.step * SAMPLES, (self.row + k) * self.step * SAMPLES);
            self.rows[k][column] = asked(shading, raster, x, y);
        }
        &self.rows[k][column]
    }
}

/// The node at a sample.
#[inline(never)]
fn asked(shading: &Shading<'_>, raster: &Raster, x: usize, y: usize) -> Node {
    let Some((nearness, number)) = raster.get(x, y) else {
        return Node { layer: EMPTY, values: [Vec4::ZERO; 4] };
    };
    let layer = number >> LAYER_BITS;
    if !shading.is_smooth(layer) {
        return Node { layer, values: [Vec4::ZERO; 4] };
    }
    let fragment = shading.fragment(number, nearness, x, y);
    Node { layer, values: shading.surface(&fragment, layer).packed() }
}

#[inline(always)]
fn mix([a, b, c, d]: [Vec4; 4], [e, f, g, h]: [Vec4; 4], t: f32) -> [Vec4; 4] {
    [a + (e - a) * t, b + (f - b) * t, c + (g - c) * t, d + (h - d) * t]
}
