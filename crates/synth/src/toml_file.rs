//! TOML files that people write: parsed so that every complaint has a file, a line and a column.

use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// Parses `text`; unknown keys, missing keys and wrong types become [`Error::Toml`] with their place.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    toml::from_str(text)
        .map_err(|e| complain(path, text, e.span().unwrap_or(0..0), e.message().replace('\n', ", ")))
}

/// A complaint about the bytes `span` of `text`.
pub(crate) fn complain(path: &Path, text: &str, span: Range<usize>, problem: impl Into<String>) -> Error {
    let before = &text[..text.floor_char_boundary(span.start)];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    Error::Toml {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        problem: problem.into(),
    }
}
