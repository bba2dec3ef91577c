//! What is behind the person: a box of a room, a window with weather in it, things at the wall.

use glam::Vec3;

use super::appearance::rgb;
use super::furniture::{BULB, Standing};
use super::noise::{hash01, noise, smooth};
use super::room::{Decor, DecorKind, Room, Window};

/// The room, ready to be looked at.
pub(super) struct Backdrop<'a> {
    room: &'a Room,
    /// What stands before the wall, the nearest first.
    things: Vec<Standing<'a>>,
    wall: Vec3,
    lux: Vec3,
    ambient: Vec3,
    /// How much brighter the walls are to the person's left, where the strongest light comes from.
    slope: f32,
}

impl<'a> Backdrop<'a> {
    pub(super) fn new(room: &'a Room) -> Self {
        let slope = room.lights.first().map_or(0.0, |light| 0.25 * libm::sin(light.azimuth) as f32);
        let [wall, lux, ambient] = [room.walls.albedo, room.walls.lux, room.ambient].map(rgb);
        let things = room.furniture.iter().rev().map(|thing| thing.stand(room.seed)).collect();
        Self { room, things, wall, lux, ambient, slope }
    }

    /// Luminance along a ray, cd/m2 per channel. A ray that leads away from the room's back shows its walls.
    pub(super) fn look(&self, from: Vec3, along: Vec3) -> Vec3 {
        let mut things = self.things.iter();
        things.find_map(|thing| thing.look(from, along, self.lux)).unwrap_or_else(|| self.walls(from, along))
    }

    fn walls(&self, from: Vec3, along: Vec3) -> Vec3 {
        let walls = &self.room.walls;
        let limits = [
            (0, walls.sides[0] as f32),
            (0, walls.sides[1] as f32),
            (1, walls.floor_ceiling[0] as f32),
            (1, walls.floor_ceiling[1] as f32),
            (2, -walls.distance as f32),
        ];
        let mut nearest = (f32::INFINITY, 4);
        for (k, (axis, limit)) in limits.into_iter().enumerate() {
            let t = (limit - from[axis]) / along[axis];
            if t > 0.0 && t < nearest.0 {
                nearest = (t, k);
            }
        }
        if nearest.0 == f32::INFINITY {
            return self.wall * self.ambient * core::f32::consts::FRAC_1_PI;
        }
        let point = from + along * nearest.0;
        match nearest.1 {
            4 => self.back(point),
            2 => self.floor(point),
            3 => self.plain(Vec3::new(0.84, 0.83, 0.81), point, 0.95),
            _ => self.plain(self.wall, point, 0.7),
        }
    }

    /// A painted surface, lit less in the corners.
    fn plain(&self, albedo: Vec3, point: Vec3, level: f32) -> Vec3 {
        let walls = &self.room.walls;
        let near = |distance: f32| 0.62 + 0.38 * smooth(0.0, 420.0, distance.abs());
        let corner = near(point.x - walls.sides[0] as f32)
            .min(near(point.x - walls.sides[1] as f32))
            .min(near(point.y - walls.floor_ceiling[1] as f32).max(level * 0.8));
        // Light falls off across the room; rollers leave plaster rough.
        let fall = 1.0
            + self.slope * (point.x / 1600.0).clamp(-1.0, 1.0)
            + 0.10 * (point.y / 1200.0).clamp(-1.0, 1.0);
        let rough = 0.05 * noise(point * (1.0 / 600.0)) + 0.02 * noise(point * (1.0 / 11.0));
        let uneven = fall * (1.0 + rough);
        let spill = self.spill(point);
        let thrown = self.room.furniture.iter().map(|thing| thing.thrown(point)).sum::<f32>();
        let lamps = BULB * self.lux * thrown;
        albedo * (self.lux * (corner * uneven * level) + spill + lamps) * core::f32::consts::FRAC_1_PI
    }

    /// Light that falls through the window on side walls and floor, lx.
    fn spill(&self, point: Vec3) -> Vec3 {
        let Some(window) = &self.room.window else { return Vec3::ZERO };
        let back = -self.room.walls.distance as f32;
        let off =
            Vec3::new(point.x - window.centre[0] as f32, point.y - window.centre[1] as f32, point.z - back);
        let area = (window.size[0] * window.size[1]) as f32;
        let distance2 = off.length_squared().max(90_000.0);
        let leaving = (off.z / distance2.sqrt()).clamp(0.0, 1.0);
        rgb(window.luminance) * (area * leaving * 0.5 / distance2)
    }

    fn floor(&self, point: Vec3) -> Vec3 {
        let board = (point.x / 140.0).floor();
        let tint = 0.8 + 0.3 * hash01(self.room.seed, board as i32 as u32, 3);
        let grain = 1.0 + 0.1 * noise(point * Vec3::new(0.08, 0.0, 0.008));
        self.plain(Vec3::new(0.30, 0.19, 0.11) * (tint * grain), point, 0.7)
    }

