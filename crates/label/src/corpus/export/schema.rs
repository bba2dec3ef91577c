//! The types of the labels, as dataset hubs write them in YAML.
//!
//! A loader that takes the types from the first few samples fails where those hold empty lists only; so the
//! types are collected over all labels.

use std::collections::BTreeMap;

use serde_json::Value;

/// The type of a JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Schema {
    /// Not known: nothing was seen.
    #[default]
    Unknown,
    Scalar(&'static str),
    List(Box<Schema>),
    Struct(BTreeMap<String, Schema>),
}

impl Schema {
    /// Takes another value of the same place into account.
    pub(super) fn see(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(_) => *self = Self::Scalar("bool"),
            Value::Number(n) if n.is_f64() => *self = Self::Scalar("float64"),
            Value::Number(_) => *self = Self::Scalar("int64"),
            Value::String(_) => *self = Self::Scalar("string"),
            Value::Array(items) => {
                if !matches!(self, Self::List(_)) {
                    *self = Self::List(Box::default());
                }
                if let Self::List(inner) = self {
                    items.iter().for_each(|item| inner.see(item));
                }
            }
            Value::Object(entries) => {
                if !matches!(self, Self::Struct(_)) {
                    *self = Self::Struct(BTreeMap::new());
                }
                if let Self::Struct(inner) = self {
                    entries.iter().for_each(|(key, value)| inner.entry(key.clone()).or_default().see(value));
                }
            }
        }
    }

    /// The lines of a feature of this name.
    pub(super) fn feature(&self, name: &str, indent: usize, out: &mut String) {
        let pad = " ".repeat(indent);
        out.push_str(&format!("{pad}- name: {name}\n"));
        match self {
            Self::Unknown => out.push_str(&format!("{pad}  dtype: 'null'\n")),
            Self::Scalar(kind) => out.push_str(&format!("{pad}  dtype: {kind}\n")),
            Self::List(inner) => inner.items(indent + 2, out),
            Self::Struct(entries) => {
                out.push_str(&format!("{pad}  struct:\n"));
                entries.iter().for_each(|(key, inner)| inner.feature(key, indent + 2, out));
            }
        }
    }

    /// The lines of a list whose items are of this type.
    fn items(&self, indent: usize, out: &mut String) {
        let pad = " ".repeat(indent);
        match self {
            Self::Unknown => out.push_str(&format!("{pad}list: 'null'\n")),
            Self::Scalar(kind) => out.push_str(&format!("{pad}list: {kind}\n")),
            Self::List(inner) => {
                out.push_str(&format!("{pad}list:\n"));
                inner.items(indent + 2, out);
            }
            Self::Struct(entries) => {
                out.push_str(&format!("{pad}list:\n"));
                entries.iter().for_each(|(key, inner)| inner.feature(key, indent, out));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_those_of_all_values_seen() {
        let mut schema = Schema::default();
        schema.see(&json!({"corners": [], "fields": [], "id": "a", "none": []}));
        schema.see(
            &json!({"corners": [[1.0, 2.0]], "fields": [{"legible": true, "n": 3}], "id": "b", "none": []}),
        );
        let mut yaml = String::new();
        schema.feature("json", 2, &mut yaml);
        let expected = "  - name: json\n    struct:\n    - name: corners\n      list:\n        list: float64\n    - name: fields\n      list:\n      \
                        - name: legible\n        dtype: bool\n      - name: n\n        dtype: int64\n    - name: id\n      dtype: string\n    \
                        - name: none\n      list: 'null'\n";
        assert_eq!(yaml, expected);
    }
}
