//! Things that lie about on the table: papers, notes, coins, pens, cables, a keyboard. Flat enough to be painted on the
//! table, with a slope where they are round, so that the table's lights shade them, and with the shadow that a scene
//! gives them.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]
#![expect(clippy::needless_range_loop, reason = "lanes side by side, by index, become vectors")]

mod cable;
mod coin;
mod keyboard;
mod note;
mod paper;
mod pen;

use retake_simd::kernel;

use super::lanes::{LANES, Lane};
use super::noise;
use super::surface::Paints;
use crate::scene::{Thing, ThingKind};

/// Edges are at least this soft, mm.
const CRISP: f32 = 0.06;

/// How finely a shadow is smeared from its thing to its end.
const SMEAR: usize = 3;

/// The things on a table, ready to be looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clutter {
    things: Vec<Placed>,
}

/// A thing with its place worked out.
#[derive(Clone, Debug)]
struct Placed {
    kind: ThingKind,
    centre: [f32; 2],
    axis: [f32; 2],
    half: [f32; 2],
    tint: [f32; 3],
    seed: u32,
    /// Where its shadow's end lies along its own axes, how soft that is, mm, and the share of light that it takes.
    shadow: [f32; 2],
    soft: f32,
    dark: f32,
    /// Where the middle of a cable runs; empty for all else.
    course: cable::Course,
}

/// A point of a thing.
#[derive(Clone, Copy, Debug)]
struct Local<'a> {
    thing: &'a Placed,
    /// From its middle along its two axes, mm.
    p: [f32; 2],
    /// Side of a pixel, mm.
    footprint: f32,
}

/// The things that a part of the table shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Near {
    things: Vec<usize>,
    /// Whether the first of them hides the table itself.
    pub(crate) hidden: bool,
}

/// A kernel that covers points with a thing, from its signed distance and its look.
macro_rules! covers {
    ($distance:path, $look:expr) => {{
        kernel! {
            fn cover(thing: &Placed, at: &[Lane; 2], footprint: f32, paints: &mut Paints) {
                thing.cover(at, footprint, paints, $distance, $look);
            }
        }
        cover
    }};
}

/// The look of a thing at points, from that at one.
macro_rules! each {
    ($one:path) => {
        #[inline(always)]
        |thing: &Placed, [x, y]: &[Lane; 2], footprint: f32, looks: &mut Paints| {
            for i in 0..LANES {
                looks.set(i, &$one(&Local { thing, p: [x[i], y[i]], footprint }));
            }
        }
    };
}

impl Clutter {
    pub(crate) fn new(things: &[Thing]) -> Self {
        Self { things: things.iter().map(Placed::new).collect() }
    }

    /// Finds what is on the table within `reach` of a point, mm.
    pub(crate) fn near(&self, at: [f32; 2], reach: f32, near: &mut Near) {
        near.things.clear();
        near.hidden = false;
        for (number, thing) in self.things.iter().enumerate() {
            let p = thing.local(at);
            if thing.hides(p, reach) {
                near.things.clear();
                near.hidden = true;
            }
            if thing.reaches(p, reach) {
                near.things.push(number);
            }
        }
    }

    /// Puts things over a table that looks like `paints` at points, mm.
    pub(crate) fn cover(&self, near: &Near, at: &[Lane; 2], footprint: f32, paints: &mut Paints) {
        for number in &near.things {
            let thing = &self.things[*number];
            let cover = match thing.kind {
                ThingKind::Paper => covers!(sheet, paper::sheet),
                ThingKind::Note => covers!(sheet, each!(note::note)),
                ThingKind::Coin => covers!(coin::distance, each!(coin::coin)),
                ThingKind::Pen => covers!(pen::distance, each!(pen::pen)),
                ThingKind::Cable => covers!(cable::distance, each!(cable::cable)),
                ThingKind::Keyboard => covers!(keyboard::distance, each!(keyboard::keyboard)),
            };
            cover(thing, at, footprint, paints);
        }
    }
}

impl Placed {
    fn new(thing: &Thing) -> Self {
        let half = thing.half.map(|v| v as f32);
        let seed = (thing.seed ^ (thing.seed >> 32)) as u32;
        let [x, y] = thing.shadow;
        let (sin, cos) = libm::sincos(thing.turn);
        let course = match thing.kind {
            ThingKind::Cable => cable::Course::new(half, seed),
            _ => cable::Course::default(),
        };
        Self {
            kind: thing.kind,
            centre: thing.centre.map(|v| v as f32),
            axis: [cos as f32, sin as f32],
            half,
            tint: thing.tint.map(|v| v as f32),
            seed,
            shadow: [(cos * x + sin * y) as f32, (cos * y - sin * x) as f32],
            soft: thing.softness.max(0.2) as f32,
            dark: thing.darkness as f32,
            course,
        }
    }

    /// A point of the table along the thing's axes.
    #[inline(always)]
    fn local(&self, at: [f32; 2]) -> [f32; 2] {
        let ([c, s], [x, y]) = (self.axis, [at[0] - self.centre[0], at[1] - self.centre[1]]);
        [c * x + s * y, c * y - s * x]
    }

