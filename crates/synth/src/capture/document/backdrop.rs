//! What is far behind a card that is held up: the table, out of focus.
//!
//! It is worked out on a smaller copy of the picture, blurred there by its own distance, and enlarged: nothing finer is left
//! to be seen. The card comes before it as sharp as the lens makes it.

use std::ops::Range;

use glam::DVec2;
use retake_simd::kernel;

use super::cells::{Painter, Shows, paint_cells};
use super::set::Set;
use super::{LANES, blank};
use crate::Result;
use crate::capture::blur::discs;
use crate::capture::layers::Layers;
use crate::capture::texture::CardFace;
use crate::color::luminance;
use crate::image::{Enlarged, LightRows, LinearImage};
use crate::scene::{Desk, Scene};

/// Pixels of the picture along the side of one of the copy.
const CELL: usize = 4;

/// The table on the smaller copy, as it is seen past a card.
pub(super) struct Backdrop {
    light: LinearImage,
    /// What its gloss mirrors.
    gloss: LinearImage,
}

impl Backdrop {
    pub(super) fn new(scene: &Scene, desk: &Desk, face: &CardFace) -> Result<Self> {
        let small = smaller(scene);
        let [width, height] = small.camera.size.map(|s| s as usize);
        let set = Set::new(&small, desk, face, Shows::Table)?;
        let mut light: LightRows = LinearImage::filled(width, height, [0.0; 3]).into();
        let mut shown = blank(&small, desk, face)?;
        let mut painter = Painter::new(&set, Shows::Table);
        for top in (0..height).step_by(LANES) {
            paint_cells(&mut painter, top, &mut light, &mut shown);
        }
        let gloss = shown.mirrored.iter().map(|v| [v; 3]).collect::<Vec<_>>().into();
        let gloss = LinearImage { width, height, pixels: gloss };
        let [light, gloss] =
            [light.into_image(), gloss].map(|image| discs(image, |at| radius(&small, desk, at)));
        Ok(Self { light, gloss })
    }

    /// Lays it into some rows of a picture and its layers.
    pub(super) fn lay(&self, frame: &mut LightRows, layers: &mut Layers, rows: Range<usize>) {
        enlarge(self, frame, layers, rows);
    }
}

/// The scene as a camera with larger pixels sees it.
fn smaller(scene: &Scene) -> Scene {
    let mut small = scene.clone();
    let camera = &mut small.camera;
    camera.size = camera.size.map(|side| side.div_ceil(CELL as u32));
    camera.pixel_pitch *= CELL as f64;
    camera.principal_point /= CELL as f64;
    small
}

/// Radius of the blur disc of what is seen at a place, px.
fn radius(scene: &Scene, desk: &Desk, at: [f64; 2]) -> f64 {
    let camera = &scene.camera;
    let (origin, axes) = desk.ground();
    let sight = camera.sight(DVec2::from_array(at));
    // A sight line has forward part 1, so its parameter is the depth.
    let depth = axes.z_axis.dot(origin - camera.position) / axes.z_axis.dot(sight);
    let depth = if depth > 0.0 { depth.min(FAR) } else { FAR };
    0.5 * camera.blur_disc_px(depth)
}

/// Depth of what is over the horizon, mm.
const FAR: f64 = 5000.0;

kernel! {
    /// Brings the copy's light, and that of its gloss, into rows of the picture and its layers.
    fn enlarge(copy: &Backdrop, frame: &mut LightRows, layers: &mut Layers, rows: Range<usize>) {
        let width = frame.width;
        let (mut light, mut gloss) = (Enlarged::new(&copy.light, CELL), Enlarged::new(&copy.gloss, CELL));
        let (mut glossy, mut body, mut mirrored) = (vec![[0.0; 3]; width], vec![0.0; width], vec![0.0; width]);
        for y in rows {
            let row = frame.row_mut(y);
            light.seek(y);
            light.fill::<CELL>(row);
            gloss.seek(y);
            gloss.fill::<CELL>(&mut glossy);
            for (((pixel, gloss), body), mirrored) in row.iter().zip(&glossy).zip(&mut body).zip(&mut mirrored) {
                *mirrored = gloss[0];
                *body = luminance(*pixel) - gloss[0];
            }
            layers.mirrored.store(y * width, &mirrored);
            layers.body.store(y * width, &body);
        }
    }
}
