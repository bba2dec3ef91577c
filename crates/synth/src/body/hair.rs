//! Hair on the head: guide hairs grown from every vertex of the scalp by the style's field of directions, and
//! the hairs between them.
//!
//! A guide starts along the style's combing, bends by gravity and is kept outside of the skull; the many
//! drawn hairs take the shape of the guides round their root, plus lift, waves and stray of their own.

use glam::Vec3;

use super::appearance::{Appearance, Hair, HairStyle};
use super::figure::{Figure, Surface};
use super::fur::{Fur, Stand, Wave, shade};
use super::light::{HAIR, Lights, Lit, Receiver};
use super::noise::{hash01, noise, noise3, smooth};
use super::render::Lens;
use super::skull::{SKULL, SkullMap};
use super::strands::{Ribbons, Root, SCALP, above_hairline, place};
use super::topology::SKIN;

/// How a guide grows.
#[derive(Clone, Copy, Debug)]
struct Growth {
    /// mm.
    length: f32,
    /// Which way it is combed; any length, flattened onto the scalp.
    comb: Vec3,
    /// Share of the normal in its first direction.
    lift: f32,
    /// How far the middle of the hair stands off the skull, mm.
    stand: f32,
    /// How much gravity bends it, per step.
    gravity: f32,
    /// How closely it is combed along the skull, 0-1.
    lay: f32,
}

/// A guide hair: points from the root, mm.
#[derive(Clone, Debug)]
struct Guide {
    points: Vec<Vec3>,
    /// mm.
    length: f32,
    /// Whether hair grows at its root, and not only beside it.
    grown: bool,
}

/// All guides of a head, with the light they take.
pub(super) struct Guides {
    /// Vertex of the refined skin to guide.
    of_vertex: Vec<Option<u32>>,
    guides: Vec<Guide>,
    /// Points of a guide.
    pub(super) steps: usize,
    /// Detail of the picture, px per mm.
    detail: f32,
    /// Whether the style's hair hangs.
    hangs: bool,
    /// All guides' points and outward directions, posed: what takes light.
    pub(super) positions: Vec<Vec3>,
    pub(super) normals: Vec<Vec3>,
}

/// Detail below which a picture is small, px per mm: a head of some two hundred pixels.
const SMALL: f32 = 1.5;

/// How much nearer the upmost hair of a head is sorted than the lowest, mm: pieces of hairs are longer than hairs lie apart.
const RISE: f32 = 9.0;

/// The lowest that a hairline lies against the model's, degrees.
const LOWEST: f32 = -9.0;

/// Degrees that the style's hairline lies above the model's, at a point of the default shape.
pub(super) fn hairline_shift(hair: &Hair, rest: Vec3) -> f32 {
    let temple =
        smooth(14.0, 34.0, rest.x.abs()) * smooth(58.0, 40.0, rest.x.abs()) * smooth(60.0, 90.0, rest.z);
    let front = smooth(70.0, 105.0, rest.z);
    let recession = hair.recession as f32;
    // Bare temples with age; foreheads are low or high from youth on, straight across or bowed.
    let low = smooth(30.0, 80.0, rest.z) * hair.forehead as f32;
    let bow = (rest.x * rest.x * (1.0 / 900.0)).min(1.6) - 0.6;
    let shift = recession * (15.0 * temple + 7.0 * front)
        + 5.5 * low
        + 4.0 * hair.peak as f32 * bow * front
        + 2.6 * noise(rest * 0.06 + Vec3::splat(hair.parting as f32))
        + 2.0 * noise(rest * 0.35);
    // No lower than roots lie.
    shift.max(LOWEST)
}

/// Share of hairs left by thinning on the crown.
fn crown(hair: &Hair, rest: Vec3) -> f32 {
    if hair.thinning <= 0.0 {
        return 1.0;
    }
    let distance = (rest - Vec3::new(0.0, 236.0, 5.0)).length();
    1.0 - hair.thinning as f32 * smooth(85.0, 45.0, distance + 8.0 * noise(rest * 0.08)) * 0.97
}

