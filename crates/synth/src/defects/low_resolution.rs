//! Low resolution: fewer true samples on the card than the file has pixels.

use retake_label::{Category, Direction, Mask, Role, Thresholds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Defect, FieldView, Footprint, Place, Profile, View, knobs};
use crate::Result;
use crate::rng::Stream;
use crate::scene::{CardPose, Scene, Stage};

/// A crop, an old camera, or a messenger's copy.
pub(super) struct LowResolution;

/// True samples per inch at severity 1.
const COARSEST: f64 = 42.0;

/// Text needs this many true samples from the base line to the top of a small letter.
const SAMPLES_PER_X_HEIGHT: f64 = 5.2;

const MM_PER_INCH: f64 = 25.4;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    /// A messenger shrank the picture and compressed it; otherwise the sensor was cropped.
    messenger: bool,
    /// JPEG quality of the messenger.
    quality: u8,
}

impl Defect for LowResolution {
    fn profile(&self) -> Profile {
        Profile {
            category: Category::LOW_RESOLUTION,
            summary: "A small crop, an old camera or a messenger left too few true samples on the card.",
            place: Place::Sensor,
            footprint: Footprint::Frame,
            roles: &[Role::DocumentFront, Role::DocumentBack],
            measure: "true samples per inch on the card",
            unit: "dpi",
            direction: Direction::LowerIsWorse,
            thresholds: Thresholds { absent: 200.0, present: 150.0 },
            reason: "Capture products ask for 150 to 220 dpi; readers lose small print from about 110 on.",
        }
    }

    fn draw(&self, rng: &mut Stream, _scene: &Scene) -> Value {
        knobs::write(&Knobs { messenger: rng.chance(0.4), quality: rng.integer(55, 80) as u8 })
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("low_resolution", knobs)?;
        let now = dpi(scene);
        if now > COARSEST {
            // Even steps of the logarithm: from what the camera gave down to the coarsest.
            scene.sensor.sampling *= libm::pow(COARSEST / now, severity);
        }
        if knobs.messenger {
            scene.file.history.push((scene.camera.size[0].max(scene.camera.size[1]), knobs.quality));
        }
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        dpi(view.scene)
    }

    fn region(&self, view: &View<'_>) -> Mask {
        view.layers.card.clone()
    }

    fn hides(&self, view: &View<'_>, field: &FieldView) -> bool {
        dpi(view.scene) * field.x_height / MM_PER_INCH < SAMPLES_PER_X_HEIGHT
    }
}

/// True samples per inch in the middle of the card, geometric mean of both directions.
fn dpi(scene: &Scene) -> f64 {
    let Stage::Document(desk) = &scene.stage else { return 0.0 };
    let card: &CardPose = &desk.card;
    let camera = &scene.camera;
    let step = |axis: glam::DVec3| {
        let ends = [-0.5, 0.5].map(|t| camera.project(card.centre + axis * t).unwrap_or_default());
        ends[1] - ends[0]
    };
    let (across, down) = (step(card.axes.x_axis), step(card.axes.y_axis));
    let px_per_mm = across.perp_dot(down).abs().sqrt();
    px_per_mm * scene.sensor.sampling * MM_PER_INCH
}
