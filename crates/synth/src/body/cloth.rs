//! Clothes, by position on the default shape: where the garment is cut, its colour, weave and folds.

use glam::{Vec3, Vec4};

use super::appearance::{Clothes, Neckline, Pattern, rgb};
use super::noise::{noise, noise3, smooth};

/// A garment, ready to be asked at many places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cloth {
    neckline: Neckline,
    outer: Vec3,
    under: Vec3,
    texture: f32,
    pattern: Pattern,
    second: Vec3,
}

impl Cloth {
    pub(super) fn new(clothes: &Clothes) -> Self {
        Self {
            neckline: clothes.neckline,
            outer: rgb(clothes.albedo),
            under: rgb(clothes.under),
            texture: clothes.texture as f32,
            pattern: clothes.pattern,
            second: rgb(clothes.second),
        }
    }

    /// How far below the edge a point lies, mm; negative where the neck is bare.
    pub(super) fn below_edge(&self, rest: Vec3) -> f32 {
        let collar = |height: f32, slope: f32| height - slope * rest.z - rest.y;
        match self.neckline {
            Neckline::Crew | Neckline::Jacket => collar(14.0, 0.48),
            Neckline::Scoop => {
                let front = (60.0 - rest.x.abs()).max(0.0) * smooth(-10.0, 30.0, rest.z);
                collar(4.0, 0.52) - 0.0048 * front * (60.0 - rest.x.abs()).max(0.0)
            }
            Neckline::Vee => collar(10.0, 0.5) - slant(78.0, rest.x) * 0.72 * smooth(-30.0, 40.0, rest.z),
            Neckline::Shirt => collar(26.0, 0.40) - slant(44.0, rest.x) * 1.05 * smooth(-20.0, 50.0, rest.z),
            Neckline::Roll => 24.0 + 4.0 * noise(rest * 0.02) - rest.y - 0.12 * rest.z,
        }
    }

    /// How far below the edge a point near it lies, mm: the level by its slope in the plane of the chest.
    fn distance_below_edge(&self, rest: Vec3) -> f32 {
        const STEP: f32 = 1.0;
        let level = self.below_edge(rest);
        let beside = self.below_edge(rest + Vec3::X * STEP) - level;
        let slope = beside / STEP;
        level / (1.0 + slope * slope).sqrt()
    }

    /// Whether the garment covers this point of the default shape.
    pub(super) fn covers(&self, rest: Vec3) -> bool {
        self.below_edge(rest) > 0.0
    }

    /// How far a point of the default shape is drawn in: 0 well above the garment's edge, 1 well below it.
    pub(super) fn under(&self, rest: Vec3) -> f32 {
        smooth(0.0, 18.0, self.below_edge(rest))
    }

    /// Whether a point of the skin lies so far below the edge, or so far out on a shoulder, that nobody sees it past that.
    pub(super) fn hides(&self, rest: Vec3) -> bool {
        /// No neckline is wider to a side, mm.
        const WIDEST: f32 = 115.0;
        let below = self.below_edge(rest);
        below > 45.0 || below > 0.0 && rest.x.abs() > WIDEST
    }

    /// How much of the light at a point of the skin the garment's edge takes, which lies upon it close by, 0-1.
    pub(super) fn touch(&self, rest: Vec3) -> f32 {
        if rest.y > 60.0 {
            return 0.0;
        }
        let near = smooth(-15.0, 1.0, self.below_edge(rest));
        near * near
    }

    /// How far outside a jacket's opening a point lies, mm.
    fn beyond_opening(rest: Vec3) -> f32 {
        if rest.z < -10.0 {
            return 40.0;
        }
        rest.x.abs() - 0.42 * (rest.y + 135.0).max(0.0) - 1.5
    }

    /// The weave at a place, about -1 to 1.
    pub(super) fn weave(rest: Vec3) -> f32 {
        noise(rest * 0.9) + 0.6 * noise(rest * Vec3::new(1.7, 0.25, 1.7))
    }

    /// Whether the cloth has structure as fine as its weave that is not the weave's own brightness, or sewn edges.
    pub(super) fn is_mottled(&self) -> bool {
        self.pattern == Pattern::Heather || matches!(self.neckline, Neckline::Shirt | Neckline::Jacket)
    }

