//! The decoded picture, and the small copy of it that most measures work on.

use std::io::Cursor;
use std::sync::OnceLock;

use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, RgbImage};
use retake_label::BBox;

use crate::card::Card;
use crate::card::geometry::{Point, clip};
use crate::error::{Error, Result};
use crate::jpeg::{self, Photo, Samples};
use crate::plane::Plane;
use crate::sharpness::Sharpness;

/// Longest side of the working copy, px.
const WORKING_SIDE: u32 = 640;

/// Longest side of a picture that is read at all, px.
const LONGEST_SIDE: u32 = 20_000;

/// Memory that decoding may take, bytes.
const MEMORY: u64 = 768 << 20;

/// A picture, decoded, with its working copy; the card is looked for when it is first asked for.
#[derive(Debug)]
pub struct Picture {
    /// Width and height, px.
    pub(crate) size: [usize; 2],
    /// Every pixel.
    pub(crate) pixels: Pixels,
    /// The working copy.
    pub(crate) work: Working,
    card: OnceLock<Card>,
    sharpness: OnceLock<Sharpness>,
}

/// A picture at its full resolution.
#[derive(Debug)]
pub(crate) enum Pixels {
    /// Brightness as a photo stores it, and the memory of its colour differences.
    Photo { luma: Samples, chroma: [Vec<u8>; 2] },
    /// Colours.
    Rgb(RgbImage),
}

/// Memory that pictures are decoded to.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    samples: [Vec<u8>; 3],
    working: [Vec<f32>; 4],
}

impl Memory {
    /// How much it is, bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.samples.iter().map(Vec::capacity).sum::<usize>()
            + self.working.iter().map(|plane| 4 * plane.capacity()).sum::<usize>()
    }
}

/// The picture, averaged over squares of pixels. Values are on the byte scale as encoded (not linear light).
#[derive(Debug)]
pub(crate) struct Working {
    /// Pixels of the picture per pixel of the copy, along each axis.
    pub(crate) scale: f32,
    /// Red, green and blue.
    pub(crate) rgb: [Plane; 3],
    /// Luma (Rec. ITU-R BT.601).
    pub(crate) luma: Plane,
}

