//! The light that a point-spread function gathers over a patch of a picture.
//!
//! Sums stay in registers while light is added to them, and what two rows of a disc have in common is worked out once: small
//! functions at full resolution are what most photos of many pixels have.

use retake_simd::kernel;

use super::{Span, TILE, Taps};
use crate::image::LightRows;

/// The most samples along a patch: a tile's own and one around it.
pub(super) const SIDE: usize = TILE + 2;

/// The samples of a patch, row by row, of which as many as its side are used.
pub(super) type Patch = [[[f32; 3]; SIDE]; SIDE];

/// Samples of a row that are summed at a time, and half of them where that would be more than there are.
const BLOCK: usize = 16;
const HALF: usize = BLOCK / 2;

kernel! {
    /// Gathers the light of a square patch, whose first sample is given, by taps.
    pub(super) fn by_taps(taps: &Taps, source: &LightRows, first: [isize; 2], patch: &mut Patch, side: usize) {
        let total: f32 = taps.iter().map(|(_, weight)| weight).sum();
        let bound = |k: usize| taps.iter().fold((0, 0), |(a, b), (at, _)| (at[k].min(a), at[k].max(b)));
        let ((west, east), (north, south)) = (bound(0), bound(1));
        let from = first[0] + west as isize;
        let count = side.next_multiple_of(HALF) + (east - west) as usize;
        let last = source.height as isize - 1;
        let line = |y: isize| source.row((first[1] + y).clamp(0, last) as usize);
        if from < 0 || from as usize + count > source.width {
            for (y, row) in patch[..side].iter_mut().enumerate() {
                row[..side].fill([0.0; 3]);
                for ([dx, dy], weight) in taps {
                    let pixels = line(y as isize + *dy as isize);
                    add_tap(&mut row[..side], pixels, first[0] + *dx as isize, weight / total);
                }
            }
            return;
        }
        let taps: Vec<(usize, usize, f32)> = taps
            .iter()
            .map(|([dx, dy], weight)| (3 * (dx - west) as usize, (dy - north) as usize, weight / total))
            .collect();
        let lines: Vec<&[f32]> = (north as isize..side as isize + south as isize)
            .map(|y| line(y)[from as usize..][..count].as_flattened())
            .collect();
        for (y, row) in patch[..side].iter_mut().enumerate() {
            let row = row.as_flattened_mut();
            let mut x = 0;
            while x + HALF < side {
                sum_block::<{ 3 * BLOCK }>(&taps, &lines[y..], 3 * x, row);
                x += BLOCK;
            }
            if x < side {
                sum_block::<{ 3 * HALF }>(&taps, &lines[y..], 3 * x, row);
            }
        }
    }
}

/// Sums `N` values of a row, from `first` on, by taps: where each begins in which of the lines, and its weight.
#[inline(always)]
fn sum_block<const N: usize>(taps: &[(usize, usize, f32)], lines: &[&[f32]], first: usize, out: &mut [f32]) {
    let mut sums = [0.0f32; N];
    for (aside, down, weight) in taps {
        let values: &[f32; N] =
            lines[*down][first + aside..].first_chunk().expect("the lines are long enough");
        for i in 0..N {
            sums[i] += weight * values[i];
        }
    }
    out[first..][..N].copy_from_slice(&sums);
}

/// Adds a shifted row, with the border repeated.
#[inline(always)]
fn add_tap(out: &mut [[f32; 3]], source: &[[f32; 3]], start: isize, weight: f32) {
    for (i, out) in out.iter_mut().enumerate() {
        let v = source[(start + i as isize).clamp(0, source.len() as isize - 1) as usize];
        for k in 0..3 {
            out[k] += weight * v[k];
        }
    }
}

/// A row of a disc over sums: what is between its ends, which lie between pixels.
#[derive(Clone, Copy, PartialEq)]
struct Cut {
    start: usize,
    end: usize,
    weights: [f32; 4],
}

impl Cut {
    /// For sums whose first is that before the pixel `reach` to the left.
    fn new(span: &Span, reach: usize) -> Self {
        let ends = [reach as f64 + 0.5 - span.half, reach as f64 + 0.5 + span.half];
        let [start, end] = ends.map(|end| end as usize);
        let [from_start, from_end] = [ends[0] - start as f64, ends[1] - end as f64];
        let weights = [1.0 - from_end, from_end, from_start - 1.0, -from_start];
        Self { start, end, weights: weights.map(|share| (share * span.weight) as f32) }
    }
}

