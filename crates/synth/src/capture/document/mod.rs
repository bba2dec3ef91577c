//! A card on a table, in linear light, cell by cell of the picture.
//!
//! What is smooth over the picture (illuminance, the lights' outlines in slope space, Fresnel) comes from coarse grids. A
//! cell interpolates between nodes, as far apart as what it shows allows: its corners where all is smooth, a few pixels
//! where laminate, film or a shadow have detail. What is fine (print, texture of the table, edges) is worked out for every
//! pixel, rows of pixels side by side.

mod backdrop;
mod cells;
mod nodes;
mod set;

use std::ops::Range;

use glam::DVec2;
use retake_label::Mask;

use self::backdrop::Backdrop;
use self::cells::{Painter, Shows};
use self::set::Set;
pub(super) use self::set::footprint;
use super::lanes::LANES;
use super::layers::Layers;
use super::texture::CardFace;
use crate::image::{LightPlane, LightRows};
use crate::scene::{Desk, Scene};
use crate::{Error, Result};

/// Who takes the light of a picture, row by row from the top.
pub(super) trait Taker {
    /// Where the light goes.
    fn light(&mut self) -> &mut LightRows;

    /// Takes rows as they are finished, while they are still in the processor's cache.
    fn follow(&mut self, layers: &mut Layers, rows: Range<usize>);
}

/// Renders the light of a document scene before the optics, as a share of the sensor's white, and gives its layers.
pub(super) fn render(scene: &Scene, desk: &Desk, face: &CardFace, taker: &mut impl Taker) -> Result<Layers> {
    let shows = if desk.held.is_some() { Shows::Card } else { Shows::All };
    let set = Set::new(scene, desk, face, shows)?;
    let height = scene.camera.size[1] as usize;
    let mut layers = blank(scene, desk, face)?;
    let backdrop = (shows == Shows::Card).then(|| Backdrop::new(scene, desk, face)).transpose()?;
    let mut painter = Painter::new(&set, shows);
    for top in (0..height).step_by(LANES) {
        let rows = top..(top + LANES).min(height);
        if let Some(backdrop) = &backdrop {
            backdrop.lay(taker.light(), &mut layers, rows.clone());
        }
        cells::paint_cells(&mut painter, top, taker.light(), &mut layers);
        taker.follow(&mut layers, rows);
    }
    Ok(layers)
}

fn blank(scene: &Scene, desk: &Desk, face: &CardFace) -> Result<Layers> {
    let [w, h] = scene.camera.size;
    let count = w as usize * h as usize;
    let only = |there: bool| if there { LightPlane::dark(count) } else { LightPlane::none() };
    let corners = desk.card.corners().into_iter().map(|corner| scene.camera.picture_of(corner));
    let corners = corners
        .collect::<Option<Vec<DVec2>>>()
        .ok_or_else(|| Error::Invalid("a corner of the card lies behind the camera".into()))?;
    Ok(Layers {
        card: Mask::new(w, h),
        hand: Mask::new(w, h),
        hand_shade: Mask::new(w, h),
        body: LightPlane::unset(count),
        paper: only(desk.sleeve.is_some()),
        mirrored: LightPlane::unset(count),
        hologram: only(!face.hologram().is_empty()),
        veil: LightPlane::dark(count),
        sleeve: Mask::new(w, h),
        face: Mask::new(w, h),
        background: Mask::new(w, h),
        corners,
        face_box: None,
    })
}
