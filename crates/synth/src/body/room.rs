//! A person in a room, as plain data: what a selfie shows.
//!
//! Light is in physical units on both sides of the person, so that a face before a window is too dark for the
//! reason that it is too dark in life: the camera exposes for a window of some thousand candela per square
//! metre, and the lamps give the face a hundred lux.

use serde::{Deserialize, Serialize};

use super::appearance::Appearance;
use super::figure::{Gaze, HeadPose, Trunk};
use super::furniture::{self, Furniture};
use super::mesh::Weights;
use super::portrait::neutral;
use crate::color::srgb_to_linear;
use crate::rng::Stream;

/// A person in a room. The world of a selfie: mm, origin at the base of the neck, `+y` up, `+z` out of the
/// face, `+x` to the person's left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Who it is.
    pub appearance: Appearance,
    /// How the head is held.
    pub head: HeadPose,
    /// How the body is held below it.
    #[serde(default)]
    pub trunk: Trunk,
    /// Which way the eyes look, against the head.
    pub gaze: Gaze,
    /// Expression: weights of the head's morph targets `act/*`.
    pub expression: Weights,
    /// Lights on the face, strongest first.
    pub lights: Vec<FaceLight>,
    /// Illuminance from walls and ceiling on an upright surface of the room, lx per linear sRGB channel.
    pub ambient: [f64; 3],
    /// The walls.
    pub walls: Walls,
    /// The window in the wall behind the person.
    pub window: Option<Window>,
    /// Things at the wall behind.
    pub decor: Vec<Decor>,
    /// What stands or hangs before that wall, the farthest first.
    #[serde(default)]
    pub furniture: Vec<Furniture>,
    /// Share of the light around a point that the lens spreads over it (0.005 clean, 0.08 greasy): what
    /// veils hair and cheeks before a bright window.
    pub flare: f64,
    /// Seed of what is too fine to name: spines of books, clouds, the weave of a curtain.
    pub seed: u64,
}

/// A distant light before or beside the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaceLight {
    /// Direction round the person, radians: 0 is straight before the face, positive to the person's left.
    pub azimuth: f64,
    /// Direction over the horizon, radians.
    pub elevation: f64,
    /// Angular radius, radians: 0.05 is a bare bulb, 0.5 a large window.
    pub radius: f64,
    /// Illuminance on a surface that faces it, lx per linear sRGB channel.
    pub lux: [f64; 3],
}

/// The box of the room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walls {
    /// How far behind the person the wall is, mm.
    pub distance: f64,
    /// Where the walls to the person's right and left are, mm (negative and positive x).
    pub sides: [f64; 2],
    /// Height of floor and ceiling against the base of the neck, mm.
    pub floor_ceiling: [f64; 2],
    /// Albedo of the walls, linear sRGB.
    pub albedo: [f64; 3],
    /// Illuminance on the wall behind, lx per linear sRGB channel.
    pub lux: [f64; 3],
}

/// A window with daylight behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Its middle on the wall, mm (x, y).
    pub centre: [f64; 2],
    /// Its width and height, mm.
    pub size: [f64; 2],
    /// Mean luminance of what is seen through it, cd/m2 per linear sRGB channel: 2000-8000 for an overcast sky.
    pub luminance: [f64; 3],
    /// Height of the skyline, share of the window (0: nothing but sky).
    pub skyline: f64,
    /// Panes across and down.
    pub panes: [u32; 2],
    /// Width of a curtain on each side, share of the window's width (0: none).
    pub curtain: f64,
}

/// A flat thing at the wall behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decor {
    /// What it is.
    pub kind: DecorKind,
    /// Its middle on the wall, mm (x, y).
    pub centre: [f64; 2],
    /// Its width and height, mm.
    pub size: [f64; 2],
    /// Albedo of its main colour, linear sRGB.
    pub albedo: [f64; 3],
}

/// Kinds of things at a wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecorKind {
    /// Boards with books.
    Shelf,
    /// A framed picture.
    Picture,
    /// A door with its frame.
    Door,
    /// A cupboard with two wings.
    Cupboard,
}

/// Colour of a light by its correlated temperature, K (1500-15000): linear sRGB with luminance 1. Chromaticity
/// of the Planckian locus after Krystek (1985).
fn warmth(kelvin: f64) -> [f64; 3] {
    let t = kelvin;
    let u = (0.860_117_757 + 1.541_182_54e-4 * t + 1.286_412_12e-7 * t * t)
        / (1.0 + 8.424_202_35e-4 * t + 7.081_451_63e-7 * t * t);
    let v = (0.317_398_726 + 4.228_062_45e-5 * t + 4.204_816_91e-8 * t * t)
        / (1.0 - 2.897_418_16e-5 * t + 1.614_560_53e-7 * t * t);
    let (x, y) = (3.0 * u / (2.0 * u - 8.0 * v + 4.0), 2.0 * v / (2.0 * u - 8.0 * v + 4.0));
    let (big_x, big_z) = (x / y, (1.0 - x - y) / y);
    [
        3.2406 * big_x - 1.5372 - 0.4986 * big_z,
        -0.9689 * big_x + 1.8758 + 0.0415 * big_z,
        0.0557 * big_x - 0.2040 + 1.0570 * big_z,
    ]
    .map(|c| c.max(0.02))
}

