//! Things that lie about on the table: papers, notes, coins, pens, cables, a keyboard. Flat enough to be painted on the
//! table, with a slope where they are round, so that the table's lights shade them, and with the shadow that a scene
//! gives them.

mod coin;
mod keyboard;
mod paper;
mod pen;

use retake_simd::array;

use super::lanes::{LANES, Lane};
use super::noise;
use super::surface::{Paint, Paints};
use crate::scene::{Thing, ThingKind};

/// Edges are at least this soft, mm.
const CRISP: f32 = 0.06;

/// The things on a table, ready to be looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clutter {
    things: Vec<Placed>,
}

/// A thing with its place worked out.
#[derive(Clone, Copy, Debug)]
struct Placed {
    kind: ThingKind,
    centre: [f32; 2],
    axis: [f32; 2],
    half: [f32; 2],
    tint: [f32; 3],
    seed: u32,
    /// Where its shadow's end lies, how soft that is, mm, and the share of light that it takes.
    shadow: [f32; 2],
    soft: f32,
    dark: f32,
    /// Square of the distance from its middle beyond which there is neither thing nor shadow.
    reach: f32,
}

/// A thing at a point.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Distance to its outline, mm, negative inside.
    distance: f32,
    /// What it looks like there; the slope is in its own axes.
    paint: Paint,
}

/// A point of a thing.
#[derive(Clone, Copy, Debug)]
struct Local {
    /// From its middle along its two axes, mm.
    p: [f32; 2],
    half: [f32; 2],
    tint: [f32; 3],
    /// Side of a pixel, mm.
    footprint: f32,
    seed: u32,
}

impl Clutter {
    pub(crate) fn new(things: &[Thing]) -> Self {
        let placed = |thing: &Thing| {
            let [x, y] = thing.half.map(|v| v as f32);
            let shadow = thing.shadow.map(|v| v as f32);
            let soft = thing.softness.max(0.2) as f32;
            let far = (x * x + y * y).sqrt() + shadow[0].abs() + shadow[1].abs() + soft;
            Placed {
                kind: thing.kind,
                centre: thing.centre.map(|v| v as f32),
                axis: [libm::cos(thing.turn) as f32, libm::sin(thing.turn) as f32],
                half: [x, y],
                tint: thing.tint.map(|v| v as f32),
                seed: (thing.seed ^ (thing.seed >> 32)) as u32,
                shadow,
                soft,
                dark: thing.darkness as f32,
                reach: far * far,
            }
        };
        Self { things: things.iter().map(placed).collect() }
    }

    /// Puts the things over a table that looks like `paint` at a point, mm.
    #[inline]
    pub(crate) fn cover(&self, at: [f32; 2], footprint: f32, paint: &mut Paint) {
        for thing in &self.things {
            let d = [at[0] - thing.centre[0], at[1] - thing.centre[1]];
            if d[0] * d[0] + d[1] * d[1] < thing.reach {
                thing.cover(d, footprint, paint);
            }
        }
    }
}

impl Clutter {
    /// [`Self::cover`] for points of one row of pixels.
    pub(crate) fn cover_lanes(&self, [x, y]: &[Lane; 2], footprint: f32, paints: &mut Paints) {
        let (middle, end) = ([x[LANES / 2], y[LANES / 2]], [x[0], y[0]]);
        let (dx, dy) = (end[0] - middle[0], end[1] - middle[1]);
        let length = (dx * dx + dy * dy).sqrt();
        let near = |thing: &Placed| {
            let d = [middle[0] - thing.centre[0], middle[1] - thing.centre[1]];
            (d[0] * d[0] + d[1] * d[1]).sqrt() < thing.reach.sqrt() + 1.1 * length
        };
        if !self.things.iter().any(near) {
            return;
        }
        for i in 0..LANES {
            let mut paint = Paint {
                albedo: array!(3, |k| paints.albedo[k][i]),
                slope: array!(2, |k| paints.slope[k][i]),
                gloss: paints.gloss[i],
            };
            self.cover([x[i], y[i]], footprint, &mut paint);
            (0..3).for_each(|k| paints.albedo[k][i] = paint.albedo[k]);
            (0..2).for_each(|k| paints.slope[k][i] = paint.slope[k]);
            paints.gloss[i] = paint.gloss;
        }
    }
}

