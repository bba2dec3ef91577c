//! A line of `findings.jsonl`.

use std::collections::BTreeMap;

use retake_label::{BBox, Category, Record, Role, State};
use serde::{Deserialize, Serialize};

use crate::analyzer::Outcome;

/// What came of one image, beside as much of its truth as scores, curves and comparisons need: a run folder stands
/// for itself, without its corpus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The image's index in the corpus.
    pub index: usize,
    /// The image's number in the corpus.
    pub image_id: String,
    /// The sample's number: images of one sample show the same card, scene and noise.
    pub sample_id: String,
    /// The image that this one is the counterfactual twin of, or `""`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub twin_of: String,
    /// What the image shows.
    pub role: Role,
    /// The state of every category that applies; a category that is not here is not applicable.
    pub truth: BTreeMap<Category, State>,
    /// The measure of every category that applies.
    pub measures: BTreeMap<Category, f64>,
    /// The severity that was asked for, where the defect is on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub severities: BTreeMap<Category, f64>,
    /// Facts about the scene to slice results by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scene: BTreeMap<String, String>,
    /// The card design, or `""`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub document: String,
    /// Width and height of the picture, px; zeros where they are not known.
    #[serde(default)]
    pub size: [u32; 2],
    /// The boxes around the true regions, px.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub regions: BTreeMap<Category, BBox>,
    /// What the analyzer answered.
    pub outcome: Outcome,
    /// How long it took.
    pub timing: Timing,
}

/// When and how long an image was under analysis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Which of the run's sessions it was; a resumed run has several.
    pub session: u32,
    /// From the request to the answer, ms. Where a process has several requests waiting, from when it could turn to it.
    pub latency_ms: f64,
    /// From the session's start to the answer, ms.
    pub done_ms: f64,
    /// How often the analyzer was asked.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub attempts: u32,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_once(attempts: &u32) -> bool {
    *attempts == 1
}

impl Entry {
    pub(crate) fn new(index: usize, record: &Record, outcome: Outcome, timing: Timing) -> Self {
        let truth: BTreeMap<_, _> = record
            .labels
            .iter()
            .filter(|(_, state)| **state != State::NotApplicable)
            .map(|(category, state)| (*category, *state))
            .collect();
        let measures = record.measures.iter().filter(|(c, _)| truth.contains_key(c));
        let severities = record.severities.iter().filter(|(_, severity)| **severity > 0.0);
        Self {
            index,
            image_id: record.image_id.clone(),
            sample_id: record.sample_id.clone(),
            twin_of: record.twin_of.clone(),
            role: record.role,
            measures: measures.map(|(c, v)| (*c, *v)).collect(),
            severities: severities.map(|(c, v)| (*c, *v)).collect(),
            scene: record.scene.clone(),
            document: record.document.clone(),
            size: [record.width, record.height],
            regions: record.regions.iter().map(|region| (region.category, region.bbox)).collect(),
            truth,
            outcome,
            timing,
        }
    }
}
