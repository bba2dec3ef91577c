//! From a mask to the lines around it, coarse enough to be small and fine enough to be seen.

use std::collections::BTreeMap;

use retake_label::Mask;

/// The mask is judged on a grid of at most this many cells in a row or column.
const CELLS: u32 = 320;
/// How far a simplified line may leave the true one, cells.
const TOLERANCE: f64 = 1.1;
/// Only the largest loops are kept: a mask of speckles must not fill the page.
const LOOPS: usize = 24;
/// Loops smaller than this many cells are dropped beside larger ones.
const SPECK: f64 = 12.0;

/// Closed lines around the mask, in px of the mask; holes have lines of their own.
pub(super) fn outline(mask: &Mask) -> Vec<Vec<[f64; 2]>> {
    let grid = Grid::of(mask);
    let mut loops: Vec<_> = grid.loops().into_iter().map(|points| line(&points)).collect();
    // Stable, so that equal areas stay in the order of the picture.
    loops.sort_by(|a, b| area(b).total_cmp(&area(a)));
    let specks = loops.iter().position(|points| area(points) < 2.0 * SPECK).unwrap_or(loops.len());
    loops.truncate(specks.clamp(1, LOOPS));
    let scale = f64::from(grid.step);
    let end = [mask.width(), mask.height()].map(f64::from);
    for point in loops.iter_mut().flatten() {
        *point = [0, 1].map(|axis| (point[axis] * scale).min(end[axis]));
    }
    loops
}

/// The mask with `step` x `step` pixels as one cell.
struct Grid {
    step: u32,
    width: i32,
    height: i32,
    cells: Vec<bool>,
}

impl Grid {
    fn of(mask: &Mask) -> Self {
        let (w, h) = (mask.width(), mask.height());
        let step = w.max(h).div_ceil(CELLS).max(1);
        let (width, height) = (w.div_ceil(step), h.div_ceil(step));
        let mut counts = vec![0u32; (width * height) as usize];
        let mut row = vec![false; w as usize];
        for y in 0..h {
            mask.load(y as usize * w as usize, &mut row);
            let start = (y / step * width) as usize;
            for (x, bit) in row.iter().enumerate() {
                counts[start + x / step as usize] += u32::from(*bit);
            }
        }
        let whole = step * step;
        let half = counts.iter().map(|n| 2 * n >= whole).collect::<Vec<_>>();
        // What is thinner than a cell must not vanish.
        let cells = if half.contains(&true) { half } else { counts.iter().map(|n| *n > 0).collect() };
        Self { step, width: width as i32, height: height as i32, cells }
    }

    fn set(&self, x: i32, y: i32) -> bool {
        (0..self.width).contains(&x)
            && (0..self.height).contains(&y)
            && self.cells[(y * self.width + x) as usize]
    }

    /// The edges between set and unset cells, joined into closed lines with the set cells on their right.
    fn loops(&self) -> Vec<Vec<[i32; 2]>> {
        let mut edges: BTreeMap<[i32; 2], Vec<[i32; 2]>> = BTreeMap::new();
        for y in 0..self.height {
            for x in (0..self.width).filter(|x| self.set(*x, y)) {
                let sides = [
                    ([0, -1], [x, y], [x + 1, y]),
                    ([1, 0], [x + 1, y], [x + 1, y + 1]),
                    ([0, 1], [x + 1, y + 1], [x, y + 1]),
                    ([-1, 0], [x, y + 1], [x, y]),
                ];
                for ([dx, dy], from, to) in sides {
                    if !self.set(x + dx, y + dy) {
                        edges.entry(from).or_default().push(to);
                    }
                }
            }
        }
        let mut loops = Vec::new();
        while let Some(start) = edges.keys().next().copied() {
            let (mut points, mut at) = (Vec::new(), start);
            // As many edges lead to a point as away from it, so the walk ends where it began.
            while let Some(next) = edges.get_mut(&at).and_then(Vec::pop) {
                if edges[&at].is_empty() {
                    edges.remove(&at);
                }
                points.push(at);
                at = next;
            }
            loops.push(points);
        }
        loops
    }
}

/// Twice the area within a closed line, without its sign.
fn area(points: &[[f64; 2]]) -> f64 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>().abs()
}

