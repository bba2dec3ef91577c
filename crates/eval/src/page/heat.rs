//! A cell of a table that is read by its colour.

use serde::Serialize;

/// A figure with what it is of, and how strong its colour is.
#[derive(Serialize)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Interval or counts in words; empty where there is nothing to tell.
    pub(super) of: String,
    /// How strong the colour is, 0-9.
    pub(super) heat: u8,
    /// Whether there are too few images for a colour.
    pub(super) few: bool,
    /// Whether it is more than chance would give.
    pub(super) beyond: bool,
}

impl Cell {
    /// Nothing to tell.
    pub(super) const NONE: Self =
        Self { text: String::new(), of: String::new(), heat: 0, few: false, beyond: false };
}
