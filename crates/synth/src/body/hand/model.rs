//! What is known of the hand before anyone's hand is drawn: one welded surface of skin, nails and a forearm, its
//! subdivision, and maps in its rest pose of where knuckles, palm and nails are.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use glam::Vec3;

use super::subdivide::Level;
use crate::body::gltf::{Mesh, Model};
use crate::body::mesh::{Motion, Part, Weights, smooth_normals};

/// Rings of the forearm below the model's cut: distance from the cut, mm, and width against it.
const FOREARM: [(f32, f32); 5] = [(18.0, 1.02), (50.0, 1.1), (100.0, 1.24), (170.0, 1.4), (260.0, 1.45)];

/// Fingers, the thumb first.
pub(super) const FINGERS: usize = 5;

/// The hand's surface.
pub(super) struct Surface {
    /// For each welded point of the model the mesh (0 hand, 1 nails) and vertex it is read from.
    sources: Vec<(usize, usize)>,
    /// The welded points round the cut, in order.
    cut: Vec<u32>,
    /// Triangles of the coarse surface, counter-clockwise from outside.
    pub(super) triangles: Vec<[u32; 3]>,
    /// Coarse to middle to fine.
    pub(super) levels: [Level; 2],
    /// Rest positions of the fine points, mm: what paint sticks to.
    pub(super) rest: Vec<Vec3>,
    /// Skin maps of the fine points.
    pub(super) paint: Vec<Paint>,
    /// The finger that each coarse point belongs to, `FINGERS` for palm and arm.
    pub(super) owners: Vec<u8>,
    /// How far each fine point is one of a finger other than the thumb, 0-1; coarse points come first among them.
    pub(super) opposing: Vec<f32>,
    /// The finger that a coarse triangle belongs to, `FINGERS` for palm and arm.
    pub(super) finger: Vec<u8>,
    /// The nails, thumb first.
    pub(super) nails: [Nail; FINGERS],
}

/// Skin maps at a point.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Paint {
    /// Distance along the finger from the nearest knuckle, mm, positive towards the tip.
    pub(super) along: f32,
    /// How near a knuckle, 0-1.
    pub(super) knuckle: f32,
    /// How near a finger's tip, 0-1.
    pub(super) tip: f32,
    /// 1 on the back of hand and fingers, -1 on the palm.
    pub(super) dorsal: f32,
}

impl core::ops::Add for Paint {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self {
            along: self.along + o.along,
            knuckle: self.knuckle + o.knuckle,
            tip: self.tip + o.tip,
            dorsal: self.dorsal + o.dorsal,
        }
    }
}

impl core::ops::Mul<f32> for Paint {
    type Output = Self;
    fn mul(self, s: f32) -> Self {
        Self { along: self.along * s, knuckle: self.knuckle * s, tip: self.tip * s, dorsal: self.dorsal * s }
    }
}

/// Where a nail is at rest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nail {
    /// Its middle.
    pub(super) middle: Vec3,
    /// Unit vectors across the finger, along it to the tip, and out of the nail.
    pub(super) axes: [Vec3; 3],
    /// Half width and half length, mm.
    pub(super) half: [f32; 2],
}

static SURFACE: LazyLock<Surface> = LazyLock::new(|| {
    Surface::new(crate::body::hand()).unwrap_or_else(|error| panic!("built-in hand: {error}"))
});

/// The surface of the built-in model.
pub(super) fn surface() -> &'static Surface {
    &SURFACE
}

