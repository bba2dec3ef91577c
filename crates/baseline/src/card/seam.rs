//! Lines that run along the card's sides, without being quite straight.
//!
//! The edge and the weld of a clear sleeve go beside the card's outline, wavy by a pixel or two, often fainter than what a straight
//! line is found by. So each side's surroundings are looked at as a band, seen straight on and cut into pieces along it: at each distance
//! from the side the slope across the band is averaged over a piece, the best of it and its neighbours counts, and the pieces are
//! averaged. Texture, whose slopes have no common place, averages out.

use core::ops::Range;

use super::view::{CardView, MARGIN};
use crate::plane::quantile;

/// How far a band reaches into the card and out of it, px of the view.
const INWARD: usize = 24;
const OUTWARD: usize = MARGIN;

/// Rows of a band, from inside to outside.
const ROWS: usize = INWARD + OUTWARD;

/// Rows on either hand of a side that are the side's own edge, and those at a band's inner end that are left out.
const OWN: usize = 4;

/// The rows that are looked at inside the outline and outside of it.
const INSIDE: Range<usize> = OWN..INWARD - OWN;
const OUTSIDE: Range<usize> = INWARD + OWN..ROWS - 2;

/// Ends of a side that are left out, px of the view: corners are rounded.
const CORNER: usize = 6;

/// Length of a piece, px of the view.
const PIECE: usize = 16;

/// Rows by which a line may wander from piece to piece.
const WANDER: usize = 2;

/// Steepest slope that counts, byte scale per pixel.
const STEEP: f32 = 6.0;

/// How clear the clearest lines beside the card's sides are, 0-1 each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Seams {
    /// Of lines outside from which it darkens outwards, as from a film to the table: mean of the sides.
    pub(crate) film_ends: f32,
    /// Of lines outside of either kind: the second clearest side.
    pub(crate) outside: f32,
    /// Of lines inside from which it brightens outwards, over what is usual on the card: mean of the sides.
    pub(crate) inside: f32,
}

impl Seams {
    /// Looks beside all sides whose surroundings are in the picture for the most part.
    pub(crate) fn of(view: &CardView) -> Self {
        let (mut film_ends, mut inside, mut outside) = (0.0, 0.0, Vec::new());
        for band in (0..4).filter_map(|side| Band::of(view, side)) {
            let (rising, falling, either) =
                (band.lines(|slope| slope), band.lines(|slope| -slope), band.lines(f32::abs));
            film_ends += largest(&falling[OUTSIDE]);
            outside.push(largest(&either[OUTSIDE]));
            let mut usual = rising[INSIDE].to_vec();
            inside += largest(&rising[INSIDE]) - quantile(&mut usual, 0.5);
        }
        let sides = (outside.len() as f32).max(1.0);
        outside.sort_by(|a, b| b.total_cmp(a));
        let second = outside.get(1).or(outside.first()).copied().unwrap_or(0.0);
        Self { film_ends: film_ends / sides, outside: second, inside: inside / sides }
    }
}

fn largest(values: &[f32]) -> f32 {
    values.iter().copied().fold(f32::MIN, f32::max)
}

/// What is beside a side.
struct Band {
    /// Slopes across the band, positive where it brightens outwards, at each place along the side from inside to outside; byte scale
    /// per pixel, limited to [`STEEP`], 0 where nothing is seen.
    slopes: Vec<[f32; ROWS]>,
}

