//! Brows and beard: short hairs on the face.

use glam::Vec3;

use super::appearance::{Appearance, rgb};
use super::figure::Figure;
use super::hair::shade;
use super::light::{Lights, Lit};
use super::noise::{hash01, noise, smooth};
use super::strands::{BEARD, BROWS, Ribbons, Root, beard_share, brow_place, place};

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
        let color = |depth| shade(self.albedo, &self.lit, self.lights, way, to_eye, depth);
        out.push(
            [self.width, 0.25 * self.width],
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
    let grey = person.hair.grey as f32 * 0.3;
    let base = rgb(person.brows.albedo);
    let density = person.brows.density as f32;
    let turn = figure.head.rotation;
    for root in BROWS.iter() {
        let own = |k| hash01(person.seed ^ 0x62, root.number, k);
        let (along, across) = brow_place(&person.brows, root.rest);
        let ragged = 1.0 + 0.35 * noise(root.rest * 0.4 + Vec3::splat((person.seed & 31) as f32));
        let edge = (across / ragged).abs();
        // Sparse at the inner end and towards the edges; single hairs stray beyond them.
        let thick = density * (1.05 - 0.6 * edge * edge) * (0.45 + 0.55 * smooth(-0.04, 0.22, along));
        if !(-0.06..=1.04).contains(&along) || edge > 1.25 || own(0) > thick.max(0.02) {
            continue;
        }
        let (point, normal) = place(root, &figure.skin);
        let side = root.rest.x.signum();
        let steep = (1.15 - 1.45 * along - 0.35 * across).clamp(-0.5, 1.25) + 0.35 * (own(1) - 0.5);
        let way = turn * Vec3::new(side * libm::cosf(steep), libm::sinf(steep), -0.25 * along);
        let way = ((way - normal * way.dot(normal)).normalize_or_zero() + normal * 0.16).normalize_or_zero();
        let white = own(2) < grey;
        let albedo = if white { Vec3::splat(0.20) } else { base * (0.85 + 0.8 * own(3)) };
        let mut lit = light_at(root, lits);
        lit.open = lit.open.map(|open| 0.25 * open);
        let hair = Short { lights, eye, lit, albedo, width: 0.18 };
        let length = (7.0 - 2.4 * along) * (0.7 + 0.5 * own(4));
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
    let base = rgb(person.hair.albedo) * Vec3::new(0.95, 0.85, 0.8);
    let turn = figure.head.rotation;
    for root in BEARD.iter() {
        let own = |k| hash01(person.seed ^ 0x6264, root.number, k);
        let rest = root.rest;
        let upper = rest.y > 78.5 && rest.z > 118.0;
        let around = rest.x.abs() < 26.0 + 3.0 * noise(rest * 0.2) && rest.z > 108.0;
        let length = if upper {
            beard.moustache
        } else if beard.goatee && !around {
            0.0
        } else {
            beard.length
        } as f32;
        if length <= 0.0 || own(0) > beard_share(rest) {
            continue;
        }
        let (point, normal) = place(root, &figure.skin);
        let side = rest.x.signum();
        let spread = if upper {
            Vec3::new(side * (0.25 + rest.x.abs() / 22.0), -1.0, 0.0)
        } else {
            Vec3::new(side * 0.12, -1.0, 0.1)
        };
        let wild = Vec3::new(own(1) - 0.5, own(2) - 0.5, own(3) - 0.5) * 0.9;
        let way = turn * (spread + wild);
        let way = ((way - normal * way.dot(normal)).normalize_or_zero() + normal * 0.45).normalize_or_zero();
        let white = own(4) < (person.hair.grey as f32 * 1.25 + 0.02);
        let albedo = if white { Vec3::splat(0.36) } else { base * (0.6 + 0.7 * own(5)) };
        let hair = Short { lights, eye, lit: light_at(root, lits), albedo, width: 0.26 };
        let short = if upper { 1.0 } else { 0.55 + 0.45 * beard_share(rest) };
        hair.draw(
            point,
            way,
            -normal * 0.5 + turn * Vec3::new(0.0, -0.4, 0.0),
            length * short * (0.6 + 0.6 * own(6)),
            out,
        );
    }
}
