//! A person's geometry in one pose: surfaces and landmarks, mm, in the world of a selfie.

use std::sync::LazyLock;

use glam::{EulerRot, Mat3, Vec3};
use serde::{Deserialize, Serialize};

use super::head;
use super::lips;
use super::mesh::{Motion, Weights, pose};
use super::noise::smooth;
use super::throat;
use super::topology::{EYES, LANDMARKS, LASHES, SHIRT, SKIN, TEETH, TONGUE, Topology};

/// How the head is held, radians. All zero: straight into the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadPose {
    /// Turn to the person's left.
    pub yaw: f64,
    /// Nod, down positive.
    pub pitch: f64,
    /// Tilt towards the person's right shoulder.
    pub roll: f64,
}

impl HeadPose {
    /// The turn of a joint that takes a share of this, on a trunk that is turned.
    fn rotation(&self, share: f64, trunk: &Trunk) -> Mat3 {
        let angle = |a: f64| (a * share) as f32;
        Mat3::from_euler(EulerRot::YXZ, angle(self.yaw - trunk.yaw), angle(self.pitch), angle(self.roll))
    }
}

/// How the body is held below the head: people turn a shoulder to the phone that they hold out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    /// Turn to the person's left, radians.
    pub yaw: f64,
    /// How far the right and the left arm reach out to the camera: 0 hangs, 1 is stretched out.
    pub reach: [f64; 2],
}

/// How a person is held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Posture {
    pub(super) head: HeadPose,
    pub(super) trunk: Trunk,
    pub(super) gaze: Gaze,
}

/// Which way the eyes look, radians against the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gaze {
    /// To the person's left.
    pub yaw: f64,
    /// Down positive.
    pub pitch: f64,
    /// How much each eye turns to the nose: half of the angle between the two lines of sight.
    #[serde(default)]
    pub vergence: f64,
}

impl Gaze {
    /// The actions of lids and eyeballs; a target at 1 turns an eye by about half a radian.
    fn actions(self) -> [(&'static str, f64); 8] {
        const FULL: f64 = 0.5;
        let down = self.pitch / FULL;
        let [left_eye, right_eye] = [self.yaw - self.vergence, self.yaw + self.vergence].map(|a| a / FULL);
        [
            ("act/eyeLookOutLeft", left_eye),
            ("act/eyeLookInRight", right_eye),
            ("act/eyeLookInLeft", -left_eye),
            ("act/eyeLookOutRight", -right_eye),
            ("act/eyeLookDownLeft", down),
            ("act/eyeLookDownRight", down),
            ("act/eyeLookUpLeft", -down),
            ("act/eyeLookUpRight", -down),
        ]
    }
}

/// A smooth surface of the person.
#[derive(Clone, Debug)]
pub(super) struct Surface {
    pub(super) topology: &'static Topology,
    pub(super) positions: Vec<Vec3>,
    pub(super) normals: Vec<Vec3>,
}

impl Surface {
    /// Positions of the mesh that is refined, before any pose.
    fn shaped(topology: &Topology, weights: &Weights, trunk: &Trunk) -> Vec<Vec3> {
        let mut coarse = topology.mesh.morphed(weights);
        if core::ptr::eq(topology, &*SKIN) {
            throat::even(topology, &mut coarse);
            lips::meet(&mut coarse, LIPS_OPEN * weights.get("act/jawOpen").copied().unwrap_or(0.0) as f32);
        }
        carry_shoulders(&topology.mesh.positions, trunk, &mut coarse);
        coarse
    }

    fn posed(topology: &'static Topology, mut coarse: Vec<Vec3>, motions: &[Motion]) -> Self {
        topology.mesh.skin(&mut coarse, motions);
        Self::refined(topology, coarse)
    }

