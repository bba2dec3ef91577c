//! Sleeve reflection: the card is in a clear sleeve whose film mirrors the room.

use glam::DVec2;
use retake_label::{Category, Direction, Mask, Role, Thresholds};
use retake_simd::kernel;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fixture::{Fixture, Look, Pane};
use super::mirror::{Wanted, half_covering};
use super::{Defect, FieldView, Footprint, Light, Place, Profile, View, knobs};
use crate::Result;
use crate::capture::fresnel;
use crate::rng::Stream;
use crate::scene::{Scene, Sleeve, Stage};

/// Reflections of a clear sleeve.
pub(super) struct SleeveReflection;

/// Share of the card that the mirror images would cover at severity 1, were the film flat.
const LARGEST: f64 = 0.84;

/// Share of it that the largest image takes.
const MAIN: f64 = 0.42;

/// Places that one is chosen from, the farthest from the other images.
const PLACES: usize = 4;

/// How that share grows with severity.
const GROWTH: f64 = 1.5;

/// Mirrored light, shares of the sensor's white, just above severity 0 and at severity 1: a sheen, then no print shows
/// through.
const LEVELS: [f64; 2] = [0.9, 2.7];

/// Stops that a meter takes off at severity 1.
const HELD_BACK: f64 = 1.0;

/// Veil of a film that hardly shows, share of light scattered.
const CLEAREST: f64 = 0.02;

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
    /// The lights of the room that the film mirrors.
    reflections: Vec<Reflection>,
    /// Veil of the film at severity 1, share of light scattered.
    haze: f64,
}

/// A light in the film.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reflection {
    look: Look,
    /// Its middle, shares of the card.
    spot: [f64; 2],
    /// Turn of its image, radians.
    turn: f64,
    /// Share of all that is mirrored.
    share: f64,
    /// Luminance over that of the others.
    level: f64,
}

