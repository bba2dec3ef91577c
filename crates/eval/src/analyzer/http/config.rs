//! The file that describes a service.

use std::collections::BTreeMap;
use std::path::Path;

use retake_label::{Category, Role};
use serde::Deserialize;

use super::answer::{Map, Reading};
use super::presets;
use super::request::{Multipart, Raw};
use super::retry::Retry;
use super::tensor::Tensor;
use crate::{Error, Result};

/// Where `${NAME}` is looked up.
pub(super) type Secrets<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Headers whose value must come from the environment, by a part of their name.
const SECRET_HEADERS: [&str; 6] = ["authorization", "key", "token", "secret", "cookie", "password"];

/// A service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    /// The preset that this file goes out from; its own keys win.
    #[serde(default, rename = "extends")]
    _extends: Option<String>,
    /// One sentence for listings.
    #[serde(default)]
    about: String,
    /// Its name, as it shall stand in reports.
    pub(super) name: String,
    /// Its version.
    #[serde(default)]
    pub(super) version: String,
    /// Requests that may be under way at once.
    #[serde(default = "four")]
    pub(super) concurrency: usize,
    /// What it can be shown; it abstains on the rest.
    #[serde(default = "every_role")]
    pub(super) roles: Vec<Role>,
    /// How a picture is sent.
    pub(super) request: RequestConfig,
    /// What is tried again.
    #[serde(default)]
    pub(super) retry: Retry,
    /// How its answer is read.
    #[serde(default)]
    pub(super) answer: Reading,
    /// What its answer means.
    pub(super) map: Vec<Map>,
    /// The file's text.
    #[serde(skip)]
    pub(super) text: String,
}

/// `[request]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestConfig {
    #[serde(default = "post")]
    pub(super) method: Method,
    pub(super) url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    pub(super) raw: Option<Raw>,
    pub(super) multipart: Option<Multipart>,
    pub(super) json: Option<serde_json::Value>,
    pub(super) tensor: Option<Tensor>,
}

/// The methods that carry a picture.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Method {
    Post,
    Put,
    Patch,
}

impl Method {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

fn post() -> Method {
    Method::Post
}

fn four() -> usize {
    4
}

fn every_role() -> Vec<Role> {
    Role::ALL.to_vec()
}

impl Config {
    /// Reads a file, or a preset by its name.
    ///
    /// # Errors
    /// When there is no such file or preset, or it does not hold what it should.
    pub(super) fn open(place: &str) -> Result<Self> {
        if let Some(text) = presets::find(place) {
            return Self::parse(text).map_err(|problem| Error::spec(format!("http:{place}"), problem));
        }
        let path = Path::new(place);
        if !place.ends_with(".toml") && !path.exists() {
            let problem = format!("no preset `{place}` and no file; presets: {}", presets::names());
            return Err(Error::spec(format!("http:{place}"), problem));
        }
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
        Self::parse(&text).map_err(|problem| Error::format(path, None, problem))
    }

    /// Reads a file's text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let own: toml::Table = toml::from_str(text).map_err(|e| e.to_string())?;
        // Without a base the text itself is read, so that a mistake is told with its line.
        let config: Result<Self, _> = match own.get("extends").and_then(toml::Value::as_str) {
            None => toml::from_str(text),
            Some(name) => {
                let base = presets::find(name)
                    .ok_or_else(|| format!("extends `{name}`; presets: {}", presets::names()))?;
                let mut merged: toml::Table = toml::from_str(base).map_err(|e| e.to_string())?;
                merge(&mut merged, own);
                merged.try_into()
            }
        };
        let mut config = config.map_err(|e| e.to_string())?;
        text.clone_into(&mut config.text);
        config.check()?;
        Ok(config)
    }

    /// The sentence about a preset.
    pub(super) fn about(text: &str) -> String {
        Self::parse(text).map(|config| config.about).unwrap_or_default()
    }

    fn check(&self) -> Result<(), String> {
        let request = &self.request;
        let bodies = [
            request.raw.is_some(),
            request.multipart.is_some(),
            request.json.is_some(),
            request.tensor.is_some(),
        ];
        if bodies.iter().filter(|given| **given).count() > 1 {
            return Err("[request] has more than one of raw, multipart, json and tensor".into());
        }
        if !(1..=1024).contains(&self.concurrency) {
            return Err(format!("concurrency {} is not in 1-1024", self.concurrency));
        }
        if self.map.is_empty() {
            return Err("[[map]] is missing: nothing in the answer would mean anything".into());
        }
        self.retry.check()?;
        self.map.iter().try_for_each(Map::check)
    }

