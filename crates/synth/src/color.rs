//! Colour: the sRGB transfer function, and white points.
//!
//! Source: IEC 61966-2-1 for the transfer function.

use std::sync::LazyLock;

/// Linear light (0-1) of an sRGB value (0-1).
pub fn srgb_to_linear(value: f64) -> f64 {
    if value <= 0.040_45 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
}

/// sRGB value (0-1) of linear light (0-1).
pub fn linear_to_srgb(value: f64) -> f64 {
    if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * libm::pow(value, 1.0 / 2.4) - 0.055 }
}

/// Linear light of an eight bit sRGB triple, as colours are written down (`#rrggbb`).
pub fn linear_rgb(srgb: [u8; 3]) -> [f32; 3] {
    srgb.map(|v| FROM_BYTE[usize::from(v)])
}

static FROM_BYTE: LazyLock<[f32; 256]> =
    LazyLock::new(|| core::array::from_fn(|i| srgb_to_linear(i as f64 / 255.0) as f32));

const STEPS: usize = 1 << 14;

/// The encoded value, 0-255, at each of `STEPS + 1` even steps of linear light.
static TO_BYTE: LazyLock<Vec<f32>> =
    LazyLock::new(|| (0..=STEPS).map(|i| (linear_to_srgb(i as f64 / STEPS as f64) * 255.0) as f32).collect());

/// The sRGB byte scale (0-255, not rounded) of linear light; clamps outside 0-1. Linear interpolation
/// in a table; the error is below 0.06 of a step, at the dark end.
pub fn encode_byte_scale(linear: f32) -> f32 {
    ByteScale::new().of(linear)
}

/// [`encode_byte_scale`] with its table at hand, for loops over pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByteScale(&'static [f32]);

impl ByteScale {
    pub(crate) fn new() -> Self {
        Self(&TO_BYTE)
    }

    #[inline]
    pub(crate) fn of(self, linear: f32) -> f32 {
        let position = linear.clamp(0.0, 1.0) * STEPS as f32;
        let i = (position as usize).min(STEPS - 1);
        self.0[i] + (self.0[i + 1] - self.0[i]) * (position - i as f32)
    }
}

/// Relative luminance of linear sRGB (IEC 61966-2-1; ITU-R BT.709 weights).
#[inline(always)]
pub fn luminance([r, g, b]: [f32; 3]) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_round_trip() {
        for byte in 0..=255u8 {
            let linear = linear_rgb([byte; 3])[0];
            assert!((encode_byte_scale(linear) - f32::from(byte)).abs() < 0.1, "{byte}");
        }
    }
}
