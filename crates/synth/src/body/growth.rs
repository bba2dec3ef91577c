//! How hair of a style grows: the field of directions and lengths over the scalp, and the guide that grows by it.
//!
//! A guide starts along the style's combing, bends by gravity, is kept outside of the skull and rests on the shoulders.

use glam::Vec3;

use super::appearance::{Hair, HairStyle};
use super::figure::Surface;
use super::noise::{noise, noise3, smooth};
use super::shoulders::Shoulders;
use super::skull::{SKULL, SkullMap};

/// How a guide grows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    /// mm.
    pub(super) length: f32,
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

/// What a style asks at a root.
struct Place<'a> {
    hair: &'a Hair,
    /// On the default shape, mm.
    rest: Vec3,
    /// 0 on the sides, 1 on top.
    top: f32,
    /// The side of the parting, -1 or 1.
    side: f32,
    /// Away from the whorl.
    away: Vec3,
    /// No comb lays every lock as it lays the next.
    whorl: Vec3,
}

/// A cut that is longer on top than at the sides.
struct Short {
    /// On top and at the sides, mm.
    length: [f32; 2],
    comb: Vec3,
    lift: f32,
    stand: f32,
}

impl Growth {
    /// Of this hair at a point of the default shape.
    pub(super) fn new(hair: &Hair, rest: Vec3) -> Self {
        let parting = hair.parting as f32;
        let place = Place {
            hair,
            rest,
            top: smooth(178.0, 222.0, rest.y + 0.12 * rest.z),
            side: parted(hair, rest),
            away: (rest - Vec3::new(12.0, 232.0, -8.0)).normalize_or_zero(),
            whorl: noise3(rest * (1.0 / 17.0) + Vec3::splat(parting)),
        };
        let (scale, volume) = (hair.length as f32, hair.volume as f32);
        match hair.style {
            HairStyle::Bald => {
                Self { length: 0.0, comb: place.away, lift: 0.0, stand: 0.0, gravity: 0.0, lay: 0.0 }
            }
            HairStyle::Buzz => place.buzz(),
            HairStyle::Crop => place.crop(),
            HairStyle::SidePart => place.side_part(),
            HairStyle::SweptBack => {
                let comb = Vec3::new(-0.005 * parting, 0.2, -1.0) + place.whorl * 0.4;
                place.short(Short { length: [52.0, 8.0], comb, lift: 0.8, stand: 7.5 })
            }
            HairStyle::Afro => {
                let length = (6.0 + 14.0 * place.top) * scale * volume;
                let comb = place.away + place.whorl * 1.5;
                Self { length, comb, lift: 2.2, stand: 1.0, gravity: 0.0, lay: 0.0 }
            }
            HairStyle::TiedBack => {
                let to = Vec3::new(0.0, 160.0, -62.0) - rest;
                // The way round the skull is longer than through it, and hair ends where it is tied.
                let length = to.length() * (0.9 + 0.3 * smooth(70.0, 170.0, to.length()));
                let comb = to.normalize_or_zero();
                Self { length, comb, lift: 0.1, stand: 3.0 * volume, gravity: 0.0, lay: 0.9 }
            }
            HairStyle::Bob => place.hanging(48.0 - 60.0 * (scale - 1.0), 6.5 * volume),
            HairStyle::Long => place.hanging(-60.0 - 160.0 * (scale - 1.0), 6.0 * volume),
            HairStyle::Fringe => place.fringe(),
        }
    }
}

/// The side of the parting that a point of the default shape lies on, -1 or 1. No parting is drawn with a ruler.
pub(super) fn parted(hair: &Hair, rest: Vec3) -> f32 {
    let drawn = rest.x + 3.0 * noise(rest * (1.0 / 17.0)) + 1.5 * noise(rest * (1.0 / 6.0));
    if drawn > hair.parting as f32 { 1.0 } else { -1.0 }
}