    /// The categories that its answers speak of.
    pub(super) fn categories(&self) -> Vec<Category> {
        self.map.iter().map(|map| map.category).collect()
    }

    /// The headers, secrets filled in.
    pub(super) fn headers(&self, secrets: Secrets<'_>) -> Result<Vec<(String, String)>, String> {
        let fill = |(name, value): (&String, &String)| {
            let lower = name.to_lowercase();
            if SECRET_HEADERS.iter().any(|part| lower.contains(part)) && !value.contains("${") {
                return Err(format!(
                    "header `{name}` is a secret and must come from the environment, as in \"${{API_KEY}}\""
                ));
            }
            Ok((name.clone(), fill_in(value, secrets)?))
        };
        self.request.headers.iter().map(fill).collect()
    }
}

/// Lays one table over another.
fn merge(base: &mut toml::Table, own: toml::Table) {
    for (key, value) in own {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(own)) => merge(base, own),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Replaces every `${NAME}` by the environment's value.
///
/// # Errors
/// When a variable is not set, or a brace is left open.
pub(super) fn fill_in(text: &str, secrets: Secrets<'_>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or("a `${` is not closed by `}`")?;
        let value = secrets(name).ok_or_else(|| format!("the environment variable {name} is not set"))?;
        out.push_str(before);
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        name = "small"
        request.url = "http://localhost/check"
        [[map]]
        category = "blur"
        path = "$.blur"
    "#;

    fn problem(text: &str) -> String {
        Config::parse(text).unwrap_err()
    }

    #[test]
    fn mistakes_are_named() {
        assert!(Config::parse(SMALL).is_ok());
        let with = |line: &str| format!("{line}\n{SMALL}");
        assert!(problem(&with("nane = 1")).contains("nane"));
        assert!(problem(&with("concurrency = 0")).contains("1-1024"));
        assert!(problem(&with("request.raw = {}\nrequest.json = {}")).contains("more than one"));
        assert!(problem(&with("extends = \"gogle\"")).contains("presets: "));
        assert!(problem(&SMALL.replace("$.blur", "blur")).contains("path"));
        assert!(problem(&SMALL.replace("\"blur\"", "\"blurr\"")).contains("unknown category `blurr`"));
        assert!(Config::open("gogle").unwrap_err().to_string().contains("no preset `gogle`"));
    }

    #[test]
    fn secrets_come_from_the_environment_alone() {
        let set = |name: &str| (name == "KEY").then(|| "s3cret".to_owned());
        assert_eq!(fill_in("Bearer ${KEY}, ${KEY}!", &set).unwrap(), "Bearer s3cret, s3cret!");
        assert!(fill_in("${OTHER}", &set).unwrap_err().contains("OTHER is not set"));
        assert!(fill_in("${KEY", &set).is_err());
        let headers = |line: &str| {
            Config::parse(&format!("request.headers = {{ {line} }}\n{SMALL}")).unwrap().headers(&set)
        };
        assert_eq!(headers(r#"X-Api-Key = "${KEY}""#).unwrap()[0].1, "s3cret");
        assert!(headers(r#"X-Api-Key = "s3cret""#).unwrap_err().contains("from the environment"));
        assert_eq!(headers(r#"Accept = "application/json""#).unwrap()[0].1, "application/json");
    }

    #[test]
    fn a_file_may_go_out_from_a_preset() {
        let own = "extends = \"regula\"\nname = \"ours\"\nrequest.url = \"http://localhost/\"";
        let config = Config::parse(own).unwrap();
        assert_eq!(config.name, "ours");
        assert!(config.request.json.is_some() && config.map.len() > 3);
    }

    #[test]
    fn every_preset_is_right_and_says_what_it_is() {
        for (name, text) in presets::ALL {
            let config = Config::parse(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            assert!(!config.about.is_empty() && config.request.url.starts_with("${"), "{name}");
        }
    }
}
