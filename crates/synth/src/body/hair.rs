//! Hair on the head: guide hairs grown from every vertex of the scalp by the style's field of directions, and
//! the hairs between them.
//!
//! The many drawn hairs take the shape of the guides round their root, plus lift, waves and stray of their own.

use glam::Vec3;

use super::appearance::{Appearance, Hair, HairStyle};
use super::comb::Scalp;
use super::figure::Figure;
use super::growth::{Body, Growth, parted};
use super::light::{HAIR, Lights, Lit, Receiver};
use super::noise::{noise, smooth};
use super::render::Lens;
use super::shoulders::Shoulders;
use super::skull::{SKULL, SkullMap};
use super::strands::{Ribbons, Root, above_hairline};
use super::topology::SKIN;

/// A guide hair: points from the root, mm.
#[derive(Clone, Debug)]
struct Guide {
    points: Vec<Vec3>,
    /// mm.
    length: f32,
    /// Whether hair grows at its root, and not only beside it.
    grown: bool,
    /// The side of the parting that it grows on, -1 or 1.
    side: f32,
}

/// Guides by number, with the shares that a hair takes of their shapes.
pub(super) type Strands = [(u32, f32); 3];

/// All guides of a head, with the light they take.
pub(super) struct Guides {
    /// Vertex of the refined skin to guide.
    of_vertex: Vec<Option<u32>>,
    guides: Vec<Guide>,
    /// Points of a guide.
    pub(super) steps: usize,
    /// Detail of the picture, px per mm.
    pub(super) detail: f32,
    /// Whether the style's hair hangs.
    pub(super) hangs: bool,
    /// All guides' points and outward directions, posed: what takes light.
    pub(super) positions: Vec<Vec3>,
    pub(super) normals: Vec<Vec3>,
}

/// Detail below which a picture is small, px per mm: a head of some two hundred pixels.
const SMALL: f32 = 1.5;

/// The lowest that a hairline lies against the model's, degrees.
const LOWEST: f32 = -9.0;

/// Degrees above a hairline from which on hair is like that farther from it.
const FAR_ABOVE: f32 = 25.0;

/// Degrees that the style's hairline lies above the model's, at a point of the default shape.
pub(super) fn hairline_shift(hair: &Hair, rest: Vec3) -> f32 {
    // No lower than roots lie.
    (smooth_shift(hair, rest) + ragged(hair, rest)).max(LOWEST)
}

/// Degrees above the style's own hairline at a point so many degrees above the model's; far above it, where nothing asks
/// for more, without its raggedness.
pub(super) fn above_own(hair: &Hair, rest: Vec3, above: f32) -> f32 {
    let shift = smooth_shift(hair, rest);
    if above - shift > FAR_ABOVE {
        return above - shift;
    }
    above - (shift + ragged(hair, rest)).max(LOWEST)
}

/// How much a hairline wanders, degrees.
fn ragged(hair: &Hair, rest: Vec3) -> f32 {
    2.6 * noise(rest * 0.06 + Vec3::splat(hair.parting as f32)) + 2.4 * noise(rest * 0.35)
}

/// [`hairline_shift`] of a line that does not wander.
fn smooth_shift(hair: &Hair, rest: Vec3) -> f32 {
    let temple =
        smooth(14.0, 34.0, rest.x.abs()) * smooth(58.0, 40.0, rest.x.abs()) * smooth(60.0, 90.0, rest.z);
    let front = smooth(70.0, 105.0, rest.z);
    let recession = hair.recession as f32;
    // Bare temples with age; foreheads are low or high from youth on, straight across or bowed.
    let low = smooth(30.0, 80.0, rest.z) * hair.forehead as f32;
    let bow = (rest.x * rest.x * (1.0 / 900.0)).min(1.6) - 0.6;
    recession * (15.0 * temple + 7.0 * front) + 5.5 * low + 4.0 * hair.peak as f32 * bow * front
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
    grown(hair, rest, above_own(hair, rest, above))
}

/// As [`coverage`], so many degrees above the style's own hairline.
pub(super) fn grown(hair: &Hair, rest: Vec3, edge: f32) -> f32 {
    let share = smooth(-3.0, 6.5, edge);
    if share > 0.0 { share * crown(hair, rest) } else { 0.0 }
}

