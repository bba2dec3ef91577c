//! Coverage: how much of each pixel a shape or a stroke fills.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

use ab_glyph_rasterizer::{Rasterizer, point};
use retake_simd::kernel;

use super::artwork::Rect;
use super::path::{Contours, Point};
use crate::image::Buffer;

/// Pixels of the artwork: millimetres to pixels, its size, and the rows that are printed on at present.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    pub px_per_mm: f64,
    pub width: usize,
    pub height: usize,
    /// The first of these rows, and one past the last.
    pub rows: [usize; 2],
}

impl Grid {
    pub(super) fn new([width, height]: [f64; 2], px_per_mm: f64) -> Self {
        let px = |mm: f64| (mm * px_per_mm).round().max(1.0) as usize;
        let (width, height) = (px(width), px(height));
        Self { px_per_mm, width, height, rows: [0, height] }
    }

    /// The same artwork in bands of about as many rows, from the top, each of no more points than these but for a single row.
    pub(super) fn bands(self, points: usize) -> impl Iterator<Item = Self> {
        let most = (points / self.width).max(1);
        let count = self.height.div_ceil(most);
        let row = move |k: usize| self.height * k / count;
        (0..count).map(move |k| Self { rows: [row(k), row(k + 1)], ..self })
    }

    /// The pixels of a rectangle: first column and row, and one past the last.
    pub(super) fn pixels_of(&self, [x, y, w, h]: Rect) -> [usize; 4] {
        let at = |mm: f64, limit: usize| ((mm * self.px_per_mm).round().max(0.0) as usize).min(limit);
        let (width, height) = (self.width, self.height);
        [at(x, width), at(y, height), at(x + w, width), at(y + h, height)]
    }
}

/// Share of each pixel that is filled (0-1), in a box that lies inside the artwork, or in those of its rows that are printed
/// on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Coverage {
    /// Left edge, px.
    pub x: usize,
    /// Top edge, px.
    pub y: usize,
    /// Top edge of the whole box, px: strokes are measured from there, so that they are the same in all bands.
    whole_y: usize,
    pub width: usize,
    pub height: usize,
    pub values: Buffer<f32>,
}

/// Pixels that a pen draws at a time.
const CHUNK: usize = 8;

/// A straight stroke.
struct Pen {
    /// Where it begins, and the way to its end, px.
    start: [f32; 2],
    way: [f32; 2],
    radius: f32,
}

impl Pen {
    /// Draws the pixels from `(column, row)` to the right.
    #[inline(always)]
    fn draw(&self, [column, row]: [usize; 2], values: &mut [f32]) {
        let Self { start: [ax, ay], way: [dx, dy], radius } = *self;
        let reach = radius + 0.5;
        let inverse = 1.0 / (dx * dx + dy * dy).max(1e-9);
        let full = (2.0 * radius).min(1.0);
        let py = row as f32 + 0.5 - ay;
        for (i, value) in values.iter_mut().enumerate() {
            let px = (column as i32 + i as i32) as f32 + 0.5 - ax;
            let t = ((px * dx + py * dy) * inverse).max(0.0).min(1.0);
            let (ex, ey) = (px - t * dx, py - t * dy);
            let covered = (reach - (ex * ex + ey * ey).sqrt()).min(full);
            *value = value.max(covered);
        }
    }
}

kernel! {
    /// Draws polylines (mm) with a round pen of this radius, px.
    fn draw(coverage: &mut Coverage, grid: &Grid, lines: &[Vec<Point>], radius: f32) {
        for line in lines {
            for pair in line.windows(2) {
                let [a, b] = [pair[0], pair[1]].map(|[x, y]| [x * grid.px_per_mm, y * grid.px_per_mm]);
                coverage.segment(a, b, radius);
            }
        }
    }
}

impl Coverage {
    /// Nothing filled, in the pixels that the box (left, top, right, bottom, px) touches.
    pub(super) fn empty(grid: &Grid, [left, top, right, bottom]: [f64; 4]) -> Self {
        let inside = |v: f64, limit: usize| v.clamp(0.0, limit as f64) as usize;
        let (x, whole_y) = (inside(left.floor(), grid.width), inside(top.floor(), grid.height));
        let width = inside(right.ceil(), grid.width).saturating_sub(x);
        let y = whole_y.clamp(grid.rows[0], grid.rows[1]);
        let height = inside(bottom.ceil(), grid.height).min(grid.rows[1]).saturating_sub(y);
        Self { x, y, whole_y, width, height, values: Buffer::filled(width * height, 0.0) }
    }

