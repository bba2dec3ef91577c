//! Draws what lies about on a table: papers anywhere, other things beside the card.

use core::f64::consts::TAU;

use glam::{DVec2, DVec3};

use crate::capture::illuminance;
use crate::color::luminance;
use crate::rng::Stream;
use crate::scene::{AreaLight, CardPose, Scene, Stage, Thing, ThingKind};

/// Free space that things keep from the card, mm.
const GAP: f64 = 5.0;
/// How far from the card things still come into the picture, mm.
const NEAR: f64 = 75.0;

/// A few things.
pub(super) fn draw(rng: &mut Stream, scene: &Scene) -> Vec<Thing> {
    let Stage::Document(desk) = &scene.stage else { return Vec::new() };
    let light = Main::of(scene, desk.card.centre);
    let count = 1 + rng.weighted(&[0.35, 0.35, 0.2, 0.1]);
    let mut things: Vec<Thing> = (0..count).filter_map(|_| thing(rng, &desk.card, &light)).collect();
    things.sort_by_key(|thing| layer(thing.kind));
    things
}

/// What lies under what.
fn layer(kind: ThingKind) -> u8 {
    match kind {
        ThingKind::Paper => 0,
        ThingKind::Note => 1,
        ThingKind::Keyboard => 2,
        _ => 3,
    }
}

/// The light that throws the shadow that is seen.
struct Main {
    /// The shadow of a thing one mm high, mm, and how soft it is.
    lean: [f64; 2],
    softness: f64,
    darkness: f64,
}

impl Main {
    fn of(scene: &Scene, at: DVec3) -> Self {
        let mut without = scene.clone();
        without.lights.clear();
        let level = |scene: &Scene| f64::from(luminance(illuminance(scene, at, DVec3::Z).map(|v| v as f32)));
        let dark = level(&without);
        let lit = |light: &AreaLight| {
            let alone = Scene { lights: vec![light.clone()], ..without.clone() };
            level(&alone) - dark
        };
        let strongest = scene.lights.iter().map(|l| (lit(l), l)).max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((share, light)) = strongest else {
            return Self { lean: [0.0; 2], softness: 1.2, darkness: 0.25 };
        };
        let to = light.centre - at;
        let wide = (light.half_u.length() + light.half_v.length()) / to.length();
        let reach = 1.0 / to.z.max(0.25 * to.length());
        Self {
            lean: [-to.x * reach, -to.y * reach],
            softness: 0.15 + wide,
            darkness: (0.2 + 0.75 * share / level(scene).max(1e-9)).clamp(0.2, 0.8),
        }
    }
}

fn thing(rng: &mut Stream, card: &CardPose, light: &Main) -> Option<Thing> {
    const KINDS: [(ThingKind, f64); 6] = [
        (ThingKind::Paper, 0.18),
        (ThingKind::Note, 0.12),
        (ThingKind::Coin, 0.18),
        (ThingKind::Pen, 0.24),
        (ThingKind::Cable, 0.1),
        (ThingKind::Keyboard, 0.1),
    ];
    let kind = KINDS[rng.weighted(&KINDS.map(|(_, weight)| weight))].0;
    let (half, height) = match kind {
        ThingKind::Paper => ([105.0, 148.5], 0.15),
        ThingKind::Note => ([38.0, 38.0], 0.8),
        ThingKind::Coin => ([rng.range(8.5, 13.0); 2], 1.8),
        ThingKind::Pen => ([rng.range(65.0, 75.0), rng.range(3.8, 5.4)], 8.5),
        ThingKind::Cable => ([300.0, rng.range(14.0, 40.0)], 3.6),
        ThingKind::Keyboard => ([220.0, 66.0], 9.0),
    };
    let tint = tint(rng, kind);
    let (centre, turn) = place(rng, kind, half, card)?;
    Some(Thing {
        kind,
        centre,
        turn,
        half,
        tint,
        shadow: light.lean.map(|v| v * height),
        softness: (light.softness * height).max(0.4),
        darkness: light.darkness,
        seed: rng.word() >> 11,
    })
}