impl Surface {
    fn new(model: &Model) -> crate::Result<Self> {
        let meshes = [model.mesh("hand")?, model.mesh("nails")?];
        let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
        let mut sources = Vec::new();
        for (k, mesh) in meshes.iter().enumerate() {
            for (vertex, &weld) in mesh.weld.iter().enumerate() {
                numbers.entry(weld).or_insert_with(|| {
                    sources.push((k, vertex));
                    sources.len() as u32 - 1
                });
            }
        }
        let mut triangles: Vec<[u32; 3]> = Vec::new();
        for mesh in meshes {
            triangles.extend(mesh.triangles.iter().map(|t| t.map(|i| numbers[&mesh.weld[i as usize]])));
        }
        let cut = open_loop(&triangles);
        extend_arm(&mut triangles, sources.len() as u32, &cut);
        let points = sources.len() + FOREARM.len() * cut.len();
        let middle = Level::new(points, &triangles);
        let fine = Level::new(middle.points(), &middle.triangles);
        let mut nails: [Nail; FINGERS] = core::array::from_fn(|finger| nail(model, meshes, finger));
        complete_middle(&mut nails);
        let mut surface = Self {
            sources,
            cut,
            finger: Vec::new(),
            owners: Vec::new(),
            opposing: Vec::new(),
            triangles,
            levels: [middle, fine],
            rest: Vec::new(),
            paint: Vec::new(),
            nails,
        };
        let rest = surface.coarse(meshes, Vec3::NEG_Y, |mesh| mesh.positions.clone());
        let paint = surface.paint(model, meshes, &rest);
        let owner = surface.joint_owners(model, meshes);
        surface.finger = (surface.triangles.iter())
            .map(|t| {
                let of = t.map(|i| owner[i as usize]);
                if of[0] == of[1] || of[0] == of[2] { of[0] } else { of[1] }
            })
            .collect();
        let opposes = |finger: &u8| f32::from(u8::from((1..FINGERS).contains(&usize::from(*finger))));
        surface.opposing = surface.refine(&owner.iter().map(opposes).collect::<Vec<f32>>());
        surface.owners = owner;
        surface.rest = surface.refine(&rest);
        surface.paint = surface.refine(&paint);
        Ok(surface)
    }

    /// Coarse positions from what each mesh of the model became, with the forearm towards `elbow`.
    fn coarse(&self, meshes: [&Mesh; 2], elbow: Vec3, of: impl Fn(&Mesh) -> Vec<Vec3>) -> Vec<Vec3> {
        let each = meshes.map(of);
        let mut points: Vec<Vec3> = self.sources.iter().map(|(mesh, vertex)| each[*mesh][*vertex]).collect();
        let rim: Vec<Vec3> = self.cut.iter().map(|i| points[*i as usize]).collect();
        let centre = rim.iter().sum::<Vec3>() / rim.len().max(1) as f32;
        let (mut middle, mut reached) = (centre, 0.0);
        for (distance, width) in FOREARM {
            // The wrist bends within the first centimetres, where the slant of the cut is lost, too.
            let bend = (distance / 45.0).min(1.0);
            let direction = (Vec3::NEG_Y + (elbow - Vec3::NEG_Y) * bend).normalize_or_zero();
            middle += direction * (distance - reached);
            reached = distance;
            points.extend(rim.iter().map(|p| {
                let d = (*p - centre) * Vec3::new(width, 1.0 - bend, width);
                middle + turned_from_down(d, direction)
            }));
        }
        points
    }

    /// Coarse positions of the morphed and posed hand, in the model's own axes, mm.
    pub(super) fn posed(
        &self,
        weights: &Weights,
        elbow: Vec3,
        motions: impl Fn(&[Vec3]) -> Option<Vec<Motion>>,
    ) -> Vec<Vec3> {
        let model = crate::body::hand();
        let meshes = ["hand", "nails"].map(|name| model.meshes.iter().find(|m| m.name == name));
        let [Some(skin), Some(nails)] = meshes else { return Vec::new() };
        let moved = motions(&skin.morphed(weights));
        self.coarse([skin, nails], elbow, |mesh| {
            let mut positions = mesh.morphed(weights);
            if let Some(motions) = &moved {
                mesh.skin(&mut positions, motions);
            }
            positions
        })
    }

    /// Values on the fine points.
    pub(super) fn refine<T>(&self, coarse: &[T]) -> Vec<T>
    where
        T: Copy + core::ops::Add<Output = T> + core::ops::Mul<f32, Output = T>,
    {
        self.levels[1].apply(&self.levels[0].apply(coarse))
    }

    /// The fine triangles.
    pub(super) fn fine_triangles(&self) -> &[[u32; 3]] {
        &self.levels[1].triangles
    }

