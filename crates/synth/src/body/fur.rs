//! What single hairs are: in which lock they grow, how they leave the path of their guides, their colour and the light that
//! they send.

use glam::Vec3;

use super::appearance::{Appearance, Hair, HairStyle, rgb};
use super::light::{Lights, Lit};
use super::noise::{hash01, noise, noise3, smooth};
use super::strands::Root;

/// What is common to all hairs of a head.
pub(super) struct Fur<'a> {
    pub(super) seed: u64,
    pub(super) hair: &'a Hair,
    albedo: Vec3,
    /// Of the skin that it grows on.
    skin: Vec3,
    pub(super) width: f32,
    thickness: f32,
    wave: f32,
    /// By how much hairs are shorter than the longest of their lock, share.
    pub(super) uneven: f32,
    /// By how much locks are shorter than others, share.
    pub(super) steps: f32,
    /// Size of a lock, mm, and how far its hairs come together at their ends, share.
    lock: [f32; 2],
    /// Size of a tress, mm, how far its locks come together at their ends, share, and how far its own way leaves that of
    /// others, mm.
    tress: [f32; 3],
    /// By how much hair at the edge of its lock is shorter than in the middle, share: locks end in round heads.
    pub(super) round: f32,
    /// How far tips turn in, mm.
    tuck: f32,
    /// Whether hair curls round its own way, and not across it.
    pub(super) coils: bool,
    /// Cosine and sine of the wave's turn from point to point of a hair.
    turn: [f32; 2],
}

/// Hairs beyond this layer fly away: one in some fifty.
const LOOSE: f32 = 0.98;

/// Where a hair stands.
#[derive(Clone, Copy)]
pub(super) struct Stand {
    /// Degrees above the hairline.
    pub(super) edge: f32,
    /// Whether it is but down before it.
    pub(super) down: bool,
}

impl Stand {
    /// Length of a hair, by chance within its kind, as a share of what is grown behind the hairline, mm: at the hairline
    /// itself hairs are short, whatever the cut.
    pub(super) fn share(self, length: f32, chance: f32) -> f32 {
        let young = (if self.down { 3.0 + 5.0 * chance } else { 7.0 + 16.0 * chance }) / length.max(1.0);
        if self.down || young >= 1.0 {
            return young.min(1.0);
        }
        young + (1.0 - young) * smooth(-2.0, 4.0, self.edge + 4.0 * (chance - 0.5))
    }
}

/// What sets a hair apart from the others of its lock.
#[derive(Clone, Copy)]
pub(super) struct Single {
    /// How far up it lies among others, 0-1.
    pub(super) layer: f32,
    pub(super) stand: Stand,
    /// By chance, 0-1 each.
    pub(super) own: [f32; 3],
}

/// A lock that neighbouring hairs share.
pub(super) struct Clump {
    pub(super) phase: f32,
    pub(super) tint: f32,
    pub(super) length: f32,
    /// From the hair's root to the middle of the lock, mm.
    inwards: Vec3,
    /// How far from the middle it is, 0-1.
    pub(super) off: f32,
    /// How far up its tress lies among others, 0-1.
    pub(super) over: f32,
    /// To the middle of the tress, how its tip leaves the guides' and how it bows on the way there, mm.
    tress: [Vec3; 3],
}

impl Clump {
    /// Share of light that reaches a hair in its lock, where it is so much grown (0-1): locks part, and between them it
    /// is dark.
    pub(super) fn open(&self, grown: f32) -> f32 {
        1.06 - 0.40 * self.off * self.off * grown
    }
}

/// Where a hair is in its wave.
pub(super) struct Wave {
    cos: f32,
    sin: f32,
}

impl Wave {
    pub(super) fn new(fur: &Fur<'_>, phase: f32) -> Self {
        if fur.wave <= 0.0 {
            return Self { cos: 1.0, sin: 0.0 };
        }
        Self { cos: libm::cosf(phase), sin: libm::sinf(phase) }
    }

    /// On to the next point.
    pub(super) fn step(&mut self, fur: &Fur<'_>) {
        let [cos, sin] = fur.turn;
        *self = Self { cos: self.cos * cos - self.sin * sin, sin: self.sin * cos + self.cos * sin };
    }
}

