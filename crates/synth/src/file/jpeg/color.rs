//! From RGB to luma and colour differences (ITU-R BT.601, full range as JFIF has it), one row of coded units
//! at a time.

use retake_simd::kernel;

use super::Chroma;
use crate::image::Rgb8;

/// `value * 65536`, rounded, of the conversion's factors; those of a difference sum to nothing.
const Y: [i32; 3] = [19595, 38470, 7471];
const CB: [i32; 3] = [-11059, -21709, 32768];
const CR: [i32; 3] = [32768, -27439, -5329];
const HALF: i32 = 1 << 15;
/// Zero of a difference is 128; just less than a half is added, so that 255.5 stays in eight bits.
const ZERO: i32 = (128 << 16) + HALF - 1;

/// The planes of one row of coded units.
pub(super) struct Strip {
    kind: Chroma,
    pub(super) luma: Vec<u8>,
    pub(super) luma_width: usize,
    /// Blue and red difference.
    pub(super) chroma: [Vec<u8>; 2],
    pub(super) chroma_width: usize,
    /// Two rows of each difference at full resolution.
    full: [Vec<u8>; 2],
}

impl Strip {
    /// Room for this many coded units.
    pub(super) fn new(units: usize, kind: Chroma) -> Self {
        let (chroma_width, luma_width) = (8 * units, 8 * units * kind.factor());
        let plane = || vec![0; 8 * chroma_width];
        let rows = || vec![0; 2 * luma_width];
        Self {
            kind,
            luma: vec![0; 8 * kind.factor() * luma_width],
            luma_width,
            chroma: [plane(), plane()],
            chroma_width,
            full: [rows(), rows()],
        }
    }

    #[inline(always)]
    fn fill(&mut self, picture: &Rgb8, unit_row: usize) {
        match self.kind {
            Chroma::Full => self.fill_full(picture, unit_row),
            Chroma::Half => self.fill_half(picture, unit_row),
        }
    }

    #[inline(always)]
    fn fill_full(&mut self, picture: &Rgb8, unit_row: usize) {
        let width = self.luma_width;
        let [blue, red] = &mut self.chroma;
        for row in 0..8 {
            let at = row * width..(row + 1) * width;
            let source = (8 * unit_row + row).min(picture.height - 1);
            convert(picture, source, &mut self.luma[at.clone()], &mut blue[at.clone()], &mut red[at]);
        }
    }

    #[inline(always)]
    fn fill_half(&mut self, picture: &Rgb8, unit_row: usize) {
        let width = self.luma_width;
        let [blue, red] = &mut self.full;
        for row in 0..8 {
            for half in 0..2 {
                let source = (16 * unit_row + 2 * row + half).min(picture.height - 1);
                let luma = &mut self.luma[(2 * row + half) * width..][..width];
                let at = half * width..(half + 1) * width;
                convert(picture, source, luma, &mut blue[at.clone()], &mut red[at]);
            }
            let at = row * self.chroma_width..(row + 1) * self.chroma_width;
            // Below the picture its last row of averages is repeated, not its last row of pixels.
            let below = 16 * unit_row + 2 * row >= picture.height;
            for (full, plane) in [&*blue, &*red].into_iter().zip(&mut self.chroma) {
                if below && row > 0 {
                    plane.copy_within(at.start - self.chroma_width..at.start, at.start);
                } else {
                    average(full, &mut plane[at.clone()]);
                }
            }
        }
    }
}

kernel! {
    /// Converts row `row` of coded units, with the picture's edge repeated beyond it.
    pub(super) fn fill_strip(strip: &mut Strip, picture: &Rgb8, row: usize) {
        strip.fill(picture, row);
    }
}

/// Converts one row of pixels; the last one is repeated to fill the planes' rows.
#[inline(always)]
fn convert(picture: &Rgb8, row: usize, luma: &mut [u8], blue: &mut [u8], red: &mut [u8]) {
    let width = picture.width;
    let pixels = picture.data[3 * row * width..][..3 * width].as_chunks::<3>().0;
    let planes = luma.iter_mut().zip(blue.iter_mut()).zip(red.iter_mut());
    for (pixel, ((luma, blue), red)) in pixels.iter().zip(planes) {
        let (r, g, b) = (i32::from(pixel[0]), i32::from(pixel[1]), i32::from(pixel[2]));
        let mix = |k: [i32; 3], offset: i32| ((k[0] * r + k[1] * g + k[2] * b + offset) >> 16) as u8;
        *luma = mix(Y, HALF);
        *blue = mix(CB, ZERO);
        *red = mix(CR, ZERO);
    }
    for plane in [luma, blue, red] {
        let (pixels, rest) = plane.split_at_mut(width);
        rest.fill(pixels[width - 1]);
    }
}

/// Averages 2x2 samples of two rows. Halves are rounded down and up in turn along the row.
#[inline(always)]
fn average(rows: &[u8], out: &mut [u8]) {
    let (upper, lower) = rows.split_at(rows.len() / 2);
    let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
    for (x, (out, (u, l))) in out.iter_mut().zip(pairs).enumerate() {
        let sum = u16::from(u[0]) + u16::from(u[1]) + u16::from(l[0]) + u16::from(l[1]);
        *out = ((sum + 1 + (x & 1) as u16) >> 2) as u8;
    }
}
