//! Whether a field can still be read: one function of what stands between it and a reader.
//!
//! Letters are counted, because a reader gets a field right letter by letter: those are lost that something hides for a
//! good part, and each of the others with a chance that blur and sampling give it. The field is legible when the
//! chance that no more are lost than a read field may lack is high enough.
//!
//! The constants are fitted to a public reader by `scripts/calibrate`, which renders ladders of every defect, reads
//! each field, and writes what it found to `docs/legibility.md`.

use crate::capture::stored;

/// What stands between a reader and a field of one letter or more. The default is a letter with nothing before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hindrance {
    /// Letters of the field, without spaces, 1 or more.
    pub letters: usize,
    /// How many of them are lost since too much of each is hidden: outside the picture, under a hand, or washed out.
    pub hidden: usize,
    /// Standard deviation of the optics' point-spread function over the size of a letter.
    pub blur: f64,
    /// True samples of the sensor along the size of a letter.
    pub samples: f64,
}

impl Default for Hindrance {
    fn default() -> Self {
        Self { letters: 1, hidden: 0, blur: 0.0, samples: f64::INFINITY }
    }
}

/// What counts as the size of a letter, mm: the geometric mean of its height and of five widths of its strokes, which
/// agree for common type. Thin type is lost before it is too small.
pub(crate) fn letter_size(height_mm: f64, stroke_mm: f64) -> f64 {
    const STROKES: f64 = 5.0;
    (height_mm * STROKES * stroke_mm).sqrt()
}

/// Standard deviation of the blur of one true sample, in samples: the sample's own box (1 / sqrt 12), the colour
/// mosaic and the interpolation to the file's pixels.
const SIGMA_OF_A_SAMPLE: f64 = 0.6;

/// Blur and sampling together, over the size of a letter, at which half of the letters are misread.
const HALF_MISREAD: f64 = 0.177;

/// How fast letters are lost about that: the logistic's width on the logarithm of the blur.
const WIDTH: f64 = 0.106;

/// Michelson contrast under which print and paper are not told apart, in the channel that shows most: about eight steps
/// of 255 near white, some of which noise and compression take.
pub(crate) const FAINTEST: f64 = 0.04;

/// Share of a letter's cell up to which it may be hidden and still be told.
pub(crate) const MOST_HIDDEN: f64 = 0.2;

/// Letters of a field per letter that may be misread for the field to count as read: an error rate of a tenth.
const LETTERS_PER_MISREADING: usize = 10;

/// Chance of being read from which on a field is called legible: at this figure both claims of the labels hold best.
const LEAST_CHANCE: f64 = 0.7;

impl Hindrance {
    /// The same field with nothing before it.
    pub fn lifted(&self) -> Self {
        Self { letters: self.letters, ..Self::default() }
    }

    /// The character error rate that a good reader is expected to have, 0-1: letters that are hidden are lost, and of
    /// the others those that blur and sampling smear.
    pub fn expected_error(&self) -> f64 {
        let seen = 1.0 - self.hidden as f64 / self.letters as f64;
        1.0 - seen * (1.0 - self.smeared())
    }

    /// Whether a good reader can read the field.
    pub fn is_legible(&self) -> bool {
        self.chance_of_reading() >= LEAST_CHANCE
    }

    /// The chance that at most a tenth of the letters are lost: those that are hidden surely, the others independently
    /// of each other, so that their number is binomial.
    fn chance_of_reading(&self) -> f64 {
        let Some(more) = (self.letters / LETTERS_PER_MISREADING).checked_sub(self.hidden) else { return 0.0 };
        let (seen, lost) = (self.letters - self.hidden, self.smeared().min(1.0 - 1e-9));
        let odds = lost / (1.0 - lost);
        let mut exactly = libm::pow(1.0 - lost, seen as f64);
        let mut chance = exactly;
        for k in 0..more.min(seen) {
            exactly *= odds * (seen - k) as f64 / (k + 1) as f64;
            chance += exactly;
        }
        chance.min(1.0)
    }

    /// Share of letters that blur and sampling make unreadable, 0-1.
    fn smeared(&self) -> f64 {
        let sample = SIGMA_OF_A_SAMPLE / self.samples;
        let sigma = libm::sqrt(self.blur * self.blur + sample * sample);
        // A logistic function of the logarithm is a power law of the ratio.
        1.0 / (1.0 + libm::pow(HALF_MISREAD / sigma.max(1e-6), 1.0 / WIDTH))
    }
}

/// Print and paper of a field, luminances as shares of the sensor's white without added light.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ink {
    /// The darkest of it.
    pub print: f32,
    /// The lightest of it.
    pub paper: f32,
}

/// Light that is added over print, and the sensor that sees both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wash {
    /// Mirrored light's channels over its luminance.
    pub tint: [f32; 3],
    /// The sensor's white balance, which makes paper white.
    pub gains: [f32; 3],
    /// The tone curve's shoulder.
    pub shoulder: f32,
    /// The tone curve's toe.
    pub toe: f32,
}

