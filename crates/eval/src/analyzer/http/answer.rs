//! A service's words to ours: JSONPath (RFC 9535) into its answer, and what a value there means.

use std::fmt;

use retake_label::{Category, Finding};
use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::super::{FailureKind, Outcome};
use super::tensor;

/// `[answer]`: how the answer is read before it is mapped.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Reading {
    /// Statuses beside 2xx that carry an answer.
    status: Vec<u16>,
    /// Where the service tells of an error: what is found there is its message.
    error: Option<JsonPath>,
    /// Where the service says that it does not judge: anything but `null` and `false` found there.
    abstain: Option<JsonPath>,
}

/// `[[map]]`: what values at a place mean. Several may speak of one category; the worst counts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    pub(super) category: Category,
    /// Where the values are. Of several, the worst counts; without any the defect was not found.
    path: JsonPath,
    /// The value of a picture without the defect, and the value of the worst: numbers between become scores 0-1.
    #[serde(default = "unit")]
    scale: [f64; 2],
    /// Which way numbers are worse, where there is no `scale`.
    #[serde(default)]
    worse: Option<Worse>,
    /// From here on, in the service's own unit, a number is the service's decision that the defect is there.
    threshold: Option<f64>,
    /// The values that mean that the defect is there; all others mean that it is not.
    present: Option<Vec<Value>>,
    /// Values that say nothing, such as one for "could not be computed".
    #[serde(default)]
    ignore: Vec<Value>,
    /// Whether finding anything at the place means that the defect is there.
    #[serde(default)]
    exists: bool,
    /// Whether an answer without a value there is no answer.
    #[serde(default)]
    required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Worse {
    Higher,
    Lower,
}

fn unit() -> [f64; 2] {
    [0.0, 1.0]
}

impl fmt::Display for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[[map]] of `{}` at {}", self.category, self.path)
    }
}

impl Reading {
    /// An answer of the service as an outcome.
    pub(super) fn understand(
        &self,
        maps: &[Map],
        status: u16,
        bytes: &[u8],
        header_length: Option<&str>,
    ) -> Outcome {
        let protocol = |problem: String| Outcome::failed(FailureKind::Protocol, problem);
        let start = || String::from_utf8_lossy(bytes).chars().take(120).collect::<String>();
        if !(200..300).contains(&status) && !self.status.contains(&status) {
            return Outcome::failed(FailureKind::Error, format!("status {status}: {}", start()));
        }
        let json = match header_length {
            Some(length) => tensor::decode(bytes, length),
            None => serde_json::from_slice(bytes).map_err(|e| format!("{e} in `{}`", start())),
        };
        let json: Value = match json {
            Ok(json) => json,
            Err(problem) => return protocol(problem),
        };
        let said = |path: &Option<JsonPath>| {
            let found = path.as_ref().and_then(|path| path.query(&json).first());
            found.filter(|value| !value.is_null() && **value != Value::Bool(false)).cloned()
        };
        if let Some(message) = said(&self.error) {
            let message = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
            return Outcome::failed(FailureKind::Error, message);
        }
        if said(&self.abstain).is_some() {
            return Outcome::Abstained;
        }
        let mut findings = Vec::new();
        for map in maps {
            match map.read(&json) {
                Ok(found) => findings.extend(found),
                Err(problem) => return protocol(format!("{map}: {problem}")),
            }
        }
        Outcome::Findings(findings)
    }
}

impl Map {
    /// What is wrong with it, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        let [clear, worst] = self.scale;
        let modes = [self.present.is_some(), self.exists, self.threshold.is_some()];
        let problem = if clear == worst || !clear.is_finite() || !worst.is_finite() {
            "`scale` needs two numbers that differ"
        } else if modes.iter().filter(|given| **given).count() > 1 {
            "only one of `present`, `exists` and `threshold` can decide"
        } else if self.worse.is_some() && self.scale != unit() {
            "`scale` says already which way is worse"
        } else {
            return Ok(());
        };
        Err(format!("{self}: {problem}"))
    }

    fn read(&self, json: &Value) -> Result<Vec<Finding>, String> {
        let values = self.path.query(json).all();
        if values.is_empty() && self.required {
            return Err("the answer has nothing there".into());
        }
        if self.exists {
            let finding = self.finding(None, Some(!values.is_empty()));
            return Ok(vec![finding]);
        }
        let values = values.into_iter().flat_map(flat);
        let said = values.filter(|value| !self.ignore.iter().any(|one| alike(one, value)));
        said.filter_map(|value| self.value(value).transpose()).collect()
    }

    /// One value; `null` says nothing.
    fn value(&self, value: &Value) -> Result<Option<Finding>, String> {
        if let Some(present) = &self.present {
            return Ok(Some(self.finding(None, Some(present.iter().any(|one| alike(one, value))))));
        }
        let lower = self.worse == Some(Worse::Lower);
        match value {
            Value::Null => Ok(None),
            Value::Bool(value) => Ok(Some(self.finding(None, Some(*value != lower)))),
            _ => {
                let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
                let number = number.filter(|number| number.is_finite());
                let number = number.ok_or_else(|| format!("{value} is no number"))?;
                let [clear, worst] = if lower { [1.0, 0.0] } else { self.scale };
                let score = ((number - clear) / (worst - clear)).clamp(0.0, 1.0);
                let rising = worst > clear;
                let decide = |limit: f64| if rising { number >= limit } else { number <= limit };
                Ok(Some(self.finding(Some(score), self.threshold.map(decide))))
            }
        }
    }

    fn finding(&self, score: Option<f64>, present: Option<bool>) -> Finding {
        Finding { category: self.category, score, present, bbox: None, reason: None }
    }
}

