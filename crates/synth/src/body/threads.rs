//! Strands on the screen: pieces of them with exact coverage, blended in the order of their depth.
//!
//! A hair is thinner than a pixel of a phone's picture. Sampled, it comes out as a wire with stairs or as noise;
//! here each piece covers the share of a pixel that it does cover, and pieces are blended under each other from
//! front to back (Porter and Duff 1984), so that many of them read as a mass with fine lines in it. What lies
//! deep in hair is behind pixels that are covered already, and costs next to nothing.

use super::raster::{Raster, ScreenVertex, floor};
use super::render::{Lens, SAMPLES};
use super::strands::Ribbons;
use glam::{Vec3, Vec4};
use retake_simd::{array, kernel, split};

const _: () = assert!(SAMPLES == 2, "a pixel is 2x2 samples of the raster");

/// Steps of depth that pieces are sorted by.
const DEPTHS: usize = 2048;
/// A pixel that is covered but for less takes no more, and what covers it stands for the rest.
pub(super) const LEAST_OPEN: f32 = 1.0 / 32.0;
/// How much nearer strands are taken to be than they are, so that those that lie on the skin are seen: some
/// half a millimetre at arm's length.
const NEARER: f32 = 1.001;

/// Strands thinner than this on the screen, px, are drawn fewer and thicker, down to this share of them (stochastic
/// simplification, Cook, Halstead, Planck and Ryu 2007): what a pixel shows of them is the same.
const FINE: f32 = 0.3;
const LEAST_DRAWN: f32 = 0.3;

/// All strands of a picture, ready to be drawn strip by strip.
pub(super) struct Threads {
    /// Points of the strands that are drawn, one strand after the other.
    screen: Vec<ScreenVertex>,
    /// Thickness at each point, px.
    widths: Vec<f32>,
    colors: Vec<Vec3>,
    /// What each point is sorted by; greater is nearer.
    orders: Vec<f32>,
    /// The pieces that each strip of rows sees, as the number of their second point.
    strips: Vec<Vec<u32>>,
    /// The depth of the nearest piece and steps of [`DEPTHS`] for each unit of depth.
    depths: [f32; 2],
}

impl Threads {
    /// Strands in a picture that is drawn in strips of so many rows.
    pub(super) fn new(ribbons: Ribbons, lens: &Lens, strip: usize) -> Self {
        let strips = vec![Vec::new(); lens.size[1].div_ceil(strip.max(1))];
        let mut threads = Self {
            screen: Vec::new(),
            widths: Vec::new(),
            colors: Vec::new(),
            orders: Vec::new(),
            strips,
            depths: [0.0; 2],
        };
        let mut pieces = Vec::new();
        let mut due = 0.0;
        let mut line = Vec::new();
        let strands = ribbons.starts.windows(2).zip(&ribbons.widths).zip(&ribbons.rises);
        for ((strand, &[root, tip]), &rise) in strands {
            let strand = strand[0] as usize..strand[1] as usize;
            let Some(&first) = ribbons.points.get(strand.start) else { continue };
            let thick = root * lens.focal * lens.project(first, 1.0).weight.max(0.0);
            let drawn = (thick / FINE).clamp(LEAST_DRAWN, 1.0);
            due += drawn;
            if due < 1.0 {
                continue;
            }
            due -= 1.0;
            line.clear();
            line.extend(ribbons.points[strand.clone()].iter().map(|p| lens.project(*p, 1.0)));
            let scale = lens.focal / drawn;
            threads.bend(&line, &ribbons.colors[strand], [root * scale, tip * scale], rise, &mut pieces);
        }
        threads.share_out(&pieces, strip, lens.size[1]);
        threads
    }

