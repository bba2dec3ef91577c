//! Whether what is inside an outline looks like what is outside of it.
//!
//! A card has other colours than what it lies on; an outline that was taken wrong has the table on both hands of some of its sides.
//! Colours are compared by their histograms over a strip along each side (the intersection of Swain and Ballard, 1991), so
//! that a pattern of several colours is known again.

use super::view::{CardView, MARGIN};

/// Steps that a channel is cut into, byte scale, and how many that makes.
const STEP: f32 = 24.0;
const LEVELS: usize = 11;

/// What is left out on either hand of a side: the edge itself, px of the view.
const EDGE: usize = 3;

/// How deep the strip inside a side is, px of the view; that outside is as deep as the view shows.
const DEEP: usize = 21;

/// Least pixels of a strip that say something.
const LEAST: u32 = 60;

/// How alike the colours along both hands of the outline are, 0-1: mean of the sides; 0 where none is in the picture.
pub(crate) fn resemblance(view: &CardView) -> f32 {
    let mut strips: [[Histogram; 2]; 4] = Default::default();
    let [w, h] = view.inner();
    for y in 0..view.height {
        for x in 0..view.width {
            let Some((side, hand)) = strip_of([x, y], [w, h]) else { continue };
            let i = y * view.width + x;
            if view.seen[i] {
                strips[side][hand].add(view.rgb[i]);
            }
        }
    }
    let alike: Vec<f32> = strips.iter().filter_map(|[inner, outer]| inner.shared(outer)).collect();
    alike.iter().sum::<f32>() / (alike.len() as f32).max(1.0)
}

/// The side (top, right, bottom, left) along which a place of the view is, and whether it is inside (0) or outside (1); none for what is in
/// no strip.
fn strip_of(at: [usize; 2], inner: [usize; 2]) -> Option<(usize, usize)> {
    // Past which of its two sides along an axis a place is nearer, and how far; negative inside.
    let past = |axis: usize| {
        let from = MARGIN as isize - at[axis] as isize;
        let beyond = at[axis] as isize + 1 - (MARGIN + inner[axis]) as isize;
        if from >= beyond { (from, 0) } else { (beyond, 1) }
    };
    let ((across, right), (down, lower)) = (past(0), past(1));
    let side = if down >= across { [0, 2][lower] } else { [3, 1][right] };
    let far = across.max(down);
    let edge = EDGE as isize;
    match far {
        _ if far > edge => Some((side, 1)),
        _ if far < -edge && far > -(DEEP as isize) => Some((side, 0)),
        _ => None,
    }
}

/// Counts of colours.
struct Histogram {
    counts: Vec<u32>,
    all: u32,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; LEVELS * LEVELS * LEVELS], all: 0 }
    }
}

impl Histogram {
    fn add(&mut self, colour: [f32; 3]) {
        let [r, g, b] = colour.map(|v| ((v / STEP) as usize).min(LEVELS - 1));
        self.counts[(r * LEVELS + g) * LEVELS + b] += 1;
        self.all += 1;
    }

    /// The share that two have in common; none where either says too little.
    fn shared(&self, other: &Self) -> Option<f32> {
        if self.all < LEAST || other.all < LEAST {
            return None;
        }
        let share = |counts: u32, of: &Self| counts as f32 / of.all as f32;
        let pairs = self.counts.iter().zip(&other.counts).filter(|(a, b)| **a > 0 && **b > 0);
        Some(pairs.map(|(a, b)| share(*a, self).min(share(*b, other))).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scene;

    #[test]
    fn a_card_on_a_table_is_unlike_it_and_a_table_is_like_itself() {
        let on_table = resemblance(&Scene::default().picture().card().view);
        assert!(on_table < 0.1, "{on_table}");
        let same = Scene { paper: Scene::default().table, ink: Scene::default().table, ..Scene::default() };
        let view = CardView::of(
            &same.picture().work,
            &[[100.0, 80.0], [300.0, 80.0], [300.0, 200.0], [100.0, 200.0]],
        );
        assert!(resemblance(&view) > 0.8, "{}", resemblance(&view));
    }

    #[test]
    fn every_place_of_a_strip_belongs_to_its_nearest_side() {
        let inner = [100, 60];
        let middle = [MARGIN + 50, MARGIN + 30];
        let [top, left] = [[middle[0], MARGIN - 10], [MARGIN - 10, middle[1]]];
        assert_eq!(strip_of(top, inner), Some((0, 1)));
        assert_eq!(strip_of(left, inner), Some((3, 1)));
        assert_eq!(strip_of([MARGIN + 109, middle[1]], inner), Some((1, 1)));
        assert_eq!(strip_of([middle[0], MARGIN + 50], inner), Some((2, 0)));
        assert_eq!(strip_of([MARGIN, middle[1]], inner), None);
        assert_eq!(strip_of(middle, inner), None);
    }
}
