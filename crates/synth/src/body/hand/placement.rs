//! A hand in the world of a document: its description, and how it comes to rest on card and table.

use glam::{DMat3, DVec2, DVec3, Mat3, Vec3};
use serde::{Deserialize, Serialize};

use super::model::{FINGERS, Surface, surface};
use crate::body::mesh::{Motion, Weights, pose};
use crate::scene::{CardPose, Stage};

/// A hand in the world of a document, down to the last freckle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandPlacement {
    /// What the fingers do.
    pub pose: Pose,
    /// A left hand instead of a right one.
    pub mirrored: bool,
    /// Extra bend of each finger at its middle joint, thumb first, radians (about -0.3 to 0.3).
    pub curl: [f64; FINGERS],
    /// How far index, ring and little finger part from the middle one against the pose, radians (about -0.15 to 0.1).
    pub spread: f64,
    /// Size against the model, whose middle finger is that of an average adult, 0.85-1.15.
    pub scale: f64,
    /// Weights of the model's shape targets (`hand/female`, `hand/old`, ...), 0-1.
    pub shape: Weights,
    /// The person's skin.
    pub skin: Skin,
    /// The nails.
    pub nails: Nails,
    /// Where the forearm comes from: unit vector from the wrist to the elbow in the model's axes, about `-y`.
    pub forearm: DVec3,
    /// Where the wrist is, mm.
    pub position: DVec3,
    /// The model's axes in the world as columns: towards the little finger of a right hand, towards the middle
    /// knuckle, out of the back of the hand. For a mirrored hand they are those of its mirror image.
    pub axes: DMat3,
}

/// What the fingers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pose {
    /// Fingers stretched out.
    Flat,
    /// Fingers loosely bent.
    Relaxed,
    /// A fist with the thumb stretched out.
    ThumbFlat,
    /// A fist with the index finger stretched out.
    IndexPoint,
    /// Thumb and index finger touch.
    Pinch,
    /// Fingers round a thing as thick as a phone.
    Grip,
}

impl Pose {
    /// Every pose.
    pub const ALL: [Self; 6] =
        [Self::Flat, Self::Relaxed, Self::ThumbFlat, Self::IndexPoint, Self::Pinch, Self::Grip];

    /// The model's morph target for it.
    pub fn target(self) -> &'static str {
        match self {
            Self::Flat => "pose/flat",
            Self::Relaxed => "pose/relaxed",
            Self::ThumbFlat => "pose/thumb_flat",
            Self::IndexPoint => "pose/index_point",
            Self::Pinch => "pose/pinch",
            Self::Grip => "pose/grip",
        }
    }
}

/// Skin, as it shows on a hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skin {
    /// From the lightest (0) to the darkest (1) skin.
    pub melanin: f64,
    /// From yellowish (-1) to reddish (1).
    pub redness: f64,
    /// Depth of creases and pores, 0.5 (young) to 1.6 (old).
    pub roughness: f64,
    /// Oil or sweat on it, 0 (dry) to 1.
    pub shine: f64,
    /// Seed of blotches, pores and creases.
    pub seed: u64,
}

/// Finger nails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nails {
    /// Length of the white free edge, mm (0.3-2.5).
    pub free_edge: f64,
    /// Colour of the polish, linear reflectance; bare nails without.
    pub polish: Option<[f64; 3]>,
}

/// A finger's end in the model's axes: where a thing is touched, and how the finger lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tip {
    /// The middle of the pad, mm.
    pub(crate) pad: DVec3,
    /// Unit vectors across the finger, along it to its end, and out of its nail.
    pub(crate) axes: DMat3,
}

/// A hand that is morphed and posed, not yet placed.
#[derive(Clone, Debug)]
pub(crate) struct Posed {
    /// Coarse points in the model's axes (mirrored for a left hand), mm.
    coarse: Vec<Vec3>,
    /// The same after one smoothing, which is within a tenth of a millimetre of the fine surface.
    smooth: Vec<Vec3>,
    mirrored: bool,
}

