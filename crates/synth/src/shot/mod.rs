//! Shots: one photo as plain data, every scene number already drawn.
//!
//! All randomness of the project lives in the step from a recipe and an index to a shot. A shot can be
//! written down, edited and rendered again; two shots that differ in one setting are counterfactual twins.

mod desk;
mod exposure;
mod framing;
mod hard_negative;
mod held;
mod lights;
mod phone;
mod selfie;
mod things;

pub use hard_negative::HardNegative;
pub(crate) use selfie::{MEDIUM_SKIN, face_luminance};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use retake_label::{Category, Role, Thresholds};
use serde::{Deserialize, Serialize};

use crate::body::Appearance;
use crate::card::{self, Design, Side};
use crate::defects::{self, Setting};
use crate::persona::Persona;
use crate::recipe::{Focus, ImagePlan, Plan, Recipe, Size};
use crate::rng::Stream;
use crate::scene::Scene;
use crate::{Error, Result};

/// One photo as plain data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shot {
    /// The image's number in its corpus.
    pub index: u64,
    /// The sample's number: shots of one sample share all but their defects.
    pub sample: u64,
    /// The image that this one is the twin of.
    pub twin_of: Option<u64>,
    /// What the image shows.
    pub role: Role,
    /// The persona's number.
    pub persona_id: u64,
    /// Who holds the card, or takes the selfie.
    pub persona: Persona,
    /// How this person looks.
    pub appearance: Appearance,
    /// The card design's side, as `design/front`; `None` on a selfie.
    pub document: Option<String>,
    /// What the capture looks like on purpose without being one.
    pub hard_negative: Option<HardNegative>,
    /// When the photo was taken: year, month, day, hour, minute, second.
    pub taken: [u16; 6],
    /// The scene without defects.
    pub scene: Scene,
    /// Every defect that can happen to an image of this role; those at severity 0 are off.
    pub defects: BTreeMap<Category, Setting>,
    /// From where on a category counts as present.
    pub thresholds: BTreeMap<Category, Thresholds>,
}

impl Shot {
    /// The scene as it is photographed: with the defects in it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a severity outside 0-1 or knobs that their defect does not know.
    pub fn staged(&self) -> Result<Scene> {
        let mut scene = self.scene.clone();
        for defect in defects::ALL {
            let category = defect.profile().category;
            let Some(setting) = self.defects.get(&category) else { continue };
            if !(0.0..=1.0).contains(&setting.severity) {
                return Err(Error::Invalid(format!(
                    "severity {} of {category} is outside 0.0 to 1.0",
                    setting.severity
                )));
            }
            if setting.severity > 0.0 {
                defect.apply(&mut scene, &setting.knobs, setting.severity)?;
            }
        }
        Ok(scene)
    }

    /// The same shot with one defect at another severity; 0 switches it off.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the defect cannot happen to an image of this role.
    pub fn with(mut self, category: Category, severity: f64) -> Result<Self> {
        let role = self.role;
        let setting = self.defects.get_mut(&category).ok_or_else(|| {
            Error::Invalid(format!("{category} cannot happen to a {role}; choose another index or defect"))
        })?;
        setting.severity = severity;
        Ok(self)
    }
}

/// Draws the shots of a recipe.
#[derive(Clone, Debug)]
pub struct Shots {
    recipe: Recipe,
    plan: Plan,
    documents: Vec<Document>,
    /// Who was drawn last: images of one sample follow one another.
    last: Arc<Mutex<Option<(u64, Persona, Appearance)>>>,
}

/// A document of the recipe: the design's side, and how often it is drawn.
#[derive(Clone, Debug)]
struct Document {
    name: String,
    design: Design,
    side: Side,
    weight: f64,
}

/// What is drawn of a shot before all else.
struct Draft<'a> {
    persona_id: u64,
    size: &'a Size,
    taken: [u16; 6],
    document: Option<&'a Document>,
}

