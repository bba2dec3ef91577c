//! The detectors, each in a file of its own and one line of [`ALL`].

mod backlit_face;
mod blur;
mod cropped_corner;
mod finger_occlusion;
mod glare;
mod low_resolution;
mod sleeve_reflection;

use retake_label::{BBox, Category, Role};

use crate::model::Model;
use crate::picture::Picture;

/// Every detector, in the order of the taxonomy.
pub const ALL: &[&dyn Detector] = &[
    &blur::Blur,
    &glare::Glare,
    &cropped_corner::CroppedCorner,
    &finger_occlusion::FingerOcclusion,
    &low_resolution::LowResolution,
    &sleeve_reflection::SleeveReflection,
    &backlit_face::BacklitFace,
];

/// Roles of pictures that show a document.
pub(crate) const DOCUMENTS: &[Role] = &[Role::DocumentFront, Role::DocumentBack];

/// One measurement of one category.
pub trait Detector: Sync {
    /// What it looks for.
    fn category(&self) -> Category;

    /// The pictures that it can judge; on others the category is never reported.
    fn roles(&self) -> &'static [Role];

    /// What is measured, and what each measure weighs.
    fn model(&self) -> &'static Model;

    /// Measures. Depends on nothing but the picture.
    fn look(&self, picture: &Picture) -> Evidence;

    /// Probability, 0-1, that the category is present.
    fn score(&self, picture: &Picture) -> f64 {
        self.model().probability(&self.look(picture).values)
    }
}

/// What a detector saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// A value for each term of the detector's model.
    pub values: Vec<f64>,
    /// Where it was seen, px of the picture; none where it speaks of the whole picture.
    pub bbox: Option<BBox>,
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::testing::{Scene, hash};

    /// Pictures at the edges of what can be handed over.
    fn odd() -> Vec<RgbImage> {
        let mut all: Vec<RgbImage> =
            [(1, 1), (1, 900), (900, 1), (2, 3), (7, 7), (64, 64), (3000, 12), (12, 3000), (800, 600)]
                .into_iter()
                .flat_map(|(w, h)| [0, 128, 255].map(|v| RgbImage::from_pixel(w, h, Rgb([v; 3]))))
                .collect();
        all.push(RgbImage::from_fn(400, 300, |x, y| Rgb([0, 1, 2].map(|c| hash(x, y, c) as u8))));
        all.push(RgbImage::from_fn(400, 300, |x, y| Rgb([(((x / 8 + y / 8) % 2) * 255) as u8; 3])));
        all.push(Scene::default().paint());
        all
    }

    #[test]
    fn scores_stay_in_range_and_repeat_on_any_picture() {
        for (k, image) in odd().into_iter().enumerate() {
            let [first, again] = [Picture::new(image.clone()).unwrap(), Picture::new(image).unwrap()];
            for detector in ALL {
                let score = detector.score(&first);
                assert!((0.0..=1.0).contains(&score), "{} on {k}: {score:?}", detector.category());
                assert_eq!(score, detector.score(&again), "{} on {k}", detector.category());
                let Some(b) = detector.look(&first).bbox else { continue };
                assert!([b.x, b.y, b.w, b.h].iter().all(|v| v.is_finite()), "{} on {k}", detector.category());
            }
        }
    }

    #[test]
    fn the_list_names_each_category_once_with_roles_that_it_applies_to() {
        for (k, detector) in ALL.iter().enumerate() {
            let category = detector.category();
            assert!(ALL[..k].iter().all(|other| other.category() < category), "{category} is out of order");
            assert!(!detector.roles().is_empty());
            assert!(detector.roles().iter().all(|role| category.can_apply_to(*role)), "{category}");
        }
    }

    #[test]
    fn a_clean_card_raises_no_alarm() {
        let picture = Picture::new(Scene::default().paint()).unwrap();
        for detector in ALL.iter().filter(|d| d.roles().contains(&Role::DocumentFront)) {
            let score = detector.score(&picture);
            assert!(score < 0.5, "{}: {score}", detector.category());
        }
    }
}
