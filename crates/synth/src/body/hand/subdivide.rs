//! Loop subdivision, prepared once for a mesh and applied to any values on its points.
//!
//! Source: Charles Loop, *Smooth subdivision surfaces based on triangles* (1987), with the simplified
//! vertex weight of Warren (3/16 for valence three, 3/(8 n) above) and cubic B-splines along open edges.
//! A fingertip that fills a picture needs finer triangles than the model has; since the rule is linear, every
//! pose uses the same weights, and light that was worked out on the coarse points spreads by them, too.

use core::ops::{Add, Mul};
use std::collections::BTreeMap;

/// One round of subdivision: each triangle `i` becomes the triangles `4 i .. 4 i + 4`. The first new points are
/// the old ones, smoothed.
#[derive(Debug)]
pub(super) struct Level {
    /// Where the entries of each new point begin, and one more.
    starts: Vec<u32>,
    /// Old point and its weight.
    entries: Vec<(u32, f32)>,
    /// The finer triangles.
    pub(super) triangles: Vec<[u32; 3]>,
}

#[derive(Default)]
struct Edge {
    /// Number of the edge, in the order of its ends.
    number: u32,
    /// The points opposite to it; one on an open edge.
    opposite: Vec<u32>,
}

impl Level {
    /// Prepares a mesh of `points` points.
    pub(super) fn new(points: usize, triangles: &[[u32; 3]]) -> Self {
        let mut edges: BTreeMap<(u32, u32), Edge> = BTreeMap::new();
        for t in triangles {
            for k in 0..3 {
                edges.entry(ends(t[k], t[(k + 1) % 3])).or_default().opposite.push(t[(k + 2) % 3]);
            }
        }
        for (number, edge) in (points as u32..).zip(edges.values_mut()) {
            edge.number = number;
        }
        let mut level = Self { starts: vec![0], entries: Vec::new(), triangles: Vec::new() };
        for (point, (all, open)) in (0..).zip(neighbours(points, &edges)) {
            level.push_point(point, &all, &open);
        }
        for (&(a, b), edge) in &edges {
            level.push_edge(a, b, &edge.opposite);
        }
        for t in triangles {
            let [ab, bc, ca] = [0, 1, 2].map(|k| edges[&ends(t[k], t[(k + 1) % 3])].number);
            let [a, b, c] = *t;
            level.triangles.extend([[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]);
        }
        level
    }

    fn push_point(&mut self, point: u32, all: &[u32], open: &[u32]) {
        if let [a, b] = open {
            self.entries.extend([(point, 0.75), (*a, 0.125), (*b, 0.125)]);
        } else {
            let n = all.len() as f32;
            let share = if all.len() == 3 { 3.0 / 16.0 } else { 3.0 / (8.0 * n.max(1.0)) };
            self.entries.push((point, 1.0 - n * share));
            self.entries.extend(all.iter().map(|p| (*p, share)));
        }
        self.starts.push(self.entries.len() as u32);
    }

    fn push_edge(&mut self, a: u32, b: u32, opposite: &[u32]) {
        if let [c, d] = opposite {
            self.entries.extend([(a, 0.375), (b, 0.375), (*c, 0.125), (*d, 0.125)]);
        } else {
            self.entries.extend([(a, 0.5), (b, 0.5)]);
        }
        self.starts.push(self.entries.len() as u32);
    }

    /// Number of points after it.
    pub(super) fn points(&self) -> usize {
        self.starts.len() - 1
    }

    /// The values on the finer mesh.
    pub(super) fn apply<T>(&self, values: &[T]) -> Vec<T>
    where
        T: Copy + Add<Output = T> + Mul<f32, Output = T>,
    {
        self.apply_first(values, self.points())
    }

    /// The values on the first `count` points of the finer mesh.
    pub(super) fn apply_first<T>(&self, values: &[T], count: usize) -> Vec<T>
    where
        T: Copy + Add<Output = T> + Mul<f32, Output = T>,
    {
        let range = |w: &[u32]| w[0] as usize..w[1] as usize;
        (self.starts[..=count].windows(2))
            .map(|w| {
                let entries = &self.entries[range(w)];
                let (first, share) = entries[0];
                let start = values[first as usize] * share;
                entries[1..].iter().fold(start, |sum, (i, share)| sum + values[*i as usize] * *share)
            })
            .collect()
    }
}

fn ends(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

/// For each point all its neighbours, and those along open edges.
fn neighbours(points: usize, edges: &BTreeMap<(u32, u32), Edge>) -> Vec<(Vec<u32>, Vec<u32>)> {
    let mut lists = vec![(Vec::new(), Vec::new()); points];
    for (&(a, b), edge) in edges {
        for (from, to) in [(a, b), (b, a)] {
            let (all, open) = &mut lists[from as usize];
            all.push(to);
            if edge.opposite.len() == 1 {
                open.push(to);
            }
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use super::*;

    const OCTAHEDRON: [[u32; 3]; 8] =
        [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]];

    #[test]
    fn a_closed_mesh_grows_by_its_edges_and_stays_closed() {
        let level = Level::new(6, &OCTAHEDRON);
        assert_eq!((level.points(), level.triangles.len()), (6 + 12, 32));
        let mut directed = BTreeMap::new();
        for t in &level.triangles {
            for k in 0..3 {
                *directed.entry((t[k], t[(k + 1) % 3])).or_insert(0) += 1;
            }
        }
        assert!(directed.iter().all(|(&(a, b), n)| *n == 1 && directed.contains_key(&(b, a))));
    }

    #[test]
    fn weights_sum_to_one_and_flat_stays_flat() {
        let fan = [[0u32, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1]];
        let level = Level::new(5, &fan);
        assert!(level.apply(&[1.0f32; 5]).iter().all(|v| (v - 1.0).abs() < 1e-6));
        let flat =
            [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)].map(|(x, y)| Vec3::new(x, y, 2.0));
        let finer = level.apply(&flat);
        assert!(finer.iter().all(|p| (p.z - 2.0).abs() < 1e-6));
        // Open edges: the middle of an edge, and three quarters of a corner with its two neighbours' eighths.
        assert_eq!(finer[1], Vec3::new(0.75, 0.0, 2.0));
        assert!(finer.contains(&Vec3::new(0.5, 0.5, 2.0)));
    }
}
