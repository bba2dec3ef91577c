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

// Plain loops over fixed arrays, always inlined: the shape that is compiled to vector instructions.

#[inline(always)]
pub(super) fn each(mut a: Lanes, f: impl Fn(i32) -> i32) -> Lanes {
    for v in &mut a {
        *v = f(*v);
    }
    a
}

#[inline(always)]
pub(super) fn add(mut a: Lanes, b: Lanes) -> Lanes {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
    a
}

#[inline(always)]
pub(super) fn sub(mut a: Lanes, b: Lanes) -> Lanes {
    for (a, b) in a.iter_mut().zip(b) {
        *a -= b;
    }
    a
}

#[inline(always)]
pub(super) fn mul(a: Lanes, factor: i32) -> Lanes {
    each(a, |v| v * factor)
}

/// Shifts right, rounded.
#[inline(always)]
pub(super) fn scale<const BITS: u32>(a: Lanes) -> Lanes {
    each(a, |v| (v + (1 << (BITS - 1))) >> BITS)
}

#[inline(always)]
pub(super) fn transpose(m: &[Lanes; 8]) -> [Lanes; 8] {
    let mut out = [[0; 8]; 8];
    for (i, row) in m.iter().enumerate() {
        for (j, v) in row.iter().enumerate() {
            out[j][i] = *v;
        }
    }
    out
}

/// A block on its way: eight lanes of eight values.
pub(super) type Work = [Lanes; 8];

/// Loads the block whose top left sample is at `(x, y)`, column by column.
#[inline(always)]
pub(super) fn load(plane: &[u8], width: usize, x: usize, y: usize, block: &mut Work) {
    for row in 0..8 {
        let samples: &[u8; 8] =
            plane[(y + row) * width + x..].first_chunk().expect("the plane holds whole blocks");
        for (lanes, sample) in block.iter_mut().zip(samples) {
            lanes[row] = i32::from(*sample) - 128;
        }
    }
}

/// Transforms blocks, loaded column by column, into eight times the coefficients, row by row. Each step goes over all
/// blocks: from memory to memory it becomes vectors, several steps on one block do not.
#[inline(always)]
pub(super) fn forward(blocks: &mut [Work]) {
    for block in blocks.iter_mut() {
        *block = pass::<{ FRACTION - BETWEEN }>(block, |v| each(v, |v| v << BETWEEN));
    }
    for block in blocks.iter_mut() {
        *block = transpose(block);
    }
    for block in blocks.iter_mut() {
        *block = pass::<{ FRACTION + BETWEEN }>(block, scale::<BETWEEN>);
    }
}

/// A one-dimensional transform along the first index. Products lose `BITS`; sums without one go through `plain`.
#[inline(always)]
fn pass<const BITS: u32>(m: &[Lanes; 8], plain: impl Fn(Lanes) -> Lanes) -> [Lanes; 8] {
    let (t0, t7) = (add(m[0], m[7]), sub(m[0], m[7]));
    let (t1, t6) = (add(m[1], m[6]), sub(m[1], m[6]));
    let (t2, t5) = (add(m[2], m[5]), sub(m[2], m[5]));
    let (t3, t4) = (add(m[3], m[4]), sub(m[3], m[4]));

    let (t10, t13) = (add(t0, t3), sub(t0, t3));
    let (t11, t12) = (add(t1, t2), sub(t1, t2));
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