/// The elements of an array, also of an array of arrays, as tensors are; else the value itself.
fn flat(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        other => vec![other],
    }
}

/// Whether two values are the same, numbers by value (`1` and `1.0`).
fn alike(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(map: &str, json: &str) -> Outcome {
        #[derive(Deserialize)]
        struct Maps {
            map: Vec<Map>,
        }
        let text = format!("[[map]]\ncategory = \"blur\"\n{map}");
        let maps: Maps = toml::from_str(&text).unwrap();
        maps.map[0].check().unwrap();
        Reading::default().understand(&maps.map, 200, json.as_bytes(), None)
    }

    /// Score and decision of the one finding.
    fn one(map: &str, json: &str) -> (Option<f64>, Option<bool>) {
        match read(map, json) {
            Outcome::Findings(findings) if findings.len() == 1 => (findings[0].score, findings[0].present),
            other => panic!("{map} on {json}: {other:?}"),
        }
    }

    #[test]
    fn values_mean_what_the_map_says() {
        let path = "path = \"$.a\"";
        assert_eq!(one(path, r#"{"a":0.25}"#), (Some(0.25), None));
        assert_eq!(one(&format!("{path}\nworse = \"lower\""), r#"{"a":0.25}"#), (Some(0.75), None));
        let hundred = format!("{path}\nscale = [100, 0]\nthreshold = 50");
        assert_eq!(one(&hundred, r#"{"a":20}"#), (Some(0.8), Some(true)));
        assert_eq!(one(&hundred, r#"{"a":"80"}"#), (Some(0.2), Some(false)));
        assert_eq!(one(&hundred, r#"{"a":300}"#), (Some(0.0), Some(false)));
        assert_eq!(one(path, r#"{"a":true}"#), (None, Some(true)));
        assert_eq!(one(&format!("{path}\nworse = \"lower\""), r#"{"a":true}"#), (None, Some(false)));
        let listed = format!("{path}\npresent = [\"detected\", 0]");
        assert_eq!(one(&listed, r#"{"a":"detected"}"#), (None, Some(true)));
        assert_eq!(one(&listed, r#"{"a":0.0}"#), (None, Some(true)));
        assert_eq!(one(&listed, r#"{"a":"not-detected"}"#), (None, Some(false)));
        let exists = format!("{path}\nexists = true");
        assert_eq!(one(&exists, r#"{"a":[]}"#), (None, Some(true)));
        assert_eq!(one(&exists, "{}"), (None, Some(false)));
    }

    #[test]
    fn what_is_missing_was_not_found_unless_it_is_required() {
        assert_eq!(read("path = \"$.a\"", "{}"), Outcome::Findings(vec![]));
        assert_eq!(read("path = \"$.a\"", r#"{"a":null}"#), Outcome::Findings(vec![]));
        for (map, json, reason) in [
            ("path = \"$.a\"\nrequired = true", "{}", "nothing there"),
            ("path = \"$.a\"", r#"{"a":"sharp"}"#, "is no number"),
            ("path = \"$.a\"", "<html>", "<html>"),
        ] {
            let Outcome::Failed(failure) = read(map, json) else { panic!("{map} on {json}") };
            assert!(failure.kind == FailureKind::Protocol && failure.message.contains(reason), "{failure:?}");
        }
    }

    #[test]
    fn statuses_errors_and_abstentions_are_told_apart() {
        let reading: Reading =
            toml::from_str("status = [422]\nerror = \"$.error.message\"\nabstain = \"$.skipped\"").unwrap();
        let understand = |status, text: &str| reading.understand(&[], status, text.as_bytes(), None);
        assert_eq!(understand(422, "{}"), Outcome::Findings(vec![]));
        assert_eq!(understand(200, r#"{"skipped":true}"#), Outcome::Abstained);
        assert_eq!(understand(200, r#"{"skipped":false}"#), Outcome::Findings(vec![]));
        for (status, text, reason) in [
            (404, "no such model", "status 404: no such"),
            (200, r#"{"error":{"message":"bad file"}}"#, "bad file"),
        ] {
            let Outcome::Failed(failure) = understand(status, text) else { panic!("{text}") };
            assert!(failure.kind == FailureKind::Error && failure.message.contains(reason), "{failure:?}");
        }
    }
}
