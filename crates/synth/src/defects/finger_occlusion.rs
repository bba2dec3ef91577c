//! Finger occlusion: a hand that holds or presses the card hides a part of it.

use glam::DVec3;
use retake_label::{Category, Direction, Mask, Role, Thresholds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Defect, FieldView, Footprint, Place, Profile, View, knobs};
use crate::Result;
use crate::body::hand::{
    Cover, HandPlacement, Hold, Pose, Posed, Side, Support, Tip, aimed, draw_hand, turned,
};
use crate::rng::Stream;
use crate::scene::{CardPose, Desk, Scene, Stage};

/// A hand over the card.
pub(super) struct FingerOcclusion;

/// Where a pad is, in from the card's edge, when the finger's end does not reach the card yet, mm.
const BEFORE: f64 = -18.0;

/// Fault of a hand from which on it is seen to go through the table.
const SEEN: f64 = 0.03;

/// Share of its largest cover that a hand has at a severity: slowly over the rim, where nothing is printed, fast over the
/// fields, and slowly again to the end, so that a field is lost about the middle of the way.
fn grown(severity: f64) -> f64 {
    severity * severity * (3.0 - 2.0 * severity)
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    grasp: Grasp,
    /// The hand as it is, wherever it lies.
    hand: HandPlacement,
    /// The side of the card that it comes over.
    side: Side,
    /// Where on that side, share of its length from its middle, -0.5 to 0.5, positive up or to the right.
    along: f64,
    /// How far the finger turns from straight in, radians, positive counter-clockwise.
    slant: f64,
    /// How steeply the finger comes down, radians; more where the rest of the hand needs it.
    pitch: f64,
    /// Turn about the finger, radians: the pad's middle or its side touches.
    roll: f64,
    /// Covered share at severity 1.
    most: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Grasp {
    /// A thumb holds the edge down.
    Thumb,
    /// An index finger points or presses.
    Index,
    /// Several fingers lie on the card.
    Fingers,
}

impl Defect for FingerOcclusion {
    fn profile(&self) -> Profile {
        Profile {
            category: Category::FINGER_OCCLUSION,
            summary: "A thumb or fingers hold the card and hide a part of it.",
            place: Place::Scene,
            footprint: Footprint::Region,
            roles: &[Role::DocumentFront, Role::DocumentBack],
            measure: "covered share of the card",
            unit: "share of the card",
            direction: Direction::HigherIsWorse,
            thresholds: Thresholds { absent: 0.01, present: 0.03 },
            brink: 0.12,
            reason: "A fingertip over a corner covers three per cent; one that only touches the edge hides no print.",
        }
    }

    fn draw(&self, rng: &mut Stream, _scene: &Scene) -> Value {
        let grasp = [Grasp::Thumb, Grasp::Index, Grasp::Fingers][rng.weighted(&[0.5, 0.25, 0.25])];
        let side = [Side::Left, Side::Right, Side::Bottom][rng.weighted(&[0.32, 0.32, 0.36])];
        let left_hand = rng.chance(0.5);
        let mirrored = match side {
            Side::Left => true,
            Side::Right => false,
            Side::Bottom => left_hand,
        };
        let pose = draw_pose(rng, grasp);
        let melanin = rng.unit();
        let hand = draw_hand(rng, pose, mirrored, melanin);
        let toward = if mirrored { -1.0 } else { 1.0 };
        let (pitch, roll) = match grasp {
            Grasp::Thumb => (rng.range(0.08, 0.2), rng.range(-0.5, 0.3)),
            Grasp::Index => (rng.range(0.25, 0.5), rng.range(-0.2, 0.3)),
            Grasp::Fingers => {
                (rng.range(0.1, 0.3) + if pose == Pose::Relaxed { 0.3 } else { 0.0 }, rng.range(-0.15, 0.2))
            }
        };
        let most = match grasp {
            Grasp::Thumb | Grasp::Index => rng.range(0.17, 0.24),
            Grasp::Fingers => rng.range(0.26, 0.34),
        };
        let across = rng.range(-0.38, 0.38);
        // Arms come from below, so a hand at the side points upwards as well; and fingers point at the middle of the
        // card rather than past its corner.
        let (upwards, inwards) = match side {
            Side::Left => (0.3, -0.8 * across),
            Side::Right => (-0.3, 0.8 * across),
            Side::Bottom => (0.0, 0.8 * across),
        };
        let slant = rng.range(-0.4, 0.4) + upwards + inwards;
        knobs::write(&Knobs { grasp, hand, side, along: across, slant, pitch, roll: roll * toward, most })
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("finger_occlusion", knobs)?;
        let Some(hand) = reach(&knobs, scene, severity) else { return Ok(()) };
        if let Stage::Document(desk) = &mut scene.stage {
            desk.hands.push(hand);
        }
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        let layers = view.layers;
        let (card, hidden) = (layers.card.area(), layers.card.common(&layers.hand));
        if card == 0 { 0.0 } else { hidden as f64 / card as f64 }
    }

    fn region(&self, view: &View<'_>) -> Mask {
        let hand = &view.layers.hand;
        let mut region = view.layers.hand_shade.clone();
        let width = hand.width() as usize;
        let height = hand.height() as usize;
        let mut row = vec![false; width];
        let mut tall = vec![false; width + 2];
        for y in 0..height {
            // A pixel beside the mask may be covered in part.
            tall.fill(false);
            for y in y.saturating_sub(1)..(y + 2).min(height) {
                hand.load(y * width, &mut row);
                tall[1..].iter_mut().zip(&row).for_each(|(near, covered)| *near |= covered);
            }
            if !tall.contains(&true) {
                continue;
            }
            region.load(y * width, &mut row);
            for (out, [a, b, c]) in row.iter_mut().zip(tall.array_windows()) {
                *out |= a | b | c;
            }
            region.store(y * width, &row);
        }
        region
    }

    fn hides(&self, _view: &View<'_>, field: &FieldView) -> bool {
        field.is_lost_with(|letter| letter.framed().is_hidden(letter.covered))
    }
}

fn draw_pose(rng: &mut Stream, grasp: Grasp) -> Pose {
    let pick = rng.unit();
    match grasp {
        Grasp::Thumb if pick < 0.5 => Pose::ThumbFlat,
        Grasp::Thumb => Pose::Flat,
        Grasp::Index => Pose::IndexPoint,
        Grasp::Fingers if pick < 0.3 => Pose::Relaxed,
        Grasp::Fingers => Pose::Flat,
    }
}

/// The hand reaching as far over the card as the severity says.
fn reach(knobs: &Knobs, scene: &Scene, severity: f64) -> Option<HandPlacement> {
    let Stage::Document(desk) = &scene.stage else { return None };
    let share = knobs.most * grown(severity);
    if desk.held.is_some() {
        return Some(second_hand(knobs, desk, scene, share));
    }
    let cover = Cover::new(scene)?;
    let mut lay = Lay::new(knobs, &desk.card);
    let fault = lay.settle(knobs, &cover);
    let pointing = Knobs { grasp: Grasp::Index, pitch: 0.35, roll: 0.0, ..knobs.clone() };
    let mut pressing = Lay::new(&pointing, &desk.card);
    // A fist whose thumb is on the table is in the table: where that is seen, the index finger does it.
    if knobs.grasp == Grasp::Thumb && fault > SEEN && pressing.settle(&pointing, &cover) < fault {
        lay = pressing;
    }
    Some(lay.at(lay.depth(share, &cover, 0.02)))
}

/// The other hand at a card that one holds up: its thumb lies over the face, from another side.
fn second_hand(knobs: &Knobs, desk: &Desk, scene: &Scene, share: f64) -> HandPlacement {
    let taken = desk.hands.first().map(|hand| hand.mirrored);
    let (side, along) = match (knobs.side, taken) {
        (Side::Left, Some(true)) => (Side::Right, knobs.along),
        (Side::Right, Some(false)) => (Side::Left, knobs.along),
        (Side::Bottom, Some(true)) => (Side::Bottom, knobs.along.abs()),
        (Side::Bottom, _) => (Side::Bottom, -knobs.along.abs()),
        (side, _) => (side, knobs.along),
    };
    let hand = HandPlacement { mirrored: taken != Some(true), ..knobs.hand.clone() };
    Hold { side, along, slant: 0.0 }.place(&hand, scene, share)
}

/// A hand that lies on the card, free to move along its own way in.
struct Lay<'a> {
    hand: HandPlacement,
    card: &'a CardPose,
    posed: Posed,
    finger: usize,
    tip: Tip,
    /// Where the touching pad starts from, and the way in.
    start: DVec3,
    heading: DVec3,
}

