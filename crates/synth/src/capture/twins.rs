//! Two photos of one scene at a time: twins that differ in what lens, sensor and file do, or in a hand before the card, are
//! painted once.
//!
//! Every row of light goes through both lenses while it is at hand, so that nothing of the painted picture has to be kept, and
//! each photo is the one that it would be by itself, to the byte.

use std::ops::Range;

use retake_label::Mask;

use super::layers::Layers;
use super::sensor::Exposure;
use super::texture::CardFace;
use super::{Sight, check, document, hand_before, lens_of};
use crate::image::{LightRows, Rgb8};
use crate::scene::{Desk, Scene, Sensor, Stage};
use crate::{Error, Result};

/// Most pixels of a picture that is made together with its twin: more take the memory of both.
const MOST_PIXELS: u64 = 3 << 20;

/// Whether two scenes are documents whose light is the same before the lens, but for their hands.
pub(crate) fn are_painted_alike(a: &Scene, b: &Scene) -> bool {
    let (Stage::Document(desk), Stage::Document(other)) = (&a.stage, &b.stage) else { return false };
    let [width, height] = a.camera.size.map(u64::from);
    if width * height > MOST_PIXELS || a.camera.size != b.camera.size {
        return false;
    }
    let mut alike = a.clone();
    alike.camera.shake.clone_from(&b.camera.shake);
    if desk.held.is_none() {
        // What is far behind a card that is held up is painted as blurred as the focus makes it.
        alike.camera.focus_distance = b.camera.focus_distance;
    }
    alike.sensor = Sensor { white: a.sensor.white, ..b.sensor.clone() };
    alike.file.clone_from(&b.file);
    if let Stage::Document(desk) = &mut alike.stage {
        desk.hands.clone_from(&other.hands);
    }
    alike == *b
}

/// Photographs two scenes that [`are_painted_alike`]; `measure` gets the number of each in turn and its layers, which are gone
/// when the pictures come.
///
/// # Errors
/// As [`super::photograph`].
pub(crate) fn photograph_both(
    scenes: [&Scene; 2],
    face: &CardFace,
    measure: &mut dyn FnMut(usize, &Layers),
) -> Result<[Rgb8; 2]> {
    let [first, second] = scenes;
    check(first)?;
    check(second)?;
    let [desk, other] = [desk_of(first)?, desk_of(second)?];
    if first.camera == second.camera && desk.hands == other.hands {
        return photograph_once(scenes, desk, face, measure);
    }
    let size = first.camera.size.map(|s| s as usize);
    let [mut one, mut two] = scenes.map(|scene| Exposure::new(size, scene));
    let hands: Vec<_> = desk.hands.iter().map(|hand| hand_before(hand, first, desk)).collect();
    let others = other.hands.iter().map(|hand| match desk.hands.iter().position(|known| known == hand) {
        Some(place) => hands[place].clone(),
        None => hand_before(hand, second, other),
    });
    let others = others.flatten().collect();
    let mut of_second = [(); 2].map(|()| Mask::new(size[0] as u32, size[1] as u32));
    let mut both = Both {
        first: Sight {
            lens: lens_of(first, desk)?,
            hands: hands.into_iter().flatten().collect(),
            taker: &mut |light, ready| one.take(light, ready),
        },
        second: Sight {
            lens: lens_of(second, other)?,
            hands: others,
            taker: &mut |light, ready| two.take(light, ready),
        },
        of_second: &mut of_second,
    };
    let layers = document::render(first, desk, face, &mut both);
    // Lenses and hands have done their part.
    drop(both);
    let mut layers = layers?;
    measure(0, &layers);
    swap_hands(&mut layers, &mut of_second);
    measure(1, &layers);
    Ok([one.finish(), two.finish()])
}

/// [`photograph_both`] of scenes whose light is the same behind the lens as well: what differs is the sensor, or the file alone.
fn photograph_once(
    scenes: [&Scene; 2],
    desk: &Desk,
    face: &CardFace,
    measure: &mut dyn FnMut(usize, &Layers),
) -> Result<[Rgb8; 2]> {
    let [first, second] = scenes;
    let size = first.camera.size.map(|s| s as usize);
    let sensors = if first.sensor == second.sensor { &scenes[..1] } else { &scenes[..] };
    let mut exposures: Vec<_> = sensors.iter().map(|scene| Exposure::new(size, scene)).collect();
    // The lens keeps as many rows as the coarser sensor waits for.
    let coarser = if second.sensor.sampling < first.sensor.sampling { second } else { first };
    let mut sight = Sight {
        lens: lens_of(coarser, desk)?,
        hands: desk.hands.iter().filter_map(|hand| hand_before(hand, first, desk)).collect(),
        taker: &mut |light, ready| exposures.iter_mut().for_each(|exposure| exposure.take(light, ready)),
    };
    let layers = document::render(first, desk, face, &mut sight);
    drop(sight);
    let layers = layers?;
    measure(0, &layers);
    measure(1, &layers);
    drop(layers);
    let mut pictures = exposures.into_iter().map(Exposure::finish);
    let picture = pictures.next().ok_or_else(|| Error::Invalid("a scene has a sensor".into()))?;
    let other = pictures.next().unwrap_or_else(|| picture.clone());
    Ok([picture, other])
}

