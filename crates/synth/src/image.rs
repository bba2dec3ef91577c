//! Pictures in memory: linear light on the way, eight bits at the end.

mod buffer;
mod light_plane;
mod light_rows;

pub use buffer::Buffer;
pub(crate) use buffer::forget_spares;
pub use light_plane::LightPlane;
pub(crate) use light_rows::LightRows;

use retake_simd::array;

/// A picture in linear light, sRGB primaries, row by row. The unit is up to the user: reflectance (0-1)
/// for artwork, cd/m2 for a frame, share of white after exposure.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearImage {
    /// Width, px.
    pub width: usize,
    /// Height, px.
    pub height: usize,
    /// `width * height` pixels, row by row.
    pub pixels: Buffer<[f32; 3]>,
}

impl LinearImage {
    /// A picture of one colour.
    pub fn filled(width: usize, height: usize, color: [f32; 3]) -> Self {
        Self { width, height, pixels: Buffer::filled(width * height, color) }
    }

    /// A picture whose every pixel will be written before it is read.
    pub(crate) fn unset(width: usize, height: usize) -> Self {
        Self { width, height, pixels: Buffer::unset(width * height, [0.0; 3]) }
    }

    /// The pixel at `(x, y)`, with the border repeated outside.
    pub fn clamped(&self, x: isize, y: isize) -> [f32; 3] {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.pixels[y * self.width + x]
    }

    /// Bilinear sample at continuous coordinates (pixel `i` is centred on `i + 0.5`), border repeated.
    pub fn sample(&self, x: f32, y: f32) -> [f32; 3] {
        let (x, y) = (x - 0.5, y - 0.5);
        let (fx, fy) = (x.floor(), y.floor());
        let (ix, iy) = (fx as isize, fy as isize);
        let (tx, ty) = (x - fx, y - fy);
        let [a, b, c, d] = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| self.clamped(ix + dx, iy + dy));
        core::array::from_fn(|k| {
            let top = a[k] + (b[k] - a[k]) * tx;
            let bottom = c[k] + (d[k] - c[k]) * tx;
            top + (bottom - top) * ty
        })
    }
}

/// A picture `cell` times as large as another, read row by row: bilinear, the border repeated.
#[derive(Clone, Debug)]
pub(crate) struct Enlarged<'a> {
    image: &'a LinearImage,
    scale: f32,
    row: Vec<[f32; 3]>,
}

impl<'a> Enlarged<'a> {
    pub(crate) fn new(image: &'a LinearImage, cell: usize) -> Self {
        Self { image, scale: 1.0 / cell as f32, row: vec![[0.0; 3]; image.width] }
    }

    /// The two samples about the middle of an enlarged one, and the share of the second.
    #[inline]
    fn place(&self, i: usize, count: usize) -> (usize, usize, f32) {
        let place = ((i as f32 + 0.5) * self.scale - 0.5).max(0.0);
        let first = (place as usize).min(count - 1);
        (first, (first + 1).min(count - 1), place - first as f32)
    }

    /// Moves to a row of the enlarged picture.
    #[inline(always)]
    pub(crate) fn seek(&mut self, y: usize) {
        let (above, below, t) = self.place(y, self.image.height);
        let [above, below] = [above, below].map(|row| &self.image.pixels[row * self.image.width..]);
        for (out, (a, b)) in self.row.iter_mut().zip(above.iter().zip(below)) {
            *out = array!(3, |k| a[k] + (b[k] - a[k]) * t);
        }
    }

    /// Writes the first pixels of the row of a picture that is `CELL` times as large, an even number.
    #[inline(always)]
    pub(crate) fn fill<const CELL: usize>(&self, out: &mut [[f32; 3]]) {
        debug_assert!(self.scale == 1.0 / CELL as f32);
        widen::<CELL>(&self.row, out);
    }
}

/// Writes the first pixels of a row that is `CELL` times as long as another, an even number: linear, the border repeated.
#[inline(always)]
pub(crate) fn widen<const CELL: usize>(row: &[[f32; 3]], out: &mut [[f32; 3]]) {
    debug_assert!(CELL.is_multiple_of(2));
    let Some(first) = row.first() else { return };
    let (head, rest) = out.split_at_mut((CELL / 2).min(out.len()));
    head.fill(*first);
    let nexts = row[1..].iter().chain(row.last());
    for ((out, a), b) in rest.chunks_mut(CELL).zip(row).zip(nexts) {
        for (i, out) in out.iter_mut().enumerate() {
            let t = (i as f32 + 0.5) * (1.0 / CELL as f32);
            *out = array!(3, |k| a[k] + (b[k] - a[k]) * t);
        }
    }
}

/// A plane of one float per pixel, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Width, px.
    pub width: usize,
    /// Height, px.
    pub height: usize,
    /// `width * height` values, row by row.
    pub values: Buffer<f32>,
}

impl Plane {
    /// A plane of one value.
    pub fn filled(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, values: Buffer::filled(width * height, value) }
    }
}

/// A picture as a file stores it: eight bits a channel, sRGB, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb8 {
    /// Width, px.
    pub width: usize,
    /// Height, px.
    pub height: usize,
    /// `3 * width * height` bytes.
    pub data: Vec<u8>,
}
