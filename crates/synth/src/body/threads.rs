//! Strands on the screen: pieces of them with exact coverage, blended in the order of their depth.
//!
//! A hair is thinner than a pixel of a phone's picture. Sampled, it comes out as a wire with stairs or as noise;
//! here each piece covers the share of a pixel that it does cover, and pieces are blended under each other from
//! front to back (Porter and Duff 1984), so that many of them read as a mass with fine lines in it. What lies
//! deep in hair is behind pixels that are covered already, and costs next to nothing.

use super::raster::{Raster, ScreenVertex, floor};
use super::render::{Lens, SAMPLES};
use super::strands::Ribbons;
use glam::Vec3;

const _: () = assert!(SAMPLES == 2, "a pixel is 2x2 samples of the raster");

/// Steps of depth that pieces are sorted by.
const DEPTHS: usize = 2048;
/// A pixel that is covered but for less takes no more.
pub(super) const LEAST_OPEN: f32 = 1.0 / 256.0;
/// How much nearer strands are taken to be than they are, so that those that lie on the skin are seen: some
/// half a millimetre at arm's length.
const NEARER: f32 = 1.001;

/// Strands thinner than this on the screen, px, are drawn fewer and thicker, down to this share of them (stochastic
/// simplification, Cook, Halstead, Planck and Ryu 2007): what a pixel shows of them is the same.
const FINE: f32 = 0.3;
const LEAST_DRAWN: f32 = 0.3;

/// All strands of a picture, ready to be drawn strip by strip.
pub(super) struct Threads<'a> {
    screen: Vec<ScreenVertex>,
    /// Thickness at each point, px.
    widths: Vec<f32>,
    colors: &'a [Vec3],
    /// The pieces that each strip of rows sees, as the number of their second point, from front to back.
    strips: Vec<Vec<u32>>,
}

impl<'a> Threads<'a> {
    /// Strands in a picture that is drawn in strips of so many rows.
    pub(super) fn new(ribbons: &'a Ribbons, lens: &Lens, strip: usize) -> Self {
        let screen: Vec<_> = ribbons.points.iter().map(|p| lens.project(*p, 1.0)).collect();
        let mut widths = Vec::with_capacity(screen.len());
        let mut pieces = Vec::with_capacity(screen.len());
        let mut due = 0.0;
        for (strand, &[root, tip]) in ribbons.starts.windows(2).zip(&ribbons.widths) {
            let last = (strand[1] - strand[0]).max(2) as f32 - 1.0;
            let thick = root * lens.focal * screen.get(strand[0] as usize).map_or(0.0, |v| v.weight.max(0.0));
            let drawn = (thick / FINE).clamp(LEAST_DRAWN, 1.0);
            due += drawn;
            let skipped = due < 1.0;
            due -= if skipped { 0.0 } else { 1.0 };
            let [root, tip] = [root, tip].map(|width| width / drawn);
            for (k, i) in (strand[0]..strand[1]).enumerate() {
                let s = k as f32 / last;
                // Thick for most of its length, then quickly thin.
                widths.push((root + (tip - root) * s * s) * lens.focal * screen[i as usize].weight);
                if !skipped && k > 0 && screen[i as usize].weight.min(screen[i as usize - 1].weight) > 0.0 {
                    pieces.push(i);
                }
            }
        }
        let mut threads = Self { screen, widths, colors: &ribbons.colors, strips: Vec::new() };
        threads.strips = vec![Vec::new(); lens.size[1].div_ceil(strip.max(1))];
        for piece in threads.sorted_by_nearness(&pieces) {
            let [low, high] = threads.rows(piece);
            if high >= 0.0 && low < lens.size[1] as f32 {
                let [first, last] = [low, high].map(|y| y.max(0.0) as usize / strip);
                for list in threads.strips.iter_mut().take(last + 1).skip(first) {
                    list.push(piece);
                }
            }
        }
        threads
    }

