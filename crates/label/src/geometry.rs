//! Shapes in the picture, in pixels from its top left corner, x to the right and y down.
//!
//! A pixel with index `i` covers `i..i+1`; coordinates are continuous and may lie outside the picture.

use serde::{Deserialize, Serialize};

/// Four corners: top left, top right, bottom right, bottom left of the thing as printed.
pub type Quad = [[f64; 2]; 4];

/// A box as COCO writes it: left, top, width, height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
pub struct BBox {
    /// Left edge, px.
    pub x: f64,
    /// Top edge, px.
    pub y: f64,
    /// Width, px.
    pub w: f64,
    /// Height, px.
    pub h: f64,
}

impl BBox {
    /// The smallest box around some points, or `None` without points.
    pub fn around(points: &[[f64; 2]]) -> Option<Self> {
        let first = points.first()?;
        let mut low = *first;
        let mut high = *first;
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        Some(Self { x: low[0], y: low[1], w: high[0] - low[0], h: high[1] - low[1] })
    }

    /// Intersection over union, 0-1; 0 for boxes without area.
    pub fn iou(&self, other: &Self) -> f64 {
        let overlap = |a: f64, aw: f64, b: f64, bw: f64| ((a + aw).min(b + bw) - a.max(b)).max(0.0);
        let shared = overlap(self.x, self.w, other.x, other.w) * overlap(self.y, self.h, other.y, other.h);
        let all = self.w * self.h + other.w * other.h - shared;
        if all > 0.0 { shared / all } else { 0.0 }
    }
}

impl From<[f64; 4]> for BBox {
    fn from([x, y, w, h]: [f64; 4]) -> Self {
        Self { x, y, w, h }
    }
}

impl From<BBox> for [f64; 4] {
    fn from(b: BBox) -> Self {
        [b.x, b.y, b.w, b.h]
    }
}