    /// Adds a strand with its pieces, bent smoothly (Catmull and Rom 1974) where they turn so that it shows. `widths` are
    /// those at root and tip times the distance, px mm.
    fn bend(
        &mut self,
        line: &[ScreenVertex],
        colors: &[Vec3],
        widths: [f32; 2],
        rise: f32,
        pieces: &mut Vec<u32>,
    ) {
        let last = line.len().max(2) - 1;
        let [root, tip] = widths;
        for k in 0..line.len() {
            let parts = if k == 0 { 1 } else { parts(line, k) };
            for part in 1..=parts {
                let t = part as f32 / parts as f32;
                let (at, color) = if part == parts {
                    (line[k], colors[k])
                } else {
                    (between(line, k, t), colors[k - 1].lerp(colors[k], t))
                };
                if k > 0 && at.weight.min(line[k - 1].weight) > 0.0 {
                    pieces.push(self.screen.len() as u32);
                }
                // Thick for most of its length, then quickly thin.
                let s = (k as f32 - 1.0 + t).max(0.0) / last as f32;
                self.widths.push((root + (tip - root) * s * s) * at.weight);
                self.orders.push(at.nearness + rise * at.nearness * at.nearness);
                self.screen.push(at);
                self.colors.push(color);
            }
        }
    }

    /// Lists the pieces by the strips of a picture of so many rows that see them.
    fn share_out(&mut self, pieces: &[u32], strip: usize, height: usize) {
        let (mut far, mut near) = (f32::INFINITY, f32::NEG_INFINITY);
        for &piece in pieces {
            let depth = self.depth(piece);
            (far, near) = (far.min(depth), near.max(depth));
            let [low, high] = self.rows(piece);
            if high >= 0.0 && low < height as f32 {
                let (first, last) = (low.max(0.0) as usize / strip, high.max(0.0) as usize / strip);
                for list in self.strips.iter_mut().take(last + 1).skip(first) {
                    list.push(piece);
                }
            }
        }
        self.depths = [near, (DEPTHS - 1) as f32 / (near - far).max(1e-12)];
    }

    /// What pieces are sorted by; greater is nearer.
    fn depth(&self, piece: u32) -> f32 {
        self.orders[piece as usize] + self.orders[piece as usize - 1]
    }

    /// A strip's pieces from front to back, of equal ones the first first. Sorted strip by strip, all that is known of
    /// them stays near the processor while they are drawn.
    fn sorted(&self, pieces: &[u32]) -> Vec<u32> {
        let [near, scale] = self.depths;
        let steps: Vec<u16> =
            pieces.iter().map(|piece| ((near - self.depth(*piece)) * scale) as u16).collect();
        let mut place = vec![0usize; DEPTHS + 1];
        for step in &steps {
            place[usize::from(*step) + 1] += 1;
        }
        for k in 0..DEPTHS {
            place[k + 1] += place[k];
        }
        let mut sorted = vec![0; pieces.len()];
        for (&piece, step) in pieces.iter().zip(&steps) {
            let slot = &mut place[usize::from(*step)];
            sorted[*slot] = piece;
            *slot += 1;
        }
        sorted
    }

    /// The rows that a piece touches, px.
    fn rows(&self, piece: u32) -> [f32; 2] {
        let i = piece as usize;
        let (a, b) = (self.screen[i - 1].y, self.screen[i].y);
        let out = 1.0 + self.widths[i - 1].max(self.widths[i]);
        [a.min(b) - out, a.max(b) + out]
    }

    /// Draws the pieces of a strip before what the raster of its samples shows; its first row is `top`.
    pub(super) fn draw(&self, strip: usize, top: usize, raster: &Raster, coat: &mut Coat) {
        let sorted = self.sorted(self.strips.get(strip).map_or(&[], |pieces| pieces));
        draw_sorted(self, &sorted, top, raster, coat);
    }

    #[inline(always)]
    fn piece(&self, i: usize) -> Piece {
        Piece {
            ends: [self.screen[i - 1], self.screen[i]],
            widths: [self.widths[i - 1], self.widths[i]],
            colors: [self.colors[i - 1], self.colors[i]],
        }
    }
}

/// The weights of four points in a row for the point between the middle two at a share of the way.
fn spline(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (2.0 * t2 - t - t3),
        0.5 * (3.0 * t3 - 5.0 * t2) + 1.0,
        0.5 * (4.0 * t2 + t - 3.0 * t3),
        0.5 * (t3 - t2),
    ]
}

