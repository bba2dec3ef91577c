//! Quantities that change slowly over a picture: computed at the nodes of a coarse grid, interpolated
//! between them.

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

    /// As many of the values from `first` on as there is room for, at a place in the picture, px.
    #[inline]
    pub(crate) fn at(&self, [x, y]: [f32; 2], first: usize, out: &mut [f32]) {
        let per_px = 1.0 / self.step as f32;
        let rows = self.values.len() / self.stride.max(1) / self.columns;
        let (x, y) = (x * per_px, y * per_px);
        let (column, row) = ((x as usize).min(self.columns - 2), (y as usize).min(rows - 2));
        let (tx, ty) = (x - column as f32, y - row as f32);
        let node =
            |row: usize, column: usize| &self.values[(row * self.columns + column) * self.stride + first..];
        let (a, b) = (node(row, column), node(row, column + 1));
        let (c, d) = (node(row + 1, column), node(row + 1, column + 1));
        for (i, out) in out.iter_mut().enumerate() {
            let above = a[i] + (b[i] - a[i]) * tx;
            let below = c[i] + (d[i] - c[i]) * tx;
            *out = above + (below - above) * ty;
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
        }
    }
}