impl Placed {
    fn cover(&self, d: [f32; 2], footprint: f32, paint: &mut Paint) {
        let shade = self.dark * self.shade(d);
        paint.albedo = array!(3, |k| paint.albedo[k] * (1.0 - shade));
        paint.gloss *= 1.0 - shade;
        let look = self.look(self.local(d), footprint);
        let edge = footprint.max(CRISP);
        let cover = (0.5 - look.distance / edge).clamp(0.0, 1.0);
        if cover > 0.0 {
            let ([c, s], [a, b]) = (self.axis, look.paint.slope);
            let slope = [c * a - s * b, s * a + c * b];
            for k in 0..3 {
                paint.albedo[k] += (look.paint.albedo[k] - paint.albedo[k]) * cover;
            }
            for (under, over) in paint.slope.iter_mut().zip(slope) {
                *under += (over - *under) * cover;
            }
            paint.gloss += (look.paint.gloss - paint.gloss) * cover;
        }
    }

    fn local(&self, d: [f32; 2]) -> [f32; 2] {
        let [c, s] = self.axis;
        [c * d[0] + s * d[1], c * d[1] - s * d[0]]
    }

    fn look(&self, p: [f32; 2], footprint: f32) -> Look {
        let local = Local { p, half: self.half, tint: self.tint, footprint, seed: self.seed };
        match self.kind {
            ThingKind::Paper => paper::sheet(&local),
            ThingKind::Note => paper::note(&local),
            ThingKind::Coin => coin::coin(&local),
            ThingKind::Pen => pen::pen(&local),
            ThingKind::Cable => pen::cable(&local),
            ThingKind::Keyboard => keyboard::keyboard(&local),
        }
    }

    /// Share of the shadow's core, 0-1: the outline smeared from the thing to the shadow's end, softer on the way.
    fn shade(&self, d: [f32; 2]) -> f32 {
        const STEPS: usize = 3;
        let mut most = 0.0f32;
        for i in 0..=STEPS {
            let t = i as f32 / STEPS as f32;
            let p = self.local([d[0] - t * self.shadow[0], d[1] - t * self.shadow[1]]);
            let distance = match self.kind {
                ThingKind::Coin => (p[0] * p[0] + p[1] * p[1]).sqrt() - self.half[0],
                ThingKind::Cable => pen::from_cable(&Local {
                    p,
                    half: self.half,
                    tint: self.tint,
                    footprint: 1.0,
                    seed: self.seed,
                }),
                _ => rectangle(p, self.half),
            };
            let soft = (0.25 + 0.75 * t) * self.soft;
            let s = (0.5 - 0.5 * distance / soft).clamp(0.0, 1.0);
            most = most.max(s * s * (3.0 - 2.0 * s) * (1.0 - 0.4 * t));
        }
        most
    }
}

/// Signed distance to a rectangle.
fn rectangle(p: [f32; 2], half: [f32; 2]) -> f32 {
    let d = [p[0].abs() - half[0], p[1].abs() - half[1]];
    let outside = [d[0].max(0.0), d[1].max(0.0)];
    (outside[0] * outside[0] + outside[1] * outside[1]).sqrt() + d[0].max(d[1]).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(kind: ThingKind) -> Thing {
        Thing {
            kind,
            centre: [40.0, -10.0],
            turn: 0.4,
            half: [70.0, 12.0],
            tint: [0.4, 0.3, 0.2],
            shadow: [6.0, 2.0],
            softness: 3.0,
            darkness: 0.5,
            seed: 7,
        }
    }

    const TABLE: Paint = Paint { albedo: [0.3; 3], slope: [0.0; 2], gloss: 1.0 };

    #[test]
    fn things_lie_where_they_are_put_and_nowhere_else() {
        for kind in ThingKind::ALL {
            let clutter = Clutter::new(&[thing(kind)]);
            let at = |x: f32, y: f32| {
                let mut paint = TABLE;
                clutter.cover([x, y], 0.1, &mut paint);
                paint
            };
            let changed = |p: Paint| p.albedo != TABLE.albedo || p.gloss != TABLE.gloss;
            assert!((-90..90).any(|i| changed(at(40.0 + i as f32, -10.0 + 0.4 * i as f32))), "{kind:?}");
            assert!(!changed(at(-90.0, 60.0)), "{kind:?}");
            for i in -90..90 {
                let paint = at(40.0 + i as f32, -10.0);
                assert!(paint.albedo.iter().all(|a| (0.0..0.95).contains(a)), "{kind:?}: {paint:?}");
                assert!(paint.slope.iter().all(|s| s.abs() < 3.0), "{kind:?}: {paint:?}");
            }
        }
    }

    #[test]
    fn shadows_fall_to_their_side() {
        let clutter = Clutter::new(&[Thing { turn: 0.0, ..thing(ThingKind::Pen) }]);
        let at = |x: f32, y: f32| {
            let mut paint = TABLE;
            clutter.cover([x, y], 0.1, &mut paint);
            paint.albedo[0]
        };
        assert!(at(114.5, -10.0) < 0.27 && at(-34.5, -10.0) > 0.29);
    }
}