/// The points before and after piece `k` of a line; beyond its ends it goes straight on.
fn beside(line: &[ScreenVertex], k: usize) -> [[f32; 3]; 4] {
    let place = |v: ScreenVertex| [v.x, v.y, v.nearness];
    let (a, b) = (place(line[k - 1]), place(line[k]));
    let on = |a: [f32; 3], b: [f32; 3]| core::array::from_fn(|i| 2.0 * b[i] - a[i]);
    let before = if k > 1 { place(line[k - 2]) } else { on(b, a) };
    let after = if k + 1 < line.len() { place(line[k + 1]) } else { on(a, b) };
    [before, a, b, after]
}

/// A point of the smooth line at a share of the way along piece `k`.
fn between(line: &[ScreenVertex], k: usize, t: f32) -> ScreenVertex {
    let (points, weights) = (beside(line, k), spline(t));
    let [x, y, nearness] =
        core::array::from_fn(|i| points.iter().zip(weights).map(|(p, w)| p[i] * w).sum::<f32>());
    ScreenVertex { x, y, nearness, weight: nearness }
}

/// How far the middle of a piece may lie beside the smooth line, px.
const STRAIGHT: f32 = 0.4;

/// Parts that piece `k` of a line is drawn in, 1-5. Where it turns sharply it has a corner and not a bend.
fn parts(line: &[ScreenVertex], k: usize) -> usize {
    let [before, a, b, after] = beside(line, k);
    let off = [0, 1].map(|i| (a[i] + b[i] - before[i] - after[i]) / 16.0);
    let off = (off[0] * off[0] + off[1] * off[1]).sqrt();
    // No number, or a point behind the camera.
    if !(off > STRAIGHT && before[2].min(a[2]).min(b[2]).min(after[2]) > 0.0) {
        return 1;
    }
    let turn = |[ax, ay, _]: [f32; 3], [bx, by, _]: [f32; 3], [cx, cy, _]: [f32; 3]| {
        (bx - ax) * (cx - bx) + (by - ay) * (cy - by)
    };
    if turn(before, a, b).min(turn(a, b, after)) <= 0.0 {
        return 1;
    }
    ((off / STRAIGHT).sqrt() + 0.9).min(5.0) as usize
}

/// Pieces that are gathered before they are drawn. They lie scattered over memory, and loads that do not wait for the
/// drawing run side by side.
const AHEAD: usize = 32;

kernel! {
    /// See [`Threads::draw`].
    fn draw_sorted(threads: &Threads, sorted: &[u32], top: usize, raster: &Raster, coat: &mut Coat) {
        let mut pieces = [Piece::default(); AHEAD];
        for numbers in sorted.chunks(AHEAD) {
            for (piece, number) in pieces.iter_mut().zip(numbers) {
                *piece = threads.piece(*number as usize);
            }
            for piece in &pieces[..numbers.len()] {
                coat.piece(piece, top, raster);
            }
        }
    }
}

/// A straight part of a strand.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    ends: [ScreenVertex; 2],
    /// Thickness at the ends, px.
    widths: [f32; 2],
    colors: [Vec3; 2],
}

/// Steps along a piece that are worked out side by side.
const STEPS: usize = 16;

/// A piece as it is cut at the middles of rows or columns of pixels, whichever it crosses more of.
struct Line {
    /// Where it begins along them, and the share of its length to a step.
    start: f32,
    slope: f32,
    /// Its ends across them, px, and its thickness there.
    across: [f32; 2],
    widths: [f32; 2],
    /// Length of a cut to the thickness.
    slant: f32,
    /// Whether it goes straight on beyond its ends.
    bend: bool,
}

/// Steps of a line.
struct Cuts {
    /// Share of the way between its ends.
    t: [f32; STEPS],
    /// Ends of the cut, px; the pixels that they lie in.
    left: [f32; STEPS],
    right: [f32; STEPS],
    first: [i32; STEPS],
    last: [i32; STEPS],
    /// The share of the cut that the strand covers.
    share: [f32; STEPS],
}

