//! Low resolution: true samples per inch on the card.
//!
//! The card's size in pixels gives its nominal resolution (its real size is that of the standard whose proportions it
//! has). What share of the samples is true is told in two ways: print has no structure beyond the frequency that they could carry,
//! so [the spectrum](crate::spectrum) is cut off there; and noise of a sensor differs from pixel to pixel in
//! [flat places](crate::sharpness), while enlarging spreads it over several.
//!
//! Known weaknesses: a sharpener after enlarging; heavy blur, whose spectrum ends early as well, together with
//! strong compression that leaves no noise to judge by.

use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Evidence, percent};
use crate::model::{Model, Term};
use crate::picture::Picture;

/// Too few true samples on the card.
pub(crate) struct LowResolution;

/// Millimetres per inch.
const INCH: f32 = 25.4;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: -0.5925,
    terms: &[
        Term { measure: "true samples, log2 dpi", weight: -1.6255 },
        Term { measure: "samples of the file, log2 dpi", weight: 2.0029 },
        Term { measure: "roughness of flat places", weight: -3.3373 },
        Term { measure: "cut-off of the spectrum, log2 of its share of what pixels carry", weight: -3.4755 },
        Term { measure: "samples that the cut-off needs, log2 dpi", weight: -1.0671 },
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
        let cut_off = sharpness.spectrum.cut_off();
        let values =
            vec![dpi, log2(nominal), roughness, f64::from(libm::log2f(cut_off)), log2(nominal * cut_off)];
        let reason = format!(
            "about {:.0} true samples per inch on the card, of {nominal:.0} in the file: its structure ends at {} of the finest that the \
             pixels carry; flat places have a roughness of {:.2}, untouched noise one of 2 and more",
            nominal * sharpness.sampling(),
            percent(cut_off),
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
        assert!(enlarged > 0.7, "{enlarged}");
    }
}
