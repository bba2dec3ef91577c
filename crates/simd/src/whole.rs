//! Whole numbers of singles, in loops that become vectors.
//!
//! `as` saturates and takes no number for 0; compilers keep that promise value by value, and with it the whole loop. Added
//! to a number whose last digit is worth one, a value rounds itself, and its bits count.

/// One and a half times 2^23.
const WHOLE: f32 = 12_582_912.0;

/// The nearest whole number, of two the even one. For values of -2^22 to 2^22; others give any.
///
/// ```
/// assert_eq!([0.4, 0.5, 1.5, -2.6].map(retake_simd::nearest), [0, 0, 2, -3]);
/// ```
#[inline(always)]
pub fn nearest(value: f32) -> i32 {
    ((value + WHOLE).to_bits() as i32).wrapping_sub(WHOLE.to_bits() as i32)
}

/// The whole number below a value, and what is left of it, 0 to 1. For values of -2^22 to 2^22; others give any number, and
/// little is left.
///
/// ```
/// assert_eq!([2.25, -0.25, 7.0].map(retake_simd::split), [(2, 0.25), (-1, 0.75), (7, 0.0)]);
/// ```
#[inline(always)]
pub fn split(value: f32) -> (i32, f32) {
    let near = (value + WHOLE) - WHOLE;
    let over = value < near;
    let below = near - if over { 1.0 } else { 0.0 };
    (nearest(value).wrapping_sub(i32::from(over)), value - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_those_of_the_standard_library() {
        let values = (0..4_000_000u32).map(|i| {
            let hash = i.wrapping_mul(0x9e37_79b9);
            (hash as f32 / u32::MAX as f32 - 0.5) * (1u32 << (i % 24)) as f32
        });
        for value in values.chain([0.0, -0.0, 0.5, -0.5, 4_194_304.0, -4_194_304.0]) {
            assert_eq!(nearest(value), value.round_ties_even() as i32, "{value}");
            let floor = value.floor();
            assert_eq!(split(value), (floor as i32, value - floor), "{value}");
        }
        for value in [1e9, -1e12, f32::MAX] {
            assert!(split(value).1.is_finite());
        }
    }
}
