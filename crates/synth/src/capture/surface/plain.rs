//! Plain painted or coated boards: what guides ask for, and what a dark or light card vanishes on.

use super::{FINE, Fine, Kind, LANES, Lane, Paint, Paints, SLOW, Slow, Spot, Spots, batch, kernel, scaled};
use crate::capture::noise::{octaves, wave};

/// A dark matt board.
pub(super) const DARK: Kind = Kind {
    name: "plain_dark",
    mean: [0.050, 0.051, 0.055],
    roughness: 0.32,
    refractive_index: 1.45,
    slow: batch!(slow slow),
    fine: Some(batch!(fine bumps)),
    pitch: 0.27,
    paint: batch!(paint dark),
};

/// A light satin board.
pub(super) const LIGHT: Kind = Kind {
    name: "plain_light",
    mean: [0.62, 0.60, 0.56],
    roughness: 0.24,
    refractive_index: 1.45,
    slow: batch!(slow slow),
    fine: Some(batch!(fine bumps)),
    pitch: 0.27,
    paint: batch!(paint light),
};

/// Unevenness of the coat.
#[inline(always)]
fn slow(spot: &Spot) -> Slow {
    [octaves::<3>(spot.p, 140.0, spot.footprint, spot.seed), 0.0, 0.0, 0.0]
}

/// How the coat leans.
#[inline(always)]
fn bumps(spot: &Spot, _: Slow) -> Fine {
    let Spot { p, footprint, seed } = *spot;
    [wave(p, 1.1, footprint, seed ^ 0x53), wave(p, 1.1, footprint, seed ^ 0x54), 0.0, 0.0, 0.0, 0.0]
}

#[inline(always)]
fn dark(spot: &Spot, slow: Slow, bump: Fine) -> Paint {
    board(spot, slow, bump, DARK.mean, 0.16)
}

#[inline(always)]
fn light(spot: &Spot, slow: Slow, bump: Fine) -> Paint {
    board(spot, slow, bump, LIGHT.mean, 0.035)
}

#[inline(always)]
fn board(spot: &Spot, [slow, ..]: Slow, bump: Fine, base: [f32; 3], contrast: f32) -> Paint {
    let Spot { p, footprint, seed } = *spot;
    let grain = wave(p, 0.55, footprint, seed ^ 0x51) + 0.6 * wave(p, 0.23, footprint, seed ^ 0x52);
    Paint {
        albedo: scaled(base, 1.0 + contrast * (0.5 * slow + grain)),
        slope: [0.03 * bump[0], 0.03 * bump[1]],
        gloss: 0.8 + 0.25 * slow,
    }
}
