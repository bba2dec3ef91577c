//! Paint on the skin, by position on the default shape, so that it sticks to the face: albedo, gloss, relief.

use glam::{Vec3, Vec4};

use super::appearance::{Appearance, HairStyle, rgb};
use super::gloss::Gloss;
use super::hair::{coverage, hairline_shift};
use super::noise::{hash01, noise, noise3, noise4, smooth};
use super::strands::{beard_share, brow_place};
use super::topology::SKIN;

/// The skin at one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    /// Albedo, linear sRGB.
    pub(super) albedo: Vec3,
    /// How it mirrors.
    pub(super) gloss: Gloss,
    /// How dark its pores are, as a factor on [`grain`].
    pub(super) pores: f32,
    /// What to add to the unit normal.
    pub(super) relief: Vec3,
}

/// Parts of a face that have tones of their own: middle on the default shape, to the side and up, and half width and
/// height, mm.
const REGIONS: [([f32; 2], [f32; 2]); 13] = [
    ([31.0, 147.0], [17.0, 8.0]),
    ([27.0, 125.0], [17.0, 9.0]),
    ([15.0, 133.0], [8.0, 14.0]),
    ([49.0, 136.0], [12.0, 18.0]),
    ([22.0, 88.0], [9.0, 16.0]),
    ([0.0, 188.0], [60.0, 26.0]),
    ([30.0, 137.0], [24.0, 18.0]),
    ([0.0, 120.0], [12.0, 28.0]),
    ([42.0, 100.0], [24.0, 24.0]),
    ([0.0, 72.0], [34.0, 16.0]),
    ([0.0, 44.0], [34.0, 18.0]),
    ([58.0, 70.0], [26.0, 34.0]),
    ([0.0, 102.0], [20.0, 12.0]),
];

/// How much the tone of a part of a face differs, from the darkest to the lightest, as a share of the albedo.
const REGIONAL: f32 = 0.36;

/// A person's skin, ready to be asked at many places.
#[derive(Clone, Debug)]
pub(super) struct Painter<'a> {
    person: &'a Appearance,
    base: Vec3,
    hair: Vec3,
    light: f32,
    /// How uneven the tone is: factor on the variation over some millimetres.
    mottling: f32,
    /// How much paler each of [`REGIONS`] is.
    tones: [f32; REGIONS.len()],
    /// Shift of the textures from person to person.
    shift: Vec3,
    /// Moles: place on the default shape and radius, mm; how dark.
    moles: Vec<(Vec3, f32, f32)>,
}

impl<'a> Painter<'a> {
    pub(super) fn new(person: &'a Appearance) -> Self {
        let bits = |k: u32| ((person.seed >> k) & 0xff) as f32 * 0.37;
        let light = 1.0 - person.skin.melanin as f32;
        let uneven = hash01(person.seed, 80, 0);
        let grey = person.hair.grey as f32 * 0.7;
        let hair = rgb(person.hair.albedo).lerp(Vec3::splat(0.5), grey);
        Self {
            person,
            base: rgb(person.skin.albedo),
            hair,
            light,
            // Some skins are even, and some are far from it.
            mottling: 0.7 + 1.4 * uneven * uneven,
            tones: core::array::from_fn(|k| hash01(person.seed, 300 + k as u32, 0) - 0.6),
            shift: Vec3::new(bits(0), bits(8), bits(16)),
            moles: (0..person.skin.moles).map(|k| mole(person.seed, k)).collect(),
        }
    }

    /// What changes slowly, for vertices a few millimetres apart: a factor on the albedo, and unevenness of
    /// the gloss (-1 to 1) in the last place.
    pub(super) fn soft(&self, rest: &[Vec3], masks: &[[f32; 4]]) -> Vec<Vec4> {
        let blotches = self.person.skin.blotches as f32;
        let at = |(&rest, masks): (&Vec3, &[f32; 4])| {
            let p = rest + self.shift;
            let broad = noise(p * (1.0 / 18.0));
            let middle = noise(p * (1.0 / 6.0));
            let mut tint =
                Vec3::ONE + Vec3::new(0.55, 1.0, 1.1) * (self.mottling * (0.060 * broad + 0.016 * middle));
            tint *= self.regions(rest);
            // Blood shows in patches.
            let patches = smooth(-0.1, 0.8, 0.8 * noise(p * (1.0 / 9.0) + Vec3::splat(3.0)) + 0.5 * broad);
            tint *=
                Vec3::ONE - Vec3::new(0.02, 0.15, 0.13) * (patches * blotches * (0.10 + 0.90 * self.light));
            tint *= self.blush(rest, masks[3]) * (1.0 - self.shade(rest));
            self.makeup(rest, &mut tint);
            tint.extend(middle)
        };
        rest.iter().zip(masks).map(at).collect()
    }