impl Place<'_> {
    fn short(&self, cut: Short) -> Growth {
        let [above, beside] = cut.length;
        let top = self.top;
        let down = Vec3::new(0.0, -1.0, -0.3);
        Growth {
            length: (beside + (above - beside) * top) * self.hair.length as f32,
            comb: cut.comb.lerp(down, 1.0 - top),
            lift: 0.2 + (cut.lift - 0.2) * top,
            stand: (1.5 + (cut.stand - 1.5) * top) * self.hair.volume as f32,
            gravity: 0.02,
            lay: 0.75,
        }
    }

    /// The clipper's guard is longer on top; hair this short lies as it grows, away from the whorl and down the sides.
    fn buzz(&self) -> Growth {
        let sides = 0.25 + 0.55 * smooth(0.6, 1.25, self.hair.volume as f32);
        let fade = smooth(105.0, 215.0, self.rest.y + 0.12 * self.rest.z);
        let down = Vec3::new(0.0, -1.0, -0.25);
        let forward = Vec3::new(0.0, 0.0, 0.8 * smooth(20.0, 90.0, self.rest.z));
        Growth {
            length: 3.6 * self.hair.length as f32 * (sides + (1.0 - sides) * fade),
            comb: (self.away + forward).lerp(down, 1.0 - self.top) + self.whorl * 0.8,
            lift: 0.35 + 0.25 * self.top,
            stand: 0.0,
            gravity: 0.0,
            lay: 0.0,
        }
    }

    fn crop(&self) -> Growth {
        let ahead = 0.6 * smooth(30.0, 100.0, self.rest.z);
        let forward = Vec3::new(0.006 * self.hair.parting as f32, 0.0, ahead);
        let comb = self.away + forward + self.whorl * 0.9;
        self.short(Short { length: [24.0, 7.0], comb, lift: 0.7, stand: 6.0 })
    }

    fn side_part(&self) -> Growth {
        let (rest, side, parting) = (self.rest, self.side, self.hair.parting as f32);
        // The parting runs out towards the crown; only before it hair lies flat beside it.
        let parted = smooth(0.0, 50.0, rest.z);
        let flat = 0.55 * smooth(52.0, 92.0, rest.z);
        let across = Vec3::new(side, 0.2, 0.25 - 0.5 * smooth(70.0, 115.0, rest.z));
        let across = self.away.lerp(across, parted);
        let narrow = if side * parting > 0.0 { 0.5 } else { 1.0 };
        let beside = 1.0 - flat * smooth(20.0, 0.0, (rest.x - parting).abs());
        let cut = Short {
            length: [46.0 * narrow, 8.0],
            comb: across + self.whorl * 0.35,
            lift: 0.7 * beside,
            stand: 6.5 * beside,
        };
        let mut growth = self.short(cut);
        // The top is cut so that it ends well above the ears.
        let room =
            100.0 * (core::f32::consts::FRAC_PI_2 - from_top(rest)).max(0.0) + rest.y.min(SKULL.y) - 190.0;
        growth.length = growth.length.min(room.max(8.0));
        growth
    }

    fn fringe(&self) -> Growth {
        let (rest, scale, volume) = (self.rest, self.hair.length as f32, self.hair.volume as f32);
        let front = smooth(60.0, 74.0, rest.z - 0.006 * rest.x * rest.x) * smooth(56.0, 46.0, rest.x.abs());
        if front <= 0.5 {
            return self.hanging(20.0 - 150.0 * (scale - 1.0), 6.0 * volume);
        }
        // All of it ends at about one height, wherever it grows.
        let way = (rest - Vec3::new(rest.x, 203.0, 108.0)).length();
        let length = 1.15 * way + 42.0 - 16.0 * (scale - 1.0);
        let comb = Vec3::new(rest.x * 0.007, -0.1, 1.0);
        Growth { length, comb, lift: 0.25, stand: 5.0 * volume, gravity: 0.22, lay: 0.6 }
    }

    /// Hair that falls from a parting to a height, mm: along the skull to its widest place, then straight down.
    fn hanging(&self, height: f32, stand: f32) -> Growth {
        let rest = self.rest;
        let arc = 100.0 * (core::f32::consts::FRAC_PI_2 - from_top(rest)).max(0.0);
        let top = smooth(165.0, 215.0, rest.y);
        let across = Vec3::new(self.side, 0.1, -0.95 * smooth(60.0, 112.0, rest.z));
        let fall = Vec3::new(0.0, -1.0, -0.25 * smooth(0.0, 60.0, rest.z));
        Growth {
            length: (arc + (rest.y.min(SKULL.y) - height)).max(25.0),
            comb: fall.lerp(across, top) + self.whorl * (0.22 * top),
            lift: 0.15,
            stand,
            gravity: 0.30,
            lay: 0.55,
        }
    }
}

/// The angle between the way from the skull's middle to a place and the vertical.
fn from_top(rest: Vec3) -> f32 {
    libm::acosf(((rest - SKULL).normalize_or_zero().y).clamp(-1.0, 1.0))
}

/// Share of a hair's length at a share of its points: they lie closer at the root, where straight pieces would cut through
/// the skull.
pub(super) fn along(share: f32) -> f32 {
    share * (0.35 + 0.65 * share)
}

/// The share of a hair's points at a share of its length.
pub(super) fn points_to(length: f32) -> f32 {
    ((0.1225 + 2.6 * length).sqrt() - 0.35) / 1.3
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

/// What a guide grows round.
pub(super) struct Body<'a> {
    pub(super) skin: &'a Surface,
    pub(super) skull: SkullMap,
    /// What hair rests on that reaches so far down.
    pub(super) shoulders: Option<Shoulders>,
}

impl Body<'_> {
    /// Grows one guide from a vertex of the skin.
    pub(super) fn guide(&self, growth: &Growth, vertex: usize, steps: usize) -> Vec<Vec3> {
        let normal = self.skin.normals[vertex];
        let root = self.skin.positions[vertex];
        let flat = (growth.comb - normal * growth.comb.dot(normal)).normalize_or_zero();
        let mut way = (flat + normal * growth.lift).normalize_or_zero();
        let mut points = vec![root];
        let mut point = root;
        for k in 1..steps {
            let place = |k: usize| along(k as f32 / (steps - 1) as f32);
            let s = place(k);
            let step = growth.length * (s - place(k - 1));
            let out = (point - self.skull.middle).normalize_or_zero();
            let lay = growth.lay * smooth(120.0, 165.0, point.y);
            let flat = (growth.comb - out * growth.comb.dot(out)).normalize_or_zero();
            way = way.lerp(flat, 0.5 * lay) - Vec3::Y * (growth.gravity * step / 12.0);
            way = way.normalize_or_zero();
            let off = growth.stand * smooth(0.0, 0.4, s) + ABOVE * smooth(0.0, 0.04, s);
            let next = self.rest(self.skull.keep(point + way * step, off, 0.6 * lay));
            // It goes on along the skull, not against it.
            let moved = (next - point).normalize_or_zero();
            way = (way * 0.35 + moved * 0.65).normalize_or_zero();
            point = self.rest(self.skull.keep(point + moved * step, off * 0.9, 0.0));
            if growth.gravity > 0.25 {
                let side = if growth.comb.x.abs() > 0.05 { growth.comb.x } else { root.x };
                point = clear_of_face(point, 1f32.copysign(side), s);
            }
            points.push(point);
        }
        points
    }

    fn rest(&self, point: Vec3) -> Vec3 {
        self.shoulders.as_ref().map_or(point, |shoulders| shoulders.keep(point))
    }
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
