//! Blur: how wide the steepest part of the card's edges is, in millimetres on the card.
//!
//! Print has steps of contrast everywhere, and a point-spread function widens each of them alike: the width of a step
//! is its contrast over its steepest slope. A picture that was enlarged has wide steps too; the share of that, known
//! from [the sampling](crate::sharpness), is taken off in quadrature.
//!
//! Known weaknesses: motion along the print's own lines; glare that leaves too few edges; sharpening narrows steps.

use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Score};
use crate::picture::Picture;
use crate::plane::logistic;

/// Blur by defocus and by motion.
pub(crate) struct Blur;

/// Width that one true sample adds to a step, in samples.
const SAMPLE: f32 = 0.7;

impl Detector for Blur {
    fn category(&self) -> Category {
        Category::BLUR
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn score(&self, picture: &Picture) -> Score {
        Score::whole(logistic(edge_width(picture), 0.40, 0.05))
    }
}

/// Median width of the card's edges, mm on the card; 0 where there are none.
fn edge_width(picture: &Picture) -> f32 {
    let sharpness = picture.sharpness();
    let sample = SAMPLE / sharpness.sampling();
    let width = sharpness.edge_width;
    let widened = (width * width - sample * sample).max(0.0).sqrt();
    widened / picture.px_per_mm().max(1e-3)
}

#[cfg(test)]
mod tests {
    use image::imageops::blur;

    use super::*;
    use crate::testing::{Scene, noisy};

    #[test]
    fn the_score_rises_with_the_blur() {
        let ideal = Scene::default().ideal(|_, _, colour| colour);
        // The sensor's noise is not blurred: that is what tells blur from missing samples.
        let scores = [1.0, 1.5, 2.0, 2.5, 3.0]
            .map(|sigma| Blur.score(&Picture::new(noisy(&blur(&ideal, sigma))).unwrap()).score);
        assert!(scores.is_sorted() && scores[0] < 0.2 && scores[4] > 0.8, "{scores:?}");
    }
}