    /// The skin at a point of the default shape with these masks (lips, hairline, cavity, ears), where
    /// [`Self::soft`] has this value, without what [`Self::detail`] adds.
    pub(super) fn at(&self, rest: Vec3, masks: [f32; 4], soft: Vec4) -> Paint {
        let skin = &self.person.skin;
        let p = rest + self.shift;
        let middle = soft.w;
        let small = noise3(p * (1.0 / 2.2));
        let mut albedo =
            self.base * soft.truncate() * (Vec3::ONE + Vec3::new(0.5, 1.0, 1.1) * (0.012 * small.x));
        let dots = 0.4 * skin.blotches as f32 * smooth(0.3, 0.7, small.y) + 0.04 * small.z;
        albedo *= Vec3::ONE - Vec3::new(0.03, 0.20, 0.17) * (dots * (0.15 + 0.85 * self.light));
        for &(place, radius, dark) in &self.moles {
            let off = (rest - place).length_squared();
            if off < 4.0 * radius * radius {
                let inside = smooth(1.25 * radius, 0.6 * radius, off.sqrt() + 0.3 * small.y * radius);
                albedo *= Vec3::ONE - Vec3::new(0.55, 0.68, 0.74) * (dark * inside);
            }
        }
        if skin.freckles > 0.0 {
            albedo *= self.freckles(p, rest);
        }
        let (mut gloss, relief) = self.relief(p, rest, middle, small);
        let pores = porous(rest) * (1.0 - masks[0]);
        albedo = albedo.lerp(Vec3::new(0.16, 0.05, 0.04) * (0.35 + 0.65 * self.light), 0.9 * nostril(rest));
        self.stubble(rest, p, &mut albedo);
        let lips = smooth(0.08, 0.88, masks[0] + 0.12 * small.y) * (0.76 + 0.24 * skin.lipstick as f32);
        // The red runs out before the corners, and into the skin below the lower lip.
        let lips = lips * (1.0 - 0.6 * smooth(15.0, 27.0, rest.x.abs()));
        if lips > 0.0 {
            albedo = albedo.lerp(self.lips(p), lips);
            let wet = 0.7 + 0.3 * skin.lipstick as f32;
            gloss.amount = gloss.amount + (1.1 * self.cracks(p) - gloss.amount) * (lips * wet);
            gloss.oil += (1.0 - gloss.oil) * lips * wet;
            // Where lips touch, hardly any light comes in, and their surfaces run into each other.
            let seam = seam(rest) * smooth(0.3, 0.9, masks[0]) * (1.0 - 0.8 * mouth_corner(rest));
            albedo *= Vec3::ONE - Vec3::new(0.66, 0.74, 0.74) * seam;
            gloss.amount *= 1.0 - 0.95 * seam;
        }
        // Towards its corners the mouth is closed: what is seen between the lips there is lip.
        let inside = smooth(0.0, 0.6, masks[2]) * (1.0 - mouth_corner(rest));
        albedo = albedo.lerp(Vec3::new(0.20, 0.06, 0.05) * (0.4 + 0.6 * self.light), inside);
        let above = (masks[1] - 0.5) * 80.0;
        if rest.y > 50.0 && above > -12.0 {
            let scalp = self.scalp(rest, above, masks[3]);
            // Hair never makes the scalp lighter: white hair is seen as hair.
            let under = (self.hair * 0.55 + albedo * 0.12).min(albedo * 0.8);
            albedo = albedo.lerp(under, scalp);
            gloss.amount *= 1.0 - 0.8 * scalp;
        }
        Paint { albedo, gloss, pores, relief }
    }

