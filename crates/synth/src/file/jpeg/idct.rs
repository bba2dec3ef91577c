//! The inverse discrete cosine transform in integers: the counterpart of [`super::fdct`], with the word
//! lengths of libjpeg's `jidctint`.

use super::Block;
use super::fdct::*;

/// The samples of a block from its quantised coefficients and the steps they were quantised with.
pub(super) fn inverse(block: &Block, steps: &[u16; 64]) -> [u8; 64] {
    let mut m = [[0; 8]; 8];
    for ((value, coefficient), step) in m.as_flattened_mut().iter_mut().zip(block).zip(steps) {
        *value = i32::from(*coefficient) * i32::from(*step);
    }
    let m = pass::<{ FRACTION - BETWEEN }>(&m);
    let m = transpose(&pass::<{ FRACTION + BETWEEN + 3 }>(&transpose(&m)));
    let mut out = [0; 64];
    for (sample, value) in out.iter_mut().zip(m.as_flattened()) {
        *sample = (value + 128).clamp(0, 255) as u8;
    }
    out
}

/// A one-dimensional transform along the first index; results lose `BITS`.
#[inline(always)]
fn pass<const BITS: u32>(m: &[Lanes; 8]) -> [Lanes; 8] {
    let z1 = mul(add(m[2], m[6]), F_0_541196100);
    let t2 = sub(z1, mul(m[6], F_1_847759065));
    let t3 = add(z1, mul(m[2], F_0_765366865));
    let t0 = each(add(m[0], m[4]), |v| v << FRACTION);
    let t1 = each(sub(m[0], m[4]), |v| v << FRACTION);
    let even = [add(t0, t3), add(t1, t2), sub(t1, t2), sub(t0, t3)];

    let [t0, t1, t2, t3] = [m[7], m[5], m[3], m[1]];
    let (z1, z2, z3, z4) = (add(t0, t3), add(t1, t2), add(t0, t2), add(t1, t3));
    let z5 = mul(add(z3, z4), F_1_175875602);
    let (z1, z2) = (mul(z1, -F_0_899976223), mul(z2, -F_2_562915447));
    let z3 = add(mul(z3, -F_1_961570560), z5);
    let z4 = add(mul(z4, -F_0_390180644), z5);
    let odd = [
        add(add(mul(t3, F_1_501321110), z1), z4),
        add(add(mul(t2, F_3_072711026), z2), z3),
        add(add(mul(t1, F_2_053119869), z2), z4),
        add(add(mul(t0, F_0_298631336), z1), z3),
    ];
    let mut out = [[0; 8]; 8];
    for (i, (even, odd)) in even.into_iter().zip(odd).enumerate() {
        out[i] = scale::<BITS>(add(even, odd));
        out[7 - i] = scale::<BITS>(sub(even, odd));
    }
    out
}
