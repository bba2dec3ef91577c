//! Numbers and names as a reader wants them.

use std::borrow::Cow;

use retake_label::{Category, CategorySpec};
use serde::Serialize;

use crate::Estimate;
use crate::report::Report;

/// An estimate in percent.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Percent {
    /// Such as `92.1`; a dash where there is nothing to measure.
    pub(super) value: String,
    /// Such as `88–95`; empty where there is nothing to measure.
    pub(super) range: String,
    /// What it is an average over.
    pub(super) n: u64,
}

impl Percent {
    pub(super) fn of(estimate: &Estimate) -> Self {
        match bounds(estimate) {
            Some([value, low, high]) => {
                Self { value: format!("{:.1}", 100.0 * value), range: range(low, high), n: estimate.n }
            }
            None => Self { value: "–".to_owned(), range: String::new(), n: estimate.n },
        }
    }
}

/// Value, lower and upper end; `None` where there is nothing to measure.
pub(super) fn bounds(estimate: &Estimate) -> Option<[f64; 3]> {
    Some([estimate.value?, estimate.low?, estimate.high?])
}

/// An interval in whole percent, rounded outwards.
pub(super) fn range(low: f64, high: f64) -> String {
    format!("{:.0}–{:.0}", (100.0 * low).floor(), (100.0 * high).ceil())
}

/// Such as `92 % (88–95)`.
pub(super) fn in_words(estimate: &Estimate) -> Option<String> {
    let [value, low, high] = bounds(estimate)?;
    Some(format!("{:.0} % ({})", 100.0 * value, range(low, high)))
}

/// A count with thin spaces between the thousands.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A count and what it counts: `1 image`, `2 images`.
pub(super) fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

/// Words joined as `a, b and c`.
pub(super) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What the corpus says of a category.
pub(super) fn spec(report: &Report, category: Category) -> Option<&CategorySpec> {
    report.run.corpus.categories.iter().find(|spec| spec.id == category)
}

/// A category's name for people, within a sentence.
pub(super) fn lower_title(category: Category) -> String {
    let title = category.title();
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A measure with its unit; shares of something are told in percent of it.
pub(super) fn measure(value: f64, unit: &str) -> String {
    match unit.strip_prefix("share of ") {
        Some(whole) => format!("{} % of {whole}", three_digits(100.0 * value)),
        None => format!("{} {unit}", three_digits(value)),
    }
}

/// A number to three significant digits, without trailing zeros behind the point.
pub(super) fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Text in at most `most` characters, with an ellipsis where it was cut.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A key of a fact as a heading: `skin_tone` becomes `Skin tone`.
pub(super) fn heading(key: &str) -> String {
    capitalised(&key.replace('_', " "))
}

/// The text with a capital first letter.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A clause as a sentence.
pub(super) fn sentence(clause: &str) -> String {
    capitalised(clause) + "."
}

/// How strong the colour of a rate is, 0-9. The square root spreads the small rates, which are the usual ones.
pub(super) fn heat(rate: f64) -> u8 {
    (rate.clamp(0.0, 1.0).sqrt() * 9.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 999, 9999, 10_000, 1_234_567].map(count),
            ["0", "999", "9999", "10\u{202f}000", "1\u{202f}234\u{202f}567"]
        );
        assert_eq!([0.0, 0.0214, 1.5, 33.33, 220.4].map(three_digits), ["0", "0.021", "1.5", "33.3", "220"]);
        assert_eq!(measure(0.0214, "share of the card"), "2.14 % of the card");
        assert_eq!(measure(1.5, "stops"), "1.5 stops");
        assert_eq!(range(0.881, 0.9401), "88–95");
        assert_eq!(list(&["a", "b", "c"].map(str::to_owned)), "a, b and c");
        assert_eq!([counted(1, "image"), counted(2, "image")], ["1 image", "2 images"]);
    }

    #[test]
    fn cuts_fall_between_characters() {
        assert_eq!(cut("ééé", 2), "éé…");
        assert_eq!(cut("ééé", 3), "ééé");
    }
}