    /// How dark each part of this face is: no skin has one tone, and where it is darker differs from person to person.
    fn regions(&self, rest: Vec3) -> Vec3 {
        let front = smooth(40.0, 75.0, rest.z);
        if front == 0.0 {
            return Vec3::ONE;
        }
        let mut tone = 0.0;
        for (([x, y], [width, height]), paler) in REGIONS.into_iter().zip(self.tones) {
            let (dx, dy) = ((rest.x.abs() - x) / width, (rest.y - y) / height);
            // Wider than high in the middle: no edge shows where it ends.
            let inside = (1.0 - 0.5 * (dx * dx + dy * dy)).max(0.0);
            tone += inside * inside * paler;
        }
        // Pigment darkens; hardly anything on a face is paler than the tone that a person is known by.
        let tone = if tone > 0.0 { 0.35 * tone } else { tone.max(-0.5) };
        // Dark skin has less of a difference to lose.
        Vec3::ONE + Vec3::new(0.8, 1.0, 1.05) * (REGIONAL * (0.45 + 0.55 * self.light) * front * tone)
    }

    /// Redness of cheeks, nose, chin and ears; it shows less on dark skin.
    fn blush(&self, rest: Vec3, ear: f32) -> Vec3 {
        let spot = |centre: Vec3, radius: f32| {
            let off = Vec3::new(rest.x.abs(), rest.y, rest.z) - centre;
            let inside = (1.0 - off.length_squared() / (radius * radius)).max(0.0);
            inside * inside
        };
        let cheek = spot(Vec3::new(40.0, 104.0, 118.0), 50.0);
        let nose = spot(Vec3::new(0.0, 104.0, 152.0), 31.0);
        let chin = spot(Vec3::new(0.0, 42.0, 136.0), 30.0);
        let amount = (1.1 * cheek + 1.4 * nose + 0.6 * chin + 0.9 * ear) * self.person.skin.flush as f32;
        let amount = amount * (0.25 + 0.75 * self.light);
        Vec3::new(1.0 - 0.02 * amount, 1.0 - 0.14 * amount, 1.0 - 0.125 * amount)
    }

    /// Darkness under the eyes, on the upper lids and beside the nose.
    fn shade(&self, rest: Vec3) -> f32 {
        let q = Vec3::new(rest.x.abs(), rest.y, rest.z);
        let spot = |x, y, w, h| spot(q, [x, y], [w, h]);
        if rest.z < 95.0 {
            return 0.0;
        }
        let skin = &self.person.skin;
        // Lids are pigmented more than cheeks where skin is dark.
        let dark = 0.16 * smooth(0.45, 0.95, skin.melanin as f32);
        let tired = 0.09 + 0.08 * skin.lines as f32 + 0.20 * skin.circles as f32;
        // Roots of the lashes along the upper lid's rim.
        let from_eye = (q - Vec3::new(28.9, 139.6, 113.0)).length();
        let lashes = 0.70 * smooth(17.5, 15.9, from_eye) * smooth(138.0, 141.5, rest.y);
        lashes
            // The lower lid's rim is moist and pink.
            - 0.16 * smooth(17.6, 16.4, from_eye) * smooth(138.5, 136.5, rest.y) * (1.0 - 0.6 * dark)
            + (tired + dark) * spot(26.0, 128.0, 17.0, 9.0)
            + (0.04 + 0.8 * dark) * spot(30.0, 148.0, 20.0, 9.0)
            + 0.08 * spot(18.0, 98.0, 8.0, 9.0)
            // Round the mouth skin is darker, more so where it is dark.
            + (0.04 + 0.35 * dark) * (spot(0.0, 74.0, 40.0, 30.0) * 1.4).min(1.0)
    }

    fn freckles(&self, p: Vec3, rest: Vec3) -> Vec3 {
        let here = smooth(75.0, 95.0, rest.y) * smooth(150.0, 128.0, rest.y) * smooth(90.0, 115.0, rest.z);
        let dots = smooth(0.24, 0.70, noise(p * 1.1) + 0.40 * noise(p * 0.07) + 0.15 * noise(p * 2.9));
        let depth = 0.30 * here * dots * self.person.skin.freckles as f32;
        Vec3::new(1.0 - 0.6 * depth, 1.0 - depth, 1.0 - 1.2 * depth)
    }

