//! What the card takes from the table's light: the lamps' soft shadows and the sky near the contact.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

use glam::{DMat3, DVec2, DVec3};
use retake_simd::array;

use super::lanes::{LANES, Lane};
use super::outline::RoundedRect;
use crate::scene::{AreaLight, CardPose};

/// A box on the table, mm: least x, least y, greatest x, greatest y.
type Zone = [f32; 4];

/// The card as an occluder of the table `z = 0`.
#[derive(Clone, Debug)]
pub(crate) struct Shadow {
    outline: RoundedRect,
    /// From the table's `(x, y, 1)` to the card's axes (right, down, normal) and origin.
    to_card: [[f32; 3]; 3],
    lamps: Vec<Lamp>,
    /// The card's outline in space, corners cut along the arc.
    polygon: [[f32; 3]; 8],
    contact: Zone,
}

#[derive(Clone, Copy, Debug)]
struct Lamp {
    /// Its middle in the card's axes and origin.
    centre: [f32; 3],
    /// Half of its extent along the card's right and down.
    extent: f32,
    /// Where its shadow can fall.
    zone: Zone,
}

impl Shadow {
    pub(crate) fn new(card: &CardPose, lights: &[AreaLight]) -> Self {
        let axes = DMat3::from_cols(card.axes.x_axis, -card.axes.y_axis, card.axes.z_axis);
        let origin = card.at(DVec2::ZERO);
        let local = |p: DVec3| axes.transpose() * (p - origin);
        let (base, x, y) = (local(DVec3::ZERO), local(DVec3::X), local(DVec3::Y));
        let row = |b: f64, x: f64, y: f64| [(x - b) as f32, (y - b) as f32, b as f32];
        let [w, h] = card.size;
        let cut = card.corner_radius * (2.0 - core::f64::consts::SQRT_2);
        let polygon = [
            [cut, 0.0],
            [w - cut, 0.0],
            [w, cut],
            [w, h - cut],
            [w - cut, h],
            [cut, h],
            [0.0, h - cut],
            [0.0, cut],
        ]
        .map(|p| card.at(p.into()).as_vec3().to_array());
        let highest = card.corners().iter().fold(0.0f64, |m, c| m.max(c.z)) as f32;
        Self {
            outline: RoundedRect::new([0.0, 0.0, w as f32, h as f32], card.corner_radius as f32),
            to_card: [row(base.x, x.x, y.x), row(base.y, x.y, y.y), row(base.z, x.z, y.z)],
            lamps: lights.iter().map(|light| Lamp::new(light, card, local)).collect(),
            polygon,
            contact: around(polygon.map(|[x, y, _]| [x, y]).into_iter(), (7.0 * highest).max(3.0)),
        }
    }

    /// Whether a shadow can fall on the part of the table inside of these points' box.
    pub(crate) fn reaches(&self, points: impl Iterator<Item = [f32; 2]>) -> bool {
        let [x0, y0, x1, y1] = around(points, 0.0);
        let meets = |zone: &Zone| x0 < zone[2] && x1 > zone[0] && y0 < zone[3] && y1 > zone[1];
        meets(&self.contact) || self.lamps.iter().any(|lamp| meets(&lamp.zone))
    }

    /// Share of a lamp that the card hides from points of the table.
    #[inline(always)]
    pub(crate) fn of_lamp_at(&self, lamp: usize, [x, y]: &[Lane; 2]) -> Lane {
        if !any_within(&self.lamps[lamp].zone, x, y) {
            return [0.0; LANES];
        }
        array!(LANES, |i| self.of_lamp(lamp, x[i], y[i]))
    }

    /// Share of the dome that the card hides from points of the table.
    #[inline(always)]
    pub(crate) fn of_dome_at(&self, [x, y]: &[Lane; 2]) -> Lane {
        if !any_within(&self.contact, x, y) {
            return [0.0; LANES];
        }
        array!(LANES, |i| self.of_dome(x[i], y[i]))
    }

    /// Share of a lamp that the card hides from a point of the table. Without a branch, as [`Self::of_dome`].
    #[inline(always)]
    fn of_lamp(&self, lamp: usize, x: f32, y: f32) -> f32 {
        let lamp = &self.lamps[lamp];
        let [a, b, c] = &self.to_card;
        let px = a[0] * x + a[1] * y + a[2];
        let py = b[0] * x + b[1] * y + b[2];
        let pz = c[0] * x + c[1] * y + c[2];
        let rise = lamp.centre[2] - pz;
        let t = -pz / rise;
        let hit = [px + t * (lamp.centre[0] - px), py + t * (lamp.centre[1] - py)];
        let soft = (t * lamp.extent).max(0.03);
        let s = (0.5 - 0.5 * self.outline.distance(hit) / soft).max(0.0).min(1.0);
        if within(&lamp.zone, x, y) & (t > 0.0) & (t < 1.0) { s * s * (3.0 - 2.0 * s) } else { 0.0 }
    }

