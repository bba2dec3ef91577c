//! Masks of pixels, and their run-length encoding as COCO defines it.
//!
//! Format: `maskApi.c` of the COCO API. Runs go down the columns, the first run counts zeros, and the
//! compressed string stores each count (from the third on as the difference to the one two before) in
//! groups of five bits plus a continuation bit, offset by 48 into printable ASCII.

use serde::{Deserialize, Serialize};

use crate::{BBox, Error, Result};

/// A set of pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    width: u32,
    height: u32,
    bits: Vec<bool>,
}

impl Mask {
    /// An empty mask of this size, px.
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, bits: vec![false; width as usize * height as usize] }
    }

    /// A mask from one flag per pixel, row by row.
    ///
    /// # Panics
    /// When there are not `width * height` flags.
    pub fn from_bits(width: u32, height: u32, bits: Vec<bool>) -> Self {
        assert_eq!(bits.len(), width as usize * height as usize, "one flag per pixel");
        Self { width, height, bits }
    }

    /// Width, px.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height, px.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// One flag per pixel, row by row.
    pub fn bits(&self) -> &[bool] {
        &self.bits
    }

    /// One flag per pixel, row by row.
    pub fn bits_mut(&mut self) -> &mut [bool] {
        &mut self.bits
    }

    /// Whether the pixel is in the mask; `false` outside the picture.
    pub fn get(&self, x: u32, y: u32) -> bool {
        x < self.width && y < self.height && self.bits[y as usize * self.width as usize + x as usize]
    }

    /// Puts a pixel in or out. Pixels outside the picture are ignored.
    pub fn set(&mut self, x: u32, y: u32, value: bool) {
        if x < self.width && y < self.height {
            self.bits[y as usize * self.width as usize + x as usize] = value;
        }
    }

    /// The number of pixels in the mask.
    pub fn area(&self) -> u64 {
        self.bits.iter().filter(|bit| **bit).count() as u64
    }

    /// Whether no pixel is in the mask.
    pub fn is_empty(&self) -> bool {
        !self.bits.contains(&true)
    }

    /// The box around the mask, whole pixels, or `None` when it is empty.
    pub fn bbox(&self) -> Option<BBox> {
        let width = self.width as usize;
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for (y, row) in self.bits.chunks_exact(width.max(1)).enumerate() {
            let Some(first) = row.iter().position(|bit| *bit) else { continue };
            let last = row.iter().rposition(|bit| *bit).unwrap_or(first);
            left = left.min(first);
            right = right.max(last + 1);
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
        // Rows are read in blocks of columns, so that the cache lines of a row are used whole.
        const BLOCK: usize = 64;
        let mut runs = Vec::new();
        let mut current = false;
        let mut length = 0u32;
        let mut columns = vec![false; BLOCK * height];
        for start in (0..width).step_by(BLOCK) {
            let block = BLOCK.min(width - start);
            let rows = || self.bits.chunks_exact(width).map(|row| &row[start..start + block]);
            if !current && !rows().any(|row| row.contains(&true)) {
                length += (block * height) as u32;
                continue;
            }
            for y in 0..height {
                let row = &self.bits[y * width + start..][..block];
                for (x, bit) in row.iter().enumerate() {
                    columns[x * height + y] = *bit;
                }
            }
            for bit in &columns[..block * height] {
                if *bit != current {
                    runs.push(length);
                    length = 0;
                    current = *bit;
                }
                length += 1;
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
            let bits = (0..u64::from(width * height)).map(|i| (i / run).wrapping_mul(seed | 1).count_ones() % 2 == 0).collect();
            let mask = Mask::from_bits(width, height, bits);
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
