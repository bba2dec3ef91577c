//! The reference analyzer: classical measurements on the decoded picture, and nothing else.
//!
//! It is here so that a corpus and a harness can be judged against something honest: no labels, no file metadata, no
//! trained weights. Each category is one small measurement in a file of its own, with its known weaknesses written
//! down; all are deterministic. It is a floor for others to beat, not a product.

pub mod card;
pub mod detectors;
pub mod error;
pub mod picture;
pub mod plane;
pub mod sharpness;

use detectors::ALL;
use retake_eval::analyzer::{Analyzer, Description, Outcome, Request};
use retake_label::Finding;

pub use error::{Error, Result};
pub use picture::Picture;

/// One line about the analyzer, for lists.
pub const SUMMARY: &str =
    "classical measurements on the picture alone, the floor that an analyzer should beat";

/// The reference analyzer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Baseline;

impl Baseline {
    /// The analyzer; it has no settings and keeps no state.
    pub fn new() -> Self {
        Self
    }
}

impl Analyzer for Baseline {
    fn describe(&self) -> Description {
        Description::new("baseline", env!("CARGO_PKG_VERSION"), ALL.iter().map(|d| d.category()))
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        Outcome::from(judge(request))
    }
}

fn judge(request: &Request<'_>) -> Result<Vec<Finding>> {
    let picture = Picture::decode(&request.image.bytes().map_err(Error::Read)?)?;
    let asked = ALL.iter().filter(|detector| detector.roles().contains(&request.role));
    Ok(asked
        .map(|detector| {
            let found = detector.score(&picture);
            Finding {
                category: detector.category(),
                score: Some(found.score),
                present: None,
                bbox: found.bbox,
            }
        })
        .collect())
}
