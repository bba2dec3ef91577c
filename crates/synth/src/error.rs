//! What can go wrong between a recipe and a photo, with the place where it did.

use std::path::PathBuf;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the renderer or of what it is given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A TOML file (a recipe or a card design) that cannot be used.
    #[error("{}:{line}:{column}: {problem}", .path.display())]
    Toml {
        /// The file, or the name of one that is built in.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A file or folder could not be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A name that is on no list.
    #[error("there is no {kind} `{name}`; there are: {known}")]
    Unknown {
        /// What was looked for: `card design`, `defect`, `recipe`.
        kind: &'static str,
        /// The name as given.
        name: String,
        /// The names that exist, comma separated.
        known: String,
    },
    /// A value that cannot be rendered.
    #[error("{0}")]
    Invalid(String),
    /// An error of the corpus's vocabulary.
    #[error(transparent)]
    Label(#[from] retake_label::Error),
}
