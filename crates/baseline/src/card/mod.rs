//! Finding the card: the quadrilateral of long straight edges that looks most like one.
//!
//! Most defects are defects *of the card*, so every other measure starts here. Straight edges are found by a Hough
//! transform; every quadrilateral that two pairs of them form is scored by how much of its outline is edge, how little
//! the edges go on past its corners (those of a tablecloth or of a line of print do), and how near its proportions
//! are to those of an identity card or a passport page. The frame itself may stand in for a side that is outside.
//!
//! Known weaknesses: a white card on a white table, where its own print has the straighter edges; a clear sleeve
//! with a stronger outline than the card's; more than one card.

mod edges;
mod finder;
pub(crate) mod geometry;
mod view;

pub use edges::Edges;
use geometry::{Homography, Quad, area, clip, distance};
pub use view::{CardView, MARGIN};

use crate::picture::Working;

/// Width over height of an identity card (ISO/IEC 7810, ID-1: 85.60 mm by 53.98 mm).
pub const ID1: f32 = 85.60 / 53.98;

/// Width of an identity card, mm.
pub const ID1_WIDTH: f32 = 85.60;

/// Width over height of a passport page (ID-3: 125 mm by 88 mm).
pub const ID3: f32 = 125.0 / 88.0;

/// Width of a passport page, mm.
pub const ID3_WIDTH: f32 = 125.0;

/// Where the card is, in pixels of the working copy.
#[derive(Debug)]
pub struct Card {
    /// Its corners; may lie outside the picture.
    pub quad: Quad,
    /// How sure the finder is, about 0-1; 0 when the whole frame was taken for want of anything better.
    pub confidence: f32,
    /// Sides (top, right, bottom, left) for which the frame stands in.
    pub on_frame: [bool; 4],
    /// The edges that it was found from.
    pub edges: Edges,
    /// The card seen straight on, with its surroundings.
    pub view: CardView,
}

impl Card {
    /// Looks for the card.
    pub fn find(work: &Working) -> Self {
        let edges = Edges::of(work);
        let found = finder::best(&edges);
        let view = CardView::of(work, &found.quad);
        Self { quad: found.quad, confidence: found.confidence, on_frame: found.on_frame, edges, view }
    }

    /// Lengths of the card's two axes, px of the working copy: means of its opposite sides.
    pub fn size(&self) -> [f32; 2] {
        sides(&self.quad)
    }

    /// Whether its proportions are nearer to a passport page's than to an identity card's.
    pub fn is_passport(&self) -> bool {
        let [w, h] = self.size();
        let ratio = w.max(h) / w.min(h).max(1.0);
        ratio * ratio < ID1 * ID3
    }

    /// Pixels of the working copy per millimetre on the card.
    pub fn px_per_mm(&self) -> f32 {
        let [w, h] = self.size();
        let (width, ratio) = if self.is_passport() { (ID3_WIDTH, ID3) } else { (ID1_WIDTH, ID1) };
        (w.max(h) * w.min(h) * ratio).sqrt() / width
    }

    /// Share of the quadrilateral outside the picture.
    pub fn outside(&self, work: &Working) -> f32 {
        let whole = area(&self.quad);
        let seen = area(&clip(&self.quad, [work.width() as f32, work.height() as f32]));
        if whole > 0.0 { (1.0 - seen / whole).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The map from the unit square to the card in the working copy.
    pub fn map(&self) -> Homography {
        Homography::onto(&self.quad)
    }
}

/// Mean lengths of the horizontal and of the vertical sides.
fn sides(quad: &Quad) -> [f32; 2] {
    let [a, b, c, d] = *quad;
    [0.5 * (distance(a, b) + distance(d, c)), 0.5 * (distance(a, d) + distance(b, c))]
}