    /// Albedo and what to add to the normal, where [`folds`] and [`Self::weave`] are these.
    pub(super) fn paint(&self, rest: Vec3, folds: Vec4, weave: f32) -> (Vec3, Vec3) {
        let (mut relief, hollow) = (folds.truncate(), folds.w);
        // Stripes and checks go along with the folds.
        let hung = rest + Vec3::new(3.0 * relief.x, 4.0 * relief.y, 0.0);
        let mut albedo = self.woven(hung, weave, &mut relief) * (1.0 - 0.26 * hollow);
        albedo *= sewn(rest, &mut relief);
        let edge = self.distance_below_edge(rest);
        match self.neckline {
            Neckline::Jacket => self.jacket(rest, edge, weave, &mut albedo, &mut relief),
            Neckline::Shirt => Self::shirt(rest, edge, &mut albedo, &mut relief),
            Neckline::Roll => {
                relief.y += 0.35 * noise(Vec3::new(0.0, rest.y / 7.0, 0.3)) * smooth(-30.0, 0.0, rest.y);
            }
            _ => {
                // A hem of double cloth, with a seam below, that stands off the neck.
                let seam = smooth(1.6, 0.4, (edge - HEM).abs());
                albedo *= 1.0 - 0.22 * seam - if edge < HEM { 0.04 } else { 0.0 };
                // The band is round: its upper rim turns up, the lower one down to the seam.
                relief.y += 0.7 * smooth(6.0, 0.0, edge) - 0.4 * smooth(5.0, 0.0, (edge - HEM).abs());
                relief.z -= 0.5 * smooth(3.0, 0.0, edge);
                if edge < HEM {
                    // The band is knit in ribs across its run.
                    let at = libm::atan2f(rest.x, rest.z + 30.0) * (75.0 / core::f32::consts::PI);
                    let rib = (at - at.floor() - 0.5).abs();
                    albedo *= 1.0 - 0.20 * smooth(0.30, 0.5, rib);
                }
            }
        }
        // The edge itself is in its own shade.
        (albedo * (1.0 - 0.25 * smooth(1.5, 0.0, edge)), relief)
    }

    /// The cloth itself.
    fn woven(&self, rest: Vec3, weave: f32, relief: &mut Vec3) -> Vec3 {
        let plain = self.outer * (1.0 + self.texture * 0.12 * weave);
        // Share of a period of `length` mm, and a band of it with soft edges.
        let band = |at: f32, length: f32, share: f32| {
            let t = (at / length - (at / length).floor() - 0.5).abs();
            smooth(share / 2.0 + 0.03, share / 2.0 - 0.03, t)
        };
        match self.pattern {
            Pattern::Plain => plain,
            Pattern::Heather => {
                let threads = smooth(-0.2, 0.5, noise(rest * Vec3::new(2.1, 0.7, 2.1)) + 0.5 * weave);
                plain.lerp(self.second, 0.35 * threads * self.texture)
            }
            Pattern::Stripes => plain.lerp(self.second, band(rest.y - 0.15 * rest.z, 26.0, 0.42)),
            Pattern::Checks => {
                let [a, b] = [band(rest.x, 34.0, 0.4), band(rest.y - 0.15 * rest.z, 34.0, 0.4)];
                plain.lerp(self.second, 0.42 * (a + b))
            }
            Pattern::Ribs => {
                let at = rest.x / 4.2 + 0.1 * weave;
                let t = at - at.floor() - 0.5;
                relief.x += 0.9 * t;
                plain * (1.0 - 0.45 * smooth(0.32, 0.5, t.abs()))
            }
        }
    }

    /// What is worn under a jacket, and the lapels.
    fn jacket(&self, rest: Vec3, edge: f32, weave: f32, albedo: &mut Vec3, relief: &mut Vec3) {
        let beyond = Self::beyond_opening(rest);
        let open = smooth(0.9, -0.9, beyond);
        let seam = smooth(1.6, 0.4, (edge - HEM).abs());
        let under =
            self.under * ((1.0 + 0.05 * weave) * (1.0 - 0.18 * seam - 0.5 * smooth(-9.0, 0.0, beyond)));
        if beyond < -0.9 {
            *albedo = under;
            return;
        }
        // The lapel lies on top: its rolled edge catches light, and it throws a soft shadow.
        let lapel = 26.0 + 0.1 * (rest.y + 60.0).clamp(-30.0, 60.0);
        let low = smooth(-120.0, -100.0, rest.y);
        let line = smooth(1.3, 0.3, (beyond - lapel).abs()) * low;
        let past = beyond - lapel;
        let near = smooth(13.0, 0.0, past);
        let shadow = near * near * f32::from(u8::from(past > 0.0)) * low;
        let rolled = smooth(5.5, 2.0, (past + 3.0).abs()) * low;
        *albedo *= 1.0 + 0.10 * rolled - 0.14 * line - 0.42 * shadow - 0.2 * smooth(1.6, 0.3, beyond);
        let side = rest.x.signum();
        *relief += Vec3::new(side * -0.3 * smooth(5.0, 0.0, (beyond - lapel).abs()), 0.1, 0.0);
        relief.x -= side * 0.5 * smooth(5.0, 0.0, beyond);
        *albedo = albedo.lerp(under, open);
    }

