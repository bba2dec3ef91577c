//! Lines of text, set and measured in millimetres.

use super::canvas::{Blend, Print};
use super::design::{Align, Style};
use super::font::Font;
use super::path::{Contours, Transform};
use super::raster::{Coverage, Grid};

/// A line of text, ready to print.
pub(super) struct Setting {
    /// The text as printed, capitals and all.
    pub text: String,
    pub contours: Contours,
    /// The box of its ink before it was turned about `at`, mm, as corners in their turned places.
    pub quad: [[f64; 2]; 4],
    pub x_height: f64,
    pub stroke: f64,
}

/// Where and how wide a line may be.
pub(super) struct Slot {
    pub at: [f64; 2],
    pub angle: f64,
    pub align: Align,
    pub width: Option<f64>,
}

/// The narrowest that letters may become before they become smaller.
const NARROWEST: f64 = 0.75;

/// Sets a line. `None` when it has no ink.
pub(super) fn set(text: &str, style: &Style, slot: &Slot) -> Option<Setting> {
    let text = if style.capitals { text.to_uppercase() } else { text.to_owned() };
    let run = style.font.0.run(&text, style.spacing);
    let natural = run.advance * style.size * style.condense;
    let ratio = slot.width.map_or(1.0, |width| (width / natural.max(1e-9)).min(1.0));
    let shrink = (ratio / NARROWEST).min(1.0);
    let size = style.size * shrink;
    let across = style.condense * style.size * ratio;
    let advance = run.advance * across;
    let start = match slot.align {
        Align::Left => 0.0,
        Align::Centre => -advance / 2.0,
        Align::Right => -advance,
    };
    let level = Transform::scale(across, size).then(Transform::translate(start, 0.0));
    let turn = Transform::rotate(slot.angle).then(Transform::translate(slot.at[0], slot.at[1]));
    let contours = run.contours.transformed(&level);
    let [left, top, right, bottom] = contours.bounds()?;
    let quad = [[left, top], [right, top], [right, bottom], [left, bottom]].map(|p| turn.apply(p));
    Some(Setting {
        x_height: letter_height(&text, run.font) * size,
        stroke: run.font.stroke * across,
        contours: contours.transformed(&turn),
        quad,
        text,
    })
}

/// Height that most letters have, ems: capitals or lower case.
pub(super) fn letter_height(text: &str, font: &Font) -> f64 {
    if text.chars().any(char::is_lowercase) { font.x_height } else { font.capital_height }
}

/// The plate of a line.
pub(super) fn plate(grid: &Grid, contours: &Contours, style: &Style) -> Print {
    Print {
        coverage: Coverage::fill(grid, contours),
        inks: vec![style.ink],
        span: [0.0, 1.0],
        opacity: style.opacity,
        blend: Blend::Cover,
    }
}
