//! A person in a picture, without what is behind. Much of a selfie shows nothing of the person: each row is kept from the
//! first to the last pixel that does.

use retake_label::Mask;

/// A person in a picture.
pub(super) struct Drawn {
    /// Width and height, px.
    pub(super) size: [usize; 2],
    /// Where each row begins, and its pixels: light of the person times cover, cd/m2, and cover, the person's share of the
    /// pixel, 0-1.
    rows: Vec<(usize, Vec<[f32; 4]>)>,
    /// Pixels that show the face.
    pub(super) face: Mask,
    /// Left, top, width and height of the face, px.
    pub(super) face_box: [f64; 4],
}

impl Drawn {
    /// A picture of this size without a row yet.
    pub(super) fn new(size: [usize; 2]) -> Self {
        let [width, height] = size;
        let face = Mask::new(width as u32, height as u32);
        Self { size, rows: Vec::with_capacity(height), face, face_box: [0.0; 4] }
    }

    /// Adds the next row, whole.
    pub(super) fn push(&mut self, row: &[[f32; 4]]) {
        let shows = |pixel: &[f32; 4]| *pixel != [0.0; 4];
        let first = row.iter().position(shows).unwrap_or(0);
        let end = row.iter().rposition(shows).map_or(first, |last| last + 1);
        self.rows.push((first, row[first..end].to_vec()));
    }

    /// The first pixel of a row that may show the person, and the pixels from there on that may.
    pub(super) fn row(&self, y: usize) -> (usize, &[[f32; 4]]) {
        let (first, pixels) = &self.rows[y];
        (*first, pixels)
    }

    /// Copies a row, whole.
    pub(super) fn copy_row(&self, y: usize, out: &mut [[f32; 4]]) {
        let (first, pixels) = self.row(y);
        let (before, rest) = out.split_at_mut(first);
        let (here, behind) = rest.split_at_mut(pixels.len());
        before.fill([0.0; 4]);
        here.copy_from_slice(pixels);
        behind.fill([0.0; 4]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_whole_and_keep_nothing_of_what_is_empty() {
        let mut drawn = Drawn::new([5, 3]);
        let some = [0.0, 0.0, 0.0, 0.25];
        let rows = [[[0.0; 4]; 5], [[0.0; 4], some, [0.0; 4], some, [0.0; 4]], [some; 5]];
        rows.iter().for_each(|row| drawn.push(row));
        let mut back = [[7.0; 4]; 5];
        for (y, row) in rows.iter().enumerate() {
            drawn.copy_row(y, &mut back);
            assert_eq!(back, *row);
        }
        assert_eq!([0, 1, 2].map(|y| drawn.row(y).1.len()), [0, 3, 5]);
    }
}
