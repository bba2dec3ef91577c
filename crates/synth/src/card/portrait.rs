//! The holder's photo, as a card printer or a laser makes it.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

use retake_simd::kernel;

use super::canvas::Canvas;
use super::design::{PortraitSpec, Tone};
use super::raster::Grid;
use super::reflectance::{from_code, to_code};
use super::value::WHITE;
use crate::capture::gathered;
use crate::color::luminance;
use crate::image::LinearImage;

/// Share of a colour's distance from grey that dye on plastic keeps.
const SATURATION: f32 = 0.86;
/// The blackest that a photo is printed, against white.
const SHADOW: f32 = 0.05;

/// A portrait (linear, white is 1) to be printed into its place, cut to its shape about the middle.
#[derive(Debug)]
pub(super) struct Plate {
    /// Left and top, px.
    left: usize,
    top: usize,
    press: Press,
    scaled: Scaled,
    /// How much is printed in each row, 0-1.
    rows: Vec<f32>,
}

impl Plate {
    /// None where nothing is to be printed.
    pub(super) fn new(grid: &Grid, spec: &PortraitSpec, portrait: &LinearImage) -> Option<Self> {
        let [x0, y0, x1, y1] = grid.pixels_of(spec.area);
        let (width, height) = (x1.saturating_sub(x0), y1.saturating_sub(y0));
        if width == 0 || height == 0 || portrait.width == 0 || portrait.height == 0 {
            return None;
        }
        let ramp = |i: usize, size: usize| -> f32 {
            let edge = (i.min(size - 1 - i) as f64 + 0.5) / grid.px_per_mm;
            let t = if spec.fade > 0.0 { (edge / spec.fade).clamp(0.0, 1.0) } else { 1.0 };
            (t * t * (3.0 - 2.0 * t)) as f32
        };
        let ink =
            if let Tone::Ink(ink) = spec.tone { ink.reflectance().map(|v| v / WHITE) } else { [SHADOW; 3] };
        let press = Press {
            tone: spec.tone,
            ink,
            bare: 1.0 - spec.see_through as f32,
            columns: (0..width).flat_map(|i| [ramp(i, width); 3]).collect(),
        };
        let scaled = Scaled::new(portrait, width, height);
        let rows = (0..height).map(|row| ramp(row, height) * spec.opacity as f32).collect();
        Some(Self { left: x0, top: y0, press, scaled, rows })
    }

    /// The row below the last one.
    pub(super) fn end(&self) -> usize {
        self.top + self.rows.len()
    }

    /// Prints what of it lies on a canvas.
    pub(super) fn print(&self, canvas: &mut Canvas) {
        let width = self.scaled.width;
        let (mut line, mut dye) = (vec![0.0; 3 * width], vec![0.0; 3 * width]);
        for y in self.top.max(canvas.top)..self.end().min(canvas.top + canvas.image.height) {
            let start = (y - canvas.top) * canvas.grid.width + self.left;
            let points = canvas.image.points[start..start + width].as_flattened_mut();
            self.scaled.row(y - self.top, &mut line);
            press_row(&self.press, self.rows[y - self.top], &line, &mut dye, points);
        }
    }
}

/// What is the same for all rows of a print.
#[derive(Debug)]
struct Press {
    tone: Tone,
    ink: [f32; 3],
    /// Share of the ground that is bleached before.
    bare: f32,
    /// How much is printed in each column, 0-1, thrice: for each channel.
    columns: Vec<f32>,
}

kernel! {
    /// Prints a row; `share` is how much of it, 0-1.
    fn press_row(press: &Press, share: f32, source: &[f32], dye: &mut [f32], points: &mut [u16]) {
        tone(press.tone, press.ink, source, dye);
        for ((point, dye), column) in points.iter_mut().zip(dye).zip(&press.columns) {
            let value = from_code(*point);
            let ground = value + (WHITE - value) * press.bare;
            *point = to_code(value + (ground * *dye - value) * (column * share));
        }
    }
}

/// What the print lets through of the light along a row, against white.
#[inline(always)]
fn tone(tone: Tone, ink: [f32; 3], source: &[f32], dye: &mut [f32]) {
    for (dye, pixel) in dye.as_chunks_mut::<3>().0.iter_mut().zip(source.as_chunks::<3>().0) {
        *dye = [luminance(*pixel); 3];
    }
    let unit = |v: f32| v.max(0.0).min(1.0);
    match tone {
        Tone::Colour => {
            for (dye, v) in dye.iter_mut().zip(source) {
                let v = *dye + (v - *dye) * SATURATION;
                *dye = SHADOW + (1.0 - SHADOW) * unit(v);
            }
        }
        Tone::Grey => inked(ink, dye, unit),
        // A faint second portrait keeps features, not depth of shadow: lightness instead of reflectance.
        Tone::Ink(_) => inked(ink, dye, |grey| unit(grey).sqrt()),
    }
}

