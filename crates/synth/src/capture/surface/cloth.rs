//! Table linen: a plain weave with uneven threads and soft folds, and printed or woven patterns on it.

use retake_simd::split;

use super::{
    FINE, Fine, Kind, LANES, Lane, Paint, PaintAt, Paints, SLOW, Slow, Spot, Spots, batch, kernel, mix,
    scaled,
};
use crate::capture::noise::{lattice, octaves, resolved, smoothstep, unit, wave};

/// Undyed linen.
pub(super) const LINEN: Kind = Kind {
    name: "cloth",
    mean: [0.43, 0.385, 0.31],
    roughness: 0.5,
    refractive_index: 1.3,
    slow: batch!(slow folds),
    fine: Some(batch!(fine slubs)),
    pitch: 0.3,
    paint: batch!(paint linen),
};

/// A patterned tablecloth: checks, stripes or flowers, by the seed.
pub(super) const PATTERNED: Kind = Kind {
    name: "patterned_cloth",
    mean: [0.48, 0.39, 0.345],
    roughness: 0.5,
    refractive_index: 1.3,
    slow: batch!(slow folds),
    fine: Some(batch!(fine slubs)),
    pitch: 0.3,
    paint: patterned,
};

/// Distance between threads, mm.
const PITCH: f32 = 0.62;

/// A thread at a point: shade of its roundness and place, with mean 1, and how the surface leans.
struct Weave {
    shade: f32,
    slope: [f32; 2],
}

/// How soft folds lean.
#[inline(always)]
fn folds(spot: &Spot) -> Slow {
    let lean = |tag| 0.16 * octaves::<3>(spot.p, 95.0, spot.footprint, spot.seed ^ tag);
    [lean(0x71), lean(0x72), 0.0, 0.0]
}

/// How thick the threads are, and how they wander along both axes.
#[inline(always)]
fn slubs(spot: &Spot, _: Slow) -> Fine {
    let Spot { p, footprint, seed } = *spot;
    let slub = wave([p[0] * 0.08, p[1]], 1.3, footprint, seed ^ 0x73)
        + wave([p[0], p[1] * 0.08], 1.3, footprint, seed ^ 0x74);
    let wander = |p, tag| 0.5 * wave(p, 6.0, footprint, seed ^ tag);
    [slub, wander([p[0], p[1] * 0.3], 0x75), wander([p[0] * 0.3, p[1]], 0x76), 0.0, 0.0, 0.0]
}

#[inline(always)]
fn weave(spot: &Spot, fold: [f32; 2], [slub, across, along, ..]: Fine) -> Weave {
    let Spot { p, footprint, seed } = *spot;
    let keep = resolved(PITCH * 2.0, footprint);
    let thin = wave([p[0] * 0.08, p[1]], 0.65, footprint, seed ^ 0x7a)
        + wave([p[0], p[1] * 0.08], 0.65, footprint, seed ^ 0x7b);
    let slub = slub + 0.5 * thin;
    let coarse = 1.0 + 0.10 * slub;
    // Threads wander a little.
    let (u, v) = (p[0] / PITCH + across, p[1] / PITCH + along);
    let ((iu, fu), (iv, fv)) = (split(u), split(v));
    let (a, b) = (2.0 * fu - 1.0, 2.0 * fv - 1.0);
    let lengthwise = (iu + iv) & 1 == 0;
    // `across` runs over the thread on top, `along` down its length as it dives under its neighbours.
    let (along, across, thread) =
        if lengthwise { (a, b, unit(iv, 0, seed ^ 0x77)) } else { (b, a, unit(iu, 1, seed ^ 0x78)) };
    let round = (1.0 - across * across) * (1.0 - 0.55 * along * along);
    let twist = wave([along * 0.5 + across * 0.9, thread * 50.0], 0.6, 0.05, seed ^ 0x79);
    let shade = 0.66 + 0.62 * round + 0.22 * (thread - 0.5) + 0.06 * twist;
    let (s_across, s_along) = (-0.55 * across * keep, -0.35 * along * keep);
    let slope = if lengthwise { [-s_along, -s_across] } else { [-s_across, -s_along] };
    Weave { shade: coarse * (1.0 + keep * (shade - 1.0)), slope: [fold[0] + slope[0], fold[1] + slope[1]] }
}

#[inline(always)]
fn linen(spot: &Spot, [a, b, ..]: Slow, fine: Fine) -> Paint {
    let Weave { shade, slope } = weave(spot, [a, b], fine);
    Paint { albedo: scaled([0.43, 0.385, 0.31], shade), slope, gloss: 0.25 }
}

/// Dyes: red, blue, green, ochre.
const DYES: [[f32; 3]; 4] =
    [[0.36, 0.030, 0.035], [0.035, 0.085, 0.30], [0.04, 0.16, 0.07], [0.52, 0.27, 0.05]];
/// The colour of the undyed cloth.
const GROUND: [f32; 3] = [0.66, 0.63, 0.57];

