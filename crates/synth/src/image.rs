//! Pictures in memory: linear light on the way, eight bits at the end.

/// A picture in linear light, sRGB primaries, row by row. The unit is up to the user: reflectance (0-1)
/// for artwork, cd/m2 for a frame, share of white after exposure.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearImage {
    /// Width, px.
    pub width: usize,
    /// Height, px.
    pub height: usize,
    /// `width * height` pixels, row by row.
    pub pixels: Vec<[f32; 3]>,
}

impl LinearImage {
    /// A picture of one colour.
    pub fn filled(width: usize, height: usize, color: [f32; 3]) -> Self {
        Self { width, height, pixels: vec![color; width * height] }
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

/// A plane of one float per pixel, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Width, px.
    pub width: usize,
    /// Height, px.
    pub height: usize,
    /// `width * height` values, row by row.
    pub values: Vec<f32>,
}

impl Plane {
    /// A plane of one value.
    pub fn filled(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, values: vec![value; width * height] }
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
