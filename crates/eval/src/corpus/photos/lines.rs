//! `metadata.jsonl` with `file_name` and `labels`, as the imagefolder loader of Hugging Face reads it, in the folder or in
//! the folder of each split.
//!
//! `labels` is an object from category to state (also `true`, `false`, 1, 0 and `null`), or the list of what is there, or one name. All
//! other keys are optional: `image_id`, `sample_id`, `role`, `document`, and whatever else is a word or a number becomes
//! something to slice by.

use std::collections::BTreeMap;
use std::path::Path;

use retake_label::{Role, State};
use serde::Deserialize;
use serde_json::Value;

use super::{Form, Photo, Place, below, category, folders_of};
use crate::error::on_this_line;
use crate::{Error, Result};

const FILE: &str = "metadata.jsonl";

/// See the module.
pub(super) struct Lines;

#[derive(Deserialize)]
struct Line {
    file_name: String,
    labels: Value,
    image_id: Option<Value>,
    sample_id: Option<Value>,
    role: Option<Role>,
    #[serde(default)]
    document: String,
    #[serde(default)]
    scene: BTreeMap<String, String>,
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

impl Form for Lines {
    fn usage(&self) -> &'static str {
        "a metadata.jsonl with `file_name` and `labels`"
    }

    fn read(&self, folder: &Path) -> Result<Option<Vec<Photo>>> {
        let mut photos = Vec::new();
        let mut found = false;
        for split in folders_of(folder)? {
            let file = split.join(FILE);
            if !file.is_file() {
                continue;
            }
            found = true;
            let text = std::fs::read_to_string(&file).map_err(|e| Error::io(&file, e))?;
            for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
                let place = Place { file: file.clone(), line: Some(number) };
                photos.push(photo(line, &below(&split, folder), place)?);
            }
        }
        Ok(found.then_some(photos))
    }
}

fn photo(line: &str, split: &Path, place: Place) -> Result<Photo> {
    let line: Line = serde_json::from_str(line)
        .map_err(|e| place.error(format!("{}; a line needs `file_name` and `labels`", on_this_line(&e))))?;
    if ["severities", "blake3"].iter().all(|key| line.more.contains_key(*key)) {
        let problem =
            "the line of a generated corpus whose manifest.json is missing; generate it again to finish it";
        return Err(place.error(problem));
    }
    if Path::new(&line.file_name).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
        return Err(place.error(format!("file name `{}` leads out of the folder", line.file_name)));
    }
    let mut photo = Photo::new(split.join(&line.file_name), place);
    match &line.labels {
        Value::Object(states) => {
            photo.complete = false;
            for (name, value) in states {
                photo.said.insert(category(name, &photo.place)?, state(value, &photo.place)?);
            }
        }
        Value::Array(names) => {
            for name in names {
                let name = name.as_str().ok_or_else(|| photo.place.error("`labels` is a list of names"))?;
                photo.said.insert(category(name, &photo.place)?, State::Present);
            }
        }
        Value::String(name) => {
            photo.said.insert(category(name, &photo.place)?, State::Present);
        }
        _ => {
            return Err(photo
                .place
                .error("`labels` is an object from category to state, or a list of names"));
        }
    }
    let word = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    };
    photo.image_id = line.image_id.and_then(word);
    photo.sample_id = line.sample_id.and_then(word);
    photo.role = line.role;
    photo.document = line.document;
    photo.scene = line.more.into_iter().filter_map(|(key, value)| Some((key, word(value)?))).collect();
    photo.scene.extend(line.scene);
    Ok(photo)
}

fn state(value: &Value, place: &Place) -> Result<State> {
    match value {
        Value::Bool(true) => Ok(State::Present),
        Value::Bool(false) => Ok(State::Absent),
        Value::Null => Ok(State::NotApplicable),
        Value::Number(number) if number.as_f64() == Some(1.0) => Ok(State::Present),
        Value::Number(number) if number.as_f64() == Some(0.0) => Ok(State::Absent),
        other => serde_json::from_value(other.clone()).map_err(|_| {
            place.error(format!(
                "`{other}` is no state: present, absent, borderline or not_applicable, true or false, or null where nobody looked"
            ))
        }),
    }
}