fn desk_of(scene: &Scene) -> Result<&Desk> {
    match &scene.stage {
        Stage::Document(desk) => Ok(desk),
        Stage::Selfie(_) => Err(Error::Invalid("a selfie has no desk".into())),
    }
}

/// What rows of a document's light go through on their way to two pictures.
struct Both<'a, 'b> {
    first: Sight<'a, 'b>,
    second: Sight<'a, 'b>,
    /// The second one's layers of hands and of their shadows; all others are shared.
    of_second: &'a mut [Mask; 2],
}

impl document::Taker for Both<'_, '_> {
    fn light(&mut self) -> &mut LightRows {
        self.first.light()
    }

    fn follow(&mut self, layers: &mut Layers, rows: Range<usize>) {
        let (from, to) = (self.first.lens.light(), self.second.lens.light());
        rows.clone().for_each(|y| to.row_mut(y).copy_from_slice(from.row(y)));
        self.first.follow(layers, rows.clone());
        swap_hands(layers, self.of_second);
        self.second.follow(layers, rows);
        swap_hands(layers, self.of_second);
    }
}

fn swap_hands(layers: &mut Layers, [hand, shade]: &mut [Mask; 2]) {
    core::mem::swap(&mut layers.hand, hand);
    core::mem::swap(&mut layers.hand_shade, shade);
}

#[cfg(test)]
mod tests {
    use retake_label::Category;

    use super::*;
    use crate::recipe::{BUILTIN, Recipe, Size};
    use crate::shot::{Shot, Shots};
    use crate::studio::Studio;

    /// A small document's shot with this defect, and its twin without; all cards of the recipe are held up, or none.
    fn twins(category: Category, held: f64) -> [Shot; 2] {
        let standard = BUILTIN.iter().find(|b| b.name == "standard").unwrap().recipe().unwrap();
        let sizes = vec![Size { long: 320, short: 240, weight: 1.0 }];
        let shots = Shots::new(Recipe { sizes, held, companions: 0.0, ..standard }).unwrap();
        let shot = (0..).map(|k| shots.shot(2 * k)).find(|shot| shot.document.is_some()).unwrap();
        let clean = shot.defects.keys().copied().collect::<Vec<_>>();
        let clean = clean.into_iter().fold(shot, |shot, category| shot.with(category, 0.0).unwrap());
        [clean.clone().with(category, 0.5).unwrap(), clean]
    }

    #[test]
    fn twins_together_are_what_they_are_alone() {
        for (category, held) in [
            (Category::BLUR, 0.0),
            (Category::LOW_RESOLUTION, 0.0),
            (Category::LOW_RESOLUTION, 1.0),
            (Category::FINGER_OCCLUSION, 0.0),
            (Category::FINGER_OCCLUSION, 1.0),
        ] {
            let [a, b] = &twins(category, held);
            let [of_a, of_b] = &[a, b].map(|shot| shot.staged().unwrap());
            assert!(are_painted_alike(of_a, of_b) && of_a != of_b, "{category} {held}");
            let studio = Studio::new();
            let both = studio.photograph_both([a, b], [of_a, of_b]).unwrap();
            for (shot, photo) in [a, b].into_iter().zip(both) {
                let alone = studio.photograph(shot).unwrap();
                assert!(photo.bytes == alone.bytes && photo.picture == alone.picture, "{category} {held}");
                assert_eq!(photo.record, alone.record, "{category} {held}");
            }
        }
    }

    #[test]
    fn what_changes_the_light_on_card_or_table_is_painted_twice() {
        for category in [Category::GLARE, Category::CROPPED_CORNER, Category::SLEEVE_REFLECTION] {
            let [a, b] = twins(category, 0.0).map(|shot| shot.staged().unwrap());
            assert!(!are_painted_alike(&a, &b), "{category}");
        }
        // Focus blurs what is far behind a card that is held up.
        let [a, _] = twins(Category::BLUR, 1.0).map(|shot| shot.staged().unwrap());
        let mut farther = a.clone();
        farther.camera.focus_distance *= 1.1;
        assert!(!are_painted_alike(&a, &farther));
        // What is metered brighter is another light.
        let [a, _] = twins(Category::BLUR, 0.0).map(|shot| shot.staged().unwrap());
        let mut brighter = a.clone();
        brighter.sensor.white *= 0.5;
        assert!(!are_painted_alike(&a, &brighter));
    }
}
