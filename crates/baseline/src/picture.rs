//! The decoded picture, and the small copy of it that most measures work on.

use std::io::Cursor;
use std::sync::OnceLock;

use image::{ColorType, DynamicImage, ImageDecoder as _, ImageReader, Limits, RgbImage};
use retake_label::BBox;

use crate::card::Card;
use crate::card::geometry::{Point, clip};
use crate::error::{Error, Result};
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
    /// The pixels as decoded.
    pub(crate) rgb: RgbImage,
    /// The working copy.
    pub(crate) work: Working,
    card: OnceLock<Card>,
    sharpness: OnceLock<Sharpness>,
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
        Self::decode_into(bytes, Vec::new())
    }

    /// The same with pixels that go where those of another picture were: fresh memory costs more than some of the measures.
    pub(crate) fn decode_into(bytes: &[u8], mut pixels: Vec<u8>) -> Result<Self> {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(Error::Read)?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(LONGEST_SIDE);
        limits.max_image_height = Some(LONGEST_SIDE);
        limits.max_alloc = Some(MEMORY);
        reader.limits(limits.clone());
        let decoder = reader.into_decoder()?;
        limits.reserve(decoder.total_bytes())?;
        if decoder.color_type() != ColorType::Rgb8 {
            return Self::new(DynamicImage::from_decoder(decoder)?.into_rgb8());
        }
        let (width, height) = decoder.dimensions();
        pixels.resize(decoder.total_bytes() as usize, 0);
        decoder.read_image(&mut pixels)?;
        Self::new(RgbImage::from_raw(width, height, pixels).ok_or(Error::Empty)?)
    }

    /// The memory of its pixels, for another picture.
    pub(crate) fn into_pixels(self) -> Vec<u8> {
        self.rgb.into_raw()
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
        Ok(Self { rgb, work, card: OnceLock::new(), sharpness: OnceLock::new() })
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
        let size = [self.rgb.width(), self.rgb.height()].map(|side| side as f32 / self.work.scale);
        let scaled = |p: Point| p.map(|v| f64::from(v * self.work.scale));
        BBox::around(&clip(polygon, size).into_iter().map(scaled).collect::<Vec<_>>())
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
        let side = w.max(h).div_ceil(WORKING_SIDE).max(1).min(w.min(h)) as usize;
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
