//! Blur: how wide the steepest part of the card's edges is, in millimetres on the card.
//!
//! Print has steps of contrast everywhere, and a point-spread function widens each of them alike: the width of a step
//! is its contrast over its steepest slope. It is measured along both axes, since motion has a direction. A picture that was
//! enlarged has wide steps too; the share of that, known from [the sampling](crate::sharpness), is taken off in quadrature, and
//! what is left over of it is weighed by the pitch of the true samples. Beside the widths stands how fast
//! [the spectrum](crate::spectrum) of the print falls: steadily with blur, and not before the cut-off where samples are missing.
//!
//! Known weaknesses: motion along the print's own lines; glare that leaves too few edges; sharpening narrows steps.

use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Evidence};
use crate::model::{Model, Term};
use crate::picture::Picture;

/// Blur by defocus and by motion.
pub(crate) struct Blur;

/// Width that one true sample adds to a step, in samples.
const SAMPLE: f32 = 0.7;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: -6.7388,
    terms: &[
        Term { measure: "width of steps along the more blurred axis, log2 mm", weight: 2.3840 },
        Term { measure: "width of steps along the other axis, log2 mm", weight: 0.7317 },
        Term { measure: "pitch of true samples, log2 mm", weight: -0.9763 },
        Term { measure: "pitch that the cut-off of the spectrum needs, log2 mm", weight: -1.2177 },
        Term { measure: "pitch of the file's samples, log2 mm", weight: 0.3462 },
        Term { measure: "fall of the spectrum over coarse structure, weaker axis, log2", weight: 1.3733 },
        Term { measure: "fall of the spectrum over fine structure, stronger axis, log2", weight: 0.5888 },
    ],
};

impl Detector for Blur {
    fn category(&self) -> Category {
        Category::BLUR
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn look(&self, picture: &Picture) -> Evidence {
        let sharpness = picture.sharpness();
        let px_per_mm = picture.px_per_mm().max(1e-3);
        let sample = SAMPLE / sharpness.sampling();
        let [wide, narrow] = {
            let [x, y] = sharpness.edge_widths.map(|width| without_sampling(width, sample) / px_per_mm);
            [x.max(y), x.min(y)]
        };
        let pitch = 1.0 / (px_per_mm * sharpness.sampling());
        let spectrum = &sharpness.spectrum;
        let needed = 1.0 / (px_per_mm * spectrum.cut_off());
        let log_mm = |mm: f32| libm::log2f(mm.clamp(LEAST, MOST));
        let fall = |[from, to]: [f32; 2], axis: usize| {
            spectrum.power(from / px_per_mm)[axis] - spectrum.power(to / px_per_mm)[axis]
        };
        let values = [
            log_mm(wide),
            log_mm(narrow),
            log_mm(pitch),
            log_mm(needed),
            log_mm(1.0 / px_per_mm),
            fall(COARSE, 0),
            fall(FINE, 1),
        ]
        .map(f64::from);
        let reason = match sharpness.edge_widths {
            [0.0, 0.0] => "no clear step of contrast on the card".to_owned(),
            _ => format!(
                "steps of contrast on the card are {wide:.2} mm wide along the more blurred axis and {narrow:.2} mm along the \
                 other, sampling taken off; the true samples are {pitch:.2} mm apart"
            ),
        };
        Evidence { values: values.to_vec(), bbox: picture.card_box(), reason }
    }
}

/// Widths and pitches that are told apart, mm.
const LEAST: f32 = 0.05;
const MOST: f32 = 3.0;

/// Structure of letters and that of their strokes, cycles per mm on the card: ends of the ranges over which blur is told by how fast the
/// spectrum falls.
const COARSE: [f32; 2] = [0.35, 0.7];
const FINE: [f32; 2] = [1.4, 2.8];

/// Width of a step, with what `sample` adds to it taken off in quadrature, px.
fn without_sampling(width: f32, sample: f32) -> f32 {
    (width * width - sample * sample).max(0.0).sqrt()
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
        let scores = [0.5, 0.8, 1.0, 1.5, 2.0, 3.0]
            .map(|sigma| Blur.score(&Picture::new(noisy(&blur(&ideal, sigma))).unwrap()));
        assert!(scores.is_sorted() && scores[0] < 0.2 && scores[4] > 0.8, "{scores:?}");
        // It speaks of the card as a whole.
        let [x, y, w, h] = Scene::default().card.map(f64::from);
        let seen = Blur.look(&Picture::new(noisy(&blur(&ideal, 2.0))).unwrap());
        assert!(seen.bbox.unwrap().iou(&[x, y, w, h].into()) > 0.95, "{seen:?}");
    }
}
