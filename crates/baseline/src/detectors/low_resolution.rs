//! Low resolution: true samples per inch on the card.
//!
//! The card's size in pixels gives its nominal resolution (its real size is that of the standard whose proportions it
//! has); the share of the samples that are true comes from [the finest structure](crate::sharpness) in flat places: noise
//! of a sensor differs from pixel to pixel, and enlarging spreads it over several.
//!
//! Known weaknesses: strong noise reduction looks like enlarging; a sharpener after it hides it; heavy blur together
//! with strong compression leaves no noise to judge by.

use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Score};
use crate::picture::Picture;
use crate::plane::logistic;

/// Too few true samples on the card.
pub struct LowResolution;

/// Millimetres per inch.
const INCH: f32 = 25.4;

impl Detector for LowResolution {
    fn category(&self) -> Category {
        Category::LOW_RESOLUTION
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn score(&self, picture: &Picture) -> Score {
        let dpi = picture.px_per_mm() * INCH * picture.sharpness().sampling();
        Score::whole(logistic(dpi, 165.0, -20.0))
    }
}
