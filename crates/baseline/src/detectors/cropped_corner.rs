//! Cropped corners: how far the card reaches past the frame.
//!
//! Measured is the position of the outermost corner of the card's outline, where the lines of its sides meet, against
//! the frame, in widths of the card. When the frame stands in for a side, a side is missing.
//!
//! Known weaknesses: it is as good as the outline; a table's edge that runs into the frame together with print can
//! look like a card that is cut.

use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Score};
use crate::picture::Picture;
use crate::plane::logistic;

/// Cropped corners.
pub struct CroppedCorner;

/// How far out a card counts whose side is missing, card widths.
const MISSING_SIDE: f32 = 0.05;

impl Detector for CroppedCorner {
    fn category(&self) -> Category {
        Category::CROPPED_CORNER
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn score(&self, picture: &Picture) -> Score {
        Score::whole(measure(picture).map_or(0.3, |out| logistic(out, 0.01, 0.02)))
    }
}

/// Distance of the outermost corner past the frame, card widths, negative inside. None where no card stands out.
pub fn measure(picture: &Picture) -> Option<f32> {
    let card = picture.card();
    if card.confidence <= 0.0 {
        return None;
    }
    let [w, h] = card.size();
    let limits = [picture.work.width() as f32, picture.work.height() as f32];
    let out =
        card.quad.iter().flat_map(|p| (0..2).map(|k| (-p[k]).max(p[k] - limits[k]))).fold(f32::MIN, f32::max);
    let out = out / w.max(h).max(1.0);
    let missing = card.on_frame.iter().any(|on| *on);
    Some(if missing { out.max(0.0) + MISSING_SIDE } else { out })
}
