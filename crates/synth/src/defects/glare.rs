//! Glare: a window, lamp, tube, panel or the phone's own flash mirrored in the laminate.

use glam::DVec2;
use retake_label::{Category, Direction, Mask, Role, Thresholds};
use retake_simd::kernel;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fixture::{Fixture, Look};
use super::mirror::{Wanted, brightness, half_covering};
use super::{Defect, FieldView, Footprint, Light, Place, Profile, View, knobs};
use crate::Result;
use crate::capture::fresnel;
use crate::rng::Stream;
use crate::scene::{Scene, Stage};

/// Glare of a light in the laminate.
pub(super) struct Glare;

/// Share of the card that the mirror image covers at severity 1: hardly a field is left.
const LARGEST: f64 = 0.88;

/// How the covered share grows with severity: slowly while spots lie between the fields, fast where they take them.
const GROWTH: f64 = 1.5;

/// Mirrored light in the image's core, share of the sensor's white: print clips as paper does. A lamp is many times
/// brighter than that, and what is over white does not show.
const CORE: f64 = 1.8;

/// Mirrored light that clips white print, share of the sensor's white.
const CLIPPING: f64 = 0.4;

/// The same just above severity 0, as a share: a sheen that hardly shows. From severity `CLIPS` on it clips.
const FAINT: f64 = 0.25;
const CLIPS: f64 = 0.3;

/// How far a rough laminate may spread what clips, over the image's own share of the card: a matte card dulls a light
/// into a sheen.
const SHEEN: f64 = 1.45;

/// Share of an image's box that is bright.
const FILLED: f64 = 0.5;

/// Half width of the flash's image on the card, mm, just above severity 0 and at severity 1.
const FLASH: [f64; 2] = [1.5, 20.0];

/// Share of the card that clips about a flash, over its disc: no other light is as small, none as bright.
const ABOUT_FLASH: f64 = 2.5;

/// Stops that a meter takes off where the image covers the whole card: more than a clipped third of a picture would cost
/// without highlight weighting, less than it takes to hold the lamp.
const HELD_BACK: f64 = 1.2;

/// Mirrored light that is still seen against print, share of white.
const VISIBLE: f32 = 0.02;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    look: Look,
    /// Middle of the image, shares of the card's width and height.
    spot: [f64; 2],
    /// Turn of the image on the card, radians.
    turn: f64,
    /// Distance of the light, mm.
    distance: f64,
    /// How much brighter than needed the light is.
    level: f64,
}

impl Defect for Glare {
    fn profile(&self) -> Profile {
        Profile {
            category: Category::GLARE,
            summary: "A window, lamp, tube, panel or the flash is mirrored in the laminate and clips at the sensor.",
            place: Place::Scene,
            footprint: Footprint::Region,
            roles: &[Role::DocumentFront, Role::DocumentBack],
            measure: "clipped area as a share of the visible card",
            unit: "share of the card",
            direction: Direction::HigherIsWorse,
            thresholds: Thresholds { absent: 0.03, present: 0.06 },
            brink: 0.115,
            reason: "Up to three per cent a spot hides at most a word; from six per cent on, a figure that capture products use as \
                     well, it takes whole fields.",
        }
    }

    fn draw(&self, rng: &mut Stream, _scene: &Scene) -> Value {
        const KINDS: [Fixture; 5] =
            [Fixture::Window, Fixture::Lamp, Fixture::Tubes, Fixture::Panel, Fixture::Flash];
        let kind = KINDS[rng.weighted(&[0.4, 0.2, 0.18, 0.14, 0.08])];
        let look = Look::draw(rng, kind);
        let far = rng.unit();
        let distance = match look.fixture {
            Fixture::Window => 900.0 + 1300.0 * far,
            Fixture::Flash => 180.0 + 80.0 * far,
            _ => 700.0 + 800.0 * far,
        };
        knobs::write(&Knobs {
            look,
            // Where print is on most cards, so that its area tells what it hides.
            spot: [rng.range(0.28, 0.8), rng.range(0.25, 0.75)],
            turn: rng.range(-0.8, 0.8),
            distance,
            level: rng.range(1.0, 1.3),
        })
    }

    fn held_back(&self, severity: f64) -> f64 {
        HELD_BACK * share(severity)
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("glare", knobs)?;
        let Scene { stage: Stage::Document(desk), camera, lights, sensor, .. } = scene else { return Ok(()) };
        let card = &desk.card;
        let share = share(severity);
        let spot = DVec2::new(knobs.spot[0] * card.size[0], knobs.spot[1] * card.size[1]);
        let (half, share) = match knobs.look.fixture {
            Fixture::Flash => {
                let radius = FLASH[0] + (FLASH[1] - FLASH[0]) * severity;
                let disc = core::f64::consts::PI * radius * radius / (card.size[0] * card.size[1]);
                (DVec2::splat(radius), share.min(ABOUT_FLASH * disc))
            }
            _ => (half_covering(card, spot, knobs.turn, knobs.look.aspect, share), share),
        };
        let panes = knobs.look.panes();
        let wanted = Wanted {
            panes: &panes,
            spot,
            half,
            turn: knobs.turn,
            distance: knobs.distance,
            tint: knobs.look.tint(sensor.white_balance),
            kind: knobs.look.kind(),
        };
        let mut placed = wanted.place(card, camera);
        // Bars, corners and the rim of a shade leave a part of it dim.
        let core = brightness(&placed, card, camera, FILLED * share, CORE);
        let clipping = CLIPPING * (FAINT + (1.0 - FAINT) * (severity / CLIPS).min(1.0));
        let sheen = brightness(&placed, card, camera, (SHEEN * share).min(1.0), clipping);
        let bright = core.min(sheen) * knobs.level;
        let level = bright * sensor.white / fresnel(card.refractive_index, 1.0);
        placed.iter_mut().for_each(|light| light.luminance = light.luminance.map(|v| v * level));
        lights.extend(placed);
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        glared(view)
    }

    fn region(&self, view: &View<'_>) -> Mask {
        let layers = view.layers;
        let bits = layers.mirrored.iter().map(|mirrored| mirrored > VISIBLE);
        Mask::from_bits(layers.card.width(), layers.card.height(), bits)
    }

    fn hides(&self, _view: &View<'_>, field: &FieldView) -> bool {
        field.is_lost_with(|letter| letter.framed().is_hidden(letter.bleached))
    }
}

/// Share of the card that the mirror image covers.
fn share(severity: f64) -> f64 {
    LARGEST * libm::pow(severity, GROWTH)
}

kernel! {
    /// Share of the visible card that mirrored light drives to white.
    fn glared(view: &View<'_>) -> f64 {
        view.share_of_card(Light::is_glare)
    }
}
