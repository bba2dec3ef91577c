//! How a hand comes to a card: whose it is, over which side, and where its finger points.

use core::f64::consts::TAU;

use glam::{DMat3, DVec2, DVec3};
use serde::{Deserialize, Serialize};

use super::placement::{HandPlacement, Nails, Pose, Skin};
use crate::rng::Stream;
use crate::scene::CardPose;

/// The side of the card that a hand comes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// From the left, as printed.
    Left,
    /// From the right.
    Right,
    /// From below.
    Bottom,
}

impl Side {
    /// Where a finger crosses this side of a card, `along` of its length from its middle (-0.5 to 0.5, positive up or to
    /// the right), and the way straight in.
    pub(crate) fn way_in(self, card: &CardPose, along: f64) -> (DVec3, DVec3) {
        let [w, h] = card.size;
        let (edge, inward) = match self {
            Self::Left => (DVec2::new(0.0, h * (0.5 - along)), card.axes.x_axis),
            Self::Right => (DVec2::new(w, h * (0.5 - along)), -card.axes.x_axis),
            Self::Bottom => (DVec2::new(w * (0.5 + along), h), card.axes.y_axis),
        };
        (card.at(edge), inward)
    }
}

/// A person's hand, not yet placed; `melanin` as in [`Skin`].
pub(crate) fn draw_hand(rng: &mut Stream, pose: Pose, mirrored: bool, melanin: f64) -> HandPlacement {
    let female = rng.unit();
    let old = rng.unit();
    let age = if old > 0.7 { (old - 0.7) / 0.3 } else { 0.0 };
    let shape = [
        ("hand/female", female),
        ("hand/male", 1.0 - female),
        ("hand/old", 0.8 * age),
        ("hand/weight-max", rng.range(-0.7, 0.7)),
        ("hand/weight-min", rng.range(-0.7, 0.4)),
        ("hand/fingers-diameter-incr", rng.range(-0.6, 0.6)),
        ("hand/fingers-length-incr", rng.range(-0.6, 0.4)),
        ("hand/fingers-distance-decr", rng.range(0.3, 1.0)),
    ];
    let polish = [[0.42, 0.02, 0.03], [0.55, 0.22, 0.22], [0.05, 0.02, 0.05], [0.62, 0.42, 0.38]];
    let polished = rng.chance(0.14) && female > 0.5;
    let polish = *rng.pick(&polish);
    HandPlacement {
        pose,
        mirrored,
        curl: core::array::from_fn(|_| rng.range(-0.06, 0.12)),
        spread: rng.range(-0.15, -0.02),
        scale: 0.94 + 0.1 * (1.0 - female) + rng.range(-0.03, 0.03),
        shape: shape.into_iter().filter(|(_, w)| *w > 0.0).map(|(n, w)| (n.to_owned(), w)).collect(),
        skin: Skin {
            melanin,
            redness: rng.range(-0.8, 1.0),
            roughness: rng.range(0.6, 1.1) + 0.5 * age,
            shine: rng.unit() * rng.unit(),
            // 53 bits, so that the seed survives every reader of JSON.
            seed: rng.word() >> 11,
        },
        nails: Nails {
            free_edge: rng.range(0.3, 1.3) + 0.8 * female * rng.unit(),
            polish: polished.then_some(polish),
        },
        forearm: DVec3::NEG_Y,
        position: DVec3::ZERO,
        axes: DMat3::IDENTITY,
    }
}

/// A direction on the table, turned counter-clockwise.
pub(crate) fn turned(direction: DVec3, angle: f64) -> DVec3 {
    let (s, c) = (libm::sin(angle % TAU), libm::cos(angle % TAU));
    DVec3::new(direction.x * c - direction.y * s, direction.x * s + direction.y * c, 0.0).normalize()
}

/// The model's axes in the world, so that a finger with these axes points along `heading`, falls by `pitch`
/// and is rolled about itself.
pub(crate) fn aimed(finger: &DMat3, heading: DVec3, pitch: f64, roll: f64) -> DMat3 {
    let (s, c) = (libm::sin(pitch), libm::cos(pitch));
    let along = heading * c - DVec3::Z * s;
    let out = DVec3::Z * c + heading * s;
    let (s, c) = (libm::sin(roll), libm::cos(roll));
    let out = out * c + along.cross(out) * s;
    DMat3::from_cols(along.cross(out), along, out) * finger.transpose()
}