impl Line {
    #[inline(always)]
    fn cuts(&self, first: i32) -> Cuts {
        let [from, to] = self.across;
        let at: [f32; STEPS] = array!(STEPS, |k| ((first + k as i32) as f32 + 0.5 - self.start) * self.slope);
        let t: [f32; STEPS] = array!(STEPS, |k| at[k].clamp(0.0, 1.0));
        let thick: [f32; STEPS] =
            array!(STEPS, |k| (self.widths[0] + (self.widths[1] - self.widths[0]) * t[k]) * self.slant);
        // Where pieces overlap, each goes straight on.
        let middle: [f32; STEPS] =
            array!(STEPS, |k| from + (to - from) * if self.bend { at[k] } else { t[k] });
        // A strand thinner than a pixel is spread over one.
        let left: [f32; STEPS] = array!(STEPS, |k| middle[k] - thick[k].max(1.0) / 2.0);
        let right: [f32; STEPS] = array!(STEPS, |k| middle[k] + thick[k].max(1.0) / 2.0);
        Cuts {
            first: array!(STEPS, |k| split(left[k]).0),
            last: array!(STEPS, |k| split(right[k]).0),
            share: array!(STEPS, |k| thick[k].min(1.0)),
            t,
            left,
            right,
        }
    }
}

/// Pixels along the side of a tile, all of which may be skipped at once.
const TILE: usize = 8;

/// What is known of a tile of pixels.
#[derive(Clone, Copy, Debug)]
struct Tile {
    /// Pixels that take more.
    open: u32,
    /// Nearness of the farthest and of the nearest sample in it.
    near: [f32; 2],
}

/// What strands add to a strip of pixels.
pub(super) struct Coat {
    width: usize,
    rows: usize,
    /// Colour times cover, and cover (0-1), row by row.
    pixels: Vec<[f32; 4]>,
    /// Pixels that take more, a bit each, rows in whole words: most of what strands would cover is covered already, and
    /// the bits of a strip stay in the nearest cache.
    open: Vec<u64>,
    /// Words of a row.
    words: usize,
    tiles: Vec<Tile>,
    /// Tiles in a row of them.
    columns: usize,
}

impl Coat {
    /// No strands in so many rows.
    pub(super) fn new(width: usize, rows: usize) -> Self {
        let columns = width.div_ceil(TILE);
        let tile = Tile { open: 0, near: [0.0; 2] };
        let tiles = vec![tile; columns * rows.div_ceil(TILE)];
        let words = width.div_ceil(64);
        let (pixels, open) = (vec![[0.0; 4]; width * rows], vec![u64::MAX; words * rows]);
        Self { width, rows, pixels, open, words, tiles, columns }
    }

    /// Forgets what was drawn, to draw before what the raster shows from row `top` of the picture on.
    pub(super) fn restart(&mut self, raster: &Raster, top: usize) {
        self.pixels.fill([0.0; 4]);
        self.open.fill(u64::MAX);
        let samples = self.columns * TILE * SAMPLES;
        let (mut far, mut near) = (vec![0.0; samples], vec![0.0; samples]);
        for (k, tiles) in self.tiles.chunks_exact_mut(self.columns).enumerate() {
            far.fill(f32::INFINITY);
            near.fill(f32::NEG_INFINITY);
            let rows = TILE.min(self.rows - k * TILE);
            for y in 0..rows * SAMPLES {
                extremes(&mut far, &mut near, raster.row((top + k * TILE) * SAMPLES + y));
            }
            let ends = far.chunks_exact(TILE * SAMPLES).zip(near.chunks_exact(TILE * SAMPLES));
            for (i, (tile, (far, near))) in tiles.iter_mut().zip(ends).enumerate() {
                let columns = TILE.min(self.width - i * TILE);
                let far = far[..columns * SAMPLES].iter().copied().fold(f32::INFINITY, f32::min);
                let near = near[..columns * SAMPLES].iter().copied().fold(f32::NEG_INFINITY, f32::max);
                *tile = Tile { open: (rows * columns) as u32, near: [far, near] };
            }
        }
    }

    /// Whether a piece within these pixels and nearnesses may be seen at all, and whether nothing is before it.
    #[inline(always)]
    fn is_open(&self, low: [f32; 2], high: [f32; 2], [far, near]: [f32; 2]) -> (bool, bool) {
        let tile = |v: f32, count: usize| floor(v).clamp(0, count as isize - 1) as usize / TILE;
        let columns = tile(low[0], self.width)..=tile(high[0], self.width);
        let (mut open, mut clear) = (false, true);
        for row in tile(low[1], self.rows)..=tile(high[1], self.rows) {
            for column in columns.clone() {
                let tile = self.tiles[row * self.columns + column];
                open |= tile.open > 0 && tile.near[0] < near;
                clear &= tile.near[1] < far;
            }
        }
        (open, clear)
    }

