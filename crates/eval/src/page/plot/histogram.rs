//! How a quantity is spread over the images.

use super::super::svg::{Markup, Svg};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 8.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 26.0;
const BINS: usize = 60;

/// The values from 0 to `end` in bins of equal width, with named marks at some of them. Values beyond `end` are in the last
/// bin. `label` says the same in words.
pub(crate) fn draw(values: &[f64], end: f64, unit: &str, marks: &[(&str, f64)], label: &str) -> Markup {
    let mut counts = [0usize; BINS];
    for value in values {
        counts[((value / end * BINS as f64) as usize).min(BINS - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut svg = Svg::new("plot histogram", WIDTH, HEIGHT, label);
    let floor = HEIGHT - BOTTOM;
    let x = |value: f64| LEFT + (value / end).min(1.0) * (WIDTH - 2.0 * LEFT);
    let step = (WIDTH - 2.0 * LEFT) / BINS as f64;
    for (i, n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        let height = ((floor - TOP) * *n as f64 / most).max(1.0);
        svg.rect("bar", [LEFT + i as f64 * step, floor - height], [step - 1.0, height]);
    }
    svg.line("axis", [LEFT, floor], [WIDTH - LEFT, floor]);
    for part in 0..=4 {
        let value = end * f64::from(part) / 4.0;
        let anchor = ["start", "middle", "middle", "middle", "end"][part as usize];
        let text =
            format!("{}{}", super::super::words::three_digits(value), if part == 4 { unit } else { "" });
        svg.text("tick-label", [x(value), HEIGHT - 8.0], anchor, &text);
    }
    let mut free = f64::NEG_INFINITY;
    let mut row = 0.0;
    for (name, value) in marks {
        let at = x(*value);
        // Names that would overlap go one line down, in turns.
        row = if at < free && row == 0.0 { 13.0 } else { 0.0 };
        free = at + 8.0 * name.len() as f64;
        svg.line("mark", [at, row + 4.0], [at, floor]);
        let end = at > WIDTH - 90.0;
        svg.text(
            "mark-label",
            [at + if end { -4.0 } else { 4.0 }, row + 12.0],
            if end { "end" } else { "start" },
            name,
        );
    }
    svg.finish()
}
