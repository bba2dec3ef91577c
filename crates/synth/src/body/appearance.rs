//! What a person looks like, as plain data: the same person in every photo.

use glam::Vec3;
use serde::{Deserialize, Serialize};

use super::Sex;
use super::mesh::Weights;
use crate::color::{luminance, srgb_to_linear};

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
    /// Own colour of the lips: factors on the skin's albedo.
    pub lips: [f64; 3],
    /// Make-up on lips, 0-1.
    pub lipstick: f64,
    /// Make-up round the eyes and on the cheeks, 0-1.
    pub makeup: f64,
    /// Darkness under the eyes, 0-1.
    pub circles: f64,
    /// Patches of red, 0-1: nothing, or what heat, acne and sun leave.
    pub blotches: f64,
    /// Number of moles on face and neck.
    pub moles: u32,
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

    /// Whether it hangs loose beside the face, over the ears.
    pub(super) fn hangs(self) -> bool {
        matches!(self, Self::Bob | Self::Long | Self::Fringe)
    }
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
    /// How high the hairline begins: -1 (low) to 1 (high forehead).
    pub forehead: f64,
    /// Line over the forehead: -1 (rounded) to 1 (drawn down to a peak in the middle).
    pub peak: f64,
    /// Hairline lifted at the temples, 0-1.
    pub recession: f64,
    /// Thinned on the crown, 0-1.
    pub thinning: f64,
}

/// Eyebrows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brows {
    /// Width, factor, 0.5-1.7.
    pub width: f64,
    /// Share of hairs, 0.2-1.
    pub density: f64,
    /// How much higher than usual they lie, mm.
    pub rise: f64,
    /// How much farther than usual their inner ends are from the middle, mm.
    pub gap: f64,
    /// Length, factor, 0.75-1.15.
    pub length: f64,
    /// Height of the bow, factor, 0.1-1.9.
    pub arch: f64,
    /// How much higher the outer end lies than usual, mm.
    pub tilt: f64,
    /// Reflectance, linear sRGB.
    pub albedo: [f64; 3],
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
    /// Thickness of the rim above the lenses, mm.
    pub rim: f64,
    /// Thickness of the rim below them, share of that above; little where a thread holds the lens.
    pub lower: f64,
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
    /// A shirt with a collar, open at the neck, with buttons.
    Shirt,
}

/// What is woven or printed into cloth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Nothing.
    Plain,
    /// Threads of two shades.
    Heather,
    /// Stripes across.
    Stripes,
    /// Stripes both ways.
    Checks,
    /// Ribs of a knit.
    Ribs,
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
    /// Pattern of the garment.
    pub pattern: Pattern,
    /// The pattern's second colour: albedo, linear sRGB.
    pub second: [f64; 3],
}

/// sRGB anchors of skin at even steps of melanin: the order of the Monk Skin Tone scale (Monk 2019),
/// in the range of measured skin reflectance (Xiao et al. 2017) rather than of the scale's swatches.
const SKIN_TONES: [[f64; 3]; 10] = [
    [0.925, 0.799, 0.736],
    [0.903, 0.765, 0.691],
    [0.876, 0.727, 0.637],
    [0.834, 0.681, 0.585],
    [0.754, 0.593, 0.492],
    [0.645, 0.485, 0.394],
    [0.528, 0.387, 0.311],
    [0.427, 0.308, 0.249],
    [0.339, 0.245, 0.200],
    [0.271, 0.198, 0.167],
];

impl Skin {
    /// Luminance of what skin gives back in even light, 0.02-1: its albedo, and what its surface mirrors.
    pub(crate) fn reflectance(&self) -> f64 {
        (f64::from(luminance(self.albedo.map(|v| v as f32))) + SURFACE).max(0.02)
    }
}

/// What of that the surface mirrors, which is shaded by itself: skin is measured with its gloss included.
const SURFACE: f64 = 0.010;

/// Linear sRGB albedo of skin with this melanin (0-1) below its surface, and the Monk step of it.
pub fn skin_tone(melanin: f64) -> ([f64; 3], u8) {
    let at = melanin.clamp(0.0, 1.0) * 10.0 - 0.5;
    let low = (at.max(0.0) as usize).min(8);
    let t = (at - low as f64).clamp(0.0, 1.0);
    let albedo = [0, 1, 2].map(|k| {
        let [a, b] = [SKIN_TONES[low][k], SKIN_TONES[low + 1][k]];
        srgb_to_linear(a + (b - a) * t) - SURFACE
    });
    (albedo, (melanin * 10.0).floor().clamp(0.0, 9.0) as u8 + 1)
}

/// A colour given in sRGB.
pub(super) fn linear(srgb: [f64; 3]) -> [f64; 3] {
    srgb.map(srgb_to_linear)
}

/// A colour as the shading uses it.
pub(super) fn rgb(color: [f64; 3]) -> Vec3 {
    Vec3::new(color[0] as f32, color[1] as f32, color[2] as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

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
