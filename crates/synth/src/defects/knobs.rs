//! Knobs: the free choices of a defect, between its own type and the JSON of a shot.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Result};

/// Writes knobs down.
pub(super) fn write<T: Serialize>(knobs: &T) -> Value {
    serde_json::to_value(knobs).unwrap_or(Value::Null)
}

/// Reads knobs back.
pub(super) fn read<T: DeserializeOwned>(defect: &str, knobs: &Value) -> Result<T> {
    T::deserialize(knobs).map_err(|e| Error::Invalid(format!("the knobs of {defect} are not readable: {e}")))
}
