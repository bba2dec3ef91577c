//! Draws the scene of a selfie: a person in a room, and a phone at arm's length.

use glam::{DVec2, DVec3};

use super::exposure::{develop, draw_file, meter};
use super::framing::{look, resting_shake};
use super::hard_negative::HardNegative;
use super::phone::{Phone, draw_front};
use crate::body::{Appearance, Room};
use crate::color::luminance;
use crate::recipe::{FileOptions, Size};
use crate::rng::Stream;
use crate::scene::{Camera, Scene, Sensor, Stage};

/// About the middle of the face, in the world of a selfie.
const FACE: DVec3 = DVec3::new(0.0, 125.0, 70.0);

/// Height of a face from chin to hairline, and of the top of the hair in the world of a selfie, mm.
const FACE_HEIGHT: f64 = 175.0;
const HAIR_TOP: f64 = 285.0;

/// Albedo of medium skin: what an exposure for faces in general expects.
pub(crate) const MEDIUM_SKIN: f64 = 0.34;

/// The scene of sample `rng` without any defect.
pub(super) fn draw(
    rng: &mut Stream,
    appearance: &Appearance,
    size: Size,
    file: &FileOptions,
    hard_negative: Option<HardNegative>,
) -> Scene {
    let phone = draw_front(rng);
    let today = appearance.another_day(rng);
    let mut room = Room::draw(rng, today);
    let mut least = 0.0;
    if hard_negative == Some(HardNegative::WindowBesideFace) {
        least = rng.range(3.4, 4.5);
        room.window = room.window.take().or_else(|| Some(room.draw_window(rng, 3000.0)));
    }
    calm(&mut room, least);
    let mut camera = draw_camera(rng, &phone, size);
    let sensor = expose(rng, &phone, &mut camera, &room);
    camera.shake = resting_shake(rng, camera.exposure_time);
    let file = draw_file(rng, file, &phone);
    // The room's own lights light the face; area lights are for what laminate mirrors.
    Scene {
        stage: Stage::Selfie(Box::new(room)),
        lights: Vec::new(),
        screens: Vec::new(),
        ambient: [0.0; 3],
        camera,
        sensor,
        file,
    }
}

/// A phone at arm's length, a little above or below the eyes, most often upright.
fn draw_camera(rng: &mut Stream, phone: &Phone, size: Size) -> Camera {
    let upright = rng.chance(0.85);
    let [width, height] = if upright { [size.short, size.long] } else { [size.long, size.short] };
    let distance = rng.range(360.0, 540.0);
    // People come close enough to be seen well, and leave room above their hair.
    let share = if upright { rng.range(0.36, 0.52) } else { rng.range(0.44, 0.58) };
    let aside = rng.normal_within(0.0, 0.05, 2.0);
    // Few people look down at their phone.
    let above = rng.normal_within(0.055, 0.05, 2.0);
    let roll = rng.normal_within(0.0, 0.035, 2.0);
    let tall = phone.sensor * f64::from(height) / f64::from(size.long);
    let zoom = (share * distance * tall / (FACE_HEIGHT * phone.focal_length)).clamp(1.0, 2.0);
    let half = distance * tall / (2.0 * zoom * phone.focal_length);
    let direction = DVec3::new(libm::sin(aside), libm::sin(above), libm::cos(aside)).normalize();
    let position = FACE + direction * distance;
    let lower = rng.normal_within(-25.0, 14.0, 2.0).max(HAIR_TOP - FACE.y - half);
    let aim = FACE + DVec3::new(rng.normal_within(0.0, 10.0, 2.0), lower, 0.0);
    Camera {
        model: phone.model.to_owned(),
        position,
        axes: look((aim - position).normalize(), roll),
        focal_length: phone.focal_length,
        f_number: phone.f_number,
        size: [width, height],
        pixel_pitch: phone.sensor / f64::from(size.long) / zoom,
        principal_point: DVec2::new(f64::from(width) / 2.0, f64::from(height) / 2.0),
        focus_distance: distance,
        exposure_time: 1.0 / 50.0,
        iso: 100.0,
        shake: Vec::new(),
        distortion: 0.0,
        vignetting: rng.range(0.25, 0.7),
        veiling: rng.range(0.004, 0.015),
    }
}

