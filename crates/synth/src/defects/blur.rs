//! Blur: the lens is focused elsewhere, or the hand moves during the exposure.

use glam::DVec2;
use retake_label::{Category, Direction, Mask, Role, Thresholds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Defect, FieldView, Footprint, Hindrance, Place, Profile, View, knobs};
use crate::Result;
use crate::rng::Stream;
use crate::scene::{Camera, Scene, Stage};
use crate::truth::optics::{spots, spread_at};

/// Blur by defocus and by motion.
pub(super) struct Blur;

/// Standard deviation on the card at severity 1, mm per axis: nothing is read.
const STRONGEST: f64 = 0.42;

/// How the spread grows with severity: fast through what no reader feels, slowly where text is lost.
const GROWTH: f64 = 0.6;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    /// Share of the blur's variance that is motion; the rest is defocus.
    motion: f64,
    /// Focused on something nearer than the card, not farther.
    near: bool,
    /// Direction of the motion in the picture, radians.
    angle: f64,
    /// How far the path bends away from a line.
    bend: f64,
    /// Strength of the tremor on the path.
    tremor: f64,
    /// Phase of the tremor, radians.
    phase: f64,
}

impl Defect for Blur {
    fn profile(&self) -> Profile {
        Profile {
            category: Category::BLUR,
            summary: "The focus missed the card, or the hand shook while the shutter was open.",
            place: Place::Optics,
            footprint: Footprint::Frame,
            roles: &[Role::DocumentFront, Role::DocumentBack],
            measure: "standard deviation of the point-spread function on the card, mean of both axes",
            unit: "mm",
            direction: Direction::HigherIsWorse,
            thresholds: Thresholds { absent: 0.14, present: 0.22 },
            brink: 0.15,
            reason: "Up to 0.14 mm a reader loses nothing; from 0.22 on letters are misread, and at 0.33 five fields of six are lost.",
        }
    }

    fn draw(&self, rng: &mut Stream, _scene: &Scene) -> Value {
        let kind = rng.weighted(&[0.5, 0.4, 0.1]);
        let mixed = rng.range(0.3, 0.7);
        knobs::write(&Knobs {
            motion: [0.0, 1.0, mixed][kind],
            near: rng.chance(0.4),
            angle: rng.range(0.0, core::f64::consts::TAU),
            bend: rng.range(-0.5, 0.5),
            tremor: rng.range(0.0, 0.25),
            phase: rng.range(0.0, core::f64::consts::TAU),
        })
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("blur", knobs)?;
        let Stage::Document(desk) = &scene.stage else { return Ok(()) };
        let depth = scene.camera.to_camera(desk.card.centre).z;
        let sigma = STRONGEST * libm::pow(severity, GROWTH);
        let variance = sigma * sigma;
        let motion = (variance * knobs.motion).sqrt();
        let defocus = (variance * (1.0 - knobs.motion)).sqrt();
        if defocus > 0.0 {
            // A uniform disc of diameter D has a standard deviation of D / 4 along each axis.
            scene.camera.focus_distance = missed_focus(&scene.camera, depth, 4.0 * defocus, knobs.near);
        }
        if motion > 0.0 {
            scene.camera.shake = shake(&knobs, motion / depth);
        }
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        let Stage::Document(desk) = &view.scene.stage else { return 0.0 };
        let spread = spots(&desk.card).map(|spot| spread_at(view.scene, spot).sigma_mm());
        spread.iter().sum::<f64>() / spread.len() as f64
    }

    fn region(&self, view: &View<'_>) -> Mask {
        view.layers.card.clone()
    }

    fn hides(&self, _view: &View<'_>, field: &FieldView) -> bool {
        !Hindrance { blur: field.hindrance.blur, ..field.hindrance.lifted() }.is_legible()
    }
}

/// The focus distance at which a point at `depth` mm has a blur disc of `disc` mm in its own plane: the
/// thin lens, disc = aperture * |1 - depth / focus|, solved for the focus.
fn missed_focus(camera: &Camera, depth: f64, disc: f64, near: bool) -> f64 {
    let ratio = disc / camera.aperture();
    // Beyond infinity there is no focus: what is blurred that much was focused too near.
    if near || ratio > 0.95 { depth / (1.0 + ratio) } else { depth / (1.0 - ratio) }
}

/// A path whose standard deviation, mean of both axes, is `sigma` radians: drift, bend and tremor.
fn shake(knobs: &Knobs, sigma: f64) -> Vec<[f64; 3]> {
    const POINTS: usize = 33;
    let path: Vec<DVec2> = (0..POINTS)
        .map(|i| {
            let t = i as f64 / (POINTS - 1) as f64 - 0.5;
            let wobble = knobs.tremor * libm::sin(knobs.phase + 9.0 * t);
            DVec2::new(t + 0.3 * wobble, knobs.bend * (t * t - 1.0 / 12.0) + 0.2 * wobble)
        })
        .collect();
    let mean = path.iter().sum::<DVec2>() / POINTS as f64;
    let variance = path.iter().map(|p| (*p - mean).length_squared()).sum::<f64>() / POINTS as f64;
    let scale = sigma / (variance / 2.0).sqrt();
    let (s, c) = (libm::sin(knobs.angle), libm::cos(knobs.angle));
    path.iter()
        .map(|p| {
            let p = (*p - mean) * scale;
            [p.x * c - p.y * s, p.x * s + p.y * c, 0.0]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_has_the_spread_it_was_asked_for() {
        let knobs = Knobs { motion: 1.0, near: false, angle: 0.7, bend: 0.3, tremor: 0.2, phase: 1.0 };
        let path = shake(&knobs, 0.002);
        let n = path.len() as f64;
        let mean = [0, 1].map(|k| path.iter().map(|p| p[k]).sum::<f64>() / n);
        let variance: f64 = path
            .iter()
            .map(|p| (p[0] - mean[0]) * (p[0] - mean[0]) + (p[1] - mean[1]) * (p[1] - mean[1]))
            .sum::<f64>()
            / n;
        assert!(((variance / 2.0).sqrt() - 0.002).abs() < 1e-12);
    }
}
