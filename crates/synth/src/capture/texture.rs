//! The card's printed face as the camera needs it: a pyramid of halved pictures, sampled with a filter of
//! the pixel's own size.

use crate::card::{Artwork, HologramPatch};
use crate::image::LinearImage;
use crate::{Error, Result};

/// The printed face of a card, made ready to be photographed. Build it once per artwork and share it between
/// the photos of a card.
#[derive(Clone, Debug)]
pub struct CardFace {
    size_mm: [f64; 2],
    levels: Vec<Level>,
    /// Texels per millimetre at level 0.
    density: [f32; 2],
    /// Hologram patches.
    hologram: Vec<HologramPatch>,
}

/// One picture of the pyramid: linear reflectance in 1/65535, four values a texel so that one load gets it.
#[derive(Clone, Debug)]
struct Level {
    width: usize,
    height: usize,
    texels: Vec<[u16; 4]>,
}

impl CardFace {
    /// Takes a face of `size_mm` with its linear reflectance (0-1) and the hologram patches on it.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the picture is empty or the size is not positive.
    pub fn new(albedo: &LinearImage, size_mm: [f64; 2], hologram: Vec<HologramPatch>) -> Result<Self> {
        if albedo.pixels.is_empty() || size_mm.iter().any(|s| !s.is_finite() || *s <= 0.0) {
            return Err(Error::Invalid(format!(
                "a card's face of {}x{} texels and {size_mm:?} mm has no area",
                albedo.width, albedo.height
            )));
        }
        let mut levels = vec![Level::from_image(albedo)];
        while let Some(last) = levels.last().filter(|l| l.width.min(l.height) > 8) {
            levels.push(last.halved());
        }
        let density = [albedo.width as f64 / size_mm[0], albedo.height as f64 / size_mm[1]].map(|d| d as f32);
        Ok(Self { size_mm, levels, density, hologram })
    }

    /// The printed face of an artwork.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of(artwork: &Artwork) -> Result<Self> {
        Self::new(&artwork.albedo, artwork.size_mm, artwork.holograms.clone())
    }

    /// Width and height, mm.
    pub fn size_mm(&self) -> [f64; 2] {
        self.size_mm
    }

    /// Hologram patches.
    pub fn hologram(&self) -> &[HologramPatch] {
        &self.hologram
    }

    /// Mean reflectance of the face.
    pub fn mean(&self) -> [f32; 3] {
        let Some(last) = self.levels.last() else { return [0.0; 3] };
        let mut sum = [0.0f32; 3];
        for texel in &last.texels {
            for k in 0..3 {
                sum[k] += f32::from(texel[k]);
            }
        }
        sum.map(|s| s / (65535.0 * last.texels.len() as f32))
    }

    /// Mean reflectance over a pixel's footprint: the parallelogram of `across` and `down` (mm on the card for
    /// a step of one pixel) about the point `at`, mm.
    ///
    /// Four taps in the parallelogram, each from the pyramid level whose texels fit a quarter of it.
    #[inline]
    pub(crate) fn sample(&self, at: [f32; 2], across: [f32; 2], down: [f32; 2]) -> [f32; 3] {
        let [dx, dy] = self.density;
        let (ax, ay, bx, by) = (across[0] * dx, across[1] * dy, down[0] * dx, down[1] * dy);
        // Texels that half of a pixel covers along the longer side.
        let half = 0.5 * (ax * ax + ay * ay).max(bx * bx + by * by).sqrt();
        let (level, blend) = self.level(half);
        let (x, y) = (at[0] * dx, at[1] * dy);
        let mut sum = [0.0f32; 3];
        for (s, t) in [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)] {
            let (px, py) = (x + s * ax + t * bx, y + s * ay + t * by);
            let tap = self.tap(level, px, py);
            let tap = if blend > 0.0 {
                let coarse = self.tap(level + 1, px, py);
                core::array::from_fn(|k| tap[k] + (coarse[k] - tap[k]) * blend)
            } else {
                tap
            };
            for k in 0..3 {
                sum[k] += tap[k];
            }
        }
        sum.map(|v| v * (0.25 / 65535.0))
    }

    /// The level for taps that are `texels` wide, and how far towards the next one.
    #[inline]
    fn level(&self, texels: f32) -> (usize, f32) {
        // A bilinear tap is itself about a texel and a half wide.
        let mut rest = texels / 1.4;
        let mut level = 0;
        while rest >= 2.0 && level + 1 < self.levels.len() {
            rest *= 0.5;
            level += 1;
        }
        if level + 1 < self.levels.len() { (level, (rest - 1.0).clamp(0.0, 1.0)) } else { (level, 0.0) }
    }

    #[inline]
    fn tap(&self, level: usize, x: f32, y: f32) -> [f32; 3] {
        let grid = &self.levels[level];
        let scale = 1.0 / (1u32 << level) as f32;
        let (x, y) = ((x * scale - 0.5).max(0.0), (y * scale - 0.5).max(0.0));
        let (ix, iy) = ((x as usize).min(grid.width - 1), (y as usize).min(grid.height - 1));
        let (tx, ty) = ((x - ix as f32).min(1.0), (y - iy as f32).min(1.0));
        let (jx, jy) = ((ix + 1).min(grid.width - 1), (iy + 1).min(grid.height - 1));
        let [a, b] = [grid.texels[iy * grid.width + ix], grid.texels[iy * grid.width + jx]];
        let [c, d] = [grid.texels[jy * grid.width + ix], grid.texels[jy * grid.width + jx]];
        core::array::from_fn(|k| {
            let top = f32::from(a[k]) + (f32::from(b[k]) - f32::from(a[k])) * tx;
            let bottom = f32::from(c[k]) + (f32::from(d[k]) - f32::from(c[k])) * tx;
            top + (bottom - top) * ty
        })
    }
}

