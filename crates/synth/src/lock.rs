//! Locks: the digests that a recipe must give, so that a change of bytes never passes unseen.
//!
//! A lock stands beside its recipe (`standard.toml`, `standard.lock`). It holds the digest of one or more cuts, that is
//! of the first images of the corpus: a short cut is checked often, a long one now and then, and both in one pass.

use std::path::{Path, PathBuf};

use retake_label::corpus::Digest;
use serde::{Deserialize, Serialize};

use crate::generate::replay;
use crate::recipe::{BUILTIN, Recipe};
use crate::shot::Shots;
use crate::{Error, Result, toml_file};

/// What a recipe gives with one version of the generator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Name and version of the generator.
    pub generator: String,
    /// The cuts, shortest first.
    #[serde(rename = "cut")]
    pub cuts: Vec<Cut>,
}

/// The first images of a corpus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// How many.
    pub images: u64,
    /// Their digest, `blake3:` and 64 hexadecimal digits.
    pub digest: String,
}

impl Lock {
    /// The lock of a recipe, given by the name of a shipped one or by its path.
    ///
    /// # Errors
    /// [`Error::Io`] when there is none beside the recipe, [`Error::Toml`] when it cannot be read.
    pub fn find(name_or_path: &str) -> Result<Self> {
        if let Some(builtin) = BUILTIN.iter().find(|b| b.name == name_or_path) {
            return Self::parse(
                &Path::new("datasets").join(builtin.name).with_extension("lock"),
                builtin.lock,
            );
        }
        let path = Self::path(Path::new(name_or_path));
        let text =
            std::fs::read_to_string(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        Self::parse(&path, &text)
    }

    /// Where the lock of a recipe's file lies.
    pub fn path(recipe: &Path) -> PathBuf {
        recipe.with_extension("lock")
    }

    /// Reads a lock from the text of the file at `path`.
    ///
    /// # Errors
    /// [`Error::Toml`] with line and column.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let lock: Self = toml_file::parse(path, text)?;
        if lock.cuts.is_empty() || !lock.cuts.is_sorted_by(|a, b| a.images < b.images) {
            let problem = "a lock has one `[[cut]]` or more, with rising `images`";
            return Err(toml_file::complain(path, text, 0..0, problem));
        }
        Ok(lock)
    }

    /// Renders a recipe and writes down what it gives. `progress` is called after every image.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cut that is empty or longer than the recipe's corpus, and those of rendering.
    pub fn of(recipe: Recipe, generator: &str, cuts: &[u64], progress: &mut dyn FnMut()) -> Result<Self> {
        let mut lengths = cuts.to_vec();
        lengths.sort_unstable();
        lengths.dedup();
        let last = *lengths.last().ok_or_else(|| Error::Invalid("a lock needs a cut".to_owned()))?;
        if lengths[0] == 0 || last > recipe.count {
            let problem = format!("a cut of `{}` has 1 to {} images", recipe.name, recipe.count);
            return Err(Error::Invalid(problem));
        }
        let mut digest = Digest::new();
        let mut cuts = Vec::with_capacity(lengths.len());
        replay(&Shots::new(recipe)?, 0..last, &mut |made| {
            digest.push(&made.record, &made.line)?;
            let images = made.index + 1;
            if lengths.contains(&images) {
                cuts.push(Cut { images, digest: digest.clone().finish() });
            }
            progress();
            Ok(())
        })?;
        Ok(Self { generator: generator.to_owned(), cuts })
    }

    /// The cuts up to `images`; all with `None`.
    pub fn cuts_up_to(&self, images: Option<u64>) -> &[Cut] {
        let end = self.cuts.partition_point(|cut| images.is_none_or(|limit| cut.images <= limit));
        &self.cuts[..end]
    }

    /// The first cut that two locks share and whose digests differ, as this one and the other one hold it.
    pub fn difference<'a>(&'a self, other: &'a Self) -> Option<(&'a Cut, &'a Cut)> {
        let pair = |cut: &'a Cut| other.cuts.iter().find(|c| c.images == cut.images).map(|c| (cut, c));
        self.cuts.iter().filter_map(pair).find(|(a, b)| a.digest != b.digest)
    }

    /// The text of the lock's file.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it cannot be written as TOML.
    pub fn to_text(&self, recipe: &str) -> Result<String> {
        let body =
            toml::to_string(self).map_err(|e| Error::Invalid(format!("the lock cannot be written: {e}")))?;
        Ok(format!("# What the recipe `{recipe}` gives, as `retake lock` wrote it.\n{body}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "generator = \"retake 1.0.0\"\n\n[[cut]]\nimages = 2\ndigest = \"blake3:aa\"\n\n[[cut]]\nimages = 5\n\
                        digest = \"blake3:bb\"\n";

    #[test]
    fn a_lock_reads_back_as_it_was_written() {
        let lock = Lock::parse(Path::new("x.lock"), TEXT).unwrap();
        assert_eq!(lock.cuts_up_to(Some(4)).len(), 1);
        assert_eq!(lock.cuts_up_to(None).len(), 2);
        let text = lock.to_text("x").unwrap();
        assert_eq!(Lock::parse(Path::new("x.lock"), &text).unwrap(), lock);
    }

    #[test]
    fn only_cuts_that_both_have_can_differ() {
        let lock = Lock::parse(Path::new("x.lock"), TEXT).unwrap();
        let mut other = lock.clone();
        other.cuts[1].digest.push('b');
        assert_eq!(lock.difference(&other).map(|(a, _)| a.images), Some(5));
        other.cuts[1].images = 6;
        assert_eq!(lock.difference(&other), None);
    }

    #[test]
    fn cuts_that_do_not_rise_are_refused() {
        let text = TEXT.replace("images = 5", "images = 2");
        assert!(Lock::parse(Path::new("x.lock"), &text).unwrap_err().to_string().contains("rising"));
    }
}
