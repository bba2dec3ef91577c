//! What an analyzer says about one category on one image.

use serde::{Deserialize, Serialize};

use crate::{BBox, Category};

/// One answer of an analyzer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The category it speaks of.
    pub category: Category,
    /// Confidence that the defect is there, 0-1, higher is worse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The analyzer's own decision; without it the harness applies the threshold of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
    /// Where the defect is, px of the picture that was handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<BBox>,
    /// Why, in words for people; kept to [`Finding::LONGEST_REASON`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Finding {
    /// The longest reason that is kept, characters.
    pub const LONGEST_REASON: usize = 300;
}
