//! A z-buffer: which triangle each pixel shows, and where on it. For cameras and for shadow maps.
//!
//! Vertices are snapped to 1/256 pixel and coverage is decided in integers (pixel centres, top-left rule), so
//! triangles that share an edge leave neither gap nor overlap, and the result is the same everywhere.
//! Nearness and the perspective's weight are both affine in the picture (Blinn 1992), which makes one
//! scan serve perspective and orthographic views.

use glam::Vec3;
use retake_simd::kernel;

/// A vertex in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScreenVertex {
    /// Position, px (pixel `i` covers `i` to `i + 1`).
    pub x: f32,
    /// Position, px, down.
    pub y: f32,
    /// What the z-buffer compares; greater is nearer. `1 / z` in perspective, `-z` in an orthographic view.
    pub nearness: f32,
    /// Perspective's weight of this vertex: `1 / z`, or 1 in an orthographic view. Not positive: behind the camera.
    pub weight: f32,
}

impl ScreenVertex {
    /// In perspective, from camera axes (right, down, forward; mm), focal length and principal point in px.
    pub fn perspective(camera: Vec3, focal: f32, principal: [f32; 2]) -> Self {
        let w = if camera.z > 1e-3 { 1.0 / camera.z } else { -1.0 };
        let scale = focal * w;
        Self {
            x: camera.x * scale + principal[0],
            y: camera.y * scale + principal[1],
            nearness: w,
            weight: w,
        }
    }

    /// In an orthographic view, from picture coordinates in px and the distance along the view.
    pub fn orthographic(x: f32, y: f32, distance: f32) -> Self {
        Self { x, y, nearness: -distance, weight: 1.0 }
    }
}

/// What a pixel shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fragment {
    /// Nearness, as in [`ScreenVertex`].
    pub nearness: f32,
    /// The number of the triangle, as given to [`Raster::draw`].
    pub triangle: u32,
    /// Shares of the triangle's three vertices, corrected for perspective; they sum to 1.
    pub shares: [f32; 3],
}

impl Fragment {
    /// The value here of an attribute with these values at the three vertices.
    pub fn mix<T>(&self, [a, b, c]: [T; 3]) -> T
    where
        T: core::ops::Mul<f32, Output = T> + core::ops::Add<Output = T>,
    {
        a * self.shares[0] + b * self.shares[1] + c * self.shares[2]
    }
}

/// Which sides of triangles are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// Those that run counter-clockwise in the picture as it is looked at (y down on the screen).
    Front,
    /// Both.
    Both,
}

/// A picture of triangle numbers.
#[derive(Clone, Debug)]
pub struct Raster {
    width: usize,
    height: usize,
    top: usize,
    /// Nearness of each pixel, `-inf` for nothing: apart from the rest, because most comparisons end with it.
    nearness: Vec<f32>,
    /// Triangle and shares of each pixel.
    shown: Vec<(u32, [f32; 3])>,
}

impl Raster {
    /// An empty picture, px.
    pub fn new(width: usize, height: usize) -> Self {
        Self::strip(width, 0, height)
    }

    /// An empty strip of `height` rows of a picture, from row `top` on: large pictures are drawn strip by
    /// strip, to keep the working set small.
    pub fn strip(width: usize, top: usize, height: usize) -> Self {
        let count = width * height;
        Self {
            width,
            height,
            top,
            nearness: vec![f32::NEG_INFINITY; count],
            shown: vec![(0, [0.0; 3]); count],
        }
    }

    /// Width, px.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height, px.
    pub fn height(&self) -> usize {
        self.height
    }

    /// What the pixel shows, with `y` counted from the top of the picture; `None` for nothing or outside.
    pub fn get(&self, x: usize, y: usize) -> Option<Fragment> {
        if x >= self.width || y < self.top {
            return None;
        }
        let pixel = (y - self.top) * self.width + x;
        let nearness = *self.nearness.get(pixel).filter(|n| **n > f32::NEG_INFINITY)?;
        let (triangle, shares) = self.shown[pixel];
        Some(Fragment { nearness, triangle, shares })
    }

    /// The share of 2x2 pixels, from this one to the right and down, that show nothing nearer.
    pub(super) fn unhidden(&self, [x, y]: [usize; 2], nearness: f32) -> f32 {
        let first = (y - self.top) * self.width + x;
        let (upper, lower) = (&self.nearness[first..first + 2], &self.nearness[first + self.width..][..2]);
        let seen = |n: f32| if n < nearness { 0.25 } else { 0.0 };
        seen(upper[0]) + seen(upper[1]) + seen(lower[0]) + seen(lower[1])
    }

