//! Draws the scene of a document: a card on a table under the lights of a room, and a phone above it.

use glam::{DMat3, DVec2, DVec3};

use super::phone::{Phone, draw_main};
use crate::capture::{SURFACES, illuminance};
use crate::card::Design;
use crate::recipe::{FileOptions, Size};
use crate::rng::Stream;
use crate::scene::{AreaLight, Camera, CardPose, Desk, FileSpec, Scene, Sensor, Stage, Surface};

/// The scene of sample `rng` without any defect.
pub(super) fn draw(rng: &mut Stream, design: &Design, size: Size, file: &FileOptions) -> Scene {
    let phone = draw_main(rng);
    let card = draw_card(rng, design);
    let surface = draw_surface(rng);
    let room = draw_room(rng);
    let camera = draw_camera(rng, &phone, &card, size);
    let lights = draw_lights(rng, &room, &camera, &card);
    let ambient = room.tint.map(|t| t * room.ambient);
    let file = draw_file(rng, file);
    let (centre, normal) = (card.centre, card.normal());
    let desk = Desk { card, surface, sleeve: None, hands: Vec::new() };
    let sensor = Sensor::default();
    let mut scene = Scene { stage: Stage::Document(Box::new(desk)), lights, ambient, camera, sensor, file };
    let light = illuminance(&scene, centre, normal);
    scene.sensor = expose(rng, &phone, &mut scene.camera, light);
    scene
}

fn draw_card(rng: &mut Stream, design: &Design) -> CardPose {
    let turn = rng.normal_within(0.0, 0.06, 2.5);
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
    Surface { kind, tint, turn: rng.range(-0.6, 0.6), seed: rng.word() }
}

/// The room's general light.
struct RoomLight {
    /// Illuminance from walls and sky, lx.
    ambient: f64,
    /// Colour of that light, linear sRGB, mean about 1.
    tint: [f64; 3],
    /// Whether daylight comes in.
    day: bool,
}

fn draw_room(rng: &mut Stream) -> RoomLight {
    let day = rng.chance(0.6);
    let warmth = if day { rng.range(-0.06, 0.03) } else { rng.range(0.0, 0.12) };
    RoomLight { ambient: rng.log_range(110.0, 420.0), tint: [1.0 + warmth, 1.0, 1.0 - 1.3 * warmth], day }
}

/// A pose as people hold a phone over a card, and a zoom that makes the card fill the drawn share.
fn draw_camera(rng: &mut Stream, phone: &Phone, card: &CardPose, size: Size) -> Camera {
    let upright = rng.chance(0.15);
    let [width, height] = if upright { [size.short, size.long] } else { [size.long, size.short] };
    let tilt = rng.range(0.0, 0.21);
    let heading = rng.range(0.0, core::f64::consts::TAU);
    let distance = rng.range(170.0, 260.0).max(1.3 * card.size[0]);
    let roll = rng.normal_within(0.0, 0.03, 2.5);
    let fill = if upright { rng.range(0.8, 0.93) } else { rng.range(0.66, 0.9) };
    let off = DVec2::new(rng.normal_within(0.0, 0.025, 2.0), rng.normal_within(0.0, 0.025, 2.0));
    let direction = DVec3::new(
        libm::sin(tilt) * libm::cos(heading),
        // People stand on the near side, so the phone leans over from there.
        -libm::sin(tilt) * libm::fabs(libm::sin(heading)),
        libm::cos(tilt),
    );
    let position = card.centre + direction * distance;
    let axes = look(-direction, roll);
    let half_w = f64::from(width) / 2.0;
    let half_h = f64::from(height) / 2.0;
    // The widest zoom at which all corners stay inside the drawn share of the frame.
    let reach = card.corners().iter().fold(DVec2::ZERO, |reach, corner| {
        let p = axes.transpose() * (*corner - position);
        reach.max(DVec2::new((p.x / p.z).abs(), (p.y / p.z).abs()))
    });
    let focal_px = (fill * half_w / reach.x).min(0.9 * half_h / reach.y);
    let margin = DVec2::new(half_w - focal_px * reach.x, half_h - focal_px * reach.y);
    let shift = (off * f64::from(width)).clamp(-margin * 0.6, margin * 0.6);
    let miss = rng.normal_within(0.0, 0.008, 2.0);
    let exposure_phase = rng.range(0.0, core::f64::consts::TAU);
    Camera {
        model: phone.model.to_owned(),
        position,
        axes,
        focal_length: phone.focal_length,
        f_number: phone.f_number,
        size: [width, height],
        pixel_pitch: phone.focal_length / focal_px,
        principal_point: DVec2::new(half_w, half_h) + shift,
        focus_distance: distance * (1.0 + miss),
        exposure_time: 1.0 / 60.0,
        iso: 100.0,
        shake: resting_shake(exposure_phase, rng.range(0.5, 1.0) * 1e-4),
        distortion: rng.range(-0.006, 0.004),
        vignetting: rng.range(0.25, 0.7),
        veiling: rng.range(0.005, 0.02),
    }
}

/// The axes of a camera that looks along `forward`, its top towards `+y`, then rolled.
pub(super) fn look(forward: DVec3, roll: f64) -> DMat3 {
    let right = forward.cross(DVec3::Y).normalize();
    let down = forward.cross(right);
    let (s, c) = (libm::sin(roll), libm::cos(roll));
    DMat3::from_cols(right * c + down * s, down * c - right * s, forward)
}

/// The steady hand: a short arc, `size` radians long.
pub(super) fn resting_shake(phase: f64, size: f64) -> Vec<[f64; 3]> {
    (0..9)
        .map(|i| {
            let t = f64::from(i) / 8.0 - 0.5;
            let (s, c) = (libm::sin(phase + 0.8 * t), libm::cos(phase + 0.8 * t));
            [size * t * c, size * t * s, 0.0]
        })
        .collect()
}