/// How thick hair grows at a root, 0-1, and how dark the scalp looks under it.
pub(super) fn coverage(hair: &Hair, rest: Vec3, above: f32) -> f32 {
    if hair.style == HairStyle::Bald {
        // A shaved head keeps a shadow of its hairline.
        return 0.0;
    }
    if above <= LOWEST - 3.0 {
        return 0.0;
    }
    grown(hair, rest, above - hairline_shift(hair, rest))
}

/// As [`coverage`], so many degrees above the style's own hairline.
fn grown(hair: &Hair, rest: Vec3, edge: f32) -> f32 {
    let share = smooth(-3.0, 6.5, edge);
    if share > 0.0 { share * crown(hair, rest) } else { 0.0 }
}

/// Share of the light that hair takes from the scalp under it where it grows thick.
pub(super) fn shade_of_scalp(hair: &Hair) -> f32 {
    match hair.style {
        HairStyle::Bald => 0.0,
        HairStyle::Buzz => 0.15,
        _ => 0.55,
    }
}

/// How long hair is so many degrees above its line, share of what it is far from there: short cuts run out into
/// down.
fn tapered(hair: &Hair, edge: f32) -> f32 {
    let least = match hair.style {
        HairStyle::Afro => 0.22,
        HairStyle::Crop => 0.34,
        HairStyle::SidePart | HairStyle::SweptBack => 0.4,
        _ => return 1.0,
    };
    least + (1.0 - least) * smooth(-2.0, 20.0, edge)
}

fn growth(hair: &Hair, rest: Vec3) -> Growth {
    let top = smooth(178.0, 222.0, rest.y + 0.12 * rest.z);
    let scale = hair.length as f32;
    let volume = hair.volume as f32;
    let parting = hair.parting as f32;
    // No parting is drawn with a ruler.
    let side = if rest.x + 3.5 * noise(rest * (1.0 / 9.0)) > parting { 1.0 } else { -1.0 };
    let away = (rest - Vec3::new(12.0, 232.0, -8.0)).normalize_or_zero();
    let down = Vec3::new(0.0, -1.0, -0.3);
    // No comb lays every lock as it lays the next.
    let whorl = noise3(rest * (1.0 / 17.0) + Vec3::splat(parting));
    let short = |length_top: f32, length_side: f32, comb: Vec3, lift: f32, stand: f32| Growth {
        length: (length_side + (length_top - length_side) * top) * scale,
        comb: comb.lerp(down, 1.0 - top),
        lift: 0.2 + (lift - 0.2) * top,
        stand: (1.5 + (stand - 1.5) * top) * volume,
        gravity: 0.02,
        lay: 0.75,
    };
    match hair.style {
        HairStyle::Bald => short(0.0, 0.0, away, 0.0, 0.0),
        HairStyle::Buzz => {
            Growth { length: 2.8 * scale, comb: away, lift: 1.0, stand: 2.0, gravity: 0.0, lay: 0.0 }
        }
        HairStyle::Crop => {
            let forward = Vec3::new(0.006 * parting, 0.0, 0.6 * smooth(30.0, 100.0, rest.z));
            short(24.0, 7.0, away + forward + whorl * 0.9, 0.7, 6.0)
        }
        HairStyle::SidePart => {
            // The parting runs out towards the crown; only before it hair lies flat beside it.
            let parted = smooth(0.0, 50.0, rest.z);
            let flat = 0.55 * smooth(52.0, 92.0, rest.z);
            let across = Vec3::new(side, 0.2, 0.25 - 0.5 * smooth(70.0, 115.0, rest.z));
            let across = away.lerp(across, parted);
            let narrow = if side * parting > 0.0 { 0.5 } else { 1.0 };
            let beside = 1.0 - flat * smooth(20.0, 0.0, (rest.x - parting).abs());
            short(46.0 * narrow, 8.0, across + whorl * 0.35, 0.7 * beside, 6.5 * beside)
        }
        HairStyle::SweptBack => {
            short(52.0, 8.0, Vec3::new(-0.005 * parting, 0.2, -1.0) + whorl * 0.4, 0.8, 7.5)
        }
        HairStyle::Afro => {
            let length = (6.0 + 14.0 * top) * scale * volume;
            Growth { length, comb: away + whorl * 1.5, lift: 2.2, stand: 1.0, gravity: 0.0, lay: 0.0 }
        }
        HairStyle::TiedBack => {
            let to = Vec3::new(0.0, 160.0, -62.0) - rest;
            // The way round the skull is longer than through it, and hair ends where it is tied.
            let length = to.length() * (0.9 + 0.3 * smooth(70.0, 170.0, to.length()));
            let comb = to.normalize_or_zero();
            Growth { length, comb, lift: 0.1, stand: 3.0 * volume, gravity: 0.0, lay: 0.9 }
        }
        HairStyle::Bob => hanging(rest, side, 48.0 - 60.0 * (scale - 1.0), 6.5 * volume),
        HairStyle::Long => hanging(rest, side, -60.0 - 160.0 * (scale - 1.0), 6.0 * volume),
        HairStyle::Fringe => {
            let front =
                smooth(60.0, 74.0, rest.z - 0.006 * rest.x * rest.x) * smooth(56.0, 46.0, rest.x.abs());
            if front > 0.5 {
                // All of it ends at about one height, wherever it grows.
                let way = (rest - Vec3::new(rest.x, 203.0, 108.0)).length();
                let length = 1.15 * way + 42.0 - 16.0 * (scale - 1.0);
                let comb = Vec3::new(rest.x * 0.007, -0.1, 1.0);
                Growth { length, comb, lift: 0.25, stand: 5.0 * volume, gravity: 0.22, lay: 0.6 }
            } else {
                hanging(rest, side, 20.0 - 150.0 * (scale - 1.0), 6.0 * volume)
            }
        }
    }
}

