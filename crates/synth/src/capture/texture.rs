//! The card's printed face as the camera needs it: pictures of falling resolution, each half as many texels as the one
//! before, made when a photo first needs them.
//!
//! A photo samples the one whose texels are about as large as its pixels, so that one bilinear tap is the mean over a
//! pixel: the warp is bound by the loads of texels.

use std::sync::OnceLock;

use retake_simd::{kernel, nearest, split};

use super::lanes::{LANES, Lane};
use super::resample::{Spans, gathered};
use crate::card::{HologramPatch, Reflectance};
use crate::image::Buffer;
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
    /// Width and height of the artwork, texels.
    artwork_size: [usize; 2],
    /// None where it is printed whenever a picture is made of it, see [`Self::prepare`].
    artwork: Option<Reflectance>,
    levels: [OnceLock<Level>; LEVELS],
    /// Hologram patches.
    hologram: Vec<HologramPatch>,
}

/// A picture of the face: linear reflectance, three values a texel, row by row. The last column and row are repeated once, and
/// one value more follows, so that one load of four gets any texel.
#[derive(Debug)]
pub(crate) struct Level {
    /// Greatest place of a tap, texels.
    last: [f32; 2],
    stride: usize,
    /// Texels per millimetre.
    density: [f32; 2],
    texels: Buffer<u16>,
}

impl CardFace {
    /// Takes a face of `size_mm` and the hologram patches on it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a face without area.
    pub fn new(artwork: Reflectance, size_mm: [f64; 2], hologram: Vec<HologramPatch>) -> Result<Self> {
        let face = Self::unprinted([artwork.width, artwork.height], size_mm, hologram)?;
        Ok(Self { artwork: Some(artwork), ..face })
    }

    /// A face of `size_mm` whose artwork, of so many texels, is only there while it is printed, see [`Self::prepare`].
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn unprinted(
        artwork_size: [usize; 2],
        size_mm: [f64; 2],
        hologram: Vec<HologramPatch>,
    ) -> Result<Self> {
        let [width, height] = artwork_size;
        if width * height == 0 || size_mm.iter().any(|s| !s.is_finite() || *s <= 0.0) {
            let what = format!("a card's face of {width}x{height} texels and {size_mm:?} mm has no area");
            return Err(Error::Invalid(what));
        }
        let levels = [const { OnceLock::new() }; LEVELS];
        Ok(Self { size_mm, artwork_size, artwork: None, levels, hologram })
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
        let mut texels = self.artwork_size[0] as f32 / self.size_mm[0] as f32 * footprint;
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
        let artwork = self.artwork.as_ref();
        let artwork = artwork.ok_or_else(|| Error::Invalid("the card is not prepared".into()))?;
        Ok(self.levels[number].get_or_init(|| {
            let mut shrinking = Shrinking::new(self.artwork_size, number);
            shrinking.take(&artwork.points);
            shrinking.level(self.size_mm)
        }))
    }

    /// Makes the picture of the face for pixels of this footprint, mm, if it is not there; `print` hands over the artwork, some
    /// rows at a time. It takes more memory than all else of a photo, and most cards are photographed from one distance.
    ///
    /// # Errors
    /// Those of `print`.
    pub(crate) fn prepare(
        &self,
        footprint: f32,
        print: impl FnOnce(&mut dyn FnMut(&[[u16; 3]])) -> Result<()>,
    ) -> Result<()> {
        let number = self.level_of(footprint);
        if self.artwork.is_none() && self.levels[number].get().is_none() {
            let mut shrinking = Shrinking::new(self.artwork_size, number);
            print(&mut |points| shrinking.take(points))?;
            self.levels[number].get_or_init(|| shrinking.level(self.size_mm));
        }
        Ok(())
    }
}

/// A picture of a face in the making: takes the artwork from the top.
struct Shrinking {
    columns: Spans,
    rows: Spans,
    /// Width of the artwork, texels.
    artwork_width: usize,
    size: [usize; 2],
    /// The rows of the next row of texels added up so far, and a value more, so that one load of four gets any texel.
    tall: Vec<f32>,
    /// Rows that were taken, and rows that were made.
    taken: usize,
    made: usize,
    texels: Buffer<u16>,
}

impl Shrinking {
    /// The picture of this number, of an artwork of this size.
    fn new(artwork: [usize; 2], number: usize) -> Self {
        let shrink =
            if number % 2 == 1 { core::f64::consts::SQRT_2 } else { 1.0 } * (1u64 << (number / 2)) as f64;
        let [width, height] = artwork.map(|side| ((side as f64 / shrink + 0.5) as usize).max(1));
        Self {
            columns: Spans::new(artwork[0], width),
            rows: Spans::new(artwork[1], height),
            artwork_width: artwork[0],
            size: [width, height],
            tall: vec![0.0; 3 * artwork[0] + 1],
            taken: 0,
            made: 0,
            texels: Buffer::unset(3 * (width + 1) * (height + 1) + 1, 0),
        }
    }

    /// Takes the next rows.
    fn take(&mut self, points: &[[u16; 3]]) {
        shrink_rows(self, points.as_flattened());
    }

    /// The picture, for a face of this size.
    fn level(mut self, size_mm: [f64; 2]) -> Level {
        let [width, height] = self.size;
        let line = 3 * (width + 1);
        self.texels.copy_within((height - 1) * line..height * line, height * line);
        self.texels[(height + 1) * line] = 0;
        Level {
            last: [(width - 1) as f32, (height - 1) as f32],
            stride: width + 1,
            density: [(width as f64 / size_mm[0]) as f32, (height as f64 / size_mm[1]) as f32],
            texels: self.texels,
        }
    }
}

kernel! {
    /// Takes rows of the artwork, and makes the texels of means over spans that they complete; the last one of a row is repeated
    /// once.
    fn shrink_rows(shrinking: &mut Shrinking, points: &[u16]) {
        let Shrinking { columns, rows, artwork_width, size: [width, height], tall, taken, made, texels } = shrinking;
        for row in points.chunks_exact(3 * *artwork_width) {
            while *made < *height {
                let (first, shares) = rows.get(*made);
                let Some(share) = taken.checked_sub(first).and_then(|k| shares.get(k)) else { break };
                for (sum, v) in tall.iter_mut().zip(row) {
                    *sum += share * f32::from(*v);
                }
                if *taken + 1 < first + shares.len() {
                    break;
                }
                let line = &mut texels[3 * (*width + 1) * *made..][..3 * (*width + 1)];
                for (texel, (first, shares)) in line.as_chunks_mut::<3>().0.iter_mut().zip(columns.iter()) {
                    let [r, g, b, _] = gathered(tall, first, shares, 0.0).map(nearest);
                    *texel = [r as u16, g as u16, b as u16];
                }
                line.copy_within(3 * *width - 3..3 * *width, 3 * *width);
                tall.fill(0.0);
                *made += 1;
            }
            *taken += 1;
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
            let at = 3 * (places[1][i] * stride + places[0][i]) as usize;
            let pair = |at: usize| -> &[u16; 7] { self.texels[at..].first_chunk().expect("a value follows") };
            let (upper, lower) = (pair(at), pair(at + 3 * self.stride));
            for k in 0..4 {
                let (a, b) = (f32::from(upper[k]), f32::from(upper[3 + k]));
                let (c, d) = (f32::from(lower[k]), f32::from(lower[3 + k]));
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