/// How far soft pads give way, mm.
const GIVE: f64 = 0.9;

impl Posed {
    /// Shapes and bends a hand as described; its place does not matter.
    pub(crate) fn new(hand: &HandPlacement) -> Self {
        let surface = surface();
        let mut weights = hand.shape.clone();
        weights.retain(|name, _| name.starts_with("hand/"));
        weights.insert(hand.pose.target().to_owned(), 1.0);
        let mut points = surface
            .posed(&weights, hand.forearm.as_vec3(), |positions| bend(positions, &hand.curl, hand.spread));
        let scale = Vec3::new(if hand.mirrored { -1.0 } else { 1.0 }, 1.0, 1.0) * hand.scale as f32;
        for p in &mut points {
            *p *= scale;
        }
        let smooth = surface.levels[0].apply_first(&points, points.len());
        Self { coarse: points, smooth, mirrored: hand.mirrored }
    }

    /// The end of a finger, thumb first.
    pub(crate) fn tip(&self, finger: usize) -> Tip {
        let surface = surface();
        let nail = &surface.nails[finger];
        let (linear, shift) = fit(surface, finger, &self.smooth);
        let along = (linear * nail.axes[1]).as_dvec3().normalize();
        let out = (linear * nail.axes[2]).as_dvec3();
        let out = (out - along * out.dot(along)).normalize();
        let pad = nail.middle - nail.axes[2] * 9.0;
        Tip { pad: (linear * pad + shift).as_dvec3(), axes: DMat3::from_cols(along.cross(out), along, out) }
    }

    /// The coarse points in the world, before they touch anything.
    fn moved(&self, position: DVec3, axes: &DMat3) -> impl Iterator<Item = DVec3> {
        self.smooth.iter().map(move |p| position + axes * p.as_dvec3())
    }

    /// How far a hand at this place must rise so that its finger lies no deeper in card and table than pads give
    /// way, mm; negative when it floats; `None` when nothing is under it.
    pub(crate) fn rise(
        &self,
        finger: usize,
        position: DVec3,
        axes: &DMat3,
        support: Support<'_>,
    ) -> Option<f64> {
        let owners = &surface().owners;
        (self.moved(position, axes).zip(owners))
            .filter(|(_, owner)| usize::from(**owner) == finger)
            .filter_map(|(p, _)| Some(support.height(p)? - p.z))
            .reduce(f64::max)
            .map(|rise| rise - GIVE)
    }

    /// How far above its support a finger is, mm, at this place: the least over its points.
    #[cfg(test)]
    pub(crate) fn clearance(&self, finger: usize, position: DVec3, axes: &DMat3, card: &CardPose) -> f64 {
        (self.moved(position, axes).zip(&surface().owners))
            .filter(|(_, owner)| usize::from(**owner) == finger)
            .filter_map(|(p, _)| Some(p.z - Support::Table(card).height(p)?))
            .fold(f64::MAX, f64::min)
    }

    /// The fine surface in the world (mm), pads flattened where they touch, and the height of each point above
    /// what it can rest on, mm: negative below.
    pub(super) fn placed(&self, hand: &HandPlacement, support: Support<'_>) -> (Vec<Vec3>, Vec<f32>) {
        place(&surface().refine(&self.coarse), hand, support)
    }

    /// As [`Self::placed`], for the coarse points.
    pub(super) fn placed_coarse(&self, hand: &HandPlacement, support: Support<'_>) -> (Vec<Vec3>, Vec<f32>) {
        place(&self.smooth, hand, support)
    }

    /// Whether triangles run clockwise from outside.
    pub(super) fn mirrored(&self) -> bool {
        self.mirrored
    }
}

