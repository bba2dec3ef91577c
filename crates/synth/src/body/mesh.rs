//! What is done to meshes on the way to the picture: morph, pose, smooth.
//!
//! Morphing adds targets by name; posing is linear blend skinning (Magnenat-Thalmann et al. 1988); normals
//! are sums of triangle normals weighted by area, over all vertices which are one point.

use std::collections::BTreeMap;

use glam::{Mat3, Vec3};

use super::gltf::{Joint, Mesh};

/// Weights of morph targets by name. Targets not named are at 0.
pub type Weights = BTreeMap<String, f64>;

/// A rigid motion: turn, then shift (mm).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// The turn.
    pub rotation: Mat3,
    /// The shift after it, mm.
    pub translation: Vec3,
}

impl Motion {
    /// No motion.
    pub const IDENTITY: Self = Self { rotation: Mat3::IDENTITY, translation: Vec3::ZERO };

    /// A turn about a point.
    pub fn about(pivot: Vec3, rotation: Mat3) -> Self {
        Self { rotation, translation: pivot - rotation * pivot }
    }

    /// Where it takes a point.
    pub fn apply(&self, point: Vec3) -> Vec3 {
        self.rotation * point + self.translation
    }

    /// This motion after `first`.
    pub fn after(&self, first: &Self) -> Self {
        Self { rotation: self.rotation * first.rotation, translation: self.apply(first.translation) }
    }
}

/// The motion of every joint, when each turns by `turns` about its pivot (mm, at rest) in its parent's frame.
///
/// # Panics
/// When there are not as many pivots and turns as joints.
pub fn pose(joints: &[Joint], pivots: &[Vec3], turns: &[Mat3]) -> Vec<Motion> {
    assert!(
        joints.len() == pivots.len() && joints.len() == turns.len(),
        "a pivot and a turn for every joint"
    );
    let mut motions: Vec<Motion> = Vec::with_capacity(joints.len());
    for ((joint, &pivot), &turn) in joints.iter().zip(pivots).zip(turns) {
        let own = Motion::about(pivot, turn);
        motions.push(joint.parent.map_or(own, |p| motions[p].after(&own)));
    }
    motions
}

impl Mesh {
    /// Positions with targets added, mm. Names that this mesh does not have are ignored, since each mesh
    /// lists only the targets that move it; weights are clamped to the target's range, those of the corners
    /// (`macro/*`) to -1 to 2: people differ more than the means that the corners are.
    pub fn morphed(&self, weights: &Weights) -> Vec<Vec3> {
        let mut positions = self.positions.clone();
        for target in &self.targets {
            let Some(&weight) = weights.get(&target.name) else { continue };
            let [low, high] = if target.name.starts_with("macro/") { [-1.0, 2.0] } else { target.range };
            let weight = (weight as f32).clamp(low, high);
            if weight != 0.0 {
                for (&index, &delta) in target.indices.iter().zip(&target.deltas) {
                    positions[index as usize] += delta * weight;
                }
            }
        }
        positions
    }

    /// Moves positions (one per vertex) by their joints. A mesh without joints stays.
    pub fn skin(&self, positions: &mut [Vec3], motions: &[Motion]) {
        for ((position, joints), weights) in positions.iter_mut().zip(&self.joints).zip(&self.weights) {
            let rest = *position;
            *position = (joints.iter().zip(weights))
                .filter(|(_, weight)| **weight != 0.0)
                .map(|(&joint, &weight)| motions[usize::from(joint)].apply(rest) * weight)
                .sum();
        }
    }
}

/// A mesh's part in a smooth surface.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Positions, mm.
    pub positions: &'a [Vec3],
    /// Triangles, counter-clockwise from outside.
    pub triangles: &'a [[u32; 3]],
    /// Numbers of the points; empty when every vertex is a point of its own.
    pub weld: &'a [u32],
}

