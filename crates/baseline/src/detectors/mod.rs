//! The detectors, each in a file of its own and one line of [`ALL`].

pub mod backlit_face;
pub mod blur;
pub mod cropped_corner;
pub mod finger_occlusion;
pub mod glare;
pub mod low_resolution;
pub mod sleeve_reflection;

use retake_label::{BBox, Category, Role};

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
pub const DOCUMENTS: &[Role] = &[Role::DocumentFront, Role::DocumentBack];

/// One measurement of one category.
pub trait Detector: Sync {
    /// What it looks for.
    fn category(&self) -> Category;

    /// The pictures that it can judge; on others the category is never reported.
    fn roles(&self) -> &'static [Role];

    /// Measures. Depends on nothing but the picture.
    fn score(&self, picture: &Picture) -> Score;
}

/// What a detector says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// How likely the defect is there, 0-1; 0.5 is where the detector would decide.
    pub score: f64,
    /// Where it is, px of the picture.
    pub bbox: Option<BBox>,
}

impl Score {
    /// A score that speaks of the whole picture.
    pub fn whole(score: f64) -> Self {
        Self { score, bbox: None }
    }
}
