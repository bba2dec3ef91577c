//! What a run shows beyond one figure per category: each question in a file of its own.
//!
//! All of it is derived from the [`Table`](crate::table::Table) of a run, and stands in `report.json`.

pub mod calibration;
pub mod curve;
pub mod localisation;
pub mod prevalence;
pub mod psychometric;
pub mod slices;
pub mod threshold;
pub mod twins;
