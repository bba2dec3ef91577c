//! Draws the light of a room in which a card is photographed, and what stands in its way.
//!
//! No light is mirrored by the card into the picture: that is what glare is.

use core::f64::consts::{PI, TAU};

use glam::DVec3;

use crate::rng::Stream;
use crate::scene::{AreaLight, Camera, CardPose, Screen};

/// Where the light comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lighting {
    /// A window.
    Day,
    /// A window, and a lamp of another colour.
    Mixed,
    /// Ceiling lamps.
    Evening,
    /// Tubes or panels of an office.
    Office,
    /// A desk lamp close by.
    DeskLamp,
    /// The sun through a window.
    Sun,
    /// The phone's flash in a dim room.
    Flash,
    /// A lamp right above: what a phone that is not tilted would see mirrored.
    Overhead,
}

impl Lighting {
    pub(super) fn draw(rng: &mut Stream) -> Self {
        const KINDS: [(Lighting, f64); 7] = [
            (Lighting::Day, 0.26),
            (Lighting::Mixed, 0.17),
            (Lighting::Evening, 0.19),
            (Lighting::Office, 0.10),
            (Lighting::DeskLamp, 0.13),
            (Lighting::Sun, 0.10),
            (Lighting::Flash, 0.05),
        ];
        KINDS[rng.weighted(&KINDS.map(|(_, weight)| weight))].0
    }
}

/// The light of a room.
pub(super) struct Room {
    pub(super) lights: Vec<AreaLight>,
    pub(super) screens: Vec<Screen>,
    /// Illuminance from walls and sky, lx per channel.
    pub(super) ambient: [f64; 3],
}

/// Draws lights, their shadows and the room's own light.
pub(super) fn draw(rng: &mut Stream, lighting: Lighting, camera: &Camera, card: &CardPose) -> Room {
    let mut room = Room { lights: Vec::new(), screens: Vec::new(), ambient: [0.0; 3] };
    let mut add = |rng: &mut Stream, draw: fn(&mut Stream) -> AreaLight| {
        room.lights.extend(draw_clear(rng, camera, card, draw));
    };
    let level = match lighting {
        Lighting::Day | Lighting::Mixed => {
            add(rng, window);
            if lighting == Lighting::Mixed {
                add(rng, ceiling_lamp);
            }
            rng.log_range(60.0, 350.0)
        }
        Lighting::Evening => {
            add(rng, ceiling_lamp);
            if rng.chance(0.4) {
                add(rng, ceiling_lamp);
            }
            rng.log_range(25.0, 130.0)
        }
        Lighting::Office => {
            add(rng, tube);
            add(rng, tube);
            rng.log_range(80.0, 280.0)
        }
        Lighting::DeskLamp => {
            add(rng, desk_lamp);
            rng.log_range(25.0, 130.0)
        }
        Lighting::Sun => {
            add(rng, window);
            rng.log_range(250.0, 700.0)
        }
        Lighting::Overhead => {
            add(rng, overhead_lamp);
            rng.log_range(40.0, 200.0)
        }
        Lighting::Flash => {
            room.lights.push(flash(rng, camera));
            rng.log_range(15.0, 90.0)
        }
    };
    room.ambient = ambient(rng, &room.lights, level);
    room.screens = person(rng, camera);
    if lighting == Lighting::Sun {
        let sky: f64 = room.ambient[1];
        let (sun, frame) = sun(rng, sky, card);
        if !is_mirrored(&sun, camera, card) {
            room.lights.push(sun);
            room.screens.extend(frame);
        }
    }
    room
}

fn draw_clear(
    rng: &mut Stream,
    camera: &Camera,
    card: &CardPose,
    draw: fn(&mut Stream) -> AreaLight,
) -> Option<AreaLight> {
    const TRIES: usize = 24;
    (0..TRIES).map(|_| draw(rng)).find(|light| !is_mirrored(light, camera, card))
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
    let spot = card.axes.transpose() * (image + to_light * (above / rise) - card.centre);
    let radius = (light.half_u.length() + light.half_v.length()) * above / rise;
    let beside = [spot.x.abs() - card.size[0] / 2.0, spot.y.abs() - card.size[1] / 2.0].map(|d| d.max(0.0));
    // A tenth of the height is added for the lobe of a rough laminate.
    libm::hypot(beside[0], beside[1]) < radius + above * (0.1 + 2.0 * card.roughness)
}