    /// Nothing filled, over a rectangle in mm or the whole artwork.
    pub(super) fn over(grid: &Grid, area: Option<Rect>) -> Self {
        let [x, y, w, h] = area.unwrap_or([0.0, 0.0, 1e6, 1e6]);
        Self::empty(grid, [x, y, x + w, y + h].map(|v| v * grid.px_per_mm))
    }

    /// Sets each value from the middle of its pixel, mm.
    #[inline(always)]
    pub(super) fn set(&mut self, grid: &Grid, value: impl Fn(f64, f64) -> f64) {
        let middle = |i: i32| (f64::from(i) + 0.5) / grid.px_per_mm;
        for (row, line) in (self.y as i32..).zip(self.values.chunks_exact_mut(self.width.max(1))) {
            let y = middle(row);
            for (column, out) in (self.x as i32..).zip(line) {
                *out = value(middle(column), y) as f32;
            }
        }
    }

    /// Fills closed contours (mm). Contours of opposite sense cut holes.
    pub(super) fn fill(grid: &Grid, contours: &Contours) -> Self {
        let Some(bounds) = contours.bounds() else { return Self::empty(grid, [0.0; 4]) };
        let [left, top, right, bottom] = bounds.map(|v| v * grid.px_per_mm);
        // The rasterizer must see all of the outline; what lies outside the artwork is cut afterwards.
        let (x0, y0) = (left.floor() - 1.0, top.floor() - 1.0);
        let (width, height) = ((right - x0).ceil() as usize + 2, (bottom - y0).ceil() as usize + 2);
        let mut out = Self::empty(grid, [x0, y0, x0 + width as f64, y0 + height as f64]);
        if out.values.is_empty() {
            return out;
        }
        let mut rasterizer = Rasterizer::new(width, height);
        let at = |[x, y]: Point| point((x * grid.px_per_mm - x0) as f32, (y * grid.px_per_mm - y0) as f32);
        for contour in &contours.0 {
            for (i, p) in contour.iter().enumerate() {
                rasterizer.draw_line(at(*p), at(contour[(i + 1) % contour.len()]));
            }
        }
        let (dx, dy) = (x0 as i64, y0 as i64);
        let (x, y, w, h) = (out.x as i64, out.y as i64, out.width as i64, out.height as i64);
        rasterizer.for_each_pixel_2d(|px, py, value| {
            let (column, row) = (i64::from(px) + dx - x, i64::from(py) + dy - y);
            // Sums of areas leave residues far outside the outline.
            let inked = value.abs() > 1e-3;
            if inked && (0..w).contains(&column) && (0..h).contains(&row) {
                out.values[(row * w + column) as usize] = value.abs().min(1.0);
            }
        });
        out
    }

    /// Draws polylines (mm) with a round pen of `width` mm, clipped to `area` or the artwork. Where lines
    /// meet, the stronger counts: ink of one plate does not add up.
    pub(super) fn stroke(grid: &Grid, lines: &[Vec<Point>], width: f64, area: Option<Rect>) -> Self {
        let mut out = Self::over(grid, area);
        let radius = (width * grid.px_per_mm / 2.0) as f32;
        draw(&mut out, grid, lines, radius);
        out
    }

    /// One segment, px: coverage from the distance to it, over a pixel's width.
    #[inline(always)]
    fn segment(&mut self, a: Point, b: Point, radius: f32) {
        let (ax, ay) = ((a[0] - self.x as f64) as f32, (a[1] - self.whole_y as f64) as f32);
        let (bx, by) = ((b[0] - self.x as f64) as f32, (b[1] - self.whole_y as f64) as f32);
        let reach = radius + 0.5;
        let range = |low: f32, high: f32, least: usize, limit: usize| {
            let first = (low - reach - 0.5).ceil().max(0.0) as usize;
            first.max(least)..((high + reach + 0.5).floor().max(0.0) as usize).min(limit)
        };
        // Rows above the box have none of it.
        let above = self.y.saturating_sub(self.whole_y);
        let rows = range(ay.min(by), ay.max(by), above, above + self.height);
        let columns = range(ax.min(bx), ax.max(bx), 0, self.width);
        let pen = Pen { start: [ax, ay], way: [bx - ax, by - ay], radius };
        for row in rows {
            // Pixels beyond the last column are too far away to be changed: whole chunks take less time.
            let line = &mut self.values[(row - above) * self.width..][..self.width];
            let mut column = columns.start;
            while column < columns.end {
                if let Some(chunk) = line[column..].first_chunk_mut::<CHUNK>() {
                    pen.draw([column, row], chunk);
                } else {
                    pen.draw([column, row], &mut line[column..]);
                }
                column += CHUNK;
            }
        }
    }

