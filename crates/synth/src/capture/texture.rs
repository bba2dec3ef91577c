//! The card's printed face as the camera needs it: pictures of falling resolution, each half as many texels as the one
//! before, made when a photo first needs them.
//!
//! A photo samples the one whose texels are about as large as its pixels, so that one bilinear tap is the mean over a
//! pixel: the warp is bound by the loads of texels.

use std::sync::{Mutex, OnceLock, PoisonError};

use retake_simd::{kernel, nearest, split};

use super::lanes::{LANES, Lane};
use super::resample::{Spans, gathered};
use crate::card::{HologramPatch, Reflectance};
use crate::{Error, Result};

/// The resolutions that a face can have.
const LEVELS: usize = 20;
/// The most texels along a pixel.
const MOST_TEXELS: f32 = 1.2;

/// The printed face of a card, made ready to be photographed. Build it once per artwork and share it between
/// the photos of a card.
#[derive(Debug)]
pub struct CardFace {
    size_mm: [f64; 2],
    /// Width of the artwork, texels.
    width: usize,
    /// None once it has been let go, see [`Self::prepare`].
    artwork: Mutex<Option<Reflectance>>,
    levels: [OnceLock<Level>; LEVELS],
    /// Hologram patches.
    hologram: Vec<HologramPatch>,
}

/// A picture of the face: linear reflectance, four values a texel so that one load gets it. The last column and row are
/// repeated once.
#[derive(Debug)]
pub(crate) struct Level {
    /// Greatest place of a tap, texels.
    last: [f32; 2],
    stride: usize,
    /// Texels per millimetre.
    density: [f32; 2],
    texels: Vec<[u16; 4]>,
}

impl CardFace {
    /// Takes a face of `size_mm` and the hologram patches on it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a face without area.
    pub fn new(artwork: Reflectance, size_mm: [f64; 2], hologram: Vec<HologramPatch>) -> Result<Self> {
        if artwork.points.is_empty() || size_mm.iter().any(|s| !s.is_finite() || *s <= 0.0) {
            return Err(Error::Invalid(format!(
                "a card's face of {}x{} texels and {size_mm:?} mm has no area",
                artwork.width, artwork.height
            )));
        }
        let (width, artwork) = (artwork.width, Mutex::new(Some(artwork)));
        Ok(Self { size_mm, width, artwork, levels: [const { OnceLock::new() }; LEVELS], hologram })
    }

    /// Width and height, mm.
    pub fn size_mm(&self) -> [f64; 2] {
        self.size_mm
    }

    /// Hologram patches.
    pub fn hologram(&self) -> &[HologramPatch] {
        &self.hologram
    }

    /// The number of the picture for pixels of this footprint, mm.
    fn level_of(&self, footprint: f32) -> usize {
        let mut texels = self.width as f32 / self.size_mm[0] as f32 * footprint;
        let mut level = 0;
        while texels > MOST_TEXELS && level + 1 < LEVELS {
            texels *= core::f32::consts::FRAC_1_SQRT_2;
            level += 1;
        }
        level
    }

    /// The picture of the face for pixels of this footprint, mm.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is not there and the artwork has been let go.
    pub(crate) fn level_for(&self, footprint: f32) -> Result<&Level> {
        let number = self.level_of(footprint);
        if let Some(level) = self.levels[number].get() {
            return Ok(level);
        }
        let artwork = self.artwork.lock().unwrap_or_else(PoisonError::into_inner);
        let artwork = artwork.as_ref().ok_or_else(|| Error::Invalid("the card is not prepared".into()))?;
        Ok(self.levels[number].get_or_init(|| self.level(artwork, number)))
    }

    /// Makes the picture of the face for pixels of this footprint, mm, and lets the artwork go: it takes more memory than all
    /// else of a photo, and most cards are photographed from one distance. Where it is gone, `print` makes it anew.
    ///
    /// # Errors
    /// Those of `print`.
    pub(crate) fn prepare(&self, footprint: f32, print: impl FnOnce() -> Result<Reflectance>) -> Result<()> {
        let number = self.level_of(footprint);
        if self.levels[number].get().is_none() {
            let kept = self.artwork.lock().unwrap_or_else(PoisonError::into_inner).take();
            let artwork = kept.map_or_else(print, Ok)?;
            self.levels[number].get_or_init(|| self.level(&artwork, number));
        }
        Ok(())
    }

    fn level(&self, artwork: &Reflectance, level: usize) -> Level {
        let shrink =
            if level % 2 == 1 { core::f64::consts::SQRT_2 } else { 1.0 } * (1u64 << (level / 2)) as f64;
        let [width, height] =
            [artwork.width, artwork.height].map(|side| ((side as f64 / shrink + 0.5) as usize).max(1));
        let stride = width + 1;
        let mut texels = Vec::with_capacity(stride * (height + 1));
        let (columns, rows) = (Spans::new(artwork.width, width), Spans::new(artwork.height, height));
        shrink_into(artwork.points.as_flattened(), artwork.width, &columns, &rows, &mut texels);
        texels.extend_from_within(texels.len() - stride..);
        Level {
            last: [(width - 1) as f32, (height - 1) as f32],
            stride,
            density: [(width as f64 / self.size_mm[0]) as f32, (height as f64 / self.size_mm[1]) as f32],
            texels,
        }
    }
}

