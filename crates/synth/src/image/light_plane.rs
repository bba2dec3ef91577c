//! Luminances of pixels in half the memory: what every measure reads.
//!
//! A capture is bound by memory as much as by arithmetic, and a measure needs no more than four digits.

use super::Buffer;

/// Bits below those that are kept of a single's mantissa.
const SHIFT: u32 = 12;
/// The bits of the single 2^-20: what is less is no light.
const LEAST: u32 = (127 - 20) << 23;
/// The greatest code.
const MOST: u32 = 0xffff;

/// A luminance of each pixel, share of white, row by row: 0, or 2^-20 to 2^12 with a relative error of at most 2^-12. A
/// number of sixteen bits, five of exponent and eleven of mantissa, without sign.
#[derive(Clone, Debug, PartialEq)]
pub struct LightPlane {
    /// None where all is dark.
    codes: Buffer<u16>,
}

impl LightPlane {
    /// A plane without any light, and without memory.
    pub fn none() -> Self {
        Self { codes: Buffer::filled(0, 0) }
    }

    /// A plane of so many pixels without light yet.
    pub(crate) fn dark(count: usize) -> Self {
        Self { codes: Buffer::filled(count, 0) }
    }

    /// A plane whose every value will be written before it is read.
    pub(crate) fn unset(count: usize) -> Self {
        Self { codes: Buffer::unset(count, 0) }
    }

    /// Whether it has no memory.
    pub(crate) fn is_none(&self) -> bool {
        self.codes.is_empty()
    }

    /// The luminance of pixel `i`, row by row.
    #[inline(always)]
    pub fn get(&self, i: usize) -> f32 {
        if self.is_none() { 0.0 } else { decoded(self.codes[i]) }
    }

    /// Puts the luminance of pixel `i`.
    ///
    /// # Panics
    /// When the plane has no memory.
    #[cfg(test)]
    pub(crate) fn set(&mut self, i: usize, light: f32) {
        self.codes[i] = encoded(light);
    }

    /// Puts the luminances of the pixels from `first` on.
    #[inline(always)]
    pub(crate) fn store(&mut self, first: usize, light: &[f32]) {
        for (code, light) in self.codes[first..][..light.len()].iter_mut().zip(light) {
            *code = encoded(*light);
        }
    }

    /// Gets the luminances of the pixels from `first` on.
    #[inline(always)]
    pub(crate) fn load(&self, first: usize, light: &mut [f32]) {
        if self.is_none() {
            return light.fill(0.0);
        }
        for (light, code) in light.iter_mut().zip(&self.codes[first..]) {
            *light = decoded(*code);
        }
    }

    /// Every luminance, row by row; none of a plane without memory.
    pub fn iter(&self) -> impl Iterator<Item = f32> + '_ {
        self.codes.iter().map(|code| decoded(*code))
    }
}

#[inline(always)]
fn encoded(light: f32) -> u16 {
    let bits = light.max(0.0).to_bits() as i32 - LEAST as i32;
    // To the nearest; signed, since comparing unsigned numbers takes longer.
    ((bits.max(0) + (1 << (SHIFT - 1))) >> SHIFT).min(MOST as i32) as u16
}

#[inline(always)]
fn decoded(code: u16) -> f32 {
    let light = f32::from_bits((u32::from(code) << SHIFT) + LEAST);
    if code == 0 { 0.0 } else { light }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_comes_back_but_for_its_last_digits() {
        let mut plane = LightPlane::unset(1000);
        let light: Vec<f32> =
            core::iter::successors(Some(0.000_01), |light| Some(light * 1.02)).take(1000).collect();
        plane.store(0, &light);
        for (i, (light, back)) in light.iter().zip(plane.iter()).enumerate() {
            assert!((back / light - 1.0).abs() <= 1.0 / 4096.0, "{light} {back}");
            assert_eq!(back, plane.get(i));
        }
    }

    #[test]
    fn no_light_is_exactly_none_and_too_much_is_the_most() {
        let mut plane = LightPlane::dark(3);
        assert_eq!(plane.get(1), 0.0);
        plane.store(0, &[-1.0, 1e-9, 1e9]);
        assert!(plane.get(0) == 0.0 && plane.get(1) == 0.0 && plane.get(2) > 4000.0);
        assert_eq!(LightPlane::none().get(7), 0.0);
    }
}
