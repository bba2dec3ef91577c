//! Things that stand or hang in the room between the person and the wall: they give it depth, and a window behind them makes
//! silhouettes of them.

use glam::{Vec2, Vec3};
use serde::{Deserialize, Serialize};

use super::appearance::rgb;
use super::noise::{hash01, smooth};
use super::room::Walls;
use crate::color::srgb_to_linear;
use crate::rng::Stream;

/// A thing in the room. It is flat and faces the camera: so far behind, and out of focus, no one sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Furniture {
    /// What it is.
    pub kind: FurnitureKind,
    /// Where its middle is, mm: to the person's left, and behind the person.
    pub place: [f64; 2],
    /// The heights of its lower and its upper end against the base of the neck, mm.
    pub ends: [f64; 2],
    /// Its width, mm.
    pub width: f64,
    /// Albedo of its main colour, linear sRGB.
    pub albedo: [f64; 3],
    /// How much light its lamp adds, as a share of what falls on the wall; 0 is off.
    pub glow: f64,
}

/// Kinds of things in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FurnitureKind {
    /// A lamp on a pole.
    FloorLamp,
    /// A lamp that hangs from the ceiling.
    Pendant,
    /// A plant in a pot.
    Plant,
}

/// Colour of a lamp's light against that of the room.
pub(super) const BULB: Vec3 = Vec3::new(1.0, 0.80, 0.55);
/// Leaves of a plant.
const LEAVES: u32 = 56;

/// Draws what stands in a room, the farthest first.
pub(super) fn draw(rng: &mut Stream, walls: &Walls) -> Vec<Furniture> {
    let mut things: Vec<Furniture> = Vec::new();
    let [floor, ceiling] = walls.floor_ceiling;
    let count = rng.integer(0, 2);
    for _ in 0..count {
        let kind = *rng.pick(&[FurnitureKind::FloorLamp, FurnitureKind::Plant, FurnitureKind::Pendant]);
        let away = rng.range(0.55, 0.92) * walls.distance;
        // Beside the person, who hides the middle.
        let side = if rng.chance(0.5) { 1.0 } else { -1.0 };
        let across = side * rng.range(0.10, 0.42) * (away + 450.0) + 60.0 * side;
        let tall = rng.range(1250.0, 1750.0);
        let (ends, width) = match kind {
            FurnitureKind::FloorLamp => ([floor, floor + tall], rng.range(240.0, 420.0)),
            FurnitureKind::Plant => ([floor, floor + 0.95 * tall], rng.range(500.0, 900.0)),
            FurnitureKind::Pendant => ([ceiling - rng.range(450.0, 900.0), ceiling], rng.range(260.0, 460.0)),
        };
        let grey = rng.range(0.25, 0.9);
        let warm = rng.range(0.82, 1.0);
        let glow = if kind == FurnitureKind::Plant || rng.chance(0.5) { 0.0 } else { rng.range(0.5, 1.6) };
        let inside = (walls.sides[0] + 300.0..walls.sides[1] - 300.0).contains(&across);
        let free = things.iter().all(|other| (other.place[0] - across).abs() > 500.0);
        if inside && free {
            let albedo = [grey, grey * warm, grey * warm * warm].map(srgb_to_linear);
            things.push(Furniture { kind, place: [across, away], ends, width, albedo, glow });
        }
    }
    things.sort_by(|a, b| b.place[1].total_cmp(&a.place[1]));
    things
}

/// A thing in its place, with what there is to know about it before it is looked at.
#[derive(Clone, Debug)]
pub(super) struct Standing<'a> {
    thing: &'a Furniture,
    /// Those of a plant, the last in front.
    leaves: Vec<Leaf>,
}

/// A leaf of a plant, flat and pointed at both ends.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    /// Its middle: to the side of the plant's, and above its foot, mm.
    middle: Vec2,
    /// Unit vector along its rib.
    way: Vec2,
    /// Half its length and half its width, mm.
    half: [f32; 2],
    albedo: Vec3,
}

impl Leaf {
    /// The leaves of a plant that rises from `pot` to `tall` mm within `half` mm of its middle.
    fn all(key: u64, pot: f32, tall: f32, half: f32) -> Vec<Self> {
        let size = 0.5 + 0.5 * hash01(key, LEAVES, 0);
        let leaf = |k: u32| {
            let own = |salt: u32| hash01(key, k, salt);
            let height = pot + (tall - pot) * (0.18 + 0.72 * own(0));
            let reach = half * (0.15 + 0.55 * own(1)) * if k.is_multiple_of(2) { 1.0 } else { -1.0 };
            let rise = 0.4 - 1.3 * own(2);
            Self {
                middle: Vec2::new(reach, height),
                way: Vec2::new(reach.signum(), rise).normalize(),
                half: [size * (90.0 + 110.0 * own(3)), size * (22.0 + 30.0 * own(4))],
                albedo: Vec3::new(0.058, 0.100, 0.038) * (0.45 + 1.2 * own(5)),
            }
        };
        (0..LEAVES).map(leaf).collect()
    }

