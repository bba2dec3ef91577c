//! The picture on a card: framed and lit as a photo booth does it, on a plain light ground.
//!
//! Framing follows ISO/IEC 39794-5 annex D.1 (after ICAO 9303): the head takes about three quarters of the
//! height, the eyes lie a little above the middle, and the camera stands far enough off to keep the face's
//! proportions.

use glam::{Mat3, Vec3};

use super::appearance::Appearance;
use super::drawn::Drawn;
use super::figure::{Figure, Gaze, HeadPose, Posture, Trunk};
use super::light::{Lamp, Lights};
use super::mesh::Weights;
use super::render::{Lens, draw};
use crate::color::luminance;
use crate::image::LinearImage;
use crate::rng::Stream;

/// A portrait for printing.
#[derive(Clone, Debug)]
pub struct Portrait {
    /// Reflectance of the print, 0-1, linear sRGB.
    pub image: LinearImage,
    /// The face as left, top, width, height, px: from chin to hairline, ear to ear.
    pub face_box: [f64; 4],
}

/// Distance of the camera, mm (ISO/IEC 39794-5: 0.7-2.5 m): a booth's, up to a studio's.
const DISTANCE: (f64, f64) = (850.0, 2200.0);

/// Takes the portrait of a person; `seed` varies light, ground and expression between sittings.
pub fn portrait(appearance: &Appearance, seed: u64, width: usize, height: usize) -> Portrait {
    let rng = &mut Stream::new("portrait", seed, 0);
    let (held, expression) = sit(rng);
    let figure = Figure::new(&appearance.shape, &expression, &held);
    let lights = studio(rng);
    let distance = rng.log_range(DISTANCE.0, DISTANCE.1) as f32;
    let lens = frame(&figure, distance, width, height);
    let ground = Ground::draw(rng);
    let drawn = draw(appearance, &figure, &lights, &lens);
    let tone = Tone::draw(exposure(&drawn, rng), rng);
    let mut image = print(&drawn, &ground, &tone);
    let blur = 1.9 * rng.unit() as f32;
    soften(&mut image, blur.min(1.0));
    if blur > 1.0 {
        soften(&mut image, blur - 1.0);
    }
    Portrait { image, face_box: drawn.face_box }
}

/// A head nearly straight and a nearly neutral face.
fn sit(rng: &mut Stream) -> (Posture, Weights) {
    let small = |rng: &mut Stream, deviation: f64| rng.normal_within(0.0, deviation, 2.0);
    let head = HeadPose { yaw: small(rng, 0.05), pitch: small(rng, 0.04), roll: small(rng, 0.02) };
    // The eyes stay on the camera while the head is a little off.
    let gaze =
        Gaze { yaw: small(rng, 0.02) - head.yaw, pitch: small(rng, 0.015) - head.pitch, vergence: 0.02 };
    let trunk = Trunk { yaw: small(rng, 0.05), ..Trunk::default() };
    (Posture { head, trunk, gaze }, neutral(rng))
}

/// Weights of a resting face: small, never quite symmetric.
pub(super) fn neutral(rng: &mut Stream) -> Weights {
    let mut weights = Weights::new();
    let pairs = [
        ("act/mouthSmile", 0.16),
        ("act/mouthPress", 0.16),
        ("act/browDown", 0.12),
        ("act/browOuterUp", 0.16),
        ("act/eyeSquint", 0.18),
        ("act/mouthFrown", 0.08),
        ("act/cheekSquint", 0.10),
    ];
    for (name, most) in pairs {
        let weight = most * rng.unit();
        for side in ["Left", "Right"] {
            weights.insert(format!("{name}{side}"), weight * rng.range(0.88, 1.12));
        }
    }
    let blink = rng.range(-0.04, 0.04);
    weights.insert("act/eyeBlinkLeft".to_owned(), blink.max(0.0));
    weights.insert("act/eyeBlinkRight".to_owned(), blink.max(0.0));
    let wide = 0.05 * rng.unit();
    weights.insert("act/eyeWideLeft".to_owned(), wide);
    weights.insert("act/eyeWideRight".to_owned(), wide);
    weights.insert("act/browInnerUp".to_owned(), 0.08 * rng.unit());
    weights
}