/// Share of the light that hair takes from the scalp under it where it grows thick.
pub(super) fn shade_of_scalp(hair: &Hair) -> f32 {
    match hair.style {
        HairStyle::Bald => 0.0,
        HairStyle::Buzz => 0.45,
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

impl Guides {
    /// Grows the guides of this person and poses them. A picture with less than [`SMALL`] px to a mm needs no more points
    /// than show on a line of some pixels.
    pub(super) fn grow(person: &Appearance, figure: &Figure, lens: &Lens) -> Self {
        let hair = &person.hair;
        let detail = lens.focal / (lens.position - figure.head.apply(SKULL)).length().max(1.0);
        let grown = points(hair.style);
        let steps = if detail < SMALL { grown.div_ceil(2).max(4).min(grown) } else { grown };
        let hangs = hair.style.hangs();
        let mut guides = Self {
            of_vertex: vec![None; SKIN.rest.len()],
            guides: Vec::new(),
            steps,
            detail,
            hangs,
            positions: Vec::new(),
            normals: Vec::new(),
        };
        if hair.style == HairStyle::Bald {
            return guides;
        }
        let body = Body {
            skin: &figure.grown,
            skull: SkullMap::new(&figure.grown),
            shoulders: hangs.then(|| Shoulders::new(&figure.shirt)),
        };
        for (i, &rest) in SKIN.rest.iter().enumerate().filter(|(i, rest)| may_grow(*i, **rest)) {
            guides.of_vertex[i] = Some(guides.guides.len() as u32);
            let mut growth = Growth::new(hair, rest);
            growth.length *= tapered(hair, above_own(hair, rest, above_hairline(i)));
            let points = thinned(body.guide(&growth, i, grown), steps);
            for &point in &points {
                guides.positions.push(posed(figure, point));
                guides.normals.push(outwards(point));
            }
            let grown = coverage(hair, rest, above_hairline(i)) > 0.6;
            guides.guides.push(Guide { points, length: growth.length, grown, side: parted(hair, rest) });
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

    /// Whether the picture is one of little detail.
    pub(super) fn is_small(&self) -> bool {
        self.detail < SMALL
    }

    /// A guide's points, mm.
    pub(super) fn line(&self, guide: u32) -> &[Vec3] {
        &self.guides[guide as usize].points
    }

    /// Length of hair that takes its shape of these guides, mm.
    pub(super) fn length(&self, around: &Strands) -> f32 {
        around.iter().map(|&(g, share)| self.guides[g as usize].length * share).sum()
    }

    /// The guides round a root with its shares of them, or none where one is missing. Where a parting
    /// divides them, the hair follows those of its own side alone.
    pub(super) fn around(&self, hair: &Hair, root: &Root) -> Option<Strands> {
        let mut found = [(0, 0.0); 3];
        for (slot, (vertex, share)) in found.iter_mut().zip(root.vertices.iter().zip(root.shares)) {
            *slot = (self.of_vertex[*vertex as usize]?, share);
        }
        let way = |g: u32| {
            let points = self.line(g);
            (points[points.len() / 2] - points[0]).normalize_or_zero()
        };
        let ways = found.map(|(g, _)| way(g));
        if ways[0].dot(ways[1]).min(ways[1].dot(ways[2])).min(ways[2].dot(ways[0])) >= 0.6 {
            return Some(found);
        }
        let sides = found.map(|(g, _)| self.guides[g as usize].side);
        let side = parted(hair, root.rest);
        if sides.contains(&-side) && sides.contains(&side) {
            let own =
                found.map(|(g, share)| (g, if self.guides[g as usize].side == side { share } else { 0.0 }));
            let sum: f32 = own.iter().map(|(_, share)| share).sum();
            return Some(own.map(|(g, share)| (g, share / sum.max(1e-6))));
        }
        let nearest = (0..3).max_by(|a, b| root.shares[*a].total_cmp(&root.shares[*b])).unwrap_or(0);
        let only = found[nearest].0;
        Some([(only, 1.0), (only, 0.0), (only, 0.0)])
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
        if !self.guides.is_empty() {
            Scalp::new(self, person, figure, (lits, lights), lens).comb(out);
        }
    }
}

/// Points of a guide of this style.
fn points(style: HairStyle) -> usize {
    match style {
        HairStyle::Buzz => 3,
        HairStyle::Crop => 6,
        HairStyle::Afro => 12,
        HairStyle::SidePart | HairStyle::SweptBack | HairStyle::TiedBack => 9,
        _ => 13,
    }
}

/// Whether hair may grow at a vertex of the refined skin, or beside it.
fn may_grow(vertex: usize, rest: Vec3) -> bool {
    let masks = SKIN.masks[vertex];
    above_hairline(vertex) > (if rest.z > 30.0 { -16.0 } else { -12.0 })
        && rest.y > 40.0
        && masks[3] < 0.6
        && masks[2] < 0.1
}

/// Away from the head at a point of hair.
pub(super) fn outwards(point: Vec3) -> Vec3 {
    (point - Vec3::new(0.0, point.y.min(SKULL.y), 30.0)).normalize_or_zero()
}

/// Grown hair in the pose: it turns with the head, ever less below the jaw.
pub(super) fn posed(figure: &Figure, point: Vec3) -> Vec3 {
    let share = smooth(-40.0, 75.0, point.y);
    point.lerp(figure.head.apply(point), share)
}

/// The point of a line before a place on it, counted in points up to `last`, and the share of the way to the next.
pub(super) fn between(at: f32, last: usize) -> (usize, f32) {
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