impl Reflection {
    /// One more beside `others`: lights that stand apart in the room are mirrored apart, so that their images share the card.
    fn draw(rng: &mut Stream, fixture: Fixture, share: f64, others: &[Self]) -> Self {
        let mut place = || [rng.range(0.15, 0.85), rng.range(0.15, 0.85)];
        let places: [[f64; 2]; PLACES] = core::array::from_fn(|_| place());
        let apart = |[x, y]: [f64; 2]| {
            let nearest = others.iter().map(|other| {
                let [dx, dy] = [x - other.spot[0], y - other.spot[1]];
                dx * dx + dy * dy
            });
            nearest.fold(f64::MAX, f64::min)
        };
        let spot =
            places.into_iter().fold(places[0], |best, p| if apart(p) > apart(best) { p } else { best });
        Self {
            look: Look::draw(rng, fixture).in_one_row(),
            spot,
            turn: rng.range(-0.7, 0.7),
            share,
            level: rng.range(0.75, 1.15),
        }
    }
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
            thresholds: Thresholds { absent: 0.1, present: 0.2 },
            brink: 0.14,
            reason: "On a tenth of the card streaks take no field; from a fifth on they begin to.",
        }
    }

    fn draw(&self, rng: &mut Stream, _scene: &Scene) -> Value {
        let margin = |rng: &mut Stream| rng.range(1.5, 5.0);
        let margins = [margin(rng), margin(rng), margin(rng), margin(rng)];
        let first = [Fixture::Window, Fixture::Panel][rng.weighted(&[0.7, 0.3])];
        let mut reflections = vec![Reflection::draw(rng, first, MAIN, &[])];
        let more = 2 + rng.below(2);
        for _ in 0..more {
            let kind = [Fixture::Tubes, Fixture::Lamp, Fixture::Window][rng.weighted(&[0.45, 0.3, 0.25])];
            reflections.push(Reflection::draw(rng, kind, (1.0 - MAIN) / more as f64, &reflections));
        }
        knobs::write(&Knobs {
            margins,
            wave_height: rng.range(0.3, 0.6),
            wave_length: rng.range(13.0, 26.0),
            wave_turn: rng.range(-0.7, 0.7),
            cling: rng.range(0.05, 0.4),
            seam: rng.range(1.0, 2.5),
            // 53 bits, so that the seed survives every reader of JSON.
            seed: rng.word() >> 11,
            reflections,
            haze: rng.range(0.1, 0.2),
        })
    }

    fn held_back(&self, severity: f64) -> f64 {
        HELD_BACK * grown(severity)
    }

    fn apply(&self, scene: &mut Scene, knobs: &Value, severity: f64) -> Result<()> {
        let knobs: Knobs = knobs::read("sleeve_reflection", knobs)?;
        let Scene { stage: Stage::Document(desk), camera, lights, sensor, .. } = scene else { return Ok(()) };
        let sleeve = Sleeve {
            margins: knobs.margins,
            haze: CLEAREST + (knobs.haze - CLEAREST) * severity,
            wave_height: knobs.wave_height,
            wave_length: knobs.wave_length,
            wave_turn: knobs.wave_turn,
            cling: knobs.cling,
            seam: knobs.seam,
            refractive_index: 1.57,
            roughness: 0.014,
            seed: knobs.seed,
        };
        let card = &desk.card;
        let share = LARGEST * grown(severity);
        // Two more interfaces: the film mirrors about twice as much as one surface does.
        let white = sensor.white / (2.0 * fresnel(sleeve.refractive_index, 1.0));
        let level = white * (LEVELS[0] + (LEVELS[1] - LEVELS[0]) * severity);
        for reflection in &knobs.reflections {
            let spot = DVec2::new(reflection.spot[0] * card.size[0], reflection.spot[1] * card.size[1]);
            let look = &reflection.look;
            // What a film shows of a light is broken up by its waves; the dim surroundings are lost in the haze.
            let panes: Vec<Pane> = look.panes().into_iter().filter(|pane| pane.level > 0.6).collect();
            let tint = look.tint(sensor.white_balance).map(|tint| tint * level * reflection.level);
            let half = half_covering(card, spot, reflection.turn, look.aspect, share * reflection.share);
            let (turn, kind) = (reflection.turn, look.kind());
            let wanted = Wanted { panes: &panes, spot, half, turn, distance: 1400.0, tint, kind };
            lights.extend(wanted.place(card, camera));
        }
        desk.sleeve = Some(sleeve);
        Ok(())
    }

    fn measure(&self, view: &View<'_>) -> f64 {
        if !is_sleeved(view) {
            return 0.0;
        }
        cut(view)
    }

    fn region(&self, view: &View<'_>) -> Mask {
        let layers = view.layers;
        let mut region = layers.sleeve.clone();
        if is_sleeved(view) {
            let mirrored = layers.mirrored.iter().enumerate().filter(|(_, mirrored)| *mirrored > 0.012);
            mirrored.for_each(|(i, _)| region.put(i));
        }
        region
    }

    fn hides(&self, view: &View<'_>, field: &FieldView) -> bool {
        is_sleeved(view) && field.is_lost_with(|letter| letter.framed().is_hidden(letter.faded))
    }
}

/// How far what the film mirrors has grown, 0-1.
fn grown(severity: f64) -> f64 {
    libm::pow(severity, GROWTH)
}

fn is_sleeved(view: &View<'_>) -> bool {
    matches!(&view.scene.stage, Stage::Document(desk) if desk.sleeve.is_some())
}

kernel! {
    /// Share of the visible card on which print is cut.
    fn cut(view: &View<'_>) -> f64 {
        view.share_of_card(is_cut)
    }
}

/// Whether added light halves the contrast of black print on a white card.
///
/// Michelson contrast of white `w` and black `b` under added light `a` is `(w - b) / (w + b + 2 a)`: it
/// is halved where `a` exceeds `(w + b) / 2`. What clips has no contrast left.
#[inline(always)]
fn is_cut(light: &Light) -> bool {
    let added = light.veil + light.mirrored - light.hologram;
    const BLACK_OF_WHITE: f32 = 0.05;
    (added > light.paper * (1.0 + BLACK_OF_WHITE) / 2.0) | (light.paper + added >= 1.15)
}