    fn refined(topology: &'static Topology, coarse: Vec<Vec3>) -> Self {
        let positions = topology.refine(coarse);
        let normals = topology.normals(&positions);
        Self { topology, positions, normals }
    }
}

/// How far the jaw parts lips at most, mm.
const LIPS_OPEN: f32 = 36.0;

/// The model's shoulders are level and broad and its sleeves end above the elbow: the line from the neck to the
/// shoulder slopes, and sleeves and hem go on. An arm that reaches out takes its shoulder along. All by position on the
/// default shape, mm.
fn carry_shoulders(rest: &[Vec3], trunk: &Trunk, positions: &mut [Vec3]) {
    /// How much higher the muscle beside the neck lies, and how much lower the shoulder's end.
    const RISE: f32 = 11.0;
    const FALL: f32 = 5.0;
    const NARROWER: f32 = 0.07;
    const ELBOW: f32 = -200.0;
    for (rest, position) in rest.iter().zip(positions) {
        let x = rest.x.abs();
        let top = smooth(-70.0, -5.0, rest.y) * smooth(70.0, 20.0, rest.z);
        position.y += RISE * smooth(50.0, 82.0, x) * smooth(165.0, 85.0, x) * smooth(42.0, 5.0, rest.y) * top;
        position.y -= FALL * smooth(110.0, 185.0, x);
        position.x *= 1.0 - NARROWER * smooth(80.0, 200.0, x);
        position.y -= 2.0 * (ELBOW - rest.y).max(0.0);
        let reach = trunk.reach[usize::from(rest.x > 0.0)] as f32;
        if reach > 0.0 {
            *position = reached(*rest, *position, reach);
        }
    }
}

/// Where a point of the trunk comes to lie when the arm on its side reaches out: the shoulder rises and comes forward, and
/// the arm turns about it.
fn reached(rest: Vec3, position: Vec3, reach: f32) -> Vec3 {
    /// Where the arm turns, on the person's left.
    const SHOULDER: Vec3 = Vec3::new(172.0, -45.0, -12.0);
    /// How far the shoulder goes.
    const RAISED: Vec3 = Vec3::new(-8.0, 24.0, 26.0);
    /// How far the arm turns: forward, outward.
    const TURN: [f32; 2] = [-0.95, 0.22];
    let (side, x) = (rest.x.signum(), rest.x.abs());
    let mirrored = |v: Vec3| Vec3::new(side * v.x, v.y, v.z);
    let of_arm = smooth(140.0, 178.0, x - 0.12 * (rest.y + 45.0)) * smooth(5.0, -95.0, rest.y) * reach;
    let turn = Mat3::from_euler(EulerRot::XZY, TURN[0] * of_arm, TURN[1] * of_arm * side, 0.0);
    let shoulder = mirrored(SHOULDER);
    let with_shoulder = smooth(55.0, 165.0, x) * smooth(-230.0, -60.0, rest.y).max(of_arm / reach) * reach;
    turn * (position - shoulder) + shoulder + mirrored(RAISED) * with_shoulder
}

/// Vertices of the shirt near its neckline, each with the vertex of the skin that it lies upon.
static WORN: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
    let near = |p: &Vec3| (-90.0..70.0).contains(&p.y) && p.x.abs() < 150.0;
    let skin: Vec<(u32, Vec3)> = (0u32..).zip(SKIN.rest.iter().copied()).filter(|(_, p)| near(p)).collect();
    let under = |place: Vec3| {
        let off = |p: Vec3| (p - place).length_squared();
        skin.iter().min_by(|a, b| off(a.1).total_cmp(&off(b.1))).map(|found| found.0)
    };
    let shirt = (0u32..).zip(&SHIRT.rest).filter(|(_, p)| near(p));
    shirt.filter_map(|(i, p)| Some((i, under(*p)?))).collect()
});

/// Pushes points of the shirt out of the skin, the more softly the more of it `soft` is, mm.
fn push_out(shirt: &mut [Vec3], skin: &Surface, soft: f32) {
    /// What cloth is thick, mm.
    const THICK: f32 = 2.2;
    for &(cloth, under) in WORN.iter() {
        let Some(point) = shirt.get_mut(cloth as usize) else { continue };
        let (on, normal) = (skin.positions[under as usize], skin.normals[under as usize]);
        let lack = THICK - (*point - on).dot(normal);
        *point += normal * ((lack + (lack * lack + soft * soft).sqrt()) / 2.0).min(25.0);
    }
}

