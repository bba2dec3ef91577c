//! Convolution of a picture with point-spread functions that change slowly over it.
//!
//! The picture is cut into tiles with one function each, small enough that neighbours differ by a tenth of a
//! pixel. A wide function is applied to a smaller copy of the picture and enlarged again: nothing finer than the function
//! is left to be seen. What shrinking and enlarging spread is taken off the function, so that its second moment is exact.

use std::collections::BTreeMap;

mod gather;

use retake_simd::{array, kernel};

use self::gather::{Patch, SIDE};
use crate::image::{LightRows, LinearImage};

/// Side of a tile, px.
pub(crate) const TILE: usize = 32;
/// The smallest copies are this many halvings away.
const LEVELS: usize = 5;
/// A disc is applied to a smaller copy from this radius on, in the copy's pixels: what shrinking and enlarging spread is
/// then a sixteenth of its second moment at most, and its flat top and steep rim are left.
const LEAST_RADIUS: f64 = 4.0;
/// A path is applied to a smaller copy from this deviation on, in the copy's pixels.
const LEAST_DEVIATION: f64 = 2.0;

/// Light shares at whole-pixel offsets.
pub(crate) type Taps = Vec<([i32; 2], f32)>;

/// Spreads a path of equal times over whole-pixel taps (bilinear), which sum to 1.
pub(crate) fn path_taps(path: &[[f64; 2]]) -> Taps {
    let mut cells = BTreeMap::<(i32, i32), f64>::new();
    let mut total = 0.0;
    let mut add = |[x, y]: [f64; 2], weight: f64| {
        let (ix, iy) = (x.floor(), y.floor());
        let (tx, ty) = (x - ix, y - iy);
        for (dx, dy, w) in [
            (0, 0, (1.0 - tx) * (1.0 - ty)),
            (1, 0, tx * (1.0 - ty)),
            (0, 1, (1.0 - tx) * ty),
            (1, 1, tx * ty),
        ] {
            *cells.entry((iy as i32 + dy, ix as i32 + dx)).or_default() += w * weight;
        }
        total += weight;
    };
    for ends in path.windows(2) {
        let [a, b] = [ends[0], ends[1]];
        let d = [b[0] - a[0], b[1] - a[1]];
        let steps = (libm::sqrt(d[0] * d[0] + d[1] * d[1]) / 0.3).ceil().max(1.0);
        for i in 0..steps as usize {
            let t = (i as f64 + 0.5) / steps;
            add([a[0] + t * d[0], a[1] + t * d[1]], 1.0 / steps);
        }
    }
    if total == 0.0 {
        return vec![([0, 0], 1.0)];
    }
    cells
        .into_iter()
        .filter(|(_, w)| *w > 1e-5 * total)
        .map(|((y, x), w)| ([x, y], (w / total) as f32))
        .collect::<Taps>()
}

/// A point-spread function for a copy of the picture that is `1 << level` times smaller.
#[derive(Clone, Debug)]
struct Kernel {
    level: usize,
    shape: Shape,
}

/// A point-spread function in pixels.
#[derive(Clone, Debug)]
enum Shape {
    /// Shares of whole pixels.
    Taps(Taps),
    /// Rows of a disc.
    Spans(Vec<Span>),
}

impl Shape {
    /// Rows that it reaches up and down.
    fn reach(&self) -> usize {
        let down = |most: u32, down: i32| most.max(down.unsigned_abs());
        let most = match self {
            Self::Taps(taps) => taps.iter().map(|([_, dy], _)| *dy).fold(0, down),
            Self::Spans(spans) => spans.iter().map(|span| span.down).fold(0, down),
        };
        most as usize
    }
}

/// A row of a disc: light spread evenly over a length.
#[derive(Clone, Copy, Debug)]
struct Span {
    /// The row, px down from the disc's middle.
    down: i32,
    /// Half of its length, px.
    half: f64,
    /// Light on each pixel of its length.
    weight: f64,
}

/// Variance along an axis that shrinking to a level and enlarging again add, px2: a box of a side `s`, and linear
/// interpolation over it, `(s^2 - 1) / 12 + s^2 / 6 + 1 / 12`.
fn added_variance(level: usize) -> f64 {
    let scale = (1u64 << level) as f64;
    if level == 0 { 0.0 } else { scale * scale / 4.0 }
}

impl Kernel {
    /// A uniform disc of this radius, px.
    fn disc(radius: f64) -> Self {
        let mut level = 0;
        while level + 1 < LEVELS && radius >= LEAST_RADIUS * (2u64 << level) as f64 {
            level += 1;
        }
        let scale = (1u64 << level) as f64;
        // A disc has a quarter of its squared radius along each axis.
        let rest = (radius * radius / 4.0 - added_variance(level)).max(0.0);
        Self { level, shape: Shape::Spans(disc_of_variance(rest / (scale * scale))) }
    }

