//! `predictions:FILE`: answers that were made elsewhere.
//!
//! The file's extension says how it is read; a new format is a file beside this one and a line in [`FORMATS`]. Unless the file
//! declares its categories they are those that it names, since a file cannot say otherwise what was looked for. Where it
//! is a record per image, an image without one is an error of the analyzer ("no prediction"), since a forgotten image must not
//! improve a result.

mod coco;
mod csv;
mod jsonl;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use retake_label::{Category, Record};

use super::{Analyzer, Backchannel, Description, FailureKind, Kind, Outcome, Registry, Request, Setup};
use crate::{Error, Result};

/// A format of predictions.
trait Format: Sync {
    /// By which its files are known.
    fn extension(&self) -> &'static str;

    /// Reads a file.
    fn read(&self, text: &str, options: &Options<'_>) -> Result<Answers, Problem>;
}

/// What is wrong with a file, and in which line, where that is known.
type Problem = (Option<usize>, String);

/// The formats.
const FORMATS: &[&dyn Format] = &[&jsonl::JsonLines, &csv::Csv, &coco::Coco];

/// What stands behind the file's name, and the corpus's categories.
struct Options<'a> {
    /// The text of `?categories=FILE`.
    categories: Option<&'a str>,
    corpus: &'a [Category],
}

/// The answers in a file.
#[derive(Debug, Default)]
struct Answers {
    name: Option<String>,
    version: Option<String>,
    /// The categories that were looked for, where the file says so.
    declared: Option<Vec<Category>>,
    outcomes: BTreeMap<String, Outcome>,
    /// Whether an image that is not there was looked at and nothing was found.
    unnamed_are_clean: bool,
}

impl Answers {
    /// Adds the answer for an image.
    fn put(&mut self, key: String, outcome: Outcome) -> Result<(), String> {
        if self.outcomes.contains_key(&key) {
            return Err(format!("a second answer for `{key}`"));
        }
        self.outcomes.insert(key, outcome);
        Ok(())
    }

    /// The categories that any finding names.
    fn named(&self) -> BTreeSet<Category> {
        let findings = self.outcomes.values().filter_map(|outcome| match outcome {
            Outcome::Findings(findings) => Some(findings),
            Outcome::Abstained | Outcome::Failed(_) => None,
        });
        findings.flatten().map(|finding| finding.category).collect()
    }
}

/// `predictions:FILE`
#[derive(Clone, Copy, Debug)]
pub(super) struct Predictions;

impl Kind for Predictions {
    fn scheme(&self) -> &'static str {
        "predictions"
    }

    fn usage(&self) -> &'static str {
        "FILE.jsonl, FILE.csv or FILE.json[?categories=COCO.json]"
    }

    fn summary(&self) -> &'static str {
        "answers that were made elsewhere: JSON Lines, CSV or COCO results"
    }

    fn open(&self, rest: &str, setup: &Setup, _: &Registry) -> Result<Box<dyn Analyzer>> {
        Ok(Box::new(Player::read(rest, &setup.categories, Arc::clone(&setup.backchannel))?))
    }
}

/// Plays answers back.
#[derive(Debug)]
struct Player {
    description: Description,
    answers: Answers,
    truth: Arc<Backchannel>,
}

impl Player {
    fn read(rest: &str, corpus: &[Category], truth: Arc<Backchannel>) -> Result<Self> {
        let (path, categories) = rest.split_once("?categories=").map_or((rest, None), |(p, c)| (p, Some(c)));
        let path = Path::new(path);
        let load = |path: &Path| std::fs::read_to_string(path).map_err(|e| Error::io(path, e));
        let text = load(path)?;
        let categories = categories.map(|path| load(Path::new(path))).transpose()?;
        let extension = path.extension().unwrap_or_default();
        let format = FORMATS.iter().find(|format| extension == format.extension()).ok_or_else(|| {
            let known: Vec<_> = FORMATS.iter().map(|format| format.extension()).collect();
            Error::spec(
                format!("predictions:{rest}"),
                format!("the file ends in none of: {}", known.join(", ")),
            )
        })?;
        let options = Options { categories: categories.as_deref(), corpus };
        let answers =
            format.read(&text, &options).map_err(|(line, problem)| Error::format(path, line, problem))?;
        let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let digest = || format!("blake3:{}", blake3::hash(text.as_bytes()).to_hex());
        let description = Description::new(
            answers.name.clone().unwrap_or(stem),
            answers.version.clone().unwrap_or_else(digest),
            answers.declared.clone().unwrap_or_else(|| answers.named().into_iter().collect()),
        );
        Ok(Self { description: description.configured(&text), answers, truth })
    }

    fn find(&self, record: &Record) -> Option<&Outcome> {
        let base = record.file_name.rsplit('/').next().unwrap_or_default();
        // Tools that read ids as numbers write them without their zeros.
        let id = record.image_id.as_str();
        let number = id.trim_start_matches('0');
        let number = if number.is_empty() { "0" } else { number };
        [id, &record.file_name, base, number].iter().find_map(|key| self.answers.outcomes.get(*key))
    }
}

impl Analyzer for Player {
    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        let record = self.truth.look(request.id);
        let answer = record.as_deref().and_then(|record| self.find(record)).cloned();
        answer.unwrap_or_else(|| {
            if self.answers.unnamed_are_clean {
                return Outcome::Findings(Vec::new());
            }
            Outcome::failed(FailureKind::Error, "no prediction for this image")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Player> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.jsonl");
        std::fs::write(&path, text).unwrap();
        Player::read(path.to_str().unwrap(), &[], Arc::default())
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
        let Description { name, version, categories, .. } = &player.description;
        assert_eq!((name.as_str(), version.as_str()), ("acme", "4"));
        assert_eq!(categories[..], [Category::BLUR, Category::GLARE]);
        assert_eq!(player.answers.outcomes.len(), 3);
        assert_eq!(player.answers.outcomes["000000002"], Outcome::Abstained);
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
