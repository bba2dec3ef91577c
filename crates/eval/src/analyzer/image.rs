//! The picture that an analyzer is handed, in memory or on disk.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::metadata;

/// An encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource {
    /// The file's bytes, in memory.
    Bytes {
        /// The encoded file.
        bytes: Vec<u8>,
        /// Its usual extension, without the dot: `jpg` or `png`.
        extension: String,
    },
    /// A file of the corpus. Its place may give the labels away (they lie beside it), so it is not for analyzers
    /// outside this process: those get a copy from [`ImageSource::copy_in`].
    File(PathBuf),
}

impl ImageSource {
    /// The encoded bytes.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn bytes(&self) -> io::Result<Cow<'_, [u8]>> {
        match self {
            Self::Bytes { bytes, .. } => Ok(Cow::Borrowed(bytes)),
            Self::File(path) => std::fs::read(path).map(Cow::Owned),
        }
    }

    /// The usual extension of the file's format, without the dot; empty where the file has none.
    pub fn extension(&self) -> &str {
        match self {
            Self::Bytes { extension, .. } => extension,
            Self::File(path) => path.extension().and_then(|e| e.to_str()).unwrap_or_default(),
        }
    }

    /// The encoded bytes without what says that the picture is synthetic: what an analyzer is handed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stripped(&self) -> io::Result<Cow<'_, [u8]>> {
        let bytes = self.bytes()?;
        Ok(metadata::without_xmp(&bytes).map_or(bytes, Cow::Owned))
    }

    /// Takes out of a picture in memory what says that it is synthetic.
    pub(crate) fn strip(&mut self) {
        if let Self::Bytes { bytes, .. } = self
            && let Some(stripped) = metadata::without_xmp(bytes)
        {
            *bytes = stripped;
        }
    }

    /// A copy at a path that says nothing, in the system's folder for temporary files. It is deleted when the
    /// returned value is dropped.
    ///
    /// # Errors
    /// When the picture cannot be read or the copy not be written.
    pub fn copy(&self) -> io::Result<TempPath> {
        self.write(tempfile::Builder::new().prefix("retake-").suffix(&self.suffix()).tempfile()?)
    }

    /// A copy as `FOLDER/STEM.EXTENSION`, deleted when the returned value is dropped.
    ///
    /// # Errors
    /// As [`ImageSource::copy`], and when the file exists.
    pub fn copy_in(&self, folder: &Path, stem: &str) -> io::Result<TempPath> {
        let suffix = self.suffix();
        let mut builder = tempfile::Builder::new();
        self.write(builder.prefix(stem).suffix(&suffix).rand_bytes(0).tempfile_in(folder)?)
    }

    fn suffix(&self) -> String {
        match self.extension() {
            "" => String::new(),
            extension => format!(".{extension}"),
        }
    }

    fn write(&self, mut file: tempfile::NamedTempFile) -> io::Result<TempPath> {
        file.write_all(&self.stripped()?)?;
        Ok(file.into_temp_path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_the_bytes_and_the_format_and_loses_the_place() {
        let corpus = tempfile::tempdir().unwrap();
        let path = corpus.path().join("glare.png");
        std::fs::write(&path, b"picture").unwrap();
        for source in [
            ImageSource::File(path),
            ImageSource::Bytes { bytes: b"picture".to_vec(), extension: "png".into() },
        ] {
            let copy = source.copy().unwrap();
            assert_eq!(std::fs::read(&copy).unwrap(), b"picture");
            assert!(copy.extension().unwrap() == "png" && !copy.starts_with(corpus.path()));
            assert!(!copy.to_str().unwrap().contains("glare"));

            let folder = tempfile::tempdir().unwrap();
            let named = source.copy_in(folder.path(), "a81f").unwrap();
            assert_eq!(&*named, folder.path().join("a81f.png"));
            let kept = named.to_path_buf();
            drop(named);
            assert!(!kept.exists());
        }
    }
}
