//! Finding the card: the quadrilateral of long straight edges that looks most like one.
//!
//! Most defects are defects *of the card*, so every other measure starts here. Straight edges are found by a Hough
//! transform at half the working size, where the grain of a table is gone; every quadrilateral that two pairs of them form is scored
//! by how much of its outline is edge, how little the edges go on past its corners (those of a tablecloth or of a line of print
//! do), and how near its proportions are to those of an identity card or a passport page. The best of them are
//! looked at closely: colours must differ across each side, and what is outside must be alike on all. The frame
//! itself may stand in for a side that is outside. Last, the sides move onto the finer edges beside them.
//!
//! Known weaknesses: a white card on a white table, where its own print has the straighter edges; a clear sleeve
//! with a stronger outline than the card's; more than one card.

mod edges;
mod finder;
pub(crate) mod geometry;
mod seam;
mod surroundings;
mod view;

pub(crate) use edges::Edges;
use geometry::{Quad, distance};
pub(crate) use seam::Seams;
pub(crate) use surroundings::resemblance;
pub(crate) use view::{CardView, MARGIN};

use crate::picture::Working;

/// Width over height of an identity card (ISO/IEC 7810, ID-1: 85.60 mm by 53.98 mm).
pub(crate) const ID1: f32 = 85.60 / 53.98;

/// Width of an identity card, mm.
pub(crate) const ID1_WIDTH: f32 = 85.60;

/// Width over height of a passport page (ID-3: 125 mm by 88 mm).
pub(crate) const ID3: f32 = 125.0 / 88.0;

/// Width of a passport page, mm.
pub(crate) const ID3_WIDTH: f32 = 125.0;

/// Where the card is, in pixels of the working copy.
#[derive(Debug)]
pub(crate) struct Card {
    /// Its corners; may lie outside the picture.
    pub(crate) quad: Quad,
    /// How sure the finder is, 0-1; 0 when the whole frame was taken for want of anything better.
    pub(crate) confidence: f32,
    /// Log-odds: how much better the best outline that reaches past the frame fits than the best inside it, about -1 to 1.
    pub(crate) cut_lead: f32,
    /// Which sides the frame stands in for: top, right, bottom, left.
    pub(crate) framed: [bool; 4],
    /// The edges that it was found from.
    pub(crate) edges: Edges,
    /// The card seen straight on, with its surroundings.
    pub(crate) view: CardView,
}

impl Card {
    /// Looks for the card.
    pub(crate) fn find(work: &Working) -> Self {
        // At half size the grain of a table is gone and long edges are not.
        let half = work.half();
        let found = finder::best(&half, &Edges::of(&half));
        let edges = Edges::of(work);
        let coarse = found.quad.map(|p| p.map(|v| v * half.scale / work.scale));
        let quad = edges.refine(&coarse, found.framed);
        let view = CardView::of(work, &quad);
        Self {
            quad,
            confidence: found.confidence,
            cut_lead: found.cut_lead,
            framed: found.framed,
            edges,
            view,
        }
    }

    /// Lengths of the card's two axes, px of the working copy: means of its opposite sides.
    pub(crate) fn size(&self) -> [f32; 2] {
        sides(&self.quad)
    }

    /// Whether its proportions are nearer to a passport page's than to an identity card's.
    pub(crate) fn is_passport(&self) -> bool {
        let [w, h] = self.size();
        let ratio = w.max(h) / w.min(h).max(1.0);
        ratio * ratio < ID1 * ID3
    }

    /// Pixels of the working copy per millimetre on the card.
    pub(crate) fn px_per_mm(&self) -> f32 {
        let [w, h] = self.size();
        let (width, ratio) = if self.is_passport() { (ID3_WIDTH, ID3) } else { (ID1_WIDTH, ID1) };
        (w.max(h) * w.min(h) * ratio).sqrt() / width
    }
}

/// Mean lengths of the horizontal and of the vertical sides.
fn sides(quad: &Quad) -> [f32; 2] {
    let [a, b, c, d] = *quad;
    [0.5 * (distance(a, b) + distance(d, c)), 0.5 * (distance(a, d) + distance(b, c))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scene;

    #[test]
    fn the_corners_of_a_drawn_card_are_found() {
        let scene = Scene::default();
        let picture = scene.picture();
        let card = picture.card();
        let [left, top, w, h] = scene.card;
        let truth = [[left, top], [left + w, top], [left + w, top + h], [left, top + h]];
        for (found, corner) in card.quad.iter().zip(truth) {
            let off = distance(found.map(|v| v * picture.work.scale), corner);
            assert!(off < 4.0, "{off} px");
        }
        assert!(card.confidence > 0.8);
        let px_per_mm = w / ID1_WIDTH;
        assert!((picture.px_per_mm() / px_per_mm - 1.0).abs() < 0.02);
    }

    #[test]
    fn without_a_card_the_whole_frame_is_taken() {
        let scene = Scene { card: [5000.0, 0.0, 900.0, 567.0], ..Scene::default() };
        let picture = scene.picture();
        assert_eq!(picture.card().confidence, 0.0);
        assert_eq!(picture.card().size(), [400.0, 300.0].map(|side| side * 1.5));
    }
}
