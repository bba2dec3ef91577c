//! A surface that is worked out at nodes some pixels apart, and interpolated between those that lie on one smooth piece of
//! it.

use glam::Vec4;

/// The layer of a node that has not been asked for yet.
const UNKNOWN: u32 = u32::MAX;

/// What a picture shows at one pixel: a layer, its nearness, and values that may be interpolated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<const N: usize> {
    layer: u32,
    nearness: f32,
    values: [Vec4; N],
}

impl<const N: usize> Node<N> {
    /// A place that shows nothing, or nothing smooth.
    pub(super) const EMPTY: Self = Self { layer: UNKNOWN - 1, ..Self::UNASKED };
    const UNASKED: Self = Self { layer: UNKNOWN, nearness: 0.0, values: [Vec4::ZERO; N] };

    /// A place on a smooth layer; nearness is that of [`super::raster::ScreenVertex`].
    pub(super) fn new(layer: u32, nearness: f32, values: [Vec4; N]) -> Self {
        Self { layer, nearness, values }
    }
}

/// Two rows of nodes, each worked out when it is first asked for, and one row of pixels between them.
#[derive(Debug)]
pub(super) struct Lattice<const N: usize> {
    /// Pixels between nodes.
    step: usize,
    /// Change of nearness from a node to a pixel, as a share, from which an edge lies between.
    edge: f32,
    /// Number of the upper row.
    row: usize,
    rows: [Vec<Node<N>>; 2],
    /// The row of pixels.
    y: usize,
    /// What lies on the row of pixels between the nodes of each column, likewise worked out when it is asked for.
    between: Vec<Between<N>>,
}

/// A place between the upper and the lower node of a column.
#[derive(Clone, Copy, Debug)]
struct Between<const N: usize> {
    /// The row of pixels that it was worked out for.
    y: usize,
    /// The layer of both.
    layer: u32,
    /// The least and the greatest of their nearness.
    nearness: [f32; 2],
    values: [Vec4; N],
}

impl<const N: usize> Between<N> {
    const UNASKED: Self = Self { y: usize::MAX, layer: UNKNOWN, nearness: [0.0; 2], values: [Vec4::ZERO; N] };

    fn new(y: usize, upper: &Node<N>, lower: &Node<N>, t: f32) -> Self {
        let layer = if upper.layer == lower.layer { upper.layer } else { Node::<N>::EMPTY.layer };
        let nearness = [upper.nearness.min(lower.nearness), upper.nearness.max(lower.nearness)];
        Self { y, layer, nearness, values: mix(&upper.values, &lower.values, t) }
    }

    /// Whether it lies on the surface that a pixel shows.
    #[inline(always)]
    fn shows(&self, layer: u32, nearness: f32, edge: f32) -> bool {
        let near = edge * nearness;
        self.layer == layer && nearness - self.nearness[0] < near && self.nearness[1] - nearness < near
    }
}

impl<const N: usize> Lattice<N> {
    /// Nodes over a picture of this width, px.
    pub(super) fn new(width: usize, step: usize, edge: f32) -> Self {
        let count = width / step + 2;
        let row = vec![Node::UNASKED; count];
        let between = vec![Between::UNASKED; count];
        Self { step, edge, row: usize::MAX, rows: [row.clone(), row], y: 0, between }
    }

    /// How many rows of pixels below its own the nodes of a row of pixels lie at most.
    pub(super) fn reach(&self) -> usize {
        self.step - 1
    }

    /// Goes to a row of pixels.
    pub(super) fn seek(&mut self, y: usize) {
        self.y = y;
        let row = y / self.step;
        if row == self.row {
            return;
        }
        if Some(row) == self.row.checked_add(1) {
            self.rows.swap(0, 1);
        } else {
            self.rows[0].fill(Node::UNASKED);
        }
        self.rows[1].fill(Node::UNASKED);
        self.row = row;
    }

    /// The values of a layer at a pixel of the row, interpolated between nodes, which `ask` gives for their pixels; `None`
    /// near an edge, or where nodes are no coarser than pixels.
    #[inline]
    pub(super) fn at(
        &mut self,
        ask: impl Fn(usize, usize) -> Node<N>,
        x: usize,
        layer: u32,
        nearness: f32,
    ) -> Option<[Vec4; N]> {
        if self.step == 1 {
            return None;
        }
        let (step, edge) = (self.step, self.edge);
        let (column, x) = (x / step, x % step);
        if !self.between(&ask, column).shows(layer, nearness, edge) {
            return None;
        }
        if x == 0 {
            return Some(self.between[column].values);
        }
        let shows = self.between(&ask, column + 1).shows(layer, nearness, edge);
        let [left, right] = [column, column + 1].map(|k| &self.between[k].values);
        shows.then(|| mix(left, right, x as f32 / step as f32))
    }

    #[inline(always)]
    fn between(&mut self, ask: &impl Fn(usize, usize) -> Node<N>, column: usize) -> &Between<N> {
        if self.between[column].y != self.y {
            self.between[column] = self.down(ask, column);
        }
        &self.between[column]
    }

    /// What lies on the row of pixels in a column.
    #[inline(never)]
    fn down(&mut self, ask: &impl Fn(usize, usize) -> Node<N>, column: usize) -> Between<N> {
        let upper = *self.node(ask, 0, column);
        let (y, step, below) = (self.y, self.step, self.y % self.step);
        if below == 0 || upper.layer == Node::<N>::EMPTY.layer {
            return Between::new(y, &upper, &upper, 0.0);
        }
        Between::new(y, &upper, self.node(ask, 1, column), below as f32 / step as f32)
    }

    #[inline]
    fn node(&mut self, ask: &impl Fn(usize, usize) -> Node<N>, k: usize, column: usize) -> &Node<N> {
        if self.rows[k][column].layer == UNKNOWN {
            self.rows[k][column] = ask(column * self.step, (self.row + k) * self.step);
        }
        &self.rows[k][column]
    }
}

#[inline(always)]
fn mix<const N: usize>(a: &[Vec4; N], b: &[Vec4; N], t: f32) -> [Vec4; N] {
    let mut mixed = *a;
    for (a, b) in mixed.iter_mut().zip(b) {
        *a += (*b - *a) * t;
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_pieces_are_interpolated_and_edges_are_left_alone() {
        const STEP: usize = 4;
        let plane = |x: usize, y: usize| Vec4::new(x as f32, y as f32, (x + 2 * y) as f32, 1.0);
        let asked = std::cell::RefCell::new(Vec::new());
        // Layer 7 left of column 20, nearer from row 12 on.
        let nearness = |y: usize| if y < 12 { 1.0 } else { 1.1 };
        let ask = |x: usize, y: usize| {
            asked.borrow_mut().push((x, y));
            if x < 20 { Node::new(7, nearness(y), [plane(x, y)]) } else { Node::EMPTY }
        };
        let mut lattice = Lattice::new(24, STEP, 0.01);
        for y in 0..16 {
            lattice.seek(y);
            for x in 0..20 {
                let found = lattice.at(ask, x, 7, nearness(y));
                let inside = x <= 16 && !(9..12).contains(&y) && y <= 12;
                let expected = inside.then(|| [plane(x, y)]);
                if y <= 12 {
                    assert_eq!(found, expected, "{x} {y}");
                }
                assert_eq!(lattice.at(ask, x, 8, nearness(y)), None);
            }
        }
        // Each node once, however many pixels lie about it.
        let mut once = asked.borrow().clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), asked.borrow().len());
        assert_eq!(Lattice::new(24, 1, 0.01).at(ask, 3, 7, 1.0), None);
    }
}