    /// Shadow and liner round the eyes, rouge on the cheeks.
    fn makeup(&self, rest: Vec3, albedo: &mut Vec3) {
        let amount = self.person.skin.makeup as f32;
        if amount <= 0.0 || rest.z < 90.0 {
            return;
        }
        let q = Vec3::new(rest.x.abs(), rest.y, rest.z);
        let spot = |x, y, w, h| spot(q, [x, y], [w, h]);
        let hue = hash01(self.person.seed, 77, 0);
        let shadow = Vec3::new(0.45 + 0.15 * hue, 0.35, 0.30 + 0.25 * hue);
        *albedo *= Vec3::ONE.lerp(shadow, 0.45 * amount * spot(31.0, 144.5, 17.0, 7.0));
        let from_eye = (q - Vec3::new(28.9, 139.6, 113.0)).length();
        *albedo *= 1.0 - 0.55 * amount * smooth(18.4, 16.6, from_eye) * smooth(136.0, 141.0, rest.y);
        *albedo *= Vec3::ONE.lerp(Vec3::new(0.98, 0.72, 0.74), 0.7 * amount * spot(46.0, 106.0, 26.0, 24.0));
    }

    /// Fine lines down the lips, as a factor.
    fn cracks(&self, p: Vec3) -> f32 {
        1.0 + 0.22 * noise(p * Vec3::new(0.9, 0.12, 0.25)) + 0.20 * noise(p * Vec3::new(2.1, 0.25, 0.5))
    }

    fn lips(&self, p: Vec3) -> Vec3 {
        let paint = self.person.skin.lipstick as f32;
        let cracks = 0.45 + 0.55 * self.cracks(p);
        let own = self.base * rgb(self.person.skin.lips) * cracks;
        // Rose, red or brown, as it goes with few or many.
        let hue = hash01(self.person.seed, 78, 0);
        let stick = Vec3::new(0.44, 0.11, 0.12).lerp(Vec3::new(0.30, 0.09, 0.08), hue);
        own.lerp(stick * (0.13 + 0.87 * self.light) * cracks, 0.5 * paint)
    }

    /// The finest structure, at every pixel: pores, as a turn of the normal where [`pores`] is 1, and grain of the
    /// albedo in the last place.
    pub(super) fn detail(&self, rest: Vec3) -> Vec4 {
        noise4((rest + self.shift) * (1.0 / 0.62) + Vec3::splat(5.0))
    }

    /// Gloss and the turn of the normal: unevenness everywhere, lines with age.
    fn relief(&self, p: Vec3, rest: Vec3, middle: f32, small: Vec3) -> (Gloss, Vec3) {
        let lines = self.person.skin.lines as f32;
        let mut relief = small * (0.012 + 0.035 * lines);
        if lines > 0.05 {
            relief.y += lines * self.wrinkles(rest, p);
        }
        let oily =
            smooth(60.0, 100.0, rest.y) * smooth(34.0, 8.0, rest.x.abs()) * smooth(110.0, 130.0, rest.z);
        let forehead = smooth(165.0, 178.0, rest.y) * smooth(60.0, 20.0, rest.x.abs());
        let cheekbone = (Vec3::new(rest.x.abs(), rest.y, rest.z) - Vec3::new(44.0, 116.0, 112.0)) / 20.0;
        let cheekbone = (1.0 - cheekbone.length_squared()).max(0.0);
        // How oily a skin is differs from person to person.
        let shine = 0.65 + 0.55 * hash01(self.person.seed, 79, 0);
        // Oil lies in patches, and pores break what it mirrors.
        let broken = 1.0 + 0.16 * middle + 0.22 * small.x;
        let amount = (0.55 + 0.25 * oily + 0.10 * forehead + 0.20 * cheekbone) * broken * shine;
        let oil = (0.30 + 0.55 * oily + 0.25 * forehead + 0.25 * cheekbone).min(1.0) * (0.4 + 0.6 * shine);
        (Gloss { amount, oil: oil.min(1.0) }, relief)
    }

