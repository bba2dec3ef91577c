//! The shape of a person's head, drawn: weights of the model's targets.

use super::Sex;
use super::mesh::Weights;
use super::topology::SKIN;
use crate::rng::Stream;

/// Shares of the model's three ancestries; they sum to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ancestry {
    pub(super) african: f64,
    pub(super) asian: f64,
    pub(super) european: f64,
}

impl Ancestry {
    /// What goes with a skin: mostly one, with some of the others. Brown skin goes with every one of them.
    pub(super) fn draw(rng: &mut Stream, melanin: f64) -> Self {
        let dark = 1.0 / (1.0 + libm::exp(-(melanin - 0.58) * 9.0));
        let brown = (1.0 - (melanin - 0.55).abs() / 0.3).max(0.0);
        let asian = (0.45 - 0.2 * brown) * (1.0 - dark);
        let african = dark * (1.0 - 0.4 * brown);
        let main = rng.weighted(&[african, asian, 1.0 - african - asian]);
        let mut shares = [0, 1, 2].map(|k| if k == main { 1.0 } else { 0.0 });
        for share in &mut shares {
            *share += 0.2 * libm::pow(rng.unit(), 2.0);
        }
        let total: f64 = shares.iter().sum();
        let [african, asian, european] = shares.map(|share| share / total);
        Self { african, asian, european }
    }
}

/// Weights of the shape: a mix of ancestries, sex and age, and local features around it.
pub(super) fn draw_shape(rng: &mut Stream, sex: Sex, age: f64, ancestry: Ancestry) -> Weights {
    let mut shape = Weights::new();
    let manly = if sex == Sex::Male { rng.range(0.7, 1.15) } else { rng.range(-0.15, 0.16) };
    let build = rng.normal_within(0.0, 0.6, 1.7);
    macros(&mut shape, sex_shares(manly), age, ancestry, build);
    draw_local(rng, &mut shape);
    lift_model(&mut shape);
    age_folds(rng, &mut shape, age);
    shape
}

/// How much farther from the mean of all ancestries a person lies than the model's corners do.
const SPREAD: f64 = 1.6;

fn sex_shares(manly: f64) -> [(&'static str, f64); 2] {
    [("female", 1.0 - manly), ("male", manly)]
}

/// The model's corners.
fn macros(shape: &mut Weights, sexes: [(&str, f64); 2], age: f64, ancestry: Ancestry, build: f64) {
    // The corners are means of many; single people lie farther apart.
    let apart = |share: f64| 1.0 / 3.0 + SPREAD * (share - 1.0 / 3.0);
    let races = [("african", ancestry.african), ("asian", ancestry.asian), ("caucasian", ancestry.european)]
        .map(|(race, share)| (race, apart(share)));
    let old = ((age - 25.0) / 65.0).clamp(0.0, 0.85);
    let child = ((18.0 - age) / 7.0).clamp(0.0, 1.0);
    for (sex, sex_share) in sexes {
        for (age, age_share) in [("young", 1.0 - old), ("old", old)] {
            for (race, share) in races {
                shape.insert(format!("macro/{race}-{sex}-{age}"), share * sex_share * age_share);
            }
            let kind = if build < 0.0 { "minweight" } else { "maxweight" };
            shape.insert(format!("macro/{sex}-{age}-{kind}"), build.abs() * sex_share * age_share);
        }
        shape.insert(format!("macro/{sex}-child"), child * sex_share);
    }
}

/// The model's mean face looks tired: its eyes are small, and the tip of its nose and the corners of its mouth hang.
fn lift_model(shape: &mut Weights) {
    for (name, most, opposite) in [
        ("local/eye-scale-incr", 0.30, "local/eye-scale-decr"),
        ("local/eye-height2-incr", 0.16, "local/eye-height2-decr"),
        ("local/eye-height1-incr", 0.10, "local/eye-height1-decr"),
        ("local/nose-point-up", 0.35, "local/nose-point-down"),
        ("local/nose-nostrils-angle-up", 0.35, "local/nose-nostrils-angle-down"),
    ] {
        let down = shape.get(opposite).copied().unwrap_or(0.0);
        let up = shape.get(name).copied().unwrap_or(0.0) - down + most;
        shape.insert(name.to_owned(), up.max(0.0));
        shape.insert(opposite.to_owned(), (-up).max(0.0));
    }
    *shape.entry("local/mouth-angles-up".to_owned()).or_default() += 0.22;
}

/// Bags, folds and a second chin come with age.
fn age_folds(rng: &mut Stream, shape: &mut Weights, age: f64) {
    let aged = ((age - 35.0) / 45.0).clamp(0.0, 1.0);
    for (name, most) in [
        ("eye-bag-incr", 0.5),
        ("mouth-laugh-lines-in", 0.34),
        ("neck-double-incr", 0.35),
        ("eye-eyefold-down", 0.25),
    ] {
        let weight = most * aged * rng.range(0.5, 1.0);
        *shape.entry(format!("local/{name}")).or_default() += weight;
    }
}

/// Local targets: one normal number for each pair of opposites or signed target.
fn draw_local(rng: &mut Stream, shape: &mut Weights) {
    const SMALL: [&str; 7] =
        ["head", "forehead", "measure-neck", "neck", "ear", "eye-height", "mouth-scale-depth"];
    // How far parts of the face differ: eyes and nose most.
    const PARTS: [(&str, f64); 4] = [("eye", 0.50), ("nose", 0.44), ("mouth", 0.36), ("chin", 0.30)];
    const OPPOSITES: [(&str, &str); 11] = [
        ("-incr", "-decr"),
        ("-up", "-down"),
        ("-forward", "-backward"),
        ("-in", "-out"),
        ("-compress", "-uncompress"),
        ("-convex", "-concave"),
        ("-l", "-r"),
        ("-pointed", "-round"),
        ("-oval", "-square"),
        ("-triangular", "-invertedtriangular"),
        ("-diamond", "-rectangular"),
    ];
    let targets: Vec<_> = SKIN.mesh.targets.iter().filter(|t| t.name.starts_with("local/")).collect();
    for target in &targets {
        let name = &target.name;
        if OPPOSITES.iter().any(|(_, second)| name.ends_with(second)) {
            continue;
        }
        let stem = &name["local/".len()..];
        let small = SMALL.iter().any(|s| stem.starts_with(s));
        // Where eyes, nose and mouth sit tells people apart more than their outline does.
        let placed = ["mouth-trans", "nose-trans", "eye-trans"].iter().any(|s| stem.starts_with(s));
        let deviation = if placed {
            0.40
        } else if stem.starts_with("asym") {
            0.16
        } else if small {
            0.22
        } else {
            let of = |(part, deviation)| stem.starts_with(part).then_some(deviation);
            PARTS.into_iter().find_map(of).unwrap_or(0.40)
        };
        let weight = rng.normal_within(0.0, deviation, 1.9);
        let opposite = OPPOSITES.iter().find_map(|(first, second)| {
            let other = format!("{}{second}", name.strip_suffix(first)?);
            targets.iter().any(|t| t.name == other).then_some(other)
        });
        let (name, weight) = match opposite {
            Some(other) if weight < 0.0 => (other, -weight),
            _ if target.range[0] < 0.0 => (name.clone(), weight),
            _ => (name.clone(), weight.abs()),
        };
        shape.insert(name, weight);
    }
}
