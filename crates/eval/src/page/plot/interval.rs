//! An estimate as a dot on its interval: a row of a forest plot.

use super::super::svg::{Markup, Svg};
use super::super::words;
use crate::Estimate;

const WIDTH: f64 = 112.0;
const HEIGHT: f64 = 22.0;
const MARGIN: f64 = 6.0;

/// The estimate on a scale of 0 to 100 %, with the baseline's under it. Decoration: the numbers stand beside it.
pub(crate) fn draw(estimate: Option<&Estimate>, baseline: Option<&Estimate>) -> Markup {
    let mut svg = Svg::new("forest", WIDTH, HEIGHT, "");
    let x = |share: f64| MARGIN + share.clamp(0.0, 1.0) * (WIDTH - 2.0 * MARGIN);
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        svg.line("tick", [x(tick), 0.0], [x(tick), HEIGHT]);
    }
    let y = if baseline.is_some() { 8.0 } else { HEIGHT / 2.0 };
    if let Some([value, low, high]) = estimate.and_then(words::bounds) {
        svg.line("interval", [x(low), y], [x(high), y]);
        svg.dot("value", [x(value), y], 4.0);
    }
    if let Some([value, low, high]) = baseline.and_then(words::bounds) {
        let y = HEIGHT - 5.0;
        svg.line("interval-before", [x(low), y], [x(high), y]);
        svg.dot("value-before", [x(value), y], 2.8);
    }
    svg.finish()
}
