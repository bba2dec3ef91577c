//! The hairs between the guides: where they leave their guides' path, what light reaches them, and how many are drawn.

use glam::Vec3;

use super::appearance::{Appearance, HairStyle};
use super::figure::Figure;
use super::fur::{Clump, Fur, Single, Stand, Wave, shade};
use super::growth::{along, points_to};
use super::hair::{Guides, Strands, above_own, between, grown, outwards, posed};
use super::light::{Lights, Lit};
use super::noise::{hash01, smooth};
use super::render::Lens;
use super::strands::{Ribbons, Root, SCALP, place};

/// How much nearer the upmost hair of a head is sorted than the lowest, mm: pieces of hairs are longer than hairs lie
/// apart.
const RISE: f32 = 9.0;

/// The most points of a hair.
const MOST: usize = 16;

/// Share of the hairs on the far side of the head that are drawn, each for several: they close the gap beside the neck.
const FAR_DRAWN: f32 = 0.16;

/// What drawing hair asks of its head.
pub(super) struct Scalp<'a> {
    guides: &'a Guides,
    person: &'a Appearance,
    fur: Fur<'a>,
    figure: &'a Figure,
    /// Light at the guides' points.
    lits: &'a [Lit],
    lights: &'a Lights,
    eye: Vec3,
    /// Share of the roots whose hair is drawn.
    kept: f32,
}

/// A hair about to be drawn.
struct Drawn<'a> {
    root: &'a Root,
    around: Strands,
    single: Single,
    clump: Clump,
    /// Share of its guides' points that it has.
    reach: f32,
    /// How far it strays: what is short neither waves nor comes together with others.
    loose: f32,
    /// Whether it grows on the side of the head that is turned away.
    far: bool,
}

impl<'a> Scalp<'a> {
    pub(super) fn new(
        guides: &'a Guides,
        person: &'a Appearance,
        figure: &'a Figure,
        (lits, lights): (&'a [Lit], &'a Lights),
        lens: &Lens,
    ) -> Self {
        // A small picture needs fewer and broader hairs: about a pixel broad.
        let per_px = match (guides.is_small(), person.hair.style) {
            // Short hairs cost little and are seen one by one.
            (_, HairStyle::Buzz) => 0.42,
            (true, _) => 0.22,
            (false, _) => 0.25,
        };
        let kept = (per_px * guides.detail).clamp(0.18, 1.0);
        let mut fur = Fur::new(person, guides.steps);
        fur.width /= kept;
        Self { guides, person, fur, figure, lits, lights, eye: lens.position, kept }
    }

    /// Draws all hairs of the head.
    pub(super) fn comb(&self, out: &mut Ribbons) {
        for root in SCALP.iter() {
            if hash01(self.person.seed, root.number, 8) > self.kept {
                continue;
            }
            if let Some(hair) = self.hair(root) {
                self.draw(&hair, out);
            }
        }
    }

