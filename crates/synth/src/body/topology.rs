//! The head's meshes, refined once: every triangle in four, with midpoints on a curved surface.
//!
//! The midpoint of an edge follows from its ends and their normals as in curved PN triangles (Vlachos et al.
//! 2001), so that the silhouette is round at any morph and pose without a subdivision matrix.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use glam::Vec3;

use super::gltf::Mesh;
use super::head;
use super::light::Lit;
use super::lips;
use super::mesh::{Part, smooth_normals};

/// A mesh's fixed part after refinement.
#[derive(Debug)]
pub(super) struct Topology {
    /// The mesh it refines.
    pub(super) mesh: &'static Mesh,
    /// Ends of the edges whose midpoints follow the mesh's own vertices. Empty: not refined.
    pub(super) midpoints: Vec<[u32; 2]>,
    /// Triangles over own vertices and midpoints.
    pub(super) triangles: Vec<[u32; 3]>,
    /// Where the triangles begin that hang on the jaw, which come last. Lips touch, and even pass through each other, where
    /// nothing but this tells them apart.
    pub(super) jaw: usize,
    /// Numbers of points.
    weld: Vec<u32>,
    /// Positions of the default shape, mm: what paint sticks to.
    pub(super) rest: Vec<Vec3>,
    /// `COLOR_1`, or zeros.
    pub(super) masks: Vec<[f32; 4]>,
    /// Texture coordinates.
    pub(super) uv: Vec<[f32; 2]>,
}

impl Topology {
    fn plain(mesh: &'static Mesh) -> Self {
        let count = mesh.positions.len();
        Self {
            mesh,
            midpoints: Vec::new(),
            triangles: mesh.triangles.clone(),
            jaw: mesh.triangles.len(),
            weld: if mesh.weld.is_empty() { (0..count as u32).collect() } else { mesh.weld.clone() },
            rest: mesh.positions.clone(),
            masks: mesh.colors.get(1).cloned().unwrap_or_else(|| vec![[0.0; 4]; count]),
            uv: mesh.uv.clone(),
        }
    }

