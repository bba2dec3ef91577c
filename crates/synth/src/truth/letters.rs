//! A field letter by letter: how much of each the picture, a hand and light take away.

use retake_label::Quad;

use super::legibility::MOST_HIDDEN;
use super::polygon;

/// What became of one letter; its cell is as wide as those of all others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Letter {
    /// Share of it outside the picture, 0-1.
    pub cropped: f64,
    /// Pixels of it in the picture.
    pub seen: u32,
    /// Those of them that a hand covers.
    pub covered: u32,
    /// Those of the rest on which added light leaves too little contrast.
    pub faded: u32,
    /// Those of the faded that mirrored light clips.
    pub bleached: u32,
}

impl Letter {
    /// Whether so much of it is hidden that it is lost, where this many pixels of what is seen count as hidden.
    pub fn is_hidden(&self, pixels: u32) -> bool {
        let share = if self.seen == 0 { 0.0 } else { f64::from(pixels) / f64::from(self.seen) };
        1.0 - (1.0 - self.cropped) * (1.0 - share) > MOST_HIDDEN
    }

    /// The same letter, had it been framed.
    pub fn framed(&self) -> Self {
        Self { cropped: 0.0, ..*self }
    }
}

/// The cells of a field's text: as many along its box as it has characters. Those of spaces hold no letter.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    /// The index of the letter in each cell.
    letters: Vec<Option<usize>>,
    /// Cells from the left of the picture's origin, and how many more there are a pixel to the right and a pixel down.
    origin: f64,
    step: [f64; 2],
}

impl Cells {
    /// The cells of a text in its box in the picture, px, and its letters, of which only `cropped` is known yet.
    pub(super) fn new(text: &str, quad: &Quad, width: u32, height: u32) -> (Self, Vec<Letter>) {
        let mut count = 0;
        let letters: Vec<_> = text
            .chars()
            .map(|c| {
                let index = (!c.is_whitespace()).then_some(count);
                count += usize::from(index.is_some());
                index
            })
            .collect();
        let cells = letters.len() as f64;
        let between = |a: [f64; 2], b: [f64; 2], t: f64| [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
        let cut = |t: f64| [between(quad[0], quad[1], t), between(quad[3], quad[2], t)];
        let cropped = letters.iter().enumerate().filter(|(_, letter)| letter.is_some()).map(|(i, _)| {
            let [left, right] = [i as f64, i as f64 + 1.0].map(|at| cut(at / cells));
            let cell = [left[0], right[0], right[1], left[1]];
            Letter { cropped: polygon::share_outside(&cell, width, height), ..Letter::default() }
        });
        let found = cropped.collect();
        // Within a field perspective bends nothing: its sides, each the mean of two, span a parallelogram.
        let mean = |a: usize, b: usize, k: usize| (quad[a][k] + quad[b][k]) / 2.0;
        let along = [0, 1].map(|k| mean(1, 2, k) - mean(0, 3, k));
        let down = [0, 1].map(|k| mean(3, 2, k) - mean(0, 1, k));
        let middle = [0, 1].map(|k| (mean(0, 1, k) + mean(3, 2, k)) / 2.0);
        let whole = along[0] * down[1] - along[1] * down[0];
        let step = if whole == 0.0 { [0.0; 2] } else { [cells * down[1] / whole, -cells * down[0] / whole] };
        let origin = cells / 2.0 - step[0] * middle[0] - step[1] * middle[1];
        (Self { letters, origin, step }, found)
    }

    /// The index of the letter at a pixel; `None` in a space.
    pub(super) fn at(&self, x: usize, y: usize) -> Option<usize> {
        let along = self.origin + self.step[0] * (x as f64 + 0.5) + self.step[1] * (y as f64 + 0.5);
        let last = self.letters.len().checked_sub(1)?;
        self.letters[(along.max(0.0) as usize).min(last)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_side_by_side_and_spaces_are_none() {
        let quad = [[10.0, 20.0], [60.0, 20.0], [60.0, 30.0], [10.0, 30.0]];
        let (cells, letters) = Cells::new("AB CD", &quad, 100, 100);
        assert_eq!(letters, vec![Letter::default(); 4]);
        assert_eq!(
            [12, 25, 35, 45, 59, 70].map(|x| cells.at(x, 25)),
            [Some(0), Some(1), None, Some(2), Some(3), Some(3)]
        );
    }

    #[test]
    fn a_turned_field_runs_along_its_base_line() {
        // A quarter turn: the text runs upwards.
        let quad = [[20.0, 60.0], [20.0, 20.0], [30.0, 20.0], [30.0, 60.0]];
        let (cells, _) = Cells::new("ABCD", &quad, 100, 100);
        assert_eq!([55, 45, 35, 22].map(|y| cells.at(25, y)), [Some(0), Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn what_the_frame_cuts_off_is_cropped_letter_by_letter() {
        let quad = [[-20.0, 20.0], [20.0, 20.0], [20.0, 30.0], [-20.0, 30.0]];
        let (_, letters) = Cells::new("ABCD", &quad, 100, 100);
        let cropped: Vec<_> = letters.iter().map(|letter| letter.cropped).collect();
        assert_eq!(cropped, [1.0, 1.0, 0.0, 0.0]);
        let (_, letters) = Cells::new("ABC", &quad, 100, 100);
        assert!((letters[1].cropped - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_letter_is_lost_when_too_much_of_it_is_hidden() {
        let letter = Letter { seen: 100, ..Letter::default() };
        let most = (100.0 * MOST_HIDDEN) as u32;
        assert!(!letter.is_hidden(most) && letter.is_hidden(most + 1));
        let cropped = Letter { cropped: 0.9 * MOST_HIDDEN, ..letter };
        assert!(
            !cropped.is_hidden(0) && cropped.is_hidden(most / 2) && !cropped.framed().is_hidden(most / 2)
        );
    }
}
