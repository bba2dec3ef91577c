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

/// One row of a picture, interpolated between the grid's rows.
#[derive(Clone, Debug)]
pub(crate) struct GridRow<'a> {
    grid: &'a Grid,
    nodes: Vec<f32>,
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

    /// A cursor for rows of the picture.
    pub(crate) fn rows(&self) -> GridRow<'_> {
        GridRow { grid: self, nodes: vec![0.0; self.columns * self.stride] }
    }
}

impl GridRow<'_> {
    /// Moves to a row of pixels.
    pub(crate) fn seek(&mut self, y: usize) {
        let row = y / self.grid.step;
        let t = ((y % self.grid.step) as f32 + 0.5) / self.grid.step as f32;
        let length = self.nodes.len();
        let (above, below) = self.grid.values[row * length..].split_at(length);
        for ((node, a), b) in self.nodes.iter_mut().zip(above).zip(below) {
            *node = a + (b - a) * t;
        }
    }

    /// The values at the middle of a pixel of the row.
    #[inline]
    pub(crate) fn at(&self, x: usize, out: &mut [f32]) {
        self.part(x, 0, out);
    }

    /// As many of the values from `first` on as there is room for.
    #[inline]
    pub(crate) fn part(&self, x: usize, first: usize, out: &mut [f32]) {
        let stride = self.grid.stride;
        let column = x / self.grid.step;
        let t = ((x % self.grid.step) as f32 + 0.5) / self.grid.step as f32;
        let (left, right) = self.nodes[column * stride..][..2 * stride].split_at(stride);
        for ((out, a), b) in out.iter_mut().zip(&left[first..]).zip(&right[first..]) {
            *out = a + (b - a) * t;
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
        let mut row = grid.rows();
        let mut out = [0.0; 2];
        for y in [0, 15, 16, 34] {
            row.seek(y);
            for x in [0, 17, 49] {
                row.at(x, &mut out);
                assert!((out[0] - (2.0 * (x as f32 + 0.5) - (y as f32 + 0.5))).abs() < 1e-4);
                assert_eq!(out[1], 7.0);
            }
        }
    }
}
