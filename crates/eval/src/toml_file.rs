//! TOML files that people write, parsed so that every complaint has a line and a key.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// Parses `text`; unknown keys, missing keys and wrong types become [`Error::Format`] with their line.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|e| {
        let line = e.span().map(|span| line(text, span.start));
        Error::format(path, line, e.message().replace('\n', ", "))
    })
}

/// A complaint about the value under a key, outermost table first.
pub(crate) fn complain(path: &Path, text: &str, key: &[&str], problem: impl std::fmt::Display) -> Error {
    let document = toml::de::DeTable::parse(text).ok();
    let mut table = document.as_ref().map(|document| document.get_ref());
    let mut place = None;
    for part in key {
        let Some((key, value)) = table.and_then(|t| t.get_key_value(*part)) else { break };
        place = Some(line(text, key.span().start));
        table = value.get_ref().as_table();
    }
    Error::format(path, place, format!("`{}`: {problem}", key.join(".")))
}

fn line(text: &str, at: usize) -> usize {
    text[..text.floor_char_boundary(at)].matches('\n').count() + 1
}
