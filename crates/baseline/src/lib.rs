//! The reference analyzer: classical measurements on the decoded picture, and nothing else.
//!
//! It is here so that a corpus and a harness can be judged against something honest: no labels and no file metadata. Each
//! category is a file of its own with a few physical measures, named and explained, what each of them weighs (a logistic
//! model, fitted by `scripts/train-baseline`), and its known weaknesses; all are deterministic. It is a floor for others to beat, not
//! a product.

mod card;
pub mod detectors;
mod error;
mod jpeg;
mod model;
mod picture;
mod plane;
mod sharpness;
mod spectrum;
#[cfg(test)]
mod testing;

use std::cell::Cell;

use detectors::{ALL, Evidence};
use retake_eval::analyzer::{Analyzer, Description, Outcome, Request};
use retake_label::{Finding, Role};

pub use error::{Error, Result};
pub use model::{Model, Term};
use picture::Memory;
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

/// Memory of pixels that a thread keeps for its next picture, bytes: that of 16 megapixels.
const MOST_KEPT: usize = 32 << 20;

fn judge(request: &Request<'_>) -> Result<Vec<Finding>> {
    thread_local! {
        /// The memory of the last picture's pixels.
        static MEMORY: Cell<Memory> = Cell::default();
    }
    let bytes = request.image.bytes().map_err(Error::Read)?;
    let picture = Picture::decode_into(&bytes, MEMORY.take())?;
    let findings = findings(&picture, request.role);
    MEMORY.set(Some(picture.into_memory()).filter(|memory| memory.bytes() <= MOST_KEPT).unwrap_or_default());
    Ok(findings)
}

fn findings(picture: &Picture, role: Role) -> Vec<Finding> {
    let asked = ALL.iter().filter(|detector| detector.roles().contains(&role));
    asked
        .map(|detector| {
            let Evidence { values, bbox, reason } = detector.look(picture);
            let score = Some(detector.model().probability(&values));
            Finding { category: detector.category(), score, present: None, bbox, reason: Some(reason) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use retake_eval::analyzer::{FailureKind, ImageSource};
    use retake_label::Category;

    use super::*;
    use crate::testing::Scene;

    fn ask(bytes: Vec<u8>, role: Role) -> Outcome {
        let image = ImageSource::Bytes { bytes, extension: "jpg".into() };
        Baseline::new().analyze(&Request { id: "a", role, image: &image })
    }

    fn jpeg() -> Vec<u8> {
        let mut bytes = Vec::new();
        Scene::default().paint().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 90)).unwrap();
        bytes
    }

    #[test]
    fn every_category_that_applies_to_the_role_is_judged_once_and_within_the_contract() {
        let description = Baseline::new().describe();
        for role in Role::ALL {
            let outcome = ask(jpeg(), role);
            assert_eq!(outcome.clone().checked(&description), outcome);
            let Outcome::Findings(findings) = outcome else { panic!("{role}: {outcome:?}") };
            let found: Vec<Category> = findings.iter().map(|f| f.category).collect();
            let asked = ALL.iter().filter(|d| d.roles().contains(&role)).map(|d| d.category());
            assert_eq!(found, asked.collect::<Vec<_>>(), "{role}");
            assert!(!found.is_empty());
        }
    }

    #[test]
    fn files_that_are_no_whole_picture_are_errors_and_no_crash() {
        let whole = jpeg();
        for file in [vec![], b"no picture".to_vec(), whole[..200].to_vec(), whole[..20].to_vec()] {
            match ask(file, Role::DocumentFront) {
                Outcome::Failed(failure) => assert_eq!(failure.kind, FailureKind::Error),
                other => panic!("{other:?}"),
            }
        }
    }
}
