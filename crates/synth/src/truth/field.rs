//! What became of a printed field: the part of the truth that a reader of the picture feels.

use glam::DVec2;
use retake_label::{FieldTruth, Quad};

use super::legibility::{FAINTEST, Hindrance, Ink, Wash, letter_size};
use super::letters::{Cells, Letter};
use super::{optics, polygon, quad_in_picture, round};
use crate::capture::mirror_direction;
use crate::card::PrintedField;
use crate::color::luminance;
use crate::defects::{self, FieldView, View};
use crate::scene::{AreaLight, CardPose, Scene, Stage};
use crate::shot::Shot;

/// The truth about every field of the printed card.
pub(super) fn truths(shot: &Shot, view: &View<'_>, printed: &[PrintedField]) -> Vec<FieldTruth> {
    let Stage::Document(desk) = &view.scene.stage else { return Vec::new() };
    printed
        .iter()
        .map(|field| {
            let seen = look_at(view, &desk.card, field);
            let size = letter_size(field.x_height_mm, field.stroke_mm);
            let unreadable_by: Vec<_> = defects::ALL
                .iter()
                .filter(|d| d.profile().roles.contains(&shot.role) && d.hides(view, &seen))
                .map(|d| d.profile().category)
                .collect();
            FieldTruth {
                name: field.name.clone(),
                text: field.text.clone(),
                quad: seen.quad,
                legible: unreadable_by.is_empty() && seen.hindrance.is_legible(),
                unreadable_by,
                cropped: round(seen.cropped, 1e4),
                covered: round(seen.covered, 1e4),
                glared: round(seen.glared, 1e4),
                faded: round(seen.faded, 1e4),
                contrast: round(seen.contrast, 1e4),
                x_height_mm: round(field.x_height_mm, 1e3),
                stroke_mm: round(field.stroke_mm, 1e3),
                blur: round(seen.hindrance.blur * size / field.stroke_mm, 1e4),
                dpi: round(seen.hindrance.samples * optics::MM_PER_INCH / size, 10.0),
                expected_error: round(seen.hindrance.expected_error(), 1e4),
            }
        })
        .collect()
}

/// Measures a field in the picture.
fn look_at(view: &View<'_>, card: &CardPose, field: &PrintedField) -> FieldView {
    let quad = quad_in_picture(view.scene, card, field.quad_mm);
    let middle = (DVec2::from(field.quad_mm[0]) + DVec2::from(field.quad_mm[2])) / 2.0;
    let [width, height] = view.scene.camera.size;
    let hand = &view.layers.hand;
    let ink = ink(view, &quad);
    let wash = wash(view.scene, card, middle);
    let (cells, mut letters) = Cells::new(&field.text, &quad, width, height);
    let mut light = Light::default();
    polygon::for_each_row(&quad, width, height, |y, xs| {
        for x in xs {
            let i = y * width as usize + x;
            let pixel = Pixel {
                covered: hand.at(i),
                glared: view.is_glared(i),
                contrast: f64::from(view.contrast(i, ink, &wash)),
            };
            light.add(&pixel);
            if let Some(letter) = cells.at(x, y) {
                pixel.count_in(&mut letters[letter]);
            }
        }
    });
    let size = letter_size(field.x_height_mm, field.stroke_mm);
    let hindrance = Hindrance {
        letters: letters.len().max(1),
        hidden: letters.iter().filter(|letter| letter.is_hidden(letter.covered + letter.faded)).count(),
        blur: optics::spread_at(view.scene, middle).sigma_mm() / size,
        samples: optics::dpi_at(view.scene, card, middle) * size / optics::MM_PER_INCH,
    };
    let clear = light.all - light.covered - light.faded;
    FieldView {
        cropped: polygon::share_outside(&quad, width, height),
        covered: share(light.covered, light.all),
        faded: share(light.faded, light.all - light.covered),
        glared: share(light.glared, light.all - light.covered),
        contrast: if clear == 0 { 0.0 } else { light.contrast / clear as f64 },
        quad,
        letters,
        hindrance,
    }
}

/// What a pixel of a field shows.
struct Pixel {
    covered: bool,
    glared: bool,
    contrast: f64,
}

impl Pixel {
    fn is_faded(&self) -> bool {
        !self.covered && self.contrast < FAINTEST
    }

    fn count_in(&self, letter: &mut Letter) {
        letter.seen += 1;
        letter.covered += u32::from(self.covered);
        letter.faded += u32::from(self.is_faded());
        letter.bleached += u32::from(self.is_faded() && self.glared);
    }
}

/// Pixels of a field, counted.
#[derive(Default)]
struct Light {
    all: u64,
    covered: u64,
    glared: u64,
    faded: u64,
    /// Sum over those neither covered nor faded.
    contrast: f64,
}

impl Light {
    fn add(&mut self, pixel: &Pixel) {
        self.all += 1;
        if pixel.covered {
            self.covered += 1;
            return;
        }
        self.glared += u64::from(pixel.glared);
        if pixel.is_faded() {
            self.faded += 1;
        } else {
            self.contrast += pixel.contrast;
        }
    }
}

/// The light that is mirrored at a point of the card, mm, or would be if the laminate leaned a little; and the sensor.
fn wash(scene: &Scene, card: &CardPose, point: DVec2) -> Wash {
    let at = card.at(point);
    let mirrored = mirror_direction(scene.camera.position, at, card.normal());
    // How far a light's rim is from where the card mirrors, radians; less than 0 inside.
    let aside = |light: &AreaLight| {
        let way = light.centre - at;
        let half = light.half_u.length().max(light.half_v.length());
        libm::acos(mirrored.dot(way.normalize()).clamp(-1.0, 1.0)) - libm::atan(half / way.length())
    };
    let nearest = scene.lights.iter().map(|light| (aside(light), light)).min_by(|a, b| a.0.total_cmp(&b.0));
    let tint = nearest.map_or([1.0; 3], |(_, light)| {
        let channels = light.luminance.map(|v| v as f32);
        channels.map(|v| v / luminance(channels).max(f32::MIN_POSITIVE))
    });
    let sensor = &scene.sensor;
    Wash {
        tint,
        gains: sensor.white_balance.map(|gain| gain as f32),
        shoulder: sensor.shoulder as f32,
        toe: sensor.toe as f32,
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Print and paper of a field as they would be without added light: the darkest and the lightest twentieth of its pixels
/// that no hand hides, so that a speck counts for neither.
fn ink(view: &View<'_>, quad: &Quad) -> Ink {
    let [width, height] = view.scene.camera.size;
    let layers = view.layers;
    let mut light = Vec::new();
    polygon::for_each_row(quad, width, height, |y, xs| {
        let row = xs.map(|x| y * width as usize + x).filter(|i| !layers.hand.at(*i));
        light.extend(row.map(|i| layers.body.get(i)));
    });
    let Some(last) = light.len().checked_sub(1) else { return Ink::default() };
    let mut at = |i: usize| *light.select_nth_unstable_by(i, f32::total_cmp).1;
    Ink { print: at(last / 20), paper: at(last - last / 20) }
}
