//! A z-buffer: which triangle each pixel shows, and where on it. For cameras and for shadow maps.
//!
//! A pixel is covered when its centre lies in the triangle or a rounding outside of it, so that triangles that
//! share an edge leave no gap; of both, the nearer one is shown. Nearness and the perspective's weight are both
//! affine in the picture (Blinn 1992), which makes one loop serve perspective and orthographic views. The picture
//! holds numbers alone: where on its triangle a pixel lies is worked out for those that are shaded.

use glam::Vec3;
use retake_simd::kernel;

/// A vertex in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
    /// The place of a pixel's centre on a triangle that it shows.
    #[inline]
    pub fn of(triangle: u32, nearness: f32, [a, b, c]: [ScreenVertex; 3], x: usize, y: usize) -> Self {
        let ([ux, uy], [vx, vy]) = ([b.x - a.x, b.y - a.y], [c.x - a.x, c.y - a.y]);
        let (px, py) = (x as f32 + 0.5 - a.x, y as f32 + 0.5 - a.y);
        let area = ux * vy - uy * vx;
        let inverse = if area == 0.0 { 0.0 } else { 1.0 / area };
        // The outermost pixels of a thin triangle may be off it by a rounding.
        let of_b = ((px * vy - py * vx) * inverse).clamp(0.0, 1.0);
        let of_c = ((py * ux - px * uy) * inverse).clamp(0.0, 1.0 - of_b);
        let flat = [(1.0 - of_b - of_c) * a.weight, of_b * b.weight, of_c * c.weight];
        let sum = 1.0 / (flat[0] + flat[1] + flat[2]);
        Self { nearness, triangle, shares: [flat[0] * sum, flat[1] * sum, flat[2] * sum] }
    }

    /// The value here of an attribute with these values at all vertices; `corners` are those of the triangle.
    #[inline(always)]
    pub fn at<T>(&self, values: &[T], [a, b, c]: [u32; 3]) -> T
    where
        T: Copy + core::ops::Mul<f32, Output = T> + core::ops::Add<Output = T>,
    {
        self.mix([values[a as usize], values[b as usize], values[c as usize]])
    }

    /// The value here of an attribute with these values at the three vertices.
    #[inline(always)]
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

/// The number of no triangle.
const NOTHING: u32 = u32::MAX;

/// A picture of triangle numbers.
#[derive(Clone, Debug)]
pub struct Raster {
    width: usize,
    height: usize,
    /// Pixels from row to row: the width in whole blocks.
    stride: usize,
    top: usize,
    /// Nearness of each pixel, `-inf` for nothing: apart from the numbers, because most comparisons end with it.
    nearness: Vec<f32>,
    /// Number of each pixel's triangle.
    shown: Vec<u32>,
}

impl Raster {
    /// An empty picture, px.
    pub fn new(width: usize, height: usize) -> Self {
        Self::strip(width, 0, height)
    }

    /// An empty strip of `height` rows of a picture, from row `top` on: large pictures are drawn strip by
    /// strip, to keep the working set small.
    pub fn strip(width: usize, top: usize, height: usize) -> Self {
        let stride = width.next_multiple_of(BLOCK);
        let count = stride * height;
        Self {
            width,
            height,
            stride,
            top,
            nearness: vec![f32::NEG_INFINITY; count],
            shown: vec![NOTHING; count],
        }
    }

    /// Makes this the empty strip from row `top` on.
    pub(super) fn restart(&mut self, top: usize) {
        self.top = top;
        self.nearness.fill(f32::NEG_INFINITY);
        self.shown.fill(NOTHING);
    }

    /// Width, px.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height, px.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The nearness of what the pixel shows and the number of its triangle, with `y` counted from the top of the
    /// picture; `None` for nothing or outside.
    #[inline]
    pub fn get(&self, x: usize, y: usize) -> Option<(f32, u32)> {
        if x >= self.width || y < self.top {
            return None;
        }
        let pixel = (y - self.top) * self.stride + x;
        let triangle = *self.shown.get(pixel).filter(|t| **t != NOTHING)?;
        Some((self.nearness[pixel], triangle))
    }

    /// Nearness along a row of pixels, `-inf` for nothing, with `y` counted from the top of the picture.
    pub(super) fn row(&self, y: usize) -> &[f32] {
        &self.nearness[(y - self.top) * self.stride..][..self.width]
    }

