//! Cropped corners: whether the card's outline leaves the picture.
//!
//! Measured is how much better the best outline that reaches past the frame fits than the best one inside it does, how far the outermost
//! corner of the chosen outline is past the frame, and how much of its area. Where a whole side is outside, the frame stands in for
//! it. An outline that has the same colours on both hands is hardly a card's, and what it leads by counts for less.
//!
//! Known weaknesses: it is as good as the outline; a table's edge or a pattern of lines that runs into the frame can
//! look like a card that is cut.

use retake_label::{BBox, Category, Role};

use super::{DOCUMENTS, Detector, Evidence, percent};
use crate::card::geometry::{Point, area, clip, minus};
use crate::card::{Card, ID1, ID3, resemblance};
use crate::model::{Model, Term};
use crate::picture::Picture;

/// Cropped corners.
pub(crate) struct CroppedCorner;

/// Distance of a corner past the frame (or inside it) beyond which it says no more, card widths.
const FAR: f32 = 0.1;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: 2.1389,
    terms: &[
        Term { measure: "lead of outlines that are cut, log-odds", weight: 0.4966 },
        Term { measure: "outermost corner past the frame, card widths", weight: 13.4957 },
        Term { measure: "root of the share of the outline outside", weight: -3.2653 },
        Term { measure: "the frame stands in for a side", weight: 1.1058 },
        Term { measure: "confidence of the outline", weight: -3.7035 },
        Term { measure: "likeness of what is inside the outline to what is outside, 0-1", weight: -2.3965 },
        Term { measure: "lead of outlines that are cut times the likeness", weight: -0.0479 },
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
        let lead = f64::from(card.cut_lead.clamp(-MOST_LEAD, MOST_LEAD));
        let likeness = f64::from(resemblance(&card.view));
        let values = vec![
            lead,
            f64::from(past_frame(card, picture).clamp(-FAR, FAR)),
            f64::from(area_outside(card, picture)).sqrt(),
            f64::from(framed > 0),
            f64::from(card.confidence),
            likeness,
            lead * likeness,
        ];
        Evidence { values, bbox: beside_cut(card, picture), reason: reason(card, picture) }
    }
}

/// Log-odds by which one outline leads that say no more.
const MOST_LEAD: f32 = 8.0;

/// Names of the corners, in the order of the outline.
const CORNERS: [&str; 4] = ["upper left", "upper right", "lower right", "lower left"];

/// Whether a corner of the outline is cut: outside the picture, or at the end of a side that the frame stands in for.
fn cut_corners(card: &Card, picture: &Picture) -> [bool; 4] {
    let limits = [picture.work.width() as f32, picture.work.height() as f32];
    let outside = |p: Point| (0..2).any(|k| p[k] < 0.0 || p[k] > limits[k]);
    core::array::from_fn(|k| outside(card.quad[k]) || card.framed[k] || card.framed[(k + 3) % 4])
}

/// What was seen, in words.
fn reason(card: &Card, picture: &Picture) -> String {
    if card.confidence == 0.0 {
        return "no outline of a card was found".to_owned();
    }
    let cut = cut_corners(card, picture);
    let names: Vec<&str> = (0..4).filter(|k| cut[*k]).map(|k| CORNERS[k]).collect();
    let past = past_frame(card, picture);
    let outline = match names.as_slice() {
        [] => format!("the card's outline is in the picture, {} of its width from the frame", percent(-past)),
        _ if past <= 0.0 => format!("the card reaches the frame at its {} corner", names.join(" and ")),
        _ => format!(
            "the card's outline leaves the picture at its {} corner, by {} of its width",
            names.join(" and "),
            percent(past)
        ),
    };
    let other = if card.cut_lead > 0.0 { "leaves it" } else { "does not" };
    format!("{outline}; the outline that fits best {other}, by {:.1} in log-odds", card.cut_lead.abs())
}

/// The box around what is left of the card beside the cut: as deep as the cut is, at most a tenth of the picture.
fn beside_cut(card: &Card, picture: &Picture) -> Option<BBox> {
    let limits = [picture.work.width() as f32, picture.work.height() as f32];
    let [least, most] = [0.01, 0.1].map(|share| share * limits[0]);
    let cut = cut_corners(card, picture);
    let corners: Vec<Point> = (0..4).filter(|k| cut[*k]).map(|k| card.quad[k]).collect();
    let mut boxes = Vec::new();
    for (axis, side) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let beyond = |p: &Point| if side == 0 { -p[axis] } else { p[axis] - limits[axis] };
        let out = corners.iter().map(beyond).fold(f32::MIN, f32::max);
        if out < -0.5 {
            continue;
        }
        let depth = out.max(behind_frame(card, axis, side)).clamp(least, most);
        let mut strip = limits;
        strip[axis] = depth;
        let mut from = [0.0; 2];
        from[axis] = if side == 0 { 0.0 } else { limits[axis] - depth };
        let moved = card.quad.map(|p| minus(p, from));
        let left = clip(&moved, strip).into_iter().map(|p| [p[0] + from[0], p[1] + from[1]]);
        boxes.extend(left.map(|p| p.map(|v| f64::from(v * picture.work.scale))));
    }
    BBox::around(&boxes)
}

/// How much of the card is behind a side of the frame that stands in for one of its own: what its proportions lack, px of the
/// working copy; 0 for a side of its own.
fn behind_frame(card: &Card, axis: usize, side: usize) -> f32 {
    // Sides stand in the order top, right, bottom, left.
    let which = [[3, 1], [0, 2]][axis][side];
    let size = card.size();
    let lacking = |ratio: f32| size[1 - axis] * ratio - size[axis];
    // Less is within the accuracy of the corners.
    let least = 0.03 * size[axis];
    let lack = [1.0 / ID1, 1.0 / ID3, ID3, ID1].map(lacking).into_iter().find(|lack| *lack > least);
    if card.framed[which] { lack.unwrap_or(0.0) } else { 0.0 }
}

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

    #[test]
    fn the_box_is_what_is_left_of_the_card_beside_the_cut() {
        let mut scene = Scene { ink: Scene::default().paper, ..Scene::default() };
        scene.card[0] = -100.0;
        let seen = CroppedCorner.look(&scene.picture());
        // The card stands 100 px beyond the left edge of a picture of 1200; it is 567.5 px high from 160 on.
        let truth = BBox { x: 0.0, y: 160.0, w: 100.0, h: 567.5 };
        assert!(seen.bbox.unwrap().iou(&truth) > 0.7, "{seen:?}");
        assert!(
            seen.reason.contains("reaches the frame at its upper left and lower left corner"),
            "{}",
            seen.reason
        );

        let whole = CroppedCorner.look(&Scene::default().picture());
        assert_eq!(whole.bbox, None);
        assert!(whole.reason.contains("is in the picture"), "{}", whole.reason);
    }
}
