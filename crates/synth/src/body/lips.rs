//! Lips that meet.
//!
//! Targets of shape and mood move each lip by itself, so that the model's pass through each other in the middle and gape at
//! the corners. People's touch all along, and part in the middle when the jaw opens: what is between two points that touch on
//! the default shape is set to that, half by each lip, less and less with the distance from the seam.

use std::sync::LazyLock;

use glam::Vec3;

use super::gltf::Mesh;
use super::noise::smooth;
use super::topology::SKIN;

/// Share of the way that the lower lip goes when the jaw opens, from which skin hangs on the jaw.
const ALONG: f32 = 0.35;
/// Height of the seam on the default shape, mm.
const SEAM: f32 = 72.7;
/// How far from each other points of the two lips lie at most on the default shape, mm, that touch.
const TOUCH: f32 = 2.0;
/// How far touching lips press into each other, mm.
const PRESSED: f32 = 0.7;
/// How far points' gaps count, mm along the seam.
const NEAR: f32 = 4.5;
/// Distance from the middle, mm, where open lips begin to close, and where they have closed.
const CLOSING: [f32; 2] = [8.0, 18.0];

/// How much each vertex of a skin goes with the jaw, as a share of what goes farthest.
pub(super) fn with_jaw(skin: &Mesh) -> Vec<f32> {
    let mut ways = vec![0.0f32; skin.positions.len()];
    for target in skin.targets.iter().filter(|target| target.name == "act/jawOpen") {
        for (&i, way) in target.indices.iter().zip(&target.deltas) {
            ways[i as usize] = way.length();
        }
    }
    let farthest = ways.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    ways.into_iter().map(|way| way / farthest).collect()
}

/// Whether what goes so far with the jaw hangs on it.
pub(super) fn is_jaw(share: f32) -> bool {
    share > ALONG
}

/// Two points of the skin that touch on the default shape.
struct Pair {
    upper: usize,
    lower: usize,
    /// Where they lie across the mouth, mm.
    x: f32,
    /// How much higher the upper one lies, mm.
    apart: f32,
}

/// A vertex that the lips move.
struct Moved {
    vertex: usize,
    /// Share of a gap that it takes over: up for the upper lip, negative for the lower.
    share: f32,
    x: f32,
}

struct Lips {
    pairs: Vec<Pair>,
    moved: Vec<Moved>,
}

static LIPS: LazyLock<Lips> = LazyLock::new(|| {
    let mesh = SKIN.mesh;
    let red = |i: &usize| mesh.colors.get(1).is_some_and(|colors| colors[*i][0] > 0.2);
    let jaw = with_jaw(mesh);
    let rest = |i: usize| mesh.positions[i];
    let close = |i: &usize| (rest(*i).y - SEAM).abs() < 18.0 && rest(*i).x.abs() < 28.0 && rest(*i).z > 100.0;
    let all: Vec<usize> = (0..mesh.positions.len()).filter(close).collect();
    let (lower, upper): (Vec<usize>, Vec<usize>) =
        all.iter().copied().filter(red).partition(|i| is_jaw(jaw[*i]));
    let nearest = |i: usize, among: &[usize]| {
        let off = |k: &usize| (rest(*k) - rest(i)).length_squared();
        among.iter().copied().min_by(|a, b| off(a).total_cmp(&off(b)))
    };
    let mut pairs = Vec::new();
    for &u in &upper {
        let Some(l) = nearest(u, &lower).filter(|l| (rest(*l) - rest(u)).length() < TOUCH) else { continue };
        if nearest(l, &upper) == Some(u) {
            pairs.push(Pair {
                upper: u,
                lower: l,
                x: (rest(u).x + rest(l).x) / 2.0,
                apart: rest(u).y - rest(l).y,
            });
        }
    }
    let moved = all.into_iter().map(|vertex| {
        let Vec3 { x, y, .. } = rest(vertex);
        let near = smooth(16.0, 4.0, (y - SEAM).abs()) * smooth(26.0, 21.5, x.abs());
        Moved { vertex, share: if is_jaw(jaw[vertex]) { -near } else { near } / 2.0, x }
    });
    Lips { pairs, moved: moved.filter(|moved| moved.share != 0.0).collect() }
});

/// How much farther than on the default shape lips are apart in the middle, mm, on a skin of these positions.
pub(super) fn gap(skin: &[Vec3]) -> f32 {
    profile(skin, 0.0)
}

/// The same at a place across the mouth.
fn profile(skin: &[Vec3], x: f32) -> f32 {
    let (mut sum, mut weights) = (0.0, 0.0f32);
    for pair in &LIPS.pairs {
        let near = smooth(NEAR, 0.0, (pair.x - x).abs());
        sum += near * (skin[pair.upper].y - skin[pair.lower].y - pair.apart);
        weights += near;
    }
    sum / weights.max(1e-6)
}

/// Makes the lips of a skin meet, but for `open` millimetres in the middle. Positions are those of its mesh before any pose.
pub(super) fn meet(skin: &mut [Vec3], open: f32) {
    let [begin, closed] = CLOSING;
    let moves: Vec<f32> = (LIPS.moved.iter())
        .map(|Moved { share, x, .. }| {
            share * (open * smooth(closed, begin, x.abs()) - PRESSED - profile(skin, *x))
        })
        .collect();
    for (Moved { vertex, .. }, up) in LIPS.moved.iter().zip(moves) {
        skin[*vertex].y += up;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::mesh::Weights;

    #[test]
    fn lips_meet_at_the_corners_and_open_in_the_middle() {
        assert!(LIPS.pairs.len() > 12);
        let mood = [("act/jawOpen", 0.1), ("act/mouthSmileLeft", 0.3), ("act/mouthSmileRight", 0.3)];
        let weights: Weights = mood.map(|(name, weight)| (name.to_owned(), weight)).into();
        let mut skin = SKIN.mesh.morphed(&weights);
        meet(&mut skin, 3.0);
        assert!((gap(&skin) + PRESSED - 3.0).abs() < 0.4, "{}", PRESSED + gap(&skin));
        for x in [-19.0, 19.0] {
            assert!((PRESSED + profile(&skin, x)).abs() < 0.5, "{}", profile(&skin, x));
        }
    }

    #[test]
    fn what_lies_off_the_mouth_stays() {
        let before = SKIN.mesh.morphed(&Weights::from([("act/jawOpen".to_owned(), 0.2)]));
        let mut after = before.clone();
        meet(&mut after, 0.0);
        for ((rest, a), b) in SKIN.mesh.positions.iter().zip(&before).zip(&after) {
            assert!(a == b || (rest.y - SEAM).abs() < 16.0 && rest.x.abs() < 26.0, "{rest}");
        }
    }
}
