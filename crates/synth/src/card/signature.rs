//! Signatures: one script font, written by a different hand for each persona.

use core::f64::consts::TAU;

use super::artwork::Rect;
use super::canvas::{Blend, Print};
use super::design::SignatureSpec;
use super::font;
use super::path::{Contours, Point};
use super::raster::{Coverage, Grid};
use crate::persona::{Persona, to_mrz};
use crate::rng::Stream;

/// Habits of a hand.
struct Hand {
    /// Slant, run over rise.
    slant: f64,
    /// Rise of the line, run over rise.
    climb: f64,
    /// Width against height.
    stretch: f64,
    /// How much letters shrink towards the end of the name.
    taper: f64,
    /// Sway of the line: amplitude, waves over the name, phase, for height and for width.
    sway: [[f64; 3]; 4],
    /// Added width of the pen, mm.
    pen: f64,
    /// A stroke below the name: from and to along it, depth, bow; in heights.
    flourish: Option<[f64; 4]>,
}

impl Hand {
    fn draw(rng: &mut Stream) -> Self {
        let mut wave = |amplitude: f64, low: f64, high: f64| {
            [amplitude * rng.range(0.4, 1.0), rng.range(low, high), rng.unit()]
        };
        let sway = [wave(0.06, 0.7, 1.6), wave(0.035, 3.0, 6.0), wave(0.10, 1.0, 2.5), wave(0.05, 4.0, 8.0)];
        let flourish =
            [rng.range(-0.3, 0.4), rng.range(0.7, 1.15), rng.range(0.18, 0.42), rng.range(-0.25, 0.25)];
        Self {
            slant: rng.range(-0.05, 0.42),
            climb: rng.range(-0.02, 0.10),
            stretch: rng.range(0.85, 1.35),
            taper: rng.range(0.0, 0.35),
            sway,
            pen: rng.range(0.03, 0.11),
            flourish: rng.chance(0.45).then_some(flourish),
        }
    }

    /// Moves a point of the straight line (ems, `length` long) to where this hand writes it.
    fn write(&self, [x, y]: Point, length: f64) -> Point {
        let t = (x / length.max(1e-9)).clamp(-0.2, 1.2);
        let wave = |[amplitude, turns, phase]: [f64; 3]| amplitude * libm::sin(TAU * (turns * t + phase));
        let size = 1.0 - self.taper * t;
        let y = y * size + wave(self.sway[0]) + wave(self.sway[1]) - self.climb * x;
        let x = x * self.stretch + wave(self.sway[2]) + wave(self.sway[3]) - self.slant * y;
        [x, y]
    }
}

/// The plate of a persona's signature.
pub(super) fn plate(grid: &Grid, spec: &SignatureSpec, persona: &Persona) -> Option<Print> {
    let mut rng = Stream::new("signature", persona.signature_seed, 0);
    let hand = Hand::draw(&mut rng);
    let script = font::find("dancing-script")?;
    let run = script.run(&name(&mut rng, persona, |text| script.covers(text)), -0.01);
    let mut contours = run.contours;
    contours.map(|p| hand.write(p, run.advance));
    let mut strokes = flourish(&hand, run.advance);
    let [left, top, right, bottom] = contours.bounds()?;
    let (low, high) = strokes.bounds().map_or((top, bottom), |b| (top.min(b[1]), bottom.max(b[3])));
    let [x, y, w, h] = spec.area;
    let scale = (w / (right - left)).min(h / (high - low)).min(6.2);
    let (dx, dy) = (
        x + (w - scale * (right - left)) / 2.0 - scale * left,
        y + (h - scale * (high - low)) / 2.0 - scale * low,
    );
    let place = |[x, y]: Point| [scale * x + dx, scale * y + dy];
    contours.map(place);
    strokes.map(place);
    let coverage = ink(grid, &contours, &strokes, hand.pen, spec.area);
    Some(Print { coverage, inks: vec![spec.ink], span: [0.0, 1.0], opacity: 0.92, blend: Blend::Cover })
}

/// What they write: the surname alone, or after an initial or a given name.
fn name(rng: &mut Stream, persona: &Persona, covers: impl Fn(&str) -> bool) -> String {
    let surname = persona.surname.split(' ').next().unwrap_or_default();
    let given = persona.given_names.split(' ').next().unwrap_or_default();
    let initial: String = given.chars().take(1).collect();
    let written = match rng.below(3) {
        0 => format!("{given} {surname}"),
        1 => format!("{initial}. {surname}"),
        _ => surname.to_owned(),
    };
    if covers(&written) { written } else { plain(&written) }
}

/// The name without diacritics, for a script that lacks them.
fn plain(name: &str) -> String {
    let word = |word: &str| {
        let letters = to_mrz(word).replace('<', " ").to_lowercase();
        let mut chars = letters.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// The stroke below the name.
fn flourish(hand: &Hand, length: f64) -> Contours {
    let Some([from, to, depth, bow]) = hand.flourish else { return Contours::default() };
    let point = |i: u32| {
        let t = f64::from(i) / 60.0;
        let x = length * (to + (from - to) * t);
        [x * hand.stretch, depth + bow * 4.0 * t * (1.0 - t) - hand.climb * x + 0.05 * t]
    };
    Contours(vec![(0..=60).map(point).collect()])
}

/// Letters filled, and all outlines drawn over by the pen, so that the pen's width shows.
fn ink(grid: &Grid, contours: &Contours, strokes: &Contours, pen: f64, area: Rect) -> Coverage {
    let mut lines: Vec<Vec<Point>> = contours.0.clone();
    lines.iter_mut().for_each(|line| line.extend(line.first().copied()));
    let mut out = Coverage::stroke(grid, &lines, pen, Some(area));
    let drawn = Coverage::stroke(grid, &strokes.0, pen + 0.12, Some(area));
    out.values.iter_mut().zip(&drawn.values).for_each(|(o, d)| *o = o.max(*d));
    let filled = Coverage::fill(grid, contours);
    for row in 0..filled.height {
        for column in 0..filled.width {
            let (x, y) = (filled.x + column, filled.y + row);
            let inside = (out.x..out.x + out.width).contains(&x) && (out.y..out.y + out.height).contains(&y);
            if inside {
                let value = &mut out.values[(y - out.y) * out.width + x - out.x];
                *value = value.max(filled.values[row * filled.width + column]);
            }
        }
    }
    out
}
