//! What shines in a room, as its mirror image shows it: windows with bars, shades, tubes in their housing, panels.

use glam::DVec2;
use serde::{Deserialize, Serialize};

use crate::rng::Stream;

/// A kind of light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fixture {
    /// Panes between bars.
    Window,
    /// A round shade with a brighter middle.
    Lamp,
    /// Fluorescent tubes side by side before a white housing.
    Tubes,
    /// A square LED panel.
    Panel,
    /// The phone's own light: small, and brighter than all else.
    Flash,
}

/// A part of a fixture that shines evenly. Lengths are shares of the fixture's own half width and half height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pane {
    pub(super) middle: DVec2,
    pub(super) half: DVec2,
    pub(super) round: bool,
    /// Luminance over that of the fixture's brightest part.
    pub(super) level: f64,
    /// How far behind the fixture's plane, mm.
    pub(super) behind: f64,
}

/// What a fixture looks like, drawn.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Look {
    /// The kind.
    pub(super) fixture: Fixture,
    /// Panes of a window, or tubes, side by side.
    columns: usize,
    /// Panes of a window one over the other.
    rows: usize,
    /// Bars and frames: share of the width, or distance of tubes.
    bar: f64,
    /// Luminance of what the light falls on about it, over its own: the veil about the core.
    glow: f64,
    /// Luminance of what a window shows below the sky, over the sky's.
    outside: f64,
    /// Width over height.
    pub(super) aspect: f64,
    /// Warmth: red up and blue down by this share.
    warmth: f64,
}

impl Look {
    /// Draws the look of a kind.
    pub(super) fn draw(rng: &mut Stream, fixture: Fixture) -> Self {
        let (columns, rows) = ([1, 2, 2, 3][rng.below(4)], [1, 2, 2][rng.below(3)]);
        let bar = rng.range(0.06, 0.14);
        let wide = rng.unit();
        let between = |low: f64, high: f64| low + (high - low) * wide;
        let cool = rng.unit();
        let (aspect, warmth) = match fixture {
            Fixture::Window => (between(0.6, 1.6), -0.08 * cool),
            Fixture::Lamp => (between(0.85, 1.2), 0.05 + 0.13 * cool),
            Fixture::Tubes => (between(2.5, 4.5), -0.03 + 0.05 * cool),
            Fixture::Panel => (if wide < 0.6 { 1.0 } else { 2.0 }, -0.02 + 0.06 * cool),
            Fixture::Flash => (1.0, 0.02 * cool),
        };
        let outside = rng.range(0.35, 0.85);
        Self { fixture, columns, rows, bar, glow: rng.range(0.03, 0.08), outside, aspect, warmth }
    }

    /// The same with a window's panes side by side only.
    pub(super) fn in_one_row(self) -> Self {
        Self { rows: 1, ..self }
    }

    /// The parts that shine, the brightest at level 1.
    pub(super) fn panes(&self) -> Vec<Pane> {
        let pane = |middle: DVec2, half: DVec2, level: f64, round: bool| Pane {
            middle,
            half,
            round,
            level,
            behind: if level < 1.0 { 10.0 } else { 0.0 },
        };
        let glow = pane(DVec2::ZERO, DVec2::splat(1.9), self.glow, true);
        let full = |x: f64, y: f64| pane(DVec2::ZERO, DVec2::new(x, y), 1.0, false);
        match self.fixture {
            Fixture::Window => {
                let (columns, rows) = (self.columns.clamp(1, 4), self.rows.clamp(1, 4));
                let half = DVec2::new(1.0 / columns as f64 - self.bar, 1.0 / rows as f64 - self.bar);
                let place = |i: usize, n: usize| (2.0 * i as f64 + 1.0) / n as f64 - 1.0;
                let panes = (0..columns * rows).map(|i| {
                    let middle = DVec2::new(place(i % columns, columns), place(i / columns, rows));
                    let below = rows > 1 && i / columns == 0;
                    pane(middle, half, if below { self.outside } else { 1.0 }, false)
                });
                panes.chain([glow]).collect()
            }
            Fixture::Lamp => vec![
                pane(DVec2::ZERO, DVec2::splat(0.55), 1.0, true),
                pane(DVec2::ZERO, DVec2::splat(1.0), 0.55, true),
                glow,
            ],
            Fixture::Tubes => {
                let tube = |y: f64| pane(DVec2::new(0.0, y), DVec2::new(1.0, 0.28), 1.0, false);
                let tubes = if self.columns > 1 { vec![tube(-0.5), tube(0.5)] } else { vec![tube(0.0)] };
                let housing = pane(DVec2::ZERO, DVec2::new(1.05, 1.1), 0.2, false);
                tubes.into_iter().chain([housing]).collect()
            }
            Fixture::Panel => vec![full(1.0, 1.0), glow],
            Fixture::Flash => vec![pane(DVec2::ZERO, DVec2::ONE, 1.0, true)],
        }
    }

    /// Its colour, green at 1, where the camera balances the room's light by these gains: a lamp is one of those that light
    /// the room, a window shares more of its colour with it than the flash does.
    pub(super) fn tint(&self, white_balance: [f64; 3]) -> [f64; 3] {
        let shared = match self.fixture {
            Fixture::Window => 0.75,
            Fixture::Flash => 0.6,
            Fixture::Lamp | Fixture::Tubes | Fixture::Panel => 0.9,
        };
        let own = [1.0 + self.warmth, 1.0, 1.0 - self.warmth];
        core::array::from_fn(|k| own[k] * libm::pow(white_balance[1] / white_balance[k], shared))
    }

    /// What it is, for people.
    pub(super) fn kind(&self) -> &'static str {
        match self.fixture {
            Fixture::Window => "window",
            Fixture::Lamp => "lamp",
            Fixture::Tubes => "tube",
            Fixture::Panel => "panel",
            Fixture::Flash => "flash",
        }
    }
}
