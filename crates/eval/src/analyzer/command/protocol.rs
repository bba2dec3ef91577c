//! The messages of the analyzer protocol, version 1.
//!
//! Keys that are not known are ignored in answers, so that an analyzer may say more than is asked.

use retake_label::{Category, Finding, Role};
use serde::{Deserialize, Serialize};

/// The version that `hello` states.
pub(super) const VERSION: u32 = 1;

/// What the harness says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Say<'a> {
    /// First: which categories will be asked about.
    Hello { protocol: u32, categories: &'a [Category] },
    /// One submission.
    Analyze { id: &'a str, images: [Picture<'a>; 1] },
}

/// One picture of a submission.
#[derive(Debug, Serialize)]
pub(super) struct Picture<'a> {
    pub(super) role: Role,
    pub(super) path: &'a str,
}

/// What the analyzer says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Hear {
    /// Who it is and what it can judge.
    Ready {
        name: String,
        #[serde(default)]
        version: String,
        categories: Vec<Category>,
    },
    /// Its answer.
    Result {
        id: String,
        findings: Option<Vec<Finding>>,
        #[serde(default)]
        abstain: bool,
    },
    /// It failed on a submission.
    Error {
        id: String,
        #[serde(default)]
        message: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_written_as_documented() {
        let hello = Say::Hello { protocol: VERSION, categories: &[Category::BLUR, Category::GLARE] };
        assert_eq!(
            serde_json::to_string(&hello).unwrap(),
            r#"{"type":"hello","protocol":1,"categories":["blur","glare"]}"#
        );
        let images = [Picture { role: Role::DocumentFront, path: "/path/to/a81f.jpg" }];
        assert_eq!(
            serde_json::to_string(&Say::Analyze { id: "a81f", images }).unwrap(),
            r#"{"type":"analyze","id":"a81f","images":[{"role":"document_front","path":"/path/to/a81f.jpg"}]}"#
        );
    }
}