/// A soft box before the sitter, a weaker one or a reflector opposite, and white walls.
fn studio(rng: &mut Stream) -> Lights {
    let side = if rng.chance(0.5) { 1.0 } else { -1.0 };
    let key = rng.range(0.28, 0.88);
    let towards = |azimuth: f64, elevation: f64| {
        let (sa, ca) = (libm::sin(azimuth), libm::cos(azimuth));
        let (se, ce) = (libm::sin(elevation), libm::cos(elevation));
        Vec3::new((sa * ce) as f32, se as f32, (ca * ce) as f32)
    };
    let white = |lux: f64| Vec3::splat(lux as f32);
    let mut lights = Lights::default();
    let direction = towards(side * rng.range(0.0, 1.0), rng.range(0.12, 0.85));
    let radius = rng.range(0.10, 0.36) as f32;
    lights.lamp(&Lamp { towards: direction, radius, lux: white(1000.0 * key), samples: 5 });
    let fill = towards(-side * rng.range(0.4, 0.8), rng.range(0.1, 0.4));
    lights.lamp(&Lamp { towards: fill, radius: 0.35, lux: white(1000.0 * rng.range(0.03, 0.2)), samples: 2 });
    let room = 1000.0 * (1.0 - key) / core::f64::consts::PI;
    lights.dome(10, |d| Vec3::splat(room as f32 * (0.75 + 0.45 * d.y + 0.35 * d.z).max(0.12)));
    lights
}

/// Where the camera stands and what it frames.
fn frame(figure: &Figure, distance: f32, width: usize, height: usize) -> Lens {
    let (chin, crown) = (figure.landmark("menton"), figure.landmark("crown"));
    let [left, right] = figure.eyeballs.map(|ball| ball.centre);
    let middle = (left + right) / 2.0;
    let tall = (crown.y - chin.y).max(150.0);
    // The head's height as a share of the picture's; narrow pictures give way to the width.
    let share = 0.66 * (height as f32).min(width as f32 * 1.32);
    let eyes = 0.455;
    let position = Vec3::new(middle.x, middle.y, middle.z + distance);
    Lens {
        position,
        axes: Mat3::from_cols(Vec3::X, -Vec3::Y, -Vec3::Z),
        focal: share / tall * distance,
        principal: [width as f32 / 2.0, height as f32 * eyes],
        size: [width, height],
    }
}

/// The wall behind: plain and light, brighter in the middle.
struct Ground {
    color: Vec3,
    middle: [f32; 2],
    fall: f32,
}

impl Ground {
    fn draw(rng: &mut Stream) -> Self {
        const GROUNDS: [[f32; 3]; 5] = [
            [0.80, 0.80, 0.79],
            [0.72, 0.73, 0.74],
            [0.64, 0.70, 0.76],
            [0.76, 0.75, 0.71],
            [0.66, 0.67, 0.68],
        ];
        let color = Vec3::from(*rng.pick(&GROUNDS)) * rng.range(0.92, 1.06) as f32;
        let middle = [rng.range(0.35, 0.65) as f32, rng.range(0.3, 0.6) as f32];
        Self { color, middle, fall: rng.range(0.08, 0.3) as f32 }
    }

    fn at(&self, x: f32, y: f32) -> Vec3 {
        let (dx, dy) = (x - self.middle[0], y - self.middle[1]);
        self.color * (1.0 - self.fall * (dx * dx + dy * dy))
    }
}

