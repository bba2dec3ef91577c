//! Draws the scene of a document: a card on a table under the lights of a room, and a phone above it.

use glam::{DMat3, DVec2, DVec3};

use super::exposure::{self, Metered};
use super::framing::{self, Habit};
use super::hard_negative::HardNegative;
use super::held;
use super::lights::{self, Lighting, Room};
use super::phone::draw_main;
use super::things;
use crate::capture::{SURFACES, illuminance, surface_albedo};
use crate::card::Design;
use crate::color::luminance;
use crate::recipe::{FileOptions, Size};
use crate::rng::Stream;
use crate::scene::{CardPose, Desk, Scene, Sensor, Stage, Surface};

/// How much the light on a card may differ from place to place before it is another defect.
const UNEVEN: f64 = 2.3;

/// Share of tables that something lies about on.
const CLUTTERED: f64 = 0.3;

/// What a recipe asks of its captures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order<'a> {
    pub(super) design: &'a Design,
    pub(super) size: Size,
    pub(super) file: &'a FileOptions,
    /// Share of captures that are turned against the card by quarters.
    pub(super) turned: f64,
    /// Share of captures of cards that are held up.
    pub(super) held: f64,
    /// Melanin of whose card it is, 0-1.
    pub(super) skin: f64,
    /// What the capture must look like.
    pub(super) hard_negative: Option<HardNegative>,
}

/// The scene of sample `rng` without any defect.
pub(super) fn draw(rng: &mut Stream, order: &Order<'_>) -> Scene {
    let phone = draw_main(rng);
    let card = draw_card(rng, order.design);
    let mut surface = draw_surface(rng);
    let mut lighting = Lighting::draw(rng);
    let mut habit = Habit::Casual;
    if let Some(hard) = order.hard_negative {
        hard.lay(&mut surface);
        lighting = hard.lighting().unwrap_or(lighting);
        habit = hard.habit();
    }
    if lighting == Lighting::Flash {
        habit = Habit::Leaning;
    }
    let quarters = if rng.chance(order.turned) { [1, 3, 2][rng.weighted(&[0.4, 0.35, 0.25])] } else { 0 };
    let camera = framing::draw(rng, &phone, &card, order.size, habit, quarters);
    let Room { lights, screens, ambient } = lights::draw(rng, lighting, &camera, &card);
    let file = exposure::draw_file(rng, order.file, &phone);
    let around = surface_albedo(&surface);
    let desk = Desk { card, surface, sleeve: None, hands: Vec::new(), held: None };
    let sensor = Sensor::default();
    let mut scene =
        Scene { stage: Stage::Document(Box::new(desk)), lights, screens, ambient, camera, sensor, file };
    let held = rng.chance(order.held) && order.hard_negative.is_none();
    if held {
        held::take_up(rng, &mut scene, order.skin);
    }
    let light = metered(&mut scene, around);
    let cluttered = if held { held::CLUTTERED } else { CLUTTERED };
    if rng.chance(cluttered) && order.hard_negative.is_none() {
        let things = things::draw(rng, &scene);
        if let Stage::Document(desk) = &mut scene.stage {
            desk.surface.clutter = things;
        }
    }
    scene.sensor = exposure::expose(rng, &phone, &mut scene.camera, &light);
    scene.camera.shake = framing::resting_shake(rng, scene.camera.exposure_time);
    scene
}

fn draw_card(rng: &mut Stream, design: &Design) -> CardPose {
    let turn = rng.normal_within(0.0, 0.07, 2.5);
    let bow = rng.range(-0.25, 0.35);
    let seed = rng.word();
    let laminate = &design.laminate;
    CardPose {
        size: design.size,
        corner_radius: design.corner_radius,
        thickness: design.thickness,
        centre: DVec3::new(0.0, 0.0, design.thickness),
        axes: rotation_z(turn),
        roughness: laminate.roughness,
        refractive_index: laminate.refractive_index,
        bow,
        seed,
    }
}

fn rotation_z(turn: f64) -> DMat3 {
    let (s, c) = (libm::sin(turn), libm::cos(turn));
    DMat3::from_cols(DVec3::new(c, s, 0.0), DVec3::new(-s, c, 0.0), DVec3::Z)
}

fn draw_surface(rng: &mut Stream) -> Surface {
    let kind = (*rng.pick(SURFACES)).to_owned();
    let value = rng.range(0.8, 1.15);
    let tint = core::array::from_fn(|_| value * rng.range(0.95, 1.05));
    Surface { kind, tint, turn: rng.range(-0.6, 0.6), seed: rng.word(), clutter: Vec::new() }
}

/// What the phone meters. Lights that make the card too uneven are moved into the room's own light, as if a curtain or a
/// shade were before them.
fn metered(scene: &mut Scene, around: f64) -> Metered {
    let Stage::Document(desk) = &scene.stage else { return Metered::default() };
    let card = desk.card.clone();
    let spots = [0.0, 0.25, 0.5, 0.75, 1.0].map(|x| [0.0, 0.5, 1.0].map(|y| (x, y)));
    let spots: Vec<DVec3> = spots
        .as_flattened()
        .iter()
        .map(|(x, y)| card.at(DVec2::new(x * card.size[0], y * card.size[1])))
        .collect();
    loop {
        let lit: Vec<[f64; 3]> = spots.iter().map(|at| illuminance(scene, *at, card.normal())).collect();
        let level = |e: &[f64; 3]| f64::from(luminance(e.map(|v| v as f32)));
        let (low, high) = lit.iter().map(level).fold((f64::MAX, 0.0f64), |(l, h), e| (l.min(e), h.max(e)));
        if high <= UNEVEN * low || scene.lights.is_empty() {
            let ratio = |e: &[f64; 3]| e[0] / e[2];
            let (a, b) = lit.iter().map(ratio).fold((f64::MAX, 0.0f64), |(l, h), r| (l.min(r), h.max(r)));
            let mixed = (2.0 * libm::log(b / a)).clamp(0.0, 1.0);
            return Metered { middle: lit[lit.len() / 2], most: high, around, mixed };
        }
        diffuse(scene, card.centre);
    }
}

/// Takes the last light away and gives half of its light at a point to the room.
fn diffuse(scene: &mut Scene, at: DVec3) {
    let before = illuminance(scene, at, DVec3::Z);
    scene.lights.pop();
    let after = illuminance(scene, at, DVec3::Z);
    for ((ambient, before), after) in scene.ambient.iter_mut().zip(before).zip(after) {
        *ambient += 0.5 * (before - after);
    }
}