    /// The finger of each welded point (with the forearm's), by the joint that moves it most.
    fn joint_owners(&self, model: &Model, meshes: [&Mesh; 2]) -> Vec<u8> {
        let mut owners: Vec<u8> = (self.sources.iter())
            .map(|&(mesh, vertex)| {
                let weights = &meshes[mesh].weights[vertex];
                let best = (0..4).fold(0, |best, k| if weights[k] > weights[best] { k } else { best });
                let joint = &model.joints[usize::from(meshes[mesh].joints[vertex][best])].name;
                let digit = joint.strip_prefix("finger").and_then(|rest| rest.bytes().next());
                digit.map_or(FINGERS as u8, |d| d - b'1')
            })
            .collect();
        owners.resize(self.coarse_points(), FINGERS as u8);
        owners
    }

    /// Number of coarse points, forearm included.
    pub(super) fn coarse_points(&self) -> usize {
        self.sources.len() + FOREARM.len() * self.cut.len()
    }

    fn paint(&self, model: &Model, meshes: [&Mesh; 2], rest: &[Vec3]) -> Vec<Paint> {
        let owners = self.joint_owners(model, meshes);
        let [normals] = smooth_normals([Part { positions: rest, triangles: &self.triangles, weld: &[] }]);
        let joints = |finger: usize| -> Vec<Vec3> {
            (1..=3)
                .filter_map(|k| model.joint(&format!("finger{}-{k}", finger + 1)))
                .map(|j| model.joints[j].rest)
                .collect()
        };
        let bones: Vec<Vec<Vec3>> = (0..FINGERS).map(joints).collect();
        (0..rest.len())
            .map(|i| {
                let finger = usize::from(owners[i]);
                if finger < FINGERS {
                    paint_finger(rest[i], normals[i], &bones[finger], &self.nails[finger])
                } else {
                    paint_palm(rest[i], normals[i], &bones)
                }
            })
            .collect()
    }
}

fn paint_finger(p: Vec3, normal: Vec3, bones: &[Vec3], nail: &Nail) -> Paint {
    let end = nail.middle + nail.axes[1] * (nail.half[1] + 3.0);
    let next = |k: usize| bones.get(k + 1).copied().unwrap_or(end);
    let mut nearest = (f32::MAX, 0.0, 0.0);
    for (k, joint) in bones.iter().enumerate() {
        let axis = (next(k) - *joint).normalize_or_zero();
        let along = (p - *joint).dot(axis);
        // The root of the thumb has no creases worth drawing.
        let strength = if k == 0 { 0.35 } else { 1.0 };
        if along.abs() < nearest.0 {
            nearest = (along.abs(), along, strength);
        }
    }
    let tip = 1.0 - ((end - p).length() / 14.0).min(1.0);
    Paint {
        along: nearest.1,
        knuckle: near(nearest.1, 7.5) * nearest.2,
        tip,
        dorsal: normal.dot(nail.axes[2]),
    }
}

fn paint_palm(p: Vec3, normal: Vec3, bones: &[Vec<Vec3>]) -> Paint {
    let to_knuckle = (bones.iter().skip(1))
        .filter_map(|joints| joints.first())
        .map(|j| (p - *j).length())
        .fold(f32::MAX, f32::min);
    Paint { along: to_knuckle, knuckle: 0.45 * near(to_knuckle - 8.0, 10.0), tip: 0.0, dorsal: normal.z }
}

/// 1 at zero, falling smoothly to 0 at `reach`.
fn near(distance: f32, reach: f32) -> f32 {
    let t = 1.0 - (distance / reach).abs().min(1.0);
    t * t * (3.0 - 2.0 * t)
}

fn nail(model: &Model, meshes: [&Mesh; 2], finger: usize) -> Nail {
    let joint = model.joint(&format!("finger{}-3", finger + 1)).unwrap_or(0);
    let root = model.joints[joint].rest;
    let mesh = meshes[1];
    let own: Vec<usize> = (0..mesh.positions.len())
        .filter(|&i| {
            let p = mesh.positions[i];
            let distance = |j: &crate::body::gltf::Joint| (p - j.rest).length_squared();
            let best = (model.joints.iter().enumerate())
                .filter(|(_, j)| j.name.ends_with("-3"))
                .min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
            best.is_some_and(|(k, _)| k == joint)
        })
        .collect();
    let low = own.iter().fold(Vec3::MAX, |low, i| low.min(mesh.positions[*i]));
    let high = own.iter().fold(Vec3::MIN, |high, i| high.max(mesh.positions[*i]));
    let rough = (low + high) / 2.0;
    let out = own.iter().map(|i| mesh.normals[*i]).sum::<Vec3>().normalize_or_zero();
    let bone = rough - root;
    let along = (bone - out * bone.dot(out)).normalize_or_zero();
    let across = along.cross(out);
    let extent = |axis: Vec3| {
        let at = own.iter().map(|i| mesh.positions[*i].dot(axis));
        let (low, high) = at.fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
        ((low + high) / 2.0, (high - low) / 2.0)
    };
    let ((x, half_x), (y, half_y), (z, _)) = (extent(across), extent(along), extent(out));
    Nail { middle: across * x + along * y + out * z, axes: [across, along, out], half: [half_x, half_y] }
}