impl Ink {
    /// Michelson contrast of print and paper as they are stored with light of luminance `mirrored` and of the light's
    /// own tint over them, and a `veil` as white as the paper: of the channel that shows most, since light that clips one
    /// may leave another.
    pub fn contrast(&self, mirrored: f32, veil: f32, wash: &Wash) -> f32 {
        let mut most = 0.0f32;
        for (tint, gain) in wash.tint.iter().zip(wash.gains) {
            let [low, high] = [self.print, self.paper]
                .map(|body| stored((body + veil) / gain + mirrored * tint, gain, wash.shoulder, wash.toe));
            if high > 0.0 {
                most = most.max((high - low) / (high + low));
            }
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Hindrance = Hindrance { letters: 12, hidden: 0, blur: 0.0, samples: f64::INFINITY };

    #[test]
    fn nothing_in_the_way_is_read() {
        assert_eq!(NONE.lifted(), NONE);
        assert!(NONE.expected_error() < 1e-6 && NONE.is_legible());
        assert!(Hindrance::default().is_legible());
    }

    #[test]
    fn lost_letters_are_the_hidden_ones_and_the_smeared_of_the_others() {
        let hidden = Hindrance { hidden: 3, ..NONE };
        assert!((hidden.expected_error() - 0.25).abs() < 1e-6);
        let blurred = Hindrance { blur: HALF_MISREAD, ..NONE };
        assert!((blurred.expected_error() - 0.5).abs() < 1e-12);
        assert!((Hindrance { hidden: 3, ..blurred }.expected_error() - 0.625).abs() < 1e-6);
        // As much spread by coarse sampling alone.
        let coarse = Hindrance { samples: SIGMA_OF_A_SAMPLE / HALF_MISREAD, ..NONE };
        assert!((coarse.expected_error() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_tenth_of_the_letters_may_be_hidden() {
        for (letters, hidden, read) in
            [(1, 1, false), (9, 1, false), (10, 1, true), (29, 2, true), (29, 3, false)]
        {
            assert_eq!(Hindrance { letters, hidden, ..NONE }.is_legible(), read, "{hidden} of {letters}");
        }
    }

    /// Against every subset of lost letters.
    #[test]
    fn the_chance_of_reading_is_that_of_few_enough_losses() {
        for (letters, hidden, blur) in
            [(3, 0, 0.15), (11, 0, 0.16), (12, 1, 0.14), (12, 2, 0.1), (20, 1, 0.14)]
        {
            let field = Hindrance { letters, hidden, blur, ..NONE };
            let (lost, seen) = (field.smeared(), letters - hidden);
            let brute: f64 = (0u32..1 << seen)
                .map(|subset| subset.count_ones())
                .filter(|count| 10 * (*count as usize + hidden) <= letters)
                .map(|count| {
                    libm::pow(lost, f64::from(count)) * libm::pow(1.0 - lost, (seen as u32 - count).into())
                })
                .sum();
            assert!((field.chance_of_reading() - brute).abs() < 1e-9, "{field:?}: {brute}");
        }
        assert!(Hindrance { blur: f64::INFINITY, ..NONE }.chance_of_reading() < 1e-9);
    }

    #[test]
    fn every_hindrance_makes_it_worse() {
        let bearable = Hindrance { letters: 12, hidden: 1, blur: 0.06, samples: 8.0 };
        assert!(bearable.is_legible());
        let error = bearable.expected_error();
        for worse in [
            Hindrance { hidden: 2, ..bearable },
            Hindrance { blur: 0.15, ..bearable },
            Hindrance { samples: 4.0, ..bearable },
        ] {
            assert!(worse.expected_error() > error && !worse.is_legible(), "{worse:?}");
        }
    }

    #[test]
    fn thin_letters_count_as_small_ones() {
        assert!((letter_size(2.0, 0.4) - 2.0).abs() < 1e-12);
        assert!(letter_size(2.0, 0.2) < 1.5);
    }

    const WHITE: Wash = Wash { tint: [1.0; 3], gains: [1.0; 3], shoulder: 0.8, toe: 0.0 };

    #[test]
    fn contrast_is_michelsons_until_print_clips_as_well() {
        let ink = Ink { print: 0.04, paper: 0.6 };
        assert!((ink.contrast(0.05, 0.0, &WHITE) - 0.56 / (0.64 + 0.1)).abs() < 1e-6);
        assert!((ink.contrast(0.0, 0.05, &WHITE) - 0.56 / (0.64 + 0.1)).abs() < 1e-6);
        // Paper clips at 2 - shoulder; print does not yet.
        assert!(ink.contrast(0.7, 0.0, &WHITE) > 0.1);
        assert!(ink.contrast(1.2, 0.0, &WHITE) < 1e-6);
    }

    #[test]
    fn coloured_light_leaves_print_in_the_channel_that_it_lacks() {
        let ink = Ink { print: 0.04, paper: 0.6 };
        let warm = Wash { tint: [1.2, 1.0, 0.6], ..WHITE };
        assert!(ink.contrast(1.3, 0.0, &warm) > 0.05);
        assert!(ink.contrast(2.5, 0.0, &warm) < 1e-6);
    }
}