    /// The hair that grows at a root, if any is drawn.
    fn hair<'r>(&self, root: &'r Root) -> Option<Drawn<'r>> {
        let (fur, hair) = (&self.fur, &self.person.hair);
        let own = |k| hash01(fur.seed, root.number, k);
        // The far side of short hair is never seen, that of long hair only below.
        let (point, normal) = place(root, &self.figure.skin);
        let far = normal.dot((self.eye - point).normalize_or_zero()) < -0.45;
        if far && (!self.guides.hangs || root.rest.y > 120.0 && own(12) > FAR_DRAWN) {
            return None;
        }
        let far = far && root.rest.y > 120.0;
        let edge = above_own(hair, root.rest, root.above);
        let grows = own(1) <= grown(hair, root.rest, edge);
        // Before the hairline down gets ever sparser.
        let down = !grows && own(11) < 0.75 * smooth(-5.5, 0.5, edge);
        if !(grows || down && edge < 5.0) {
            return None;
        }
        let around = self.guides.around(hair, root)?;
        let stand = Stand { edge, down };
        let clump = fur.clump(root);
        // Hair is cut in steps and grows at its own pace: no two ends lie on one line.
        let reach = (0.88 + fur.steps * clump.length) * (1.0 - fur.uneven * own(3) * own(3));
        let reach = reach * (1.0 - fur.round * clump.off * clump.off);
        let length = self.guides.length(&around);
        let reach = (reach * stand.share(length, own(10))).min(1.0);
        Some(Drawn {
            root,
            around,
            single: Single { layer: own(2), stand, own: [own(5), own(6), own(7)] },
            clump,
            reach: points_to(reach),
            loose: (reach * length / if fur.coils { 9.0 } else { 26.0 }).min(1.0),
            far,
        })
    }

    fn draw(&self, hair: &Drawn<'_>, out: &mut Ribbons) {
        let (root, Single { layer, stand, .. }) = (hair.root, hair.single);
        let own = |k| hash01(self.fur.seed, root.number, k);
        let mut line = [(Vec3::ZERO, Vec3::ZERO); MOST];
        let mut light = [Lit::default(); MOST];
        self.shape(hair, &mut line, &mut light);
        let color = self.fur.color(&hair.clump, stand, own(4), layer);
        let shift = 0.16 * (hair.clump.tint + 0.6 * (own(9) - 0.5));
        self.paint(hair, color, shift, &mut line, &light);
        // Beside a parting no hair lies over others' roots.
        let parting = self.person.hair.parting as f32;
        let parted = if self.guides.hangs { smooth(9.0, 0.0, (root.rest.x - parting).abs()) } else { 0.0 };
        let stands_for = if hair.far { 0.7 / FAR_DRAWN } else { 1.0 };
        let width = self.fur.thick(stand, layer) * (1.0 + 0.9 * parted) * stands_for;
        let rise = RISE * (0.6 * layer + 0.4 * hair.clump.over);
        out.push_upon(rise, [width, 0.04 * width], line.into_iter().take(self.guides.steps));
    }

    /// Where a hair runs, and the light there.
    fn shape(&self, hair: &Drawn<'_>, line: &mut [(Vec3, Vec3); MOST], light: &mut [Lit; MOST]) {
        let (fur, points) = (&self.fur, self.guides.steps);
        let last = points - 1;
        let start = hair.root.mix(&self.figure.grown.positions);
        let mut wave = Wave::new(fur, hair.clump.phase + hair.single.own[0] * 0.5);
        for (k, (slot, light)) in line.iter_mut().zip(light).enumerate().take(points) {
            let s = k as f32 / last as f32;
            let at = (s * last as f32 * hair.reach).min(last as f32);
            let (low, t) = between(at, last);
            let mut point = start;
            for &(g, share) in &hair.around {
                let line = self.guides.line(g);
                point += (line[low].lerp(line[low + 1], t) - line[0]) * share;
                let lits = &self.lits[g as usize * points..];
                *light = *light + (lits[low] * (1.0 - t) + lits[low + 1] * t) * share;
            }
            let out = outwards(point);
            point += fur.stray(&hair.clump, &hair.single, out, along(s), &wave) * hair.loose;
            wave.step(fur);
            *slot = (posed(self.figure, point), Vec3::ZERO);
        }
    }

    /// The light that a hair's points send to the camera.
    fn paint(
        &self,
        hair: &Drawn<'_>,
        color: Vec3,
        shift: f32,
        line: &mut [(Vec3, Vec3); MOST],
        light: &[Lit; MOST],
    ) {
        let last = self.guides.steps - 1;
        let up = 0.75 * hair.single.layer + 0.25 * hair.clump.over;
        // The back of the hair lies in the shade of the head.
        let shade_of_head = if hair.far { 0.4 } else { 1.0 };
        // Light changes slowly along a hair that does not curl.
        let stride = if self.fur.coils || last < 5 || last % 2 == 1 { 1 } else { 2 };
        for k in (0..=last).step_by(stride) {
            let tangent = (line[(k + 1).min(last)].0 - line[k.saturating_sub(1)].0).normalize_or_zero();
            let grown = smooth(0.0, 0.35, k as f32 / last as f32);
            let depth = (0.24 + 0.82 * up * (0.36 + 0.64 * grown)) * hair.clump.open(grown) * shade_of_head;
            let to_eye = (self.eye - line[k].0).normalize_or_zero();
            line[k].1 = shade(color, &light[k], self.lights, tangent, to_eye, [depth, shift]);
        }
        for k in (1..last).step_by(2).take(if stride == 2 { last } else { 0 }) {
            line[k].1 = (line[k - 1].1 + line[k + 1].1) / 2.0;
        }
    }
}