    /// Slope of the forehead's lines and the crow's feet.
    fn wrinkles(&self, rest: Vec3, p: Vec3) -> f32 {
        let forehead =
            smooth(166.0, 174.0, rest.y) * smooth(206.0, 196.0, rest.y) * smooth(52.0, 34.0, rest.x.abs());
        let feet = smooth(44.0, 49.0, rest.x.abs()) * smooth(64.0, 54.0, rest.x.abs());
        let feet = feet * smooth(120.0, 128.0, rest.y) * smooth(150.0, 144.0, rest.y);
        let wave = |x: f32| {
            let t = x - x.floor() - 0.5;
            // A narrow fold: steep down, steep up, flat between.
            if t.abs() < 0.26 { t / 0.26 * (1.0 - (t / 0.26).abs()) * 4.0 } else { 0.0 }
        };
        let mut slope = 0.0;
        if forehead > 0.0 {
            let sway = 3.2 * noise(p * 0.06) + 1.9 * noise(p * 0.15);
            let broken = smooth(-0.25, 0.3, noise(p * Vec3::new(0.05, 0.12, 0.05) + Vec3::splat(7.0)));
            slope += 0.15 * forehead * broken * wave((rest.y + sway) / 10.0);
        }
        if feet > 0.0 {
            let ray = (rest.y - 136.0) / (0.09 * rest.x.abs().max(30.0));
            slope += 0.11 * feet * wave(ray + 0.5 * noise(p * 0.1));
        }
        slope
    }

    /// The shadow of shaved or short hair, and the skin under brows.
    fn stubble(&self, rest: Vec3, p: Vec3, albedo: &mut Vec3) {
        let beard = &self.person.beard;
        let shadow = if beard.stubble > 0.0 || beard.length > 0.0 { beard_share(rest) } else { 0.0 };
        if shadow > 0.0 {
            let grown = if beard.length > 0.0 && !beard.goatee { 0.25 } else { 0.0 };
            let dots = 0.85 + 0.30 * noise(p * 1.7);
            let amount = (shadow * dots * (0.42 * beard.stubble as f32 + grown)).clamp(0.0, 0.8);
            let cool = (self.hair * 0.6 + *albedo * Vec3::new(0.30, 0.33, 0.36))
                .min(*albedo * Vec3::new(0.7, 0.76, 0.82));
            *albedo = albedo.lerp(cool, amount);
        }
        if rest.z > 100.0 && (rest.y - 160.0).abs() < 18.0 {
            let brows = &self.person.brows;
            let skin_dark = 1.0 - self.light;
            let (along, across) = brow_place(brows, rest);
            let under =
                smooth(1.3, 0.0, across.abs()) * smooth(-0.08, 0.25, along) * smooth(1.02, 0.55, along);
            let hair = rgb(brows.albedo).lerp(*albedo * 0.4, 0.4);
            *albedo = albedo.lerp(
                hair.min(*albedo),
                (0.36 + 0.3 * skin_dark) * under * (0.35 + 0.65 * brows.density as f32),
            );
        }
    }

    /// How much of the scalp is seen as hair.
    fn scalp(&self, rest: Vec3, above: f32, ear: f32) -> f32 {
        let hair = &self.person.hair;
        if ear > 0.5 {
            return 0.0;
        }
        if hair.style == HairStyle::Bald {
            return 0.22 * smooth(-2.0, 8.0, above);
        }
        let grown = coverage(hair, rest, above);
        let opaque = if hair.style == HairStyle::Buzz { 0.8 } else { 0.9 };
        let parting = match hair.style {
            HairStyle::SidePart | HairStyle::Bob | HairStyle::Long => {
                let off = (rest.x - hair.parting as f32 + 0.8 * noise(rest * 0.2)).abs();
                let short = hair.style == HairStyle::SidePart;
                let seen = if short { smooth(60.0, 95.0, rest.z) } else { smooth(20.0, 60.0, rest.z) };
                1.0 - 0.3 * smooth(1.5, 0.4, off) * seen
            }
            _ => 1.0,
        };
        let edge = above - hairline_shift(hair, rest);
        opaque * smooth(0.15, 0.9, grown) * parting * (0.26 + 0.74 * smooth(0.0, 16.0, edge))
    }
}

