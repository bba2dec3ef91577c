//! Analyzers in, honest numbers out.
//!
//! The harness hands pictures to an analyzer, keeps what it answers in a run folder, and scores the answers
//! against the truth. It knows the vocabulary of `retake-label` and nothing of how pictures are made; the analyzer
//! in turn is handed a picture, its role and an opaque id, and nothing that gives the label away.

pub mod analysis;
pub mod analyzer;
pub mod compare;
pub mod corpus;
mod error;
mod estimate;
pub mod gate;
mod hash;
pub mod history;
pub mod metrics;
pub mod page;
mod parallel;
pub mod power;
pub mod report;
pub mod run;
pub mod score;
pub mod shrink;
pub mod stats;
pub mod table;
mod texts;
mod toml_file;

pub use error::{Error, Result};
pub use estimate::{Difference, Estimate, Method, Z95, wilson};
pub use texts::Texts;
