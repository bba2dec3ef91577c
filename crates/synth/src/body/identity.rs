//! The shape of a person's head, drawn: weights of the model's targets.

use super::Sex;
use super::mesh::Weights;
use super::proportions::proportion;
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
    let manly = if sex == Sex::Male { rng.range(0.90, 1.59) } else { rng.range(-0.79, -0.21) };
    let build = rng.normal_within(0.0, 0.30, 1.5);
    macros(&mut shape, sex_shares(manly), age, ancestry, build);
    draw_local(rng, &mut shape);
    lift_model(&mut shape);
    push(&mut shape, if sex == Sex::Female { FINER } else { STRONGER });
    age_folds(rng, &mut shape, age);
    for (_, weight) in shape.iter_mut().filter(|(name, _)| name.starts_with("local/")) {
        *weight = weight.clamp(-MOST, MOST);
    }
    proportion(rng, &mut shape, sex, age, ancestry);
    shape
}

/// No part goes as far as its target: there the model's surface breaks.
const MOST: f64 = 0.95;

/// How much farther from the mean of all ancestries a person lies than the model's corners do.
const SPREAD: f64 = 1.7;
/// No corner counts for more: beyond, its nose and lids have edges.
const FARTHEST_CORNER: [f64; 3] = [1.45, 1.15, 1.45];