/// The same colour, nearer to white as a camera's white balance leaves it.
fn balanced(kelvin: f64, level: f64) -> [f64; 3] {
    warmth(kelvin).map(|c| level * libm::pow(c, 0.35))
}

impl Room {
    /// Draws a well-lit room for a person: the face gets at least about as much light as what is behind.
    pub fn draw(rng: &mut Stream, appearance: Appearance) -> Self {
        let held = HeadPose {
            yaw: rng.normal_within(0.0, 0.115, 2.0),
            pitch: rng.normal_within(-0.025, 0.045, 2.0),
            roll: rng.normal_within(0.0, 0.024, 2.0),
        };
        let gaze = Gaze {
            yaw: rng.normal_within(0.0, 0.04, 2.0) - held.yaw,
            pitch: rng.normal_within(0.02, 0.03, 2.0) - held.pitch,
            // Eyes 62 mm apart look at a phone at some 40 cm.
            vergence: 0.075,
        };
        let (expression, trunk) = (mood(rng), draw_trunk(rng));
        let level = rng.log_range(150.0, 500.0);
        let kelvin = rng.range(3200.0, 6500.0);
        let lights = draw_lights(rng, level, kelvin);
        let walls = draw_walls(rng, level, kelvin);
        let window = rng.chance(0.4).then(|| draw_window(rng, &walls, level));
        let decor = draw_decor(rng, &walls, window.as_ref());
        let ambient = balanced(0.5 * (kelvin + 5000.0), level * rng.range(0.10, 0.30));
        let (flare, seed) = (rng.log_range(0.006, 0.03), rng.word());
        let furniture = furniture::draw(rng, &walls);
        Self {
            appearance,
            head: held,
            trunk,
            gaze,
            expression,
            lights,
            ambient,
            walls,
            window,
            decor,
            furniture,
            flare,
            seed,
        }
    }

    /// A window for the wall behind this person, so placed that it fills much of what the camera sees there.
    pub fn draw_window(&self, rng: &mut Stream, luminance: f64) -> Window {
        let mut window = draw_window(rng, &self.walls, luminance);
        window.luminance = balanced(6500.0, luminance);
        window
    }
}

/// What lights the face: a window beside the person, a lamp at the ceiling or one that stands in the room, and what
/// comes back from the other side. Few people sit straight before their light.
fn draw_lights(rng: &mut Stream, level: f64, kelvin: f64) -> Vec<FaceLight> {
    let aside = rng.range(-1.0, 1.0);
    let side = if aside < 0.0 { -1.0 } else { 1.0 };
    let azimuth = side * (0.42 + 0.86 * aside.abs());
    let (high, size) = (rng.unit(), rng.unit());
    let strong = rng.range(0.75, 1.35);
    // Azimuth, elevation, radius.
    let (azimuth, elevation, radius) = match rng.weighted(&[0.46, 0.38, 0.16]) {
        0 => (azimuth, 0.22 + 0.5 * high, 0.20 + 0.22 * size),
        1 => (0.7 * azimuth, 0.74 + 0.36 * high, 0.08 + 0.16 * size),
        _ => (azimuth, 0.1 + 0.5 * high, 0.06 + 0.10 * size),
    };
    let key = FaceLight { azimuth, elevation, radius, lux: balanced(kelvin, level * strong) };
    let fill = FaceLight {
        azimuth: -side * rng.range(0.5, 1.5),
        elevation: rng.range(-0.1, 0.5),
        radius: 0.5,
        lux: balanced(5500.0, level * rng.range(0.03, 0.16)),
    };
    vec![key, fill]
}

/// One arm holds the phone, mostly the right, and its shoulder is turned to it.
fn draw_trunk(rng: &mut Stream) -> Trunk {
    let left = rng.chance(0.35);
    let out = rng.range(0.25, 1.0);
    let yaw = 0.05 + 0.2 * out * rng.unit() + rng.normal_within(0.0, 0.05, 2.0);
    Trunk { yaw: if left { -yaw } else { yaw }, reach: if left { [0.0, out] } else { [out, 0.0] } }
}

