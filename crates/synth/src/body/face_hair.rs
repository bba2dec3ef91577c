//! Brows, lashes and beard: short hairs on the face.

use std::sync::LazyLock;

use glam::{Mat3, Vec3};

use super::appearance::{Appearance, rgb};
use super::figure::Figure;
use super::fur::shade;
use super::light::{Lights, Lit};
use super::noise::{hash01, noise, noise3, smooth};
use super::strands::{BEARD, BROWS, Ribbons, Root, brow_place, is_upper_lip, place};
use super::topology::LASHES;

fn light_at(root: &Root, lits: &[Lit]) -> Lit {
    let [a, b, c] = root.vertices.map(|i| lits[i as usize]);
    a * root.shares[0] + b * root.shares[1] + c * root.shares[2]
}

/// Draws a hair of three points that lies along `way` and lifts off the skin.
struct Short<'a> {
    lights: &'a Lights,
    eye: Vec3,
    lit: Lit,
    albedo: Vec3,
    width: f32,
}

impl Short<'_> {
    fn draw(&self, root: Vec3, way: Vec3, droop: Vec3, length: f32, out: &mut Ribbons) {
        let middle = root + way * (length * 0.5);
        let tip = middle + (way + droop).normalize_or_zero() * (length * 0.5);
        let to_eye = (self.eye - root).normalize_or_zero();
        let color = |depth| shade(self.albedo, &self.lit, self.lights, way, to_eye, [depth, 0.0]);
        out.push(
            [self.width, 0.04 * self.width],
            [(root, color(0.7)), (middle, color(0.85)), (tip, color(1.0))],
        );
    }
}

/// Eyebrows: upright at the inner end, lying outwards beyond.
pub(super) fn brows(
    person: &Appearance,
    figure: &Figure,
    lits: &[Lit],
    lights: &Lights,
    eye: Vec3,
    out: &mut Ribbons,
) {
    let grey = person.hair.grey as f32 * 0.5;
    let base = rgb(person.brows.albedo);
    let density = person.brows.density as f32;
    let turn = figure.head.rotation;
    for root in BROWS.iter() {
        let own = |k| hash01(person.seed ^ 0x62, root.number, k);
        let (along, across) = brow_place(&person.brows, root.rest);
        if !(-0.06..=1.04).contains(&along) || across.abs() > 1.7 {
            continue;
        }
        let ragged = 1.0 + 0.35 * noise(root.rest * 0.4 + Vec3::splat((person.seed & 31) as f32));
        let edge = (across / ragged).abs();
        // Sparse at the inner end and towards the edges; single hairs stray beyond them.
        let thick = (0.25 + 0.75 * density)
            * (1.05 - 0.9 * edge * edge)
            * (0.3 + 0.7 * smooth(-0.04, 0.25, along))
            * smooth(1.06, 0.55, along);
        if edge > 1.25 || own(0) > thick.max(0.012) {
            continue;
        }
        let (point, normal) = place(root, &figure.skin);
        let side = root.rest.x.signum();
        let steep = (1.15 - 1.45 * along - 0.35 * across).clamp(-0.5, 1.25) + 0.34 * (own(1) - 0.5);
        let way = turn * Vec3::new(side * libm::cosf(steep), libm::sinf(steep), -0.25 * along);
        let way = ((way - normal * way.dot(normal)).normalize_or_zero() + normal * 0.08).normalize_or_zero();
        let white = own(2) < grey && person.skin.melanin < 0.6;
        let albedo = if white { Vec3::new(0.135, 0.125, 0.113) } else { base * (0.9 + 0.5 * own(3)) };
        let mut lit = light_at(root, lits);
        let glint = 0.25 * (1.0 - 0.8 * person.skin.melanin as f32);
        lit.open = lit.open.map(|open| glint * open);
        let hair = Short { lights, eye, lit, albedo, width: 0.065 + 0.045 * own(5) };
        let length = (5.2 - 1.4 * along) * (0.55 + 0.6 * own(4)) * (0.6 + 0.4 * smooth(0.0, 0.22, along));
        hair.draw(point, way, turn * Vec3::new(0.0, -0.35 * along, 0.0) - normal * 0.25, length, out);
    }
}