    /// Draws triangles, numbered from `first` on. `keep` may cut holes: it is asked for each fragment that
    /// would be visible. A triangle that reaches behind the camera is left out as a whole.
    pub fn draw(
        &mut self,
        vertices: &[ScreenVertex],
        triangles: &[[u32; 3]],
        first: u32,
        sides: Sides,
        mut keep: impl FnMut(&Fragment) -> bool,
    ) {
        for (number, triangle) in (first..).zip(triangles) {
            let corners = triangle.map(|i| vertices[i as usize]);
            let (map, shown) = (&mut self.nearness, &mut self.shown);
            scan(&corners, self.width, [self.top, self.top + self.height], sides, |pixel, flat| {
                let nearness = blend(flat, corners.map(|c| c.nearness));
                if nearness <= map[pixel] {
                    return;
                }
                let inverse = 1.0 / blend(flat, corners.map(|c| c.weight));
                let shares = core::array::from_fn(|k| flat[k] * corners[k].weight * inverse);
                let fragment = Fragment { nearness, triangle: number, shares };
                if keep(&fragment) {
                    map[pixel] = nearness;
                    shown[pixel] = (number, shares);
                }
            });
        }
    }
}

/// A picture of nearness alone, for shadow maps.
#[derive(Clone, Debug)]
pub struct DepthMap {
    width: usize,
    height: usize,
    nearness: Vec<f32>,
}

impl DepthMap {
    /// An empty map, px.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, nearness: vec![f32::NEG_INFINITY; width * height] }
    }

    /// Nearness of what a pixel shows, `-inf` for nothing or outside.
    pub fn get(&self, x: isize, y: isize) -> f32 {
        if x < 0 || y < 0 || x >= self.width as isize || y >= self.height as isize {
            return f32::NEG_INFINITY;
        }
        self.nearness[y as usize * self.width + x as usize]
    }

    /// Nearness along a row of pixels, `-inf` for nothing.
    pub fn row(&self, y: usize) -> &[f32] {
        &self.nearness[y * self.width..][..self.width]
    }

    /// Forgets what was drawn.
    pub fn clear(&mut self) {
        self.nearness.fill(f32::NEG_INFINITY);
    }

    /// Draws triangles from both sides. A pixel on a shared edge takes the nearer of its triangles, so that
    /// coverage need not be exact, as it is in [`Raster::draw`].
    pub fn draw(&mut self, vertices: &[ScreenVertex], triangles: &[[u32; 3]]) {
        self.draw_facing(vertices, triangles, 0.0);
    }

    /// As [`Self::draw`], but only triangles whose area in the picture has the sign of `facing`.
    pub fn draw_facing(&mut self, vertices: &[ScreenVertex], triangles: &[[u32; 3]], facing: f32) {
        draw_depths(self, vertices, triangles, facing);
    }

    /// The share (0-1) of the four nearest pixels, bilinear, that show nothing nearer than `nearness` at
    /// this place, px (percentage-closer filtering, Reeves, Salesin and Cook 1987).
    pub fn unshadowed(&self, x: f32, y: f32, nearness: f32) -> f32 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (ix, iy) = (floor(x), floor(y));
        let (tx, ty) = (x - ix as f32, y - iy as f32);
        let inside = ix >= 0 && iy >= 0 && ix + 1 < self.width as isize && iy + 1 < self.height as isize;
        if inside {
            let i = iy as usize * self.width + ix as usize;
            let open = |pair: &[f32]| {
                let [a, b] = [pair[0], pair[1]].map(|v| if v <= nearness { 1.0 } else { 0.0 });
                a * (1.0 - tx) + b * tx
            };
            let (top, bottom) = (open(&self.nearness[i..i + 2]), open(&self.nearness[i + self.width..][..2]));
            return top * (1.0 - ty) + bottom * ty;
        }
        let open = |dx, dy| if self.get(ix + dx, iy + dy) <= nearness { 1.0 } else { 0.0 };
        let top = open(0, 0) * (1.0 - tx) + open(1, 0) * tx;
        let bottom = open(0, 1) * (1.0 - tx) + open(1, 1) * tx;
        top * (1.0 - ty) + bottom * ty
    }
}