impl Picture {
    /// Reads an encoded JPEG or PNG.
    ///
    /// # Errors
    /// When the file is not a whole picture in a known format, or is larger than the limits allow.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        Self::decode_into(bytes, Memory::default())
    }

    /// The same with pixels that go where those of another picture were: fresh memory costs more than some of the measures.
    pub(crate) fn decode_into(bytes: &[u8], mut memory: Memory) -> Result<Self> {
        match jpeg::decode(bytes, (MEMORY / 3) as usize, &mut memory.samples) {
            Some(photo) if photo.size.iter().all(|side| *side <= LONGEST_SIDE as usize) => {
                let work = Working::of_photo(&photo, memory.working);
                let chroma = photo.chroma.map(|samples| samples.values);
                Ok(Self::with(photo.size, Pixels::Photo { luma: photo.luma, chroma }, work))
            }
            _ => Self::new(Self::decode_any(bytes)?),
        }
    }

    /// Decodes what is no photo of the usual kind.
    fn decode_any(bytes: &[u8]) -> Result<RgbImage> {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(Error::Read)?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(LONGEST_SIDE);
        limits.max_image_height = Some(LONGEST_SIDE);
        limits.max_alloc = Some(MEMORY);
        reader.limits(limits.clone());
        let decoder = reader.into_decoder()?;
        limits.reserve(decoder.total_bytes())?;
        Ok(DynamicImage::from_decoder(decoder)?.into_rgb8())
    }

    /// The memory of its pixels, for another picture.
    pub(crate) fn into_memory(self) -> Memory {
        let [r, g, b] = self.work.rgb;
        let samples = match self.pixels {
            Pixels::Photo { luma, chroma: [blue, red] } => [luma.values, blue, red],
            Pixels::Rgb(_) => Default::default(),
        };
        Memory { samples, working: [self.work.luma, r, g, b].map(|plane| plane.values) }
    }

    /// Takes a decoded picture.
    ///
    /// # Errors
    /// [`Error::Empty`] when it has no pixels.
    pub fn new(rgb: RgbImage) -> Result<Self> {
        if rgb.width() == 0 || rgb.height() == 0 {
            return Err(Error::Empty);
        }
        let work = Working::of(&rgb);
        let size = [rgb.width(), rgb.height()].map(|side| side as usize);
        Ok(Self::with(size, Pixels::Rgb(rgb), work))
    }

    fn with(size: [usize; 2], pixels: Pixels, work: Working) -> Self {
        Self { size, pixels, work, card: OnceLock::new(), sharpness: OnceLock::new() }
    }

    /// The card in it, or the whole frame where none stands out.
    pub(crate) fn card(&self) -> &Card {
        self.card.get_or_init(|| Card::find(&self.work))
    }

    /// The card's corners in px of the picture, clockwise from its upper left; may lie outside. None where nothing looks
    /// like a card.
    pub fn outline(&self) -> Option<[[f64; 2]; 4]> {
        let card = self.card();
        (card.confidence > 0.0).then(|| card.quad.map(|p| p.map(|v| f64::from(v * self.work.scale))))
    }

    /// The box around what is in the picture of the card, px; none where nothing looks like a card.
    pub(crate) fn card_box(&self) -> Option<BBox> {
        (self.card().confidence > 0.0).then(|| self.seen(&self.card().quad))?
    }

    /// The box around the part of a polygon that is in the picture, px; none where nothing of it is. The corners are in px of
    /// the working copy.
    pub(crate) fn seen(&self, polygon: &[Point]) -> Option<BBox> {
        let size = self.size.map(|side| side as f32 / self.work.scale);
        let scaled = |p: Point| p.map(|v| f64::from(v * self.work.scale));
        BBox::around(&clip(polygon, size).into_iter().map(scaled).collect::<Vec<_>>())
    }

    /// A box with a rim of this share of the card's longer side, as far as it is in the picture.
    pub(crate) fn with_rim(&self, bbox: BBox, share: f64) -> BBox {
        let [w, h] = self.card().size();
        let rim = share * f64::from(w.max(h) * self.work.scale);
        let grown = |at: f64, length: f64, limit: usize| {
            let (from, to) = ((at - rim).max(0.0), (at + length + rim).min(limit as f64));
            (from, to - from)
        };
        let ((x, w), (y, h)) = (grown(bbox.x, bbox.w, self.size[0]), grown(bbox.y, bbox.h, self.size[1]));
        BBox { x, y, w, h }
    }

    /// The finest structure on the card.
    pub(crate) fn sharpness(&self) -> &Sharpness {
        self.sharpness.get_or_init(|| Sharpness::of(self))
    }

    /// Pixels of the picture per millimetre on the card.
    pub(crate) fn px_per_mm(&self) -> f32 {
        self.card().px_per_mm() * self.work.scale
    }
}

impl Working {
    /// Averages over squares of the smallest whole size that brings the picture within [`WORKING_SIDE`].
    /// What the squares leave over at the right and the bottom is left out.
    fn of(rgb: &RgbImage) -> Self {
        let (w, h) = rgb.dimensions();
        let side = square(w, h);
        let (small_w, small_h) = (w as usize / side, h as usize / side);
        let mut planes = [0; 3].map(|_| Plane::new(small_w, small_h));
        let stride = w as usize * 3;
        // Sums of at most LONGEST_SIDE / WORKING_SIDE + 1 bytes.
        let mut columns = vec![0u16; stride];
        for (y, rows) in rgb.as_raw().chunks_exact(side * stride).take(small_h).enumerate() {
            columns.fill(0);
            for row in rows.chunks_exact(stride) {
                add(&mut columns, row);
            }
            let row = y * small_w..(y + 1) * small_w;
            let out = planes.each_mut().map(|plane| &mut plane.values[row.clone()]);
            // Sides that most phones' pictures come to are known to the compiler.
            match side {
                2 => squares(&columns, 2, out),
                3 => squares(&columns, 3, out),
                4 => squares(&columns, 4, out),
                5 => squares(&columns, 5, out),
                _ => squares(&columns, side, out),
            }
        }
        let mut luma = Plane::new(small_w, small_h);
        let [red, green, blue] = planes.each_ref().map(|plane| plane.values.iter());
        for (((y, r), g), b) in luma.values.iter_mut().zip(red).zip(green).zip(blue) {
            *y = luma_of([*r, *g, *b]);
        }
        Self { scale: side as f32, rgb: planes, luma }
    }

