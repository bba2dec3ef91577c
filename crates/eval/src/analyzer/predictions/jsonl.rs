//! JSON Lines: a line per image.
//!
//! A line names an image by `file_name` (as in `metadata.jsonl`, or its last part) or `image_id` and gives its
//! `findings`, or `"abstain": true`. The protocol's own lines are understood too, their `id` being the image's:
//! `result`, `error`, and one `ready` that states name, version and categories.

use retake_label::{Category, Finding};
use serde::Deserialize;

use super::{Answers, Format, Options, Problem};
use crate::analyzer::{FailureKind, Outcome};
use crate::error::on_this_line;

/// See the module.
pub(super) struct JsonLines;

impl Format for JsonLines {
    fn extension(&self) -> &'static str {
        "jsonl"
    }

    fn read(&self, text: &str, _: &Options<'_>) -> Result<Answers, Problem> {
        let mut answers = Answers::default();
        let mut ready = false;
        for (number, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let wrong = |problem: String| (Some(number), problem);
            let line: Line = serde_json::from_str(text).map_err(|e| wrong(on_this_line(&e)))?;
            if line.kind.as_deref() == Some("ready") {
                if std::mem::replace(&mut ready, true) {
                    return Err(wrong("a second `ready`".into()));
                }
                (answers.name, answers.version) = (line.name, line.version);
                answers.declared = line.categories;
                continue;
            }
            let (key, outcome) = line.answer().map_err(wrong)?;
            answers.put(key, outcome).map_err(wrong)?;
        }
        Ok(answers)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(alias = "id")]
    image_id: Option<String>,
    file_name: Option<String>,
    findings: Option<Vec<Finding>>,
    #[serde(default)]
    abstain: bool,
    message: Option<String>,
    name: Option<String>,
    version: Option<String>,
    categories: Option<Vec<Category>>,
}

impl Line {
    fn answer(self) -> Result<(String, Outcome), String> {
        let key = match (self.image_id, self.file_name) {
            (Some(key), None) | (None, Some(key)) => key,
            (None, None) => return Err("names no image: needs `file_name` or `image_id`".into()),
            (Some(_), Some(_)) => return Err("names the image twice: `file_name` and `image_id`".into()),
        };
        let outcome = match (self.kind.as_deref(), self.findings, self.abstain) {
            (None | Some("result"), Some(findings), false) => Outcome::Findings(findings),
            (None | Some("result"), None, true) => Outcome::Abstained,
            (None | Some("result"), ..) => {
                return Err("needs either `findings` or `\"abstain\": true`".into());
            }
            (Some("error"), None, false) => {
                Outcome::failed(FailureKind::Error, self.message.unwrap_or_default())
            }
            (Some(other), ..) => return Err(format!("no line of type `{other}`: ready, result or error")),
        };
        Ok((key, outcome))
    }
}