    /// The numbers of 2x2 pixels, from this one to the right and down; all bits are set for nothing.
    #[inline]
    pub(super) fn quad(&self, x: usize, y: usize) -> [u32; 4] {
        let first = (y - self.top) * self.stride + x;
        let (upper, lower) = (&self.shown[first..first + 2], &self.shown[first + self.stride..][..2]);
        [upper[0], upper[1], lower[0], lower[1]]
    }

    /// The share of 2x2 pixels, from this one to the right and down, that show nothing nearer.
    #[inline(always)]
    pub(super) fn unhidden(&self, [x, y]: [usize; 2], nearness: f32) -> f32 {
        let first = (y - self.top) * self.stride + x;
        let (upper, lower) = (&self.nearness[first..first + 2], &self.nearness[first + self.stride..][..2]);
        let seen = |n: f32| if n < nearness { 0.25 } else { 0.0 };
        seen(upper[0]) + seen(upper[1]) + seen(lower[0]) + seen(lower[1])
    }

    /// Draws triangles, numbered from `first` on. With `levels`, a value at every vertex, only where it is not
    /// negative. A triangle that reaches behind the camera is left out as a whole. A pixel on a shared edge takes
    /// the nearer of its triangles.
    pub fn draw(
        &mut self,
        vertices: &[ScreenVertex],
        triangles: &[[u32; 3]],
        first: u32,
        sides: Sides,
        levels: Option<&[f32]>,
    ) {
        let numbered: Vec<Numbered> = (first..).zip(triangles.iter().copied()).collect();
        self.draw_numbered(vertices, &numbered, sides, levels);
    }

    /// As [`Self::draw`], of triangles with their numbers.
    pub(super) fn draw_numbered(
        &mut self,
        vertices: &[ScreenVertex],
        triangles: &[Numbered],
        sides: Sides,
        levels: Option<&[f32]>,
    ) {
        draw_shown(self, vertices, triangles, sides == Sides::Front, levels.unwrap_or(&[]));
    }
}

/// A triangle's number and its corners.
pub(super) type Numbered = (u32, [u32; 3]);

/// The triangles that each strip of a picture sees, numbered from `first` on; strips follow each other every `rows` rows
/// of a picture of `height`, and each has `more` rows below them.
pub(super) fn by_strips(
    vertices: &[ScreenVertex],
    triangles: &[[u32; 3]],
    first: u32,
    sides: Sides,
    [rows, more, height]: [usize; 3],
) -> Vec<Vec<Numbered>> {
    // An area, px, that no rounding takes for a front.
    const BACK: f32 = 1e-2;
    let mut strips = vec![Vec::new(); height.div_ceil(rows)];
    for (number, corners) in (first..).zip(triangles) {
        let [a, b, c] = corners.map(|i| vertices[i as usize]);
        let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        let (low, high) = (a.y.min(b.y).min(c.y), a.y.max(b.y).max(c.y));
        if sides == Sides::Front && area > BACK || high < 0.0 || low > (height + more) as f32 {
            continue;
        }
        let from = (low - 1.0).max(0.0) as usize;
        let strip = from.saturating_sub(more) / rows..=(high + 1.0) as usize / rows;
        for list in strips.iter_mut().take(strip.end() + 1).skip(*strip.start()) {
            list.push((number, *corners));
        }
    }
    strips
}

/// Pixels that are drawn side by side.
pub(super) const BLOCK: usize = 8;

/// Share of a triangle by which a pixel may lie off it.
const ROUNDING: f32 = 1e-5;

/// A row of a triangle.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// Shares of the second and the third corner at the row's first pixel, and their change from pixel to pixel.
    b: [f32; 2],
    c: [f32; 2],
    /// Nearness of the first corner, and what the others have more.
    nearness: [f32; 3],
    /// As nearness; not negative where the triangle is drawn.
    level: [f32; 3],
}

/// The rows of one triangle.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// First pixel of each, and pixels: whole blocks.
    pub(super) left: usize,
    pub(super) count: usize,
    /// From the first corner to the middle of the first pixel, px.
    px: f32,
    /// Change of the second and the third corner's share for a pixel to the right and for one down.
    right: [f32; 2],
    down: [f32; 2],
    nearness: [f32; 3],
}

