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
pub(crate) struct LowResolution;

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

#[cfg(test)]
mod tests {
    use image::imageops::{FilterType, resize};

    use super::*;
    use crate::testing::Scene;

    #[test]
    fn an_enlarged_picture_and_a_small_card_have_few_true_samples() {
        let whole = Scene::default();
        let score = |image| LowResolution.score(&Picture::new(image).unwrap()).score;
        // 900 px on 85.6 mm are 267 dpi.
        assert!(score(whole.paint()) < 0.1);
        let mut small = whole.clone();
        small.size = [480, 360];
        small.card = small.card.map(|v| v * 0.4);
        assert!(score(small.paint()) > 0.9);
        assert!(score(resize(&small.paint(), 1200, 900, FilterType::CatmullRom)) > 0.9);
    }
}
