//! The skull that hair lies upon, as its radius by direction: a lookup, where the mesh would have to be searched.

use std::sync::LazyLock;

use glam::Vec3;

use super::figure::Surface;
use super::topology::SKIN;

/// The middle of the skull on the default shape, mm.
pub(super) const SKULL: Vec3 = Vec3::new(0.0, 160.0, 40.0);

/// Directions of the cells' middles.
static CELLS: LazyLock<Vec<Vec3>> = LazyLock::new(|| {
    let cell = |i: usize| {
        let (u, v) = ((i % SkullMap::AROUND) as f32 + 0.5, (i / SkullMap::AROUND) as f32 + 0.5);
        let turn = (u / SkullMap::AROUND as f32 - 0.5) * core::f32::consts::TAU;
        let up = v / SkullMap::UP as f32 * core::f32::consts::PI;
        let flat = libm::sinf(up);
        Vec3::new(libm::sinf(turn) * flat, libm::cosf(up), libm::cosf(turn) * flat)
    };
    (0..SkullMap::AROUND * SkullMap::UP).map(cell).collect()
});

/// The skull's radius by direction from its middle, from the skin as it is shaped: what hair lies upon.
pub(super) struct SkullMap {
    pub(super) middle: Vec3,
    radius: Vec<f32>,
}

impl SkullMap {
    const AROUND: usize = 48;
    const UP: usize = 24;

    /// Of the skin in its own pose.
    pub(super) fn new(skin: &Surface) -> Self {
        let middle = SKULL;
        let mut found = vec![(0.0f32, 0.0f32); Self::AROUND * Self::UP];
        for (i, (&p, &normal)) in skin.positions.iter().zip(&skin.normals).enumerate() {
            let masks = SKIN.masks[i];
            if SKIN.rest[i].y > 45.0 && masks[2] < 0.1 && masks[3] < 0.1 {
                let off = p - middle;
                let (u, v) = Self::place(off);
                let (u, v) = ((u as usize) % Self::AROUND, (v as usize).min(Self::UP - 1));
                // Where the plane that touches the skin here is met in the direction of the cell's middle.
                let facing = CELLS[v * Self::AROUND + u].dot(normal);
                let [length, plane] = [off.length(), off.dot(normal) / facing.max(0.2)];
                let cell = &mut found[v * Self::AROUND + u];
                *cell = (cell.0 + plane.clamp(0.93 * length, 1.07 * length), cell.1 + 1.0);
            }
        }
        let radius =
            found.into_iter().map(|(sum, count)| if count > 0.0 { sum / count } else { 0.0 }).collect();
        let mut map = Self { middle, radius };
        while map.radius.contains(&0.0) {
            map.fill();
        }
        map
    }

    /// Gives empty cells the mean of their neighbours.
    fn fill(&mut self) {
        let old = self.radius.clone();
        for v in 0..Self::UP {
            for u in 0..Self::AROUND {
                if old[v * Self::AROUND + u] > 0.0 {
                    continue;
                }
                let mut sum = (0.0, 0.0);
                for (du, dv) in [(1, 0), (Self::AROUND - 1, 0), (0, 1), (0, -1)] {
                    let v = (v as isize + dv).clamp(0, Self::UP as isize - 1) as usize;
                    let value = old[v * Self::AROUND + (u + du) % Self::AROUND];
                    if value > 0.0 {
                        sum = (sum.0 + value, sum.1 + 1.0);
                    }
                }
                if sum.1 > 0.0 {
                    self.radius[v * Self::AROUND + u] = sum.0 / sum.1;
                }
            }
        }
    }

    fn place(d: Vec3) -> (f32, f32) {
        let turn = (libm::atan2f(d.x, d.z) / core::f32::consts::TAU + 0.5) * Self::AROUND as f32;
        let up = libm::acosf((d.y / d.length().max(1e-6)).clamp(-1.0, 1.0)) / core::f32::consts::PI;
        (turn.clamp(0.0, Self::AROUND as f32 - 1e-3), up * Self::UP as f32)
    }

    fn radius(&self, d: Vec3) -> f32 {
        let (u, v) = Self::place(d);
        let (u, v) = (u - 0.5 + Self::AROUND as f32, (v - 0.5).clamp(0.0, Self::UP as f32 - 1.001));
        let (iu, iv) = (u as usize, v as usize);
        let (tu, tv) = (u - iu as f32, v - iv as f32);
        let at = |du: usize, dv: usize| {
            self.radius[(iv + dv).min(Self::UP - 1) * Self::AROUND + (iu + du) % Self::AROUND]
        };
        let top = at(0, 0) * (1.0 - tu) + at(1, 0) * tu;
        let bottom = at(0, 1) * (1.0 - tu) + at(1, 1) * tu;
        top * (1.0 - tv) + bottom * tv
    }

    /// The point, moved outwards until it is `off` mm above skull or neck, or by the share `pull` of the way
    /// down to there.
    pub(super) fn keep(&self, point: Vec3, off: f32, pull: f32) -> Vec3 {
        let d = point - self.middle;
        let length = d.length().max(1e-3);
        if point.y > 80.0 {
            let least = self.radius(d) + off;
            let kept = if length < least { least } else { length + (least - length) * pull };
            return self.middle + d * (kept / length);
        }
        // Beside the neck hair hangs as it left the jaw.
        let flat = Vec3::new(point.x, 0.0, point.z - 22.0);
        let least = 64.0 + off;
        let reach = flat.length().max(1e-3);
        if reach < least { point + flat * ((least - reach) / reach) } else { point }
    }
}