/// Hair that falls from a parting to a height, mm: along the skull to its widest place, then straight down.
fn hanging(rest: Vec3, side: f32, height: f32, stand: f32) -> Growth {
    let from_top = libm::acosf(((rest - SKULL).normalize_or_zero().y).clamp(-1.0, 1.0));
    let arc = 100.0 * (core::f32::consts::FRAC_PI_2 - from_top).max(0.0);
    let top = smooth(165.0, 215.0, rest.y);
    let across = Vec3::new(side, 0.1, -0.95 * smooth(60.0, 112.0, rest.z));
    let fall = Vec3::new(0.0, -1.0, -0.25 * smooth(0.0, 60.0, rest.z));
    Growth {
        length: (arc + (rest.y.min(SKULL.y) - height)).max(25.0),
        comb: fall.lerp(across, top),
        lift: 0.15,
        stand,
        gravity: 0.30,
        lay: 0.55,
    }
}

impl Guides {
    /// Grows the guides of this person and poses them. A picture with less than [`SMALL`] px to a mm needs no more points
    /// than show on a line of some pixels.
    pub(super) fn grow(person: &Appearance, figure: &Figure, lens: &Lens) -> Self {
        let hair = &person.hair;
        let detail = lens.focal / (lens.position - figure.head.apply(SKULL)).length().max(1.0);
        let skull = SkullMap::new(&figure.grown);
        let grown: usize = match hair.style {
            HairStyle::Buzz => 3,
            HairStyle::Crop => 6,
            HairStyle::Afro => 12,
            HairStyle::SidePart | HairStyle::SweptBack | HairStyle::TiedBack => 10,
            _ => 15,
        };
        let steps = if detail < SMALL { grown.div_ceil(2).max(4).min(grown) } else { grown };
        let mut guides = Self {
            of_vertex: vec![None; SKIN.rest.len()],
            guides: Vec::new(),
            steps,
            detail,
            hangs: grown == 15,
            positions: Vec::new(),
            normals: Vec::new(),
        };
        if hair.style == HairStyle::Bald {
            return guides;
        }
        for (i, &rest) in SKIN.rest.iter().enumerate() {
            let masks = SKIN.masks[i];
            if above_hairline(i) > (if rest.z > 30.0 { -16.0 } else { -12.0 })
                && rest.y > 40.0
                && masks[3] < 0.6
                && masks[2] < 0.1
            {
                guides.of_vertex[i] = Some(guides.guides.len() as u32);
                let mut growth = growth(hair, rest);
                growth.length *= tapered(hair, above_hairline(i) - hairline_shift(hair, rest));
                let points = thinned(guide(&growth, &figure.grown, &skull, i, grown), steps);
                for &point in &points {
                    guides.positions.push(posed(figure, point));
                    guides
                        .normals
                        .push((point - Vec3::new(0.0, point.y.min(SKULL.y), 30.0)).normalize_or_zero());
                }
                let grown = coverage(hair, rest, above_hairline(i)) > 0.6;
                guides.guides.push(Guide { points, length: growth.length, grown });
            }
        }
        guides
    }

