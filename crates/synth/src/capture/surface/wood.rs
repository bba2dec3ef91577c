//! Table tops of wood: boards with growth rings, fibres and pores, under a satin varnish.

use retake_simd::split;

use super::{
    FINE, Fine, Kind, LANES, Lane, Paint, Paints, SLOW, Slow, Spot, Spots, batch, kernel, mix, scaled,
};
use crate::capture::noise::{octaves, resolved, smoothstep, unit, wave};

/// Oak, light to middle brown.
pub(super) const OAK: Kind = Kind {
    name: "wood",
    mean: [0.300, 0.179, 0.090],
    roughness: 0.17,
    refractive_index: 1.5,
    slow: batch!(slow figure),
    fine: None,
    pitch: 1.0,
    paint: batch!(paint oak),
};

/// Walnut, dark.
pub(super) const WALNUT: Kind = Kind {
    name: "wood_dark",
    mean: [0.094, 0.0515, 0.0285],
    roughness: 0.14,
    refractive_index: 1.5,
    slow: batch!(slow figure),
    fine: None,
    pitch: 1.0,
    paint: batch!(paint walnut),
};

struct Species {
    /// Colour of the wood that grows in spring.
    early: [f32; 3],
    /// Colour of the wood that grows in autumn.
    late: [f32; 3],
    /// Mean width of a growth ring as cut, mm.
    ring: f32,
    /// Darkness of the pores.
    pores: f32,
}

/// Width of a board, mm.
const BOARD: f32 = 118.0;

/// How the log was warped, how its arches are cut, and the figure of the board.
#[inline(always)]
fn figure(spot: &Spot) -> Slow {
    let Spot { p: [x, y], footprint, seed } = *spot;
    let warp = octaves::<3>([x * 0.11, y * 0.8], 34.0, footprint, seed ^ 0x31);
    let arch = wave([x * 0.2, y], 120.0, footprint, seed ^ 0x32);
    [warp, arch, octaves::<3>([x * 0.5, y], 60.0, footprint, seed ^ 0x37), 0.0]
}

#[inline(always)]
fn oak(spot: &Spot, slow: Slow, _: Fine) -> Paint {
    let species =
        Species { early: [0.375, 0.232, 0.122], late: [0.225, 0.125, 0.058], ring: 6.5, pores: 0.55 };
    boards(spot, slow, &species)
}

#[inline(always)]
fn walnut(spot: &Spot, slow: Slow, _: Fine) -> Paint {
    let species =
        Species { early: [0.128, 0.071, 0.040], late: [0.058, 0.031, 0.017], ring: 9.0, pores: 0.35 };
    boards(spot, slow, &species)
}

#[inline(always)]
fn boards(spot: &Spot, [warp, bend, figure, _]: Slow, species: &Species) -> Paint {
    let Spot { p, footprint, seed } = *spot;
    let (board, across) = split(p[1] / BOARD);
    let seed = seed ^ (board as u32).wrapping_mul(0x9e37_79b9);
    let tone = unit(board, 17, seed);
    let [x, y] = [p[0] + 700.0 * unit(board, 3, seed), p[1]];

    // Rings as cut by the board's face: long cathedral arcs, warped where the log was not straight.
    let arch = across - 0.3 - 0.4 * unit(board, 5, seed);
    let v = (y + 150.0 * arch * arch * (1.0 + 0.5 * bend) + 16.0 * warp) / species.ring;
    let (ring, f) = split(v);
    let year = unit(ring, board, seed ^ 0x33);
    let keep = resolved(species.ring, footprint);
    let late = smoothstep(0.25, 0.93, f) * (1.0 - smoothstep(0.93, 1.0, f)) * (0.45 + 0.8 * year);

    // Fibres and pores run along the board.
    let fibre = wave([x * 0.03, y], 1.1, footprint, seed ^ 0x34)
        + 0.9 * wave([x * 0.025, y], 0.45, footprint, seed ^ 0x35)
        + 0.7 * wave([x * 0.04, y], 0.21, footprint, seed ^ 0x38);
    let pore = smoothstep(0.30, 0.60, wave([x * 0.06, y], 0.34, footprint, seed ^ 0x36)) * (1.0 - 0.7 * late);

    let t =
        0.30 + keep * (0.75 * late - 0.2) + (0.22 + 0.14 * late) * fibre + 0.12 * figure + 0.3 * (tone - 0.5);
    let mut albedo = mix(species.early, species.late, (t + 0.17).clamp(-0.4, 1.5));
    albedo = scaled(albedo, 1.0 - species.pores * pore * 0.5);
    let (joint, depth) = seam(across, footprint);
    Paint {
        albedo: scaled(albedo, 1.0 - 0.75 * joint),
        slope: [0.01 * fibre, 0.035 * fibre + 0.03 * pore + depth],
        gloss: (1.0 - 0.35 * pore) * (1.0 - joint) * (0.9 + 0.2 * figure),
    }
}

/// The joint between boards: darkness 0-1, and the lean of its rounded edges.
#[inline(always)]
fn seam(across: f32, footprint: f32) -> (f32, f32) {
    let signed = if across < 0.5 { across } else { across - 1.0 } * BOARD;
    let distance = signed.abs();
    let half = 0.18;
    let dark =
        ((half + 0.5 * footprint - distance) / footprint).clamp(0.0, 1.0) * (2.0 * half / footprint).min(1.0);
    let rim = (1.0 - distance / 0.9).clamp(0.0, 1.0);
    (dark, if signed > 0.0 { -0.12 } else { 0.12 } * rim)
}