impl<'a> Lay<'a> {
    fn new(knobs: &Knobs, card: &'a CardPose) -> Self {
        let pose = match (knobs.grasp, knobs.hand.pose) {
            (Grasp::Index, _) => Pose::IndexPoint,
            (_, pose) => pose,
        };
        let hand = HandPlacement { pose, ..knobs.hand.clone() };
        let posed = Posed::new(&hand);
        let finger = match knobs.grasp {
            Grasp::Thumb => 0,
            Grasp::Index => 1,
            Grasp::Fingers => 2,
        };
        let (start, inward) = knobs.side.way_in(card, knobs.along);
        let tip = posed.tip(finger);
        let heading = turned(inward, knobs.slant);
        Self { hand, card, posed, finger, tip, start, heading }
    }

    /// Tilts the hand, steeper and steeper, until the finger lies on the card before the rest of the hand does,
    /// palm and arm leave the card free, and nothing goes through the table, even when it reaches as far as it
    /// will; then the same with the finger turned. Keeps the best when none is without fault.
    ///
    /// Gives the fault that is left.
    fn settle(&mut self, knobs: &Knobs, cover: &Cover<'_>) -> f64 {
        const TURNS: [f64; 3] = [0.0, -0.4, 0.4];
        const STEP: f64 = 0.16;
        const STEPS: i32 = 6;
        let straight = self.heading;
        let mut best = (f64::MAX, 0.0, 0.0);
        'search: for turn in TURNS {
            for i in 0..STEPS {
                let pitch = knobs.pitch + STEP * f64::from(i);
                self.heading = turned(straight, turn);
                self.tilt(pitch, knobs.roll);
                let fault = self.fault(knobs, cover);
                if fault < best.0 {
                    best = (fault, turn, pitch);
                }
                if fault <= 0.0 {
                    break 'search;
                }
            }
        }
        self.heading = turned(straight, best.1);
        self.tilt(best.2, knobs.roll);
        best.0
    }

    fn tilt(&mut self, pitch: f64, roll: f64) {
        self.hand.axes = aimed(&self.tip.axes, self.heading, pitch, roll);
        self.level_arm();
    }

    /// How wrong the hand looks when it reaches as far as it will: 0 is right.
    fn fault(&self, knobs: &Knobs, cover: &Cover<'_>) -> f64 {
        // With the finger's end still before the edge, nothing else may be over the card yet.
        const EARLY: f64 = 0.004;
        // What the rest of the hand may hide at the end: palm and arm, and fingers that should be out of the way.
        let (rest, allowed): (&dyn Fn(usize) -> bool, _) = match knobs.grasp {
            Grasp::Fingers => (&|part| part > 4, 0.04),
            Grasp::Thumb => (&|part| part > 0, 0.01),
            Grasp::Index => (&|part| part != 1, 0.02),
        };
        let early = cover.share(&self.posed, &self.at(BEFORE), |_| true);
        if early > EARLY {
            return 100.0 + early;
        }
        // To a millimetre: where it lies in the end is found more closely.
        let depth = self.depth(knobs.most, cover, 1.0);
        // It slides past a corner, and never hides as much as it should.
        let astray = if depth > 0.99 * self.card.size[0] { 50.0 } else { 0.0 };
        let hand = self.at(depth);
        let hidden = cover.share(&self.posed, &hand, rest);
        let sunk = cover.sunk_points(&self.posed, &hand, knobs.grasp != Grasp::Thumb);
        // What is under a thumb may hang over the table's edge, outside of the picture.
        astray + sunk as f64 * 0.01 + (hidden - allowed).max(0.0) * 10.0
    }

    /// Bends the wrist so that the forearm comes from the height of the table's edge rather than from above, and
    /// from the side that the finger comes from.
    fn level_arm(&mut self) {
        const BEND: f64 = 1.0;
        let straight = self.hand.axes * DVec3::NEG_Y;
        let flat = (DVec3::new(straight.x, straight.y, -0.1) - self.heading * 0.7).normalize();
        let wanted = self.hand.axes.transpose() * flat;
        let turn = (wanted - DVec3::NEG_Y).length();
        self.hand.forearm = (DVec3::NEG_Y + (wanted - DVec3::NEG_Y) * (BEND / turn).min(1.0)).normalize();
        self.posed = Posed::new(&self.hand);
    }

    /// How far in the pad must be, mm, so that the hand covers this share of the card: from a finger before the edge to one
    /// that reaches across.
    fn depth(&self, wanted: f64, cover: &Cover<'_>, within: f64) -> f64 {
        cover.depth(&self.posed, |depth| self.at(depth), [BEFORE, self.card.size[0]], wanted, within)
    }

    /// The hand with its pad this far in from the edge, mm, resting on card and table.
    fn at(&self, depth: f64) -> HandPlacement {
        let spot = self.start + self.heading * depth;
        let mut position = spot - self.hand.axes * self.tip.pad;
        let support = Support::Table(self.card);
        position.z += self.posed.rise(self.finger, position, &self.hand.axes, support).unwrap_or(0.0);
        HandPlacement { position, ..self.hand.clone() }
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec2;

    use super::*;
    use crate::capture::{Rendered, render, testing};

    fn scene() -> Scene {
        let mut scene = testing::scene();
        scene.camera.size = [320, 240];
        scene.camera.pixel_pitch *= 5.0;
        scene.camera.principal_point = DVec2::new(160.0, 120.0);
        scene
    }

    fn covered(knobs: &Value, severity: f64) -> (Scene, Rendered) {
        let mut scene = scene();
        FingerOcclusion.apply(&mut scene, knobs, severity).unwrap();
        let rendered = render(&scene, Some(&testing::face())).unwrap();
        (scene, rendered)
    }

    #[test]
    fn the_covered_share_rises_with_severity_from_a_touch_to_a_fifth() {
        for index in 0..20 {
            let knobs = FingerOcclusion.draw(&mut Stream::new("knobs", 5, index), &scene());
            let shares = [0.03, 0.3, 0.65, 1.0].map(|severity| {
                let (scene, rendered) = covered(&knobs, severity);
                FingerOcclusion.measure(&View { scene: &scene, layers: &rendered.layers })
            });
            assert!(shares.is_sorted_by(|a, b| a < b), "{index}: {shares:?} {knobs}");
            assert!(shares[0] < 0.01 && (0.14..0.4).contains(&shares[3]), "{index}: {shares:?} {knobs}");
        }
    }

    #[test]
    fn pixels_beside_the_region_are_those_without_a_hand() {
        let mut plain = scene();
        // Without blur nothing spreads beyond the pixel that it falls on.
        let sharp = |scene: &mut Scene| scene.camera.f_number = 1e6;
        sharp(&mut plain);
        let knobs = FingerOcclusion.draw(&mut Stream::new("knobs", 5, 1), &plain);
        let mut hidden = plain.clone();
        FingerOcclusion.apply(&mut hidden, &knobs, 0.6).unwrap();
        let face = testing::face();
        let (before, after) = (render(&plain, Some(&face)).unwrap(), render(&hidden, Some(&face)).unwrap());
        let region = FingerOcclusion.region(&View { scene: &hidden, layers: &after.layers });
        assert!(region.area() > 2000 && region.area() < 60_000);
        let far = |i: usize| {
            // The lens's halo reaches a few pixels.
            let (x, y) = ((i % 320) as u32, (i / 320) as u32);
            !(0..13)
                .any(|dy| (0..13).any(|dx| region.get((x + dx).wrapping_sub(6), (y + dy).wrapping_sub(6))))
        };
        let mut inside = 0;
        for (i, (a, b)) in before.frame.pixels.iter().zip(&after.frame.pixels).enumerate() {
            if a != b && region.at(i) {
                inside += 1;
            }
            let change = (a[1] - b[1]).abs();
            assert!(change < 2e-3 || !far(i), "{i}: {a:?} {b:?}");
        }
        assert!(inside > 2000);
    }

    #[test]
    fn the_finger_touches_and_the_same_knobs_give_the_same_hand() {
        for index in 0..8 {
            let scene = scene();
            let value = FingerOcclusion.draw(&mut Stream::new("knobs", 6, index), &scene);
            let knobs: Knobs = knobs::read("finger_occlusion", &value).unwrap();
            let hand = reach(&knobs, &scene, 0.5).unwrap();
            assert_eq!(reach(&knobs, &scene, 0.5).unwrap(), hand);
            let finger = if hand.pose == Pose::IndexPoint { 1 } else { [0, 1, 2][knobs.grasp as usize] };
            let posed = Posed::new(&hand);
            let clearance = posed.clearance(finger, hand.position, &hand.axes, &testing::desk(&scene).card);
            // A pad gives way by less than a millimetre, and never floats.
            assert!((-1.0..0.0).contains(&clearance), "{index}: {clearance}");
        }
    }

    #[test]
    fn edited_knobs_that_are_none_are_an_error() {
        let error =
            FingerOcclusion.apply(&mut scene(), &serde_json::json!({"grasp": "toe"}), 0.5).unwrap_err();
        assert!(error.to_string().contains("finger_occlusion"), "{error}");
    }
}