fn place(points: &[Vec3], hand: &HandPlacement, support: Support<'_>) -> (Vec<Vec3>, Vec<f32>) {
    (points.iter().zip(&surface().opposing))
        .map(|(p, opposing)| {
            let p = (hand.position + hand.axes * p.as_dvec3()).as_vec3();
            let floor = support.height(p.as_dvec3()).map(|floor| floor as f32);
            let above = match (support, floor) {
                (Support::Held(card), floor) => {
                    let (above, thickness) = (p.z - card.centre.z as f32, card.thickness as f32);
                    // What opposes the thumb is behind the card, also where a pose would take it through.
                    if *opposing > 0.5 {
                        above.min(STEEPEST * beside(p.as_dvec3(), card) - thickness)
                    } else if floor.is_some() {
                        pinched(above, thickness)
                    } else {
                        above
                    }
                }
                (_, floor) => flattened(p.z - floor.unwrap_or(0.0)),
            };
            let plane = match support {
                Support::Held(card) => card.centre.z as f32,
                _ => floor.unwrap_or(0.0),
            };
            (Vec3::new(p.x, p.y, plane + above), above)
        })
        .unzip()
}

/// How steeply a finger behind a card may come up beside it, mm a mm.
const STEEPEST: f32 = 0.7;

/// How far a point is outside of a card's outline, seen from above, mm; 0 inside.
fn beside(p: DVec3, card: &CardPose) -> f32 {
    let local = card.axes.transpose() * (p - card.centre);
    let [x, y] = [local.x.abs() - card.size[0] / 2.0, local.y.abs() - card.size[1] / 2.0];
    x.max(y).max(0.0) as f32
}

/// Height over the face of a card between two fingers after soft tissue gives way: what is pressed through the face stays
/// before it, what is deeper is behind the card.
fn pinched(height: f32, thickness: f32) -> f32 {
    let reach = GIVE as f32;
    if height >= -reach { flattened(height).max(0.0) } else { height.min(-thickness) }
}

/// Height above the support after soft tissue gives way: smooth, and unchanged from `GIVE` on. What is sunk much
/// deeper is not pressed but elsewhere, below the table.
fn flattened(height: f32) -> f32 {
    let reach = GIVE as f32;
    if height >= reach {
        height
    } else if height >= -reach {
        (height + reach) * (height + reach) / (4.0 * reach)
    } else {
        (height + 3.0 * reach).min(0.0)
    }
}

/// What a hand rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Support<'a> {
    /// Nothing but a table at height 0.
    Bare,
    /// A card on that table.
    Table(&'a CardPose),
    /// A card in the air: fingers are before it or behind it.
    Held(&'a CardPose),
}

impl<'a> Support<'a> {
    /// What a scene has for hands to rest on.
    pub(crate) fn of(stage: &'a Stage) -> Self {
        match stage {
            Stage::Document(desk) if desk.held.is_some() => Self::Held(&desk.card),
            Stage::Document(desk) => Self::Table(&desk.card),
            Stage::Selfie(_) => Self::Bare,
        }
    }

    /// The card, if there is one.
    pub(super) fn card(self) -> Option<&'a CardPose> {
        match self {
            Self::Bare => None,
            Self::Table(card) | Self::Held(card) => Some(card),
        }
    }

    /// Height of what lies under a point: the card's face, the table, or nothing.
    fn height(self, p: DVec3) -> Option<f64> {
        let (card, beside) = match self {
            Self::Bare => return Some(0.0),
            Self::Table(card) => (card, Some(0.0)),
            Self::Held(card) => (card, None),
        };
        let local = card.axes.transpose() * (p - card.centre);
        let [w, h] = card.size;
        if local.x.abs() <= w / 2.0 && local.y.abs() <= h / 2.0 {
            let flat = DVec2::new(local.x, local.y);
            Some(card.centre.z + (card.axes.x_axis * flat.x + card.axes.y_axis * flat.y).z)
        } else {
            beside
        }
    }
}

