//! What can go wrong with a corpus, always with the place where it did.

use std::path::{Path, PathBuf};

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the vocabulary or of a corpus on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A string that is no category's id.
    #[error("unknown category `{id}`{}", .hint.as_ref().map(|h| format!("; did you mean `{h}`?")).unwrap_or_default())]
    UnknownCategory {
        /// The string as it was given.
        id: String,
        /// The id that was probably meant.
        hint: Option<String>,
    },
    /// A file or folder could not be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file was read, and does not hold what it should.
    #[error("{}{}: {problem}", .path.display(), .line.map(|l| format!(":{l}")).unwrap_or_default())]
    Format {
        /// The file.
        path: PathBuf,
        /// The line in it, counted from 1, where one is known.
        line: Option<usize>,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A value that its type cannot hold.
    #[error("{0}")]
    Invalid(String),
}

impl Error {
    /// An input or output error at `path`.
    pub fn io(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self::Io { path: path.as_ref().to_owned(), source }
    }

    /// A file at `path` (and `line`, from 1) that does not hold what it should.
    pub fn format(path: impl AsRef<Path>, line: Option<usize>, problem: impl Into<String>) -> Self {
        Self::Format { path: path.as_ref().to_owned(), line, problem: problem.into() }
    }
}