kernel! {
    /// Adds the texels of means over spans, row by row; the last one of a row is repeated once.
    fn shrink_into(artwork: &[u16], width: usize, columns: &Spans, rows: &Spans, texels: &mut Vec<[u16; 4]>) {
        // A value more than there are, so that one load of four gets any texel.
        let mut tall = vec![0.0f32; 3 * width + 1];
        for (first, shares) in rows.iter() {
            tall.fill(0.0);
            for (row, share) in artwork[3 * first * width..].chunks_exact(3 * width).zip(shares) {
                for (sum, v) in tall.iter_mut().zip(row) {
                    *sum += share * f32::from(*v);
                }
            }
            for (first, shares) in columns.iter() {
                let [r, g, b, _] = gathered(&tall, first, shares, 0.0).map(nearest);
                texels.push([r as u16, g as u16, b as u16, 0]);
            }
            texels.push(texels[texels.len() - 1]);
        }
    }
}

impl Level {
    /// Mean reflectance about places on the card, mm.
    #[inline(always)]
    pub(crate) fn sample(&self, [u, v]: &[Lane; 2], out: &mut [Lane; 3]) {
        let mut mixed = [[0.0f32; 4]; LANES];
        let stride = self.stride as i32;
        let (mut places, mut shares) = ([[0i32; LANES]; 2], [[0.0f32; LANES]; 2]);
        for (k, coordinate) in [u, v].into_iter().enumerate() {
            for i in 0..LANES {
                let place = (coordinate[i] * self.density[k] - 0.5).max(0.0).min(self.last[k]);
                (places[k][i], shares[k][i]) = split(place);
            }
        }
        for i in 0..LANES {
            let (tx, ty) = (shares[0][i], shares[1][i]);
            let at = (places[1][i] * stride + places[0][i]) as usize;
            // One check for all four.
            let around = &self.texels[at..][..self.stride + 2];
            let (a, b) = (around[0], around[1]);
            let (c, d) = (around[self.stride], around[self.stride + 1]);
            for k in 0..4 {
                let (a, b, c, d) = (f32::from(a[k]), f32::from(b[k]), f32::from(c[k]), f32::from(d[k]));
                let (above, below) = (a + (b - a) * tx, c + (d - c) * tx);
                mixed[i][k] = above + (below - above) * ty;
            }
        }
        const SCALE: f32 = 1.0 / 65535.0;
        for k in 0..3 {
            for i in 0..LANES {
                out[k][i] = mixed[i][k] * SCALE;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::LinearImage;

    fn stripes(width: usize, height: usize) -> LinearImage {
        let mut image = LinearImage::filled(width, height, [0.1; 3]);
        for (i, p) in image.pixels.iter_mut().enumerate() {
            if (i % width / 3 + i / width / 5).is_multiple_of(2) {
                *p = [0.9, 0.7, 0.5];
            }
        }
        image
    }

    /// Samples as pixels of this side, mm, would be.
    fn row(face: &CardFace, pixel: f32, x: f32, y: f32) -> Lane {
        let mut out = [[0.0; LANES]; 3];
        let at = [core::array::from_fn(|i| x + i as f32 * pixel), [y; LANES]];
        face.level_for(pixel).unwrap().sample(&at, &mut out);
        out[0]
    }

    #[test]
    fn minification_keeps_the_mean() {
        let image = stripes(960, 600);
        let face = CardFace::new((&image).into(), [96.0, 60.0], vec![]).unwrap();
        for pixel in [0.07f32, 0.19, 0.33, 1.0, 3.7] {
            let (mut sum, mut n) = (0.0f64, 0.0);
            let mut y = 0.5 * pixel;
            while y < 60.0 {
                let mut x = 0.5 * pixel;
                while x + pixel * LANES as f32 <= 96.0 {
                    sum += row(&face, pixel, x, y).iter().map(|v| f64::from(*v)).sum::<f64>();
                    n += LANES as f64;
                    x += pixel * LANES as f32;
                }
                y += pixel;
            }
            assert!((sum / n - 0.5).abs() < 0.02, "{pixel}: {}", sum / n);
        }
    }

    #[test]
    fn far_stripes_turn_grey_without_moire() {
        let face = CardFace::new((&stripes(960, 600)).into(), [96.0, 60.0], vec![]).unwrap();
        for i in 0..3 {
            for v in row(&face, 1.6, 20.0 + 5.3 * i as f32, 30.0) {
                assert!((v - 0.5).abs() < 0.08, "{i}: {v}");
            }
        }
    }
}
