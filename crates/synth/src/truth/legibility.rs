//! Whether a field can still be read: one function of what stands between it and a reader.
//!
//! The constants are fitted to a public reader by `scripts/calibrate`, which renders ladders of every defect, reads
//! each field, and writes what it found to `docs/legibility.md`.

use crate::capture::toned;

/// What stands between a reader and a field. The default is nothing at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hindrance {
    /// Share of it outside the picture, 0-1.
    pub cropped: f64,
    /// Share of the rest that a hand covers, 0-1.
    pub covered: f64,
    /// Share of that rest on which added light leaves too little contrast, 0-1.
    pub faded: f64,
    /// Standard deviation of the optics' point-spread function over the height of a small letter.
    pub blur: f64,
    /// True samples of the sensor from the base line to the top of a small letter.
    pub samples: f64,
}

impl Default for Hindrance {
    fn default() -> Self {
        Self { cropped: 0.0, covered: 0.0, faded: 0.0, blur: 0.0, samples: f64::INFINITY }
    }
}

/// Standard deviation of the blur of one true sample, in samples: the sample's own box (1 / sqrt 12), the colour
/// mosaic and the interpolation to the file's pixels.
const SIGMA_OF_A_SAMPLE: f64 = 0.6;

/// Blur and sampling together, over the height of a small letter, at which half of the letters are misread.
const HALF_MISREAD: f64 = 0.19;

/// How fast letters are lost about that: the logistic's width on the logarithm of the blur.
const WIDTH: f64 = 0.14;

/// Michelson contrast under which print and paper are not told apart: about three steps of 255 near white, as far as noise
/// and compression reach.
pub(crate) const FAINTEST: f64 = 0.015;

/// Expected error up to which a field is called legible. A field counts as read with an error of at most a tenth; errors
/// vary about what is expected, and at this figure both claims of the labels hold best.
pub(crate) const TOLERATED_ERROR: f64 = 0.15;

impl Hindrance {
    /// The character error rate that a good reader is expected to have, 0-1: letters that are cropped, covered or
    /// faded are lost, and of the others those that blur and sampling smear.
    pub fn expected_error(&self) -> f64 {
        let seen = (1.0 - self.cropped) * (1.0 - self.covered) * (1.0 - self.faded);
        1.0 - seen * (1.0 - self.smeared())
    }

    /// Whether a good reader can read the field.
    pub fn is_legible(&self) -> bool {
        self.expected_error() <= TOLERATED_ERROR
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

impl Ink {
    /// Michelson contrast of print and paper under added light, as a tone curve with this shoulder stores them.
    pub fn contrast(&self, added: f32, shoulder: f32) -> f32 {
        let (low, high) = (toned(self.print + added, shoulder), toned(self.paper + added, shoulder));
        if high > 0.0 { (high - low) / (high + low) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Hindrance =
        Hindrance { cropped: 0.0, covered: 0.0, faded: 0.0, blur: 0.0, samples: f64::INFINITY };

    #[test]
    fn nothing_in_the_way_is_read() {
        assert_eq!(NONE, Hindrance::default());
        assert!(NONE.expected_error() < 1e-6 && NONE.is_legible());
    }

    #[test]
    fn lost_letters_are_those_of_each_cause_in_turn() {
        let lost = Hindrance { cropped: 0.5, covered: 0.2, faded: 0.25, ..NONE };
        assert!((lost.expected_error() - (1.0 - 0.5 * 0.8 * 0.75)).abs() < 1e-6);
        let blurred = Hindrance { blur: HALF_MISREAD, ..NONE };
        assert!((blurred.expected_error() - 0.5).abs() < 1e-12);
        // As much spread by coarse sampling alone.
        let coarse = Hindrance { samples: SIGMA_OF_A_SAMPLE / HALF_MISREAD, ..NONE };
        assert!((coarse.expected_error() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn every_hindrance_makes_it_worse() {
        let bearable = Hindrance { cropped: 0.02, covered: 0.02, faded: 0.02, blur: 0.08, samples: 6.0 };
        assert!(bearable.is_legible());
        let error = bearable.expected_error();
        for worse in [
            Hindrance { cropped: 0.1, ..bearable },
            Hindrance { covered: 0.1, ..bearable },
            Hindrance { faded: 0.1, ..bearable },
            Hindrance { blur: 0.12, ..bearable },
            Hindrance { samples: 4.0, ..bearable },
        ] {
            assert!(worse.expected_error() > error && !worse.is_legible(), "{worse:?}");
        }
    }

    #[test]
    fn contrast_is_michelsons_until_print_clips_as_well() {
        let ink = Ink { print: 0.04, paper: 0.6 };
        assert!((ink.contrast(0.05, 0.8) - 0.56 / (0.64 + 0.1)).abs() < 1e-6);
        // Paper clips at 2 - shoulder; print does not yet.
        assert!(ink.contrast(0.7, 0.8) > 0.1);
        assert!(ink.contrast(1.2, 0.8) < 1e-6);
    }
}
