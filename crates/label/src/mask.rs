//! Masks of pixels, and their run-length encoding as COCO defines it.
//!
//! Format: `maskApi.c` of the COCO API. Runs go down the columns, the first run counts zeros, and the
//! compressed string stores each count (from the third on as the difference to the one two before) in
//! groups of five bits plus a continuation bit, offset by 48 into printable ASCII.

use serde::{Deserialize, Serialize};

use crate::{BBox, Error, Result};

/// A set of pixels, a bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    width: u32,
    height: u32,
    /// Pixels row by row, the first of each 64 in the lowest bit; no bit behind the last pixel is set.
    words: Vec<u64>,
}

/// Pixels of a word.
const WORD: usize = u64::BITS as usize;

/// The lowest bits of a word, at least one of them.
const fn lowest(count: usize) -> u64 {
    u64::MAX >> (WORD - count)
}

impl Mask {
    /// An empty mask of this size, px.
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, words: vec![0; (width as usize * height as usize).div_ceil(WORD)] }
    }

    /// A mask from one flag per pixel, row by row.
    ///
    /// # Panics
    /// When there are not `width * height` flags.
    pub fn from_bits(width: u32, height: u32, bits: impl IntoIterator<Item = bool>) -> Self {
        let mut mask = Self::new(width, height);
        let mut count = 0;
        for bit in bits {
            if bit {
                mask.words[count / WORD] |= 1 << (count % WORD);
            }
            count += 1;
        }
        assert_eq!(count, mask.count(), "one flag per pixel");
        mask
    }

    /// Width, px.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height, px.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Pixels of the picture.
    fn count(&self) -> usize {
        self.width as usize * self.height as usize
    }

    /// One flag per pixel, row by row.
    pub fn bits(&self) -> impl Iterator<Item = bool> + '_ {
        let bits = |word: u64| (0..WORD).map(move |i| word >> i & 1 == 1);
        self.words.iter().flat_map(move |word| bits(*word)).take(self.count())
    }

    /// Whether pixel `i` is in the mask, row by row.
    ///
    /// # Panics
    /// When there is no such pixel.
    #[inline]
    pub fn at(&self, i: usize) -> bool {
        self.words[i / WORD] >> (i % WORD) & 1 == 1
    }

    /// Puts pixel `i` in, row by row.
    ///
    /// # Panics
    /// When there is no such pixel.
    #[inline]
    pub fn put(&mut self, i: usize) {
        debug_assert!(i < self.count());
        self.words[i / WORD] |= 1 << (i % WORD);
    }

    /// Puts the pixels from `first` on, row by row, in or out.
    ///
    /// # Panics
    /// When there are fewer pixels.
    #[inline]
    pub fn store(&mut self, first: usize, bits: &[bool]) {
        assert!(first + bits.len() <= self.count(), "no pixels behind the last");
        let (mut at, mut rest) = (first, bits);
        while !rest.is_empty() {
            let shift = at % WORD;
            let (now, later) = rest.split_at(rest.len().min(WORD - shift));
            let packed = now.iter().rev().fold(0, |word, bit| word << 1 | u64::from(*bit));
            let word = &mut self.words[at / WORD];
            *word = *word & !(lowest(now.len()) << shift) | packed << shift;
            (at, rest) = (at + now.len(), later);
        }
    }

    /// Gets whether the pixels from `first` on are in the mask, row by row.
    ///
    /// # Panics
    /// When there are fewer pixels.
    pub fn load(&self, first: usize, bits: &mut [bool]) {
        let mut at = first;
        for part in bits.chunks_mut(WORD) {
            let word = self.word(at, part.len());
            for (i, bit) in part.iter_mut().enumerate() {
                *bit = word >> i & 1 == 1;
            }
            at += part.len();
        }
    }

    /// The pixels from `first` on, row by row, at most 64 and at least one, the first in the lowest bit.
    ///
    /// # Panics
    /// When there are fewer pixels.
    #[inline]
    pub fn word(&self, first: usize, count: usize) -> u64 {
        let shift = first % WORD;
        let mut word = self.words[first / WORD] >> shift;
        if shift + count > WORD {
            word |= self.words[first / WORD + 1] << (WORD - shift);
        }
        word & lowest(count)
    }

    /// Keeps the pixels, numbered row by row, for which this holds.
    pub fn retain(&mut self, keep: impl Fn(usize) -> bool) {
        for (k, word) in self.words.iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left & left.wrapping_neg();
                if !keep(k * WORD + bit.trailing_zeros() as usize) {
                    *word &= !bit;
                }
                left ^= bit;
            }
        }
    }

    /// Whether the pixel is in the mask; `false` outside the picture.
    pub fn get(&self, x: u32, y: u32) -> bool {
        x < self.width && y < self.height && self.at(y as usize * self.width as usize + x as usize)
    }

    /// Puts a pixel in or out. Pixels outside the picture are ignored.
    pub fn set(&mut self, x: u32, y: u32, value: bool) {
        if x < self.width && y < self.height {
            self.store(y as usize * self.width as usize + x as usize, &[value]);
        }
    }

    /// The number of pixels in the mask.
    pub fn area(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The number of pixels in both of two masks of the same size.
    pub fn common(&self, other: &Self) -> u64 {
        self.words.iter().zip(&other.words).map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }

    /// Whether no pixel is in the mask.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The words of a row: where each begins, and its pixels.
    fn row(&self, y: usize) -> impl DoubleEndedIterator<Item = (usize, u64)> + '_ {
        let width = self.width as usize;
        (0..width.div_ceil(WORD)).map(move |k| {
            let left = k * WORD;
            (left, self.word(y * width + left, WORD.min(width - left)))
        })
    }

    /// The box around the mask, whole pixels, or `None` when it is empty.
    pub fn bbox(&self) -> Option<BBox> {
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for y in 0..self.height as usize {
            let mut words = self.row(y).filter(|(_, word)| *word != 0);
            let Some(first) = words.next() else { continue };
            let last = words.next_back().unwrap_or(first);
            left = left.min(first.0 + first.1.trailing_zeros() as usize);
            right = right.max(last.0 + WORD - last.1.leading_zeros() as usize);
            top = top.min(y);
            bottom = y + 1;
        }
        (right > 0).then(|| BBox {
            x: left as f64,
            y: top as f64,
            w: (right - left) as f64,
            h: (bottom - top) as f64,
        })
    }

    /// Encodes the mask.
    pub fn to_rle(&self) -> Rle {
        Rle { size: [self.height, self.width], counts: compress(&self.runs()) }
    }

    /// Lengths of the runs down the columns, zeros first.
    fn runs(&self) -> Vec<u32> {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut runs = Vec::new();
        let mut current = false;
        let mut length = 0u32;
        // A word of each row: 64 columns.
        let mut rows = vec![0u64; height];
        for left in (0..width).step_by(WORD) {
            let columns = WORD.min(width - left);
            // Columns in which not all is the same.
            let mut mixed = 0;
            for (y, row) in rows.iter_mut().enumerate() {
                *row = self.word(y * width + left, columns);
            }
            for pair in rows.windows(2) {
                mixed |= pair[0] ^ pair[1];
            }
            for x in 0..columns {
                let (step, rows) = if mixed >> x & 1 == 1 {
                    (1, &rows[..])
                } else {
                    (height as u32, &rows[..height.min(1)])
                };
                for row in rows {
                    let bit = row >> x & 1 == 1;
                    if bit != current {
                        runs.push(length);
                        (length, current) = (0, bit);
                    }
                    length += step;
                }
            }
        }
        runs.push(length);
        runs
    }
}

