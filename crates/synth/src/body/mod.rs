//! People: the head of portraits and selfies, and the hand that holds a card.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

mod accessories;
mod appearance;
mod backdrop;
mod cloth;
mod comb;
mod depth_map;
mod drawn;
mod eyes;
mod face_hair;
mod figure;
mod fur;
mod furniture;
mod gloss;
pub mod gltf;
mod growth;
mod hair;
pub mod hand;
mod identity;
mod lattice;
mod light;
mod lips;
mod looks;
mod meantime;
pub mod mesh;
mod noise;
mod parts;
mod portrait;
mod proportions;
pub mod raster;
mod render;
mod room;
mod selfie;
mod shaded;
mod shoulders;
mod skin;
mod skull;
mod strands;
mod threads;
mod throat;
mod topology;
mod trim;

pub use appearance::{
    Appearance, Beard, Brows, Clothes, Glasses, Hair, HairStyle, Neckline, Pattern, Skin, skin_tone,
};
pub use figure::{Gaze, HeadPose, Trunk};
pub use furniture::{Furniture, FurnitureKind};
pub use portrait::{Portrait, portrait};
pub use room::{Decor, DecorKind, FaceLight, Room, Walls, Window};
pub(crate) use selfie::expose_selfie;
pub use selfie::render_selfie;

pub use hand::HandPlacement;

use gltf::Model;

static HEAD: LazyLock<Model> =
    LazyLock::new(|| built_in("head.glb", include_bytes!("../../assets/body/head.glb")));
static HAND: LazyLock<Model> =
    LazyLock::new(|| built_in("hand.glb", include_bytes!("../../assets/body/hand.glb")));

/// A model that is compiled in, so that a fault in it is a fault of this build.
fn built_in(name: &str, bytes: &[u8]) -> Model {
    gltf::read(name, bytes).unwrap_or_else(|error| panic!("built-in model: {error}"))
}

/// The parametric head, neck and shoulders (`assets/body/LICENSE.md`): mm, origin at the base of the neck,
/// `+y` up, `+z` out of the face, `+x` to the person's left.
pub fn head() -> &'static Model {
    &HEAD
}

/// The parametric right hand: mm, origin at the wrist, `+y` towards the middle knuckle, `+z` out of its back.
pub fn hand() -> &'static Model {
    &HAND
}

/// Sex as identity documents print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Printed as F.
    Female,
    /// Printed as M.
    Male,
}

impl Sex {
    /// The sex as it stands in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_models_are_whole() {
        let skin = head().mesh("skin").unwrap();
        assert!(skin.colors.len() == 2 && skin.weld.len() == skin.positions.len());
        assert!(head().joint("head").is_some() && hand().joint("finger1-1").is_some());
        for mesh in head().meshes.iter().chain(&hand().meshes) {
            assert!(!mesh.targets.is_empty(), "{}", mesh.name);
            assert!(mesh.targets.iter().all(|t| t.range[0] <= 0.0 && t.range[1] == 1.0), "{}", mesh.name);
        }
    }
}
