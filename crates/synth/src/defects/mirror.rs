//! Lights where the card mirrors them into the lens, shared by the defects that want them there.

use glam::{DMat3, DVec2, DVec3};

use super::fixture::Pane;
use crate::capture::{Outline, mirror_direction};
use crate::scene::{AreaLight, Camera, CardPose};
use crate::truth::polygon;

/// A light wanted in the mirror.
pub(super) struct Wanted<'a> {
    /// What shines.
    pub(super) panes: &'a [Pane],
    /// The middle of its mirror image on the card, mm from the top left corner as printed.
    pub(super) spot: DVec2,
    /// Half width and half height of its image on the card, mm.
    pub(super) half: DVec2,
    /// Turn of the image on the card, radians.
    pub(super) turn: f64,
    /// How far the light is from the card, mm.
    pub(super) distance: f64,
    /// Colour, mean about 1.
    pub(super) tint: [f64; 3],
    /// What it is, for people.
    pub(super) kind: &'static str,
}

impl Wanted<'_> {
    /// The lights whose mirror image in the flat card, seen by the camera, is the one wanted (law of reflection); their
    /// luminance is their pane's level.
    pub(super) fn place(&self, card: &CardPose, camera: &Camera) -> Vec<AreaLight> {
        let spot = card.at(self.spot);
        let out = mirror_direction(camera.position, spot, card.normal());
        let away = (camera.position - spot).length();
        // The image grows with the way of the light: from the lamp over the card to the lens.
        let growth = (away + self.distance) / away;
        let (s, c) = (libm::sin(self.turn), libm::cos(self.turn));
        let across = |direction: DVec3| direction - out * out.dot(direction);
        let axes = DMat3::from_cols(
            across(card.axes.x_axis * c + card.axes.y_axis * s) * (self.half.x * growth),
            across(card.axes.y_axis * c - card.axes.x_axis * s) * (self.half.y * growth),
            out,
        );
        let middle = spot + out * self.distance;
        self.panes
            .iter()
            .map(|pane| AreaLight {
                kind: self.kind.to_owned(),
                centre: middle + axes * pane.middle.extend(pane.behind),
                half_u: axes.x_axis * pane.half.x,
                half_v: axes.y_axis * pane.half.y,
                round: pane.round,
                luminance: self.tint.map(|tint| tint * pane.level),
                in_ambient: true,
            })
            .collect()
    }
}

/// Half width and half height, mm, of an image that covers this share of the card from a spot on it: what falls beside
/// the card does not count. `aspect` is width over height.
pub(super) fn half_covering(card: &CardPose, spot: DVec2, turn: f64, aspect: f64, share: f64) -> DVec2 {
    let [w, h] = card.size;
    let (s, c) = (libm::sin(turn), libm::cos(turn));
    let stretch = DVec2::new(aspect.sqrt(), 1.0 / aspect.sqrt());
    let covered = |half: f64| {
        let corners = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]].map(|[x, y]| {
            let p = DVec2::new(x, y) * stretch * half;
            // The picture's y runs down, the turn is counter-clockwise.
            [spot.x + p.x * c + p.y * s, spot.y - p.x * s + p.y * c]
        });
        polygon::area(&polygon::clip_to_picture(&corners, w, h)) / (w * h)
    };
    let (mut low, mut high) = (0.0, 2.0 * w);
    const HALVINGS: usize = 24;
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if covered(middle) < share { low = middle } else { high = middle }
    }
    stretch * high
}

/// Share of the lobe of the card's laminate that lights fill, weighted by their luminance (green), at the points of a
/// grid over the card, falling. Waves and bow of the laminate are left out.
fn image_profile(lights: &[AreaLight], card: &CardPose, camera: &Camera) -> Vec<f32> {
    const COLUMNS: usize = 40;
    const ROWS: usize = 26;
    let [w, h] = card.size;
    let mut shares: Vec<f32> = (0..COLUMNS * ROWS)
        .map(|i| {
            let (x, y) = ((i % COLUMNS) as f64 + 0.5, (i / COLUMNS) as f64 + 0.5);
            let at = card.at(DVec2::new(w * x / COLUMNS as f64, h * y / ROWS as f64));
            let share = |light: &AreaLight| {
                let facets = Outline::of(light, &card.axes, at, camera.position)
                    .share([0.0; 2], card.roughness as f32);
                light.luminance[1] as f32 * facets
            };
            lights.iter().map(share).sum()
        })
        .collect();
    shares.sort_unstable_by(|a, b| b.total_cmp(a));
    shares
}

/// How many times brighter than their own luminance over the mirror's reflectance lights must be, so that their image
/// is at least `level` (share of white) on this share of the card. A rough laminate spreads a small light, so that what
/// glares through it is a brighter lamp.
pub(super) fn brightness(
    lights: &[AreaLight],
    card: &CardPose,
    camera: &Camera,
    share: f64,
    level: f64,
) -> f64 {
    let profile = image_profile(lights, card, camera);
    let rank = (share * profile.len() as f64).round() as usize;
    let weakest = profile[rank.clamp(1, profile.len()) - 1];
    level / f64::from(weakest).max(1e-4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::testing;

    #[test]
    fn an_image_covers_the_share_that_is_wanted_wherever_it_lies() {
        let scene = testing::scene();
        let card = &testing::desk(&scene).card;
        for (spot, share) in [([0.5, 0.5], 0.1), ([0.1, 0.9], 0.3), ([0.9, 0.2], 0.7)] {
            let spot = DVec2::new(spot[0] * card.size[0], spot[1] * card.size[1]);
            let (turn, aspect) = (0.4, 1.6);
            let half = half_covering(card, spot, turn, aspect, share);
            assert!((half.x / half.y - aspect).abs() < 1e-9);
            // Counted on a grid.
            let n = 400;
            let inside = (0..n * n).filter(|i| {
                let p = DVec2::new(
                    (f64::from(i % n) + 0.5) * card.size[0] / f64::from(n),
                    (f64::from(i / n) + 0.5) * card.size[1] / f64::from(n),
                ) - spot;
                let (s, c) = (libm::sin(turn), libm::cos(turn));
                let local = DVec2::new(p.x * c - p.y * s, p.x * s + p.y * c);
                local.x.abs() < half.x && local.y.abs() < half.y
            });
            let counted = inside.count() as f64 / f64::from(n * n);
            assert!((counted - share).abs() < 0.01, "{counted} {share}");
        }
    }
}
