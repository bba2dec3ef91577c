//! A picture of nearness alone, for shadow maps and for what is hidden: a [`super::raster::Raster`] without its triangles' numbers.

use retake_simd::kernel;

use super::raster::{BLOCK, Rows, ScreenVertex, ends, floor, keep_nearer, span_of_all};

/// A picture of nearness alone, for shadow maps.
#[derive(Clone, Debug)]
pub(crate) struct DepthMap {
    width: usize,
    height: usize,
    /// Pixels from row to row: the width in whole blocks.
    stride: usize,
    /// The first row, of a map of some rows.
    top: usize,
    nearness: Vec<f32>,
}

impl DepthMap {
    /// An empty map, px.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let stride = width.next_multiple_of(BLOCK);
        Self { width, height, stride, top: 0, nearness: vec![f32::NEG_INFINITY; stride * height] }
    }

    /// Forgets what was drawn and takes the rows from `top` on: only [`Self::draw`] and [`Self::row`] know of them.
    pub(super) fn restart(&mut self, top: usize) {
        self.top = top;
        self.clear();
    }

    /// Nearness of what a pixel shows, `-inf` for nothing or outside.
    pub(crate) fn get(&self, x: isize, y: isize) -> f32 {
        if x < 0 || y < 0 || x >= self.width as isize || y >= self.height as isize {
            return f32::NEG_INFINITY;
        }
        self.nearness[y as usize * self.stride + x as usize]
    }

    /// Nearness along a row of pixels, `-inf` for nothing.
    pub(crate) fn row(&self, y: usize) -> &[f32] {
        &self.nearness[(y - self.top) * self.stride..][..self.width]
    }

    /// Forgets what was drawn.
    pub(crate) fn clear(&mut self) {
        self.nearness.fill(f32::NEG_INFINITY);
    }

    /// Draws triangles from both sides. A pixel on a shared edge takes the nearer of its triangles, so that
    /// coverage need not be exact, as it is in [`super::raster::Raster::draw`].
    pub(crate) fn draw(&mut self, vertices: &[ScreenVertex], triangles: &[[u32; 3]]) {
        self.draw_facing(vertices, triangles, 0.0);
    }

    /// As [`Self::draw`], but only triangles whose area in the picture has the sign of `facing`.
    pub(crate) fn draw_facing(&mut self, vertices: &[ScreenVertex], triangles: &[[u32; 3]], facing: f32) {
        draw_depths(self, vertices, triangles, facing);
    }

    /// The share (0-1) of the four nearest pixels, bilinear, that show nothing nearer than `nearness` at
    /// this place, px (percentage-closer filtering, Reeves, Salesin and Cook 1987).
    #[inline]
    pub(crate) fn unshadowed(&self, x: f32, y: f32, nearness: f32) -> f32 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (ix, iy) = (floor(x), floor(y));
        let (tx, ty) = (x - ix as f32, y - iy as f32);
        let inside = ix >= 0 && iy >= 0 && ix + 1 < self.width as isize && iy + 1 < self.height as isize;
        if inside {
            let i = iy as usize * self.stride + ix as usize;
            let lit = |v: f32| if v <= nearness { 1.0 } else { 0.0 };
            let open = |pair: &[f32]| lit(pair[0]) * (1.0 - tx) + lit(pair[1]) * tx;
            let (top, bottom) =
                (open(&self.nearness[i..i + 2]), open(&self.nearness[i + self.stride..][..2]));
            return top * (1.0 - ty) + bottom * ty;
        }
        let open = |dx, dy| if self.get(ix + dx, iy + dy) <= nearness { 1.0 } else { 0.0 };
        let top = open(0, 0) * (1.0 - tx) + open(1, 0) * tx;
        let bottom = open(0, 1) * (1.0 - tx) + open(1, 1) * tx;
        top * (1.0 - ty) + bottom * ty
    }
}

kernel! {
    /// See [`DepthMap::draw_facing`].
    fn draw_depths(map: &mut DepthMap, vertices: &[ScreenVertex], triangles: &[[u32; 3]], facing: f32) {
        let most = [map.width as f32 - 1.0, (map.top + map.height) as f32 - 1.0];
        let mut line = vec![0.0f32; map.stride];
        for [a, b, c] in triangles {
            let (a, b, c) = (vertices[*a as usize], vertices[*b as usize], vertices[*c as usize]);
            let ([ux, uy], [vx, vy]) = ([b.x - a.x, b.y - a.y], [c.x - a.x, c.y - a.y]);
            let area = ux * vy - uy * vx;
            if area * facing < 0.0 {
                continue;
            }
            let (x0, x1) = ends(a.x, b.x, c.x, most[0]);
            let (y0, y1) = ends(a.y, b.y, c.y, most[1]);
            if area == 0.0 || x1 < x0 as f32 || y1 < y0 as f32 {
                continue;
            }
            let rows = Rows::new([a, b, c], [[ux, uy], [vx, vy]], [x0, x1 as usize]);
            for y in y0.max(map.top)..=y1 as usize {
                let values = &mut line[..rows.count];
                span_of_all(values, rows.span(y as f32 + 0.5 - a.y, [0.0; 3]));
                keep_nearer(&mut map.nearness[(y - map.top) * map.stride + rows.left..][..rows.count], values);
            }
        }
    }
}
