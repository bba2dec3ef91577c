//! Services whose vocabulary is published. A new one is a file in `presets/` and a line here.
//!
//! Each takes its address and its secret from the environment.

/// Name and file of every preset.
pub(super) const ALL: &[(&str, &str)] = &[
    ("google-document-ai", include_str!("presets/google-document-ai.toml")),
    ("regula", include_str!("presets/regula.toml")),
    ("blinkid", include_str!("presets/blinkid.toml")),
    ("onfido", include_str!("presets/onfido.toml")),
    ("ofiq", include_str!("presets/ofiq.toml")),
    ("open-inference", include_str!("presets/open-inference.toml")),
];

/// The text of a preset.
pub(super) fn find(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names, for messages.
pub(super) fn names() -> String {
    ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
