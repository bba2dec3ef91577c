//! The fine values of a material along the rows of a picture: computed at nodes some pixels apart, interpolated between
//! them.

use super::Fine;

/// A cursor over the rows of a picture, from top to bottom. Nodes lie on the middles of pixels.
#[derive(Clone, Debug)]
pub(crate) struct FineRows {
    step: usize,
    /// The row of nodes that `above` holds; `below` holds the next.
    node_row: Option<usize>,
    above: Vec<Fine>,
    below: Vec<Fine>,
    /// The nodes' columns at the current row of pixels.
    row: Vec<Fine>,
}

impl FineRows {
    /// For rows of `width` pixels, with nodes every `step` of them.
    pub(crate) fn new(width: usize, step: usize) -> Self {
        let nodes = vec![[0.0; 6]; width.div_ceil(step) + 1];
        Self { step, node_row: None, above: nodes.clone(), below: nodes.clone(), row: nodes }
    }

    /// Moves to a row of pixels. `fill` gets a row of pixels that needs nodes, and gives the values of the nodes every
    /// `step` pixels along it; both may lie up to a step outside of the picture.
    pub(crate) fn seek(&mut self, y: usize, mut fill: impl FnMut(usize, usize, &mut [Fine])) {
        let row = y / self.step;
        if self.node_row != Some(row) {
            if row > 0 && self.node_row == Some(row - 1) {
                core::mem::swap(&mut self.above, &mut self.below);
            } else {
                fill(row * self.step, self.step, &mut self.above);
            }
            fill((row + 1) * self.step, self.step, &mut self.below);
            self.node_row = Some(row);
        }
        let t = (y % self.step) as f32 / self.step as f32;
        for (node, (a, b)) in self.row.iter_mut().zip(self.above.iter().zip(&self.below)) {
            *node = lerp(a, b, t);
        }
    }

    /// The values at a pixel of the row.
    #[inline]
    pub(crate) fn at(&self, x: usize) -> Fine {
        let column = x / self.step;
        let t = (x % self.step) as f32 / self.step as f32;
        lerp(&self.row[column], &self.row[column + 1], t)
    }
}

#[inline]
fn lerp(a: &Fine, b: &Fine, t: f32) -> Fine {
    core::array::from_fn(|k| a[k] + (b[k] - a[k]) * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_fields_come_back_exactly_at_every_step() {
        let (width, height) = (37, 23);
        let field = |x: usize, y: usize| 0.5 * x as f32 - 2.0 * y as f32 + 1.0;
        for step in 1..=8 {
            let mut rows = FineRows::new(width, step);
            for y in 0..height {
                rows.seek(y, |y, step, nodes| {
                    for (i, node) in nodes.iter_mut().enumerate() {
                        node[2] = field(i * step, y);
                    }
                });
                for x in 0..width {
                    assert!((rows.at(x)[2] - field(x, y)).abs() < 1e-4, "{step}: {x} {y}");
                }
            }
        }
    }
}