impl Band {
    /// None where less than half of what is outside is in the picture.
    fn of(view: &CardView, side: usize) -> Option<Self> {
        let [w, h] = view.inner();
        let length = if side.is_multiple_of(2) { w } else { h };
        // Sides stand in the order top, right, bottom, left.
        let place = |at: usize, row: usize| {
            let near = MARGIN + INWARD - 1 - row;
            let (x, y) = match side {
                0 => (MARGIN + at, near),
                1 => (view.width - 1 - near, MARGIN + at),
                2 => (MARGIN + at, view.height - 1 - near),
                _ => (near, MARGIN + at),
            };
            y * view.width + x
        };
        // A view may be narrower than a band is deep.
        let across = if side.is_multiple_of(2) { view.height } else { view.width };
        if across < MARGIN + INWARD || length < 2 * CORNER + PIECE {
            return None;
        }
        let (mut slopes, mut seen) = (Vec::with_capacity(length), 0);
        for at in CORNER..length - CORNER {
            let mut of_place = [0.0; ROWS];
            for (row, slope) in of_place.iter_mut().enumerate().take(ROWS - 1).skip(1) {
                let [inner, here, outer] = [row - 1, row, row + 1].map(|row| place(at, row));
                if view.seen[inner] && view.seen[outer] {
                    *slope = (0.5 * (view.luma[outer] - view.luma[inner])).clamp(-STEEP, STEEP);
                }
                seen += usize::from(row >= INWARD && view.seen[here]);
            }
            slopes.push(of_place);
        }
        (2 * seen > slopes.len() * (OUTWARD - 1)).then_some(Self { slopes })
    }

    /// How clear a line is in each row, 0-1, given what of a slope counts.
    fn lines(&self, of: impl Fn(f32) -> f32) -> [f32; ROWS] {
        let pieces = (self.slopes.len() / PIECE).max(1);
        let mut sums = [0.0; ROWS];
        for piece in 0..pieces {
            let (from, to) = (piece * self.slopes.len() / pieces, (piece + 1) * self.slopes.len() / pieces);
            let mut means = [0.0; ROWS];
            for slopes in &self.slopes[from..to] {
                means.iter_mut().zip(slopes).for_each(|(mean, slope)| *mean += of(*slope));
            }
            let share = 1.0 / ((to - from) as f32 * STEEP);
            for (row, sum) in sums.iter_mut().enumerate() {
                let near = row.saturating_sub(WANDER)..(row + WANDER + 1).min(ROWS);
                *sum += largest(&means[near]) * share;
            }
        }
        sums.map(|sum| sum / pieces as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Picture;
    use crate::testing::Scene;

    /// A card in a film that makes what is under it brighter, up to a wavy edge this far outside, px.
    fn filmed(brighter: f32, far: f32) -> Seams {
        let scene = Scene::default();
        let [left, top, w, h] = scene.card;
        let film = |x: f32, y: f32, colour: [f32; 3]| {
            let out = (left - x).max(x - left - w).max(top - y).max(y - top - h);
            let edge = far + 4.0 * libm::sinf((x + y) * 0.02);
            if out > 0.0 && out < edge { colour.map(|v| v + brighter) } else { colour }
        };
        Seams::of(&Picture::new(scene.paint_over(film)).unwrap().card().view)
    }

    #[test]
    fn the_wavy_edge_of_a_film_is_a_line_outside_and_a_bare_table_has_none() {
        let [bare, faint, clear] = [0.0, 8.0, 30.0].map(|brighter| filmed(brighter, 50.0));
        assert!(bare.film_ends < 0.1 && bare.outside < 0.15, "{bare:?}");
        assert!(faint.film_ends > bare.film_ends + 0.15, "{bare:?} {faint:?}");
        assert!(clear.film_ends > 0.6 && clear.outside > 0.6, "{clear:?}");
    }

    #[test]
    fn texture_is_no_line() {
        let mut band = Band { slopes: vec![[0.0; ROWS]; 200] };
        let random =
            |at: usize, row: usize| (crate::testing::hash(at as u32, row as u32, 1) % 3) as f32 - 1.0;
        for (at, slopes) in band.slopes.iter_mut().enumerate() {
            slopes.iter_mut().enumerate().for_each(|(row, slope)| *slope = STEEP * random(at, row));
        }
        assert!(largest(&band.lines(|slope| slope)) < 0.4);
        // A line in the same texture, a row further at each piece.
        for (at, slopes) in band.slopes.iter_mut().enumerate() {
            slopes[30 + at / 60] = STEEP;
        }
        let lines = band.lines(|slope| slope);
        assert!(lines[31] > 0.9 && lines[12] < 0.4, "{lines:?}");
    }
}