/// Luminance that medium skin has on the face of the person in a room in the mean, cd/m2: what a meter that looks for faces
/// sees. The shares were fitted to rendered faces of several people under single lights all round, which they follow
/// within a tenth as far as lamps hang.
pub(crate) fn face_luminance(room: &Room) -> f64 {
    let mut lux = room.ambient.map(|v| v * AMBIENT_SHARE);
    for light in &room.lights {
        let share = lit_share(libm::acos(libm::cos(light.azimuth) * libm::cos(light.elevation)));
        for (sum, lux) in lux.iter_mut().zip(light.lux) {
            *sum += lux * share;
        }
    }
    MEDIUM_SKIN * f64::from(luminance(lux.map(|v| v as f32))) / core::f64::consts::PI
}

/// What of even light from all round reaches a face: hair, nose and chin keep some from it.
const AMBIENT_SHARE: f64 = 0.84;

/// The mean share of its illuminance that a light gives a face, at an angle from straight before it, radians: Lambert's phase
/// function of a round matt head, less what eyes, nose and mouth shade and swallow, and more from the side, where a face
/// is flatter than a ball.
fn lit_share(angle: f64) -> f64 {
    let pi = core::f64::consts::PI;
    let ball = (libm::sin(angle) + (pi - angle) * libm::cos(angle)) / pi;
    0.67 * ball + 0.07 * libm::pow(libm::sin(angle), 3.0)
}

/// Luminance of a white wall that gets as much light as a face of medium skin, over the face's.
const WHITE_WALL: f64 = 3.2;

/// A window no brighter than a few times the face, and walls that are lit no more than it: what is brighter than that is
/// the defect; and a window no darker than `least` times.
fn calm(room: &mut Room, least: f64) {
    let face = face_luminance(room);
    let walls = &mut room.walls;
    let wall: [f64; 3] = core::array::from_fn(|k| walls.albedo[k] * walls.lux[k] / core::f64::consts::PI);
    let wall = f64::from(luminance(wall.map(|v| v as f32)));
    let dimmed = (WHITE_WALL * face / wall.max(1e-3)).min(1.0);
    walls.lux = walls.lux.map(|v| v * dimmed);
    // An ordinary window keeps some of its sky; one that is told of outshines the face as far as it may.
    let most = if least > 0.0 { 4.5 } else { 2.6 };
    if let Some(window) = &mut room.window {
        let level = f64::from(luminance(window.luminance.map(|v| v as f32)));
        let wanted = level.clamp(least * face, most * face);
        window.luminance = window.luminance.map(|v| v * wanted / level);
    }
}

/// Metering on the face: as phones do that look for faces, most of a skin's difference from medium skin, in
/// stops, is taken out.
fn expose(rng: &mut Stream, phone: &Phone, camera: &mut Camera, room: &Room) -> Sensor {
    let skin = room.appearance.skin.reflectance();
    let face = face_luminance(room) * libm::pow(skin / MEDIUM_SKIN, 0.70);
    let white = face / 0.265 * libm::exp2(rng.normal_within(0.0, 0.16, 2.0));
    meter(camera, white, phone.look.slowest * rng.range(0.7, 1.1));
    let error = rng.normal_within(0.0, 0.012, 2.0);
    let developed = develop(rng, phone, camera, white, [1.0 + error, 1.0, 1.0 - error]);
    // Who photographs faces keeps what is bright around them.
    Sensor { toe: phone.look.toe, shoulder: developed.shoulder - 0.2, ..developed }
}
