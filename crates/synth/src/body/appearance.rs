//! What a person looks like, as plain data: the same person in every photo.

use glam::Vec3;
use serde::{Deserialize, Serialize};

use super::Sex;
use super::mesh::Weights;
use super::topology::SKIN;
use crate::color::srgb_to_linear;
use crate::rng::Stream;

/// A person's looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appearance {
    /// Sex as the document prints it.
    pub sex: Sex,
    /// Age, years.
    pub age: f64,
    /// Identity: weights of the head's morph targets `macro/*` and `local/*`.
    pub shape: Weights,
    /// The skin.
    pub skin: Skin,
    /// Colour of the iris, linear sRGB albedo.
    pub iris: [f64; 3],
    /// Hair on the head.
    pub hair: Hair,
    /// Eyebrows.
    pub brows: Brows,
    /// Beard.
    pub beard: Beard,
    /// Glasses.
    pub glasses: Option<Glasses>,
    /// Clothes.
    pub clothes: Clothes,
    /// Seed of what is too fine to name: single hairs, moles, pores.
    pub seed: u64,
}

/// Skin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skin {
    /// Melanin, 0 (lightest) to 1 (darkest).
    pub melanin: f64,
    /// Step of the Monk Skin Tone scale, 1-10: the tenth of the melanin scale.
    pub monk_tone: u8,
    /// Albedo where nothing reddens or shades it, linear sRGB.
    pub albedo: [f64; 3],
    /// Redness of cheeks, nose and ears, 0-1.
    pub flush: f64,
    /// Freckles, 0-1.
    pub freckles: f64,
    /// Lines and coarse texture, 0-1.
    pub lines: f64,
    /// Make-up on lips, 0-1.
    pub lipstick: f64,
}

/// How hair is cut and combed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HairStyle {
    /// None, or shaved to the skin.
    Bald,
    /// A few millimetres all over.
    Buzz,
    /// Short, combed forward, rough.
    Crop,
    /// Short sides, top combed to one side from a parting.
    SidePart,
    /// Short sides, top combed back.
    SweptBack,
    /// Tight curls that stand off the head.
    Afro,
    /// Combed back tightly and tied behind the head.
    TiedBack,
    /// To the jaw, from a parting.
    Bob,
    /// Beyond the shoulders, from a parting.
    Long,
    /// To the jaw or longer, with a fringe over the forehead.
    Fringe,
}

impl HairStyle {
    /// Every style.
    pub const ALL: [Self; 10] = [
        Self::Bald,
        Self::Buzz,
        Self::Crop,
        Self::SidePart,
        Self::SweptBack,
        Self::Afro,
        Self::TiedBack,
        Self::Bob,
        Self::Long,
        Self::Fringe,
    ];
}

/// Hair on the head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hair {
    /// Cut and combing.
    pub style: HairStyle,
    /// Reflectance of a lit lock, linear sRGB.
    pub albedo: [f64; 3],
    /// Share of white hairs, 0-1.
    pub grey: f64,
    /// Factor on the style's lengths, 0.6-1.5.
    pub length: f64,
    /// Where the parting runs: mm to the person's left of the middle.
    pub parting: f64,
    /// How far hair stands off the head, factor on the style's, 0.5-1.8.
    pub volume: f64,
    /// Waves: 0 straight, 1 curly.
    pub curl: f64,
    /// Hairline lifted at the temples, 0-1.
    pub recession: f64,
    /// Thinned on the crown, 0-1.
    pub thinning: f64,
}

/// Eyebrows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brows {
    /// Width, factor, 0.6-1.5.
    pub width: f64,
    /// Share of hairs, 0.3-1.
    pub density: f64,
}

/// Beard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beard {
    /// Shadow of shaved hair, 0-1.
    pub stubble: f64,
    /// Length of chin and cheek hair, mm; 0 is shaved.
    pub length: f64,
    /// Length of the moustache, mm; 0 is shaved.
    pub moustache: f64,
    /// Cheeks shaved: hair only around the mouth and on the chin.
    pub goatee: bool,
}

