//! The measures of a face, and shapes that have them.
//!
//! Morph targets add up to faces that nobody has: five that each widen a nose a little make a mask. So a person's
//! measures are drawn first, each independently within what people have, and the drawn shape is moved, as little as it takes,
//! until its landmarks have them. Landmarks are linear in the weights, which makes this a least-squares problem with
//! bounds, solved one weight at a time.
//!
//! The measures are those of anthropometry (Farkas, Anthropometry of the Head and Face, 1994; Farkas et al., J. Craniofac.
//! Surg. 16, 2005, for ancestries). Their means and deviations were set for the landmarks of this model, which are not quite
//! those of the calliper: they are like the published ones, and no copy of the tables.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use glam::Vec3;

use super::Sex;
use super::gltf::Mesh;
use super::identity::Ancestry;
use super::mesh::Weights;
use super::topology::{LANDMARKS, SKIN};
use crate::rng::Stream;

/// A distance between two landmarks along an axis, mm.
struct Measure {
    /// From the second to the first.
    ends: [&'static str; 2],
    /// 0 is across, 1 up, 2 out of the face.
    axis: usize,
    /// Mean of men by ancestry: African, Asian, European.
    men: [f64; 3],
    /// What women's mean is of men's.
    women: f64,
    deviation: f64,
    /// Change from 25 to 80 years, share.
    with_age: f64,
}

const fn measure(
    ends: [&'static str; 2],
    axis: usize,
    men: [f64; 3],
    women: f64,
    deviation: f64,
    with_age: f64,
) -> Measure {
    Measure { ends, axis, men, women, deviation, with_age }
}

/// What is measured. The model's `nasion` lies below the real one, so that the nose is measured from the eye. Its lids part
/// 2.7 mm farther out than where `eye_inner` lies, so that eyes look as far apart as people's when these are nearer.
const MEASURES: [Measure; 17] = [
    measure(["zygion_l", "zygion_r"], 0, [139.0, 142.0, 138.0], 0.935, 3.1, 0.0),
    measure(["crown", "menton"], 1, [229.0, 229.0, 231.0], 0.94, 4.5, 0.0),
    measure(["eye_inner_l", "eye_inner_r"], 0, [26.8, 27.6, 25.4], 0.965, 2.0, 0.0),
    measure(["eye_outer_l", "eye_outer_r"], 0, [92.0, 90.5, 91.0], 0.97, 2.9, -0.01),
    measure(["lid_upper_l", "lid_lower_l"], 1, [10.6, 9.5, 10.4], 1.07, 0.9, -0.12),
    measure(["alar_l", "alar_r"], 0, [41.0, 37.5, 34.0], 0.92, 2.7, 0.04),
    measure(["eye_inner_l", "subnasale"], 1, [45.0, 44.5, 46.5], 0.94, 3.6, 0.03),
    measure(["nose_tip", "subnasale"], 2, [9.5, 10.5, 13.5], 0.96, 2.3, 0.0),
    measure(["mouth_corner_l", "mouth_corner_r"], 0, [58.5, 56.0, 57.0], 0.945, 3.2, 0.02),
    measure(["lip_top", "stomion_upper"], 1, [8.6, 7.3, 6.6], 1.02, 1.0, -0.2),
    measure(["stomion_lower", "lip_bottom"], 1, [10.6, 9.2, 8.5], 1.0, 1.1, -0.2),
    measure(["subnasale", "lip_top"], 1, [8.6, 9.3, 9.7], 0.9, 1.3, 0.1),
    measure(["subnasale", "menton"], 1, [70.5, 67.5, 68.5], 0.89, 2.5, 0.0),
    measure(["gonion_l", "gonion_r"], 0, [105.0, 107.0, 104.0], 0.91, 3.1, 0.02),
    measure(["lip_top", "subnasale"], 2, [4.2, 3.2, 2.0], 1.0, 1.2, -0.6),
    measure(["lip_bottom", "subnasale"], 2, [1.2, -0.6, -2.5], 1.0, 1.3, 0.3),
    measure(["chin", "subnasale"], 2, [-9.0, -8.0, -7.0], 1.0, 1.5, 0.0),
];

/// How far apart people lie, in deviations. Measures that are drawn independently are odder together than those of
/// anyone, so that this is hardly more than one.
const SPREAD: f64 = 1.32;
/// How many deviations from the mean a measure lies at most.
const FARTHEST: f64 = 1.9;

/// Targets that may be moved: those whose effect is the measure and little else.
const MOVED: [&str; 25] = [
    "eye-push",
    "eye-trans-in",
    "eye-trans-out",
    "eye-scale",
    "eye-height2",
    "eye-height3",
    "nose-scale-",
    "nose-nostrils-width",
    "nose-width3",
    "nose-base-up",
    "nose-trans-up",
    "mouth-scale-",
    "mouth-trans-",
    "mouth-lowerlip-height",
    "mouth-lowerlip-volume",
    "mouth-upperlip-height",
    "mouth-upperlip-volume",
    "mouth-philtrum-volume",
    "chin-height",
    "chin-pro",
    "head-fat",
    "head-oval",
    "head-scale-horiz",
    "head-scale-vert",
    "forehead-scale-vert",
];

/// A target that may be moved.
struct Lever {
    name: String,
    range: [f64; 2],
    /// Change of every measure per weight, mm.
    gains: [f64; MEASURES.len()],
    /// How far it moves the skin at most, mm per weight.
    reach: f64,
}

/// Points of the skin that the model has no landmark for: where a face is widest, on the left, mm on the default shape.
const ZYGION: Vec3 = Vec3::new(65.0, 115.7, 75.3);

/// The mesh that holds a point of this name, and its vertex there.
fn point(name: &str) -> (&'static Mesh, usize) {
    let place = match name {
        "zygion_l" => ZYGION,
        "zygion_r" => ZYGION * Vec3::new(-1.0, 1.0, 1.0),
        _ => return (LANDMARKS.1, LANDMARKS.0.iter().position(|n| n == name).unwrap_or(0)),
    };
    let off = |i: &usize| (SKIN.mesh.positions[*i] - place).length();
    let nearest = (0..SKIN.mesh.positions.len()).min_by(|a, b| off(a).total_cmp(&off(b)));
    (SKIN.mesh, nearest.unwrap_or(0))
}

/// A measure as what it is of the weights: a linear form.
struct Form {
    /// The default shape's, mm.
    rest: f64,
    /// What a weight of one adds, mm, by the target's name.
    gains: BTreeMap<&'static str, f64>,
}

static FORMS: LazyLock<[Form; MEASURES.len()]> = LazyLock::new(|| {
    core::array::from_fn(|k| {
        let mut form = Form { rest: 0.0, gains: BTreeMap::new() };
        for (name, sign) in MEASURES[k].ends.into_iter().zip([1.0, -1.0]) {
            let ((mesh, vertex), axis) = (point(name), MEASURES[k].axis);
            form.rest += sign * f64::from(mesh.positions[vertex][axis]);
            for target in &mesh.targets {
                if let Ok(at) = target.indices.binary_search(&(vertex as u32)) {
                    *form.gains.entry(&target.name).or_default() += sign * f64::from(target.deltas[at][axis]);
                }
            }
        }
        form
    })
});

static LEVERS: LazyLock<Vec<Lever>> = LazyLock::new(|| {
    let mut levers = Vec::new();
    for target in &SKIN.mesh.targets {
        let Some(local) = target.name.strip_prefix("local/") else { continue };
        if !MOVED.iter().any(|part| local.starts_with(part)) {
            continue;
        }
        let gains = core::array::from_fn(|k| FORMS[k].gains.get(&*target.name).copied().unwrap_or(0.0));
        let reach = target.deltas.iter().map(|d| f64::from(d.length())).fold(0.0, f64::max);
        // The outline of a face makes caricatures sooner than what lies in it.
        let most = if local.starts_with("head") || local.starts_with("chin") { 0.5 } else { 0.9 };
        let range = target.range.map(|end| most * f64::from(end));
        levers.push(Lever { name: target.name.clone(), range, gains, reach });
    }
    levers
});

/// All measures of a shape, mm.
fn measured(shape: &Weights) -> [f64; MEASURES.len()] {
    core::array::from_fn(|k| {
        let Form { rest, gains } = &FORMS[k];
        rest + shape.iter().filter_map(|(name, weight)| Some(weight * gains.get(&**name)?)).sum::<f64>()
    })
}

/// The measures of a person of this kind, drawn, mm.
fn draw_measures(rng: &mut Stream, sex: Sex, age: f64, ancestry: Ancestry) -> [f64; MEASURES.len()] {
    let aged = ((age - 25.0) / 55.0).clamp(0.0, 1.0);
    let child = ((18.0 - age) / 7.0).clamp(0.0, 1.0);
    core::array::from_fn(|k| {
        let Measure { men, women, deviation, with_age, .. } = MEASURES[k];
        let mean = ancestry.african * men[0] + ancestry.asian * men[1] + ancestry.european * men[2];
        let mean = mean * if sex == Sex::Female { women } else { 1.0 };
        let mean = mean + mean.abs() * with_age * aged;
        rng.normal_within(mean, SPREAD * deviation, FARTHEST) * (1.0 - 0.08 * child)
    })
}

/// Gives a shape the measures of a person, drawn.
pub(super) fn proportion(rng: &mut Stream, shape: &mut Weights, sex: Sex, age: f64, ancestry: Ancestry) {
    let wanted = draw_measures(rng, sex, age, ancestry);
    fit(shape, &wanted);
}

/// What a millimetre that the skin is moved by costs, beside a measure that misses by one deviation.
const STIFFNESS: f64 = 0.012;
/// Rounds over all levers.
const ROUNDS: usize = 60;

/// Moves the levers' weights: least squares over the measures' misses and the skin's movement, by coordinate descent
/// within the levers' ranges.
fn fit(shape: &mut Weights, wanted: &[f64; MEASURES.len()]) {
    let now = measured(shape);
    let mut miss: [f64; MEASURES.len()] =
        core::array::from_fn(|k| (now[k] - wanted[k]) / MEASURES[k].deviation);
    let start: Vec<f64> = LEVERS.iter().map(|l| shape.get(&l.name).copied().unwrap_or(0.0)).collect();
    let mut weights: Vec<f64> =
        start.iter().zip(LEVERS.iter()).map(|(w, l)| w.clamp(l.range[0], l.range[1])).collect();
    for _ in 0..ROUNDS {
        for (i, lever) in LEVERS.iter().enumerate() {
            let cost = STIFFNESS * lever.reach * lever.reach;
            let (mut pull, mut stiff) = (cost * (weights[i] - start[i]), cost);
            for k in 0..MEASURES.len() {
                let gain = lever.gains[k] / MEASURES[k].deviation;
                pull += gain * miss[k];
                stiff += gain * gain;
            }
            let next = (weights[i] - pull / stiff).clamp(lever.range[0], lever.range[1]);
            let step = next - weights[i];
            weights[i] = next;
            for k in 0..MEASURES.len() {
                miss[k] += step * lever.gains[k] / MEASURES[k].deviation;
            }
        }
    }
    for (lever, weight) in LEVERS.iter().zip(weights) {
        shape.insert(lever.name.clone(), weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Appearance;

    #[test]
    fn every_lever_and_landmark_is_the_models() {
        for part in MOVED {
            assert!(LEVERS.iter().any(|l| l.name["local/".len()..].starts_with(part)), "{part}");
        }
        for name in MEASURES.iter().flat_map(|m| m.ends) {
            assert!(name.starts_with("zygion") || LANDMARKS.0.iter().any(|n| n == name), "{name}");
        }
    }

    #[test]
    fn a_measure_is_the_distance_of_its_ends_on_a_persons_head() {
        for i in 0..4 {
            let shape = Appearance::draw(&mut Stream::new("person", 5, i), Sex::Female, 50.0).shape;
            let (marks, skin) = (LANDMARKS.1.morphed(&shape), SKIN.mesh.morphed(&shape));
            for (Measure { ends, axis, .. }, value) in MEASURES.iter().zip(measured(&shape)) {
                let [to, from] = ends.map(|name| {
                    let (mesh, vertex) = point(name);
                    if core::ptr::eq(mesh, SKIN.mesh) { skin[vertex] } else { marks[vertex] }
                });
                let there = f64::from((to - from)[*axis]);
                assert!((there - value).abs() < 1e-2, "{ends:?}: {there} {value}");
            }
        }
    }

    #[test]
    fn people_have_the_measures_of_people() {
        let (mut beyond, mut count) = (0, 0);
        for i in 0..60 {
            let sex = if i % 2 == 0 { Sex::Female } else { Sex::Male };
            let person = Appearance::draw(&mut Stream::new("person", 4, i), sex, 20.0 + i as f64);
            for (measure, value) in MEASURES.iter().zip(measured(&person.shape)) {
                let all = measure.men.iter().flat_map(|m| [*m, m * measure.women]);
                let (low, high) = all.fold((f64::MAX, f64::MIN), |(l, h), m| (l.min(m), h.max(m)));
                let off = (low - value).max(value - high) / measure.deviation;
                beyond += usize::from(off > 3.0);
                count += 1;
                assert!(off < 5.0, "{i} {:?}: {value}", measure.ends);
            }
        }
        assert!(beyond * 50 < count, "{beyond} of {count}");
    }
}