/// Light of the lights' own colours, tinted by walls, lx.
fn ambient(rng: &mut Stream, lights: &[AreaLight], level: f64) -> [f64; 3] {
    let mut mean = [0.0; 3];
    for light in lights {
        let luminance = light.luminance.iter().sum::<f64>().max(1e-9) / 3.0;
        for (sum, l) in mean.iter_mut().zip(light.luminance) {
            *sum += l / luminance / lights.len() as f64;
        }
    }
    if lights.is_empty() {
        mean = [1.0; 3];
    }
    // Light paint throws back a little less blue.
    let wall = rng.range(0.0, 0.10);
    let tinted = [mean[0] * (1.0 + 0.5 * wall), mean[1], mean[2] * (1.0 - wall)];
    tinted.map(|v| v / tinted[1] * level)
}

/// Linear sRGB of a black body (1900-20000 K), of luminance 1.
///
/// The locus in CIE xy by the cubics of Kim et al. (2002, US patent 7024034), then IEC 61966-2-1's matrix.
fn black_body(kelvin: f64) -> [f64; 3] {
    let cubic = |[a, b, c, d]: [f64; 4], v: f64| ((a * v + b) * v + c) * v + d;
    let v = 1000.0 / kelvin;
    let x = if kelvin < 4000.0 {
        cubic([-0.266_123_9, -0.234_358_9, 0.877_695_6, 0.179_910], v)
    } else {
        cubic([-3.025_846_9, 2.107_037_9, 0.222_634_7, 0.240_390], v)
    };
    let y = if kelvin < 2222.0 {
        cubic([-1.106_381_4, -1.348_110_2, 2.185_558_32, -0.202_196_83], x)
    } else if kelvin < 4000.0 {
        cubic([-0.954_947_6, -1.374_185_93, 2.091_370_15, -0.167_488_67], x)
    } else {
        cubic([3.081_758, -5.873_387, 3.751_129_97, -0.370_014_83], x)
    };
    let (cx, cz) = (x / y, (1.0 - x - y) / y);
    [
        3.2406 * cx - 1.5372 - 0.4986 * cz,
        -0.9689 * cx + 1.8758 + 0.0415 * cz,
        0.0557 * cx - 0.2040 + 1.0570 * cz,
    ]
    .map(|v| v.max(0.02))
}

fn shining(kelvin: f64, luminance: f64) -> [f64; 3] {
    black_body(kelvin).map(|v| v * luminance)
}

fn window(rng: &mut Stream) -> AreaLight {
    let heading = rng.range(0.0, TAU);
    let away = rng.log_range(550.0, 2300.0);
    let level = rng.log_range(1500.0, 6500.0);
    let side = DVec3::new(libm::cos(heading), libm::sin(heading), 0.0);
    AreaLight {
        kind: "window".to_owned(),
        centre: side * away + DVec3::Z * rng.range(350.0, 800.0),
        half_u: side.cross(DVec3::Z) * rng.range(300.0, 700.0),
        half_v: DVec3::Z * rng.range(350.0, 600.0),
        round: false,
        luminance: shining(rng.range(5600.0, 8500.0), level),
        in_ambient: false,
    }
}

fn ceiling_lamp(rng: &mut Stream) -> AreaLight {
    let heading = rng.range(0.0, TAU);
    let away = rng.range(400.0, 1600.0);
    let radius = rng.range(50.0, 220.0);
    // A lamp is as bright as its size lets it light the table.
    let level = rng.log_range(4000.0, 14_000.0);
    AreaLight {
        kind: "lamp".to_owned(),
        centre: DVec3::new(libm::cos(heading) * away, libm::sin(heading) * away, rng.range(900.0, 1700.0)),
        half_u: DVec3::X * radius,
        half_v: DVec3::Y * radius,
        round: true,
        luminance: shining(rng.range(2600.0, 4200.0), level),
        in_ambient: false,
    }
}

