//! A person's looks beyond the shape, drawn: skin, hair, brows, beard, glasses, clothes.

use super::Sex;
use super::appearance::{
    Appearance, Beard, Brows, Clothes, Glasses, Hair, HairStyle, Neckline, Pattern, Skin, linear, skin_tone,
};
use super::identity::{Ancestry, draw_shape};
use crate::rng::Stream;

impl Appearance {
    /// Draws a person. Every tone, style and shape is about as likely as any other that goes with sex and age.
    pub fn draw(rng: &mut Stream, sex: Sex, age: f64) -> Self {
        let melanin = rng.unit();
        let ancestry = Ancestry::draw(rng, melanin);
        let shape = draw_shape(rng, sex, age, ancestry);
        let skin = draw_skin(rng, sex, age, melanin, ancestry);
        let iris = draw_iris(rng, melanin, ancestry);
        let hair = draw_hair(rng, sex, age, melanin, ancestry);
        let brows = draw_brows(rng, sex, &hair, &skin);
        let beard = draw_beard(rng, sex, age);
        let glasses = draw_glasses(rng, age, &skin);
        let clothes = draw_clothes(rng, &skin);
        Self { sex, age, shape, skin, iris, hair, brows, beard, glasses, clothes, seed: rng.word() }
    }
}

/// The least gap between brows: those that meet are rare.
pub(super) const LEAST_GAP: f64 = -2.2;

fn draw_brows(rng: &mut Stream, sex: Sex, hair: &Hair, skin: &Skin) -> Brows {
    let male = sex == Sex::Male;
    // Brows are darker than fair hair, and not darker than dark hair.
    let brightest = hair.albedo.iter().copied().fold(0.0, f64::max);
    let depth = (0.075 / brightest.max(0.075)).max(0.32) * rng.log_range(0.6, 1.9);
    Brows {
        width: rng
            .normal_within(if male { 1.28 } else { 0.95 }, 0.6, 1.5)
            .clamp(if male { 0.80 } else { 0.64 }, 1.85),
        // Sparse hairs are lost before dark skin.
        density: rng.range(0.30 + 0.25 * skin.melanin, 1.0),
        // Brows lie on the ridge: higher ones leave it bare, lower ones lie on the lid.
        rise: rng.normal_within(if male { -5.6 } else { -4.2 }, 3.0, 1.5).clamp(-8.5, 2.0),
        gap: rng.normal_within(-0.2, 3.0, 1.7).max(LEAST_GAP),
        length: rng.range(0.78, 1.08),
        arch: rng.normal_within(if male { 0.6 } else { 0.9 }, 0.56, 1.3).max(0.05),
        // Steeper ones look angry, and those that fall outwards sad.
        tilt: rng.normal_within(0.4, 1.7, 1.3),
        albedo: core::array::from_fn(|k| {
            (hair.albedo[k] * depth).min((0.3 - 0.18 * skin.melanin) * skin.albedo[k])
        }),
    }
}

fn draw_skin(rng: &mut Stream, sex: Sex, age: f64, melanin: f64, ancestry: Ancestry) -> Skin {
    let (mut albedo, monk_tone) = skin_tone(melanin);
    // Pale skin with less red than this is mauve.
    let warmth = rng.normal_within(0.02 + 0.02 * (ancestry.asian - ancestry.european), 0.045, 1.8).max(-0.02);
    let painted = sex == Sex::Female && age > 16.0;
    albedo[0] *= 1.0 + warmth;
    albedo[2] *= 1.0 - 1.6 * warmth;
    let aged = ((age - 28.0) / 50.0).clamp(0.0, 1.0);
    Skin {
        melanin,
        monk_tone,
        albedo,
        flush: rng.range(0.05, 1.1),
        freckles: if melanin < 0.4 && ancestry.european > 0.5 && rng.chance(0.35) {
            rng.range(0.2, 1.0)
        } else {
            0.0
        },
        lines: (aged * rng.range(0.7, 1.1)).clamp(0.0, 1.0),
        lips: draw_lips(rng, melanin),
        lipstick: if painted && rng.chance(0.55) { rng.range(0.3, 1.0) } else { 0.0 },
        makeup: if painted && rng.chance(0.6) { rng.range(0.3, 1.0) } else { 0.0 },
        circles: (0.8 * rng.unit() * rng.unit() + 0.25 * aged).min(1.0),
        blotches: if painted { 0.1 } else { 0.25 } + 0.75 * rng.unit() * rng.unit(),
        moles: (rng.unit() * rng.unit() * 14.0) as u32,
    }
}

/// Lips are redder than the skin round them on everyone, dark or pale: factors on the skin's albedo.
fn draw_lips(rng: &mut Stream, melanin: f64) -> [f64; 3] {
    let red = rng.range(0.58, 1.02) - 0.12 * melanin;
    let pale = rng.range(0.50, 0.80) + 0.12 * melanin;
    let blue = rng.range(0.98, 1.16);
    [red, red * pale, red * pale * blue]
}

