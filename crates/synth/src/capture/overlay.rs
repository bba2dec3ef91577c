//! Things in front of the card and their shadows, rendered elsewhere: hands.

use glam::{DMat3, DVec2};

use super::lanes::{LANES, Lane};
use super::layers::Layers;
use super::outline::{RoundedRect, coverage};
use super::plane::{PlaneLanes, PlaneMap};
use crate::image::{LinearImage, Plane};
use crate::scene::{Camera, CardPose};

/// A thing between card and camera, as a part of the picture.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Left and top of the part in the picture, px.
    pub origin: [usize; 2],
    /// Light of the thing where it is, cd/m2, already weighted with `alpha`.
    pub light: LinearImage,
    /// Share of each pixel that it hides, 0-1.
    pub alpha: Plane,
    /// Share of light that its shadow takes from what it does not hide, 0-1.
    pub shade: Plane,
    /// Pixels where it is behind the card, if the card is held up; else empty.
    pub behind: Vec<bool>,
}

/// Hides what is behind a card that is held up, and keeps the thing's shadow on the card: what else is seen is far away.
pub(crate) fn tuck(overlay: &mut Overlay, camera: &Camera, card: &CardPose) {
    let axes = DMat3::from_cols(card.axes.x_axis, -card.axes.y_axis, card.axes.z_axis);
    let origin = card.at(DVec2::ZERO);
    let [w, h] = card.size.map(|side| side as f32);
    let outline = RoundedRect::new([0.0, 0.0, w, h], card.corner_radius as f32);
    let planes = [0.0, card.thickness].map(|depth| {
        let map = PlaneMap::new(camera, origin - axes.z_axis * depth, &axes);
        PlaneLanes::new(&map, camera)
    });
    let footprint = camera.to_camera(card.centre).z / camera.focal_px();
    let [left, top] = overlay.origin;
    let width = overlay.alpha.width;
    for y in 0..overlay.alpha.height {
        for x in (0..width).step_by(LANES) {
            let [face, back] = planes.map(|plane| plane.at(left + x, top + y));
            for i in 0..LANES.min(width - x) {
                let at = y * width + x + i;
                let cover = |plane: &[Lane; 2]| {
                    coverage(outline.distance([plane[0][i], plane[1][i]]), footprint as f32)
                };
                overlay.shade.values[at] *= cover(&face);
                if overlay.behind[at] {
                    let seen = 1.0 - cover(&face).max(cover(&back));
                    overlay.alpha.values[at] *= seen;
                    overlay.light.pixels[at] = overlay.light.pixels[at].map(|v| v * seen);
                }
            }
        }
    }
}

/// Puts a thing into a picture of the same unit: first its shadow, then itself; fills the layers of hands.
pub(crate) fn lay(frame: &mut LinearImage, layers: &mut Layers, overlay: &Overlay) {
    let [left, top] = overlay.origin;
    let columns = overlay.light.width.min(frame.width.saturating_sub(left));
    let rows = overlay.light.height.min(frame.height.saturating_sub(top));
    for y in 0..rows {
        for x in 0..columns {
            let from = y * overlay.light.width + x;
            let to = (y + top) * frame.width + x + left;
            let (alpha, shade) = (overlay.alpha.values[from], overlay.shade.values[from]);
            let keep = (1.0 - shade) * (1.0 - alpha);
            for k in 0..3 {
                frame.pixels[to][k] = frame.pixels[to][k] * keep + overlay.light.pixels[from][k];
            }
            if alpha >= 0.5 {
                layers.hand.bits_mut()[to] = true;
            }
            let dark = &mut layers.hand_shade.values[to];
            *dark = 1.0 - (1.0 - *dark) * (1.0 - shade);
        }
    }
}