    /// Whether there may be thing or shadow within `reach` of a point.
    fn reaches(&self, p: [f32; 2], reach: f32) -> bool {
        let half = if self.kind == ThingKind::Coin { [self.half[0]; 2] } else { self.half };
        let pad = self.soft + keyboard::FRAME + reach;
        (0..2).all(|k| {
            let middle = 0.5 * self.shadow[k];
            (p[k] - middle).abs() < half[k] + middle.abs() + pad
        })
    }

    /// Whether it covers all within `reach` of a point.
    fn hides(&self, p: [f32; 2], reach: f32) -> bool {
        let flat = matches!(self.kind, ThingKind::Paper | ThingKind::Note | ThingKind::Keyboard);
        flat && rectangle(p, self.half) < -(reach + CRISP)
    }

    #[inline(always)]
    fn cover(
        &self,
        [x, y]: &[Lane; 2],
        footprint: f32,
        paints: &mut Paints,
        distance: impl Fn(&Self, [f32; 2]) -> f32,
        look: impl FnOnce(&Self, &[Lane; 2], f32, &mut Paints),
    ) {
        let mut p = [[0.0; LANES]; 2];
        let mut cover = [0.0; LANES];
        let per_edge = 1.0 / footprint.max(CRISP);
        let (mut least, mut most) = (1.0f32, 0.0f32);
        for i in 0..LANES {
            let local = self.local([x[i], y[i]]);
            (p[0][i], p[1][i]) = (local[0], local[1]);
            cover[i] = (0.5 - distance(self, local) * per_edge).max(0.0).min(1.0);
        }
        for share in cover {
            (least, most) = (least.min(share), most.max(share));
        }
        if least < 1.0 {
            self.shade(&p, paints, distance);
        }
        if most > 0.0 {
            let mut looks = Paints::default();
            look(self, &p, footprint, &mut looks);
            self.blend(&cover, &looks, paints);
        }
    }

    /// Darkens what its shadow falls on: the outline smeared from the thing to the shadow's end, softer on the way.
    #[inline(always)]
    fn shade(&self, [x, y]: &[Lane; 2], paints: &mut Paints, distance: impl Fn(&Self, [f32; 2]) -> f32) {
        let mut most = [0.0f32; LANES];
        for step in 0..=SMEAR {
            let t = step as f32 / SMEAR as f32;
            let shift = [t * self.shadow[0], t * self.shadow[1]];
            let per_soft = 0.5 / ((0.25 + 0.75 * t) * self.soft);
            for i in 0..LANES {
                let distance = distance(self, [x[i] - shift[0], y[i] - shift[1]]);
                let s = (0.5 - distance * per_soft).max(0.0).min(1.0);
                most[i] = most[i].max(s * s * (3.0 - 2.0 * s) * (1.0 - 0.4 * t));
            }
        }
        for i in 0..LANES {
            let keep = 1.0 - self.dark * most[i];
            paints.gloss[i] *= keep;
            for k in 0..3 {
                paints.albedo[k][i] *= keep;
            }
        }
    }

    #[inline(always)]
    fn blend(&self, cover: &Lane, looks: &Paints, paints: &mut Paints) {
        let ([c, s], [a, b]) = (self.axis, &looks.slope);
        for i in 0..LANES {
            let mix = |under: f32, over: f32| under + (over - under) * cover[i];
            for k in 0..3 {
                paints.albedo[k][i] = mix(paints.albedo[k][i], looks.albedo[k][i]);
            }
            paints.slope[0][i] = mix(paints.slope[0][i], c * a[i] - s * b[i]);
            paints.slope[1][i] = mix(paints.slope[1][i], s * a[i] + c * b[i]);
            paints.gloss[i] = mix(paints.gloss[i], looks.gloss[i]);
        }
    }
}

/// Signed distance to a flat sheet.
#[inline(always)]
fn sheet(thing: &Placed, p: [f32; 2]) -> f32 {
    rectangle(p, thing.half)
}

/// Signed distance to a rectangle.
#[inline(always)]
fn rectangle(p: [f32; 2], half: [f32; 2]) -> f32 {
    let d = [p[0].abs() - half[0], p[1].abs() - half[1]];
    let outside = [d[0].max(0.0), d[1].max(0.0)];
    (outside[0] * outside[0] + outside[1] * outside[1]).sqrt() + d[0].max(d[1]).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::surface::Paint;
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

    /// The table at a point, in the middle of a part of it.
    fn look(clutter: &Clutter, [x, y]: [f32; 2]) -> Paint {
        let (mut near, mut paints) = (Near::default(), Paints::default());
        for i in 0..LANES {
            paints.set(i, &TABLE);
        }
        clutter.near([x + 0.5, y - 0.5], 1.0, &mut near);
        clutter.cover(&near, &[[x; LANES], [y; LANES]], 0.1, &mut paints);
        paints.at(3)
    }

    #[test]
    fn things_lie_where_they_are_put_and_nowhere_else() {
        for kind in ThingKind::ALL {
            let clutter = Clutter::new(&[thing(kind)]);
            let at = |x: f32, y: f32| look(&clutter, [x, y]);
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
        let at = |x: f32, y: f32| look(&clutter, [x, y]).albedo[0];
        assert!(at(114.5, -10.0) < 0.27 && at(-34.5, -10.0) > 0.29);
    }
}
