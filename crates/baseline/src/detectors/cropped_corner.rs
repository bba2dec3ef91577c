//! Cropped corners: how far the card reaches past the frame.
//!
//! Measured is how much better the best outline that reaches past the frame fits the edges than the best one inside it
//! does, and how far the outermost corner of the chosen outline is past the frame. Where a whole side is outside, the
//! frame stands in for it.
//!
//! Known weaknesses: it is as good as the outline; a table's edge or a pattern of lines that runs into the frame can
//! look like a card that is cut.

use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Score};
use crate::picture::Picture;
use crate::plane::logistic;

/// Cropped corners.
pub(crate) struct CroppedCorner;

/// Distance of a corner past the frame (or inside it) beyond which it says no more, card widths.
const FAR: f32 = 0.1;

impl Detector for CroppedCorner {
    fn category(&self) -> Category {
        Category::CROPPED_CORNER
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn score(&self, picture: &Picture) -> Score {
        let card = picture.card();
        if card.confidence <= 0.0 {
            // No outline, no evidence.
            return Score::whole(UNKNOWN);
        }
        let past = past_frame(picture).clamp(-FAR, FAR);
        Score::whole(logistic(card.cut_lead + past, 0.2, 0.12))
    }
}

/// Score of a picture without a card's outline.
const UNKNOWN: f64 = 0.3;

/// Distance of the outermost corner past the frame, card widths, negative inside.
fn past_frame(picture: &Picture) -> f32 {
    let card = picture.card();
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
            CroppedCorner.score(&scene.picture()).score
        };
        assert!(at(150.0, 160.0) < 0.2);
        for (left, top) in [(-150.0, 160.0), (420.0, 160.0), (150.0, -80.0), (150.0, 420.0)] {
            assert!(at(left, top) > 0.5, "{left} {top}: {}", at(left, top));
        }
    }
}