/// How large pores are at a point of the default shape, 0-1: on the nose and beside it most.
fn porous(rest: Vec3) -> f32 {
    let off = (Vec3::new(rest.x.abs(), rest.y, rest.z) - Vec3::new(12.0, 108.0, 138.0))
        / Vec3::new(34.0, 30.0, 40.0);
    0.25 + 0.75 * (1.0 - off.length_squared()).max(0.0)
}

/// How near to the line where the lips touch a point of the default shape lies, 0-1.
fn seam(rest: Vec3) -> f32 {
    let x = rest.x / 24.0;
    smooth(2.6, 0.5, (rest.y - 72.9 + 1.5 * x * x).abs())
}

/// A soft spot about `(x, y)` on the default shape, of these half widths, mm: 1 in its middle.
fn spot(place: Vec3, [x, y]: [f32; 2], [w, h]: [f32; 2]) -> f32 {
    let (dx, dy) = ((place.x - x) / w, (place.y - y) / h);
    let inside = (1.0 - 0.6 * (dx * dx + dy * dy)).max(0.0);
    inside * inside
}

/// How near to a corner of the mouth a point of the default shape lies, where lips touch, 0-1.
pub(super) fn mouth_corner(rest: Vec3) -> f32 {
    smooth(17.0, 24.0, rest.x.abs()) * smooth(50.0, 58.0, rest.y) * smooth(98.0, 90.0, rest.y)
}

/// How strongly pores turn the normal in a picture with so many px per mm.
pub(super) fn pores(fine: f32) -> f32 {
    0.09 * smooth(0.8, 2.5, fine)
}

/// How strongly grain changes the albedo in a picture with so many px per mm.
pub(super) fn grain(fine: f32) -> Vec3 {
    Vec3::new(0.7, 1.0, 1.0) * (0.065 * smooth(1.0, 2.5, fine))
}

/// How deep in a nostril a point of the default shape lies, 0-1: the model closes them with a shallow dent.
fn nostril(rest: Vec3) -> f32 {
    let off =
        (Vec3::new(rest.x.abs(), rest.y, rest.z) - Vec3::new(9.4, 98.9, 142.8)) / Vec3::new(3.9, 2.5, 4.3);
    smooth(1.0, 0.35, off.length_squared())
}

/// A mole on the front of face or neck.
fn mole(seed: u64, number: u32) -> (Vec3, f32, f32) {
    let own = |k| hash01(seed ^ 0x6d6f, number, k);
    let count = SKIN.rest.len() as u32;
    // The first of some vertices by chance that lies well.
    let place = (0..64)
        .map(|k| SKIN.rest[(hash01(seed, number, 100 + k) * count as f32) as usize % SKIN.rest.len()])
        .find(|p| p.z > 70.0 && (-20.0..200.0).contains(&p.y) && p.x.abs() > 6.0)
        .unwrap_or(Vec3::new(40.0, 90.0, 120.0));
    let large = own(0) * own(0);
    (place, 0.5 + 1.6 * large, 0.35 + 0.6 * own(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Sex;
    use crate::rng::Stream;

    #[test]
    fn parts_of_a_face_have_tones_of_a_person_and_the_back_of_the_head_has_none() {
        let mut person = Appearance::draw(&mut Stream::new("tones", 1, 1), Sex::Female, 40.0);
        let nose = Vec3::new(0.0, 110.0, 150.0);
        let mut noses = Vec::new();
        for seed in 0..40 {
            person.seed = seed;
            let painter = Painter::new(&person);
            for ([x, y], _) in REGIONS {
                let [left, right] = [x, -x].map(|x| painter.regions(Vec3::new(x, y, 120.0)));
                assert_eq!(left, right);
                // Green, which pigment and blood take most of: no bruise, and no paler than a tan line.
                assert!((0.5..1.15).contains(&left.y), "{seed}: {left}");
                assert_eq!(painter.regions(Vec3::new(x, y, 20.0)), Vec3::ONE);
            }
            noses.push(painter.regions(nose).y);
        }
        let (least, most) = noses.iter().fold((f32::MAX, f32::MIN), |(l, m), v| (l.min(*v), m.max(*v)));
        assert!(most - least > 0.15, "{least} to {most}");
    }
}
