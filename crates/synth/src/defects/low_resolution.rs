//! Low resolution: fewer true samples on the card than the file has pixels.

use glam::DVec2;
use retake_label::{Category, Direction, Mask, Role, Thresholds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Defect, FieldView, Footprint, Hindrance, Place, Profile, View, knobs};
use crate::Result;
use crate::rng::Stream;
use crate::scene::{Scene, Stage};
use crate::truth::optics::dpi_at;

/// A crop, an old camera, or a messenger's copy.
pub(super) struct LowResolution;

/// True samples per inch at severity 1.
const COARSEST: f64 = 30.0;

/// How severity runs along the logarithm of the samples: fast through what no reader feels, slowly where text is lost.
const GROWTH: f64 = 0.55;

/// The shortest longer side, px, of a picture that a messenger passes on.
const SHORTEST: f64 = 96.0;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    cause: Cause,
    /// JPEG quality of the messenger.
    quality: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Cause {
    /// A part of the sensor was cut out and enlarged.
    Crop,
    /// A camera with few, small pixels, and a phone that sharpens hard.
    OldCamera,
    /// A messenger shrank and compressed the picture; its copy was enlarged again.
    Messenger,
    /// The copy was forwarded: shrunk and compressed twice.
    Forwarded,
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
            thresholds: Thresholds { absent: 110.0, present: 80.0 },
            brink: 0.2,
            reason: "A reader loses nothing down to 110 dpi; from 80 on letters are misread, and at 42 seven fields of ten are lost. \
                     Capture products ask for 150 to 220, to be safe.",
        }
    }

    fn draw(&self, rng: &mut Stream, _scene: &Scene) -> Value {
        let causes = [Cause::Crop, Cause::OldCamera, Cause::Messenger, Cause::Forwarded];
        let cause = causes[rng.weighted(&[0.35, 0.2, 0.3, 0.15])];
        knobs::write(&Knobs { cause, quality: rng.integer(60, 82) as u8 })
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("low_resolution", knobs)?;
        let now = dpi(scene);
        let kept = libm::pow((COARSEST / now).min(1.0), libm::pow(severity, GROWTH));
        match knobs.cause {
            Cause::Crop => scene.sensor.sampling *= kept,
            Cause::OldCamera => {
                scene.sensor.sampling *= kept;
                scene.sensor.full_well *= 1.0 - 0.7 * severity;
                scene.sensor.sharpen *= 1.0 + severity;
            }
            Cause::Messenger | Cause::Forwarded => {
                let longer = f64::from(scene.camera.size[0].max(scene.camera.size[1]));
                let side = (longer * scene.true_sampling() * kept).max(SHORTEST);
                if knobs.cause == Cause::Forwarded {
                    // On its way it was once half as small, by the logarithm.
                    let first = (longer * side).sqrt();
                    scene.file.history.push((first.round() as u32, knobs.quality));
                }
                scene.file.history.push((side.round() as u32, knobs.quality));
            }
        }
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        dpi(view.scene)
    }

    fn region(&self, view: &View<'_>) -> Mask {
        view.layers.card.clone()
    }

    fn hides(&self, _view: &View<'_>, field: &FieldView) -> bool {
        !Hindrance { samples: field.hindrance.samples, ..field.hindrance.lifted() }.is_legible()
    }
}

/// True samples per inch in the middle of the card.
fn dpi(scene: &Scene) -> f64 {
    let Stage::Document(desk) = &scene.stage else { return 0.0 };
    dpi_at(scene, &desk.card, DVec2::from(desk.card.size) / 2.0)
}