    /// An even motion along a path about its mean place, px.
    fn path(path: &[[f64; 2]]) -> Self {
        let variance = path_variance(path) / 2.0;
        let mut level = 0;
        while level + 1 < LEVELS && libm::sqrt(variance) >= LEAST_DEVIATION * (2u64 << level) as f64 {
            level += 1;
        }
        let scale = (1u64 << level) as f64;
        // Taps between pixels of the copy spread by a sixth of its squared pixels more.
        let added = if level == 0 { 0.0 } else { added_variance(level) + scale * scale / 6.0 };
        let shrink = libm::sqrt((1.0 - added / variance.max(1e-9)).max(0.0)) / scale;
        let small: Vec<[f64; 2]> = path.iter().map(|p| p.map(|v| v * shrink)).collect();
        // A gathering kernel is the mirror image of a spreading one.
        let taps = path_taps(&small).into_iter().map(|([x, y], weight)| ([-x, -y], weight)).collect();
        Self { level, shape: Shape::Taps(taps) }
    }
}

/// A disc whose shares of whole pixels have this variance along an axis, px2, found by halving: where the rim cuts pixels,
/// that is not quite the disc's. Its light is 1.
fn disc_of_variance(variance: f64) -> Vec<Span> {
    const HALVINGS: usize = 12;
    let (mut low, mut high) = (0.0, 2.0 * libm::sqrt(variance) + 0.5);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if axis_variance(&disc_spans(middle)) < variance {
            low = middle;
        } else {
            high = middle;
        }
    }
    disc_spans((low + high) / 2.0)
}

/// Mean of both axes' variances of the shares of whole pixels, px2.
fn axis_variance(spans: &[Span]) -> f64 {
    let mut sum = 0.0;
    for span in spans {
        let reach = libm::ceil(span.half) as i32;
        for x in -reach..=reach {
            let overlap = (f64::from(x) + 0.5).min(span.half) - (f64::from(x) - 0.5).max(-span.half);
            sum += span.weight * overlap.max(0.0) * f64::from(x * x + span.down * span.down) / 2.0;
        }
    }
    sum
}

/// Variance over time of a centred path of straight pieces, both axes together, px squared.
pub(crate) fn path_variance(path: &[[f64; 2]]) -> f64 {
    if path.len() < 2 {
        return 0.0;
    }
    let dot = |a: [f64; 2], b: [f64; 2]| a[0] * b[0] + a[1] * b[1];
    let piece = |a, b| (dot(a, a) + dot(a, b) + dot(b, b)) / 3.0;
    path.windows(2).map(|ends| piece(ends[0], ends[1])).sum::<f64>() / (path.len() - 1) as f64
}

/// The rows of a disc about the middle of a pixel, of light 1. Each has the light of its part of the disc and spreads it as
/// far along the row, by the second moment.
fn disc_spans(radius: f64) -> Vec<Span> {
    const STRIPS: i32 = 16;
    let reach = libm::ceil(radius + 0.5) as i32;
    let row = |down: i32| {
        let (mut light, mut cubes) = (0.0, 0.0);
        for strip in 0..STRIPS {
            let y = f64::from(down) + (f64::from(strip) + 0.5) / f64::from(STRIPS) - 0.5;
            let half = libm::sqrt((radius * radius - y * y).max(0.0));
            light += half / f64::from(STRIPS);
            cubes += half * half * half / f64::from(STRIPS);
        }
        (light > 0.0).then(|| {
            let half = libm::sqrt(cubes / light);
            Span { down, half, weight: light / half }
        })
    };
    let mut spans: Vec<Span> = (-reach..=reach).filter_map(row).collect();
    if spans.is_empty() {
        spans.push(Span { down: 0, half: 0.5, weight: 1.0 });
    }
    let total: f64 = spans.iter().map(|span| 2.0 * span.half * span.weight).sum();
    spans.iter_mut().for_each(|span| span.weight /= total);
    spans
}

/// Blurs with a disc whose radius is given for the middle of each tile, px.
pub(crate) fn discs(image: LinearImage, radius: impl FnMut([f64; 2]) -> f64) -> LinearImage {
    let size = [image.width, image.height];
    whole(image, Convolution::discs(size, TILE, radius))
}

