//! Tars of the `webdataset` layout: for each image `KEY.jpg` (or `.png`), then `KEY.json` with its metadata
//! line. Headers hold nothing of the machine or the hour, so equal contents give equal tars.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::atomic::Output;
use crate::{Error, Result};

/// Labels are read whole into memory; no honest one comes near this size, bytes.
const MAX_LABEL: u64 = 256 << 20;

/// One image with its label, on its way into a tar.
pub(super) struct Sample {
    /// `000000012.jpg`
    pub(super) image_name: String,
    pub(super) image: Vec<u8>,
    pub(super) line: String,
}

/// Writes a tar of these samples, in their order.
pub(super) fn pack(out: &mut Output<'_>, samples: impl Iterator<Item = Result<Sample>>) -> Result<()> {
    let path = out.path().to_owned();
    let at = |e| Error::io(&path, e);
    let mut builder = tar::Builder::new(out.writer());
    for sample in samples {
        let sample = sample?;
        let label_name = format!("{}.json", key(&sample.image_name));
        for (name, bytes) in
            [(&sample.image_name, sample.image.as_slice()), (&label_name, sample.line.as_bytes())]
        {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(tar::EntryType::Regular);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(0);
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, name, bytes).map_err(at)?;
        }
    }
    builder.into_inner().map_err(at)?;
    Ok(())
}

/// Where a file lies in a tar.
#[derive(Clone, Debug)]
pub(super) struct Slice {
    pub(super) name: String,
    offset: u64,
    size: u64,
}

impl Slice {
    pub(super) fn read(&self, tar: &Path) -> Result<Vec<u8>> {
        let file = File::open(tar).map_err(|e| Error::io(tar, e))?;
        self.read_from(&file, tar)
    }

    pub(super) fn read_from(&self, mut file: &File, tar: &Path) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.offset))
            .and_then(|_| file.take(self.size).read_to_end(&mut bytes))
            .map_err(|e| Error::io(tar, e))?;
        if bytes.len() as u64 != self.size {
            return Err(Error::format(tar, None, format!("ends within {}; it was cut off", self.name)));
        }
        Ok(bytes)
    }
}

/// An image and its label in a tar.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) image: Slice,
    pub(super) label: Slice,
}

/// Lists the samples of a tar, without reading the images.
pub(super) fn scan(path: &Path) -> Result<Vec<Pair>> {
    let bad = |problem: String| Error::format(path, None, problem);
    let torn = |e: std::io::Error| Error::format(path, None, format!("not a whole tar: {e}"));
    let mut archive = tar::Archive::new(File::open(path).map_err(|e| Error::io(path, e))?);
    let mut slices = Vec::new();
    for entry in archive.entries_with_seek().map_err(torn)? {
        let entry = entry.map_err(torn)?;
        let name = entry.path().map_err(torn)?.to_string_lossy().into_owned();
        slices.push(Slice { name, offset: entry.raw_file_position(), size: entry.size() });
    }
    let mut pairs = Vec::with_capacity(slices.len() / 2);
    let mut slices = slices.into_iter();
    while let Some(image) = slices.next() {
        let expected = format!("{}.json", key(&image.name));
        let label = slices
            .next()
            .filter(|label| label.name == expected)
            .ok_or_else(|| bad(format!("{} is not followed by {expected}", image.name)))?;
        if label.size > MAX_LABEL {
            return Err(bad(format!("{expected} is too large to be a label")));
        }
        pairs.push(Pair { image, label });
    }
    Ok(pairs)
}

/// WebDataset's key: all before the first dot.
fn key(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The tars in a split's folder, by number.
pub(super) fn list(data: &Path, split: &str) -> Result<Vec<PathBuf>> {
    let mut tars = Vec::new();
    for entry in std::fs::read_dir(data).map_err(|e| Error::io(data, e))? {
        let entry = entry.map_err(|e| Error::io(data, e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let number =
            name.strip_prefix(split).and_then(|n| n.strip_prefix('-')).and_then(|n| n.strip_suffix(".tar"));
        if let Some(number) = number.and_then(|n| n.parse::<u64>().ok()) {
            tars.push((number, entry.path()));
        }
    }
    tars.sort();
    Ok(tars.into_iter().map(|(_, path)| path).collect())
}