/// The motions that bend each finger at its middle joint and part them at the first, or `None` for none.
fn bend(positions: &[Vec3], curl: &[f64; FINGERS], spread: f64) -> Option<Vec<Motion>> {
    if spread == 0.0 && curl.iter().all(|a| *a == 0.0) {
        return None;
    }
    let model = crate::body::hand();
    let mesh = model.meshes.iter().find(|m| m.name == "hand")?;
    // A pose is a morph, so the joints must be looked for where the skin around them went.
    let pivots: Vec<Vec3> = (model.joints.iter())
        .map(|joint| {
            let (mut sum, mut total) = (Vec3::ZERO, 0.0);
            for (moved, rest) in positions.iter().zip(&mesh.positions) {
                let d = (*rest - joint.rest).length_squared() / 100.0;
                if d < 9.0 {
                    let weight = libm::expf(-d);
                    sum += (*moved - *rest) * weight;
                    total += weight;
                }
            }
            joint.rest + sum / total.max(1e-6)
        })
        .collect();
    let mut turns = vec![Mat3::IDENTITY; pivots.len()];
    // Turns about the axis out of the back of the hand, against the spread: the little finger has farthest to go.
    const PARTING: [f64; FINGERS] = [0.0, 1.0, 0.0, -1.0, -1.7];
    for (finger, angle) in curl.iter().enumerate() {
        let joint = |k: usize| model.joint(&format!("finger{}-{k}", finger + 1));
        let (Some(a), Some(b), Some(c)) = (joint(1), joint(2), joint(3)) else { continue };
        let axis = (pivots[b] - pivots[a]).cross(pivots[c] - pivots[b]).normalize_or_zero();
        turns[b] = turn_about(axis, *angle);
        turns[a] = turn_about(Vec3::Z, spread * PARTING[finger]);
    }
    Some(pose(&model.joints, &pivots, &turns))
}

/// The turn about a unit axis (Rodrigues).
fn turn_about(axis: Vec3, angle: f64) -> Mat3 {
    let (s, c) = (libm::sin(angle) as f32, libm::cos(angle) as f32);
    let column = |v: Vec3| v * c + axis.cross(v) * s + axis * axis.dot(v) * (1.0 - c);
    Mat3::from_cols(column(Vec3::X), column(Vec3::Y), column(Vec3::Z))
}

/// The affine motion (linear part, shift) that took the skin round a finger's nail from rest to where it is,
/// as the nearest frame of its three axes.
fn fit(surface: &Surface, finger: usize, points: &[Vec3]) -> (Mat3, Vec3) {
    let nail = &surface.nails[finger];
    let [across, along, out] = nail.axes;
    // Weighted sums over the finger's end give the image of its middle and of its two long axes.
    let (mut total, mut from, mut to) = (0.0, Vec3::ZERO, Vec3::ZERO);
    let mut near = Vec::new();
    for (rest, now) in surface.rest.iter().zip(points) {
        let d = (*rest - (nail.middle - out * 5.0)).length();
        if d < 13.0 {
            let weight = 1.0 - d / 13.0;
            total += weight;
            from += *rest * weight;
            to += *now * weight;
            near.push((*rest, *now, weight));
        }
    }
    let (from, to) = (from / total, to / total);
    let image = |axis: Vec3| {
        (near.iter())
            .map(|(rest, now, weight)| (*now - to) * ((*rest - from).dot(axis) * *weight))
            .sum::<Vec3>()
    };
    let y = image(along).normalize_or_zero();
    let x = image(across);
    let x = (x - y * x.dot(y)).normalize_or_zero();
    let z = image(out);
    let side = if x.cross(y).dot(z) < 0.0 { -1.0 } else { 1.0 };
    let z = x.cross(y) * side;
    let linear = Mat3::from_cols(x, y, z) * Mat3::from_cols(across, along, out).transpose();
    (linear, to - linear * from)
}