/// Blurs a picture where it stands.
fn whole(image: LinearImage, mut convolution: Convolution) -> LinearImage {
    let mut light = LightRows::from(image);
    let height = light.height;
    let mut done = 0;
    for first in (0..height).step_by(TILE) {
        let end = (first + TILE).min(height);
        (first..end).for_each(|y| convolution.source.row_mut(y).copy_from_slice(light.row(y)));
        convolution.take(end);
        while convolution.give(&mut light, &mut done) {}
    }
    light.into_image()
}

/// A convolution under way: takes rows of light from the top and gives rows of tiles as soon as they can be made.
pub(super) struct Convolution {
    /// Rows of light that it is given.
    pub(super) source: LightRows,
    /// Smaller copies of them, each half as large as the one before.
    copies: Vec<LightRows>,
    /// Rows of each that are there.
    taken: Vec<usize>,
    /// One for each tile, row by row.
    kernels: Vec<Kernel>,
    /// Rows below a row of tiles that its kernels ask for.
    ahead: usize,
    /// Room for a tile's samples.
    patch: Box<Patch>,
}

impl Convolution {
    /// With a disc whose radius is given for the middle of each tile, px. Rows will come at most so many at a time.
    pub(super) fn discs(size: [usize; 2], batch: usize, mut radius: impl FnMut([f64; 2]) -> f64) -> Self {
        // Radii a hundredth of a pixel apart share a kernel.
        let mut kernels = BTreeMap::<u64, Kernel>::new();
        Self::new(size, batch, |place| {
            let key = (radius(place) * 100.0 + 0.5) as u64;
            kernels.entry(key).or_insert_with(|| Kernel::disc(key as f64 / 100.0)).clone()
        })
    }

    /// With an even motion along a path about its mean place, given for the middle of each tile, px.
    pub(super) fn motions(
        size: [usize; 2],
        batch: usize,
        mut path: impl FnMut([f64; 2]) -> Vec<[f64; 2]>,
    ) -> Self {
        Self::new(size, batch, |place| Kernel::path(&path(place)))
    }

    fn new(size: [usize; 2], batch: usize, mut kernel: impl FnMut([f64; 2]) -> Kernel) -> Self {
        let middle = |i: usize| (i * TILE + TILE / 2) as f64;
        let tiles = size.map(|side| side.div_ceil(TILE));
        let kernels: Vec<Kernel> =
            (0..tiles[0] * tiles[1]).map(|i| kernel([middle(i % tiles[0]), middle(i / tiles[0])])).collect();
        let most = kernels.iter().map(|kernel| kernel.level).max().unwrap_or(0);
        // A patch of a copy has a sample more on all sides, and an odd last row is waited for.
        let reach = |kernel: &Kernel| (kernel.shape.reach() + 2) << kernel.level;
        let ahead = kernels.iter().map(reach).max().unwrap_or(0);
        let kept = TILE + 2 * ahead + batch;
        let mut copies = Vec::with_capacity(most);
        let mut smaller = size;
        for level in 1..=most {
            smaller = smaller.map(|side| side.div_ceil(2));
            copies.push(LightRows::new(smaller, (kept >> level) + 2));
        }
        let patch = Box::new([[[0.0; 3]; SIDE]; SIDE]);
        Self { source: LightRows::new(size, kept), taken: vec![0; most + 1], copies, kernels, ahead, patch }
    }

    /// Takes the rows before `end`, which are in `source`.
    pub(super) fn take(&mut self, end: usize) {
        self.taken[0] = end;
        for k in 0..self.copies.len() {
            let (before, after) = self.copies.split_at_mut(k);
            let (from, to) = (before.last().unwrap_or(&self.source), &mut after[0]);
            let all = self.taken[k] == from.height;
            let end = if all { to.height } else { self.taken[k] / 2 };
            for y in self.taken[k + 1]..end {
                halve(from, y, to.row_mut(y));
            }
            self.taken[k + 1] = end;
        }
    }

    /// Gives the next row of tiles, which begins at row `done`, if it can be made.
    pub(super) fn give(&mut self, out: &mut LightRows, done: &mut usize) -> bool {
        let (height, top) = (self.source.height, *done);
        if top >= height || self.taken[0] < (top + TILE + self.ahead).min(height) {
            return false;
        }
        let tiles = self.source.width.div_ceil(TILE);
        for (i, kernel) in self.kernels[top / TILE * tiles..][..tiles].iter().enumerate() {
            let corner = [i * TILE, top];
            let border = isize::from(kernel.level > 0);
            let first = corner.map(|at| (at >> kernel.level) as isize - border);
            let source = if kernel.level == 0 { &self.source } else { &self.copies[kernel.level - 1] };
            blur_tile(source, kernel, first, corner, &mut self.patch, out);
        }
        *done = (top + TILE).min(height);
        true
    }
}