/// The face people make at their phone: often a smile, which also narrows the eyes and lifts the cheeks.
fn mood(rng: &mut Stream) -> Weights {
    // A mood leaves less of the resting face.
    let mut expression = neutral(rng);
    expression.values_mut().for_each(|weight| *weight *= 0.35);
    let smile = if rng.chance(0.65) { rng.range(0.08, 0.38) } else { 0.0 };
    let raised = if rng.chance(0.3) { rng.range(0.07, 0.27) } else { 0.0 };
    // Light makes people squint; attention opens their eyes.
    let [squint, frown] = [0.25, 0.14].map(|most| most * rng.unit() * rng.unit());
    let wide = if rng.chance(0.3) { rng.range(0.04, 0.14) } else { 0.0 };
    for side in ["Left", "Right"] {
        for (action, weight) in [
            ("mouthSmile", smile),
            ("eyeWide", wide),
            ("browDown", frown),
            ("cheekSquint", 0.5 * smile),
            ("eyeSquint", 0.3 * smile + squint),
            ("browOuterUp", raised),
        ] {
            *expression.entry(format!("act/{action}{side}")).or_default() += weight;
        }
    }
    *expression.entry("act/browInnerUp".to_owned()).or_default() += 0.25 * raised;
    // Lips at ease may part a little.
    let open = if smile > 0.20 && rng.chance(0.4) { rng.range(0.03, 0.08) } else { rng.range(0.0, 0.025) };
    expression.insert("act/jawOpen".to_owned(), open);
    expression
}

fn draw_walls(rng: &mut Stream, level: f64, kelvin: f64) -> Walls {
    const PAINTS: [[f64; 3]; 7] = [
        [0.91, 0.90, 0.88],
        [0.87, 0.85, 0.81],
        [0.78, 0.785, 0.78],
        [0.68, 0.71, 0.73],
        [0.73, 0.735, 0.69],
        [0.80, 0.755, 0.71],
        [0.56, 0.58, 0.60],
    ];
    Walls {
        distance: rng.range(700.0, 3200.0),
        sides: [-rng.range(900.0, 2600.0), rng.range(900.0, 2600.0)],
        floor_ceiling: [-rng.range(1050.0, 1450.0), rng.range(900.0, 1300.0)],
        albedo: rng.pick(&PAINTS).map(srgb_to_linear),
        lux: balanced(kelvin, level * rng.range(0.5, 0.9)),
    }
}

fn draw_window(rng: &mut Stream, walls: &Walls, level: f64) -> Window {
    let size = [rng.range(900.0, 1900.0), rng.range(1000.0, 1500.0)];
    let spread = 0.25 * walls.distance;
    Window {
        centre: [rng.range(-1.0, 1.0) * spread, rng.range(100.0, 350.0)],
        size,
        luminance: balanced(6500.0, level * rng.range(0.4, 1.6)),
        skyline: rng.range(0.0, 0.55),
        panes: [rng.integer(1, 3) as u32, rng.integer(1, 2) as u32],
        curtain: if rng.chance(0.5) { rng.range(0.08, 0.3) } else { 0.0 },
    }
}

fn draw_decor(rng: &mut Stream, walls: &Walls, window: Option<&Window>) -> Vec<Decor> {
    let kinds =
        [DecorKind::Shelf, DecorKind::Picture, DecorKind::Picture, DecorKind::Door, DecorKind::Cupboard];
    let mut decor: Vec<Decor> = Vec::new();
    let [floor, _] = walls.floor_ceiling;
    for _ in 0..rng.integer(1, 4) {
        let kind = *rng.pick(&kinds);
        let x = rng.range(walls.sides[0].max(-1700.0), walls.sides[1].min(1700.0));
        let wood = rng.range(0.25, 0.8);
        let (centre, size) = match kind {
            DecorKind::Shelf => {
                ([x, rng.range(0.0, 350.0)], [rng.range(700.0, 1300.0), rng.range(500.0, 1300.0)])
            }
            DecorKind::Picture => {
                ([x, rng.range(150.0, 450.0)], [rng.range(250.0, 700.0), rng.range(250.0, 600.0)])
            }
            DecorKind::Door => ([x, floor + 1010.0], [900.0, 2020.0]),
            DecorKind::Cupboard => ([x, floor + 950.0], [rng.range(900.0, 1500.0), 1900.0]),
        };
        let green = wood * rng.range(0.72, 1.0);
        let colored = [wood, green, green * rng.range(0.6, 1.0)];
        let apart = |other_centre: [f64; 2], other_size: [f64; 2]| {
            (centre[0] - other_centre[0]).abs() > (size[0] + other_size[0]) / 2.0 + 60.0
        };
        let free =
            decor.iter().all(|d| apart(d.centre, d.size)) && window.is_none_or(|w| apart(w.centre, w.size));
        if free {
            decor.push(Decor { kind, centre, size, albedo: colored.map(srgb_to_linear) });
        }
    }
    decor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Sex;

    #[test]
    fn a_room_survives_json() {
        let person = Appearance::draw(&mut Stream::new("person", 1, 1), Sex::Female, 33.0);
        for i in 0..20 {
            let room = Room::draw(&mut Stream::new("room", 1, i), person.clone());
            let text = serde_json::to_string(&room).unwrap();
            assert_eq!(serde_json::from_str::<Room>(&text).unwrap(), room);
        }
    }

    #[test]
    fn warm_light_is_red_and_daylight_is_white() {
        let [r, _, b] = warmth(2700.0);
        assert!(r > 2.0 * b);
        let white = warmth(6500.0);
        assert!(white.iter().all(|c| (c - 1.0).abs() < 0.08), "{white:?}");
    }
}