/// The print's gain on luminance: exposes for the face, and keeps a third (in stops) of the difference between dark and
/// light skin.
fn exposure(drawn: &Drawn, rng: &mut Stream) -> f32 {
    let mut sum = (0.0, 0usize);
    let [width, height] = drawn.size;
    for y in 0..height {
        let (first, pixels) = drawn.row(y);
        for (x, [r, g, b, _]) in (first..).zip(pixels) {
            if drawn.face.at(y * width + x) {
                sum = (sum.0 + f64::from(luminance([*r, *g, *b])), sum.1 + 1);
            }
        }
    }
    let mean = if sum.1 > 0 { sum.0 / sum.1 as f64 } else { 60.0 };
    let target = 0.36 * libm::pow(mean.max(1.0) / 95.0, 0.33);
    (target / mean.max(1.0) * rng.range(0.88, 1.12)) as f32
}

/// What a lab's print makes of the light: no two are balanced and graded alike.
struct Tone {
    gain: f32,
    /// White balance: gains of red and blue.
    balance: [f32; 2],
    /// Share of each colour's difference from its luminance that is kept.
    saturation: f32,
    /// How much steeper than the light's its tones rise, share.
    contrast: f32,
}

impl Tone {
    fn draw(gain: f32, rng: &mut Stream) -> Self {
        let warm = rng.normal_within(0.0, 0.055, 2.0);
        Self {
            gain,
            balance: [1.0 + warm, 1.0 - warm].map(|v| v as f32),
            saturation: rng.range(0.78, 1.15) as f32,
            contrast: rng.range(-0.18, 0.32) as f32,
        }
    }

    /// Reflectance of the print for a luminance in each colour, before its highlights are rolled off.
    fn of(&self, light: Vec3) -> Vec3 {
        /// Where a face's tones lie: there, grading changes nothing.
        const MIDDLE: f32 = 0.36;
        let [red, blue] = self.balance;
        let color = light * self.gain * Vec3::new(red, 1.0, blue);
        let level = luminance(color.into());
        let color = Vec3::splat(level) + (color - Vec3::splat(level)) * self.saturation;
        // A rational curve through black and the middle, with this slope there.
        let bend = self.contrast * (level - MIDDLE) / (level + MIDDLE);
        color.max(Vec3::ZERO) * (1.0 + bend)
    }
}

/// Puts the person before the ground, with the highlights rolled off below white.
fn print(drawn: &Drawn, ground: &Ground, tone: &Tone) -> LinearImage {
    let [width, height] = drawn.size;
    let mut row = vec![[0.0; 4]; width];
    let mut image = LinearImage::filled(width, height, [0.0; 3]);
    for y in 0..height {
        drawn.copy_row(y, &mut row);
        for (x, [r, g, b, cover]) in row.iter().copied().enumerate() {
            let i = y * width + x;
            let behind = ground.at(x as f32 / width as f32, y as f32 / height as f32);
            let person = Vec3::new(r, g, b);
            let person = if cover > 0.0 {
                Vec3::from(<[f32; 3]>::from(tone.of(person / cover)).map(shoulder))
            } else {
                Vec3::ZERO
            };
            image.pixels[i] = (person * cover + behind * (1.0 - cover)).into();
        }
    }
    image
}

/// No two lenses, scanners and printers are as sharp: spreads up to half of each pixel over its neighbours.
fn soften(image: &mut LinearImage, amount: f32) {
    let (width, height) = (image.width, image.height);
    let side = 0.25 * amount;
    let mean = |a: Vec3, b: Vec3, c: Vec3| b * (1.0 - 2.0 * side) + (a + c) * side;
    for row in image.pixels.chunks_exact_mut(width) {
        let mut before = Vec3::from(row[0]);
        for x in 0..width {
            let (here, after) = (Vec3::from(row[x]), Vec3::from(row[(x + 1).min(width - 1)]));
            row[x] = mean(before, here, after).into();
            before = here;
        }
    }
    let mut above = image.pixels[..width].to_vec();
    for y in 0..height {
        let (done, below) = image.pixels.split_at_mut((y + 1) * width);
        for (x, (pixel, above)) in done[y * width..].iter_mut().zip(&mut above).enumerate() {
            let here = *pixel;
            let after = below.get(x).copied().unwrap_or(here);
            *pixel = mean(Vec3::from(*above), Vec3::from(here), Vec3::from(after)).into();
            *above = here;
        }
    }
}