kernel! {
    /// A row of the means of two by two pixels; an odd last row or column is repeated.
    fn halve(image: &LightRows, y: usize, out: &mut [[f32; 3]]) {
        let row = |y: usize| image.row(y.min(image.height - 1));
        let (above, below) = (row(2 * y), row(2 * y + 1));
        let pairs = above.as_chunks::<2>().0.iter().zip(below.as_chunks::<2>().0);
        for (out, ([a, b], [c, d])) in out.iter_mut().zip(pairs) {
            *out = array!(3, |k| 0.25 * ((a[k] + b[k]) + (c[k] + d[k])));
        }
        if let (true, Some(out)) = (image.width % 2 == 1, out.last_mut()) {
            let (a, b) = (above[image.width - 1], below[image.width - 1]);
            *out = array!(3, |k| 0.5 * (a[k] + b[k]));
        }
    }
}

kernel! {
    /// One tile of the result, whose corner is given, from the source's samples from `first` on; `patch` is room for them.
    fn blur_tile(
        source: &LightRows,
        kernel: &Kernel,
        first: [isize; 2],
        corner: [usize; 2],
        patch: &mut Patch,
        out: &mut LightRows,
    ) {
        let [left, top] = corner;
        let border = usize::from(kernel.level > 0);
        let side = (TILE >> kernel.level) + 2 * border;
        match &kernel.shape {
            Shape::Taps(taps) => gather::by_taps(taps, source, first, patch, side),
            Shape::Spans(spans) => gather::by_spans(spans, source, first, patch, side),
        }
        let (columns, rows) = (TILE.min(out.width - left), TILE.min(out.height - top));
        if border == 0 {
            for (y, row) in patch[..rows].iter().enumerate() {
                out.row_mut(top + y)[left..][..columns].copy_from_slice(&row[..columns]);
            }
            return;
        }
        let scale = 1.0 / (1 << kernel.level) as f32;
        let places: [(usize, f32); TILE] = array!(TILE, |i| {
            let place = (i as f32 + 0.5) * scale + 0.5;
            (place as usize, place - (place as usize) as f32)
        });
        let mut tall = [[0.0f32; 3]; SIDE];
        for (y, (first, t)) in places[..rows].iter().enumerate() {
            let (above, below) = (&patch[*first][..side], &patch[first + 1][..side]);
            lerp_rows(above, below, *t, &mut tall[..side]);
            let to = &mut out.row_mut(top + y)[left..][..columns];
            for (to, (first, t)) in to.iter_mut().zip(&places) {
                let (a, b) = (tall[*first], tall[first + 1]);
                *to = array!(3, |k| a[k] + (b[k] - a[k]) * t);
            }
        }
    }
}

