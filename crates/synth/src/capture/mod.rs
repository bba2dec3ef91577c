//! The camera's side of a photo: from a scene to a frame in linear light with its layers, through optics and
//! sensor to eight bits.
//!
//! [`photograph`] takes a picture, row by row; [`render`] gives light at the sensor and what every pixel shows, and
//! [`develop`] makes the picture of it.

mod blur;
mod clutter;
mod document;
mod film;
mod grid;
mod halo;
mod hologram;
mod lamps;
mod lanes;
mod layers;
mod light;
mod mirror;
mod noise;
mod optics;
mod outline;
mod overlay;
mod plane;
mod relief;
mod resample;
mod screens;
mod sensor;
mod shadow;
mod surface;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod texture;
mod twins;

pub(crate) use blur::discs;
pub(crate) use mirror::{Outline, fresnel};
pub(crate) use resample::gathered;
pub(crate) use screens::open;
pub(crate) use sensor::stored;
pub(crate) use twins::{are_painted_alike, photograph_both};

use std::ops::Range;
use std::rc::Rc;

pub use layers::{Layers, Rendered};
pub use light::{illuminance, mirror_direction};
pub use optics::{HALO_REACH, Psf, psf_at, psf_at_world, reach_px};
pub use overlay::{Overlay, Shade};

pub use sensor::develop;
pub use surface::{SURFACES, surface_albedo};
pub use texture::CardFace;

use crate::body::HandPlacement;
use crate::image::{LightRows, LinearImage, Rgb8};
use crate::scene::{Desk, Scene, Stage};
use crate::{Error, Result, body};
use optics::Lens;

/// Renders a scene through its lens. `face` is the printed face of the card that a document shows; a selfie
/// needs none.
///
/// # Errors
/// [`Error::Invalid`] when the scene cannot be rendered: no face for a card, a face of another size, a corner
/// behind the camera, or numbers that are no exposure.
pub fn render(scene: &Scene, face: Option<&CardFace>) -> Result<Rendered> {
    check(scene)?;
    let [width, height] = scene.camera.size.map(|s| s as usize);
    let mut frame = LinearImage::unset(width, height);
    let mut done = 0;
    let layers = expose(scene, face, &mut |light, ready| {
        let rows = frame.pixels.chunks_exact_mut(width).enumerate().take(ready).skip(done);
        rows.for_each(|(y, row)| row.copy_from_slice(light.row(y)));
        done = ready;
    })?;
    Ok(Rendered { frame, layers })
}

/// Makes a face ready for the photo of a scene; `print` hands over its artwork, some rows at a time from the top. Not needed for
/// a face that keeps its artwork.
///
/// # Errors
/// Those of `print`.
pub(crate) fn prepare(
    scene: &Scene,
    face: &CardFace,
    print: impl FnOnce(&mut dyn FnMut(&[[u16; 3]])) -> Result<()>,
) -> Result<()> {
    match &scene.stage {
        Stage::Document(desk) => face.prepare(document::footprint(scene, desk), print),
        Stage::Selfie(_) => Ok(()),
    }
}

/// [`render`] and [`develop`] in one, without a frame: light is developed row by row as it comes.
///
/// # Errors
/// As [`render`].
pub fn photograph(scene: &Scene, face: Option<&CardFace>) -> Result<(Rgb8, Layers)> {
    check(scene)?;
    let size = scene.camera.size.map(|s| s as usize);
    // There is no picture before there is light: a head of hair needs the memory first.
    let mut exposure = None;
    let layers = expose(scene, face, &mut |light, ready| {
        exposure.get_or_insert_with(|| sensor::Exposure::new(size, scene)).take(light, ready);
    })?;
    Ok((exposure.unwrap_or_else(|| sensor::Exposure::new(size, scene)).finish(), layers))
}

