//! Backlit faces: a window behind the person, and a camera that exposes for it.

use retake_label::{Category, Direction, Mask, Role, Thresholds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Defect, FieldView, Footprint, Place, Profile, View, knobs};
use crate::Result;
use crate::body::Window;
use crate::color::luminance;
use crate::image::LightPlane;
use crate::rng::Stream;
use crate::scene::{Scene, Stage};
use crate::shot::{MEDIUM_SKIN, face_luminance};

/// A face before a window.
pub(super) struct BacklitFace;

/// Stops from the face to the window, just above severity 0 and at severity 1.
const WINDOW: [f64; 2] = [1.6, 7.6];

/// Stops that the light on the face and in the room falls by, at severity 1.
const DIMMED: f64 = 0.8;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    /// The window, for a room that has none behind the person.
    window: Option<Window>,
    /// How far the exposure follows the window, 0-1, at severity 1.
    follows: f64,
    /// Share of the window's light that the lens spreads over what is beside it, at severity 1.
    flare: f64,
}

impl Defect for BacklitFace {
    fn profile(&self) -> Profile {
        Profile {
            category: Category::BACKLIT_FACE,
            summary: "A bright window behind the person; the camera exposes for it and the face goes dark.",
            place: Place::Scene,
            footprint: Footprint::Frame,
            roles: &[Role::Selfie],
            measure: "mean background over mean face, the face taken at the albedo of medium skin",
            unit: "stops",
            direction: Direction::HigherIsWorse,
            thresholds: Thresholds { absent: 1.9, present: 2.5 },
            brink: 0.085,
            reason: "Before a white wall in even light a face is already over one stop under it; from two and a half on \
                     its shadows are lost.",
        }
    }

    fn draw(&self, rng: &mut Stream, scene: &Scene) -> Value {
        let window = match &scene.stage {
            Stage::Selfie(room) => Some(room.draw_window(rng, 1.0)),
            Stage::Document(_) => None,
        };
        knobs::write(&Knobs { window, follows: rng.range(0.3, 0.5), flare: rng.range(0.01, 0.03) })
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("backlit_face", knobs)?;
        let Scene { stage: Stage::Selfie(room), sensor, .. } = scene else { return Ok(()) };
        let stops = WINDOW[0] + (WINDOW[1] - WINDOW[0]) * severity;
        let bright = face_luminance(room) * libm::exp2(stops);
        let dimmed = libm::exp2(-DIMMED * severity);
        room.window = room.window.take().or(knobs.window);
        if let Some(window) = &mut room.window {
            let level = f64::from(luminance(window.luminance.map(|v| v as f32))).max(1e-3);
            let brighter = (bright / level).max(1.0);
            window.luminance = window.luminance.map(|v| v * brighter);
            // Large enough to be seen round the head.
            window.size = [window.size[0].max(1500.0), window.size[1].max(1250.0)];
        }
        for light in &mut room.lights {
            light.lux = light.lux.map(|v| v * dimmed);
        }
        room.ambient = room.ambient.map(|v| v * dimmed);
        room.walls.lux = room.walls.lux.map(|v| v * dimmed);
        room.flare += knobs.flare * severity;
        // Between the exposure for the face and one that keeps the sky just under white.
        let for_window = (bright * 0.9).max(sensor.white);
        sensor.white *= libm::pow(for_window / sensor.white, knobs.follows * severity);
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        let Stage::Selfie(room) = &view.scene.stage else { return 0.0 };
        let layers = view.layers;
        let (Some(face), Some(background)) =
            (mean(&layers.face, &layers.body), mean(&layers.background, &layers.body))
        else {
            return 0.0;
        };
        let skin = room.appearance.skin.reflectance();
        libm::log2(background / (face * MEDIUM_SKIN / skin))
    }

    fn region(&self, view: &View<'_>) -> Mask {
        view.layers.face.clone()
    }

    fn hides(&self, _view: &View<'_>, _field: &FieldView) -> bool {
        false
    }
}

/// Mean of the values under a mask; `None` when it is empty or dark.
fn mean(mask: &Mask, light: &LightPlane) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0u64);
    for (_, value) in mask.bits().zip(light.iter()).filter(|(inside, _)| *inside) {
        sum += f64::from(value);
        count += 1;
    }
    (count > 0 && sum > 0.0).then(|| sum / count as f64)
}