kernel! {
    /// See [`DepthMap::draw_facing`].
    fn draw_depths(map: &mut DepthMap, vertices: &[ScreenVertex], triangles: &[[u32; 3]], facing: f32) {
        let most = [map.width as f32 - 1.0, map.height as f32 - 1.0];
        for [a, b, c] in triangles {
            let (a, b, c) = (vertices[*a as usize], vertices[*b as usize], vertices[*c as usize]);
            let ([ux, uy], [vx, vy]) = ([b.x - a.x, b.y - a.y], [c.x - a.x, c.y - a.y]);
            let area = ux * vy - uy * vx;
            if area * facing < 0.0 {
                continue;
            }
            let (x0, x1) = ends(a.x, b.x, c.x, most[0]);
            let (y0, y1) = ends(a.y, b.y, c.y, most[1]);
            if area == 0.0 || x1 < x0 as f32 || y1 < y0 as f32 {
                continue;
            }
            // Shares of b and c are affine in the picture.
            let inverse = 1.0 / area;
            let (right_b, down_b) = (vy * inverse, -vx * inverse);
            let (right_c, down_c) = (-uy * inverse, ux * inverse);
            let (rise_b, rise_c) = (b.nearness - a.nearness, c.nearness - a.nearness);
            let px = x0 as f32 + 0.5 - a.x;
            for y in y0..=y1 as usize {
                let py = y as f32 + 0.5 - a.y;
                let (from_b, from_c) = (px * right_b + py * down_b, px * right_c + py * down_c);
                let slots = &mut map.nearness[y * map.width + x0..=y * map.width + x1 as usize];
                for (i, slot) in (0i32..).zip(slots) {
                    let (b, c) = (from_b + i as f32 * right_b, from_c + i as f32 * right_c);
                    let nearer = slot.max(a.nearness + rise_b * b + rise_c * c);
                    let inside = b.min(c).min(1.0 - b - c) >= -1e-5;
                    *slot = if inside { nearer } else { *slot };
                }
            }
        }
    }
}

/// The first pixel whose centre lies at or after the least of three coordinates, and the greatest of them, at most `most`,
/// in pixels' centres.
#[inline(always)]
fn ends(a: f32, b: f32, c: f32, most: f32) -> (usize, f32) {
    let (low, high) = (a.min(b).min(c) - 0.5, a.max(b).max(c) - 0.5);
    let first = low.max(0.0) as usize;
    (first + usize::from((first as f32) < low), high.min(most))
}

/// Steps of a pixel that vertices are snapped to.
const SUBPIXEL: i64 = 1 << SUBPIXEL_BITS;
const SUBPIXEL_BITS: u32 = 8;
/// Pixels across a triangle up to which rows are searched for its ends.
const NARROW: i64 = 12;

/// The whole number below, without a call.
pub(super) fn floor(value: f32) -> isize {
    let whole = value as isize;
    whole - isize::from(value < whole as f32)
}

fn blend(flat: [f32; 3], values: [f32; 3]) -> f32 {
    flat[0] * values[0] + flat[1] * values[1] + flat[2] * values[2]
}