/// A lamp over the table, as small and near as is needed to be mirrored beside the card.
fn overhead_lamp(rng: &mut Stream) -> AreaLight {
    let lamp = ceiling_lamp(rng);
    let beside = rng.range(60.0, 420.0) / DVec3::new(lamp.centre.x, lamp.centre.y, 0.0).length();
    let centre = DVec3::new(lamp.centre.x * beside, lamp.centre.y * beside, lamp.centre.z);
    AreaLight { centre, half_u: lamp.half_u * 0.6, half_v: lamp.half_v * 0.6, ..lamp }
}

fn tube(rng: &mut Stream) -> AreaLight {
    let heading = rng.range(0.0, TAU);
    let away = rng.range(500.0, 1700.0);
    let turn = rng.range(0.0, PI);
    let along = DVec3::new(libm::cos(turn), libm::sin(turn), 0.0);
    let panel = rng.chance(0.4);
    let (long, wide, level) = if panel {
        (rng.range(280.0, 310.0), rng.range(280.0, 310.0), rng.log_range(2500.0, 5000.0))
    } else {
        (rng.range(550.0, 740.0), rng.range(14.0, 60.0), rng.log_range(6000.0, 11_000.0))
    };
    AreaLight {
        kind: "tube".to_owned(),
        centre: DVec3::new(libm::cos(heading) * away, libm::sin(heading) * away, rng.range(1300.0, 1900.0)),
        half_u: along * long,
        half_v: along.cross(DVec3::Z) * wide,
        round: false,
        luminance: shining(rng.range(3500.0, 5200.0), level),
        in_ambient: false,
    }
}

/// A small head within reach: its light falls off over the picture.
fn desk_lamp(rng: &mut Stream) -> AreaLight {
    // It stands to the side or behind the card, where it is not in the person's way.
    let heading = rng.range(-0.3, PI + 0.3);
    let away = rng.range(200.0, 480.0);
    let radius = rng.range(22.0, 55.0);
    let height = rng.range(230.0, 480.0);
    let lux = rng.log_range(250.0, 1200.0);
    let level = lux * (away * away + height * height) / (PI * radius * radius);
    AreaLight {
        kind: "desk_lamp".to_owned(),
        centre: DVec3::new(libm::cos(heading) * away, libm::sin(heading) * away, height),
        half_u: DVec3::X * radius,
        half_v: DVec3::Y * radius,
        round: true,
        luminance: shining(rng.range(2700.0, 4600.0), level),
        in_ambient: false,
    }
}

/// The light beside the lens.
fn flash(rng: &mut Stream, camera: &Camera) -> AreaLight {
    let (right, down) = (camera.axes.x_axis, camera.axes.y_axis);
    let beside = if rng.chance(0.5) { right } else { down };
    AreaLight {
        kind: "flash".to_owned(),
        centre: camera.position + beside * rng.range(11.0, 19.0),
        half_u: right * 2.2,
        half_v: down * 2.2,
        round: false,
        luminance: shining(rng.range(5000.0, 6200.0), rng.log_range(1.0e6, 3.0e6)),
        in_ambient: false,
    }
}

/// The sun, `sky` lx being the room's own light, and the window that it shines through.
///
/// Curtains and haze leave of it what makes a patch one to two stops brighter than its surroundings.
fn sun(rng: &mut Stream, sky: f64, card: &CardPose) -> (AreaLight, Vec<Screen>) {
    const AWAY: f64 = 1e5;
    // The sun's disc is 0.53 degrees wide.
    const RADIUS: f64 = AWAY * 0.004_65;
    let heading = rng.range(0.0, TAU);
    let height = rng.range(0.5, 1.0);
    let side = DVec3::new(libm::cos(heading), libm::sin(heading), 0.0);
    let to_sun = side * libm::cos(height) + DVec3::Z * libm::sin(height);
    let across = side.cross(DVec3::Z);
    let up = to_sun.cross(across).normalize();
    let lux = sky * rng.range(1.0, 2.6);
    let light = AreaLight {
        kind: "sun".to_owned(),
        centre: card.centre + to_sun * AWAY,
        half_u: across * RADIUS,
        half_v: up * RADIUS,
        round: true,
        luminance: shining(
            rng.range(4800.0, 5600.0),
            lux / libm::sin(height) * AWAY * AWAY / (PI * RADIUS * RADIUS),
        ),
        in_ambient: false,
    };
    // The patch's edge lies somewhere over the picture; bars cross it.
    let window = card.centre + to_sun * rng.range(700.0, 2200.0);
    let (wide, high) = (rng.range(110.0, 420.0), rng.range(110.0, 420.0));
    let shift = across * (wide * rng.range(-1.15, 1.15)) + up * (high * rng.range(-1.15, 1.15));
    let turn = rng.range(-0.4, 0.4);
    let (s, c) = (libm::sin(turn), libm::cos(turn));
    let (u, v) = (across * c + up * s, up * c - across * s);
    let screen = |centre: DVec3, half_u: DVec3, half_v: DVec3, opening: bool| Screen {
        centre,
        half_u,
        half_v,
        round: false,
        opening,
    };
    let mut frame = vec![screen(window + shift, u * wide, v * high, true)];
    if rng.chance(0.5) {
        frame.push(screen(
            window + shift + u * (wide * rng.range(-0.2, 0.2)),
            u * rng.range(12.0, 30.0),
            v * high,
            false,
        ));
    }
    (light, frame)
}

