//! Pixels side by side: the unit that the renderer's loops work on, wide enough for every processor's registers.

use retake_simd::array;

use super::grid::Grid;

/// Pixels that are worked on together, and the side of a cell of the picture, px.
pub(crate) const LANES: usize = 16;

/// A value of each pixel.
pub(crate) type Lane = [f32; LANES];

/// The most nodes in a cell, with what a batch of them may write beyond.
const NODES: usize = BATCHES * LANES;
const BATCHES: usize = ((LANES + 1) * (LANES + 1)).div_ceil(LANES);

/// Where the nodes of a cell lie, px, batch by batch, for each spacing of 2^i px; the last node is repeated.
static LATTICES: [[[Lane; 2]; BATCHES]; LANES.ilog2() as usize + 1] = lattices();

const fn lattices() -> [[[Lane; 2]; BATCHES]; LANES.ilog2() as usize + 1] {
    let mut all = [[[[0.0; LANES]; 2]; BATCHES]; LANES.ilog2() as usize + 1];
    let mut log = 0;
    while log < all.len() {
        let side = (LANES >> log) + 1;
        let mut i = 0;
        while i < NODES {
            let node = if i < side * side { i } else { side * side - 1 };
            all[log][i / LANES][0][i % LANES] = ((node % side) << log) as f32;
            all[log][i / LANES][1][i % LANES] = ((node / side) << log) as f32;
            i += 1;
        }
        log += 1;
    }
    all
}

/// Values at the nodes of a lattice over one cell of the picture, bilinear between them.
#[derive(Clone, Debug)]
pub(crate) struct Cell<const K: usize> {
    spacing: usize,
    /// The corners of the cell, row by row, where there are no other nodes.
    corners: [[f32; K]; 4],
    /// Else each value at all nodes, row by row.
    nodes: Vec<[f32; NODES]>,
    /// Places side by side: the batch of nodes, or the row of pixels, that was asked for last. Kept, since clearing them
    /// anew for every row takes longer than a good part of what is worked out from them.
    lanes: [Lane; K],
}

impl<const K: usize> Cell<K> {
    /// A cell without nodes.
    pub(crate) fn new() -> Self {
        Self {
            spacing: LANES,
            corners: [[0.0; K]; 4],
            nodes: vec![[0.0; NODES]; K],
            lanes: [[0.0; LANES]; K],
        }
    }

    /// Puts the values at the corners of the cell, row by row, and no nodes between them.
    pub(crate) fn fill_corners(&mut self, corners: [[f32; K]; 4]) {
        (self.spacing, self.corners) = (LANES, corners);
    }

    /// Fills the corners of the cell at `(left, top)` px from a grid.
    pub(crate) fn fill_smooth(&mut self, grid: &Grid, left: usize, top: usize) {
        let mesh = grid.mesh(left, top);
        self.spacing = LANES;
        for (i, corner) in self.corners.iter_mut().enumerate() {
            let (x, y) = (left + i % 2 * LANES, top + i / 2 * LANES);
            mesh.at([x as f32, y as f32], 0, corner);
        }
    }

    /// Fills nodes that are `spacing` px apart, a power of two up to [`LANES`], from their places in the cell, a batch at a
    /// time.
    #[inline(always)]
    pub(crate) fn fill_batches(
        &mut self,
        spacing: usize,
        mut values: impl FnMut(&[Lane; 2], &mut [Lane; K]),
    ) {
        let side = LANES / spacing + 1;
        self.spacing = spacing;
        let lattice = &LATTICES[spacing.ilog2() as usize];
        let out = &mut self.lanes;
        for (batch, places) in lattice.iter().enumerate().take((side * side).div_ceil(LANES)) {
            values(places, out);
            for (nodes, out) in self.nodes.iter_mut().zip(&*out) {
                nodes[batch * LANES..][..LANES].copy_from_slice(out);
            }
        }
        if spacing == LANES {
            for (i, corner) in self.corners.iter_mut().enumerate() {
                *corner = array!(K, |k| out[k][i]);
            }
        }
    }

    /// The values of the pixels of row `y` of the cell.
    #[inline(always)]
    pub(crate) fn row(&mut self, y: usize) -> &[Lane; K] {
        match self.spacing {
            LANES => self.row_of_corners(y),
            8 => self.row_of::<8>(y),
            4 => self.row_of::<4>(y),
            2 => self.row_of::<2>(y),
            _ => self.row_of::<1>(y),
        }
        &self.lanes
    }

    #[inline(always)]
    fn row_of_corners(&mut self, y: usize) {
        const SCALE: f32 = 1.0 / LANES as f32;
        let down = (y as f32 + 0.5) * SCALE;
        let [a, b, c, d] = &self.corners;
        let (mut left, mut step) = ([0.0; K], [0.0; K]);
        for k in 0..K {
            left[k] = a[k] + (c[k] - a[k]) * down;
            let right = b[k] + (d[k] - b[k]) * down;
            step[k] = (right - left[k]) * SCALE;
        }
        for k in 0..K {
            for i in 0..LANES {
                self.lanes[k][i] = left[k] + step[k] * (i as f32 + 0.5);
            }
        }
    }

    #[inline(always)]
    fn row_of<const SPACING: usize>(&mut self, y: usize) {
        let side = LANES / SPACING + 1;
        let scale = 1.0 / SPACING as f32;
        let down = ((y % SPACING) as f32 + 0.5) * scale;
        let first = y / SPACING * side;
        for (out, nodes) in self.lanes.iter_mut().zip(&self.nodes) {
            let (above, below) = nodes[first..][..2 * side].split_at(side);
            let mut mixed = [0.0; LANES + 1];
            for j in 0..side {
                mixed[j] = above[j] + (below[j] - above[j]) * down;
            }
            for cell in 0..LANES / SPACING {
                let left = mixed[cell];
                let step = (mixed[cell + 1] - left) * scale;
                for i in 0..SPACING {
                    out[cell * SPACING + i] = left + step * (i as f32 + 0.5);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_fields_come_back_exactly_at_every_spacing() {
        let field = |x: f32, y: f32| 0.5 * x - 2.0 * y + 1.0;
        let (none, all) = (0.0, LANES as f32);
        let mut corners = Cell::<1>::new();
        corners
            .fill_corners([[none, none], [all, none], [none, all], [all, all]].map(|[x, y]| [field(x, y)]));
        for spacing in [1, 2, 4, 8, 16] {
            let mut many = Cell::<1>::new();
            many.fill_batches(spacing, |[x, y], out| {
                out[0] = core::array::from_fn(|i| field(x[i], y[i]));
            });
            for y in 0..LANES {
                let (a, b) = (corners.row(y), many.row(y));
                assert_eq!(a, b);
                for (x, v) in a[0].iter().enumerate() {
                    assert!((v - field(x as f32 + 0.5, y as f32 + 0.5)).abs() < 1e-4, "{spacing}: {x} {y}");
                }
            }
        }
    }
}