impl Level {
    fn from_image(image: &LinearImage) -> Self {
        let texels = image
            .pixels
            .iter()
            .map(|p| {
                let [r, g, b] = p.map(|v| (v.clamp(0.0, 1.0) * 65535.0 + 0.5) as u16);
                [r, g, b, 0]
            })
            .collect();
        Self { width: image.width, height: image.height, texels }
    }

    /// Means of two by two texels; an odd last row or column is repeated.
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut texels = Vec::with_capacity(width * height);
        for y in 0..height {
            let rows = [2 * y, (2 * y + 1).min(self.height - 1)]
                .map(|r| &self.texels[r * self.width..][..self.width]);
            for x in 0..width {
                let (l, r) = (2 * x, (2 * x + 1).min(self.width - 1));
                texels.push(core::array::from_fn(|k| {
                    let sum = u32::from(rows[0][l][k])
                        + u32::from(rows[0][r][k])
                        + u32::from(rows[1][l][k])
                        + u32::from(rows[1][r][k]);
                    ((sum + 2) / 4) as u16
                }));
            }
        }
        Self { width, height, texels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripes(width: usize, height: usize) -> LinearImage {
        let mut image = LinearImage::filled(width, height, [0.1; 3]);
        for (i, p) in image.pixels.iter_mut().enumerate() {
            if (i % width / 3 + i / width / 5).is_multiple_of(2) {
                *p = [0.9, 0.7, 0.5];
            }
        }
        image
    }

    #[test]
    fn minification_keeps_the_mean() {
        let image = stripes(960, 600);
        let face = CardFace::new(&image, [96.0, 60.0], vec![]).unwrap();
        for pixel in [0.07f32, 0.19, 0.33, 1.0, 3.7] {
            let (mut sum, mut n) = (0.0f64, 0.0);
            let mut y = 0.5 * pixel;
            while y < 60.0 {
                let mut x = 0.5 * pixel;
                while x < 96.0 {
                    sum += f64::from(face.sample([x, y], [pixel, 0.0], [0.0, pixel])[0]);
                    n += 1.0;
                    x += pixel;
                }
                y += pixel;
            }
            assert!((sum / n - 0.5).abs() < 0.02, "{pixel}: {}", sum / n);
        }
        assert!((face.mean()[1] - 0.4).abs() < 0.01);
    }

    #[test]
    fn far_stripes_turn_grey_without_moire() {
        let face = CardFace::new(&stripes(960, 600), [96.0, 60.0], vec![]).unwrap();
        for i in 0..40 {
            let v = face.sample([20.0 + 0.37 * i as f32, 30.0], [1.6, 0.0], [0.0, 1.6])[0];
            assert!((v - 0.5).abs() < 0.06, "{i}: {v}");
        }
    }
}
