//! Office desks: speckled melamine, and linoleum with its marbled streaks.

use super::{
    FINE, Fine, Kind, LANES, Lane, Paint, Paints, SLOW, Slow, Spot, Spots, batch, kernel, mix, scaled,
};
use crate::capture::noise::{octaves, resolved, smoothstep, wave};

/// Light grey melamine with a fine speckle and the faint stains of use.
pub(super) const MELAMINE: Kind = Kind {
    name: "desk",
    mean: [0.52, 0.51, 0.485],
    roughness: 0.16,
    refractive_index: 1.5,
    slow: batch!(slow wear),
    fine: Some(batch!(fine speckles)),
    pitch: 0.2,
    paint: batch!(paint melamine),
};

/// Green-grey desk linoleum.
pub(super) const LINOLEUM: Kind = Kind {
    name: "linoleum",
    mean: [0.122, 0.148, 0.135],
    roughness: 0.28,
    refractive_index: 1.48,
    slow: batch!(slow wear),
    fine: Some(batch!(fine streaks)),
    pitch: 0.28,
    paint: batch!(paint linoleum),
};

/// Unevenness, stains, and where it was scuffed.
#[inline(always)]
fn wear(spot: &Spot) -> Slow {
    let Spot { p, footprint, seed } = *spot;
    let stain = smoothstep(0.35, 0.9, octaves::<3>(p, 60.0, footprint, seed ^ 0x13));
    let scuffed = smoothstep(0.35, 0.8, wave(p, 45.0, footprint, seed ^ 0x26));
    [octaves::<3>(p, 170.0, footprint, seed), stain, scuffed, wave(p, 25.0, footprint, seed ^ 0x21)]
}

/// What makes the dark and the light speckles, and how the coat leans.
#[inline(always)]
fn speckles(spot: &Spot, _: Slow) -> Fine {
    let Spot { p, footprint, seed } = *spot;
    let [dark, light] = [wave(p, 0.9, footprint, seed ^ 0x11), wave(p, 0.7, footprint, seed ^ 0x12)];
    [dark, light, wave(p, 1.6, footprint, seed ^ 0x14), wave(p, 1.6, footprint, seed ^ 0x15), 0.0, 0.0]
}

#[inline(always)]
fn melamine(_: &Spot, [slow, stain, ..]: Slow, [dark, light, across, down, ..]: Fine) -> Paint {
    let dark = smoothstep(0.42, 0.62, dark);
    let light = smoothstep(0.45, 0.62, light);
    let base = scaled([0.528, 0.518, 0.493], 1.0 + 0.03 * slow);
    let albedo = mix(mix(base, [0.30, 0.29, 0.27], 0.55 * dark), [0.68, 0.67, 0.65], 0.5 * light);
    Paint {
        albedo: scaled(albedo, 1.0 - 0.05 * stain),
        slope: [0.02 * across, 0.02 * down],
        gloss: 1.0 - 0.3 * stain,
    }
}

/// The marbling, and what makes the scuffs.
#[inline(always)]
fn streaks(spot: &Spot, [_, _, _, warp]: Slow) -> Fine {
    let Spot { p, footprint, seed } = *spot;
    let warp = 6.0 * warp;
    let streak = octaves::<4>([p[0] * 0.25 + warp * 0.3, p[1] + warp], 9.0, footprint, seed ^ 0x22);
    let along = [0.8 * p[0] + 0.6 * p[1], 0.8 * p[1] - 0.6 * p[0]];
    let scuff = wave([along[0] * 0.06, along[1]], 2.2, footprint, seed ^ 0x24);
    [streak, scuff, 0.0, 0.0, 0.0, 0.0]
}

#[inline(always)]
fn linoleum(spot: &Spot, [_, _, scuffed, _]: Slow, [streak, scuff, ..]: Fine) -> Paint {
    let Spot { p, footprint, seed } = *spot;
    let grain = wave(p, 0.4, footprint, seed ^ 0x23);
    // Long thin marks of use, where the noise crosses zero.
    let scuff = scuffed * resolved(0.6, footprint) * (1.0 - scuff.abs() * 9.0).max(0.0);
    let albedo = scaled(
        mix([0.105, 0.130, 0.118], [0.140, 0.166, 0.152], (0.5 + 0.8 * streak).clamp(0.0, 1.0)),
        1.0 + 0.08 * grain,
    );
    Paint {
        albedo: mix(albedo, [0.22, 0.24, 0.23], 0.5 * scuff),
        slope: [0.03 * grain, 0.03 * wave(p, 0.5, footprint, seed ^ 0x25)],
        gloss: 1.0 + 0.3 * streak - 0.4 * scuff,
    }
}
