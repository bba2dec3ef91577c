//! The inverse discrete cosine transform in single precision (Arai, Agui and Nakajima 1988: five products a line, the rest of
//! the factors in the quantisation steps). In plain arithmetic of one order, so it gives the same on every processor.

use super::ZIGZAG;

/// Steps of quantisation in zigzag order, with the factors that the transform leaves out.
pub(super) struct Steps(pub(super) [f32; 64]);

/// Root of 2 times the cosine of k sixteenths of a half turn; 1 for k = 0.
const FACTORS: [f32; 8] =
    [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_38];

impl Steps {
    /// From the steps in zigzag order.
    pub(super) fn new(steps: &[u8; 64]) -> Self {
        let mut all = [0.0; 64];
        for ((out, step), place) in all.iter_mut().zip(steps).zip(ZIGZAG) {
            let place = usize::from(place);
            *out = f32::from(*step) * FACTORS[place / 8] * FACTORS[place % 8] * 0.125;
        }
        Self(all)
    }
}

/// The coefficients of a row of blocks.
pub(super) struct Blocks {
    /// 64 a block, column by column.
    coefficients: Vec<f32>,
    /// Place of each block's last coefficient, in zigzag order.
    last: Vec<u8>,
}

/// Blocks that are transformed at once.
const GROUP: usize = 4;

/// A line of each column of a group, or a column of each line.
type Lanes = [f32; 8 * GROUP];

impl Blocks {
    pub(super) fn new(count: usize) -> Self {
        let whole = count.next_multiple_of(GROUP);
        Self { coefficients: vec![0.0; 64 * whole], last: vec![0; whole] }
    }

    /// Where a block's coefficients go, all 0, and the place of its last one.
    #[inline(always)]
    pub(super) fn block(&mut self, at: usize) -> (&mut [f32; 64], &mut u8) {
        let block = &mut self.coefficients.as_chunks_mut().0[at];
        *block = [0.0; 64];
        (block, &mut self.last[at])
    }

    /// Writes the samples of all, eight rows of `stride`.
    pub(super) fn put(&self, out: &mut [u8], stride: usize) {
        transform(&self.coefficients, &self.last, out, stride);
    }
}

/// The nearest byte to a value round 0, by the fraction's end in the sum with 1.5 times 2 to the 23rd.
#[inline(always)]
fn byte(value: f32) -> u8 {
    let value = value + 128.0;
    let value = if value > 0.0 { value } else { 0.0 };
    let value = if value < 255.0 { value } else { 255.0 };
    (value + 12_582_912.0).to_bits() as u8
}

retake_simd::kernel! {
    /// Both passes, and the samples.
    fn transform(coefficients: &[f32], last: &[u8], out: &mut [u8], stride: usize) {
        let groups = coefficients.as_chunks::<{ 64 * GROUP }>().0.iter().zip(last.as_chunks::<GROUP>().0);
        for (k, (group, last)) in groups.enumerate() {
            let at = 8 * GROUP * k;
            let width = (8 * GROUP).min(stride - at);
            if *last == [0; GROUP] {
                let mut row = [0; 8 * GROUP];
                for (samples, block) in row.as_chunks_mut::<8>().0.iter_mut().zip(group.as_chunks::<64>().0) {
                    *samples = [byte(block[0]); 8];
                }
                for y in 0..8 {
                    out[y * stride + at..][..width].copy_from_slice(&row[..width]);
                }
                continue;
            }
            let mut columns: [Lanes; 8] = [[0.0; 8 * GROUP]; 8];
            for (b, block) in group.as_chunks::<64>().0.iter().enumerate() {
                for (line, values) in columns.iter_mut().zip(block.as_chunks::<8>().0) {
                    line[8 * b..8 * b + 8].copy_from_slice(values);
                }
            }
            pass(&mut columns);
            let mut lines: [Lanes; 8] = [[0.0; 8 * GROUP]; 8];
            for b in 0..GROUP {
                for (x, column) in columns.iter().enumerate() {
                    for (y, value) in column[8 * b..8 * b + 8].iter().enumerate() {
                        lines[y][8 * b + x] = *value;
                    }
                }
            }
            pass(&mut lines);
            for (y, line) in lines.iter().enumerate() {
                let mut row = [0; 8 * GROUP];
                for (out, value) in row.iter_mut().zip(line) {
                    *out = byte(*value);
                }
                let out = &mut out[y * stride + at..];
                if let Some(out) = out[..width].first_chunk_mut::<{ 8 * GROUP }>() {
                    *out = row;
                } else {
                    out[..width].copy_from_slice(&row[..width]);
                }
            }
        }
    }
}

/// The one-dimensional transform along the first index.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "a loop over lanes becomes vectors")]
fn pass(m: &mut [Lanes; 8]) {
    const ROOT_2: f32 = core::f32::consts::SQRT_2;
    for i in 0..8 * GROUP {
        let (t10, t11) = (m[0][i] + m[4][i], m[0][i] - m[4][i]);
        let t13 = m[2][i] + m[6][i];
        let t12 = (m[2][i] - m[6][i]) * ROOT_2 - t13;
        let (even0, even3) = (t10 + t13, t10 - t13);
        let (even1, even2) = (t11 + t12, t11 - t12);

        let (z13, z10) = (m[5][i] + m[3][i], m[5][i] - m[3][i]);
        let (z11, z12) = (m[1][i] + m[7][i], m[1][i] - m[7][i]);
        let odd0 = z11 + z13;
        let z5 = (z10 + z12) * 1.847_759;
        let odd1 = z5 - z10 * 2.613_126 - odd0;
        let odd2 = (z11 - z13) * ROOT_2 - odd1;
        let odd3 = z5 - z12 * 1.082_392_2 - odd2;

        (m[0][i], m[7][i]) = (even0 + odd0, even0 - odd0);
        (m[1][i], m[6][i]) = (even1 + odd1, even1 - odd1);
        (m[2][i], m[5][i]) = (even2 + odd2, even2 - odd2);
        (m[3][i], m[4][i]) = (even3 + odd3, even3 - odd3);
    }
}