fn draw_iris(rng: &mut Stream, melanin: f64, ancestry: Ancestry) -> [f64; 3] {
    const LIGHT: [[f64; 3]; 5] =
        [[0.41, 0.48, 0.53], [0.36, 0.43, 0.46], [0.40, 0.42, 0.33], [0.42, 0.35, 0.24], [0.43, 0.31, 0.20]];
    let brown = [0.27, 0.17, 0.11];
    let light = *rng.pick(&LIGHT);
    // Who has more melanin in the skin has more in the eye.
    let depth = rng.log_range(0.6, 1.6) * (1.0 - 0.75 * melanin);
    let is_light = rng.chance((1.25 * ancestry.european - 2.0 * melanin).max(0.0));
    // None is as bright as paint.
    linear((if is_light { light } else { brown }).map(|v| v * depth.min(1.05)))
}

fn draw_hair(rng: &mut Stream, sex: Sex, age: f64, melanin: f64, ancestry: Ancestry) -> Hair {
    const COLOURS: [[f64; 3]; 7] = [
        [0.120, 0.104, 0.100],
        [0.172, 0.130, 0.108],
        [0.255, 0.180, 0.132],
        [0.340, 0.235, 0.155],
        [0.470, 0.350, 0.225],
        [0.640, 0.520, 0.360],
        [0.375, 0.240, 0.155],
    ];
    let fair = 1.5 * (1.0 - 1.8 * melanin).max(0.0) * smooth_share(ancestry.european);
    let colour = COLOURS[rng.weighted(&[
        // Few with dark skin have brown hair.
        1.2 + 2.0 * melanin,
        1.1 - 0.9 * melanin,
        0.3 - 0.27 * melanin + 1.3 * fair,
        1.5 * fair,
        1.2 * fair,
        1.0 * fair,
        0.7 * fair,
    ])];
    let tint = rng.range(0.85, 1.15);
    // Women dye their hair, to natural colours; black hair is seldom bleached.
    let dye = *rng.pick(if melanin < 0.5 { &COLOURS[1..] } else { &COLOURS[..3] });
    let dyed = sex == Sex::Female && rng.chance(0.22);
    let colour = if dyed { dye } else { colour };
    // Dark hair on dark skin greys about a decade later, and few heads turn white altogether.
    let onset = rng.normal_within(50.0, 8.0, 2.0) + 9.0 * ((melanin - 0.4) / 0.4).clamp(0.0, 1.0);
    let grey = ((age - onset) / 22.0).clamp(0.0, 0.85 - 0.4 * melanin) * if dyed { 0.15 } else { 1.0 };
    // Long loose hair is rarer with age.
    let loose = (1.0 - (age - 45.0).max(0.0) / 35.0).max(0.2);
    let curly = 0.12 + 0.75 * ancestry.african;
    let curl = if rng.chance(curly) { rng.range(0.45, 1.0) } else { rng.range(0.0, 0.35) };
    use HairStyle::{Afro, Bald, Bob, Buzz, Crop, Fringe, Long, SidePart, SweptBack, TiedBack};
    let tight = ancestry.african;
    let balding = ((age - 30.0) / 60.0).clamp(0.0, 0.5);
    let choices: &[(HairStyle, f64)] = if sex == Sex::Male {
        &[
            (Bald, 0.08 + balding),
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
        volume: rng.range(0.6, 1.25),
        curl,
        forehead: rng.normal_within(0.0, 0.6, 1.7),
        peak: rng.normal_within(0.0, 0.5, 2.0),
        recession: if male {
            (rng.range(-0.3, 0.5) + 1.2 * balding).clamp(0.0, 1.0)
        } else {
            0.15 * rng.unit()
        },
        thinning: if male && rng.chance(balding) { rng.range(0.3, 1.0) } else { 0.0 },
    }
}

pub(super) fn draw_beard(rng: &mut Stream, sex: Sex, age: f64) -> Beard {
    let kind = rng.weighted(&[0.75, 0.9, 0.7, 0.5, 0.3]);
    let length = rng.log_range(2.5, 17.0);
    let stubble = rng.range(0.1, 0.75);
    if sex == Sex::Female || age < 18.0 {
        return Beard { stubble: 0.0, length: 0.0, moustache: 0.0, goatee: false };
    }
    let none = Beard { stubble: 0.55 * stubble, length: 0.0, moustache: 0.0, goatee: false };
    match kind {
        0 => none,
        1 => Beard { stubble: 0.4 + stubble, length: 1.1, moustache: 1.1, ..none },
        2 => Beard { stubble, length, moustache: 0.6 * length + 1.5, ..none },
        3 => Beard { stubble, length: 0.7 * length, moustache: 4.0, goatee: true },
        _ => Beard { moustache: 5.5, ..none },
    }
}

pub(super) fn draw_glasses(rng: &mut Stream, age: f64, skin: &Skin) -> Option<Glasses> {
    const METAL: &[[f64; 3]] = &[
        [0.10, 0.10, 0.11],
        [0.30, 0.29, 0.28],
        [0.42, 0.34, 0.22],
        [0.45, 0.36, 0.32],
        [0.06, 0.06, 0.065],
    ];
    const PLASTIC: &[[f64; 3]] = &[
        [0.05, 0.05, 0.055],
        [0.06, 0.06, 0.065],
        [0.20, 0.11, 0.06],
        [0.10, 0.12, 0.20],
        [0.26, 0.08, 0.09],
        [0.24, 0.24, 0.25],
    ];
    let worn = rng.chance(0.32 + 0.005 * (age - 20.0).max(0.0));
    let thin = rng.chance(0.45);
    // Thin rims are metal, broad ones plastic.
    let albedo = linear(*rng.pick(if thin { METAL } else { PLASTIC }));
    // Rims are chosen to set off a face: few are lighter than it.
    let light = albedo.iter().zip(skin.albedo).map(|(rim, skin)| rim / skin).fold(0.0, f64::max);
    let albedo = albedo.map(|v| v * (0.7 / light).min(1.0));
    let glasses = Glasses {
        lens: [rng.range(44.0, 56.0), rng.range(27.0, 40.0)],
        squareness: rng.range(2.0, 4.5),
        rim: if thin { rng.range(0.8, 1.5) } else { rng.range(1.6, 2.6) },
        lower: if rng.chance(0.35) { 0.15 } else { rng.range(0.6, 1.0) },
        albedo,
    };
    worn.then_some(glasses)
}

/// Cloth that is worn, sRGB: most of it dark, grey, blue or white, and none as pure as paint.
const CLOTH: [[f64; 3]; 16] = [
    [0.12, 0.12, 0.13],
    [0.15, 0.15, 0.16],
    [0.20, 0.21, 0.23],
    [0.32, 0.33, 0.35],
    [0.45, 0.46, 0.48],
    WHITE,
    [0.15, 0.18, 0.27],
    [0.27, 0.33, 0.42],
    [0.47, 0.55, 0.63],
    [0.34, 0.14, 0.15],
    [0.45, 0.27, 0.25],
    [0.18, 0.27, 0.21],
    [0.34, 0.36, 0.27],
    [0.48, 0.41, 0.33],
    [0.68, 0.61, 0.52],
    [0.38, 0.29, 0.35],
];
const WHITE: [f64; 3] = [0.80, 0.80, 0.78];

/// Cloth that does not pass for bare skin.
fn dyes(skin: &Skin) -> Vec<[f64; 3]> {
    /// Least difference of the logarithms, over the channels.
    const APART: f64 = 0.85;
    let off = |dye: [f64; 3]| {
        let dye = linear(dye);
        libm::sqrt((0..3).map(|k| libm::pow(libm::log(dye[k] / skin.albedo[k]), 2.0)).sum())
    };
    CLOTH.into_iter().filter(|dye| off(*dye) > APART).collect()
}

pub(super) fn draw_clothes(rng: &mut Stream, skin: &Skin) -> Clothes {
    let dyes = dyes(skin);
    let necks = [
        Neckline::Crew,
        Neckline::Crew,
        Neckline::Scoop,
        Neckline::Vee,
        Neckline::Roll,
        Neckline::Jacket,
        Neckline::Jacket,
        Neckline::Shirt,
        Neckline::Shirt,
    ];
    let patterns = [
        Pattern::Plain,
        Pattern::Plain,
        Pattern::Plain,
        Pattern::Plain,
        Pattern::Plain,
        Pattern::Heather,
        Pattern::Heather,
        Pattern::Ribs,
        Pattern::Stripes,
        Pattern::Checks,
    ];
    let neckline = *rng.pick(&necks);
    let [outer, under, second] = [0, 1, 2].map(|_| *rng.pick(&dyes));
    // Two colours of one cloth are dyed to go together.
    let second = core::array::from_fn(|k| outer[k] + 0.55 * (second[k] - outer[k]));
    let pattern = match (neckline, *rng.pick(&patterns)) {
        (Neckline::Jacket, Pattern::Stripes | Pattern::Ribs) => Pattern::Heather,
        (Neckline::Crew | Neckline::Scoop | Neckline::Vee | Neckline::Roll, Pattern::Checks) => {
            Pattern::Plain
        }
        (_, pattern) => pattern,
    };
    let under = if rng.chance(0.6) { WHITE } else { under };
    Clothes {
        neckline,
        albedo: linear(outer),
        under: linear(under),
        texture: rng.range(0.2, 1.0),
        pattern,
        second: linear(second),
    }
}

/// A share with its ends drawn apart: a parent in eight leaves no trace.
fn smooth_share(share: f64) -> f64 {
    let t = ((share - 0.3) / 0.5).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