impl Rows {
    /// Of a triangle with these sides from its first corner on, px, over the columns from the first to the last.
    #[inline(always)]
    pub(super) fn new(
        [a, b, c]: [ScreenVertex; 3],
        [[ux, uy], [vx, vy]]: [[f32; 2]; 2],
        [first, last]: [usize; 2],
    ) -> Self {
        // Shares are affine in the picture.
        let inverse = 1.0 / (ux * vy - uy * vx);
        let left = first - first % BLOCK;
        Self {
            left,
            count: (last + 1 - left).next_multiple_of(BLOCK),
            px: left as f32 + 0.5 - a.x,
            right: [vy * inverse, -uy * inverse],
            down: [-vx * inverse, ux * inverse],
            nearness: [a.nearness, b.nearness - a.nearness, c.nearness - a.nearness],
        }
    }

    /// The row whose middle is this far below the first corner, px.
    #[inline(always)]
    pub(super) fn span(&self, py: f32, level: [f32; 3]) -> Span {
        let Self { px, right: [right_b, right_c], down: [down_b, down_c], nearness, .. } = *self;
        let (from_b, from_c) = (px * right_b + py * down_b, px * right_c + py * down_c);
        Span { b: [from_b, right_b], c: [from_c, right_c], nearness, level }
    }
}

kernel! {
    /// See [`Raster::draw`]; no `levels` keep all.
    fn draw_shown(
        raster: &mut Raster,
        vertices: &[ScreenVertex],
        triangles: &[Numbered],
        front: bool,
        levels: &[f32],
    ) {
        let (stride, top) = (raster.stride, raster.top);
        let most = [raster.width as f32 - 1.0, raster.height as f32 - 1.0];
        let shift = top as f32;
        let mut line = vec![0.0f32; stride];
        for &(number, corners) in triangles {
            let [a, b, c] = corners;
            let (a, b, c) = (vertices[a as usize], vertices[b as usize], vertices[c as usize]);
            let (ay, by, cy) = (a.y - shift, b.y - shift, c.y - shift);
            let ([ux, uy], [vx, vy]) = ([b.x - a.x, by - ay], [c.x - a.x, cy - ay]);
            let area = ux * vy - uy * vx;
            let hidden = front && area > 0.0;
            if hidden || area == 0.0 || area.is_nan() || a.weight.min(b.weight).min(c.weight) <= 0.0 {
                continue;
            }
            let (x0, x1) = ends(a.x, b.x, c.x, most[0]);
            let (y0, y1) = ends(ay, by, cy, most[1]);
            if x1 < x0 as f32 || y1 < y0 as f32 {
                continue;
            }
            let (mut level, mut cut) = ([0.0; 3], false);
            if !levels.is_empty() {
                let [la, lb, lc] = corners;
                let (la, lb, lc) = (levels[la as usize], levels[lb as usize], levels[lc as usize]);
                if la.max(lb).max(lc) < 0.0 {
                    continue;
                }
                if la.min(lb).min(lc) < 0.0 {
                    // Times its weight it is affine in the picture, and keeps its sign.
                    let (la, lb, lc) = (la * a.weight, lb * b.weight, lc * c.weight);
                    (level, cut) = ([la, lb - la, lc - la], true);
                }
            }
            let rows = Rows::new([a, b, c], [[ux, uy], [vx, vy]], [x0, x1 as usize]);
            for y in y0..=y1 as usize {
                let row = y * stride + rows.left..y * stride + rows.left + rows.count;
                let (near, shown) = (&mut raster.nearness[row.clone()], &mut raster.shown[row]);
                let values = &mut line[..rows.count];
                let span = rows.span(y as f32 + 0.5 - ay, level);
                if cut { span_cut(values, span) } else { span_of_all(values, span) }
                for ((shown, near), value) in shown.iter_mut().zip(near.iter()).zip(values.iter()) {
                    let was = *shown;
                    *shown = if *value > *near { number } else { was };
                }
                keep_nearer(near, values);
            }
        }
    }
}

/// Nearness in a row of a triangle, `-inf` outside of it and where its level is negative.
// Each step has a loop of its own: all of them in one are not vectorised.
#[inline(always)]
fn span_cut(values: &mut [f32], span: Span) {
    let Span { b: [from_b, right_b], c: [from_c, right_c], nearness: [n0, nb, nc], level: [l0, lb, lc] } =
        span;
    for (i, value) in (0i32..).zip(values) {
        let at = i as f32;
        let (b, c) = (from_b + at * right_b, from_c + at * right_c);
        let kept = l0 + lb * b + lc * c;
        let inside = (b >= -ROUNDING) & (c >= -ROUNDING) & (b + c <= 1.0 + ROUNDING) & (kept >= 0.0);
        let nearness = n0 + nb * b + nc * c;
        *value = if inside { nearness } else { f32::NEG_INFINITY };
    }
}