/// Glasses with thin rims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Glasses {
    /// Width and height of a lens, mm.
    pub lens: [f64; 2],
    /// Exponent of the lens's superellipse: 2 is oval, 4 nearly rectangular.
    pub squareness: f64,
    /// Thickness of the rim, mm.
    pub rim: f64,
    /// Albedo of the rim, linear sRGB.
    pub albedo: [f64; 3],
}

/// How a garment is cut at the neck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Neckline {
    /// Round, close to the neck.
    Crew,
    /// Round and wider.
    Scoop,
    /// To a point.
    Vee,
    /// Up to under the chin.
    Roll,
    /// An open jacket over a crew neck.
    Jacket,
}

/// Clothes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clothes {
    /// Cut at the neck.
    pub neckline: Neckline,
    /// Albedo, linear sRGB.
    pub albedo: [f64; 3],
    /// Albedo of what is worn under a jacket, linear sRGB.
    pub under: [f64; 3],
    /// Contrast of knit or weave, 0-1.
    pub texture: f64,
}

/// sRGB anchors of skin at even steps of melanin: the order of the Monk Skin Tone scale (Monk 2019),
/// in the range of measured skin reflectance (Xiao et al. 2017) rather than of the scale's swatches.
const SKIN_TONES: [[f64; 3]; 10] = [
    [0.945, 0.795, 0.720],
    [0.925, 0.760, 0.672],
    [0.900, 0.722, 0.615],
    [0.862, 0.670, 0.540],
    [0.790, 0.585, 0.445],
    [0.680, 0.475, 0.350],
    [0.560, 0.372, 0.268],
    [0.455, 0.292, 0.210],
    [0.360, 0.228, 0.168],
    [0.285, 0.182, 0.140],
];

/// Linear sRGB albedo of skin with this melanin (0-1), and the Monk step of it.
pub fn skin_tone(melanin: f64) -> ([f64; 3], u8) {
    let at = melanin.clamp(0.0, 1.0) * 10.0 - 0.5;
    let low = (at.max(0.0) as usize).min(8);
    let t = (at - low as f64).clamp(0.0, 1.0);
    let albedo = [0, 1, 2].map(|k| {
        let [a, b] = [SKIN_TONES[low][k], SKIN_TONES[low + 1][k]];
        srgb_to_linear(a + (b - a) * t)
    });
    (albedo, (melanin * 10.0).floor().clamp(0.0, 9.0) as u8 + 1)
}

fn linear(srgb: [f64; 3]) -> [f64; 3] {
    srgb.map(srgb_to_linear)
}

impl Appearance {
    /// Draws a person. Every tone, style and shape is about as likely as any other that goes with sex and age.
    pub fn draw(rng: &mut Stream, sex: Sex, age: f64) -> Self {
        let melanin = rng.unit();
        let shape = draw_shape(rng, sex, age, melanin);
        let skin = draw_skin(rng, sex, age, melanin);
        let iris = draw_iris(rng, melanin);
        let hair = draw_hair(rng, sex, age, melanin);
        let brows = Brows {
            width: rng.normal_within(if sex == Sex::Male { 1.15 } else { 0.85 }, 0.13, 2.0),
            density: rng.range(0.55, 1.0),
        };
        let beard = draw_beard(rng, sex, age);
        let glasses = draw_glasses(rng, age);
        let clothes = draw_clothes(rng);
        Self { sex, age, shape, skin, iris, hair, brows, beard, glasses, clothes, seed: rng.word() }
    }
}

