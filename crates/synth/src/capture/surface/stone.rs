//! Polished stone: granite worktops and marble.

use super::{Kind, Paint, Spot, mix, scaled};
use crate::capture::noise::{octaves, smoothstep, wave};

/// Grey granite of feldspar, quartz and mica.
pub(super) const GRANITE: Kind = Kind {
    name: "stone",
    mean: [0.262, 0.250, 0.238],
    roughness: 0.07,
    refractive_index: 1.54,
    paint: granite,
};

/// White marble with grey veins.
pub(super) const MARBLE: Kind = Kind {
    name: "marble",
    mean: [0.645, 0.640, 0.632],
    roughness: 0.06,
    refractive_index: 1.55,
    paint: marble,
};

fn granite(spot: &Spot) -> Paint {
    let Spot { p, footprint, seed } = *spot;
    // Grains have straight-ish, sharp borders: noise thresholds through a warp.
    let warp = [wave(p, 1.3, footprint, seed ^ 0x41), wave(p, 1.3, footprint, seed ^ 0x42)];
    let q = [p[0] + 0.7 * warp[0], p[1] + 0.7 * warp[1]];
    let feldspar = smoothstep(
        0.10,
        0.22,
        wave(q, 4.6, footprint, seed ^ 0x43) + 0.45 * wave(q, 1.9, footprint, seed ^ 0x44),
    );
    let mica = smoothstep(
        0.27,
        0.37,
        wave(q, 2.4, footprint, seed ^ 0x45) + 0.5 * wave(q, 0.8, footprint, seed ^ 0x46),
    );
    let rust = smoothstep(0.2, 0.7, wave(p, 11.0, footprint, seed ^ 0x47));
    let grain = octaves(p, 0.9, 2, footprint, seed ^ 0x48);
    let slow = octaves(p, 90.0, 2, footprint, seed ^ 0x49);
    let quartz = scaled([0.245, 0.238, 0.230], 1.0 + 0.35 * grain);
    let mut albedo =
        mix(quartz, mix([0.47, 0.445, 0.42], [0.46, 0.40, 0.35], rust), feldspar * (0.85 + 0.25 * grain));
    albedo = mix(albedo, [0.035, 0.034, 0.035], 0.92 * mica);
    Paint {
        albedo: scaled(albedo, 1.0 + 0.1 * slow),
        slope: [0.003 * slow, 0.003 * grain],
        gloss: 1.0 - 0.25 * mica,
    }
}

fn marble(spot: &Spot) -> Paint {
    let Spot { p, footprint, seed } = *spot;
    let warp = [octaves(p, 85.0, 4, footprint, seed ^ 0x61), octaves(p, 85.0, 4, footprint, seed ^ 0x62)];
    let q = [p[0] + 38.0 * warp[0], p[1] + 38.0 * warp[1]];
    let vein = |length: f32, sharp: f32, tag: u32| {
        let ridge = 1.0
            - sharp
                * wave([q[0] * 0.45 + q[1] * 0.5, q[1] - q[0] * 0.3], length, footprint, seed ^ tag).abs();
        ridge.max(0.0)
    };
    let strength = smoothstep(-0.2, 0.8, wave(p, 130.0, footprint, seed ^ 0x63));
    let main = vein(105.0, 7.0, 0x64);
    let fine = vein(44.0, 14.0, 0x65);
    let cloud = octaves(q, 70.0, 4, footprint, seed ^ 0x66);
    let base = scaled([0.69, 0.685, 0.675], 1.0 + 0.09 * cloud + 0.02 * wave(p, 0.8, footprint, seed ^ 0x67));
    let dark = (0.75 * main * main * strength + 0.35 * fine * fine * strength + 0.08).min(0.85);
    Paint { albedo: mix(base, [0.24, 0.24, 0.25], dark), slope: [0.002 * cloud, 0.0], gloss: 1.0 }
}
