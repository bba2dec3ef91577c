//! Cropped corners: whether the card's outline leaves the picture.
//!
//! Measured is how much better the best outline that reaches past the frame fits than the best one inside it does, how far the outermost
//! corner of the chosen outline is past the frame, and how much of its area. Where a whole side is outside, the frame stands in for
//! it.
//!
//! Known weaknesses: it is as good as the outline; a table's edge or a pattern of lines that runs into the frame can
//! look like a card that is cut.

use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Evidence};
use crate::card::Card;
use crate::card::geometry::{area, clip};
use crate::model::{Model, Term};
use crate::picture::Picture;

/// Cropped corners.
pub(crate) struct CroppedCorner;

/// Distance of a corner past the frame (or inside it) beyond which it says no more, card widths.
const FAR: f32 = 0.1;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: 0.1925,
    terms: &[
        Term { measure: "lead of outlines that are cut, log-odds", weight: 0.5494 },
        Term { measure: "outermost corner past the frame, card widths", weight: 0.1810 },
        Term { measure: "root of the share of the outline outside", weight: -2.8731 },
        Term { measure: "the frame stands in for a side", weight: 1.2642 },
        Term { measure: "confidence of the outline", weight: -2.5822 },
    ],
};

impl Detector for CroppedCorner {
    fn category(&self) -> Category {
        Category::CROPPED_CORNER
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn look(&self, picture: &Picture) -> Evidence {
        let card = picture.card();
        let framed = card.framed.iter().filter(|framed| **framed).count();
        let values = vec![
            f64::from(card.cut_lead.clamp(-MOST_LEAD, MOST_LEAD)),
            f64::from(past_frame(card, picture).clamp(-FAR, FAR)),
            f64::from(area_outside(card, picture)).sqrt(),
            f64::from(framed > 0),
            f64::from(card.confidence),
        ];
        Evidence { values, bbox: None }
    }
}

/// Log-odds by which one outline leads that say no more.
const MOST_LEAD: f32 = 8.0;

/// Share of the outline's area outside the picture.
fn area_outside(card: &Card, picture: &Picture) -> f32 {
    let seen = clip(&card.quad, [picture.work.width() as f32, picture.work.height() as f32]);
    (1.0 - area(&seen) / area(&card.quad).max(1.0)).clamp(0.0, 1.0)
}

/// Distance of the outermost corner past the frame, card widths, negative inside.
fn past_frame(card: &Card, picture: &Picture) -> f32 {
    let [w, h] = card.size();
    let limits = [picture.work.width() as f32, picture.work.height() as f32];
    let past =
        card.quad.iter().flat_map(|p| (0..2).map(|k| (-p[k]).max(p[k] - limits[k]))).fold(f32::MIN, f32::max);
    past / w.max(h).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scene;

    #[test]
    fn a_card_that_leaves_the_frame_scores_above_one_that_lies_inside() {
        let at = |left: f32, top: f32| {
            // Blank, so that no print can pass for a side.
            let mut scene = Scene { ink: Scene::default().paper, ..Scene::default() };
            scene.card[0] = left;
            scene.card[1] = top;
            CroppedCorner.score(&scene.picture())
        };
        assert!(at(150.0, 160.0) < 0.2);
        for (left, top) in [(-150.0, 160.0), (420.0, 160.0), (150.0, -80.0), (150.0, 420.0)] {
            assert!(at(left, top) > 0.5, "{left} {top}: {}", at(left, top));
        }
    }
}