/// Smooth unit normals per vertex of each part, summed over equal weld numbers in all parts. A point in no
/// triangle gets zero.
pub fn smooth_normals<const N: usize>(parts: [Part<'_>; N]) -> [Vec<Vec3>; N] {
    let points = parts.iter().flat_map(|p| p.weld).max().map_or(0, |m| *m as usize + 1);
    let mut sums = vec![Vec3::ZERO; points];
    let mut loose =
        parts.map(|p| if p.weld.is_empty() { vec![Vec3::ZERO; p.positions.len()] } else { Vec::new() });
    for (part, loose) in parts.iter().zip(&mut loose) {
        for triangle in part.triangles {
            let [a, b, c] = triangle.map(|i| part.positions[i as usize]);
            let normal = (b - a).cross(c - a);
            for &i in triangle {
                match part.weld.get(i as usize) {
                    Some(&w) => sums[w as usize] += normal,
                    None => loose[i as usize] += normal,
                }
            }
        }
    }
    let mut loose = loose.into_iter();
    parts.map(|part| {
        let own = loose.next().unwrap_or_default();
        let sum = |i: usize| part.weld.get(i).map_or_else(|| own[i], |w| sums[*w as usize]);
        (0..part.positions.len()).map(|i| sum(i).normalize_or_zero()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{hand, head};

    #[test]
    fn one_target_at_half_weight_moves_half_way() {
        let skin = head().mesh("skin").unwrap();
        let target = skin.targets.iter().find(|t| t.name == "act/jawOpen").unwrap();
        let positions = skin.morphed(&Weights::from([("act/jawOpen".to_owned(), 0.5)]));
        let mut moved = vec![Vec3::ZERO; positions.len()];
        for (&i, &d) in target.indices.iter().zip(&target.deltas) {
            moved[i as usize] = d * 0.5;
        }
        for (i, position) in positions.iter().enumerate() {
            assert_eq!(*position, skin.positions[i] + moved[i]);
        }
    }

    #[test]
    fn weights_stop_at_the_end_of_their_range() {
        let skin = head().mesh("skin").unwrap();
        let at = |w: f64| skin.morphed(&Weights::from([("act/jawOpen".to_owned(), w)]));
        assert_eq!(at(3.0), at(1.0));
        assert_eq!(at(-1.0), skin.positions);
    }

    #[test]
    fn turning_the_root_turns_everything_rigidly() {
        let model = hand();
        let mesh = model.mesh("hand").unwrap();
        let quarter = Mat3::from_cols(Vec3::Y, -Vec3::X, Vec3::Z);
        let pivots: Vec<Vec3> = model.joints.iter().map(|j| j.rest).collect();
        let mut turns = vec![Mat3::IDENTITY; pivots.len()];
        turns[0] = quarter;
        let mut positions = mesh.positions.clone();
        mesh.skin(&mut positions, &pose(&model.joints, &pivots, &turns));
        for (posed, rest) in positions.iter().zip(&mesh.positions) {
            // The weights are stored in bytes, and sum to 1 within their steps.
            assert!((*posed - quarter * *rest).length() < 0.02 * rest.length() + 1e-3, "{posed} {rest}");
        }
    }

    #[test]
    fn a_chain_of_turns_composes_from_the_root() {
        let joint = |parent, y| Joint { name: String::new(), parent, rest: Vec3::new(0.0, y, 0.0) };
        let joints = [joint(None, 0.0), joint(Some(0), 10.0)];
        let quarter = Mat3::from_cols(Vec3::Y, -Vec3::X, Vec3::Z);
        let motions = pose(&joints, &[joints[0].rest, joints[1].rest], &[quarter, quarter]);
        // The upper bone first folds over to -x from (0, 10), then the whole arm lies down.
        assert!((motions[1].apply(Vec3::new(0.0, 15.0, 0.0)) - Vec3::new(-10.0, -5.0, 0.0)).length() < 1e-5);
    }

    #[test]
    fn the_normals_of_a_ball_point_outwards_and_ignore_seams() {
        let corner = |k: usize| Vec3::new(if k & 1 > 0 { 1.0 } else { -1.0 }, 0.0, 0.0);
        let octahedron = [corner(1), corner(0), Vec3::Y, -Vec3::Y, Vec3::Z, -Vec3::Z];
        let faces = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]];
        let [joined] = smooth_normals([Part { positions: &octahedron, triangles: &faces, weld: &[] }]);
        for (n, p) in joined.iter().zip(&octahedron) {
            assert!((*n - *p).length() < 1e-6);
        }
        // The same ball cut into single triangles, welded back by number.
        let loose: Vec<Vec3> = faces.iter().flatten().map(|i| octahedron[*i as usize]).collect();
        let weld: Vec<u32> = faces.iter().flatten().copied().collect();
        let triangles: Vec<[u32; 3]> = (0..8).map(|k| [3 * k, 3 * k + 1, 3 * k + 2]).collect();
        let [split] = smooth_normals([Part { positions: &loose, triangles: &triangles, weld: &weld }]);
        for (n, w) in split.iter().zip(&weld) {
            assert_eq!(*n, joined[*w as usize]);
        }
    }
}
