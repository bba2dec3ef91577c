//! Hair as strands: where they grow on the skin, and ribbons that the rasteriser draws.

use std::sync::LazyLock;

use glam::Vec3;

use super::appearance::Brows;
use super::figure::Surface;
use super::noise::{hash01, noise};
use super::topology::SKIN;

/// A place on the refined skin where a hair grows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    /// The vertices of its triangle.
    pub(super) vertices: [u32; 3],
    /// Shares of them.
    pub(super) shares: [f32; 3],
    /// Position on the default shape, mm.
    pub(super) rest: Vec3,
    /// Degrees above the hairline.
    pub(super) above: f32,
    /// Its number among the roots of its kind, for hashing.
    pub(super) number: u32,
}

impl Root {
    /// The value here of something known at vertices.
    pub(super) fn mix(&self, values: &[Vec3]) -> Vec3 {
        let [a, b, c] = self.vertices;
        let (a, b, c) = (values[a as usize], values[b as usize], values[c as usize]);
        a * self.shares[0] + b * self.shares[1] + c * self.shares[2]
    }
}

/// Degrees above the hairline at a vertex of the refined skin.
pub(super) fn above_hairline(vertex: usize) -> f32 {
    (SKIN.masks[vertex][1] - 0.5) * 80.0
}

/// Scatters roots over the skin, `per_mm2` where `wanted` is 1, evenly enough: a triangle holds its area's
/// worth, and the rest of it by chance.
fn scatter(salt: u64, per_mm2: f32, wanted: impl Fn(Vec3, f32, [f32; 4]) -> f32) -> Vec<Root> {
    let mut roots = Vec::new();
    for (t, &vertices) in (0u32..).zip(&SKIN.triangles) {
        let [a, b, c] = vertices.map(|i| SKIN.rest[i as usize]);
        let area = (b - a).cross(c - a).length() / 2.0;
        let count = (area * per_mm2 + hash01(salt, t, 0)) as u32;
        for k in 0..count {
            let [u, v] = [hash01(salt, t, 2 * k + 1), hash01(salt, t, 2 * k + 2)];
            let [u, v] = if u + v > 1.0 { [1.0 - u, 1.0 - v] } else { [u, v] };
            let shares = [1.0 - u - v, u, v];
            let rest = a * shares[0] + b * shares[1] + c * shares[2];
            let masks = core::array::from_fn(|m| {
                (0..3).map(|i| SKIN.masks[vertices[i] as usize][m] * shares[i]).sum::<f32>()
            });
            let above = (masks[1] - 0.5) * 80.0;
            if hash01(salt ^ 1, t, k) < wanted(rest, above, masks) {
                roots.push(Root { vertices, shares, rest, above, number: roots.len() as u32 });
            }
        }
    }
    roots
}

/// Roots on the scalp, out to a little beyond the hairline.
pub(super) static SCALP: LazyLock<Vec<Root>> = LazyLock::new(|| {
    scatter(11, 0.85, |rest, above, masks| {
        let free = masks[3] < 0.2 && masks[2] < 0.1 && rest.y > 45.0;
        if free && above > (if rest.z > 45.0 { -10.0 } else { -5.0 }) { 1.0 } else { 0.0 }
    })
});

/// Roots of brow hairs; `rest` tells where along the brow.
pub(super) static BROWS: LazyLock<Vec<Root>> = LazyLock::new(|| {
    scatter(12, 9.0, |rest, _, _| {
        let band = (6.0..62.0).contains(&rest.x.abs()) && (147.0..173.0).contains(&rest.y);
        if band && rest.z > 95.0 { 1.0 } else { 0.0 }
    })
});

/// Roots of the beard and the moustache, each with [`beard_share`] there.
pub(super) static BEARD: LazyLock<Vec<(Root, f32)>> = LazyLock::new(|| {
    let share = |rest, _, masks: [f32; 4]| {
        // The moustache is dense and fine.
        let dense = if is_upper_lip(rest) { 1.0 } else { 0.5 };
        if masks[0] < 0.3 && masks[3] < 0.1 { dense * beard_share(rest) } else { 0.0 }
    };
    scatter(13, 3.4, share).into_iter().map(|root| (root, beard_share(root.rest))).collect()
});

/// Where a point of the default shape lies in its brow: along it from the inner (0) to the outer end (1), and
/// across it (-1 to 1 between its edges). The usual curve runs through the model's landmarks, smoothed.
pub(super) fn brow_place(brows: &Brows, rest: Vec3) -> (f32, f32) {
    let [rise, gap, length, arch, tilt, width] =
        [brows.rise, brows.gap, brows.length, brows.arch, brows.tilt, brows.width].map(|v| v as f32);
    let along = (rest.x.abs() - 11.5 - gap) / (43.5 * length);
    // The usual brow's coordinate here.
    let x = 11.5 + 43.5 * along;
    let bend = if x < 36.0 {
        -4.2 * ((36.0 - x) / 24.0) * ((36.0 - x) / 24.0)
    } else {
        -6.4 * ((x - 36.0) / 18.5) * ((x - 36.0) / 18.5)
    };
    let half =
        3.9 * width * (1.0 - 0.66 * along.clamp(0.0, 1.0)) * (0.55 + 0.45 * (along * 5.0).clamp(0.0, 1.0));
    // A high bow rises towards the outer half; no brow begins with a hook.
    let bow = if x < 36.0 { arch.min(1.0) } else { arch };
    let middle = 162.0 + rise + bow * bend + arch * 1.2 + tilt * (along - 0.4);
    (along, (rest.y - middle) / half.max(0.6))
}

