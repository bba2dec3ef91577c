//! A hand that holds or presses a card: shape, place, light and skin.
//!
//! The hand is a thing in the scene: it is lit by the same lights as the card, takes light away from it, and
//! its mask is the truth about what it hides.

mod cover;
mod drawing;
mod hold;
mod layer;
mod light;
mod model;
mod noise;
mod placement;
mod reach;
mod skin;
mod subdivide;
mod view;

pub(crate) use cover::Cover;
pub(crate) use hold::Hold;
pub use layer::hand_layer;
pub use placement::{HandPlacement, Nails, Pose, Skin};
pub(crate) use placement::{Posed, Support, Tip};
pub(crate) use reach::{Side, aimed, draw_hand, turned};