    fn back(&self, point: Vec3) -> Vec3 {
        if let Some(light) = self.room.window.as_ref().and_then(|window| self.window(window, point)) {
            return light;
        }
        for (k, decor) in self.room.decor.iter().enumerate() {
            let (u, v) = place(point, decor.centre, decor.size);
            if u.abs() <= 1.0 && v.abs() <= 1.0 {
                return self.plain(self.decor(decor, k as u32, u, v, point), point, 1.0);
            }
        }
        // Things cast a faint shadow on the wall below them.
        let shade = self.room.decor.iter().map(|d| {
            let (u, v) = place(point - Vec3::new(12.0, -18.0, 0.0), d.centre, d.size);
            let out =
                (u.abs() - 1.0).max(0.0) * d.size[0] as f32 + (v.abs() - 1.0).max(0.0) * d.size[1] as f32;
            0.28 * smooth(70.0, 0.0, out)
        });
        let skirting = smooth(90.0, 80.0, point.y - self.room.walls.floor_ceiling[0] as f32);
        let paint = self.wall.lerp(Vec3::splat(0.72), skirting);
        self.plain(paint, point, 1.0) * (1.0 - shade.fold(0.0, f32::max))
    }

    fn decor(&self, decor: &Decor, number: u32, u: f32, v: f32, point: Vec3) -> Vec3 {
        let albedo = rgb(decor.albedo);
        let [w, h] = decor.size.map(|s| s as f32 / 2.0);
        let rim = ((1.0 - u.abs()) * w).min((1.0 - v.abs()) * h);
        let grain = 1.0 + 0.08 * noise(point * Vec3::new(0.03, 0.004, 0.0));
        match decor.kind {
            DecorKind::Door | DecorKind::Cupboard => {
                let panels = if decor.kind == DecorKind::Cupboard { 2.0 } else { 1.0 };
                let x = (u * 0.5 + 0.5) * panels;
                let inside = ((x - x.floor()).min(1.0 - (x - x.floor())) * 2.0 * w / panels)
                    .min((1.0 - v.abs()) * h)
                    .min((v + 0.1).abs() * h);
                let groove = smooth(16.0, 4.0, (inside - 110.0).abs());
                let gap = smooth(8.0, 2.0, rim)
                    + smooth(6.0, 2.0, (x - x.floor()).min(1.0 - x + x.floor()) * 2.0 * w);
                albedo * grain * (1.0 - 0.3 * groove) * (1.0 - 0.6 * gap.min(1.0))
            }
            DecorKind::Picture => {
                if rim < 22.0 {
                    return Vec3::splat(0.06) * grain;
                }
                if rim < 70.0 {
                    return Vec3::splat(0.8);
                }
                let a = noise(Vec3::new(u * 2.1, v * 1.6, number as f32 * 3.7));
                let b = noise(Vec3::new(u * 4.3, v * 3.9, number as f32 * 1.3 + 9.0));
                albedo * (0.7 + 0.5 * a) + Vec3::new(0.25, 0.12, 0.2) * b.max(0.0) * 0.6
            }
            DecorKind::Shelf => self.books(albedo * grain, number, u * w, v * h, h),
        }
    }

    /// Boards 300 mm apart with books of many colours between.
    fn books(&self, wood: Vec3, number: u32, x: f32, y: f32, half: f32) -> Vec3 {
        let from_top = half - y;
        let row = (from_top / 300.0).floor();
        let down = from_top - row * 300.0;
        if down < 22.0 || half + y < 20.0 {
            return wood;
        }
        let seed = self.room.seed ^ u64::from(number);
        let mut left = -900.0;
        let mut k = 0;
        while k < 90 {
            let own = |salt: u32| hash01(seed, row as i32 as u32 * 97 + k, salt);
            let width = 14.0 + 34.0 * own(0);
            if x < left + width {
                let tall = 150.0 + 110.0 * own(1);
                if own(2) < 0.16 || 300.0 - down > tall {
                    return wood * 0.22;
                }
                // Bindings fade: no colour is pure.
                let hue = Vec3::splat(0.5).lerp(Vec3::new(own(3), own(4), own(5)), 0.34);
                let color = (hue * hue * 0.5 + Vec3::splat(0.04)) * (0.5 + 0.7 * own(6));
                let round = 1.0 - 0.5 * smooth(0.35, 0.5, ((x - left) / width - 0.5).abs());
                return color * round * (0.55 + 0.45 * smooth(0.0, 160.0, down));
            }
            left += width;
            k += 1;
        }
        wood * 0.2
    }