/// Lays the shirt upon the skin. Each is shaped by itself, point by point: where a neck is broad it would stand out of its
/// collar, and what is cut straight would be ragged. Cloth is shaped evenly.
fn worn(mut coarse: Vec<Vec3>, skin: &Surface) -> Surface {
    let rest = &SHIRT.mesh.positions;
    for steps in [8, 3] {
        let moved: Vec<Vec3> = coarse.iter().zip(rest).map(|(point, rest)| *point - *rest).collect();
        let even = SHIRT.evened(&moved, steps);
        coarse = rest.iter().zip(even).map(|(rest, moved)| *rest + moved).collect();
        push_out(&mut coarse, skin, 4.0);
    }
    let mut shirt = Surface::refined(&SHIRT, coarse);
    push_out(&mut shirt.positions, skin, 1.0);
    shirt.normals = SHIRT.normals(&shirt.positions);
    shirt
}

/// An eyeball, for shading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Eyeball {
    pub(super) centre: Vec3,
    pub(super) gaze: Vec3,
}

/// A person in one pose.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub(super) skin: Surface,
    pub(super) shirt: Surface,
    pub(super) eyes: [Surface; 2],
    pub(super) eyeballs: [Eyeball; 2],
    pub(super) lashes: Surface,
    pub(super) teeth: Surface,
    pub(super) tongue: Surface,
    /// Skin before the pose, where hair grows.
    pub(super) grown: Surface,
    /// The head's motion by the pose.
    pub(super) head: Motion,
    landmarks: Vec<Vec3>,
}

/// Shares of a head turn: chest, the neck's three joints, head.
const SHARES: [f64; 5] = [0.0, 0.12, 0.13, 0.15, 0.60];

impl Figure {
    /// The person with this identity and expression (targets `act/*`), so held.
    pub(super) fn new(identity: &Weights, expression: &Weights, held: &Posture) -> Self {
        let mut weights = identity.clone();
        for (name, weight) in expression {
            *weights.entry(name.clone()).or_default() += weight;
        }
        for (name, weight) in held.gaze.actions() {
            *weights.entry(name.to_owned()).or_default() += weight.max(0.0);
        }
        rest_lids(&mut weights);
        let (_, mesh) = &*LANDMARKS;
        let marks = mesh.morphed(&weights);
        let motions = Self::motions(&marks, held);
        let still = vec![Motion::IDENTITY; motions.len()];
        let mut landmarks = marks;
        mesh.skin(&mut landmarks, &motions);
        let shaped = |topology| Surface::shaped(topology, &weights, &held.trunk);
        let surface = |topology| Surface::posed(topology, shaped(topology), &motions);
        let bare = shaped(&SKIN);
        let skin = Surface::posed(&SKIN, bare.clone(), &motions);
        let mut cut = shaped(&SHIRT);
        SHIRT.mesh.skin(&mut cut, &motions);
        let shirt = worn(cut, &skin);
        let at = |name: &str| landmark(&landmarks, name);
        let eyeball = |side: &str| {
            let centre = at(&format!("eye_centre_{side}"));
            Eyeball { centre, gaze: (at(&format!("pupil_{side}")) - centre).normalize() }
        };
        Self {
            skin,
            shirt,
            eyes: [surface(&EYES[0]), surface(&EYES[1])],
            eyeballs: [eyeball("l"), eyeball("r")],
            lashes: surface(&LASHES),
            teeth: surface(&TEETH),
            tongue: surface(&TONGUE),
            grown: Surface::posed(&SKIN, bare, &still),
            head: motions.last().copied().unwrap_or(Motion::IDENTITY),
            landmarks,
        }
    }

    fn motions(marks: &[Vec3], held: &Posture) -> Vec<Motion> {
        let joints = &head().joints;
        let [neck, upper, skull] =
            ["joint_neck", "joint_neck_upper", "joint_head"].map(|n| landmark(marks, n));
        let pivots: Vec<Vec3> = joints
            .iter()
            .map(|joint| match joint.name.as_str() {
                "neck01" => neck,
                "neck02" => (neck + upper) / 2.0,
                "neck03" => upper,
                "head" => skull,
                _ => joint.rest,
            })
            .collect();
        let mut turns: Vec<Mat3> = (0..joints.len())
            .map(|k| held.head.rotation(SHARES.get(k).copied().unwrap_or(0.0), &held.trunk))
            .collect();
        if let Some(chest) = turns.first_mut() {
            *chest = Mat3::from_rotation_y(held.trunk.yaw as f32);
        }
        pose(joints, &pivots, &turns)
    }

