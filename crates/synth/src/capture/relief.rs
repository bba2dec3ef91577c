//! Fine shape of clear layers (laminate and film): how their normals lean from place to place, kept as a
//! coarse map of the card because it changes over millimetres.

use retake_simd::{array, kernel};

use super::lanes::{LANES, Lane};
use super::noise::gradient;
use crate::scene::CardPose;

/// A map of `N` values a cell over a rectangle of the card.
#[derive(Clone, Debug)]
pub(crate) struct Map<const N: usize> {
    origin: [f32; 2],
    per_mm: f32,
    columns: usize,
    rows: usize,
    cells: Vec<[f32; N]>,
}

impl<const N: usize> Map<N> {
    /// A map of zeros over `[left, top, right, bottom]` mm with nodes `cell` mm apart.
    pub(crate) fn flat([left, top, right, bottom]: [f32; 4], cell: f32) -> Self {
        let columns = ((right - left) / cell) as usize + 2;
        let rows = ((bottom - top) / cell) as usize + 2;
        let cells = vec![[0.0; N]; columns * rows];
        Self { origin: [left, top], per_mm: 1.0 / cell, columns, rows, cells }
    }

    /// [`Self::flat`], filled at several places at a time; what comes after the last place is left out.
    pub(crate) fn of_lanes(
        rect: [f32; 4],
        cell: f32,
        mut fill: impl FnMut(&[Lane; 2], &mut [Lane; N]),
    ) -> Self {
        let mut map = Self::flat(rect, cell);
        let mut out = [[0.0; LANES]; N];
        for (row, cells) in map.cells.chunks_exact_mut(map.columns).enumerate() {
            let y = [map.origin[1] + row as f32 * cell; LANES];
            for (batch, cells) in cells.chunks_mut(LANES).enumerate() {
                let x = array!(LANES, |i| map.origin[0] + (batch * LANES + i) as f32 * cell);
                fill(&[x, y], &mut out);
                for (i, cell) in cells.iter_mut().enumerate() {
                    *cell = array!(N, |k| out[k][i]);
                }
            }
        }
        map
    }

    /// The values at a place on the card, mm; the border's outside.
    #[inline(always)]
    pub(crate) fn at(&self, p: [f32; 2]) -> [f32; N] {
        let x = ((p[0] - self.origin[0]) * self.per_mm).max(0.0).min((self.columns - 1) as f32);
        let y = ((p[1] - self.origin[1]) * self.per_mm).max(0.0).min((self.rows - 1) as f32);
        let (ix, iy) = ((x as usize).min(self.columns - 2), (y as usize).min(self.rows - 2));
        let (tx, ty) = (x - ix as f32, y - iy as f32);
        let i = iy * self.columns + ix;
        let (a, b) = (&self.cells[i], &self.cells[i + 1]);
        let (c, d) = (&self.cells[i + self.columns], &self.cells[i + self.columns + 1]);
        let mut out = [0.0; N];
        for k in 0..N {
            let top = a[k] + (b[k] - a[k]) * tx;
            let bottom = c[k] + (d[k] - c[k]) * tx;
            out[k] = top + (bottom - top) * ty;
        }
        out
    }

    /// [`Self::at`] at several places.
    #[inline(always)]
    pub(crate) fn lanes(&self, [x, y]: &[Lane; 2]) -> [Lane; N] {
        let mut out = [[0.0; LANES]; N];
        for i in 0..LANES {
            let values = self.at([x[i], y[i]]);
            for k in 0..N {
                out[k][i] = values[k];
            }
        }
        out
    }

    /// The cell nearest to a place, to be changed.
    pub(crate) fn cell_mut(&mut self, p: [f32; 2]) -> Option<&mut [f32; N]> {
        let x = (p[0] - self.origin[0]) * self.per_mm + 0.5;
        let y = (p[1] - self.origin[1]) * self.per_mm + 0.5;
        (x >= 0.0 && y >= 0.0 && (x as usize) < self.columns && (y as usize) < self.rows)
            .then(|| &mut self.cells[y as usize * self.columns + x as usize])
    }
}