    /// Share of the dome that the card hides from a point of the table: the form factor of its outline.
    #[inline(always)]
    fn of_dome(&self, x: f32, y: f32) -> f32 {
        let mut rays = [[0.0; 3]; 8];
        for (ray, p) in rays.iter_mut().zip(&self.polygon) {
            let d = [p[0] - x, p[1] - y, p[2].max(1e-3)];
            let n = 1.0 / (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt();
            *ray = [d[0] * n, d[1] * n, d[2] * n];
        }
        let mut sum = 0.0;
        for i in 0..8 {
            let (a, b) = (rays[i], rays[(i + 1) % 8]);
            let cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
            sum += (a[0] * b[1] - a[1] * b[0]) * super::mirror::arc(cosine);
        }
        if within(&self.contact, x, y) { sum.abs().min(1.0) } else { 0.0 }
    }
}

impl Lamp {
    fn new(light: &AreaLight, card: &CardPose, local: impl Fn(DVec3) -> DVec3) -> Self {
        let centre = local(light.centre);
        // How far a step on the lamp carries the point where its ray meets the card, times distance over height.
        let height = centre.z.max(1.0);
        let along = |half: DVec3| {
            let d = local(light.centre + half) - centre;
            let (x, y) = (d.x - d.z * centre.x / height, d.y - d.z * centre.y / height);
            libm::sqrt(x * x + y * y)
        };
        let extent = libm::sqrt(along(light.half_u) * along(light.half_v)).max(1.0);
        let outline = light.outline();
        let feet = outline.iter().chain([&light.centre]).flat_map(|from| {
            card.corners().into_iter().filter_map(move |corner| {
                let drop = from.z - corner.z;
                (drop > 1e-3).then(|| {
                    let foot = *from + (corner - *from) * (from.z / drop);
                    [foot.x as f32, foot.y as f32]
                })
            })
        });
        let zone = around(feet, 1.0);
        Self { centre: centre.as_vec3().to_array(), extent: extent as f32, zone }
    }
}

fn around(points: impl Iterator<Item = [f32; 2]>, margin: f32) -> Zone {
    let empty = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    let [x0, y0, x1, y1] =
        points.fold(empty, |[a, b, c, d], [x, y]| [a.min(x), b.min(y), c.max(x), d.max(y)]);
    [x0 - margin, y0 - margin, x1 + margin, y1 + margin]
}

#[inline(always)]
fn within(zone: &Zone, x: f32, y: f32) -> bool {
    (x > zone[0]) & (y > zone[1]) & (x < zone[2]) & (y < zone[3])
}

#[inline(always)]
fn any_within(zone: &Zone, x: &Lane, y: &Lane) -> bool {
    let mut any = false;
    for i in 0..LANES {
        any |= within(zone, x[i], y[i]);
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::light::form_factor;
    use crate::capture::testing;

    #[test]
    fn shadow_falls_away_from_the_lamp_and_only_near_a_lying_card() {
        let scene = testing::scene();
        let testing::Parts { desk, .. } = testing::parts(&scene);
        let mut lamp = scene.lights[0].clone();
        lamp.centre = DVec3::new(-800.0, 0.0, 800.0);
        let shadow = Shadow::new(&desk.card, &[lamp]);
        let [left, right] = [desk.card.centre.x - 42.8, desk.card.centre.x + 42.8].map(|x| x as f32);
        let y = desk.card.centre.y as f32;
        assert!(shadow.of_lamp(0, right + 0.3, y) > 0.8);
        assert!(shadow.of_lamp(0, right + 3.0, y) < 0.01);
        assert!(shadow.of_lamp(0, left - 0.3, y) < 0.05);
    }

    #[test]
    fn the_dome_is_lost_as_the_form_factor_says() {
        let scene = testing::scene();
        let mut card = testing::parts(&scene).desk.card.clone();
        card.corner_radius = 0.0;
        card.centre.z = 12.0;
        let shadow = Shadow::new(&card, &[]);
        for [x, y] in [[0.0, 0.0], [50.0, 3.0], [43.0, 30.0]] {
            let exact = form_factor(&card.corners(), DVec3::new(x, y, 0.0), DVec3::Z);
            let fast = f64::from(shadow.of_dome(x as f32, y as f32));
            assert!((exact - fast).abs() < 2e-3, "{x} {y}: {exact} {fast}");
        }
    }
}