fn sex_shares(manly: f64) -> [(&'static str, f64); 2] {
    [("female", 1.0 - manly), ("male", manly)]
}

/// The model's corners.
fn macros(shape: &mut Weights, sexes: [(&str, f64); 2], age: f64, ancestry: Ancestry, build: f64) {
    // The corners are means of many; single people lie farther apart.
    let apart = |share: f64| 1.0 / 3.0 + SPREAD * (share - 1.0 / 3.0);
    let shares = [ancestry.african, ancestry.asian, ancestry.european].map(apart);
    let kept: [f64; 3] = core::array::from_fn(|k| shares[k].min(FARTHEST_CORNER[k]));
    let beyond = 1.0 - kept.iter().sum::<f64>();
    let others = (0..3).filter(|k| kept[*k] == shares[*k]).count().max(1) as f64;
    let races: [(&str, f64); 3] = core::array::from_fn(|k| {
        let more = if kept[k] == shares[k] { beyond / others } else { 0.0 };
        (["african", "asian", "caucasian"][k], kept[k] + more)
    });
    let old = ((age - 25.0) / 75.0).clamp(0.0, 0.66);
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

/// The model's mean face looks tired: its eyes are small, the tip of its nose hangs,
/// and its jaw is as wide as its cheekbones.
const LIFTED: [Push; 10] = [
    ("local/eyebrows-trans-down", 0.12, "local/eyebrows-trans-up"),
    ("local/eye-scale-incr", 0.26, "local/eye-scale-decr"),
    ("local/eye-height2-incr", 0.08, "local/eye-height2-decr"),
    ("local/eye-height1-incr", 0.05, "local/eye-height1-decr"),
    ("local/nose-point-up", 0.35, "local/nose-point-down"),
    ("local/nose-nostrils-angle-up", 0.35, "local/nose-nostrils-angle-down"),
    ("local/head-oval", 0.2, "local/head-square"),
    ("local/head-fat-decr", 0.20, "local/head-fat-incr"),
    ("local/chin-width-decr", 0.25, "local/chin-width-incr"),
    ("local/cheek-bones-incr", 0.12, "local/cheek-bones-decr"),
];

/// What the model's corner of women lacks: smooth brows, a fine nose and chin, full lips.
const FINER: &[Push] = &[
    ("local/eyebrows-trans-backward", 0.32, "local/eyebrows-trans-forward"),
    ("local/nose-scale-horiz-decr", 0.22, "local/nose-scale-horiz-incr"),
    ("local/nose-volume-decr", 0.20, "local/nose-volume-incr"),
    ("local/chin-bones-decr", 0.25, "local/chin-bones-incr"),
    ("local/mouth-upperlip-volume-incr", 0.14, "local/mouth-upperlip-volume-decr"),
    ("local/eyebrows-trans-up", 0.15, "local/eyebrows-trans-down"),
    ("local/eye-scale-incr", 0.14, "local/eye-scale-decr"),
    ("local/nose-scale-vert-decr", 0.15, "local/nose-scale-vert-incr"),
];

/// What the model's corner of men lacks: a brow that stands out over the eyes, and a strong chin.
const STRONGER: &[Push] = &[
    ("local/eyebrows-trans-forward", 0.20, "local/eyebrows-trans-backward"),
    ("local/eyebrows-trans-down", 0.20, "local/eyebrows-trans-up"),
    ("local/chin-bones-incr", 0.14, "local/chin-bones-decr"),
    ("local/nose-scale-depth-incr", 0.12, "local/nose-scale-depth-decr"),
];

/// A target, how far a shape is moved towards it, and its opposite.
type Push = (&'static str, f64, &'static str);

/// Moves a shape along pairs of opposites, of which only one has a weight.
fn push(shape: &mut Weights, along: &[Push]) {
    for &(name, most, opposite) in along {
        let down = shape.get(opposite).copied().unwrap_or(0.0);
        let up = shape.get(name).copied().unwrap_or(0.0) - down + most;
        shape.insert(name.to_owned(), up.max(0.0));
        shape.insert(opposite.to_owned(), (-up).max(0.0));
    }
}

/// Corrects the model's mean face; the corners of its mouth hang too.
fn lift_model(shape: &mut Weights) {
    push(shape, &LIFTED);
    *shape.entry("local/mouth-angles-up".to_owned()).or_default() += 0.14;
    for name in ["local/nose-point-up", "local/nose-nostrils-angle-up"] {
        shape.entry(name.to_owned()).and_modify(|weight| *weight = weight.min(MOST_UPTURNED));
    }
}

/// Beyond this weight a nose shows its nostrils from the front.
const MOST_UPTURNED: f64 = 0.45;

/// Bags, folds and a second chin come with age.
fn age_folds(rng: &mut Stream, shape: &mut Weights, age: f64) {
    let aged = ((age - 35.0) / 45.0).clamp(0.0, 1.0);
    for (name, most) in [
        ("eye-bag-incr", 0.42),
        ("mouth-laugh-lines-in", 0.26),
        ("neck-double-incr", 0.28),
        ("eye-eyefold-down", 0.25),
    ] {
        let weight = most * aged * rng.range(0.5, 1.0);
        *shape.entry(format!("local/{name}")).or_default() += weight;
    }
    let chin = shape.entry("local/neck-double-incr".to_owned()).or_default();
    *chin = chin.min(MOST_DOUBLE_CHIN);
}

/// Beyond this weight the model's second chin hangs in spikes.
pub(super) const MOST_DOUBLE_CHIN: f64 = 0.14;

/// How far a part of the face differs from person to person, by the first prefix that fits: the standard deviation
/// of its targets' weights. Eyes, nose and lips tell people apart, and folds and dents that move little more than a millimetre do
/// so most for what they change; jaw, cheeks and skull make caricatures soon.
const DEVIATIONS: [(&str, f64); 32] = [
    ("asym", 0.012),
    ("eyebrows-angle", 0.42),
    ("eyebrows", 0.52),
    ("eye-trans", 0.45),
    ("eye-scale", 0.30),
    ("eye-height", 0.23),
    ("eye-bag", 0.30),
    ("eye-eyefold", 0.60),
    ("eye-epicanthus", 0.55),
    ("eye", 0.52),
    ("nose-trans", 0.22),
    ("nose-volume", 0.14),
    ("nose-flaring", 0.52),
    ("nose-width", 0.46),
    ("nose-greek", 0.40),
    ("nose", 0.38),
    ("mouth-trans", 0.14),
    ("mouth-scale-depth", 0.08),
    ("mouth-laugh-lines", 0.35),
    ("mouth-dimples", 0.35),
    ("mouth-philtrum", 0.35),
    ("mouth", 0.21),
    ("chin", 0.08),
    ("cheek", 0.08),
    ("ear", 0.20),
    ("head-scale-horiz", 0.16),
    ("head-scale-vert", 0.10),
    ("head", 0.07),
    ("forehead", 0.07),
    ("measure-neck", 0.10),
    ("neck", 0.06),
    ("", 0.15),
];

/// No target goes farther than this many deviations: what is rare in one feature is a caricature in many.
const FARTHEST: f64 = 1.6;
/// Few people stand for many: within those bounds they lie this much farther apart.
const APART: f64 = 1.18;

/// Targets that all enlarge one thing, and how far their sum may go: single ones pass where many together are a mask.
const BUDGETS: [(&[&str], f64); 7] = [
    (
        &[
            "nose-scale-horiz",
            "nose-width1",
            "nose-width2",
            "nose-width3",
            "nose-point-width",
            "nose-nostrils-width",
            "nose-flaring",
            "nose-volume",
        ],
        0.70,
    ),
    (&["nose-scale-depth", "nose-scale-vert", "nose-hump", "nose-curve", "nose-greek"], 0.50),
    (
        &[
            "mouth-lowerlip-height",
            "mouth-lowerlip-volume",
            "mouth-upperlip-height",
            "mouth-upperlip-volume",
            "mouth-scale-vert",
        ],
        0.60,
    ),
    (&["mouth-scale-horiz", "mouth-lowerlip-width", "mouth-upperlip-width"], 0.40),
    (&["chin-width", "chin-bones", "head-fat", "cheek-volume", "cheek-inner"], 0.22),
    (&["chin-height", "chin-jaw-drop", "head-scale-vert", "chin-prominent"], 0.25),
    (&["eye-scale", "eye-height1", "eye-height2", "eye-height3"], 0.40),
];

/// A pair of opposite targets, or one that takes both signs, drawn.
struct Drawn<'a> {
    /// What both names share.
    stem: &'a str,
    /// The target of positive weights, and that of negative ones if it is another.
    names: [Option<String>; 2],
    weight: f64,
}

/// Local targets: one normal number for each pair of opposites or signed target, within what a person's face allows.
fn draw_local(rng: &mut Stream, shape: &mut Weights) {
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
    let mut drawn = Vec::new();
    for target in &targets {
        let name = &target.name;
        if OPPOSITES.iter().any(|(_, second)| name.ends_with(second)) {
            continue;
        }
        let local = &name["local/".len()..];
        let deviation = DEVIATIONS.iter().find(|(part, _)| local.starts_with(part)).map_or(0.0, |d| d.1);
        let weight = rng.normal_within(0.0, APART * deviation, FARTHEST / APART);
        let opposite = OPPOSITES.iter().find_map(|(first, second)| {
            let other = format!("{}{second}", name.strip_suffix(first)?);
            targets.iter().any(|t| t.name == other).then_some(other)
        });
        let stem = OPPOSITES.iter().find_map(|(first, _)| local.strip_suffix(first)).unwrap_or(local);
        let signed = target.range[0] < 0.0;
        let weight = if opposite.is_none() && !signed { weight.abs() } else { weight };
        let negative = opposite.or_else(|| signed.then(|| name.clone()));
        drawn.push(Drawn { stem, names: [Some(name.clone()), negative], weight });
    }
    keep_budgets(&mut drawn);
    for Drawn { names: [positive, negative], weight, .. } in drawn {
        let split = positive != negative && weight < 0.0;
        if let Some(name) = if split { negative } else { positive } {
            shape.insert(name, if split { -weight } else { weight });
        }
    }
}

/// Takes what goes beyond a budget evenly from all that share it.
fn keep_budgets(drawn: &mut [Drawn<'_>]) {
    for (stems, most) in BUDGETS {
        let total: f64 = drawn.iter().filter(|d| stems.contains(&d.stem)).map(|d| d.weight).sum();
        let beyond = total - total.clamp(-most, most);
        let each = beyond / stems.len() as f64;
        for d in drawn.iter_mut().filter(|d| stems.contains(&d.stem)) {
            d.weight -= each;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes() -> impl Iterator<Item = Weights> {
        (0..60).map(|i| {
            let rng = &mut Stream::new("shape", 1, i);
            let sex = if i % 2 == 0 { Sex::Female } else { Sex::Male };
            let ancestry = Ancestry::draw(rng, i as f64 / 60.0);
            draw_shape(rng, sex, 20.0 + i as f64, ancestry)
        })
    }

    #[test]
    fn every_name_of_a_budget_is_a_target_and_sums_stay_within() {
        for (stems, most) in BUDGETS {
            for stem in stems {
                assert!(
                    SKIN.mesh.targets.iter().any(|t| t.name.starts_with(&format!("local/{stem}-"))),
                    "{stem}"
                );
            }
            let mut rng = Stream::new("local", 1, 1);
            for _ in 0..100 {
                let mut shape = Weights::new();
                draw_local(&mut rng, &mut shape);
                let own = shape.iter().filter(|(name, _)| {
                    let local = &name["local/".len()..];
                    stems.iter().any(|s| local.rsplit_once('-').is_some_and(|(stem, _)| stem == *s))
                });
                let sum: f64 = own.map(|(name, w)| if name.ends_with("-decr") { -w } else { *w }).sum();
                assert!(sum.abs() <= most + 1e-9, "{stems:?}: {sum}");
            }
        }
    }

    #[test]
    fn jaws_and_cheeks_stay_near_the_mean() {
        for shape in shapes() {
            for (name, weight) in shape.iter().filter(|(name, _)| name.starts_with("local/")) {
                let outline = ["local/head", "local/chin", "local/cheek"].iter().any(|p| name.starts_with(p));
                assert!(weight.abs() < if outline { 0.55 } else { 1.0 }, "{name}: {weight}");
            }
        }
    }
}
