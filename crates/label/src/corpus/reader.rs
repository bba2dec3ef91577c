//! Reading a finished corpus.

use std::path::{Path, PathBuf};

use super::contents::{Contents, ImagePlace};
use super::layout::base_name;
use super::{Entry, Layout};
use crate::{Error, Manifest, Record, Result};

/// A corpus on disk: its manifest and all of its labels. Images are read when they are asked for.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The manifest.
    pub manifest: Manifest,
    /// The labels, by rising index.
    pub records: Vec<Record>,
    data: PathBuf,
    /// Where the images lie, in tars; empty in the `dir` layout.
    tarred: Vec<ImagePlace>,
}

impl Corpus {
    /// Opens a corpus of either layout.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder is missing; [`Error::Format`], with file and line, when it is no corpus,
    /// unfinished, of another format version, empty, or holds a label that cannot be read or a name that
    /// leads elsewhere; also when there are more or fewer labels than the manifest says.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self> {
        let contents = Contents::open(dir.as_ref())?;
        let (mut records, mut tarred) = (Vec::new(), Vec::new());
        contents.visit(&mut |entry: Entry<'_>| {
            records.push(entry.record.clone());
            if contents.layout == Layout::WebDataset {
                tarred.push(entry.image.clone());
            }
            Ok(())
        })?;
        let labels = match contents.layout {
            Layout::Dir => contents.paths.metadata(),
            Layout::WebDataset => contents.paths.data(),
        };
        if records.is_empty() {
            return Err(Error::format(labels, None, "the corpus holds no images"));
        }
        if records.len() as u64 != contents.manifest.count {
            let (found, count) = (records.len(), contents.manifest.count);
            return Err(Error::format(
                labels,
                None,
                format!("{found} labels, but the manifest says {count}"),
            ));
        }
        Ok(Self { data: contents.paths.data(), manifest: contents.manifest, records, tarred })
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none; never so for an opened corpus.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The position of an image in `records`.
    pub fn position(&self, image_id: &str) -> Option<usize> {
        // Ids rise in a corpus that was generated; one labelled by hand may hold them in any order.
        let found = self.records.binary_search_by(|record| record.image_id.as_str().cmp(image_id)).ok();
        found.or_else(|| self.records.iter().position(|record| record.image_id == image_id))
    }

    /// The path of the image at a position in `records`; `None` when it lies in a tar.
    pub fn image_path(&self, position: usize) -> Option<PathBuf> {
        self.tarred.is_empty().then(|| self.data.join(&self.records[position].file_name))
    }

    /// The image file's own name, such as `000000012.jpg`.
    pub fn image_name(&self, position: usize) -> &str {
        base_name(&self.records[position].file_name)
    }

    /// The bytes of the image at a position in `records`.
    ///
    /// # Errors
    /// [`Error::Io`] when the file is missing; [`Error::Format`] when the file is not the labelled one, by its hash.
    pub fn image_bytes(&self, position: usize) -> Result<Vec<u8>> {
        let record = &self.records[position];
        let place = match self.image_path(position) {
            Some(path) => ImagePlace::File(path),
            None => self.tarred[position].clone(),
        };
        let bytes = place.read()?;
        check_hash(&bytes, record, &place)?;
        Ok(bytes)
    }
}

/// Checks an image file against its label; a label without a hash (one made by hand) passes.
pub(super) fn check_hash(bytes: &[u8], record: &Record, place: &ImagePlace) -> Result<()> {
    if record.blake3.is_empty() || blake3::hash(bytes).to_hex().as_str() == record.blake3 {
        return Ok(());
    }
    let problem = "does not match the hash in its label; the file was changed or cut off";
    Err(Error::format(place.name(), None, problem))
}
