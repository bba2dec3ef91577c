//! Whether a score of 0.8 is right in eight of ten cases.

use retake_label::Category;

use super::super::svg::Markup;
use super::super::words;
use super::axes::{Plot, Scale};
use crate::analysis::calibration::Calibration;

/// The share of defects over the score; on the diagonal a score is a probability.
pub(crate) fn draw(calibration: &Calibration, category: Category) -> Markup {
    let error = words::in_words(&calibration.ece).unwrap_or_default();
    let label = format!(
        "Share of images with {} over the score; expected calibration error {error}",
        words::lower_title(category)
    );
    let mut plot = Plot::new(Scale::UNIT, "score", &words::three_digits, &label);
    plot.curve("diagonal", &[[0.0, 0.0], [1.0, 1.0]]);
    let seen = calibration.bins.iter().filter_map(|bin| Some((bin.score, words::bounds(&bin.observed)?)));
    let seen: Vec<_> = seen.collect();
    plot.curve("curve thin", &seen.iter().map(|(score, [value, ..])| [*score, *value]).collect::<Vec<_>>());
    for (score, bounds) in seen {
        plot.bar(score, bounds);
    }
    plot.finish()
}
