//! Recipe and seed in, photo and truth out.
//!
//! Data goes one way: a recipe and an index become a shot (plain data, the only place where random numbers
//! are drawn), a shot becomes a scene in physical units, the scene is rendered in linear light, and the
//! frame becomes a file. The truth is measured on the way, from the scene's masks and geometry.

pub mod body;
pub mod capture;
pub mod card;
pub mod color;
pub mod defects;
mod error;
pub mod file;
pub mod generate;
pub mod image;
pub mod lock;
pub mod look;
pub mod persona;
pub mod recipe;
pub mod rng;
pub mod scene;
pub mod shot;
pub mod studio;
mod toml_file;
pub mod truth;

pub use error::{Error, Result};
