//! Light of a picture row by row, of which the last ones are kept.
//!
//! What a lens and a sensor do to a row asks for its neighbours, not for the picture. So light runs through a few rows that
//! stay near the processor, and a picture of any size is taken with no more.

use super::{Buffer, LinearImage};

/// Rows of a picture in linear light. A row is there until as many rows as are kept have been written after it.
#[derive(Clone, Debug)]
pub(crate) struct LightRows {
    /// Width of the picture, px.
    pub(crate) width: usize,
    /// Height of the picture, px.
    pub(crate) height: usize,
    kept: u32,
    pixels: Buffer<[f32; 3]>,
}

impl LightRows {
    /// Room for so many rows of a picture at a time; each will be written before it is read.
    pub(crate) fn new([width, height]: [usize; 2], kept: usize) -> Self {
        let kept = kept.clamp(1, height.max(1));
        Self { width, height, kept: kept as u32, pixels: Buffer::unset(width * kept, [0.0; 3]) }
    }

    #[inline(always)]
    fn place(&self, y: usize) -> usize {
        // Short division: this is asked for every few pixels.
        (y as u32 % self.kept) as usize
    }

    /// Row `y` of the picture.
    #[inline(always)]
    pub(crate) fn row(&self, y: usize) -> &[[f32; 3]] {
        &self.pixels[self.place(y) * self.width..][..self.width]
    }

    /// Row `y` of the picture.
    #[inline(always)]
    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [[f32; 3]] {
        let first = self.place(y) * self.width;
        &mut self.pixels[first..][..self.width]
    }

    /// The picture, if all of its rows are kept.
    ///
    /// # Panics
    /// When they are not.
    pub(crate) fn into_image(self) -> LinearImage {
        assert_eq!(self.kept as usize, self.height.max(1), "all rows are kept");
        LinearImage { width: self.width, height: self.height, pixels: self.pixels }
    }
}

impl From<LinearImage> for LightRows {
    fn from(LinearImage { width, height, pixels }: LinearImage) -> Self {
        Self { width, height, kept: height.max(1) as u32, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rows_are_kept_and_no_more() {
        let mut rows = LightRows::new([5, 100], 7);
        assert_eq!(rows.pixels.len(), 35);
        for y in 0..100 {
            rows.row_mut(y).fill([y as f32; 3]);
            for known in y.saturating_sub(6)..=y {
                assert!(rows.row(known).iter().all(|pixel| *pixel == [known as f32; 3]));
            }
        }
    }

    #[test]
    fn a_whole_picture_comes_back() {
        let mut image = LinearImage::filled(3, 4, [0.5; 3]);
        image.pixels[7] = [1.0, 2.0, 3.0];
        let mut rows = LightRows::from(image.clone());
        rows.row_mut(3)[0] = [9.0; 3];
        image.pixels[9] = [9.0; 3];
        assert_eq!(rows.into_image(), image);
    }
}
