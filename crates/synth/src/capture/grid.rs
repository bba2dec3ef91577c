//! Quantities that change slowly over a picture: computed at the nodes of a coarse grid, interpolated
//! between them.

use retake_simd::{array, kernel};

use super::lanes::{LANES, Lane};

/// Values at the nodes of a grid over a picture, several at each node.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    step: usize,
    columns: usize,
    stride: usize,
    values: Vec<f32>,
}

impl Grid {
    /// Fills `stride` values at every node; `fill` gets the node's place in the picture, px.
    pub(crate) fn new(
        size: [u32; 2],
        step: usize,
        stride: usize,
        mut fill: impl FnMut([f64; 2], &mut [f32]),
    ) -> Self {
        let [columns, rows] = size.map(|s| (s as usize).div_ceil(step) + 1);
        let mut values = vec![0.0; columns * rows * stride];
        if stride > 0 {
            for (i, node) in values.chunks_exact_mut(stride).enumerate() {
                fill([((i % columns) * step) as f64, ((i / columns) * step) as f64], node);
            }
        }
        Self { step, columns, stride, values }
    }

    /// A grid without values.
    pub(crate) fn none() -> Self {
        Self { step: 1, columns: 2, stride: 1, values: Vec::new() }
    }

    /// A grid with the same nodes and other values: `stride` of them, made from each node's.
    pub(crate) fn map(&self, stride: usize, mut make: impl FnMut(&[f32], &mut [f32])) -> Self {
        let mut values = vec![0.0; self.values.len() / self.stride * stride];
        for (from, to) in self.nodes().zip(values.chunks_exact_mut(stride)) {
            make(from, to);
        }
        Self { step: self.step, columns: self.columns, stride, values }
    }

    /// Nodes in a row.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The values of every node, row by row.
    pub(crate) fn nodes(&self) -> core::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.stride)
    }

    /// Pixels between two nodes.
    pub(crate) fn step(&self) -> usize {
        self.step
    }

    /// The mesh of the grid that a pixel lies in.
    pub(crate) fn mesh(&self, x: usize, y: usize) -> Mesh<'_> {
        let rows = self.values.len() / self.stride.max(1) / self.columns;
        let (column, row) = ((x / self.step).min(self.columns - 2), (y / self.step).min(rows - 2));
        let node = |down: usize, right: usize| {
            &self.values[((row + down) * self.columns + column + right) * self.stride..][..self.stride]
        };
        Mesh {
            origin: [(column * self.step) as f32, (row * self.step) as f32],
            per_px: 1.0 / self.step as f32,
            nodes: [node(0, 0), node(0, 1), node(1, 0), node(1, 1)],
        }
    }

    /// As many of the values from `first` on as there is room for, at a place in the picture, px.
    #[inline]
    pub(crate) fn at(&self, [x, y]: [f32; 2], first: usize, out: &mut [f32]) {
        self.mesh(x as usize, y as usize).at([x, y], first, out);
    }
}

/// One mesh of a [`Grid`]: four nodes, bilinear between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mesh<'a> {
    origin: [f32; 2],
    per_px: f32,
    nodes: [&'a [f32]; 4],
}

impl Mesh<'_> {
    /// As many of the values from `first` on as there is room for, at a place in the picture, px.
    #[inline(always)]
    pub(crate) fn at(&self, [x, y]: [f32; 2], first: usize, out: &mut [f32]) {
        let (tx, ty) = ((x - self.origin[0]) * self.per_px, (y - self.origin[1]) * self.per_px);
        let [a, b, c, d] = self.nodes;
        let end = first + out.len();
        let (a, b, c, d) = (&a[first..end], &b[first..end], &c[first..end], &d[first..end]);
        for (i, out) in out.iter_mut().enumerate() {
            let above = a[i] + (b[i] - a[i]) * tx;
            let below = c[i] + (d[i] - c[i]) * tx;
            *out = above + (below - above) * ty;
        }
    }

    /// The values from `first` on at places in the picture, px.
    #[inline(always)]
    pub(crate) fn lanes<const K: usize>(&self, at: &[Lane; 2], first: usize) -> [Lane; K] {
        let mut out = [[0.0; LANES]; K];
        mix(self, at, first, &mut out);
        out
    }
}

kernel! {
    /// The values from `first` on at places in the picture, px: as many as there is room for.
    fn mix(mesh: &Mesh<'_>, at: &[Lane; 2], first: usize, out: &mut [Lane]) {
        let ([left, top], per_px) = (mesh.origin, mesh.per_px);
        let [x, y] = *at;
        let (right, down) = (array!(LANES, |i| (x[i] - left) * per_px), array!(LANES, |i| (y[i] - top) * per_px));
        let nodes = mesh.nodes.map(|node| &node[first..][..out.len()]);
        for (k, out) in out.iter_mut().enumerate() {
            let [a, b, c, d] = nodes.map(|node| node[k]);
            for i in 0..LANES {
                let (above, below) = (a + (b - a) * right[i], c + (d - c) * right[i]);
                out[i] = above + (below - above) * down[i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_fields_come_back_exactly() {
        let grid = Grid::new([50, 35], 16, 2, |[x, y], out| {
            out[0] = (2.0 * x - y) as f32;
            out[1] = 7.0;
        });
        for p in [[0.5f32, 15.5], [17.5, 16.5], [49.5, 34.5]] {
            let mut out = [0.0; 2];
            grid.at(p, 0, &mut out);
            assert!((out[0] - (2.0 * p[0] - p[1])).abs() < 1e-4);
            assert_eq!(out[1], 7.0);
            grid.at(p, 1, &mut out[..1]);
            assert_eq!(out[0], 7.0);
            let lanes: [Lane; 1] =
                grid.mesh(p[0] as usize, p[1] as usize).lanes(&[[p[0]; LANES], [p[1]; LANES]], 0);
            assert!((lanes[0][5] - (2.0 * p[0] - p[1])).abs() < 1e-4);
        }
    }
}
