//! What a JPEG file decodes to, without making the file: for pictures that were stored before.
//!
//! Computes what libjpeg computes by default: its accurate integer transform, and colour differences enlarged
//! by a triangle filter ("fancy upsampling").

use super::tables::{self, Quantizer};
use super::{Chroma, Grid, for_each_unit, idct};
use crate::image::Rgb8;

/// The picture after it was encoded at this quality and decoded again.
///
/// # Panics
/// When the picture is empty, has a side above 65500 px, or its data do not fit its size.
pub fn round_trip(picture: &Rgb8, quality: u8, chroma: Chroma) -> Rgb8 {
    let grid = Grid::new(picture, chroma);
    let steps = [&tables::LUMA, &tables::CHROMA].map(|table| tables::scaled(table, quality));
    let quantizers = [Quantizer::new(&steps[0]), Quantizer::new(&steps[1])];
    let factor = chroma.factor();
    let mut luma = Plane::new(8 * factor * grid.units[0], 8 * factor * grid.units[1]);
    let small = || Plane::new(8 * grid.units[0], 8 * grid.units[1]);
    let mut differences = [small(), small()];
    for_each_unit(picture, grid, &quantizers[0], &quantizers[1], &mut |column, row, blocks| {
        let (luma_blocks, rest) = blocks.split_at(factor * factor);
        for (i, block) in luma_blocks.iter().enumerate() {
            let (x, y) = (column * factor + i % factor, row * factor + i / factor);
            luma.put(8 * x, 8 * y, &idct::inverse(block, &steps[0]));
        }
        for (block, plane) in rest.iter().zip(&mut differences) {
            plane.put(8 * column, 8 * row, &idct::inverse(block, &steps[1]));
        }
    });
    let mut data = vec![0; picture.data.len()];
    let mut rows = [vec![0; luma.width], vec![0; luma.width]];
    for (y, out) in data.chunks_exact_mut(3 * picture.width).enumerate() {
        for (plane, row) in differences.iter().zip(&mut rows) {
            match chroma {
                Chroma::Full => row.copy_from_slice(plane.row(y)),
                Chroma::Half => enlarge(plane, picture.width.div_ceil(2), picture.height.div_ceil(2), y, row),
            }
        }
        to_rgb(luma.row(y), &rows[0], &rows[1], out);
    }
    Rgb8 { width: picture.width, height: picture.height, data }
}

struct Plane {
    width: usize,
    samples: Vec<u8>,
}

impl Plane {
    fn new(width: usize, height: usize) -> Self {
        Self { width, samples: vec![0; width * height] }
    }

    fn row(&self, y: usize) -> &[u8] {
        &self.samples[y * self.width..][..self.width]
    }

    fn put(&mut self, x: usize, y: usize, block: &[u8; 64]) {
        for (row, samples) in block.as_chunks::<8>().0.iter().enumerate() {
            self.samples[(y + row) * self.width + x..][..8].copy_from_slice(samples);
        }
    }
}

/// Row `y` of a plane of `width` x `height` samples at twice the resolution: each sample is 9/16 the nearest, 3/16
/// each of the next two and 1/16 the far one, with halves rounded up and down in turn.
fn enlarge(plane: &Plane, width: usize, height: usize, y: usize, out: &mut [u8]) {
    let near = plane.row(y / 2);
    if width <= 2 {
        // libjpeg has no filter for planes this narrow.
        for (x, out) in out.iter_mut().take(2 * width).enumerate() {
            *out = near[x / 2];
        }
        return;
    }
    let other = if y.is_multiple_of(2) { (y / 2).saturating_sub(1) } else { (y / 2 + 1).min(height - 1) };
    let far = plane.row(other);
    let sum = |x: usize| 3 * u16::from(near[x]) + u16::from(far[x]);
    for x in 0..width {
        let this = 3 * sum(x);
        out[2 * x] = ((this + sum(x.saturating_sub(1)) + 8) >> 4) as u8;
        out[2 * x + 1] = ((this + sum((x + 1).min(width - 1)) + 7) >> 4) as u8;
    }
}

/// The inverse of the conversion in [`super::color`], factors times 65536.
fn to_rgb(luma: &[u8], blue: &[u8], red: &[u8], out: &mut [u8]) {
    const HALF: i32 = 1 << 15;
    let differences = blue.iter().zip(red);
    for (pixel, (luma, (blue, red))) in
        out.as_chunks_mut::<3>().0.iter_mut().zip(luma.iter().zip(differences))
    {
        let (y, cb, cr) = (i32::from(*luma), i32::from(*blue) - 128, i32::from(*red) - 128);
        let r = y + ((91881 * cr + HALF) >> 16);
        let g = y + ((-22554 * cb - 46802 * cr + HALF) >> 16);
        let b = y + ((116_130 * cb + HALF) >> 16);
        *pixel = [r, g, b].map(|v| v.clamp(0, 255) as u8);
    }
}