/// The model's middle nail is a fragment at the finger's end: it gets the size of its neighbours, from that end.
fn complete_middle(nails: &mut [Nail; FINGERS]) {
    let [_, index, middle, ring, _] = nails;
    let half = core::array::from_fn(|k| 0.52 * (index.half[k] + ring.half[k]));
    middle.middle -= middle.axes[1] * (half[1] - middle.half[1] - 1.0).max(0.0);
    middle.half = half;
}

/// The points along the open edge, in the order in which a surface beyond it runs.
fn open_loop(triangles: &[[u32; 3]]) -> Vec<u32> {
    let mut next: BTreeMap<u32, u32> = BTreeMap::new();
    let directed: std::collections::BTreeSet<(u32, u32)> =
        triangles.iter().flat_map(|t| (0..3).map(move |k| (t[k], t[(k + 1) % 3]))).collect();
    for &(a, b) in &directed {
        if !directed.contains(&(b, a)) {
            next.insert(b, a);
        }
    }
    let Some(&start) = next.keys().next() else { return Vec::new() };
    let mut points = vec![start];
    while let Some(&point) = next.get(&points[points.len() - 1]) {
        if point == start || points.len() > next.len() {
            break;
        }
        points.push(point);
    }
    points
}

/// A vector after the shortest turn that takes `-y` to `direction`, which is not near `+y`.
fn turned_from_down(v: Vec3, direction: Vec3) -> Vec3 {
    let axis = Vec3::NEG_Y.cross(direction);
    let cosine = Vec3::NEG_Y.dot(direction);
    v * cosine + axis.cross(v) + axis * (axis.dot(v) / (1.0 + cosine).max(0.1))
}

fn extend_arm(triangles: &mut Vec<[u32; 3]>, first: u32, cut: &[u32]) {
    let n = cut.len();
    let mut ring = cut.to_vec();
    for k in 0..FOREARM.len() as u32 {
        let outer: Vec<u32> = (0..n as u32).map(|i| first + k * n as u32 + i).collect();
        for i in 0..n {
            let j = (i + 1) % n;
            triangles.push([ring[i], ring[j], outer[j]]);
            triangles.push([ring[i], outer[j], outer[i]]);
        }
        ring = outer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surface_is_one_piece_with_one_open_end_and_five_nails() {
        let surface = surface();
        assert_eq!(surface.cut.len(), 20);
        let end = open_loop(&surface.triangles);
        assert_eq!(end.len(), 20);
        assert!(end.iter().all(|i| *i as usize >= surface.coarse_points() - 20));
        assert_eq!(surface.rest.len(), surface.levels[1].points());
        for (finger, nail) in surface.nails.iter().enumerate() {
            let [width, length] = nail.half.map(|h| 2.0 * h);
            assert!(
                (6.0..17.0).contains(&width) && (6.0..18.0).contains(&length),
                "{finger}: {width} x {length}"
            );
            assert!(surface.finger.contains(&(finger as u8)));
        }
    }

    #[test]
    fn normals_point_outwards_all_along_the_arm() {
        let surface = surface();
        let triangles = surface.fine_triangles();
        let [normals] = smooth_normals([Part { positions: &surface.rest, triangles, weld: &[] }]);
        for (p, n) in surface.rest.iter().zip(&normals).filter(|(p, _)| p.y < -80.0 && p.y > -300.0) {
            let radial = Vec3::new(p.x + 4.0, 0.0, p.z + 4.0);
            assert!(radial.dot(*n) > 0.0, "{p} {n}");
        }
    }
}