    /// The same of a photo: means of brightness and of colour differences, each of these standing for the pixels that it was stored
    /// for. What is brighter than white by their sum is white.
    fn of_photo(photo: &Photo, memory: [Vec<f32>; 4]) -> Self {
        let [w, h] = photo.size;
        let side = square(w as u32, h as u32);
        let (small_w, small_h) = (w / side, h / side);
        let [mut luma, mut red, mut green, mut blue] = memory.map(|mut values| {
            values.resize(small_w * small_h, 0.0);
            Plane { width: small_w, height: small_h, values }
        });
        let stored = [&photo.luma, &photo.chroma[0], &photo.chroma[1]];
        // Sums of at most LONGEST_SIDE / WORKING_SIDE + 1 bytes.
        let mut sums = stored.map(|samples| vec![0u16; samples.stride]);
        let mut wide = vec![0u16; 2 * photo.chroma[0].stride];
        let mut means = [0; 3].map(|_| vec![0.0f32; small_w]);
        for k in 0..small_h {
            for (component, samples) in stored.into_iter().enumerate() {
                let (sums, means) = (&mut sums[component], &mut means[component]);
                let [across, down] = if component == 0 { [1; 2] } else { photo.factor };
                sums.fill(0);
                (k * side..(k + 1) * side).for_each(|y| add(sums, samples.row(y / down)));
                let sums = if across == 1 {
                    &sums[..]
                } else {
                    for (pair, sum) in wide.as_chunks_mut::<2>().0.iter_mut().zip(&*sums) {
                        *pair = [*sum; 2];
                    }
                    &wide
                };
                means_of(sums, side, means);
            }
            let row = k * small_w..(k + 1) * small_w;
            luma.values[row.clone()].copy_from_slice(&means[0]);
            let out = [&mut red, &mut green, &mut blue].map(|plane| &mut plane.values[row.clone()]);
            colours(means.each_ref().map(Vec::as_slice), out);
        }
        Self { scale: side as f32, rgb: [red, green, blue], luma }
    }

    /// The copy at half its size, rounded down; itself where nothing would be left.
    pub(crate) fn half(&self) -> Self {
        if self.width() < 2 || self.height() < 2 {
            return Self { scale: self.scale, rgb: self.rgb.clone(), luma: self.luma.clone() };
        }
        let rgb = core::array::from_fn(|c| self.rgb[c].half());
        Self { scale: 2.0 * self.scale, rgb, luma: self.luma.half() }
    }

    /// Red, green and blue of a pixel by its index.
    #[inline]
    pub(crate) fn colour(&self, i: usize) -> [f32; 3] {
        [0, 1, 2].map(|c| self.rgb[c].values[i])
    }

    /// Width, px.
    pub(crate) fn width(&self) -> usize {
        self.luma.width
    }

    /// Height, px.
    pub(crate) fn height(&self) -> usize {
        self.luma.height
    }
}

retake_simd::kernel! {
    /// Adds a row of bytes to sums.
    fn add(sums: &mut [u16], row: &[u8]) {
        for (sum, v) in sums.iter_mut().zip(row) {
            *sum += u16::from(*v);
        }
    }
}