impl Shots {
    /// The shots of a recipe.
    ///
    /// # Errors
    /// When a card design that the recipe names is not there or cannot be used.
    pub fn new(recipe: Recipe) -> Result<Self> {
        let document = |(name, weight): (&String, &f64)| {
            let (design, side) = card::find_side(name)?;
            Ok(Document { name: name.clone(), design, side, weight: *weight })
        };
        let documents = recipe.documents.iter().map(document).collect::<Result<_>>()?;
        Ok(Self { plan: Plan::new(&recipe), recipe, documents, last: Arc::default() })
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The number of shots.
    pub fn len(&self) -> u64 {
        self.recipe.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.recipe.count == 0
    }

    /// The document that shot `index` shows, `None` on a selfie, and whose it is: what [`Self::shot`] says, in next to no time.
    pub(crate) fn card(&self, index: u64) -> (Option<&str>, u64) {
        let Draft { document, persona_id, .. } = self.draft(&self.plan.image(index));
        (document.map(|document| document.name.as_str()), persona_id)
    }

    /// Draws what the rest of a shot depends on.
    fn draft(&self, image: &ImagePlan) -> Draft<'_> {
        let mut rng = Stream::new("sample", self.recipe.seed, image.sample);
        let persona_id = rng.below(self.recipe.personas as usize) as u64;
        let selfie = self.is_selfie(image, rng.unit());
        let size = draw_size(&mut rng, &self.recipe.sizes);
        let taken = draw_time(&mut rng);
        let document = (!selfie).then(|| self.draw_document(&mut rng));
        Draft { persona_id, size, taken, document }
    }

    /// Draws shot `index`; takes the same time for every index.
    pub fn shot(&self, index: u64) -> Shot {
        let image = self.plan.image(index);
        let seed = self.recipe.seed;
        let Draft { persona_id, size, taken, document } = self.draft(&image);
        let (persona, appearance) = self.person(persona_id);
        let of = if document.is_some() { HardNegative::OF_DOCUMENTS } else { HardNegative::OF_SELFIES };
        let mut hard = Stream::new("hard negative", seed, image.sample);
        let hard_negative = HardNegative::draw(&mut hard, self.recipe.hard_negatives, of);
        let (role, document, mut scene) = if let Some(document) = document {
            let mut rng = Stream::new("desk", seed, image.sample);
            let order = desk::Order {
                design: &document.design,
                size: *size,
                file: &self.recipe.file,
                turned: self.recipe.turned,
                held: self.recipe.held,
                skin: appearance.skin.melanin,
                hard_negative,
            };
            let scene = desk::draw(&mut rng, &order);
            let role = if document.side == Side::Front { Role::DocumentFront } else { Role::DocumentBack };
            (role, Some(document.name.clone()), scene)
        } else {
            let scene = selfie::draw(
                &mut Stream::new("selfie", seed, image.sample),
                &appearance,
                *size,
                &self.recipe.file,
                hard_negative,
            );
            (Role::Selfie, None, scene)
        };
        let defects = self.settings(&image, role, &scene);
        exposure::hold_back(&mut scene, held_back(&image, &defects));
        Shot {
            index,
            sample: image.sample,
            twin_of: image.twin_of,
            role,
            persona_id,
            persona,
            appearance,
            document,
            hard_negative,
            taken,
            defects,
            scene,
            thresholds: defects::ALL
                .iter()
                .map(|d| (d.profile().category, self.recipe.thresholds(*d)))
                .collect(),
        }
    }

    fn person(&self, id: u64) -> (Persona, Appearance) {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, persona, appearance)) = last().as_ref().filter(|(last, ..)| *last == id) {
            return (persona.clone(), appearance.clone());
        }
        let persona = Persona::draw(self.recipe.seed, id);
        let mut rng = Stream::new("appearance", self.recipe.seed, id);
        let appearance = Appearance::draw(&mut rng, persona.sex, f64::from(persona.age()));
        *last() = Some((id, persona.clone(), appearance.clone()));
        (persona, appearance)
    }

    /// A focus that only selfies, or only documents, can have decides; otherwise `draw` does.
    fn is_selfie(&self, image: &ImagePlan, draw: f64) -> bool {
        let category = match (image.focus, image.varied) {
            (Focus::On(category), _) | (Focus::Clean, Some((category, _))) => category,
            (Focus::Clean, None) => return draw < self.recipe.selfies,
        };
        let Some(defect) = defects::find(category) else { return false };
        let roles = defect.profile().roles;
        let can_selfie = roles.contains(&Role::Selfie);
        let can_document = roles.iter().any(|role| role.is_document());
        can_selfie && (!can_document || draw < self.recipe.selfies)
    }

    fn draw_document(&self, rng: &mut Stream) -> &Document {
        let weights: Vec<f64> = self.documents.iter().map(|d| d.weight).collect();
        &self.documents[rng.weighted(&weights)]
    }

    /// Every defect's knobs, and the severities: the varied defect's from the plan, companions by chance.
    fn settings(&self, image: &ImagePlan, role: Role, scene: &Scene) -> BTreeMap<Category, Setting> {
        let mut settings = BTreeMap::new();
        for defect in defects::ALL {
            let profile = defect.profile();
            if !profile.roles.contains(&role) {
                continue;
            }
            let purpose = format!("defect {}", profile.category);
            let mut rng = Stream::new(&purpose, self.recipe.seed, image.sample);
            let joins = rng.chance(self.recipe.companions) && image.focus != Focus::Clean;
            let severity = rng.range(self.recipe.severity.low, self.recipe.severity.high);
            let severity = match image.varied {
                Some((category, severity)) if category == profile.category => severity,
                _ if joins => severity,
                _ => 0.0,
            };
            settings.insert(profile.category, Setting { severity, knobs: defect.draw(&mut rng, scene) });
        }
        settings
    }
}