/// A row between two.
#[inline(always)]
fn lerp_rows(above: &[[f32; 3]], below: &[[f32; 3]], t: f32, out: &mut [[f32; 3]]) {
    let pairs = above.as_flattened().iter().zip(below.as_flattened());
    for (out, (a, b)) in out.as_flattened_mut().iter_mut().zip(pairs) {
        *out = a + (b - a) * t;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn motions(image: LinearImage, path: impl FnMut([f64; 2]) -> Vec<[f64; 2]>) -> LinearImage {
        let size = [image.width, image.height];
        whole(image, Convolution::motions(size, TILE, path))
    }

    /// Light, centroid and variance of both axes together of what a blur makes of a point, on average over the places of
    /// a point in the largest pixels of a smaller copy.
    fn spread(blur: impl Fn(LinearImage) -> LinearImage) -> (f64, [f64; 2], f64) {
        const SIDE: usize = 112;
        const PHASES: usize = 16;
        let (mut sum, mut x1, mut y1, mut r2) = (0.0, 0.0, 0.0, 0.0);
        for phase in 0..PHASES {
            let (px, py) = (48 + phase, 48 + phase * 7 % PHASES);
            let mut image = LinearImage::filled(SIDE, SIDE, [0.0; 3]);
            image.pixels[py * SIDE + px] = [1000.0, 1.0, 0.0];
            for (i, p) in blur(image).pixels.iter().enumerate() {
                let (x, y) = ((i % SIDE) as f64 - px as f64, (i / SIDE) as f64 - py as f64);
                let v = f64::from(p[0]) / 1000.0 / PHASES as f64;
                sum += v;
                x1 += v * x;
                y1 += v * y;
                r2 += v * (x * x + y * y);
            }
        }
        (sum, [x1 / sum, y1 / sum], r2 / sum)
    }

    #[test]
    fn discs_keep_light_and_have_the_second_moment_of_a_disc() {
        for radius in [0.6, 1.0, 2.5, 3.5, 7.3, 14.0] {
            let (sum, [x, y], r2) = spread(|image| discs(image, |_| radius));
            assert!((sum - 1.0).abs() < 1e-4, "{radius}: {sum}");
            assert!(x.abs() < 1e-2 && y.abs() < 1e-2, "{radius}: {x} {y}");
            let expected = radius * radius / 2.0;
            assert!((r2 - expected).abs() < 0.02 * expected + 0.02, "{radius}: {r2} {expected}");
        }
    }

    /// The exact disc of this radius, by fine sampling, over a picture that is a function of the place.
    fn exact(light: impl Fn(f64, f64) -> f64, [x, y]: [f64; 2], radius: f64) -> f64 {
        const FINE: i32 = 90;
        let (mut sum, mut count) = (0.0, 0);
        for j in -FINE..=FINE {
            for i in -FINE..=FINE {
                let [u, v] = [i, j].map(|n| f64::from(n) / f64::from(FINE));
                if u * u + v * v <= 1.0 {
                    sum += light(x + u * radius, y + v * radius);
                    count += 1;
                }
            }
        }
        sum / f64::from(count)
    }

    #[test]
    fn edges_and_spots_are_those_of_an_exact_disc() {
        const SIDE: usize = 128;
        let edge = |x: f64, y: f64| f64::from(u8::from(0.8 * (x - 62.3) + 0.6 * (y - 64.0) > 0.0));
        // A spot of some pixels: what is finer than a copy's pixel has no profile in it.
        let spot = |x: f64, y: f64| {
            f64::from(u8::from((61..65).contains(&(x as i32)) && (62..66).contains(&(y as i32))))
        };
        for radius in [1.5, 3.0, 4.4, 5.5, 5.7, 8.0, 11.0, 13.0, 20.0] {
            let errors = [&edge as &dyn Fn(f64, f64) -> f64, &spot].map(|light| {
                let mut image = LinearImage::filled(SIDE, SIDE, [0.0; 3]);
                for (i, pixel) in image.pixels.iter_mut().enumerate() {
                    let at = [i % SIDE, i / SIDE];
                    let inside = |k: i32| (f64::from(k) + 0.5) / 8.0;
                    let parts =
                        (0..64).map(|k| light(at[0] as f64 + inside(k % 8), at[1] as f64 + inside(k / 8)));
                    *pixel = [(parts.sum::<f64>() / 64.0) as f32; 3];
                }
                let blurred = discs(image, |_| radius);
                let (mut worst, mut most) = (0.0f64, 0.0f64);
                for i in 0..40 {
                    let (x, y) = (64 + (i * 7 % 13) - 6 - 20 + i, 64 + (i * 5 % 11) - 5);
                    let wanted = exact(light, [x as f64 + 0.5, y as f64 + 0.5], radius);
                    let got = f64::from(blurred.pixels[y * SIDE + x][0]);
                    (worst, most) = (worst.max((got - wanted).abs()), most.max(wanted));
                }
                worst / most
            });
            assert!(errors[0] < 0.02 && errors[1] < 0.25, "{radius}: {errors:?}");
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_under_any_blur() {
        let flat = LinearImage::filled(100, 70, [0.3, 2.0, 500.0]);
        let blurred = discs(flat.clone(), |[x, y]| 0.2 + x * 0.05 + y * 0.02);
        let moved = motions(flat, |_| vec![[0.0, 0.0], [9.0, 2.0], [-3.0, 5.5]]);
        for p in blurred.pixels.iter().chain(&moved.pixels) {
            assert!((p[0] - 0.3).abs() < 1e-5 && (p[2] / 500.0 - 1.0).abs() < 1e-5, "{p:?}");
        }
    }

    #[test]
    fn a_straight_path_spreads_evenly_along_its_length() {
        for length in [0.2, 1.0, 2.0] {
            let path = vec![[-10.0 * length, -4.0 * length], [10.0 * length, 4.0 * length]];
            let (sum, [x, y], r2) = spread(|image| motions(image, |_| path.clone()));
            assert!((sum - 1.0).abs() < 1e-4);
            assert!(x.abs() < 1e-2 && y.abs() < 1e-2, "{x} {y}");
            // A rod of length L: L^2 / 12; taps between pixels add up to a third of a pixel squared.
            let expected = length * length * (400.0 + 64.0) / 12.0;
            assert!((r2 - expected - 0.17).abs() < 0.03 * expected + 0.2, "{length}: {r2} {expected}");
        }
    }
}