/// Side of the smallest squares that bring a picture within [`WORKING_SIDE`], px.
fn square(w: u32, h: u32) -> usize {
    w.max(h).div_ceil(WORKING_SIDE).max(1).min(w.min(h)) as usize
}

retake_simd::kernel! {
    /// Means of squares from the sums over their columns, of one component.
    fn means_of(columns: &[u16], side: usize, out: &mut [f32]) {
        // Sides that most phones' pictures come to are known to the compiler.
        match side {
            1 => means_of_known::<1>(columns, out),
            2 => means_of_known::<2>(columns, out),
            3 => means_of_known::<3>(columns, out),
            4 => means_of_known::<4>(columns, out),
            5 => means_of_known::<5>(columns, out),
            _ => {
                let share = 1.0 / (side * side) as f32;
                for (columns, out) in columns.chunks_exact(side).zip(out) {
                    *out = columns.iter().map(|sum| u32::from(*sum)).sum::<u32>() as f32 * share;
                }
            }
        }
    }
}

#[inline(always)]
fn means_of_known<const SIDE: usize>(columns: &[u16], out: &mut [f32]) {
    let share = 1.0 / (SIDE * SIDE) as f32;
    let columns = &columns.as_chunks::<SIDE>().0[..out.len()];
    for (out, columns) in out.iter_mut().zip(columns) {
        // At most 5 times 5 bytes.
        let mut sum = 0u16;
        for column in columns {
            sum += column;
        }
        *out = f32::from(sum) * share;
    }
}

retake_simd::kernel! {
    /// Red, green and blue of brightness and colour differences (JFIF), limited to the byte scale.
    fn colours(from: [&[f32]; 3], out: [&mut [f32]; 3]) {
        let ([luma, blue_less, red_less], [red, green, blue]) = (from, out);
        let n = luma.len();
        let (blue_less, red_less) = (&blue_less[..n], &red_less[..n]);
        let (red, green, blue) = (&mut red[..n], &mut green[..n], &mut blue[..n]);
        for i in 0..n {
            let (cb, cr) = (blue_less[i] - 128.0, red_less[i] - 128.0);
            red[i] = (luma[i] + 1.402 * cr).clamp(0.0, 255.0);
            green[i] = (luma[i] - 0.344_136 * cb - 0.714_136 * cr).clamp(0.0, 255.0);
            blue[i] = (luma[i] + 1.772 * cb).clamp(0.0, 255.0);
        }
    }
}

/// Means of squares from the sums over their columns, red, green and blue in turn.
#[inline(always)]
fn squares(columns: &[u16], side: usize, [red, green, blue]: [&mut [f32]; 3]) {
    let share = 1.0 / (side * side) as f32;
    let colours = red.iter_mut().zip(green).zip(blue);
    for (square, ((r, g), b)) in columns.chunks_exact(3 * side).zip(colours) {
        let mut sums = [0u32; 3];
        for pixel in square.chunks_exact(3) {
            for (sum, v) in sums.iter_mut().zip(pixel) {
                *sum += u32::from(*v);
            }
        }
        [*r, *g, *b] = sums.map(|sum| sum as f32 * share);
    }
}

/// Luma of a colour (Rec. ITU-R BT.601), on the colour's scale.
#[inline]
pub(crate) fn luma_of([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn the_working_copy_averages_squares_and_drops_what_is_left_over() {
        let image = RgbImage::from_fn(1300, 1000, |x, y| Rgb([(x % 3) as u8 * 30, (y % 3) as u8 * 60, 7]));
        let work = Picture::new(image).unwrap().work;
        assert_eq!((work.scale, work.width(), work.height()), (3.0, 433, 333));
        for (plane, mean) in work.rgb.iter().zip([30.0, 60.0, 7.0]) {
            assert!(plane.values.iter().all(|v| (v - mean).abs() < 1e-3));
        }
        assert!(work.luma.values.iter().all(|v| (v - luma_of([30.0, 60.0, 7.0])).abs() < 1e-3));
    }
}
