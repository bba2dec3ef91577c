//! The digest of a corpus: BLAKE3 over its images and labels, in order.
//!
//! For every image, by rising index, three parts are hashed: the image id (nine ASCII digits), the 32 bytes
//! of the BLAKE3 hash of the image file, and the 32 bytes of the BLAKE3 hash of its metadata line without
//! the line's end. So the digest can be computed while images are rendered in memory, and does not depend on
//! threads, shards or layout.

use crate::{Error, Record, Result};

/// A digest in the making.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    hasher: blake3::Hasher,
    last: Option<String>,
}

impl Digest {
    /// The digest of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next image: its record and the record's [`metadata_line`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when the id does not rise or the record carries no hash of its image.
    pub fn push(&mut self, record: &Record, line: &str) -> Result<()> {
        self.push_parts(&record.image_id, &record.blake3, line)
    }

    pub(super) fn push_parts(&mut self, image_id: &str, image_hash: &str, line: &str) -> Result<()> {
        if let Some(last) = self.last.as_ref().filter(|last| last.as_str() >= image_id) {
            return Err(Error::Invalid(format!(
                "image {image_id} stands behind image {last}; ids must rise"
            )));
        }
        let image = blake3::Hash::from_hex(image_hash).map_err(|_| {
            Error::Invalid(format!("`blake3` of image {image_id} is no BLAKE3 hash: `{image_hash}`"))
        })?;
        self.hasher.update(image_id.as_bytes());
        self.hasher.update(image.as_bytes());
        self.hasher.update(blake3::hash(line.as_bytes()).as_bytes());
        self.last = Some(image_id.to_owned());
        Ok(())
    }

    /// `blake3:` and 64 hexadecimal digits.
    pub fn finish(&self) -> String {
        format!("blake3:{}", self.hasher.finalize())
    }
}

/// Puts the hash of its image file into a record and gives the record's line, without the line's end.
///
/// # Errors
/// [`Error::Invalid`] when the record cannot be written as JSON.
pub fn metadata_line(record: &mut Record, image: &[u8]) -> Result<String> {
    record.blake3 = blake3::hash(image).to_hex().to_string();
    serde_json::to_string(record).map_err(|e| Error::Invalid(format!("image {}: {e}", record.image_id)))
}
