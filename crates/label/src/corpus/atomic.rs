//! Files that are there whole or not at all: written beside their place, then renamed.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Whether a file must survive a power cut the moment it is in place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Left to the system; the reader checks a hash.
    Cached,
    /// Flushed to the disk before it is renamed.
    Synced,
}

/// A place to write to that puts its path into errors.
pub(super) struct Output<'a> {
    path: &'a Path,
    inner: &'a mut dyn Write,
}

impl<'a> Output<'a> {
    pub(super) fn new(path: &'a Path, inner: &'a mut dyn Write) -> Self {
        Self { path, inner }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.inner.write_all(bytes).map_err(|e| Error::io(self.path, e))
    }

    pub(super) fn path(&self) -> &Path {
        self.path
    }

    pub(super) fn writer(&mut self) -> &mut dyn Write {
        self.inner
    }
}

/// Where the file lies until it is whole.
fn part_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.part"))
}

/// Whether this is the name of a file that was never completed.
pub(super) fn is_part(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".part")
}

/// Writes a file by `fill`. On an error nothing is left behind.
pub(super) fn write(
    path: &Path,
    durability: Durability,
    fill: impl FnOnce(&mut Output<'_>) -> Result<()>,
) -> Result<()> {
    let part = part_of(path);
    let written = fill_part(&part, path, durability, fill)
        .and_then(|()| fs::rename(&part, path).map_err(|e| Error::io(path, e)));
    if written.is_err() {
        // The first error is the one to tell; a part that cannot be removed is harmless.
        let _ = fs::remove_file(&part);
    }
    written
}

fn fill_part(
    part: &Path,
    path: &Path,
    durability: Durability,
    fill: impl FnOnce(&mut Output<'_>) -> Result<()>,
) -> Result<()> {
    let at = |e| Error::io(path, e);
    let mut file = BufWriter::with_capacity(1 << 16, File::create(part).map_err(at)?);
    fill(&mut Output::new(path, &mut file))?;
    let file = file.into_inner().map_err(|e| at(e.into_error()))?;
    if durability == Durability::Synced {
        file.sync_all().map_err(at)?;
    }
    Ok(())
}
