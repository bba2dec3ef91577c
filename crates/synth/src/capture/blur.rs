//! Convolution of a picture with point-spread functions that change slowly over it.
//!
//! The picture is cut into tiles with one function each, small enough that neighbours differ by a tenth of a
//! pixel. Discs are stacks of horizontal runs, summed from prefix sums, so their cost grows with the radius
//! and not with the area. Motion paths are lists of taps.

use crate::image::LinearImage;

/// Side of a tile, px.
pub(crate) const TILE: usize = 32;

/// A horizontal run of a disc: rows `dy`, from `-half` to `half` about the centre, with its share of the light.
#[derive(Clone, Copy, Debug)]
struct Run {
    dy: isize,
    half: f32,
    weight: f32,
}

/// A uniform disc as runs, one a row of pixels.
#[derive(Clone, Debug)]
pub(crate) struct Disc(Vec<Run>);

impl Disc {
    /// A disc of this radius, px.
    pub(crate) fn new(radius: f32) -> Self {
        // Chords in thin strips, gathered by rows.
        const STRIPS: i32 = 8;
        let reach = (radius + 0.5).ceil() as isize;
        let mut runs: Vec<Run> = (-reach..=reach)
            .filter_map(|dy| {
                let (mut chords, mut inside) = (0.0f32, 0.0f32);
                for strip in 0..STRIPS {
                    let y = dy as f32 + (strip as f32 + 0.5) / STRIPS as f32 - 0.5;
                    let rest = radius * radius - y * y;
                    if rest > 0.0 {
                        chords += rest.sqrt();
                        inside += 1.0;
                    }
                }
                (inside > 0.0).then(|| Run { dy, half: chords / inside, weight: chords })
            })
            .collect();
        let total: f32 = runs.iter().map(|r| r.weight).sum();
        if total > 0.0 {
            runs.iter_mut().for_each(|r| r.weight /= total);
        } else {
            runs = vec![Run { dy: 0, half: 0.25, weight: 1.0 }];
        }
        Self(runs)
    }
}

/// Sums of a row from its padded left end: `pad` pixels repeat the border on both sides.
fn prefix(row: &[[f32; 3]], pad: usize, out: &mut Vec<[f64; 3]>) {
    out.clear();
    let mut sum = [0.0f64; 3];
    out.push(sum);
    let (first, last) = (row[0], row[row.len() - 1]);
    let padded = std::iter::repeat_n(&first, pad).chain(row).chain(std::iter::repeat_n(&last, pad));
    for pixel in padded {
        for k in 0..3 {
            sum[k] += f64::from(pixel[k]);
        }
        out.push(sum);
    }
}

/// Blurs with a disc whose radius is given for the middle of each tile, px.
pub(crate) fn discs(image: &LinearImage, mut radius: impl FnMut([f64; 2]) -> f64) -> LinearImage {
    let (w, h) = (image.width, image.height);
    let tiles = [w.div_ceil(TILE), h.div_ceil(TILE)];
    let middle = |i: usize| (i * TILE + TILE / 2) as f64;
    let kernels: Vec<Disc> = (0..tiles[0] * tiles[1])
        .map(|i| Disc::new(radius([middle(i % tiles[0]), middle(i / tiles[0])]) as f32))
        .collect();
    let reach =
        kernels.iter().flat_map(|k| &k.0).fold(0, |m, r| m.max(r.dy.unsigned_abs()).max(r.half as usize + 2));
    // A ring of prefix sums holds the rows that a tile's rows reach.
    let capacity = TILE + 2 * reach + 1;
    let mut ring: Vec<(usize, Vec<[f64; 3]>)> = vec![(usize::MAX, Vec::new()); capacity];
    let mut out = LinearImage::filled(w, h, [0.0; 3]);
    let mut acc = vec![0.0f64; 3 * TILE];
    for y in 0..h {
        let rows = y.saturating_sub(reach)..=(y + reach).min(h - 1);
        for row in rows {
            let slot = &mut ring[row % capacity];
            if slot.0 != row {
                prefix(&image.pixels[row * w..][..w], reach, &mut slot.1);
                slot.0 = row;
            }
        }
        for tile in 0..tiles[0] {
            let (start, end) = (tile * TILE, ((tile + 1) * TILE).min(w));
            let acc = &mut acc[..3 * (end - start)];
            acc.fill(0.0);
            for run in &kernels[(y / TILE) * tiles[0] + tile].0 {
                let row = (y as isize + run.dy).clamp(0, h as isize - 1) as usize;
                add_run(acc, &ring[row % capacity].1, start + reach, run);
            }
            for (pixel, sum) in out.pixels[y * w + start..y * w + end].iter_mut().zip(acc.chunks_exact(3)) {
                *pixel = core::array::from_fn(|k| sum[k] as f32);
            }
        }
    }
    out
}