    /// Fades out towards the edges of `area` over `fade` mm.
    pub(super) fn fade(&mut self, grid: &Grid, area: Option<Rect>, fade: f64) {
        if fade <= 0.0 {
            return;
        }
        let full = [0.0, 0.0, grid.width as f64 / grid.px_per_mm, grid.height as f64 / grid.px_per_mm];
        let [left, top, width, height] = area.unwrap_or(full);
        let ramp = |v: f64, size: f64| {
            let t = (v.min(size - v) / fade).clamp(0.0, 1.0);
            (t * t * (3.0 - 2.0 * t)) as f32
        };
        let middle = |i: usize| (i as f64 + 0.5) / grid.px_per_mm;
        let columns: Vec<f32> = (0..self.width).map(|c| ramp(middle(self.x + c) - left, width)).collect();
        for (row, line) in self.values.chunks_exact_mut(self.width.max(1)).enumerate() {
            let vertical = ramp(middle(self.y + row) - top, height);
            line.iter_mut().zip(&columns).for_each(|(v, c)| *v *= c * vertical);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { px_per_mm: 10.0, width: 200, height: 100, rows: [0, 100] };

    #[test]
    fn filled_area_is_the_polygon_area() {
        let square = Contours(vec![vec![[1.03, 2.01], [4.53, 2.01], [4.53, 5.21], [1.03, 5.21]]]);
        let sum: f32 = Coverage::fill(&GRID, &square).values.iter().sum();
        assert!((f64::from(sum) - 35.0 * 32.0).abs() < 0.5, "{sum}");
    }

    #[test]
    fn outlines_beyond_the_artwork_are_cut() {
        let square = Contours(vec![vec![[-5.0, -5.0], [2.0, -5.0], [2.0, 3.0], [-5.0, 3.0]]]);
        let cover = Coverage::fill(&GRID, &square);
        let sum: f32 = cover.values.iter().sum();
        assert!((f64::from(sum) - 20.0 * 30.0).abs() < 0.5 && (cover.x, cover.y) == (0, 0), "{sum}");
    }

    #[test]
    fn bands_are_parts_of_the_whole() {
        let lines = vec![vec![[2.0, 1.5], [12.3, 6.1], [3.3, 9.7], [-1.0, 4.0]]];
        let ring = Contours(vec![vec![[5.03, 1.01], [14.53, 4.01], [9.53, 9.21], [1.03, 7.21]]]);
        let of = |grid: &Grid| {
            let mut stroke = Coverage::stroke(grid, &lines, 0.3, Some([1.0, 1.3, 16.0, 7.7]));
            stroke.fade(grid, None, 2.0);
            [stroke, Coverage::fill(grid, &ring)]
        };
        let whole = of(&GRID);
        for points in [1, 5000, 7000, 100_000] {
            let mut next = [0; 2];
            for band in GRID.bands(points) {
                for ((part, whole), next) in of(&band).iter().zip(&whole).zip(&mut next) {
                    assert_eq!([part.x, part.width], [whole.x, whole.width]);
                    assert!(part.height == 0 || part.y == whole.y + *next / whole.width);
                    assert_eq!(part.values[..], whole.values[*next..][..part.values.len()]);
                    *next += part.values.len();
                }
            }
            assert_eq!(next, whole.each_ref().map(|whole| whole.values.len()));
        }
    }

    #[test]
    fn stroked_area_is_length_times_width() {
        let line = vec![vec![[2.0, 2.0], [12.0, 6.0]]];
        let sum: f32 = Coverage::stroke(&GRID, &line, 0.3, None).values.iter().sum();
        let (length, width) = (116f64.sqrt() * 10.0, 3.0);
        let expected = length * width + core::f64::consts::PI * width * width / 4.0;
        assert!((f64::from(sum) / expected - 1.0).abs() < 0.02, "{sum} {expected}");
        let thin: f32 = Coverage::stroke(&GRID, &line, 0.04, None).values.iter().sum();
        assert!((f64::from(thin) / (length * 0.4) - 1.0).abs() < 0.5, "{thin}");
    }
}
