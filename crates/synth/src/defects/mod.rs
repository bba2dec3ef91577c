//! The defects: what can go wrong with a photo, each in a file of its own and one line of [`ALL`].
//!
//! A defect is a change to the scene, the optics, the sensor or the file, where it happens in life, and a
//! measure of what came of it. The two halves are apart on purpose: the measure looks at any scene, whoever
//! changed it, so a sleeve that mirrors a lamp is found to glare although nobody wished for glare.

mod backlit_face;
mod blur;
mod cropped_corner;
mod finger_occlusion;
mod fixture;
mod glare;
mod knobs;
mod low_resolution;
mod mirror;
mod sleeve_reflection;

use retake_label::{Category, Direction, Mask, Quad, Role, Thresholds};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::capture::Layers;
use crate::rng::Stream;
use crate::scene::Scene;
pub use crate::truth::legibility::{Hindrance, Ink, Wash};
pub use crate::truth::letters::Letter;

/// Every defect, in the order of the taxonomy. A new one is a file beside this one and a line here.
pub const ALL: &[&dyn Defect] = &[
    &blur::Blur,
    &glare::Glare,
    &cropped_corner::CroppedCorner,
    &finger_occlusion::FingerOcclusion,
    &low_resolution::LowResolution,
    &sleeve_reflection::SleeveReflection,
    &backlit_face::BacklitFace,
];

/// The defect of a category, if it can be rendered.
pub fn find(category: Category) -> Option<&'static dyn Defect> {
    ALL.iter().copied().find(|defect| defect.profile().category == category)
}

/// Where in the way of the light a defect acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Things, lights and their poses.
    Scene,
    /// Framing, focus and shake.
    Optics,
    /// Exposure and sampling.
    Sensor,
    /// What is stored.
    File,
}

/// Which pixels a defect may change, before encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footprint {
    /// Only those of its region.
    Region,
    /// All: it moves or remakes the whole picture, and its region is the part of the subject that suffers.
    Frame,
}

/// What a defect says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Its category in the taxonomy.
    pub category: Category,
    /// One sentence: what happens, and where it comes from.
    pub summary: &'static str,
    /// Where it acts.
    pub place: Place,
    /// Which pixels it may change.
    pub footprint: Footprint,
    /// The kinds of image it can happen to.
    pub roles: &'static [Role],
    /// What is measured.
    pub measure: &'static str,
    /// The measure's unit.
    pub unit: &'static str,
    /// Which way the measure runs as the defect gets worse.
    pub direction: Direction,
    /// Default thresholds, and why these.
    pub thresholds: Thresholds,
    /// Severity up to which four captures of five stay absent by the default thresholds; a near miss lies just below.
    pub brink: f64,
    /// The reason for the default thresholds, one sentence.
    pub reason: &'static str,
}

/// A defect as a shot holds it: its severity, and what was drawn for it.
///
/// The knobs are drawn whatever the severity is, so that twins at other severities differ in nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// How bad, 0-1; 0 is off.
    pub severity: f64,
    /// Free choices of the defect, such as which corner or which finger.
    pub knobs: serde_json::Value,
}

/// What a measure is taken from.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The scene as it was rendered.
    pub scene: &'a Scene,
    /// What each pixel shows.
    pub layers: &'a Layers,
}

/// The light of a pixel, as [`Layers`] has it.
struct Light {
    body: f32,
    mirrored: f32,
    hologram: f32,
    veil: f32,
    paper: f32,
}

impl Light {
    /// Whether mirrored light, not the hologram's, drives it to the sensor's white.
    #[inline(always)]
    fn is_glare(&self) -> bool {
        let glare = self.mirrored - self.hologram;
        (glare > 0.1) & (self.body + self.veil + glare >= 1.0)
    }
}