/// A closed line with fewer points, unless it is so small that nothing would be left of it.
fn line(points: &[[i32; 2]]) -> Vec<[f64; 2]> {
    let simple = simplified(points);
    if simple.len() > 2 { simple } else { points.iter().map(|p| p.map(f64::from)).collect() }
}

/// Douglas and Peucker's simplification (1973) of a closed line, split at the point farthest from the first.
fn simplified(points: &[[i32; 2]]) -> Vec<[f64; 2]> {
    let points: Vec<[f64; 2]> = points.iter().map(|p| p.map(f64::from)).collect();
    let Some(first) = points.first().copied() else { return points };
    let squared =
        |p: &[f64; 2]| (p[0] - first[0]) * (p[0] - first[0]) + (p[1] - first[1]) * (p[1] - first[1]);
    let far =
        (0..points.len()).max_by(|a, b| squared(&points[*a]).total_cmp(&squared(&points[*b]))).unwrap_or(0);
    let closed: Vec<_> = points.iter().copied().chain([first]).collect();
    let mut out = vec![first];
    simplify(&closed[..=far], &mut out);
    simplify(&closed[far..], &mut out);
    out.pop();
    out
}

/// Adds the simplified line after its first point.
fn simplify(points: &[[f64; 2]], out: &mut Vec<[f64; 2]>) {
    let [a, .., b] = points else { return };
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length = (dx * dx + dy * dy).sqrt();
    let distance = |p: &[f64; 2]| {
        let (x, y) = (p[0] - a[0], p[1] - a[1]);
        if length > 0.0 { (x * dy - y * dx).abs() / length } else { (x * x + y * y).sqrt() }
    };
    let inner = 1..points.len() - 1;
    let split = inner.max_by(|i, j| distance(&points[*i]).total_cmp(&distance(&points[*j])));
    match split.filter(|i| distance(&points[*i]) > TOLERANCE) {
        Some(i) => {
            simplify(&points[..=i], out);
            simplify(&points[i..], out);
        }
        None => out.push(*b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(width: u32, height: u32, inside: impl Fn(u32, u32) -> bool) -> Mask {
        let mut mask = Mask::new(width, height);
        for y in 0..height {
            for x in 0..width {
                mask.set(x, y, inside(x, y));
            }
        }
        mask
    }

    #[test]
    fn a_rectangle_has_four_corners() {
        let found = outline(&mask(100, 80, |x, y| (10..60).contains(&x) && (20..50).contains(&y)));
        assert_eq!(found.len(), 1);
        let mut corners = found[0].clone();
        corners.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(corners, [[10.0, 20.0], [10.0, 50.0], [60.0, 20.0], [60.0, 50.0]]);
    }

    #[test]
    fn a_ring_has_two_lines_of_the_right_area() {
        let (inner, outer) = (100.0, 220.0);
        let ring = |x: u32, y: u32| {
            let (x, y) = (f64::from(x) - 300.0, f64::from(y) - 250.0);
            (inner * inner..outer * outer).contains(&(x * x + y * y))
        };
        let found = outline(&mask(600, 500, ring));
        assert_eq!(found.len(), 2);
        for (points, radius) in found.iter().zip([outer, inner]) {
            let (seen, true_area) = (area(points) / 2.0, std::f64::consts::PI * radius * radius);
            assert!((seen / true_area - 1.0).abs() < 0.03, "{seen} {true_area}");
            assert!(points.len() < 80, "{} points", points.len());
        }
    }

    #[test]
    fn speckles_are_bounded_and_a_single_pixel_is_seen() {
        let found = outline(&mask(1000, 1000, |x, y| x % 10 < 6 && y % 10 < 6));
        assert_eq!(found.len(), LOOPS);
        let found = outline(&mask(1600, 1200, |x, y| (x, y) == (1599, 1199)));
        assert_eq!(found.len(), 1);
        assert!(found[0].iter().all(|p| p[0] <= 1600.0 && p[1] <= 1200.0));
        assert!(outline(&mask(30, 30, |_, _| false)).is_empty());
    }

    #[test]
    fn cells_that_touch_at_a_corner_stay_closed_lines() {
        let found = outline(&mask(4, 4, |x, y| (x + y) % 2 == 0));
        let total: f64 = found.iter().map(|points| area(points) / 2.0).sum();
        assert!(!found.is_empty() && total > 0.0);
    }
}
