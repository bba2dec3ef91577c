//! Things in front of the card and their shadows, rendered elsewhere: hands.

use std::ops::Range;

use glam::{DMat3, DVec2};

use super::lanes::{LANES, Lane};
use super::layers::Layers;
use super::outline::{RoundedRect, coverage};
use super::plane::{PlaneLanes, PlaneMap};
use crate::image::{LightRows, LinearImage, Plane};
use crate::scene::{Camera, CardPose};

/// A thing between card and camera, as a part of the picture.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Left and top of the part in the picture that it covers, px.
    pub origin: [usize; 2],
    /// Light of the thing where it is, cd/m2, already weighted with `alpha`.
    pub light: LinearImage,
    /// Share of each pixel that it hides, 0-1.
    pub alpha: Plane,
    /// Its shadow on what it does not hide; all that it covers lies within.
    pub shade: Shade,
    /// Pixels where it is behind the card, if the card is held up; else empty.
    pub behind: Vec<bool>,
}

/// A shadow, share of light that is taken, 0-1, over a part of the picture: at nodes some pixels apart, linear between them.
#[derive(Clone, Debug)]
pub struct Shade {
    /// Left and top of the part in the picture, px.
    pub origin: [usize; 2],
    /// Width and height of the part, px.
    pub size: [usize; 2],
    /// Nodes, the first on the part's first pixel, at least as many as the part has columns and rows of them.
    pub nodes: Plane,
    /// Pixels from node to node.
    pub step: usize,
}

impl Shade {
    /// A shadow that is known at every pixel.
    pub fn of_pixels(origin: [usize; 2], pixels: Plane) -> Self {
        Self { origin, size: [pixels.width, pixels.height], nodes: pixels, step: 1 }
    }

    /// The pixels of a row of the part; `line` is room for a row of nodes.
    fn row(&self, y: usize, line: &mut Vec<f32>, out: &mut [f32]) {
        let Self { nodes, step, .. } = self;
        let at = |row: usize| &nodes.values[row.min(nodes.height - 1) * nodes.width..][..nodes.width];
        let t = (y % step) as f32 / *step as f32;
        line.clear();
        line.extend(
            at(y / step).iter().zip(at(y / step + 1)).map(|(above, below)| above + (below - above) * t),
        );
        line.extend(line.last().copied());
        for (pair, cell) in line.windows(2).zip(out.chunks_mut(*step)) {
            for (k, value) in cell.iter_mut().enumerate() {
                *value = pair[0] + (pair[1] - pair[0]) * (k as f32 / *step as f32);
            }
        }
    }

    /// The same with a node on each pixel.
    fn fine(&self) -> Self {
        let [width, height] = self.size;
        let mut pixels = Plane::filled(width, height, 0.0);
        let mut line = Vec::new();
        for (y, row) in pixels.values.chunks_exact_mut(width).enumerate() {
            self.row(y, &mut line, row);
        }
        Self::of_pixels(self.origin, pixels)
    }
}

impl Overlay {
    /// The number of the pixel that lies here in the picture, if it may be covered.
    fn pixel(&self, x: usize, y: usize) -> Option<usize> {
        let [x, y] = [x.checked_sub(self.origin[0])?, y.checked_sub(self.origin[1])?];
        (x < self.alpha.width && y < self.alpha.height).then(|| y * self.alpha.width + x)
    }
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
    overlay.shade = overlay.shade.fine();
    let ([left, top], [width, height]) = (overlay.shade.origin, overlay.shade.size);
    for y in 0..height {
        for x in (0..width).step_by(LANES) {
            let [face, back] = planes.map(|plane| plane.at(left + x, top + y));
            for i in 0..LANES.min(width - x) {
                let cover = |plane: &[Lane; 2]| {
                    coverage(outline.distance([plane[0][i], plane[1][i]]), footprint as f32)
                };
                overlay.shade.nodes.values[y * width + x + i] *= cover(&face);
                if let Some(at) = overlay.pixel(left + x + i, top + y).filter(|at| overlay.behind[*at]) {
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
    if behind && layers.sleeve.at(to) { layers.veil.get(to) + layers.mirrored.get(to) } else { 0.0 }
}

/// Puts a thing into some rows of a picture of the same unit: first its shadow, then itself; fills the layers of hands.
pub(crate) fn lay(frame: &mut LightRows, layers: &mut Layers, overlay: &Overlay, rows: Range<usize>) {
    let ([left, top], [width, height]) = (overlay.shade.origin, overlay.shade.size);
    let columns = width.min(frame.width.saturating_sub(left));
    let end = rows.end.min(frame.height).saturating_sub(top).min(height);
    let (mut line, mut shades) = (Vec::new(), vec![0.0; width]);
    for y in rows.start.saturating_sub(top)..end {
        overlay.shade.row(y, &mut line, &mut shades);
        let first = (y + top) * frame.width + left;
        let row = &mut frame.row_mut(y + top)[left..][..columns];
        for (x, (pixel, shade)) in row.iter_mut().zip(&shades).enumerate() {
            let from = overlay.pixel(x + left, y + top);
            let alpha = from.map_or(0.0, |from| overlay.alpha.values[from]);
            if alpha == 0.0 && *shade == 0.0 {
                continue;
            }
            let to = first + x;
            let keep = (1.0 - shade) * (1.0 - alpha);
            *pixel = pixel.map(|v| v * keep);
            if let Some(from) = from {
                let film = film_before(overlay, from, layers, to) * alpha;
                for (v, light) in pixel.iter_mut().zip(overlay.light.pixels[from]) {
                    *v = *v + light + film;
                }
            }
            if alpha >= 0.5 {
                layers.hand.put(to);
            }
            if *shade > 0.0 {
                layers.hand_shade.put(to);
            }
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
        let (mut frame, mut layers) = (LightRows::from(rendered.frame), rendered.layers);
        for at in 0..2 {
            layers.sleeve.put(at);
            layers.veil.set(at, 0.1);
            layers.mirrored.set(at, 0.2);
        }
        let plane = |value: f32| Plane { width: 3, height: 1, values: vec![value; 3].into() };
        let finger = Overlay {
            origin: [0, 0],
            light: LinearImage::filled(3, 1, [0.2; 3]),
            alpha: plane(1.0),
            shade: Shade::of_pixels([0, 0], plane(0.0)),
            behind: vec![true, false, true],
        };
        lay(&mut frame, &mut layers, &finger, 0..1);
        let seen: Vec<f32> = frame.row(0)[..3].iter().map(|pixel| pixel[0]).collect();
        assert!((seen[0] - 0.5).abs() < 1e-4 && seen[1] == 0.2 && seen[2] == 0.2, "{seen:?}");
    }
}
