//! What can go wrong in an evaluation, with the place where it did.
//!
//! An analyzer that fails on an image is no error of the harness: that is an
//! [`Outcome`](crate::analyzer::Outcome), is counted, and the run goes on.

use std::path::{Path, PathBuf};

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the harness or of what it is given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An analyzer's specification that cannot be understood.
    #[error("analyzer `{spec}`: {problem}")]
    Spec {
        /// The specification as given.
        spec: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// An analyzer that could not be started, or that broke off for good.
    #[error("analyzer `{analyzer}`: {problem}")]
    Analyzer {
        /// How the analyzer was named.
        analyzer: String,
        /// What happened, with the end of its log where there is one.
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
    /// A run folder that belongs to something else.
    #[error("{}: {problem}", .folder.display())]
    OtherRun {
        /// The run folder.
        folder: PathBuf,
        /// In what it differs, and what to do about it.
        problem: String,
    },
    /// Runs that cannot be set side by side.
    #[error("{0}")]
    Runs(String),
    /// An image of the corpus could not be read or rendered.
    #[error("image {index}: {problem}")]
    Image {
        /// Its index in the corpus.
        index: usize,
        /// What happened.
        problem: String,
    },
    /// A page that cannot be made.
    #[error("{0}")]
    Page(String),
    /// An error of the corpus or its vocabulary.
    #[error(transparent)]
    Label(#[from] retake_label::Error),
}

impl Error {
    pub(crate) fn io(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self::Io { path: path.as_ref().to_owned(), source }
    }

    pub(crate) fn format(path: impl AsRef<Path>, line: Option<usize>, problem: impl Into<String>) -> Self {
        Self::Format { path: path.as_ref().to_owned(), line, problem: problem.into() }
    }

    pub(crate) fn spec(spec: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Spec { spec: spec.into(), problem: problem.into() }
    }
}

/// The message of a JSON error without its own line number, which is always 1.
pub(crate) fn on_this_line(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rsplit_once(" at line ") {
        Some((problem, _)) => format!("{problem} (column {})", error.column()),
        None => message,
    }
}
