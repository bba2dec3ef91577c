//! What can go wrong before anything is measured.

/// Why a picture cannot be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be read.
    #[error("the picture cannot be read: {0}")]
    Read(#[source] std::io::Error),
    /// The file is not a whole picture, or too large.
    #[error("the picture cannot be decoded: {0}")]
    Decode(#[from] image::ImageError),
    /// There are no pixels.
    #[error("the picture has no pixels")]
    Empty,
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
