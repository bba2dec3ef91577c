//! `predictions:FILE.jsonl`: answers that were made elsewhere.
//!
//! A line names an image by `file_name` (as in `metadata.jsonl`, or its last part) or `image_id` and gives its
//! `findings`, or `"abstain": true`. The protocol's own lines are understood too, their `id` being the image's:
//! `result`, `error`, and one `ready` that states name, version and categories. Without a `ready` the
//! categories are those that any finding names, since a file cannot say otherwise what was looked for. An image without a line
//! is an error of the analyzer ("no prediction"), since a forgotten image must not improve a result.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead as _;
use std::path::Path;
use std::sync::Arc;

use retake_label::{Category, Finding, Record};
use serde::Deserialize;

use super::{Analyzer, Backchannel, Description, FailureKind, Kind, Outcome, Registry, Request, Setup};
use crate::{Error, Result};

/// `predictions:FILE.jsonl`
#[derive(Clone, Copy, Debug)]
pub(super) struct Predictions;

impl Kind for Predictions {
    fn scheme(&self) -> &'static str {
        "predictions"
    }

    fn usage(&self) -> &'static str {
        "FILE.jsonl"
    }

    fn summary(&self) -> &'static str {
        "answers that were made elsewhere, a line per image"
    }

    fn open(&self, rest: &str, setup: &Setup, _: &Registry) -> Result<Box<dyn Analyzer>> {
        Ok(Box::new(Player::read(Path::new(rest), Arc::clone(&setup.backchannel))?))
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

/// Plays answers back.
#[derive(Debug)]
struct Player {
    description: Description,
    answers: BTreeMap<String, Outcome>,
    truth: Arc<Backchannel>,
}

impl Player {
    fn read(path: &Path, truth: Arc<Backchannel>) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(|e| Error::io(path, e))?;
        let mut hasher = blake3::Hasher::new();
        let mut ready = None;
        let mut answers = BTreeMap::new();
        let mut named = BTreeSet::new();
        for (i, text) in std::io::BufReader::new(file).lines().enumerate() {
            let text = text.map_err(|e| Error::io(path, e))?;
            hasher.update(text.as_bytes()).update(b"\n");
            if text.trim().is_empty() {
                continue;
            }
            let wrong = |problem: String| Error::format(path, Some(i + 1), problem);
            let line: Line = serde_json::from_str(&text).map_err(|e| wrong(on_this_line(&e)))?;
            if line.kind.as_deref() == Some("ready") {
                if ready.replace(line).is_some() {
                    return Err(wrong("a second `ready`".into()));
                }
                continue;
            }
            named.extend(line.findings.iter().flatten().map(|finding| finding.category));
            let (key, outcome) = line.answer().map_err(wrong)?;
            if answers.contains_key(&key) {
                return Err(wrong(format!("a second answer for `{key}`")));
            }
            answers.insert(key, outcome);
        }
        let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let digest = format!("blake3:{}", hasher.finalize().to_hex());
        let (name, version, categories) = match ready {
            Some(line) => (line.name, line.version, line.categories),
            None => (None, None, None),
        };
        let description = Description::new(
            name.unwrap_or(stem),
            version.unwrap_or(digest),
            categories.unwrap_or_else(|| named.into_iter().collect()),
        );
        Ok(Self { description, answers, truth })
    }

    fn find(&self, record: &Record) -> Option<&Outcome> {
        let base = record.file_name.rsplit('/').next().unwrap_or_default();
        [record.image_id.as_str(), &record.file_name, base].iter().find_map(|key| self.answers.get(*key))
    }
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

/// The message of a JSON error without its own line number, which is always 1.
pub(super) fn on_this_line(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rsplit_once(" at line ") {
        Some((problem, _)) => format!("{problem} (column {})", error.column()),
        None => message,
    }
}

impl Analyzer for Player {
    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        let record = self.truth.look(request.id);
        let answer = record.as_deref().and_then(|record| self.find(record));
        answer.cloned().unwrap_or_else(|| Outcome::failed(FailureKind::Error, "no prediction for this image"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Player> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.jsonl");
        std::fs::write(&path, text).unwrap();
        Player::read(&path, Arc::default())
    }

    #[test]
    fn both_forms_of_line_are_read() {
        let player = read(concat!(
            r#"{"type":"ready","name":"acme","version":"4","categories":["blur","glare"]}"#,
            "\n\n",
            r#"{"file_name":"images/000000001.jpg","findings":[{"category":"glare","score":0.9}]}"#,
            "\n",
            r#"{"type":"result","id":"000000002","abstain":true}"#,
            "\n",
            r#"{"type":"error","id":"000000003","message":"cannot decode"}"#,
        ))
        .unwrap();
        assert_eq!(player.description, Description::new("acme", "4", [Category::BLUR, Category::GLARE]));
        assert_eq!(player.answers.len(), 3);
        assert_eq!(player.answers["000000002"], Outcome::Abstained);
    }

    #[test]
    fn without_ready_the_file_names_itself_and_its_categories() {
        let player = read(r#"{"image_id":"1","findings":[{"category":"glare","present":true}]}"#).unwrap();
        assert_eq!(player.description.name, "mine");
        assert!(player.description.version.starts_with("blake3:"));
        assert_eq!(player.description.categories, [Category::GLARE]);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (second, reason) in [
            (r#"{"image_id":"2","findings":[{"category":"galre","score":1}]}"#, "unknown category `galre`"),
            (r#"{"image_id":"1","findings":[]}"#, "a second answer for `1`"),
            (r#"{"findings":[]}"#, "names no image"),
            (r#"{"image_id":"2"}"#, "needs either"),
            (r#"{"image_id":"2","finding":[]}"#, "unknown field `finding`"),
            (r#"{"image_id":"2","findings":[{"category":"blur","score":NaN}]}"#, "expected value"),
        ] {
            let text = format!("{}\n{second}\n", r#"{"image_id":"1","findings":[]}"#);
            let message = read(&text).unwrap_err().to_string();
            assert!(message.contains("mine.jsonl:2: ") && message.contains(reason), "{message}");
        }
    }
}