/// One to three lights, none of them mirrored by the card into the picture: that is what glare is.
fn draw_lights(rng: &mut Stream, room: &RoomLight, camera: &Camera, card: &CardPose) -> Vec<AreaLight> {
    let mut lights = Vec::new();
    if room.day {
        lights.push(draw_clear(rng, camera, card, window));
    }
    for _ in 0..(if room.day { rng.below(2) } else { 1 + rng.below(2) }) {
        lights.push(draw_clear(rng, camera, card, lamp));
    }
    lights
}

fn draw_clear(
    rng: &mut Stream,
    camera: &Camera,
    card: &CardPose,
    draw: fn(&mut Stream) -> AreaLight,
) -> AreaLight {
    const TRIES: usize = 40;
    let mut light = draw(rng);
    for _ in 0..TRIES {
        if !is_mirrored(&light, camera, card) {
            break;
        }
        light = draw(rng);
    }
    light
}

/// Whether the mirror image of the light's bounding sphere comes near the card, seen from the camera.
fn is_mirrored(light: &AreaLight, camera: &Camera, card: &CardPose) -> bool {
    let normal = card.normal();
    let above = (camera.position - card.centre).dot(normal);
    let image = camera.position - normal * (2.0 * above);
    let to_light = light.centre - image;
    let rise = to_light.dot(normal);
    if rise <= above {
        return false;
    }
    let spot = image + to_light * (above / rise);
    let radius = (light.half_u.length() + light.half_v.length()) * above / rise;
    let reach = (card.size[0] * card.size[0] + card.size[1] * card.size[1]).sqrt() / 2.0;
    // A tenth of the height is added for the lobe of a rough laminate.
    (spot - card.centre).length() < reach + radius + above * (0.1 + 2.0 * card.roughness)
}

fn window(rng: &mut Stream) -> AreaLight {
    let heading = rng.range(0.0, core::f64::consts::TAU);
    let away = rng.range(900.0, 2200.0);
    let level = rng.log_range(1800.0, 6000.0);
    let side = DVec3::new(libm::cos(heading), libm::sin(heading), 0.0);
    AreaLight {
        kind: "window".to_owned(),
        centre: side * away + DVec3::Z * rng.range(350.0, 800.0),
        half_u: side.cross(DVec3::Z) * rng.range(300.0, 700.0),
        half_v: DVec3::Z * rng.range(350.0, 600.0),
        round: false,
        luminance: [0.95 * level, level, 1.08 * level],
        in_ambient: false,
    }
}

fn lamp(rng: &mut Stream) -> AreaLight {
    let heading = rng.range(0.0, core::f64::consts::TAU);
    let away = rng.range(400.0, 1500.0);
    let radius = rng.range(60.0, 220.0);
    // A lamp is as bright as its size lets it light the table.
    let level = rng.log_range(4000.0, 12_000.0);
    AreaLight {
        kind: "lamp".to_owned(),
        centre: DVec3::new(libm::cos(heading) * away, libm::sin(heading) * away, rng.range(900.0, 1700.0)),
        half_u: DVec3::X * radius,
        half_v: DVec3::Y * radius,
        round: true,
        luminance: [1.1 * level, level, 0.82 * level],
        in_ambient: false,
    }
}

/// Metering as a phone does it: exposure time and ISO for the light, white a little off, white balance
/// that takes out most of the light's colour.
fn expose(rng: &mut Stream, phone: &Phone, camera: &mut Camera, light: [f64; 3]) -> Sensor {
    let white_card = 0.8 * light[1] / core::f64::consts::PI;
    let error = rng.normal_within(0.0, 0.16, 2.0);
    let white = white_card / 0.72 * libm::exp2(error);
    meter(camera, white, 1.0 / rng.range(40.0, 90.0));
    let adapted = rng.range(0.8, 0.98);
    let cast = |k: usize| 1.0 + (light[k] / light[1] - 1.0) * (1.0 - adapted);
    let error = rng.normal_within(0.0, 0.012, 2.0);
    let white_balance =
        [cast(0) * light[1] / light[0] * (1.0 + error), 1.0, cast(2) * light[1] / light[2] * (1.0 - error)];
    Sensor {
        white,
        white_balance,
        sampling: (camera.pixel_pitch / phone.pitch()).min(1.0),
        full_well: phone.full_well,
        read_noise: phone.read_noise,
        denoise: rng.range(0.3, 0.7),
        sharpen: rng.range(0.35, 0.8),
        shoulder: rng.range(0.66, 0.8),
        noise_seed: rng.word(),
    }
}

/// Sets exposure time and ISO for a luminance stored as white, the time no longer than `slowest` while the ISO allows it.
///
/// ISO 2720: N^2 / t = L S / K with K = 12.5 and L the mean luminance, mid grey being 18 % of white.
pub(super) fn meter(camera: &mut Camera, white: f64, slowest: f64) {
    let mean = 0.18 * white / 0.66;
    let n2 = camera.f_number * camera.f_number;
    camera.iso = (12.5 * n2 / (slowest * mean)).clamp(50.0, 1600.0);
    camera.exposure_time = (12.5 * n2 / (camera.iso * mean)).clamp(1.0 / 2000.0, 1.0 / 15.0);
}

/// File settings as phones have them.
pub(super) fn draw_file(rng: &mut Stream, options: &FileOptions) -> FileSpec {
    let [low, high] = options.quality;
    FileSpec {
        format: options.format,
        quality: rng.integer(i64::from(low), i64::from(high)) as u8,
        subsample: rng.chance(0.7),
        history: Vec::new(),
    }
}
