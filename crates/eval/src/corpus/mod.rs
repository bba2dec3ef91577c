//! What an evaluation runs on: pictures and their truth, from a folder or straight from memory.

mod photos;

use std::path::{Path, PathBuf};

pub use photos::Photos;
use retake_label::{Category, CategorySpec, Manifest, Record, corpus};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::analyzer::ImageSource;

/// A labelled set of images, found by index.
pub trait Images: Sync {
    /// What corpus it is.
    fn corpus(&self) -> &CorpusInfo;

    /// The number of images.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The image at `index`, below [`Images::len`], with its truth. Called from several threads, in any order; the
    /// same index gives the same image.
    ///
    /// # Errors
    /// When the image cannot be read or rendered.
    fn get(&self, index: usize) -> Result<Sample>;

    /// How many images with neighbouring numbers, from a multiple of it on, cost less when they are asked for one after the
    /// other: those of a sample, for a source that makes its pictures.
    fn together(&self) -> usize {
        1
    }

    /// The file of the picture at `index`, where it is a file of its own.
    fn file(&self, index: usize) -> Option<PathBuf> {
        let _ = index;
        None
    }
}

/// An image and the truth about it.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The truth.
    pub record: Record,
    /// The picture.
    pub image: ImageSource,
}

/// What corpus a run was made on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorpusInfo {
    /// The recipe's name.
    pub name: String,
    /// What proves which corpus it is, as `blake3:...`: the digest of the images, or of the recipe when they
    /// are rendered on the way. Two runs are on the same images only when this is the same.
    pub digest: String,
    /// The number of images.
    pub images: u64,
    /// The categories that the labels speak of, and how each is measured.
    pub categories: Vec<CategorySpec>,
}

impl CorpusInfo {
    /// The categories that the labels speak of.
    pub fn categories(&self) -> Vec<Category> {
        self.categories.iter().map(|spec| spec.id).collect()
    }
}

impl CorpusInfo {
    /// What a corpus that was labelled by hand cannot have, in words; `None` for a generated one.
    pub fn lacks(&self) -> Option<&'static str> {
        let by_hand = self.categories.iter().any(|spec| spec.measure.name == photos::BY_HAND);
        by_hand.then_some(
            "labelled by hand: no measures and severities (so no curves and thresholds), no twins (so no paired effects), no \
             regions (so no localisation), and no printed fields",
        )
    }
}

/// Opens a corpus on disk: a generated one, or a folder of labelled photos.
///
/// # Errors
/// When it is neither, unfinished or damaged; see [`corpus::Corpus::open`] and [`Photos::open`].
pub fn open(folder: &Path) -> Result<Box<dyn Images>> {
    let generated = [corpus::MANIFEST, corpus::JOURNAL].iter().any(|file| folder.join(file).exists());
    if generated { Ok(Box::new(OnDisk::open(folder)?)) } else { Ok(Box::new(Photos::open(folder)?)) }
}

impl From<&Manifest> for CorpusInfo {
    fn from(manifest: &Manifest) -> Self {
        Self {
            name: manifest.name.clone(),
            digest: manifest.digest.clone(),
            images: manifest.count,
            categories: manifest.categories.clone(),
        }
    }
}

/// Images that are all in memory.
#[derive(Clone, Debug)]
pub struct InMemory {
    info: CorpusInfo,
    samples: Vec<Sample>,
}

impl InMemory {
    /// A corpus of these samples; the count in `info` is set to theirs.
    pub fn new(mut info: CorpusInfo, samples: Vec<Sample>) -> Self {
        info.images = samples.len() as u64;
        Self { info, samples }
    }
}

impl Images for InMemory {
    fn corpus(&self) -> &CorpusInfo {
        &self.info
    }

    fn len(&self) -> usize {
        self.samples.len()
    }

    fn get(&self, index: usize) -> Result<Sample> {
        Ok(self.samples[index].clone())
    }
}

/// A corpus on disk, in either layout. Pictures are handed on from memory, so that no path gives a label away.
#[derive(Clone, Debug)]
pub struct OnDisk {
    info: CorpusInfo,
    corpus: corpus::Corpus,
}

impl OnDisk {
    /// Opens the corpus in a folder.
    ///
    /// # Errors
    /// When it is none, unfinished or damaged; see [`corpus::Corpus::open`].
    pub fn open(folder: &Path) -> Result<Self> {
        let corpus = corpus::Corpus::open(folder)?;
        Ok(Self { info: CorpusInfo::from(&corpus.manifest), corpus })
    }
}

impl Images for OnDisk {
    fn corpus(&self) -> &CorpusInfo {
        &self.info
    }

    fn len(&self) -> usize {
        self.corpus.len()
    }

    fn get(&self, index: usize) -> Result<Sample> {
        let bytes = self.corpus.image_bytes(index)?;
        let extension = self.corpus.image_name(index).rsplit_once('.').map_or("", |(_, extension)| extension);
        let image = ImageSource::Bytes { bytes, extension: extension.to_owned() };
        Ok(Sample { record: self.corpus.records[index].clone(), image })
    }

    fn file(&self, index: usize) -> Option<PathBuf> {
        self.corpus.image_path(index)
    }
}
