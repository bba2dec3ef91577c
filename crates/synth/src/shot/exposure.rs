//! Metering, white balance and processing, with the errors that phones make.

use core::f64::consts::PI;

use super::phone::Phone;
use crate::recipe::FileOptions;
use crate::rng::Stream;
use crate::scene::{Camera, FileSpec, Scene, Sensor};

/// Reflectance of the card's white.
const WHITE_CARD: f64 = 0.8;
/// Where the card's white comes to lie, share of the sensor's white, when nothing is wrong.
const WHITE_LEVEL: f64 = 0.72;
/// Mean reflectance of a printed card.
const PRINTED: f64 = 0.55;

/// ISO speeds that phones choose from.
const ISO: [f64; 2] = [50.0, 1600.0];
/// Exposure times that phones choose from, s, and the shortest, for a light in the picture.
const TIMES: [f64; 2] = [1.0 / 2000.0, 1.0 / 15.0];
const SHORTEST: f64 = 1.0 / 8000.0;

/// The light that a phone meters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Metered {
    /// Illuminance in the middle of the card, lx per channel.
    pub(super) middle: [f64; 3],
    /// The greatest illuminance on the card, lx.
    pub(super) most: f64,
    /// Mean reflectance of what lies around the card.
    pub(super) around: f64,
    /// How much of the lights' colours differ over the picture, 0-1.
    pub(super) mixed: f64,
}

/// Exposure time and ISO speed for the light, and a sensor whose white is a little off.
pub(super) fn expose(rng: &mut Stream, phone: &Phone, camera: &mut Camera, light: &Metered) -> Sensor {
    let white_card = WHITE_CARD * light.middle[1] / PI;
    // Centre weighted metering wants the mean at mid grey, and the phone's knowledge of scenes takes most of that back.
    let mean = 0.6 * PRINTED + 0.4 * light.around;
    let metered = (0.3 * libm::log2(mean / PRINTED)).clamp(-0.35, 0.3);
    let error = rng.normal_within(metered, 0.17, 2.0).clamp(-0.45, 0.55);
    let white = white_card / WHITE_LEVEL * libm::exp2(error);
    // Highlights on the card are kept: phones merge a shorter exposure in.
    let white = white.max(WHITE_CARD * light.most / PI / 1.02);
    meter(camera, white, phone.look.slowest * rng.range(0.7, 1.1));
    let balance = white_balance(rng, light.middle, light.mixed);
    develop(rng, phone, camera, white, balance)
}

/// A sensor that stores this luminance as white, with the phone's processing.
pub(super) fn develop(
    rng: &mut Stream,
    phone: &Phone,
    camera: &Camera,
    white: f64,
    white_balance: [f64; 3],
) -> Sensor {
    let look = &phone.look;
    Sensor {
        white,
        white_balance,
        sampling: (camera.pixel_pitch / phone.pitch()).min(1.0),
        full_well: phone.full_well,
        read_noise: phone.read_noise,
        denoise: (look.denoise + rng.range(-0.08, 0.08)).clamp(0.0, 1.0),
        sharpen: (look.sharpen + rng.range(-0.08, 0.08)).max(0.0),
        shoulder: look.shoulder + rng.range(-0.02, 0.02),
        toe: 0.0,
        noise_seed: rng.word(),
    }
}

/// Gains that take out most of a light's colour: less of a strong one, and off by some mired and a little green.
fn white_balance(rng: &mut Stream, light: [f64; 3], mixed: f64) -> [f64; 3] {
    let kept = rng.range(0.01, 0.14) + 0.1 * mixed * rng.unit();
    // Ten mired are about three per cent between red and blue.
    let warm = rng.normal_within(0.0, 0.014 * (1.0 + mixed), 2.0);
    let green = rng.normal_within(0.0, 0.008, 2.0);
    let gain = |k: usize| libm::pow(light[1] / light[k], 1.0 - kept);
    [gain(0) * (1.0 + warm), 1.0 + green, gain(2) * (1.0 - warm)]
}

/// Sets exposure time and ISO for a luminance stored as white, the time no longer than `slowest` while the ISO allows it.
///
/// ISO 2720: N^2 / t = L S / K with K = 12.5 and L the mean luminance, mid grey being 18 % of white.
pub(super) fn meter(camera: &mut Camera, white: f64, slowest: f64) {
    let mean = 0.18 * white / 0.66;
    let n2 = camera.f_number * camera.f_number;
    camera.iso = (12.5 * n2 / (slowest * mean)).clamp(ISO[0], ISO[1]);
    camera.exposure_time = (12.5 * n2 / (camera.iso * mean)).clamp(TIMES[0], TIMES[1]);
}

/// Exposes a metered scene for less by some stops, as a phone does with a light in the picture: from the ISO speed first.
pub(super) fn hold_back(scene: &mut Scene, stops: f64) {
    let less = libm::exp2(-stops);
    let camera = &mut scene.camera;
    let iso = (camera.iso * less).max(camera.iso.min(ISO[0]));
    let rest = less * camera.iso / iso;
    camera.iso = iso;
    camera.exposure_time = (camera.exposure_time * rest).max(camera.exposure_time.min(SHORTEST));
    scene.sensor.white /= less;
}

/// File settings as the phone has them, within what the recipe allows.
pub(super) fn draw_file(rng: &mut Stream, options: &FileOptions, phone: &Phone) -> FileSpec {
    let [low, high] = options.quality.map(f64::from);
    let share = (phone.look.quality + rng.range(-0.25, 0.25)).clamp(0.0, 1.0);
    FileSpec {
        format: options.format,
        quality: (low + (high - low) * share).round() as u8,
        subsample: phone.look.subsample,
        history: Vec::new(),
    }
}