/// Calls `visit(pixel index, flat shares)` for every pixel whose centre the triangle covers, row by row,
/// between two rows; the index counts from the first of them.
fn scan(
    corners: &[ScreenVertex; 3],
    width: usize,
    rows: [usize; 2],
    sides: Sides,
    mut visit: impl FnMut(usize, [f32; 3]),
) {
    const REACH: f32 = (1 << 20) as f32;
    let [low, high] = [f32::min, f32::max].map(|f| f(f(corners[0].y, corners[1].y), corners[2].y));
    let outside = high < rows[0] as f32 || low > rows[1] as f32 || low <= -REACH || high >= REACH;
    if outside
        || corners.iter().any(|c| c.weight <= 0.0 || c.x.is_nan() || c.x.abs() >= REACH || c.y.is_nan())
    {
        return;
    }
    let mut p = corners.map(|c| [snap(c.x), snap(c.y)]);
    let span = |k: usize, [start, end]: [usize; 2]| {
        let low = p[0][k].min(p[1][k]).min(p[2][k]);
        let high = p[0][k].max(p[1][k]).max(p[2][k]);
        // Pixel centres lie at (i + 1/2) * SUBPIXEL; shifts round down.
        let from = ((low + SUBPIXEL / 2 - 1) >> SUBPIXEL_BITS).max(start as i64);
        let to = ((high - SUBPIXEL / 2) >> SUBPIXEL_BITS).min(end as i64 - 1);
        (from, to)
    };
    let ((x0, x1), (y0, y1)) = (span(0, [0, width]), span(1, rows));
    if x0 > x1 || y0 > y1 {
        return;
    }
    let mut order = [0, 1, 2];
    // Twice the area, positive for clockwise in a picture whose y runs down.
    let mut area = (p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) - (p[1][1] - p[0][1]) * (p[2][0] - p[0][0]);
    if area < 0 {
        p.swap(1, 2);
        order.swap(1, 2);
        area = -area;
    } else if sides == Sides::Front {
        return;
    }
    if area == 0 {
        return;
    }
    let centre = [x0, y0].map(|i| i * SUBPIXEL + SUBPIXEL / 2);
    let edges = [0, 1, 2].map(|k| Edge::new(p[(k + 1) % 3], p[(k + 2) % 3], centre));
    let scale = 1.0 / area as f32;
    for y in y0..=y1 {
        let row = edges.map(|e| e.start + (y - y0) * e.down);
        let (mut from, mut to) = (0, x1 - x0);
        if x1 - x0 > NARROW {
            for (edge, value) in edges.iter().zip(row) {
                (from, to) = edge.clip(value, from, to);
            }
        } else {
            // Trying every pixel costs less than the divisions of clipping; insides are one run.
            let inside = |x: i64| (0..3).fold(0, |sign, k| sign | (row[k] + x * edges[k].right)) >= 0;
            while from <= to && !inside(from) {
                from += 1;
            }
            while to >= from && !inside(to) {
                to -= 1;
            }
        }
        let base = (y as usize - rows[0]) * width + x0 as usize;
        for x in from..=to {
            let mut flat = [0.0; 3];
            for k in 0..3 {
                flat[order[k]] = (row[k] + x * edges[k].right) as f32 * scale;
            }
            visit(base + x as usize, flat);
        }
    }
}

/// A coordinate in steps of [`SUBPIXEL`], to the nearest.
fn snap(value: f32) -> i64 {
    // Shifted to be positive, where the cast rounds down.
    const SHIFT: i64 = 1 << 30;
    (f64::from(value) * SUBPIXEL as f64 + (SHIFT as f64 + 0.5)) as i64 - SHIFT
}

/// The edge function of one side of a triangle: positive inside.
#[derive(Clone, Copy)]
struct Edge {
    /// At the first pixel's centre, less what the rule of top and left edges asks for.
    start: i64,
    /// Its change from pixel to pixel.
    right: i64,
    down: i64,
}

impl Edge {
    fn new(a: [i64; 2], b: [i64; 2], centre: [i64; 2]) -> Self {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let owns = dy < 0 || (dy == 0 && dx > 0);
        let value = dx * (centre[1] - a[1]) - dy * (centre[0] - a[0]);
        Self { start: value - i64::from(!owns), right: -dy * SUBPIXEL, down: dx * SUBPIXEL }
    }