/// What one ink lets through of greys, of which each channel has `bare` of the paper.
#[inline(always)]
fn inked(ink: [f32; 3], dye: &mut [f32], bare: impl Fn(f32) -> f32) {
    for dye in dye.as_chunks_mut::<3>().0 {
        for (dye, full) in dye.iter_mut().zip(ink) {
            *dye = full + (1.0 - full) * bare(*dye);
        }
    }
}

/// A picture at another size, cut about its middle (a little more below than above) to the new shape.
#[derive(Debug)]
struct Scaled {
    width: usize,
    /// The picture at its new width, three values a pixel.
    narrow: Vec<f32>,
    rows: Vec<Taps>,
}

impl Scaled {
    fn new(from: &LinearImage, width: usize, height: usize) -> Self {
        let scale = (width as f64 / from.width as f64).max(height as f64 / from.height as f64);
        let (used_w, used_h) = (width as f64 / scale, height as f64 / scale);
        let (left, top) = ((from.width as f64 - used_w) / 2.0, (from.height as f64 - used_h) * 0.4);
        let columns = taps(width, from.width, left, scale);
        let rows = taps(height, from.height, top, scale);
        let mut narrow = vec![0.0; 3 * width * from.height];
        narrowed(from, &columns, &mut narrow);
        Self { width, narrow, rows }
    }

    /// A row of it, three values a pixel.
    fn row(&self, y: usize, out: &mut [f32]) {
        let (first, weights) = &self.rows[y];
        add_rows(&self.narrow[first * 3 * self.width..], weights, out);
    }
}

kernel! {
    /// Puts weighted sums of the columns of `from` into `out`.
    fn narrowed(from: &LinearImage, columns: &[Taps], out: &mut [f32]) {
        // A value more than there are in a row, so that one load of four gets any pixel; the fourth of a sum has no meaning.
        let mut line = vec![0.0f32; 3 * from.width + 1];
        for (y, to) in out.chunks_exact_mut(3 * columns.len()).enumerate() {
            line[..3 * from.width].copy_from_slice(from.pixels[y * from.width..][..from.width].as_flattened());
            for (pixel, (first, weights)) in to.as_chunks_mut::<3>().0.iter_mut().zip(columns) {
                let [r, g, b, _] = gathered(&line, *first, weights, 0.0);
                *pixel = [r, g, b];
            }
        }
    }
}

kernel! {
    /// The sum of the first rows of `rows`, each as long as `out`, by their weights.
    fn add_rows(rows: &[f32], weights: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        for (row, weight) in rows.chunks_exact(out.len()).zip(weights) {
            for (sum, v) in out.iter_mut().zip(row) {
                *sum += v * weight;
            }
        }
    }
}

/// The first input pixel of an output pixel, and the weights from there on.
type Taps = (usize, Vec<f32>);

/// For each output pixel the first input pixel and the weights: Mitchell and Netravali's cubic (1988,
/// B = C = 1/3), widened when the picture gets smaller.
fn taps(size: usize, input: usize, offset: f64, scale: f64) -> Vec<Taps> {
    let stretch = (1.0 / scale).max(1.0);
    let kernel = |t: f64| {
        let t = t.abs();
        if t < 1.0 {
            (7.0 * t * t * t - 12.0 * t * t + 16.0 / 3.0) / 6.0
        } else if t < 2.0 {
            (-7.0 / 3.0 * t * t * t + 12.0 * t * t - 20.0 * t + 32.0 / 3.0) / 6.0
        } else {
            0.0
        }
    };
    let tap = |i: usize| {
        let centre = offset + (i as f64 + 0.5) / scale - 0.5;
        let last_pixel = input as f64 - 1.0;
        let first = (centre - 2.0 * stretch).ceil().clamp(0.0, last_pixel) as usize;
        let last = (centre + 2.0 * stretch).floor().clamp(0.0, last_pixel) as usize;
        let raw: Vec<f64> = (first..=last).map(|j| kernel((j as f64 - centre) / stretch)).collect();
        let sum: f64 = raw.iter().sum();
        (first, raw.iter().map(|w| (w / sum) as f32).collect())
    };
    (0..size).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resizing_keeps_flat_and_linear_pictures() {
        let mut ramp = LinearImage::filled(40, 50, [0.0; 3]);
        for (i, pixel) in ramp.pixels.iter_mut().enumerate() {
            *pixel = [(i % 40) as f32, (i / 40) as f32, 1.0];
        }
        for (width, height) in [(80, 100), (20, 25), (97, 60)] {
            let scaled = Scaled::new(&ramp, width, height);
            let mut row = vec![0.0; 3 * width];
            for y in 0..height {
                scaled.row(y, &mut row);
                assert!(row.iter().skip(2).step_by(3).all(|v| (v - 1.0).abs() < 1e-5));
            }
            scaled.row(height / 2, &mut row);
            let [a, b] = [width / 4, 3 * width / 4].map(|x| row[3 * x]);
            let scale = (width as f32 / 40.0).max(height as f32 / 50.0);
            let steps = (3 * width / 4 - width / 4) as f32;
            assert!(((b - a) - steps / scale).abs() < 0.05, "{width} {height} {a} {b}");
        }
    }
}
