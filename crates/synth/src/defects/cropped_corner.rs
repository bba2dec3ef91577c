//! Cropped corners: the card was framed so that a part of it is outside the picture.

use glam::{DMat3, DVec2, DVec3};
use retake_label::{Category, Direction, Mask, Role, Thresholds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Defect, FieldView, Footprint, Place, Profile, View, knobs};
use crate::Result;
use crate::rng::Stream;
use crate::scene::{Camera, Desk, Scene, Stage};
use crate::truth::polygon;

/// Framing that loses corners.
pub(super) struct CroppedCorner;

/// Severity at which the first corner touches the edge; below it the card is merely too close to it.
const TOUCHING: f64 = 0.25;

/// How far the card is out at severity 1, share of its height.
const DEEPEST: f64 = 0.5;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    /// The edge of the picture that the card leaves through: left, top, right, bottom.
    edge: usize,
    /// It leaves through the next edge as well, by this share of the way.
    second: f64,
    /// Turn of the phone that makes one corner leave first, radians.
    roll: f64,
}

const OUTWARD: [DVec2; 4] = [DVec2::NEG_X, DVec2::NEG_Y, DVec2::X, DVec2::Y];

impl Defect for CroppedCorner {
    fn profile(&self) -> Profile {
        Profile {
            category: Category::CROPPED_CORNER,
            summary: "The card is framed so that corners or a side of it are outside the picture.",
            place: Place::Optics,
            footprint: Footprint::Frame,
            roles: &[Role::DocumentFront, Role::DocumentBack],
            measure: "area of the card outside the picture",
            unit: "share of the card",
            direction: Direction::HigherIsWorse,
            thresholds: Thresholds { absent: 0.0, present: 0.004 },
            brink: 0.24,
            reason: "All four corners must be in the frame; below 0.4 per cent only the rounding of a corner is lost.",
        }
    }

    fn draw(&self, rng: &mut Stream, _scene: &Scene) -> Value {
        let edge = rng.below(4);
        let two = rng.chance(0.25);
        let second = rng.range(0.4, 1.0);
        let sign = if rng.chance(0.5) { 1.0 } else { -1.0 };
        let roll = sign * rng.range(0.0, 0.3);
        knobs::write(&Knobs { edge, second: if two { second } else { 0.0 }, roll })
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("cropped_corner", knobs)?;
        let Scene { stage: Stage::Document(desk), camera, .. } = scene else { return Ok(()) };
        camera.axes = rolled(&camera.axes, knobs.roll * (severity / TOUCHING).min(1.0));
        leave(camera, desk, knobs.edge % 4, severity, 1.0);
        if knobs.second > 0.0 {
            leave(camera, desk, (knobs.edge + 1) % 4, severity, knobs.second);
        }
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        let corners: Vec<[f64; 2]> = view.layers.corners.iter().map(|c| (*c).into()).collect();
        let [width, height] = view.scene.camera.size;
        polygon::share_outside(&corners, width, height)
    }

    fn region(&self, view: &View<'_>) -> Mask {
        let card = &view.layers.card;
        let [width, height] = view.scene.camera.size.map(f64::from);
        let beyond = |out: fn(DVec2, f64, f64) -> f64| {
            view.layers.corners.iter().map(|c| out(*c, width, height)).fold(0.0, f64::max)
        };
        // What is left of the card beside a cut, as deep as the cut is, at most a tenth of the picture.
        let depth = |out: f64| if out > 0.0 { out.clamp(0.01 * width, 0.1 * width) } else { 0.0 };
        let left = depth(beyond(|c, _, _| -c.x));
        let top = depth(beyond(|c, _, _| -c.y));
        let right = width - depth(beyond(|c, w, _| c.x - w));
        let bottom = height - depth(beyond(|c, _, h| c.y - h));
        let mut region = card.clone();
        let columns = card.width() as usize;
        region.retain(|i| {
            let (x, y) = ((i % columns) as f64 + 0.5, (i / columns) as f64 + 0.5);
            x < left || y < top || x > right || y > bottom
        });
        region
    }

    fn hides(&self, _view: &View<'_>, field: &FieldView) -> bool {
        field.is_lost_with(|letter| letter.is_hidden(0))
    }
}

/// The camera's axes after a turn about its forward axis.
fn rolled(axes: &DMat3, roll: f64) -> DMat3 {
    let (s, c) = (libm::sin(roll), libm::cos(roll));
    let (right, down): (DVec3, DVec3) = (axes.x_axis, axes.y_axis);
    DMat3::from_cols(right * c + down * s, down * c - right * s, axes.z_axis)
}

/// Shifts the picture so that the card's foremost corner leaves through `edge` as far as severity says.
fn leave(camera: &mut Camera, desk: &Desk, edge: usize, severity: f64, share: f64) {
    let corners = desk.card.corners().map(|c| camera.project(c).unwrap_or(camera.principal_point));
    let outward = OUTWARD[edge];
    let [width, height] = camera.size.map(f64::from);
    let limit = (DVec2::new(width, height) / 2.0).dot(outward.abs());
    let middle = DVec2::new(width, height) / 2.0;
    let foremost = corners.iter().map(|c| (*c - middle).dot(outward)).fold(f64::MIN, f64::max);
    let tall = corners[0].distance(corners[3]);
    let to_edge = limit - foremost;
    let beyond = DEEPEST * tall * (severity - TOUCHING).max(0.0) / (1.0 - TOUCHING);
    let way = to_edge * (severity / TOUCHING).min(1.0) + beyond;
    camera.principal_point += outward * (way * share);
}