    /// Light of the window at a point of the wall, or none beside it.
    fn window(&self, window: &Window, point: Vec3) -> Option<Vec3> {
        const FRAME: f32 = 62.0;
        let (u, v) = place(point, window.centre, window.size);
        let [w, h] = window.size.map(|s| s as f32 / 2.0);
        let outside = rgb(window.luminance);
        let cloth = window.curtain as f32;
        let off = (u.abs() - 1.0) * w;
        if cloth > 0.0 && v.abs() < 1.12 && u.abs() > 1.0 - 2.0 * cloth * 0.6 && off < 2.0 * w * cloth * 0.5 {
            // Cloth in folds: daylight through it where the pane is behind, room light on it elsewhere.
            let fold = 0.5 + 0.5 * noise(Vec3::new(point.x / 38.0, point.y / 900.0, 1.0));
            let through = if off < 0.0 && v.abs() < 1.0 { 0.22 } else { 0.0 };
            let color = self.wall.lerp(Vec3::new(0.7, 0.66, 0.6), 0.6);
            let lit = self.lux * core::f32::consts::FRAC_1_PI + outside * through;
            return Some(color * lit * (0.55 + 0.6 * fold));
        }
        if off > FRAME || v.abs() * h > h + FRAME {
            return None;
        }
        let pane = |t: f32, count: u32, half: f32| {
            let x = (t * 0.5 + 0.5).clamp(0.0, 1.0) * count as f32;
            (x - x.floor()).min(1.0 - x + x.floor()) * 2.0 * half / count as f32
        };
        let bar = pane(u, window.panes[0], w).min(pane(v, window.panes[1], h));
        if u.abs() > 1.0 || v.abs() > 1.0 || bar < 28.0 {
            // The frame stands against the light; its inner edge catches some.
            let edge = smooth(28.0, 14.0, bar);
            let lit =
                self.lux * core::f32::consts::FRAC_1_PI * 0.8 + outside * (0.012 + 0.05 * (1.0 - edge) * 0.3);
            return Some(Vec3::splat(0.7) * lit);
        }
        Some(outside * self.weather(window, u, v, point))
    }

    /// What is outside, about 1 in the mean: a bright sky over houses or trees, far away, out of focus and pale
    /// with the air and the flare between, as a camera that exposes for the room shows them.
    fn weather(&self, window: &Window, u: f32, v: f32, point: Vec3) -> Vec3 {
        let shift = (self.room.seed & 0xffff) as f32 * 0.01;
        let cloud = 0.10 * noise(Vec3::new(u * 1.3 + shift, v * 2.0, 2.0));
        let sky = Vec3::new(1.04, 1.08, 1.13) * (1.14 + cloud + 0.10 * v);
        let town = (shift as u32).is_multiple_of(2);
        let line = window.skyline as f32 * 2.0 - 1.0;
        if town {
            // Fronts of several houses, one behind the other, with rows of dim windows.
            let front = |size: f32, salt: u32| {
                let x = (point.x + 6000.0) / size;
                let (house, t) = (x as u32, smooth(0.0, 0.1, x - x.floor()));
                [0, 1].map(|k| {
                    let [left, own] = [house - 1, house].map(|h| hash01(self.room.seed, h, salt + k));
                    left + (own - left) * t
                })
            };
            let cell = |x: f32, size: f32| (x / size - (x / size).floor() - 0.5).abs();
            let panes = smooth(0.42, 0.12, cell(point.x, 74.0)) * smooth(0.44, 0.14, cell(point.y, 96.0));
            let [height, tint] = front(330.0, 8);
            let wall = Vec3::new(0.80, 0.76, 0.72) * (0.62 + 0.30 * tint - 0.20 * panes);
            return wall.lerp(sky, smooth(-0.05, 0.05, v - line - 0.25 * (height - 0.5)));
        }
        let lumps = 0.16 * noise(Vec3::new(point.x / 190.0, shift, 0.0))
            + 0.07 * noise(Vec3::new(point.x / 70.0, point.y / 70.0, shift + 5.0));
        let leaves = 0.30 * noise(Vec3::new(point.x / 90.0, point.y / 80.0, shift))
            + 0.16 * noise(Vec3::new(point.x / 36.0, point.y / 36.0, shift + 2.0));
        // Gaps between crowns let the sky through.
        let gaps = 0.22 * smooth(-0.4, 1.0, noise(Vec3::new(point.x / 60.0, point.y / 60.0, shift + 9.0)));
        let wood = (Vec3::new(0.46, 0.53, 0.38) * (0.92 + leaves)).lerp(sky, gaps);
        wood.lerp(sky, smooth(-0.22, 0.14, v - line - lumps))
    }
}

/// A point of the wall in a rectangle's own measure: -1 to 1 across, and upwards.
fn place(point: Vec3, centre: [f64; 2], size: [f64; 2]) -> (f32, f32) {
    (
        (point.x - centre[0] as f32) / (size[0] as f32 / 2.0),
        (point.y - centre[1] as f32) / (size[1] as f32 / 2.0),
    )
}
