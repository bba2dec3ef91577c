//! Where a light must stand to be mirrored by the card, shared by the defects that do that.

use glam::{DVec2, DVec3};

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

/// How a rough mirror shows a light.
pub(super) struct Lobe {
    /// Share of the light's luminance that its image has at its rim.
    pub(super) rim: f64,
    /// 1 for an image with sharp edges, 0 for one that the roughness alone shapes.
    pub(super) sharpness: f64,
}

/// The image of a wanted light in a laminate of this roughness, seen from `away` mm.
///
/// The slopes of GGX microfacets within `r` of the mean are a share `r^2 / (r^2 + alpha^2)` of all (from its slope
/// distribution, Walter et al. 2007, eq. 33). At the rim of a large sharp image half of the lobe meets the light; of a
/// small one, `r^2 / alpha^2`; the expression for the rim joins both ends.
pub(super) fn lobe_share(wanted: &Wanted, away: f64, roughness: f64) -> Lobe {
    // The light's extent in slopes is half of its extent in directions.
    let slope = (wanted.half.x * wanted.half.y).sqrt() * (1.0 / away + 1.0 / wanted.distance) / 2.0;
    let (s2, a2) = (slope * slope, roughness * roughness);
    Lobe { rim: 0.5 * s2 / (s2 + 0.5 * a2), sharpness: s2 / (s2 + a2) }
}