/// Stops that the meter takes off for the sample's defects where they are worst.
fn held_back(image: &ImagePlan, settings: &BTreeMap<Category, Setting>) -> f64 {
    let stops = |defect: &&dyn defects::Defect| {
        let category = defect.profile().category;
        let setting = settings.get(&category)?;
        let varied = image.varied.is_some_and(|(varied, _)| varied == category);
        Some(defect.held_back(if varied { image.worst } else { setting.severity }))
    };
    defects::ALL.iter().filter_map(stops).fold(0.0, f64::max)
}

fn draw_size<'a>(rng: &mut Stream, sizes: &'a [Size]) -> &'a Size {
    let weights: Vec<f64> = sizes.iter().map(|s| s.weight).collect();
    &sizes[rng.weighted(&weights)]
}

/// A moment of a working year, whenever people take such pictures.
fn draw_time(rng: &mut Stream) -> [u16; 6] {
    [(2025, 2025), (1, 12), (1, 28), (7, 22), (0, 59), (0, 59)]
        .map(|(low, high)| rng.integer(low, high) as u16)
}

#[cfg(test)]
mod tests {
    use glam::DVec2;

    use super::*;
    use crate::recipe::{BUILTIN, Severity};
    use crate::scene::Stage;

    fn shots(edit: impl Fn(&mut Recipe)) -> Shots {
        let standard = BUILTIN.iter().find(|b| b.name == "standard").expect("it ships");
        let mut recipe = standard.recipe().expect("it is right");
        edit(&mut recipe);
        Shots::new(recipe).expect("its designs exist")
    }

    #[test]
    fn hard_negatives_have_their_share_and_look_as_they_are_called() {
        let shots = shots(|recipe| recipe.hard_negatives = 0.5);
        let all: Vec<Shot> = (0..400).map(|k| shots.shot(2 * k)).collect();
        let hard: Vec<&Shot> = all.iter().filter(|s| s.hard_negative.is_some()).collect();
        assert!((hard.len() as f64 / 400.0 - 0.5).abs() < 0.08, "{}", hard.len());
        for kind in HardNegative::OF_DOCUMENTS.iter().chain(HardNegative::OF_SELFIES) {
            assert!(hard.iter().any(|s| s.hard_negative == Some(*kind)), "no {}", kind.id());
        }
        for shot in hard {
            let holds = match (shot.hard_negative, &shot.scene.stage) {
                (Some(HardNegative::WhiteTable), Stage::Document(desk)) => desk.surface.kind == "plain_light",
                (Some(HardNegative::DarkTable), Stage::Document(desk)) => desk.surface.kind == "plain_dark",
                (Some(HardNegative::TiltedOffGlare), Stage::Document(desk)) => {
                    let view = (shot.scene.camera.position - desk.card.centre).normalize();
                    (0.11..0.18).contains(&libm::acos(view.dot(desk.card.normal())))
                }
                (Some(HardNegative::ShiningHologram), Stage::Document(_)) => {
                    shot.scene.lights.iter().any(|light| light.kind == "flash")
                }
                (Some(HardNegative::WindowBesideFace), Stage::Selfie(room)) => room.window.is_some(),
                _ => false,
            };
            assert!(holds, "{:?} of {}", shot.hard_negative, shot.index);
        }
    }

    #[test]
    fn a_card_is_known_before_its_shot_is_drawn() {
        let shots = shots(|_| {});
        for index in 0..60 {
            let shot = shots.shot(index);
            assert_eq!(shots.card(index), (shot.document.as_deref(), shot.persona_id), "{index}");
        }
    }

