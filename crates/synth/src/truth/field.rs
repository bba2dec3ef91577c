//! What became of a printed field: the part of the truth that a reader of the picture feels.

use glam::DVec2;
use retake_label::{FieldTruth, Quad};

use super::legibility::{FAINTEST, Hindrance, Ink};
use super::{optics, polygon, quad_in_picture, round};
use crate::card::PrintedField;
use crate::defects::{self, FieldView, View};
use crate::scene::{CardPose, Stage};
use crate::shot::Shot;

/// The truth about every field of the printed card.
pub(super) fn truths(shot: &Shot, view: &View<'_>, printed: &[PrintedField]) -> Vec<FieldTruth> {
    let Stage::Document(desk) = &view.scene.stage else { return Vec::new() };
    printed
        .iter()
        .map(|field| {
            let seen = look_at(view, &desk.card, field);
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
                cropped: round(seen.hindrance.cropped, 1e4),
                covered: round(seen.hindrance.covered, 1e4),
                glared: round(seen.glared, 1e4),
                faded: round(seen.hindrance.faded, 1e4),
                contrast: round(seen.contrast, 1e4),
                x_height_mm: round(field.x_height_mm, 1e3),
                stroke_mm: round(field.stroke_mm, 1e3),
                blur: round(seen.hindrance.blur * field.x_height_mm / field.stroke_mm, 1e4),
                dpi: round(seen.hindrance.samples * optics::MM_PER_INCH / field.x_height_mm, 10.0),
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
    let layers = view.layers;
    let hand = layers.hand.bits();
    let ink = ink(view, &quad);
    let mut light = Light::default();
    polygon::for_each_row(&quad, width, height, |y, xs| {
        for i in xs.map(|x| y * width as usize + x) {
            light.add(hand[i], view.is_glared(i), f64::from(view.contrast(i, ink)));
        }
    });
    let hindrance = Hindrance {
        cropped: polygon::share_outside(&quad, width, height),
        covered: share(light.covered, light.all),
        faded: share(light.faded, light.all - light.covered),
        blur: optics::spread_at(view.scene, middle).sigma_mm() / field.x_height_mm,
        samples: optics::dpi_at(view.scene, card, middle) * field.x_height_mm / optics::MM_PER_INCH,
    };
    let clear = light.all - light.covered - light.faded;
    FieldView {
        quad,
        ink,
        glared: share(light.glared, light.all - light.covered),
        contrast: if clear == 0 { 0.0 } else { light.contrast / clear as f64 },
        hindrance,
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
    fn add(&mut self, covered: bool, glared: bool, contrast: f64) {
        self.all += 1;
        if covered {
            self.covered += 1;
            return;
        }
        self.glared += u64::from(glared);
        if contrast < FAINTEST {
            self.faded += 1;
        } else {
            self.contrast += contrast;
        }
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
        let row = xs.map(|x| y * width as usize + x).filter(|i| !layers.hand.bits()[*i]);
        light.extend(row.map(|i| layers.body.values[i]));
    });
    light.sort_unstable_by(f32::total_cmp);
    let Some(last) = light.len().checked_sub(1) else { return Ink::default() };
    Ink { print: light[last / 20], paper: light[last - last / 20] }
}