/// What the seed picks: the pattern, and its dyes.
#[inline(always)]
fn pick(seed: u32) -> (usize, [[f32; 3]; 2]) {
    let pick = lattice(5, 9, seed);
    let dye = |shift: u32| DYES[((pick >> shift) & 3) as usize];
    ((pick >> 2) as usize % 3, [dye(0), dye(5)])
}

/// One pattern for all points, so that loops over them have no branch.
fn patterned(spots: &Spots, slow: &[Lane; SLOW], fine: &[Lane; FINE], out: &mut Paints) {
    let paint: PaintAt = match pick(spots.seed).0 {
        0 => batch!(paint checked),
        1 => batch!(paint striped),
        _ => batch!(paint flowered),
    };
    paint(spots, slow, fine, out);
}

#[inline(always)]
fn checked(spot: &Spot, slow: Slow, fine: Fine) -> Paint {
    let (_, [dye, _]) = pick(spot.seed);
    woven(spot, slow, fine, gingham(spot.p, spot.footprint.max(0.25), GROUND, dye))
}

#[inline(always)]
fn striped(spot: &Spot, slow: Slow, fine: Fine) -> Paint {
    let (_, [dye, second]) = pick(spot.seed);
    woven(spot, slow, fine, stripes(spot.p, spot.footprint.max(0.25), GROUND, dye, second, spot.seed))
}

#[inline(always)]
fn flowered(spot: &Spot, slow: Slow, fine: Fine) -> Paint {
    let (_, [dye, _]) = pick(spot.seed);
    woven(spot, slow, fine, flowers(spot.p, spot.footprint.max(0.25), GROUND, dye, spot.seed))
}

#[inline(always)]
fn woven(spot: &Spot, [a, b, ..]: Slow, fine: Fine, albedo: [f32; 3]) -> Paint {
    let Weave { shade, slope } = weave(spot, [a, b], fine);
    Paint { albedo: scaled(albedo, shade), slope, gloss: 0.25 }
}

/// A band from `low` to `high` in a phase of 0-1, with soft borders of `edge`.
#[inline(always)]
fn band(phase: f32, low: f32, high: f32, edge: f32) -> f32 {
    smoothstep(low - edge, low + edge, phase) * (1.0 - smoothstep(high - edge, high + edge, phase))
}

#[inline(always)]
fn gingham(p: [f32; 2], edge: f32, ground: [f32; 3], dye: [f32; 3]) -> [f32; 3] {
    let period = 21.0;
    let stripe = |x: f32| band(split(x / period).1, 0.25, 0.75, edge / period);
    let (a, b) = (stripe(p[0]), stripe(p[1]));
    mix(ground, dye, 0.5 * (a + b))
}

#[inline(always)]
fn stripes(p: [f32; 2], edge: f32, ground: [f32; 3], dye: [f32; 3], second: [f32; 3], seed: u32) -> [f32; 3] {
    let period = 46.0;
    let phase = split(p[0] / period).1;
    let e = edge / period;
    let wide = band(phase, 0.10, 0.38 + 0.15 * unit(2, 3, seed), e);
    let thin = band(phase, 0.64, 0.68, e) + band(phase, 0.82, 0.86, e);
    mix(mix(ground, dye, 0.92 * wide), scaled(second, 0.8), 0.9 * thin)
}

#[inline(always)]
fn flowers(p: [f32; 2], edge: f32, ground: [f32; 3], dye: [f32; 3], seed: u32) -> [f32; 3] {
    let period = 30.0;
    let (row, _) = split(p[1] / period);
    let offset = if row & 1 == 0 { 0.0 } else { 0.5 };
    let ((ix, fx), (iy, fy)) = (split(p[0] / period + offset), split(p[1] / period));
    let jitter = |tag| (unit(ix, iy, seed ^ tag) - 0.5) * 5.0;
    let (x, y) = ((fx - 0.5) * period + jitter(1), (fy - 0.5) * period + jitter(2));
    let r = (x * x + y * y).sqrt().max(1e-3);
    // Five petals: cos 5t as a polynomial in cos t, on axes turned by a hash.
    let t = 6.0 * unit(ix, iy, seed ^ 3) - 3.0;
    let n = 1.0 / (1.0 + t * t).sqrt();
    let c = ((x + t * y) * n / r).clamp(-1.0, 1.0);
    let cos5 = c * (16.0 * c * c * c * c - 20.0 * c * c + 5.0);
    let inside = |radius: f32| 1.0 - smoothstep(radius - edge, radius + edge, r);
    let petals = inside(7.2 + 2.2 * cos5);
    let leaf = {
        let (lx, ly) = ((x + t * y) * n + 13.0, (y - t * x) * n);
        1.0 - smoothstep(-edge, edge, lx * lx / 16.0 + ly * ly / 3.0 - 1.0)
    };
    let color = mix(ground, [0.10, 0.20, 0.08], 0.85 * leaf);
    let color = mix(color, scaled(dye, 0.85 + 0.25 * (r / 9.0)), 0.92 * petals);
    mix(color, [0.60, 0.42, 0.06], inside(2.1))
}
