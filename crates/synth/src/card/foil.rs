//! Optically variable patches: foils of diffraction gratings, laid out as fine lines, rings and cells.
//!
//! The camera asks for the grating at every pixel that shows a patch, so the motifs are made of triangle waves and
//! of directions by multiplication: no trigonometry.

use serde::{Deserialize, Serialize};

use super::artwork::Rect;
use crate::rng::pixel_hash;

/// An optically variable patch: a foil of diffraction gratings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HologramPatch {
    /// Where it is, mm. It fills the ellipse inside.
    pub area: Rect,
    /// How its gratings are laid out.
    pub kind: HologramKind,
    /// Seed of the layout.
    pub seed: u64,
}

/// Layouts of gratings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HologramKind {
    /// A guilloche of two woven strands about a star; its bright sectors turn with the view.
    Rosette,
    /// Small cells, each with lines of its own direction, about a star of one direction: a glittering mosaic.
    Mosaic,
    /// Wavy bands across, each a rainbow that runs along it, with fine lines between.
    Bands,
}

/// The grating at one point of a patch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grating {
    /// Unit vector across the lines, on the card.
    pub across: [f64; 2],
    /// Distance of the lines, nm.
    pub pitch_nm: f64,
    /// Share of the light that it sends into the first order, 0-1; soft at the patch's rim.
    pub efficiency: f64,
}

/// What a foil has between its lines.
const GROUND: f64 = 0.14;

/// A point of the patch: its place in the unit disc, and in polar form.
struct Spot {
    u: f64,
    v: f64,
    radius: f64,
    /// Direction from the middle in turns, by the diamond angle.
    turn: f64,
}

impl HologramPatch {
    /// The grating at a point of the card, mm; `None` outside the patch.
    pub fn grating(&self, x: f64, y: f64) -> Option<Grating> {
        let [left, top, width, height] = self.area;
        let (u, v) = ((x - left) / width * 2.0 - 1.0, (y - top) / height * 2.0 - 1.0);
        let radius = (u * u + v * v).sqrt();
        let to_rim = (1.0 - radius) * width.min(height) / 2.0;
        if to_rim <= 0.0 {
            return None;
        }
        let spot = Spot { u, v, radius, turn: diamond(u, v) };
        let inner = match self.kind {
            HologramKind::Rosette => self.rosette(&spot),
            HologramKind::Mosaic => self.mosaic(&spot, x, y),
            HologramKind::Bands => self.bands(x, y),
        };
        // A fine ring just inside the rim closes every motif.
        let ring = line((to_rim - 0.32) / 0.3 + 0.5, 0.4);
        let efficiency = inner.efficiency.max(0.8 * ring) * (to_rim / 0.12).min(1.0);
        Some(Grating { efficiency, ..inner })
    }

    fn rosette(&self, spot: &Spot) -> Grating {
        let Spot { u, v, radius, turn } = *spot;
        let r = radius.max(1e-6);
        let (du, dv) = (u / r, v / r);
        if radius < 0.3 {
            // Eight points, alternately long and short.
            let reach = 0.17 + 0.07 * wave(8.0 * turn) + 0.06 * wave(4.0 * turn);
            let inside = soft((reach - radius) / 0.02);
            return Grating {
                across: [0.966, 0.259],
                pitch_nm: 1080.0,
                efficiency: GROUND + (0.85 - GROUND) * inside,
            };
        }
        let swing = 0.55 * wave(14.0 * turn) + 0.2 * wave(28.0 * turn);
        let (a, b) = (8.0 * radius + swing, 8.0 * radius - swing);
        let (one, other) = (line(a, 0.3), line(b, 0.3));
        // Directions that turn twice as fast as the place, so that sectors light up one after the other.
        let double = [du * du - dv * dv, 2.0 * du * dv];
        let (across, hash) = if one >= other {
            (double, self.hash(a.floor(), 1))
        } else {
            ([-double[1], double[0]], self.hash(b.floor(), 2))
        };
        Grating {
            across,
            pitch_nm: 900.0 + 420.0 * hash,
            efficiency: GROUND + (0.85 - GROUND) * one.max(other),
        }
    }