    /// How far outside of an open collar's leaf a point lies, mm, where it is so far below the neckline's edge: the leaf
    /// begins beside the throat, runs down and outwards to its point, and goes round the neck from there.
    fn past_collar(x: f32, edge: f32, front: bool) -> f32 {
        const BEGIN: f32 = 21.0;
        const POINT: f32 = 50.0;
        let outer = (edge - 30.0 - 20.0 * smooth(110.0, POINT, x)) * 0.94;
        if !front {
            return outer;
        }
        outer.max((edge - (x - BEGIN) * 1.75) * 0.5)
    }

    /// Collar, placket and buttons.
    fn shirt(rest: Vec3, edge: f32, albedo: &mut Vec3, relief: &mut Vec3) {
        let x = rest.x.abs();
        let front = f32::from(u8::from(rest.z > 0.0));
        let past = Self::past_collar(x, edge, front > 0.0);
        if past > 0.0 {
            let near = smooth(11.0, 0.0, past) * smooth(19.0, 26.0, x.max(60.0 * (1.0 - front)));
            *albedo *= 1.0 - 0.45 * near * near;
            let stitch = smooth(0.9, 0.3, (x - 15.0).abs()) * front;
            let side = smooth(0.9, 0.3, (rest.x - 17.5).abs()) * front;
            *albedo *= 1.0 - 0.12 * stitch - 0.4 * side;
            if front > 0.0 {
                button(rest, albedo, relief);
            }
        } else {
            *albedo *= 1.0 - 0.14 * smooth(1.0, 0.3, (past + 5.0).abs());
            relief.y += 0.35 * smooth(-5.0, 0.0, past) - 0.2;
            relief.x += 0.2 * rest.x.signum() * smooth(20.0, 60.0, x);
        }
    }
}

/// Share of the light that seams leave: those of the sleeves round the shoulders, and those from there to the neck.
fn sewn(rest: Vec3, relief: &mut Vec3) -> f32 {
    let x = rest.x.abs();
    let sleeve = x - 166.0 + 0.10 * (rest.y + 30.0);
    let mut seam = if rest.y > -135.0 { smooth(1.5, 0.4, sleeve.abs()) } else { 0.0 };
    if rest.y > -135.0 && sleeve.abs() < 14.0 {
        // Cloth puckers where it is gathered, and the sleeve rises beyond.
        relief.x +=
            rest.x.signum() * 0.30 * smooth(14.0, 0.0, sleeve.abs()) * if sleeve > 0.0 { -1.0 } else { 0.5 };
        relief.y +=
            0.22 * noise(Vec3::new(3.0, rest.y / 9.0, rest.z / 9.0)) * smooth(14.0, 2.0, sleeve.abs());
    }
    if rest.y > -50.0 && x > 55.0 && sleeve < 0.0 {
        let off = rest.z - 6.0;
        seam = seam.max(smooth(1.5, 0.4, off.abs()));
        relief.z += 0.25 * smooth(6.0, 0.0, off.abs()) * off.signum();
    }
    1.0 - 0.32 * seam
}

/// A button with a rim, four holes and its shadow, where one lies.
fn button(rest: Vec3, albedo: &mut Vec3, relief: &mut Vec3) {
    const APART: f32 = 78.0;
    const RADIUS: f32 = 5.0;
    let along = (rest.y + 62.0) / APART;
    let off = Vec3::new(rest.x, (along - (along + 0.5).floor()) * APART * 1.2, 0.0);
    let away = off.length();
    if away > 2.0 * RADIUS {
        return;
    }
    let shadow = smooth(1.6 * RADIUS, 0.9 * RADIUS, (off + Vec3::new(0.0, 1.4, 0.0)).length());
    let inside = smooth(RADIUS + 0.3, RADIUS - 0.3, away);
    // The holes and the thread across them.
    let hole = (Vec3::new(off.x.abs(), off.y.abs(), 0.0) - Vec3::new(1.0, 1.0, 0.0)).length();
    let thread = smooth(0.7, 0.4, (off.x.abs() - off.y.abs()).abs()) * smooth(1.8, 1.4, away);
    let horn = albedo.lerp(Vec3::new(0.40, 0.37, 0.33), 0.62);
    let dished = 1.0 - 0.16 * smooth(3.6, 3.0, away) - 0.5 * smooth(0.75, 0.4, hole) - 0.15 * thread;
    *albedo = (*albedo * (1.0 - 0.5 * shadow)).lerp(horn * dished, inside);
    let rim = smooth(1.2, 0.0, (away - 4.2).abs()) * inside;
    *relief += off * (0.5 * rim / away.max(0.5));
}