/// Beard and moustache: down and outwards, curling back to the skin.
pub(super) fn beard(
    person: &Appearance,
    figure: &Figure,
    lits: &[Lit],
    lights: &Lights,
    eye: Vec3,
    out: &mut Ribbons,
) {
    let beard = &person.beard;
    if beard.length <= 0.0 && beard.moustache <= 0.0 {
        return;
    }
    for &(ref root, share) in BEARD.iter() {
        let whisker = Whisker::new(person, root, share);
        if whisker.length <= 0.0 || whisker.own(0) > whisker.share {
            continue;
        }
        // Hairs this short are dull; all their mirrored light together would be a grey film on the skin.
        let mut lit = light_at(root, lits);
        let glint = if whisker.white { 0.6 } else { 0.3 * (1.0 - 0.75 * person.skin.melanin as f32) };
        lit.open = lit.open.map(|open| glint * open);
        let hair = Short { lights, eye, lit, albedo: whisker.albedo(person), width: whisker.width() };
        let (point, normal) = place(root, &figure.skin);
        let turn = figure.head.rotation;
        let way = whisker.way(turn, normal);
        let droop = -normal * 0.5 + turn * Vec3::new(0.0, -0.4, 0.0);
        hair.draw(point, way, droop, whisker.long(), out);
    }
}

/// One hair of a beard or a moustache.
struct Whisker<'a> {
    root: &'a Root,
    seed: u64,
    /// Whether it is one of a moustache.
    upper: bool,
    /// Share of full growth at its root, 0-1.
    share: f32,
    /// Of those round it, mm.
    length: f32,
    white: bool,
}

impl<'a> Whisker<'a> {
    fn new(person: &Appearance, root: &'a Root, share: f32) -> Self {
        let (beard, rest, seed) = (&person.beard, root.rest, person.seed ^ 0x6264);
        let upper = is_upper_lip(rest);
        let length = if upper { beard.moustache } else { beard.length } as f32;
        // Shaved cheeks end in no drawn line.
        let around = if beard.goatee && !upper {
            smooth(31.0, 20.0, rest.x.abs() + 5.0 * noise(rest * 0.2)) * smooth(103.0, 112.0, rest.z)
        } else {
            1.0
        };
        let white = hash01(seed, root.number, 4) < person.hair.grey as f32 * 1.25;
        Self { root, seed, upper, share: share * around, length, white }
    }

    fn own(&self, k: u32) -> f32 {
        hash01(self.seed, self.root.number, k)
    }

    /// Hairs at the edge are young and pale.
    fn albedo(&self, person: &Appearance) -> Vec3 {
        if self.white {
            return Vec3::splat(0.24);
        }
        let base = rgb(person.hair.albedo) * Vec3::new(0.95, 0.85, 0.8) * (0.7 + 0.55 * self.own(5));
        let pale = 0.45 * smooth(0.6, 0.1, self.share);
        base.lerp((rgb(person.skin.albedo) * 0.6).max(base), pale)
    }

    /// mm.
    fn width(&self) -> f32 {
        let full = if self.upper { 0.09 + 0.05 * self.own(7) } else { 0.11 + 0.06 * self.own(7) };
        full * (0.55 + 0.45 * smooth(0.0, 0.7, self.share))
    }

    /// mm.
    fn long(&self) -> f32 {
        let least = if self.upper { 0.55 } else { 0.3 };
        self.length * (least + (1.0 - least) * self.share) * (0.55 + 0.7 * self.own(6))
    }

    /// The way that it leaves the skin.
    fn way(&self, turn: Mat3, normal: Vec3) -> Vec3 {
        let (rest, side) = (self.root.rest, self.root.rest.x.signum());
        let spread = if self.upper {
            // From the middle of the lip outwards, ever less down.
            Vec3::new(side * (0.15 + rest.x.abs() / 24.0), -1.0, 0.0)
        } else {
            Vec3::new(side * 0.12, -1.0, 0.1)
        };
        // A moustache is combed and lies close.
        let [loose, lift] = if self.upper { [0.55, 0.32] } else { [0.9, 0.45] };
        let wild = Vec3::new(self.own(1) - 0.5, self.own(2) - 0.5, self.own(3) - 0.5) * loose;
        // Locks of a beard turn together.
        let locks =
            noise3(rest * 0.12 + Vec3::splat((self.seed & 31) as f32)) * if self.upper { 0.3 } else { 0.6 };
        let way = turn * (spread + wild + locks);
        ((way - normal * way.dot(normal)).normalize_or_zero() + normal * lift).normalize_or_zero()
    }
}

/// Where a lash runs: three places on the lashes' surface, each as the vertices of a triangle and their shares,
/// and its own number.
struct Lash {
    places: [([u32; 3], [f32; 3]); 3],
    upper: bool,
    number: u32,
}

