//! Office desks: speckled melamine, and linoleum with its marbled streaks.

use super::{Kind, Paint, Slow, Spot, mix, scaled};
use crate::capture::noise::{octaves, resolved, smoothstep, wave};

/// Light grey melamine with a fine speckle and the faint stains of use.
pub(super) const MELAMINE: Kind = Kind {
    name: "desk",
    mean: [0.52, 0.51, 0.485],
    roughness: 0.16,
    refractive_index: 1.5,
    slow: wear,
    paint: melamine,
};

/// Green-grey desk linoleum.
pub(super) const LINOLEUM: Kind = Kind {
    name: "linoleum",
    mean: [0.122, 0.148, 0.135],
    roughness: 0.28,
    refractive_index: 1.48,
    slow: wear,
    paint: linoleum,
};

/// Unevenness, stains, and where it was scuffed.
fn wear(spot: &Spot) -> Slow {
    let Spot { p, footprint, seed } = *spot;
    let stain = smoothstep(0.35, 0.9, octaves(p, 60.0, 3, footprint, seed ^ 0x13));
    let scuffed = smoothstep(0.35, 0.8, wave(p, 45.0, footprint, seed ^ 0x26));
    [octaves(p, 170.0, 3, footprint, seed), stain, scuffed, wave(p, 25.0, footprint, seed ^ 0x21)]
}

fn melamine(spot: &Spot, [slow, stain, ..]: Slow) -> Paint {
    let Spot { p, footprint, seed } = *spot;
    let speckle = wave(p, 0.9, footprint, seed ^ 0x11);
    let dark = smoothstep(0.42, 0.62, speckle);
    let light = smoothstep(0.45, 0.62, wave(p, 0.7, footprint, seed ^ 0x12));
    let base = scaled([0.528, 0.518, 0.493], 1.0 + 0.03 * slow);
    let albedo = mix(mix(base, [0.30, 0.29, 0.27], 0.55 * dark), [0.68, 0.67, 0.65], 0.5 * light);
    let bump = [wave(p, 1.6, footprint, seed ^ 0x14), wave(p, 1.6, footprint, seed ^ 0x15)];
    Paint {
        albedo: scaled(albedo, 1.0 - 0.05 * stain),
        slope: bump.map(|b| 0.02 * b),
        gloss: 1.0 - 0.3 * stain,
    }
}

fn linoleum(spot: &Spot, [_, _, scuffed, warp]: Slow) -> Paint {
    let Spot { p, footprint, seed } = *spot;
    let warp = 6.0 * warp;
    let streak = octaves([p[0] * 0.25 + warp * 0.3, p[1] + warp], 9.0, 4, footprint, seed ^ 0x22);
    let grain = wave(p, 0.4, footprint, seed ^ 0x23);
    let scuff = scuffed * scuffs(p, footprint, seed ^ 0x24);
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

/// Long thin marks of use, 0-1.
fn scuffs(p: [f32; 2], footprint: f32, seed: u32) -> f32 {
    let keep = resolved(0.6, footprint);
    if keep <= 0.0 {
        return 0.0;
    }
    let along = [0.8 * p[0] + 0.6 * p[1], 0.8 * p[1] - 0.6 * p[0]];
    let ridge = 1.0 - wave([along[0] * 0.06, along[1]], 2.2, footprint, seed).abs() * 9.0;
    keep * ridge.max(0.0)
}