/// How far a neckline that is open in a point has come down at `x` from the middle, mm along the slant's run: it begins
/// at `side` in a soft bend, and the point is sewn round.
fn slant(side: f32, x: f32) -> f32 {
    let left = side - (x * x + 30.0).sqrt();
    0.5 * (left + (left * left + 900.0).sqrt())
}

/// Width of a hem, mm.
const HEM: f32 = 16.0;

/// The steepest slope of a fold.
const STEEPEST: f32 = 0.55;

/// Slope of the folds, and in the last place how deep a point lies in one (0-1): a faint unevenness everywhere;
/// folds that run from the shoulders and the armpits inwards and downwards; sagging between the shoulders; and
/// sleeves that are pushed together.
/// `own` tells one garment from the next, any number.
pub(super) fn folds(rest: Vec3, own: f32) -> Vec4 {
    // Cloth hangs in long soft folds, and creases where it bends.
    let hung = noise3(rest * Vec3::new(1.0 / 34.0, 1.0 / 120.0, 1.0 / 34.0)) * Vec3::new(0.30, 0.08, 0.08);
    let uneven =
        noise3(rest * (1.0 / 30.0)) * 0.14 + noise3(rest * Vec3::new(0.08, 0.04, 0.08)) * 0.07 + hung;
    let side = rest.x.signum();
    let x = rest.x.abs();
    let front = smooth(10.0, 45.0, rest.z);
    let off = [x - 198.0, rest.y + 118.0];
    let distance = (off[0] * off[0] + off[1] * off[1]).sqrt().max(1.0);
    let angle = libm::atan2f(off[1], -off[0]);
    // Folds fan out and die away on the chest; no two sides are alike.
    let at = |a: f32| creased(noise(Vec3::new(a * 2.7, distance / 120.0, own + 3.0 + 5.0 * side)));
    let [here, beside] = [at(angle), at(angle + 0.08)];
    let pulled = smooth(215.0, 50.0, distance)
        * smooth(25.0, 75.0, distance)
        * smooth(195.0, 150.0, x)
        * smooth(0.0, -60.0, rest.y);
    let steep = (here - beside) * 2.8 * pulled;
    // Below the neck cloth hangs through like a rope between the shoulders.
    let sag = |y: f32| creased(noise(Vec3::new(rest.x / 150.0, (y - 0.0022 * x * x) / 34.0, own + 9.0)));
    let sagging =
        front * smooth(150.0, 70.0, x) * smooth(-20.0, -60.0, rest.y) * smooth(-240.0, -150.0, rest.y);
    let [hang, above] = [sag(rest.y), sag(rest.y + 4.0)];
    // Sleeves are pushed together along the arm.
    let sleeve = smooth(165.0, 200.0, x) * smooth(-70.0, -120.0, rest.y);
    let push = |y: f32| creased(noise(Vec3::new(rest.x / 70.0, (y + 0.5 * x) / 26.0, own + 4.0 + side)));
    let [arm, higher] = [push(rest.y), push(rest.y + 4.0)];
    let slope = uneven + Vec3::new(side * off[1], off[0], 0.0) * (steep / distance)
        - Vec3::Y * ((above - hang) * 1.2 * sagging + (higher - arm) * 1.5 * sleeve);
    // Cloth does not hang over: steeper places would be black and as ragged as the mesh.
    let slope = slope / (1.0 + slope.length_squared() / (STEEPEST * STEEPEST)).sqrt();
    let deep = |height: f32, share: f32| smooth(0.0, -0.5, height) * share;
    slope.extend(deep(here, pulled).max(deep(hang, 0.8 * sagging)).max(deep(arm, sleeve)))
}

/// Height of cloth from noise: broad backs, and narrow creases between them.
fn creased(noise: f32) -> f32 {
    (noise * noise + 0.012).sqrt() * 1.7 - 0.5 + 0.4 * noise
}