/// Place of a point of the default shape in its fringe: along the lid, mm, and from its rim (0) outwards, mm.
fn fringe_place(rest: Vec3) -> [f32; 2] {
    let from_eye = (Vec3::new(rest.x.abs(), rest.y, rest.z) - Vec3::new(28.9, 139.6, 113.0)).length();
    [rest.x.abs() - 28.9, from_eye - 15.2]
}

/// The lashes of both eyes, found on the surface that stands for them in the model.
static FRINGES: LazyLock<Vec<Lash>> = LazyLock::new(|| {
    let mesh = LASHES.mesh;
    let corners = |t: &[u32; 3]| t.map(|i| mesh.positions[i as usize]);
    let mut lashes = Vec::new();
    for (side, upper, pitch, long) in
        [(1.0, true, 0.17, 4.0), (-1.0, true, 0.17, 4.0), (1.0, false, 0.34, 1.7), (-1.0, false, 0.34, 1.7)]
    {
        let own: Vec<[u32; 3]> = (mesh.triangles.iter().copied())
            .filter(|t| corners(t).iter().all(|p| p.x * side > 0.0 && (p.y > 137.5) == upper))
            .collect();
        let find = |place: [f32; 2]| {
            own.iter().find_map(|t| Some((*t, shares(corners(t).map(fringe_place), place)?)))
        };
        for k in 0..(34.0 / pitch) as u32 {
            let number = lashes.len() as u32;
            let own = |salt| hash01(17, number, salt);
            let along = k as f32 * pitch - 17.0 + 0.9 * pitch * (own(0) - 0.5);
            // Lashes stand in tufts that lean together at their ends.
            let fan = along * (1.06 + 0.05 * own(1)) + 0.7 * (own(2) - 0.5);
            let end = long * (0.55 + 0.45 * own(3));
            let places = [[along, 0.15], [(along + fan) / 2.0, 0.5 * end], [fan, end]].map(find);
            if let [Some(root), Some(middle), Some(tip)] = places {
                lashes.push(Lash { places: [root, middle, tip], upper, number });
            }
        }
    }
    lashes
});

/// Shares of a flat triangle's corners at a point in it.
fn shares([a, b, c]: [[f32; 2]; 3], p: [f32; 2]) -> Option<[f32; 3]> {
    let cross =
        |a: [f32; 2], b: [f32; 2], c: [f32; 2]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    let area = cross(a, b, c);
    if area == 0.0 {
        return None;
    }
    let shares = [cross(b, c, p) / area, cross(c, a, p) / area, cross(a, b, p) / area];
    shares.iter().all(|s| *s >= 0.0).then_some(shares)
}

/// Lashes: fine and dark, those below shorter and sparser.
pub(super) fn lashes(person: &Appearance, figure: &Figure, lits: &[Lit], out: &mut Ribbons) {
    let brightest = person.brows.albedo.iter().copied().fold(0.0, f64::max).max(0.02);
    let base = rgb(person.brows.albedo) * (0.5 * (0.035 / brightest).min(1.0) as f32);
    let paint = 1.0 + 0.8 * person.skin.makeup as f32;
    let surface = &figure.lashes;
    let light = lits.iter().fold(Vec3::ZERO, |sum, lit| sum + lit.lux) / lits.len().max(1) as f32;
    let color = base * light * core::f32::consts::FRAC_1_PI;
    for lash in FRINGES.iter() {
        let place = |(vertices, shares): ([u32; 3], [f32; 3])| {
            let [a, b, c] = vertices.map(|i| surface.positions[i as usize]);
            a * shares[0] + b * shares[1] + c * shares[2]
        };
        let thick = hash01(person.seed ^ 0x6c, lash.number, 0);
        let width = if lash.upper { 0.13 + 0.07 * thick } else { 0.07 + 0.04 * thick } * paint;
        out.push([width, 0.1 * width], lash.places.map(|at| (place(at), color)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_eyes_have_lashes_above_and_below() {
        for side in [1.0f32, -1.0] {
            let count = |upper: bool| {
                let own = FRINGES.iter().filter(|l| {
                    let root = LASHES.mesh.positions[l.places[0].0[0] as usize];
                    l.upper == upper && root.x * side > 0.0
                });
                own.count()
            };
            assert!(count(true) > 60, "{}", count(true));
            assert!((15..count(true)).contains(&count(false)), "{}", count(false));
        }
    }
}
