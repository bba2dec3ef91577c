//! Sleeve reflection: the card is in a clear sleeve whose film mirrors the room.

use glam::DVec2;
use retake_label::{Category, Direction, Mask, Role, Thresholds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mirror::{Wanted, place, reflectance};
use super::{Defect, FieldView, Footprint, Place, Profile, View, knobs};
use crate::Result;
use crate::rng::Stream;
use crate::scene::{Scene, Sleeve, Stage};
use crate::truth::polygon;

/// Reflections of a clear sleeve.
pub(super) struct SleeveReflection;

/// Share of the card that the mirror image would cover at severity 1, were the film flat.
const LARGEST: f64 = 0.75;

/// A field is lost when the contrast of this share of it is cut by more than half.
const HIDING_SHARE: f64 = 0.55;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    margins: [f64; 4],
    wave_height: f64,
    wave_length: f64,
    wave_turn: f64,
    cling: f64,
    seam: f64,
    seed: u64,
    /// Middle of the mirrored light, shares of the card.
    spot: [f64; 2],
    /// Width over height of its image.
    aspect: f64,
    /// Turn of its image, radians.
    turn: f64,
    /// Mirrored luminance over the sensor's white.
    level: f64,
    /// Veil of the film at severity 1, share of light scattered.
    haze: f64,
}

impl Defect for SleeveReflection {
    fn profile(&self) -> Profile {
        Profile {
            category: Category::SLEEVE_REFLECTION,
            summary: "A clear sleeve or film over the card mirrors the room and veils the print.",
            place: Place::Scene,
            footprint: Footprint::Region,
            roles: &[Role::DocumentFront, Role::DocumentBack],
            measure: "area whose contrast the sleeve cuts by more than half",
            unit: "share of the card",
            direction: Direction::HigherIsWorse,
            thresholds: Thresholds { absent: 0.04, present: 0.12 },
            reason: "From an eighth of the card on the ridges cross fields; a sleeve that mirrors little is accepted.",
        }
    }

    fn draw(&self, rng: &mut Stream, _scene: &Scene) -> Value {
        let margin = |rng: &mut Stream| rng.range(1.5, 5.0);
        knobs::write(&Knobs {
            margins: [margin(rng), margin(rng), margin(rng), margin(rng)],
            wave_height: rng.range(0.06, 0.2),
            wave_length: rng.range(12.0, 36.0),
            wave_turn: rng.range(-0.7, 0.7),
            cling: rng.range(0.05, 0.4),
            seam: rng.range(1.0, 2.5),
            // 53 bits, so that the seed survives every reader of JSON.
            seed: rng.word() >> 11,
            spot: [rng.range(0.25, 0.75), rng.range(0.25, 0.75)],
            aspect: rng.range(0.6, 1.8),
            turn: rng.range(-0.6, 0.6),
            level: rng.range(0.5, 1.0),
            haze: rng.range(0.08, 0.16),
        })
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("sleeve_reflection", knobs)?;
        let Scene { stage: Stage::Document(desk), camera, lights, sensor, .. } = scene else { return Ok(()) };
        let sleeve = Sleeve {
            margins: knobs.margins,
            haze: 0.02 + (knobs.haze - 0.02) * severity,
            wave_height: knobs.wave_height,
            wave_length: knobs.wave_length,
            wave_turn: knobs.wave_turn,
            cling: knobs.cling,
            seam: knobs.seam,
            refractive_index: 1.57,
            roughness: 0.04,
            seed: knobs.seed,
        };
        let card = &desk.card;
        let share = LARGEST * libm::pow(severity, 1.6);
        let half = (share * card.size[0] * card.size[1]).sqrt() / 2.0;
        let stretch = knobs.aspect.sqrt();
        // Two more interfaces: the film mirrors about twice as much as one surface does.
        let level = knobs.level * sensor.white / (2.0 * reflectance(sleeve.refractive_index));
        lights.push(place(
            &Wanted {
                spot: DVec2::new(knobs.spot[0] * card.size[0], knobs.spot[1] * card.size[1]),
                half: DVec2::new(half * stretch, half / stretch),
                turn: knobs.turn,
                distance: 1400.0,
                round: false,
                luminance: [0.97 * level, level, 1.05 * level],
                kind: "window",
            },
            card,
            camera,
        ));
        desk.sleeve = Some(sleeve);
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        if !is_sleeved(view) {
            return 0.0;
        }
        view.share_of_card(|i| is_cut(view, i))
    }

    fn region(&self, view: &View<'_>) -> Mask {
        let layers = view.layers;
        let mut region = layers.sleeve.clone();
        if is_sleeved(view) {
            for (bit, mirrored) in region.bits_mut().iter_mut().zip(&layers.mirrored.values) {
                *bit |= *mirrored > 0.012;
            }
        }
        region
    }

    fn hides(&self, view: &View<'_>, field: &FieldView) -> bool {
        is_sleeved(view)
            && polygon::share_where(&field.quad, &view.layers.card, |i| is_cut(view, i)) > HIDING_SHARE
    }
}

fn is_sleeved(view: &View<'_>) -> bool {
    matches!(&view.scene.stage, Stage::Document(desk) if desk.sleeve.is_some())
}

/// Whether added light halves the contrast of black print on a white card at pixel `i`.
///
/// Michelson contrast of white `w` and black `b` under added light `a` is `(w - b) / (w + b + 2 a)`: it
/// is halved where `a` exceeds `(w + b) / 2`. What clips has no contrast left.
fn is_cut(view: &View<'_>, i: usize) -> bool {
    let layers = view.layers;
    let added = layers.veil.values[i] + layers.mirrored.values[i] - layers.hologram.values[i];
    let white = layers.paper.values[i];
    const BLACK_OF_WHITE: f32 = 0.05;
    added > white * (1.0 + BLACK_OF_WHITE) / 2.0 || white + added >= 1.15
}
