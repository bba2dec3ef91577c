//! Where a light must stand to be mirrored by the card, shared by the defects that do that.

use glam::{DVec2, DVec3};

use crate::capture::Outline;
use crate::scene::{AreaLight, Camera, CardPose};

/// A light wanted in the mirror.
pub(super) struct Wanted {
    /// The middle of its mirror image on the card, mm from the top left corner as printed.
    pub(super) spot: DVec2,
    /// Half width and half height of its image on the card, mm.
    pub(super) half: DVec2,
    /// Turn of the image on the card, radians.
    pub(super) turn: f64,
    /// How far the light is from the card, mm.
    pub(super) distance: f64,
    /// An ellipse instead of a parallelogram.
    pub(super) round: bool,
    /// Its luminance, cd/m2.
    pub(super) luminance: [f64; 3],
    /// What it is, for people.
    pub(super) kind: &'static str,
}

/// The light whose mirror image in the flat card, seen by the camera, is the one wanted (law of reflection).
pub(super) fn place(wanted: &Wanted, card: &CardPose, camera: &Camera) -> AreaLight {
    let spot = card.at(wanted.spot);
    let normal = card.normal();
    let to_camera = camera.position - spot;
    let away = to_camera.length();
    let view = to_camera / away;
    let out = normal * (2.0 * normal.dot(view)) - view;
    // The image grows with the way of the light: from the lamp over the card to the lens.
    let growth = (away + wanted.distance) / away;
    let (s, c) = (libm::sin(wanted.turn), libm::cos(wanted.turn));
    let across = |direction: DVec3| direction - out * out.dot(direction);
    let u = across(card.axes.x_axis * c + card.axes.y_axis * s);
    let v = across(card.axes.y_axis * c - card.axes.x_axis * s);
    AreaLight {
        kind: wanted.kind.to_owned(),
        centre: spot + out * wanted.distance,
        half_u: u * (wanted.half.x * growth),
        half_v: v * (wanted.half.y * growth),
        round: wanted.round,
        luminance: wanted.luminance,
        in_ambient: true,
    }
}

/// Reflectance at normal incidence, `((n - 1) / (n + 1))^2` (Fresnel).
pub(super) fn reflectance(refractive_index: f64) -> f64 {
    let r = (refractive_index - 1.0) / (refractive_index + 1.0);
    r * r
}

/// Share of the lobe of the card's laminate that a light fills, at the points of a grid over the card, falling.
/// Waves and bow of the laminate are left out.
fn image_profile(light: &AreaLight, card: &CardPose, camera: &Camera) -> Vec<f32> {
    const COLUMNS: usize = 40;
    const ROWS: usize = 26;
    let [w, h] = card.size;
    let mut shares: Vec<f32> = (0..COLUMNS * ROWS)
        .map(|i| {
            let (x, y) = ((i % COLUMNS) as f64 + 0.5, (i / COLUMNS) as f64 + 0.5);
            let at = card.at(DVec2::new(w * x / COLUMNS as f64, h * y / ROWS as f64));
            Outline::of(light, &card.axes, at, camera.position).share([0.0; 2], card.roughness as f32)
        })
        .collect();
    shares.sort_unstable_by(|a, b| b.total_cmp(a));
    shares
}

/// How many times brighter than its own luminance over the mirror's reflectance a light must be, so that its image is at
/// least `level` (share of white) on this share of the card. A rough laminate spreads a small light, so that what
/// glares through it is a brighter lamp.
pub(super) fn brightness(light: &AreaLight, card: &CardPose, camera: &Camera, share: f64, level: f64) -> f64 {
    let profile = image_profile(light, card, camera);
    let rank = (share * profile.len() as f64).round() as usize;
    let weakest = profile[rank.clamp(1, profile.len()) - 1];
    level / f64::from(weakest).max(1e-4)
}