/// Whether a moustache grows at a point of the default shape, and not a beard.
pub(super) fn is_upper_lip(rest: Vec3) -> bool {
    rest.y > 78.5 && rest.z > 118.0
}

/// Share of full beard growth at a point of the default shape, 0-1.
pub(super) fn beard_share(rest: Vec3) -> f32 {
    use super::noise::smooth;
    let x = rest.x.abs();
    if rest.z < 44.0 || rest.y > 140.0 || rest.y < 0.0 {
        return 0.0;
    }
    let edge = 4.0 * noise(rest * 0.09) + 2.5 * noise(rest * 0.5);
    let cheek_line = 112.0 - 0.42 * (rest.z - 58.0) + edge;
    let cheek = smooth(cheek_line + 11.0, cheek_line - 15.0, rest.y);
    let throat = smooth(8.0, 24.0, rest.y - (122.0 - rest.z).max(0.0) * 0.3 + edge);
    let sideburn =
        smooth(68.0, 60.0, rest.z + edge) * smooth(138.0, 120.0, rest.y) * smooth(44.0, 50.0, rest.z);
    // Around the mouth: moustache below the nose that runs out above the corners, bare beside the lower lip.
    let moustache = smooth(93.0, 86.5, rest.y + 0.14 * x + 0.003 * x * x + 0.25 * edge)
        * smooth(30.5, 20.0, x + 0.5 * edge)
        * smooth(116.0, 124.0, rest.z);
    let bare = smooth(22.0, 15.0, x)
        * smooth(60.0, 64.0, rest.y)
        * smooth(8.0, 10.0, x)
        * smooth(80.0, 76.0, rest.y);
    let lower = cheek * smooth(88.0, 74.0, rest.y + edge).max(smooth(120.0, 104.0, rest.z + 2.0 * edge));
    (lower.max(moustache).max(sideburn) * throat * (1.0 - 0.8 * bare)).clamp(0.0, 1.0)
}

/// Polylines with a colour and a width at every point.
#[derive(Clone, Debug, Default)]
pub(super) struct Ribbons {
    /// Points of all strands, one strand after the other, mm.
    pub(super) points: Vec<Vec3>,
    /// Colour at each point: what the camera sees, cd/m2 per channel.
    pub(super) colors: Vec<Vec3>,
    /// Width of each strand at its root and its tip, mm.
    pub(super) widths: Vec<[f32; 2]>,
    /// How much nearer each strand is sorted than it is, mm: which of those that lie on each other is upmost all along.
    pub(super) rises: Vec<f32>,
    /// Where each strand begins in `points`; one more at the end.
    pub(super) starts: Vec<u32>,
}

impl Ribbons {
    /// Adds a strand.
    pub(super) fn push(&mut self, widths: [f32; 2], strand: impl IntoIterator<Item = (Vec3, Vec3)>) {
        self.push_upon(0.0, widths, strand);
    }

    /// Adds a strand that lies on those beside it whose `rise` is less.
    pub(super) fn push_upon(
        &mut self,
        rise: f32,
        widths: [f32; 2],
        strand: impl IntoIterator<Item = (Vec3, Vec3)>,
    ) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        for (point, color) in strand {
            self.points.push(point);
            self.colors.push(color);
        }
        self.widths.push(widths);
        self.rises.push(rise);
        self.starts.push(self.points.len() as u32);
    }
}

/// A root's position and normal on a surface over the refined skin.
pub(super) fn place(root: &Root, skin: &Surface) -> (Vec3, Vec3) {
    (root.mix(&skin.positions), root.mix(&skin.normals).normalize_or_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_lie_where_hair_grows() {
        assert!(SCALP.len() > 8000 && BROWS.len() > 300 && BEARD.len() > 2000);
        assert!(SCALP.iter().all(|r| r.above > -10.0 && r.rest.y > 45.0));
        let left = BROWS.iter().filter(|r| r.rest.x > 0.0).count() as f64 / BROWS.len() as f64;
        assert!((0.4..0.6).contains(&left), "{left}");
        assert!(BEARD.iter().all(|(r, share)| r.rest.y < 140.0 && *share > 0.0));
        assert_eq!(beard_share(Vec3::new(0.0, 200.0, 125.0)), 0.0);
    }
}
