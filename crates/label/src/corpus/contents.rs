//! The images and labels of a finished folder, one after the other, in either layout.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::layout::{Paths, check_file_name};
use super::{JOURNAL, Layout, MANIFEST, tarball};
use crate::{Error, MANIFEST_FORMAT, Manifest, Record, Result};

/// A finished corpus folder: its manifest, and a way through its records that holds one at a time.
#[derive(Clone, Debug)]
pub struct Contents {
    pub(super) paths: Paths,
    pub(super) manifest: Manifest,
    pub(super) layout: Layout,
}

/// One image of a corpus with its label.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The label.
    pub record: &'a Record,
    /// The label as it is stored.
    pub line: &'a str,
    /// The file that the label stands in.
    pub path: &'a Path,
    /// The label's line there, from 1, in a file of lines.
    pub number: Option<usize>,
    pub(super) image: &'a ImagePlace,
}

impl Entry<'_> {
    /// The image file's bytes.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Format`] when the file is missing or cut off.
    pub fn image(&self) -> Result<Vec<u8>> {
        self.image.read()
    }

    /// An error at this label.
    pub(super) fn error(&self, problem: impl Into<String>) -> Error {
        Error::format(self.path, self.number, problem)
    }
}

/// Where an image's bytes lie.
#[derive(Clone, Debug)]
pub(super) enum ImagePlace {
    File(PathBuf),
    Tar(PathBuf, tarball::Slice),
}

impl ImagePlace {
    pub(super) fn read(&self) -> Result<Vec<u8>> {
        match self {
            Self::File(path) => fs::read(path).map_err(|e| Error::io(path, e)),
            Self::Tar(tar, slice) => slice.read(tar),
        }
    }

    /// The file as it is named in errors.
    pub(super) fn name(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Tar(tar, slice) => tar.join(&slice.name),
        }
    }
}

impl Contents {
    /// Opens a finished folder.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder or its manifest cannot be read; [`Error::Format`] when it is no corpus, an
    /// unfinished one, or of another format version.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::of(dir, read_manifest(dir)?)
    }

    /// The folder that this manifest speaks of, whether the manifest has been written already or not.
    pub(super) fn of(dir: &Path, manifest: Manifest) -> Result<Self> {
        let path = dir.join(MANIFEST);
        let layout = manifest.layout.parse().map_err(|e: Error| Error::format(&path, None, e.to_string()))?;
        check_file_name(&manifest.split).map_err(|problem| Error::format(&path, None, problem))?;
        Ok(Self { paths: Paths::new(dir, &manifest.split), manifest, layout })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The corpus folder.
    pub fn dir(&self) -> &Path {
        &self.paths.dir
    }

    /// Hands every image with its label to `f`, in the order they are stored in: by rising index.
    ///
    /// # Errors
    /// What `f` returns; [`Error::Io`]; [`Error::Format`] with file and line of a label that cannot be read.
    pub fn visit(&self, f: &mut dyn FnMut(Entry<'_>) -> Result<()>) -> Result<()> {
        match self.layout {
            Layout::Dir => self.visit_lines(f),
            Layout::WebDataset => self.visit_tars(f),
        }
    }

    fn visit_lines(&self, f: &mut dyn FnMut(Entry<'_>) -> Result<()>) -> Result<()> {
        let path = self.paths.metadata();
        let data = self.paths.data();
        let mut reader =
            BufReader::with_capacity(1 << 16, File::open(&path).map_err(|e| Error::io(&path, e))?);
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            if reader.read_until(b'\n', &mut bytes).map_err(|e| Error::io(&path, e))? == 0 {
                break;
            }
            let line = bytes.strip_suffix(b"\n").ok_or_else(|| {
                Error::format(&path, Some(number), "the line has no end; the file was cut off")
            })?;
            let (line, record) =
                parse(line).map_err(|problem| Error::format(&path, Some(number), problem))?;
            let image = ImagePlace::File(data.join(&record.file_name));
            f(Entry { record: &record, line, path: &path, number: Some(number), image: &image })?;
        }
        Ok(())
    }

    fn visit_tars(&self, f: &mut dyn FnMut(Entry<'_>) -> Result<()>) -> Result<()> {
        for tar in tarball::list(&self.paths.data(), &self.paths.split)? {
            let file = File::open(&tar).map_err(|e| Error::io(&tar, e))?;
            for pair in tarball::scan(&tar)? {
                let path = tar.join(&pair.label.name);
                let bytes = pair.label.read_from(&file, &tar)?;
                let (line, record) = parse(&bytes).map_err(|problem| Error::format(&path, None, problem))?;
                if super::layout::base_name(&record.file_name) != pair.image.name {
                    let problem = format!("`file_name` is `{}` beside {}", record.file_name, pair.image.name);
                    return Err(Error::format(&path, None, problem));
                }
                let image = ImagePlace::Tar(tar.clone(), pair.image);
                f(Entry { record: &record, line, path: &path, number: None, image: &image })?;
            }
        }
        Ok(())
    }
}

fn parse(line: &[u8]) -> Result<(&str, Record), String> {
    let line = std::str::from_utf8(line).map_err(|e| format!("not UTF-8 text: {e}"))?;
    let record: Record =
        serde_json::from_str(line).map_err(|e| format!("no label of an image: {}", plain(&e)))?;
    check_file_name(&record.file_name)?;
    Ok((line, record))
}

/// A JSON error without its line, which is always the first.
fn plain(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

/// Reads the manifest of a finished folder.
fn read_manifest(dir: &Path) -> Result<Manifest> {
    let path = dir.join(MANIFEST);
    if !fs::metadata(dir).map_err(|e| Error::io(dir, e))?.is_dir() {
        return Err(Error::format(dir, None, "not a folder; a corpus is a folder with a manifest.json"));
    }
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let problem = if dir.join(JOURNAL).exists() {
                "an unfinished corpus; generate it again with the same recipe and seed to complete it"
            } else {
                "not a corpus: there is no manifest.json in it"
            };
            return Err(Error::format(dir, None, problem));
        }
        Err(e) => return Err(Error::io(&path, e)),
    };
    let bad =
        |e: serde_json::Error| Error::format(&path, Some(e.line()), format!("no manifest of a corpus: {e}"));
    let value: serde_json::Value = serde_json::from_str(&text).map_err(bad)?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format == u64::from(MANIFEST_FORMAT) => {}
        Some(format) => {
            let problem = format!(
                "format {format} of the folder is not known here; this program reads {MANIFEST_FORMAT}"
            );
            return Err(Error::format(&path, None, problem));
        }
        None => return Err(Error::format(&path, None, "no manifest of a corpus: `format` is missing")),
    }
    serde_json::from_str(&text).map_err(bad)
}