    /// What takes light.
    pub(super) fn receiver(&self) -> Receiver<'_> {
        Receiver { positions: &self.positions, normals: &self.normals, midpoints: &[], response: HAIR }
    }

    /// A hull that casts the hair's shadow: every guide as a broad ribbon.
    pub(super) fn hull(&self) -> (Vec<Vec3>, Vec<[u32; 3]>) {
        let (mut points, mut triangles) = (Vec::new(), Vec::new());
        // Of few points more are needed to tell a bend.
        let stride = if self.detail < SMALL { 2 } else { 3 };
        // One guide in three, thrice as broad: what matters is the mass.
        let broad = self.guides.iter().enumerate().step_by(3);
        for (g, guide) in broad.filter(|(_, g)| g.grown) {
            let line = &self.positions[g * self.steps..][..guide.points.len()];
            let Some((&root, &tip)) = line.first().zip(line.last()) else { continue };
            let normal = self.normals[g * self.steps];
            let across = (tip - root).cross(normal).normalize_or_zero() * 8.0;
            for (k, &point) in line.iter().enumerate().step_by(stride) {
                let first = points.len() as u32;
                points.extend([point - across, point + across]);
                if k > 0 {
                    triangles.extend([[first - 2, first - 1, first], [first - 1, first + 1, first]]);
                }
            }
        }
        (points, triangles)
    }

    /// The guides round a root with its shares of them, or none where one is missing. Where a parting
    /// divides them, the hair follows the nearest alone.
    fn around(&self, root: &Root) -> Option<[(u32, f32); 3]> {
        let mut found = [(0, 0.0); 3];
        for (slot, (vertex, share)) in found.iter_mut().zip(root.vertices.iter().zip(root.shares)) {
            *slot = (self.of_vertex[*vertex as usize]?, share);
        }
        let way = |g: u32| {
            let points = &self.guides[g as usize].points;
            (points[points.len() / 2] - points[0]).normalize_or_zero()
        };
        let ways = found.map(|(g, _)| way(g));
        if ways[0].dot(ways[1]).min(ways[1].dot(ways[2])).min(ways[2].dot(ways[0])) < 0.6 {
            let nearest = (0..3).max_by(|a, b| root.shares[*a].total_cmp(&root.shares[*b])).unwrap_or(0);
            let only = found[nearest].0;
            return Some([(only, 1.0), (only, 0.0), (only, 0.0)]);
        }
        Some(found)
    }

    /// Draws all hairs of the head.
    pub(super) fn comb(
        &self,
        person: &Appearance,
        figure: &Figure,
        lits: &[Lit],
        lights: &Lights,
        lens: &Lens,
        out: &mut Ribbons,
    ) {
        if self.guides.is_empty() {
            return;
        }
        let eye = lens.position;
        // A small picture needs fewer and broader hairs: about a pixel broad.
        let per_px = if self.detail < SMALL { 0.22 } else { 0.27 };
        let kept = (per_px * self.detail).clamp(0.18, 1.0);
        let mut fur = Fur::new(person, self.steps);
        fur.width /= kept;
        let scalp = Scalp { fur, figure, lits, lights, eye };
        for root in SCALP.iter() {
            if hash01(person.seed, root.number, 8) > kept {
                continue;
            }
            // The far side of short hair is never seen, that of long hair only below.
            let (point, normal) = place(root, &figure.skin);
            let away = normal.dot((eye - point).normalize_or_zero()) < -0.45;
            if away && (!self.hangs || root.rest.y > 120.0) {
                continue;
            }
            let edge = root.above - hairline_shift(&person.hair, root.rest);
            let grows = hash01(person.seed, root.number, 1) <= grown(&person.hair, root.rest, edge);
            // Before the hairline down gets ever sparser.
            let down = !grows && hash01(person.seed, root.number, 11) < 0.75 * smooth(-5.5, 0.5, edge);
            if !(grows || down && edge < 5.0) {
                continue;
            }
            if let Some(around) = self.around(root) {
                self.hair(&scalp, root, &around, Stand { edge, down }, out);
            }
        }
    }

    /// Draws one hair of the shape of the guides round its root.
    fn hair(
        &self,
        scalp: &Scalp<'_>,
        root: &Root,
        around: &[(u32, f32); 3],
        stand: Stand,
        out: &mut Ribbons,
    ) {
        let &Scalp { ref fur, figure, lits, lights, eye } = scalp;
        let own = |k| hash01(fur.seed, root.number, k);
        let start = root.mix(&figure.grown.positions);
        let layer = own(2);
        let clump = fur.clump(root);
        // Hair is cut in steps and grows at its own pace: no two ends lie on one line.
        let reach = (0.88 + fur.steps * clump.length) * (1.0 - fur.uneven * own(3) * own(3));
        let length = self.guides[around[0].0 as usize].length;
        let reach = (reach * stand.share(length, own(10))).min(1.0);
        // What is short neither waves nor comes together with others.
        let loose = (reach * length / 26.0).min(1.0);
        let reach = points_to(reach);
        let color = fur.color(&clump, stand, own(4), layer);
        let mut wave = Wave::new(fur, clump.phase + own(5) * 0.5);
        let mut line = [(Vec3::ZERO, Vec3::ZERO); 16];
        let mut light = [Lit::default(); 16];
        let (points, last) = (self.steps, self.steps - 1);
        for (k, (slot, light)) in line.iter_mut().zip(&mut light).enumerate().take(points) {
            let s = k as f32 / last as f32;
            let at = (s * last as f32 * reach).min(last as f32);
            let s = along(s);
            let (low, t) = between(at, last);
            let mut point = start;
            for &(g, share) in around {
                let line = &self.guides[g as usize].points;
                point += (line[low].lerp(line[low + 1], t) - line[0]) * share;
                let index = g as usize * self.steps;
                *light = *light + (lits[index + low] * (1.0 - t) + lits[index + low + 1] * t) * share;
            }
            let out = (point - Vec3::new(0.0, point.y.min(SKULL.y), 30.0)).normalize_or_zero();
            point += fur.stray(&clump, out, s, layer, &wave, stand, [own(5), own(6), own(7)]) * loose;
            wave.step(fur);
            *slot = (posed(figure, point), Vec3::ZERO);
        }
        for k in 0..points {
            let tangent = (line[(k + 1).min(last)].0 - line[k.saturating_sub(1)].0).normalize_or_zero();
            let grown = smooth(0.0, 0.35, k as f32 / last as f32);
            let depth = (0.26 + 0.80 * layer * (0.40 + 0.60 * grown)) * clump.open(grown);
            let to_eye = (eye - line[k].0).normalize_or_zero();
            line[k].1 = shade(
                color,
                &light[k],
                lights,
                tangent,
                to_eye,
                [depth, 0.16 * (clump.tint + 0.6 * (own(9) - 0.5))],
            );
        }
        // Beside a parting no hair lies over others' roots.
        let parted =
            if self.hangs { smooth(9.0, 0.0, (root.rest.x - fur.hair.parting as f32).abs()) } else { 0.0 };
        let width = fur.thick(stand, layer) * (1.0 + 0.9 * parted);
        out.push_upon(RISE * layer, [width, 0.04 * width], line.into_iter().take(points));
    }
}

