//! Things in front of the card and their shadows, rendered elsewhere: hands.

use super::layers::Layers;
use crate::image::{LinearImage, Plane};

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
