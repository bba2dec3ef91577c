//! Things in front of the card and their shadows, rendered elsewhere: hands.

use std::ops::Range;

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

/// Light that a sleeve's film sends from before a thing that is behind the card, share of white: its haze, and what it
/// mirrors. The little that the film takes of the thing's own light is left out.
fn film_before(overlay: &Overlay, from: usize, layers: &Layers, to: usize) -> f32 {
    let behind = overlay.behind.get(from).copied().unwrap_or(false);
    if behind && layers.sleeve.bits()[to] { layers.veil.get(to) + layers.mirrored.get(to) } else { 0.0 }
}

/// Puts a thing into some rows of a picture of the same unit: first its shadow, then itself; fills the layers of hands.
pub(crate) fn lay(frame: &mut LinearImage, layers: &mut Layers, overlay: &Overlay, rows: Range<usize>) {
    let [left, top] = overlay.origin;
    let columns = overlay.light.width.min(frame.width.saturating_sub(left));
    let end = rows.end.min(frame.height).saturating_sub(top).min(overlay.light.height);
    for y in rows.start.saturating_sub(top)..end {
        for x in 0..columns {
            let from = y * overlay.light.width + x;
            let to = (y + top) * frame.width + x + left;
            let (alpha, shade) = (overlay.alpha.values[from], overlay.shade.values[from]);
            if alpha == 0.0 && shade == 0.0 {
                continue;
            }
            let keep = (1.0 - shade) * (1.0 - alpha);
            let film = film_before(overlay, from, layers, to) * alpha;
            for k in 0..3 {
                frame.pixels[to][k] = frame.pixels[to][k] * keep + overlay.light.pixels[from][k] + film;
            }
            if alpha >= 0.5 {
                layers.hand.bits_mut()[to] = true;
            }
            layers.hand_shade.bits_mut()[to] |= shade > 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{render, testing};

    /// A finger of light 0.2 behind a film that sends 0.3, and one before it.
    #[test]
    fn film_is_seen_before_a_finger_that_is_behind_it() {
        let rendered = render(&testing::small_scene(), Some(&testing::face())).unwrap();
        let (mut frame, mut layers) = (rendered.frame, rendered.layers);
        for at in 0..2 {
            layers.sleeve.bits_mut()[at] = true;
            layers.veil.set(at, 0.1);
            layers.mirrored.set(at, 0.2);
        }
        let plane = |value: f32| Plane { width: 3, height: 1, values: vec![value; 3].into() };
        let finger = Overlay {
            origin: [0, 0],
            light: LinearImage::filled(3, 1, [0.2; 3]),
            alpha: plane(1.0),
            shade: plane(0.0),
            behind: vec![true, false, true],
        };
        lay(&mut frame, &mut layers, &finger, 0..1);
        let seen: Vec<f32> = frame.pixels[..3].iter().map(|pixel| pixel[0]).collect();
        assert!((seen[0] - 0.5).abs() < 1e-4 && seen[1] == 0.2 && seen[2] == 0.2, "{seen:?}");
    }
}