/// Gathers the light of a square patch, whose first sample is given, by rows of a disc: the light of a row is the
/// difference of two running sums.
pub(super) fn by_spans(
    spans: &[Span],
    source: &LightRows,
    [left, top]: [isize; 2],
    patch: &mut Patch,
    side: usize,
) {
    let down = spans.iter().fold(0, |most, span| most.max(span.down.abs())) as usize;
    let aside = spans.iter().fold(0.0f64, |most, span| most.max(span.half));
    // The running sum at the left border of pixel `reach` of a row is that before the patch's first sample.
    let reach = aside.ceil() as usize + 1;
    let mut cuts: Vec<[Option<Cut>; 2]> = vec![[None; 2]; down + 1];
    for span in spans {
        cuts[span.down.unsigned_abs() as usize][usize::from(span.down > 0)] = Some(Cut::new(span, reach));
    }
    let mut sums = vec![0.0f32; 3 * (side + 2 * reach) + 4];
    patch[..side].iter_mut().for_each(|row| row[..side].fill([0.0; 3]));
    for y in 0..side + 2 * down {
        let line = (top + y as isize - down as isize).clamp(0, source.height as isize - 1) as usize;
        add_up(source.row(line), left - reach as isize, &mut sums[3..]);
        for (d, cuts) in cuts.iter().enumerate() {
            // The rows of the patch that see this row of the source through these rows of the disc, up and down from its middle.
            let rows = [y + d, y.wrapping_sub(d)].map(|row| row.wrapping_sub(down));
            let rows = rows.map(|row| (row < side).then_some(row));
            match (rows, cuts) {
                ([Some(below), Some(above)], [Some(up), Some(under)]) if up == under => {
                    let [below, above] = patch.get_disjoint_mut([below, above]).expect("two rows");
                    add_twice(*up, &sums, &mut below[..side], &mut above[..side]);
                }
                _ => {
                    for (row, cut) in rows.into_iter().zip(cuts) {
                        if let (Some(row), Some(cut)) = (row, cut) {
                            add_once(*cut, &sums, &mut patch[row][..side]);
                        }
                    }
                }
            }
        }
    }
}

kernel! {
    /// The sums of a row from pixel `first` on, with the border repeated; one value follows the last.
    fn add_up(pixels: &[[f32; 3]], first: isize, sums: &mut [f32]) {
        let count = sums.len() / 3;
        let mut sum = [0.0f32; 4];
        if first >= 0 && first as usize + count < pixels.len() {
            // Four values at a time, of which the last is the next pixel's and written over.
            let values = &pixels.as_flattened()[3 * first as usize..][..3 * count + 1];
            for x in 0..count {
                for k in 0..4 {
                    sum[k] += values[3 * x + k];
                }
                sums[3 * x..][..4].copy_from_slice(&sum);
            }
            return;
        }
        let last = pixels.len() as isize - 1;
        for x in 0..count {
            let pixel = pixels[(first + x as isize).clamp(0, last) as usize];
            for k in 0..3 {
                sum[k] += pixel[k];
                sums[3 * x + k] = sum[k];
            }
        }
    }
}

/// What each value of a row of sums has between a cut's ends, for so many samples.
#[inline(always)]
fn cut_from<'a>(cut: &Cut, sums: &'a [f32], count: usize) -> impl Iterator<Item = f32> + 'a {
    let [a, b, c, d] = cut.weights;
    let at = |first: usize| sums[3 * first..][..3 * count].iter();
    let (ends, starts) = (at(cut.end).zip(at(cut.end + 1)), at(cut.start).zip(at(cut.start + 1)));
    ends.zip(starts).map(move |((p, q), (r, s))| (a * p + b * q) + (c * r + d * s))
}

kernel! {
    /// Adds a row of a disc to a row of the patch.
    fn add_once(cut: Cut, sums: &[f32], out: &mut [[f32; 3]]) {
        let light = cut_from(&cut, sums, out.len());
        for (out, light) in out.as_flattened_mut().iter_mut().zip(light) {
            *out += light;
        }
    }
}

kernel! {
    /// Adds a row of a disc to two rows of the patch.
    fn add_twice(cut: Cut, sums: &[f32], below: &mut [[f32; 3]], above: &mut [[f32; 3]]) {
        let light = cut_from(&cut, sums, below.len());
        let outs = below.as_flattened_mut().iter_mut().zip(above.as_flattened_mut());
        for ((below, above), light) in outs.zip(light) {
            *below += light;
            *above += light;
        }
    }
}