/// Grown hair in the pose: it turns with the head, ever less below the jaw.
fn posed(figure: &Figure, point: Vec3) -> Vec3 {
    let share = smooth(-40.0, 75.0, point.y);
    point.lerp(figure.head.apply(point), share)
}

/// Share of a hair's length at a share of its points: they lie closer at the root, where straight pieces would cut through
/// the skull.
fn along(share: f32) -> f32 {
    share * (0.35 + 0.65 * share)
}

/// The share of a hair's points at a share of its length.
fn points_to(length: f32) -> f32 {
    ((0.1225 + 2.6 * length).sqrt() - 0.35) / 1.3
}

/// The point of a line before a place on it, counted in points up to `last`, and the share of the way to the next.
fn between(at: f32, last: usize) -> (usize, f32) {
    let low = (at as usize).min(last - 1);
    (low, at - low as f32)
}

/// A line with so many points instead, evenly along it.
fn thinned(line: Vec<Vec3>, count: usize) -> Vec<Vec3> {
    if count >= line.len() {
        return line;
    }
    let last = line.len() - 1;
    let at = |k: usize| {
        let at = (k * last) as f32 / (count - 1) as f32;
        let (low, t) = between(at, last);
        line[low].lerp(line[low + 1], t)
    };
    (0..count).map(at).collect()
}

