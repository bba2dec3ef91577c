//! Polished stone: granite worktops and marble.

use super::{
    FINE, Fine, Kind, LANES, Lane, Paint, Paints, SLOW, Slow, Spot, Spots, batch, kernel, mix, scaled,
};
use crate::capture::noise::{octaves, resolved, smoothstep, wave};

/// Grey granite of feldspar, quartz and mica.
pub(super) const GRANITE: Kind = Kind {
    name: "stone",
    mean: [0.250, 0.238, 0.228],
    roughness: 0.03,
    refractive_index: 1.54,
    slow: batch!(slow cast),
    fine: Some(batch!(fine grains)),
    pitch: 0.22,
    paint: batch!(paint granite),
};

/// White marble with grey veins.
pub(super) const MARBLE: Kind = Kind {
    name: "marble",
    mean: [0.645, 0.640, 0.632],
    roughness: 0.022,
    refractive_index: 1.55,
    slow: batch!(slow veining),
    fine: Some(batch!(fine veins)),
    pitch: 0.55,
    paint: batch!(paint marble),
};

/// The rock's slow changes of tone.
#[inline(always)]
fn cast(spot: &Spot) -> Slow {
    [octaves::<2>(spot.p, 90.0, spot.footprint, spot.seed ^ 0x49), 0.0, 0.0, 0.0]
}

/// The warp of the grains, what makes the three kinds of them, and rust.
#[inline(always)]
fn grains(spot: &Spot, _: Slow) -> Fine {
    let Spot { p, footprint, seed } = *spot;
    let warp = [0.5 * wave(p, 0.9, footprint, seed ^ 0x41), 0.5 * wave(p, 0.9, footprint, seed ^ 0x42)];
    let q = [p[0] + warp[0], p[1] + warp[1]];
    [
        warp[0],
        warp[1],
        wave(q, 2.9, footprint, seed ^ 0x43) + 0.6 * wave(q, 1.2, footprint, seed ^ 0x44),
        wave(q, 1.7, footprint, seed ^ 0x4a),
        wave(q, 1.35, footprint, seed ^ 0x45),
        wave(p, 7.0, footprint, seed ^ 0x47),
    ]
}

#[inline(always)]
fn granite(spot: &Spot, [slow, ..]: Slow, [warp_x, warp_y, first, second, third, rust]: Fine) -> Paint {
    let Spot { p, footprint, seed } = *spot;
    // Grains of three sizes with sharp borders: thresholds of noise through a warp.
    let q = [p[0] + warp_x, p[1] + warp_y];
    let fine = octaves::<2>(p, 0.55, footprint, seed ^ 0x48);
    let feldspar = smoothstep(0.02, 0.16, first);
    let second = smoothstep(0.16, 0.24, second + 0.3 * fine);
    let mica = smoothstep(0.24, 0.33, third + 0.5 * wave(q, 0.5, footprint, seed ^ 0x46));
    let rust = smoothstep(0.1, 0.7, rust);
    let quartz = scaled([0.215, 0.208, 0.202], 1.0 + 0.30 * fine);
    let pale = scaled(mix([0.43, 0.41, 0.39], [0.41, 0.35, 0.30], rust), 1.0 + 0.16 * fine);
    let mut albedo = mix(quartz, pale, 0.85 * feldspar);
    albedo = mix(albedo, scaled([0.30, 0.285, 0.27], 1.0 + 0.2 * fine), 0.75 * second);
    albedo = mix(albedo, [0.040, 0.038, 0.038], 0.85 * mica);
    // Thresholds do not keep their mean when their noise fades.
    albedo = mix(GRANITE.mean, albedo, resolved(1.6, footprint));
    Paint {
        albedo: scaled(albedo, 1.0 + 0.1 * slow),
        slope: [0.003 * slow, 0.003 * fine],
        gloss: 1.0 - 0.25 * mica,
    }
}

/// How the veins are warped, and where they are strong.
#[inline(always)]
fn veining(spot: &Spot) -> Slow {
    let Spot { p, footprint, seed } = *spot;
    [
        octaves::<4>(p, 70.0, footprint, seed ^ 0x61),
        octaves::<4>(p, 70.0, footprint, seed ^ 0x62),
        smoothstep(-0.25, 0.5, wave(p, 90.0, footprint, seed ^ 0x63)),
        smoothstep(-0.1, 0.5, wave(p, 40.0, footprint, seed ^ 0x68)),
    ]
}

/// Noise whose zeros are the broad and the fine veins, and the clouds.
#[inline(always)]
fn veins(spot: &Spot, [warp_x, warp_y, ..]: Slow) -> Fine {
    let Spot { p, footprint, seed } = *spot;
    let rough = octaves::<2>(p, 4.4, footprint, seed ^ 0x69);
    let q = [p[0] + 30.0 * warp_x + 1.2 * rough, p[1] + 30.0 * warp_y - 1.2 * rough];
    // Veins run one way: noise stretched along it, dark where it crosses zero.
    let along = [0.35 * (0.8 * q[0] + 0.6 * q[1]), 0.8 * q[1] - 0.6 * q[0]];
    let [broad, fine] =
        [wave(along, 58.0, footprint, seed ^ 0x64), wave(along, 21.0, footprint, seed ^ 0x65)];
    [broad, fine, octaves::<5>(q, 48.0, footprint, seed ^ 0x66), 0.0, 0.0, 0.0]
}

#[inline(always)]
fn marble(spot: &Spot, [_, _, strength, threads]: Slow, [broad, fine, cloud, ..]: Fine) -> Paint {
    let Spot { p, footprint, seed } = *spot;
    let vein = |noise: f32, length: f32, width: f32| {
        let crossing = noise * length / width;
        1.0 / (1.0 + crossing * crossing)
    };
    let core = vein(broad, 58.0, 0.9);
    let broad = vein(broad, 58.0, 5.5);
    let fine = vein(fine, 21.0, 0.55) * threads;
    let base = scaled(
        [0.70, 0.695, 0.685],
        1.0 + 0.10 * cloud + 0.025 * octaves::<2>(p, 1.2, footprint, seed ^ 0x67),
    );
    let dark = (strength * (0.30 * broad + 0.45 * core) + 0.32 * fine + 0.02).min(0.85);
    Paint { albedo: mix(base, [0.23, 0.235, 0.245], dark), slope: [0.002 * cloud, 0.0], gloss: 1.0 }
}
