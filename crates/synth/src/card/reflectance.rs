//! The picture on a card's face, in the form that it is printed in and photographed from.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

use retake_simd::nearest;

use crate::image::{Buffer, LinearImage};

/// Codes of full reflectance.
const FULL: f32 = 65535.0;

/// Diffuse reflectance of the points of a card's face, linear sRGB, row by row: sixteen bits a channel, 65535 for 1. Half
/// the memory of floats, and steps far below what any sensor tells apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Reflectance {
    /// Width, px.
    pub width: usize,
    /// Height, px.
    pub height: usize,
    /// `width * height` points, row by row.
    pub points: Buffer<[u16; 3]>,
}

impl Reflectance {
    /// A face of one colour, 0-1.
    pub fn filled(width: usize, height: usize, color: [f32; 3]) -> Self {
        Self { width, height, points: Buffer::filled(width * height, color.map(to_code)) }
    }

    /// The reflectance of point `i`, 0-1.
    #[inline]
    pub fn get(&self, i: usize) -> [f32; 3] {
        self.points[i].map(from_code)
    }
}

impl From<&LinearImage> for Reflectance {
    fn from(image: &LinearImage) -> Self {
        let points = image.pixels.iter().map(|pixel| pixel.map(to_code)).collect::<Vec<_>>().into();
        Self { width: image.width, height: image.height, points }
    }
}

/// Changes the reflectances of a point, each given its channel and what it is.
#[inline(always)]
pub(super) fn change(point: &mut [u16; 3], new: impl Fn(usize, f32) -> f32) {
    for (k, code) in point.iter_mut().enumerate() {
        *code = to_code(new(k, from_code(*code)));
    }
}

/// To the nearest code; outside 0-1 the end of the range.
#[inline(always)]
pub(super) fn to_code(reflectance: f32) -> u16 {
    nearest((reflectance * FULL).max(0.0).min(FULL)) as u16
}

/// The reflectance of a code.
#[inline(always)]
pub(super) fn from_code(code: u16) -> f32 {
    f32::from(code) * (1.0 / FULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_nearest_and_end_at_the_ends() {
        let mut face = Reflectance::filled(2, 1, [0.5, -1.0, 7.0]);
        assert_eq!(face.points[0], [32768, 0, 65535]);
        change(&mut face.points[1], |k, value| if k == 2 { 0.25 } else { 1.0 - value });
        assert_eq!(face.points[..], [[32768, 0, 65535], [32767, 65535, 16384]]);
        for code in 0..=65535u16 {
            assert_eq!(to_code(from_code(code)), code);
        }
    }
}
