//! Smooth random fields in the plane, from a hash of lattice points: no tables, no period, no order.
//!
//! Gradient noise after Perlin (2002, "Improving Noise"), with gradients drawn from a hash instead of a
//! permutation table. Octaves finer than a pixel are left out, so that a texture keeps its mean when it is far.

use retake_simd::split;

/// 32 hashed bits of a lattice point (multiply and xorshift rounds of MurmurHash3's finaliser).
#[inline(always)]
pub(crate) fn lattice(x: i32, y: i32, seed: u32) -> u32 {
    mixed((x as u32).wrapping_mul(ALONG) ^ (y as u32).wrapping_mul(DOWN) ^ seed)
}

/// What a step along each axis adds to a lattice point's number.
const ALONG: u32 = 0x9e37_79b1;
const DOWN: u32 = 0x85eb_ca77;

#[inline(always)]
fn mixed(mut h: u32) -> u32 {
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// Uniform in `[0, 1)` for a lattice point.
#[inline(always)]
pub(crate) fn unit(x: i32, y: i32, seed: u32) -> f32 {
    (lattice(x, y, seed) >> 8) as f32 * (1.0 / (1 << 24) as f32)
}

/// Rises smoothly from 0 at `low` to 1 at `high` (cubic Hermite).
#[inline(always)]
pub(crate) fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Times 2^15, the rise along a gradient whose components, -1 to 1, are the halves of a hash.
#[inline(always)]
fn slope(hash: u32, dx: f32, dy: f32) -> f32 {
    let (gx, gy) = ((hash << 16) as i32 >> 16, hash as i32 >> 16);
    gx as f32 * dx + gy as f32 * dy
}

/// As [`lattice`]'s mixing with a round less: enough for gradients, whose neighbours are blended.
#[inline(always)]
fn stirred(mut h: u32) -> u32 {
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h ^ (h >> 14)
}

/// Gradient noise of unit lattice spacing: mean 0, mostly within -1 to 1, deviation about 0.35.
#[inline(always)]
pub(crate) fn gradient(x: f32, y: f32, seed: u32) -> f32 {
    let (ix, fx) = split(x);
    let (iy, fy) = split(y);
    let fade = |t: f32| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
    let (ux, uy) = (fade(fx), fade(fy));
    let left = (ix as u32).wrapping_mul(ALONG);
    let above = (iy as u32).wrapping_mul(DOWN);
    let (right, below) = (left.wrapping_add(ALONG), above.wrapping_add(DOWN) ^ seed);
    let above = above ^ seed;
    let a = slope(stirred(left ^ above), fx, fy);
    let b = slope(stirred(right ^ above), fx - 1.0, fy);
    let c = slope(stirred(left ^ below), fx, fy - 1.0);
    let d = slope(stirred(right ^ below), fx - 1.0, fy - 1.0);
    let top = a + (b - a) * ux;
    let bottom = c + (d - c) * ux;
    const SCALE: f32 = 1.6 / 32768.0;
    SCALE * (top + (bottom - top) * uy)
}

/// How much of a pattern of this wavelength survives a pixel of this footprint (same unit): 1 when it is
/// resolved well, 0 below two pixels a wave.
#[inline(always)]
pub(crate) fn resolved(wavelength: f32, footprint: f32) -> f32 {
    (wavelength / footprint * 0.5 - 1.0).clamp(0.0, 1.0)
}

/// Gradient noise of a wavelength, faded out where a pixel cannot resolve it. Without a branch, so that loops over it
/// run several points at a time.
#[inline(always)]
pub(crate) fn wave(p: [f32; 2], wavelength: f32, footprint: f32, seed: u32) -> f32 {
    let per_mm = 1.0 / wavelength;
    resolved(wavelength, footprint) * gradient(p[0] * per_mm, p[1] * per_mm, seed)
}

/// Sum of up to five octaves from `wavelength` down, each half as long and half as strong. Written out, since a loop over
/// points becomes vectors only without a loop in it.
#[inline(always)]
pub(crate) fn octaves<const COUNT: u32>(p: [f32; 2], wavelength: f32, footprint: f32, seed: u32) -> f32 {
    const { assert!(1 <= COUNT && COUNT <= 5) };
    let mut sum = octave(0, p, wavelength, footprint, seed);
    if COUNT > 1 {
        sum += octave(1, p, wavelength, footprint, seed);
    }
    if COUNT > 2 {
        sum += octave(2, p, wavelength, footprint, seed);
    }
    if COUNT > 3 {
        sum += octave(3, p, wavelength, footprint, seed);
    }
    if COUNT > 4 {
        sum += octave(4, p, wavelength, footprint, seed);
    }
    sum
}

#[inline(always)]
fn octave(number: u32, p: [f32; 2], wavelength: f32, footprint: f32, seed: u32) -> f32 {
    let gain = 1.0 / (1u32 << number) as f32;
    gain * wave(p, wavelength * gain, footprint, seed.wrapping_add(number.wrapping_mul(0x9e37_79b9)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradient_noise_has_no_mean_and_is_continuous() {
        let n = 400;
        let mut sum = 0.0;
        let mut squares = 0.0;
        for y in 0..n {
            for x in 0..n {
                let v = f64::from(gradient(x as f32 * 0.37 - 60.0, y as f32 * 0.41 - 50.0, 9));
                sum += v;
                squares += v * v;
            }
        }
        let count = f64::from(n * n);
        assert!((sum / count).abs() < 0.02, "{}", sum / count);
        let deviation = (squares / count).sqrt();
        assert!((0.2..0.5).contains(&deviation), "{deviation}");
        for i in -40..40 {
            let x = i as f32 * 0.25;
            assert!((gradient(x - 1e-4, 0.3, 3) - gradient(x + 1e-4, 0.3, 3)).abs() < 2e-3);
        }
    }
}
