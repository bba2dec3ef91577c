//! A drawn card whose measures are known, for tests.

use image::{Rgb, RgbImage};

use crate::picture::Picture;

/// A card on a plain table, straight on, with letters, a little noise and true samples.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) size: [u32; 2],
    /// Left, top, width and height of the card, px.
    pub(crate) card: [f32; 4],
    pub(crate) table: [f32; 3],
    pub(crate) paper: [f32; 3],
    pub(crate) ink: [f32; 3],
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            size: [1200, 900],
            card: [150.0, 160.0, 900.0, 900.0 * 53.98 / 85.6],
            table: [90.0, 95.0, 100.0],
            paper: [212.0, 214.0, 218.0],
            ink: [40.0, 40.0, 45.0],
        }
    }
}

impl Scene {
    /// Draws it.
    pub(crate) fn paint(&self) -> RgbImage {
        self.paint_over(|_, _, colour| colour)
    }

    /// Draws it, each colour passed through a function of its place, before the noise.
    pub(crate) fn paint_over(&self, over: impl Fn(f32, f32, [f32; 3]) -> [f32; 3]) -> RgbImage {
        noisy(&self.ideal(over))
    }

    /// Draws it without noise.
    pub(crate) fn ideal(&self, over: impl Fn(f32, f32, [f32; 3]) -> [f32; 3]) -> RgbImage {
        let [left, top, w, h] = self.card;
        RgbImage::from_fn(self.size[0], self.size[1], |x, y| {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let (u, v) = ((px - left) / w, (py - top) / h);
            let inside = (0.0..1.0).contains(&u) && (0.0..1.0).contains(&v);
            let colour = match (inside, inside && letter(u, v)) {
                (false, _) => self.table,
                (_, true) => self.ink,
                _ => self.paper,
            };
            Rgb(over(px, py, colour).map(|v| (v + 0.5).clamp(0.0, 255.0) as u8))
        })
    }

    /// The picture of it.
    pub(crate) fn picture(&self) -> Picture {
        Picture::new(self.paint()).unwrap()
    }
}

/// Adds noise that is independent between pixels and channels.
pub(crate) fn noisy(image: &RgbImage) -> RgbImage {
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let colour = image.get_pixel(x, y);
        Rgb([0, 1, 2]
            .map(|c| (i32::from(colour[c]) + (hash(x, y, c as u32) % 7) as i32 - 3).clamp(0, 255) as u8))
    })
}

/// Rows of short strokes, away from the card's edge.
fn letter(u: f32, v: f32) -> bool {
    let row = (v * 12.0) as u32;
    // Letters of two rows do not stand below each other.
    let place = u * 30.0 + (hash(row, 1, 8) % 100) as f32 * 0.01;
    let column = place as u32;
    (1..11).contains(&row)
        && (2..28).contains(&column)
        && v * 12.0 % 1.0 < 0.5
        && place % 1.0 < 0.45
        && !hash(column, row, 9).is_multiple_of(5)
}

/// A well mixed number from three (murmur3's finaliser).
pub(crate) fn hash(x: u32, y: u32, c: u32) -> u32 {
    let mut h = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ c.wrapping_mul(0xc2b2_ae3d);
    for factor in [0x85eb_ca6b, 0xc2b2_ae35] {
        h = (h ^ (h >> 15)).wrapping_mul(factor);
    }
    h ^ (h >> 16)
}