    /// A landmark in the pose, by its name in the model.
    pub(super) fn landmark(&self, name: &str) -> Vec3 {
        landmark(&self.landmarks, name)
    }
}

/// How high above the pupil's middle a lid rests at most, mm: it hides the top of an iris of 5.85 mm.
const HIGHEST_LID: f32 = 3.9;

/// Closes eyes that stare: a resting lid covers the upper rim of the iris. Wide eyes are let be half as wide.
fn rest_lids(weights: &mut Weights) {
    let (_, mesh) = &*LANDMARKS;
    let marks = mesh.morphed(weights);
    for (side, name) in [("l", "Left"), ("r", "Right")] {
        let blink = format!("act/eyeBlink{name}");
        let above = |marks: &[Vec3]| {
            landmark(marks, &format!("lid_upper_{side}")).y - landmark(marks, &format!("pupil_{side}")).y
        };
        let wide = weights.get(&format!("act/eyeWide{name}")).copied().unwrap_or(0.0) as f32;
        let over = above(&marks) - HIGHEST_LID - 3.0 * wide;
        if over <= 0.0 {
            continue;
        }
        let mut closed = weights.clone();
        *closed.entry(blink.clone()).or_default() += 0.5;
        let step = (above(&marks) - above(&mesh.morphed(&closed))) / 0.5;
        if step > 1.0 {
            *weights.entry(blink).or_default() += f64::from(over / step).min(0.35);
        }
    }
}

/// A landmark by name; the origin for a name that the model lacks.
fn landmark(marks: &[Vec3], name: &str) -> Vec3 {
    LANDMARKS.0.iter().position(|n| n == name).map_or(Vec3::ZERO, |i| marks[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_head_looks_to_its_left_and_the_chest_stays() {
        let straight = Figure::new(&Weights::new(), &Weights::new(), &Posture::default());
        let head = HeadPose { yaw: 0.4, ..HeadPose::default() };
        let turned = Figure::new(&Weights::new(), &Weights::new(), &Posture { head, ..Posture::default() });
        assert!(turned.landmark("nose_tip").x > straight.landmark("nose_tip").x + 20.0);
        assert_eq!(turned.landmark("joint_chest"), straight.landmark("joint_chest"));
        let low = |figure: &Figure| figure.skin.positions.iter().copied().find(|p| p.y < -120.0);
        assert_eq!(low(&turned), low(&straight));
    }

    #[test]
    fn the_shirt_lies_upon_the_skin_of_whoever_wears_it() {
        for i in 0..4 {
            let rng = &mut crate::rng::Stream::new("figure", 3, i);
            let person = super::super::Appearance::draw(rng, super::super::Sex::Male, 40.0);
            let head = HeadPose { pitch: 0.2, ..HeadPose::default() };
            let trunk = Trunk { yaw: 0.2, reach: [0.0, 1.0] };
            let held = Posture { head, trunk, gaze: Gaze::default() };
            let figure = Figure::new(&person.shape, &Weights::new(), &held);
            for &(cloth, under) in WORN.iter() {
                let off = figure.shirt.positions[cloth as usize] - figure.skin.positions[under as usize];
                let above = off.dot(figure.skin.normals[under as usize]);
                assert!(above > 1.5, "{above} at {:?}", SHIRT.rest[cloth as usize]);
            }
        }
    }

    #[test]
    fn the_gaze_follows_its_angles() {
        let gaze = |yaw, pitch| {
            let held = Posture { gaze: Gaze { yaw, pitch, vergence: 0.0 }, ..Posture::default() };
            Figure::new(&Weights::new(), &Weights::new(), &held).eyeballs[0].gaze
        };
        assert!(gaze(0.3, 0.0).x > gaze(0.0, 0.0).x + 0.15);
        assert!(gaze(0.0, 0.3).y < gaze(0.0, 0.0).y - 0.15);
    }
}