/// Carries the light of a scene that was checked through its lens to who takes it.
fn expose(scene: &Scene, face: Option<&CardFace>, taker: &mut optics::Taker<'_>) -> Result<Layers> {
    match &scene.stage {
        Stage::Document(desk) => {
            let face = face.ok_or_else(|| Error::Invalid("a document needs the face of its card".into()))?;
            let hands = desk.hands.iter().filter_map(|hand| hand_before(hand, scene, desk)).collect();
            let lens = lens_of(scene, desk)?;
            document::render(scene, desk, face, &mut Sight { lens, hands, taker })
        }
        Stage::Selfie(room) => {
            // The room comes blurred by its distance; the lens's focus on the person is what is left.
            let depth = scene.camera.to_camera(optics::FACE).z;
            let mut lens = None;
            let height = scene.camera.size[1] as usize;
            Ok(body::expose_selfie(room, &scene.camera, scene.sensor.white, &mut |y, row| {
                let lens = lens.get_or_insert_with(|| Lens::new(scene, SELFIE_LIGHT, |_| depth));
                lens.light().row_mut(y).copy_from_slice(row);
                let end = y + 1;
                if end.is_multiple_of(Lens::BATCH) || end == height {
                    lens.follow(end, taker);
                }
            }))
        }
    }
}

/// What rows of a document's light go through: hands before them, then the lens.
struct Sight<'a, 'b> {
    lens: Lens,
    hands: Vec<Rc<Overlay>>,
    taker: &'a mut optics::Taker<'b>,
}

impl document::Taker for Sight<'_, '_> {
    fn light(&mut self) -> &mut LightRows {
        self.lens.light()
    }

    fn follow(&mut self, layers: &mut Layers, rows: Range<usize>) {
        self.hands.iter().for_each(|hand| overlay::lay(self.lens.light(), layers, hand, rows.clone()));
        self.lens.follow(rows.end, self.taker);
    }
}

/// The lens of a document scene.
fn lens_of(scene: &Scene, desk: &Desk) -> Result<Lens> {
    let expected = expected_light(scene, desk)?.map(|v| v / scene.sensor.white);
    Ok(Lens::new(scene, expected, optics::document_depth(scene, desk)))
}

/// A hand of a document scene, its light as a share of the sensor's white; `None` when nothing of it is seen.
fn hand_before(hand: &HandPlacement, scene: &Scene, desk: &Desk) -> Option<Rc<Overlay>> {
    let to_share = (1.0 / scene.sensor.white) as f32;
    let mut hand = body::hand::hand_layer(hand, scene)?;
    hand.light.pixels.iter_mut().for_each(|pixel| *pixel = pixel.map(|v| v * to_share));
    if desk.held.is_some() {
        overlay::tuck(&mut hand, &scene.camera, &desk.card);
    }
    Some(Rc::new(hand))
}

/// The mean light that a lens expects from a selfie, share of white.
const SELFIE_LIGHT: [f64; 3] = [0.3; 3];

fn check(scene: &Scene) -> Result<()> {
    let (camera, sensor) = (&scene.camera, &scene.sensor);
    let positive = [
        ("sensor.white", sensor.white),
        ("sensor.full_well", sensor.full_well),
        ("sensor.sampling", sensor.sampling),
        ("camera.iso", camera.iso),
        ("camera.focal_length", camera.focal_length),
        ("camera.f_number", camera.f_number),
        ("camera.pixel_pitch", camera.pixel_pitch),
        ("camera.focus_distance", camera.focus_distance),
    ];
    if let Some((name, value)) = positive.iter().find(|(_, v)| !v.is_finite() || *v <= 0.0) {
        return Err(Error::Invalid(format!("{name} is {value} and must be positive")));
    }
    if camera.size.iter().any(|s| !(16..=16_384).contains(s)) {
        return Err(Error::Invalid(format!("a picture of {:?} px is outside 16 to 16384", camera.size)));
    }
    Ok(())
}

/// The light that a lens expects from a document: half a white card, half the bare table. Hands, sleeves and framing
/// do not enter, so that they change nothing outside their own pixels.
fn expected_light(scene: &Scene, desk: &Desk) -> Result<[f64; 3]> {
    let table = surface::Ground::new(&desk.surface)?.mean();
    let e = illuminance(scene, desk.card.centre, desk.card.normal());
    Ok(core::array::from_fn(|k| {
        let albedo = 0.5 * 0.6 + 0.5 * f64::from(table[k]);
        albedo * e[k] / core::f64::consts::PI
    }))
}