/// A mask in COCO's compressed run-length encoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rle {
    /// Height and width, px, in this order.
    pub size: [u32; 2],
    /// The compressed counts.
    pub counts: String,
}

impl Rle {
    /// The number of pixels in the mask and the box around it (`None` when it is empty), without decoding it.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the counts are no counts or do not fill the size.
    pub fn area_and_bbox(&self) -> Result<(u64, Option<BBox>)> {
        let [height, width] = self.size.map(u64::from);
        let (mut left, mut right, mut top, mut bottom) = (u64::MAX, 0, u64::MAX, 0);
        let (mut area, mut position) = (0, 0);
        for (i, run) in decompress(&self.counts)?.into_iter().enumerate() {
            let end = position + u64::from(run);
            if end > width * height {
                return Err(Error::Invalid(format!("a mask's runs exceed its {width}x{height} pixels")));
            }
            if i % 2 == 1 && run > 0 {
                area += u64::from(run);
                let (first, last) = (position / height, (end - 1) / height);
                left = left.min(first);
                right = right.max(last + 1);
                // A run that goes on in the next column touches the bottom of one and the top of the other.
                top = top.min(if first == last { position % height } else { 0 });
                bottom = bottom.max(if first == last { (end - 1) % height + 1 } else { height });
            }
            position = end;
        }
        if position != width * height {
            return Err(Error::Invalid(format!(
                "a mask's runs cover {position} of {} pixels",
                width * height
            )));
        }
        let bbox = (area > 0).then(|| BBox {
            x: left as f64,
            y: top as f64,
            w: (right - left) as f64,
            h: (bottom - top) as f64,
        });
        Ok((area, bbox))
    }