    fn look(&self, x: f32, up: f32, lit: Vec3) -> Option<Vec3> {
        let off = Vec2::new(x - self.middle.x, up - self.middle.y);
        let (along, across) = (off.dot(self.way), off.perp_dot(self.way));
        let [length, broad] = self.half;
        let at = along / length;
        (at.abs() < 1.0 && across.abs() < broad * (1.0 - at * at)).then(|| {
            let rib = 0.25 * smooth(5.0, 0.0, across.abs());
            let turned = 0.8 + 0.35 * across / broad;
            self.albedo * lit * (turned + rib)
        })
    }
}

/// Height of the pot of a plant that is so tall, mm.
fn pot(tall: f32) -> f32 {
    (0.22 * tall).min(320.0)
}

impl Standing<'_> {
    /// What light that falls on it, lx per channel, makes it send where a ray meets its plane, cd/m2 per channel; none
    /// beside it.
    pub(super) fn look(&self, from: Vec3, along: Vec3, lux: Vec3) -> Option<Vec3> {
        let thing = self.thing;
        let t = (-thing.place[1] as f32 - from.z) / along.z;
        if t.is_nan() || t <= 0.0 {
            return None;
        }
        let point = from + along * t;
        let [low, high] = thing.ends.map(|end| end as f32);
        let (x, up) = (point.x - thing.place[0] as f32, point.y - low);
        let half = thing.width as f32 / 2.0;
        if x.abs() > half || up < 0.0 || point.y > high {
            return None;
        }
        let lit = lux * core::f32::consts::FRAC_1_PI;
        match thing.kind {
            FurnitureKind::FloorLamp => thing.lamp(x, high - low - up, up, lit),
            FurnitureKind::Pendant => {
                let shade = 0.8 * thing.width as f32;
                if up > shade {
                    return (x.abs() < 4.0).then_some(lit * 0.05);
                }
                thing.shade(x, (shade - up) / shade, half, lit)
            }
            FurnitureKind::Plant => self.plant(x, up, high - low, lit),
        }
    }

    fn plant(&self, x: f32, up: f32, tall: f32, lit: Vec3) -> Option<Vec3> {
        let pot = pot(tall);
        let side = 0.20 * tall.min(1000.0) * (0.75 + 0.25 * up / pot);
        if up < pot && x.abs() < side {
            let round = 1.0 - 0.6 * (x / side + 0.3) * (x / side + 0.3);
            return Some(rgb(self.thing.albedo) * lit * round.max(0.15));
        }
        let leaf = self.leaves.iter().rev().find_map(|leaf| leaf.look(x, up, lit));
        let bent = x - 26.0 * (up / tall - 0.3);
        let stem = || (up < 0.85 * tall && bent.abs() < 9.0).then(|| Vec3::new(0.06, 0.05, 0.03) * lit);
        leaf.or_else(stem)
    }
}

