//! Low resolution: true samples per inch on the card.
//!
//! The card's size in pixels gives its nominal resolution (its real size is that of the standard whose proportions it
//! has); the share of the samples that are true comes from [the finest structure](crate::sharpness) in flat places: noise
//! of a sensor differs from pixel to pixel, and enlarging spreads it over several.
//!
//! Known weaknesses: a card that is small in a picture of full sampling, whose lively noise speaks against it; strong noise reduction looks like enlarging; a sharpener after it hides it; heavy blur together
//! with strong compression leaves no noise to judge by.

use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Evidence};
use crate::model::{Model, Term};
use crate::picture::Picture;

/// Too few true samples on the card.
pub(crate) struct LowResolution;

/// Millimetres per inch.
const INCH: f32 = 25.4;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: 4.5971,
    terms: &[
        Term { measure: "true samples, log2 dpi", weight: -2.3058 },
        Term { measure: "samples of the file, log2 dpi", weight: 1.6145 },
        Term { measure: "roughness of flat places", weight: -3.9112 },
    ],
};

impl Detector for LowResolution {
    fn category(&self) -> Category {
        Category::LOW_RESOLUTION
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn look(&self, picture: &Picture) -> Evidence {
        let nominal = picture.px_per_mm() * INCH;
        let sharpness = picture.sharpness();
        let log2 = |dpi: f32| f64::from(libm::log2f(dpi.max(1.0)));
        let (dpi, roughness) = (log2(nominal * sharpness.sampling()), f64::from(sharpness.roughness));
        let values = vec![dpi, log2(nominal), roughness];
        let reason = format!(
            "about {:.0} true samples per inch on the card, of {nominal:.0} in the file: fine structure in flat places has a \
             roughness of {:.2}, untouched noise one of 2 and more",
            nominal * sharpness.sampling(),
            sharpness.roughness
        );
        Evidence { values, bbox: picture.card_box(), reason }
    }
}

#[cfg(test)]
mod tests {
    use image::imageops::{FilterType, resize};

    use super::*;
    use crate::testing::Scene;

    #[test]
    fn an_enlarged_picture_has_few_true_samples() {
        let whole = Scene::default();
        let score = |image| LowResolution.score(&Picture::new(image).unwrap());
        // 900 px on 85.6 mm are 267 dpi.
        assert!(score(whole.paint()) < 0.1);
        let mut small = whole.clone();
        small.size = [300, 225];
        small.card = small.card.map(|v| v * 0.25);
        let enlarged = score(resize(&small.paint(), 1200, 900, FilterType::CatmullRom));
        assert!(enlarged > 0.9, "{enlarged}");
    }
}
