//! Whether what no single defect hides can still be read: several that are each bearable add up.

use glam::DVec2;

use crate::defects::{FieldView, View};
use crate::truth::{optics, polygon};

/// The blur of one sample of the sensor, standard deviation in samples: a box of one sample (1 / sqrt 12)
/// and the interpolation to the file's pixels, about as much again.
const SIGMA_OF_A_SAMPLE: f64 = 0.42;

/// Text is lost where the whole blur's standard deviations, this many of them, exceed the x-height.
const SIGMAS_PER_X_HEIGHT: f64 = 4.6;

/// Text is lost where this share of it is covered, clipped or outside together.
const LOST_SHARE: f64 = 0.45;

/// Whether a good reader can read a field that no defect alone hides.
pub(super) fn is_legible(view: &View<'_>, field: &FieldView) -> bool {
    sigma_mm(view, field.middle) * SIGMAS_PER_X_HEIGHT <= field.x_height
        && lost_share(view, field) < LOST_SHARE
}

/// Standard deviation of optics and sampling together at a point of the card, mm.
fn sigma_mm(view: &View<'_>, at: DVec2) -> f64 {
    let spread = optics::spread_at(view.scene, at);
    let px = SIGMA_OF_A_SAMPLE / view.scene.sensor.sampling;
    let sampling = px * spread.mm_per_px;
    (spread.sigma_mm * spread.sigma_mm + sampling * sampling).sqrt()
}

/// Share of the field that is outside the picture, covered, or clipped.
fn lost_share(view: &View<'_>, field: &FieldView) -> f64 {
    let layers = view.layers;
    let [width, height] = view.scene.camera.size;
    let outside = polygon::share_outside(&field.quad, width, height);
    let lost = polygon::share_where(&field.quad, &layers.card, |i| {
        let added = layers.mirrored.values[i] + layers.veil.values[i];
        layers.hand.bits()[i] || added > layers.paper.values[i] / 2.0 || layers.paper.values[i] + added > 1.2
    });
    outside + (1.0 - outside) * lost
}
