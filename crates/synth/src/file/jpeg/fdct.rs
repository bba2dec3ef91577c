//! The forward discrete cosine transform in integers.
//!
//! The algorithm of Loeffler, Ligtenberg and Moschytz ("Practical fast 1-D DCT algorithms with 11
//! multiplications", ICASSP 1989) in the variant with 12 multiplications and 32 additions, with the word
//! lengths of libjpeg's `jfdctint`, and so its results to the bit.

/// Eight values, one of each row or column: what is done to one is done to all, so compilers vectorise it.
pub(super) type Lanes = [i32; 8];

/// Fraction bits of the factors.
pub(super) const FRACTION: u32 = 13;
/// Extra bits that are kept between the passes.
pub(super) const BETWEEN: u32 = 2;

// The factors are `round(x * 2^13)`.
pub(super) const F_0_298631336: i32 = 2446;
pub(super) const F_0_390180644: i32 = 3196;
pub(super) const F_0_541196100: i32 = 4433;
pub(super) const F_0_765366865: i32 = 6270;
pub(super) const F_0_899976223: i32 = 7373;
pub(super) const F_1_175875602: i32 = 9633;
pub(super) const F_1_501321110: i32 = 12299;
pub(super) const F_1_847759065: i32 = 15137;
pub(super) const F_1_961570560: i32 = 16069;
pub(super) const F_2_053119869: i32 = 16819;
pub(super) const F_2_562915447: i32 = 20995;
pub(super) const F_3_072711026: i32 = 25172;

pub(super) fn add(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|i| a[i] + b[i])
}

pub(super) fn sub(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|i| a[i] - b[i])
}

pub(super) fn mul(a: Lanes, factor: i32) -> Lanes {
    a.map(|v| v * factor)
}

/// Shifts right, rounded.
pub(super) fn scale<const BITS: u32>(a: Lanes) -> Lanes {
    a.map(|v| (v + (1 << (BITS - 1))) >> BITS)
}

pub(super) fn transpose(m: &[Lanes; 8]) -> [Lanes; 8] {
    std::array::from_fn(|i| std::array::from_fn(|j| m[j][i]))
}

/// Transforms the block whose top left sample is at `(x, y)`: eight times the coefficients, row by row.
pub(super) fn forward(plane: &[u8], width: usize, x: usize, y: usize) -> [i32; 64] {
    let mut m: [Lanes; 8] = std::array::from_fn(|row| {
        let samples: &[u8; 8] =
            plane[(y + row) * width + x..].first_chunk().expect("the plane holds whole blocks");
        samples.map(|sample| i32::from(sample) - 128)
    });
    m = pass::<{ FRACTION - BETWEEN }>(&transpose(&m), |v| v.map(|v| v << BETWEEN));
    m = pass::<{ FRACTION + BETWEEN }>(&transpose(&m), scale::<BETWEEN>);
    let mut out = [0; 64];
    for (row, lanes) in out.as_chunks_mut::<8>().0.iter_mut().zip(m) {
        *row = lanes;
    }
    out
}

/// A one-dimensional transform along the first index. Products lose `BITS`; sums without one go through `plain`.
fn pass<const BITS: u32>(m: &[Lanes; 8], plain: impl Fn(Lanes) -> Lanes) -> [Lanes; 8] {
    let sum: [Lanes; 4] = std::array::from_fn(|i| add(m[i], m[7 - i]));
    let [t7, t6, t5, t4]: [Lanes; 4] = std::array::from_fn(|i| sub(m[i], m[7 - i]));

    let (t10, t13) = (add(sum[0], sum[3]), sub(sum[0], sum[3]));
    let (t11, t12) = (add(sum[1], sum[2]), sub(sum[1], sum[2]));
    let even = mul(add(t12, t13), F_0_541196100);

    let (z1, z2, z3, z4) = (add(t4, t7), add(t5, t6), add(t4, t6), add(t5, t7));
    let z5 = mul(add(z3, z4), F_1_175875602);
    let (z1, z2) = (mul(z1, -F_0_899976223), mul(z2, -F_2_562915447));
    let z3 = add(mul(z3, -F_1_961570560), z5);
    let z4 = add(mul(z4, -F_0_390180644), z5);
    [
        plain(add(t10, t11)),
        scale::<BITS>(add(add(mul(t7, F_1_501321110), z1), z4)),
        scale::<BITS>(add(even, mul(t13, F_0_765366865))),
        scale::<BITS>(add(add(mul(t6, F_3_072711026), z2), z3)),
        plain(sub(t10, t11)),
        scale::<BITS>(add(add(mul(t5, F_2_053119869), z2), z4)),
        scale::<BITS>(sub(even, mul(t12, F_1_847759065))),
        scale::<BITS>(add(add(mul(t4, F_0_298631336), z1), z3)),
    ]
}
