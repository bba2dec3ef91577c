//! Pixels side by side: the unit that the renderer's loops work on, wide enough for every processor's registers.

use retake_simd::array;

use super::grid::Grid;

/// Pixels that are worked on together, and the side of a cell of the picture, px.
pub(crate) const LANES: usize = 16;

/// A value of each pixel.
pub(crate) type Lane = [f32; LANES];

/// Values at the nodes of a lattice over one cell of the picture, bilinear between them.
#[derive(Clone, Debug)]
pub(crate) struct Cell<const K: usize> {
    spacing: usize,
    nodes: Vec<[f32; K]>,
    /// Places side by side: the batch of nodes, or the row of pixels, that was asked for last. Kept, since clearing them
    /// anew for every row takes longer than a good part of what is worked out from them.
    lanes: [Lane; K],
}

impl<const K: usize> Cell<K> {
    /// A cell without nodes.
    pub(crate) fn new() -> Self {
        Self { spacing: LANES, nodes: Vec::new(), lanes: [[0.0; LANES]; K] }
    }

    /// Fills the nodes, `spacing` px apart (a power of two up to [`LANES`]), from their place in the cell, px.
    pub(crate) fn fill(&mut self, spacing: usize, mut value: impl FnMut(usize, usize) -> [f32; K]) {
        self.spacing = spacing;
        self.nodes.clear();
        for y in (0..=LANES).step_by(spacing) {
            self.nodes.extend((0..=LANES).step_by(spacing).map(|x| value(x, y)));
        }
    }

    /// Fills the nodes at the corners of the cell at `(left, top)` px from a grid.
    pub(crate) fn fill_smooth(&mut self, grid: &Grid, left: usize, top: usize) {
        let mesh = grid.mesh(left, top);
        self.fill(LANES, |x, y| {
            let mut out = [0.0; K];
            mesh.at([(left + x) as f32, (top + y) as f32], 0, &mut out);
            out
        });
    }

    /// Fills the nodes from their places, a batch of places at a time.
    #[inline(always)]
    pub(crate) fn fill_batches(
        &mut self,
        spacing: usize,
        mut values: impl FnMut(&[Lane; 2], &mut [Lane; K]),
    ) {
        let side = LANES / spacing + 1;
        self.spacing = spacing;
        self.nodes.clear();
        let out = &mut self.lanes;
        for first in (0..side * side).step_by(LANES) {
            let place = |i: usize| (first + i).min(side * side - 1);
            let x = array!(LANES, |i| (place(i) % side * spacing) as f32);
            let y = array!(LANES, |i| (place(i) / side * spacing) as f32);
            values(&[x, y], out);
            let count = LANES.min(side * side - first);
            self.nodes.extend((0..count).map(|i| array!(K, |k| out[k][i])));
        }
    }

    /// The values of the pixels of row `y` of the cell.
    #[inline(always)]
    pub(crate) fn row(&mut self, y: usize) -> &[Lane; K] {
        match self.spacing {
            16 => self.row_of::<16>(y),
            8 => self.row_of::<8>(y),
            4 => self.row_of::<4>(y),
            2 => self.row_of::<2>(y),
            _ => self.row_of::<1>(y),
        }
        &self.lanes
    }

    #[inline(always)]
    fn row_of<const SPACING: usize>(&mut self, y: usize) {
        let out = &mut self.lanes;
        let side = LANES / SPACING + 1;
        let scale = 1.0 / SPACING as f32;
        let down = ((y % SPACING) as f32 + 0.5) * scale;
        let (above, below) = self.nodes[y / SPACING * side..][..2 * side].split_at(side);
        let mut left = [0.0; K];
        for k in 0..K {
            left[k] = above[0][k] + (below[0][k] - above[0][k]) * down;
        }
        for cell in 0..LANES / SPACING {
            let mut right = [0.0; K];
            for k in 0..K {
                right[k] = above[cell + 1][k] + (below[cell + 1][k] - above[cell + 1][k]) * down;
                let step = (right[k] - left[k]) * scale;
                for i in 0..SPACING {
                    out[k][cell * SPACING + i] = left[k] + step * (i as f32 + 0.5);
                }
            }
            left = right;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_fields_come_back_exactly_at_every_spacing() {
        let field = |x: f32, y: f32| 0.5 * x - 2.0 * y + 1.0;
        for spacing in [1, 2, 4, 8, 16] {
            let mut one = Cell::<1>::new();
            one.fill(spacing, |x, y| [field(x as f32, y as f32)]);
            let mut many = Cell::<1>::new();
            many.fill_batches(spacing, |[x, y], out| {
                out[0] = core::array::from_fn(|i| field(x[i], y[i]));
            });
            for y in 0..LANES {
                let (a, b) = (one.row(y), many.row(y));
                assert_eq!(a, b);
                for (x, v) in a[0].iter().enumerate() {
                    assert!((v - field(x as f32 + 0.5, y as f32 + 0.5)).abs() < 1e-4, "{spacing}: {x} {y}");
                }
            }
        }
    }
}