fn tint(rng: &mut Stream, kind: ThingKind) -> [f64; 3] {
    let palette: &[[f64; 3]] = match kind {
        ThingKind::Paper => &[[0.8; 3]],
        ThingKind::Note => &[[0.82, 0.7, 0.2], [0.85, 0.38, 0.42], [0.42, 0.68, 0.3], [0.3, 0.58, 0.72]],
        ThingKind::Coin => &[[0.40, 0.37, 0.33], [0.42, 0.32, 0.17], [0.36, 0.2, 0.12]],
        ThingKind::Pen => &[
            [0.02, 0.03, 0.12],
            [0.03, 0.03, 0.03],
            [0.35, 0.03, 0.03],
            [0.6, 0.6, 0.58],
            [0.04, 0.16, 0.08],
        ],
        ThingKind::Cable => &[[0.7, 0.7, 0.68], [0.03, 0.03, 0.03]],
        ThingKind::Keyboard => &[[0.035, 0.035, 0.04], [0.5, 0.5, 0.51]],
    };
    let value = rng.range(0.85, 1.1);
    rng.pick(palette).map(|v| v * value)
}

/// A middle and a turn; `None` when the thing would have to lie under the card and cannot.
fn place(rng: &mut Stream, kind: ThingKind, half: [f64; 2], card: &CardPose) -> Option<([f64; 2], f64)> {
    const TRIES: usize = 12;
    let reach = DVec2::new(card.size[0], card.size[1]) / 2.0;
    for _ in 0..TRIES {
        let turn = match kind {
            ThingKind::Keyboard => rng.range(-0.12, 0.12),
            ThingKind::Paper | ThingKind::Cable => rng.range(-0.7, 0.7),
            _ => rng.range(0.0, TAU),
        };
        let heading = rng.range(0.0, TAU);
        let direction = DVec2::new(libm::cos(heading), libm::sin(heading));
        let away = rng.range(0.0, 1.0);
        if kind == ThingKind::Paper {
            // Its edge comes into the picture somewhere, the card on it or not.
            let centre = direction * (away * 190.0);
            return Some((centre.into(), turn));
        }
        // From touching the gap round the card to the border of what is seen.
        let mut centre = direction * (reach.length() + NEAR) * away;
        if kind == ThingKind::Keyboard {
            centre = DVec2::new(rng.range(-90.0, 90.0), reach.y + half[1] + rng.range(6.0, 50.0));
        }
        if apart(centre, turn, half, reach + GAP) {
            return Some((centre.into(), turn));
        }
    }
    None
}

/// Whether a turned rectangle keeps off the upright one about the origin (by the axes of both).
fn apart(centre: DVec2, turn: f64, half: [f64; 2], card: DVec2) -> bool {
    let u = DVec2::new(libm::cos(turn), libm::sin(turn));
    let v = u.perp();
    let span = |axis: DVec2| half[0] * u.dot(axis).abs() + half[1] * v.dot(axis).abs();
    let of_card = |axis: DVec2| card.x * axis.x.abs() + card.y * axis.y.abs();
    [DVec2::X, DVec2::Y, u, v].iter().any(|axis| centre.dot(*axis).abs() > span(*axis) + of_card(*axis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_keep_off_the_card() {
        let card = DVec2::new(48.0, 32.0);
        assert!(apart(DVec2::new(0.0, 40.0), 0.0, [70.0, 5.0], card));
        assert!(!apart(DVec2::new(0.0, 36.0), 0.0, [70.0, 5.0], card));
        assert!(apart(DVec2::new(62.0, 42.0), 2.3, [70.0, 5.0], card));
        assert!(!apart(DVec2::new(10.0, 60.0), 1.57, [70.0, 5.0], card));
    }
}