/// Adds the mean over a run about each pixel from `start` on.
fn add_run(acc: &mut [f64], sums: &[[f64; 3]], start: usize, run: &Run) {
    let high = 0.5 + f64::from(run.half);
    let low = 0.5 - f64::from(run.half);
    let (i, f) = (high.floor(), high - high.floor());
    let (j, g) = (low.floor(), low - low.floor());
    let weight = f64::from(run.weight) / (2.0 * f64::from(run.half));
    let n = acc.len() / 3;
    let at = |o: f64| &sums[(start as isize + o as isize) as usize..][..n + 1];
    let (right, left) = (at(i).as_flattened(), at(j).as_flattened());
    let (r0, r1, l0, l1) = (&right[..3 * n], &right[3..3 * n + 3], &left[..3 * n], &left[3..3 * n + 3]);
    let parts = r0.iter().zip(r1).zip(l0.iter().zip(l1));
    for (acc, ((r0, r1), (l0, l1))) in acc.iter_mut().zip(parts) {
        *acc += weight * ((r0 + f * (r1 - r0)) - (l0 + g * (l1 - l0)));
    }
}

/// Light shares at whole-pixel offsets.
pub(crate) type Taps = Vec<([i32; 2], f32)>;

/// Spreads a path of equal times over whole-pixel taps (bilinear), which sum to 1.
pub(crate) fn path_taps(path: &[[f64; 2]]) -> Taps {
    let mut cells = std::collections::BTreeMap::<(i32, i32), f64>::new();
    let mut total = 0.0;
    let mut add = |[x, y]: [f64; 2], weight: f64| {
        let (ix, iy) = (x.floor(), y.floor());
        let (tx, ty) = (x - ix, y - iy);
        for (dx, dy, w) in [
            (0, 0, (1.0 - tx) * (1.0 - ty)),
            (1, 0, tx * (1.0 - ty)),
            (0, 1, (1.0 - tx) * ty),
            (1, 1, tx * ty),
        ] {
            *cells.entry((iy as i32 + dy, ix as i32 + dx)).or_default() += w * weight;
        }
        total += weight;
    };
    for ends in path.windows(2) {
        let [a, b] = [ends[0], ends[1]];
        let d = [b[0] - a[0], b[1] - a[1]];
        let steps = (libm::sqrt(d[0] * d[0] + d[1] * d[1]) / 0.3).ceil().max(1.0);
        for i in 0..steps as usize {
            let t = (i as f64 + 0.5) / steps;
            add([a[0] + t * d[0], a[1] + t * d[1]], 1.0 / steps);
        }
    }
    if total == 0.0 {
        return vec![([0, 0], 1.0)];
    }
    cells
        .into_iter()
        .filter(|(_, w)| *w > 1e-5 * total)
        .map(|((y, x), w)| ([x, y], (w / total) as f32))
        .collect::<Taps>()
}

