//! The camera's side of a photo: from a scene to a frame in linear light with its layers, through optics and
//! sensor to eight bits.

mod layers;

pub use layers::{Layers, Rendered};

/// The kinds of surface that a card can lie on.
pub const SURFACES: &[&str] = &[];