    fn mosaic(&self, spot: &Spot, x: f64, y: f64) -> Grating {
        const SIDE: f64 = 0.62;
        let star = 0.52 + 0.2 * wave(6.0 * spot.turn);
        if spot.radius < star {
            let lines = line(9.0 * spot.radius - 1.5 * wave(6.0 * spot.turn), 0.5);
            return Grating {
                across: [0.5, 0.866],
                pitch_nm: 960.0 + 260.0 * spot.radius,
                efficiency: GROUND + (0.8 - GROUND) * lines,
            };
        }
        // Sheared squares.
        let (i, j) = ((x + 0.5 * y) / SIDE, y / (0.866 * SIDE));
        let (fi, fj) = (i - i.floor(), j - j.floor());
        let gap = soft(fi.min(1.0 - fi).min(fj).min(1.0 - fj) / 0.12 - 0.3);
        let across = DIRECTIONS[(8.0 * self.hash(i.floor(), j.floor() as i64)) as usize % 8];
        Grating {
            across,
            pitch_nm: 900.0 + 380.0 * self.hash(j.floor(), i.floor() as i64),
            efficiency: GROUND + (0.7 - GROUND) * gap,
        }
    }

    fn bands(&self, x: f64, y: f64) -> Grating {
        let s = (x + 0.4 * y) / 1.9 + 0.3 * wave(y / 5.5);
        let along = s - s.floor();
        let lines = line(7.0 * s + 0.4 * wave(y / 1.7), 0.55);
        let across = if (s.floor() as i64) % 2 == 0 { [0.985, 0.174] } else { [0.819, 0.574] };
        Grating {
            across,
            pitch_nm: 840.0 + 520.0 * along + 120.0 * self.hash(s.floor(), 5),
            efficiency: GROUND + (0.72 - GROUND) * lines,
        }
    }

    /// 0-1, for a cell of the layout.
    fn hash(&self, a: f64, b: i64) -> f64 {
        let bits = pixel_hash(self.seed, (a as i64 + 4096) as u32, (b + 4096) as u32, 0);
        f64::from(bits) / 4_294_967_296.0
    }
}

/// Eight directions of a half turn.
#[expect(clippy::approx_constant, reason = "the digits are part of every hologram's bytes")]
const DIRECTIONS: [[f64; 2]; 8] = [
    [1.0, 0.0],
    [0.923_880, 0.382_683],
    [0.707_107, 0.707_107],
    [0.382_683, 0.923_880],
    [0.0, 1.0],
    [-0.382_683, 0.923_880],
    [-0.707_107, 0.707_107],
    [-0.923_880, 0.382_683],
];

/// A direction in turns, -0.25 to 0.75: right about evenly spread, and exact at every eighth.
fn diamond(u: f64, v: f64) -> f64 {
    let t = v / (u.abs() + v.abs()).max(1e-9);
    0.25 * if u >= 0.0 { t } else { 2.0 - t }
}

/// Triangle wave of period 1, -1 to 1.
fn wave(t: f64) -> f64 {
    1.0 - 4.0 * (t - t.floor() - 0.5).abs()
}

/// 1 on lines at half-integers that take this share of their distance, softly 0 between.
fn line(t: f64, share: f64) -> f64 {
    soft((share / 2.0 - (t - t.floor() - 0.5).abs()) / 0.12 + 0.5)
}

/// 0 below 0, 1 above 1, smooth between.
fn soft(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gratings_fill_the_ellipse_with_lines() {
        for kind in [HologramKind::Rosette, HologramKind::Mosaic, HologramKind::Bands] {
            let patch = HologramPatch { area: [10.0, 20.0, 12.0, 9.0], kind, seed: 5 };
            let (mut inside, mut bright, mut dim) = (0, 0, 0);
            for i in 0..200 {
                for j in 0..200 {
                    let (x, y) = (10.0 + 12.0 * f64::from(i) / 199.0, 20.0 + 9.0 * f64::from(j) / 199.0);
                    let Some(grating) = patch.grating(x, y) else { continue };
                    inside += 1;
                    let [a, b] = grating.across;
                    assert!((a * a + b * b - 1.0).abs() < 0.01, "{kind:?} {grating:?}");
                    assert!((700.0..1600.0).contains(&grating.pitch_nm));
                    assert!((0.0..=0.9).contains(&grating.efficiency));
                    bright += i32::from(grating.efficiency > 0.5);
                    dim += i32::from(grating.efficiency < 0.3);
                }
            }
            let share = f64::from(inside) / 40_000.0;
            assert!((share - core::f64::consts::FRAC_PI_4).abs() < 0.02, "{kind:?} {share}");
            assert!(bright * 4 > inside && dim * 10 > inside, "{kind:?} {bright} {dim} of {inside}");
            assert_eq!(patch.grating(10.1, 20.1), None);
        }
    }
}