    /// Colour times cover and cover of a pixel, with the row counted in the strip.
    #[inline]
    pub(super) fn at(&self, x: usize, row: usize) -> (Vec3, f32) {
        let [r, g, b, cover] = self.pixels[row * self.width + x];
        let color = Vec3::new(r, g, b);
        if 1.0 - cover < LEAST_OPEN { (color / cover, 1.0) } else { (color, cover) }
    }

    /// Blends the straight piece between two points under what is there.
    #[inline(always)]
    fn piece(&mut self, &Piece { ends: [a, b], widths, colors }: &Piece, top: usize, raster: &Raster) {
        if a.x.abs().max(b.x.abs()).max(a.y.abs()).max(b.y.abs()) > 1e6 {
            return;
        }
        let shift = top as f32;
        let out = 1.0 + widths[0].max(widths[1]);
        let low = [a.x.min(b.x) - out, a.y.min(b.y) - out - shift];
        let high = [a.x.max(b.x) + out, a.y.max(b.y) + out - shift];
        let near = [a.nearness.min(b.nearness) * NEARER, a.nearness.max(b.nearness) * NEARER];
        let (open, clear) = self.is_open(low, high, near);
        if !open {
            return;
        }
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let steep = dy.abs() >= dx.abs();
        let [along, across] = if steep {
            [[a.y - shift, b.y - shift], [a.x, b.x]]
        } else {
            [[a.x, b.x], [a.y - shift, b.y - shift]]
        };
        let (columns, rows) = (self.width as isize, self.rows as isize);
        let (limit, side) = if steep { (rows, columns) } else { (columns, rows) };
        let reach = along[1] - along[0];
        // Thick pieces overlap, so that bends show no notch.
        let bend = if widths[0] > 2.0 { 0.35 * widths[0] } else { 0.0 };
        let (low, high) = (along[0].min(along[1]) - bend, along[0].max(along[1]) + bend);
        // Steps are taken at pixel centres.
        let (from, to) = (floor(low + 0.5).max(0), floor(high + 0.5).min(limit));
        let slope = if reach == 0.0 { 0.0 } else { 1.0 / reach };
        // The cut across a slanting strand is longer than it is thick.
        let slant = (dx * dx + dy * dy).sqrt() * slope.abs();
        let line = Line { start: along[0], slope, across, widths, slant, bend: bend > 0.0 };
        for first in (from..to).step_by(STEPS) {
            let cuts = line.cuts(first as i32);
            for (k, step) in (first..to.min(first + STEPS as isize)).enumerate() {
                let (left, right) = (cuts.left[k], cuts.right[k]);
                for place in (cuts.first[k] as isize).max(0)..(cuts.last[k] as isize + 1).min(side) {
                    let (x, y) = if steep { (place, step) } else { (step, place) };
                    let (x, y) = (x as usize, y as usize);
                    let bit = 1 << (x % 64);
                    let word = &mut self.open[y * self.words + x / 64];
                    if *word & bit == 0 {
                        continue;
                    }
                    let t = cuts.t[k];
                    let nearness = (a.nearness + (b.nearness - a.nearness) * t) * NEARER;
                    let seen = if clear {
                        1.0
                    } else {
                        raster.unhidden([x * SAMPLES, (y + top) * SAMPLES], nearness)
                    };
                    let inside = right.min(place as f32 + 1.0) - left.max(place as f32);
                    let pixel = &mut self.pixels[y * self.width + x];
                    let cover = (1.0 - pixel[3]) * inside * cuts.share[k] * seen;
                    let color = (colors[0] + (colors[1] - colors[0]) * t).extend(1.0) * cover;
                    *pixel = (Vec4::from(*pixel) + color).into();
                    if 1.0 - pixel[3] < LEAST_OPEN {
                        *word &= !bit;
                        self.tiles[y / TILE * self.columns + x / TILE].open -= 1;
                    }
                }
            }
        }
    }
}