impl<'a> Fur<'a> {
    /// For hairs of so many points.
    pub(super) fn new(person: &'a Appearance, points: usize) -> Self {
        let hair = &person.hair;
        let curl = hair.curl as f32;
        let (width, thickness, wave, turns, uneven) = match hair.style {
            HairStyle::Buzz => (0.15, 1.2, 0.2, 0.5, 0.5),
            HairStyle::Crop => (0.22, 4.0, 0.6 + 2.2 * curl, 0.8 + curl, 0.55),
            HairStyle::Afro => (0.20, 3.0, 1.5 + 0.9 * curl, 3.4, 0.5),
            HairStyle::SidePart | HairStyle::SweptBack => (0.21, 5.5, 0.7 + 3.0 * curl, 0.9 + curl, 0.4),
            HairStyle::TiedBack => (0.21, 1.1, 0.3 + 0.8 * curl, 1.2, 0.2),
            HairStyle::Fringe => (0.22, 5.5, 0.6 + 2.6 * curl, 1.1 + 0.8 * curl, 0.22),
            // More turns than this are too few points to one.
            _ => (0.24, 6.5, 0.6 + 4.6 * curl, 1.1 + 1.1 * curl, 0.42),
        };
        let angle = turns * core::f32::consts::TAU / (points.max(2) - 1) as f32;
        let turn = [libm::cosf(angle), libm::sinf(angle)];
        let albedo = rgb(hair.albedo);
        let (steps, lock) = match hair.style {
            HairStyle::Buzz | HairStyle::Bald => (0.12, [4.0, 0.0]),
            HairStyle::Afro => (0.24, [7.0 - 2.0 * curl, 0.25]),
            HairStyle::Crop => (0.22, [6.5 + 3.0 * curl, 0.45]),
            HairStyle::TiedBack => (0.12, [6.0, 0.25]),
            HairStyle::Fringe => (0.22, [11.0, 0.62]),
            HairStyle::SidePart | HairStyle::SweptBack => (0.16, [9.0, 0.5]),
            HairStyle::Bob => (0.17, [9.0, 0.55]),
            _ => (0.17, [11.0, 0.5]),
        };
        let tress = match hair.style {
            HairStyle::Buzz | HairStyle::Bald => [9.0, 0.0, 0.0],
            HairStyle::Afro => [16.0, 0.0, 1.5],
            HairStyle::Crop => [15.0, 0.2, 3.0],
            HairStyle::TiedBack => [16.0, 0.2, 0.8],
            HairStyle::SidePart | HairStyle::SweptBack => [18.0, 0.25, 4.0],
            HairStyle::Fringe => [17.0, 0.35, 7.0],
            HairStyle::Bob => [24.0, 0.4, 9.0],
            HairStyle::Long => [26.0, 0.5, 14.0],
        };
        let skin = rgb(person.skin.albedo);
        let tuck = if hair.style == HairStyle::Bob { 11.0 * (1.0 - 0.5 * curl) } else { 0.0 };
        let coils = hair.style == HairStyle::Afro;
        let (seed, round) = (person.seed, if coils { 0.45 } else { 0.0 });
        Self {
            seed,
            hair,
            albedo,
            skin,
            width,
            thickness,
            wave,
            uneven,
            steps,
            lock,
            tress,
            round,
            tuck,
            coils,
            turn,
        }
    }

    pub(super) fn clump(&self, root: &Root) -> Clump {
        let shift = Vec3::splat((self.seed & 63) as f32);
        let [tint, length, bend] = noise3(root.rest / 7.0 + shift).to_array();
        let [size, together] = self.lock;
        let bent = Vec3::new(bend, tint, length);
        let (own, to) = self.cell(root.rest, size, shift + bent * 0.45, 0x6c6f_636b);
        let [broad, gathered, leaves] = self.tress;
        let (whole, to_whole) = self.cell(root.rest, broad, shift + bent * 0.3, 0x7472_6573);
        let any = |k| Vec3::new(whole(k), 0.4 * whole(k + 1), whole(k + 2)) * 2.0 - Vec3::new(1.0, 0.4, 1.0);
        Clump {
            phase: noise(root.rest / 20.0 + Vec3::splat(3.7)) * 9.0 + self.hair.curl as f32 * 5.0 * own(3),
            tint: tint + 0.45 * (own(5) - 0.5) + 0.6 * (whole(9) - 0.5),
            length: 0.5 * length + 0.6 * (own(4) - 0.5) + 0.8 * (whole(10) - 0.5),
            inwards: to * (size * together),
            off: (to.length() * 1.5).min(1.0),
            over: whole(11),
            tress: [to_whole * (broad * gathered), any(3) * leaves, any(6) * leaves],
        }
    }

    /// Chances of the cell of a bent grid that a place lies in, and the way from there to the cell's own middle, in cells.
    fn cell(&self, rest: Vec3, size: f32, shift: Vec3, salt: u64) -> (impl Fn(u32) -> f32, Vec3) {
        let place = rest / size + shift;
        let cell = place.floor();
        let number = (cell.x as i32 & 255) | (cell.y as i32 & 255) << 8 | (cell.z as i32 & 255) << 16;
        let seed = self.seed ^ salt;
        let own = move |k| hash01(seed, number as u32, k);
        // Each has its middle somewhere in it.
        let middle = Vec3::new(own(0), own(1), own(2)) * 0.5 + Vec3::splat(0.25);
        (own, middle - (place - cell))
    }