/// The phone, the hands and arms that hold it, and who stands there, as what is lit sees them.
fn person(rng: &mut Stream, camera: &Camera) -> Vec<Screen> {
    let [right, down] = [camera.axes.x_axis, camera.axes.y_axis];
    let [width, height] = camera.size;
    let landscape = width > height;
    // The lens sits near one end of the phone.
    let (long, short) = if landscape { (right, down) } else { (down, right) };
    let side = if landscape && rng.chance(0.5) { -1.0 } else { 1.0 };
    let middle = camera.position + long * (side * rng.range(48.0, 60.0)) + short * rng.range(10.0, 22.0);
    let mut screens = vec![Screen {
        centre: middle,
        half_u: short * rng.range(35.0, 39.0),
        half_v: long * rng.range(72.0, 82.0),
        round: false,
        opening: false,
    }];
    let both = rng.chance(if landscape { 0.7 } else { 0.3 });
    let first = if rng.chance(0.8) { 1.0 } else { -1.0 };
    for hand in [first, -first].into_iter().take(if both { 2 } else { 1 }) {
        let wrist = if landscape {
            middle + long * (hand * 70.0)
        } else {
            middle + short * (hand * 30.0) + long * 35.0
        };
        let elbow =
            DVec3::new(hand * rng.range(120.0, 260.0), rng.range(-430.0, -330.0), rng.range(90.0, 260.0));
        screens.push(round_screen(wrist, DVec3::X * 48.0, DVec3::Y * 58.0));
        screens.push(limb(wrist, elbow, 38.0));
    }
    if rng.chance(0.85) {
        let centre = DVec3::new(rng.range(-90.0, 90.0), rng.range(-520.0, -380.0), rng.range(200.0, 420.0));
        screens.push(round_screen(
            centre,
            DVec3::X * rng.range(210.0, 270.0),
            DVec3::Z * rng.range(380.0, 520.0),
        ));
    }
    screens
}

fn round_screen(centre: DVec3, half_u: DVec3, half_v: DVec3) -> Screen {
    Screen { centre, half_u, half_v, round: true, opening: false }
}

/// An arm, seen from above.
fn limb(from: DVec3, to: DVec3, half_width: f64) -> Screen {
    let along = (to - from) / 2.0;
    let across = along.cross(DVec3::Z).normalize_or(DVec3::X);
    Screen {
        centre: (from + to) / 2.0,
        half_u: across * half_width,
        half_v: along,
        round: false,
        opening: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_bodies_have_luminance_one_and_turn_from_orange_to_blue() {
        let mut last = f64::MAX;
        for kelvin in [2000.0, 2700.0, 4000.0, 5500.0, 6500.0, 9000.0] {
            let [r, g, b] = black_body(kelvin);
            assert!((0.2126 * r + 0.7152 * g + 0.0722 * b - 1.0).abs() < 0.02, "{kelvin}");
            assert!(r / b < last, "{kelvin}");
            last = r / b;
        }
        // Daylight of 6504 K is the white of sRGB, nearly: the locus runs beside it.
        let [r, g, b] = black_body(6504.0);
        assert!([r, g, b].iter().all(|v| (v - 1.0).abs() < 0.06), "{r} {g} {b}");
    }
}