    /// The pieces in the order of their depth, of equal ones the first first.
    fn sorted_by_nearness(&self, pieces: &[u32]) -> Vec<u32> {
        let depth = |i: u32| self.screen[i as usize].nearness + self.screen[i as usize - 1].nearness;
        let (mut far, mut near) = (f32::INFINITY, f32::NEG_INFINITY);
        for &i in pieces {
            (far, near) = (far.min(depth(i)), near.max(depth(i)));
        }
        let scale = (DEPTHS - 1) as f32 / (near - far).max(1e-12);
        let step = |i: u32| ((near - depth(i)) * scale) as usize;
        let mut place = vec![0usize; DEPTHS + 1];
        for &i in pieces {
            place[step(i) + 1] += 1;
        }
        for k in 0..DEPTHS {
            place[k + 1] += place[k];
        }
        let mut sorted = vec![0; pieces.len()];
        for &i in pieces {
            let slot = &mut place[step(i)];
            sorted[*slot] = i;
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
        for &piece in self.strips.get(strip).into_iter().flatten() {
            let i = piece as usize;
            let ends = [self.screen[i - 1], self.screen[i]];
            coat.piece(
                ends,
                [self.widths[i - 1], self.widths[i]],
                [self.colors[i - 1], self.colors[i]],
                top,
                raster,
            );
        }
    }
}

/// What strands add to a strip of pixels.
pub(super) struct Coat {
    width: usize,
    rows: usize,
    /// Colour times cover, and cover (0-1), row by row.
    pixels: Vec<[f32; 4]>,
}

impl Coat {
    /// No strands in so many rows.
    pub(super) fn new(width: usize, rows: usize) -> Self {
        Self { width, rows, pixels: vec![[0.0; 4]; width * rows] }
    }

    /// Colour times cover and cover of a pixel, with the row counted in the strip.
    pub(super) fn at(&self, x: usize, row: usize) -> (Vec3, f32) {
        let [r, g, b, cover] = self.pixels[row * self.width + x];
        (Vec3::new(r, g, b), cover)
    }

    /// Blends the straight piece between two points under what is there.
    fn piece(
        &mut self,
        [a, b]: [ScreenVertex; 2],
        widths: [f32; 2],
        colors: [Vec3; 2],
        top: usize,
        raster: &Raster,
    ) {
        if a.x.abs().max(b.x.abs()).max(a.y.abs()).max(b.y.abs()) > 1e6 {
            return;
        }
        let shift = top as f32;
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
        for step in from..to {
            let t = ((step as f32 + 0.5 - along[0]) * slope).clamp(0.0, 1.0);
            let thick = (widths[0] + (widths[1] - widths[0]) * t) * slant;
            let middle = across[0] + (across[1] - across[0]) * t;
            // A strand thinner than a pixel is spread over one.
            let (half, share) = (thick.max(1.0) / 2.0, thick.min(1.0));
            let nearness = (a.nearness + (b.nearness - a.nearness) * t) * NEARER;
            let color = colors[0] + (colors[1] - colors[0]) * t;
            let (left, right) = (middle - half, middle + half);
            for place in floor(left).max(0)..(floor(right) + 1).min(side) {
                let (x, y) = if steep { (place, step) } else { (step, place) };
                let (x, y) = (x as usize, y as usize);
                let pixel = &mut self.pixels[y * self.width + x];
                let open = 1.0 - pixel[3];
                if open < LEAST_OPEN {
                    continue;
                }
                let inside = right.min(place as f32 + 1.0) - left.max(place as f32);
                let seen = raster.unhidden([x * SAMPLES, (y + top) * SAMPLES], nearness);
                let cover = open * inside * share * seen;
                pixel[0] += color.x * cover;
                pixel[1] += color.y * cover;
                pixel[2] += color.z * cover;
                pixel[3] += cover;
            }
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
                let (x, y) = (32.13 - 20.0 * way[0], 32.27 - 20.0 * way[1]);
                let ends = [vertex(x, y, 1.0), vertex(x + 40.0 * way[0], y + 40.0 * way[1], 1.0)];
                coat.piece(ends, [thick; 2], [Vec3::ONE; 2], 0, &empty);
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
            |_| true,
        );
        for (nearness, seen) in [(1.0, false), (3.0, true)] {
            let mut coat = Coat::new(16, 16);
            let ends = [vertex(2.5, 2.5, nearness), vertex(2.5, 12.5, nearness)];
            coat.piece(ends, [1.0; 2], [Vec3::ONE; 2], 0, &wall);
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
            let threads = Threads::new(&ribbons, &lens, strip);
            let empty = Raster::new(40 * SAMPLES, 40 * SAMPLES);
            let mut pixels = Vec::new();
            for (k, top) in (0..40).step_by(strip).enumerate() {
                let mut coat = Coat::new(40, strip);
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
