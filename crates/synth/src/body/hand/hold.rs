//! How a card is held up: the thumb before its rim, the fingers behind it.

use glam::DVec3;
use serde::{Deserialize, Serialize};

use super::cover::Cover;
use super::placement::{HandPlacement, Pose, Posed, Support, Tip};
use super::reach::{Side, aimed, turned};
use crate::scene::{Scene, Stage};

/// Where a hand holds a card.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hold {
    /// The side that the thumb comes over.
    pub(crate) side: Side,
    /// Where on that side, share of its length from its middle, -0.5 to 0.5, positive up or to the right.
    pub(crate) along: f64,
    /// How far the thumb turns from straight in, radians, positive counter-clockwise.
    pub(crate) slant: f64,
}

/// Where a thumb's pad is, in from the edge, when it does not reach over the card yet, mm.
const BEFORE: f64 = -10.0;

impl Hold {
    /// The hand with its thumb this share of the card over it.
    pub(crate) fn place(&self, hand: &HandPlacement, scene: &Scene, share: f64) -> HandPlacement {
        let (Stage::Document(desk), Some(cover)) = (&scene.stage, Cover::new(scene)) else {
            return hand.clone();
        };
        let (start, inward) = self.side.way_in(&desk.card, self.along);
        let mut grip = Grip::new(hand, scene, start);
        let straight = turned(inward, self.slant);
        let mut best = (f64::MAX, hand.clone());
        for turn in [0.0, -0.35, 0.35] {
            for pitch in [0.25, 0.45, 0.65, 0.1] {
                grip.aim(turned(straight, turn), pitch);
                let (placed, fault) = grip.reach(share, &cover);
                if fault < best.0 {
                    best = (fault, placed);
                }
                if fault <= 0.0 {
                    return best.1;
                }
            }
        }
        best.1
    }
}

/// A hand that pinches the card, free to move along its own way in.
struct Grip<'a> {
    hand: HandPlacement,
    scene: &'a Scene,
    posed: Posed,
    tip: Tip,
    start: DVec3,
    heading: DVec3,
}

impl<'a> Grip<'a> {
    fn new(hand: &HandPlacement, scene: &'a Scene, start: DVec3) -> Self {
        let hand = HandPlacement { pose: Pose::Pinch, curl: [0.0; 5], ..hand.clone() };
        let posed = Posed::new(&hand);
        let tip = posed.tip(0);
        Self { hand, scene, posed, tip, start, heading: DVec3::X }
    }

    /// Points the thumb, and bends the wrist so that the forearm comes from below and behind.
    fn aim(&mut self, heading: DVec3, pitch: f64) {
        const BEND: f64 = 0.8;
        self.heading = heading;
        self.hand.axes = aimed(&self.tip.axes, heading, pitch, 0.0);
        let below = (DVec3::new(0.0, -0.6, -0.5) - heading * 0.6).normalize();
        let wanted = self.hand.axes.transpose() * below;
        let turn = (wanted - DVec3::NEG_Y).length();
        self.hand.forearm = (DVec3::NEG_Y + (wanted - DVec3::NEG_Y) * (BEND / turn).min(1.0)).normalize();
        self.posed = Posed::new(&self.hand);
    }

    /// The hand with its thumb over this share of the card, and how wrong that looks: 0 is right.
    fn reach(&self, share: f64, cover: &Cover<'_>) -> (HandPlacement, f64) {
        // What palm and other fingers may hide.
        const ALLOWED: f64 = 0.001;
        let depth = cover.depth(&self.posed, |depth| self.at(depth), [BEFORE, 60.0], share, 0.02);
        let hand = self.at(depth);
        let others = cover.share(&self.posed, &hand, |part| part != 0);
        (hand, (others - ALLOWED).max(0.0))
    }

    /// The hand with its pad this far in from the edge, mm.
    fn at(&self, depth: f64) -> HandPlacement {
        let mut position = self.start + self.heading * depth - self.hand.axes * self.tip.pad;
        let support = Support::of(&self.scene.stage);
        position.z += self.posed.rise(0, position, &self.hand.axes, support).unwrap_or(0.0);
        HandPlacement { position, ..self.hand.clone() }
    }
}