impl View<'_> {
    /// Share of the card's visible pixels for whose light `test` holds, 0-1; 0 when none is visible.
    #[inline(always)]
    fn share_of_card(&self, test: impl Fn(&Light) -> bool) -> f64 {
        const COUNT: usize = 16;
        let layers = self.layers;
        let (mut visible, mut hits) = (0u64, 0u64);
        let pixels = layers.card.width() as usize * layers.card.height() as usize;
        let mut lights = [[0.0f32; COUNT]; 5];
        for first in (0..pixels).step_by(COUNT) {
            let count = COUNT.min(pixels - first);
            let card = layers.card.word(first, count);
            if card == 0 {
                continue;
            }
            let card_seen = card & !layers.hand.word(first, count);
            let planes = [&layers.body, &layers.mirrored, &layers.hologram, &layers.veil, &layers.paper];
            for (light, plane) in lights.iter_mut().zip(planes) {
                plane.load(first, &mut light[..count]);
            }
            let [body, mirrored, hologram, veil, paper] = &lights;
            let (mut seen, mut hit) = (0u32, 0u32);
            for i in 0..count {
                let is_seen = (card_seen >> i & 1) as u32;
                let (body, veil, paper) = (body[i], veil[i], paper[i]);
                let light = Light { body, mirrored: mirrored[i], hologram: hologram[i], veil, paper };
                seen += is_seen;
                hit += is_seen & u32::from(test(&light));
            }
            visible += u64::from(seen);
            hits += u64::from(hit);
        }
        if visible == 0 { 0.0 } else { hits as f64 / visible as f64 }
    }

    /// Whether mirrored light, not the hologram's, drives pixel `i` to the sensor's white.
    pub(crate) fn is_glared(&self, i: usize) -> bool {
        self.light(i).is_glare()
    }

    /// The light of pixel `i`.
    fn light(&self, i: usize) -> Light {
        let layers = self.layers;
        Light {
            body: layers.body.get(i),
            mirrored: layers.mirrored.get(i),
            hologram: layers.hologram.get(i),
            veil: layers.veil.get(i),
            paper: layers.paper.get(i),
        }
    }

    /// Contrast of a field's print and paper under the light that is added at pixel `i`, Michelson.
    pub(crate) fn contrast(&self, i: usize, ink: Ink, wash: &Wash) -> f32 {
        ink.contrast(self.layers.mirrored.get(i), self.layers.veil.get(i), wash)
    }
}

/// A printed field as the picture shows it.
#[derive(Clone, Debug)]
pub struct FieldView {
    /// Its corners in the picture, px, also when outside.
    pub quad: Quad,
    /// Share of it outside the picture, 0-1.
    pub cropped: f64,
    /// Share of the rest that a hand covers, 0-1.
    pub covered: f64,
    /// Share of that rest on which added light leaves too little contrast, 0-1.
    pub faded: f64,
    /// Share of it that mirrored light clips, 0-1, of what is in the picture and under no hand.
    pub glared: f64,
    /// Mean contrast of print and paper, Michelson, where they can be told apart.
    pub contrast: f64,
    /// Its letters, without spaces.
    pub letters: Vec<Letter>,
    /// What stands between it and a reader.
    pub hindrance: Hindrance,
}

impl FieldView {
    /// Whether it could not be read if nothing stood before it but what hides the letters for which `test` holds.
    fn is_lost_with(&self, test: impl Fn(&Letter) -> bool) -> bool {
        let hidden = self.letters.iter().filter(|letter| test(letter)).count();
        !Hindrance { hidden, ..self.hindrance.lifted() }.is_legible()
    }
}

/// A capture defect.
///
/// The contract, which `tests` hold every member of [`ALL`] to: severity 0 changes no byte; the measure gets
/// worse as severity rises, all else equal; the same input gives the same bytes; with [`Footprint::Region`]
/// every pixel that changes lies in the region.
pub trait Defect: Sync {
    /// What it says of itself.
    fn profile(&self) -> Profile;

    /// Draws the free choices. Must take the same number of random words whatever the scene is.
    fn draw(&self, rng: &mut Stream, scene: &Scene) -> serde_json::Value;

    /// Stops that a phone's meter takes off the exposure for what this defect adds to the picture's brightness. All images
    /// of a sample are exposed as the worst of them is, so that twins differ in nothing but the defect.
    fn held_back(&self, _severity: f64) -> f64 {
        0.0
    }

    /// Changes the scene. Called with a severity in `(0, 1]` and knobs that [`Self::draw`] gave.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when the knobs were edited into something that it does not know.
    fn apply(&self, scene: &mut Scene, knobs: &serde_json::Value, severity: f64) -> Result<()>;

    /// Measures the defect on any scene, in the profile's unit.
    fn measure(&self, view: &View<'_>) -> f64;

    /// The pixels that suffer.
    fn region(&self, view: &View<'_>) -> Mask;

    /// Whether it alone makes a printed field unreadable.
    fn hides(&self, view: &View<'_>, field: &FieldView) -> bool;
}