    /// Albedo of one hair; grey hairs are white ones among others.
    pub(super) fn color(&self, clump: &Clump, stand: Stand, chance: f32, layer: f32) -> Vec3 {
        let grey = self.hair.grey as f32;
        let own = 0.6 * (chance - 0.5) + 0.8 * clump.tint;
        let share = (grey * 1.1 + own * (grey * (1.0 - grey)).max(0.0).sqrt()).clamp(0.0, 1.0);
        let base = self.albedo.lerp(Vec3::new(0.27, 0.262, 0.25), share);
        let own = base * (0.80 + 0.32 * chance + 0.46 * clump.tint + 0.10 * layer).max(0.3);
        // Young hair has little colour, and light comes through it.
        let pale = if stand.down { 0.6 } else { 0.4 * smooth(5.0, -2.0, stand.edge) };
        own.lerp(self.skin.max(own) * 0.7, pale)
    }

    /// Width of a hair at its root, mm: down at the hairline, and flyaway hairs are single ones.
    pub(super) fn thick(&self, stand: Stand, layer: f32) -> f32 {
        let share = if stand.down {
            0.2
        } else if layer > LOOSE {
            0.3
        } else {
            0.22 + 0.78 * smooth(-1.0, 11.0, stand.edge)
        };
        self.width * share
    }

    /// How a hair leaves the path of its guides at share `s` of its length, mm.
    pub(super) fn stray(&self, clump: &Clump, hair: &Single, out: Vec3, s: f32, wave: &Wave) -> Vec3 {
        let across = out.cross(Vec3::Y).normalize_or_zero();
        let grown = smooth(0.0, 0.5, s);
        let Single { layer, stand, own } = *hair;
        // One hair in some fifty flies away, none of them over the forehead.
        let loose = 0.22 + 0.45 * own[2] * own[2];
        let flies = layer > LOOSE && stand.edge > 8.0;
        let loose = if flies { 1.6 + 1.2 * own[1] } else { loose };
        let wild = Vec3::new(own[0] - 0.5, own[1] - 0.5, own[2] - 0.5) * (loose * self.thickness * s);
        // At the hairline hair lies close.
        let stands = layer * self.thickness * (0.25 + 0.75 * smooth(-2.0, 10.0, stand.edge));
        let [whole, leaves, bows] = clump.tress;
        // A tress goes its own way below the crown, and comes together towards its tip.
        let t = (s - 0.12).max(0.0);
        let tress = leaves * (t * t) + bows * (t * (1.0 - s)) + whole * (s * s);
        let inwards = clump.inwards * grown + tress;
        // Never into the head, and less away from it.
        let off = inwards.dot(out);
        let inwards = inwards - out * (off - 0.5 * off.max(0.0) + self.tuck * smooth(0.6, 1.0, s));
        // Each bends a little of its own accord.
        let bow = (own[1] - 0.5) * 0.35 * self.thickness * (4.0 * s * (1.0 - s));
        let (lifts, turns) = if self.coils { (0.0, wave.cos) } else { (wave.cos, 0.0) };
        let lifted =
            stands * (1.0 - 0.35 * s) + self.wave * lifts + 0.5 * self.thickness * clump.length + bow;
        out * (lifted.max(-0.4) * grown)
            + across * ((self.wave * wave.sin + bow) * grown + clump.tint * 2.5 * s)
            + out.cross(across) * (self.wave * turns * grown)
            + inwards
            + wild
    }
}

/// Light that a hair sends to the camera, cd/m2: diffuse by what the guides gathered, and the two cones of
/// Kajiya and Kay (1989), white on the surface and tinted from inside (Marschner et al. 2003), each shifted
/// along the hair by its scales and from hair to hair (Scheuermann 2004). `depth` is the share of light that
/// reaches it among the others, `shift` its own shift (-1 to 1).
pub(super) fn shade(
    albedo: Vec3,
    lit: &Lit,
    lights: &Lights,
    tangent: Vec3,
    to_eye: Vec3,
    [depth, shift]: [f32; 2],
) -> Vec3 {
    // Room above shines in a broad band along the mass of hair.
    let above = tangent.dot(to_eye + Vec3::Y) * 0.6 + shift;
    let band = (1.0 - above * above).max(0.0);
    let band = band * band * band * band;
    let mut sum = (albedo * (core::f32::consts::FRAC_1_PI * (0.82 + 0.30 * band))
        + Vec3::splat(0.0035 * band))
        * lit.lux
        * depth;
    for (k, (towards, lux)) in lights.highlights.iter().enumerate() {
        let half = (*towards + to_eye).normalize_or_zero();
        let cos = tangent.dot(half);
        let lobe = |cos: f32| (1.0 - cos * cos).max(0.0);
        let p2 = lobe(cos + 0.10 + shift);
        let p8 = p2 * p2 * p2 * p2;
        let p32 = p8 * p8 * p8 * p8;
        let q2 = lobe(cos - 0.14 + shift);
        let q8 = q2 * q2 * q2 * q2;
        let white = p32 * 0.0085 + p8 * p8 * 0.0025;
        let inner = q8 * q2 * q2 * 0.42;
        sum += *lux * (lit.open[k] * depth) * (Vec3::splat(white) + albedo * inner);
    }
    sum
}