    /// Decodes the mask.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the counts are no counts or do not fill the size.
    pub fn to_mask(&self) -> Result<Mask> {
        let [height, width] = self.size;
        let mut mask = Mask::new(width, height);
        let total = u64::from(width) * u64::from(height);
        let mut position = 0u64;
        for (i, run) in decompress(&self.counts)?.into_iter().enumerate() {
            let end = position + u64::from(run);
            if end > total {
                return Err(Error::Invalid(format!("a mask's runs exceed its {width}x{height} pixels")));
            }
            if i % 2 == 1 {
                for p in position..end {
                    mask.set((p / u64::from(height)) as u32, (p % u64::from(height)) as u32, true);
                }
            }
            position = end;
        }
        if position != total {
            return Err(Error::Invalid(format!("a mask's runs cover {position} of {total} pixels")));
        }
        Ok(mask)
    }
}

fn compress(runs: &[u32]) -> String {
    let mut out = String::new();
    for (i, run) in runs.iter().enumerate() {
        let mut value = i64::from(*run);
        if i > 2 {
            value -= i64::from(runs[i - 2]);
        }
        loop {
            let mut group = (value & 0x1f) as u8;
            value >>= 5;
            let more = if group & 0x10 != 0 { value != -1 } else { value != 0 };
            if more {
                group |= 0x20;
            }
            out.push(char::from(group + 48));
            if !more {
                break;
            }
        }
    }
    out
}

fn decompress(counts: &str) -> Result<Vec<u32>> {
    let bad = || {
        Error::Invalid(format!("`{}` is no run-length encoding", counts.chars().take(40).collect::<String>()))
    };
    let mut runs: Vec<i64> = Vec::new();
    let mut bytes = counts.bytes();
    while let Some(first) = bytes.next() {
        let mut value = 0i64;
        let mut shift = 0;
        let mut byte = first;
        loop {
            let group = i64::from(byte.checked_sub(48).filter(|g| *g < 64).ok_or_else(bad)?);
            value |= (group & 0x1f) << shift;
            shift += 5;
            if group & 0x20 == 0 {
                if group & 0x10 != 0 {
                    value |= -1 << shift;
                }
                break;
            }
            if shift > 50 {
                return Err(bad());
            }
            byte = bytes.next().ok_or_else(bad)?;
        }
        if runs.len() > 2 {
            value += runs[runs.len() - 2];
        }
        runs.push(value);
    }
    runs.into_iter().map(|run| u32::try_from(run).map_err(|_| bad())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rle_reads_back(width in 1u32..90, height in 1u32..40, seed in any::<u64>(), run in 1u64..50) {
            let bit = |i: u64| (i / run).wrapping_mul(seed | 1).count_ones().is_multiple_of(2);
            let bits: Vec<bool> = (0..u64::from(width * height)).map(bit).collect();
            let mask = Mask::from_bits(width, height, bits.iter().copied());
            prop_assert!(mask.bits().eq(bits.iter().copied()));
            let mut stored = Mask::new(width, height);
            let mut first = 0;
            for part in bits.chunks(1 + (seed % 150) as usize) {
                stored.store(first, part);
                let mut loaded = vec![false; part.len()];
                mask.load(first, &mut loaded);
                prop_assert_eq!(&loaded, part);
                first += part.len();
            }
            prop_assert_eq!(&stored, &mask);
            prop_assert_eq!(mask.to_rle().area_and_bbox().unwrap(), (mask.area(), mask.bbox()));
            prop_assert_eq!(mask.to_rle().to_mask().unwrap(), mask);
        }

        #[test]
        fn foreign_counts_never_panic(counts in ".{0,30}") {
            let rle = Rle { size: [7, 5], counts };
            prop_assert_eq!(rle.to_mask().is_ok(), rle.area_and_bbox().is_ok());
        }
    }

    #[test]
    fn known_strings_of_the_coco_api() {
        // pycocotools.mask.encode of an empty 2x3 mask, and of one with only its first pixel set.
        assert_eq!(Mask::new(3, 2).to_rle(), Rle { size: [2, 3], counts: "6".into() });
        let mut mask = Mask::new(3, 2);
        mask.set(0, 0, true);
        assert_eq!(mask.to_rle().counts, "015");
    }

    #[test]
    fn bbox_is_tight() {
        let mut mask = Mask::new(9, 7);
        assert_eq!(mask.bbox(), None);
        mask.set(3, 2, true);
        mask.set(5, 4, true);
        assert_eq!(mask.bbox(), Some(BBox { x: 3.0, y: 2.0, w: 3.0, h: 3.0 }));
    }
}