/// Nearness in a row of a triangle, `-inf` outside of it.
#[inline(always)]
pub(super) fn span_of_all(values: &mut [f32], span: Span) {
    let Span { b: [from_b, right_b], c: [from_c, right_c], nearness: [n0, nb, nc], .. } = span;
    for (i, value) in (0i32..).zip(values) {
        let at = i as f32;
        let (b, c) = (from_b + at * right_b, from_c + at * right_c);
        let inside = (b >= -ROUNDING) & (c >= -ROUNDING) & (b + c <= 1.0 + ROUNDING);
        let nearness = n0 + nb * b + nc * c;
        *value = if inside { nearness } else { f32::NEG_INFINITY };
    }
}

#[inline(always)]
pub(super) fn keep_nearer(near: &mut [f32], values: &[f32]) {
    for (near, value) in near.iter_mut().zip(values) {
        *near = if *value > *near { *value } else { *near };
    }
}

/// The first pixel whose centre lies at or after the least of three coordinates, and the greatest of them, at most `most`,
/// in pixels' centres.
#[inline(always)]
pub(super) fn ends(a: f32, b: f32, c: f32, most: f32) -> (usize, f32) {
    let (low, high) = (a.min(b).min(c) - 0.5, a.max(b).max(c) - 0.5);
    let first = low.max(0.0) as usize;
    (first + usize::from((first as f32) < low), high.min(most))
}

/// The whole number below, without a call.
#[inline(always)]
pub(super) fn floor(value: f32) -> isize {
    let whole = value as isize;
    whole - isize::from(value < whole as f32)
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
            raster.draw(&v, &[[0, 1, 2]], 5, Sides::Both, None);
            for y in 0..20 {
                for x in 0..24 {
                    let flat = barycentric(&v, x as f64 + 0.5, y as f64 + 0.5);
                    let least = flat.iter().copied().fold(f64::INFINITY, f64::min);
                    let shown = raster.get(x, y);
                    if least.abs() > 2e-5 {
                        assert_eq!(shown.is_some(), least > 0.0, "{v:?} {x} {y}");
                    }
                    let Some((nearness, triangle)) = shown else { continue };
                    let fragment = Fragment::of(triangle, nearness, v, x, y);
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
    fn neighbours_share_an_edge_without_a_gap() {
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
            let vertices = [inner, ring[0], ring[1], ring[2], ring[3]];
            let (mut fan, mut whole) = (Raster::new(16, 16), Raster::new(16, 16));
            fan.draw(&vertices, &[[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1]], 0, Sides::Both, None);
            whole.draw(&vertices, &[[1, 2, 3], [1, 3, 4]], 0, Sides::Both, None);
            for i in 0..256 {
                let [a, b] = [&fan, &whole].map(|r| r.get(i % 16, i / 16).is_some());
                assert_eq!(a, b, "{vertices:?} {i}");
            }
        }
    }

    #[test]
    fn levels_cut_a_triangle_where_they_change_sign() {
        let v = [(0.0, 0.0), (32.0, 0.0), (0.0, 32.0)].map(|(x, y)| ScreenVertex {
            x,
            y,
            nearness: 1.0,
            weight: 1.0,
        });
        let mut raster = Raster::new(32, 32);
        raster.draw(&v, &[[0, 1, 2]], 0, Sides::Both, Some(&[-10.25, 21.75, -10.25]));
        for i in 0..32 * 32 {
            let (x, y) = (i % 32, i / 32);
            assert_eq!(raster.get(x, y).is_some(), x >= 10 && x + y < 32, "{x} {y}");
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
                raster.draw(&plane(nearness), &[[0, 1, 2]], nearness as u32, Sides::Both, None);
            }
            assert!((0..16).all(|i| raster.get(i % 4, i / 4).unwrap().1 == 2));
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
            raster.draw(v, &[t], 0, Sides::Front, None);
            (0..16).filter(|i| raster.get(i % 4, i / 4).is_some()).count()
        };
        assert!(count(&v, [0, 1, 2]) > 0);
        assert_eq!(count(&v, [0, 2, 1]), 0);
        let behind = [v[0], v[1], ScreenVertex::perspective(Vec3::new(1.0, 1.0, -5.0), 10.0, [2.0, 2.0])];
        assert_eq!(count(&behind, [0, 1, 2]), 0);
    }
}