/// Blurs with taps that are given for the middle of each tile.
pub(crate) fn taps(image: &LinearImage, mut kernel: impl FnMut([f64; 2]) -> Taps) -> LinearImage {
    let (w, h) = (image.width, image.height);
    let middle = |i: usize| (i * TILE + TILE / 2) as f64;
    let mut out = LinearImage::filled(w, h, [0.0; 3]);
    for top in (0..h).step_by(TILE) {
        for left in (0..w).step_by(TILE) {
            let kernel = kernel([middle(left / TILE), middle(top / TILE)]);
            let total: f32 = kernel.iter().map(|(_, weight)| weight).sum();
            let (n, rows) = (TILE.min(w - left), TILE.min(h - top));
            for y in top..top + rows {
                let row = &mut out.pixels[y * w + left..][..n];
                for ([dx, dy], weight) in &kernel {
                    let source = (y as isize + *dy as isize).clamp(0, h as isize - 1) as usize * w;
                    add_tap(row, &image.pixels[source..][..w], left as isize + *dx as isize, weight / total);
                }
            }
        }
    }
    out
}

/// Adds a shifted row, with the border repeated.
fn add_tap(out: &mut [[f32; 3]], source: &[[f32; 3]], start: isize, weight: f32) {
    let n = out.len();
    if start >= 0 && start as usize + n <= source.len() {
        let source = source[start as usize..][..n].as_flattened();
        for (out, v) in out.as_flattened_mut().iter_mut().zip(source) {
            *out += weight * v;
        }
        return;
    }
    for (i, out) in out.iter_mut().enumerate() {
        let v = source[(start + i as isize).clamp(0, source.len() as isize - 1) as usize];
        for k in 0..3 {
            out[k] += weight * v[k];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(size: usize) -> LinearImage {
        let mut image = LinearImage::filled(size, size, [0.0; 3]);
        image.pixels[size / 2 * size + size / 2] = [1000.0, 1.0, 0.0];
        image
    }

    fn moments(image: &LinearImage) -> (f64, [f64; 2], f64) {
        let (mut sum, mut x1, mut y1, mut r2) = (0.0, 0.0, 0.0, 0.0);
        let c = (image.width / 2) as f64;
        for (i, p) in image.pixels.iter().enumerate() {
            let (x, y) = ((i % image.width) as f64 - c, (i / image.width) as f64 - c);
            let v = f64::from(p[0]);
            sum += v;
            x1 += v * x;
            y1 += v * y;
            r2 += v * (x * x + y * y);
        }
        (sum, [x1 / sum, y1 / sum], r2 / sum)
    }

    #[test]
    fn discs_keep_light_and_have_the_second_moment_of_a_disc() {
        for radius in [1.0, 2.5, 7.3, 14.0] {
            let blurred = discs(&point(81), |_| radius);
            let (sum, [x, y], r2) = moments(&blurred);
            assert!((sum / 1000.0 - 1.0).abs() < 1e-4, "{radius}: {sum}");
            assert!(x.abs() < 1e-3 && y.abs() < 1e-3);
            // Disc: r^2 / 2; sampling at pixels adds up to a quarter of a pixel squared.
            let expected = radius * radius / 2.0;
            assert!((r2 - expected).abs() < 0.02 * expected + 0.27, "{radius}: {r2} {expected}");
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_under_any_blur() {
        let flat = LinearImage::filled(100, 70, [0.3, 2.0, 500.0]);
        let blurred = discs(&flat, |[x, y]| 0.2 + x * 0.05 + y * 0.02);
        let moved = taps(&flat, |_| path_taps(&[[0.0, 0.0], [9.0, 2.0], [-3.0, 5.5]]));
        for p in blurred.pixels.iter().chain(&moved.pixels) {
            assert!((p[0] - 0.3).abs() < 1e-5 && (p[2] / 500.0 - 1.0).abs() < 1e-5, "{p:?}");
        }
    }

    #[test]
    fn a_straight_path_spreads_evenly_along_its_length() {
        let moved = taps(&point(81), |_| path_taps(&[[-10.0, -4.0], [10.0, 4.0]]));
        let (sum, [x, y], r2) = moments(&moved);
        assert!((sum / 1000.0 - 1.0).abs() < 1e-4);
        assert!(x.abs() < 1e-3 && y.abs() < 1e-3);
        // A rod of length L: L^2 / 12; the bilinear spread adds a third of a pixel squared.
        let expected = (400.0 + 64.0) / 12.0;
        assert!((r2 - expected - 0.333).abs() < 0.3, "{r2} {expected}");
    }
}
