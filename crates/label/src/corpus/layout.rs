//! Where things lie in a corpus folder, and what they are called.
//!
//! An image's number is its index in the whole corpus, so names are unique across shards and splits of one
//! recipe, and tell nothing about what the image shows.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The manifest's name in the corpus folder.
pub const MANIFEST: &str = "manifest.json";
/// The name of the labels in a split's folder.
pub const METADATA: &str = "metadata.jsonl";
/// The journal of an unfinished corpus. No loader of data takes it for data: hidden, and not `.json`.
pub const JOURNAL: &str = ".retake-journal";
/// Images in one tar of the `webdataset` layout (the last may hold fewer). Tars are cut at multiples of
/// this index, whatever the shard, so joined shards give the tars of a single run.
pub const IMAGES_PER_TAR: u64 = if cfg!(test) { 4 } else { 1000 };
/// The largest corpus: image ids have nine digits.
pub(crate) const MAX_TOTAL: u64 = 1_000_000_000;

/// The image's number as it stands in files: nine digits.
pub fn image_id(index: u64) -> String {
    format!("{index:09}")
}

/// The image's path from its split's folder; `extension` is `jpg` or `png`.
pub fn file_name(index: u64, extension: &str) -> String {
    format!("images/{index:09}.{extension}")
}

/// The indices of shard `part` (from 1) of `parts`: contiguous, in order, sizes differing by at most one.
///
/// # Panics
/// Unless `1 <= part <= parts`.
pub fn shard_range(total: u64, part: u64, parts: u64) -> Range<u64> {
    assert!((1..=parts).contains(&part), "shard {part}/{parts}");
    let cut = |k: u64| (u128::from(total) * u128::from(k) / u128::from(parts)) as u64;
    cut(part - 1)..cut(part)
}

/// One part of a corpus that is made in several runs, written `I/N` with `I` from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    part: u64,
    parts: u64,
}

impl Shard {
    /// The corpus in one part.
    pub const WHOLE: Self = Self { part: 1, parts: 1 };

    /// Part `part` (from 1) of `parts`.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless `1 <= part <= parts`.
    pub fn new(part: u64, parts: u64) -> Result<Self> {
        if (1..=parts).contains(&part) {
            return Ok(Self { part, parts });
        }
        Err(Error::Invalid(format!("there is no shard {part}/{parts}; write I/N with I from 1 to N")))
    }

    /// Which part this is, from 1.
    pub fn part(self) -> u64 {
        self.part
    }

    /// How many parts there are.
    pub fn parts(self) -> u64 {
        self.parts
    }

    /// The indices that belong to this part of a corpus with `total` images.
    pub fn range(self, total: u64) -> Range<u64> {
        shard_range(total, self.part, self.parts)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.parts)
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        let (part, parts) =
            parsed.ok_or_else(|| Error::Invalid(format!("`{text}` is no shard; write I/N, such as 2/8")))?;
        Self::new(part, parts)
    }
}

impl TryFrom<String> for Shard {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

/// How the images lie in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// One file per image, and `metadata.jsonl`.
    Dir,
    /// Tars of image and label pairs, as WebDataset reads them.
    WebDataset,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 2] = [Self::Dir, Self::WebDataset];

    /// The layout as it stands in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Dir => "dir",
            Self::WebDataset => "webdataset",
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Layout {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|layout| layout.id() == text).ok_or_else(|| {
            Error::Invalid(format!(
                "`{text}` is no layout; there are: {}",
                Self::ALL.map(Self::id).join(", ")
            ))
        })
    }
}

/// The paths of one corpus.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) dir: PathBuf,
    pub(crate) split: String,
}

impl Paths {
    pub(crate) fn new(dir: &Path, split: &str) -> Self {
        Self { dir: dir.to_owned(), split: split.to_owned() }
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.dir.join(MANIFEST)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join(&self.split)
    }

    pub(crate) fn metadata(&self) -> PathBuf {
        self.data().join(METADATA)
    }

    /// The path of an image of the `dir` layout, or of one that waits to be packed into its tar.
    pub(crate) fn image(&self, layout: Layout, file_name: &str) -> PathBuf {
        match layout {
            Layout::Dir => self.data().join(file_name),
            Layout::WebDataset => self.staging().join(base_name(file_name)),
        }
    }

    /// Where images wait until the tar that they belong to is complete.
    pub(crate) fn staging(&self) -> PathBuf {
        self.dir.join(".retake-staging")
    }

    pub(crate) fn tar(&self, number: u64) -> PathBuf {
        self.data().join(format!("{}-{number:06}.tar", self.split))
    }
}

/// The part of a file name behind its last `/`.
pub(crate) fn base_name(file_name: &str) -> &str {
    file_name.rsplit('/').next().unwrap_or(file_name)
}

/// Refuses a file name that could lead out of the split's folder.
pub(crate) fn check_file_name(name: &str) -> Result<(), String> {
    let plain =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0']);
    if name.split('/').all(plain) {
        return Ok(());
    }
    Err(format!("file name `{name}` leads out of the split's folder; it must be a plain relative path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_partition_the_corpus() {
        for total in [0, 1, 6, 7, 100, 1001, MAX_TOTAL] {
            for parts in [1, 2, 3, 7, 64] {
                let ranges: Vec<_> = (1..=parts).map(|part| shard_range(total, part, parts)).collect();
                assert_eq!(ranges[0].start, 0);
                assert_eq!(ranges[ranges.len() - 1].end, total);
                for pair in ranges.windows(2) {
                    assert_eq!(pair[0].end, pair[1].start);
                }
                let sizes = ranges.iter().map(|r| r.end - r.start);
                assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1, "{total} in {parts}");
            }
        }
    }

    #[test]
    fn shards_and_layouts_read_back() {
        let shard: Shard = "3/7".parse().unwrap();
        assert_eq!((shard.part(), shard.parts(), shard.to_string().as_str()), (3, 7, "3/7"));
        for bad in ["", "3", "0/7", "8/7", "a/b", "1/0", "-1/2", "1/2/3"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
        for layout in Layout::ALL {
            assert_eq!(layout.id().parse::<Layout>().unwrap(), layout);
            assert_eq!(serde_json::to_string(&layout).unwrap(), format!("\"{layout}\""));
        }
    }

    #[test]
    fn file_names_stay_in_the_folder() {
        for good in ["images/000000012.jpg", "a.png", "a/b/c..d.jpg"] {
            assert!(check_file_name(good).is_ok(), "{good}");
        }
        for bad in ["", "/etc/passwd", "../a.jpg", "images/../../a", "images//a", "./a", "c:\\a", "a\\..\\b"]
        {
            assert!(check_file_name(bad).is_err(), "{bad}");
        }
    }
}