impl Furniture {
    /// The thing in a room with this seed, ready to be looked at.
    pub(super) fn stand(&self, seed: u64) -> Standing<'_> {
        let leaves = match self.kind {
            FurnitureKind::Plant => {
                let tall = self.ends[1] as f32 - self.ends[0] as f32;
                Leaf::all(seed ^ (self.place[0].to_bits() >> 20), pot(tall), tall, self.width as f32 / 2.0)
            }
            _ => Vec::new(),
        };
        Standing { thing: self, leaves }
    }

    /// A lamp's shade on its pole, so far below its top and over the floor.
    fn lamp(&self, x: f32, down: f32, up: f32, lit: Vec3) -> Option<Vec3> {
        let tall = 0.75 * self.width as f32;
        if down < tall {
            return self.shade(x, down / tall, self.width as f32 / 2.0, lit);
        }
        let foot = up < 25.0 && x.abs() < 130.0;
        (foot || x.abs() < 11.0).then(|| lit * (0.10 + 0.25 * smooth(9.0, 0.0, (x + 3.0).abs())))
    }

    /// A shade of cloth, a cone with its top cut off; `t` is 0 there and 1 below.
    fn shade(&self, x: f32, t: f32, half: f32, lit: Vec3) -> Option<Vec3> {
        let edge = half * (0.62 + 0.38 * t);
        if x.abs() > edge {
            return None;
        }
        let round = 1.0 - 0.45 * (x / edge) * (x / edge);
        let own = rgb(self.albedo) * lit * round;
        // The bulb shines through it, brightest in the middle.
        let bulb = 1.0 - 0.55 * (t - 0.55).abs() - 0.35 * (x / edge).abs();
        Some(own + BULB * lit * (3.2 * self.glow as f32 * bulb))
    }

    /// Light that its lamp throws on a point of a wall, as a share of what lies on the wall.
    pub(super) fn thrown(&self, point: Vec3) -> f32 {
        if self.glow <= 0.0 {
            return 0.0;
        }
        let height = match self.kind {
            FurnitureKind::Pendant => self.ends[0] + 0.3 * self.width,
            _ => self.ends[1] - 0.4 * self.width,
        };
        let bulb = Vec3::new(self.place[0] as f32, height as f32, -self.place[1] as f32);
        let reach = 420.0 * 420.0;
        0.9 * self.glow as f32 * reach / (reach + (point - bulb).length_squared())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walls() -> Walls {
        Walls {
            distance: 2000.0,
            sides: [-2000.0, 2000.0],
            floor_ceiling: [-1300.0, 1100.0],
            albedo: [0.6; 3],
            lux: [100.0; 3],
        }
    }

    #[test]
    fn things_stand_inside_of_the_room_the_farthest_first() {
        let mut kinds = Vec::new();
        for i in 0..60 {
            let things = draw(&mut Stream::new("furniture", 3, i), &walls());
            assert!(things.is_sorted_by(|a, b| a.place[1] >= b.place[1]));
            for thing in &things {
                assert!(
                    thing.place[0].abs() < 1700.0 && (0.0..2000.0).contains(&thing.place[1]),
                    "{thing:?}"
                );
                assert!(thing.ends[0] >= -1300.0 && thing.ends[1] <= 1100.0 && thing.ends[0] < thing.ends[1]);
                kinds.push(thing.kind);
            }
        }
        for kind in [FurnitureKind::FloorLamp, FurnitureKind::Pendant, FurnitureKind::Plant] {
            assert!(kinds.contains(&kind), "{kind:?}");
        }
    }

    #[test]
    fn each_hides_some_of_its_own_rectangle_and_nothing_beside_it() {
        let lux = Vec3::splat(100.0);
        for i in 0..60 {
            for thing in draw(&mut Stream::new("furniture", 3, i), &walls()) {
                let eye = Vec3::new(0.0, 150.0, 450.0);
                let seen = |u: f64, v: f64| {
                    let [low, high] = thing.ends;
                    let at = [thing.place[0] + u * thing.width, low + v * (high - low), -thing.place[1]];
                    let towards = Vec3::from(at.map(|v| v as f32)) - eye;
                    thing.stand(5).look(eye, towards, lux)
                };
                let inside: Vec<Vec3> = (0..400)
                    .filter_map(|k| seen(f64::from(k % 20) / 20.0 - 0.475, f64::from(k / 20) / 20.0 + 0.025))
                    .collect();
                assert!((6..395).contains(&inside.len()), "{thing:?}: {}", inside.len());
                assert!(inside.iter().all(|light| light.min_element() > 0.0), "{thing:?}");
                assert!(
                    [(0.6, 0.5), (-0.6, 0.5), (0.0, 1.1), (0.0, -0.1)]
                        .iter()
                        .all(|(u, v)| seen(*u, *v).is_none())
                );
            }
        }
    }

    #[test]
    fn a_lamp_that_is_on_is_brighter_and_lights_the_wall_near_it() {
        let off = Furniture {
            kind: FurnitureKind::Pendant,
            place: [300.0, 1500.0],
            ends: [400.0, 1100.0],
            width: 400.0,
            albedo: [0.5; 3],
            glow: 0.0,
        };
        let on = Furniture { glow: 1.0, ..off.clone() };
        let shade = |lamp: &Furniture| {
            let towards = Vec3::new(300.0, 500.0, -1500.0);
            lamp.stand(1).look(Vec3::ZERO, towards, Vec3::splat(100.0)).expect("the ray meets the shade")
        };
        assert!(shade(&on).min_element() > 2.0 * shade(&off).min_element());
        let [near, far] = [Vec3::new(300.0, 500.0, -2000.0), Vec3::new(-2000.0, -500.0, -2000.0)];
        assert_eq!(off.thrown(near), 0.0);
        assert!(on.thrown(near) > 4.0 * on.thrown(far));
    }
}
