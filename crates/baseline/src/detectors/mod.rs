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
    /// Where it was seen or measured, px of the picture and within it; none where nothing was seen, or no card found.
    pub bbox: Option<BBox>,
    /// What was measured, in words: it stands by the score whichever way that went.
    pub reason: String,
}

/// A share as percent, for reasons.
fn percent(share: f32) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};
    use retake_label::Finding;

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
    fn what_is_seen_keeps_its_bounds_and_repeats_on_any_picture() {
        for (k, image) in odd().into_iter().enumerate() {
            let [w, h] = [image.width(), image.height()].map(f64::from);
            let [first, again] = [Picture::new(image.clone()).unwrap(), Picture::new(image).unwrap()];
            for detector in ALL {
                let case = format!("{} on {k}", detector.category());
                let seen = detector.look(&first);
                let score = detector.model().probability(&seen.values);
                assert!((0.0..=1.0).contains(&score), "{case}: {score:?}");
                assert_eq!(seen, detector.look(&again), "{case}");
                let words = seen.reason.chars().count();
                assert!((10..=Finding::LONGEST_REASON).contains(&words), "{case}: {}", seen.reason);
                assert!(
                    !seen.reason.contains("NaN") && !seen.reason.contains("inf"),
                    "{case}: {}",
                    seen.reason
                );
                let Some(b) = seen.bbox else { continue };
                let inside = |at: f64, size: f64, of: f64| at >= 0.0 && size >= 0.0 && at + size <= of + 0.01;
                assert!(inside(b.x, b.w, w) && inside(b.y, b.h, h), "{case}: {b:?}");
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