/// Weights of the shape: a mix of ancestries, sex and age, and local features around it.
fn draw_shape(rng: &mut Stream, sex: Sex, age: f64, melanin: f64) -> Weights {
    let mut shape = Weights::new();
    let dark = 1.0 / (1.0 + libm::exp(-(melanin - 0.55) * 9.0));
    let east = rng.chance(0.45);
    let mut races =
        [dark, (1.0 - dark) * if east { 0.85 } else { 0.1 }, (1.0 - dark) * if east { 0.15 } else { 0.9 }];
    for share in &mut races {
        *share += 0.25 * rng.unit();
    }
    let total: f64 = races.iter().sum();
    let old = ((age - 25.0) / 65.0).clamp(0.0, 0.85);
    let child = ((18.0 - age) / 7.0).clamp(0.0, 1.0);
    let manly = if sex == Sex::Male { rng.range(0.78, 1.0) } else { rng.range(0.0, 0.14) };
    let build = rng.normal_within(0.0, 0.3, 2.0);
    for (sex, sex_share) in [("female", 1.0 - manly), ("male", manly)] {
        for (age, age_share) in [("young", 1.0 - old), ("old", old)] {
            for (race, share) in ["african", "asian", "caucasian"].iter().zip(races) {
                shape.insert(format!("macro/{race}-{sex}-{age}"), share / total * sex_share * age_share);
            }
            let kind = if build < 0.0 { "minweight" } else { "maxweight" };
            shape.insert(format!("macro/{sex}-{age}-{kind}"), build.abs() * sex_share * age_share);
        }
        shape.insert(format!("macro/{sex}-child"), child * sex_share);
    }
    draw_local(rng, &mut shape);
    let aged = ((age - 35.0) / 45.0).clamp(0.0, 1.0);
    for (name, most) in [
        ("eye-bag-incr", 0.5),
        ("mouth-laugh-lines-in", 0.55),
        ("neck-double-incr", 0.35),
        ("eye-eyefold-down", 0.3),
    ] {
        let weight = most * aged * rng.range(0.5, 1.0);
        *shape.entry(format!("local/{name}")).or_default() += weight;
    }
    shape
}