/// A tone curve: straight to 0.6, then ever flatter towards 0.94.
fn shoulder(value: f32) -> f32 {
    const KNEE: f32 = 0.6;
    const TOP: f32 = 0.94;
    let over = (value - KNEE) / (TOP - KNEE);
    if over <= 0.0 { value.max(0.0) } else { KNEE + (TOP - KNEE) * over / (1.0 + over) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Sex, skin_tone};

    fn person(index: u64) -> Appearance {
        let sex = if index.is_multiple_of(2) { Sex::Female } else { Sex::Male };
        Appearance::draw(&mut Stream::new("person", 5, index), sex, 20.0 + 5.0 * index as f64)
    }

    #[test]
    fn the_same_sitting_gives_the_same_bits_and_another_the_same_face_in_another_light() {
        let [a, b, other] = [(1, 7), (1, 7), (1, 8)].map(|(i, seed)| portrait(&person(i), seed, 120, 154));
        assert_eq!(a.image, b.image);
        assert_ne!(a.image, other.image);
    }

    #[test]
    fn people_differ_more_than_sittings() {
        let distance = |a: &Portrait, b: &Portrait| -> f32 {
            let pairs = a.image.pixels.iter().zip(&b.image.pixels);
            pairs.map(|(p, q)| (luminance(*p) - luminance(*q)).abs()).sum()
        };
        let [first, again] = [1, 2].map(|seed| portrait(&person(2), seed, 96, 124));
        let own = distance(&first, &again);
        for other in [1, 5, 8] {
            assert!(distance(&first, &portrait(&person(other), 1, 96, 124)) > own, "{other}");
        }
    }

    #[test]
    fn the_face_box_lies_where_a_passport_photo_has_its_face() {
        for (i, [width, height]) in
            (0u64..).zip([[160, 206], [160, 206], [128, 128], [100, 180], [206, 160], [160, 206]])
        {
            let [x, y, w, h] = portrait(&person(i), i, width, height).face_box;
            let (fw, fh) = (width as f64, height as f64);
            assert!(x > 0.0 && y > 0.05 * fh && x + w < fw && y + h < 0.92 * fh, "{i}: {x} {y} {w} {h}");
            assert!((x + w / 2.0 - fw / 2.0).abs() < 0.08 * fw, "{i}");
            assert!((0.5..1.1).contains(&(w / h)), "{i}: {}", w / h);
            assert!(h > 0.3 * fh.min(1.32 * fw), "{i}: {h}");
        }
    }

    #[test]
    fn all_monk_tones_are_exposed_well_and_keep_their_order() {
        let mut last = f64::INFINITY;
        for step in 1..=10u8 {
            let mut sitter = person(3);
            let (albedo, monk_tone) = skin_tone((f64::from(step) - 0.5) / 10.0);
            assert_eq!(monk_tone, step);
            sitter.skin.albedo = albedo;
            sitter.skin.melanin = (f64::from(step) - 0.5) / 10.0;
            sitter.beard.length = 0.0;
            let photo = portrait(&sitter, 4, 128, 164);
            let [x, y, w, h] = photo.face_box;
            // The middle of the face.
            let (mut sum, mut count, mut clipped) = (0.0, 0.0, 0.0);
            for row in (y + 0.35 * h) as usize..(y + 0.75 * h) as usize {
                for column in (x + 0.3 * w) as usize..(x + 0.7 * w) as usize {
                    let value = f64::from(luminance(photo.image.pixels[row * 128 + column]));
                    sum += value;
                    count += 1.0;
                    clipped += f64::from(u8::from(value > 0.92));
                }
            }
            let mean = sum / count;
            assert!((0.07..0.62).contains(&mean), "tone {step}: {mean}");
            assert!(clipped / count < 0.01, "tone {step}");
            assert!(mean < last * 1.01, "tone {step}: {mean} after {last}");
            last = mean;
        }
    }
}