kernel! {
    /// The least and the greatest of each column so far, with another row.
    fn extremes(least: &mut [f32], greatest: &mut [f32], row: &[f32]) {
        for ((least, greatest), value) in least.iter_mut().zip(greatest).zip(row) {
            *least = least.min(*value);
            *greatest = greatest.max(*value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::raster::Sides;

    fn vertex(x: f32, y: f32, nearness: f32) -> ScreenVertex {
        ScreenVertex { x, y, nearness, weight: 1.0 }
    }

    #[test]
    fn a_strand_covers_its_thickness_whatever_its_slant() {
        let empty = Raster::new(64 * SAMPLES, 64 * SAMPLES);
        for thick in [0.05, 0.3, 0.5, 1.0, 1.7] {
            for way in [[0.0, 1.0], [1.0, 0.0], [0.6, 0.8], [0.8, -0.6]] {
                let mut coat = Coat::new(64, 64);
                coat.restart(&empty, 0);
                let (x, y) = (32.13 - 20.0 * way[0], 32.27 - 20.0 * way[1]);
                let ends = [vertex(x, y, 1.0), vertex(x + 40.0 * way[0], y + 40.0 * way[1], 1.0)];
                coat.piece(&Piece { ends, widths: [thick; 2], colors: [Vec3::ONE; 2] }, 0, &empty);
                let covered: f32 = coat.pixels.iter().map(|p| p[3]).sum();
                assert!((covered / (40.0 * thick) - 1.0).abs() < 0.04, "{thick} {way:?}: {covered}");
                assert!(coat.pixels.iter().all(|p| p[3] <= 1.0 && (p[0] - p[3]).abs() < 1e-5));
            }
        }
    }

    #[test]
    fn what_is_nearer_hides_a_strand() {
        let mut wall = Raster::new(16 * SAMPLES, 16 * SAMPLES);
        let corner = |x: f32, y: f32| vertex(x * SAMPLES as f32, y * SAMPLES as f32, 2.0);
        wall.draw(
            &[corner(0.0, 0.0), corner(40.0, 0.0), corner(0.0, 40.0)],
            &[[0, 1, 2]],
            0,
            Sides::Both,
            None,
        );
        for (nearness, seen) in [(1.0, false), (3.0, true)] {
            let mut coat = Coat::new(16, 16);
            coat.restart(&wall, 0);
            let ends = [vertex(2.5, 2.5, nearness), vertex(2.5, 12.5, nearness)];
            coat.piece(&Piece { ends, widths: [1.0; 2], colors: [Vec3::ONE; 2] }, 0, &wall);
            assert_eq!(coat.at(2, 8).1 > 0.5, seen);
        }
    }

    #[test]
    fn the_nearer_of_two_strands_hides_the_other_and_strips_do_not_show() {
        let lens = Lens {
            position: Vec3::ZERO,
            axes: glam::Mat3::IDENTITY,
            focal: 100.0,
            principal: [20.0, 20.0],
            size: [40, 40],
        };
        let (red, blue) = (Vec3::X, Vec3::Z);
        let mut ribbons = Ribbons::default();
        ribbons.push([4.0; 2], [(Vec3::new(-10.0, -10.0, 90.0), red), (Vec3::new(10.0, 10.0, 90.0), red)]);
        ribbons
            .push([4.0; 2], [(Vec3::new(-10.0, 10.0, 100.0), blue), (Vec3::new(10.0, -10.0, 100.0), blue)]);
        let drawn = |strip: usize| {
            let threads = Threads::new(ribbons.clone(), &lens, strip);
            let empty = Raster::new(40 * SAMPLES, 40 * SAMPLES);
            let mut pixels = Vec::new();
            for (k, top) in (0..40).step_by(strip).enumerate() {
                let mut coat = Coat::new(40, strip);
                coat.restart(&empty, top);
                threads.draw(k, top, &empty, &mut coat);
                pixels.extend(coat.pixels);
            }
            pixels
        };
        let whole = drawn(40);
        let [r, _, b, _] = whole[20 * 40 + 20];
        assert!(r > 0.9 && b < 0.1, "{r} {b}");
        for (a, b) in whole.iter().zip(drawn(8)) {
            assert!((a[3] - b[3]).abs() < 1e-4);
        }
    }
}