/// Local targets: one normal number for each pair of opposites or signed target.
fn draw_local(rng: &mut Stream, shape: &mut Weights) {
    const SMALL: [&str; 10] = [
        "head",
        "forehead",
        "measure-neck",
        "neck",
        "ear",
        "eye-height",
        "mouth-trans",
        "mouth-scale-depth",
        "nose-trans",
        "eye-trans",
    ];
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
        let deviation = if stem.starts_with("asym") {
            0.22
        } else if small {
            0.16
        } else {
            0.25
        };
        let weight = rng.normal_within(0.0, deviation, 2.2);
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

fn draw_skin(rng: &mut Stream, sex: Sex, age: f64, melanin: f64) -> Skin {
    let (mut albedo, monk_tone) = skin_tone(melanin);
    let warmth = rng.normal_within(0.0, 0.035, 2.0);
    albedo[0] *= 1.0 + warmth;
    albedo[2] *= 1.0 - 1.6 * warmth;
    let aged = ((age - 28.0) / 50.0).clamp(0.0, 1.0);
    Skin {
        melanin,
        monk_tone,
        albedo,
        flush: rng.range(0.25, 1.0),
        freckles: if melanin < 0.35 && rng.chance(0.3) { rng.range(0.3, 1.0) } else { 0.0 },
        lines: (aged * rng.range(0.7, 1.1)).clamp(0.0, 1.0),
        lipstick: if sex == Sex::Female && age > 16.0 && rng.chance(0.35) {
            rng.range(0.3, 1.0)
        } else {
            0.0
        },
    }
}

fn draw_iris(rng: &mut Stream, melanin: f64) -> [f64; 3] {
    const LIGHT: [[f64; 3]; 5] =
        [[0.42, 0.52, 0.60], [0.36, 0.46, 0.50], [0.42, 0.46, 0.34], [0.46, 0.38, 0.24], [0.50, 0.36, 0.22]];
    let brown = [0.30, 0.19, 0.12];
    let light = *rng.pick(&LIGHT);
    let depth = rng.range(0.75, 1.1);
    let is_light = rng.chance((0.85 - 1.9 * melanin).max(0.0));
    linear((if is_light { light } else { brown }).map(|v| v * depth))
}

fn draw_hair(rng: &mut Stream, sex: Sex, age: f64, melanin: f64) -> Hair {
    const COLOURS: [[f64; 3]; 7] = [
        [0.165, 0.145, 0.138],
        [0.205, 0.158, 0.130],
        [0.265, 0.190, 0.140],
        [0.340, 0.235, 0.155],
        [0.470, 0.350, 0.225],
        [0.640, 0.520, 0.360],
        [0.460, 0.225, 0.115],
    ];
    let fair = (1.0 - 2.0 * melanin).max(0.0);
    let colour =
        COLOURS[rng.weighted(&[1.6, 1.4, 0.3 + 1.2 * fair, 1.2 * fair, 0.9 * fair, 0.7 * fair, 0.5 * fair])];
    let tint = rng.range(0.85, 1.15);
    // Dark hair on dark skin greys about a decade later, and few heads turn white altogether.
    let onset = rng.normal_within(50.0, 8.0, 2.0) + 9.0 * ((melanin - 0.4) / 0.4).clamp(0.0, 1.0);
    let grey = ((age - onset) / 22.0).clamp(0.0, 0.85);
    // Long loose hair is rarer with age.
    let loose = (1.0 - (age - 45.0).max(0.0) / 35.0).max(0.2);
    let curly = if melanin > 0.62 { 0.75 } else { 0.18 };
    let curl = if rng.chance(curly) { rng.range(0.45, 1.0) } else { rng.range(0.0, 0.35) };
    use HairStyle::{Afro, Bald, Bob, Buzz, Crop, Fringe, Long, SidePart, SweptBack, TiedBack};
    let tight = if melanin > 0.62 { 1.0 } else { 0.05 };
    let balding = ((age - 30.0) / 60.0).clamp(0.0, 0.5);
    let choices: &[(HairStyle, f64)] = if sex == Sex::Male {
        &[
            (Bald, 0.25 + balding),
            (Buzz, 0.6 + 0.8 * tight),
            (Crop, 1.3 - 0.5 * tight),
            (SidePart, 1.4 - 1.0 * tight),
            (SweptBack, 1.0 - 0.7 * tight),
            (Afro, 0.9 * tight),
            (Long, 0.15),
            (TiedBack, 0.12),
        ]
    } else {
        &[
            (Buzz, 0.08 + 0.2 * tight),
            (Crop, 0.2),
            (SidePart, 0.3),
            (Afro, 0.9 * tight),
            (TiedBack, 1.1),
            (Bob, 1.1 - 0.6 * tight),
            (Long, (1.7 - 0.7 * tight) * loose),
            (Fringe, (0.8 - 0.4 * tight) * loose),
        ]
    };
    let weights: Vec<f64> = choices.iter().map(|c| c.1).collect();
    let style = choices[rng.weighted(&weights)].0;
    let side = if rng.chance(0.5) { 1.0 } else { -1.0 };
    let centred = matches!(style, Bob | Long) && rng.chance(0.45);
    let male = sex == Sex::Male;
    Hair {
        style,
        albedo: linear(colour.map(|v| v * tint)),
        grey,
        length: rng.range(0.75, 1.35),
        parting: if centred { rng.range(-4.0, 4.0) } else { side * rng.range(16.0, 38.0) },
        volume: rng.range(0.65, 1.45),
        curl,
        recession: if male {
            (rng.range(-0.3, 0.5) + 1.2 * balding).clamp(0.0, 1.0)
        } else {
            0.15 * rng.unit()
        },
        thinning: if male && rng.chance(balding) { rng.range(0.3, 1.0) } else { 0.0 },
    }
}

fn draw_beard(rng: &mut Stream, sex: Sex, age: f64) -> Beard {
    let kind = rng.weighted(&[1.2, 1.0, 0.7, 0.5, 0.25]);
    let length = rng.range(2.5, 12.0);
    let stubble = rng.range(0.15, 0.6);
    if sex == Sex::Female || age < 18.0 {
        return Beard { stubble: 0.0, length: 0.0, moustache: 0.0, goatee: false };
    }
    let none = Beard { stubble: 0.35 * stubble, length: 0.0, moustache: 0.0, goatee: false };
    match kind {
        0 => none,
        1 => Beard { stubble: 0.4 + stubble, length: 1.1, moustache: 1.1, ..none },
        2 => Beard { stubble, length, moustache: 0.6 * length + 1.5, ..none },
        3 => Beard { stubble, length: 0.7 * length, moustache: 4.0, goatee: true },
        _ => Beard { moustache: 5.5, ..none },
    }
}

fn draw_glasses(rng: &mut Stream, age: f64) -> Option<Glasses> {
    const RIMS: [[f64; 3]; 5] =
        [[0.06, 0.06, 0.065], [0.22, 0.12, 0.07], [0.10, 0.12, 0.20], [0.45, 0.43, 0.40], [0.50, 0.40, 0.22]];
    let worn = rng.chance(0.14 + 0.003 * (age - 20.0).max(0.0));
    let albedo = linear(*rng.pick(&RIMS));
    let glasses = Glasses {
        lens: [rng.range(46.0, 54.0), rng.range(30.0, 42.0)],
        squareness: rng.range(2.0, 4.5),
        rim: rng.range(0.9, 3.0),
        albedo,
    };
    worn.then_some(glasses)
}

fn draw_clothes(rng: &mut Stream) -> Clothes {
    const CLOTH: [[f64; 3]; 14] = [
        [0.12, 0.12, 0.13],
        [0.20, 0.21, 0.23],
        [0.45, 0.46, 0.48],
        [0.88, 0.88, 0.86],
        [0.14, 0.18, 0.30],
        [0.22, 0.34, 0.52],
        [0.45, 0.58, 0.70],
        [0.42, 0.12, 0.14],
        [0.62, 0.22, 0.20],
        [0.16, 0.30, 0.22],
        [0.38, 0.42, 0.26],
        [0.55, 0.45, 0.34],
        [0.72, 0.62, 0.50],
        [0.48, 0.30, 0.42],
    ];
    let necks = [
        Neckline::Crew,
        Neckline::Crew,
        Neckline::Scoop,
        Neckline::Vee,
        Neckline::Roll,
        Neckline::Jacket,
        Neckline::Jacket,
    ];
    let neckline = *rng.pick(&necks);
    let [outer, under] = [0, 1].map(|_| *rng.pick(&CLOTH));
    let under = if rng.chance(0.6) { CLOTH[3] } else { under };
    Clothes { neckline, albedo: linear(outer), under: linear(under), texture: rng.range(0.2, 1.0) }
}

/// A colour as the shading uses it.
pub(super) fn rgb(color: [f64; 3]) -> Vec3 {
    Vec3::new(color[0] as f32, color[1] as f32, color[2] as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_stream_gives_the_same_person_and_another_another() {
        let draw = |i| Appearance::draw(&mut Stream::new("person", 1, i), Sex::Female, 30.0);
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3).shape, draw(4).shape);
    }

    #[test]
    fn a_person_survives_json() {
        let person = Appearance::draw(&mut Stream::new("person", 1, 9), Sex::Male, 61.0);
        let text = serde_json::to_string(&person).unwrap();
        assert_eq!(serde_json::from_str::<Appearance>(&text).unwrap(), person);
        let odd = text.replacen("\"age\"", "\"years\"", 1);
        assert!(serde_json::from_str::<Appearance>(&odd).is_err());
    }

    #[test]
    fn ancestry_sex_and_age_sum_to_one() {
        for i in 0..50 {
            let age = 18.0 + i as f64;
            let person = Appearance::draw(&mut Stream::new("person", 2, i), Sex::Male, age);
            let corner = |name: &str| {
                name.starts_with("macro/") && (name.ends_with("-young") || name.ends_with("-old"))
            };
            let sum: f64 = person.shape.iter().filter(|(n, _)| corner(n)).map(|(_, w)| w).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
    }

    #[test]
    fn every_monk_step_is_drawn_and_darker_than_the_one_before() {
        let luminance = |m: f64| crate::color::luminance(skin_tone(m).0.map(|v| v as f32));
        for step in 1..=10u8 {
            let melanin = (f64::from(step) - 0.5) / 10.0;
            assert_eq!(skin_tone(melanin).1, step);
            assert!(step == 10 || luminance(melanin) > luminance(melanin + 0.1));
        }
        let mut seen = [false; 10];
        for i in 0..200 {
            let person = Appearance::draw(&mut Stream::new("person", 3, i), Sex::Female, 40.0);
            seen[usize::from(person.skin.monk_tone) - 1] = true;
        }
        assert_eq!(seen, [true; 10]);
    }
}