impl Map<1> {
    /// How much heights fall to the right and downwards at places, per mm: central differences over two `cell`s.
    #[inline(always)]
    pub(crate) fn falls(&self, [x, y]: &[Lane; 2], cell: f32) -> [Lane; 2] {
        let beside = |dx: f32, dy: f32| {
            let [heights] = self.lanes(&[array!(LANES, |i| x[i] + dx), array!(LANES, |i| y[i] + dy)]);
            heights
        };
        let (left, right) = (beside(-cell, 0.0), beside(cell, 0.0));
        let (above, below) = (beside(0.0, -cell), beside(0.0, cell));
        let right = array!(LANES, |i| (left[i] - right[i]) / (2.0 * cell));
        [right, array!(LANES, |i| (above[i] - below[i]) / (2.0 * cell))]
    }
}

/// The greatest lean of the laminate's waves, without the card's bow.
pub(crate) const WAVES: f32 = 0.01;

/// How the laminate's normal leans, along right and down as printed: the card's bow, and waves of its surface
/// (some tenths of a degree over centimetres, as injection-moulded and laminated cards have).
pub(crate) fn laminate(card: &CardPose) -> Map<2> {
    let [w, h] = card.size.map(|s| s as f32);
    let seed = (card.seed ^ (card.seed >> 32)) as u32;
    let bow = 8.0 * card.bow as f32 / (w * w);
    // Heights once at every node; leans are their central differences.
    let around = [-CELL, -CELL, w + 2.0 * CELL, h + 2.0 * CELL];
    let heights = Map::<1>::of_lanes(around, CELL, |at, [out]| rise(seed, at, out));
    Map::of_lanes([0.0, 0.0, w, h], CELL, |at, out| lean(&heights, bow, 0.5 * w, at, out))
}

/// Distance of the laminate's nodes, mm.
const CELL: f32 = 0.5;

kernel! {
    /// Heights of the laminate's waves at places, mm.
    fn rise(seed: u32, at: &[Lane; 2], out: &mut Lane) {
        let [x, y] = at;
        for i in 0..LANES {
            let (x, y) = (x[i], y[i]);
            out[i] = 0.030 * gradient(x / 27.0, y / 27.0, seed)
                + 0.0120 * gradient(x / 9.0, y / 9.0, seed ^ 0x81)
                + 0.0034 * gradient(x / 2.6, y / 2.6, seed ^ 0x82);
        }
    }
}

kernel! {
    /// How the laminate leans at places: its waves, and the bow about the card's middle.
    fn lean(heights: &Map<1>, bow: f32, middle: f32, at: &[Lane; 2], out: &mut [Lane; 2]) {
        let [right, down] = heights.falls(at, CELL);
        for i in 0..LANES {
            out[0][i] = right[i] + bow * (at[0][i] - middle);
        }
        out[1] = down;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::testing;

    #[test]
    fn maps_interpolate_linearly() {
        let map = Map::<1>::of_lanes([-3.0, 0.0, 9.0, 5.0], 0.5, |[x, y], [out]| {
            *out = core::array::from_fn(|i| 2.0 * x[i] + y[i]);
        });
        for p in [[-2.9, 0.1], [3.3, 4.7], [8.9, 2.0]] {
            assert!((map.at(p)[0] - (2.0 * p[0] + p[1])).abs() < 1e-4);
        }
    }

    #[test]
    fn bow_leans_the_ends_outwards() {
        let scene = testing::scene();
        let mut card = testing::parts(&scene).desk.card.clone();
        card.bow = 0.5;
        let bowed = laminate(&card);
        card.bow = 0.0;
        let flat = laminate(&card);
        let x = card.size[0] as f32;
        let lean = |px: f32| bowed.at([px, 20.0])[0] - flat.at([px, 20.0])[0];
        // z = bow (1 - (2x/w)^2): slope 4 bow / w at the ends.
        assert!((lean(x) - 4.0 * 0.5 / x).abs() < 2e-4 && (lean(0.0) + 4.0 * 0.5 / x).abs() < 2e-4);
        assert!(lean(0.5 * x).abs() < 1e-4);
    }
}
