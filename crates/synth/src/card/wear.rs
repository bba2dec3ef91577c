//! What years in a wallet and one pass of a printer do to a card: small misregistration, rubbed edges, scratches.

use super::canvas::{Blend, Canvas, Print};
use super::design::Design;
use super::raster::{Coverage, Grid};
use super::reflectance::change;
use super::value::Colour;
use crate::persona::{Persona, REFERENCE};
use crate::rng::{Stream, pixel_hash};

/// Width of the rim in which print is rubbed off, mm.
const RIM: f64 = 0.5;
/// How much deeper corners are rubbed than edges, share of the rim.
const AT_CORNER: f64 = 0.28;
/// Reflectance of bare, handled plastic.
const BARE: [f32; 3] = [0.62, 0.61, 0.58];

/// How one card differs from the next of its design.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    /// Where the holder's print stands against the background's, mm.
    pub shift: [f64; 2],
    /// 0 new to 1 worn.
    wear: f64,
    rng: Stream,
}

impl Condition {
    /// Of this persona's card of a design: it depends on the two and on the years since its issue.
    pub(super) fn draw(design: &Design, persona: &Persona) -> Self {
        let seed = design.name.bytes().fold(persona.signature_seed, |seed, byte| {
            (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut rng = Stream::new("card condition", seed, 0);
        let shift = [(); 2].map(|()| rng.normal_within(0.0, 0.07, 2.2));
        let years = f64::from(REFERENCE.years_since(persona.issue_date)) + rng.unit();
        let care = rng.unit();
        Self { shift, wear: (years / 10.0 * (0.15 + 1.1 * care * care)).min(1.0), rng }
    }

    /// What wears a printed side: its scratches, and then what rubs it.
    pub(super) fn marks(mut self, grid: &Grid, design: &Design) -> (Vec<Print>, Rub) {
        let scratches = self.scratches(grid, design.size);
        (
            scratches,
            Rub { size: design.size, radius: design.corner_radius, wear: self.wear, seed: self.rng.word() },
        )
    }

    /// Hairlines, short and slightly bent.
    fn scratches(&mut self, grid: &Grid, [width, height]: [f64; 2]) -> Vec<Print> {
        let rng = &mut self.rng;
        let mut scratch = || {
            let (x, y) = (rng.range(0.0, width), rng.range(0.0, height));
            let (turn, length) = (rng.range(0.0, core::f64::consts::TAU), rng.log_range(1.5, 16.0));
            let (sin, cos) = libm::sincos(turn);
            let bend = rng.normal_within(0.0, 0.03, 2.0) * length;
            let line: Vec<_> = (0..=8)
                .map(|i| {
                    let t = f64::from(i) / 8.0;
                    let (along, aside) = (t * length, bend * 4.0 * t * (1.0 - t));
                    [x + along * cos - aside * sin, y + along * sin + aside * cos]
                })
                .collect();
            let bounds = |k: usize| {
                let low = line.iter().map(|p| p[k]).fold(f64::MAX, f64::min) - 0.1;
                let high = line.iter().map(|p| p[k]).fold(f64::MIN, f64::max) + 0.1;
                [low, high - low]
            };
            let ([left, w], [top, h]) = (bounds(0), bounds(1));
            let pen = rng.range(0.02, 0.045);
            let coverage = Coverage::stroke(grid, &[line], pen, Some([left, top, w, h]));
            let opacity = rng.range(0.08, 0.3);
            Print { coverage, inks: vec![Colour::HAIRLINE], span: [0.0, 1.0], opacity, blend: Blend::Cover }
        };
        (0..(self.wear * 46.0) as usize).map(|_| scratch()).collect()
    }
}

/// What rubs print off the rim, in patches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rub {
    /// Width and height of the card and radius of its corners, mm.
    size: [f64; 2],
    radius: f64,
    /// 0 new to 1 worn.
    wear: f64,
    seed: u64,
}

impl Rub {
    /// Rubs the rows of a canvas.
    pub(super) fn wear(&self, canvas: &mut Canvas) {
        rub(canvas, self);
    }
}

fn rub(canvas: &mut Canvas, &Rub { size: [width, height], radius, wear, seed }: &Rub) {
    let grid = canvas.grid;
    // Patches and corners reach no deeper than this.
    let deepest = (wear * RIM * (1.25 - 0.35 + AT_CORNER)).min(RIM);
    let rim = (RIM * grid.px_per_mm) as usize;
    let corner = ((radius + RIM) * grid.px_per_mm) as usize;
    for row in canvas.top..canvas.top + canvas.image.height {
        let y = (row as f64 + 0.5) / grid.px_per_mm;
        let across = row.min(grid.height - 1 - row);
        // Whole rows near the long edges, both ends elsewhere; longer ends where the corners are round.
        let reach = if across < rim {
            grid.width
        } else if across < corner {
            corner
        } else {
            rim
        };
        let right = grid.width.saturating_sub(reach).max(reach.min(grid.width));
        for column in (0..reach.min(grid.width)).chain(right..grid.width) {
            let x = (column as f64 + 0.5) / grid.px_per_mm;
            // Distance inside the rounded outline.
            let (qx, qy) = (
                (x - width / 2.0).abs() - width / 2.0 + radius,
                (y - height / 2.0).abs() - height / 2.0 + radius,
            );
            let (ox, oy) = (qx.max(0.0), qy.max(0.0));
            let inside = radius - (ox * ox + oy * oy).sqrt() - qx.max(qy).min(0.0);
            if !(0.0..deepest).contains(&inside) {
                continue;
            }
            let at_corner = if qx > 0.0 && qy > 0.0 { AT_CORNER } else { 0.0 };
            // Rubbing is even along an edge; what is fine in it shows in how bare the plastic is, not in how far in.
            let patches = 0.88 * noise(seed, x / 7.0, y / 7.0) + 0.12 * noise(seed ^ 1, x / 1.1, y / 1.1);
            let fine = noise(seed ^ 2, x / 0.3, y / 0.3);
            let reach = wear * (RIM * (1.25 * patches - 0.35 + at_corner)).max(0.0);
            let bare = ((reach - inside) / 0.35).clamp(0.0, 1.0);
            let share = (bare * (0.1 + 0.3 * patches + 0.3 * fine)) as f32;
            if share > 0.0 {
                let point = &mut canvas.image.points[(row - canvas.top) * grid.width + column];
                change(point, |k, value| value + (BARE[k] - value) * share);
            }
        }
    }
}

/// Value noise, 0-1.
fn noise(seed: u64, x: f64, y: f64) -> f64 {
    let (i, j) = (x.floor(), y.floor());
    let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
    let (s, t) = (smooth(x - i), smooth(y - j));
    let value = |di: u32, dj: u32| {
        f64::from(pixel_hash(seed, (i as i64 + 64) as u32 + di, (j as i64 + 64) as u32 + dj, 3))
            / 4_294_967_296.0
    };
    let top = value(0, 0) * (1.0 - s) + value(1, 0) * s;
    let bottom = value(0, 1) * (1.0 - s) + value(1, 1) * s;
    top * (1.0 - t) + bottom * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_cards_wear_at_their_rim_and_new_ones_do_not() {
        let design = Design::find("td1_utopia_a").unwrap();
        let changed = |issued: &str| -> f32 {
            let of = |id| {
                let mut persona = Persona::draw(5, id);
                persona.issue_date = issued.parse().unwrap();
                let mut canvas = Canvas::new(Grid::new(design.size, 8.0), design.front.paper);
                let fresh = canvas.image.clone();
                let (scratches, rub) = Condition::draw(&design, &persona).marks(&canvas.grid, &design);
                scratches.iter().for_each(|plate| canvas.print(plate));
                rub.wear(&mut canvas);
                let change = |i| (canvas.image.get(i)[1] - fresh.get(i)[1]).abs();
                (0..fresh.points.len()).map(change).sum::<f32>()
            };
            (0..6).map(of).sum()
        };
        let (new, old) = (changed("2026-01-10"), changed("2016-02-01"));
        assert!(old > 8.0 * new && old > 1.0, "{new} {old}");
    }

    #[test]
    fn misregistration_is_small_and_belongs_to_the_card() {
        let designs = ["td1_utopia_a", "dl_utopia"].map(|name| Design::find(name).unwrap());
        for id in 0..200 {
            let persona = Persona::draw(5, id);
            let [a, b] = [&designs[0], &designs[1]].map(|design| Condition::draw(design, &persona).shift);
            assert!(a.iter().all(|v| v.abs() < 0.16) && a != b);
            assert_eq!(a, Condition::draw(&designs[0], &persona).shift);
        }
    }
}