    #[test]
    fn a_flash_lights_the_card_and_is_metered() {
        let shots = shots(|_| {});
        let flashes = (0..400).map(|i| shots.shot(i)).filter_map(|shot| {
            let flash = shot.scene.lights.iter().any(|light| light.kind == "flash" && !light.in_ambient);
            let Stage::Document(desk) = &shot.scene.stage else { return None };
            let card = desk.card.clone();
            flash.then_some((shot, card))
        });
        let mut count = 0;
        for (shot, card) in flashes {
            count += 1;
            let with = crate::capture::illuminance(&shot.scene, card.centre, card.normal())[1];
            let mut dark = shot.scene.clone();
            dark.lights.retain(|light| light.kind != "flash");
            let without = crate::capture::illuminance(&dark, card.centre, card.normal())[1];
            assert!(with > 1.5 * without, "{}: {without} lx and with the flash {with}", shot.index);
            let white_card = 0.8 * with / core::f64::consts::PI / shot.scene.sensor.white;
            assert!((0.2..2.5).contains(&white_card), "{}: {white_card}", shot.index);
        }
        assert!(count > 5, "{count}");
    }

    #[test]
    fn a_light_in_the_picture_holds_back_the_exposure_of_the_whole_sample() {
        let at = |severity: f64| {
            shots(|recipe| {
                recipe.mix = [(Focus::On(Category::GLARE), 1.0)].into();
                recipe.severity = Severity { low: severity, high: severity };
                recipe.companions = 0.0;
            })
        };
        let (faint, strong) = (at(0.01), at(1.0));
        for sample in 0..20 {
            let [a, b, dim, twin] = [(&faint, 0), (&faint, 1), (&strong, 0), (&strong, 1)]
                .map(|(shots, image)| shots.shot(2 * sample + image).scene);
            assert_eq!(a, b);
            assert_eq!(dim, twin);
            let stops = libm::log2(dim.sensor.white / a.sensor.white);
            assert!((1.0..1.3).contains(&stops), "{stops}");
            // What was taken off the exposure was taken off the ISO speed and the time.
            let exposure = |scene: &Scene| scene.camera.iso * scene.camera.exposure_time;
            let less = libm::log2(exposure(&a) / exposure(&dim));
            assert!((less - stops).abs() < 1e-9 || dim.camera.exposure_time < 1.0 / 4000.0, "{less} {stops}");
        }
    }

    #[test]
    fn cards_are_upright_unless_the_recipe_turns_them() {
        let up = |shot: &Shot| match &shot.scene.stage {
            Stage::Document(desk) => Some(desk.card.axes.y_axis.dot(-shot.scene.camera.axes.y_axis) > 0.9),
            Stage::Selfie(_) => None,
        };
        for (turned, expected) in [(0.0, 1.0), (0.5, 0.5)] {
            let shots = shots(|recipe| recipe.turned = turned);
            let upright: Vec<bool> = (0..300).filter_map(|k| up(&shots.shot(2 * k))).collect();
            let share = upright.iter().filter(|u| **u).count() as f64 / upright.len() as f64;
            assert!((share - expected).abs() < 0.1, "{turned}: {share}");
        }
    }

    #[test]
    fn a_card_is_sharp_enough_exposed_and_evenly_lit_before_anything_goes_wrong() {
        let shots = shots(|_| {});
        for index in 0..300 {
            let shot = shots.shot(2 * index);
            let scene = &shot.scene;
            let Stage::Document(desk) = &scene.stage else { continue };
            let card = &desk.card;
            let [width, height] = scene.camera.size.map(f64::from);
            let corners =
                card.corners().map(|c| scene.camera.picture_of(c).expect("it is before the camera"));
            let inside = |c: &DVec2| (0.0..width).contains(&c.x) && (0.0..height).contains(&c.y);
            assert!(corners.iter().all(inside), "{index}: {corners:?}");
            let dpi = (corners[1] - corners[0]).length() / card.size[0] * 25.4 * scene.sensor.sampling;
            assert!(dpi > 200.0, "{index}: {dpi}");
            for corner in card.corners().iter().chain([&card.centre]) {
                let light = crate::capture::illuminance(scene, *corner, card.normal())[1];
                let white = 0.8 * light / core::f64::consts::PI / scene.sensor.white;
                assert!((0.2..1.25).contains(&white), "{index}: {white}");
            }
        }
    }
}
