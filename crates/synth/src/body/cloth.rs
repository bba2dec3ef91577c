//! Clothes, by position on the default shape: where the garment is cut, its colour, weave and folds.

use glam::Vec3;

use super::appearance::{Clothes, Neckline, rgb};
use super::noise::{noise, smooth};

/// A garment, ready to be asked at many places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cloth {
    neckline: Neckline,
    outer: Vec3,
    under: Vec3,
    texture: f32,
}

impl Cloth {
    pub(super) fn new(clothes: &Clothes) -> Self {
        Self {
            neckline: clothes.neckline,
            outer: rgb(clothes.albedo),
            under: rgb(clothes.under),
            texture: clothes.texture as f32,
        }
    }

    /// How far below the edge a point lies, mm; negative where the neck is bare.
    fn below_edge(&self, rest: Vec3) -> f32 {
        let collar = |height: f32, slope: f32| height - slope * rest.z - rest.y;
        match self.neckline {
            Neckline::Crew | Neckline::Jacket => collar(14.0, 0.48),
            Neckline::Scoop => {
                collar(-2.0, 0.62)
                    - 0.0006 * (60.0 - rest.x.abs()).max(0.0) * (60.0 - rest.x.abs()).max(0.0) * 8.0
            }
            Neckline::Vee => {
                collar(10.0, 0.5) - if rest.z > 0.0 { (52.0 - rest.x.abs()).max(0.0) * 1.15 } else { 0.0 }
            }
            Neckline::Roll => 24.0 + 4.0 * noise(rest * 0.02) - rest.y - 0.12 * rest.z,
        }
    }

    /// Whether the garment covers this point of the default shape.
    pub(super) fn covers(&self, rest: Vec3) -> bool {
        self.below_edge(rest) > 0.0
    }

    /// How far outside a jacket's opening a point lies, mm.
    fn beyond_opening(rest: Vec3) -> f32 {
        if rest.z < -10.0 {
            return 40.0;
        }
        rest.x.abs() - 0.42 * (rest.y + 135.0).max(0.0) - 1.5
    }

    /// Albedo and what to add to the normal.
    pub(super) fn paint(&self, rest: Vec3) -> (Vec3, Vec3) {
        let fold = |offset: f32| {
            noise(rest * Vec3::new(1.0 / 46.0, 1.0 / 70.0, 1.0 / 46.0) + Vec3::splat(offset))
                + 0.5 * noise(rest * (1.0 / 19.0) + Vec3::splat(offset))
        };
        let mut relief = Vec3::new(fold(0.0), 0.4 * fold(9.0), fold(17.0)) * 0.22;
        let weave = noise(rest * Vec3::new(0.9, 0.9, 0.9)) + 0.6 * noise(rest * Vec3::new(1.7, 0.25, 1.7));
        let mut albedo = self.outer * (1.0 + self.texture * 0.10 * weave);
        let edge = self.below_edge(rest);
        // A hem of double cloth, with a seam below.
        let (hem, seam) = (16.0, smooth(1.6, 0.4, (edge - 16.0).abs()));
        if self.neckline == Neckline::Jacket {
            let beyond = Self::beyond_opening(rest);
            if beyond < 0.0 {
                albedo = self.under * (1.0 + 0.05 * weave);
                albedo *= 1.0 - 0.18 * seam - 0.35 * smooth(-7.0, 0.0, beyond);
            } else {
                // The lapel lies on top and ends in a line.
                let lapel = 26.0 + 0.1 * (rest.y + 60.0).clamp(-30.0, 60.0);
                let line = smooth(1.3, 0.3, (beyond - lapel).abs()) * smooth(-120.0, -100.0, rest.y);
                albedo *= 1.0 - 0.4 * line - 0.3 * smooth(1.6, 0.3, beyond);
                relief +=
                    Vec3::new(rest.x.signum() * -0.25 * smooth(5.0, 0.0, (beyond - lapel).abs()), 0.1, 0.0);
            }
        } else if self.neckline == Neckline::Roll {
            relief.y += 0.35 * noise(Vec3::new(0.0, rest.y / 7.0, 0.3)) * smooth(-30.0, 0.0, rest.y);
        } else {
            albedo *= 1.0 - 0.22 * seam - if edge < hem { 0.04 } else { 0.0 };
        }
        // The edge itself is in its own shade.
        (albedo * (1.0 - 0.25 * smooth(1.5, 0.0, edge)), relief)
    }
}