    /// The pixels of `from..=to` where the function, `value` at pixel 0 of the row, is not negative.
    fn clip(&self, value: i64, from: i64, to: i64) -> (i64, i64) {
        match self.right {
            0 if value < 0 => (0, -1),
            0 => (from, to),
            right if right > 0 => (from.max(-(value.div_euclid(right))), to),
            right => (from, to.min(value.div_euclid(-right))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    fn random_vertex(rng: &mut Stream, size: f64) -> ScreenVertex {
        let w = rng.range(0.2, 2.0) as f32;
        let place = |rng: &mut Stream| (rng.range(-0.3, 1.3) * size * 256.0).round() as f32 / 256.0;
        ScreenVertex { x: place(rng), y: place(rng), nearness: w, weight: w }
    }

    /// Barycentric coordinates by Cramer's rule in f64.
    fn barycentric(v: &[ScreenVertex; 3], x: f64, y: f64) -> [f64; 3] {
        let cross = |a: (f64, f64), b: (f64, f64), c: (f64, f64)| {
            (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
        };
        let [a, b, c] = v.map(|v| (f64::from(v.x), f64::from(v.y)));
        let p = (x, y);
        let area = cross(a, b, c);
        [cross(b, c, p) / area, cross(c, a, p) / area, cross(a, b, p) / area]
    }

    #[test]
    fn coverage_and_shares_match_point_in_triangle() {
        let mut rng = Stream::new("raster", 1, 0);
        for _ in 0..200 {
            let v: [ScreenVertex; 3] = core::array::from_fn(|_| random_vertex(&mut rng, 24.0));
            let mut raster = Raster::new(24, 20);
            raster.draw(&v, &[[0, 1, 2]], 5, Sides::Both, |_| true);
            for y in 0..20 {
                for x in 0..24 {
                    let flat = barycentric(&v, x as f64 + 0.5, y as f64 + 0.5);
                    let least = flat.iter().copied().fold(f64::INFINITY, f64::min);
                    let fragment = raster.get(x, y);
                    if least.abs() > 1e-9 {
                        assert_eq!(fragment.is_some(), least > 0.0, "{v:?} {x} {y}");
                    }
                    let Some(fragment) = fragment else { continue };
                    let sum: f64 = (0..3).map(|k| flat[k] * f64::from(v[k].weight)).sum();
                    for k in 0..3 {
                        let expected = flat[k] * f64::from(v[k].weight) / sum;
                        assert!((f64::from(fragment.shares[k]) - expected).abs() < 1e-4);
                    }
                    assert_eq!(fragment.triangle, 5);
                }
            }
        }
    }

    #[test]
    fn neighbours_share_an_edge_without_gap_or_overlap() {
        let mut rng = Stream::new("raster", 2, 0);
        for _ in 0..100 {
            // A fan round an inner point covers a quadrilateral exactly once.
            let inner = ScreenVertex { x: 8.5, y: 8.5, nearness: 1.0, weight: 1.0 };
            let corner = |rng: &mut Stream, x: f64, y: f64| {
                let shift = |rng: &mut Stream| (rng.range(-4.0, 4.0) * 2.0).round() / 2.0;
                ScreenVertex {
                    x: (x + shift(rng)) as f32,
                    y: (y + shift(rng)) as f32,
                    nearness: 1.0,
                    weight: 1.0,
                }
            };
            let ring =
                [(1.0, 1.0), (15.0, 1.0), (15.0, 15.0), (1.0, 15.0)].map(|(x, y)| corner(&mut rng, x, y));
            let mut count = vec![0; 256];
            let mut whole = vec![0; 256];
            for k in 0..4 {
                scan(&[inner, ring[k], ring[(k + 1) % 4]], 16, [0, 16], Sides::Both, |i, _| count[i] += 1);
            }
            for t in [[0, 1, 2], [0, 2, 3]] {
                let area = |t: [usize; 3]| {
                    let [a, b, c] = t.map(|i| ring[i]);
                    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
                };
                assert!(area(t) > 0.0);
                scan(&t.map(|i| ring[i]), 16, [0, 16], Sides::Both, |i, _| whole[i] += 1);
            }
            assert_eq!(count, whole);
            assert!(count.iter().all(|c| *c <= 1));
        }
    }

    #[test]
    fn the_nearer_triangle_wins_in_any_order() {
        let plane = |nearness: f32| {
            [(0.0, 0.0), (30.0, 0.0), (0.0, 30.0)].map(|(x, y)| ScreenVertex { x, y, nearness, weight: 1.0 })
        };
        for order in [[1.0, 2.0], [2.0, 1.0]] {
            let mut raster = Raster::new(4, 4);
            for nearness in order {
                raster.draw(&plane(nearness), &[[0, 1, 2]], nearness as u32, Sides::Both, |_| true);
            }
            assert!((0..16).all(|i| raster.get(i % 4, i / 4).unwrap().triangle == 2));
        }
    }

    #[test]
    fn back_sides_and_what_lies_behind_the_camera_are_left_out() {
        let v = [(0.0, 0.0), (0.0, 4.0), (4.0, 0.0)].map(|(x, y)| ScreenVertex {
            x,
            y,
            nearness: 1.0,
            weight: 1.0,
        });
        let count = |v: &[ScreenVertex], t: [u32; 3]| {
            let mut raster = Raster::new(4, 4);
            raster.draw(v, &[t], 0, Sides::Front, |_| true);
            (0..16).filter(|i| raster.get(i % 4, i / 4).is_some()).count()
        };
        assert!(count(&v, [0, 1, 2]) > 0);
        assert_eq!(count(&v, [0, 2, 1]), 0);
        let behind = [v[0], v[1], ScreenVertex::perspective(Vec3::new(1.0, 1.0, -5.0), 10.0, [2.0, 2.0])];
        assert_eq!(count(&behind, [0, 1, 2]), 0);
    }
}
