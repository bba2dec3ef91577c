//! Glare spots: a lamp or window mirrored in the laminate.

use glam::DVec2;
use retake_label::{Category, Direction, Mask, Role, Thresholds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mirror::{Wanted, brightness, place, reflectance};
use super::{Defect, FieldView, Footprint, Place, Profile, View, knobs};
use crate::Result;
use crate::rng::Stream;
use crate::scene::{Scene, Stage};
use crate::truth::polygon;

/// Glare of a light in the laminate.
pub(super) struct Glare;

/// Share of the card that the mirror image covers at severity 1.
const LARGEST: f64 = 0.34;

/// Mirrored light that clips white print, share of the sensor's white.
const CLIPPING: f64 = 0.4;

/// A field is lost when this share of it is clipped.
const HIDING_SHARE: f64 = 0.3;

/// Mirrored light that is still seen against print, share of white.
const VISIBLE: f32 = 0.02;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    light: Light,
    /// Middle of the image, shares of the card's width and height.
    spot: [f64; 2],
    /// Width over height of the image.
    aspect: f64,
    /// Turn of the image on the card, radians.
    turn: f64,
    /// Distance of the light, mm.
    distance: f64,
    /// How much brighter than needed to clip white print the light is.
    level: f64,
    /// Warmth of the light: red up and blue down by this share.
    warmth: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Light {
    Window,
    Lamp,
    Tube,
}

impl Defect for Glare {
    fn profile(&self) -> Profile {
        Profile {
            category: Category::GLARE,
            summary: "A window, lamp or tube is mirrored in the laminate and clips at the sensor.",
            place: Place::Scene,
            footprint: Footprint::Region,
            roles: &[Role::DocumentFront, Role::DocumentBack],
            measure: "clipped area as a share of the visible card",
            unit: "share of the card",
            direction: Direction::HigherIsWorse,
            thresholds: Thresholds { absent: 0.008, present: 0.03 },
            reason: "A spot of three per cent covers about one field; below one per cent it is smaller than a word.",
        }
    }

    fn draw(&self, rng: &mut Stream, _scene: &Scene) -> Value {
        let light = [Light::Window, Light::Lamp, Light::Tube][rng.weighted(&[0.45, 0.4, 0.15])];
        let wide = match light {
            Light::Window => rng.range(0.6, 1.6),
            Light::Lamp => rng.range(0.85, 1.2),
            Light::Tube => rng.range(5.0, 9.0),
        };
        knobs::write(&Knobs {
            light,
            spot: [rng.range(0.18, 0.82), rng.range(0.2, 0.8)],
            aspect: wide,
            turn: rng.range(-0.8, 0.8),
            distance: if light == Light::Window {
                rng.range(900.0, 2200.0)
            } else {
                rng.range(700.0, 1500.0)
            },
            level: rng.range(1.0, 1.4),
            warmth: if light == Light::Window { rng.range(-0.08, 0.0) } else { rng.range(0.0, 0.18) },
        })
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("glare", knobs)?;
        let Stage::Document(desk) = &scene.stage else { return Ok(()) };
        let card = &desk.card;
        let share = LARGEST * libm::pow(severity, 1.6);
        let round = knobs.light == Light::Lamp;
        let fill = if round { core::f64::consts::PI } else { 4.0 };
        let half = (share * card.size[0] * card.size[1] / fill).sqrt();
        let stretch = knobs.aspect.sqrt();
        let wanted = Wanted {
            spot: DVec2::new(knobs.spot[0] * card.size[0], knobs.spot[1] * card.size[1]),
            half: DVec2::new(half * stretch, half / stretch),
            turn: knobs.turn,
            distance: knobs.distance,
            round,
            luminance: [1.0 + knobs.warmth, 1.0, 1.0 - knobs.warmth],
            kind: match knobs.light {
                Light::Window => "window",
                Light::Lamp => "lamp",
                Light::Tube => "tube",
            },
        };
        let mut light = place(&wanted, card, &scene.camera);
        let bright = brightness(&light, card, &scene.camera, share, CLIPPING) * knobs.level;
        let level = bright * scene.sensor.white / reflectance(card.refractive_index);
        light.luminance = light.luminance.map(|tint| tint * level);
        scene.lights.push(light);
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        view.share_of_card(|i| is_clipped(view, i))
    }

    fn region(&self, view: &View<'_>) -> Mask {
        let layers = view.layers;
        let bits = layers.mirrored.values.iter().map(|mirrored| *mirrored > VISIBLE).collect();
        Mask::from_bits(layers.card.width(), layers.card.height(), bits)
    }

    fn hides(&self, view: &View<'_>, field: &FieldView) -> bool {
        polygon::share_where(&field.quad, &view.layers.card, |i| is_clipped(view, i)) > HIDING_SHARE
    }
}

/// Whether mirrored light, not the hologram's, drives pixel `i` to the sensor's white.
fn is_clipped(view: &View<'_>, i: usize) -> bool {
    let layers = view.layers;
    let glare = layers.mirrored.values[i] - layers.hologram.values[i];
    glare > 0.1 && layers.body.values[i] + layers.veil.values[i] + glare >= 1.0
}