    fn refined(mesh: &'static Mesh) -> Self {
        let mut topology = Self::plain(mesh);
        let count = mesh.positions.len() as u32;
        let mut edges: BTreeMap<[u32; 2], u32> = BTreeMap::new();
        let mut points: BTreeMap<[u32; 2], u32> = BTreeMap::new();
        let first_free = topology.weld.iter().max().map_or(0, |m| m + 1);
        let mut midpoints = Vec::new();
        let mut welds = Vec::new();
        let mut middle = |a: u32, b: u32| {
            *edges.entry([a.min(b), a.max(b)]).or_insert_with(|| {
                let [wa, wb] = [a, b].map(|v| topology.weld[v as usize]);
                let next = first_free + points.len() as u32;
                welds.push(*points.entry([wa.min(wb), wa.max(wb)]).or_insert(next));
                midpoints.push([a, b]);
                count + midpoints.len() as u32 - 1
            })
        };
        let mut triangles = Vec::with_capacity(4 * mesh.triangles.len());
        for &[a, b, c] in &mesh.triangles {
            let [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
            triangles.extend([[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]);
        }
        (topology.jaw, topology.triangles) = (triangles.len(), triangles);
        topology.weld.extend(welds);
        for &[a, b] in &midpoints {
            let [a, b] = [a as usize, b as usize];
            topology
                .masks
                .push(core::array::from_fn(|k| (topology.masks[a][k] + topology.masks[b][k]) / 2.0));
            topology.uv.push([0, 1].map(|k| (topology.uv[a][k] + topology.uv[b][k]) / 2.0));
        }
        topology.midpoints = midpoints;
        topology.rest = topology.refine(mesh.positions.clone());
        topology
    }

    /// Puts the triangles last that go with the jaw when it opens.
    fn with_jaw(mut self) -> Self {
        let shares = lips::with_jaw(self.mesh);
        // Four triangles come of each.
        let of_jaw = |triangle: &[u32; 3]| {
            lips::is_jaw(triangle.iter().map(|i| shares[*i as usize]).sum::<f32>() / 3.0)
        };
        let (mut skull, mut jaw) = (Vec::new(), Vec::new());
        for (four, triangle) in self.triangles.chunks(4).zip(&self.mesh.triangles) {
            if of_jaw(triangle) { &mut jaw } else { &mut skull }.extend_from_slice(four);
        }
        self.jaw = skull.len();
        self.triangles = [skull, jaw].concat();
        self
    }

    /// Adds the midpoints to the positions of the mesh's own vertices, mm.
    pub(super) fn refine(&self, mut positions: Vec<Vec3>) -> Vec<Vec3> {
        if self.midpoints.is_empty() {
            return positions;
        }
        let own = positions.len();
        let part = Part { positions: &positions, triangles: &self.mesh.triangles, weld: &self.weld[..own] };
        let [normals] = smooth_normals([part]);
        positions.reserve(self.midpoints.len());
        for &[a, b] in &self.midpoints {
            let [pa, pb] = [a, b].map(|i| positions[i as usize]);
            let [na, nb] = [a, b].map(|i| normals[i as usize]);
            let edge = pb - pa;
            positions.push((pa + pb) / 2.0 - (na * edge.dot(na) - nb * edge.dot(nb)) / 8.0);
        }
        positions
    }

    /// Share of its surroundings' light that reaches each vertex past the folds of the surface itself, 0-1:
    /// ambient occlusion from curvature (after Mittring 2007, there in the screen). How far the surface, smoothed
    /// to two widths, lies above a vertex tells how deep the vertex lies in a crease or a hollow. Shadow maps
    /// have no eye for either.
    pub(super) fn openness(&self, positions: &[Vec3], normals: &[Vec3]) -> Vec<f32> {
        // Steps of smoothing and what a millimetre of depth takes away: creases, hollows.
        const WIDTHS: [(usize, f32); 2] = [(2, 0.27), (12, 0.028)];
        let own = positions.len() - self.midpoints.len();
        let points = self.weld[..own].iter().max().map_or(0, |m| *m as usize + 1);
        let mut smooth = vec![Vec3::ZERO; points];
        for (&w, &p) in self.weld.iter().zip(&positions[..own]) {
            smooth[w as usize] = p;
        }
        let mut loss = vec![0.0f32; own];
        let mut done = 0;
        for (steps, weight) in WIDTHS {
            for _ in done..steps {
                smooth = self.smoothed(&smooth);
            }
            done = steps;
            for (i, loss) in loss.iter_mut().enumerate() {
                let depth = (smooth[self.weld[i] as usize] - positions[i]).dot(normals[i]);
                *loss += weight * depth.max(0.0);
            }
        }
        let mut open: Vec<f32> = loss.into_iter().map(|loss| 1.0 / (1.0 + loss)).collect();
        for &[a, b] in &self.midpoints {
            open.push((open[a as usize] + open[b as usize]) / 2.0);
        }
        open
    }

    /// Every point, half way to the mean of its neighbours on the mesh that is refined.
    fn smoothed(&self, points: &[Vec3]) -> Vec<Vec3> {
        let mut sums = vec![(Vec3::ZERO, 0.0f32); points.len()];
        for ends in &self.midpoints {
            let [a, b] = ends.map(|i| self.weld[i as usize] as usize);
            sums[a] = (sums[a].0 + points[b], sums[a].1 + 1.0);
            sums[b] = (sums[b].0 + points[a], sums[b].1 + 1.0);
        }
        points.iter().zip(sums).map(|(&p, (sum, count))| (p + sum / count.max(1.0)) / 2.0).collect()
    }

    /// Values at vertices of the mesh that is refined, smoothed so many times as [`Self::smoothed`] does.
    pub(super) fn evened(&self, values: &[Vec3], steps: usize) -> Vec<Vec3> {
        let points = self.weld[..values.len()].iter().max().map_or(0, |m| *m as usize + 1);
        let mut even = vec![Vec3::ZERO; points];
        for (&w, &value) in self.weld.iter().zip(values) {
            even[w as usize] = value;
        }
        for _ in 0..steps {
            even = self.smoothed(&even);
        }
        self.weld[..values.len()].iter().map(|w| even[*w as usize]).collect()
    }

    /// Spreads irradiance under the surface, red widest: what enters skin leaves it a few millimetres on (Jensen
    /// et al. 2001; on the surface itself as d'Eon, Luebke and Enderton 2007 do in texture space). Points of the
    /// mesh lie about as far apart as red light goes.
    pub(super) fn diffuse(&self, lits: &mut [Lit]) {
        // How much of one and of two steps of smoothing each channel takes.
        const ONCE: Vec3 = Vec3::new(0.35, 0.55, 0.30);
        const TWICE: Vec3 = Vec3::new(0.60, 0.05, 0.0);
        let own = lits.len() - self.midpoints.len();
        let points = self.weld[..own].iter().max().map_or(0, |m| *m as usize + 1);
        let mut sharp = vec![Vec3::ZERO; points];
        for (&w, lit) in self.weld.iter().zip(&lits[..own]) {
            sharp[w as usize] = lit.lux;
        }
        let once = self.smoothed(&sharp);
        let twice = self.smoothed(&once);
        let change: Vec<Vec3> = (sharp.iter().zip(once).zip(twice))
            .map(|((&sharp, once), twice)| (once - sharp) * ONCE + (twice - sharp) * TWICE)
            .collect();
        let change = |i: usize| change[self.weld[i] as usize];
        for (i, lit) in lits.iter_mut().enumerate() {
            let add = match i.checked_sub(own).map(|k| self.midpoints[k]) {
                Some([a, b]) => (change(a as usize) + change(b as usize)) / 2.0,
                None => change(i),
            };
            lit.lux = (lit.lux + add).max(Vec3::ZERO);
        }
    }

    /// Smooth normals of refined positions.
    pub(super) fn normals(&self, positions: &[Vec3]) -> Vec<Vec3> {
        let [normals] = smooth_normals([Part { positions, triangles: &self.triangles, weld: &self.weld }]);
        normals
    }
}

/// A mesh of the head by name; its existence is tested.
fn part(name: &str) -> &'static Mesh {
    head().mesh(name).unwrap_or_else(|error| panic!("built-in model: {error}"))
}

pub(super) static SKIN: LazyLock<Topology> = LazyLock::new(|| Topology::refined(part("skin")).with_jaw());
pub(super) static SHIRT: LazyLock<Topology> = LazyLock::new(|| Topology::refined(part("shirt")));
pub(super) static EYES: LazyLock<[Topology; 2]> =
    LazyLock::new(|| ["eye_l", "eye_r"].map(|n| Topology::plain(part(n))));
pub(super) static LASHES: LazyLock<Topology> = LazyLock::new(|| Topology::refined(part("lashes")));
pub(super) static TEETH: LazyLock<Topology> = LazyLock::new(|| Topology::refined(part("teeth")));
pub(super) static TONGUE: LazyLock<Topology> = LazyLock::new(|| Topology::plain(part("tongue")));

/// Names and mesh of the landmarks.
pub(super) static LANDMARKS: LazyLock<(Vec<String>, &'static Mesh)> = LazyLock::new(|| {
    let mesh = part("landmarks");
    let names = mesh.extras.get("landmarkNames").cloned().unwrap_or_default();
    (serde_json::from_value(names).unwrap_or_default(), mesh)
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creases_and_hollows_take_less_light_than_ridges() {
        let normals = SKIN.normals(&SKIN.rest);
        let open = SKIN.openness(&SKIN.rest, &normals);
        assert_eq!(open.len(), SKIN.rest.len());
        assert!(open.iter().all(|v| (0.0..=1.0).contains(v)));
        let near = |place: Vec3| {
            let close = SKIN.rest.iter().zip(&open).filter(|(p, _)| (**p - place).length() < 6.0);
            let (sum, count) = close.fold((0.0, 0.0), |(s, n), (_, v)| (s + v, n + 1.0));
            sum / count
        };
        let at = |name: &str| LANDMARKS.1.positions[LANDMARKS.0.iter().position(|n| n == name).unwrap()];
        let (corner, tip) = (near(at("eye_inner_l")), near(at("nose_tip")));
        assert!(tip > 0.99 && corner < 0.97, "{corner} {tip}");
    }

    #[test]
    fn refinement_keeps_the_old_vertices_and_bulges_outwards() {
        let own = SKIN.mesh.positions.len();
        assert_eq!(&SKIN.rest[..own], SKIN.mesh.positions.as_slice());
        assert_eq!(SKIN.triangles.len(), 4 * SKIN.mesh.triangles.len());
        // On the round top of the head every midpoint rises above its chord.
        let centre = Vec3::new(0.0, 165.0, 45.0);
        for (k, [a, b]) in SKIN.midpoints.iter().enumerate() {
            let [pa, pb] = [a, b].map(|i| SKIN.rest[*i as usize]);
            if pa.y > 215.0 && pb.y > 215.0 {
                let chord = (pa + pb) / 2.0;
                assert!((SKIN.rest[own + k] - centre).length() >= (chord - centre).length() - 0.02);
            }
        }
        assert!(!LANDMARKS.0.is_empty() && LANDMARKS.0.len() == LANDMARKS.1.positions.len());
    }
}