/// Long hair frames the face: from a share `s` of its length on it is moved to its side of the head where it would hang
/// before the face.
fn clear_of_face(point: Vec3, side: f32, s: f32) -> Vec3 {
    let before = smooth(40.0, 62.0, point.z) * smooth(5.0, 30.0, point.y);
    let least = before * (67.0 - 45.0 * smooth(150.0, 200.0, point.y)) * smooth(212.0, 196.0, point.y);
    if least <= 0.0 {
        return point;
    }
    // Not at once: hair leaves its root as it is combed.
    let least = -70.0 + (70.0 + least) * smooth(-0.02, 0.16, s);
    Vec3::new((point.x * side).max(least) * side, point.y, point.z)
}

/// How far above the skull hair runs at least, mm: what is known of the skull is coarse, and hair that dips under the
/// skin leaves a bald patch of stubs.
const ABOVE: f32 = 1.4;

/// Grows one guide.
fn guide(growth: &Growth, skin: &Surface, skull: &SkullMap, vertex: usize, steps: usize) -> Vec<Vec3> {
    let normal = skin.normals[vertex];
    let root = skin.positions[vertex];
    let flat = (growth.comb - normal * growth.comb.dot(normal)).normalize_or_zero();
    let mut way = (flat + normal * growth.lift).normalize_or_zero();
    let mut points = vec![root];
    let mut point = root;
    for k in 1..steps {
        let place = |k: usize| along(k as f32 / (steps - 1) as f32);
        let s = place(k);
        let step = growth.length * (s - place(k - 1));
        let out = (point - skull.middle).normalize_or_zero();
        let lay = growth.lay * smooth(120.0, 165.0, point.y);
        let flat = (growth.comb - out * growth.comb.dot(out)).normalize_or_zero();
        way = way.lerp(flat, 0.5 * lay) - Vec3::Y * (growth.gravity * step / 12.0);
        way = way.normalize_or_zero();
        let off = growth.stand * smooth(0.0, 0.4, s) + ABOVE * smooth(0.0, 0.04, s);
        let next = skull.keep(point + way * step, off, 0.6 * lay);
        // It goes on along the skull, not against it.
        let moved = (next - point).normalize_or_zero();
        way = (way * 0.35 + moved * 0.65).normalize_or_zero();
        point = skull.keep(point + moved * step, off * 0.9, 0.0);
        if growth.gravity > 0.25 {
            let side = if growth.comb.x.abs() > 0.05 { growth.comb.x } else { root.x };
            point = clear_of_face(point, 1f32.copysign(side), s);
        }
        points.push(point);
    }
    points
}

/// What drawing a hair asks of its head.
struct Scalp<'a> {
    fur: Fur<'a>,
    figure: &'a Figure,
    /// Light at the guides' points.
    lits: &'a [Lit],
    lights: &'a Lights,
    eye: Vec3,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_lie_closer_at_the_root_and_are_found_again() {
        let shares: Vec<f32> = (0..=10).map(|k| along(k as f32 / 10.0)).collect();
        assert!(shares.windows(3).all(|s| s[2] - s[1] > s[1] - s[0]));
        for (k, share) in shares.iter().enumerate() {
            assert!((points_to(*share) - k as f32 / 10.0).abs() < 1e-5, "{k}");
        }
    }

    #[test]
    fn hair_before_the_face_goes_to_its_side() {
        let before = Vec3::new(-12.0, 120.0, 100.0);
        assert!(clear_of_face(before, 1.0, 1.0).x > 40.0 && clear_of_face(before, -1.0, 1.0).x < -40.0);
        assert_eq!(clear_of_face(before, 1.0, 0.0).x, -12.0);
        let behind = Vec3::new(-12.0, 120.0, 0.0);
        assert_eq!(clear_of_face(behind, 1.0, 1.0), behind);
    }
}
